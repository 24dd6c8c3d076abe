// What one thing that `get` shows is made of, and what all of them have in common.
import { isWaiting } from "../../model/plan.ts";
import type { Pause, TargetStatus, Trouble } from "../../model/status.ts";
import type { Column } from "./table.ts";

export interface Place {
  readonly cluster?: string;
  readonly service?: string;
}

/** Rows of any kind: `name` is what they are asked for by, `json` what a program gets. */
export interface StatusView<Row> {
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly namesOf: (row: Row) => readonly string[];
  readonly placeOf: (row: Row) => Place;
  /** The same for the same thing at another time. */
  readonly keyOf: (row: Row) => string;
  readonly toJson: (row: Row) => object;
}

export interface ViewInput {
  readonly targets: readonly TargetStatus[];
  readonly pause?: Pause | undefined;
  readonly now: Date;
}

/** Where there is more than one. */
export function targetColumn<Row extends { readonly target: string }>(
  targets: readonly TargetStatus[],
): readonly Column<Row>[] {
  return targets.length < 2 ? [] : [{ title: "TARGET", cell: ({ target }) => target }];
}

/** Where an item belongs, without what it does not have. */
export function placeOf({ cluster, service }: Place): Place {
  return {
    ...(cluster === undefined ? {} : { cluster }),
    ...(service === undefined ? {} : { service }),
  };
}

/** Whether what is held back passes by itself. */
export function waits(trouble: Trouble): boolean {
  return isWaiting({ ...trouble, kind: "Service", policies: [] });
}

/** A commit, as short as people write it. */
export function shortRevision(revision: string): string {
  return /^[0-9a-f]{40}$/.test(revision) ? revision.slice(0, 12) : revision;
}

/** Code-unit order; what is not there comes first. */
export function compare(a = "", b = ""): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
