// What the controller tells of itself: conditions as Kubernetes has them, kept in the status store and read by `get`.
import type { ItemRef, KindName } from "./plan.ts";

export type ConditionType = "Ready" | "Stalled" | "Reconciling" | "Drifted";

/** `Ready` is always there; the others only while they are true. */
export interface Condition {
  readonly type: ConditionType;
  readonly status: "True" | "False" | "Unknown";
  /** One word in CamelCase, for programs. */
  readonly reason: string;
  readonly message: string;
  /** ISO 8601, UTC: when `status` changed last. */
  readonly lastTransitionTime: string;
  /** The generation that this was said of (docs/adr/0002): a hash, compared for equality. */
  readonly observedGeneration: string;
}

export interface Trouble extends Omit<ItemRef, "kind" | "name"> {
  /** `Workload`: the service itself could not be read, and so nothing of it. */
  readonly kind: KindName | "Workload";
  /** `*`: all of the kind in its place. */
  readonly name: string;
  /** The policies that it is of; left out: all that select the service. */
  readonly policies?: readonly string[];
  readonly code: string;
  readonly message: string;
}

export interface PolicyStatus {
  readonly name: string;
  /** Where it stands: `FILE:LINE`. */
  readonly at: string;
  readonly generation: string;
  readonly conditions: readonly Condition[];
  /** Services of this target that it selects. */
  readonly services: number;
  /** Items of this target that it has a say in. */
  readonly managed: number;
  /** Blocked as errors, failed or not readable. */
  readonly troubled: number;
}

/** A change that is wanted and not made yet, or only shown (Audit). */
export interface Pending extends ItemRef {
  readonly policies?: readonly string[];
  readonly action: string;
  readonly enforcement: string;
}

/** What a pending change would do, as lines without values that may be secrets. */
export interface PendingDiff extends ItemRef {
  /** `!`: it changes, and what it holds is not shown. */
  readonly lines: readonly { readonly sign: "+" | "-" | " " | "!"; readonly text: string }[];
  /** Lines that were too many to be kept. */
  readonly left?: number;
}

/** The pending changes of a target in detail: kept beside its status, as they are long and seldom asked for. */
export interface TargetDiffs {
  readonly target: string;
  /** By `CLUSTER/SERVICE`. */
  readonly services: Readonly<
    Record<string, { readonly at: string; readonly items: readonly PendingDiff[] }>
  >;
}

export interface ServiceStatus {
  readonly cluster: string;
  readonly service: string;
  readonly policies: readonly string[];
  /** Names of the items that stand, by kind; for owned names the last part alone. */
  readonly managed: Readonly<Partial<Record<KindName, readonly string[]>>>;
  /** Of these items, how many each policy has a say in. */
  readonly says?: Readonly<Record<string, number>>;
  readonly pending: readonly Pending[];
  readonly blocked: readonly Trouble[];
  /** What could not be read, or failed to be written. */
  readonly failed: readonly Trouble[];
  /** Since the controller looks after it: what was found other than left, and what of it was put right. */
  readonly drift: {
    readonly found: number;
    readonly repaired: number;
    readonly lastAt?: string;
    /** `KIND/NAME` of what is found and not put right yet. */
    readonly open?: readonly string[];
  };
  /** A rollout of ours is under way. */
  readonly rolling?: true;
  /** A rollout of ours begins when it is its turn. */
  readonly queued?: true;
  /** When something of it was last written. */
  readonly lastChangedAt?: string;
}

export interface SourceStatus {
  readonly name: string;
  /** The revision whose policies hold. */
  readonly revision?: string;
  /** Since when the policies that hold are older than what the source should say; left out: they are current. */
  readonly staleSince?: string;
  /** Why: it cannot be read, its newest revision has errors, it was rewound. */
  readonly code?: string;
  readonly message?: string;
  /** When it was last asked with success. */
  readonly readAt?: string;
}

/** One account and Region, as one owner sees it. */
export interface TargetStatus {
  /** `OWNER-ACCOUNT-REGION`: also the name of its lease. */
  readonly target: string;
  readonly owner: string;
  readonly account: string;
  readonly region: string;
  /** The replica that wrote this, and the epoch of its lease. */
  readonly holder: string;
  readonly epoch: number;
  readonly sourceRevision: string;
  /** The last full pass. */
  readonly pass?: {
    readonly startedAt: string;
    readonly endedAt: string;
    readonly result: "success" | "partial" | "failure";
    readonly message?: string;
  };
  /** Of the target as a whole. */
  readonly conditions: readonly Condition[];
  readonly sources: readonly SourceStatus[];
  readonly policies: readonly PolicyStatus[];
  readonly services: readonly ServiceStatus[];
  /** What belongs to no single service: cluster settings, shared log groups, event rules. */
  readonly shared: {
    readonly managed: readonly (ItemRef & { readonly policies?: readonly string[] })[];
    readonly pending?: readonly Pending[];
    readonly blocked: readonly Trouble[];
    readonly failed: readonly Trouble[];
  };
  /** Services that ECS says are gone, and since when it has said so: `CLUSTER/SERVICE` → ISO 8601. */
  readonly gone: Readonly<Record<string, string>>;
}

/** One write, or what would have been one. Kept for as long as the store keeps it. */
export interface JournalEntry extends ItemRef {
  /** ISO 8601, UTC: when the pass that made it began to write. */
  readonly at: string;
  readonly target: string;
  /** The replica that wrote. */
  readonly holder: string;
  readonly epoch: number;
  readonly action: "create" | "update" | "delete" | "release";
  /** Why it was written, in a few words: `policy changed`, `drift`, `new service` … */
  readonly why: string;
  readonly policies: readonly string[];
  /** Revision of the source of each of these policies: for Git, the commit. */
  readonly revisions: Readonly<Record<string, string>>;
  /** What changed, as paths; never values. */
  readonly paths: readonly string[];
  readonly redeploys: boolean;
  /** `begun`: the process ended before it could tell how it went. */
  readonly result: "begun" | "applied" | "failed" | "skipped";
  readonly code?: string;
  readonly message?: string;
}

/** The freeze switch. */
export interface Pause {
  readonly reason: string;
  readonly by: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}
