// The journal: what was written, when, on whose word and why. One object a pass, laid down before its first write and
// written again with how it went; one that still says `begun` is of a process that died.
import { type Failure, toFailure } from "../model/errors.ts";
import { matchesAnyGlob } from "../model/glob.ts";
import { compareText } from "../model/json.ts";
import type { JournalEntry } from "../model/status.ts";
import { readFormat, writeFormat } from "./formats.ts";
import type { CallOptions, ObjectStore } from "./object-store.ts";

export interface Journal {
  /** Resolves when they stand in the store: only then may the first of them be written. */
  begin(entries: readonly JournalEntry[], options?: CallOptions): Promise<JournalPass>;
}

export interface JournalPass {
  /** All entries of the pass again, with their results; may be called again when more of them are known. */
  finish(entries: readonly JournalEntry[], options?: CallOptions): Promise<void>;
}

/** No entries: nothing is written, at either end. All entries of a pass have one `at` and one epoch. */
export function openJournal(store: ObjectStore, target: string): Journal {
  let passes = 0;
  return {
    async begin(entries, options = {}) {
      const [first] = entries;
      if (first === undefined) return { finish: async () => undefined };
      for (;;) {
        passes += 1;
        const key = journalKey(target, first, passes);
        const written = await store.put(key, writeFormat("Journal", entries), {
          ...options,
          condition: { ifAbsent: true },
        });
        // A process before this one had the same epoch and the same instant.
        if (written === "conflict") continue;
        return {
          finish: async (ended, options = {}) => {
            await store.put(key, writeFormat("Journal", ended), options);
          },
        };
      }
    },
  };
}

export interface HistoryOptions {
  readonly targets: readonly string[];
  readonly since?: Date;
  /** Globs over `SERVICE`, or over `CLUSTER/SERVICE` where they hold a `/`. */
  readonly services?: readonly string[];
  /** What else an entry must be. */
  readonly matches?: (entry: JournalEntry) => boolean;
  /** Entries. */
  readonly limit: number;
  readonly signal?: AbortSignal;
}

export interface History {
  /** Newest first; those of one pass as they stand in it. */
  readonly entries: readonly JournalEntry[];
  /** Objects that could not be read as what they should be; the rest is told all the same. */
  readonly unreadable: readonly Failure[];
}

/** Objects that are read at once. */
const batch = 16;

export async function readHistory(store: ObjectStore, options: HistoryOptions): Promise<History> {
  const { targets, since, services = [], matches = () => true, limit, signal } = options;
  const call: CallOptions = signal === undefined ? {} : { signal };
  const keys = (await Promise.all(targets.map((target) => listJournal(store, target, since, call)))).flat();
  keys.sort((a, b) => compareText(timeOf(b), timeOf(a)) || compareText(a, b));
  const entries: JournalEntry[] = [];
  const unreadable: Failure[] = [];
  for (let from = 0; from < keys.length && entries.length < limit; from += batch) {
    const read = await Promise.all(
      keys.slice(from, from + batch).map((key) => readPass(store, key, call, unreadable)),
    );
    entries.push(
      ...read
        .flat()
        .filter(
          (entry) =>
            (since === undefined || Date.parse(entry.at) >= since.getTime()) &&
            isOfServices(entry, services) &&
            matches(entry),
        ),
    );
  }
  return { entries: entries.slice(0, limit), unreadable };
}

/** In the order of time; from the day of `since` on. */
async function listJournal(
  store: ObjectStore,
  target: string,
  since: Date | undefined,
  call: CallOptions,
): Promise<readonly string[]> {
  const prefix = `journal/${target}/`;
  const after = since === undefined ? {} : { after: `${prefix}${since.toISOString().slice(0, 10)}` };
  return store.list(prefix, { ...call, ...after });
}

async function readPass(
  store: ObjectStore,
  key: string,
  call: CallOptions,
  unreadable: Failure[],
): Promise<readonly JournalEntry[]> {
  const found = await store.get(key, call);
  if (found === undefined || found === "unchanged") return [];
  try {
    return readFormat("Journal", found.text, `${key} in ${store.name}`);
  } catch (error) {
    unreadable.push(toFailure(error));
    return [];
  }
}

function isOfServices({ cluster = "", service }: JournalEntry, globs: readonly string[]): boolean {
  if (globs.length === 0) return true;
  if (service === undefined) return false;
  return globs.some((glob) => matchesAnyGlob(glob.includes("/") ? `${cluster}/${service}` : service, [glob]));
}

/** `journal/TARGET/YYYY-MM-DD/HHMMSS.mmm-EPOCH-SEQ.json` */
function journalKey(target: string, { at, epoch }: JournalEntry, pass: number): string {
  const [day = "", time = ""] = new Date(at).toISOString().split("T");
  const clock = time.replaceAll(":", "").replace("Z", "");
  return `journal/${target}/${day}/${clock}-${epoch}-${String(pass).padStart(4, "0")}.json`;
}

/** `YYYY-MM-DD/HHMMSS.mmm-EPOCH-SEQ`: comparable over targets. */
function timeOf(key: string): string {
  return key.split("/").slice(-2).join("/");
}
