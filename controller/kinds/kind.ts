// A managed kind: the pure half (core/managed.ts) and how it reads and writes. It holds no retry, no ordering,
// no dry run, no ownership rules: those live once, in core and runtime.
import type { AwsClients } from "../aws/clients.ts";
import type { RollingChange } from "../aws/rollout.ts";
import type { ManagedKind, Observation, Wanted } from "../core/managed.ts";
import type { MackerelApi } from "../mackerel/client.ts";
import type { Failure } from "../model/errors.ts";
import type { Change } from "../model/plan.ts";
import type { Inventory } from "../model/workload.ts";

export interface ObserveContext {
  readonly aws: AwsClients;
  /** Left out: no MACKEREL_APIKEY is set. */
  readonly mackerel?: MackerelApi | undefined;
  readonly owner: string;
  readonly inventory: Inventory;
  /** What policies want of this kind. */
  readonly wanted: readonly Wanted[];
  /** Ids of this kind that other kinds refer to: whether they are there must be known. */
  readonly needed: readonly string[];
}

export interface WriteContext {
  readonly aws: AwsClients;
  readonly mackerel?: MackerelApi | undefined;
  readonly owner: string;
  readonly now: () => Date;
}

/** One entry for each change given, in order: undefined, or why it failed. */
export type WriteResults = readonly (Failure | undefined)[];

export interface Kind extends ManagedKind {
  /** IAM actions that `observe` sends. The conformance test compares both lists with what is sent. */
  readonly reads: readonly string[];
  /** IAM actions that `put` and `remove` send. */
  readonly writes: readonly string[];
  observe(context: ObserveContext): Promise<Observation>;
  /**
   * Its items are the many of an account, and what `observe` reads does not hang on what is wanted: those that stand as
   * wanted are let go of one by one.
   */
  readonly isMany?: true;
  /** What it wants of a service hangs on that service alone, and takes long to work out. */
  readonly isPerService?: true;
  /** Creates or updates one item, in an order in which a crash leaves nothing unrecorded. Throws what AWS says. */
  put(change: Change, context: WriteContext): Promise<void>;
  /** As `put`, for kinds whose changes roll out: gives what the rollout is watched and put back by. */
  roll?(change: Change, context: WriteContext): Promise<RollingChange>;
  /** For kinds whose items refer to each other: those of a wave are written before the next, and deleted after it. */
  inWaves?(changes: readonly Change[]): Change[][];
  /** How many deletes fit one call. */
  readonly removeBatch: number;
  /** Deletes items; present in every kind that owns what it makes. */
  remove?(changes: readonly Change[], context: WriteContext): Promise<WriteResults>;
}
