// Reads what runs: clusters, services, task definitions, target groups. One list each, then batches; a
// failure darkens only what it hides, and everything that was asked for is accounted for.
import {
  DescribeClustersCommand,
  DescribeServicesCommand,
  type Cluster as EcsCluster,
  ListClustersCommand,
  ListServicesCommand,
  ListTagsForResourceCommand,
  type Service,
} from "@aws-sdk/client-ecs";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import PQueue from "p-queue";
import { type Failure, toFailure } from "../model/errors.ts";
import { matchesAnyGlob } from "../model/glob.ts";
import { compareText, type JsonObject } from "../model/json.ts";
import { known, type Read, unknown } from "../model/read.ts";
import type {
  Cluster,
  DeploymentController,
  Inventory,
  Tags,
  TargetGroup,
  TaskDefinition,
  UnknownScope,
  Workload,
} from "../model/workload.ts";
import type { AwsClients } from "./clients.ts";
import { describeAwsError, malformed } from "./errors.ts";
import { inBatches, readAllPages } from "./pages.ts";
import { packDefinition, type RevisionCache } from "./revision-cache.ts";
import { share } from "./shared-values.ts";
import { readTargetGroups } from "./target-groups.ts";
import { readTaskDefinition } from "./task-definitions.ts";

export interface Scope {
  /** Globs; empty means all. */
  readonly clusters: readonly string[];
  readonly services: readonly string[];
}

export type ReadProgress = (what: string, done: number, total: number | undefined) => void;

/** IAM actions that reading the inventory sends. */
export const inventoryReads = [
  "ecs:ListClusters",
  "ecs:DescribeClusters",
  "ecs:ListServices",
  "ecs:DescribeServices",
  "ecs:DescribeTaskDefinition",
  "ecs:ListTagsForResource",
  "elasticloadbalancing:DescribeTargetGroups",
  "sts:GetCallerIdentity",
] as const;

/** Reads at once: enough to fill the rates, few enough to stay small. */
const concurrency = 12;

export async function readInventory(
  aws: AwsClients,
  scope: Scope,
  progress: ReadProgress,
  /** Left out: every revision is asked for. */
  revisions?: Pick<RevisionCache, "get" | "set">,
  /** Shown each service as ECS describes it, most of which is not kept. */
  onService: (cluster: string, service: Service) => void = () => undefined,
): Promise<Inventory> {
  const queue = new PQueue({ concurrency });
  const region = await aws.region();
  const clusterArns = await attempt("ecs:ListClusters", () => listClusters(aws));
  if (!clusterArns.known) {
    return {
      account: "",
      partition: "aws",
      region,
      clusters: clusterArns,
      workloads: [],
      leaving: [],
      unreadable: [{ failure: clusterArns.failure }],
    };
  }
  const identity =
    clusterArns.value[0] === undefined ? await readIdentity(aws) : parseArn(clusterArns.value[0]);
  const selectedArns = clusterArns.value
    .filter((arn) => matchesAnyGlob(lastPart(arn), scope.clusters))
    .sort(compareText);

  const details = readClusterDetails(aws, selectedArns);
  const serviceArns = new Map<string, Read<readonly string[]>>();
  progress("services of clusters", 0, selectedArns.length);
  await queue.addAll(
    selectedArns.map((arn) => async () => {
      serviceArns.set(arn, await attempt("ecs:ListServices", () => listServices(aws, arn)));
      progress("services of clusters", serviceArns.size, selectedArns.length);
    }),
  );
  const clusterDetails = await details;
  const clusters: Cluster[] = [];
  const unreadable: Unreadable[] = [];
  for (const arn of selectedArns) {
    const name = lastPart(arn);
    const services = serviceArns.get(arn) as Read<readonly string[]>;
    if (!services.known) unreadable.push({ cluster: name, failure: services.failure });
    const detail = clusterDetails.get(arn) as Cluster["detail"];
    clusters.push({
      arn,
      name,
      detail,
      services: services.known ? known(services.value.map(lastPart)) : services,
    });
  }

  const described = await readServices(aws, queue, scope, serviceArns, unreadable, progress, onService);
  const taskDefinitions = readTaskDefinitions(aws, described, { queue, progress, revisions });
  const targetGroups = await readUsedTargetGroups(aws, described);
  const groupsByArn = indexTargetGroups(targetGroups);
  const definitions = await taskDefinitions;
  const workloads = toWorkloads({ ...identity, region }, described, definitions, groupsByArn);
  const leaving = described
    .filter(({ status }) => status === "DRAINING")
    .map(({ cluster, workload: { service } }) => ({ cluster, service }));
  return {
    ...identity,
    region,
    clusters: known(clusters),
    workloads,
    ...(scope.clusters.length + scope.services.length === 0 ? {} : { narrowed: true }),
    ...(targetGroups && { targetGroups }),
    leaving,
    unreadable,
  };
}

type Unreadable = UnknownScope & { readonly failure: Failure };

/** What is kept of a service that ECS described: its hundred events, deployments and network are dropped at once. */
export interface DescribedService {
  readonly status: string | undefined;
  readonly targetGroupArns: readonly string[];
  readonly workload: Omit<
    Workload,
    "account" | "partition" | "region" | "cluster" | "taskDefinition" | "targetGroups"
  >;
  readonly cluster: string;
}

export async function attempt<T>(operation: string, read: () => Promise<T>): Promise<Read<T>> {
  try {
    return known(await read());
  } catch (error) {
    return unknown(describeAwsError(error, operation));
  }
}

export function listClusters(aws: AwsClients): Promise<string[]> {
  return readAllPages("ecs:ListClusters", async (nextToken) => {
    const answer = await aws.ecs.send(new ListClustersCommand({ maxResults: 100, nextToken }));
    return { items: answer.clusterArns, next: answer.nextToken };
  });
}

export function listServices(aws: AwsClients, cluster: string): Promise<string[]> {
  return readAllPages("ecs:ListServices", async (nextToken) => {
    const answer = await aws.ecs.send(new ListServicesCommand({ cluster, maxResults: 100, nextToken }));
    return { items: answer.serviceArns, next: answer.nextToken };
  });
}

export async function readClusterDetails(
  aws: AwsClients,
  arns: readonly string[],
): Promise<Map<string, Cluster["detail"]>> {
  const details = new Map<string, Cluster["detail"]>();
  for (const batch of inBatches(arns, 100)) {
    const read = await attempt("ecs:DescribeClusters", async () => {
      const answer = await aws.ecs.send(
        new DescribeClustersCommand({ clusters: batch, include: ["SETTINGS", "TAGS"] }),
      );
      if (answer.clusters === undefined) throw malformed("ecs:DescribeClusters", "its list");
      return new Map(answer.clusters.map((cluster) => [cluster.clusterArn, cluster]));
    });
    for (const arn of batch) details.set(arn, toClusterDetail(read, arn));
  }
  return details;
}

function toClusterDetail(read: Read<Map<string | undefined, EcsCluster>>, arn: string): Cluster["detail"] {
  if (!read.known) return read;
  const cluster = read.value.get(arn);
  if (cluster === undefined)
    return unknown(
      toFailure(malformed("ecs:DescribeClusters", `the cluster ${lastPart(arn)}, which was asked for`)),
    );
  const setting = cluster.settings?.find(({ name }) => name === "containerInsights");
  return known({ containerInsights: setting?.value ?? "disabled", tags: toTags(cluster.tags) });
}

async function readServices(
  aws: AwsClients,
  queue: PQueue,
  scope: Scope,
  listed: ReadonlyMap<string, Read<readonly string[]>>,
  unreadable: Unreadable[],
  progress: ReadProgress,
  onService: (cluster: string, service: Service) => void,
): Promise<DescribedService[]> {
  const batches = [...listed].flatMap(([cluster, arns]) =>
    arns.known
      ? inBatches(
          arns.value.filter((arn) => matchesAnyGlob(lastPart(arn), scope.services)),
          10,
        ).map((batch) => ({ cluster, batch }))
      : [],
  );
  const total = batches.reduce((sum, { batch }) => sum + batch.length, 0);
  let done = 0;
  const all: DescribedService[] = [];
  await queue.addAll(
    batches.map(({ cluster, batch }) => async () => {
      const name = lastPart(cluster);
      const read = await attempt("ecs:DescribeServices", () => describeServices(aws, cluster, batch));
      if (!read.known)
        unreadable.push(
          ...batch.map((arn) => ({ cluster: name, service: lastPart(arn), failure: read.failure })),
        );
      else {
        for (const service of read.value.found) onService(name, service);
        all.push(...read.value.found.map((service) => toDescribed(name, service)));
        unreadable.push(
          ...read.value.unaccounted.map((arn) => ({
            cluster: name,
            service: lastPart(arn),
            failure: unaccountedFailure(arn),
          })),
        );
      }
      done += batch.length;
      progress("services", done, total);
    }),
  );
  return all;
}

/** Each service asked for is found, or said to be missing, or unaccounted for. */
export async function describeServices(
  aws: AwsClients,
  cluster: string,
  services: string[],
): Promise<{ found: Service[]; missing: string[]; unaccounted: string[] }> {
  const answer = await aws.ecs.send(new DescribeServicesCommand({ cluster, services, include: ["TAGS"] }));
  if (answer.services === undefined) throw malformed("ecs:DescribeServices", "its list");
  const found = answer.services.filter((service) => service.serviceName !== undefined);
  const names = new Set(found.map((service) => service.serviceName));
  const missing = (answer.failures ?? [])
    .filter(({ reason }) => reason === "MISSING")
    .map(({ arn }) => lastPart(arn ?? ""));
  const unaccounted = services.filter(
    (service) => !names.has(lastPart(service)) && !missing.includes(lastPart(service)),
  );
  return { found, missing, unaccounted };
}

export function unaccountedFailure(arn: string): Failure {
  return toFailure(malformed("ecs:DescribeServices", `the service ${lastPart(arn)}, which was asked for`));
}

interface DefinitionReads {
  readonly queue: PQueue;
  readonly progress: ReadProgress;
  readonly revisions: Pick<RevisionCache, "get" | "set"> | undefined;
}

export async function readTaskDefinitions(
  aws: AwsClients,
  services: readonly DescribedService[],
  { queue, progress, revisions }: DefinitionReads,
): Promise<Map<string, Read<TaskDefinition>>> {
  const arns = [
    ...new Set(
      services.flatMap(({ status, workload }) =>
        status === "ACTIVE" && workload.taskDefinitionArn !== "" ? [workload.taskDefinitionArn] : [],
      ),
    ),
  ].sort(compareText);
  const read = new Map<string, Read<TaskDefinition>>();
  const missing: string[] = [];
  for (const arn of arns) {
    const held = revisions?.get(arn);
    if (held === undefined) missing.push(arn);
    else read.set(arn, known(held));
  }
  await queue.addAll(
    missing.map((arn) => async () => {
      const definition = await attempt("ecs:DescribeTaskDefinition", async () =>
        packDefinition(await readTaskDefinition(aws, arn)),
      );
      if (definition.known) revisions?.set(definition.value);
      read.set(arn, definition);
      progress("task definitions", read.size, arns.length);
    }),
  );
  return read;
}

/** All target groups of the account in few pages: asking by ARN fails as a whole when one of them is gone. */
async function readUsedTargetGroups(
  aws: AwsClients,
  services: readonly DescribedService[],
): Promise<Inventory["targetGroups"]> {
  const used = new Set(services.flatMap((service) => service.targetGroupArns));
  if (used.size === 0) return undefined;
  return attempt("elasticloadbalancing:DescribeTargetGroups", () => readTargetGroups(aws, used));
}

export function indexTargetGroups(groups: Inventory["targetGroups"]): Read<ReadonlyMap<string, TargetGroup>> {
  if (groups?.known === false) return groups;
  return known(new Map(groups?.value.map((group) => [group.arn, group])));
}

function isBalanced({ loadBalancers = [], taskSets = [], deployments = [] }: Service): boolean {
  return (
    loadBalancers.length > 0 ||
    taskSets.some((set) => (set.loadBalancers?.length ?? 0) > 0) ||
    deployments.some(({ vpcLatticeConfigurations = [] }) => vpcLatticeConfigurations.length > 0)
  );
}

function targetGroupArns(service: Service): string[] {
  const balancers = [
    ...(service.loadBalancers ?? []),
    ...(service.taskSets ?? []).flatMap((set) => set.loadBalancers ?? []),
  ];
  const arns = balancers.flatMap(({ targetGroupArn, advancedConfiguration }) => [
    targetGroupArn,
    advancedConfiguration?.alternateTargetGroupArn,
  ]);
  return [...new Set(arns.filter((arn) => arn !== undefined))].sort(compareText);
}

/** Of a service that has a name; the SDK's answer is not kept. */
export function toDescribed(cluster: string, service: Service): DescribedService {
  const deployedAt = service.deployments?.find(({ status }) => status === "PRIMARY")?.createdAt;
  const [former, ...others] = service.deployments?.filter(({ status }) => status === "ACTIVE") ?? [];
  return {
    cluster,
    status: service.status,
    targetGroupArns: targetGroupArns(service),
    workload: {
      service: service.serviceName as string,
      serviceArn: service.serviceArn as string,
      tags: share(toTags(service.tags)),
      desiredCount: service.desiredCount ?? 0,
      launchType:
        service.launchType ??
        (service.capacityProviderStrategy?.some(({ capacityProvider }) =>
          capacityProvider?.startsWith("FARGATE"),
        )
          ? "FARGATE"
          : "EC2"),
      deploymentController: (service.deploymentController?.type ?? "ECS") as DeploymentController,
      deploymentInProgress: describeDeployment(service),
      ...(deployedAt === undefined ? {} : { deployedAt }),
      ...(former?.taskDefinition === undefined || others.length > 0
        ? {}
        : { formerTaskDefinitionArn: former.taskDefinition }),
      healthCheckGracePeriod: service.healthCheckGracePeriodSeconds ?? 0,
      ...(service.deploymentConfiguration && {
        deploymentConfiguration: share(service.deploymentConfiguration) as unknown as JsonObject,
      }),
      ...(isBalanced(service) && { balanced: true }),
      taskDefinitionArn: service.taskDefinition ?? "",
    },
  };
}

/** Those that are ACTIVE, by place. */
export function toWorkloads(
  where: Identity & { readonly region: string },
  described: readonly DescribedService[],
  definitions: ReadonlyMap<string, Read<TaskDefinition>>,
  targetGroups: Read<ReadonlyMap<string, TargetGroup>>,
): Workload[] {
  return described
    .filter(({ status }) => status === "ACTIVE")
    .map(({ cluster, workload, targetGroupArns: arns }) => ({
      account: where.account,
      partition: where.partition,
      region: where.region,
      cluster,
      ...workload,
      taskDefinition: definitions.get(workload.taskDefinitionArn) ?? unknown(noDefinition(cluster, workload)),
      targetGroups: resolveTargetGroups(arns, targetGroups),
    }))
    .sort((a, b) => compareText(a.cluster, b.cluster) || compareText(a.service, b.service));
}

function noDefinition(cluster: string, { service }: DescribedService["workload"]): Failure {
  const message = `${cluster}/${service} has no task definition of its own (task sets have)`;
  return { code: "NoTaskDefinition", message };
}

function resolveTargetGroups(
  arns: readonly string[],
  groups: Read<ReadonlyMap<string, TargetGroup>>,
): Workload["targetGroups"] {
  if (arns.length === 0) return known([]);
  if (!groups.known) return groups;
  // A group that a complete list lacks is at no load balancer.
  return known(arns.map((arn) => groups.value.get(arn) ?? { arn, loadBalancerArn: undefined }));
}

/** What ECS says of a deployment that has not settled; undefined when all is quiet. */
export function describeDeployment(service: Service): string | undefined {
  const deployments = service.deployments ?? [];
  const primary = deployments.find(({ status }) => status === "PRIMARY");
  if (primary?.rolloutState === "IN_PROGRESS") {
    return `${primary.runningCount ?? 0} of ${primary.desiredCount ?? 0} tasks of ${lastPart(primary.taskDefinition ?? "")} run`;
  }
  return deployments.length > 1 ? `${deployments.length} deployments stand beside each other` : undefined;
}

export type Existence = "present" | "gone";

/**
 * Asks ECS by name for a service that the lists left out: `gone` only when ECS says MISSING or INACTIVE, of it or
 * of its cluster.
 */
export async function confirmService(
  aws: AwsClients,
  cluster: string,
  service: string,
): Promise<Read<Existence>> {
  return attempt("ecs:DescribeServices", async () => {
    try {
      const { found, missing } = await describeServices(aws, cluster, [service]);
      if (found.some(({ status }) => status === "INACTIVE") || missing.includes(service)) return "gone";
      if (found.length === 0)
        throw malformed("ecs:DescribeServices", `the service ${service}, which was asked for`);
      return "present";
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "ClusterNotFoundException") throw error;
      const answer = await aws.ecs.send(new DescribeClustersCommand({ clusters: [cluster] }));
      const gone =
        answer.failures?.some(({ reason }) => reason === "MISSING") ||
        answer.clusters?.some(({ status }) => status === "INACTIVE");
      return gone ? "gone" : "present";
    }
  });
}

/**
 * The tags of a service or cluster, read by name: a second opinion on what was read without any.
 * An answer without the list is no answer.
 */
export async function confirmTags(aws: AwsClients, resourceArn: string): Promise<Read<Tags>> {
  return attempt("ecs:ListTagsForResource", async () => {
    const { tags } = await aws.ecs.send(new ListTagsForResourceCommand({ resourceArn }));
    if (tags === undefined) throw malformed("ecs:ListTagsForResource", "its tags");
    return toTags(tags);
  });
}

export interface Identity {
  readonly account: string;
  readonly partition: string;
}

/** Every ARN holds the account; STS is asked only where there is no cluster to have one. */
export async function readIdentity(aws: AwsClients): Promise<Identity> {
  const read = await attempt("sts:GetCallerIdentity", () => aws.sts.send(new GetCallerIdentityCommand({})));
  return read.known && read.value.Arn !== undefined
    ? parseArn(read.value.Arn)
    : { account: "", partition: "aws" };
}

export function parseArn(arn: string): Identity {
  const [, partition = "aws", , , account = ""] = arn.split(":");
  return { account, partition };
}

/** `arn:…:service/prod/web` → `web`. */
export function lastPart(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}

function toTags(tags: readonly { key?: string | undefined; value?: string | undefined }[] | undefined): Tags {
  return Object.fromEntries(
    (tags ?? []).flatMap(({ key, value }) => (key === undefined ? [] : [[key, value ?? ""]])),
  );
}
