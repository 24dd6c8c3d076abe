// Which log group a log metric counts in: its own, or the one that `logging` says, or the one that containers log to.
import { ejectLayer } from "./layer.ts";
import type { Wanted } from "./managed.ts";
import type { MergedLogMetric, Reason, Selected } from "./select.ts";
import { currentLogGroup, logsToGroup, resolveLogGroup } from "./service-log-group.ts";

export type FoundLogGroup =
  | { readonly ok: true; readonly name: string }
  | { readonly ok: false; readonly state: Exclude<Wanted["state"], { readonly is: "wanted" }> };

export function findLogGroup({ group }: MergedLogMetric, selected: Selected, owner: string): FoundLogGroup {
  if (group != null) return { ok: true, name: group };
  const { taskDefinition: read } = selected.workload;
  const base = read.known ? ejectLayer(read.value.input, owner) : undefined;
  if (selected.logging !== undefined) {
    const { result } = selected.logging;
    if (!result.ok) return { ok: false, state: { is: "blocked", reason: result.reason } };
    const isThere = logsToGroup(result.value, base);
    if (isThere === false)
      return notApplicable("FireLens takes the service's logs elsewhere; give the output cloudwatch_logs");
    if (isThere && (result.value.group != null || base !== undefined))
      return { ok: true, name: resolveLogGroup(result.value, selected, base) };
  }
  if (!read.known) return { ok: false, state: { is: "unknown", failure: read.failure } };
  const current = base && currentLogGroup(base);
  if (current !== undefined) return { ok: true, name: current };
  return notApplicable("the service logs to no CloudWatch log group; give logging");
}

function notApplicable(why: string): FoundLogGroup {
  const reason: Reason = { code: "NotApplicable", message: `${why}, or the log metric's group` };
  return { ok: false, state: { is: "blocked", reason } };
}
