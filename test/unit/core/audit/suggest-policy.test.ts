// The suggested policy as text: valid whatever it is made of, and each service gets the lines that it needs and no others.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parsePolicies } from "../../../../controller/api/parse.ts";
import type { FindingCode } from "../../../../controller/core/audit/findings.ts";
import {
  type Leftover,
  type Mending,
  type SuggestOptions,
  writeSuggestion,
} from "../../../../controller/core/audit/suggest-policy.ts";
import { selectWorkloads } from "../../../../controller/core/select.ts";
import type { AuditFacts } from "../../../../controller/model/audit-facts.ts";
import { owner, workload } from "../builders.ts";
import { facts, quiet } from "./audit-facts.ts";

interface Place {
  readonly cluster: string;
  readonly service: string;
}

function factsOf(places: readonly Place[]): AuditFacts {
  return facts({
    insights: new Map(),
    services: places.map((place) => ({ workload: workload(place), life: quiet })),
  });
}

const options: SuggestOptions = { notify: undefined, named: false };

/** The names of the alarms that each service gets. */
function alarmsOf(text: string, places: readonly Place[]): Record<string, string[]> {
  const set = parsePolicies([{ file: "suggested.yaml", text }]);
  expect(set.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  const selected = selectWorkloads(
    set.policies,
    places.map((place) => workload(place)),
    owner,
  );
  return Object.fromEntries(
    selected.map(({ workload: { cluster, service }, alarms }) => [
      `${cluster}/${service}`,
      [...alarms.keys()].sort(),
    ]),
  );
}

const presets = ["ecs-cpu-high", "ecs-memory-high", "ecs-running-below-desired", "alb-5xx-rate"] as const;

function mending({ cluster, service }: Place, preset: string): Mending {
  return { cluster, service, code: "NoCpuAlarm", spec: { alarms: [{ name: preset, preset }] } };
}

const places = fc.uniqueArray(
  fc.record({
    cluster: fc.constantFrom("prod", "prod-eu", "staging", "on"),
    service: fc.constantFrom("web", "api", "batch", "null", "1e3", "prod"),
  }),
  { selector: ({ cluster, service }) => `${cluster}/${service}`, minLength: 1, maxLength: 20 },
);

test("each service gets what it needs, and nothing else", () => {
  fc.assert(
    fc.property(places, fc.func(fc.subarray([...presets])), fc.boolean(), (all, needs, named) => {
      const wanted = all.map((place) => ({ place, own: needs(place) }));
      const mendings = wanted.flatMap(({ place, own }) => own.map((preset) => mending(place, preset)));
      fc.pre(mendings.length > 0);
      const got = alarmsOf(writeSuggestion(factsOf(all), mendings, [], { ...options, named }), all);
      for (const { place, own } of wanted)
        expect(got[`${place.cluster}/${place.service}`] ?? []).toEqual([...own].sort());
    }),
    { numRuns: 300 },
  );
});

test("many services are told by their clusters, and what all need stands once", () => {
  const all = ["prod", "staging"].flatMap((cluster) =>
    Array.from({ length: 40 }, (_, index) => ({ cluster, service: `${cluster}-${index}` })),
  );
  const mendings = all.flatMap((place) => [
    mending(place, "ecs-cpu-high"),
    ...(place.cluster === "prod" || place.service === "staging-7" ? [mending(place, "alb-5xx-rate")] : []),
  ]);
  const text = writeSuggestion(factsOf(all), mendings, [], options);
  expect(text.match(/ecs-cpu-high/g)).toHaveLength(2);
  expect(text).not.toContain("prod-1\n");
  expect(text.split("\n").length).toBeLessThan(45);
});

test("services are named where the audit was narrowed to services", () => {
  const all = [{ cluster: "prod", service: "web" }];
  const text = writeSuggestion(factsOf(all), [mending(all[0] as Place, "ecs-cpu-high")], [], {
    ...options,
    named: true,
  });
  expect(text).toContain("services:\n      - web\n");
});

describe("comments", () => {
  const place = { cluster: "prod", service: "web" };
  const left = (why: string): Leftover => ({ ...place, code: "NoHealthCheck" as FindingCode, why });

  test("hold what is left, and no message ends one", () => {
    const text = writeSuggestion(
      factsOf([place]),
      [mending(place, "ecs-cpu-high")],
      [left("first\nspec: {}\r\u0085\u2028suspend: true\u001b[2J\u202e")],
      options,
    );
    const tail = text.slice(text.indexOf("# Left for you"));
    expect(
      tail
        .trimEnd()
        .split("\n")
        .every((line) => line.startsWith("# ")),
    ).toBe(true);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that none is left is what this is about
    expect(text).not.toMatch(/[\u001b\u0085\u2028\u202e]/);
    expect(alarmsOf(text, [place])).toEqual({ "prod/web": ["ecs-cpu-high"] });
  });

  test("are all there is where nothing can be mended", () => {
    const text = writeSuggestion(factsOf([place]), [], [left("do it")], options);
    expect(text).toContain("nothing that a policy would mend");
    expect(
      text
        .trimEnd()
        .split("\n")
        .every((line) => line === "" || line.startsWith("#")),
    ).toBe(true);
  });
});
