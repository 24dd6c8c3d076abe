// Alarms in the form in which they are compared: what Put… takes and DescribeAlarms gives back, in a stable order. The
// type (`AlarmType`) is in it: one that stands under the name of another is no edit of it.
import { readAlarmRule, writeAlarmRule } from "../api/alarm-rule.ts";
import { compareText, dropAbsent, isObject, type Json, type JsonObject } from "../model/json.ts";

/** The members of PutMetricAlarm's input that DescribeAlarms gives back (CloudWatch API reference). */
const metricMembers = [
  "AlarmName",
  "AlarmDescription",
  "ActionsEnabled",
  "OKActions",
  "AlarmActions",
  "InsufficientDataActions",
  "MetricName",
  "Namespace",
  "Statistic",
  "ExtendedStatistic",
  "Dimensions",
  "Period",
  "Unit",
  "EvaluationPeriods",
  "DatapointsToAlarm",
  "Threshold",
  "ComparisonOperator",
  "TreatMissingData",
  "EvaluateLowSampleCountPercentile",
  "Metrics",
  "ThresholdMetricId",
  "EvaluationCriteria",
  "EvaluationInterval",
  "EvaluationWindow",
  "WarmUpConfiguration",
  "ActionConfiguration",
] as const;

/** Those of PutCompositeAlarm's. */
const compositeMembers = [
  "AlarmName",
  "AlarmDescription",
  "ActionsEnabled",
  "OKActions",
  "AlarmActions",
  "InsufficientDataActions",
  "AlarmRule",
  "ActionsSuppressor",
  "ActionsSuppressorWaitPeriod",
  "ActionsSuppressorExtensionPeriod",
  "ActionConfiguration",
] as const;

export function pickMetricInput(alarm: JsonObject): JsonObject {
  return pick(alarm, metricMembers);
}

export function pickCompositeInput(alarm: JsonObject): JsonObject {
  return pick(alarm, compositeMembers);
}

function pick(alarm: JsonObject, members: readonly string[]): JsonObject {
  return dropAbsent(Object.fromEntries(members.map((member) => [member, alarm[member]])));
}

/** A rule that we cannot read is compared as it is written. */
export function canonicalCompositeAlarm(alarm: JsonObject): JsonObject {
  const picked = sortActions(pickCompositeInput(alarm));
  const read = readAlarmRule(String(alarm["AlarmRule"] ?? ""));
  return {
    ...dropAbsent(picked),
    AlarmType: alarm["AlarmType"] ?? "CompositeAlarm",
    ActionsEnabled: alarm["ActionsEnabled"] ?? true,
    ...(read.ok ? { AlarmRule: writeAlarmRule(read.rule) } : {}),
  };
}

function sortActions(alarm: JsonObject): Record<string, Json | undefined> {
  const sorted: Record<string, Json | undefined> = { ...alarm };
  for (const actions of ["OKActions", "AlarmActions", "InsufficientDataActions"]) {
    const list = sorted[actions];
    if (Array.isArray(list)) sorted[actions] = [...list].sort((a, b) => compareText(String(a), String(b)));
  }
  return sorted;
}

export function canonicalMetricAlarm(alarm: JsonObject): JsonObject {
  const picked = sortActions(pickMetricInput(alarm));
  if (Array.isArray(picked["Dimensions"])) picked["Dimensions"] = sortDimensions(picked["Dimensions"]);
  if (Array.isArray(picked["Metrics"]))
    picked["Metrics"] = picked["Metrics"].filter(isObject).map(canonicalQuery).sort(byKey("Id"));
  if (picked["EvaluateLowSampleCountPercentile"] === "evaluate")
    delete picked["EvaluateLowSampleCountPercentile"];
  if (isObject(picked["EvaluationWindow"]) && picked["EvaluationWindow"]["SlidingWindow"] !== undefined)
    delete picked["EvaluationWindow"];
  // Counts from when the alarm was made: a change comes too late, and to write it each time would be noise.
  delete picked["WarmUpConfiguration"];
  return {
    ...dropAbsent(picked),
    AlarmType: alarm["AlarmType"] ?? "MetricAlarm",
    ActionsEnabled: alarm["ActionsEnabled"] ?? true,
    TreatMissingData: alarm["TreatMissingData"] ?? "missing",
  };
}

function canonicalQuery(query: JsonObject): JsonObject {
  const { Id, Expression, Label, Period, AccountId } = query;
  const stat = isObject(query["MetricStat"]) ? query["MetricStat"] : undefined;
  const metric = isObject(stat?.["Metric"]) ? stat["Metric"] : undefined;
  return dropAbsent({
    Id,
    Expression,
    Label: Label === "" ? undefined : Label,
    // An expression's period is its metrics'; CloudWatch may give it back all the same.
    Period: Expression === undefined || Expression === null ? Period : undefined,
    AccountId,
    ReturnData: query["ReturnData"] ?? true,
    MetricStat:
      stat === undefined || metric === undefined
        ? undefined
        : dropAbsent({
            Metric: dropAbsent({
              Namespace: metric["Namespace"],
              MetricName: metric["MetricName"],
              Dimensions: Array.isArray(metric["Dimensions"])
                ? sortDimensions(metric["Dimensions"])
                : undefined,
            }),
            Period: stat["Period"],
            Stat: stat["Stat"],
            Unit: stat["Unit"],
          }),
  });
}

function sortDimensions(dimensions: readonly Json[]): Json[] {
  return dimensions
    .filter(isObject)
    .map(({ Name, Value }) => ({ Name, Value }) as JsonObject)
    .sort(byKey("Name"));
}

function byKey(key: string): (a: JsonObject, b: JsonObject) => number {
  return (a, b) => compareText(String(a[key]), String(b[key]));
}
