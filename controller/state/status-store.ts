// What the controller keeps in the status store beside the switch and the journal: the status of each target, its
// ledger of budgets, and the last good revision of each source.
import { createHash } from "node:crypto";
import { emptyLedger, type Ledger } from "../core/budget.ts";
import type { AuditReport } from "../model/audit.ts";
import { EcsmonError } from "../model/errors.ts";
import type { TargetDiffs, TargetStatus } from "../model/status.ts";
import type { StoredSource } from "../model/stored-source.ts";
import { readFormat, writeFormat } from "./formats.ts";
import type { CallOptions, ObjectStore, WriteCondition } from "./object-store.ts";

/** Bytes of the files of one source: twice what a source may have. */
const maxSourceBytes = 64 * 1024 * 1024;

/** `undefined`: nothing was ever written of it. @throws EcsmonError `StateNewer`, `StateBroken`, and what the store throws. */
export async function readTarget(
  store: ObjectStore,
  target: string,
  options: CallOptions = {},
): Promise<TargetStatus | undefined> {
  return (await readTargetVersion(store, target, options))?.status;
}

export interface TargetVersion {
  readonly status: TargetStatus;
  readonly etag: string;
}

/**
 * As `readTarget`, with what tells it from what is written after it.
 * @param known what was read before: it is given again while it still stands there
 */
export async function readTargetVersion(
  store: ObjectStore,
  target: string,
  { known, ...options }: CallOptions & { readonly known?: TargetVersion | undefined } = {},
): Promise<TargetVersion | undefined> {
  const key = targetKey(target);
  const found = await store.get(key, {
    ...options,
    ...(known === undefined ? {} : { ifNoneMatch: known.etag }),
  });
  if (found === "unchanged") return known;
  if (found === undefined) return undefined;
  return { status: readFormat("TargetStatus", found.text, placeOf(key, store)), etag: found.etag };
}

/**
 * @param over the ETag of what it is written over, or `none`; left out: whatever stands there.
 * @returns `conflict`: something else stands there, and nothing was written.
 */
export async function writeTarget(
  store: ObjectStore,
  status: TargetStatus,
  { over, ...options }: CallOptions & { readonly over?: { readonly etag: string } | "none" } = {},
): Promise<{ readonly etag: string } | "conflict"> {
  const condition: { condition?: WriteCondition } =
    over === undefined ? {} : { condition: over === "none" ? { ifAbsent: true } : { ifMatch: over.etag } };
  return store.put(targetKey(status.target), writeFormat("TargetStatus", status), {
    ...options,
    ...condition,
  });
}

/** Names of the targets that have a status, in order. */
export async function listTargets(store: ObjectStore, options: CallOptions = {}): Promise<readonly string[]> {
  const keys = await store.list("targets/", options);
  return keys.flatMap((key) => /^targets\/([^/]+)\.json$/.exec(key)?.[1] ?? []);
}

/**
 * The status of these targets, read together: without those that nothing was ever written of.
 * @param onUnread told of each that cannot be read, in their order: it must not hide the rest
 */
export async function readTargets(
  store: ObjectStore,
  names: readonly string[],
  onUnread: (target: string, error: unknown) => void,
  options: CallOptions = {},
): Promise<readonly TargetStatus[]> {
  const read = await Promise.allSettled(names.map((name) => readTarget(store, name, options)));
  return names.flatMap((name, index) => {
    const one = read[index];
    if (one?.status === "rejected") onUnread(name, one.reason);
    return one?.status === "fulfilled" && one.value !== undefined ? [one.value] : [];
  });
}

export interface ReadBudget {
  readonly ledger: Ledger;
  /** Left out: there is none yet. */
  readonly etag?: string;
}

/** @throws EcsmonError: a ledger that cannot be read leaves no room for anything. */
export async function readBudget(
  store: ObjectStore,
  target: string,
  options: CallOptions = {},
): Promise<ReadBudget> {
  const key = budgetKey(target);
  const found = await store.get(key, options);
  if (found === undefined || found === "unchanged") return { ledger: emptyLedger };
  return { ledger: readFormat("Budget", found.text, placeOf(key, store)), etag: found.etag };
}

/** `conflict`: another one stands there than the one that was read; read and guard again. */
export async function writeBudget(
  store: ObjectStore,
  target: string,
  { ledger, etag }: ReadBudget,
  options: CallOptions = {},
): Promise<{ readonly etag: string } | "conflict"> {
  const condition = etag === undefined ? ({ ifAbsent: true } as const) : { ifMatch: etag };
  return store.put(budgetKey(target), writeFormat("Budget", ledger), { ...options, condition });
}

/** `undefined`: none were ever kept. */
export async function readDiffs(
  store: ObjectStore,
  target: string,
  options: CallOptions = {},
): Promise<TargetDiffs | undefined> {
  const key = diffsKey(target);
  const found = await store.get(key, options);
  if (found === undefined || found === "unchanged") return undefined;
  return readFormat("Diffs", found.text, placeOf(key, store));
}

/** Over whatever stands there: they are for people alone, and told anew by every full pass. */
export async function writeDiffs(
  store: ObjectStore,
  diffs: TargetDiffs,
  options: CallOptions = {},
): Promise<void> {
  await store.put(diffsKey(diffs.target), writeFormat("Diffs", diffs), options);
}

export interface AuditVersion {
  readonly report: AuditReport;
  readonly etag: string;
}

/** `undefined`: none was ever kept. @param known what was read before: it is given again while it still stands there */
export async function readAudit(
  store: ObjectStore,
  target: string,
  known?: AuditVersion,
): Promise<AuditVersion | undefined> {
  const key = auditKey(target);
  const found = await store.get(key, known === undefined ? {} : { ifNoneMatch: known.etag });
  if (found === "unchanged") return known;
  if (found === undefined) return undefined;
  return { report: readFormat("Audit", found.text, placeOf(key, store)), etag: found.etag };
}

/** Over whatever stands there, as `writeDiffs`. */
export async function writeAudit(
  store: ObjectStore,
  target: string,
  report: AuditReport,
  options: CallOptions = {},
): Promise<void> {
  await store.put(auditKey(target), writeFormat("Audit", report), options);
}

export async function removeAudit(
  store: ObjectStore,
  target: string,
  options: CallOptions = {},
): Promise<void> {
  await store.remove(auditKey(target), options);
}

/** @param name as `PolicySource.name` gives it. */
export async function readSource(
  store: ObjectStore,
  name: string,
  options: CallOptions = {},
): Promise<StoredSource | undefined> {
  const key = sourceKey(name);
  const found = await store.get(key, options);
  if (found === undefined || found === "unchanged") return undefined;
  const stored = readFormat("Source", found.text, placeOf(key, store));
  if (stored.name === name) return stored;
  throw new EcsmonError(
    "StateBroken",
    `${placeOf(key, store)} is of the source ${stored.name}, not of ${name}; remove it`,
  );
}

/** @throws EcsmonError `SourceTooLarge`, before anything is written. */
export async function writeSource(
  store: ObjectStore,
  source: StoredSource,
  options: CallOptions = {},
): Promise<void> {
  const bytes = source.files.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  if (bytes > maxSourceBytes)
    throw new EcsmonError(
      "SourceTooLarge",
      `${source.name} has ${bytes} bytes of policies, more than the ${maxSourceBytes} that are kept; split it`,
    );
  await store.put(sourceKey(source.name), writeFormat("Source", source), options);
}

function targetKey(target: string): string {
  return `targets/${target}.json`;
}

function auditKey(target: string): string {
  return `audits/${target}.json`;
}

function diffsKey(target: string): string {
  return `diffs/${target}.json`;
}

function budgetKey(target: string): string {
  return `budgets/${target}.json`;
}

/** Names are addresses and paths, of any characters and length. */
function sourceKey(name: string): string {
  return `sources/${createHash("sha256").update(name).digest("hex").slice(0, 32)}.json`;
}

function placeOf(key: string, store: ObjectStore): string {
  return `${key} in ${store.name}`;
}
