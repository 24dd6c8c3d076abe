// What stands as wanted already is let go of while an account is read, so that memory holds what differs. Pure.
import { compareText, jsonEqual } from "../model/json.ts";
import { blockForbidden } from "./allow.ts";
import type { ManagedKind, Observation, Observed, Verdict, Wanted } from "./managed.ts";
import type { PlanInput } from "./plan-parts.ts";

/**
 * What is wanted, without the specs of those items that stand as wanted: theirs are let go of on both sides, so that
 * memory holds what differs. `items`: of whole services.
 */
export function settle(
  kind: ManagedKind,
  items: readonly Wanted[],
  observation: Observation,
  input: Pick<PlanInput, "owner" | "inventory" | "force" | "asOf" | "allow" | "concealment" | "selection">,
): Wanted[] {
  const allowed = blockForbidden(
    {
      ...input,
      kinds: [kind],
      wanted: new Map([[kind.name, settleDuplicates(items)]]),
      observations: new Map([[kind.name, observation]]),
    },
    input,
  ).get(kind.name) as readonly Wanted[];
  return allowed.map((item): Wanted => {
    const observed = observation.known ? observation.value.items.get(item.id) : undefined;
    if (item.state.is !== "wanted" || observed?.letGo === undefined) return item;
    const verdict = kind.judge(item.state.spec, observed, item, input);
    if (!standsAsWanted(kind, observed, verdict)) return item;
    observed.letGo();
    return { ...item, state: settledState };
  });
}

const settledState: Wanted["state"] = { is: "wanted", spec: {}, needs: [], settled: true };

function standsAsWanted(
  kind: ManagedKind,
  observed: Observed,
  { after, unfinished = false }: Verdict,
): boolean {
  return !unfinished && jsonEqual(kind.canonical(observed.spec), kind.canonical(after));
}

export function isSettled({ state }: Wanted): boolean {
  return state.is === "wanted" && state.settled === true;
}

/** Two items of one id (an alarm and a log metric's alarm of one name, say) cannot both stand. */
export function settleDuplicates(wanted: readonly Wanted[]): Wanted[] {
  const byId = new Map<string, Wanted[]>();
  for (const item of wanted) byId.set(item.id, [...(byId.get(item.id) ?? []), item]);
  return wanted.flatMap((item): Wanted[] => {
    const same = byId.get(item.id) as Wanted[];
    if (same.length === 1 || item.state.is !== "wanted") return [item];
    if (same[0] !== item) return [];
    const policies = [...new Set(same.flatMap((one) => one.policies))].sort(compareText);
    const likely =
      item.kind === "MetricAlarm" ? " (an alarm and a log metric with an alarm, of one name?)" : "";
    const message = `${same.length} items of kind ${item.kind} would have the same name, ${item.name}${likely}; rename one of them in ${policies.join(", ")}`;
    return [{ ...item, policies, state: { is: "blocked", reason: { code: "Conflict", message } } }];
  });
}
