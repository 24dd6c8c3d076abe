// What of a suggested policy its plan shows to be of no use: lines that do not close their finding, and lines that are held
// back, which `apply` would end with 1 for.
import { isObject, type Json } from "../../model/json.ts";
import { type Blocked, isBlockedError, type KindName, type Plan, type Unknown } from "../../model/plan.ts";
import type { Mending } from "./suggest-policy.ts";

export interface Dropped {
  readonly mending: Mending;
  readonly why: string;
}

/**
 * Empty: all of it stands. A sidecar for which there is no room holds the whole task definition back: without it the rest may
 * fit. Else all that is still open goes, and last what is held back though its finding is closed.
 */
export function chooseDropped(
  mendings: readonly Mending[],
  isOpen: (mending: Mending) => boolean,
  { blocked, unknown }: Plan,
): readonly Dropped[] {
  const open = mendings.filter(isOpen);
  if (open.length === 0) {
    const errors = blocked.filter(isBlockedError);
    return mendings.flatMap((mending) => {
      const held = errors.find((one) => comesOf(one, mending));
      return held === undefined ? [] : [{ mending, why: describeHeld(held) }];
    });
  }
  const crowding = open.filter(
    (mending) => mending.code === "NoAgent" && blocked.some((one) => comesOf(one, mending)),
  );
  return (crowding.length > 0 ? crowding : open).map((mending) => {
    const unread = unknown.find((one) => hides(one, mending));
    if (unread !== undefined)
      return {
        mending,
        why: `a policy's lines for it could not be tried: ${unread.code}: ${unread.message}`,
      };
    const held =
      blocked.find((one) => comesOf(one, mending)) ?? blocked.find((one) => isAt(one, mending, one.service));
    const why =
      held === undefined
        ? "a policy's lines for it were tried, and the plan shows that they would not close it"
        : describeHeld(held);
    return { mending, why };
  });
}

function describeHeld({ code, message }: Blocked): string {
  return `a policy's lines for it are held back: ${code}: ${message}`;
}

/** The sections of a policy that come down to items of a kind. */
const sections: Readonly<Partial<Record<KindName, readonly string[]>>> = {
  ClusterSettings: ["cluster"],
  LogGroup: ["logging"],
  TargetGroup: ["targetGroup"],
  TaskDefinition: ["sidecars", "logging"],
  Service: ["deployment"],
  MetricFilter: ["logMetrics"],
  MetricAlarm: ["alarms"],
  CompositeAlarm: ["alarms"],
  LogAlarm: ["alarms"],
  EventRule: ["events"],
};

/** Whether these lines are what the item comes of. */
function comesOf(item: Blocked, mending: Mending): boolean {
  if (item.kind === "LogGroup") return item.name === mending.logGroup;
  const isOfCluster = item.kind === "ClusterSettings" || item.kind === "EventRule";
  const service = item.service ?? (isOfCluster ? mending.service : undefined);
  return (
    isAt(item, mending, service) &&
    (sections[item.kind] ?? []).some((key) => makes(mending.spec[key], item.name))
  );
}

function isAt({ cluster }: Blocked, mending: Mending, service: string | undefined): boolean {
  return cluster === mending.cluster && service === mending.service;
}

/** Of a list of alarms or log metrics only that item's lines are meant: its name ends with theirs. */
function makes(section: Json | undefined, name: string): boolean {
  const names = (Array.isArray(section) ? section.filter(isObject) : []).flatMap(
    (item) => item["name"] ?? [],
  );
  return (
    section !== undefined && (names.length === 0 || names.some((own) => name.endsWith(`/${String(own)}`)))
  );
}

/** Whether it cannot be told what the lines would do: a count of lines in the logs needs the group, too. */
function hides({ kind, cluster, service }: Unknown, mending: Mending): boolean {
  const keys = kind === "LogGroup" || kind === "TaskDefinition" ? ["logging", "logMetrics"] : [];
  return (
    (cluster ?? mending.cluster) === mending.cluster &&
    (service ?? mending.service) === mending.service &&
    (kind === "Workload" || [...keys, ...(sections[kind] ?? [])].some((key) => key in mending.spec))
  );
}
