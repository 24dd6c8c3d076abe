// An alarm as the checks see it: the own words of one policy, and the same alarm in every other document.
import { isObject, type JsonObject } from "../../../model/json.ts";
import type { FieldPath } from "../../issues.ts";
import type { Policy } from "../../policy.ts";
import { type PresetAlarm, presetAlarms } from "../../preset-alarms.ts";
import { type Check, entriesNamed, type Found, isGiven, type World } from "../check.ts";

/** An alarm of `alarms`, or the one of a log metric. */
export interface AlarmView {
  readonly name: string;
  readonly own: JsonObject;
  /** The same alarm in every document, this one too. */
  readonly all: readonly JsonObject[];
  readonly path: FieldPath;
  readonly list: "alarms" | "logMetrics";
}

export function viewAlarms(policy: Policy, world: World): AlarmView[] {
  const alarms = (policy.spec.alarms ?? []).map(
    (alarm, i): AlarmView => ({
      name: alarm.name,
      own: alarm as JsonObject,
      all: entriesNamed(world, "alarms", alarm.name),
      path: ["spec", "alarms", i],
      list: "alarms",
    }),
  );
  const ofMetrics = (policy.spec.logMetrics ?? []).flatMap((metric, i): AlarmView[] => {
    if (!isGiven(metric.alarm)) return [];
    const all = entriesNamed(world, "logMetrics", metric.name).map((entry) => entry["alarm"]);
    return [
      {
        name: metric.name,
        own: metric.alarm as JsonObject,
        all: all.filter(isObject),
        path: ["spec", "logMetrics", i, "alarm"],
        list: "logMetrics",
      },
    ];
  });
  return [...alarms, ...ofMetrics];
}

export const hasAlarm = (view: AlarmView) => (policy: Policy) =>
  view.list === "alarms"
    ? (policy.spec.alarms ?? []).some(({ name }) => name === view.name)
    : (policy.spec.logMetrics ?? []).some(({ name, alarm }) => name === view.name && isGiven(alarm));

export const each =
  (check: (view: AlarmView, policy: Policy, world: World) => Found[]): Check =>
  (policy, world) =>
    viewAlarms(policy, world).flatMap((view) => check(view, policy, world));

export const sourceFields = ["preset", "metric", "expression", "anomaly", "composite"] as const;
export type SourceField = (typeof sourceFields)[number];

/** What the alarm watches by: its own word, else what all others agree on; undefined where that cannot be told. */
export function sourceOf({ own, all, list }: AlarmView): SourceField | undefined {
  if (list === "logMetrics") return "metric";
  const given = (one: JsonObject): SourceField[] => sourceFields.filter((field) => isGiven(one[field]));
  const mine = given(own);
  const found = new Set(mine.length > 0 ? mine : all.flatMap(given));
  const [only] = found;
  return found.size === 1 ? only : undefined;
}

/** The preset's values, where the alarm is one. */
export function presetOf(view: AlarmView): PresetAlarm | undefined {
  if (sourceOf(view) !== "preset") return undefined;
  const names = new Set([view.own, ...view.all].map((one) => one["preset"]).filter(isGiven));
  const own = view.own["preset"];
  const name = isGiven(own) ? own : names.size === 1 ? [...names][0] : undefined;
  return typeof name === "string" && Object.hasOwn(presetAlarms, name)
    ? presetAlarms[name as keyof typeof presetAlarms]
    : undefined;
}
