// The heart: what is wanted beside what was observed, and what follows. Pure.
// A read that failed hides things; what is hidden is neither changed nor released.
import type { Failure } from "../model/errors.ts";
import { matchesAnyGlob } from "../model/glob.ts";
import { compareText, jsonEqual } from "../model/json.ts";
import type { Blocked, Change, Enforcement, KindName, Unknown } from "../model/plan.ts";
import { finishSteps } from "../model/steps.ts";
import type { Inventory, UnknownScope } from "../model/workload.ts";
import { type Allow, blockForbidden } from "./allow.ts";
import { type Concealment, withoutEqual } from "./conceal-wanted.ts";
import { findDifferences } from "./differences.ts";
import type { Held, ManagedItem } from "./findings.ts";
import type {
  DesiredContext,
  ManagedKind,
  Observation,
  Observed,
  ObservedItems,
  Verdict,
  Wanted,
} from "./managed.ts";
import { isShortened, matchesPart, serviceKey } from "./names.ts";
import { enforcementOfPolicy, onlyLookOn, type Reason, type Selected } from "./select.ts";
import { keepNamedAlarms } from "./still-named.ts";

export interface PlanInput {
  readonly owner: string;
  /** Also change services with a deployment under way. */
  readonly force: boolean;
  readonly asOf: Date;
  readonly kinds: readonly ManagedKind[];
  readonly inventory: Inventory;
  readonly selection: readonly Selected[];
  readonly wanted: ReadonlyMap<KindName, readonly Wanted[]>;
  readonly observations: ReadonlyMap<KindName, Observation>;
  /** Services that ECS, asked by name, says are gone (`serviceKey`). */
  readonly gone: ReadonlySet<string>;
  /** What policies may reach; left out: anything. */
  readonly allow?: Allow | undefined;
  /** What stands there is known from a snapshot. */
  readonly concealment?: Concealment | undefined;
  /** Of these, the ones that have not been gone for long enough: their items stay, and nothing is said of them. */
  readonly lingering?: ReadonlySet<string>;
  /** Ids (`KIND/ID`) that this look cannot decide on: they stay as they stand, and count as standing. */
  readonly isLeft?: (id: ItemId) => boolean;
  /** Globs that narrow this run. */
  readonly scope: { readonly clusters: readonly string[]; readonly services: readonly string[] };
}

export type ItemId = `${KindName}/${string}`;

export interface ComputedPlan extends PlanParts {
  /** What is wanted and stands as wanted: as many as `unchanged`. */
  readonly standing: readonly ManagedItem[];
  readonly held: Held;
}

export interface PlanParts {
  readonly changes: readonly Change[];
  readonly blocked: readonly Blocked[];
  readonly unknown: readonly Unknown[];
  readonly unchanged: number;
}

export function computePlan(given: PlanInput): ComputedPlan {
  return finishSteps(computeInSteps(given));
}

/** The same, some hundred items at a time: for thousands of services it takes seconds, in which leases are renewed. */
export function* computeInSteps(given: PlanInput): Generator<undefined, ComputedPlan> {
  const input = { ...given, wanted: withSettled(given, blockForbidden(unsettled(given), given)) };
  const parts: MutableParts = {
    changes: [],
    blocked: [],
    unknown: [],
    standing: [],
    held: new Map(),
  };
  for (const { failure, ...scope } of input.inventory.unreadable)
    parts.unknown.push({ kind: "Workload", ...scope, ...failure });
  for (const kind of input.kinds) yield* planKind(kind, input, parts);
  holdWhatLacksItsNeeds(input, parts);
  const { changes, blocked, staying } = keepNamedAlarms(parts, input.inventory.workloads);
  const order = new Map(input.kinds.map(({ name, phase }) => [name, phase]));
  return {
    unchanged: parts.standing.length,
    standing: parts.standing.sort(
      (a, b) => compareItems(a, b) || (order.get(a.kind) ?? 0) - (order.get(b.kind) ?? 0),
    ),
    changes: [...changes].sort(
      (a, b) =>
        compareItems(a, b) || (order.get(a.kind) ?? 0) - (order.get(b.kind) ?? 0) || compareText(a.id, b.id),
    ),
    blocked: [...blocked].sort(
      (a, b) => compareItems(a, b) || compareText(a.kind, b.kind) || compareText(a.code, b.code),
    ),
    unknown: parts.unknown.sort(
      (a, b) => compareItems(a, b) || compareText(a.kind, b.kind) || compareText(a.message, b.message),
    ),
    held: new Map([...parts.held, ...staying]),
  };
}

/** What was settled before is known to be allowed, too. */
function unsettled(input: PlanInput): PlanInput {
  return { ...input, wanted: pick(input.wanted, (item) => !isSettled(item)) };
}

function withSettled({ wanted }: PlanInput, open: PlanInput["wanted"]): PlanInput["wanted"] {
  const settled = pick(wanted, isSettled);
  return new Map([...open].map(([kind, items]) => [kind, [...items, ...(settled.get(kind) ?? [])]]));
}

function pick(wanted: PlanInput["wanted"], by: (item: Wanted) => boolean): PlanInput["wanted"] {
  return new Map([...wanted].map(([kind, items]) => [kind, items.filter(by)]));
}

function isSettled({ state }: Wanted): boolean {
  return state.is === "wanted" && state.settled === true;
}

/**
 * What is wanted, without the specs of those items that stand as wanted: theirs are let go of on both sides, so that
 * memory holds what differs. `items`: of whole services.
 */
export function settle(
  kind: ManagedKind,
  items: readonly Wanted[],
  observation: Observation,
  input: Pick<PlanInput, "owner" | "inventory" | "force" | "asOf" | "allow" | "concealment" | "selection">,
): Wanted[] {
  const allowed = blockForbidden(
    {
      ...input,
      kinds: [kind],
      wanted: new Map([[kind.name, settleDuplicates(items)]]),
      observations: new Map([[kind.name, observation]]),
    },
    input,
  ).get(kind.name) as readonly Wanted[];
  return allowed.map((item): Wanted => {
    const observed = observation.known ? observation.value.items.get(item.id) : undefined;
    if (item.state.is !== "wanted" || observed?.letGo === undefined) return item;
    const verdict = kind.judge(item.state.spec, observed, item, input);
    if (!standsAsWanted(kind, observed, verdict)) return item;
    observed.letGo();
    return { ...item, state: settledState };
  });
}

const settledState: Wanted["state"] = { is: "wanted", spec: {}, needs: [], settled: true };

function standsAsWanted(
  kind: ManagedKind,
  observed: Observed,
  { after, unfinished = false }: Verdict,
): boolean {
  return !unfinished && jsonEqual(kind.canonical(observed.spec), kind.canonical(after));
}

interface MutableParts {
  changes: Change[];
  blocked: Blocked[];
  unknown: Unknown[];
  standing: ManagedItem[];
  held: Map<Blocked | Unknown, Change>;
}

function block(parts: MutableParts, change: Change, reason: Reason): void {
  const told = toBlocked(change, reason);
  parts.blocked.push(told);
  parts.held.set(told, { ...change, differences: [] });
}

function doubt(parts: MutableParts, change: Change, failure: Failure): void {
  const told = toUnknown(change, failure);
  parts.unknown.push(told);
  parts.held.set(told, { ...change, differences: [] });
}

/** Items between two steps. */
const stepLength = 200;

function* planKind(kind: ManagedKind, input: PlanInput, parts: MutableParts): Generator<undefined, void> {
  const wanted = settleDuplicates(input.wanted.get(kind.name) ?? []);
  const told = wanted.filter((item) => !isLeft(item, input));
  const observation = input.observations.get(kind.name);
  for (const item of told) {
    if (item.state.is === "blocked") blockWanted(item, item.state, parts);
    if (item.state.is === "unknown") parts.unknown.push(toUnknown(item, item.state.failure));
  }
  if (observation === undefined || !observation.known) {
    if (observation !== undefined) parts.unknown.push({ kind: kind.name, ...observation.failure });
    return;
  }
  const context: DesiredContext = {
    owner: input.owner,
    inventory: input.inventory,
    force: input.force,
    asOf: input.asOf,
    concealment: input.concealment,
  };
  yield;
  for (const [index, item] of told.entries()) {
    if (index % stepLength === stepLength - 1) yield;
    planWanted(kind, item, observation.value.items.get(item.id), context, input, parts);
  }
  yield;
  planReleases(kind, wanted, observation.value, context, input, parts);
}

function isLeft({ kind, id }: Pick<Wanted, "kind" | "id">, { isLeft }: PlanInput): boolean {
  return isLeft?.(`${kind}/${id}`) ?? false;
}

function blockWanted(
  item: Wanted,
  { reason, spec }: Extract<Wanted["state"], { readonly is: "blocked" }>,
  parts: MutableParts,
): void {
  if (spec === undefined) {
    parts.blocked.push(toBlocked(item, reason));
    return;
  }
  const { id, policies, enforcement } = item;
  const written = { action: "update", before: null, after: spec, differences: [], impact: "none" } as const;
  block(parts, { ...toRef(item), id, policies, enforcement, ...written, deletes: 0, needs: [] }, reason);
}

/** Two items of one id (an alarm and a log metric's alarm of one name, say) cannot both stand. */
function settleDuplicates(wanted: readonly Wanted[]): Wanted[] {
  const byId = new Map<string, Wanted[]>();
  for (const item of wanted) byId.set(item.id, [...(byId.get(item.id) ?? []), item]);
  return wanted.flatMap((item): Wanted[] => {
    const same = byId.get(item.id) as Wanted[];
    if (same.length === 1 || item.state.is !== "wanted") return [item];
    if (same[0] !== item) return [];
    const policies = [...new Set(same.flatMap((one) => one.policies))].sort(compareText);
    const likely =
      item.kind === "MetricAlarm" ? " (an alarm and a log metric with an alarm, of one name?)" : "";
    const message = `${same.length} items of kind ${item.kind} would have the same name, ${item.name}${likely}; rename one of them in ${policies.join(", ")}`;
    return [{ ...item, policies, state: { is: "blocked", reason: { code: "Conflict", message } } }];
  });
}

function planWanted(
  kind: ManagedKind,
  item: Wanted,
  observed: Observed | undefined,
  context: DesiredContext,
  input: PlanInput,
  parts: MutableParts,
): void {
  if (item.state.is !== "wanted") return;
  if (isSettled(item)) {
    parts.standing.push({ ...toRef(item), policies: item.policies });
    return;
  }
  const {
    after,
    impact,
    write,
    deletes = 0,
    hold,
    needs = item.state.needs,
    rollout,
    unfinished = false,
    unread,
  } = kind.judge(item.state.spec, observed, item, context);
  const before = observed === undefined ? null : kind.canonical(observed.spec);
  const canonical = kind.canonical(after);
  if (before !== null && jsonEqual(before, canonical) && !unfinished) {
    const { policies } = item;
    parts.standing.push({ ...toRef(item), policies });
    return;
  }
  // What several services share cannot be decided while one of them is in the dark.
  const shared = item.service === undefined && (item.cluster !== undefined || observed !== undefined);
  const dark = shared ? findDark(item, input.inventory.unreadable) : undefined;
  const change: Change = {
    ...toRef(item),
    id: item.id,
    action: observed === undefined ? "create" : "update",
    policies: item.policies,
    enforcement: item.enforcement,
    before: observed?.spec ?? null,
    after,
    differences: [],
    impact,
    deletes,
    needs,
    ...(rollout === undefined ? {} : { rollout }),
    ...(write === undefined ? {} : { write }),
  };
  if (dark !== undefined) doubt(parts, change, dark);
  else if (hold !== undefined) block(parts, change, hold);
  else if (unread !== undefined) doubt(parts, change, unread);
  else
    parts.changes.push({
      ...change,
      differences:
        before === null ? [] : withoutEqual(findDifferences(before, canonical), context.concealment),
    });
}

function planReleases(
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
  const keeps = wanted.filter(
    ({ state }) => !(state.is === "blocked" && state.reason.code === "NotApplicable"),
  );
  const wantedIds = new Set(keeps.filter(({ state }) => state.is === "wanted").map(({ id }) => id));
  const keptNames = new Set(keeps.filter(({ state }) => state.is !== "wanted").map(nameKey));
  const isReplaced = findReplaced(kind.name, wanted, input);
  for (const observed of items.values()) {
    if (!observed.owned || wantedIds.has(observed.id) || keptNames.has(nameKey(observed))) continue;
    if (isLeft({ kind: kind.name, id: observed.id }, input)) continue;
    const { retain } = observed;
    if (retain === true && !isReplaced(observed)) continue;
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

/** CloudWatch gives an alarm's name once, over all types. */
const alarmKinds: ReadonlySet<KindName> = new Set(["MetricAlarm", "LogAlarm", "CompositeAlarm"]);

/**
 * Of what is to be retained: what is wanted all the same, in another place (a filter in another log group) or as another
 * type of alarm. It makes room for that one.
 */
function findReplaced(
  kind: KindName,
  wanted: readonly Wanted[],
  input: PlanInput,
): (observed: Observed) => boolean {
  const isWanted = ({ state }: Wanted): boolean => state.is === "wanted";
  const names = new Set(wanted.filter(isWanted).map(nameKey));
  const alarms = new Set(
    [...input.wanted].flatMap(([other, items]) =>
      alarmKinds.has(kind) && alarmKinds.has(other) ? items.filter(isWanted).map(({ id }) => id) : [],
    ),
  );
  return (observed) => names.has(nameKey(observed)) || alarms.has(observed.id);
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
    policies.length > 0 && policies.every((policy) => enforcementOfPolicy(policy, kind) === "Audit");
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

/** The failed read that hides this item, if any. An item of several services is hidden by any of them. */
function findDark(
  item: { readonly cluster?: string; readonly service?: string },
  unreadable: Inventory["unreadable"],
): Failure | undefined {
  const hides = (scope: UnknownScope): boolean =>
    scope.cluster === undefined ||
    item.cluster === undefined ||
    (matchesPart(item.cluster, scope.cluster) &&
      (scope.service === undefined ||
        item.service === undefined ||
        matchesPart(item.service, scope.service)));
  return unreadable.find(hides)?.failure;
}

/** A change that refers to what does not stand, and will not, is not made; nor is what refers to that one in turn. */
function holdWhatLacksItsNeeds(input: PlanInput, parts: MutableParts): void {
  const held = new Map<string, Lack>();
  const heldNames = new Set<string>();
  for (let before = -1; before !== held.size; ) {
    before = held.size;
    const made = new Set(
      parts.changes
        .filter(({ action, enforcement }) => action === "create" && enforcement === "Enforce")
        .map(({ kind, id }) => `${kind}/${id}`),
    );
    parts.changes = parts.changes.filter((change) => {
      // What is only shown needs nothing to stand.
      if (change.enforcement === "Audit") return true;
      const lack = change.needs
        .map((need) => findLack(need, made, held, input))
        .find((one) => one !== undefined);
      if (lack === undefined) return true;
      held.set(`${change.kind}/${change.id}`, lack);
      heldNames.add(`${change.kind}/${nameKey(change)}`);
      if (lack.is === "unknown") doubt(parts, change, lack.reason);
      else block(parts, change, lack.reason);
      return false;
    });
  }
  // An item on its way to another place (a filter to another log group) does not leave the old one before it has come.
  const staying = new Set(
    parts.changes
      .filter(({ enforcement, release }) => enforcement === "Audit" && !release)
      .map((change) => `${change.kind}/${nameKey(change)}`),
  );
  parts.changes = parts.changes.filter((change) => {
    const key = `${change.kind}/${nameKey(change)}`;
    return !(change.release && (heldNames.has(key) || staying.has(key)));
  });
}

interface Lack {
  readonly is: "blocked" | "unknown";
  readonly reason: Reason;
}

/** Why what is needed, as `kind/id`, will not be there. `held`: what was to be made, and is not. */
function findLack(
  need: string,
  made: ReadonlySet<string>,
  held: ReadonlyMap<string, Lack>,
  { observations, isLeft }: PlanInput,
): Lack | undefined {
  const kind = need.slice(0, need.indexOf("/")) as KindName;
  const id = need.slice(need.indexOf("/") + 1);
  const observation = observations.get(kind);
  if (observation !== undefined && !observation.known) {
    const { code, message } = observation.failure;
    const reason = { code, message: `whether ${kind} ${id} is there is unknown: ${message}` };
    return { is: "unknown", reason };
  }
  if (made.has(need) || observation?.value.items.has(id) || isLeft?.(`${kind}/${id}`)) return undefined;
  const was = held.get(need);
  const why = was === undefined ? "no policy that is enforced creates it" : "it cannot be made now";
  const message = `${kind} ${id} does not exist, and ${why}`;
  return {
    is: was?.is ?? "blocked",
    reason: { code: was?.reason.code ?? "MissingReference", message },
  };
}

type Ref = {
  readonly kind: KindName;
  readonly name: string;
  readonly cluster?: string;
  readonly service?: string;
};

function toRef({ kind, name, cluster, service }: Ref): Ref {
  return {
    kind,
    name,
    ...(cluster === undefined ? {} : { cluster }),
    ...(service === undefined ? {} : { service }),
  };
}

function toBlocked(item: Ref & { readonly policies: readonly string[] }, { code, message }: Reason): Blocked {
  return { ...toRef(item), policies: item.policies, code, message };
}

function toUnknown(item: Ref, { code, message }: Failure): Unknown {
  return { ...toRef(item), code, message };
}

function nameKey({
  cluster,
  service,
  name,
}: {
  readonly cluster?: string;
  readonly service?: string;
  readonly name: string;
}): string {
  return `${cluster ?? ""}/${service ?? ""}/${name}`;
}

type Placed = { readonly cluster?: string; readonly service?: string; readonly name?: string };

/** By place, what belongs to the account first. */
function compareItems(a: Placed, b: Placed): number {
  return (
    compareText(a.cluster ?? "", b.cluster ?? "") ||
    compareText(a.service ?? "", b.service ?? "") ||
    compareText(a.name ?? "", b.name ?? "")
  );
}
