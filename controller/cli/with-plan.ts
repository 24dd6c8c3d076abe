// What plan and apply begin with: the configuration and the policies read and checked; then, target by target, the
// account read and the plan made.
// With --config, `apply` holds the target's lease from before its account is read until the last write, as the
// controller does.
import type { OperatorConfig } from "../api/config.ts";
import type { ConfigTarget } from "../api/schema/operator-config.ts";
import type { AwsClients } from "../aws/clients.ts";
import { createMackerel, type MackerelApi } from "../mackerel/client.ts";
import { EcsmonError, type Failure, toFailure } from "../model/errors.ts";
import type { Plan } from "../model/plan.ts";
import { makePlan, type ReconcileOptions } from "../runtime/reconcile.ts";
import { openConfigured } from "../sources/configured.ts";
import { readAll, readSources } from "../sources/index.ts";
import { interrupted, worstExitCode } from "./exit-codes.ts";
import { describeFailure } from "./failure.ts";
import type { Io } from "./io.ts";
import { checkDoubles, type OpenTarget, openTarget } from "./open-target.ts";
import { chooseTargets, type ReconcileFlags, toReconcileOptions } from "./options.ts";
import { createProgress, type ProgressLine } from "./progress.ts";
import { readConfig } from "./read-config.ts";
import { type CheckedPolicies, checkPolicies } from "./read-policies.ts";
import { type Forbids, openWriteGuards, type WriteGuards } from "./write-guards.ts";

export interface PlanTools {
  readonly aws: AwsClients;
  readonly mackerel: MackerelApi | undefined;
  readonly progress: ProgressLine;
  /** A line that says which target it is, where there are several; else empty. */
  readonly headline: string;
  /** Why no write may be started at this moment. */
  readonly forbids: Forbids;
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
  readonly checked: CheckedPolicies;
  readonly options: ReconcileOptions;
  readonly io: Io;
  /** Left out: nothing will be written. */
  readonly guards: WriteGuards | undefined;
}

/**
 * Gives the plan of each target in turn to `use`, which returns its exit code. `writes`: leases and the freeze switch
 * hold for what it does.
 */
export async function withPlans(
  flags: ReconcileFlags & { readonly force?: boolean },
  io: Io,
  use: UsePlan,
  { writes }: { readonly writes: boolean } = { writes: false },
): Promise<Ended> {
  const refused: Ended = { code: 1, targets: 0, failed: [] };
  const config = flags.config === undefined ? undefined : await readConfig(flags.config, flags.format, io);
  if (flags.config !== undefined && config === undefined) return refused;
  const options = toReconcileOptions(flags, io.now(), config);
  const targets = chooseTargets(flags, config);
  const guards = writes ? await openWriteGuards(config, io) : undefined;
  const opened: OpenTarget[] = [];
  try {
    const checked = await checkPolicies(await readGiven(flags, config), flags.format, io, options.asOf);
    if (checked === undefined) return refused;
    const run: Run = { checked, options, io, guards };
    opened.push(...targets.map(openTarget));
    const [only, ...others] = opened;
    if (only !== undefined && others.length === 0)
      return { code: await useTarget(only, "", run, use), targets: 1, failed: [] };
    await checkDoubles(opened);
    return await useAll(opened, run, use);
  } finally {
    for (const each of opened) each.close();
    guards?.close();
  }
}

function readGiven({ policies = [] }: ReconcileFlags, config: OperatorConfig | undefined) {
  return config === undefined ? readSources(policies) : readAll(openConfigured(config, process.env));
}

/** What fails in one target keeps no other from its turn; what is interrupted does. */
async function useAll(targets: readonly OpenTarget[], run: Run, use: UsePlan): Promise<Ended> {
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
      codes.push(await useTarget(opened, headline, run, begin));
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

function nameTarget({ region = "the Region of the process", roleArn }: ConfigTarget): string {
  return roleArn === undefined ? region : `${region} as ${roleArn}`;
}

async function useTarget(
  opened: OpenTarget,
  headline: string,
  { checked: { policies, sourceRevision }, options, io, guards }: Run,
  use: UsePlan,
): Promise<number> {
  const { aws } = opened;
  const progress = createProgress(io);
  const plan = async (forbids: Forbids): Promise<number> => {
    const mackerel = createMackerel({ sleep: (milliseconds) => io.sleep(milliseconds) });
    const deps = { aws, mackerel, now: () => io.now(), progress: progress.report };
    const made = await makePlan(policies, sourceRevision, options, deps);
    progress.end();
    return use(made, { aws, mackerel, progress, headline, forbids });
  };
  try {
    await opened.enter();
    if (guards === undefined) return await plan(() => undefined);
    return await guards.under(opened, options.owner, plan);
  } catch (error) {
    if (!(error instanceof EcsmonError && error.code === "Interrupted")) throw error;
    io.stderr(`ecsmon: ${error.message}; nothing was changed\n`);
    return interrupted;
  } finally {
    progress.end();
  }
}
