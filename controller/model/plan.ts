// The plan: what `plan` prints is the object that `apply` executes.
import type { Backtest } from "./backtest.ts";
import type { Cost, Scale } from "./cost.ts";
import type { Diagnostic } from "./diagnostic.ts";
import type { Json, JsonObject } from "./json.ts";

export const kindNames = [
  "ClusterSettings",
  "LogGroup",
  "TargetGroup",
  "TaskDefinition",
  "Service",
  "MetricFilter",
  "QueryDefinition",
  "MetricAlarm",
  "MackerelMonitor",
  "CompositeAlarm",
  "LogAlarm",
  "Dashboard",
  "EventRule",
] as const;
export type KindName = (typeof kindNames)[number];

export type Enforcement = "Enforce" | "Audit";
export type Impact = "none" | "deployment" | "dataloss";
export type Action = "create" | "update" | "delete";

/** Names one item of the world: `id` is unique within its kind (a filter's holds its log group). */
export interface ItemRef {
  readonly kind: KindName;
  readonly name: string;
  readonly cluster?: string;
  readonly service?: string;
}

export interface Difference {
  readonly path: string;
  readonly before: Json;
  readonly after: Json;
  /** Beside a base, in a change that the base would make otherwise: this of it, it would make alike. Only ever shown. */
  readonly drifts?: true;
}

export interface RolloutWindow {
  /** When it opens. */
  readonly cron: string;
  /** Seconds for which it stays open. */
  readonly duration: number;
  /** Of the cron; left out: UTC. */
  readonly timeZone?: string;
}

export interface RolloutSettings {
  /** Services that may roll at once. */
  readonly maxConcurrent: number;
  /** Seconds until a deployment that has not settled counts as failed. */
  readonly timeout: number;
  /** Whether a rollout that fails keeps the next ones from beginning. */
  readonly pauseOnFailure: boolean;
  /** It begins only while one of them is open; left out: at any time. */
  readonly windows?: readonly RolloutWindow[];
}

export interface Change extends ItemRef {
  readonly id: string;
  readonly action: Action;
  readonly policies: readonly string[];
  readonly enforcement: Enforcement;
  readonly before: JsonObject | null;
  readonly after: JsonObject | null;
  readonly differences: readonly Difference[];
  readonly impact: Impact;
  /** Our hand is taken off something that stays: what stood there before is put back. */
  readonly release?: boolean;
  /** For changes that redeploy: how that is done. */
  readonly rollout?: RolloutSettings;
  /** How many deletes this counts for, towards the delete guard. */
  readonly deletes: number;
  /** The service it belongs to is gone (ECS said so by name). */
  readonly gone?: boolean;
  /** `kind/id` of items that must stand before this one is written. */
  readonly needs: readonly string[];
  /** What the kind's writer needs beside `after` and nobody should see in a plan. */
  readonly write?: unknown;
}

export interface Blocked extends ItemRef {
  readonly policies: readonly string[];
  readonly code: string;
  readonly message: string;
}

export interface Unknown {
  readonly kind: KindName | "Workload";
  /** The item, where the failure hides one and not the whole kind. */
  readonly name?: string;
  readonly cluster?: string;
  readonly service?: string;
  readonly code: string;
  readonly message: string;
}

/** Some of what a plan holds. */
export interface PlanPart {
  readonly changes: readonly Change[];
  readonly blocked: readonly Blocked[];
  readonly unknown: readonly Unknown[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * A plan held beside that of other policies, its base, of the same look at the account (`plan --base`). All that the plan
 * holds is either in `change` or in `drift`, in its order.
 */
export interface BaseComparison {
  /** Of the base's policies. */
  readonly sourceRevision: string;
  /** What the base would not do, or would do otherwise: its changes are the plan's, but that their differences tell of drift. */
  readonly change: PlanPart;
  /** What the base would do alike, and what it says alike. */
  readonly drift: PlanPart;
  /** What only the base would do or say. */
  readonly dropped: PlanPart;
  /** What the base's end would cost, to be taken off the cost of the plan's. */
  readonly counted: Pick<Plan, "changes" | "scale">;
}

/** The base's policies have these errors, so there is nothing to hold the plan beside. */
export interface InvalidBase {
  readonly sourceRevision: string;
  readonly errors: readonly Diagnostic[];
}

export interface Plan {
  readonly metadata: {
    readonly owner: string;
    readonly region: string;
    readonly account: string;
    readonly sourceRevision: string;
    /** ISO 8601, UTC: when this plan was made. */
    readonly createdAt: string;
    /** ISO 8601, UTC: the instant by which windows and expiry are judged. */
    readonly asOf: string;
  };
  /** Items that stand as they should. */
  readonly unchanged: number;
  /** These, where they are known. */
  readonly standing?: readonly ItemRef[];
  readonly changes: readonly Change[];
  readonly unknown: readonly Unknown[];
  readonly blocked: readonly Blocked[];
  /** Rollouts of ours that an earlier run left under way; an `apply` that waits watches them to their end. */
  readonly leftBehind?: readonly Change[];
  readonly diagnostics: readonly Diagnostic[];
  /** Of what is blocked: the change that there would be otherwise, where that is known. */
  readonly held?: ReadonlyMap<Blocked | Unknown, Change>;
  /** What its changes are multiplied by, where that was asked for and matters. */
  readonly scale?: Scale;
  /** What a month of it would cost, where that is told. */
  readonly cost?: Cost;
  /** What its alarms would have done, where that was asked for. */
  readonly backtest?: Backtest;
  /** Only what is shown of the plan hangs on it, never what is written. */
  readonly base?: BaseComparison | InvalidBase;
}

/** `undefined`: the plan was not held beside another, or could not be. */
export function comparisonOf({ base }: Plan): BaseComparison | undefined {
  return base === undefined || "errors" in base ? undefined : base;
}

/** Blocked codes that are information; every other code is an error. */
const informational: ReadonlySet<string> = new Set([
  "NotApplicable",
  "Suspended",
  "UnsupportedDeploymentController",
  "OutsideWindow",
  "DeploymentInProgress",
]);

/** Blocked codes that pass by themselves: `apply` ends with 3 when only they are left. */
const waiting: ReadonlySet<string> = new Set(["OutsideWindow", "DeploymentInProgress"]);

export function isBlockedError(blocked: Blocked): boolean {
  return !informational.has(blocked.code);
}

export function isWaiting(blocked: Blocked): boolean {
  return waiting.has(blocked.code);
}

const guards: ReadonlySet<string> = new Set(["DeleteGuard", "RedeployGuard"]);

/** Held back for how many they are, until a person lets them through. */
export function isGuarded({ code }: Pick<Blocked, "code">): boolean {
  return guards.has(code);
}

export type OutcomeResult = "applied" | "failed" | "skipped";

export interface Outcome extends ItemRef {
  readonly id: string;
  readonly action: Action;
  readonly result: OutcomeResult;
  /** What there is to say of one that is applied: a deployment that was begun, and not waited for. */
  readonly note?: string;
  readonly error?: { readonly code: string; readonly message: string };
}
