// A plan's cost in a comment: one line, that opens into the table that it is the sum of, and what is not in it.
import type { Plan } from "../../model/plan.ts";
import { costCells, costHeadline, shownCost } from "./cost-words.ts";
import type { Section } from "./markdown-fit.ts";
import { cellCode, code } from "./markdown-text.ts";
import { escapeHtml } from "./page-text.ts";

/** Empty where there is nothing to say. What it holds is small whatever the plan: rows for prices, and notes. */
export function costSection(plan: Plan): Omit<Section, "heading"> {
  const cost = shownCost(plan);
  const summary = cost && `<summary>${escapeHtml(costHeadline(plan, cost))}</summary>`;
  const table = ["| What | Change | Price | A month |", "| --- | ---: | --- | ---: |"];
  const rows = (cost?.lines ?? []).map((line) => {
    const [what, ...figures] = costCells(line);
    // In code: GitHub reads what stands between two dollar signs as a formula.
    return `| ${[what, ...figures.map((figure) => cellCode(figure))].join(" | ")} |`;
  });
  const notes = (cost?.notes ?? []).map((note) => `- ${code(note, 300)}`);
  return {
    open: `<details>\n${summary ?? ""}\n`,
    close: "\n</details>",
    // In one piece: half of a sum is none.
    entries:
      cost === undefined
        ? []
        : [[...(rows.length === 0 ? [] : [...table, ...rows, ""]), ...notes].join("\n").trimEnd()],
    rest: (left) => `… and ${left} more`,
    rank: 1,
    nouns: ["table of costs", "tables of costs"],
  };
}
