// The story in order: what runs, who is selected, what is wanted, what stands, what follows.
import type { Policy, PolicySet } from "../api/policy.ts";
import type { AwsClients } from "../aws/clients.ts";
import { confirmService, confirmTags, readInventory, type Scope } from "../aws/inventory.ts";
import { askRoles } from "../aws/role-access.ts";
import type { Allow } from "../core/allow.ts";
import { guardPlan } from "../core/guard.ts";
import type { Observation, Wanted } from "../core/managed.ts";
import { isShortened, serviceKey } from "../core/names.ts";
import { computePlan, type PlanInput, type PlanParts } from "../core/plan.ts";
import { findFlights, findWarnings } from "../core/preflight.ts";
import { findRoleNeeds } from "../core/role-needs.ts";
import { findUnsettled } from "../core/rollout.ts";
import { selectWorkloads } from "../core/select.ts";
import { matchesPlace } from "../core/selectors.ts";
import { kinds } from "../kinds/index.ts";
import { findLeftBehind } from "../kinds/left-behind.ts";
import { findOverridden } from "../kinds/overridden-retention.ts";
import type { MackerelApi } from "../mackerel/client.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { EcsmonError } from "../model/errors.ts";
import { matchesAnyGlob } from "../model/glob.ts";
import type { KindName, Plan } from "../model/plan.ts";
import type { Inventory, Workload } from "../model/workload.ts";

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
  if (policies.diagnostics.some(({ severity }) => severity === "error")) {
    throw new EcsmonError(
      "InvalidPolicies",
      "the policies have errors; nothing is planned from a part of them",
    );
  }
  const { aws, progress } = deps;
  const scope: Scope = { clusters: options.clusters, services: options.services };
  const read = await readInventory(aws, scope, (what, done, total) =>
    progress({ phase: "read", what, done, total }),
  );
  let look = await lookAt(policies, read, scope, options, deps);
  let parts = await conclude(look, scope, aws);
  const doubted = await doubtMissingTags(policies, look, parts, aws);
  if (doubted.length > 0) {
    look = await lookAt(policies, setAside(read, doubted), scope, options, deps, look.observations);
    parts = await conclude(look, scope, aws);
  }
  const guarded = guardPlan(parts, { ...options, knownServices: read.workloads.length });
  const flights = findFlights(guarded.changes, read.workloads);
  const roles = await askRoles(aws, findRoleNeeds(flights));
  return {
    metadata: {
      owner: options.owner,
      region: read.region,
      account: read.account,
      sourceRevision,
      createdAt: deps.now().toISOString(),
      asOf: options.asOf.toISOString(),
    },
    ...guarded,
    leftBehind: await findLeftBehind(aws, {
      workloads: look.inventory.workloads,
      selection: look.selection,
      owner: options.owner,
      asOf: options.asOf,
      now: deps.now(),
    }),
    diagnostics: [
      ...policies.diagnostics,
      ...warnOfNothing(read, scope),
      ...findUnsettled(read.workloads, options.owner, options.asOf),
      ...findOverridden(look.wanted.get("LogGroup") ?? [], look.observations.get("LogGroup")),
      ...findWarnings(flights, roles.refused, roles.unasked),
    ],
  };
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

type Look = Omit<PlanInput, "gone">;

/** Kinds whose items belong to a cluster: a setting, or a rule that tells of many services. */
const shared: ReadonlySet<KindName> = new Set(["ClusterSettings", "EventRule"]);

async function lookAt(
  { policies, exceptions }: PolicySet,
  inventory: Inventory,
  scope: Scope,
  options: ReconcileOptions,
  { aws, mackerel, progress }: ReconcileDeps,
  observed?: PlanInput["observations"],
): Promise<Look> {
  const { owner, force, asOf, allow } = options;
  const selection = selectWorkloads(policies, inventory.workloads, owner, exceptions);
  const context = { owner, inventory, force, asOf, allow };
  // What several services of a cluster share is not decided by a look at some of them.
  const active = kinds.filter(({ name }) => scope.services.length === 0 || !shared.has(name));
  const wanted = new Map<KindName, readonly Wanted[]>(
    active.map((kind) => [kind.name, kind.desired(selection, context)]),
  );
  const look = { owner, force, asOf, allow, kinds: active, inventory, selection, wanted, scope };
  if (observed !== undefined) return { ...look, observations: observed };

  const needed = [...wanted.values()]
    .flat()
    .flatMap(({ state }) => (state.is === "wanted" ? state.needs : []));
  let done = 0;
  const observations = await Promise.all(
    active.map(async (kind): Promise<[KindName, Observation]> => {
      const prefix = `${kind.name}/`;
      const ids = needed.filter((need) => need.startsWith(prefix)).map((need) => need.slice(prefix.length));
      const observation = await kind.observe({
        aws,
        mackerel,
        owner,
        inventory,
        wanted: wanted.get(kind.name) ?? [],
        needed: ids,
      });
      done += 1;
      progress({ phase: "read", what: "what stands", done, total: active.length });
      return [kind.name, observation];
    }),
  );
  return { ...look, observations: new Map(observations) };
}

/** What follows, once every service that the lists left out was asked for by name. */
async function conclude(look: Look, scope: Scope, aws: AwsClients): Promise<PlanParts> {
  const { gone, present } = await confirmMissing(look, scope, aws);
  const inventory = { ...look.inventory, unreadable: [...look.inventory.unreadable, ...present] };
  return computePlan({ ...look, inventory, gone });
}

/**
 * Services that were read without any tag, and for which something would change that hangs on tags: their tags are asked for by name before that is believed. What is found wanting is left in the dark.
 */
async function doubtMissingTags(
  { policies }: PolicySet,
  { inventory }: Look,
  { changes }: PlanParts,
  aws: AwsClients,
): Promise<Inventory["unreadable"]> {
  // What belongs to several services hangs on the tags of each of them.
  const changing = new Set(changes.map(({ cluster = "*", service = "*" }) => serviceKey(cluster, service)));
  const mayChange = ({ cluster, service }: Workload): boolean =>
    [serviceKey(cluster, service), serviceKey(cluster, "*"), serviceKey("*", "*")].some((key) =>
      changing.has(key),
    );
  const byTags = policies.filter(looksAtTags);
  // Whether a layer is to be retained stands in the tags too.
  const losing = new Set(
    changes.flatMap(({ kind, id, release }) => (kind === "TaskDefinition" && release ? [id] : [])),
  );
  const doubtful = inventory.workloads.filter(
    (workload) =>
      Object.keys(workload.tags).length === 0 &&
      mayChange(workload) &&
      (losing.has(workload.serviceArn) || byTags.some(({ spec }) => matchesPlace(spec.selector, workload))),
  );
  const checked = await Promise.all(doubtful.map((workload) => checkTags(workload, aws)));
  return checked.flat();
}

/** By its selector, or by a template anywhere in it. */
function looksAtTags({ spec }: Policy): boolean {
  const { tags, matchExpressions } = spec.selector;
  return (
    tags !== undefined || matchExpressions !== undefined || JSON.stringify(spec).includes("${service.tags")
  );
}

async function checkTags(
  { cluster, service, serviceArn }: Workload,
  aws: AwsClients,
): Promise<Inventory["unreadable"]> {
  const tags = await confirmTags(aws, serviceArn);
  if (!tags.known) return [{ cluster, service, failure: tags.failure }];
  if (Object.keys(tags.value).length === 0) return [];
  const message = `ecs:DescribeServices gave ${cluster}/${service} no tags, yet it has ${Object.keys(tags.value).length}; nothing is concluded from it`;
  return [{ cluster, service, failure: { code: "TagsIncomplete", message } }];
}

function setAside(inventory: Inventory, doubted: Inventory["unreadable"]): Inventory {
  const dark = new Set(doubted.map(({ cluster = "", service = "" }) => serviceKey(cluster, service)));
  return {
    ...inventory,
    workloads: inventory.workloads.filter(({ cluster, service }) => !dark.has(serviceKey(cluster, service))),
    unreadable: [...inventory.unreadable, ...doubted],
  };
}

/**
 * Asks ECS by name for each service that we own things of and that the lists left out. Only what ECS calls MISSING or
 * INACTIVE is gone; every other answer leaves the service in the dark.
 */
async function confirmMissing(
  look: Look,
  scope: Scope,
  aws: AwsClients,
): Promise<{ gone: ReadonlySet<string>; present: Inventory["unreadable"] }> {
  const missing = findMissing(look, scope);
  const gone = new Set<string>();
  const present: Inventory["unreadable"][number][] = [];
  await Promise.all(
    missing.map(async ({ cluster, service }) => {
      const answer = await confirmService(aws, cluster, service);
      if (!answer.known) present.push({ cluster, service, failure: answer.failure });
      else if (answer.value === "gone") gone.add(serviceKey(cluster, service));
      else {
        const message = `ECS lists no service ${cluster}/${service}, but says it is there when asked by name; nothing is concluded from the list`;
        present.push({ cluster, service, failure: { code: "ListIncomplete", message } });
      }
    }),
  );
  return { gone, present };
}

function findMissing(
  { inventory, observations }: Look,
  scope: Scope,
): { cluster: string; service: string }[] {
  if (!inventory.clusters.known) return [];
  const present = new Set(
    [...inventory.workloads, ...inventory.leaving].map(({ cluster, service }) =>
      serviceKey(cluster, service),
    ),
  );
  const hidden = (cluster: string, service: string): boolean =>
    inventory.unreadable.some(
      (dark) =>
        dark.cluster === undefined || (dark.cluster === cluster && (dark.service ?? service) === service),
    );
  const missing = new Map<string, { cluster: string; service: string }>();
  for (const observation of observations.values()) {
    if (!observation.known) continue;
    for (const { owned, retain, cluster, service } of observation.value.items.values()) {
      if (
        !owned ||
        // Stays, whether its service is gone or not.
        retain === true ||
        cluster === undefined ||
        service === undefined ||
        isShortened(cluster) ||
        isShortened(service)
      )
        continue;
      const inScope = matchesAnyGlob(cluster, scope.clusters) && matchesAnyGlob(service, scope.services);
      const key = serviceKey(cluster, service);
      if (inScope && !present.has(key) && !hidden(cluster, service)) missing.set(key, { cluster, service });
    }
  }
  return [...missing.values()];
}
