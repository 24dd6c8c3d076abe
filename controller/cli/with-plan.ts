// What plan and apply begin with: the configuration and the policies read and checked; then, target by target, the
// account read and the plan made.
// With --config, `apply` is to hold the target's lease from before its account is read until the last write, as the
// controller will; `useTarget` is where it is taken. There are no leases yet.
import type { OperatorConfig } from "../api/config.ts";
import type { ConfigTarget } from "../api/schema/operator-config.ts";
import { assumeRole } from "../aws/assumed-role.ts";
import { type AwsClients, createAws } from "../aws/clients.ts";
import { createMackerel, type MackerelApi } from "../mackerel/client.ts";
import { type Failure, toFailure } from "../model/errors.ts";
import type { Plan } from "../model/plan.ts";
import { makePlan, type ReconcileOptions } from "../runtime/reconcile.ts";
import { openConfigured } from "../sources/configured.ts";
import { readAll, readSources } from "../sources/index.ts";
import { interrupted, worstExitCode } from "./exit-codes.ts";
import { describeFailure } from "./failure.ts";
import type { Io } from "./io.ts";
import { chooseTargets, type ReconcileFlags, toReconcileOptions } from "./options.ts";
import { createProgress, type ProgressLine } from "./progress.ts";
import { readConfig } from "./read-config.ts";
import { type CheckedPolicies, checkPolicies } from "./read-policies.ts";

export interface PlanTools {
  readonly aws: AwsClients;
  readonly mackerel: MackerelApi | undefined;
  readonly progress: ProgressLine;
  /** A line that says which target it is, where there are several; else empty. */
  readonly headline: string;
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

/** Gives the plan of each target in turn to `use`, which returns its exit code. */
export async function withPlans(
  flags: ReconcileFlags & { readonly force?: boolean },
  io: Io,
  use: UsePlan,
): Promise<Ended> {
  const refused: Ended = { code: 1, targets: 0, failed: [] };
  const config = flags.config === undefined ? undefined : await readConfig(flags.config, flags.format, io);
  if (flags.config !== undefined && config === undefined) return refused;
  const options = toReconcileOptions(flags, io.now(), config);
  const targets = chooseTargets(flags, config);
  const checked = await checkPolicies(await readGiven(flags, config), flags.format, io, options.asOf);
  if (checked === undefined) return refused;
  const [only, ...others] = targets;
  if (only !== undefined && others.length === 0) {
    const code = await useTarget(only, "", checked, options, io, use);
    return { code, targets: 1, failed: [] };
  }
  return useAll(targets, checked, options, io, use);
}

function readGiven({ policies = [] }: ReconcileFlags, config: OperatorConfig | undefined) {
  return config === undefined ? readSources(policies) : readAll(openConfigured(config, process.env));
}

/** What fails in one target keeps no other from its turn; what is interrupted does. */
async function useAll(
  targets: readonly ConfigTarget[],
  checked: CheckedPolicies,
  options: ReconcileOptions,
  io: Io,
  use: UsePlan,
): Promise<Ended> {
  const codes: number[] = [];
  const failed: FailedTarget[] = [];
  for (const [index, target] of targets.entries()) {
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
      codes.push(await useTarget(target, headline, checked, options, io, begin));
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
  { region, roleArn, externalId }: ConfigTarget,
  headline: string,
  { policies, sourceRevision }: CheckedPolicies,
  options: ReconcileOptions,
  io: Io,
  use: UsePlan,
): Promise<number> {
  const own = createAws({ region });
  const progress = createProgress(io);
  const credentials =
    roleArn === undefined ? undefined : assumeRole(() => own.sts, { arn: roleArn, externalId });
  const aws = credentials === undefined ? own : createAws({ region, credentials });
  try {
    // First of all: every read would fail for the same reason, and tell it less clearly.
    await credentials?.();
    const mackerel = createMackerel({ sleep: (milliseconds) => io.sleep(milliseconds) });
    const deps = { aws, mackerel, now: () => io.now(), progress: progress.report };
    const plan = await makePlan(policies, sourceRevision, options, deps);
    progress.end();
    return await use(plan, { aws, mackerel, progress, headline });
  } finally {
    progress.end();
    aws.destroy();
    own.destroy();
  }
}
