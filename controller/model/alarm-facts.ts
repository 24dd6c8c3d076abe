// An alarm of any type as an audit looks at it: what it watches and whom it tells. Made of what DescribeAlarms gives, and of
// what the API that writes the type takes.
import { compareText, isObject, type Json, type JsonObject } from "./json.ts";

/** One metric that an alarm looks at: the alarm's own, or one of its math. */
export interface WatchedMetric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: readonly { readonly Name: string; readonly Value: string }[];
  /** `Average`, `p99`, `SampleCount`. */
  readonly statistic: string;
  /** Of the metric, where the alarm names one: a monitoring account's alarms watch metrics of others. */
  readonly account?: string;
}

/** What of it an alarm of the account watches in the account itself. */
export function metricsOf({ metrics }: AlarmFacts, account: string): readonly WatchedMetric[] {
  return metrics.filter((metric) => (metric.account ?? account) === account);
}

/** The same text for the same metric of one account, in whatever order its dimensions are. */
export function metricKey({
  namespace,
  name,
  dimensions,
}: Pick<WatchedMetric, "namespace" | "name" | "dimensions">): string {
  const pairs = dimensions.map(({ Name, Value }) => [Name, Value] as const);
  return JSON.stringify([namespace, name, pairs.sort(([a], [b]) => compareText(a, b))]);
}

/** An alarm of any type, without what no check looks at. */
export interface AlarmFacts {
  readonly type: "MetricAlarm" | "CompositeAlarm" | "LogAlarm";
  readonly name: string;
  readonly metrics: readonly WatchedMetric[];
  /** Of metric math, and Metrics Insights queries. */
  readonly expressions: readonly string[];
  readonly comparison: string;
  /** Left out of an alarm on an anomaly band, or on several thresholds. */
  readonly threshold?: number;
  /** `missing` where none is set. */
  readonly treatMissingData: string;
  /** The ARNs that are run when it goes to ALARM; empty while its actions are off. */
  readonly actions: readonly string[];
  /** A composite alarm's rule. */
  readonly rule?: string;
  /** A log alarm's log groups, names or ARNs, and its query. */
  readonly logGroups?: readonly string[];
  readonly query?: string;
}

/** @param alarm as DescribeAlarms gives it, or as PutMetricAlarm, PutCompositeAlarm or PutLogAlarm take it */
export function toAlarmFacts(type: AlarmFacts["type"], alarm: JsonObject): AlarmFacts {
  const queries = findUsed(listOf(alarm["Metrics"]));
  const threshold = alarm["Threshold"];
  const scheduled = alarm["ScheduledQueryConfiguration"];
  const log = isObject(scheduled) ? scheduled : {};
  return {
    type,
    name: textOf(alarm["AlarmName"]),
    metrics: [
      ...(alarm["MetricName"] === undefined || alarm["MetricName"] === null
        ? []
        : [toMetric(alarm, alarm["Statistic"] ?? alarm["ExtendedStatistic"])]),
      ...queries.flatMap(({ MetricStat: stat, AccountId }) =>
        isObject(stat) && isObject(stat["Metric"]) ? [toMetric(stat["Metric"], stat["Stat"], AccountId)] : [],
      ),
    ],
    expressions: queries.flatMap(({ Expression: text }) => (typeof text === "string" ? [text] : [])),
    comparison: textOf(alarm["ComparisonOperator"]),
    ...(typeof threshold === "number" ? { threshold } : {}),
    treatMissingData: textOf(alarm["TreatMissingData"]) || "missing",
    actions: alarm["ActionsEnabled"] === false ? [] : textsOf(alarm["AlarmActions"]),
    ...(type === "CompositeAlarm" ? { rule: textOf(alarm["AlarmRule"]) } : {}),
    ...(type === "LogAlarm"
      ? { logGroups: textsOf(log["LogGroupIdentifiers"]), query: textOf(log["QueryString"]) }
      : {}),
  };
}

/**
 * The queries that the one which is returned is made of: what no expression names, the alarm does not look at. `METRICS()`
 * stands for all metrics.
 */
function findUsed(queries: readonly JsonObject[]): readonly JsonObject[] {
  const used = new Set(queries.filter(({ ReturnData }) => ReturnData !== false));
  for (const { Expression: text } of used) {
    const formula = typeof text === "string" ? text : "";
    const ids = new Set(formula.match(/\b[a-z]\w*/g));
    const takesAll = /\bMETRICS\s*\(/i.test(formula);
    for (const query of queries)
      if (ids.has(String(query["Id"])) || (takesAll && query["MetricStat"] !== undefined)) used.add(query);
  }
  return queries.filter((query) => used.has(query));
}

function toMetric(metric: JsonObject, statistic: Json | undefined, account?: Json): WatchedMetric {
  return {
    namespace: textOf(metric["Namespace"]),
    name: textOf(metric["MetricName"]),
    dimensions: listOf(metric["Dimensions"]).map(({ Name, Value }) => ({
      Name: textOf(Name),
      Value: textOf(Value),
    })),
    statistic: textOf(statistic),
    ...(typeof account === "string" ? { account: textOf(account) } : {}),
  };
}

function listOf(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** Texts that are cut out of a large answer would hold on to the whole of it: copies do not. */
function textOf(value: Json | undefined): string {
  return typeof value === "string" ? JSON.parse(JSON.stringify(value)) : "";
}

function textsOf(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string").map(textOf) : [];
}
