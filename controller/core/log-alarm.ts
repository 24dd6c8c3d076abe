// One alarm on a Logs Insights query, as PutLogAlarm takes it: CloudWatch runs the query on schedule and judges its
// results. Source: CloudWatch API reference, PutLogAlarm; user guide, "Alarming on logs".
import type { JsonObject } from "../model/json.ts";
import type { BuiltAlarm } from "./alarm.ts";
import { findNameClash } from "./alarm-names.ts";
import { describeTelling } from "./alarm-telling.ts";
import { findLogGroups } from "./log-query.ts";
import type { MergedQuery, Selected } from "./select.ts";

type AlarmOfQuery = NonNullable<MergedQuery["alarm"]>;

/** Seconds. */
const defaultEvery = 300;
const defaultDelay = 60;

/** `query` has an alarm. */
export function buildLogAlarm(
  name: string,
  query: MergedQuery & { readonly alarm: AlarmOfQuery },
  selected: Selected,
  owner: string,
): BuiltAlarm {
  const { alarm } = query;
  const clash = findNameClash(name, selected);
  if (clash !== undefined) return { state: "blocked", reason: clash };
  const groups = findLogGroups(query, selected, owner);
  if (!groups.ok) {
    return groups.state.is === "blocked"
      ? { state: "blocked", reason: groups.state.reason }
      : { state: "unknown", failure: groups.state.failure };
  }
  const missing = [
    ...(query.query == null ? ["query"] : []),
    ...(["aggregation", "roleArn", "comparison", "threshold"] as const).flatMap((field) =>
      alarm[field] == null ? [`alarm.${field}`] : [],
    ),
  ];
  if (missing.length > 0)
    return blocked(
      "Incomplete",
      `query ${name} has no ${missing.join(", no ")} in any policy that selects this service`,
    );
  const telling = describeTelling(name, alarm, selected, owner);
  if (!telling.ok) return { state: "blocked", reason: telling.reason };
  const actions = telling.input["AlarmActions"] as readonly string[];
  const other = actions.find((arn) => !isLogAction(arn));
  if (other !== undefined)
    return blocked(
      "UnsupportedAction",
      `${other} (notifications.${alarm.severity}) is nothing that a log alarm can call: only SNS topics, Lambda functions and SSM OpsItems; give the alarm of query ${name} another severity`,
    );
  const evaluated = alarm.evaluationPeriods ?? 1;
  const input = {
    ...telling.input,
    ScheduledQueryConfiguration: {
      QueryString: query.query as string,
      LogGroupIdentifiers: groups.names,
      ScheduledQueryRoleARN: alarm.roleArn as string,
      ScheduleConfiguration: schedule(alarm),
      AggregationExpression: alarm.aggregation as string,
    },
    QueryResultsToEvaluate: evaluated,
    QueryResultsToAlarm: alarm.datapointsToAlarm ?? evaluated,
    Threshold: alarm.threshold as number,
    ComparisonOperator: alarm.comparison as string,
    TreatMissingData: alarm.treatMissingData ?? "missing",
  };
  return { state: "built", input };
}

/** A run at T reads [T − StartTimeOffset, T − EndTimeOffset]; both in seconds. */
function schedule({ every, window, delay }: AlarmOfQuery): JsonObject {
  const [rate, end] = [every ?? defaultEvery, delay ?? defaultDelay];
  const minutes = rate / 60;
  return {
    ScheduleExpression: `rate(${minutes} ${minutes === 1 ? "minute" : "minutes"})`,
    StartTimeOffset: (window ?? rate) + end,
    EndTimeOffset: end,
  };
}

/** What a log alarm may call is less than what other alarms may. */
function isLogAction(arn: string): boolean {
  return ["sns", "lambda"].includes(serviceOf(arn)) || /^arn:[^:]*:ssm:[^:]*:[^:]*:opsitem:/.test(arn);
}

function serviceOf(arn: string): string {
  return arn.split(":")[2] ?? "";
}

function blocked(code: string, message: string): BuiltAlarm {
  return { state: "blocked", reason: { code, message } };
}
