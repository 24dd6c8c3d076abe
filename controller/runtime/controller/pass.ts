// One pass over a target, or over some of its services: look, write, tell.
import type { Findings, PassReport } from "../../core/findings.ts";
import { goneForLong } from "../../core/gone.ts";
import { type EntryContext, makeEntries } from "../../core/journal-entries.ts";
import { placeOfKey, serviceKey } from "../../core/names.ts";
import { settleExceptions } from "../../core/waivers.ts";
import { type Failure, toFailure } from "../../model/errors.ts";
import type { Change, Outcome, Plan } from "../../model/plan.ts";
import type { JournalEntry, TargetStatus } from "../../model/status.ts";
import type { Journal } from "../../state/journal.ts";
import type { Held } from "../../state/lease.ts";
import { look, type ReconcileOptions } from "../reconcile.ts";
import type { BudgetKeeper, UnderWay } from "./budget-keeper.ts";
import type { Log } from "./log.ts";
import { findFailed, type WriteRequest, writeRecorded } from "./recorded-write.ts";
import { createRolloutJob } from "./rollout-job.ts";
import type { CurrentPolicies } from "./source-keeper.ts";
import { createStatusTeller, findMoreDrift, givenPolicies, type TellerDeps } from "./status-teller.ts";
import { rememberLook, type TargetMemory } from "./target-memory.ts";
import type { ServiceKey, Work } from "./work-queue.ts";

export interface PassDeps extends Omit<TellerDeps, "job"> {
  readonly log: Log;
  /** Left out: not every source has been read with success yet. */
  readonly policies: () => CurrentPolicies | undefined;
  readonly budget: BudgetKeeper;
  readonly journal: Journal;
  /** Why nothing may be written at this moment: paused, or whether it is paused is not known. */
  readonly refuses: () => Failure | undefined;
  /** Reading has begun or ended: what is only read need not be finished when we are told to stop. */
  readonly onReading: (isReading: boolean) => void;
  /** Tells people and programs; never throws. */
  readonly onPass: (told: Told) => void;
  readonly onOutcome: (outcome: Outcome) => void;
  /** Rollouts have ended: their services are to be looked at. `waited`: others can begin only now. */
  readonly onRolled: (services: readonly ServiceKey[], ending: { readonly waited: boolean }) => void;
}

export interface Told {
  readonly work: Work;
  readonly report: PassReport;
  /** Why each change of the plan was wanted. */
  readonly entries: readonly JournalEntry[];
  readonly status: TargetStatus;
  readonly previous: TargetStatus | undefined;
}

export type PassEnd =
  | {
      readonly is: "done";
      readonly plan: Plan;
      readonly outcomes: readonly Outcome[];
      readonly looked: readonly (ServiceKey | "*")[];
      /** Services of which something was found other than it was left, and put right. */
      readonly repaired: readonly ServiceKey[];
    }
  /** The pass as a whole could not be made. */
  | { readonly is: "failed"; readonly failure: Failure }
  /** There are no policies yet, or the lease ended meanwhile. */
  | { readonly is: "nothing" };

export interface Passes {
  run(work: Work): Promise<PassEnd>;
  /** Rollouts that have not begun do not begin any more. */
  stopJob(): void;
  /** Tells what is known of the target anew, with what lies around it now. */
  retell(): void;
  /** Resolves when everything that runs has ended and is told of. */
  end(): Promise<void>;
}

/** One write of a plan, or of some of its changes. */
interface Writing extends Pick<WriteRequest, "id" | "wait" | "signal"> {
  readonly onBegin?: (change: Change) => void;
  readonly onOutcome?: (outcome: Outcome) => void;
}

const untold = { journal: "journal-unwritten", budget: "budget-unwritten" } as const;

export function createPasses(memory: TargetMemory, held: Held, deps: PassDeps): Passes {
  const { target, clock, log, holder } = deps;
  const { aws, mackerel, settings } = target;
  const { epoch } = held;
  /** Of rollouts that ended since their services were looked at last. */
  let landed: readonly Outcome[] = [];

  const refused = (): Failure | undefined =>
    held.signal.aborted ? toFailure(held.signal.reason) : deps.refuses();
  /** What was planned from policies that hold no more is not begun. */
  const refusedFor = (current: CurrentPolicies): Failure | undefined =>
    deps.policies() === current
      ? refused()
      : { code: "PoliciesChanged", message: "the policies have changed since this was planned" };

  const contextOf = (current: CurrentPolicies): EntryContext => ({
    at: clock.now().toISOString(),
    target: target.id,
    holder,
    epoch,
    owner: target.owner,
    previous: memory.status,
    policies: givenPolicies(current),
    revisions: revisionsOf(current),
  });

  const write = (
    plan: Plan,
    changes: readonly Change[],
    { id, wait, signal, onBegin, onOutcome }: Writing,
    current: CurrentPolicies,
  ): Promise<readonly Outcome[]> => {
    const request = {
      id,
      plan,
      changes,
      wait,
      signal,
      knownServices: memory.services.size,
      entries: contextOf(current),
    };
    return writeRecorded(request, {
      apply: {
        aws,
        mackerel,
        now: () => clock.now(),
        sleep: (milliseconds) => clock.sleep(milliseconds, signal),
        progress: () => undefined,
        forbids: () => refusedFor(current),
        ...(onBegin === undefined ? {} : { onBegin }),
      },
      budget: deps.budget,
      journal: deps.journal,
      onOutcome(outcome) {
        onOutcome?.(outcome);
        deps.onOutcome(outcome);
      },
      onUntold: (what, error) => log("error", untold[what], { target: target.id, ...toFailure(error) }),
    });
  };

  deps.budget.forget();
  let writes = 0;
  const nextId = (): string => `${clock.now().toISOString()}-${epoch}-${++writes}`;
  /** What the running job rolls by, and its room in the budget. */
  let rolling: (UnderWay & { readonly ended: Set<string>; readonly current: CurrentPolicies }) | undefined;
  const job = createRolloutJob({
    async write(plan, changes, steps) {
      if (rolling !== undefined)
        await write(plan, changes, { id: rolling.id, wait: true, ...steps }, rolling.current);
    },
    onMove(service, outcome) {
      if (outcome !== undefined) {
        rolling?.ended.add(`${outcome.kind}/${outcome.id}`);
        landed = [...landed, outcome];
        deps.onRolled([service], { waited: false });
      }
      status.moved();
    },
    onEnd(left, { waited, error }) {
      if (error !== undefined)
        log("error", "rollouts-not-begun", { target: target.id, services: left, ...toFailure(error) });
      rolling = undefined;
      deps.onRolled(left, { waited });
    },
  });
  const status = createStatusTeller(memory, held, { ...deps, job: () => job });
  held.signal.addEventListener("abort", () => job.stop());

  async function run(work: Work): Promise<PassEnd> {
    const startedAt = clock.now();
    const current = deps.policies();
    if (current === undefined) {
      log("info", "pass-waits", {
        target: target.id,
        why: "not every source has a revision that is good yet",
      });
      return { is: "nothing" };
    }
    const head = { target: target.id, holder, epoch, startedAt };
    const focus = work.is === "full" ? undefined : work.keys;
    let failure: Failure | undefined;
    const before = landed.filter(
      ({ cluster = "", service = "" }) => focus?.includes(serviceKey(cluster, service)) ?? true,
    );
    try {
      const findings = await lookAround(work, current, startedAt);
      if (held.signal.aborted) return { is: "nothing" };
      // What services share must be known whatever becomes of the writes.
      rememberLook(memory, findings, startedAt, work.is === "full");
      const found = { ...head, ...(focus === undefined ? {} : { focus }), findings };
      if (putsRight(findings.plan, current)) status.found({ ...found, endedAt: clock.now() }, current);
      const written = await apply(findings.plan, current);
      landed = landed.filter((one) => !before.includes(one));
      const outcomes = [...before.filter((one) => isLast(one, findings.plan, written)), ...written];
      const report: PassReport = { ...found, endedAt: clock.now(), outcomes };
      const previous = memory.status;
      const entries = makeEntries(findings.plan, contextOf(current));
      const told = await status.ended(report, current, undefined);
      deps.onPass({ work, report, entries, status: told, previous });
      return {
        is: "done",
        plan: findings.plan,
        outcomes,
        looked: focus ?? ["*", ...memory.services],
        repaired: findMoreDrift("repaired", previous, told),
      };
    } catch (error) {
      if (held.signal.aborted) return { is: "nothing" };
      failure = toFailure(error);
    }
    await status.ended(
      { ...head, endedAt: clock.now(), ...(focus === undefined ? {} : { focus }) },
      current,
      failure,
    );
    return { is: "failed", failure };
  }

  async function lookAround(work: Work, current: CurrentPolicies, asOf: Date): Promise<Findings> {
    const options = await optionsFor(work, asOf);
    deps.onReading(true);
    try {
      return await look(settleExceptions(current.policies, asOf), current.revision, options, {
        aws,
        mackerel,
        revisions: memory.revisions,
        now: () => clock.now(),
        progress: () => undefined,
      });
    } finally {
      deps.onReading(false);
    }
  }

  async function optionsFor(work: Work, asOf: Date): Promise<ReconcileOptions> {
    const { clusters, services, maxDeletes, maxRedeploys, deletePolicy, allow, self } = settings;
    const isShared = (id: `${string}/${string}`, services: readonly string[]): boolean =>
      (memory.sharedBy.get(id as never) ?? []).some((key) => !services.includes(key));
    return {
      owner: target.owner,
      clusters,
      services,
      maxDeletes,
      maxRedeploys,
      deletePolicy,
      used: await deps.budget.used(rolling),
      asOf,
      force: false,
      allow,
      self,
      isGone: goneForLong(memory.status?.gone ?? {}, asOf),
      ...(work.is === "full" ? {} : { focus: { services: work.keys.map(placeOfKey), isShared } }),
    };
  }

  /** What redeploys is begun beside the loop; everything else is done when this resolves. */
  async function apply(plan: Plan, current: CurrentPolicies): Promise<readonly Outcome[]> {
    if (refusedFor(current) !== undefined) return [];
    const enforced = plan.changes.filter(({ enforcement }) => enforcement === "Enforce");
    const rolls = enforced.filter(({ impact }) => impact === "deployment");
    const rest = enforced.filter(({ impact }) => impact !== "deployment");
    const never = new AbortController().signal;
    // A change that has begun is ended; that no other begins is what `forbids` says.
    const outcomes = await write(plan, rest, { id: nextId(), wait: false, signal: never }, current);
    const failed = findFailed(outcomes);
    const ready = rolls.filter(({ needs }) => !needs.some((need) => failed.has(need)));
    if (ready.length + (plan.leftBehind?.length ?? 0) > 0 && refusedFor(current) === undefined) {
      rolling ??= { id: nextId(), ended: new Set(), current };
      job.start(plan, ready);
    }
    return outcomes;
  }

  /** Whether something of a service is found other than it was left, and is put right by this pass. */
  function putsRight({ changes }: Plan, current: CurrentPolicies): boolean {
    if (refusedFor(current) !== undefined) return false;
    const own = changes.filter(({ service, impact }) => service !== undefined && impact !== "deployment");
    return makeEntries({ changes: own }, contextOf(current)).some(({ why }) => why.startsWith("drift"));
  }

  return {
    run,
    stopJob: () => job.stop(),
    retell: () => status.moved(),
    end: async () => {
      job.stop();
      await job.done();
      await status.settled();
    },
  };
}

function revisionsOf({ policies, revisionOf }: CurrentPolicies): Record<string, string> {
  return Object.fromEntries(
    policies.policies.flatMap(({ name, file }) => {
      const revision = revisionOf(file);
      return revision === undefined ? [] : [[name, revision]];
    }),
  );
}

/** Whether an outcome from before the look is the last word on its item: what was applied, and is wanted again, is not. */
function isLast({ kind, id, result }: Outcome, { changes }: Plan, later: readonly Outcome[]): boolean {
  const isIt = (one: { readonly kind: string; readonly id: string }): boolean =>
    one.kind === kind && one.id === id;
  return !later.some(isIt) && !(result === "applied" && changes.some(isIt));
}
