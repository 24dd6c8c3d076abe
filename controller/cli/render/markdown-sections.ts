// One plan as sections of a comment: a table for each kind of impact, what is held back, what could not be read, what
// is wrong with policies, and a fold with the diff of each service. Pure.

import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Change, Plan } from "../../model/plan.ts";
import { plural } from "../../model/plural.ts";
import { backtestSections } from "./backtest-markdown.ts";
import { costSection } from "./cost-markdown.ts";
import { describeChange, diffLines, shortDiffLines } from "./diff-lines.ts";
import type { Section } from "./markdown-fit.ts";
import { itemTable, placeTable, type Row, type TitledRow } from "./markdown-tables.ts";
import { code, fenced, htmlCode, maxMessage } from "./markdown-text.ts";
import { listSome } from "./names.ts";
import { groupHeld, groupUnknown, type HeldGroup, listPlaces, type Place } from "./plan-places.ts";

/** Names in one line before the rest is only counted. */
const maxNames = 10;
/** UTF-16 units of one fold, so that one service cannot take all. */
const maxFold = 12_000;

export interface SectionOptions {
  /** Tells plans apart where there are several; else empty. */
  readonly heading: string;
  /** Services that change in the same way in one row, an item that is created or deleted in one line. */
  readonly short: boolean;
  /** Each table and list in a fold of its own. */
  readonly folded?: boolean;
}

/** In the order in which they are read; what is kept longest has the lowest rank. */
export function planSections(
  plan: Plan,
  { heading, short, folded = false }: SectionOptions,
): readonly Section[] {
  const places = listPlaces(plan);
  const { owner } = plan.metadata;
  const held = groupHeld(plan);
  const of = (impact: Change["impact"]) => (change: Change) =>
    change.enforcement === "Enforce" && change.impact === impact;
  const sections: readonly TitledRow[] = [
    itemTable(places, { title: "Destroys data", wanted: of("dataloss"), rank: 2, owner, short }),
    itemTable(places, { title: "Redeploys", wanted: of("deployment"), rank: 2, owner, short }),
    placeTable(places, { title: "Without a deployment", wanted: of("none"), rank: 3, owner, short }),
    placeTable(places, { title: "In audit: not written", wanted: isAudited, rank: 5, owner, short }),
    list("Blocked", held.filter(({ isError }) => isError).map(heldEntry), 0, [
      "blocked group",
      "blocked groups",
    ]),
    list("Could not be read", groupUnknown(plan).map(unknownEntry), 0, ["failed read", "failed reads"]),
    list("Errors and warnings", diagnosticEntries(plan.diagnostics), 1, ["finding", "findings"]),
    folds(places, owner, short),
  ];
  return [
    // What drifts anyway is not what the plan is asked for.
    ...(folded ? [] : [costSection(plan), ...backtestSections(plan)]),
    ...sections.map(({ title, ...section }) => titled(title, section, folded)),
    informationFold(held.filter(({ isError }) => !isError)),
  ]
    .filter(({ entries }) => entries.length > 0)
    .map((section) => ({ heading, ...section }));
}

/** What a policy change makes of a plan that is no longer made: what only the base would do, and what it alone says. */
export function droppedSections(plan: Plan, { heading, short }: SectionOptions): readonly Section[] {
  const { owner } = plan.metadata;
  const { title, ...table } = itemTable(listPlaces(plan), {
    title: "No longer done: only the base would",
    wanted: () => true,
    rank: 3,
    owner,
    short,
  });
  const settled = [
    ...groupHeld(plan)
      .filter(({ isError }) => isError)
      .map(heldEntry),
    ...diagnosticEntries(plan.diagnostics),
  ];
  const { title: note, ...notes } = list("Settled: said of the base alone", settled, 5, [
    "settled finding",
    "settled findings",
  ]);
  return [titled(title, table, false), titled(note, notes, true)]
    .filter(({ entries }) => entries.length > 0)
    .map((section) => ({ heading, ...section }));
}

function titled(title: string, section: Row, folded: boolean): Row {
  if (!folded) return { ...section, open: `#### ${title}${section.open}` };
  const summary = `<summary>${title} (${section.entries.length})</summary>`;
  return { ...section, open: `<details>\n${summary}${section.open}`, close: "\n</details>" };
}

function isAudited({ enforcement }: Change): boolean {
  return enforcement === "Audit";
}

function list(title: string, entries: readonly string[], rank: number, nouns: Section["nouns"]): TitledRow {
  return { title, open: "\n", close: "", entries, rest: (left) => `- … and ${left} more`, rank, nouns };
}

function heldEntry({ code: reason, message, items }: HeldGroup): string {
  const what = items.map(({ names, places }) => `${someCode(names)} (${someCode(places)})`);
  return `- ${code(reason)}: ${listSome(what, maxNames)}: ${code(message, maxMessage)}`;
}

function unknownEntry({
  subjects,
  code: reason,
  message,
  hint,
}: ReturnType<typeof groupUnknown>[number]): string {
  const advice = hint === undefined ? "" : `; to go on: ${code(hint, maxMessage)}`;
  return `- ${someCode(subjects)}: ${code(reason)}: ${code(message, maxMessage)}${advice}. Nothing of it is changed until it can be read.`;
}

function someCode(names: readonly string[]): string {
  return listSome(
    names.map((name) => code(name)),
    maxNames,
  );
}

/** Errors first: they are what a reviewer must see when there are many. */
export function diagnosticEntries(diagnostics: readonly Diagnostic[]): readonly string[] {
  const inOrder = [
    ...diagnostics.filter(({ severity }) => severity === "error"),
    ...diagnostics.filter(({ severity }) => severity !== "error"),
  ];
  return inOrder.map(({ severity, code: reason, message, file, line, column, path }) => {
    const place = [file, line, column].filter((part) => part !== undefined).join(":");
    const parts = [...(place === "" ? [] : [code(place)]), ...(path === undefined ? [] : [code(path)])];
    return `- **${severity}** ${[...parts, code(message, maxMessage)].join(": ")} (${code(reason)})`;
  });
}

function folds(places: readonly Place[], owner: string, short: boolean): TitledRow {
  return {
    title: "Details",
    open: "",
    close: "",
    entries: places.map((place) => fold(place, owner, short)),
    rest: (left) => `\n… and ${plural(left, "more place")}`,
    rank: 4,
    nouns: ["service in detail", "services in detail"],
  };
}

function fold({ name, changes }: Place, owner: string, short: boolean): string {
  const lines = changes.flatMap((change) => [
    `@@ ${describeChange(change, owner)} @@`,
    ...(short ? shortDiffLines(change) : diffLines(change)).map(({ sign, text }) => `${sign} ${text}`),
  ]);
  const shown = cutLines(lines, maxFold);
  if (shown.length < lines.length) shown.push(`  … ${plural(lines.length - shown.length, "more line")}`);
  const summary = `<summary>${htmlCode(name)} ${summarise(changes)}</summary>`;
  return `\n<details>\n${summary}\n\n${fenced("diff", shown)}\n\n</details>`;
}

function summarise(changes: readonly Change[]): string {
  const count = (action: Change["action"]) => changes.filter((change) => change.action === action).length;
  const counts = [
    [count("create"), "to create"],
    [count("update"), "to change"],
    [count("delete"), "to delete"],
  ] as const;
  const parts = counts.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`);
  const enforced = changes.filter(({ enforcement }) => enforcement === "Enforce");
  if (enforced.some(({ impact }) => impact === "deployment")) parts.push("redeploys");
  if (enforced.some(({ impact }) => impact === "dataloss")) parts.push("destroys data");
  if (enforced.length < changes.length) parts.push(`${changes.length - enforced.length} in audit`);
  return parts.join(", ");
}

function cutLines(lines: readonly string[], limit: number): string[] {
  const shown: string[] = [];
  let length = 0;
  for (const line of lines) {
    length += line.length + 1;
    if (length > limit) break;
    shown.push(line);
  }
  return shown;
}

function informationFold(held: readonly HeldGroup[]): Row {
  return {
    open: `<details>\n<summary>Left out, for information: ${plural(held.length, "note")}</summary>\n`,
    close: "\n</details>",
    entries: held.map(heldEntry),
    rest: (left) => `- … and ${left} more`,
    rank: 5,
    nouns: ["note on what is left out", "notes on what is left out"],
  };
}
