// A plan's cost in the page: one line, that opens into the table that it is the sum of, and what is not in it.
import type { Plan } from "../../model/plan.ts";
import { costCells, costHeadline, shownCost } from "./cost-words.ts";
import { escapeHtml } from "./page-text.ts";

/** Empty where there is nothing to say. */
export function renderCost(plan: Plan): string {
  const cost = shownCost(plan);
  if (cost === undefined) return "";
  const rows = cost.lines.map((line) => {
    const [what = "", count = "", price = "", monthly = ""] = costCells(line).map(escapeHtml);
    const figures = [count, monthly].map((figure) => `<td class="number">${figure}</td>`);
    return `<tr><th scope="row">${what}: ${price}</th>${figures.join("")}</tr>`;
  });
  const head = ["What, and its price", "Change", "A month"].map((title) => `<th scope="col">${title}</th>`);
  const table = `<table>\n<caption>What it is made of</caption>\n<thead><tr>${head.join("")}</tr></thead>\n<tbody>\n${rows.join("\n")}\n</tbody>\n</table>`;
  const notes = cost.notes.map((note) => `<li>${escapeHtml(note)}</li>`);
  return [
    "<details>",
    `<summary><b>${escapeHtml(costHeadline(plan, cost))}</b></summary>`,
    ...(rows.length === 0 ? [] : [table]),
    ...(notes.length === 0 ? [] : [`<ul>\n${notes.join("\n")}\n</ul>`]),
    "</details>",
  ].join("\n");
}
