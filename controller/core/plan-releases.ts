// What no policy wants any more: what of it goes, what stays, and what cannot be told. Pure.
import type { Failure } from "../model/errors.ts";
import { matchesAnyGlob } from "../model/glob.ts";
import type { Change, Enforcement, KindName } from "../model/plan.ts";
import { withoutEqual } from "./conceal-wanted.ts";
import { findDifferences } from "./differences.ts";
import type { DesiredContext, ManagedKind, Observed, ObservedItems, Wanted } from "./managed.ts";
import { isShortened, matchesPart, serviceKey } from "./names.ts";
import {
  block,
  findDark,
  isLeft,
  type MutableParts,
  nameKey,
  type PlanInput,
  toRef,
  toUnknown,
} from "./plan-parts.ts";
import { enforcementOfPolicy, onlyLookOn, type Reason, type Selected } from "./select.ts";
import { isTakenInAudit } from "./takers.ts";

export function planReleases(
  kind: ManagedKind,
  wanted: readonly Wanted[],
  { items, incomplete, unread = [] }: ObservedItems,
  context: DesiredContext,
  input: PlanInput,
  parts: MutableParts,
): void {
  if (incomplete !== undefined) parts.unknown.push({ kind: kind.name, ...incomplete });
  for (const item of unread) {
    const told = wanted.some(({ cluster, service }) => cluster === item.cluster && service === item.service);
    if (!told) parts.unknown.push(toUnknown({ kind: kind.name, ...item }, item.failure));
  }
  if (
    incomplete !== undefined ||
    wanted.some(({ state }) => state.is !== "wanted" && state.nameless === true)
  )
    return;
  // What is found not applicable by complete reads is released like what nobody wants; every other reason keeps it.
  const keeps = [...wanted, ...findSuccessors(kind.name, input)].filter(
    ({ state }) => !(state.is === "blocked" && state.reason.code === "NotApplicable"),
  );
  // What is blocked is kept by its id, and by its name where the reason hides the place that is in the id.
  const keptIds = new Set(keeps.map(({ id }) => id));
  const keptNames = new Set(keeps.filter(({ state }) => state.is !== "wanted").map(nameKey));
  const wantedNames = new Set(wanted.filter(({ state }) => state.is === "wanted").map(nameKey));
  for (const observed of items.values()) {
    if (!observed.owned || keptIds.has(observed.id) || keptNames.has(nameKey(observed))) continue;
    if (isLeft({ kind: kind.name, id: observed.id }, input)) continue;
    const { retain } = observed;
    // What is wanted all the same, in another place (a filter in another log group), makes room for that one.
    if (retain === true && !wantedNames.has(nameKey(observed))) continue;
    const fate = decideRelease(kind.name, observed, input);
    if (fate.is === "keep") continue;
    const item = { ...toRef({ ...observed, kind: kind.name }), policies: [] };
    if (fate.is === "unknown") {
      parts.unknown.push(toUnknown(item, fate.failure));
      continue;
    }
    if (retain !== undefined && retain !== true) {
      const message = `whether its policies said deletionPolicy: Retain is not known, so it stays: ${retain.message}`;
      parts.unknown.push(toUnknown(item, { ...retain, message }));
      continue;
    }
    const release = kind.release(observed, context);
    const hold = fate.hold ?? release.hold;
    if (hold === undefined && release.waits === true) continue;
    const change: Change = {
      ...item,
      id: observed.id,
      action: release.after === null ? "delete" : "update",
      enforcement: fate.enforcement,
      before: observed.spec,
      after: release.after,
      differences: [],
      impact: release.impact,
      release: true,
      deletes: release.deletes,
      ...(fate.gone ? { gone: true } : {}),
      needs: [],
      ...(release.write === undefined ? {} : { write: release.write }),
    };
    if (hold !== undefined) {
      block(parts, change, hold);
      continue;
    }
    parts.changes.push({
      ...change,
      differences:
        release.after === null
          ? []
          : withoutEqual(
              findDifferences(kind.canonical(observed.spec), kind.canonical(release.after)),
              context.concealment,
            ),
    });
  }
}

const alarmKinds: ReadonlySet<KindName> = new Set(["MetricAlarm", "LogAlarm", "CompositeAlarm"]);

/**
 * Alarms of other types. CloudWatch gives a name once over all of them: what one of these wants is replaced when that is
 * written (kinds/alarm-names.ts), and stays until then.
 */
function findSuccessors(kind: KindName, { wanted }: PlanInput): Wanted[] {
  if (!alarmKinds.has(kind)) return [];
  return [...wanted].flatMap(([other, items]) => (other !== kind && alarmKinds.has(other) ? items : []));
}

type Fate =
  | { readonly is: "keep" }
  | { readonly is: "unknown"; readonly failure: Failure }
  | {
      readonly is: "release";
      readonly enforcement: Enforcement;
      readonly gone: boolean;
      readonly hold?: Reason;
    };

/** May an item of ours that no policy wants be released, and how? */
function decideRelease(kind: KindName, observed: Observed, input: PlanInput): Fate {
  if (!inScope(observed, input.scope) || findDark(observed, input.inventory.unreadable) !== undefined)
    return { is: "keep" };
  const { cluster, service } = observed;
  // A look at some services decides nothing on what belongs to no single one of them.
  if (input.inventory.focused === true && (cluster === undefined || service === undefined))
    return { is: "keep" };
  if (
    cluster === undefined &&
    input.inventory.clusters.known &&
    input.inventory.clusters.value.length === 0
  ) {
    return {
      is: "unknown",
      failure: {
        code: "NoClusters",
        message: `ECS lists no cluster in ${input.inventory.region}; nothing is taken for unwanted`,
      },
    };
  }
  if (cluster !== undefined && service === undefined && hasLingering(cluster, input.lingering))
    return { is: "keep" };
  if (cluster === undefined || service === undefined) return decideForShared(kind, cluster, input.selection);
  if (
    input.inventory.leaving.some(
      (leaving) => matchesPart(cluster, leaving.cluster) && matchesPart(service, leaving.service),
    )
  )
    return { is: "keep" };
  const workload = input.inventory.workloads.find(
    (candidate) => matchesPart(cluster, candidate.cluster) && matchesPart(service, candidate.service),
  );
  if (workload !== undefined)
    return decideForLive(
      kind,
      input.selection.find((selected) => selected.workload === workload),
    );
  if (input.inventory.focused === true || input.lingering?.has(serviceKey(cluster, service)))
    return { is: "keep" };
  if (input.gone.has(serviceKey(cluster, service)))
    return { is: "release", enforcement: "Enforce", gone: true };
  return { is: "unknown", failure: unverifiable(cluster, service) };
}

/** A cluster whose services are being replaced is not one that nobody wants anything of. */
function hasLingering(cluster: string, lingering: ReadonlySet<string> = new Set()): boolean {
  return [...lingering].some((key) => matchesPart(cluster, key.slice(0, key.indexOf("/"))));
}

function decideForLive(kind: KindName, selected: Selected | undefined): Fate {
  const policies = selected?.policies ?? [];
  const suspended = policies.find(({ spec }) => spec.suspend === true);
  if (suspended !== undefined) {
    const reason = {
      code: "Suspended",
      message: `policy ${suspended.name}, which selects this service, is suspended; nothing is taken away`,
    };
    return { is: "release", enforcement: "Enforce", gone: false, hold: reason };
  }
  const audit =
    (policies.length > 0 && policies.every((policy) => enforcementOfPolicy(policy, kind) === "Audit")) ||
    isTakenInAudit(policies, kind);
  return { is: "release", enforcement: audit ? "Audit" : "Enforce", gone: false };
}

/** What several services share goes unless every policy that selects one of them only looks on. */
function decideForShared(kind: KindName, cluster: string | undefined, selection: readonly Selected[]): Fate {
  const here = selection.filter(
    ({ workload }) => cluster === undefined || matchesPart(cluster, workload.cluster),
  );
  const policies = [
    ...new Map(here.flatMap((one) => one.policies.map((policy) => [policy.name, policy]))).values(),
  ];
  if (isTakenInAudit(policies, kind)) return { is: "release", enforcement: "Audit", gone: false };
  const suspended = policies.filter(({ spec }) => spec.suspend === true);
  if (!onlyLookOn(policies, kind)) return { is: "release", enforcement: "Enforce", gone: false };
  const [first] = suspended;
  if (first === undefined) return { is: "release", enforcement: "Audit", gone: false };
  const where = cluster === undefined ? "here" : `in cluster ${cluster}`;
  const message = `policy ${first.name}, which selects services ${where}, is suspended; nothing is taken away`;
  return {
    is: "release",
    enforcement: "Enforce",
    gone: false,
    hold: { code: "Suspended", message },
  };
}

function unverifiable(cluster: string, service: string): Failure {
  const why = isShortened(cluster) || isShortened(service) ? "its name is shortened" : "it was not asked for";
  return {
    code: "Unverifiable",
    message: `whether the service ${cluster}/${service} is gone cannot be told: ${why}`,
  };
}

function inScope({ cluster, service }: Observed, { clusters, services }: PlanInput["scope"]): boolean {
  if (clusters.length > 0 && (cluster === undefined || !matchesAnyGlob(cluster, clusters))) return false;
  return services.length === 0 || (service !== undefined && matchesAnyGlob(service, services));
}
