// What a pass found and did, sorted by place: a pile for each service, and one for what belongs to several. A pile is
// settled into what stands, what is pending, what is held back and what failed.
import { compareText } from "../model/json.ts";
import {
  type Blocked,
  type Change,
  type ItemRef,
  isWaiting,
  type KindName,
  type Outcome,
} from "../model/plan.ts";
import type { Pending, Trouble } from "../model/status.ts";
import type { Findings, ManagedItem } from "./findings.ts";
import { itemKey } from "./item-name.ts";
import { serviceKey } from "./names.ts";

/** Items in one place: of one service, or of none. */
export interface Pile {
  readonly standing: ManagedItem[];
  readonly changes: Change[];
  readonly blocked: Blocked[];
  readonly failed: Trouble[];
}

export interface Piles {
  readonly services: ReadonlyMap<string, Pile>;
  readonly shared: Pile;
}

export function sortIntoPiles({ plan, standing }: Findings): Piles {
  const services = new Map<string, Pile>();
  const shared = emptyPile();
  const pileOf = ({ cluster, service }: Partial<ItemRef>): Pile => {
    if (cluster === undefined || service === undefined) return shared;
    const key = serviceKey(cluster, service);
    const pile = services.get(key) ?? emptyPile();
    services.set(key, pile);
    return pile;
  };
  for (const item of standing) pileOf(item).standing.push(item);
  for (const change of plan.changes) pileOf(change).changes.push(change);
  for (const blocked of plan.blocked) pileOf(blocked).blocked.push(blocked);
  for (const { kind, name, cluster, service, code, message } of plan.unknown) {
    const place = {
      ...(cluster === undefined ? {} : { cluster }),
      ...(service === undefined ? {} : { service }),
    };
    const called = name ?? (kind === "Workload" ? service : undefined) ?? "*";
    pileOf(place).failed.push({ kind, name: called, ...place, code, message });
  }
  return { services, shared };
}

export function emptyPile(): Pile {
  return { standing: [], changes: [], blocked: [], failed: [] };
}

/** How things are in one place, after the writes. */
export interface Settled {
  /** What stands, with the policies that have a say in it; in no order. */
  readonly managed: readonly ManagedItem[];
  readonly pending: readonly Pending[];
  readonly blocked: readonly Trouble[];
  readonly failed: readonly Trouble[];
}

/** Kinds that are laid over what is not ours: a change of one is no proof that ours stood there before. */
const overlays: ReadonlySet<KindName> = new Set([
  "ClusterSettings",
  "TargetGroup",
  "TaskDefinition",
  "Service",
  "LogGroup",
]);

/** Codes of outcomes that say "not now": the change is as wanted as before. */
const later: ReadonlySet<string> = new Set(["LeaseLost", "Paused", "SwitchUnread", "Interrupted"]);

/** @param stood whether the earlier pass had the item standing. */
export function settlePile(
  { standing, changes, blocked, failed }: Pile,
  {
    outcomes,
    former,
  }: { readonly outcomes: ReadonlyMap<string, Outcome>; readonly former: { readonly owner: string } },
  stood: (item: ItemRef) => boolean,
): Settled {
  const managed: ManagedItem[] = [...standing];
  const pending: Pending[] = [];
  const held: Trouble[] = blocked.map(({ policies, code, message, ...item }) =>
    toTrouble(item, policies, { code, message }),
  );
  const broken: Trouble[] = [...failed];
  for (const change of changes) {
    const { action, enforcement, policies, release } = change;
    const item = toRef(change);
    const outcome = outcomes.get(`${change.kind}/${change.id}`);
    const isApplied = outcome?.result === "applied";
    if (remains(change, isApplied, stood)) managed.push({ ...item, policies });
    if (isApplied) continue;
    const error = outcome?.error;
    if (outcome?.result === "failed" && !later.has(error?.code ?? "")) {
      const why = error ?? { code: "Unknown", message: "no reason was given" };
      broken.push(toTrouble(item, policies, why));
    } else if (error !== undefined && isWaiting({ ...item, policies, ...error })) {
      held.push(toTrouble(item, policies, error));
    } else {
      const verb = release && action === "update" ? "release" : action;
      pending.push({ ...item, ...(policies.length === 0 ? {} : { policies }), action: verb, enforcement });
    }
  }
  const order = compareItems(former.owner);
  return {
    managed,
    pending: pending.sort(order),
    blocked: held.sort(order),
    failed: broken.sort(order),
  };
}

/** Whether what a change is of stands after the pass, as it should or not. */
function remains(change: Change, isApplied: boolean, stood: (item: ItemRef) => boolean): boolean {
  if (change.action === "delete" || change.release) return !isApplied;
  if (isApplied) return true;
  if (change.action === "create") return false;
  return !overlays.has(change.kind) || stood(change);
}

export function toRef({ kind, name, cluster, service }: ItemRef): ItemRef {
  return {
    kind,
    name,
    ...(cluster === undefined ? {} : { cluster }),
    ...(service === undefined ? {} : { service }),
  };
}

function toTrouble(
  item: ItemRef,
  policies: readonly string[],
  { code, message }: { readonly code: string; readonly message: string },
): Trouble {
  return { ...toRef(item), ...(policies.length === 0 ? {} : { policies }), code, message };
}

type Sortable = Omit<ItemRef, "kind"> & {
  readonly kind: string;
  readonly code?: string;
  readonly message?: string;
};

function compareItems(owner: string): (a: Sortable, b: Sortable) => number {
  return (a, b) =>
    compareText(a.cluster ?? "", b.cluster ?? "") ||
    compareText(itemKey(a, owner), itemKey(b, owner)) ||
    compareText(a.code ?? "", b.code ?? "") ||
    compareText(a.message ?? "", b.message ?? "");
}
