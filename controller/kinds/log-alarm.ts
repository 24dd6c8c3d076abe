// CloudWatch log alarms: alarms on Logs Insights queries that CloudWatch runs on schedule. Ours by name:
// OWNER/CLUSTER/SERVICE/NAME, NAME being the query's.
import { DeleteAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { errorName } from "../aws/errors.ts";
import { asksForAlarm } from "../core/alarm-names.ts";
import { alarmReach } from "../core/allow.ts";
import { buildLogAlarm } from "../core/log-alarm.ts";
import { pickLogAlarmInput, queryOf } from "../core/log-alarm-input.ts";
import { nameOfGroup } from "../core/log-query.ts";
import type { Wanted } from "../core/managed.ts";
import type { Item, MergedQuery, Selected } from "../core/select.ts";
import { withoutWaiver } from "../core/waivers.ts";
import { alarmBase } from "../core/wanted-alarms.ts";
import { compareText, dropAbsent, isObject, type Json, type JsonObject } from "../model/json.ts";
import { judgeAlarm, putAlarm } from "./alarm-names.ts";
import type { Kind } from "./kind.ts";
import { observeAlarms } from "./owned-alarms.ts";

export const logAlarm: Kind = {
  name: "LogAlarm",
  phase: 52,
  doc: "A CloudWatch alarm on a Logs Insights query that runs on schedule.",
  reads: ["cloudwatch:DescribeAlarms"],
  writes: ["cloudwatch:PutLogAlarm", "cloudwatch:TagResource", "cloudwatch:DeleteAlarms", "iam:PassRole"],
  // DeleteAlarms takes one log alarm a call.
  isMany: true,
  removeBatch: 1,

  desired(selection, { owner }): Wanted[] {
    return selection.flatMap((selected) =>
      [...selected.queries].flatMap(([name, item]) =>
        asksForAlarm(item, "queries", name) ? [wantAlarm(name, withoutWaiver(item), selected, owner)] : [],
      ),
    );
  },

  canonical: canonicalAlarm,

  judge(spec, observed, wanted, context) {
    const verdict = judgeAlarm(spec, observed, wanted, context);
    if (observed === undefined) return verdict;
    // Groups that the alarm reads already have proved that they are there.
    const proved = new Set(groupsOf(observed.spec).map((group) => `LogGroup/${group}`));
    const needs = wanted.state.is === "wanted" ? wanted.state.needs.filter((need) => !proved.has(need)) : [];
    return { ...verdict, needs };
  },

  release: () => ({ after: null, impact: "none", deletes: 1 }),

  reaches: alarmReach,

  observe: (context) => observeAlarms("LogAlarm", context),

  put: (change, { aws }) => putAlarm(change, aws),

  async remove(changes, { aws }) {
    for (const { id } of changes) {
      try {
        await aws.cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: [id] }));
      } catch (error) {
        // Gone already, by hand or by a call whose answer was lost: that is what was wanted.
        if (!/^ResourceNotFound/.test(errorName(error))) throw error;
      }
    }
    return changes.map(() => undefined);
  },
};

function wantAlarm(name: string, item: Item<MergedQuery>, selected: Selected, owner: string): Wanted {
  const base = alarmBase("LogAlarm", name, item, selected, owner);
  if (!item.result.ok) return { ...base, state: { is: "blocked", reason: item.result.reason } };
  const query = item.result.value as Parameters<typeof buildLogAlarm>[1];
  const built = buildLogAlarm(name, query, selected, owner);
  switch (built.state) {
    case "built": {
      const names = groupsOf(built.input).map((group) => nameOfGroup(group, selected.workload));
      const needs = names.flatMap((group) => (group === undefined ? [] : [`LogGroup/${group}`]));
      return { ...base, state: { is: "wanted", spec: built.input, needs } };
    }
    case "blocked":
      return { ...base, state: { is: "blocked", reason: built.reason } };
    case "unknown":
      return { ...base, state: { is: "unknown", failure: built.failure } };
  }
}

function canonicalAlarm(alarm: JsonObject): JsonObject {
  const picked = pickLogAlarmInput(alarm);
  const actions = ["OKActions", "AlarmActions", "InsufficientDataActions"] as const;
  return dropAbsent({
    ...picked,
    AlarmType: alarm["AlarmType"] ?? "LogAlarm",
    ...Object.fromEntries(actions.map((list) => [list, sorted(picked[list])])),
    ActionsEnabled: picked["ActionsEnabled"] ?? true,
    TreatMissingData: picked["TreatMissingData"] ?? "missing",
    ActionLogLineCount: picked["ActionLogLineCount"] || null,
    ScheduledQueryConfiguration: canonicalQuery(queryOf(picked)),
  });
}

function canonicalQuery(query: JsonObject): JsonObject {
  const schedule = isObject(query["ScheduleConfiguration"]) ? query["ScheduleConfiguration"] : {};
  return dropAbsent({
    QueryString: String(query["QueryString"] ?? "").trim(),
    LogGroupIdentifiers: sorted(query["LogGroupIdentifiers"]),
    ScheduledQueryRoleARN: query["ScheduledQueryRoleARN"],
    AggregationExpression: query["AggregationExpression"],
    ScheduleConfiguration: {
      ScheduleExpression: schedule["ScheduleExpression"],
      StartTimeOffset: schedule["StartTimeOffset"],
      EndTimeOffset: schedule["EndTimeOffset"] ?? 0,
    },
  });
}

function groupsOf(alarm: JsonObject): string[] {
  const groups = queryOf(alarm)["LogGroupIdentifiers"];
  return Array.isArray(groups) ? groups.map(String) : [];
}

function sorted(list: Json | undefined): Json {
  return Array.isArray(list) ? list.map(String).sort(compareText) : [];
}
