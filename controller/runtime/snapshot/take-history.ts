// The part of a snapshot that tells whether a layer ran on a service before: kinds/former-layer.ts asks that of services
// without one. Of revisions that carry nobody's layer only this is kept.
import type { DescribedService } from "../../aws/inventory.ts";
import { readSettled } from "../../aws/revisions.ts";
import { readFact } from "../../aws/snapshot/facts.ts";
import { readDefinitionFact } from "../../aws/snapshot/service-reads.ts";
import { layerOwners } from "../../core/layer.ts";
import { serviceKey } from "../../core/names.ts";
import { readRevision } from "../../core/rollout.ts";
import type { DefinitionFact, Fact, SnapshotFacts } from "../../model/snapshot.ts";
import { breathing } from "../breathe.ts";
import type { Running } from "./take-services.ts";
import type { Taking } from "./take-snapshot.ts";

type History = Pick<SnapshotFacts, "settled" | "formerDefinitions">;

/** As many as are looked into of one service. */
const definitionsBack = 3;

export async function takeHistory(taking: Taking, running: Running): Promise<History> {
  const { aws, queue, memory, progress } = taking;
  const candidates = await findCandidates(running);
  const settled: Record<string, SnapshotFacts["settled"][string]> = {};
  const formerDefinitions: Record<string, Fact<DefinitionFact | "bare">> = {};
  const readFormer = async (arn: string): Promise<void> => {
    if (running.taskDefinitions[arn] !== undefined || formerDefinitions[arn] !== undefined) return;
    formerDefinitions[arn] = await memory.recall(`former ${arn}`, "", async () =>
      cutFormer(await readDefinitionFact(aws, arn, undefined)),
    );
  };
  let done = 0;
  await queue.addAll(
    candidates.map(({ cluster, workload }) => async () => {
      const { service, taskDefinitionArn: current } = workload;
      const key = serviceKey(cluster, service);
      const { family, number } = readRevision(current);
      if (number > 1) await readFormer(`${family}:${number - 1}`);
      // Each deployment that settles is another entry.
      const stamp = `${current} ${workload.deployedAt?.toISOString()} ${workload.deploymentInProgress}`;
      const past = await memory.recall(`settled ${key}`, stamp, () =>
        readFact(() => readSettled(aws, cluster, service)),
      );
      settled[key] = past;
      const ran = "value" in past ? past.value.flatMap(({ taskDefinition }) => taskDefinition ?? []) : [];
      const former = [...new Set(ran)].filter((arn) => arn !== current).slice(0, definitionsBack);
      for (const arn of former) await readFormer(arn);
      done += 1;
      progress("deployments of the past", done, candidates.length);
    }),
  );
  return { settled, formerDefinitions };
}

/** Services that lack the layer of an owner who has one somewhere; where nobody has, any may have lost its. */
async function findCandidates({ described, taskDefinitions }: Running): Promise<DescribedService[]> {
  const ownersOf = new Map<string, readonly string[]>();
  for await (const [arn, fact] of breathing(Object.entries(taskDefinitions)))
    if ("value" in fact) ownersOf.set(arn, layerOwners(fact.value.input));
  const owners = new Set([...ownersOf.values()].flat());
  return described.filter(({ status, workload }) => {
    if (status !== "ACTIVE" || workload.deploymentController === "EXTERNAL") return false;
    const its = ownersOf.get(workload.taskDefinitionArn);
    if (its === undefined) return false;
    return its.length === 0 || [...owners].some((owner) => !its.includes(owner));
  });
}

function cutFormer(fact: Fact<DefinitionFact>): Fact<DefinitionFact | "bare"> {
  return "value" in fact && layerOwners(fact.value.input).length === 0 ? { value: "bare" } : fact;
}
