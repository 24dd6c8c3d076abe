// Whatever a plan holds: what it takes away again comes to what it brought, and its parts add up to the whole.
import fc from "fast-check";
import { expect, it } from "vitest";
import { renderMarkdown } from "../../controller/cli/render/markdown.ts";
import { costOf } from "../../controller/core/cost.ts";
import type { Cost, GivenPrices, Scale } from "../../controller/model/cost.ts";
import { priceNames } from "../../controller/model/cost.ts";
import type { JsonObject } from "../../controller/model/json.ts";
import type { Change, KindName, Plan } from "../../controller/model/plan.ts";

const period = fc.constantFrom(10, 20, 30, 60, 300);
const metric = fc.record({ Id: fc.constant("m"), MetricStat: fc.record({ Period: period }) });
const alarm = fc.oneof(
  fc.record({ MetricName: fc.constant("M"), Period: period }),
  fc.record({ Metrics: fc.array(metric, { minLength: 1, maxLength: 10 }) }),
  fc.record({
    Metrics: fc.array(metric, { minLength: 1, maxLength: 5 }),
    ThresholdMetricId: fc.constant("band"),
  }),
);
const filter = fc.record({
  metricTransformations: fc.array(fc.record({ metricName: fc.string() }), { minLength: 1, maxLength: 2 }),
});
const task = fc.record({
  cpu: fc.constantFrom("256", "512", "1 vCPU", "4096"),
  memory: fc.constantFrom("512", "2048", "16 GB"),
});
const platforms: readonly JsonObject[] = [
  {},
  { runtimePlatform: { cpuArchitecture: "ARM64" } },
  { runtimePlatform: { operatingSystemFamily: "WINDOWS_SERVER_2022_CORE" } },
];

const specs: readonly (readonly [KindName, fc.Arbitrary<JsonObject>])[] = [
  ["MetricAlarm", alarm],
  ["CompositeAlarm", fc.constant({})],
  ["LogAlarm", fc.constant({})],
  ["MetricFilter", filter],
  ["Dashboard", fc.constant({})],
  ["LogGroup", fc.constant({})],
  ["EventRule", fc.constant({})],
];

interface Sides {
  readonly kind: KindName;
  readonly before: JsonObject | null;
  readonly after: JsonObject | null;
  readonly id: string;
  readonly enforcement: Change["enforcement"];
}

const enforcement = fc.constantFrom("Enforce" as const, "Enforce" as const, "Audit" as const);
const things = fc.oneof(
  ...specs.map(([kind, spec]) =>
    fc.record<Sides>({
      kind: fc.constant(kind),
      before: fc.option(spec),
      after: fc.option(spec),
      id: fc.string(),
      enforcement,
    }),
  ),
);
const services = ["a", "b", "c"];
const tasks = fc
  .record({
    before: task,
    after: task,
    platform: fc.constantFrom(...platforms),
    id: fc.constantFrom(...services),
    enforcement,
  })
  .map(
    ({ before, after, platform, ...rest }): Sides => ({
      kind: "TaskDefinition",
      before: { ...before, ...platform },
      after: { ...after, ...platform },
      ...rest,
    }),
  );
const someSides = fc.array(fc.oneof({ arbitrary: things, weight: 4 }, tasks), { maxLength: 30 });
const use = fc.record({
  mode: fc.constantFrom("disabled" as const, "enabled" as const, "enhanced" as const),
  metrics: fc.nat(5000),
});
const someScale = fc
  .record({
    running: fc.array(fc.record({ tasks: fc.nat(500), onFargate: fc.boolean() }), {
      minLength: 3,
      maxLength: 3,
    }),
    before: use,
    after: use,
  })
  .map(
    ({ running, before, after }): Scale => ({
      services: new Map(services.map((id, index) => [id, running[index] ?? { tasks: 0, onFargate: false }])),
      insights: [{ cluster: "prod", before, after, isPartial: false }],
    }),
  );
const somePrices = fc.record<GivenPrices>({
  prices: fc.dictionary(fc.constantFrom(...priceNames), fc.double({ min: 0, max: 100, noNaN: true })),
  regions: fc.constant({}),
});

function planOf(sides: readonly Sides[], scale: Scale): Plan {
  const instant = "2026-11-22T09:00:00.000Z";
  const changes = sides.map(
    (side): Change => ({
      ...side,
      name: side.id,
      cluster: "prod",
      action: side.before === null ? "create" : side.after === null ? "delete" : "update",
      policies: [],
      differences: [],
      impact: "none",
      deletes: 0,
      needs: [],
    }),
  );
  const metadata = {
    owner: "ecsmon",
    region: "us-east-1",
    account: "1",
    sourceRevision: "r",
    createdAt: instant,
    asOf: instant,
  };
  return { metadata, unchanged: 0, changes, unknown: [], blocked: [], diagnostics: [], scale };
}

/** Nothing is written in place of `null`s, and clusters are not touched, where no change says so. */
const turned = ({ services: running, insights }: Scale): Scale => ({
  services: running,
  insights: insights.map((one) => ({ ...one, before: one.after, after: one.before })),
});
const countsOf = ({ lines }: Cost) => new Map(lines.map(({ price, count }) => [price, count]));

it("what is taken away again comes to what it brought, to the cent", () => {
  let costly = 0;
  fc.assert(
    fc.property(someSides, someScale, somePrices, (sides, scale, prices) => {
      const there = costOf(planOf(sides, scale), prices);
      const back = sides.map((side) => ({ ...side, before: side.after, after: side.before }));
      const again = costOf(planOf(back, turned(scale)), prices);
      expect(again.monthly).toBe(there.monthly === 0 ? 0 : -there.monthly);
      expect(countsOf(again)).toEqual(new Map([...countsOf(there)].map(([price, count]) => [price, -count])));
      if (there.monthly !== 0) costly += 1;
    }),
    { numRuns: 500 },
  );
  expect(costly).toBeGreaterThan(100);
});

it("the whole is the sum of its parts, and of its lines", () => {
  fc.assert(
    fc.property(someSides, someSides, someScale, (a, b, scale) => {
      const still = { ...scale, insights: [] };
      const [first, second, both] = [a, b, [...a, ...b]].map((sides) =>
        countsOf(costOf(planOf(sides, still))),
      );
      for (const price of priceNames)
        expect(both?.get(price) ?? 0).toBe((first?.get(price) ?? 0) + (second?.get(price) ?? 0));
      const cost = costOf(planOf([...a, ...b], scale));
      const cents = cost.lines.reduce((sum, { monthly = 0 }) => sum + Math.round(monthly * 100), 0);
      expect(Math.round(cost.monthly * 100)).toBe(cents);
    }),
  );
});

it("what stands as it should costs nothing more", () => {
  fc.assert(
    fc.property(someSides, someScale, (sides, scale) => {
      const applied = sides.map((side) => ({ ...side, before: side.after }));
      const still = { ...scale, insights: scale.insights.map((one) => ({ ...one, before: one.after })) };
      expect(costOf(planOf(applied, still))).toMatchObject({ monthly: 0, lines: [] });
    }),
  );
});

it("a comment that is cut still tells the cost", () => {
  const sides = Array.from(
    { length: 3000 },
    (_, index): Sides => ({
      kind: "MetricAlarm",
      before: null,
      after: { MetricName: `a-metric-with-a-long-name-${index}` },
      id: `alarm-${index}-${"x".repeat(100)}`,
      enforcement: "Enforce",
    }),
  );
  const made = planOf(sides, { services: new Map(), insights: [] });
  const changes = made.changes.map((change, index) => ({ ...change, service: `service-${index}` }));
  const plan = { ...made, changes, cost: costOf(made) };
  const text = renderMarkdown({ plans: [plan], failed: [] });
  expect(text.length).toBeLessThanOrEqual(65_536);
  expect(text).toContain("> Shortened");
  expect(text).toContain("<summary>Cost: about $300.00 more a month");
});
