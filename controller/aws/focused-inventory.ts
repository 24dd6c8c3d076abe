// Reads what runs of a few named services, each by its name: what it costs does not grow with the account.
import PQueue from "p-queue";
import type { Failure } from "../model/errors.ts";
import { compareText } from "../model/json.ts";
import { known, unknown } from "../model/read.ts";
import type { Cluster, Inventory } from "../model/workload.ts";
import type { AwsClients } from "./clients.ts";
import {
  attempt,
  type DescribedService,
  describeServices,
  indexTargetGroups,
  lastPart,
  parseArn,
  type ReadProgress,
  readClusterDetails,
  readIdentity,
  readTaskDefinitions,
  toDescribed,
  toWorkloads,
  unaccountedFailure,
} from "./inventory.ts";
import { inBatches } from "./pages.ts";
import type { RevisionCache } from "./revision-cache.ts";
import { readNamedTargetGroups } from "./target-groups.ts";

export interface ServicePlace {
  readonly cluster: string;
  readonly service: string;
}

export interface FocusedInventory {
  readonly inventory: Inventory;
  /** Asked for, and not there: MISSING, INACTIVE or DRAINING. */
  readonly absent: readonly ServicePlace[];
}

const concurrency = 6;

/** What stands in place of a cluster's settings, which few items look at: see `readFocusedClusters`. */
export const notAsked: Failure = {
  code: "ClusterNotAsked",
  message: "the settings of the cluster were not asked for",
};

/** @param places Each once. */
export async function readFocusedInventory(
  aws: AwsClients,
  places: readonly ServicePlace[],
  progress: ReadProgress,
  revisions?: Pick<RevisionCache, "get" | "set">,
): Promise<FocusedInventory> {
  const queue = new PQueue({ concurrency });
  const region = await aws.region();
  const { described, absent, unreadable } = await readNamedServices(aws, queue, places);
  const active = described.filter(({ status }) => status === "ACTIVE");
  const definitions = readTaskDefinitions(aws, active, { queue, progress, revisions });
  const arns = [...new Set(active.flatMap(({ targetGroupArns }) => targetGroupArns))].sort(compareText);
  const targetGroups =
    arns.length === 0
      ? undefined
      : await attempt("elasticloadbalancing:DescribeTargetGroups", () => readNamedTargetGroups(aws, arns));
  const [first] = described;
  const identity = first === undefined ? await readIdentity(aws) : parseArn(first.workload.serviceArn);
  const workloads = toWorkloads(
    { ...identity, region },
    active,
    await definitions,
    indexTargetGroups(targetGroups),
  );
  const leaving = described
    .filter(({ status }) => status === "DRAINING")
    .map(({ cluster, workload: { service } }) => ({ cluster, service }));
  const clusters = [...new Set(places.map(({ cluster }) => cluster))].sort(compareText).map(
    (name): Cluster => ({
      arn: `arn:${identity.partition}:ecs:${region}:${identity.account}:cluster/${name}`,
      name,
      detail: unknown(notAsked),
      services: known(workloads.filter(({ cluster }) => cluster === name).map(({ service }) => service)),
    }),
  );
  return {
    inventory: {
      ...identity,
      region,
      clusters: known(clusters),
      workloads,
      narrowed: true,
      focused: true,
      ...(targetGroups && { targetGroups }),
      leaving,
      unreadable,
    },
    absent: [...absent, ...leaving].sort(
      (a, b) => compareText(a.cluster, b.cluster) || compareText(a.service, b.service),
    ),
  };
}

/** The same, with what DescribeClusters says of its clusters; or with a reason why they are not asked. */
export async function readFocusedClusters(
  aws: AwsClients,
  inventory: Inventory,
  instead?: Failure,
): Promise<Inventory> {
  if (!inventory.clusters.known) return inventory;
  const clusters = inventory.clusters.value;
  const details =
    instead === undefined
      ? await readClusterDetails(
          aws,
          clusters.map(({ arn }) => arn),
        )
      : new Map(clusters.map(({ arn }) => [arn, unknown(instead)]));
  return {
    ...inventory,
    clusters: known(clusters.map((one) => ({ ...one, detail: details.get(one.arn) ?? one.detail }))),
  };
}

interface NamedServices {
  readonly described: readonly DescribedService[];
  readonly absent: readonly ServicePlace[];
  readonly unreadable: Inventory["unreadable"];
}

async function readNamedServices(
  aws: AwsClients,
  queue: PQueue,
  places: readonly ServicePlace[],
): Promise<NamedServices> {
  const byCluster = new Map<string, string[]>();
  for (const { cluster, service } of places)
    byCluster.set(cluster, [...(byCluster.get(cluster) ?? []), service]);
  const described: DescribedService[] = [];
  const absent: ServicePlace[] = [];
  const unreadable: Inventory["unreadable"][number][] = [];
  const readBatch = async (cluster: string, batch: string[]): Promise<void> => {
    const place = (service: string): ServicePlace => ({ cluster, service: lastPart(service) });
    const read = await attempt("ecs:DescribeServices", () => describeServices(aws, cluster, batch));
    if (read.known) {
      const { found, missing, unaccounted } = read.value;
      for (const service of found) {
        if (service.status === "ACTIVE" || service.status === "DRAINING")
          described.push(toDescribed(cluster, service));
        else absent.push(place(service.serviceName as string));
      }
      absent.push(...missing.map(place));
      unreadable.push(
        ...unaccounted.map((service) => ({ ...place(service), failure: unaccountedFailure(service) })),
      );
    } else if (read.failure.code === "ClusterNotFoundException") absent.push(...batch.map(place));
    else unreadable.push(...batch.map((service) => ({ ...place(service), failure: read.failure })));
  };
  await queue.addAll(
    [...byCluster].flatMap(([cluster, services]) =>
      inBatches(services, 10).map((batch) => () => readBatch(cluster, batch)),
    ),
  );
  return { described, absent, unreadable };
}
