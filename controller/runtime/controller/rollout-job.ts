// Redeployments run beside the loop, one job at a time: how many services may roll at once is a promise about the whole
// target, and minutes of waiting must not keep an alarm from being put right.
import { serviceKey } from "../../core/names.ts";
import type { Change, Outcome, Plan } from "../../model/plan.ts";

export interface RolloutJob {
  /** `CLUSTER/SERVICE` of what the running job is for; empty: none runs. */
  services(): readonly string[];
  /** @returns false: one runs already, and these wait for it to end. */
  start(plan: Plan, changes: readonly Change[]): boolean;
  /** Nothing further is begun; what rolls is left to ECS, and found again by the next look. */
  stop(): void;
  /** When no job runs any more. */
  done(): Promise<void>;
}

export interface RolloutJobOptions {
  readonly write: (
    plan: Plan,
    changes: readonly Change[],
    options: { readonly signal: AbortSignal },
  ) => Promise<readonly Outcome[]>;
  /** It never throws. `waited`: others asked for a job meanwhile. */
  readonly onEnd: (
    services: readonly string[],
    outcomes: readonly Outcome[],
    ending: { readonly waited: boolean; readonly error?: unknown },
  ) => void;
}

interface Running {
  readonly services: readonly string[];
  readonly stopper: AbortController;
  readonly done: Promise<void>;
  waited: boolean;
}

export function createRolloutJob({ write, onEnd }: RolloutJobOptions): RolloutJob {
  let running: Running | undefined;

  async function run(plan: Plan, changes: readonly Change[], signal: AbortSignal): Promise<void> {
    let outcomes: readonly Outcome[] = [];
    let error: unknown;
    try {
      outcomes = await write(plan, changes, { signal });
    } catch (thrown) {
      error = thrown;
    }
    const ended = running;
    running = undefined;
    onEnd(ended?.services ?? [], outcomes, {
      waited: ended?.waited ?? false,
      ...(error === undefined ? {} : { error }),
    });
  }

  return {
    services: () => running?.services ?? [],
    start(plan, changes) {
      if (running !== undefined) {
        running.waited = true;
        return false;
      }
      const stopper = new AbortController();
      const all = [...changes, ...(plan.leftBehind ?? [])];
      const services = [
        ...new Set(all.map(({ cluster = "", service = "" }) => serviceKey(cluster, service))),
      ].sort();
      // Not before `running` is set: the job asks for it when it ends.
      const done = Promise.resolve().then(() => run(plan, changes, stopper.signal));
      running = { services, stopper, done, waited: false };
      return true;
    },
    stop: () => running?.stopper.abort(),
    done: async () => {
      while (running !== undefined) await running.done;
    },
  };
}
