// What an audit is made of: everything that was read, each part known or a failure. core/audit judges it; nothing here
// says who made a thing.
import type { AlarmFacts } from "./alarm-facts.ts";
import type { Read } from "./read.ts";
import type { Topic } from "./topic.ts";
import type { Inventory, TargetGroup, Workload } from "./workload.ts";

/** How a service has been doing, from DescribeServices: of the last 24 hours, and since a deployment last went through. */
export interface ServiceLife {
  /** REPLICA or DAEMON. */
  readonly schedulingStrategy: string;
  /** Tasks of the current deployment that failed to start or to stay. */
  readonly failedTasks: number;
  /** Why the last deployment failed, rolled back or not; undefined: it did not. */
  readonly deploymentFailed: string | undefined;
  /** Messages in which ECS says that tasks fail, or still cannot be started or placed, the newest first. */
  readonly troubles: readonly string[];
  /** ECS's message that it cannot start tasks: it has tried again and again, or has waited for an hour. */
  readonly cannotStart: string | undefined;
  /**
   * Tasks that ended without ECS having stopped them, or that it replaced as unhealthy: at least so many, in the last hours,
   * which are no more than a day. undefined: none for certain.
   */
  readonly restarts: { readonly least: number; readonly hours: number } | undefined;
  /** Its tasks also end with what they run on: EC2, Spot, machines of one's own. */
  readonly losesHosts: boolean;
}

export interface ServiceFacts {
  readonly workload: Workload;
  readonly life: ServiceLife;
}

export interface RuleFacts {
  readonly name: string;
  readonly enabled: boolean;
  /** The event pattern's JSON. */
  readonly pattern: string;
  /** ARNs. */
  readonly targets: Read<readonly string[]>;
}

export interface LogGroupFacts {
  /** Days; undefined: never expires. */
  readonly retention: number | undefined;
}

/** What a metric filter publishes. */
export interface CountedMetric {
  readonly namespace: string;
  readonly name: string;
  /** Taken from the lines: an alarm must name their values. */
  readonly hasDimensions: boolean;
}

export interface FilterFacts {
  readonly name: string;
  readonly logGroup: string;
  readonly pattern: string;
  readonly metrics: readonly CountedMetric[];
}

export type TopicFacts = Pick<Topic, "exists" | "allowsCloudWatch" | "confirmedSubscriptions">;

export interface AuditFacts {
  readonly account: string;
  readonly partition: string;
  readonly region: string;
  readonly asOf: Date;
  /** Cluster → `containerInsights`. */
  readonly insights: ReadonlyMap<string, Read<string>>;
  readonly services: readonly ServiceFacts[];
  readonly unreadable: Inventory["unreadable"];
  /** All of the account and Region. */
  readonly targetGroups: Read<readonly TargetGroup[]>;
  readonly alarms: Read<readonly AlarmFacts[]>;
  /** Rules of the default bus that take events of ECS or of alarms. */
  readonly rules: Read<readonly RuleFacts[]>;
  /** Of the groups that services log to, or would by the lines of a finding, those that exist. */
  readonly logGroups: Read<ReadonlyMap<string, LogGroupFacts>>;
  readonly filters: Read<readonly FilterFacts[]>;
  /** By ARN, of those that alarms and rules tell. */
  readonly topics: ReadonlyMap<string, Read<TopicFacts>>;
}
