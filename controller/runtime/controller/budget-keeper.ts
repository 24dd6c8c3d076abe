// The budget of a target while it is held: the ledger in hand and in the store are one, and writers take turns.
import PQueue from "p-queue";
import { type Ledger, reserve, settle, usedSince } from "../../core/budget.ts";
import type { Guards, Used } from "../../core/guard.ts";
import type { Clock } from "../../model/clock.ts";
import { EcsmonError } from "../../model/errors.ts";
import type { Outcome, Plan } from "../../model/plan.ts";

/** Of one target, in the status store. */
export interface LedgerStore {
  /** `etag` is left out where there is no ledger yet. */
  read(): Promise<{ readonly ledger: Ledger; readonly etag?: string }>;
  write(ledger: Ledger, etag: string | undefined): Promise<{ readonly etag: string } | "conflict">;
}

export interface BudgetKeeper {
  /**
   * What is used up at this instant. `underWay`: the reservation of a job that runs; what of it a plan made meanwhile
   * still wants does not count twice.
   * @throws what the store throws: then nothing may be planned to be written
   */
  used(underWay?: UnderWay): Promise<Used>;
  /** Takes room before the first write. @throws where there is none, or it cannot be noted: then nothing may be written. */
  reserve(plan: Pick<Plan, "changes">, id: string, knownServices: number): Promise<void>;
  /** Another may have written since: the next question reads anew. */
  forget(): void;
  /** Gives back what was not begun. */
  settle(id: string, outcomes: readonly Outcome[]): Promise<void>;
}

export interface UnderWay {
  /** Of the reservation. */
  readonly id: string;
  /** `KIND/ID` of what of it has ended: that is spent, whoever wants it again. */
  readonly ended: ReadonlySet<string>;
}

type Limits = Pick<Guards, "maxDeletes" | "maxRedeploys">;

export function createBudgetKeeper(store: LedgerStore, limits: Limits, clock: Clock): BudgetKeeper {
  let held: { readonly ledger: Ledger; readonly etag?: string } | undefined;
  const turns = new PQueue({ concurrency: 1 });

  async function change(make: (ledger: Ledger) => Ledger): Promise<void> {
    held ??= await store.read();
    const { ledger, etag } = held;
    const next = make(ledger);
    if (JSON.stringify(next) === JSON.stringify(ledger)) return;
    try {
      const written = await store.write(next, etag);
      if (written === "conflict")
        throw new EcsmonError(
          "BudgetConflict",
          "the budget was changed by somebody else since it was read; it is read again before anything is written",
          { fault: "operator", remedy: "retry" },
        );
      held = { ledger: next, etag: written.etag };
    } catch (error) {
      // Whether it was written is not known.
      held = undefined;
      throw error;
    }
  }

  return {
    used: (underWay) =>
      turns.add(async () => {
        held ??= await store.read();
        const used = usedSince(held.ledger, clock.now(), underWay?.id);
        if (used.underWay === undefined) return used;
        return { ...used, underWay: used.underWay.filter(({ item }) => underWay?.ended.has(item) !== true) };
      }),
    forget: () => {
      held = undefined;
    },
    reserve: (plan, id, knownServices) =>
      turns.add(() => change((ledger) => reserve(ledger, plan, id, clock.now(), knownServices, limits))),
    settle: (id, outcomes) => turns.add(() => change((ledger) => settle(ledger, id, outcomes, clock.now()))),
  };
}
