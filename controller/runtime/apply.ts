// Executes a plan: creates and updates by ascending phase, then deletes by descending. One outcome an item; one
// failure stops only what needs it. Rollouts go one service at a time.
import PQueue from "p-queue";
import { describeAwsError } from "../aws/errors.ts";
import { inBatches } from "../aws/pages.ts";
import { kinds } from "../kinds/index.ts";
import type { Kind } from "../kinds/kind.ts";
import type { Failure } from "../model/errors.ts";
import type { Change, Outcome, Plan } from "../model/plan.ts";
import type { ReconcileDeps } from "./reconcile.ts";

export interface ApplyOptions {
  /** Wait for each deployment to settle before the next begins. */
  readonly wait: boolean;
  /** Once aborted, nothing new is started; what runs is ended. */
  readonly signal: AbortSignal;
}

export interface ApplyDeps extends ReconcileDeps {
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly onOutcome: (outcome: Outcome) => void;
}

/** Writes at once within a phase; the rates are the limiter's. */
const concurrency = 6;
const pollInterval = 5_000;
/** A rollout that has not settled by then is reported; ECS goes on with it. */
const rolloutTimeout = 15 * 60_000;

export async function applyPlan(plan: Plan, options: ApplyOptions, deps: ApplyDeps): Promise<Outcome[]> {
  const run = new Run(plan, options, deps);
  const enforced = plan.changes.filter(({ enforcement }) => enforcement === "Enforce");
  const ascending = [...kinds].sort((a, b) => a.phase - b.phase);
  for (const kind of ascending) {
    await run.put(
      kind,
      enforced.filter((change) => change.kind === kind.name && change.action !== "delete"),
    );
  }
  for (const kind of ascending.reverse()) {
    await run.remove(
      kind,
      enforced.filter((change) => change.kind === kind.name && change.action === "delete"),
    );
  }
  return run.outcomes;
}

class Run {
  readonly outcomes: Outcome[] = [];
  readonly #failed = new Set<string>();
  readonly #plan: Plan;
  readonly #options: ApplyOptions;
  readonly #deps: ApplyDeps;
  readonly #total: number;

  constructor(plan: Plan, options: ApplyOptions, deps: ApplyDeps) {
    this.#plan = plan;
    this.#options = options;
    this.#deps = deps;
    this.#total = plan.changes.filter(({ enforcement }) => enforcement === "Enforce").length;
  }

  async put(kind: Kind, changes: readonly Change[]): Promise<void> {
    // One service at a time: the first is the canary, and a rollout that fails stops the rest.
    const rolling = changes.filter(({ impact }) => impact === "deployment");
    const others = changes.filter(({ impact }) => impact !== "deployment");
    const queue = new PQueue({ concurrency });
    await queue.addAll(others.map((change) => () => this.#putOne(kind, change)));
    let stopped: Failure | undefined;
    for (const change of rolling) {
      if (stopped !== undefined) this.#skip(change, stopped);
      else stopped = await this.#roll(kind, change);
    }
  }

  async remove(kind: Kind, changes: readonly Change[]): Promise<void> {
    const queue = new PQueue({ concurrency });
    await queue.addAll(
      inBatches(changes, kind.removeBatch).map((batch) => () => this.#removeBatch(kind, batch)),
    );
  }

  async #putOne(kind: Kind, change: Change): Promise<boolean> {
    if (this.#stops(change)) return false;
    try {
      await kind.put(change, { aws: this.#deps.aws, owner: this.#plan.metadata.owner });
    } catch (error) {
      this.#report(change, describeAwsError(error, `${change.action} ${change.kind}`));
      return false;
    }
    this.#report(change);
    return true;
  }

  /** Returns why no further service may be rolled, if so. */
  async #roll(kind: Kind, change: Change): Promise<Failure | undefined> {
    const where = `${change.cluster}/${change.service}`;
    if (!this.#options.wait) {
      await this.#putOne(kind, change);
      return undefined;
    }
    if (this.#stops(change)) return undefined;
    try {
      await kind.put(change, { aws: this.#deps.aws, owner: this.#plan.metadata.owner });
    } catch (error) {
      this.#report(change, describeAwsError(error, `${change.action} ${change.kind}`));
      return undefined;
    }
    const failure = await this.#waitForRollout(kind, change);
    this.#report(change, failure);
    return (
      failure && {
        code: "RolloutStopped",
        message: `not begun, since the rollout of ${where} failed: ${failure.message}`,
      }
    );
  }

  async #waitForRollout(kind: Kind, change: Change): Promise<Failure | undefined> {
    if (kind.watch === undefined) return undefined;
    const { aws, progress, sleep, now } = this.#deps;
    const { cluster, service } = change;
    const deadline = now().getTime() + rolloutTimeout;
    for (;;) {
      const rollout = await kind.watch(change, { aws, owner: this.#plan.metadata.owner });
      if (rollout.state === "settled") return undefined;
      if (rollout.state === "failed") return rollout.failure;
      progress({
        phase: "wait",
        what: `${cluster}/${service}: ${rollout.text}`,
        done: this.outcomes.length,
        total: this.#total,
      });
      // ECS goes on with a deployment by itself, so there is nothing to undo when we stop watching.
      if (this.#options.signal.aborted) return undefined;
      if (now().getTime() >= deadline)
        return {
          code: "RolloutTimeout",
          message: `the deployment has not settled within 15m: ${rollout.text}`,
        };
      await sleep(pollInterval);
    }
  }

  async #removeBatch(kind: Kind, batch: readonly Change[]): Promise<void> {
    const going = batch.filter((change) => !this.#stops(change));
    if (going.length === 0 || kind.remove === undefined) return;
    try {
      const results = await kind.remove(going, { aws: this.#deps.aws, owner: this.#plan.metadata.owner });
      for (const [index, change] of going.entries()) this.#report(change, results[index]);
    } catch (error) {
      const failure = describeAwsError(error, `delete ${kind.name}`);
      // One bad item must not keep the others of its batch: they are tried alone.
      if (going.length === 1) for (const change of going) this.#report(change, failure);
      else for (const change of going) await this.#removeBatch(kind, [change]);
    }
  }

  /** Skips a change that must not start: we were told to stop, or what it needs failed. */
  #stops(change: Change): boolean {
    if (this.#options.signal.aborted) {
      this.#skip(change, { code: "Interrupted", message: "not begun: interrupted" });
      return true;
    }
    const need = change.needs.find((id) => this.#failed.has(id));
    if (need === undefined) return false;
    this.#skip(change, {
      code: "DependencyFailed",
      message: `not begun, since ${need.replace("/", " ")} failed`,
    });
    return true;
  }

  #skip(change: Change, error: Failure): void {
    this.#finish(change, "skipped", error);
  }

  #report(change: Change, error?: Failure): void {
    // A deployment that began since the plan: left for later, as if the plan had seen it.
    const left = error?.code === "DeploymentInProgress";
    this.#finish(change, error === undefined ? "applied" : left ? "skipped" : "failed", error);
  }

  #finish(
    { kind, name, cluster, service, id, action }: Change,
    result: Outcome["result"],
    error: Failure | undefined,
  ): void {
    if (result !== "applied") this.#failed.add(`${kind}/${id}`);
    const place = {
      ...(cluster === undefined ? {} : { cluster }),
      ...(service === undefined ? {} : { service }),
    };
    const outcome: Outcome = {
      kind,
      name,
      ...place,
      id,
      action,
      result,
      ...(error === undefined ? {} : { error }),
    };
    this.outcomes.push(outcome);
    this.#deps.onOutcome(outcome);
    this.#deps.progress({
      phase: "write",
      what: `${kind} ${name}`,
      done: this.outcomes.length,
      total: this.#total,
    });
  }
}
