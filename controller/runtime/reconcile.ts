// The story in order: what runs, who is selected, what is wanted, what stands, what follows.
import type { Policy, PolicySet } from "../api/policy.ts";
import type { AwsClients } from "../aws/clients.ts";
import { readFocusedInventory, type ServicePlace } from "../aws/focused-inventory.ts";
import { readInventory, type Scope } from "../aws/inventory.ts";
import type { RevisionCache } from "../aws/revision-cache.ts";
import { askRoles } from "../aws/role-access.ts";
import type { Allow } from "../core/allow.ts";
import { type Concealment, countAnew, warnOfUncompared } from "../core/conceal-wanted.ts";
import type { Findings } from "../core/findings.ts";
import { guardPlan, type Used } from "../core/guard.ts";
import { serviceKey } from "../core/names.ts";
import type { OperatorService } from "../core/operator-service.ts";
import { type ComputedPlan, computeInSteps } from "../core/plan.ts";
import type { ItemId } from "../core/plan-parts.ts";
import { findFlights, findWarnings } from "../core/preflight.ts";
import { findRoleNeeds } from "../core/role-needs.ts";
import { findUnsettled } from "../core/rollout.ts";
import { findScale } from "../core/scale.ts";
import { findSharedBy, findUndecided, type IsShared } from "../core/shared-by.ts";
import { findLeftBehind } from "../kinds/left-behind.ts";
import { findOverridden } from "../kinds/overridden-retention.ts";
import type { MackerelApi } from "../mackerel/client.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { EcsmonError } from "../model/errors.ts";
import type { Change, Plan } from "../model/plan.ts";
import type { Inventory, Workload } from "../model/workload.ts";
import { breatheThrough } from "./breathe.ts";
import { confirmMissing } from "./missing-services.ts";
import { doubtMissingTags, setAside } from "./missing-tags.ts";
import { type Look, leftToFullLook, lookAt } from "./one-look.ts";
import { readAfresh, trackRevisions } from "./revisions.ts";

export interface ReconcileOptions {
  readonly owner: string;
  /** Globs that narrow this run; empty means all. */
  readonly clusters: readonly string[];
  readonly services: readonly string[];
  readonly maxDeletes: number;
  readonly maxRedeploys: number;
  readonly deletePolicy: "sync" | "upsert-only";
  readonly asOf: Date;
  /** Also change services with a deployment under way. */
  readonly force: boolean;
  /** What policies may reach; left out: anything. */
  readonly allow?: Allow | undefined;
  /** Only these services are looked at, each by its name. Left out: the whole account. */
  readonly focus?: Focus | undefined;
  /**
   * Whether a service (`CLUSTER/SERVICE`) that ECS says is gone counts as gone: until then its items stay, and the plan is
   * silent on them. Left out: at once.
   */
  readonly isGone?: ((serviceKey: string) => boolean) | undefined;
  /** The operator's own service: only policies that list it by its very name select it. */
  readonly self?: OperatorService | undefined;
  /** What is read comes from a snapshot, which conceals some of it. */
  readonly concealment?: Concealment | undefined;
  /** What the last 24 hours took: the limits are budgets then. */
  readonly used?: Used;
  /** Also look what the changes (or those that it says yes to) are multiplied by: a plan that is shown tells what it costs. */
  readonly forCost?: boolean | ((change: Change) => boolean) | undefined;
}

export interface Focus {
  readonly services: readonly ServicePlace[];
  /**
   * Whether services beside the named ones (`CLUSTER/SERVICE`) have a say in an item: such items are left alone. Answered
   * from what the last full look gave as `Findings.sharedBy`.
   */
  readonly isShared: IsShared;
}

export interface ProgressEvent {
  readonly phase: "read" | "write" | "wait";
  readonly what: string;
  readonly done: number;
  readonly total: number | undefined;
}

export interface ReconcileDeps {
  readonly aws: AwsClients;
  /** Left out: no MACKEREL_APIKEY is set. */
  readonly mackerel?: MackerelApi | undefined;
  /** Revisions that need not be read again. Left out: each is read in every look. */
  readonly revisions?: RevisionCache | undefined;
  readonly now: () => Date;
  readonly progress: (event: ProgressEvent) => void;
}

/** Reads everything, writes nothing. Reads that fail stand in the plan as unknown; they never throw. */
export async function makePlan(
  policies: PolicySet,
  sourceRevision: string,
  options: ReconcileOptions,
  deps: ReconcileDeps,
): Promise<Plan> {
  const { plan, held, standing } = await look(policies, sourceRevision, options, deps);
  return { ...plan, held, standing };
}

/** One look at the account, or at what `options.focus` names: the plan, and what is told from beside it. */
export async function look(
  policies: PolicySet,
  sourceRevision: string,
  given: ReconcileOptions,
  deps: ReconcileDeps,
): Promise<Findings> {
  if (policies.diagnostics.some(({ severity }) => severity === "error")) {
    throw new EcsmonError(
      "InvalidPolicies",
      "the policies have errors; nothing is planned from a part of them",
    );
  }
  const { aws, progress } = deps;
  const options = { ...given, concealment: given.concealment && countAnew(given.concealment) };
  const { owner, asOf, focus } = options;
  const scope: Scope = { clusters: options.clusters, services: options.services };
  const revisions = trackRevisions(deps.revisions);
  const onRead = (what: string, done: number, total: number | undefined): void =>
    progress({ phase: "read", what, done, total });
  const { inventory: read, absent } =
    focus === undefined
      ? { inventory: await readInventory(aws, scope, onRead, revisions), absent: [] }
      : await readFocusedInventory(aws, distinct(focus.services), onRead, revisions);
  let sight = await lookAt(policies, read, scope, options, deps);
  let { parts, gone } = await conclude(sight, scope, options, aws);
  const again = async (inventory: Inventory, observed: Look["observations"]): Promise<void> => {
    sight = await lookAt(policies, inventory, scope, options, deps, observed);
    ({ parts, gone } = await conclude(sight, scope, options, aws));
  };
  const fresh = await readAfresh(aws, sight.inventory, parts.changes, revisions);
  if (fresh !== undefined) {
    const { TaskDefinition: _, ...others } = Object.fromEntries(sight.observations);
    await again(fresh, new Map(Object.entries(others)) as Look["observations"]);
  }
  const doubted = await doubtMissingTags(policies, sight, parts, aws);
  if (doubted.length > 0) await again(setAside(sight.inventory, doubted), sight.observations);
  const { standing, ...planned } = parts;
  const { held, ...guarded } = guardPlan(planned, { ...options, knownServices: read.workloads.length });
  const flights = findFlights(guarded.changes, read.workloads);
  const roles = await askRoles(aws, findRoleNeeds(flights));
  const { forCost } = options;
  const counted = typeof forCost === "function" ? guarded.changes.filter(forCost) : guarded.changes;
  const scale = forCost ? findScale(counted, sight.inventory) : undefined;
  const plan: Plan = {
    metadata: {
      owner,
      region: read.region,
      account: read.account,
      sourceRevision,
      createdAt: deps.now().toISOString(),
      asOf: asOf.toISOString(),
    },
    ...guarded,
    leftBehind: await findLeftBehind(aws, {
      workloads: sight.inventory.workloads,
      selection: sight.selection,
      owner,
      asOf,
      now: deps.now(),
      concealment: options.concealment,
    }),
    diagnostics: [
      ...policies.diagnostics,
      ...(focus === undefined ? warnOfNothing(read, scope) : []),
      ...findUnsettled(read.workloads, owner, asOf),
      ...findOverridden(sight.wanted.get("LogGroup") ?? [], sight.observations.get("LogGroup")),
      ...findWarnings(flights, roles.refused, roles.unasked, policiesOf(sight)),
      ...warnOfUncompared(options.concealment),
    ],
    ...(scale && { scale }),
  };
  return {
    plan,
    held,
    services: read.workloads.map(({ cluster, service }) => ({ cluster, service })),
    selected: sight.selection.map(({ workload: { cluster, service }, policies: selecting }) => ({
      cluster,
      service,
      policies: selecting.map(({ name }) => name),
    })),
    standing,
    gone: [...gone].sort(),
    absent: absent.map(({ cluster, service }) => serviceKey(cluster, service)),
    sharedBy: findSharedBy(sight),
  };
}

function distinct(places: readonly ServicePlace[]): ServicePlace[] {
  return [
    ...new Map(
      places.map(({ cluster, service }) => [serviceKey(cluster, service), { cluster, service }]),
    ).values(),
  ];
}

/** What follows, once every service that the lists left out was asked for by name. */
async function conclude(
  sight: Look,
  scope: Scope,
  { focus, isGone = () => true }: ReconcileOptions,
  aws: AwsClients,
): Promise<{ readonly parts: ComputedPlan; readonly gone: ReadonlySet<string> }> {
  if (focus !== undefined) {
    const isLeft = findLeft(sight, focus);
    return {
      parts: await breatheThrough(computeInSteps({ ...sight, gone: new Set(), isLeft })),
      gone: new Set(),
    };
  }
  const { gone, present } = await confirmMissing(sight, scope, aws);
  const inventory = { ...sight.inventory, unreadable: [...sight.inventory.unreadable, ...present] };
  const lingering = new Set([...gone].filter((key) => !isGone(key)));
  return { parts: await breatheThrough(computeInSteps({ ...sight, inventory, gone, lingering })), gone };
}

/** What a look at some services leaves alone. */
function findLeft(sight: Look, { services, isShared }: Focus): (id: ItemId) => boolean {
  const keys = distinct(services).map(({ cluster, service }) => serviceKey(cluster, service));
  const undecided = findUndecided(sight, (id) => isShared(id, keys), leftToFullLook.code);
  return (id) => undecided.has(id) || isShared(id, keys);
}

/** The policies that select a service. */
function policiesOf({ selection }: Look): (workload: Workload) => readonly Policy[] {
  const byService = new Map(
    selection.map(({ workload, policies }) => [workload.serviceArn, policies] as const),
  );
  return ({ serviceArn }) => byService.get(serviceArn) ?? [];
}

/** A name that matches nothing is more likely a slip than a wish. */
function warnOfNothing({ clusters, workloads, leaving, unreadable }: Inventory, scope: Scope): Diagnostic[] {
  const warn = (flag: string, globs: readonly string[]): Diagnostic[] => [
    {
      severity: "warning",
      code: "NothingMatches",
      message: `${flag} ${globs.join(", ")} matches nothing; globs know * and ?`,
    },
  ];
  if (!clusters.known || unreadable.length > 0) return [];
  if (scope.clusters.length > 0 && clusters.value.length === 0) return warn("--cluster", scope.clusters);
  return scope.services.length > 0 && workloads.length + leaving.length === 0
    ? warn("--service", scope.services)
    : [];
}
