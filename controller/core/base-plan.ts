// What a change of policies does, told apart from what would be done without it: its plan beside that of its base, both of
// one look at the account. Pure.
import type { Diagnostic } from "../model/diagnostic.ts";
import { stableStringify } from "../model/json.ts";
import type {
  BaseComparison,
  Blocked,
  Change,
  Difference,
  ItemRef,
  PlanPart,
  Unknown,
} from "../model/plan.ts";
import type { Findings } from "./findings.ts";

/** A plan, with what is held back as it would be changed. */
export type Looked = Pick<Findings, "plan" | "held">;

/**
 * @param base made with no limit on deletes and redeployments. Guards are for what would be written, and nobody writes
 *   the base: whether they hold something back is a matter of the head alone
 */
export function compareWithBase(head: Looked, base: Looked): BaseComparison {
  const changes = compareChanges(head, base);
  const blocked = compareBlocked(head, base);
  const unknown = compareHeld(head.plan.unknown, base.plan.unknown, { head, base });
  // Lines move when others are added above them, and a base has other file names than what is checked out.
  const diagnostics = pairUp(head.plan.diagnostics, base.plan.diagnostics, [keyOfFinding, keyOfMessage]);
  const parts = { changes, blocked, unknown, diagnostics };
  const { metadata, scale } = base.plan;
  return {
    sourceRevision: metadata.sourceRevision,
    change: pick(parts, "added"),
    drift: pick(parts, "common"),
    dropped: pick(parts, "dropped"),
    counted: {
      changes: base.plan.changes.filter(isCountedBeside(head)),
      ...(scale === undefined ? {} : { scale }),
    },
  };
}

/**
 * Of the base's changes, those that cost something beside the head's: what the head holds back costs nothing there, and
 * so that it does not seem to save anything, nothing here.
 */
export function isCountedBeside({ held }: Pick<Looked, "held">): (change: Change) => boolean {
  const waiting = new Set([...held.values()].map(keyOfItem));
  return (change) => !waiting.has(keyOfItem(change));
}

interface Compared<T> {
  /** Of the head alone. */
  readonly added: readonly T[];
  /** Of both, as the head has it. */
  readonly common: readonly T[];
  /** Of the base alone. */
  readonly dropped: readonly T[];
}

type ComparedParts = { readonly [List in keyof PlanPart]: Compared<PlanPart[List][number]> };

function pick(
  { changes, blocked, unknown, diagnostics }: ComparedParts,
  side: keyof Compared<never>,
): PlanPart {
  return {
    changes: changes[side],
    blocked: blocked[side],
    unknown: unknown[side],
    diagnostics: diagnostics[side],
  };
}

/** An item that both would change, and otherwise, is of this change: nothing of the base's is dropped then. */
function compareChanges({ plan: { changes }, held }: Looked, base: Looked): Compared<Change> {
  const before = changesOf(base);
  const touched = new Set([...changes, ...held.values()].map(keyOfItem));
  const isCommon = (change: Change): boolean => isAlike(change, before.get(keyOfItem(change)));
  return {
    added: changes
      .filter((change) => !isCommon(change))
      .map((change) => markDrift(change, before.get(keyOfItem(change)))),
    common: changes.filter(isCommon),
    dropped: base.plan.changes.filter((change) => !touched.has(keyOfItem(change))),
  };
}

/** The fields that drift in an item which this change touches too: the base would set them alike, and write them as well. */
function markDrift(change: Change, base: Change | undefined): Change {
  if (base === undefined || mannerOf(change) !== mannerOf(base)) return change;
  const alike = new Set(base.differences.map(stableStringify));
  const isDrift = (difference: Difference): boolean => alike.has(stableStringify(difference));
  if (!change.differences.some(isDrift)) return change;
  const differences = change.differences.map((one) =>
    isDrift(one) ? { ...one, drifts: true as const } : one,
  );
  return { ...change, differences };
}

/** How it is written, whatever is written. */
function mannerOf({ action, enforcement, release, gone }: Change): string {
  return JSON.stringify([action, enforcement, release ?? false, gone ?? false]);
}

function changesOf({ plan: { changes } }: Looked): ReadonlyMap<string, Change> {
  return new Map(changes.map((change) => [keyOfItem(change), change]));
}

/** What a guard of the head holds back is told by the change that it is held from: the base has it among its changes. */
function compareBlocked(head: Looked, base: Looked): Compared<Blocked> {
  const { blocked } = head.plan;
  const before = changesOf(base);
  const guarded = new Map(
    blocked.flatMap((one) => {
      const change = guards.has(one.code) ? head.held.get(one) : undefined;
      return change === undefined ? [] : [[one, change] as const];
    }),
  );
  const others = compareHeld(
    blocked.filter((one) => !guarded.has(one)),
    base.plan.blocked,
    { head, base },
  );
  const common = new Set(others.common);
  const isCommon = (one: Blocked): boolean => {
    const change = guarded.get(one);
    return change === undefined ? common.has(one) : isAlike(change, before.get(keyOfItem(change)));
  };
  return {
    added: blocked.filter((one) => !isCommon(one)),
    common: blocked.filter(isCommon),
    dropped: others.dropped,
  };
}

const guards: ReadonlySet<string> = new Set(["DeleteGuard", "RedeployGuard"]);

/**
 * The same for both is what is held back for the same reason, and would become the same: a rollout that waits for its
 * window with another image is of this change. As with changes, nothing of the base's is dropped then.
 */
function compareHeld<T extends Blocked | Unknown>(
  ofHead: readonly T[],
  ofBase: readonly T[],
  { head, base }: { readonly head: Looked; readonly base: Looked },
): Compared<T> {
  const ends = new Map(
    [...head.held, ...base.held].map(([one, change]) => [one, `${change.id} ${effectOf(change)}`]),
  );
  const alike = pairUp(ofHead, ofBase, [(one) => `${keyOfBlocked(one)} ${ends.get(one) ?? ""}`]);
  const { dropped } = pairUp(alike.added, alike.dropped, [keyOfBlocked]);
  return { ...alike, dropped };
}

/** Whether the same comes of both. How it is rolled out, and by which policies it is wanted, changes nothing of that. */
function isAlike(head: Change, base: Change | undefined): boolean {
  return base !== undefined && effectOf(head) === effectOf(base);
}

function effectOf({ action, enforcement, impact, release, gone, before, after, write }: Change): string {
  return stableStringify([
    action,
    enforcement,
    impact,
    release ?? false,
    gone ?? false,
    before,
    after,
    write,
  ]);
}

/**
 * Each of the head's with one of the base's of the same key, as long as there are any, key by key: what has the same first
 * key belongs together before what has only the same second one.
 */
function pairUp<T>(
  head: readonly T[],
  base: readonly T[],
  keys: readonly ((item: T) => string)[],
): Compared<T> {
  const common = new Set<T>();
  const paired = new Set<T>();
  for (const keyOf of keys) {
    const open = new Map<string, T[]>();
    for (const item of base)
      if (!paired.has(item)) open.set(keyOf(item), [...(open.get(keyOf(item)) ?? []), item]);
    for (const item of head) {
      if (common.has(item)) continue;
      const partner = open.get(keyOf(item))?.shift();
      if (partner === undefined) continue;
      common.add(item);
      paired.add(partner);
    }
  }
  return {
    added: head.filter((item) => !common.has(item)),
    common: head.filter((item) => common.has(item)),
    dropped: base.filter((item) => !paired.has(item)),
  };
}

function keyOfItem({ kind, id }: Pick<Change, "kind" | "id">): string {
  return `${kind}/${id}`;
}

type Ref = Omit<ItemRef, "kind" | "name"> & { readonly kind: string; readonly name?: string };

function keyOfRef({ kind, name, cluster, service }: Ref): string {
  return JSON.stringify([kind, name, cluster, service]);
}

/** Without the message: it may name files and lines, and what is blocked is the same wherever its policy stands. */
function keyOfBlocked(item: Ref & { readonly code: string }): string {
  return `${item.code} ${keyOfRef(item)}`;
}

function keyOfFinding(finding: Diagnostic): string {
  const { file = "", path } = finding;
  return JSON.stringify([keyOfMessage(finding), path, file.slice(file.lastIndexOf("/") + 1)]);
}

function keyOfMessage({ severity, code, message }: Diagnostic): string {
  return JSON.stringify([severity, code, message]);
}
