// The policy that an audit suggests, tried by planning it: only lines that the plan shows to close something stay, and what
// they promise is an audit of the account as it will be.
import { parsePolicies } from "../api/parse.ts";
import { factsAfter } from "../core/audit/after-plan.ts";
import type { FindingCode } from "../core/audit/findings.ts";
import { indexFacts } from "../core/audit/index-facts.ts";
import { findRemedy } from "../core/audit/remedies.ts";
import { judgeInSteps } from "../core/audit/report.ts";
import { type Leftover, type Mending, writeSuggestion } from "../core/audit/suggest-policy.ts";
import type { Concealment } from "../core/conceal-wanted.ts";
import { serviceKey } from "../core/names.ts";
import type { AuditPromise, AuditReport } from "../model/audit.ts";
import type { AuditFacts } from "../model/audit-facts.ts";
import { EcsmonError } from "../model/errors.ts";
import { isObject } from "../model/json.ts";
import type { KindName, Plan, Unknown } from "../model/plan.ts";
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
  /** Codes of findings that come with it. */
  readonly appearing: readonly string[];
  /** What the plan could not read: what depends on it is not promised. */
  readonly unread: readonly Unknown[];
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
  const { wanted, leftovers } = listMendings(facts, report, notify);
  const dropped: Leftover[] = [];
  let mendings = wanted;
  let unread: readonly Unknown[] = [];
  const write = (after: AuditReport): string =>
    writeSuggestion(
      facts,
      mendings,
      [...leftovers, ...dropped].filter((one) => isOpen(one, after)),
      { notify, named: facts.unreadable.length > 0 || services.length > 0 },
    );
  while (mendings.length > 0) {
    deps.rewind();
    const plan = await planSuggestion(write(report), options, deps);
    // What is left out for it is not looked at again.
    if (unread.length === 0) unread = plan.unknown;
    const after = await breatheThrough(judgeInSteps(factsAfter(facts, plan.changes), notify), 20);
    const open = mendings.filter((one) => isOpen(one, after));
    if (open.length === 0) {
      return {
        policy: write(after),
        promised: toPromise(after),
        deletes: plan.changes.reduce((sum, { deletes }) => sum + deletes, 0),
        redeploys: plan.changes.filter(({ impact }) => impact === "deployment").length,
        appearing: findAppearing(report, after),
        unread,
      };
    }
    const leave = chooseDropped(open, plan);
    mendings = mendings.filter((one) => !leave.some(({ mending }) => mending === one));
    dropped.push(
      ...leave.map(({ mending: { cluster, service, code }, why }) => ({ cluster, service, code, why })),
    );
  }
  return {
    policy: write(report),
    promised: toPromise(report),
    deletes: 0,
    redeploys: 0,
    appearing: [],
    unread,
  };
}

/** Codes that are found once it is applied, and were not before: a topic that nobody hears, say. */
function findAppearing(before: AuditReport, after: AuditReport): readonly string[] {
  const codesOf = ({ services }: AuditReport): ReadonlySet<string> =>
    new Set(services.flatMap(({ findings }) => findings.map(({ code }) => code)));
  const old = codesOf(before);
  return [...codesOf(after)].filter((code) => !old.has(code));
}

function listMendings(
  facts: AuditFacts,
  report: AuditReport,
  notify: string | undefined,
): { readonly wanted: readonly Mending[]; readonly leftovers: readonly Leftover[] } {
  const index = indexFacts(facts);
  const byKey = new Map(
    facts.services.map((one) => [serviceKey(one.workload.cluster, one.workload.service), one]),
  );
  const wanted: Mending[] = [];
  const leftovers: Leftover[] = [];
  for (const { cluster, service, findings } of report.services) {
    const one = byKey.get(serviceKey(cluster, service));
    if (one === undefined) continue;
    let chosen: unknown;
    for (const finding of findings) {
      const code = finding.code as FindingCode;
      const remedy = findRemedy(code, one, index, notify);
      if ("byHand" in remedy) leftovers.push({ cluster, service, code, why: remedy.byHand });
      else if (remedy.tells === true && notify === undefined)
        leftovers.push({ cluster, service, code, why: "say whom to tell: --notify ARN of an SNS topic" });
      else {
        const { logging } = remedy.spec;
        const container = isObject(logging) ? logging["container"] : undefined;
        chosen ??= container;
        // The options of one are not to be put into another.
        if (container === undefined || container === chosen)
          wanted.push({ cluster, service, code, spec: remedy.spec });
        else
          leftovers.push({
            cluster,
            service,
            code,
            why: `mend container ${String(container)} in the task definition: logging in a policy is for one container, which is ${String(chosen)}`,
          });
      }
    }
  }
  return { wanted, leftovers };
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

function isOpen(
  { cluster, service, code }: Pick<Mending, "cluster" | "service" | "code">,
  { services }: AuditReport,
): boolean {
  const one = services.find((audited) => audited.cluster === cluster && audited.service === service);
  return one?.findings.some((finding) => finding.code === code) ?? false;
}

const taskCodes: ReadonlySet<string> = new Set([
  "NoAgent",
  "NoLogDriver",
  "LogModeUnstated",
  "LogBufferUnstated",
]);

/** The kinds by which a finding is closed; alarms close all others. */
const closingKinds: Readonly<Partial<Record<FindingCode, readonly KindName[]>>> = {
  TargetGroupSlow: ["TargetGroup"],
  GracePeriodShort: ["Service"],
  NoCircuitBreaker: ["Service"],
  CircuitBreakerKeepsBroken: ["Service"],
  TaskStoppedUntold: ["EventRule"],
  DeploymentFailedUntold: ["EventRule"],
  InsightsOff: ["ClusterSettings"],
  NoRetention: ["LogGroup", "TaskDefinition"],
  NoErrorSignal: ["MetricFilter", "LogGroup", "TaskDefinition"],
};

/**
 * A sidecar for which there is no room holds the whole task definition back: without it the rest may fit. Else all that is
 * still open goes.
 */
function chooseDropped(
  open: readonly Mending[],
  { blocked, unknown }: Plan,
): readonly { readonly mending: Mending; readonly why: string }[] {
  const blockedFor = ({ cluster, service, code }: Mending): Plan["blocked"][number] | undefined => {
    const own = blocked.filter((one) => one.cluster === cluster && one.service === service);
    return own.find(({ kind }) => (kind === "TaskDefinition") === taskCodes.has(code)) ?? own[0];
  };
  const unreadFor = ({ cluster, service, code }: Mending): Unknown | undefined => {
    const kinds: readonly string[] = taskCodes.has(code)
      ? ["TaskDefinition"]
      : (closingKinds[code] ?? ["MetricAlarm", "CompositeAlarm", "LogAlarm"]);
    return unknown.find(
      (one) =>
        (one.kind === "Workload" || kinds.includes(one.kind)) &&
        (one.cluster ?? cluster) === cluster &&
        (one.service ?? service) === service,
    );
  };
  const crowding = open.filter((one) => one.code === "NoAgent" && blockedFor(one)?.kind === "TaskDefinition");
  const leave = crowding.length > 0 ? crowding : open;
  return leave.map((mending) => {
    const [held, unread] = [blockedFor(mending), unreadFor(mending)];
    const why =
      unread !== undefined
        ? `a policy's lines for it could not be tried: ${unread.code}: ${unread.message}`
        : held === undefined
          ? "a policy's lines for it were tried, and the plan shows that they would not close it"
          : `a policy's lines for it are held back: ${held.code}: ${held.message}`;
    return { mending, why };
  });
}

function toPromise({ score, services }: AuditReport): AuditPromise {
  return {
    score,
    services: services.map(({ cluster, service, score: own }) => ({ cluster, service, score: own })),
  };
}
