// After each full pass, a snapshot of the account goes to the status store, so that a pull request can be planned without
// credentials (docs/snapshots.md). It is taken beside the loop, by whoever holds the target, one at a time and in a tenth
// of the time at most; where it fails, that is told, the former one stays, and no pass is later for it.
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { RevisionCache } from "../../aws/revision-cache.ts";
import { concealFacts } from "../../core/conceal-facts.ts";
import type { ConcealKey } from "../../core/conceal-token.ts";
import { writeInChunks } from "../../core/snapshot-file.ts";
import type { Clock } from "../../model/clock.ts";
import { EcsmonError, toFailure } from "../../model/errors.ts";
import { isObject } from "../../model/json.ts";
import type { Fault, Snapshot, SnapshotFacts } from "../../model/snapshot.ts";
import type { ByteStore } from "../../state/object-store.ts";
import { breathing } from "../breathe.ts";
import { concealBy } from "../snapshot/conceal-key.ts";
import { createSnapshotMemory } from "../snapshot/memory.ts";
import { takeSnapshot } from "../snapshot/take-snapshot.ts";
import type { AuditKeeper } from "./audit-keeper.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { Target } from "./target.ts";

/** What all targets of a process take theirs by. */
export interface SnapshotSettings {
  readonly store: ByteStore;
  /** Left out: a new one each time, which nobody keeps. */
  readonly key: ConcealKey | undefined;
  /** Of this ecsmon. */
  readonly version: string;
}

export interface SnapshotKeeperDeps extends SnapshotSettings {
  /** Told of what was read, before anything in it is hidden. Left out: there is no audit. */
  readonly audit?: AuditKeeper;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

export interface SnapshotKeeper {
  /**
   * Begins one, unless the last is still under way, or began less than {@link rarely} times as long ago as it took. It
   * ends with `signal`, and never throws.
   */
  take(signal: AbortSignal, revisions: RevisionCache): void;
  /** Resolves when none is under way. */
  settled(): Promise<void>;
}

/** Where taking one is dear, it would be taken all the time otherwise, with calls that passes could use. */
export const rarely = 10;

export function snapshotKey(target: string): string {
  return `snapshots/${target}.jsonl.gz`;
}

export function createSnapshotKeeper(target: Target, deps: SnapshotKeeperDeps): SnapshotKeeper {
  const { clock, log, metrics, store, version } = deps;
  const memory = createSnapshotMemory();
  let running: Promise<void> | undefined;
  let told = "";
  /** Of the clock that only goes forward. */
  let notBefore = Number.NEGATIVE_INFINITY;

  /** Plans from it will say unknown of what they hide. Told once, until they are others. */
  function tellFaults(facts: SnapshotFacts): void {
    const found = findFaults(facts);
    const sections = [...new Set(found.map(({ section }) => section))];
    const text = sections.join(" ");
    if (text === told) return;
    told = text;
    const [first] = found;
    if (first !== undefined)
      log("warn", "snapshot-partial", { target: target.id, sections, message: first.fault.message });
  }

  async function publish(signal: AbortSignal, revisions: RevisionCache): Promise<void> {
    const takenAt = clock.now();
    const { conceal, keyFingerprint } = concealBy(deps.key);
    const { aws, mackerel } = target;
    const taken = takeSnapshot(aws, { mackerel, revisions, memory, progress: () => undefined });
    const open = refuseEmpty(await before(signal, taken));
    tellFaults(open);
    await deps.audit?.(open, takenAt, signal);
    const facts = concealFacts(open, conceal);
    const snapshot = { version, takenAt: takenAt.toISOString(), keyFingerprint, targets: [facts] };
    const bytes = await zip(snapshot, signal);
    await store.putBytes(snapshotKey(target.id), bytes, { signal, timeout: 60_000 });
    metrics.snapshot(target.id, "success", takenAt);
  }

  return {
    take(signal, revisions) {
      const began = clock.monotonic();
      if (running !== undefined || signal.aborted || began < notBefore) return;
      running = publish(signal, revisions)
        .catch((error: unknown) => {
          // Whoever holds the target now takes the next.
          if (signal.aborted) return;
          metrics.snapshot(target.id, "failure");
          log("warn", "snapshot-failed", { target: target.id, ...toFailure(error) });
        })
        .finally(() => {
          notBefore = began + rarely * (clock.monotonic() - began);
          running = undefined;
        });
    },
    settled: () => running ?? Promise.resolve(),
  };
}

/** From one without clusters nothing could be planned: the former one is worth more. */
function refuseEmpty(facts: SnapshotFacts): SnapshotFacts {
  if ("value" in facts.clusters) return facts;
  const { name, code = name, message } = facts.clusters.fault;
  throw new EcsmonError(code, `no clusters could be read: ${message}`, { fault: "aws", remedy: "retry" });
}

/** What an emulator has not got at all hides nothing, and a topic that is not there is something to know. */
function findFaults(facts: SnapshotFacts): { readonly section: string; readonly fault: Fault }[] {
  return Object.entries(facts).flatMap(([section, value]: [string, unknown]) => {
    if (!isObject(value)) return [];
    const all: unknown[] = isFault(value) ? [value] : Object.values(value);
    return all
      .filter(isFault)
      .filter(({ fault }) => !fault.lacking && !(section === "topics" && fault.name.startsWith("NotFound")))
      .map(({ fault }) => ({ section, fault }));
  });
}

function isFault(fact: unknown): fact is { readonly fault: Fault } {
  return isObject(fact) && isObject(fact["fault"]);
}

/** What is only read need not be finished: what is still asked for goes nowhere. */
function before<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

/** The file of thousands of services is never in memory as a whole, but zipped, and a tenth of it. */
async function zip(snapshot: Snapshot, signal: AbortSignal): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  const keep = async (zipped: AsyncIterable<Buffer>): Promise<void> => {
    for await (const part of zipped) parts.push(part);
  };
  const gzip = createGzip();
  await pipeline(Readable.from(breathing(writeInChunks(snapshot), 1)), gzip, keep, { signal });
  return Buffer.concat(parts);
}
