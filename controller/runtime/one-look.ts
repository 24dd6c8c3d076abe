// From an inventory to what is wanted and what stands: who is selected, what each kind wants, what each kind observes.
import type { PolicySet } from "../api/policy.ts";
import { notAsked, readFocusedClusters } from "../aws/focused-inventory.ts";
import type { Scope } from "../aws/inventory.ts";
import type { DesiredContext, Observation, Wanted } from "../core/managed.ts";
import type { PlanInput } from "../core/plan-parts.ts";
import { type Selected, selectWorkloads, speaksOf } from "../core/select.ts";
import { settle } from "../core/settle.ts";
import { kinds } from "../kinds/index.ts";
import type { Kind } from "../kinds/kind.ts";
import type { Failure } from "../model/errors.ts";
import type { KindName } from "../model/plan.ts";
import type { Inventory } from "../model/workload.ts";
import { breathe } from "./breathe.ts";
import type { ReconcileDeps, ReconcileOptions } from "./reconcile.ts";

export interface Look extends Omit<PlanInput, "gone" | "kinds"> {
  readonly kinds: readonly Kind[];
}

/** Kinds whose items belong to a cluster: a setting, or a rule that tells of many services. */
const shared: ReadonlySet<KindName> = new Set(["ClusterSettings", "EventRule"]);

/** Stands in place of what only a look at all services can tell. */
export const leftToFullLook: Failure = {
  code: "LeftToFullLook",
  message: "only a look at all services of the cluster can tell",
};

/** @param observed What was observed before; the kinds that it lacks are read. */
export async function lookAt(
  { policies, exceptions }: PolicySet,
  inventory: Inventory,
  scope: Scope,
  options: ReconcileOptions,
  deps: ReconcileDeps,
  observed: PlanInput["observations"] = new Map(),
): Promise<Look> {
  const { owner, force, asOf, allow, self, focus, concealment } = options;
  const selection = selectWorkloads(policies, inventory.workloads, owner, exceptions, self);
  const isPartial = scope.services.length > 0 || focus !== undefined;
  const active = kinds.filter(
    ({ name }) =>
      // What several services of a cluster share is not decided by a look at some of them.
      !(isPartial && shared.has(name)) &&
      // Mackerel lists its monitors all or none: where no policy has any, the full look finds what was left.
      !(focus !== undefined && name === "MackerelMonitor" && !speaksOf(policies, "mackerel")),
  );
  const context = { owner, force, asOf, allow, concealment };
  const want = (given: Inventory) => wantAll(active, selection, { ...context, inventory: given });
  if (!isPartial) {
    const question = { ...context, inventory, selection, scope };
    return await lookAtAll(active, question, observed, deps);
  }
  let settled = inventory;
  let wanted = want(inventory);
  if (hasUnknown(wanted, notAsked)) {
    // What the policies of other services make of the cluster decides too.
    const instead = speaksOf(policies, "cluster") ? leftToFullLook : undefined;
    settled = await readFocusedClusters(deps.aws, inventory, instead);
    wanted = want(settled);
  }
  const observations = await observeAll(active, { ...context, inventory: settled, wanted, observed }, deps);
  return { ...context, kinds: active, inventory: settled, selection, wanted, scope, observations };
}

/** As the rest of lookAt, for thousands of services: of the items that are many, only what differs is kept. */
async function lookAtAll(
  active: readonly Kind[],
  question: Omit<Look, "kinds" | "wanted" | "observations">,
  observed: PlanInput["observations"],
  deps: ReconcileDeps,
): Promise<Look> {
  const { owner, inventory, selection } = question;
  const wanted = new Map<KindName, readonly Wanted[]>();
  const before = new Map(observed);
  for (const kind of active) {
    await breathe();
    if (kind.isMany !== true) {
      const parts = kind.isPerService === true ? inParts(selection, servicesAtOnce) : [selection];
      const items: Wanted[] = [];
      for (const part of parts) {
        for (const item of kind.desired(part, question)) items.push(item);
        await breathe();
      }
      wanted.set(kind.name, items);
      continue;
    }
    // Their specs were let go of.
    before.delete(kind.name);
    const first = await kind.observe({ ...deps, owner, inventory, wanted: [], needed: [] });
    const items: Wanted[] = [];
    for (const part of byCluster(selection)) {
      for (const some of byServices(kind.desired(part, question))) {
        await breathe();
        for (const item of settle(kind, some, first, { ...question, selection: part })) items.push(item);
      }
    }
    wanted.set(kind.name, items);
  }
  const observations = await observeAll(active, { owner, inventory, wanted, observed: before }, deps);
  return { ...question, kinds: active, wanted, observations };
}

/** Between two breaths: some ten milliseconds each. */
const servicesAtOnce = 50;
const itemsAtOnce = 500;

function inParts<T>(all: readonly T[], length: number): T[][] {
  const parts: T[][] = [];
  for (let from = 0; from < all.length; from += length) parts.push(all.slice(from, from + length));
  return parts;
}

/** Items that stand one after the other, those of a service together. */
function byServices(items: readonly Wanted[]): Wanted[][] {
  const parts: Wanted[][] = [];
  let part: Wanted[] = [];
  for (const item of items) {
    const last = part.at(-1);
    const isOther = last?.cluster !== item.cluster || last?.service !== item.service;
    if (part.length >= itemsAtOnce && isOther) {
      parts.push(part);
      part = [];
    }
    part.push(item);
  }
  return part.length === 0 ? parts : [...parts, part];
}

/** Whole clusters: what their policies say of a cluster decides on each of its services. */
function byCluster(selection: readonly Selected[]): Selected[][] {
  const parts = new Map<string, Selected[]>();
  for (const selected of selection) {
    const part = parts.get(selected.workload.cluster);
    if (part === undefined) parts.set(selected.workload.cluster, [selected]);
    else part.push(selected);
  }
  return [...parts.values()];
}

type WantedByKind = PlanInput["wanted"];

function wantAll(
  active: readonly Kind[],
  selection: readonly Selected[],
  context: DesiredContext,
): WantedByKind {
  return new Map<KindName, readonly Wanted[]>(
    active.map((kind) => [kind.name, kind.desired(selection, context)]),
  );
}

function hasUnknown(wanted: WantedByKind, { code }: Failure): boolean {
  return [...wanted.values()].some((items) =>
    items.some(({ state }) => state.is === "unknown" && state.failure.code === code),
  );
}

interface Question extends Pick<PlanInput, "owner" | "inventory" | "wanted"> {
  readonly observed: PlanInput["observations"];
}

async function observeAll(
  active: readonly Kind[],
  { owner, inventory, wanted, observed }: Question,
  { aws, mackerel, progress }: ReconcileDeps,
): Promise<PlanInput["observations"]> {
  const needed = new Map<string, string[]>();
  for (const items of wanted.values())
    for (const { state } of items)
      for (const need of state.is === "wanted" ? state.needs : []) {
        const kind = need.slice(0, need.indexOf("/"));
        const ids = needed.get(kind);
        if (ids === undefined) needed.set(kind, [need.slice(kind.length + 1)]);
        else ids.push(need.slice(kind.length + 1));
      }
  let done = 0;
  const observations = await Promise.all(
    active.map(async (kind): Promise<[KindName, Observation]> => {
      const before = observed.get(kind.name);
      if (before !== undefined) return [kind.name, before];
      const observation = await kind.observe({
        aws,
        mackerel,
        owner,
        inventory,
        wanted: wanted.get(kind.name) ?? [],
        needed: needed.get(kind.name) ?? [],
      });
      done += 1;
      progress({ phase: "read", what: "what stands", done, total: active.length });
      return [kind.name, observation];
    }),
  );
  return new Map(observations);
}
