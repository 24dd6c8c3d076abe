// A plan beside its base, as text: what this change does first, then what is no longer done, then what drifts anyway.
import { type BaseComparison, comparisonOf, type Plan, type PlanPart } from "../../model/plan.ts";
import type { Paint } from "./paint.ts";
import { countShown, describeCounts, describeOthers } from "./plan-counts.ts";
import { safeText } from "./safe-text.ts";
import { wrap } from "./values.ts";

/** What each part is called, in every format. */
export const partTitles = {
  change: "With this change",
  dropped: "No longer, with this change",
  drift: "Drifting anyway, with this change and without it",
} as const;

/** @param renderPart gives a part's sections; none for one that holds nothing */
export function renderBaseParts(
  base: BaseComparison,
  renderPart: (part: PlanPart) => readonly string[],
  paint: Paint,
): readonly string[] {
  const [change, dropped, drift] = (["change", "dropped", "drift"] as const).map((name) => ({
    title: `${paint(`== ${partTitles[name]} ==`, "bold")}\n`,
    sections: renderPart(base[name]),
  }));
  return [
    ...(change === undefined ? [] : [change.title, ...orNothing(change.sections)]),
    ...[dropped, drift].flatMap((part) =>
      part === undefined || part.sections.length === 0 ? [] : [part.title, ...part.sections],
    ),
  ];
}

function orNothing(sections: readonly string[]): readonly string[] {
  return sections.length === 0 ? ["Nothing.\n"] : sections;
}

/** Why the plan stands alone, where it was to be held beside a base. */
export function renderInvalidBase({ base }: Plan, width: number, paint: Paint): string {
  if (base === undefined || !("errors" in base)) return "";
  const note = wrap(safeText(describeInvalidBase(base)), width - 2).join("\n  ");
  return `${paint(note, "yellow")}\n`;
}

export function describeInvalidBase({ errors }: { readonly errors: readonly unknown[] }): string {
  const count = errors.length === 1 ? "an error" : `${errors.length} errors`;
  return `the policies of the base have ${count}, so this plan is held beside nothing: what is drifting anyway is not told apart`;
}

/** The last lines: the same counts, part by part. */
export function renderBaseSummary(plan: Plan): string {
  if (comparisonOf(plan) === undefined) return "";
  const own = describeCounts(countShown(plan)).slice(0, -1);
  const lines = [
    `with this change: ${own.length === 0 ? "nothing" : own.join("; ")}`,
    ...describeOthers([plan]),
  ];
  return lines.map((line) => `  ${line}\n`).join("");
}
