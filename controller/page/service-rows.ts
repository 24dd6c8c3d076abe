// All services of all targets as rows of one matrix: what is kept of each and what the audit found, judged to one state.
import { serviceKey } from "../core/names.ts";
import { judgeService } from "../core/status.ts";
import { isError } from "../core/status-facts.ts";
import type { AuditedService, AuditReport } from "../model/audit.ts";
import type { Condition, Pause, ServiceStatus, TargetStatus } from "../model/status.ts";
import type { Unheard, UnreadTarget } from "./hearing.ts";

/** In the order in which they matter; `unheard`: it is old, whatever it was; `unwatched`: no policy selects it. */
export const states = [
  "unheard",
  "failed",
  "blocked",
  "drifted",
  "waiting",
  "rolling",
  "shown",
  "unwatched",
  "ready",
] as const;
export type State = (typeof states)[number];

export type Said = Pick<Condition, "type" | "status" | "reason" | "message">;

export interface ServiceRow {
  /** The target's name. */
  readonly target: string;
  readonly cluster: string;
  readonly service: string;
  readonly state: State;
  /** `Ready` first; of a service that no policy selects there is none. */
  readonly conditions: readonly Said[];
  readonly status?: ServiceStatus;
  readonly audit?: AuditedService;
  /** Of one that is `unheard`: since when, and what it was then. */
  readonly former?: { readonly since: string; readonly state: State };
}

/** What the page knows. */
export interface Sight {
  readonly targets: readonly TargetStatus[];
  readonly pause: Pause | undefined;
  /** By target; of a target without one, the four kinds of monitoring are not known yet. */
  readonly audits: ReadonlyMap<string, AuditReport>;
  readonly unread: readonly UnreadTarget[];
  readonly unheard: Unheard;
}

interface Judged {
  readonly pause: string;
  readonly audit: AuditReport | undefined;
  readonly since: string | undefined;
  readonly rows: readonly ServiceRow[];
}

/** A status that is as it was is not judged again: thousands of services are, at each look of each reader. */
const judged = new WeakMap<TargetStatus, Judged>();

export function listRows({ targets, pause, audits, unheard }: Sight): readonly ServiceRow[] {
  const paused = JSON.stringify(pause) ?? "";
  return targets.flatMap((target) => {
    const audit = audits.get(target.target);
    const known = judged.get(target);
    const since = unheard.get(target.target);
    if (known !== undefined && known.pause === paused && known.audit === audit && known.since === since)
      return known.rows;
    const found = judgeTarget(target, pause, audit);
    const rows =
      since === undefined
        ? found
        : found.map((row): ServiceRow => ({ ...row, state: "unheard", former: { since, state: row.state } }));
    judged.set(target, { pause: paused, audit, since, rows });
    return rows;
  });
}

function judgeTarget(
  target: TargetStatus,
  pause: Pause | undefined,
  audit: AuditReport | undefined,
): readonly ServiceRow[] {
  const audited = new Map(audit?.services.map((one) => [serviceKey(one.cluster, one.service), one]));
  const kept = target.services.map((status): ServiceRow => {
    const { cluster, service } = status;
    const conditions = judgeService(status, target, pause);
    const found = audited.get(serviceKey(cluster, service));
    return {
      target: target.target,
      cluster,
      service,
      state: stateOf(status, conditions),
      conditions,
      status,
      ...(found === undefined ? {} : { audit: found }),
    };
  });
  const own = new Set(kept.map(({ cluster, service }) => serviceKey(cluster, service)));
  const others = [...audited.values()].filter(
    ({ cluster, service }) => !own.has(serviceKey(cluster, service)),
  );
  return [
    ...kept,
    ...others.map(
      ({ cluster, service }): ServiceRow => ({
        target: target.target,
        cluster,
        service,
        state: "unwatched",
        conditions: [],
        audit: audited.get(serviceKey(cluster, service)) as AuditedService,
      }),
    ),
  ];
}

function stateOf(status: ServiceStatus, conditions: readonly Said[]): State {
  const reasonOf = (type: Said["type"]): string | undefined =>
    conditions.find((one) => one.type === type)?.reason;
  if (status.failed.length > 0 || reasonOf("Reconciling") === "Retrying") return "failed";
  if (status.blocked.some(isError)) return "blocked";
  if (reasonOf("Drifted") === "DriftFound") return "drifted";
  if (status.rolling) return "rolling";
  if (conditions[0]?.status !== "True") return "waiting";
  if (reasonOf("Drifted") === "Audit") return "shown";
  return status.policies.length === 0 ? "unwatched" : "ready";
}

export interface RowQuery {
  /** Words, all of which stand in its names (`CLUSTER/SERVICE`), those of its policies, its reasons and codes. */
  readonly search: string;
  readonly state?: State;
  readonly cluster?: string;
  readonly target?: string;
  readonly sort: "state" | "name" | "score" | "changed" | "drift";
}

export function chooseRows(rows: readonly ServiceRow[], query: RowQuery): readonly ServiceRow[] {
  const words = query.search.toLowerCase().split(/\s+/).filter(Boolean);
  return rows
    .filter(
      (row) =>
        (query.state === undefined || row.state === query.state) &&
        (query.cluster === undefined || row.cluster === query.cluster) &&
        (query.target === undefined || row.target === query.target) &&
        (words.length === 0 || hasWords(row, words)),
    )
    .sort(orders[query.sort]);
}

function hasWords(
  { target, cluster, service, status, conditions }: ServiceRow,
  words: readonly string[],
): boolean {
  const reasons = conditions.map(({ reason }) => reason);
  const codes = [...(status?.blocked ?? []), ...(status?.failed ?? [])].map(({ code }) => code);
  const text = [target, `${cluster}/${service}`, ...(status?.policies ?? []), ...reasons, ...codes]
    .join(" ")
    .toLowerCase();
  return words.every((word) => text.includes(word));
}

type Order = (a: ServiceRow, b: ServiceRow) => number;

const byName: Order = (a, b) =>
  compare(a.cluster, b.cluster) || compare(a.service, b.service) || compare(a.target, b.target);

const orders: Readonly<Record<RowQuery["sort"], Order>> = {
  name: byName,
  state: (a, b) => states.indexOf(a.state) - states.indexOf(b.state) || byName(a, b),
  // What is not known comes last.
  score: (a, b) => (a.audit?.score ?? 101) - (b.audit?.score ?? 101) || byName(a, b),
  drift: (a, b) => compare(b.status?.drift.lastAt ?? "", a.status?.drift.lastAt ?? "") || byName(a, b),
  changed: (a, b) => compare(b.status?.lastChangedAt ?? "", a.status?.lastChangedAt ?? "") || byName(a, b),
};

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function countStates(rows: readonly ServiceRow[]): Readonly<Record<State, number>> {
  const counts = Object.fromEntries(states.map((state) => [state, 0])) as Record<State, number>;
  for (const { state } of rows) counts[state] += 1;
  return counts;
}
