// Where policies ask for an alarm of a plan: what is found of the alarm is told there.
import { pathText } from "../../api/issues.ts";
import type { Policy } from "../../api/policy.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Change } from "../../model/plan.ts";
import { lastPart } from "../item-name.ts";
import { matchesPart } from "../names.ts";

export type Place = Pick<Diagnostic, "file" | "line" | "column" | "path">;

/** The first entry of its name in the policies that want it. Without one, as of an alarm that is given back: empty. */
export function placeOf(change: Change, owner: string, policies: readonly Policy[]): Place {
  const name = lastPart(change, owner);
  for (const policy of policies) {
    if (!change.policies.includes(policy.name)) continue;
    const path = findEntry(policy, name);
    if (path !== undefined) return { ...policy.at(path), path: pathText(path) };
  }
  return {};
}

function findEntry({ spec }: Policy, name: string): (string | number)[] | undefined {
  const layers = [
    { at: ["spec"], layer: spec },
    ...(spec.overrides ?? []).map((layer, index) => ({ at: ["spec", "overrides", index], layer })),
  ];
  for (const { at, layer } of layers)
    for (const section of ["alarms", "logMetrics", "queries"] as const) {
      const entries: readonly { readonly name: string; readonly alarm?: unknown }[] = layer[section] ?? [];
      const index = entries.findIndex(
        (entry) => matchesPart(name, entry.name) && (section === "alarms" || entry.alarm != null),
      );
      if (index >= 0) return [...at, section, index];
    }
  return undefined;
}
