// The policy that an audit suggests, tried by planning it: only lines that the plan shows to close something stay, and what
// they promise is an audit of the account as it will be.
import { parsePolicies } from "../api/parse.ts";
import { factsAfter } from "../core/audit/after-plan.ts";
import { chooseDropped } from "../core/audit/choose-dropped.ts";
import { listMendings } from "../core/audit/list-mendings.ts";
import { judgeInSteps } from "../core/audit/report.ts";
import { type Leftover, writeSuggestion } from "../core/audit/suggest-policy.ts";
import type { Concealment } from "../core/conceal-wanted.ts";
import { serviceKey } from "../core/names.ts";
import type { AuditPromise, AuditReport, FindingPlace } from "../model/audit.ts";
import type { AuditFacts } from "../model/audit-facts.ts";
import { EcsmonError } from "../model/errors.ts";
import type { Plan, Unknown } from "../model/plan.ts";
import type { AuditDeps, Audited, AuditOptions } from "./audit.ts";
import { breatheThrough } from "./breathe.ts";
import { makePlan } from "./reconcile.ts";

export interface SuggestOptions extends AuditOptions {
  readonly owner: string;
  /** For an account as a snapshot has it. */
  readonly concealment?: Concealment | undefined;
}

export interface SuggestDeps extends AuditDeps {
  readonly now: () => Date;
  /** Called before each further look at the account, which is answered from memory. */
  readonly rewind: () => void;
}

export interface Suggestion {
  /** One MonitoringPolicy as YAML, or only comments. */
  readonly policy: string;
  readonly promised: AuditPromise;
  /** Of things of the owner's that stand, and that this file alone would take away. */
  readonly deletes: number;
  /** Services that applying it deploys again. */
  readonly redeploys: number;
  /** `cluster/service` of those among them that are in a deployment now: `apply` leaves them alone until it has settled. */
  readonly rolling: readonly string[];
  readonly appearing: readonly Appearing[];
  /** What the plan could not read: what depends on it is not promised. */
  readonly unread: readonly Unknown[];
}

/** A finding that comes with it: a topic that nobody hears, say. */
export interface Appearing {
  readonly code: string;
  /** `cluster/service`. */
  readonly services: readonly string[];
}

/**
 * Finds the policy by planning it: what does not close its finding is left out, and the rest planned again. Each round leaves
 * something out, so there is an end.
 */
export async function suggestPolicy(
  { facts, report }: Audited,
  options: SuggestOptions,
  deps: SuggestDeps,
): Promise<Suggestion> {
  const { notify, services } = options;
  const { wanted, leftovers } = listMendings(facts, report, notify !== undefined);
  const dropped: Leftover[] = [];
  let mendings = wanted;
  let unread: readonly Unknown[] = [];
  const write = (after: AuditReport): string =>
    writeSuggestion(facts, mendings, [...leftovers, ...dropped].filter(openIn(after)), {
      notify,
      named: facts.unreadable.length > 0 || services.length > 0,
    });
  while (mendings.length > 0) {
    deps.rewind();
    const plan = await planSuggestion(write(report), options, deps);
    // What is left out for it is not looked at again.
    if (unread.length === 0) unread = plan.unknown;
    const after = await breatheThrough(judgeInSteps(factsAfter(facts, plan.changes), notify), 20);
    const leave = chooseDropped(mendings, openIn(after), plan);
    if (leave.length === 0) {
      return {
        policy: write(after),
        promised: toPromise(after),
        deletes: plan.changes.reduce((sum, { deletes }) => sum + deletes, 0),
        redeploys: plan.changes.filter(({ impact }) => impact === "deployment").length,
        rolling: findRolling(facts, plan),
        appearing: findAppearing(report, after),
        unread,
      };
    }
    const left = new Set(leave.map(({ mending }) => mending));
    mendings = mendings.filter((one) => !left.has(one));
    dropped.push(
      ...leave.map(({ mending: { cluster, service, code }, why }) => ({ cluster, service, code, why })),
    );
  }
  return {
    policy: write(report),
    promised: toPromise(report),
    deletes: 0,
    redeploys: 0,
    rolling: [],
    appearing: [],
    unread,
  };
}

function findAppearing(before: AuditReport, after: AuditReport): readonly Appearing[] {
  const wasOpen = openIn(before);
  const byCode = new Map<string, string[]>();
  for (const { cluster, service, findings } of after.services)
    for (const { code } of findings)
      if (!wasOpen({ cluster, service, code }))
        byCode.set(code, [...(byCode.get(code) ?? []), `${cluster}/${service}`]);
  return [...byCode].map(([code, services]) => ({ code, services }));
}

/** Those that it deploys again, or whose deployments it judges otherwise. */
function findRolling({ services }: AuditFacts, { changes }: Plan): readonly string[] {
  const held = new Set(
    changes
      .filter(({ kind, differences }) =>
        kind === "Service"
          ? differences.some(({ path }) => path.startsWith("deploymentConfiguration"))
          : kind === "TaskDefinition",
      )
      .map(({ cluster = "", service = "" }) => serviceKey(cluster, service)),
  );
  return services.flatMap(({ workload: { cluster, service, deploymentInProgress } }) =>
    deploymentInProgress !== undefined && held.has(serviceKey(cluster, service))
      ? [`${cluster}/${service}`]
      : [],
  );
}

async function planSuggestion(policy: string, options: SuggestOptions, deps: SuggestDeps): Promise<Plan> {
  const policies = parsePolicies([{ file: "audit-suggestion.yaml", text: policy }]);
  const [error] = policies.diagnostics.filter(({ severity }) => severity === "error");
  if (error !== undefined)
    throw new EcsmonError("InvalidSuggestion", `the suggested policy is not valid: ${error.message}`, {
      fault: "operator",
    });
  const { clusters, services, asOf, owner, concealment } = options;
  // Guards are for those who apply it: what they hold back now, the promise is about.
  const everything = Number.MAX_SAFE_INTEGER;
  const guards = {
    maxDeletes: everything,
    maxRedeploys: everything,
    deletePolicy: "sync" as const,
    force: true,
  };
  const given = { owner, clusters, services, asOf, concealment, ...guards };
  return makePlan(policies, "audit-suggestion", given, deps);
}

function openIn({ services }: AuditReport): (place: FindingPlace) => boolean {
  const keyOf = ({ cluster, service, code }: FindingPlace): string =>
    `${serviceKey(cluster, service)} ${code}`;
  const open = services.flatMap(({ cluster, service, findings }) =>
    findings.map(({ code }) => keyOf({ cluster, service, code })),
  );
  const keys = new Set(open);
  return (place) => keys.has(keyOf(place));
}

function toPromise({ score, services }: AuditReport): AuditPromise {
  return {
    score,
    services: services.map(({ cluster, service, score: own }) => ({ cluster, service, score: own })),
  };
}
