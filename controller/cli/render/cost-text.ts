// A plan's cost for the terminal: one line, the table that it is the sum of, and what is not in it.
import type { Plan } from "../../model/plan.ts";
import { costCells, costHeadline, shownCost } from "./cost-words.ts";
import type { Paint } from "./paint.ts";
import { safeText } from "./safe-text.ts";
import { wrap } from "./values.ts";

export function renderCost(plan: Plan, width: number, paint: Paint): string {
  const cost = shownCost(plan);
  if (cost === undefined) return "";
  const rows = cost.lines.map(costCells);
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        // Numbers stand below each other by their ends.
        column === 1 || column === 3 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join("  "),
  );
  const notes = cost.notes.flatMap((note) =>
    wrap(safeText(note), width - 4).map((line, index) => paint(`${index === 0 ? "-" : " "} ${line}`, "dim")),
  );
  const head = wrap(safeText(costHeadline(plan, cost)), width - 2).map((line) => paint(line, "bold"));
  return `${[...head, ...lines, ...notes].join("\n  ")}\n`;
}
