// CloudWatch metric alarms. Ours by name: OWNER/CLUSTER/SERVICE/NAME.
import {
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
} from "@aws-sdk/client-cloudwatch";
import { describeAwsError, errorName } from "../aws/errors.ts";
import { readAllPages } from "../aws/pages.ts";
import { buildAlarm } from "../core/alarm.ts";
import { findLogGroup } from "../core/log-metric.ts";
import type { Observed, Wanted } from "../core/managed.ts";
import { metricNamespace, ownedName, ownerTag, parseOwnedName, policyTag } from "../core/names.ts";
import {
  enforcementOf,
  type Item,
  type MergedAlarm,
  type MergedLogMetric,
  type Selected,
} from "../core/select.ts";
import { compareText, isObject, type Json, type JsonObject } from "../model/json.ts";
import { known, unknown } from "../model/read.ts";
import type { Kind } from "./kind.ts";

export const metricAlarm: Kind = {
  name: "MetricAlarm",
  phase: 50,
  doc: "A CloudWatch alarm on a metric or on metric math, for each selected service.",
  reads: ["cloudwatch:DescribeAlarms"],
  writes: ["cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "cloudwatch:DeleteAlarms"],
  removeBatch: 100,

  desired(selection, { owner }): Wanted[] {
    return selection.flatMap((selected) => [
      ...[...selected.alarms].map(([name, item]) => wantAlarm(name, item, selected, owner)),
      ...[...selected.logMetrics].flatMap(([name, item]) => wantLogMetricAlarm(name, item, selected, owner)),
    ]);
  },

  canonical: canonicalAlarm,

  judge(spec, observed, wanted) {
    // Tags are only honoured at creation; an update ignores them.
    const tags = [
      { Key: ownerTag, Value: String(wanted.name.split("/")[0]) },
      { Key: policyTag, Value: wanted.policies.join(" ").slice(0, 256) },
    ];
    return { after: observed === undefined ? { ...spec, Tags: tags } : spec, impact: "none" };
  },

  release: () => ({ after: null, impact: "none", deletes: 1 }),

  async observe({ aws, owner }) {
    try {
      const alarms = await readAllPages("cloudwatch:DescribeAlarms", async (NextToken) => {
        const answer = await aws.cloudwatch.send(
          new DescribeAlarmsCommand({
            AlarmNamePrefix: `${owner}/`,
            AlarmTypes: ["MetricAlarm"],
            MaxRecords: 100,
            NextToken,
          }),
        );
        return { items: answer.MetricAlarms, next: answer.NextToken };
      });
      const items = new Map<string, Observed>();
      for (const alarm of alarms) {
        const name = alarm.AlarmName as string;
        const parsed = parseOwnedName(owner, name);
        if (parsed === undefined) continue;
        const { cluster, service } = parsed;
        items.set(name, {
          id: name,
          name,
          cluster,
          service,
          spec: pickInput(alarm as unknown as JsonObject),
          owned: true,
        });
      }
      return known({ items });
    } catch (error) {
      return unknown(describeAwsError(error, "cloudwatch:DescribeAlarms"));
    }
  },

  async put({ after }, { aws }) {
    await aws.cloudwatch.send(new PutMetricAlarmCommand(after as unknown as PutMetricAlarmCommandInput));
  },

  async remove(changes, { aws }) {
    try {
      await aws.cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: changes.map(({ id }) => id) }));
    } catch (error) {
      // Gone already, by hand or by a call whose answer was lost: that is what was wanted. Names that are not there do
      // not keep the others from being deleted.
      if (!/^ResourceNotFound/.test(errorName(error))) throw error;
    }
    return changes.map(() => undefined);
  },
};

function wantAlarm(name: string, item: Item<MergedAlarm>, selected: Selected, owner: string): Wanted {
  const { cluster, service } = selected.workload;
  const id = ownedName(owner, { cluster, service, name });
  const policies = item.contributors.map((policy) => policy.name);
  const base = {
    kind: "MetricAlarm",
    id,
    name: id,
    cluster,
    service,
    policies,
    enforcement: enforcementOf(item.contributors, "MetricAlarm"),
  } as const;
  if (!item.result.ok) return { ...base, state: { is: "blocked", reason: item.result.reason } };
  const alarm = buildAlarm(name, item.result.value, selected, owner);
  if (alarm.state === "built") return { ...base, state: { is: "wanted", spec: alarm.input, needs: [] } };
  return {
    ...base,
    state:
      alarm.state === "blocked"
        ? { is: "blocked", reason: alarm.reason }
        : { is: "unknown", failure: alarm.failure },
  };
}

/** The alarm on a log metric: its name is the metric's, it counts matches, and no log line is no alarm. */
function wantLogMetricAlarm(
  name: string,
  item: Item<MergedLogMetric>,
  selected: Selected,
  owner: string,
): Wanted[] {
  if (!item.result.ok) {
    // What the policies ask for counts, not what of it could be filled in: the alarm that stands must be kept.
    const asked = item.contributors.some(({ spec }) =>
      spec.logMetrics?.some((metric) => metric.name === name && metric.alarm != null),
    );
    return asked ? [wantAlarm(name, { ...item, result: item.result }, selected, owner)] : [];
  }
  const { alarm } = item.result.value;
  if (alarm == null) return [];
  // Without a filter that counts, the alarm could never fire.
  const group = findLogGroup(item.result.value, selected, owner);
  if (!group.ok && group.state.is === "blocked" && group.state.reason.code === "NotApplicable") {
    return [wantAlarm(name, { ...item, result: { ok: false, reason: group.state.reason } }, selected, owner)];
  }
  const { cluster, service } = selected.workload;
  const source = { metric: { namespace: metricNamespace(owner, cluster, service), metricName: name } };
  const value: MergedAlarm = { statistic: "Sum", treatMissingData: "notBreaching", ...alarm, source };
  return [wantAlarm(name, { ...item, result: { ok: true, value } }, selected, owner)];
}

/** The members of PutMetricAlarm's input that DescribeAlarms gives back (CloudWatch API reference). */
const inputMembers = [
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

function pickInput(alarm: JsonObject): JsonObject {
  return dropAbsent(Object.fromEntries(inputMembers.map((member) => [member, alarm[member]])));
}

function canonicalAlarm(alarm: JsonObject): JsonObject {
  const picked: Record<string, Json | undefined> = { ...pickInput(alarm) };
  if (Array.isArray(picked["Dimensions"])) picked["Dimensions"] = sortDimensions(picked["Dimensions"]);
  if (Array.isArray(picked["Metrics"]))
    picked["Metrics"] = picked["Metrics"].filter(isObject).map(canonicalQuery).sort(byKey("Id"));
  for (const actions of ["OKActions", "AlarmActions", "InsufficientDataActions"]) {
    const list = picked[actions];
    if (Array.isArray(list)) picked[actions] = [...list].sort((a, b) => compareText(String(a), String(b)));
  }
  if (picked["EvaluateLowSampleCountPercentile"] === "evaluate")
    delete picked["EvaluateLowSampleCountPercentile"];
  if (isObject(picked["EvaluationWindow"]) && picked["EvaluationWindow"]["SlidingWindow"] !== undefined)
    delete picked["EvaluationWindow"];
  return {
    ...dropAbsent(picked),
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

function dropAbsent(value: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(value).filter(
      ([, inner]) => inner !== undefined && inner !== null && !(Array.isArray(inner) && inner.length === 0),
    ),
  );
}
