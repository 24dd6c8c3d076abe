// Which revisions a look took from the cache, and reading them afresh where something is to be written: their tags may
// have changed since, and go into the next revision.
import type { AwsClients } from "../aws/clients.ts";
import { attempt } from "../aws/inventory.ts";
import { packDefinition, type RevisionCache } from "../aws/revision-cache.ts";
import { readTaskDefinition } from "../aws/task-definitions.ts";
import type { Change } from "../model/plan.ts";
import type { Read } from "../model/read.ts";
import type { Inventory, TaskDefinition } from "../model/workload.ts";

export interface TrackedRevisions extends Pick<RevisionCache, "get" | "set"> {
  /** ARNs of those that were held. */
  readonly taken: ReadonlySet<string>;
}

export function trackRevisions(cache: RevisionCache | undefined): TrackedRevisions | undefined {
  if (cache === undefined) return undefined;
  const taken = new Set<string>();
  return {
    get(arn) {
      const held = cache.get(arn);
      if (held !== undefined) taken.add(arn);
      return held;
    },
    set: (definition) => cache.set(definition),
    taken,
  };
}

/** The inventory with the revisions that enforced changes are made from as they are now; undefined: they all are. */
export async function readAfresh(
  aws: AwsClients,
  inventory: Inventory,
  changes: readonly Change[],
  revisions: TrackedRevisions | undefined,
): Promise<Inventory | undefined> {
  if (revisions === undefined) return undefined;
  const changing = new Set(
    changes.flatMap(({ kind, enforcement, id }) =>
      kind === "TaskDefinition" && enforcement === "Enforce" ? [id] : [],
    ),
  );
  const stale = new Set(
    inventory.workloads
      .filter(
        ({ serviceArn, taskDefinitionArn: arn }) => changing.has(serviceArn) && revisions.taken.has(arn),
      )
      .map(({ taskDefinitionArn }) => taskDefinitionArn),
  );
  if (stale.size === 0) return undefined;
  const fresh = new Map<string, Read<TaskDefinition>>();
  for (const arn of stale) {
    const read = await attempt("ecs:DescribeTaskDefinition", async () =>
      packDefinition(await readTaskDefinition(aws, arn)),
    );
    if (read.known) revisions.set(read.value);
    fresh.set(arn, read);
  }
  return {
    ...inventory,
    workloads: inventory.workloads.map((workload) => ({
      ...workload,
      taskDefinition: fresh.get(workload.taskDefinitionArn) ?? workload.taskDefinition,
    })),
  };
}
