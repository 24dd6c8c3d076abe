import { describe, expect, it } from "vitest";
import { readAlarmRule } from "../../../../controller/core/backtest/alarm-rule.ts";
import { retentionOf, spanOf } from "../../../../controller/core/backtest/span.ts";
import type { JsonObject } from "../../../../controller/model/json.ts";

const plain: JsonObject = {
  Namespace: "N",
  MetricName: "M",
  Dimensions: [{ Name: "A", Value: "b" }],
  Statistic: "Sum",
  Period: 60,
  EvaluationPeriods: 3,
  Threshold: 1,
  ComparisonOperator: "GreaterThanThreshold",
};
const { Statistic: _, ...rest } = plain;
const stat = (Id: string, Period = 60) => ({
  Id,
  MetricStat: { Metric: { Namespace: "N", MetricName: Id, Dimensions: [] }, Period, Stat: "Sum" },
  ReturnData: false,
});
const math = (Metrics: readonly JsonObject[]): JsonObject => ({
  EvaluationPeriods: 1,
  Threshold: 1,
  ComparisonOperator: "GreaterThanThreshold",
  Metrics,
});

function ruleOf(alarm: JsonObject, seconds = 86_400) {
  const reading = readAlarmRule(alarm, seconds);
  if (!reading.ok) throw new Error(reading.message);
  return reading.rule;
}

describe("what is read for an alarm", () => {
  it("is its metric, and N of N where no M is given", () => {
    const rule = ruleOf(plain);
    expect(rule).toMatchObject({ datapointsToAlarm: 3, missing: "missing", watched: "m1", minSamples: 0 });
    expect(rule.queries).toEqual([
      {
        Id: "m1",
        MetricStat: {
          Metric: { Namespace: "N", MetricName: "M", Dimensions: [{ Name: "A", Value: "b" }] },
          Period: 60,
          Stat: "Sum",
        },
        ReturnData: true,
      },
    ]);
  });

  it.each([
    ["p99", 1000],
    ["p90", 100],
    ["p50", 20],
    ["p25", 40],
    ["p99.9", 10_000],
    ["p100", 0],
    ["tm90", 0],
  ])("counts samples for %s: %d", (ExtendedStatistic, minSamples) => {
    const alarm = { ...rest, ExtendedStatistic, EvaluateLowSampleCountPercentile: "ignore" };
    const rule = ruleOf(alarm);
    expect(rule.minSamples).toBe(minSamples);
    expect(rule.queries.map(({ MetricStat }) => MetricStat?.Stat)).toEqual(
      minSamples === 0 ? [ExtendedStatistic] : [ExtendedStatistic, "SampleCount"],
    );
    expect(ruleOf({ ...rest, ExtendedStatistic }).minSamples).toBe(0);
  });

  it("is all of its math, of which one query is watched", () => {
    const rule = ruleOf(math([stat("a"), stat("b"), { Id: "c", Expression: "a/b" }]));
    expect(rule).toMatchObject({ watched: "c", period: 60, band: undefined });
    expect(rule.queries).toHaveLength(3);
  });

  it("is a metric beside its band", () => {
    const { Threshold: __, ...banded } = math([
      { ...stat("m1"), ReturnData: true },
      { Id: "band", Expression: "ANOMALY_DETECTION_BAND(m1, 2)", ReturnData: true },
    ]);
    const rule = ruleOf({
      ...banded,
      ThresholdMetricId: "band",
      ComparisonOperator: "GreaterThanUpperThreshold",
    });
    expect(rule).toMatchObject({ watched: "m1", band: "band", threshold: undefined });
  });

  it.each([
    ["PromQL", { EvaluationCriteria: { PromQLCriteria: { Query: "x" } } }],
    ["Metrics Insights", math([{ Id: "q", Expression: "SELECT AVG(x) FROM y", Period: 60 }])],
    ["different periods", math([stat("a"), stat("b", 300), { Id: "c", Expression: "a/b" }])],
    ["no comparison", { ...plain, ComparisonOperator: "Around" }],
    ["neither a metric and a threshold", { ...plain, Threshold: undefined }],
  ])("is nothing where GetMetricData cannot help: %s", (words, alarm) => {
    const reading = readAlarmRule(alarm as JsonObject, 86_400);
    expect(reading).toMatchObject({ ok: false, code: "NotTestable" });
    expect(reading.ok ? "" : reading.message).toContain(words);
  });
});

describe("periods that are longer than a minute", () => {
  const long = { ...plain, Period: 300 };

  it("slide by a minute, made up of minutes", () => {
    expect(ruleOf(long)).toMatchObject({ period: 300, step: 60, averaged: undefined, notes: [] });
    const average = ruleOf({ ...long, Statistic: "Average" });
    expect(average).toMatchObject({ watched: "m1", averaged: "samples" });
    expect(average.queries.map(({ MetricStat }) => [MetricStat?.Period, MetricStat?.Stat])).toEqual([
      [60, "Sum"],
      [60, "SampleCount"],
    ]);
  });

  it("slide by an hour where the window is longer than a day", () => {
    expect(ruleOf({ ...plain, Period: 21_600, EvaluationPeriods: 5 })).toMatchObject({ step: 3600 });
    expect(ruleOf({ ...plain, Period: 3600, EvaluationPeriods: 30 })).toMatchObject({
      step: 3600,
      notes: [],
    });
  });

  it.each([
    ["a percentile", { ...rest, Period: 300, ExtendedStatistic: "p99" }, 86_400],
    ["math", math([stat("a", 300), { Id: "c", Expression: "a*2" }]), 86_400],
    ["what lies too far back", long, 20 * 86_400],
  ])("follow each other for %s, and that is told", (_name, alarm, seconds) => {
    const rule = ruleOf(alarm as JsonObject, seconds);
    expect(rule).toMatchObject({ step: 300 });
    expect(rule.notes).toEqual([
      "CloudWatch looks at periods of 300 s every minute; here one follows the other",
    ]);
  });

  it("follow each other by the wall clock", () => {
    expect(ruleOf({ ...long, EvaluationWindow: { WallClockWindow: {} } })).toMatchObject({
      step: 300,
      notes: [],
    });
    expect(ruleOf({ ...long, EvaluationWindow: { SlidingWindow: {} } })).toMatchObject({ step: 60 });
  });
});

describe("how far back", () => {
  const until = Date.parse("2026-11-22T12:34:56.789Z");
  const day = 86_400;

  it.each([
    [10, 10_800],
    [60, 15 * day],
    [120, 15 * day],
    [300, 63 * day],
    [3600, 455 * day],
    [7200, 455 * day],
  ])("datapoints of %d s are kept for %d s", (period, seconds) => {
    expect(retentionOf(period)).toBe(seconds);
  });

  it("is whole steps, with what the first evaluation looks back on before", () => {
    const aligned = { ...plain, Period: 300, EvaluationWindow: { WallClockWindow: {} } };
    const span = spanOf(ruleOf(aligned), until, 3600, until);
    expect(span?.isCut).toBe(false);
    expect(new Date(span?.from ?? 0).toISOString()).toBe("2026-11-22T11:30:00.000Z");
    const start = Date.parse("2026-11-22T11:10:00Z");
    expect(span?.grid).toEqual({ start, step: 300, length: 12 + 4 });
  });

  it("is no further than datapoints are kept", () => {
    const span = spanOf(ruleOf(plain), until, 30 * day, until);
    expect(span?.isCut).toBe(true);
    expect(span?.grid.start).toBeGreaterThan(until - 15 * day * 1000);
    expect(span?.grid.start).toBeLessThan(until - 15 * day * 1000 + 1_300_000);
    expect(
      spanOf(ruleOf({ ...plain, Period: 10, EvaluationPeriods: 1100 }), until, day, until),
    ).toBeUndefined();
  });

  it("is kept by today, and not by the time that is tested", () => {
    const now = until + 10 * day * 1000;
    expect(spanOf(ruleOf(plain), until, 4 * day, now)).toMatchObject({ isCut: false });
    const cut = spanOf(ruleOf(plain), until, 14 * day, now);
    expect(cut?.isCut).toBe(true);
    expect(cut?.grid.start).toBeGreaterThan(now - 15 * day * 1000);
    expect(spanOf(ruleOf(plain), until, 14 * day, until + 16 * day * 1000)).toBeUndefined();
  });

  it("is the same a little later", () => {
    const cut = spanOf(ruleOf(plain), until, 30 * day, until);
    expect(spanOf(ruleOf(plain), until, 30 * day, until + 90_000)).toEqual(cut);
  });
});
