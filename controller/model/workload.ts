// What runs in the account, as read from ECS and ELB. Every read that can fail alone is a `Read`.
import type { JsonObject } from "./json.ts";
import type { Read } from "./read.ts";

export type Tags = Readonly<Record<string, string>>;

export interface Cluster {
  readonly arn: string;
  readonly name: string;
  /** Settings and tags, from DescribeClusters with SETTINGS and TAGS. */
  readonly detail: Read<{ readonly containerInsights: string; readonly tags: Tags }>;
  /** The names of all its services, from every page of ListServices. */
  readonly services: Read<readonly string[]>;
}

export interface TargetGroup {
  readonly arn: string;
  /** The load balancer it is attached to, if any (a group has at most one). */
  readonly loadBalancerArn: string | undefined;
  /** HTTP, HTTPS, TCP, …: with the other two it decides what its health check may be. */
  readonly protocol?: string;
  /** HTTP1, HTTP2 or GRPC, where the protocol is HTTP or HTTPS. */
  readonly protocolVersion?: string;
  /** instance, ip, lambda or alb. */
  readonly targetType?: string;
  /** Its health check as ModifyTargetGroup takes it. Left out where a complete list does not have the group. */
  readonly healthCheck?: JsonObject;
}

/** A task definition as RegisterTaskDefinition takes it, raw: fields that no SDK knows are still in it. */
export interface TaskDefinition {
  readonly arn: string;
  readonly input: JsonObject;
  /** The principal that registered it, where ECS says so. */
  readonly registeredBy?: string;
  /** Tags of the revision; they belong to one revision only. */
  readonly tags: Tags;
}

export type DeploymentController = "ECS" | "CODE_DEPLOY" | "EXTERNAL";

export interface Workload {
  readonly account: string;
  readonly partition: string;
  readonly region: string;
  readonly cluster: string;
  readonly service: string;
  readonly serviceArn: string;
  readonly tags: Tags;
  readonly desiredCount: number;
  readonly launchType: string;
  readonly deploymentController: DeploymentController;
  /** Set while a deployment is under way: what ECS says of it. */
  readonly deploymentInProgress: string | undefined;
  /** When the current deployment was made, where ECS says so. */
  readonly deployedAt?: Date;
  /** What ran before and still does, beside the current deployment: left out where that is nothing, or several. */
  readonly formerTaskDefinitionArn?: string;
  /** Seconds for which a new task's failing health checks do not count; 0 where none is set. */
  readonly healthCheckGracePeriod: number;
  /** As DescribeServices gives it, where it does; only the fields that the SDK knows. */
  readonly deploymentConfiguration?: JsonObject;
  /** Whether a load balancer of any kind, or VPC Lattice, checks its tasks. Left out: none does. */
  readonly balanced?: boolean;
  readonly taskDefinitionArn: string;
  readonly taskDefinition: Read<TaskDefinition>;
  /** The target groups of the service, blue/green alternates and task sets included, in ARN order. */
  readonly targetGroups: Read<readonly TargetGroup[]>;
}

/** A part of the world that a failed read left in the dark. Left-out fields mean "all". */
export interface UnknownScope {
  readonly cluster?: string;
  readonly service?: string;
}

export interface Inventory {
  readonly account: string;
  readonly partition: string;
  readonly region: string;
  readonly clusters: Read<readonly Cluster[]>;
  /** Services that were read and are ACTIVE. What could not be read stands in `unreadable`. */
  readonly workloads: readonly Workload[];
  /** Clusters or services were left out on purpose: who else uses a thing is not known. */
  readonly narrowed?: boolean;
  /**
   * Only named services were looked at, each by its name, and what services beside them have a say in is left alone: who
   * else uses the rest is known.
   */
  readonly focused?: boolean;
  /** Every target group of the account and Region. Left out where no service has one, so that none was read. */
  readonly targetGroups?: Read<readonly TargetGroup[]>;
  /** Services on their way out (DRAINING): left as they stand. */
  readonly leaving: readonly { readonly cluster: string; readonly service: string }[];
  readonly unreadable: readonly (UnknownScope & {
    readonly failure: { readonly code: string; readonly message: string };
  })[];
}
