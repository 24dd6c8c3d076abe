import { describe, expect, test } from "vitest";
import type { Findings } from "../../../controller/core/findings.ts";
import { goneForLong, nextGoneForLong, noteGone } from "../../../controller/core/gone.ts";

const at = new Date("2026-03-01T12:00:00Z");
const earlier = "2026-03-01T11:30:00.000Z";

function findings(given: { gone?: string[]; present?: string[]; unknown?: boolean }): Findings {
  const unknown = given.unknown ? [{ kind: "Workload", code: "Throttled", message: "" }] : [];
  return {
    gone: given.gone ?? [],
    services: (given.present ?? []).map((key) => {
      const [cluster = "", service = ""] = key.split("/");
      return { cluster, service };
    }),
    plan: { unknown },
  } as unknown as Findings;
}

describe("since when a service is gone", () => {
  test.each([
    {
      name: "newly gone",
      before: {},
      given: { gone: ["prod/web"] },
      after: { "prod/web": at.toISOString() },
    },
    {
      name: "still gone: the first time counts",
      before: { "prod/web": earlier },
      given: { gone: ["prod/web"] },
      after: { "prod/web": earlier },
    },
    { name: "back again", before: { "prod/web": earlier }, given: { present: ["prod/web"] }, after: {} },
    { name: "nothing of ours is left of it", before: { "prod/web": earlier }, given: {}, after: {} },
    {
      name: "a failed read says nothing",
      before: { "prod/web": earlier },
      given: { unknown: true },
      after: { "prod/web": earlier },
    },
    {
      name: "seen beside a failed read",
      before: { "prod/web": earlier },
      given: { unknown: true, present: ["prod/web"] },
      after: {},
    },
  ])("$name", ({ before, given, after }) => {
    expect(noteGone(before, findings(given), at)).toEqual(after);
  });

  test("an hour must pass", () => {
    const since = { "prod/web": "2026-03-01T11:00:00.000Z", "prod/api": "2026-03-01T11:00:00.001Z" };
    const isGone = goneForLong(since, at);
    expect([isGone("prod/web"), isGone("prod/api"), isGone("prod/other")]).toEqual([true, false, false]);
    expect(nextGoneForLong(since, at)).toEqual(new Date("2026-03-01T12:00:00.001Z"));
    expect(nextGoneForLong({ "prod/web": "2026-03-01T11:00:00.000Z" }, at)).toBeUndefined();
  });
});
