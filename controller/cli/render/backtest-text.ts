// A backtest for the terminal: what each alarm would have done, service by service, and what was not tested. Its warnings
// are among the plan's.
import type { TestedAlarm } from "../../model/backtest.ts";
import type { Plan } from "../../model/plan.ts";
import {
  backtestCells,
  backtestColumns,
  backtestHeadline,
  groupNotes,
  groupUntested,
} from "./backtest-words.ts";
import { createScopeNames, listSome, shortName } from "./names.ts";
import type { Paint } from "./paint.ts";
import { safeText } from "./safe-text.ts";
import { wrap } from "./values.ts";

const maxNames = 10;

export function renderBacktest(plan: Plan, width: number, paint: Paint): string {
  const { backtest } = plan;
  if (backtest === undefined) return "";
  const { owner } = plan.metadata;
  const scopeName = createScopeNames(plan);
  const rows = backtest.tested.map((alarm) => backtestCells(alarm, owner));
  const head = [...backtestColumns];
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const write = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        // Figures stand below each other by their ends.
        column > 0 && column < 5 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd();
  const lines = [paint(backtestHeadline(backtest), "bold")];
  if (rows.length > 0) lines.push(`    ${paint(write(head), "dim")}`);
  for (const [scope, alarms] of byScope(backtest.tested, scopeName)) {
    lines.push(`  ${scope}`);
    for (const alarm of alarms) {
      const line = write(backtestCells(alarm, owner));
      lines.push(`    ${alarm.fired === 0 ? line : paint(line, "yellow")}`);
    }
  }
  for (const note of groupNotes(backtest.tested))
    lines.push(...indented(`- ${safeText(note)}`, width).map((line) => paint(line, "dim")));
  for (const { reason, alarms } of groupUntested(backtest.untested)) {
    const names = alarms.map((alarm) => `${shortName(alarm, owner)} (${scopeName(alarm)})`);
    const text = `- not tested: ${listSome(names, maxNames)}: ${safeText(reason)}`;
    lines.push(...indented(text, width));
  }
  return `${lines.join("\n")}\n`;
}

function byScope(
  alarms: readonly TestedAlarm[],
  nameOf: (alarm: TestedAlarm) => string,
): ReadonlyMap<string, readonly TestedAlarm[]> {
  const groups = new Map<string, TestedAlarm[]>();
  for (const alarm of alarms) {
    const name = nameOf(alarm);
    groups.set(name, [...(groups.get(name) ?? []), alarm]);
  }
  return groups;
}

function indented(text: string, width: number): readonly string[] {
  return wrap(text, width - 4).map((line, index) => `${index === 0 ? "  " : "    "}${line}`);
}
