// What plan and apply are told on the command line and by an OperatorConfig, settled into one: the options of a pass,
// the sources of its policies, and the targets it is made for.
import type { OperatorConfig } from "../api/config.ts";
import type { ConfigTarget } from "../api/schema/operator-config.ts";
import { EcsmonError } from "../model/errors.ts";
import type { ReconcileOptions } from "../runtime/reconcile.ts";

/** What is left out is what the configuration says, or else the default. */
export interface ReconcileFlags {
  /** Either these or `config`. */
  readonly policies?: readonly string[];
  readonly config?: string;
  readonly owner?: string;
  readonly region?: string;
  readonly cluster?: readonly string[];
  readonly service?: readonly string[];
  readonly maxDeletes?: number;
  readonly maxRedeploys?: number;
  readonly deletePolicy?: "sync" | "upsert-only";
  readonly asOf?: Date;
  readonly format: string;
  /** Answers in place of AWS: a file of `ecsmon snapshot`. */
  readonly snapshot?: string;
  /** Seconds; an older snapshot is refused. */
  readonly maxAge?: number;
  /** Also look what changes are multiplied by, for their cost. */
  readonly forCost?: boolean;
}

/** A saved plan, and which ecsmon this is. */
export interface PlanFile {
  readonly file: string;
  readonly version: string;
}

/** A copy of what is printed, in a format of its own. */
export interface PlanCopy {
  readonly format: string;
  readonly file: string;
}

export interface PlanFlags extends ReconcileFlags {
  readonly detailedExitcode: boolean;
  /** Sources of the policies that the plan is held beside; left out: it stands alone. */
  readonly base?: readonly string[];
  /** The same plan, made once, in other formats beside. */
  readonly also?: readonly PlanCopy[];
  /** Seconds through which its alarms are run; left out: they are not. */
  readonly backtest?: number;
  /** Left out: the plan is not saved. */
  readonly saveTo?: PlanFile;
  /** A file of prices that are stronger than ours. */
  readonly prices?: string;
}

export interface ApplyFlags extends ReconcileFlags {
  /** What was reviewed; left out: the plan is made here. */
  readonly saved?: PlanFile;
  readonly yes: boolean;
  readonly wait: boolean;
  readonly force: boolean;
}

/** @throws EcsmonError where flags and configuration say different things of whose monitoring this is. */
export function toReconcileOptions(
  flags: ReconcileFlags & { readonly force?: boolean },
  now: Date,
  config?: OperatorConfig,
): ReconcileOptions {
  const { owner, maxDeletes, maxRedeploys, deletePolicy, allow } = config?.spec ?? {};
  const configured = owner ?? "ecsmon";
  if (config !== undefined && flags.owner !== undefined && flags.owner !== configured)
    throw new EcsmonError(
      "InvalidOption",
      `--owner ${flags.owner} is not the owner of ${config.file}, ${configured}; leave --owner out`,
    );
  return {
    owner: flags.owner ?? configured,
    clusters: flags.cluster ?? [],
    services: flags.service ?? [],
    maxDeletes: flags.maxDeletes ?? maxDeletes ?? 10,
    maxRedeploys: flags.maxRedeploys ?? maxRedeploys ?? 10,
    deletePolicy: flags.deletePolicy ?? deletePolicy ?? "sync",
    asOf: flags.asOf ?? now,
    force: flags.force ?? false,
    allow,
    forCost: flags.forCost,
  };
}

/**
 * The targets of a run, of a configuration or else of a snapshot; `--region` narrows it to those of that Region. A target that names none is in the Region of the
 * process, which is what `--region` says.
 * @throws EcsmonError if none is left.
 */
export function chooseTargets(
  { region }: Pick<ReconcileFlags, "region">,
  config: OperatorConfig | undefined,
  replayed: readonly { readonly region: string }[] = [],
): readonly ConfigTarget[] {
  const taken = replayed.map((facts) => ({ region: facts.region }));
  const targets = config?.spec.targets ?? (taken.length > 0 ? taken : [{}]);
  if (region === undefined) return targets;
  const chosen = targets.flatMap((target) =>
    (target.region ?? region) === region ? [{ ...target, region }] : [],
  );
  if (chosen.length > 0) return chosen;
  throw new EcsmonError(
    "InvalidOption",
    `--region ${region} is that of no target of ${config?.file ?? "the snapshot"}; leave it out, or add a target`,
  );
}
