// How a service's deployments are rolled out, and when. Windows are cron expressions with a duration and a time zone.
import { Cron } from "croner";
import type { RolloutSpec } from "../api/schema.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { type JsonObject, jsonEqual } from "../model/json.ts";
import { readOwnStrategy } from "../model/own-strategy.ts";
import type { RolloutSettings, RolloutWindow } from "../model/plan.ts";
import type { Workload } from "../model/workload.ts";
import { canonicalTaskDefinition, ejectLayer, hasLayer } from "./layer.ts";
import { ownerTag } from "./names.ts";
import type { Reason } from "./select.ts";

export function rolloutSettings(spec: RolloutSpec | undefined): RolloutSettings {
  return {
    maxConcurrent: spec?.maxConcurrent ?? 1,
    timeout: (spec?.timeout ?? 900) as number,
    pauseOnFailure: spec?.pauseOnFailure ?? true,
    ...(spec?.windows?.length ? { windows: spec.windows.map(toWindow) } : {}),
  };
}

function toWindow({ cron, duration, timeZone }: NonNullable<RolloutSpec["windows"]>[number]): RolloutWindow {
  return { cron, duration: duration as number, ...(timeZone === undefined ? {} : { timeZone }) };
}

/** Why a rollout must not begin now: `asOf` lies in none of the windows. No windows: any time is right. */
export function findClosedWindow(
  { windows = [] }: Pick<RolloutSettings, "windows">,
  asOf: Date,
): Reason | undefined {
  if (windows.length === 0 || windows.some((window) => isOpen(window, asOf))) return undefined;
  const next = windows
    .map(({ cron, timeZone }) => nextOpening(cron, timeZone, asOf))
    .filter((date) => date !== null);
  const soonest = next.sort((a, b) => a.getTime() - b.getTime())[0];
  const when =
    soonest === undefined ? "there is no next one" : `the next one opens at ${soonest.toISOString()}`;
  // Not when it was asked: as long as it stays closed, each plan says the same.
  return { code: "OutsideWindow", message: `no rollout window is open; ${when}` };
}

/** Open while the last firing of the cron is less than the duration ago. */
function isOpen({ cron, duration, timeZone }: RolloutWindow, asOf: Date): boolean {
  const opened = nextOpening(cron, timeZone, new Date(asOf.getTime() - duration * 1000));
  return opened !== null && opened <= asOf;
}

/** The first firing after an instant; croner knows time zones and their changes of clock. */
function nextOpening(cron: string, timeZone: string | undefined, after: Date): Date | null {
  return new Cron(cron, { timezone: timeZone ?? "UTC", paused: true }).nextRun(after);
}

/**
 * The revision that a deployment may have been begun from by a run of ours which was ended: undefined where it was not.
 * Whether it was shows beside that revision's content (`changesOnlyOurLayer`).
 */
export function findFormerRevision(workload: Workload, owner: string): string | undefined {
  const { deploymentController, deploymentInProgress, deployedAt, taskDefinition, taskDefinitionArn } =
    workload;
  const former = workload.formerTaskDefinitionArn;
  if (deploymentController !== "ECS" || deploymentInProgress === undefined || deployedAt === undefined)
    return undefined;
  if (former === undefined || !taskDefinition.known) return undefined;
  const { input, tags } = taskDefinition.value;
  // A pipeline of the owner's can lay our layer on too (`inject`); our tag comes with what we registered.
  if (!hasLayer(input, owner) || tags[ownerTag] !== owner) return undefined;
  // We roll forward only: an earlier revision is one that somebody, ECS or we ourselves put back.
  const [from, to] = [readRevision(former), readRevision(taskDefinitionArn)];
  return from.family === to.family && from.number < to.number ? former : undefined;
}

/** An image, or anything else of the owner's, that differs makes a deployment the owner's. */
export function changesOnlyOurLayer(before: JsonObject, after: JsonObject, owner: string): boolean {
  const bare = (input: JsonObject): JsonObject => canonicalTaskDefinition(ejectLayer(input, owner));
  return (
    jsonEqual(bare(before), bare(after)) &&
    !jsonEqual(canonicalTaskDefinition(before), canonicalTaskDefinition(after))
  );
}

/** `…:task-definition/web:7` is revision 7 of web; what stands before the colon is the family. */
export function readRevision(arn: string): { readonly family: string; readonly number: number } {
  const at = arn.lastIndexOf(":");
  return { family: arn.slice(0, at), number: Number(arn.slice(at + 1)) };
}

/** Minutes after which a deployment of a revision of ours that has not settled is worth a word. */
const patience = 15;

/**
 * Deployments that carry our layer and do not settle, though nobody may be watching them any more: the run that began
 * them may have been ended. The next `apply` that waits puts back what is ours; the rest is for the service's owner.
 */
export function findUnsettled(workloads: readonly Workload[], owner: string, asOf: Date): Diagnostic[] {
  return workloads.flatMap((workload) => {
    const { cluster, service, taskDefinition, deploymentInProgress, deployedAt } = workload;
    if (deploymentInProgress === undefined || deployedAt === undefined) return [];
    const minutes = Math.floor((asOf.getTime() - deployedAt.getTime()) / 60_000);
    // ECS's own blue/green takes its time.
    const due = patience + (readOwnStrategy(workload.deploymentConfiguration)?.seconds ?? 0) / 60;
    if (minutes < due || !taskDefinition.known || !hasLayer(taskDefinition.value.input, owner)) return [];
    const message = `${cluster}/${service}: a deployment that carries our layer has not settled since ${deployedAt.toISOString()} (${deploymentInProgress}); if its tasks stay unhealthy, deploy a revision that works, or exclude the service`;
    return [{ severity: "warning", code: "RolloutNotSettled", message }];
  });
}
