// A log alarm as PutLogAlarm takes it, out of what DescribeAlarms gives.
import { dropAbsent, isObject, type JsonObject } from "../model/json.ts";

/** The members of PutLogAlarm's input that DescribeAlarms gives back (CloudWatch API reference). */
const inputMembers = [
  "AlarmName",
  "AlarmDescription",
  "ActionsEnabled",
  "OKActions",
  "AlarmActions",
  "InsufficientDataActions",
  "ScheduledQueryConfiguration",
  "QueryResultsToEvaluate",
  "QueryResultsToAlarm",
  "Threshold",
  "ComparisonOperator",
  "TreatMissingData",
  "ActionLogLineCount",
  "ActionLogLineRoleArn",
  "WarmUpConfiguration",
  "ActionConfiguration",
] as const;

export function pickLogAlarmInput(alarm: JsonObject): JsonObject {
  const { QueryARN: _made, ...query } = queryOf(alarm);
  const input: JsonObject = { ...alarm, ScheduledQueryConfiguration: query };
  return dropAbsent(Object.fromEntries(inputMembers.map((member) => [member, input[member]])));
}

export function queryOf(alarm: JsonObject): JsonObject {
  const query = alarm["ScheduledQueryConfiguration"];
  return isObject(query) ? query : {};
}
