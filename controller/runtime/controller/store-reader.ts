// What the HTTP interface shows, read from the status store: the status of all targets and the journal. What is looked at
// again and again is read once: a status that is as it was is not sent again, and passes that have ended stay in mind.
import type { Clock } from "../../model/clock.ts";
import { EcsmonError, type Failure, toFailure } from "../../model/errors.ts";
import type { JournalEntry, TargetStatus } from "../../model/status.ts";
import type { UnreadTarget } from "../../page/hearing.ts";
import { type PassMemory, readHistory } from "../../state/journal.ts";
import type { ObjectStore } from "../../state/object-store.ts";
import { listTargets, readTargetVersion, type TargetVersion } from "../../state/status-store.ts";
import type { Log } from "./log.ts";
import type { StatusReader } from "./status-reader.ts";

export interface ReadingDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly pause: StatusReader["pause"];
  /** Targets that are looked after, or should be, and of which nothing was told. */
  readonly untold: (told: ReadonlySet<string>) => readonly UnreadTarget[];
  /** The end of the process. */
  readonly signal: AbortSignal;
}

/** Milliseconds after which nothing is kept in mind that nobody asks for. */
const idle = 60_000;
/** Entries of passes that are kept in mind: some 5 MB. */
const mostEntries = 5_000;

/** A target that cannot be read is named and logged: it must not hide the rest, nor look as if it were not there. */
export function readFromStore(
  store: ObjectStore,
  { clock, log, pause, untold, signal }: ReadingDeps,
): StatusReader {
  const known = new Map<string, TargetVersion>();
  const passes = createPassMemory();
  let askedAt = 0;
  let isForgetting = false;

  async function forget(): Promise<void> {
    if (isForgetting) return;
    isForgetting = true;
    while (!signal.aborted && clock.monotonic() - askedAt < idle) await clock.sleep(idle, signal);
    known.clear();
    passes.clear();
    isForgetting = false;
  }

  function ask(): void {
    askedAt = clock.monotonic();
    void forget();
  }

  return {
    pause,
    async targets() {
      ask();
      const names = await listTargets(store);
      for (const name of known.keys()) if (!names.includes(name)) known.delete(name);
      const read = await Promise.allSettled(
        names.map((name) => readTargetVersion(store, name, { known: known.get(name) })),
      );
      const targets: TargetStatus[] = [];
      const unread: UnreadTarget[] = [];
      for (const [index, target] of names.entries()) {
        const one = read[index];
        if (one?.status === "rejected") {
          log("warn", "status-unread", { target, ...toFailure(one.reason) });
          unread.push({ target, ...tellAll(one.reason) });
        }
        if (one?.status !== "fulfilled" || one.value === undefined) continue;
        known.set(target, one.value);
        targets.push(one.value.status);
      }
      const told = new Set([...targets, ...unread].map(({ target }) => target));
      return { targets, unread: [...unread, ...untold(told)] };
    },
    async history({ target, since, until, limit, mostReads, search = "", ...query }, signal) {
      ask();
      const words = search.toLowerCase().split(/\s+/).filter(Boolean);
      const targets = target === undefined ? await listTargets(store, { signal }) : [target];
      const { unreadable, ...found } = await readHistory(store, {
        targets,
        limit,
        signal,
        now: clock.now(),
        memory: passes,
        ...(mostReads === undefined ? {} : { mostReads }),
        ...(since === undefined ? {} : { since: new Date(since) }),
        ...(until === undefined ? {} : { until: new Date(until) }),
        matches: (entry) =>
          (query.cluster === undefined || entry.cluster === query.cluster) &&
          (query.service === undefined || entry.service === query.service) &&
          (query.kind === undefined || entry.kind === query.kind) &&
          (query.policy === undefined || entry.policies.includes(query.policy)) &&
          (words.length === 0 || hasWords(entry, words)),
      });
      for (const failure of unreadable) log("warn", "journal-unread", { ...failure });
      return found;
    },
  };
}

/** Of what is not ours the message may hold anything: the log has it. */
function tellAll(error: unknown): Failure {
  const { code, message } = toFailure(error);
  return { code, message: error instanceof EcsmonError ? message : "the log of the controller says why" };
}

function hasWords(entry: JournalEntry, words: readonly string[]): boolean {
  const {
    kind,
    name,
    cluster = "",
    service = "",
    action,
    why,
    result,
    policies,
    code = "",
    message = "",
  } = entry;
  const place = `${cluster}/${service}`;
  const text = [kind, name, place, action, why, result, ...policies, code, message].join(" ").toLowerCase();
  return words.every((word) => text.includes(word));
}

/** The oldest ones go first. */
function createPassMemory(): PassMemory & { clear(): void } {
  const passes = new Map<string, readonly JournalEntry[]>();
  let held = 0;
  return {
    get: (key) => passes.get(key),
    set(key, entries) {
      if (passes.has(key) || entries.length > mostEntries) return;
      passes.set(key, entries);
      held += entries.length;
      for (const [oldest, { length }] of passes) {
        if (held <= mostEntries) break;
        passes.delete(oldest);
        held -= length;
      }
    },
    clear() {
      passes.clear();
      held = 0;
    },
  };
}
