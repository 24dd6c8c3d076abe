// What a plan is made of while it is made: what goes in, what comes out, and how items are named in it.
import type { Failure } from "../model/errors.ts";
import { compareText } from "../model/json.ts";
import type { Blocked, Change, KindName, Unknown } from "../model/plan.ts";
import type { Inventory, UnknownScope } from "../model/workload.ts";
import type { Allow } from "./allow.ts";
import type { Concealment } from "./conceal-wanted.ts";
import type { ManagedItem } from "./findings.ts";
import type { ManagedKind, Observation, Wanted } from "./managed.ts";
import { matchesPart } from "./names.ts";
import type { Reason, Selected } from "./select.ts";

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

export interface PlanParts {
  readonly changes: readonly Change[];
  readonly blocked: readonly Blocked[];
  readonly unknown: readonly Unknown[];
  readonly unchanged: number;
}

export interface MutableParts {
  changes: Change[];
  blocked: Blocked[];
  unknown: Unknown[];
  standing: ManagedItem[];
  held: Map<Blocked | Unknown, Change>;
}

export function block(parts: MutableParts, change: Change, reason: Reason): void {
  const told = toBlocked(change, reason);
  parts.blocked.push(told);
  parts.held.set(told, { ...change, differences: [] });
}

export function doubt(parts: MutableParts, change: Change, failure: Failure): void {
  const told = toUnknown(change, failure);
  parts.unknown.push(told);
  parts.held.set(told, { ...change, differences: [] });
}

export function isLeft({ kind, id }: Pick<Wanted, "kind" | "id">, { isLeft }: PlanInput): boolean {
  return isLeft?.(`${kind}/${id}`) ?? false;
}

/** The failed read that hides this item, if any. An item of several services is hidden by any of them. */
export function findDark(
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

type Ref = {
  readonly kind: KindName;
  readonly name: string;
  readonly cluster?: string;
  readonly service?: string;
};

export function toRef({ kind, name, cluster, service }: Ref): Ref {
  return {
    kind,
    name,
    ...(cluster === undefined ? {} : { cluster }),
    ...(service === undefined ? {} : { service }),
  };
}

export function toBlocked(
  item: Ref & { readonly policies: readonly string[] },
  { code, message }: Reason,
): Blocked {
  return { ...toRef(item), policies: item.policies, code, message };
}

export function toUnknown(item: Ref, { code, message }: Failure): Unknown {
  return { ...toRef(item), code, message };
}

export function nameKey({
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
export function compareItems(a: Placed, b: Placed): number {
  return (
    compareText(a.cluster ?? "", b.cluster ?? "") ||
    compareText(a.service ?? "", b.service ?? "") ||
    compareText(a.name ?? "", b.name ?? "")
  );
}
