// Writes that are told of before they happen: room in the budget is taken and the journal laid down first, so that a
// process that dies in between leaves too much noted, never too little.
import { type EntryContext, finishEntries, makeEntries } from "../../core/journal-entries.ts";
import { type Failure, toFailure } from "../../model/errors.ts";
import type { Change, Outcome, Plan } from "../../model/plan.ts";
import type { Journal } from "../../state/journal.ts";
import { type ApplyDeps, applyPlan } from "../apply.ts";
import type { BudgetKeeper } from "./budget-keeper.ts";

export interface WriteRequest {
  /** Of this write, in the budget's ledger. */
  readonly id: string;
  /** Parts of a plan that are written now. */
  readonly plan: Plan;
  readonly changes: readonly Change[];
  /** Watch each redeployment to its end, and those that an earlier run left behind. */
  readonly wait: boolean;
  readonly signal: AbortSignal;
  /** Of the target: what the allowance for services that are gone is measured by. */
  readonly knownServices: number;
  readonly entries: EntryContext;
}

export interface WriteDeps {
  readonly apply: Omit<ApplyDeps, "onOutcome">;
  readonly budget: BudgetKeeper;
  readonly journal: Journal;
  readonly onOutcome: (outcome: Outcome) => void;
  /** What could not be told in the end; the writes have happened. */
  readonly onUntold: (what: "journal" | "budget", error: unknown) => void;
}

/** @throws what the store throws before anything was written; nothing was, then. */
export async function writeRecorded(request: WriteRequest, deps: WriteDeps): Promise<readonly Outcome[]> {
  const { id, changes, wait, signal, knownServices } = request;
  const plan: Plan = { ...request.plan, changes, leftBehind: wait ? (request.plan.leftBehind ?? []) : [] };
  if (changes.length === 0 && plan.leftBehind?.length === 0) return [];
  const begun = makeEntries({ changes: [...changes, ...(plan.leftBehind ?? [])] }, request.entries);
  const pass = await deps.journal.begin(begun);
  const tell = (what: "journal" | "budget", done: Promise<void>): Promise<void> =>
    done.catch((error: unknown) => deps.onUntold(what, error));
  try {
    await deps.budget.reserve(plan, id, knownServices);
  } catch (error) {
    const { code, message } = toFailure(error);
    const unbegun = plan.changes.map((change) => skip(change, { code, message: `not begun: ${message}` }));
    // The answer may be all that was lost: what was noted all the same is given back.
    await Promise.all([
      tell("journal", pass.finish(finishEntries(begun, unbegun))),
      tell("budget", deps.budget.settle(id, unbegun)),
    ]);
    throw error;
  }
  const outcomes: Outcome[] = [];
  let telling = Promise.resolve();
  await applyPlan(
    plan,
    { wait, signal },
    {
      ...deps.apply,
      onOutcome: (outcome) => {
        outcomes.push(outcome);
        deps.onOutcome(outcome);
        // Rollouts take minutes each: what has ended is told without waiting for the rest.
        if (wait && outcomes.length < begun.length)
          telling = telling.then(() => tell("journal", pass.finish(finishEntries(begun, outcomes))));
      },
    },
  );
  await telling;
  await Promise.all([
    tell("journal", pass.finish(finishEntries(begun, outcomes))),
    tell("budget", deps.budget.settle(id, outcomes)),
  ]);
  return outcomes;
}

function skip({ kind, name, id, action, cluster, service }: Change, error: Failure): Outcome {
  const place = {
    ...(cluster === undefined ? {} : { cluster }),
    ...(service === undefined ? {} : { service }),
  };
  return { kind, name, id, action, ...place, result: "skipped", error };
}

/** `kind/id` of what was not applied. */
export function findFailed(outcomes: readonly Outcome[]): ReadonlySet<string> {
  return new Set(outcomes.flatMap(({ kind, id, result }) => (result === "applied" ? [] : [`${kind}/${id}`])));
}
