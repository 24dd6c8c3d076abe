// What plan and apply begin with: the configuration and the policies read and checked; then, target by target, the
// account read and the plan made.
// With --config, `apply` holds the target's lease from before its account is read until the last write, as the
// controller does. While it waits for it, the controller may have written what newer policies say: under the lease they
// are read again.
import type { OperatorConfig } from "../api/config.ts";
import type { Policy } from "../api/policy.ts";
import type { ConfigTarget } from "../api/schema/operator-config.ts";
import { nameTarget } from "../api/target-name.ts";
import type { AwsClients } from "../aws/clients.ts";
import { type AnswerMemory, rememberAnswers } from "../aws/remember-answers.ts";
import { openConcealment } from "../core/conceal-wanted.ts";
import { createMackerel, type MackerelApi } from "../mackerel/client.ts";
import { EcsmonError, type Failure, toFailure } from "../model/errors.ts";
import type { Plan } from "../model/plan.ts";
import { type OpenTarget, openTarget } from "../runtime/open-target.ts";
import { type GivenPolicies, planWithBase } from "../runtime/plan-with-base.ts";
import { makePlan, type ReconcileOptions } from "../runtime/reconcile.ts";
import { readConcealKey } from "../runtime/snapshot/conceal-key.ts";
import { openSnapshot } from "../runtime/snapshot/open-snapshot.ts";
import { openConfigured } from "../sources/configured.ts";
import { readAll, readSources } from "../sources/index.ts";
import { checkDoubles } from "./check-doubles.ts";
import { interrupted, worstExitCode } from "./exit-codes.ts";
import { describeFailure } from "./failure.ts";
import type { Io } from "./io.ts";
import { chooseTargets, type ReconcileFlags, toReconcileOptions } from "./options.ts";
import { createProgress, type ProgressLine } from "./progress.ts";
import { readBase } from "./read-base.ts";
import { readConfig } from "./read-config.ts";
import { type CheckedPolicies, checkPolicies } from "./read-policies.ts";
import { readSnapshot, tellAge } from "./read-snapshot.ts";
import { type Forbids, openWriteGuards, type WriteGuards } from "./write-guards.ts";

export interface PlanTools {
  readonly aws: AwsClients;
  readonly mackerel: MackerelApi | undefined;
  readonly progress: ProgressLine;
  /** A line that says which target it is, where there are several; else empty. */
  readonly headline: string;
  /** Which of how many targets it is, from 0. */
  readonly index: number;
  readonly targets: number;
  /** Why no write may be started at this moment. */
  readonly forbids: Forbids;
  /** That the plan is of. */
  readonly policies: readonly Policy[];
}

/** How a run over all targets ended. */
export interface Ended {
  /** The worst of them. */
  readonly code: number;
  /** How many there were; 0: the configuration or the policies have errors, which have been shown. */
  readonly targets: number;
  /** Of several targets, those without a plan. */
  readonly failed: readonly FailedTarget[];
}

export interface FailedTarget extends ConfigTarget {
  readonly error: Failure;
}

type UsePlan = (plan: Plan, tools: PlanTools) => Promise<number>;

/** What a run over all targets is made of. */
interface Run {
  /** The policies, and what they are compared with, as they are at this moment. */
  readonly wanted: () => Promise<Wanted>;
  readonly owner: string;
  readonly io: Io;
  /** Left out: nothing will be written. */
  readonly guards: WriteGuards | undefined;
  /** Left out: the plan stands alone. */
  readonly base: GivenPolicies | undefined;
}

interface PlannedTarget extends OpenTarget {
  /** Of a snapshot's target: what Mackerel had. */
  readonly mackerel?: MackerelApi | undefined;
  /** Of what is read, where it is needed twice. */
  readonly memory?: AnswerMemory;
}

interface Wanted {
  readonly checked: CheckedPolicies;
  readonly options: ReconcileOptions;
}

export interface RunOptions {
  /** Leases and the freeze switch hold for what is done. */
  readonly writes?: boolean;
  /** Throws where these policies are not the ones that were meant; nothing of an account has been read then. */
  readonly check?: (checked: CheckedPolicies) => void | Promise<void>;
}

/** Gives the plan of each target in turn to `use`, which returns its exit code. */
export async function withPlans(
  flags: ReconcileFlags & { readonly force?: boolean; readonly base?: readonly string[] },
  io: Io,
  use: UsePlan,
  { writes = false, check = () => undefined }: RunOptions = {},
): Promise<Ended> {
  const refused: Ended = { code: 1, targets: 0, failed: [] };
  const config = flags.config === undefined ? undefined : await readConfig(flags.config, flags.format, io);
  if (flags.config !== undefined && config === undefined) return refused;
  const snapshot = flags.snapshot === undefined ? undefined : await readSnapshot(flags.snapshot, io.env);
  if (snapshot !== undefined) tellAge(snapshot, flags, io);
  // The plan is that of the moment at which the account was so.
  const now = snapshot === undefined ? io.now() : new Date(snapshot.takenAt);
  const options: ReconcileOptions = {
    ...toReconcileOptions(flags, now, config),
    ...(snapshot && {
      concealment: openConcealment(snapshot.keyFingerprint, readConcealKey(io.env)),
    }),
  };
  const targets = chooseTargets(flags, config, snapshot?.targets);
  const guards = writes ? await openWriteGuards(config, io) : undefined;
  const opened: PlannedTarget[] = [];
  try {
    const checked = await checkPolicies(await readGiven(flags, config), flags.format, io, options.asOf);
    if (checked === undefined) return refused;
    await check(checked);
    const first: Wanted = { checked, options };
    const isLeased = guards !== undefined && config?.spec.lease !== undefined;
    const wanted = isLeased ? () => readAgain(first, { flags, config, io, check }) : async () => first;
    const base = flags.base && (await readBase(flags.base, io, options.asOf));
    const run: Run = { wanted, owner: options.owner, io, guards, base };
    const openLive = (target: ConfigTarget) => (base === undefined ? openTarget(target) : openTwice(target));
    opened.push(
      ...(snapshot === undefined
        ? targets.map(openLive)
        : openSnapshot(snapshot.targets, targets, String(flags.snapshot))),
    );
    const [only, ...others] = opened;
    if (only !== undefined && others.length === 0)
      return {
        code: await useTarget(only, { headline: "", index: 0, targets: 1 }, run, use),
        targets: 1,
        failed: [],
      };
    await checkDoubles(opened);
    return await useAll(opened, run, use);
  } finally {
    for (const each of opened) each.close();
    guards?.close();
  }
}

/** A target that is looked at for two sets of policies. */
function openTwice(target: ConfigTarget): PlannedTarget {
  const memory = rememberAnswers();
  return { ...openTarget(target, { answerer: memory.answerer }), memory };
}

function readGiven({ policies = [] }: ReconcileFlags, config: OperatorConfig | undefined) {
  return config === undefined ? readSources(policies) : readAll(openConfigured(config, process.env));
}

/** @throws EcsmonError `InvalidPolicies`, after the findings were shown, and what `check` and the sources throw. */
async function readAgain(
  { checked }: Wanted,
  given: {
    readonly flags: ReconcileFlags & { readonly force?: boolean };
    readonly config: OperatorConfig;
    readonly io: Io;
    readonly check: NonNullable<RunOptions["check"]>;
  },
): Promise<Wanted> {
  const { flags, config, io, check } = given;
  const sources = await readGiven(flags, config);
  const options = toReconcileOptions(flags, io.now(), config);
  if (sources.revision === checked.sourceRevision) return { checked, options };
  io.stderr(
    `ecsmon: the policies changed before the lease was had: they are at ${sources.revision} now, and were at ${checked.sourceRevision}\n`,
  );
  // In JSON, standard output is of the targets that have been written.
  const fresh = await checkPolicies(sources, "text", io, options.asOf, "nothing was changed in this target");
  if (fresh === undefined)
    throw new EcsmonError(
      "InvalidPolicies",
      `the policies at ${sources.revision} have errors; mend them and run it again`,
    );
  await check(fresh);
  return { checked: fresh, options };
}

/** What fails in one target keeps no other from its turn; what is interrupted does. */
async function useAll(targets: readonly PlannedTarget[], run: Run, use: UsePlan): Promise<Ended> {
  const { io } = run;
  const codes: number[] = [];
  const failed: FailedTarget[] = [];
  for (const [index, opened] of targets.entries()) {
    const { target } = opened;
    const leave = (): number => {
      failed.push({ ...target, error: { code: "Interrupted", message: "it was not begun" } });
      return interrupted;
    };
    if (io.signal.aborted) {
      codes.push(leave());
      continue;
    }
    // What was done in the targets before must still be told; the first one has none.
    const stop = (): void =>
      io.stderr("ecsmon: stopping; no further target is begun. Once more ends it at once\n");
    const release = index === 0 ? () => undefined : io.onInterrupt(stop);
    const begin: UsePlan = async (plan, tools) => {
      release();
      return io.signal.aborted ? leave() : use(plan, tools);
    };
    const headline = `Target ${index + 1} of ${targets.length}: ${nameTarget(target)}\n\n`;
    try {
      const place = { headline, index, targets: targets.length };
      codes.push(await useTarget(opened, place, run, begin));
    } catch (error) {
      io.stderr(`ecsmon: target ${index + 1} of ${targets.length} (${nameTarget(target)}) failed:\n`);
      io.stderr(describeFailure(error, io.logLevel));
      failed.push({ ...target, error: toFailure(error) });
      codes.push(1);
    } finally {
      release();
    }
  }
  return { code: worstExitCode(codes), targets: targets.length, failed };
}

async function useTarget(
  opened: PlannedTarget,
  place: Pick<PlanTools, "headline" | "index" | "targets">,
  { wanted, owner, io, guards, base }: Run,
  use: UsePlan,
): Promise<number> {
  const { aws } = opened;
  const progress = createProgress(io);
  const plan = async (forbids: Forbids): Promise<number> => {
    const { checked, options } = await wanted();
    const mackerel =
      "mackerel" in opened
        ? opened.mackerel
        : createMackerel({
            sleep: (milliseconds) => io.sleep(milliseconds),
            refuse: ({ isWrite }) => (isWrite ? forbids() : undefined),
          });
    const deps = { aws, mackerel, now: () => io.now(), progress: progress.report };
    const made =
      base === undefined
        ? await makePlan(checked.policies, checked.sourceRevision, options, deps)
        : await planWithBase(checked, base, options, deps, opened.memory);
    progress.end();
    return use(made, {
      aws,
      mackerel,
      progress,
      ...place,
      forbids,
      policies: checked.policies.policies,
    });
  };
  try {
    await opened.enter();
    if (guards === undefined) return await plan(() => undefined);
    return await guards.under(opened, owner, plan);
  } catch (error) {
    if (!(error instanceof EcsmonError && error.code === "Interrupted")) throw error;
    io.stderr(`ecsmon: ${error.message}; nothing was changed\n`);
    return interrupted;
  } finally {
    progress.end();
  }
}
