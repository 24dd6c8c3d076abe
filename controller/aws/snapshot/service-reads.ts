// Reads clusters, services and task definitions into facts, in the batches in which a plan asks for them.
import {
  DescribeClustersCommand,
  type Cluster as EcsCluster,
  ListTagsForResourceCommand,
  type Service,
  type ServiceEvent,
} from "@aws-sdk/client-ecs";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import type { JsonObject } from "../../model/json.ts";
import type { DefinitionFact, Fact, Lacking } from "../../model/snapshot.ts";
import type { Tags, TaskDefinition } from "../../model/workload.ts";
import type { AwsClients } from "../clients.ts";
import { malformed } from "../errors.ts";
import { describeServices, lastPart } from "../inventory.ts";
import { packDefinition, type RevisionCache } from "../revision-cache.ts";
import { eventsOfLife } from "../service-life.ts";
import { readTaskDefinition } from "../task-definitions.ts";
import { readFact } from "./facts.ts";
import { freeze } from "./instants.ts";
import { packList } from "./packed-list.ts";

/** Of a service's hundred events, the newest, beside those that an audit looks for. */
const maxEvents = 10;

/** By name. At most a hundred, by ARN or name. */
export async function readClusterFacts(
  aws: AwsClients,
  clusters: readonly string[],
): Promise<Record<string, Fact<JsonObject | Lacking>>> {
  const read = await readFact(async () => {
    const command = new DescribeClustersCommand({ clusters: [...clusters], include: ["SETTINGS", "TAGS"] });
    const answer = await aws.ecs.send(command);
    if (answer.clusters === undefined) throw malformed("ecs:DescribeClusters", "its list");
    const missing = (answer.failures ?? []).filter(({ reason }) => reason === "MISSING");
    return { clusters: answer.clusters, missing: missing.map(({ arn }) => lastPart(arn ?? "")) };
  });
  return Object.fromEntries(
    clusters.map(lastPart).map((name) => {
      if ("fault" in read) return [name, read];
      const found = read.value.clusters.find((one) => one.clusterName === name || isAt(one, name));
      if (found !== undefined) return [name, { value: freeze(found) }];
      return [name, { value: read.value.missing.includes(name) ? "missing" : "unaccounted" }];
    }),
  );
}

function isAt({ clusterArn }: EcsCluster, name: string): boolean {
  return clusterArn !== undefined && lastPart(clusterArn) === name;
}

/** By `CLUSTER/SERVICE`. At most ten, by ARN or name. */
export async function readServiceFacts(
  aws: AwsClients,
  cluster: string,
  services: readonly string[],
): Promise<Record<string, Fact<JsonObject | Lacking>>> {
  const read = await readFact(async () => {
    const { found, missing } = await describeServices(aws, cluster, [...services]);
    const packed = packList(found.map((one) => freeze(withoutOthersValues(one))));
    return { found: new Map(found.map(({ serviceName }, index) => [serviceName, packed[index]])), missing };
  });
  return Object.fromEntries(
    services.map(lastPart).map((name) => {
      const key = `${lastPart(cluster)}/${name}`;
      if ("fault" in read) return [key, read];
      const found = read.value.found.get(name);
      if (found !== undefined) return [key, { value: found }];
      return [key, { value: read.value.missing.includes(name) ? "missing" : "unaccounted" }];
    }),
  );
}

/** Log options, volumes and what hooks are told may hold values of their owner's, and no plan looks at them. */
function withoutOthersValues({ events, deployments, deploymentConfiguration, ...service }: Service): object {
  const hooks = deploymentConfiguration?.lifecycleHooks?.map(({ hookDetails: _, ...hook }) => hook);
  return {
    ...service,
    ...(deploymentConfiguration && {
      deploymentConfiguration: { ...deploymentConfiguration, ...(hooks && { lifecycleHooks: hooks }) },
    }),
    ...(deployments && {
      deployments: deployments.map(
        ({ serviceConnectConfiguration: _, volumeConfigurations: __, ...deployment }) => deployment,
      ),
    }),
    ...(events && { events: keepEvents(events) }),
  };
}

function keepEvents(events: readonly ServiceEvent[]): readonly ServiceEvent[] {
  const kept = new Set([...events.slice(0, maxEvents), ...eventsOfLife(events)]);
  return events.filter((event) => kept.has(event));
}

/** Held as text until it is looked into: thousands of them fit. */
export function readDefinitionFact(
  aws: AwsClients,
  arn: string,
  revisions: Pick<RevisionCache, "get" | "set"> | undefined,
): Promise<Fact<DefinitionFact>> {
  return readFact(async () => {
    const held = revisions?.get(arn);
    const read = held === undefined ? await readTaskDefinition(aws, arn) : undefined;
    const packed = packDefinition((held ?? read) as TaskDefinition);
    if (read !== undefined) revisions?.set(packed);
    const { tags, registeredBy } = packed;
    return {
      arn: packed.arn,
      status: read?.status ?? "ACTIVE",
      get input() {
        return packed.input;
      },
      tags,
      ...(registeredBy === undefined ? {} : { registeredBy }),
    };
  });
}

/** The tags of a service alone. @throws what AWS says, or MalformedAnswer */
export async function readServiceTags(aws: AwsClients, resourceArn: string): Promise<Tags> {
  const { tags } = await aws.ecs.send(new ListTagsForResourceCommand({ resourceArn }));
  if (tags === undefined) throw malformed("ecs:ListTagsForResource", "its tags");
  return Object.fromEntries(tags.flatMap(({ key, value = "" }) => (key === undefined ? [] : [[key, value]])));
}

export function readCallerFact(aws: AwsClients): Promise<Fact<JsonObject>> {
  return readFact(async () => {
    const { Account, Arn } = await aws.sts.send(new GetCallerIdentityCommand({}));
    return freeze({ Account, Arn });
  });
}
