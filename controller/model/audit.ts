// What an audit says of an account: for each service the four kinds of monitoring it has and lacks, with a score. The JSON
// of `ecsmon audit` is this shape, and the status page shows the same.
import type { Failure } from "./errors.ts";

export const pillars = ["app-metrics", "liveness", "resource-metrics", "logs"] as const;
export type Pillar = (typeof pillars)[number];

/**
 * 0–100, rounded down: the weight of what is there, as a share of the weight of all that applies and could be read. `null`:
 * nothing applies, or nothing of it could be read.
 */
export type Score = number | null;

export interface PillarScore {
  readonly pillar: Pillar;
  readonly score: Score;
  /** Something that applies could not be read: the score is over the rest. */
  readonly partial: boolean;
}

/** Something that a service lacks. */
export interface AuditFinding {
  /** Stable; docs/audit.md lists all of them. */
  readonly code: string;
  readonly pillar: Pillar;
  /** What it takes from the score, of the 100 that all pillars have together. */
  readonly weight: number;
  /** What was found, for this service. */
  readonly message: string;
  /** Why it matters, in one sentence. */
  readonly why: string;
  /** What is meant: names of containers, alarms, topics, log groups, target groups. In order; often empty. */
  readonly subjects: readonly string[];
  /**
   * Lines of a MonitoringPolicy's `spec` that mend it, as YAML, with whom its alarms and events tell: a topic `REPLACE-ME` where
   * nobody was named. Left out: `byHand` says what to do.
   */
  readonly policy?: string;
  readonly byHand?: string;
}

/** A check that could not be made, because something could not be read. It counts neither way. */
export interface AuditUnknown extends Failure {
  /** The code of the finding that it might have been. */
  readonly check: string;
  readonly pillar: Pillar;
}

export interface AuditedService {
  readonly cluster: string;
  readonly service: string;
  readonly score: Score;
  readonly partial: boolean;
  readonly pillars: readonly PillarScore[];
  readonly findings: readonly AuditFinding[];
  readonly unknown: readonly AuditUnknown[];
}

export interface AuditedCluster {
  readonly name: string;
  /** The mean of its services' scores. */
  readonly score: Score;
  readonly partial: boolean;
  readonly services: number;
  readonly pillars: readonly PillarScore[];
}

/** A cluster's list of services, or services, that could not be read: not in any score. */
export interface AuditUnread extends Failure {
  readonly cluster?: string;
  readonly service?: string;
}

/** The scores as they will be once the suggested policy is applied. */
export interface AuditPromise {
  readonly score: Score;
  readonly services: readonly Pick<AuditedService, "cluster" | "service" | "score">[];
}

export interface AuditReport {
  readonly metadata: {
    readonly account: string;
    readonly region: string;
    /** ISO 8601, UTC: when it was made; what happened before that is judged by it. */
    readonly asOf: string;
  };
  /** The mean of all services' scores. */
  readonly score: Score;
  readonly partial: boolean;
  readonly pillars: readonly PillarScore[];
  /** By name. */
  readonly clusters: readonly AuditedCluster[];
  /** By cluster and name. */
  readonly services: readonly AuditedService[];
  readonly unread: readonly AuditUnread[];
  /** One MonitoringPolicy as YAML; in comments, what it cannot mend. */
  readonly suggestedPolicy?: string;
  readonly promised?: AuditPromise;
  readonly baseline?: AuditComparison;
}

/** One finding of one service. */
export interface FindingPlace {
  readonly cluster: string;
  readonly service: string;
  readonly code: string;
}

export interface ScoreChange {
  readonly cluster: string;
  readonly service: string;
  readonly before: number;
  readonly after: number;
}

/** An audit beside an earlier one. */
export interface AuditComparison {
  /** When the earlier one was made. */
  readonly asOf: string;
  readonly score: Score;
  /** Only services whose scores are over the same: what is unknown now was unknown then. */
  readonly better: readonly ScoreChange[];
  readonly worse: readonly ScoreChange[];
  readonly new: readonly FindingPlace[];
  readonly fixed: readonly FindingPlace[];
  /** Found then; the check does not apply to the service as it is now. */
  readonly notApplicable: readonly FindingPlace[];
  /** Found then; it cannot be told now, by itself or behind another check that cannot. */
  readonly untold: readonly FindingPlace[];
  readonly servicesAdded: readonly Pick<FindingPlace, "cluster" | "service">[];
  readonly servicesGone: readonly Pick<FindingPlace, "cluster" | "service">[];
}
