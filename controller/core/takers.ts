// Policies that take away by `null` what others want. They stand among those who want no item, and have a say in whether
// it goes.
import type { Policy } from "../api/policy.ts";
import { isObject } from "../model/json.ts";
import type { KindName } from "../model/plan.ts";
import type { Sections } from "./layered.ts";
import { enforcementOf } from "./select.ts";

/** Of a policy's sections, those that make what stands as this kind. */
const sections: Readonly<Record<KindName, readonly (keyof Sections)[]>> = {
  ClusterSettings: ["cluster"],
  LogGroup: ["logging"],
  TaskDefinition: ["sidecars", "taskSize", "healthCheck", "logging"],
  Service: ["deployment"],
  TargetGroup: ["targetGroup"],
  MetricFilter: ["logMetrics"],
  QueryDefinition: ["queries"],
  MetricAlarm: ["alarms", "logMetrics"],
  LogAlarm: ["queries"],
  CompositeAlarm: ["alarms"],
  EventRule: ["events"],
  Dashboard: ["dashboard"],
  MackerelMonitor: ["mackerel"],
};

/** What goes of this kind may go for a `null` of a policy that only looks on; in an override, too, matching or not. */
export function isTakenInAudit(policies: readonly Policy[], kind: KindName): boolean {
  const takers = policies.filter(({ spec }) =>
    [spec, ...(spec.overrides ?? [])].some((part) =>
      sections[kind].some((name) => takesAway((part as Sections)[name])),
    ),
  );
  return enforcementOf(takers, kind) === "Audit";
}

/** The section, or a list in it: `mackerel: { monitors: null }`. */
function takesAway(section: unknown): boolean {
  return section === null || (isObject(section) && Object.values(section).includes(null));
}
