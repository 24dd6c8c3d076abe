// What a snapshot holds: everything that a plan of any policy asks of an account, and what could not be read of it.
// Members are AWS's own, without those that hold values of others; docs/snapshots.md lists them. Everything is JSON: an
// instant of the SDK's stands as `{"$date": "2026-11-02T09:00:00.000Z"}`.
import type { JsonObject } from "./json.ts";
import type { Tags } from "./workload.ts";

/** How a read failed, so that it fails again in the same words. */
export interface Fault {
  /** Of the error: the SDK's, which is AWS's code; or `EcsmonError`. */
  readonly name: string;
  readonly message: string;
  /** Of an `EcsmonError` its code, of a lost connection Node's (`ECONNREFUSED`). */
  readonly code?: string;
  /** The endpoint, an emulator's, has not got the operation at all. */
  readonly lacking?: true;
}

export type Fact<T> = { readonly value: T } | { readonly fault: Fault };

/** By ARN or name; what is not in it was not asked. */
export type Facts<T> = Readonly<Record<string, Fact<T>>>;

/** Of a thing asked for by name: it is not there, or the answer says nothing of it. */
export type Lacking = "missing" | "unaccounted";

/** A task definition as `model/workload.ts` has it; `status` is ACTIVE or INACTIVE. */
export interface DefinitionFact {
  readonly arn: string;
  readonly status: string;
  readonly input: JsonObject;
  readonly tags: Tags;
  readonly registeredBy?: string;
}

/** One deployment that has settled: its service revision, and the task definition that ran by it. */
export interface SettledFact {
  readonly revision: string;
  readonly taskDefinition?: string;
}

export interface TaggedFact {
  readonly arn: string;
  readonly tags: Tags;
}

export interface AlarmFacts {
  readonly metric: readonly JsonObject[];
  readonly composite: readonly JsonObject[];
  readonly log: readonly JsonObject[];
}

/** A service that an endpoint only pretends to have, and that a plan does not ask then. */
export type Emulated = "IAM" | "SCHEDULER";

/** Of one account and Region. */
export interface SnapshotFacts {
  /** Empty where it is not known. */
  readonly account: string;
  readonly region: string;
  readonly emulated: readonly Emulated[];
  /** STS's answer: `Account`, `Arn`. */
  readonly caller: Fact<JsonObject>;
  /** ARNs. */
  readonly clusters: Fact<readonly string[]>;
  /** By name: those listed, and those that something of ours speaks of. `settings`, `tags`, `status`. */
  readonly clusterDetails: Facts<JsonObject | Lacking>;
  /** By the cluster's name: ARNs. */
  readonly clusterServices: Facts<readonly string[]>;
  /** By `CLUSTER/SERVICE`: those listed, and those that something of ours speaks of. */
  readonly services: Facts<JsonObject | Lacking>;
  /** By the ARN of a service that was read without tags: what it says when it is asked for them alone. */
  readonly serviceTags: Facts<Tags>;
  /** By ARN: those that run, and those that an unsettled deployment began from. */
  readonly taskDefinitions: Facts<DefinitionFact>;
  /** By ARN, of revisions that ran before: those that carry somebody's layer whole, of all others that they do not. */
  readonly formerDefinitions: Facts<DefinitionFact | "bare">;
  /** By `CLUSTER/SERVICE`, newest first. */
  readonly settled: Facts<readonly SettledFact[]>;
  readonly targetGroups: Fact<readonly JsonObject[]>;
  /** By ARN: those that services name and the list has not. */
  readonly unlistedTargetGroups: Facts<JsonObject>;
  /** By ARN. */
  readonly targetGroupTags: Facts<Tags>;
  /** The tag index. Of target groups, those with an owner tag; of log groups all that have any tag. */
  readonly taggedTargetGroups: Fact<readonly TaggedFact[]>;
  readonly taggedLogGroups: Fact<readonly TaggedFact[]>;
  readonly logGroups: Fact<readonly JsonObject[]>;
  /** By name: those asked for one by one. What others have is in the index. */
  readonly logGroupTags: Facts<Tags>;
  /** All of the account, as alarms; of queries and dashboards those whose names have the form of ours. */
  readonly metricFilters: Fact<readonly JsonObject[]>;
  readonly queryDefinitions: Fact<readonly JsonObject[]>;
  /** All of the account: alarms of others too. */
  readonly alarms: Fact<AlarmFacts>;
  /** `DashboardName`, `DashboardArn`. */
  readonly dashboards: Fact<readonly JsonObject[]>;
  /** By name: the text. */
  readonly dashboardBodies: Facts<string>;
  /** By ARN. */
  readonly dashboardTags: Facts<Tags>;
  /** Of the default bus. */
  readonly rules: Fact<readonly JsonObject[]>;
  /** By ARN: tags of ours. */
  readonly ruleTags: Facts<Tags>;
  /** By name. Of rules without an owner tag nothing but ARNs: of the targets, and of task definitions that they run. */
  readonly ruleTargets: Facts<readonly JsonObject[]>;
  /** By the cluster's ARN: names of the rules that have it for a target. */
  readonly clusterRules: Facts<readonly string[]>;
  /** `Name`, `GroupName`, `Target.Arn`; all that Scheduler has, since a list must be whole to say anything. */
  readonly schedules: Fact<readonly JsonObject[]>;
  /** By `GROUP/NAME`: the target, with nothing but the task definition that it runs. */
  readonly scheduleTargets: Facts<JsonObject>;
  /** By ARN, of the SNS topics that alarms and rules tell: `Policy`, `SubscriptionsConfirmed`, `KmsMasterKeyId`. */
  readonly topics: Facts<Tags>;
  /** By the topic's ARN, where `SubscriptionsConfirmed` is not above 0: the `SubscriptionArn` of each subscription. */
  readonly topicSubscriptions: Facts<readonly string[]>;
  /** By the role's ARN: which of some actions IAM allows it on every resource. */
  readonly roleActions: Facts<readonly string[]>;
  /** Left out: no MACKEREL_APIKEY was set. Monitors as Mackerel gives them. */
  readonly mackerel?: Fact<readonly JsonObject[]>;
}

/** A file of `ecsmon snapshot`. */
export interface Snapshot {
  /** Of the ecsmon that took it. */
  readonly version: string;
  /** The instant that a plan from it is judged by, unless another is asked for. ISO 8601. */
  readonly takenAt: string;
  /** Of the key that hidden values are hashed with; null: the key was thrown away. */
  readonly keyFingerprint: string | null;
  /** One a target, in the order of the configuration. */
  readonly targets: readonly SnapshotFacts[];
}
