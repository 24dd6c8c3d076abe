// Redeployments run beside the loop, one job at a time: how many services may roll at once is a promise about the whole
// target, and minutes of waiting must not keep an alarm from being put right.
import { serviceKey } from "../../core/names.ts";
import type { Change, Outcome, Plan } from "../../model/plan.ts";
import type { ServiceKey } from "./work-queue.ts";

export interface RolloutJob {
  /** Services of the running job whose deployment has begun and not ended. */
  rolling(): readonly ServiceKey[];
  /** Services of the running job whose turn is still to come. */
  queued(): readonly ServiceKey[];
  /** @returns false: one runs already, and these wait for it to end. */
  start(plan: Plan, changes: readonly Change[]): boolean;
  /** Nothing further is begun; what rolls is left to ECS, and found again by the next look. */
  stop(): void;
  /** When no job runs any more. */
  done(): Promise<void>;
}

/** Told of while they happen. */
interface Steps {
  readonly signal: AbortSignal;
  readonly onBegin: (change: Change) => void;
  readonly onOutcome: (outcome: Outcome) => void;
}

export interface RolloutJobOptions {
  readonly write: (plan: Plan, changes: readonly Change[], steps: Steps) => Promise<unknown>;
  /** The deployment of one has begun, or it has ended, with its outcome. */
  readonly onMove: (service: ServiceKey, outcome?: Outcome) => void;
  /** It never throws. @param left services of which nothing was told. `waited`: others asked for a job meanwhile. */
  readonly onEnd: (
    left: readonly ServiceKey[],
    ending: { readonly waited: boolean; readonly error?: unknown },
  ) => void;
}

interface Running {
  /** Services that are still to end, and whether their deployment has begun. */
  readonly services: Map<ServiceKey, "queued" | "rolling">;
  readonly stopper: AbortController;
  readonly done: Promise<void>;
  waited: boolean;
}

export function createRolloutJob({ write, onMove, onEnd }: RolloutJobOptions): RolloutJob {
  let running: Running | undefined;

  async function run(plan: Plan, changes: readonly Change[], signal: AbortSignal): Promise<void> {
    let failed: { readonly error?: unknown } = {};
    try {
      await write(plan, changes, {
        signal,
        onBegin(change) {
          running?.services.set(keyOf(change), "rolling");
          onMove(keyOf(change));
        },
        onOutcome(outcome) {
          running?.services.delete(keyOf(outcome));
          onMove(keyOf(outcome), outcome);
        },
      });
    } catch (error) {
      failed = { error };
    }
    const { services, waited = false } = { ...running };
    running = undefined;
    onEnd([...(services?.keys() ?? [])], { waited, ...failed });
  }

  const list = (which: "queued" | "rolling"): readonly ServiceKey[] =>
    [...(running?.services ?? [])].flatMap(([key, is]) => (is === which ? [key] : []));

  return {
    rolling: () => list("rolling"),
    queued: () => list("queued"),
    start(plan, changes) {
      if (running !== undefined) {
        running.waited = true;
        return false;
      }
      const stopper = new AbortController();
      const keys = [...changes, ...(plan.leftBehind ?? [])].map(keyOf).sort();
      // Not before `running` is set: the job asks for it when it ends.
      const done = Promise.resolve().then(() => run(plan, changes, stopper.signal));
      const services = new Map(keys.map((key) => [key, "queued"] as const));
      running = { services, stopper, done, waited: false };
      return true;
    },
    stop: () => running?.stopper.abort(),
    done: async () => {
      while (running !== undefined) await running.done;
    },
  };
}

/** A service has one task definition: what redeploys it is one change. */
function keyOf({ cluster = "", service = "" }: Pick<Change, "cluster" | "service">): ServiceKey {
  return serviceKey(cluster, service);
}
