// What plan and apply are told on the command line, and what they do first: the options of a pass, and the policies.
import type { ReconcileOptions } from "../runtime/reconcile.ts";

export interface ReconcileFlags {
  readonly policies: readonly string[];
  readonly owner: string;
  readonly region?: string;
  readonly cluster?: readonly string[];
  readonly service?: readonly string[];
  readonly maxDeletes: number;
  readonly maxRedeploys: number;
  readonly deletePolicy: "sync" | "upsert-only";
  readonly asOf?: Date;
  readonly format: string;
}

export interface PlanFlags extends ReconcileFlags {
  readonly detailedExitcode: boolean;
}

export interface ApplyFlags extends ReconcileFlags {
  readonly yes: boolean;
  readonly wait: boolean;
  readonly force: boolean;
}

export function toReconcileOptions(
  flags: ReconcileFlags & { readonly force?: boolean },
  now: Date,
): ReconcileOptions {
  return {
    owner: flags.owner,
    clusters: flags.cluster ?? [],
    services: flags.service ?? [],
    maxDeletes: flags.maxDeletes,
    maxRedeploys: flags.maxRedeploys,
    deletePolicy: flags.deletePolicy,
    asOf: flags.asOf ?? now,
    force: flags.force ?? false,
  };
}
