// One break in a sound policy, one finding at the place of the break, and nothing else.
import { describe, expect, it } from "vitest";
import { brokenPolicies } from "./broken-policies.ts";
import { breakPolicy, parseText, placeOf, referencePolicy, soundPolicy, summarise } from "./policies.ts";

describe("a broken policy", () => {
  it.each(Object.entries(brokenPolicies))("%s", (_, { from, to, finds, says, base }) => {
    const sound = base === undefined ? soundPolicy : referencePolicy;
    const text = breakPolicy(from, to, sound);
    const set = parseText(text);
    const expected = finds.map((find) => {
      const [head = "", mark = ""] = find.split(" @ ");
      return `${head} ${placeOf(text, mark)}`;
    });
    expect(summarise(set)).toEqual(expected);
    if (says !== undefined) expect(set.diagnostics[0]?.message).toMatch(says);
    const isInvalid = set.diagnostics.some(({ severity }) => severity === "error");
    expect(set.policies.length + set.exceptions.length).toBe(set.documents - (isInvalid ? 1 : 0));
    for (const { message } of set.diagnostics) expect(message).not.toMatch(/\.$|^[A-Z][a-z]+ /);
  });
});
