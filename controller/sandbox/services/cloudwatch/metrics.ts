// Custom metrics: taken in by PutMetricData, listed by ListMetrics, read back by GetMetricData.
// A sandbox has no metrics of its own; nothing here moves an alarm.
import { compareText, present } from "../../checks.ts";
import { takePage } from "../../paging.ts";
import { AwsError, type Input, type Operation, type Output } from "../../service.ts";
import { type Dimension, metricKey, readDimensions } from "./dimensions.ts";
import { metricChecks as checks, invalidNextToken } from "./errors.ts";
import { UNITS } from "./statistic.ts";

interface Datapoint {
  readonly at: number;
  readonly count: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
}

interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: readonly Dimension[];
  readonly datapoints: Datapoint[];
}

const NAMESPACE = { min: 1, max: 255, pattern: /^[^:]/ };
const NAME = { min: 1, max: 255 };
const LIST_METRICS_PAGE = 500;

export interface Metrics {
  readonly operations: Record<string, Operation>;
  state(): unknown;
}

export function createMetrics(): Metrics {
  const metrics = new Map<string, Metric>();
  const sorted = () =>
    [...metrics].sort(([a], [b]) => compareText(a, b)).map(([key, metric]) => ({ key, ...metric }));

  const operations: Record<string, Operation> = {
    PutMetricData(input, context) {
      const namespace = checks.requiredText(input, "Namespace", NAMESPACE);
      if (namespace.startsWith("AWS/"))
        throw checks.fail("The value AWS/ for parameter Namespace is invalid: it is reserved");
      const data = checks.list(input, "MetricData", { max: 1000 }) ?? [];
      if (data.length === 0)
        throw new AwsError("MissingRequiredParameterException", "The parameter MetricData is required.", {
          queryCode: "MissingParameter",
        });
      // Everything is checked before anything is kept: a refused call leaves nothing behind.
      const read = data.map((datum, index) =>
        readDatum(datum, `metricData.${index + 1}.member`, context.now()),
      );
      for (const { name, dimensions, datapoints } of read) {
        const key = metricKey(namespace, name, dimensions);
        const metric = metrics.get(key) ?? { namespace, name, dimensions, datapoints: [] };
        metric.datapoints.push(...datapoints);
        metrics.set(key, metric);
      }
      return {};
    },

    ListMetrics(input) {
      const namespace = checks.text(input, "Namespace", NAMESPACE);
      const name = checks.text(input, "MetricName", NAME);
      const filters = checks.list(input, "Dimensions", { max: 10 }) ?? [];
      for (const [index, filter] of filters.entries())
        checks.requiredText(filter, "Name", { ...NAME, at: `dimensions.${index + 1}.member` });
      const matching = sorted().filter(
        (metric) =>
          (namespace === undefined || metric.namespace === namespace) &&
          (name === undefined || metric.name === name) &&
          filters.every((filter) =>
            metric.dimensions.some(
              ({ Name, Value }) => Name === filter.Name && (filter.Value ?? Value) === Value,
            ),
          ),
      );
      const { NextToken, ...asked } = input;
      const page = takePage(matching, (metric) => metric.key, {
        limit: LIST_METRICS_PAGE,
        token: NextToken,
        scope: ["ListMetrics", asked],
        invalidToken: () => checks.fail("Invalid NextToken"),
      });
      return {
        Metrics: page.items.map((metric) => ({
          Namespace: metric.namespace,
          MetricName: metric.name,
          Dimensions: metric.dimensions,
        })),
        ...present({ NextToken: page.nextToken }),
      };
    },

    /** Datapoints of plain statistics; an expression or a percentile answers no values, as a metric without data does. */
    GetMetricData(input) {
      const queries = checks.list(input, "MetricDataQueries", { min: 1, max: 500 });
      const [start, end] = [timeOf(input.StartTime), timeOf(input.EndTime)];
      if (queries === undefined) throw checks.fail("MetricDataQueries must not be null");
      if (start === undefined || end === undefined || start >= end)
        throw checks.fail("StartTime must be less than EndTime");
      if (input.NextToken) throw invalidNextToken();
      const results = queries
        .filter((query) => (query.ReturnData ?? true) === true)
        .map((query) => readBack(metrics, query, start, end, input.ScanBy !== "TimestampAscending"));
      return { MetricDataResults: results, Messages: [] };
    },
  };
  return { operations, state: () => sorted().map(({ key: _, ...metric }) => metric) };
}

function readBack(
  metrics: ReadonlyMap<string, Metric>,
  query: Input,
  start: number,
  end: number,
  descending: boolean,
): Output {
  const Id = checks.requiredText(query, "Id", NAME);
  const stat = checks.object(query, "MetricStat");
  const buckets = new Map<number, Datapoint>();
  if (stat !== undefined) {
    const metric = metrics.get(
      metricKey(stat.Metric?.Namespace, stat.Metric?.MetricName, stat.Metric?.Dimensions ?? []),
    );
    const period = checks.requiredInteger(stat, "Period", { min: 1 }) * 1000;
    for (const point of metric?.datapoints ?? []) {
      if (point.at < start || point.at >= end) continue;
      const at = Math.floor(point.at / period) * period;
      const sum = buckets.get(at);
      buckets.set(at, sum === undefined ? { ...point, at } : added(sum, point));
    }
  }
  const valued = [...buckets.values()]
    .sort((a, b) => (descending ? b.at - a.at : a.at - b.at))
    .flatMap((point) => {
      const value = statisticOf(point, stat?.Stat);
      return value === undefined ? [] : [{ at: point.at, value }];
    });
  return {
    Id,
    Label: query.Label ?? stat?.Metric?.MetricName ?? Id,
    Timestamps: valued.map(({ at }) => new Date(at)),
    Values: valued.map(({ value }) => value),
    StatusCode: "Complete",
  };
}

function added(a: Datapoint, b: Datapoint): Datapoint {
  return {
    at: a.at,
    count: a.count + b.count,
    sum: a.sum + b.sum,
    minimum: Math.min(a.minimum, b.minimum),
    maximum: Math.max(a.maximum, b.maximum),
  };
}

function statisticOf(point: Datapoint, statistic: unknown): number | undefined {
  if (statistic === "SampleCount") return point.count;
  if (statistic === "Sum") return point.sum;
  if (statistic === "Average") return point.sum / point.count;
  if (statistic === "Minimum") return point.minimum;
  return statistic === "Maximum" ? point.maximum : undefined;
}

function readDatum(
  datum: Input,
  at: string,
  now: number,
): { name: string; dimensions: Dimension[]; datapoints: Datapoint[] } {
  const name = checks.requiredText(datum, "MetricName", { ...NAME, at });
  const dimensions = readDimensions(checks, datum, at) ?? [];
  checks.text(datum, "Unit", { oneOf: UNITS, at });
  const time = timeOf(datum.Timestamp) ?? now;
  const forms = ["Value", "Values", "StatisticValues"].filter(
    (form) => (datum[form] ?? undefined) !== undefined,
  );
  if (forms.length !== 1)
    throw new AwsError(
      "InvalidParameterCombinationException",
      `Exactly one of Value, Values and StatisticValues must be given for ${name}`,
      { queryCode: "InvalidParameterCombination" },
    );
  if (forms[0] === "StatisticValues") {
    const { SampleCount, Sum, Minimum, Maximum } = datum.StatisticValues;
    const [count, sum, minimum, maximum] = [SampleCount, Sum, Minimum, Maximum].map(numberOf);
    return { name, dimensions, datapoints: [{ at: time, count, sum, minimum, maximum } as Datapoint] };
  }
  const values: number[] = (forms[0] === "Value" ? [datum.Value] : datum.Values).map(numberOf);
  const counts: number[] = (datum.Counts ?? []).map(numberOf);
  const datapoints = values.map((value, index) => {
    const count = counts[index] ?? 1;
    return { at: time, count, sum: value * count, minimum: value, maximum: value };
  });
  return { name, dimensions, datapoints };
}

/** The query protocol sends numbers as texts, and `Value` is a text elsewhere, so it isn't converted on the way in. */
function numberOf(value: unknown): number {
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  if (typeof number !== "number" || !Number.isFinite(number))
    throw checks.fail(`The value ${String(value)} is not a finite number`);
  return number;
}

/** A timestamp as any protocol hands it over: a Date, epoch seconds, or a text. Gives epoch milliseconds. */
export function timeOf(value: unknown): number | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  const time =
    value instanceof Date
      ? value.getTime()
      : typeof value === "number"
        ? value * 1000
        : /^\d+(\.\d+)?$/.test(String(value))
          ? Number(value) * 1000
          : Date.parse(String(value));
  if (Number.isNaN(time)) throw checks.fail(`The value ${String(value)} is not a timestamp`);
  return time;
}
