// What the sandbox's ECS remembers: plain records, and the few lookups every operation shares.
import { createHash } from "node:crypto";
import type { Announce } from "../../happening.ts";
import { AwsError, type Input, type OperationContext } from "../../service.ts";

export interface Tag {
  readonly key: string;
  readonly value?: string;
}

/** Fields as the caller sent them, known to us or not. */
export type Fields = Record<string, unknown>;

export interface ClusterRecord {
  readonly name: string;
  readonly arn: string;
  status: "ACTIVE" | "INACTIVE";
  fields: Fields;
  tags: Tag[];
  readonly services: Map<string, ServiceRecord>;
  readonly tasks: Map<string, TaskRecord>;
}

export interface TaskDefinitionRecord {
  readonly arn: string;
  readonly family: string;
  readonly revision: number;
  status: "ACTIVE" | "INACTIVE" | "DELETE_IN_PROGRESS";
  fields: Fields;
  tags: Tag[];
}

export type FailureMode = "tasks-die" | "unhealthy";

/** What a deployment rolls out; immutable once made. */
export interface RevisionRecord {
  readonly arn: string;
  readonly taskDefinition: string | undefined;
  readonly fields: Readonly<Fields>;
  readonly createdAt: number;
}

export interface DeploymentRecord {
  readonly id: string;
  readonly revision: RevisionRecord;
  readonly createdAt: number;
  updatedAt: number;
  rolloutState: "IN_PROGRESS" | "COMPLETED" | "FAILED";
  rolloutStateReason: string;
  failedTasks: number;
  running: number;
  pending: number;
  failing: FailureMode | undefined;
  /** All its tasks are there: others start only in their place, or as the count is changed. */
  settled: boolean;
  readonly serviceDeployment: ServiceDeploymentRecord;
}

/** The deployment as ListServiceDeployments tells it: one record, its rollback included. */
export interface ServiceDeploymentRecord {
  readonly arn: string;
  status:
    | "IN_PROGRESS"
    | "SUCCESSFUL"
    | "STOPPED"
    | "ROLLBACK_IN_PROGRESS"
    | "ROLLBACK_SUCCESSFUL"
    | "ROLLBACK_FAILED";
  statusReason: string | undefined;
  readonly source: RevisionRecord | undefined;
  readonly target: RevisionRecord;
  readonly createdAt: number;
  updatedAt: number;
  finishedAt: number | undefined;
  failureCount: number;
  rollback: { reason: string; startedAt: number; revision: RevisionRecord } | undefined;
}

export interface ServiceEvent {
  readonly id: string;
  readonly createdAt: Date;
  readonly message: string;
}

export interface ServiceRecord {
  readonly name: string;
  readonly arn: string;
  readonly cluster: ClusterRecord;
  status: "ACTIVE" | "DRAINING" | "INACTIVE";
  readonly createdAt: number;
  deletedAt: number | undefined;
  taskDefinition: string | undefined;
  desiredCount: number;
  fields: Fields;
  tags: Tag[];
  /** Newest first; the first is PRIMARY. */
  deployments: DeploymentRecord[];
  lastCompleted: RevisionRecord | undefined;
  readonly serviceDeployments: ServiceDeploymentRecord[];
  readonly revisions: Map<string, RevisionRecord>;
  events: ServiceEvent[];
  /** Ids of its tasks in the cluster, stopped ones included. */
  readonly taskIds: Set<string>;
  failure: FailureMode | undefined;
}

export interface TaskRecord {
  readonly id: string;
  readonly arn: string;
  readonly service: ServiceRecord;
  readonly deploymentId: string;
  readonly taskDefinition: string;
  readonly createdAt: number;
  unhealthy: boolean;
  tags: Tag[];
  stopped: { at: number; code: string; reason: string; exitCode: number } | undefined;
}

/** What ECS asks of load balancing. */
export type FindTargetGroup = (arn: string) => { loadBalancerArns: string[] } | undefined;

export interface EcsStore {
  readonly clusters: Map<string, ClusterRecord>;
  /** By family, in order of revision (revision 1 first). */
  readonly families: Map<string, TaskDefinitionRecord[]>;
  readonly settings: Map<string, string>;
  readonly deploymentMilliseconds: number;
  readonly findTargetGroup: FindTargetGroup | undefined;
  readonly announce: Announce;
  /** A fresh id: repeatable from run to run, different each time. */
  nextId(): string;
}

export function createStore(
  deploymentMilliseconds: number,
  findTargetGroup?: FindTargetGroup,
  announce: Announce = () => {},
): EcsStore {
  let ids = 0;
  return {
    clusters: new Map(),
    families: new Map(),
    settings: new Map(),
    deploymentMilliseconds,
    findTargetGroup,
    announce,
    nextId: () => createHash("sha256").update(`ecs ${++ids}`).digest("hex").slice(0, 32),
  };
}

/** 19 digits, as service revisions and deployments have them. */
export function toDigits(id: string): string {
  return (BigInt(`0x${id.slice(0, 15)}`) % 10n ** 18n).toString().padStart(19, "4");
}

export function ecsArn(context: OperationContext, resource: string): string {
  return `arn:aws:ecs:${context.region}:${context.account}:${resource}`;
}

/** The part after the last slash: accepts names, `type/name` and every form of ARN. */
export function nameOf(nameOrArn: string): string {
  return nameOrArn.slice(nameOrArn.lastIndexOf("/") + 1);
}

export function invalid(message: string): AwsError {
  return new AwsError("InvalidParameterException", message);
}

export function clientError(message: string): AwsError {
  return new AwsError("ClientException", message);
}

export function findCluster(store: EcsStore, nameOrArn: unknown): ClusterRecord {
  if (nameOrArn !== undefined && typeof nameOrArn !== "string")
    throw new AwsError("SerializationException", "cluster must be a string");
  const cluster = store.clusters.get(nameOf(nameOrArn || "default"));
  if (cluster === undefined || cluster.status === "INACTIVE")
    throw new AwsError("ClusterNotFoundException", "Cluster not found.");
  return cluster;
}

export function findService(cluster: ClusterRecord, nameOrArn: unknown): ServiceRecord {
  if (typeof nameOrArn !== "string" || nameOrArn === "") throw invalid("Service cannot be empty.");
  const service = cluster.services.get(nameOf(nameOrArn));
  if (service === undefined) throw new AwsError("ServiceNotFoundException", "Service not found.");
  return service;
}

/** By family (its latest ACTIVE revision), family:revision or ARN; undefined where there is none. */
export function lookUpTaskDefinition(store: EcsStore, reference: string): TaskDefinitionRecord | undefined {
  const [family, revision] = nameOf(reference).split(":");
  const revisions = store.families.get(family ?? "") ?? [];
  if (revision === undefined) return revisions.findLast((item) => item.status === "ACTIVE");
  return revisions[Number(revision) - 1];
}

/** The task definition a service is to run; ECS refuses what isn't ACTIVE. */
export function usableTaskDefinition(store: EcsStore, reference: string): TaskDefinitionRecord {
  const found = lookUpTaskDefinition(store, reference);
  if (found === undefined) throw clientError("TaskDefinition not found.");
  if (found.status !== "ACTIVE") throw clientError("TaskDefinition is inactive");
  return found;
}

/** Tags as given, checked as ECS checks them. */
export function readTags(value: unknown, held: readonly Tag[] = []): Tag[] {
  if (value === undefined || value === null) return [...held];
  if (!Array.isArray(value)) throw invalid("Tags must be a list.");
  const tags = new Map(held.map((tag) => [tag.key, tag]));
  for (const tag of value as Input[]) {
    const key = tag?.key;
    if (typeof key !== "string" || key === "" || key.length > 128)
      throw invalid("Tag key must have between 1 and 128 characters.");
    if (/^aws:/i.test(key)) throw invalid("Tag keys starting with 'aws:' are reserved for internal use");
    if (typeof (tag.value ?? "") !== "string" || (tag.value ?? "").length > 256)
      throw invalid("Tag value must have at most 256 characters.");
    tags.set(key, { key, value: tag.value ?? "" });
  }
  if (tags.size > 50) throw invalid("The maximum number of tags per resource is 50.");
  return [...tags.values()];
}

export function includes(input: Input, what: string): boolean {
  return Array.isArray(input.include) && input.include.includes(what);
}
