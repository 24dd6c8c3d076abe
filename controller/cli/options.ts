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
}

/** A saved plan, and which ecsmon this is. */
export interface PlanFile {
  readonly file: string;
  readonly version: string;
}

export interface PlanFlags extends ReconcileFlags {
  readonly detailedExitcode: boolean;
  /** Left out: the plan is not saved. */
  readonly saveTo?: PlanFile;
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
  };
}

/**
 * The targets of a run; `--region` narrows it to those of that Region. A target that names none is in the Region of the
 * process, which is what `--region` says.
 * @throws EcsmonError if none is left.
 */
export function chooseTargets(
  { region }: Pick<ReconcileFlags, "region">,
  config: OperatorConfig | undefined,
): readonly ConfigTarget[] {
  const targets = config?.spec.targets ?? [{}];
  if (region === undefined) return targets;
  const chosen = targets.flatMap((target) =>
    (target.region ?? region) === region ? [{ ...target, region }] : [],
  );
  if (chosen.length > 0) return chosen;
  throw new EcsmonError(
    "InvalidOption",
    `--region ${region} is that of no target of ${config?.file}; leave it out, or add a target`,
  );
}
