// Who has a say in what: a look at some services leaves alone what others may decide on as well.
import type { KindName } from "../model/plan.ts";
import type { Workload } from "../model/workload.ts";
import { readDeployment } from "./deployment.ts";
import { parseOwnedName, serviceKey } from "./names.ts";
import type { ItemId, PlanInput } from "./plan-parts.ts";
import { familyOf } from "./shared-family.ts";

/** Whether services beside the given ones have a say in an item. */
export type IsShared = (id: ItemId, services: readonly string[]) => boolean;

const alarmKinds: readonly KindName[] = ["MetricAlarm", "CompositeAlarm", "LogAlarm"];

type Sight = Pick<PlanInput, "owner" | "wanted"> & {
  readonly inventory: Pick<PlanInput["inventory"], "workloads">;
};

/**
 * `KIND/ID` → `CLUSTER/SERVICE` of each service that has a say: log groups and target groups by those that they are
 * merged over or used by, alarms by the services that name them for their deployments. Families of task definitions and
 * the likeness of what must not be there twice have ids of their own here.
 */
export function findSharedBy({ owner, wanted, inventory }: Sight): ReadonlyMap<ItemId, readonly string[]> {
  const found = new Map<ItemId, string[]>();
  const add = (id: ItemId, key: string): void => {
    const keys = found.get(id);
    if (keys === undefined) found.set(id, [key]);
    // Services come one after the other.
    else if (keys.at(-1) !== key) keys.push(key);
  };
  for (const items of wanted.values())
    for (const item of items) {
      for (const key of item.sharers ?? []) add(`${item.kind}/${item.id}`, key);
      const { kind, likeness, cluster = "", service = "" } = item;
      if (likeness !== undefined) add(`${kind}/${likeness}`, serviceKey(cluster, service));
    }
  for (const workload of inventory.workloads) {
    const key = serviceKey(workload.cluster, workload.service);
    add(familyId(workload), key);
    if (workload.targetGroups.known)
      for (const { arn } of workload.targetGroups.value) add(`TargetGroup/${arn}`, key);
    for (const name of readDeployment({ ...workload }).alarms.names)
      if (parseOwnedName(owner, name) !== undefined)
        for (const kind of alarmKinds) add(`${kind}/${name}`, key);
  }
  for (const keys of found.values()) keys.sort();
  return found;
}

/** What a look at some services cannot decide on, besides what `isShared` says of the item itself. */
export function findUndecided(
  { wanted, selection }: Pick<PlanInput, "wanted" | "selection">,
  isShared: (id: ItemId) => boolean,
  undecided: string,
): ReadonlySet<ItemId> {
  const left = new Set<ItemId>();
  for (const items of wanted.values())
    for (const item of items) {
      const isUndecided = item.state.is === "unknown" && item.state.failure.code === undecided;
      const isTwice = item.likeness !== undefined && isShared(`${item.kind}/${item.likeness}`);
      if (isUndecided || isTwice) left.add(`${item.kind}/${item.id}`);
    }
  for (const { workload, sharedFamily } of selection) {
    const allows = sharedFamily?.result.ok === true && sharedFamily.result.value === "allow";
    if (!allows && isShared(familyId(workload))) left.add(`TaskDefinition/${workload.serviceArn}`);
  }
  return left;
}

function familyId({ taskDefinitionArn }: Workload): ItemId {
  return `TaskDefinition/family ${familyOf(taskDefinitionArn)}`;
}
