// Texts that are long and of one thing only, where words of policies are read: each would take longer than any test may
// if each of its characters were a place to look through all the rest from.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policies hold templates
import { describe, expect, it } from "vitest";
import { compositeChecks } from "../../../controller/api/lint/alarms/composite.ts";
import { findRegexes } from "../../../controller/api/lint/filter-regex.ts";
import { readStatsFields } from "../../../controller/api/lint/query-fields.ts";
import { sidecarChecks } from "../../../controller/api/lint/sidecars.ts";
import { choosesDestination } from "../../../controller/api/log-options.ts";
import type { Policy } from "../../../controller/api/policy.ts";

const count = 2_000_000;

describe("a text of one thing only, without end,", () => {
  it.each(["\n", " "])("as a query: %j", (blank) => {
    expect(readStatsFields(`stats count(*) as hits ${blank.repeat(count)}# by x`)).toBeDefined();
    expect(readStatsFields(`${blank.repeat(count)}| stats count(*) as hits`)).toEqual(["hits"]);
  });

  it("as a filter pattern", () => {
    expect(findRegexes(`%a%"${'\\"'.repeat(count)}`)).toEqual(["a"]);
    expect(findRegexes(`{ %a%"${'\\"'.repeat(count)}`)).toEqual(["a"]);
  });

  it("as the name of a log option", () => {
    expect(choosesDestination(`${"host".repeat(count)}\n`)).toBe(true);
    expect(choosesDestination("a".repeat(count))).toBe(false);
  });

  it("as the rule of a composite alarm, and as a tag of a sidecar", () => {
    const text = "${".repeat(count);
    const spec = {
      alarms: [{ name: "a", composite: text }],
      sidecars: [{ preset: "datadog-agent", with: { apiKey: "x", tags: [text] } }],
    };
    const policy = { spec, at: () => ({ line: 1, column: 1 }) } as unknown as Policy;
    const world = { policies: [policy], specs: [spec] };
    const found = [...compositeChecks, ...sidecarChecks].flatMap((check) => check(policy, world));
    expect(found.map(({ code, path }) => `${code} ${path.join(".")}`)).toEqual([
      "InvalidValue spec.alarms.0.composite",
      "InvalidValue spec.sidecars.0.with.tags.0",
    ]);
  });
});
