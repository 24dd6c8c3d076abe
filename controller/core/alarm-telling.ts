// What an alarm of any type says, and whom it tells: name, description, actions by severity.
import type { Json, JsonObject } from "../model/json.ts";
import { ownedName } from "./names.ts";
import type { Item, MergedAlarm, Reason, Selected } from "./select.ts";

export type Telling =
  | { readonly ok: true; readonly input: JsonObject }
  | { readonly ok: false; readonly reason: Reason };

type Told = Pick<MergedAlarm, "severity" | "description" | "actionsEnabled" | "whenDesiredZero">;

/** AWS opens OpsItems, incidents and investigations for alarms that fire, and refuses them for any other state. */
const firingOnly = ["ssm", "ssm-incidents", "aiops"];

/** Services whose actions an alarm of that type does not take (PutCompositeAlarm; PutMetricAlarm, ThresholdMetricId). */
const refused = {
  metric: [],
  anomaly: ["autoscaling"],
  composite: ["autoscaling", "automate", "swf"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** A waived alarm, and that of a service scaled to zero, stands with its actions off. */
export function describeTelling(
  name: string,
  alarm: Told,
  selected: Selected,
  owner: string,
  type: keyof typeof refused = "metric",
): Telling {
  const { workload } = selected;
  const actions = findActions(alarm.severity, selected.notifications);
  if (!actions.ok) return actions;
  const unfit = actions.arns.find((arn) => (refused[type] as readonly string[]).includes(serviceOf(arn)));
  if (unfit !== undefined) {
    const message = `severity ${alarm.severity} has the action ${String(unfit)}, which AWS refuses for an alarm with \`${type}\`; give alarm ${name} another severity`;
    return { ok: false, reason: { code: "UnsupportedAction", message } };
  }
  const muted =
    selected.waivedAlarms.has(name) || (workload.desiredCount === 0 && alarm.whenDesiredZero !== "page");
  return {
    ok: true,
    input: {
      AlarmName: ownedName(owner, { cluster: workload.cluster, service: workload.service, name }),
      AlarmDescription: alarm.description ?? `Managed by ${owner} from Git; changes by hand are put back.`,
      ActionsEnabled: (alarm.actionsEnabled ?? true) && !muted,
      AlarmActions: actions.arns,
      OKActions: actions.arns.filter((arn) => !firingOnly.includes(serviceOf(arn))),
    },
  };
}

function serviceOf(arn: Json): string {
  return String(arn).split(":")[2] ?? "";
}

type Actions =
  | { readonly ok: true; readonly arns: readonly Json[] }
  | { readonly ok: false; readonly reason: Reason };

function findActions(
  severity: string | null | undefined,
  notifications: ReadonlyMap<string, Item<readonly string[]>>,
): Actions {
  const item = severity ? notifications.get(severity) : undefined;
  if (item === undefined) return { ok: true, arns: [] };
  return item.result.ok ? { ok: true, arns: item.result.value } : item.result;
}
