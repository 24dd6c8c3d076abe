// An item in a few words: what one wants to know of it before it is created, or once more before it is deleted.
import { formatDuration } from "../../api/duration.ts";
import { isObject, type Json, type JsonObject } from "../../model/json.ts";
import type { KindName } from "../../model/plan.ts";
import { describeEventRule } from "./describe-event-rule.ts";
import { safeText } from "./safe-text.ts";
import { inlineValue, shorten } from "./values.ts";

const describers: Readonly<Record<KindName, (spec: JsonObject) => readonly string[]>> = {
  ClusterSettings: (spec) =>
    listOf(spec["settings"]).map((setting) => `${word(setting["name"])} ${word(setting["value"])}`),
  LogGroup: (spec) => [
    spec["retentionInDays"] === undefined
      ? "kept for ever"
      : `kept for ${word(spec["retentionInDays"])} days`,
  ],
  TargetGroup: describeTargetGroup,
  Service: describeService,
  TaskDefinition: (spec) => listOf(spec["containerDefinitions"]).map((container) => word(container["name"])),
  MetricFilter: describeFilter,
  QueryDefinition: (spec) => [queryText(spec["queryString"]) + inGroups(spec["logGroupNames"])],
  MetricAlarm: describeAlarm,
  MackerelMonitor: describeMonitor,
  CompositeAlarm: describeComposite,
  EventRule: describeEventRule,
  LogAlarm: describeLogAlarm,
  Dashboard: describeDashboard,
};

export function describeItem(kind: KindName, spec: JsonObject | null): string {
  if (spec === null) return "";
  return describers[kind](spec)
    .filter((part) => part !== "")
    .join(", ");
}

/** `HTTP traffic-port /healthz every 30s` */
function describeTargetGroup(spec: JsonObject): readonly string[] {
  const parts = ["HealthCheckProtocol", "HealthCheckPort", "HealthCheckPath"].map((name) => spec[name]);
  const interval = spec["HealthCheckIntervalSeconds"];
  const every = interval === undefined ? [] : [`every ${word(interval)}s`];
  return [[...parts.filter((part) => part !== undefined).map(word), ...every].join(" ")];
}

/** `grace period 60s, circuit breaker, alarms web-5xx` */
function describeService(spec: JsonObject): readonly string[] {
  const configuration = isObject(spec["deploymentConfiguration"]) ? spec["deploymentConfiguration"] : {};
  const { deploymentCircuitBreaker: breaker, alarms } = configuration;
  const names = isObject(alarms) && Array.isArray(alarms["alarmNames"]) ? alarms["alarmNames"] : [];
  return [
    `grace period ${word(spec["healthCheckGracePeriodSeconds"])}s`,
    isObject(breaker) && breaker["enable"] === true ? "circuit breaker" : "",
    names.length === 0 ? "" : `alarms ${names.map(word).join(" ")}`,
  ];
}

function describeFilter(spec: JsonObject): readonly string[] {
  const [metric] = listOf(spec["metricTransformations"]);
  const target =
    metric === undefined ? "" : ` → ${word(metric["metricNamespace"])} ${word(metric["metricName"])}`;
  const counts =
    metric === undefined || metric["metricValue"] === "1" ? "" : ` = ${word(metric["metricValue"])}`;
  const pattern =
    spec["filterPattern"] === "" ? "every line" : shorten(inlineValue(spec["filterPattern"]), 60);
  return [`${pattern} in ${word(spec["logGroupName"])}${target}${counts}`];
}

const symbols: Readonly<Record<string, string>> = {
  GreaterThanThreshold: ">",
  GreaterThanOrEqualToThreshold: "≥",
  LessThanThreshold: "<",
  LessThanOrEqualToThreshold: "≤",
  GreaterThanUpperThreshold: "above its band",
  LessThanLowerThreshold: "below its band",
  LessThanLowerOrGreaterThanUpperThreshold: "outside its band",
};

/** `AWS/ECS CPUUtilization Average > 85 for 3 of 5 × 1m → pager` */
function describeAlarm(spec: JsonObject): readonly string[] {
  const comparison = String(spec["ComparisonOperator"] ?? "");
  const condition = [
    symbols[comparison] ?? comparison,
    spec["Threshold"] === undefined ? "" : word(spec["Threshold"]),
  ];
  const { what, period } = describeMeasure(spec);
  return [
    [what, ...condition, describeEvaluation(spec, period), ...describeActions(spec)]
      .filter((part) => part !== "")
      .join(" "),
  ];
}

/** `ALARM("…/http-5xx") OR ALARM("…/p99-latency") → pager`: the alarms' own names, since all are of one service. */
function describeComposite(spec: JsonObject): readonly string[] {
  const rule = safeText(String(spec["AlarmRule"] ?? "")).replace(/"[^"]*\/([^"/]+)"/g, '"$1"');
  return [[shorten(rule, 100), ...describeActions(spec)].filter((part) => part !== "").join(" ")];
}

function describeActions(spec: JsonObject): readonly string[] {
  const actions = [spec["AlarmActions"]].flatMap((list) => (Array.isArray(list) ? list : [])).map(lastOfArn);
  return [
    actions.length === 0 ? "" : `→ ${actions.join(", ")}`,
    spec["ActionsEnabled"] === false ? "(actions off)" : "",
  ];
}

function describeMeasure(spec: JsonObject): { readonly what: string; readonly period: Json | undefined } {
  const metrics = listOf(spec["Metrics"]);
  if (metrics.length === 0) {
    return {
      what: describeMetric(spec, spec["ExtendedStatistic"] ?? spec["Statistic"]),
      period: spec["Period"],
    };
  }
  const result = metrics.find((metric) => metric["ReturnData"] !== false) ?? metrics[0] ?? {};
  const stats = [result, ...metrics].map((metric) => metric["MetricStat"]).filter(isObject);
  const period = result["Period"] ?? stats.find((stat) => stat["Period"] !== undefined)?.["Period"];
  const stat = result["MetricStat"];
  if (isObject(stat))
    return { what: describeMetric(isObject(stat["Metric"]) ? stat["Metric"] : {}, stat["Stat"]), period };
  const expression = word(result["Expression"]);
  // One metric over several target groups: what it is says more than the ids of its parts.
  const names = new Set(
    stats.map((one) => describeMetric(isObject(one["Metric"]) ? one["Metric"] : {}, one["Stat"])),
  );
  const over = /^([A-Z]+)\(\[[^()]*\]\)$/.exec(expression)?.[1];
  if (over !== undefined && names.size === 1)
    return { what: `${over} of ${[...names].join("")} over ${stats.length} targets`, period };
  return { what: shorten(expression, 60), period };
}

function describeMetric(metric: JsonObject, statistic: Json | undefined): string {
  return [metric["Namespace"], metric["MetricName"], statistic]
    .filter((part) => part !== undefined)
    .map(word)
    .join(" ");
}

function describeEvaluation(spec: JsonObject, period: Json | undefined): string {
  const all = spec["EvaluationPeriods"];
  const some = spec["DatapointsToAlarm"] ?? all;
  const length = typeof period === "number" ? formatDuration(period) : "";
  if (all === undefined || length === "") return "";
  if (all === 1) return `for ${length}`;
  return some === all ? `for ${word(all)} × ${length}` : `for ${word(some)} of ${word(all)} × ${length}`;
}

/** `max(rate) of stats … in /ecs/web > 1 for 2 of 3 × 5m → chat` */
function describeLogAlarm(spec: JsonObject): readonly string[] {
  const query = isObject(spec["ScheduledQueryConfiguration"]) ? spec["ScheduledQueryConfiguration"] : {};
  const schedule = isObject(query["ScheduleConfiguration"]) ? query["ScheduleConfiguration"] : {};
  const every = /^rate\((.+)\)$/.exec(String(schedule["ScheduleExpression"] ?? ""))?.[1] ?? "";
  // As alarms on metrics tell of their periods: 5m.
  const period = every.replace(/^(\d+) ([mhd])\w*$/, "$1$2");
  const [some, all] = [spec["QueryResultsToAlarm"], spec["QueryResultsToEvaluate"]].map(word);
  const comparison = String(spec["ComparisonOperator"] ?? "");
  return [
    [
      `${word(query["AggregationExpression"])} of ${queryText(query["QueryString"])}${inGroups(query["LogGroupIdentifiers"])}`,
      symbols[comparison] ?? comparison,
      word(spec["Threshold"]),
      `for ${some === all ? all : `${some} of ${all}`} × ${safeText(period)}`,
      ...describeActions(spec),
    ]
      .filter((part) => part !== "")
      .join(" "),
  ];
}

/** A query in one line. */
function queryText(query: Json | undefined): string {
  const line = String(query ?? "").replaceAll(/\s+/g, " ");
  return shorten(safeText(line.trim()), 60);
}

/** Nothing where a query names its groups itself, or has none. */
function inGroups(list: Json | undefined): string {
  const groups = words(list);
  return groups === "" ? "" : ` in ${groups}`;
}

function words(list: Json | undefined): string {
  return Array.isArray(list) ? list.map(word).join(", ") : "";
}

function describeDashboard(spec: JsonObject): readonly string[] {
  try {
    const body: unknown = JSON.parse(String(spec["DashboardBody"]));
    const count = isObject(body) && Array.isArray(body["widgets"]) ? body["widgets"].length : 0;
    return [`${count} ${count === 1 ? "widget" : "widgets"}`];
  } catch {
    return [];
  }
}

/** `external https://e.jp/`; its name stands beside it already. */
function describeMonitor(spec: JsonObject): readonly string[] {
  const what = spec["metric"] ?? spec["expression"] ?? spec["query"] ?? spec["url"];
  const [warning, critical] = [spec["warning"], spec["critical"]].map((value) =>
    value === undefined || value === null ? "" : `${word(spec["operator"])} ${word(value)}`,
  );
  return [
    [
      word(spec["type"]),
      what === undefined ? "" : shorten(word(what), 60),
      warning === "" ? "" : `warning ${warning}`,
      critical === "" ? "" : `critical ${critical}`,
      spec["isMute"] === true ? "(muted)" : "",
    ]
      .filter((part) => part !== "")
      .join(" "),
  ];
}

/** A container in a few words, for one that comes or goes as a whole. */
export function describeContainer(container: JsonObject): string {
  const memory = container["memory"] ?? container["memoryReservation"];
  return [
    word(container["image"]),
    container["essential"] === false ? "not essential" : "essential",
    memory === undefined || memory === null ? "" : `${word(memory)} MiB`,
  ]
    .filter((part) => part !== "")
    .join(", ");
}

function lastOfArn(arn: Json): string {
  return word(typeof arn === "string" ? (arn.split(/[:/]/).at(-1) ?? arn) : arn);
}

/** Inside a sentence: without quotes, and without what a terminal would obey. */
function word(value: Json | undefined): string {
  const text = inlineValue(value);
  return text.startsWith('"') ? text.slice(1, -1) : text;
}

function listOf(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
