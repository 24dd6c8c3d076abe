// GetMetricData: statistics, percentiles, metric math and a plain kind of anomaly band, in pages.
import { present } from "../../checks.ts";
import type { Input, Output } from "../../service.ts";
import { readDimensions } from "./dimensions.ts";
import { alarmChecks, metricChecks as checks, invalidNextToken } from "./errors.ts";
import type { TimeSeries } from "./math-terms.ts";
import { computeExpression } from "./math-values.ts";
import { readExpression } from "./metric-math.ts";
import { gather, type MetricStore } from "./metric-store.ts";
import { isStatistic, STATISTICS } from "./statistic.ts";
import { timeOf } from "./times.ts";

const MAX_DATAPOINTS = 100_800;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const ID = /^[a-z][A-Za-z0-9_]*$/;
const BAND = /^\s*ANOMALY_DETECTION_BAND\(\s*([a-z]\w*)\s*(?:,\s*([\d.]+)\s*)?\)\s*$/;

interface Labelled {
  readonly id: string;
  readonly label: string;
  readonly points: readonly (readonly [at: number, value: number])[];
}

export function getMetricData(store: MetricStore, input: Input, now: number): Output {
  const queries = checks.list(input, "MetricDataQueries", { min: 1, max: 500 });
  if (queries === undefined) throw checks.fail("MetricDataQueries must not be null");
  const [start, end] = [timeOf(input.StartTime), timeOf(input.EndTime)];
  if (start === undefined || end === undefined || start >= end)
    throw checks.fail("StartTime must be less than EndTime");
  const most = checks.integer(input, "MaxDatapoints", { min: 1 }) ?? MAX_DATAPOINTS;
  const series = readSeries(store, queries, { start: roundedStart(start, queries, now), end, now });
  const ordered = series.map((each) => ({
    ...each,
    points: input.ScanBy === "TimestampAscending" ? each.points : [...each.points].reverse(),
  }));
  // Of metric math there is one page, and what doesn't fit is left out (API reference, MetricDataResult).
  const hasMath = queries.some((query) => query.Expression !== undefined);
  return pageOf(ordered, { most: Math.min(most, MAX_DATAPOINTS), token: input.NextToken, hasMath });
}

/** Down to the minute; further back to five minutes, and then to the hour. Periods below a minute have their own. */
function roundedStart(start: number, queries: readonly Input[], now: number): number {
  const periods = queries.flatMap((query) => query.MetricStat?.Period ?? []);
  const shortest = Math.min(...periods) * 1000;
  if (shortest < MINUTE) return Math.floor(start / shortest) * shortest;
  const age = now - start;
  const step = age < 15 * DAY ? MINUTE : age < 63 * DAY ? 5 * MINUTE : 60 * MINUTE;
  return Math.floor(start / step) * step;
}

interface Span {
  readonly start: number;
  readonly end: number;
  readonly now: number;
}

function readSeries(store: MetricStore, queries: readonly Input[], span: Span): Labelled[] {
  const byId = new Map<string, Input>();
  for (const [index, query] of queries.entries()) {
    const at = `metricDataQueries.${index + 1}.member`;
    const id = checks.requiredText(query, "Id", { min: 1, max: 255, pattern: ID, at });
    if (byId.has(id)) throw checks.fail("The values of parameter Id in MetricDataQueries must be unique");
    byId.set(id, query);
  }
  const returned = queries.filter((query) => (query.ReturnData ?? true) === true);
  if (returned.length === 0)
    throw checks.fail("At least one MetricDataQuery must have ReturnData set to true");
  const computed = new Map<string, TimeSeries>();
  const open = new Set<string>();
  const find = (id: string): TimeSeries => {
    const known = computed.get(id);
    if (known !== undefined) return known;
    const query = byId.get(id);
    if (query === undefined) throw new SyntaxError(`Unknown variable or metric id '${id}'`);
    if (open.has(id)) throw new SyntaxError("it depends on itself");
    open.add(id);
    const series =
      query.Expression === undefined ? readStatistic(store, query, span) : compute(query, find, span);
    computed.set(id, series);
    return series;
  };
  return returned.flatMap((query): Labelled[] => {
    const id: string = query.Id;
    const [, banded, width = "2"] = BAND.exec(query.Expression ?? "") ?? [];
    if (banded !== undefined)
      return bandOf(
        id,
        findFor(query, () => find(banded)),
        Number(width),
      );
    const label = query.Label ?? query.MetricStat?.Metric?.MetricName ?? id;
    return [{ id, label, points: [...findFor(query, () => find(id)).points] }];
  });
}

/** A mistake in an expression is told with its id. */
function findFor<T>(query: Input, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw alarmChecks.fail(`Error in expression '${query.Id}': ${error.message}`);
  }
}

function compute(query: Input, find: (id: string) => TimeSeries, span: Span): TimeSeries {
  const text = checks.requiredText(query, "Expression", { min: 1, max: 2048 });
  const read = readExpression(text);
  if (typeof read === "string") throw new SyntaxError(read);
  if (read.isQuery) throw new SyntaxError("the sandbox has no Metrics Insights");
  return computeExpression(text, find, span);
}

function readStatistic(store: MetricStore, query: Input, { start, end, now }: Span): TimeSeries {
  const stat = checks.object(query, "MetricStat");
  const metric = checks.object(stat ?? {}, "Metric");
  if (stat === undefined || metric === undefined)
    throw checks.fail(`Metric '${query.Id}' must have exactly one of MetricStat and Expression`);
  const statistic = checks.requiredText(stat, "Stat");
  if (!isStatistic(statistic))
    throw checks.fail(`The value ${statistic} for parameter Stat is not supported.`);
  if (!(STATISTICS as readonly string[]).includes(statistic) && !statistic.startsWith("p"))
    throw checks.fail(`the sandbox does not compute ${statistic}`);
  const period = checks.requiredInteger(stat, "Period", { min: 1 }) * 1000;
  const found = store.find(metric.Namespace, metric.MetricName, readDimensions(checks, metric) ?? []);
  const unit = checks.text(stat, "Unit");
  return { points: gather(found, { start, end, period, statistic, unit, now }), period };
}

/** As wide as so many standard deviations of all that was asked for; AWS learns it from weeks before. */
function bandOf(id: string, { points }: TimeSeries, width: number): Labelled[] {
  const values = [...points.values()];
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  return [["High", mean + width * deviation] as const, ["Low", mean - width * deviation] as const].map(
    ([edge, value]) => ({
      id,
      label: `${id} ${edge}`,
      points: [...points.keys()].map((at) => [at, value] as const),
    }),
  );
}

interface PageAsked {
  readonly most: number;
  readonly token: unknown;
  readonly hasMath: boolean;
}

/** A page is so many datapoints, one series after the other. */
function pageOf(series: readonly Labelled[], { most, token, hasMath }: PageAsked): Output {
  const begin = token ? Number(/^datapoint-(\d+)$/.exec(String(token))?.[1] ?? Number.NaN) : 0;
  if (Number.isNaN(begin)) throw invalidNextToken();
  const end = begin + most;
  let passed = 0;
  const results = series.map(({ id, label, points }) => {
    const first = passed;
    passed += points.length;
    const shown = points.slice(Math.max(0, begin - first), Math.max(0, end - first));
    return {
      Id: id,
      Label: label,
      Timestamps: shown.map(([at]) => new Date(at)),
      Values: shown.map(([, value]) => value),
      StatusCode: passed > end ? "PartialData" : "Complete",
    };
  });
  const more = passed > end && !hasMath;
  return {
    MetricDataResults: results,
    Messages: [],
    ...present({ NextToken: more ? `datapoint-${end}` : undefined }),
  };
}
