// What the shell is told at the end: the table of exit codes of plan and apply. Pure.
import { isBlockedError, isWaiting, type Outcome, type Plan } from "../model/plan.ts";

/** Ended by Ctrl-C, as shells have it. */
export const interrupted = 130;

export function exitCodeOfPlan(plan: Plan, detailed: boolean): number {
  if (hasErrors(plan)) return 1;
  return detailed && hasWrites(plan) ? 2 : 0;
}

export function exitCodeOfApply(plan: Plan, outcomes: readonly Outcome[]): number {
  const left = outcomes.filter((outcome) => outcome.result !== "applied");
  if (hasErrors(plan) || left.some((outcome) => !isLeftForLater(outcome))) return 1;
  return left.length > 0 || plan.blocked.some(isWaiting) ? 3 : 0;
}

/** Of several targets: interrupted before an error, an error before what waits or is to be written. */
export function worstExitCode(codes: readonly number[]): number {
  const byWeight = [interrupted, 1, 3, 2];
  return byWeight.find((code) => codes.includes(code)) ?? 0;
}

/** What stands in Audit is shown and never written. */
export function hasWrites(plan: Plan): boolean {
  return plan.changes.some((change) => change.enforcement === "Enforce");
}

/** What is unknown, and what is blocked and no mere information: a person must look. */
function hasErrors(plan: Plan): boolean {
  return (
    plan.unknown.length > 0 ||
    plan.blocked.some(isBlockedError) ||
    plan.diagnostics.some((diagnostic) => diagnostic.severity === "error")
  );
}

/**
 * A service that began to roll between the plan and the write, or whose window closed, is skipped as if the plan had
 * seen it; where somebody deployed meanwhile, the next run puts the layer on.
 */
function isLeftForLater(outcome: Outcome): boolean {
  const { result, error } = outcome;
  if (result === "skipped" && error?.code === "OwnerDeployed") return true;
  return result === "skipped" && error !== undefined && isWaiting({ ...outcome, ...error, policies: [] });
}
