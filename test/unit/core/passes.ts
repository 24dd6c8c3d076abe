// Passes as the tests of status tell them: what was found, what was done, and when.
import type { Findings, ManagedItem, PassReport } from "../../../controller/core/findings.ts";
import type { StatusInput } from "../../../controller/core/status.ts";
import type { Blocked, Change, Outcome, Unknown } from "../../../controller/model/plan.ts";
import type { Condition, TargetStatus } from "../../../controller/model/status.ts";

export const target = "ecsmon-123456789012-eu-central-1";

/** Of prod/web and the policy web, unless told otherwise. */
export function change(over: Partial<Change> & { readonly name: string }): Change {
  return {
    id: over.name,
    kind: "MetricAlarm",
    action: "create",
    cluster: "prod",
    service: "web",
    policies: ["web"],
    enforcement: "Enforce",
    before: null,
    after: {},
    differences: [],
    impact: "none",
    deletes: 0,
    needs: [],
    ...over,
  };
}

export function standing(name: string, over: Partial<ManagedItem> = {}): ManagedItem {
  return { kind: "MetricAlarm", name, cluster: "prod", service: "web", policies: ["web"], ...over };
}

export function blocked(name: string, code: string, over: Partial<Blocked> = {}): Blocked {
  return { ...standing(name), policies: ["web"], code, message: `it is ${code}`, ...over };
}

export function outcome(of: Change, result: Outcome["result"], code?: string): Outcome {
  const { kind, name, id, action, cluster, service } = of;
  return {
    kind,
    name,
    id,
    action,
    ...(cluster === undefined ? {} : { cluster }),
    ...(service === undefined ? {} : { service }),
    result,
    ...(code === undefined ? {} : { error: { code, message: `it is ${code}` } }),
  };
}

/** What a pass found; all of it may be left out. `selected`: `CLUSTER/SERVICE` → policies. */
export interface Found {
  readonly standing?: readonly ManagedItem[];
  readonly changes?: readonly Change[];
  readonly blocked?: readonly Blocked[];
  readonly unknown?: readonly Unknown[];
  readonly selected?: Readonly<Record<string, readonly string[]>>;
  readonly gone?: readonly string[];
  readonly absent?: readonly string[];
}

export function findings(found: Found): Findings {
  const selected = Object.entries(found.selected ?? { "prod/web": ["web"] }).map(([key, policies]) => {
    const [cluster = "", service = ""] = key.split("/");
    return { cluster, service, policies };
  });
  return {
    plan: {
      metadata: {
        owner: "ecsmon",
        region: "eu-central-1",
        account: "123456789012",
        sourceRevision: "rev",
        createdAt: "2026-11-22T09:00:00.000Z",
        asOf: "2026-11-22T09:00:00.000Z",
      },
      unchanged: found.standing?.length ?? 0,
      changes: found.changes ?? [],
      unknown: found.unknown ?? [],
      blocked: found.blocked ?? [],
      diagnostics: [],
    },
    held: new Map(),
    services: selected.map(({ cluster, service }) => ({ cluster, service })),
    selected,
    standing: found.standing ?? [],
    gone: found.gone ?? [],
    absent: found.absent ?? [],
    sharedBy: new Map(),
  };
}

export interface Told extends Partial<Omit<StatusInput, "report">> {
  /** Minutes after nine. */
  readonly minute?: number;
  /** Left out: nothing was looked at. */
  readonly found?: Found;
  readonly outcomes?: readonly Outcome[];
  readonly focus?: readonly string[];
}

/** A pass of the one policy web, of generation g1. */
export function pass({ minute = 0, found, outcomes, focus, ...rest }: Told): StatusInput {
  const startedAt = new Date(Date.parse("2026-11-22T09:00:00Z") + minute * 60_000);
  const report: StatusInput["report"] = {
    target,
    holder: "one",
    epoch: 1,
    startedAt,
    endedAt: new Date(startedAt.getTime() + 2_000),
    ...(focus === undefined ? {} : { focus }),
    ...(found === undefined ? {} : { findings: findings(found) }),
    ...(outcomes === undefined ? {} : { outcomes }),
  } satisfies Partial<PassReport>;
  return {
    report,
    policies: [{ name: "web", at: "policies/web.yaml:1", generation: "g1" }],
    sources: [{ name: "policies", revision: "rev", readAt: startedAt.toISOString() }],
    rolling: [],
    account: "123456789012",
    region: "eu-central-1",
    owner: "ecsmon",
    ...rest,
  };
}

/** `Ready=True Succeeded, Drifted=True Audit` */
export function inWords(conditions: readonly Pick<Condition, "type" | "status" | "reason">[]): string {
  return conditions.map(({ type, status, reason }) => `${type}=${status} ${reason}`).join(", ");
}

export function policyWords({ policies }: TargetStatus, name = "web"): string {
  return inWords(policies.find((policy) => policy.name === name)?.conditions ?? []);
}
