// What is blocked stays as it stands: whose share in a shared rule is frozen, and which share that is.
import { isObject, type Json, type JsonObject } from "../model/json.ts";
import { type Clause, clauseId, joinTold, serviceOf, type Told } from "./event-pattern.ts";
import { narrowPattern, presetClauses } from "./event-presets.ts";
import type { Wanted } from "./managed.ts";
import type { Item, MergedEvent, Reason } from "./select.ts";

/** A service of whose events something is blocked: what of it stands in rules stays there. */
export interface Frozen {
  readonly cluster: string;
  readonly clusterArn: string;
  readonly service: string;
  /** Which clauses, by id; undefined: it cannot be told, so all. */
  readonly clauses: ReadonlySet<string> | undefined;
  /** It may be a pattern that stands as it is written. */
  readonly asWritten: boolean;
  readonly reason: Reason;
}

export interface FrozenWanted extends Wanted {
  readonly frozen: Frozen;
}

export function isFrozen(wanted: Wanted): wanted is FrozenWanted {
  return "frozen" in wanted;
}

/** What a blocked entry may stand for in rules: all that its policies name. */
export function mayBe({
  result,
  contributions,
  contributors,
}: Item<MergedEvent>): Pick<Frozen, "clauses" | "asWritten"> {
  const values: readonly unknown[] = result.ok ? [result.value] : contributions.map(({ value }) => value);
  const sources = values.map((value) => (isObject(value) ? (value as JsonObject)["source"] : undefined));
  const complete = result.ok || contributions.length === contributors.length;
  if (!complete || sources.every((source) => source === undefined))
    return { clauses: undefined, asWritten: true };
  const clauses = sources.map((source) => clausesOf(source));
  return {
    clauses: new Set(clauses.flatMap((list) => (list ?? []).map(clauseId))),
    asWritten: clauses.includes(undefined),
  };
}

function clausesOf(source: Json | undefined): readonly Clause[] | undefined {
  if (!isObject(source)) return [];
  const { preset, pattern } = source as JsonObject;
  if (typeof preset === "string") {
    const clause = presetClauses[preset as keyof typeof presetClauses];
    return clause === undefined ? [] : [clause];
  }
  return isObject(pattern) ? narrowPattern(pattern as JsonObject) : [];
}

/** What of a live rule must stay, since somebody's share in it is frozen. */
export function keepFrozen(live: readonly Told[], frozen: readonly Frozen[]): Told[] {
  return joinTold(
    live.map((one) => {
      const id = clauseId(one);
      const stays = (member: string): boolean =>
        frozen.some(
          ({ service, clauses }) =>
            service === serviceOf(member) && (clauses === undefined || clauses.has(id)),
        );
      return { ...one, members: one.members.filter(stays) };
    }),
  );
}
