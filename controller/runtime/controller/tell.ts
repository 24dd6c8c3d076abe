// What a pass is told of: one line in the log for each decision, the metrics, and notices of what people should know.
// What was told before and is as it was is not told again.
import { serviceKey } from "../../core/names.ts";
import type { KindName, Outcome } from "../../model/plan.ts";
import type { JournalEntry, ServiceStatus, TargetStatus, Trouble } from "../../model/status.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { Notifier } from "./notify.ts";
import type { Told } from "./pass.ts";

const outcomeEvents = {
  applied: ["info", "change-applied"],
  skipped: ["info", "change-skipped"],
  failed: ["error", "change-failed"],
} as const;

/** Codes of what is not written now because nothing is: no news of the single change. */
const notNow: ReadonlySet<string> = new Set([
  "LeaseLost",
  "LeaseClaimed",
  "Stopped",
  "Interrupted",
  "Paused",
  "SwitchUnread",
  "PoliciesChanged",
]);

const troubleEvents = {
  blocked: ["info", "item-blocked"],
  failed: ["warn", "item-failed"],
} as const;

export interface Tellers {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly notifier: Notifier;
}

export function tellOutcome(
  target: string,
  { kind, name, cluster, service, action, result, note, error }: Outcome,
  { log, notifier }: Tellers,
): void {
  const isHeld = error !== undefined && notNow.has(error.code);
  const [said, event] = outcomeEvents[result];
  // The line of the pass counts them.
  const level = isHeld ? "debug" : said;
  log(level, event, { target, kind, name, cluster, service, action, note, ...error });
  if (result === "failed" && !isHeld)
    notifier.tell({ what: "Failure", target, kind, name, ...place({ cluster, service }), ...error });
}

export function tellPass({ work, report, entries, status, previous }: Told, tellers: Tellers): void {
  const { log, metrics, notifier } = tellers;
  const { target, startedAt, endedAt, findings, outcomes } = report;
  const { plan } = findings;
  const seconds = (endedAt.getTime() - startedAt.getTime()) / 1000;
  const failed = outcomes.filter(({ result }) => result === "failed").length;
  const result = plan.unknown.length + failed === 0 ? "success" : "partial";
  metrics.reconciled(target, result, seconds, work.is === "full" ? { fullPassEndedAt: endedAt } : {});
  metrics.managed(target, countManaged(status));
  const writes = outcomes.filter(({ result }) => result === "applied").length;
  const quiet = work.is === "services" && writes + failed + plan.changes.length === 0;
  log(quiet ? "debug" : "info", "pass", {
    target,
    look: work.is === "full" ? "full" : work.keys,
    why: work.why,
    seconds,
    services: findings.services.length,
    changes: plan.changes.length,
    written: writes,
    failed,
    skipped: outcomes.filter(({ result }) => result === "skipped").length,
    blocked: plan.blocked.length,
    unknown: plan.unknown.length,
    unchanged: plan.unchanged,
    revision: plan.metadata.sourceRevision,
  });
  tellTroubles(target, previous, status, tellers);
  for (const { cluster, service, found, repaired } of driftedServices(previous, status)) {
    const items = entries
      .filter((entry) => entry.cluster === cluster && entry.service === service && isDrift(entry))
      .map(({ kind, name }) => ({ kind, name }));
    for (const { kind } of items) metrics.drift(kind);
    log("warn", "drift", { target, cluster, service, found, repaired, items });
    notifier.tell({ what: "Drift", target, cluster, service, found, repaired, items });
  }
}

function isDrift({ why }: JournalEntry): boolean {
  return why.startsWith("drift");
}

/** Blocked and failed items that were not there before, and those that are no more. */
function tellTroubles(
  target: string,
  previous: TargetStatus | undefined,
  status: TargetStatus,
  { log, notifier }: Tellers,
): void {
  const before = indexTroubles(previous);
  const now = indexTroubles(status);
  for (const [key, { trouble, is }] of now) {
    if (before.has(key)) continue;
    const { kind, name, code, message } = trouble;
    const [level, event] = troubleEvents[is];
    log(level, event, {
      target,
      kind,
      name,
      ...place(trouble),
      code,
      message,
    });
    if (is === "failed")
      notifier.tell({ what: "Failure", target, kind, name, ...place(trouble), code, message });
  }
  for (const [key, { trouble }] of before) {
    if (now.has(key)) continue;
    const { kind, name, code } = trouble;
    log("info", "item-freed", { target, kind, name, ...place(trouble), code });
    notifier.tell({ what: "Recovered", target, kind, name, ...place(trouble), code });
  }
}

/** Also where there was no pass: rollouts and sources move conditions too. */
export function tellConditions(
  { target, policies, conditions }: TargetStatus,
  previous: TargetStatus | undefined,
  { metrics, notifier }: Tellers,
): void {
  metrics.policies(
    target,
    Object.fromEntries(
      policies.map(({ name, conditions: own }) => [
        name,
        own.some(({ type, status }) => type === "Ready" && status === "True"),
      ]),
    ),
  );
  const stalled = conditions.find(({ type }) => type === "Stalled");
  const wasStalled = previous?.conditions.some(({ type }) => type === "Stalled") ?? false;
  if (stalled !== undefined && !wasStalled)
    notifier.tell({ what: "Stalled", target, code: stalled.reason, message: stalled.message });
}

type Indexed = Map<string, { readonly trouble: Trouble; readonly is: "blocked" | "failed" }>;

function indexTroubles(status: TargetStatus | undefined): Indexed {
  const all: Indexed = new Map();
  const add = (is: "blocked" | "failed", troubles: readonly Trouble[]): void => {
    for (const trouble of troubles)
      all.set(
        JSON.stringify([is, trouble.kind, trouble.name, trouble.cluster, trouble.service, trouble.code]),
        { trouble, is },
      );
  };
  for (const { blocked, failed } of [
    ...(status?.services ?? []),
    ...(status === undefined ? [] : [status.shared]),
  ]) {
    add("blocked", blocked);
    add("failed", failed);
  }
  return all;
}

function countManaged({ services, shared }: TargetStatus): Partial<Record<KindName, number>> {
  const counts: Partial<Record<KindName, number>> = {};
  for (const { managed } of services)
    for (const [kind, names] of Object.entries(managed) as [KindName, readonly string[]][])
      counts[kind] = (counts[kind] ?? 0) + names.length;
  for (const { kind } of shared.managed) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

type Drifted = {
  readonly cluster: string;
  readonly service: string;
  readonly found: number;
  readonly repaired: number;
};

function driftedServices(previous: TargetStatus | undefined, status: TargetStatus): Drifted[] {
  const before = new Map(previous?.services.map((one) => [keyOf(one), one.drift]));
  return status.services.flatMap(({ cluster, service, drift }) => {
    const had = before.get(keyOf({ cluster, service })) ?? { found: 0, repaired: 0 };
    return drift.found > had.found
      ? [{ cluster, service, found: drift.found - had.found, repaired: drift.repaired - had.repaired }]
      : [];
  });
}

function keyOf({ cluster, service }: Pick<ServiceStatus, "cluster" | "service">): string {
  return serviceKey(cluster, service);
}

function place({ cluster, service }: { cluster?: string | undefined; service?: string | undefined }): {
  cluster?: string;
  service?: string;
} {
  return { ...(cluster === undefined ? {} : { cluster }), ...(service === undefined ? {} : { service }) };
}
