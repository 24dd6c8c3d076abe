// The tag on a service that says which layer failed to roll out there, and how it is read in a snapshot. It is a hash of
// whole definitions, with what is secret in them: whoever has the rest of one could try values until it fits. So it is
// concealed, like the values themselves. Pure.
import { createHash } from "node:crypto";
import { type JsonObject, stableStringify } from "../model/json.ts";
import type { Tags } from "../model/workload.ts";
import { type Conceal, holdsConcealed, isConcealed } from "./conceal-token.ts";
import type { Concealment } from "./conceal-wanted.ts";
import { canonicalTaskDefinition } from "./layer.ts";
import { recordKey } from "./record.ts";

export const stalledField = "stalled";

/** Names one layer on one revision of the owner's: it stays stalled until either is another. */
export function stallMark(before: JsonObject, after: JsonObject): string {
  const both = stableStringify([canonicalTaskDefinition(before), canonicalTaskDefinition(after)]);
  return createHash("sha256").update(both).digest("hex").slice(0, 16);
}

/**
 * Whether a mark is of this layer on this revision.
 * @param concealment Left out: nothing is concealed, neither the mark nor what it is of.
 */
export function readMark(
  mark: string,
  [before, after]: readonly [before: JsonObject, after: JsonObject],
  concealment: Concealment | undefined,
): "this" | "another" | "not to be told" {
  const same = (is: boolean): "this" | "another" => (is ? "this" : "another");
  if (concealment === undefined) return same(mark === stallMark(before, after));
  if (holdsConcealed([before, after])) return "not to be told";
  if (!isConcealed(mark)) return same(mark === stallMark(before, after));
  if (concealment.key !== "known") return "not to be told";
  return same(mark === concealment.conceal(stallMark(before, after)));
}

/** The tags of a service, with the marks of whatever owners concealed. */
export function concealMarks(tags: Tags, conceal: Conceal): Tags {
  return Object.fromEntries(
    Object.entries(tags).map(([key, value]) => [key, isMark(key) ? conceal(value) : value]),
  );
}

/** Owners have no slash in their names. */
export function isMark(key: string): boolean {
  const [, owner = "", ...rest] = key.split("/");
  return rest.length > 0 && key === recordKey(owner, stalledField);
}
