// One plan as sections of a comment: a table for each kind of impact, what is held back, what could not be read, what
// is wrong with policies, and a fold with the diff of each service. Pure.
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Change, Plan } from "../../model/plan.ts";
import { describeItem } from "./describe-item.ts";
import { describeChange, diffLines, shortDiffLines } from "./diff-lines.ts";
import type { Section } from "./markdown-fit.ts";
import { cellCode, code, fenced, htmlCode, maxMessage } from "./markdown-text.ts";
import { changeName, listSome } from "./names.ts";
import { plural } from "./plan-counts.ts";
import {
  countKinds,
  groupBy,
  groupHeld,
  groupUnknown,
  type HeldGroup,
  listPlaces,
  type Place,
} from "./plan-places.ts";

/** Names in one line before the rest is only counted. */
const maxNames = 10;
/** UTF-16 units of one fold, so that one service cannot take all. */
const maxFold = 12_000;

export interface SectionOptions {
  /** Tells plans apart where there are several; else empty. */
  readonly heading: string;
  /** Services that change in the same way in one row, an item that is created or deleted in one line. */
  readonly short: boolean;
}

/** In the order in which they are read; what is kept longest has the lowest rank. */
export function planSections(plan: Plan, { heading, short }: SectionOptions): readonly Section[] {
  const places = listPlaces(plan);
  const { owner } = plan.metadata;
  const held = groupHeld(plan);
  const of = (impact: Change["impact"]) => (change: Change) =>
    change.enforcement === "Enforce" && change.impact === impact;
  const sections: readonly Omit<Section, "heading">[] = [
    itemTable(places, { title: "#### Destroys data", wanted: of("dataloss"), rank: 2, owner, short }),
    itemTable(places, { title: "#### Redeploys", wanted: of("deployment"), rank: 2, owner, short }),
    placeTable(places, { title: "#### Without a deployment", wanted: of("none"), rank: 3, owner, short }),
    placeTable(places, { title: "#### In audit: not written", wanted: isAudited, rank: 5, owner, short }),
    list("#### Blocked", held.filter(({ isError }) => isError).map(heldEntry), 0, [
      "blocked group",
      "blocked groups",
    ]),
    list("#### Could not be read", groupUnknown(plan).map(unknownEntry), 0, ["failed read", "failed reads"]),
    list("#### Errors and warnings", diagnosticEntries(plan.diagnostics), 1, ["finding", "findings"]),
    folds(places, owner, short),
    informationFold(held.filter(({ isError }) => !isError)),
  ];
  return sections.filter(({ entries }) => entries.length > 0).map((section) => ({ heading, ...section }));
}

function isAudited({ enforcement }: Change): boolean {
  return enforcement === "Audit";
}

type Row = Omit<Section, "heading">;

interface TableOptions {
  readonly title: string;
  readonly wanted: (change: Change) => boolean;
  readonly rank: number;
  readonly owner: string;
  readonly short: boolean;
}

/** Places in one row of a short table. */
const maxPlaces = 25;

/** A row for each item: these are to be looked at one by one. In short: for all items that change in the same way. */
function itemTable(places: readonly Place[], { title, wanted, rank, owner, short }: TableOptions): Row {
  const items = places.flatMap(({ name, changes }) =>
    changes.filter(wanted).map((change) => {
      const what = `${change.action} ${change.kind}`;
      const item = short ? what : `${what} ${cellCode(changeName(change, owner))}`;
      return { place: name, text: `${item} | ${describeInCell(change)}` };
    }),
  );
  const rows = joinPlaces(items, ({ text }) => text, short).map(
    (row) => `| ${placesInCell(row)} | ${row[0].text} |`,
  );
  return {
    open: `${title}\n\n| Where | Item | What changes |\n| --- | --- | --- |`,
    close: "",
    entries: rows,
    rest: (left) => `| … | ${plural(left, "more row")} | |`,
    rank,
    nouns: ["row of a table", "rows of tables"],
  };
}

/** A row for each service: what there is of many. In short: for all in which the same number of the same kinds changes. */
function placeTable(places: readonly Place[], { title, wanted, rank, short }: TableOptions): Row {
  const items = places.flatMap(({ name, changes }) => {
    const own = changes.filter(wanted);
    return own.length === 0 ? [] : [{ place: name, own, counts: countActions(own), kinds: countKinds(own) }];
  });
  const rows = joinPlaces(items, ({ counts, kinds }) => JSON.stringify([counts, kinds]), short).map((row) => {
    const all = row.flatMap(({ own }) => own);
    const counts = countActions(all).map((count) => count || "");
    return `| ${[placesInCell(row), ...counts, countKinds(all)].join(" | ")} |`;
  });
  return {
    open: `${title}\n\n| Where | Create | Change | Delete | Kinds |\n| --- | ---: | ---: | ---: | --- |`,
    close: "",
    entries: rows,
    rest: (left) => `| … | | | | ${plural(left, "more row")} |`,
    rank,
    nouns: ["row of a table", "rows of tables"],
  };
}

function countActions(changes: readonly Change[]): readonly number[] {
  return (["create", "update", "delete"] as const).map(
    (action) => changes.filter((change) => change.action === action).length,
  );
}

interface InPlace {
  readonly place: string;
}

function joinPlaces<T extends InPlace>(
  items: readonly T[],
  keyOf: (item: T) => string,
  short: boolean,
): readonly (readonly [T, ...T[]])[] {
  if (!short) return items.map((item) => [item]);
  return groupBy(items, keyOf).flatMap((group) => {
    const starts = group.flatMap((first, index) => (index % maxPlaces === 0 ? [{ first, index }] : []));
    return starts.map(({ first, index }) => [first, ...group.slice(index + 1, index + maxPlaces)] as const);
  });
}

function placesInCell(items: readonly InPlace[]): string {
  return [...new Set(items.map(({ place }) => place))].map((place) => cellCode(place)).join(", ");
}

function describeInCell(change: Change): string {
  const released = change.release && change.action !== "delete" ? "put back as it was: " : "";
  if (change.action !== "update") {
    const text = describeItem(change.kind, change.after ?? change.before);
    return text === "" ? "" : `${released}${cellCode(text, 120)}`;
  }
  const paths = change.differences.map(({ path }) => path).filter((path) => !path.includes("ecsmon.dev/"));
  const shown = paths.map((path) => cellCode(path, 80));
  return `${released}${listSome(shown, 3)}`;
}

function list(title: string, entries: readonly string[], rank: number, nouns: Section["nouns"]): Row {
  return { open: `${title}\n`, close: "", entries, rest: (left) => `- … and ${left} more`, rank, nouns };
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
function diagnosticEntries(diagnostics: readonly Diagnostic[]): readonly string[] {
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

function folds(places: readonly Place[], owner: string, short: boolean): Row {
  return {
    open: "#### Details",
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
