// The `Metrics` list of a metric math or anomaly detection alarm.
import { present } from "../../checks.ts";
import type { Input, OperationContext } from "../../service.ts";
import { readDimensions } from "./dimensions.ts";
import { alarmChecks as checks } from "./errors.ts";
import { type MathExpression, readExpression } from "./metric-math.ts";
import { isPeriod, isStatistic, UNITS } from "./statistic.ts";

export interface MetricQueries {
  readonly metrics: readonly Record<string, unknown>[];
  readonly longestPeriod: number;
  /** The id of the ANOMALY_DETECTION_BAND expression that returns data. */
  readonly bandId: string | undefined;
}

interface Query {
  readonly id: string;
  readonly expression: MathExpression | undefined;
  readonly period: number | undefined;
  readonly returnsData: boolean;
  /** The metric whose band this is. */
  readonly bandOf: string | undefined;
  readonly stored: Record<string, unknown>;
}

const BAND = /^\s*ANOMALY_DETECTION_BAND\(\s*([a-z]\w*)\s*(?:,\s*(\d+(?:\.\d+)?)\s*)?\)\s*$/;
const ID = /^[a-z][A-Za-z0-9_]*$/;

export function readMetrics(input: Input, context: OperationContext): MetricQueries {
  const list = checks.list(input, "Metrics", { max: 10 }) ?? [];
  const queries = list.map((query, index) => readQuery(query, `metrics.${index + 1}.member`, context));
  const byId = new Map(queries.map((query) => [query.id, query]));
  if (byId.size < queries.length) throw checks.fail("The values of Id in Metrics must be unique");
  for (const query of queries) refuseBadIds(query, byId);

  const returning = queries.filter((query) => query.returnsData);
  const bands = returning.filter((query) => query.bandOf !== undefined);
  if (bands.length > 1) throw checks.fail("Only one ANOMALY_DETECTION_BAND may return data");
  const [band] = bands;
  if (band !== undefined && returning.length !== 2)
    throw checks.fail(
      "Exactly two elements of the metrics list should return data: the metric and its band.",
    );
  if (band !== undefined && !returning.some((query) => query !== band && query.id === band.bandOf))
    throw checks.fail(`The band '${band.id}' must be of the metric that returns data`);
  if (bands.length === 0 && returning.length !== 1)
    throw checks.fail("Exactly one element of the metrics list should return data.");
  const periods = queries.flatMap((query) => query.period ?? []);
  if (periods.length === 0) throw checks.fail("At least one element of Metrics must have a Period");
  return {
    metrics: queries.map((query) => query.stored),
    longestPeriod: Math.max(...periods),
    bandId: band?.id,
  };
}

function readQuery(query: Input, at: string, { account }: OperationContext): Query {
  const id = checks.requiredText(query, "Id", { min: 1, max: 255, pattern: ID, at });
  const stat = checks.object(query, "MetricStat", at);
  const text = checks.text(query, "Expression", { min: 1, max: 2048, at });
  if ((stat === undefined) === (text === undefined))
    throw checks.fail(`Metric '${id}' must have exactly one of MetricStat and Expression`);
  const Period = readPeriod(query, at);
  if (stat !== undefined && Period !== undefined)
    throw checks.fail(`Metric '${id}' must have its Period inside MetricStat`);
  const metricStat = stat === undefined ? undefined : readMetricStat(stat, `${at}.metricStat`);
  const expression = text === undefined ? undefined : readMath(id, text);
  if (expression?.isQuery && Period === undefined)
    throw checks.fail(`Metric '${id}' is a Metrics Insights query and must have a Period`);
  const bandOf = expression?.functions.includes("ANOMALY_DETECTION_BAND")
    ? readBand(id, text ?? "")
    : undefined;
  const AccountId = checks.text(query, "AccountId", { min: 1, max: 255, at });
  if (AccountId !== undefined && !/^\d{12}$/.test(AccountId))
    throw checks.fail(`AccountId '${AccountId}' of metric '${id}' is not an account id such as ${account}`);
  const returnsData = checks.boolean(query, "ReturnData", at) ?? true;
  return {
    id,
    expression,
    period: metricStat?.Period ?? Period,
    returnsData,
    bandOf,
    stored: {
      Id: id,
      ...present({
        MetricStat: metricStat,
        Expression: text,
        Label: checks.text(query, "Label", { at }),
        Period,
        AccountId,
      }),
      ReturnData: returnsData,
    },
  };
}

function readMetricStat(stat: Input, at: string): { Period: number } & Record<string, unknown> {
  const metric = checks.object(stat, "Metric", at);
  if (metric === undefined) throw checks.fail(`${at}.metric must not be null`);
  const place = `${at}.metric`;
  const Period = readPeriod(stat, at);
  if (Period === undefined) throw checks.fail(`${at}.period must not be null`);
  const Stat = checks.requiredText(stat, "Stat", { at });
  if (!isStatistic(Stat)) throw checks.fail(`The value ${Stat} for parameter Stat is not supported.`);
  return {
    Metric: {
      Namespace: checks.requiredText(metric, "Namespace", { min: 1, max: 255, pattern: /^[^:]/, at: place }),
      MetricName: checks.requiredText(metric, "MetricName", { min: 1, max: 255, at: place }),
      Dimensions: readDimensions(checks, metric, place) ?? [],
    },
    Period,
    Stat,
    ...present({ Unit: checks.text(stat, "Unit", { oneOf: UNITS, at }) }),
  };
}

function readPeriod(input: Input, at: string): number | undefined {
  const period = checks.integer(input, "Period", { min: 1, at });
  if (period !== undefined && !isPeriod(period))
    throw checks.fail(`Period must be 10, 20, 30 or a multiple of 60, not ${period}`);
  return period;
}

function readMath(id: string, text: string): MathExpression {
  const expression = readExpression(text);
  if (typeof expression === "string")
    throw checks.fail(`Error in expression '${id}': Syntax error: ${expression}`);
  if (expression.functions.includes("SEARCH"))
    throw checks.fail(`Error in expression '${id}': SEARCH is not supported in alarms`);
  return expression;
}

/** Every id named must be in the list, and no expression may come back to itself. */
function refuseBadIds(start: Query, byId: ReadonlyMap<string, Query>): void {
  const seen = new Set<string>();
  const open = [start];
  for (let query = open.pop(); query !== undefined; query = open.pop())
    for (const id of query.expression?.ids ?? []) {
      const named = byId.get(id);
      if (named === undefined)
        throw checks.fail(`Error in expression '${query.id}': Unknown variable or metric id '${id}'`);
      if (named === start) throw checks.fail(`Error in expression '${start.id}': it depends on itself`);
      if (!seen.has(id)) open.push(named);
      seen.add(id);
    }
}

/** `ANOMALY_DETECTION_BAND(m1, 2)`: a metric and, if one likes, how many standard deviations. Gives the metric's id. */
function readBand(id: string, text: string): string {
  const [, metric, width] = BAND.exec(text) ?? [];
  if (metric === undefined || (width !== undefined && Number(width) <= 0))
    throw checks.fail(
      `Error in expression '${id}': ANOMALY_DETECTION_BAND takes a metric's id and a number above 0`,
    );
  return metric;
}
