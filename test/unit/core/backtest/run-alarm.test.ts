// Whole runs against the brute force, and the weekly threshold against every other one.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AlarmRule, Comparison } from "../../../../controller/core/backtest/alarm-rule.ts";
import { leadOf } from "../../../../controller/core/backtest/range.ts";
import { runAlarm } from "../../../../controller/core/backtest/run-alarm.ts";
import type { Series } from "../../../../controller/model/backtest.ts";
import { evaluateBrutally } from "../../../support/brute-force-alarm.ts";

const comparisons = [
  "GreaterThanThreshold",
  "GreaterThanOrEqualToThreshold",
  "LessThanThreshold",
  "LessThanOrEqualToThreshold",
] as const;
const treatments = ["missing", "ignore", "breaching", "notBreaching"] as const;
/** So long that some runs take weeks, and some less than one. */
const period = 7200;
const week = 604_800;
const step = period * 1000;

interface Case {
  readonly n: number;
  readonly m: number;
  readonly comparison: (typeof comparisons)[number];
  readonly threshold: number;
  readonly missing: (typeof treatments)[number];
  /** After the lead; null: none. */
  readonly values: readonly (number | null)[];
}

const cases: fc.Arbitrary<Case> = fc
  .record({
    n: fc.integer({ min: 1, max: 5 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    comparison: fc.constantFrom(...comparisons),
    threshold: fc.integer({ min: -3, max: 9 }),
    missing: fc.constantFrom(...treatments),
    values: fc.array(fc.option(fc.integer({ min: -3, max: 9 }), { freq: 3 }), {
      minLength: 20,
      maxLength: 150,
    }),
  })
  .map(({ share, ...one }) => ({ ...one, m: 1 + Math.floor(share * (one.n - 0.001)) }));

function ruleOf({ n, m, comparison, threshold, missing }: Case): AlarmRule {
  return {
    period,
    step: period,
    statistic: "",
    averaged: undefined,
    evaluationPeriods: n,
    datapointsToAlarm: m,
    comparison,
    threshold,
    missing,
    minSamples: 0,
    queries: [],
    watched: "m1",
    band: undefined,
    samples: undefined,
    notes: [],
  };
}

function samplesOf({ values }: Case) {
  return values.flatMap((value, index) => (value === null ? [] : [{ at: index * step, value }]));
}

function run(one: Case) {
  const rule = ruleOf(one);
  const samples = samplesOf(one);
  const series: Series = {
    id: "m1",
    times: samples.map(({ at }) => at),
    values: samples.map(({ value }) => value),
  };
  const lead = leadOf(rule);
  const grid = { start: 0, step: period, length: one.values.length };
  const told = one.values.length - lead;
  return { run: runAlarm(rule, [series], grid), from: lead * step, until: one.values.length * step, told };
}

function brute(one: Case, threshold: number) {
  const { from, until } = run(one);
  const { n, m, comparison, missing } = one;
  const alarm = {
    period,
    every: period,
    statistic: "Sum",
    n,
    m,
    comparison,
    threshold,
    missing,
    ignoresFewSamples: false,
  };
  return evaluateBrutally(alarm, samplesOf(one), from, until);
}

describe("an alarm through time", () => {
  it("does what it would have done moment by moment", () => {
    fc.assert(
      fc.property(cases, (one) => {
        const expected = brute(one, one.threshold);
        const { run: found } = run(one);
        if (expected === undefined) expect(found).toBeUndefined();
        else expect(found).toMatchObject(expected);
      }),
      { numRuns: 500 },
    );
  });

  it("has a weekly threshold that is quiet, as every stricter one is, and the next laxer one is not", () => {
    fc.assert(
      fc.property(cases, (one) => {
        const { run: found, told } = run(one);
        if (found === undefined) return;
        const sign = one.comparison.startsWith("Less") ? -1 : 1;
        // Values are whole numbers: halves between and beyond them are all there is to choose from, the strictest first.
        const choices = Array.from({ length: 60 }, (_, index) => sign * (15 - index / 2));
        const limit = Math.floor((told * period) / week);
        const isQuiet = (threshold: number): boolean => {
          const result = brute(one, threshold);
          return result !== undefined && result.fired <= limit && result.inAlarm / period <= told * 0.1;
        };
        const loud = choices.findIndex((choice) => !isQuiet(choice));
        const { weekly } = found;
        // None will do, or none is needed.
        if (loud <= 0) {
          expect(weekly).toBeUndefined();
          return;
        }
        expect(weekly).toBeDefined();
        expect(sign * (weekly ?? 0)).toBeGreaterThan(sign * (choices[loud] ?? 0));
        // As lax as can be: nothing happens otherwise than with the last one that is quiet.
        expect(brute(one, weekly ?? 0)).toEqual(brute(one, choices[loud - 1] ?? 0));
      }),
      { numRuns: 500 },
    );
  });
});

describe("a band", () => {
  const rule = (comparison: Comparison): AlarmRule => ({
    ...ruleOf({
      n: 1,
      m: 1,
      comparison: "GreaterThanThreshold",
      threshold: 0,
      missing: "missing",
      values: [],
    }),
    comparison,
    threshold: undefined,
    band: "band",
  });
  const times = [0, 1, 2, 3, 4, 5].map((index) => index * step);
  const series = [
    { id: "m1", times, values: [5, 5, 12, 5, -3, 5] },
    { id: "band", times: times.slice(0, 5), values: [10, 10, 10, 10, 10] },
    { id: "band", times: times.slice(0, 5), values: [0, 0, 0, 0, 0] },
  ];
  const grid = { start: 0, step: period, length: 6 };

  it.each([
    ["GreaterThanUpperThreshold", 1],
    ["LessThanLowerThreshold", 1],
    ["LessThanLowerOrGreaterThanUpperThreshold", 2],
  ] as const)("%s fires %d times", (comparison, fired) => {
    const result = runAlarm(rule(comparison), series, grid);
    expect(result).toMatchObject({ fired, missing: 1 / 4 });
    expect(result?.weekly).toBeUndefined();
  });
});

it("with too few samples for its percentile, an alarm stays as it is", () => {
  const base = ruleOf({
    n: 2,
    m: 1,
    comparison: "GreaterThanThreshold",
    threshold: 5,
    missing: "missing",
    values: [],
  });
  const times = Array.from({ length: 9 }, (_, index) => index * step);
  const series = [
    { id: "m1", times, values: [0, 0, 0, 9, 0, 0, 9, 0, 0] },
    { id: "samples", times, values: [60, 60, 60, 60, 60, 60, 20, 20, 60] },
  ];
  const grid = { start: 0, step: period, length: 9 };
  const all = runAlarm(base, series, grid);
  const some = runAlarm({ ...base, minSamples: 100, samples: "samples" }, series, grid);
  expect([all?.fired, all?.inAlarm]).toEqual([2, 4 * period]);
  // At the seventh there are 80 samples in two periods, at the eighth 40, at the ninth 80: nothing moves.
  expect([some?.fired, some?.inAlarm]).toEqual([1, 2 * period]);
});
