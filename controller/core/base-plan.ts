// What a change of policies does, told apart from what would be done without it: its plan beside that of its base, both of
// one look at the account. Pure.
import type { Diagnostic } from "../model/diagnostic.ts";
import { stableStringify } from "../model/json.ts";
import type { BaseComparison, Blocked, Change, ItemRef, Plan, PlanPart } from "../model/plan.ts";

export interface HeadPlan extends PlanPart {
  /** What guards hold back, as it would be changed: it stands among `blocked` as well. */
  readonly held: readonly Change[];
}

/**
 * @param base made with no limit on deletes and redeployments. Guards are for what would be written, and nobody writes
 *   the base: whether they hold something back is a matter of the head alone
 */
export function compareWithBase(head: HeadPlan, base: Plan): BaseComparison {
  const changes = compareChanges(head, base);
  const blocked = compareBlocked(head, base);
  const unknown = pairUp(head.unknown, base.unknown, [keyOfBlocked]);
  // Lines move when others are added above them, and a base has other file names than what is checked out.
  const diagnostics = pairUp(head.diagnostics, base.diagnostics, [keyOfFinding, keyOfMessage]);
  const parts = { changes, blocked, unknown, diagnostics };
  return {
    sourceRevision: base.metadata.sourceRevision,
    change: pick(parts, "added"),
    drift: pick(parts, "common"),
    dropped: pick(parts, "dropped"),
  };
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
function compareChanges({ changes, held }: HeadPlan, base: PlanPart): Compared<Change> {
  const before = new Map(base.changes.map((change) => [keyOfItem(change), change]));
  const touched = new Set([...changes, ...held].map(keyOfItem));
  const isCommon = (change: Change): boolean => isAlike(change, before.get(keyOfItem(change)));
  return {
    added: changes.filter((change) => !isCommon(change)),
    common: changes.filter(isCommon),
    dropped: base.changes.filter((change) => !touched.has(keyOfItem(change))),
  };
}

/** What a guard of the head holds back is told by the change that it is held from. */
function compareBlocked({ blocked, held }: HeadPlan, base: PlanPart): Compared<Blocked> {
  const before = new Map(base.changes.map((change) => [keyOfItem(change), change]));
  const heldRefs = new Map(held.map((change) => [keyOfRef(change), change]));
  const isGuarded = (one: Blocked): boolean => guards.has(one.code) && heldRefs.has(keyOfRef(one));
  const others = pairUp(
    blocked.filter((one) => !isGuarded(one)),
    base.blocked,
    [keyOfBlocked],
  );
  const common = new Set(others.common);
  const isCommon = (one: Blocked): boolean => {
    const change = isGuarded(one) ? heldRefs.get(keyOfRef(one)) : undefined;
    return change === undefined ? common.has(one) : isAlike(change, before.get(keyOfItem(change)));
  };
  return {
    added: blocked.filter((one) => !isCommon(one)),
    common: blocked.filter(isCommon),
    dropped: others.dropped,
  };
}

const guards: ReadonlySet<string> = new Set(["DeleteGuard", "RedeployGuard"]);

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
