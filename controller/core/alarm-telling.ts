// What an alarm of any type says, and whom it tells: name, description, actions by severity.
import type { Json, JsonObject } from "../model/json.ts";
import { retainMark } from "./deletion-policy.ts";
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
      AlarmDescription: alarm.description ?? describeDefault(owner, findRunbook(name, selected)),
      ActionsEnabled: (alarm.actionsEnabled ?? true) && !muted,
      AlarmActions: actions.arns,
      OKActions: actions.arns.filter((arn) => !firingOnly.includes(serviceOf(arn))),
    },
  };
}

/** What CloudWatch takes, less the room for the line that says what becomes of the alarm. */
const maxDescription = 1024 - retainMark.length - 1;

/** A runbook that does not fit is left out: half an address leads nowhere. */
function describeDefault(owner: string, runbook: string | undefined): string {
  const text = `Managed by ${owner} from Git; changes by hand are put back.`;
  const full = `${text}\nRunbook: ${runbook}`;
  return runbook === undefined || full.length > maxDescription ? text : full;
}

/** The annotation of the policy with the highest priority among those that ask for the alarm. */
function findRunbook(name: string, { alarms, logMetrics, queries }: Selected): string | undefined {
  const item = alarms.get(name) ?? logMetrics.get(name) ?? queries.get(name);
  const [first] = (item?.contributors ?? [])
    .flatMap(({ annotations, spec }) => {
      const runbook = annotations["ecsmon.dev/runbook"]?.replaceAll(/\s+/g, " ").trim();
      return runbook ? [{ runbook, priority: spec.priority ?? 0 }] : [];
    })
    .sort((a, b) => b.priority - a.priority);
  return first?.runbook;
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
