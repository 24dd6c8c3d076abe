// The last line of the story: what a pass found and did becomes the status that people read. Pure: the earlier status,
// the report of the pass, and what lies around it go in.
import type { Failure } from "../model/errors.ts";
import { compareText } from "../model/json.ts";
import { isBlockedError } from "../model/plan.ts";
import type {
  Condition,
  Pause,
  PolicyStatus,
  ServiceStatus,
  SourceStatus,
  TargetStatus,
} from "../model/status.ts";
import { toConditions } from "./conditions.ts";
import type { PassReport } from "./findings.ts";
import { type GivenPolicy, readFormer } from "./former.ts";
import { noteGone } from "./gone.ts";
import { type AllFacts, factsOfService, gatherFacts } from "./status-facts.ts";
import { summarizeItems } from "./status-items.ts";
import { judge, type Situation } from "./verdict.ts";

export interface StatusInput {
  /** Without `findings`: nothing was looked at, or the pass failed before; what is known of services stands. */
  readonly report: Omit<PassReport, "findings" | "outcomes"> &
    Partial<Pick<PassReport, "findings" | "outcomes">>;
  readonly policies: readonly GivenPolicy[];
  readonly sources: readonly SourceStatus[];
  readonly pause?: Pause | undefined;
  /** `CLUSTER/SERVICE` of the services whose rollout is under way. */
  readonly rolling: readonly string[];
  /** Of those whose rollout begins when it is their turn. */
  readonly queued?: readonly string[];
  /** What was told since `previous`: conditions are as of then. Left out: nothing. */
  readonly told?: TargetStatus | undefined;
  /** The pass as a whole failed. */
  readonly failure?: Failure | undefined;
  readonly account: string;
  readonly region: string;
  readonly owner: string;
}

/**
 * The status after a pass. A focused report replaces its services alone; what is said of policies and of the target is
 * judged anew from all services. A report in which nothing material changed gives what `isSameStatus` calls the same.
 */
export function summarize(previous: TargetStatus | undefined, given: StatusInput): TargetStatus {
  const { report, account, region, owner, told = previous } = given;
  const { findings } = report;
  const at = report.endedAt.toISOString();
  const former = readFormer(previous, owner);
  const isFull = findings !== undefined && report.focus === undefined;
  const gone = summarizeGone(previous?.gone ?? {}, report);
  const { services, shared } = summarizeItems(former, given, gone, at);
  const facts = gatherFacts(services, shared, owner);
  const revision = isFull ? findings.plan.metadata.sourceRevision : (previous?.sourceRevision ?? "");
  const conditions = toConditions(
    told?.conditions ?? [],
    judge(facts.target, situationOf(given, { stale: given.sources.filter(isStale), isTarget: true })),
    at,
    revision,
  );
  const pass = summarizePass(given, conditions) ?? previous?.pass;
  return {
    target: report.target,
    owner,
    account,
    region,
    holder: report.holder,
    epoch: report.epoch,
    sourceRevision: revision,
    ...(pass === undefined ? {} : { pass }),
    conditions,
    sources: given.sources,
    policies: summarizePolicies(told?.policies ?? [], facts, given, isFull, at),
    services,
    shared,
    gone,
  };
}

/** Whether two statuses say the same, but for when passes ran and sources were asked. */
export function isSameStatus(a: TargetStatus, b: TargetStatus): boolean {
  return JSON.stringify(withoutTimes(a)) === JSON.stringify(withoutTimes(b));
}

/** What is said of one service, without since when: `Ready` first, then what else is true. */
export function judgeService(
  service: ServiceStatus,
  { shared, owner }: Pick<TargetStatus, "shared" | "owner">,
  pause?: Pause,
): ReturnType<typeof judge> {
  return judge(factsOfService(service, shared, owner), {
    pause,
    stale: [],
    isUnseen: false,
    isTarget: false,
  });
}

function withoutTimes({ pass, sources, ...rest }: TargetStatus): object {
  return {
    ...rest,
    ...(pass === undefined ? {} : { pass: { ...pass, startedAt: "", endedAt: "" } }),
    sources: sources.map(({ readAt, ...source }) => ({
      ...source,
      ...(readAt === undefined ? {} : { readAt: "" }),
    })),
  };
}

function isStale({ staleSince }: SourceStatus): boolean {
  return staleSince !== undefined;
}

function situationOf(
  { failure, pause }: StatusInput,
  over: Partial<Situation> & Pick<Situation, "stale">,
): Situation {
  return { failure, pause, isUnseen: false, isTarget: false, ...over };
}

function summarizePolicies(
  before: readonly PolicyStatus[],
  facts: AllFacts,
  given: StatusInput,
  isFull: boolean,
  at: string,
): readonly PolicyStatus[] {
  const known = new Map(before.map((policy) => [policy.name, policy]));
  const sorted = [...given.policies].sort((a, b) => compareText(a.name, b.name) || compareText(a.at, b.at));
  return sorted.map(({ name, at: place, generation }) => {
    const previous = known.get(name)?.conditions ?? [];
    const own = facts.of(name);
    const observed = isFull ? generation : (previous[0]?.observedGeneration ?? "");
    const stale = given.sources.filter((source) => isStale(source) && place.startsWith(source.name));
    const situation = situationOf(given, { stale, isUnseen: observed !== generation });
    return {
      name,
      at: place,
      generation,
      conditions: toConditions(previous, judge(own, situation), at, observed),
      services: own.services,
      managed: own.managed,
      troubled: own.stalls.length + own.retries.length,
    };
  });
}

function summarizePass(
  { report, failure }: StatusInput,
  [ready]: readonly Condition[],
): TargetStatus["pass"] | undefined {
  const { findings, focus, outcomes = [], startedAt, endedAt } = report;
  if (focus !== undefined || (findings === undefined && failure === undefined)) return undefined;
  const times = { startedAt: startedAt.toISOString(), endedAt: endedAt.toISOString() };
  if (failure !== undefined)
    return { ...times, result: "failure", message: `${failure.code}: ${failure.message}` };
  const isWhole =
    findings !== undefined &&
    findings.plan.unknown.length === 0 &&
    !findings.plan.blocked.some(isBlockedError) &&
    !outcomes.some(({ result }) => result === "failed");
  if (isWhole) return { ...times, result: "success" };
  return { ...times, result: "partial", ...(ready === undefined ? {} : { message: ready.message }) };
}

function summarizeGone(
  before: TargetStatus["gone"],
  { findings, focus, endedAt }: StatusInput["report"],
): TargetStatus["gone"] {
  if (findings === undefined) return before;
  if (focus === undefined) return noteGone(before, findings, endedAt);
  const inFocus = new Set(focus);
  const split = (isIn: boolean) => Object.entries(before).filter(([key]) => inFocus.has(key) === isIn);
  const noted = noteGone(Object.fromEntries(split(true)), findings, endedAt);
  return Object.fromEntries(
    [...split(false), ...Object.entries(noted)].sort(([a], [b]) => compareText(a, b)),
  );
}
