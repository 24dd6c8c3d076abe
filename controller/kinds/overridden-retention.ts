// Log groups whose retention an account policy of CloudWatch Logs sets in place of ours (LogGroup.retentionPolicyName).
// What we write would not show there, so nothing is written; a person is told instead.
import type { Observation, Wanted } from "../core/managed.ts";
import { describeRetention } from "../core/retention.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { compareText } from "../model/json.ts";
import type { LogGroupDetail, WantedRetention } from "./log-group.ts";

const maxNames = 3;

/** One warning for each account policy and retention that is asked for, however many groups share them. Pure. */
export function findOverridden(
  wanted: readonly Wanted[],
  observation: Observation | undefined,
): readonly Diagnostic[] {
  if (observation === undefined || !observation.known) return [];
  const groups = new Map<string, string[]>();
  for (const { id, state } of wanted) {
    const observed = observation.value.items.get(id);
    if (state.is !== "wanted" || observed === undefined) continue;
    const { overriddenBy } = observed.detail as LogGroupDetail;
    const { retention } = state.detail as WantedRetention;
    const live = observed.spec["retentionInDays"];
    if (overriddenBy === undefined || retention === undefined || retention === live) continue;
    const stands = typeof live === "number" ? describeRetention(live) : "events for ever";
    const message = `the account's retention policy ${overriddenBy} overrides what policies ask for, so ${stands} stands in place of ${describeRetention(retention)}; take the groups out of that policy, or ask for the same`;
    groups.set(message, [...(groups.get(message) ?? []), id]);
  }
  return [...groups]
    .map(([message, names]) => ({ message, names: names.sort(compareText) }))
    .sort((a, b) => compareText(a.message, b.message))
    .map(({ message, names }) => ({
      severity: "warning",
      code: "RetentionOverridden",
      message: `${listSome(names)}: ${message}`,
    }));
}

function listSome(names: readonly string[]): string {
  const shown = names.slice(0, maxNames).join(", ");
  return names.length > maxNames ? `${shown} and ${names.length - maxNames} more` : shown;
}
