// What an earlier pass left behind, as its status tells: it is what drift is told from, and why something is written.
import type { Change, ItemRef, KindName } from "../model/plan.ts";
import type { ServiceStatus, TargetStatus, Trouble } from "../model/status.ts";
import { lastPart } from "./item-name.ts";
import { serviceKey } from "./names.ts";

/** A policy as it stands now. */
export interface GivenPolicy {
  readonly name: string;
  /** `FILE:LINE` */
  readonly at: string;
  /** core/generation.ts */
  readonly generation: string;
}

export interface Former {
  /** Left out: there was none. */
  readonly status?: TargetStatus;
  readonly owner: string;
  service(key: string): ServiceStatus | undefined;
  /** Generation of a policy that was reconciled. */
  generation(policy: string): string | undefined;
}

export function readFormer(status: TargetStatus | undefined, owner: string): Former {
  const services = new Map(
    (status?.services ?? []).map((one) => [serviceKey(one.cluster, one.service), one] as const),
  );
  const generations = new Map(
    (status?.policies ?? []).map(({ name, generation, conditions }) => [
      name,
      conditions[0]?.observedGeneration ?? generation,
    ]),
  );
  return {
    ...(status === undefined ? {} : { status }),
    owner,
    service: (key) => services.get(key),
    generation: (policy) => generations.get(policy),
  };
}

/** Whether the words of all these policies are those of the earlier pass. */
export function areAsBefore(
  policies: readonly string[],
  given: ReadonlyMap<string, GivenPolicy>,
  former: Former,
): boolean {
  return policies.every((name) => {
    const generation = given.get(name)?.generation;
    return generation !== undefined && generation === former.generation(name);
  });
}

/** Whether the earlier pass left the item standing as it was wanted. */
export function wasRight(change: Change, former: Former): boolean {
  const { cluster, service } = change;
  if (cluster === undefined || service === undefined) return wasSharedRight(change, former);
  const status = former.service(serviceKey(cluster, service));
  if (status === undefined || !stands(status, change, former.owner)) return false;
  const wasOtherwise = [...status.pending, ...status.blocked, ...status.failed];
  return !wasOtherwise.some((item) => isOf(item, change, former.owner)) && !wasHidden(change, former);
}

function stands({ managed }: ServiceStatus, item: Change, owner: string): boolean {
  return managed[item.kind]?.includes(lastPart(item, owner)) ?? false;
}

/** Whether a trouble is that of the item: by its name, or by its kind where that is all that is known. */
export function isOf(
  trouble: Omit<ItemRef, "kind"> & { readonly kind: KindName | "Workload" },
  item: ItemRef,
  owner: string,
): boolean {
  if (trouble.kind === "Workload") return true;
  if (trouble.kind !== item.kind) return false;
  return trouble.name === "*" || lastPart(trouble, owner) === lastPart(item, owner);
}

/** Whether a read of more than one service that failed lies over the place. */
export function covers(
  { cluster }: Pick<Trouble, "cluster">,
  place: { readonly cluster?: string | undefined },
): boolean {
  return cluster === undefined || place.cluster === undefined || cluster === place.cluster;
}

/** By a read that failed and was of no single service. */
function wasHidden(change: Change, { status, owner }: Former): boolean {
  return (status?.shared.failed ?? []).some(
    (trouble) => covers(trouble, change) && isOf(trouble, change, owner),
  );
}

function wasSharedRight(change: Change, former: Former): boolean {
  const shared = former.status?.shared;
  if (shared === undefined || wasHidden(change, former)) return false;
  const isIt = (item: Parameters<typeof isOf>[0]): boolean =>
    item.cluster === change.cluster && isOf(item, change, former.owner);
  const wasOtherwise = [...(shared.pending ?? []), ...shared.blocked];
  return shared.managed.some(isIt) && !wasOtherwise.some(isIt);
}
