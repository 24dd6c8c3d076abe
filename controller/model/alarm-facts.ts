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
}

/** The same text for the same metric, in whatever order its dimensions are. */
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
  const queries = listOf(alarm["Metrics"]);
  const scheduled = alarm["ScheduledQueryConfiguration"];
  const log = isObject(scheduled) ? scheduled : {};
  return {
    type,
    name: textOf(alarm["AlarmName"]),
    metrics: [
      ...(alarm["MetricName"] === undefined || alarm["MetricName"] === null
        ? []
        : [toMetric(alarm, alarm["Statistic"] ?? alarm["ExtendedStatistic"])]),
      ...queries.flatMap(({ MetricStat: stat }) =>
        isObject(stat) && isObject(stat["Metric"]) ? [toMetric(stat["Metric"], stat["Stat"])] : [],
      ),
    ],
    expressions: queries.flatMap(({ Expression: text }) => (typeof text === "string" ? [text] : [])),
    comparison: textOf(alarm["ComparisonOperator"]),
    treatMissingData: textOf(alarm["TreatMissingData"]) || "missing",
    actions: alarm["ActionsEnabled"] === false ? [] : textsOf(alarm["AlarmActions"]),
    ...(type === "CompositeAlarm" ? { rule: textOf(alarm["AlarmRule"]) } : {}),
    ...(type === "LogAlarm"
      ? { logGroups: textsOf(log["LogGroupIdentifiers"]), query: textOf(log["QueryString"]) }
      : {}),
  };
}

function toMetric(metric: JsonObject, statistic: Json | undefined): WatchedMetric {
  return {
    namespace: textOf(metric["Namespace"]),
    name: textOf(metric["MetricName"]),
    dimensions: listOf(metric["Dimensions"]).map(({ Name, Value }) => ({
      Name: textOf(Name),
      Value: textOf(Value),
    })),
    statistic: textOf(statistic),
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
