// Tables of a comment: what changes item by item, and what changes service by service. Pure.

import type { Change } from "../../model/plan.ts";
import { plural } from "../../model/plural.ts";
import { describeItem } from "./describe-item.ts";
import type { Section } from "./markdown-fit.ts";
import { cellCode } from "./markdown-text.ts";
import { changeName, listSome } from "./names.ts";
import { countKinds, groupBy, type Place } from "./plan-places.ts";

export type Row = Omit<Section, "heading">;

interface TableOptions {
  readonly title: string;
  readonly wanted: (change: Change) => boolean;
  readonly rank: number;
  readonly owner: string;
  readonly short: boolean;
}

/** `open`: what stands between the title and the entries. */
export interface TitledRow extends Row {
  readonly title: string;
}

/** Places in one row of a short table. */
const maxPlaces = 25;

/** A row for each item: these are to be looked at one by one. In short: for all items that change in the same way. */
export function itemTable(
  places: readonly Place[],
  { title, wanted, rank, owner, short }: TableOptions,
): TitledRow {
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
    title,
    open: `\n\n| Where | Item | What changes |\n| --- | --- | --- |`,
    close: "",
    entries: rows,
    rest: (left) => `| … | ${plural(left, "more row")} | |`,
    rank,
    nouns: ["row of a table", "rows of tables"],
  };
}

/** A row for each service: what there is of many. In short: for all in which the same number of the same kinds changes. */
export function placeTable(
  places: readonly Place[],
  { title, wanted, rank, short }: TableOptions,
): TitledRow {
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
    title,
    open: `\n\n| Where | Create | Change | Delete | Kinds |\n| --- | ---: | ---: | ---: | --- |`,
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
  const own = change.differences.filter(({ drifts }) => !drifts);
  const paths = own.map(({ path }) => path).filter((path) => !path.includes("ecsmon.dev/"));
  const shown = paths.map((path) => cellCode(path, 80));
  return `${released}${listSome(shown, 3)}`;
}
