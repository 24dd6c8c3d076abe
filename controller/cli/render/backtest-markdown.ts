// A backtest in a comment: a table, the loudest alarms first, and notes. The times at which they would have fired are left
// out, so that the comment stays the same from one hour to the next as long as no figure changes.
import type { TestedAlarm } from "../../model/backtest.ts";
import type { Plan } from "../../model/plan.ts";
import {
  backtestCells,
  backtestColumns,
  backtestHeadline,
  groupNotes,
  groupUntested,
} from "./backtest-words.ts";
import type { Section } from "./markdown-fit.ts";
import { cellCode, code, maxMessage } from "./markdown-text.ts";
import { createScopeNames, listSome, shortName } from "./names.ts";

type Row = Omit<Section, "heading">;

const maxNames = 10;

export function backtestSections(plan: Plan): readonly Row[] {
  const { backtest } = plan;
  if (backtest === undefined) return [];
  const { owner } = plan.metadata;
  const scopeName = createScopeNames(plan);
  const head = ["Where", ...backtestColumns];
  const table: Row = {
    open: [
      `<details>\n<summary>${backtestHeadline(backtest)}</summary>\n`,
      `| ${head.join(" | ")} |`,
      `| ${head.map((_, column) => (column > 1 && column < 6 ? "---:" : "---")).join(" | ")} |`,
    ].join("\n"),
    close: "\n</details>",
    entries: [...backtest.tested].sort(byLoudness).map((alarm) => {
      const [name = "", ...figures] = backtestCells(alarm, owner);
      const cells = [scopeName(alarm), name].map((cell) => cellCode(cell));
      return `| ${[...cells, ...figures.map((text) => (text === "" ? "" : cellCode(text)))].join(" | ")} |`;
    }),
    rest: (left) => `| … | ${left} more |${" |".repeat(head.length - 2)}`,
    rank: 3,
    nouns: ["alarm in the backtest", "alarms in the backtest"],
  };
  const list = (open: string, entries: readonly string[], rank: number, nouns: Row["nouns"]): Row => ({
    open: `${open}\n`,
    close: "",
    entries,
    rest: (left) => `- … and ${left} more`,
    rank,
    nouns,
  });
  const notes = [
    ...groupNotes(backtest.tested).map((note) => `- ${code(note, maxMessage)}`),
    ...groupUntested(backtest.untested).map(({ reason, alarms }) => {
      const names = alarms.map((alarm) => `${code(shortName(alarm, owner))} (${code(scopeName(alarm))})`);
      return `- not tested: ${listSome(names, maxNames)}: ${code(reason, maxMessage)}`;
    }),
  ];
  return [table, list("#### On the backtest", notes, 4, ["note on the backtest", "notes on the backtest"])];
}

function byLoudness(a: TestedAlarm, b: TestedAlarm): number {
  return b.fired - a.fired || b.inAlarm - a.inAlarm;
}
