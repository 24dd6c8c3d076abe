// The alarms of a plan that are new or changed: what of them can be tested, what they watch, and whom they tell.

import type { Policy } from "../../api/policy.ts";
import { type AlarmFacts, toAlarmFacts, type WatchedMetric } from "../../model/alarm-facts.ts";
import type { UntestedAlarm } from "../../model/backtest.ts";
import { isObject, type JsonObject } from "../../model/json.ts";
import type { Change, Plan } from "../../model/plan.ts";
import { type Place, placeOf } from "./alarm-place.ts";
import { type AlarmRule, readAlarmRule } from "./alarm-rule.ts";

export interface PlannedAlarm {
  readonly change: Change;
  readonly facts: AlarmFacts;
  /** Every ARN that it tells, whatever the state. */
  readonly told: readonly string[];
  /** In the policies. */
  readonly place: Place;
}

export interface TestableAlarm extends PlannedAlarm {
  readonly rule: AlarmRule;
}

export interface PlanAlarms {
  readonly all: readonly PlannedAlarm[];
  readonly testable: readonly TestableAlarm[];
  readonly untested: readonly UntestedAlarm[];
}

/** Those in audit as well: what they would do is what one wants to know before they are enforced. */
export function planAlarms(plan: Plan, seconds: number, policies: readonly Policy[]): PlanAlarms {
  const all: PlannedAlarm[] = [];
  const testable: TestableAlarm[] = [];
  const untested: UntestedAlarm[] = [];
  for (const change of plan.changes) {
    const { kind, after } = change;
    if (!isAlarm(kind) || after === null || change.action === "delete" || change.release) continue;
    const place = placeOf(change, plan.metadata.owner, policies);
    const alarm: PlannedAlarm = { change, facts: toAlarmFacts(kind, after), told: toldBy(after), place };
    all.push(alarm);
    const reading =
      kind === "MetricAlarm" ? readAlarmRule(after, seconds) : { ok: false as const, ...whyNot[kind] };
    if (reading.ok) testable.push({ ...alarm, rule: reading.rule });
    else untested.push(leaveOut(change, reading.code, reading.message));
  }
  return { all, testable, untested };
}

export function leaveOut(change: Change, code: string, message: string): UntestedAlarm {
  return { ...refOf(change), code, message };
}

export function refOf({ kind, id, name, cluster, service }: Change) {
  return {
    kind,
    id,
    name,
    ...(cluster === undefined ? {} : { cluster }),
    ...(service === undefined ? {} : { service }),
  };
}

type AlarmKind = AlarmFacts["type"];

function isAlarm(kind: string): kind is AlarmKind {
  return kind === "MetricAlarm" || kind in whyNot;
}

const whyNot = {
  CompositeAlarm: {
    code: "NotTestable",
    message: "it follows the states of other alarms, which are told of one by one",
  },
  LogAlarm: {
    code: "NotTestable",
    message: "it is on the results of a query, of which GetMetricData knows nothing",
  },
} as const;

function toldBy(alarm: JsonObject): string[] {
  if (alarm["ActionsEnabled"] === false) return [];
  const lists = ["AlarmActions", "OKActions", "InsufficientDataActions"].map((name) => alarm[name]);
  return [...new Set(lists.flatMap((list) => (Array.isArray(list) ? list.map(String) : [])))];
}

/** `AWS/ECS CPUUtilization (ClusterName=prod, ServiceName=web)` */
export function describeMetric({ namespace, name, dimensions }: WatchedMetric): string {
  const pairs = dimensions.map(({ Name, Value }) => `${Name}=${Value}`);
  return `${namespace} ${name}${pairs.length === 0 ? "" : ` (${pairs.join(", ")})`}`;
}

/** Whether the plan itself brings the metric about, so that nobody can have seen it yet. */
export function bringsMetric(plan: Plan): (metric: WatchedMetric) => boolean {
  const named = new Set<string>();
  const clusters = new Set<string>();
  for (const { kind, name, after, release } of plan.changes) {
    if (after === null || release) continue;
    if (kind === "ClusterSettings") clusters.add(name);
    const transformations = after["metricTransformations"];
    if (kind === "MetricFilter" && Array.isArray(transformations))
      for (const one of transformations.filter(isObject))
        named.add(JSON.stringify([one["metricNamespace"], one["metricName"]]));
  }
  return ({ namespace, name, dimensions }) =>
    named.has(JSON.stringify([namespace, name])) ||
    (namespace === "ECS/ContainerInsights" &&
      dimensions.some(({ Name, Value }) => Name === "ClusterName" && clusters.has(Value)));
}
