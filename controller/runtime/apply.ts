// Executes a plan: creates and updates by ascending phase, then deletes by descending. One outcome an item; one
// failure stops only what needs it. How services roll is in rollouts.ts.
import PQueue from "p-queue";
import { describeAwsError } from "../aws/errors.ts";
import { inBatches } from "../aws/pages.ts";
import { findClosedWindow } from "../core/rollout.ts";
import { kinds } from "../kinds/index.ts";
import type { Kind, WriteContext } from "../kinds/kind.ts";
import { takeUpRollout } from "../kinds/left-behind.ts";
import type { Failure } from "../model/errors.ts";
import type { Change, Outcome, OutcomeResult, Plan } from "../model/plan.ts";
import type { ReconcileDeps } from "./reconcile.ts";
import { rollOut } from "./rollouts.ts";

export interface ApplyOptions {
  /** Wait for each deployment to settle before the next begins, and for those that an earlier run left behind. */
  readonly wait: boolean;
  /** Once aborted, nothing new is started; what runs is ended. */
  readonly signal: AbortSignal;
}

export interface ApplyDeps extends ReconcileDeps {
  /** The instant by which windows are judged; left out: `now`. Another one where the plan is as of another one. */
  readonly asOf?: () => Date;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly onOutcome: (outcome: Outcome) => void;
  /** The deployment of a change that is waited for has begun. */
  readonly onBegin?: (change: Change) => void;
  /** Why nothing may be started at this moment: paused, or no longer ours to write. Left out: nothing forbids it. */
  readonly forbids?: () => Failure | undefined;
}

/** Its deployment is ECS's to end: whether it does well is not known. */
const begunOnly = "begun, not waited for";

/** Writes at once within a phase; the rates are the limiter's. */
const concurrency = 6;

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
  readonly #context: WriteContext;
  readonly #options: ApplyOptions;
  readonly #deps: ApplyDeps;
  readonly #leftBehind: readonly Change[];
  readonly #total: number;

  constructor(plan: Plan, options: ApplyOptions, deps: ApplyDeps) {
    this.#context = {
      aws: deps.aws,
      mackerel: deps.mackerel,
      owner: plan.metadata.owner,
      now: deps.now,
    };
    this.#options = options;
    this.#deps = deps;
    const enforced = plan.changes.filter(({ enforcement }) => enforcement === "Enforce");
    // `--force` rolls on top of what is under way.
    const changing = new Set(enforced.map(({ kind, id }) => `${kind}/${id}`));
    this.#leftBehind = options.wait
      ? (plan.leftBehind ?? []).filter(({ kind, id }) => !changing.has(`${kind}/${id}`))
      : [];
    this.#total = enforced.length + this.#leftBehind.length;
  }

  async put(kind: Kind, changes: readonly Change[]): Promise<void> {
    // Without a deployment there is nothing to wait for.
    const roll = this.#options.wait ? kind.roll : undefined;
    const rolls = (change: Change): boolean => roll !== undefined && change.impact === "deployment";
    const rest = changes.filter((change) => !rolls(change));
    for (const wave of kind.inWaves?.(rest) ?? [rest]) {
      const queue = new PQueue({ concurrency });
      await queue.addAll(wave.map((change) => () => this.#putOne(kind, change)));
    }
    if (roll !== undefined) await this.#roll(kind.name, roll, changes.filter(rolls));
  }

  #roll(name: string, roll: NonNullable<Kind["roll"]>, changes: readonly Change[]): Promise<void> {
    const { progress, now, sleep } = this.#deps;
    const leftBehind = this.#leftBehind.filter(({ kind }) => kind === name);
    return rollOut(changes, leftBehind, {
      begin: async (change) => {
        const rolling = await roll(change, this.#context);
        this.#deps.onBegin?.(change);
        return rolling;
      },
      takeUp: (change) => {
        this.#deps.onBegin?.(change);
        return takeUpRollout(change, this.#context);
      },
      finish: (change, result, error) => this.#finish(change, result, { error }),
      leave: (change) => this.#finish(change, "applied", { note: begunOnly }),
      stops: (change) => this.#findStop(change),
      describe: (error) => describeAwsError(error, `update ${name}`),
      progress: (texts) =>
        progress({ phase: "wait", what: texts.join("; "), done: this.outcomes.length, total: this.#total }),
      now: () => now().getTime(),
      sleep,
      signal: this.#options.signal,
    });
  }

  async remove(kind: Kind, changes: readonly Change[]): Promise<void> {
    for (const wave of (kind.inWaves?.(changes) ?? [changes]).reverse()) {
      const queue = new PQueue({ concurrency });
      await queue.addAll(
        inBatches(wave, kind.removeBatch).map((batch) => () => this.#removeBatch(kind, batch)),
      );
    }
  }

  async #putOne(kind: Kind, change: Change): Promise<void> {
    const stop = this.#findStop(change);
    if (stop !== undefined) {
      this.#finish(change, "skipped", { error: stop });
      return;
    }
    try {
      await kind.put(change, this.#context);
      this.#finish(change, "applied", change.impact === "deployment" ? { note: begunOnly } : {});
    } catch (error) {
      this.#finish(change, "failed", { error: describeAwsError(error, `${change.action} ${change.kind}`) });
    }
  }

  async #removeBatch(kind: Kind, batch: readonly Change[]): Promise<void> {
    const going: Change[] = [];
    for (const change of batch) {
      const stop = this.#findStop(change);
      if (stop === undefined) going.push(change);
      else this.#finish(change, "skipped", { error: stop });
    }
    if (going.length === 0 || kind.remove === undefined) return;
    try {
      const results = await kind.remove(going, this.#context);
      for (const [index, change] of going.entries()) {
        const error = results[index];
        this.#finish(change, error === undefined ? "applied" : "failed", { error });
      }
    } catch (error) {
      const failure = describeAwsError(error, `delete ${kind.name}`);
      // One bad item must not keep the others of its batch: they are tried alone.
      if (going.length === 1) for (const change of going) this.#finish(change, "failed", { error: failure });
      else for (const change of going) await this.#removeBatch(kind, [change]);
    }
  }

  /** Why a change must not start now: we were told to stop, its window has closed meanwhile, or what it needs failed. */
  #findStop(change: Change): Failure | undefined {
    if (this.#options.signal.aborted) return { code: "Interrupted", message: "not begun: interrupted" };
    const forbidden = this.#deps.forbids?.();
    if (forbidden !== undefined) return { ...forbidden, message: `not begun: ${forbidden.message}` };
    const closed = change.rollout && findClosedWindow(change.rollout, (this.#deps.asOf ?? this.#deps.now)());
    if (closed !== undefined) return { ...closed, message: `not begun: ${closed.message}` };
    const need = change.needs.find((id) => this.#failed.has(id));
    return need === undefined
      ? undefined
      : { code: "DependencyFailed", message: `not begun, since ${need.replace("/", " ")} failed` };
  }

  #finish(
    { kind, name, cluster, service, id, action }: Change,
    given: OutcomeResult,
    { error, note }: { readonly error?: Failure | undefined; readonly note?: string } = {},
  ): void {
    // Somebody's deployment began since the plan: left for later, as if the plan had seen it.
    const result =
      error?.code === "DeploymentInProgress" || error?.code === "OwnerDeployed" ? "skipped" : given;
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
      ...(note === undefined ? {} : { note }),
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
