// A backtest in the page: the table of all alarms, and what was not tested. Warnings are among the plan's.
import type { Plan } from "../../model/plan.ts";
import {
  backtestCells,
  backtestColumns,
  backtestHeadline,
  groupNotes,
  groupUntested,
} from "./backtest-words.ts";
import { createScopeNames, shortName } from "./names.ts";
import { escapeHtml } from "./page-text.ts";

/** Empty where none was asked for. */
export function renderBacktest(plan: Plan): string {
  const { backtest } = plan;
  if (backtest === undefined) return "";
  const { owner } = plan.metadata;
  const scopeName = createScopeNames(plan);
  const rows = backtest.tested.map((alarm) => {
    const [name = "", ...figures] = backtestCells(alarm, owner).map(escapeHtml);
    const cells = figures.map((figure) => `<td class="number">${figure}</td>`);
    return `<tr><th scope="row">${escapeHtml(scopeName(alarm))} ${name}</th>${cells.join("")}</tr>`;
  });
  const head = backtestColumns.map((title) => `<th scope="col">${title}</th>`);
  const notes = [
    ...groupNotes(backtest.tested).map(escapeHtml),
    ...groupUntested(backtest.untested).map(({ reason, alarms }) => {
      const names = alarms.map((alarm) => escapeHtml(`${shortName(alarm, owner)} (${scopeName(alarm)})`));
      return `not tested: ${names.join(", ")}: ${escapeHtml(reason)}`;
    }),
  ];
  return [
    "<details>",
    `<summary><b>${escapeHtml(backtestHeadline(backtest))}</b></summary>`,
    ...(rows.length === 0
      ? []
      : [
          `<table>\n<caption>What each alarm would have done</caption>\n<thead><tr>${head.join("")}</tr></thead>\n<tbody>\n${rows.join("\n")}\n</tbody>\n</table>`,
        ]),
    ...listOf(notes),
    "</details>",
  ].join("\n");
}

function listOf(entries: readonly string[]): readonly string[] {
  return entries.length === 0
    ? []
    : [`<ul>\n${entries.map((entry) => `<li>${entry}</li>`).join("\n")}\n</ul>`];
}
