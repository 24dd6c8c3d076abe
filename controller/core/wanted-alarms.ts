// Which metric alarms a service is to have: those of `alarms` but the composite ones, and those of its log metrics.
import { neverFires } from "../api/log-metric-alarm.ts";
import type { Policy } from "../api/policy.ts";
import type { AlarmSpec } from "../api/schema.ts";
import type { KindName } from "../model/plan.ts";
import { buildAlarm } from "./alarm.ts";
import { asksForAlarm, findNameClash } from "./alarm-names.ts";
import type { InsightsLookup } from "./container-insights.ts";
import { retainOf } from "./deletion-policy.ts";
import { findLogGroup } from "./log-metric.ts";
import type { Wanted } from "./managed.ts";
import { metricNamespace, ownedName } from "./names.ts";
import { enforcementOf, type Item, type MergedAlarm, type MergedLogMetric, type Selected } from "./select.ts";
import { withoutWaiver } from "./waivers.ts";

export interface AlarmContext {
  readonly owner: string;
  readonly insights: InsightsLookup;
}

export function wantMetricAlarms(selected: Selected, context: AlarmContext): Wanted[] {
  const ofAlarms = new Map(
    [...selected.alarms].filter(([name, item]) => alarmTypes(name, item).includes("MetricAlarm")),
  );
  return [
    ...[...ofAlarms].map(([name, item]) => wantAlarm(name, item, selected, context)),
    // Two of one name are one that is blocked.
    ...[...selected.logMetrics].flatMap(([name, item]) =>
      ofAlarms.has(name) ? [] : wantLogMetricAlarm(name, withoutWaiver(item), selected, context),
    ),
  ];
}

/**
 * What an alarm of `alarms` is in AWS. One that is blocked is all that any of its policies ask for, so that what stands
 * is kept whatever it is.
 */
export function alarmTypes(
  name: string,
  { result, contributors }: Item<MergedAlarm>,
): ("MetricAlarm" | "CompositeAlarm")[] {
  if (result.ok) return [result.value.source?.composite == null ? "MetricAlarm" : "CompositeAlarm"];
  const asked = contributors.flatMap((policy) => wordsOn(name, policy));
  const isComposite = asked.some(({ composite }) => composite != null);
  const isMetric = asked.some(
    ({ preset, metric, expression, anomaly }) => (preset ?? metric ?? expression ?? anomaly) != null,
  );
  return [
    ...(isMetric || !isComposite ? (["MetricAlarm"] as const) : []),
    ...(isComposite ? (["CompositeAlarm"] as const) : []),
  ];
}

/** What a policy and its overrides say of one alarm. */
function wordsOn(name: string, { spec }: Policy): AlarmSpec[] {
  return [spec, ...(spec.overrides ?? [])].flatMap(({ alarms }) =>
    (alarms ?? []).filter((alarm) => alarm.name === name),
  );
}

/** All of a wanted alarm but its state. */
export function alarmBase(
  kind: KindName,
  name: string,
  item: Item<unknown>,
  selected: Selected,
  owner: string,
) {
  const { cluster, service } = selected.workload;
  const id = ownedName(owner, { cluster, service, name });
  return {
    kind,
    id,
    name: id,
    cluster,
    service,
    policies: item.contributors.map((policy) => policy.name),
    enforcement: enforcementOf(item.contributors, kind),
    ...retainOf(item.contributors),
  };
}

function wantAlarm(
  name: string,
  item: Item<MergedAlarm>,
  selected: Selected,
  { owner, insights }: AlarmContext,
): Wanted {
  const base = alarmBase("MetricAlarm", name, item, selected, owner);
  const clash = findNameClash(name, selected);
  if (clash !== undefined) return { ...base, state: { is: "blocked", reason: clash } };
  if (!item.result.ok) return { ...base, state: { is: "blocked", reason: item.result.reason } };
  const alarm = buildAlarm(name, item.result.value, selected, owner, insights(selected.workload.cluster));
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
  context: AlarmContext,
): Wanted[] {
  if (!item.result.ok) {
    // What the policies ask for counts, not what of it could be filled in: the alarm that stands must be kept.
    return asksForAlarm(item, "logMetrics", name)
      ? [wantAlarm(name, { ...item, result: item.result }, selected, context)]
      : [];
  }
  const { alarm } = item.result.value;
  if (alarm == null) return [];
  if (Object.values(item.result.value.dimensions ?? {}).some((value) => value !== null)) {
    const reason = {
      code: "NeverFires",
      message: `log metric ${name} has an alarm and dimensions: ${neverFires}`,
    };
    return [wantAlarm(name, { ...item, result: { ok: false, reason } }, selected, context)];
  }
  // Without a filter that counts, the alarm could never fire.
  const group = findLogGroup(item.result.value, selected, context.owner);
  if (!group.ok && group.state.is === "blocked" && group.state.reason.code === "NotApplicable") {
    return [
      wantAlarm(name, { ...item, result: { ok: false, reason: group.state.reason } }, selected, context),
    ];
  }
  const { cluster, service } = selected.workload;
  const source = {
    metric: { namespace: metricNamespace(context.owner, cluster, service), metricName: name },
  };
  const value: MergedAlarm = { statistic: "Sum", treatMissingData: "notBreaching", ...alarm, source };
  return [wantAlarm(name, { ...item, result: { ok: true, value } }, selected, context)];
}
