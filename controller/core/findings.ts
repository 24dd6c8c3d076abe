// What one look at an account found: the plan, and what status is told from beside it.
import type { Blocked, Change, ItemRef, KindName, Outcome, Plan, Unknown } from "../model/plan.ts";

/** An item of ours that stands as it should, or one that a change is planned for. */
export interface ManagedItem extends ItemRef {
  readonly policies: readonly string[];
}

/**
 * Of what is blocked, or waits for what could not be read: the change that there would be otherwise, without differences.
 * What is not in it has none, or none that is known.
 */
export type Held = ReadonlyMap<Blocked | Unknown, Change>;

export interface Findings {
  readonly plan: Plan;
  /** What a guard holds back, and what else is blocked or in doubt, as it would be changed. */
  readonly held: Held;
  /** The services that were read and are ACTIVE; in a focused look those in focus. */
  readonly services: readonly { readonly cluster: string; readonly service: string }[];
  /** Of these, the ones that policies select, with the policies' names in order. */
  readonly selected: readonly {
    readonly cluster: string;
    readonly service: string;
    readonly policies: readonly string[];
  }[];
  /** Items that policies want and that stand as wanted. */
  readonly standing: readonly ManagedItem[];
  /** `CLUSTER/SERVICE` of services that we own things of and that ECS, asked by name, says are gone. */
  readonly gone: readonly string[];
  /** Services asked for by focus that are not there (MISSING, INACTIVE or DRAINING). */
  readonly absent: readonly string[];
  /** Ids (`KIND/ID`) of log groups and target groups with the services that have a say in them: what a focused look leaves alone. */
  readonly sharedBy: ReadonlyMap<`${KindName}/${string}`, readonly string[]>;
}

/** What one pass did. */
export interface PassReport {
  readonly target: string;
  readonly holder: string;
  readonly epoch: number;
  readonly startedAt: Date;
  readonly endedAt: Date;
  /** `CLUSTER/SERVICE` of the services looked at; left out: all. */
  readonly focus?: readonly string[];
  readonly findings: Findings;
  readonly outcomes: readonly Outcome[];
}
