// One plan in a comment: in one piece, or beside its base: what this change does stands open, what drifts anyway is
// folded and gives way to it. Pure.
import { comparisonOf, type Plan } from "../../model/plan.ts";
import { describeInvalidBase, partTitles } from "./base-text.ts";
import type { Section } from "./markdown-fit.ts";
import { droppedSections, planSections, type SectionOptions } from "./markdown-sections.ts";
import { code, maxMessage } from "./markdown-text.ts";
import { capitalize } from "./page-text.ts";

export function sectionsOf(plan: Plan, { heading, short }: SectionOptions): readonly Section[] {
  const base = comparisonOf(plan);
  if (base === undefined) return planSections(plan, { heading, short });
  const under = (title: string) => (heading === "" ? `### ${title}` : `${heading}: ${lower(title)}`);
  const change = under(partTitles.change);
  return [
    ...planSections({ ...plan, ...base.change }, { heading: change, short }),
    ...droppedSections({ ...plan, ...base.dropped }, { heading: change, short }),
    ...planSections(
      { ...plan, ...base.drift },
      { heading: under(partTitles.drift), short, folded: true },
    ).map(later),
  ];
}

/** Its tables come before the details of this change, its details after all of it. */
function later(section: Section): Section {
  const { rank } = section;
  return rank < 4 ? { ...section, rank: 4 } : { ...section, rank: rank + 2, late: true };
}

/** Errors that are named in the note; the rest is counted. */
const maxNamed = 5;

/** Why the plans stand alone: all of them have the same base. */
export function noteInvalidBase(plans: readonly Plan[]): readonly string[] {
  const base = plans.map((plan) => plan.base).find((one) => one !== undefined && "errors" in one);
  if (base === undefined || !("errors" in base)) return [];
  const named = base.errors.slice(0, maxNamed).map(({ file, line, message }) => {
    const place = [file, line].filter((part) => part !== undefined).join(":");
    return `> - ${place === "" ? "" : `${code(place)}: `}${code(message, maxMessage)}`;
  });
  const more = base.errors.length > maxNamed ? [`> - … and ${base.errors.length - maxNamed} more`] : [];
  return [[`> ${capitalize(describeInvalidBase(base))}.`, ">", ...named, ...more].join("\n")];
}

function lower(text: string): string {
  return `${text.slice(0, 1).toLowerCase()}${text.slice(1)}`;
}
