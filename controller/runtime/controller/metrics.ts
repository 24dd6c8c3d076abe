// What the controller counts, for Prometheus. Labels come from configuration, policies and code alone, never from what
// an account or an event holds: their number is bounded.
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { RequestOutcome } from "../../aws/request-outcome.ts";
import { type KindName, kindNames } from "../../model/plan.ts";
import type { EventResult } from "./events.ts";

/** How a pass, full or focused, ended. */
export type PassResult = "success" | "partial" | "failure";
/** Plain functions that never throw: whoever counts needs no care. */
export interface Metrics {
  /** `seconds`: how long the pass took. A full pass also moves the time of the last one. */
  reconciled(
    target: string,
    result: PassResult,
    seconds: number,
    options?: { readonly fullPassEndedAt?: Date },
  ): void;
  /** What stands in the target, by kind: all of it, each time. */
  managed(target: string, counts: Readonly<Partial<Record<KindName, number>>>): void;
  /** Items that were found other than they were left. */
  drift(kind: KindName, items?: number): void;
  /** One attempt of one call. */
  request(service: string, operation: string, outcome: RequestOutcome): void;
  /** Whether this replica holds the target's lease. Without it, nothing is told of the target any more. */
  leader(target: string, isHeld: boolean): void;
  /** All policies that select something in the target, and whether they are Ready there; those left out are forgotten. */
  policies(target: string, readiness: Readonly<Record<string, boolean>>): void;
  /** Messages of the queue. */
  events(result: EventResult, count?: number): void;
  /** All sources by name, and whether what holds is what they say now; those left out are forgotten. */
  sources(readiness: Readonly<Record<string, boolean>>): void;
  queueDepth(target: string, keys: number): void;
  paused(isPaused: boolean): void;
  /** What could not be told to EventBridge in the end. */
  notificationsLost(count: number): void;
  /** `takenAt`: of one that is in the status store now. */
  snapshot(target: string, result: "success" | "failure", takenAt?: Date): void;
  /** All of it, as Prometheus reads it. */
  render(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** Policies that are told of by name; of more, those that are not ready come first. */
const mostPolicies = 2_000;

export function createMetrics({ version }: { readonly version: string }): Metrics {
  const registers = [new Registry()];
  const [registry = new Registry()] = registers;
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Counter({ name, help, labelNames, registers });
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Gauge({ name, help, labelNames, registers });

  const passes = counter("ecsmon_reconcile_total", "Passes that ended, full and focused ones.", [
    "target",
    "result",
  ]);
  const durations = new Histogram({
    name: "ecsmon_reconcile_duration_seconds",
    help: "How long passes took, full and focused ones.",
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800],
    registers,
  });
  const lastPass = gauge(
    "ecsmon_last_pass_timestamp_seconds",
    "When the last full pass that was no failure ended, while this replica holds the target.",
    ["target"],
  );
  const snapshots = counter(
    "ecsmon_snapshots_total",
    "Snapshots for the status store, by what became of them.",
    ["target", "result"],
  );
  const lastSnapshot = gauge(
    "ecsmon_last_snapshot_timestamp_seconds",
    "When the snapshot in the status store was taken, while this replica holds the target.",
    ["target"],
  );
  const managed = gauge("ecsmon_managed_resources", "What stands as policies want it, in the targets held.", [
    "kind",
  ]);
  const drift = counter("ecsmon_drift_total", "Items that were found other than they were left.", ["kind"]);
  const requests = counter("ecsmon_aws_requests_total", "Attempts of calls to AWS.", [
    "service",
    "operation",
    "outcome",
  ]);
  const leader = gauge("ecsmon_is_leader", "1 while this replica holds the lease of the target.", ["target"]);
  const policyReady = gauge(
    "ecsmon_policy_ready",
    "1 while the policy is Ready in all targets that this replica holds.",
    ["policy"],
  );
  const events = counter("ecsmon_events_total", "Messages of the event queue, by what became of them.", [
    "result",
  ]);
  const sourceReady = gauge(
    "ecsmon_source_ready",
    "1 while the policies that hold are those that the source has now; 0: they are stale.",
    ["source"],
  );
  const queue = gauge("ecsmon_queue_depth", "Keys that wait for a pass.", ["target"]);
  const isPaused = gauge("ecsmon_paused", "1 while the freeze switch is on, or cannot be read.");
  const lost = counter("ecsmon_notifications_lost_total", "Events for EventBridge that could not be sent.");
  gauge("ecsmon_build_info", "Always 1; the version is in the label.", ["version"]).set({ version }, 1);
  new Gauge({
    name: "process_resident_memory_bytes",
    help: "Memory of the process.",
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });

  const managedOf = new Map<string, Readonly<Partial<Record<KindName, number>>>>();
  const readinessOf = new Map<string, Readonly<Record<string, boolean>>>();

  function sumManaged(): void {
    managed.reset();
    for (const kind of kindNames) {
      const counts = [...managedOf.values()].map((each) => each[kind] ?? 0);
      managed.set(
        { kind },
        counts.reduce((sum, count) => sum + count, 0),
      );
    }
  }

  function joinReadiness(): void {
    const joined = new Map<string, boolean>();
    for (const readiness of readinessOf.values())
      for (const [policy, ready] of Object.entries(readiness))
        joined.set(policy, ready && (joined.get(policy) ?? true));
    policyReady.reset();
    const told = [...joined].sort(([, a], [, b]) => Number(a) - Number(b)).slice(0, mostPolicies);
    for (const [policy, ready] of told) policyReady.set({ policy }, Number(ready));
  }

  sumManaged();
  isPaused.set(0);

  return {
    reconciled(target, result, seconds, { fullPassEndedAt } = {}) {
      passes.inc({ target, result });
      durations.observe(seconds);
      if (fullPassEndedAt !== undefined && result !== "failure")
        lastPass.set({ target }, fullPassEndedAt.getTime() / 1_000);
    },
    managed(target, counts) {
      managedOf.set(target, { ...counts });
      sumManaged();
    },
    drift: (kind, items = 1) => drift.inc({ kind }, items),
    snapshot(target, result, takenAt) {
      snapshots.inc({ target, result });
      if (takenAt !== undefined) lastSnapshot.set({ target }, takenAt.getTime() / 1_000);
    },
    request: (service, operation, outcome) => requests.inc({ service, operation, outcome }),
    leader(target, isHeld) {
      leader.set({ target }, Number(isHeld));
      if (isHeld) return;
      lastPass.remove({ target });
      lastSnapshot.remove({ target });
      queue.remove({ target });
      managedOf.delete(target);
      readinessOf.delete(target);
      sumManaged();
      joinReadiness();
    },
    policies(target, readiness) {
      readinessOf.set(target, { ...readiness });
      joinReadiness();
    },
    events: (result, count = 1) => events.inc({ result }, count),
    sources(readiness) {
      sourceReady.reset();
      for (const [source, ready] of Object.entries(readiness)) sourceReady.set({ source }, Number(ready));
    },
    queueDepth: (target, keys) => queue.set({ target }, keys),
    paused: (paused) => isPaused.set(Number(paused)),
    notificationsLost: (count) => lost.inc(count),
    async render() {
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}
