// The part of a snapshot that tells what runs: clusters, services, their task definitions; and, last of all, whether what
// alarms, filters and rules speak of is there, which no list has.
import { type DescribedService, lastPart, listServices, toDescribed } from "../../aws/inventory.ts";
import { inBatches } from "../../aws/pages.ts";
import { factOf, joinFacts, readFact } from "../../aws/snapshot/facts.ts";
import { revive } from "../../aws/snapshot/instants.ts";
import {
  readClusterFacts,
  readDefinitionFact,
  readServiceFacts,
  readServiceTags,
} from "../../aws/snapshot/service-reads.ts";
import { serviceKey } from "../../core/names.ts";
import { compareText, type JsonObject } from "../../model/json.ts";
import type { Facts, SnapshotFacts } from "../../model/snapshot.ts";
import { breathing } from "../breathe.ts";
import type { Taking } from "./take-snapshot.ts";

type Found = Pick<
  SnapshotFacts,
  "clusterDetails" | "clusterServices" | "services" | "serviceTags" | "taskDefinitions"
>;

export interface Running extends Found {
  /** As the inventory has them, ACTIVE ones and others, by place. */
  readonly described: readonly DescribedService[];
}

export async function takeServices(taking: Taking, listed: readonly string[]): Promise<Running> {
  const { aws, queue, progress } = taking;
  const clusters = [...listed].sort(compareText);
  const details = await queue.addAll(
    inBatches(clusters, 100).map((batch) => () => readClusterFacts(aws, batch)),
  );
  let done = 0;
  const lists = await queue.addAll(
    clusters.map((arn) => async () => {
      const fact = await readFact(() => listServices(aws, arn));
      done += 1;
      progress("services of clusters", done, clusters.length);
      return [lastPart(arn), fact] as const;
    }),
  );
  const clusterServices = Object.fromEntries(lists);
  const services = await readServices(taking, clusters, clusterServices);
  const described = await describe(services);
  const [serviceTags, taskDefinitions] = await Promise.all([
    readDoubtfulTags(taking, described),
    readDefinitions(taking, described),
  ]);
  const clusterDetails = joinFacts(details);
  return { clusterDetails, clusterServices, services, serviceTags, taskDefinitions, described };
}

async function readServices(
  { aws, queue, progress }: Taking,
  clusters: readonly string[],
  listed: Facts<readonly string[]>,
): Promise<Found["services"]> {
  const batches = clusters.flatMap((cluster) => {
    const arns = factOf(listed, lastPart(cluster));
    if (arns === undefined || "fault" in arns) return [];
    return inBatches(arns.value, 10).map((batch) => ({ cluster, batch }));
  });
  const total = batches.reduce((sum, { batch }) => sum + batch.length, 0);
  let done = 0;
  const read = await queue.addAll(
    batches.map(({ cluster, batch }) => async () => {
      const facts = await readServiceFacts(aws, cluster, batch);
      done += batch.length;
      progress("services", done, total);
      return facts;
    }),
  );
  return joinFacts(read);
}

async function describe(services: Found["services"]): Promise<DescribedService[]> {
  const described: DescribedService[] = [];
  for await (const [key, fact] of breathing(Object.entries(services)))
    if ("value" in fact && typeof fact.value !== "string")
      described.push(toDescribed(key.slice(0, key.indexOf("/")), revive(fact.value)));
  return described;
}

/** What was read without any tag is asked for them once more, as a plan does where tags decide. */
async function readDoubtfulTags(
  { aws, queue, memory, progress }: Taking,
  described: readonly DescribedService[],
): Promise<Found["serviceTags"]> {
  const tagless = described.filter(
    ({ status, workload }) => status === "ACTIVE" && Object.keys(workload.tags).length === 0,
  );
  let done = 0;
  const read = await queue.addAll(
    tagless.map(({ workload: { serviceArn } }) => async () => {
      const fact = await memory.recall(
        `tags of ${serviceArn}`,
        "",
        () => readFact(() => readServiceTags(aws, serviceArn)),
        (tags) => Object.keys(tags).length === 0,
      );
      done += 1;
      progress("services without tags", done, tagless.length);
      return [serviceArn, fact] as const;
    }),
  );
  return Object.fromEntries(read);
}

/** Of what is ACTIVE, and what its unsettled deployment began from. */
async function readDefinitions(
  { aws, queue, revisions, progress }: Taking,
  described: readonly DescribedService[],
): Promise<Found["taskDefinitions"]> {
  const named = described.flatMap(({ status, workload }) =>
    status === "ACTIVE" ? [workload.taskDefinitionArn, workload.formerTaskDefinitionArn ?? ""] : [],
  );
  const arns = [...new Set(named.filter((arn) => arn !== ""))].sort(compareText);
  let done = 0;
  const read = await queue.addAll(
    arns.map((arn) => async () => {
      const fact = await readDefinitionFact(aws, arn, revisions);
      done += 1;
      progress("task definitions", done, arns.length);
      return [arn, fact] as const;
    }),
  );
  return Object.fromEntries(read);
}

export interface Place {
  readonly cluster: string;
  readonly service: string;
}

/** What ECS takes for the name of a cluster or a service. */
const ecsName = /^[\w-]{1,255}$/;

/** Services that no list has and that things of the form of ours speak of: ECS is asked for each by name. */
export async function confirmPlaces(
  { aws, queue }: Taking,
  { services }: Running,
  places: readonly Place[],
): Promise<Pick<Found, "clusterDetails" | "services">> {
  const byCluster = new Map<string, Set<string>>();
  for (const { cluster, service } of places) {
    if (!ecsName.test(cluster) || !ecsName.test(service)) continue;
    if (services[serviceKey(cluster, service)] !== undefined) continue;
    byCluster.set(cluster, (byCluster.get(cluster) ?? new Set()).add(service));
  }
  const batches = [...byCluster].flatMap(([cluster, names]) =>
    inBatches([...names].sort(compareText), 10).map((batch) => ({ cluster, batch })),
  );
  const read = await queue.addAll(
    batches.map(({ cluster, batch }) => async () => ({
      cluster,
      facts: await readServiceFacts(aws, cluster, batch),
    })),
  );
  const gone = new Set(read.flatMap(({ cluster, facts }) => (hasNoCluster(facts) ? [cluster] : [])));
  const details = await queue.addAll(
    inBatches([...gone], 100).map((batch) => () => readClusterFacts(aws, batch)),
  );
  return {
    services: joinFacts(read.map(({ facts }) => facts)),
    clusterDetails: joinFacts(details),
  };
}

function hasNoCluster(facts: Facts<JsonObject | string>): boolean {
  return Object.values(facts).some(
    (fact) => "fault" in fact && fact.fault.name === "ClusterNotFoundException",
  );
}
