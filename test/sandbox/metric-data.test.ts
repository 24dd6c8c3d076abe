// What PutMetricData takes and GetMetricData makes of it in the sandbox: statistics, math, pages, and how long it is kept.
import {
  GetMetricDataCommand,
  type GetMetricDataCommandInput,
  ListMetricsCommand,
  type MetricDataQuery,
  type MetricDatum,
  PutMetricDataCommand,
} from "@aws-sdk/client-cloudwatch";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { AwsError } from "../../controller/sandbox/service.ts";
import { createCloudWatch } from "../../controller/sandbox/services/cloudwatch.ts";
import { type Harness, start } from "./harness.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

let sandbox: Harness;
/** A whole hour. */
let now: number;
beforeEach(async () => {
  sandbox = await start();
  now = Math.floor(sandbox.control.now() / hour) * hour;
});

const put = (...MetricData: MetricDatum[]) =>
  sandbox.cloudwatch.send(new PutMetricDataCommand({ Namespace: "N", MetricData }));
const datum = (minutesAgo: number, Value: number, over: Partial<MetricDatum> = {}): MetricDatum => ({
  MetricName: "M",
  Timestamp: new Date(now - minutesAgo * minute),
  Value,
  ...over,
});
const plant = (...MetricData: MetricDatum[]) =>
  sandbox.control.plantMetrics({ Namespace: "AWS/ECS", MetricData });
const stat = (Stat: string, Period = 60, over: Partial<MetricDataQuery> = {}): MetricDataQuery => ({
  Id: "m1",
  MetricStat: { Metric: { Namespace: "N", MetricName: "M" }, Period, Stat },
  ...over,
});
const get = (MetricDataQueries: MetricDataQuery[], over: Partial<GetMetricDataCommandInput> = {}) =>
  sandbox.cloudwatch.send(
    new GetMetricDataCommand({
      MetricDataQueries,
      StartTime: new Date(now - hour),
      EndTime: new Date(now),
      ScanBy: "TimestampAscending",
      ...over,
    }),
  );
const values = async (...queries: MetricDataQuery[]) => {
  const { MetricDataResults = [] } = await get(queries);
  return MetricDataResults.map(({ Values }) => Values);
};
const refused = (call: Promise<unknown>, message: string) =>
  expect(call).rejects.toMatchObject({ message: expect.stringContaining(message) });

describe("statistics", () => {
  it.each([
    ["SampleCount", [3, 1]],
    ["Sum", [6, 40]],
    ["Average", [2, 40]],
    ["Minimum", [1, 40]],
    ["Maximum", [3, 40]],
    ["p50", [2, 40]],
    ["p99", [3, 40]],
    ["p1", [1, 40]],
  ])("%s", async (statistic, expected) => {
    await put(datum(9, 3), datum(8, 1), datum(7, 2), datum(2, 40));
    expect(await values(stat(statistic, 300))).toEqual([expected]);
  });

  it("are of values and counts, and of sets, which have no percentiles", async () => {
    await put(
      { MetricName: "M", Timestamp: new Date(now - minute), Values: [1, 10], Counts: [9, 1] },
      {
        MetricName: "S",
        Timestamp: new Date(now - minute),
        StatisticValues: { SampleCount: 4, Sum: 10, Minimum: 1, Maximum: 5 },
      },
    );
    expect(await values(stat("p90"), stat("p91", 60, { Id: "b" }), stat("Average", 60, { Id: "c" }))).toEqual(
      [[1], [10], [1.9]],
    );
    const set = (Stat: string, Id: string): MetricDataQuery => ({
      Id,
      MetricStat: { Metric: { Namespace: "N", MetricName: "S" }, Period: 60, Stat },
    });
    expect(await values(set("Average", "a"), set("Maximum", "b"), set("p50", "c"))).toEqual([[2.5], [5], []]);
  });

  it("are of one unit where one is named", async () => {
    await put(datum(1, 5, { Unit: "Count" }), datum(1, 7, { Unit: "Percent" }));
    const of = (Unit: "Count" | undefined) =>
      stat("Sum", 60, {
        MetricStat: { Metric: { Namespace: "N", MetricName: "M" }, Period: 60, Stat: "Sum", Unit },
      });
    expect(await values(of("Count"))).toEqual([[5]]);
    expect(await values(of(undefined))).toEqual([[12]]);
  });

  it("that aren't known or aren't computed are refused", async () => {
    await refused(values(stat("Median")), "not supported");
    await refused(values(stat("tm99")), "the sandbox does not compute tm99");
  });

  it("come in either order, from the start on and without the end", async () => {
    await put(...[60, 59, 1, 0].map((ago) => datum(ago, ago)));
    expect(await values(stat("Sum"))).toEqual([[60, 59, 1]]);
    const { MetricDataResults } = await get([stat("Sum")], { ScanBy: "TimestampDescending" });
    expect(MetricDataResults?.[0]?.Values).toEqual([1, 59, 60]);
    expect(MetricDataResults?.[0]?.Timestamps?.[0]).toEqual(new Date(now - minute));
  });
});

describe("what is kept", () => {
  it("depends on the period", async () => {
    plant(...[1, 16, 64].map((days) => datum(days * 24 * 60 + 5, days)));
    const days = async (Period: number) => {
      const query = stat("Sum", Period, {
        MetricStat: { Metric: { Namespace: "AWS/ECS", MetricName: "M" }, Period, Stat: "Sum" },
      });
      const { MetricDataResults } = await get([query], { StartTime: new Date(now - 100 * day) });
      return MetricDataResults?.[0]?.Values;
    };
    expect(await days(60)).toEqual([1]);
    expect(await days(300)).toEqual([16, 1]);
    expect(await days(3600)).toEqual([64, 16, 1]);
  });

  it("below a minute is of high resolution, and three hours", async () => {
    const at = (seconds: number, Value: number): MetricDatum =>
      datum(0, Value, { Timestamp: new Date(now - seconds * 1000), StorageResolution: 1 });
    await put(at(55, 1), at(50, 2), at(45, 4), at(4 * 3600, 8));
    const { MetricDataResults } = await get([stat("Sum", 10)], { StartTime: new Date(now - 5 * hour) });
    expect(MetricDataResults?.[0]?.Values).toEqual([1, 6]);
  });

  it("is not taken in when it is too old or lies ahead, but planted all the same", async () => {
    await refused(put(datum(15 * 24 * 60, 1)), "within the past two weeks");
    await refused(put(datum(-3 * 60, 1)), "within the past two weeks");
    await refused(
      sandbox.cloudwatch.send(new PutMetricDataCommand({ Namespace: "AWS/ECS", MetricData: [datum(1, 1)] })),
      "reserved",
    );
    plant(datum(1, 1));
    const { Metrics } = await sandbox.cloudwatch.send(new ListMetricsCommand({}));
    expect(Metrics?.map(({ Namespace }) => Namespace)).toEqual(["AWS/ECS"]);
  });

  it("is listed for two weeks, or for three hours", async () => {
    plant(
      datum(15 * 24 * 60, 1, { MetricName: "Old" }),
      datum(24 * 60, 1, { MetricName: "Day" }),
      datum(1, 1),
    );
    const names = async (RecentlyActive?: "PT3H") =>
      (await sandbox.cloudwatch.send(new ListMetricsCommand({ RecentlyActive }))).Metrics?.map(
        ({ MetricName }) => MetricName,
      );
    expect(await names()).toEqual(["Day", "M"]);
    expect(await names("PT3H")).toEqual(["M"]);
  });
});

describe("metric math", () => {
  const of = async (Expression: string, ...more: MetricDataQuery[]) => {
    const metric = (Id: string, MetricName: string): MetricDataQuery => ({
      Id,
      MetricStat: { Metric: { Namespace: "N", MetricName }, Period: 60, Stat: "Sum" },
      ReturnData: false,
    });
    return (
      await values(metric("a", "A"), metric("b", "B"), metric("none", "C"), ...more, { Id: "e", Expression })
    )[0];
  };
  beforeEach(() =>
    put(
      ...[10, 20, 30].map((value, index) => datum(3 - index, value, { MetricName: "A" })),
      ...[1, 4].map((value, index) => datum(3 - index * 2, value, { MetricName: "B" })),
    ),
  );

  it.each([
    ["a + 1", [11, 21, 31]],
    ["a / b", [10, 7.5]],
    ["a / (b - 1)", [10]],
    ["2 + a * 2 ^ 2 - -1", [43, 83, 123]],
    ["a > 15 && a < 25", [0, 1, 0]],
    ["IF(a >= 20, a, 0)", [0, 20, 30]],
    ["IF(a >= 20, a)", [20, 30]],
    ["SUM([a, b])", [11, 20, 34]],
    ["MAX([a, b, 15])", [15, 20, 30]],
    ["MIN([a, b])", [1, 20, 4]],
    ["AVG([a, b])", [5.5, 20, 17]],
    ["a - MIN(a)", [0, 10, 20]],
    ["DIFF(a)", [10, 10]],
    ["RATE(a) * 60", [10, 10]],
    ["RUNNING_SUM(a) / PERIOD(a)", [1 / 6, 0.5, 1]],
    ["ABS(0 - b)", [1, 4]],
    ["FILL(none, 0)", []],
    ["other * 2", [22, 42, 62]],
  ])("%s", async (expression, expected) => {
    expect(await of(expression, { Id: "other", Expression: "a + 1", ReturnData: false })).toEqual(expected);
  });

  it("fills over all of the time that is asked for", async () => {
    const filled = await of("FILL(b, 0)");
    expect([filled?.length, filled?.slice(-4)]).toEqual([60, [0, 1, 0, 4]]);
    expect((await of("FILL(b, REPEAT)"))?.slice(-3)).toEqual([1, 1, 4]);
  });

  it.each([
    ["a +", "unexpected"],
    ["unknown + 1", "Unknown variable or metric id 'unknown'"],
    ["e * 2", "depends on itself"],
    ["1 + 1", "isn't a time series"],
    ["SEARCH('x', 'Sum', 60)", "does not compute"],
    ["SELECT AVG(x) FROM y", "no Metrics Insights"],
  ])("%s is refused", async (expression, message) => {
    await refused(of(expression), message);
  });
});

describe("pages", () => {
  it("are so many datapoints, and together they are all", async () => {
    await put(...Array.from({ length: 50 }, (_, index) => datum(50 - index, index)));
    const queries = [stat("Sum"), stat("Maximum", 60, { Id: "m2" })];
    const found: Record<string, number[]> = {};
    const statuses: unknown[] = [];
    let NextToken: string | undefined;
    do {
      const page = await get(queries, { MaxDatapoints: 30, NextToken });
      for (const { Id = "", Values = [] } of page.MetricDataResults ?? [])
        found[Id] = [...(found[Id] ?? []), ...Values];
      statuses.push(page.MetricDataResults?.map(({ StatusCode }) => StatusCode));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    const all = Array.from({ length: 50 }, (_, index) => index);
    expect(found).toEqual({ m1: all, m2: all });
    expect(statuses).toEqual([
      ["PartialData", "PartialData"],
      ["Complete", "PartialData"],
      ["Complete", "PartialData"],
      ["Complete", "Complete"],
    ]);
  });

  it("there is one of where there is math: the rest is missing", async () => {
    await put(...Array.from({ length: 50 }, (_, index) => datum(50 - index, index)));
    const page = await get([stat("Sum", 60, { ReturnData: false }), { Id: "e", Expression: "m1 * 2" }], {
      MaxDatapoints: 30,
    });
    expect(page.NextToken).toBeUndefined();
    expect(page.MetricDataResults).toMatchObject([{ StatusCode: "PartialData" }]);
  });

  it("with a token of one's own are refused", async () => {
    await expect(get([stat("Sum")], { NextToken: "x" })).rejects.toMatchObject({ name: "InvalidNextToken" });
  });
});

it("metrics can be planted over HTTP", async () => {
  const answer = await fetch(`${sandbox.endpoint}/_sandbox/metrics`, {
    method: "POST",
    body: JSON.stringify({
      Namespace: "AWS/ECS",
      MetricData: [{ MetricName: "M", Timestamp: new Date(now - minute).toISOString(), Value: 3 }],
    }),
  });
  expect(answer.status).toBe(200);
  const { Metrics } = await sandbox.cloudwatch.send(new ListMetricsCommand({ Namespace: "AWS/ECS" }));
  expect(Metrics).toHaveLength(1);
  const wrong = await fetch(`${sandbox.endpoint}/_sandbox/metrics`, { method: "POST", body: "{}" });
  expect(wrong.status).toBe(400);
});

it("whatever comes in, a call is done or refused, and never breaks", () => {
  const context = { now: () => 1_700_000_000_000, account: "123456789012", region: "us-east-1" };
  const { operations } = createCloudWatch();
  const odd = fc.oneof(
    fc.constantFrom<unknown>(null, "", "x", 0, -1, 1.5, true, [], {}, [null]),
    fc.jsonValue(),
  );
  const part = (value: unknown) => fc.oneof({ weight: 5, arbitrary: fc.constant(value) }, odd);
  const query = fc.record({
    Id: part("m1"),
    MetricStat: fc.oneof(
      odd,
      fc.record({
        Metric: part({ Namespace: "N", MetricName: "M" }),
        Period: part(60),
        Stat: part("p90"),
        Unit: part("Count"),
      }),
    ),
    Expression: fc.oneof(
      fc.constant(undefined),
      fc.constantFrom("m1 + 1", "FILL(m1, m1)", "[m1]", "MAX([])"),
      odd,
    ),
    ReturnData: part(true),
  });
  const put = fc.record({
    Namespace: part("N"),
    MetricData: fc.oneof(
      odd,
      fc.array(
        fc.record({
          MetricName: part("M"),
          Timestamp: part(1_699_999_990),
          Value: part(1),
          StorageResolution: part(1),
          Unit: part("Count"),
        }),
        { maxLength: 2 },
      ),
    ),
  });
  const read = fc.record({
    MetricDataQueries: fc.oneof(odd, fc.array(query, { maxLength: 3 })),
    StartTime: part(1_699_999_000),
    EndTime: part(1_700_000_000),
    MaxDatapoints: part(10),
    NextToken: part(undefined),
  });
  fc.assert(
    fc.property(
      fc.oneof(
        put.map((input) => ["PutMetricData", input] as const),
        read.map((input) => ["GetMetricData", input] as const),
      ),
      ([operation, input]) => {
        try {
          operations[operation]?.(input, context);
        } catch (error) {
          expect(error).toBeInstanceOf(AwsError);
        }
      },
    ),
    { numRuns: 1000 },
  );
});
