// The journal: what was written, when, on whose word and why. One object a pass, laid down before its first write and
// written again with how it went; one that still says `begun` is of a process that died.
import { type Failure, toFailure } from "../model/errors.ts";
import { matchesAnyGlob } from "../model/glob.ts";
import { compareText } from "../model/json.ts";
import type { JournalEntry } from "../model/status.ts";
import { readFormat, writeFormat } from "./formats.ts";
import { dayLength, type HistorySpan, spansBack, toKeyTime } from "./history-spans.ts";
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
  readonly now: Date;
  /** Default: 30 days before `until`, or before now. */
  readonly since?: Date;
  /** The entry of this very instant is among them. Left out: all that is newer. */
  readonly until?: Date;
  /** Globs over `SERVICE`, or over `CLUSTER/SERVICE` where they hold a `/`. */
  readonly services?: readonly string[];
  /** What else an entry must be. */
  readonly matches?: (entry: JournalEntry) => boolean;
  /** Entries. */
  readonly limit: number;
  /** Requests to the store that the question may take. Default 2,000. */
  readonly mostReads?: number;
  /** Passes that were read before, by their keys; those that have ended do not change any more. */
  readonly memory?: PassMemory;
  readonly signal?: AbortSignal;
}

export interface PassMemory {
  get(key: string): readonly JournalEntry[] | undefined;
  set(key: string, entries: readonly JournalEntry[]): void;
}

export interface History {
  /** Newest first; those of one pass as they stand in it. */
  readonly entries: readonly JournalEntry[];
  /** Objects that could not be read as what they should be; the rest is told all the same. */
  readonly unreadable: readonly Failure[];
  /** How far back was asked for. */
  readonly since: Date;
  /** Entries up to this instant were not looked at, as the question had taken all that it may: ask again `until` then. */
  readonly unreadUntil?: Date;
}

/** How far back a question goes that does not say. */
const usualDays = 30;
/** Objects that are read at once. */
const batch = 16;
/** Keys that come with one request, in S3. */
const page = 1_000;

/** Day by day from the newest: it ends with the day that has enough of what is asked for. */
export async function readHistory(store: ObjectStore, options: HistoryOptions): Promise<History> {
  const { targets, now, until, services = [], matches = () => true, limit, signal } = options;
  const call: CallOptions = signal === undefined ? {} : { signal };
  const since = options.since ?? new Date((until ?? now).getTime() - usualDays * dayLength);
  const entries: JournalEntry[] = [];
  const unreadable: Failure[] = [];
  const found = (unreadUntil?: Date): History => ({
    entries: entries.slice(0, limit),
    unreadable,
    since,
    ...(unreadUntil === undefined ? {} : { unreadUntil }),
  });
  let left = options.mostReads ?? 2_000;
  for (const span of spansBack({ since, until, now })) {
    if (left <= 0) return found(span.last);
    signal?.throwIfAborted();
    const listed = await inTurns(targets, (target) => listSpan(store, target, span, call));
    for (const { length } of listed) left -= 1 + Math.floor(length / page);
    const keys = listed.flat();
    keys.sort((a, b) => compareText(timeOf(b), timeOf(a)) || compareText(a, b));
    for (let from = 0; from < keys.length; ) {
      if (entries.length >= limit) return found();
      const some = keys.slice(from, from + Math.min(batch, Math.max(0, left)));
      signal?.throwIfAborted();
      if (some.length === 0) return found(instantOf(keys[from] ?? "") ?? span.last);
      from += some.length;
      left -= some.filter((key) => options.memory?.get(key) === undefined).length;
      const read = await Promise.all(
        some.map((key) => recallPass(store, key, call, unreadable, options.memory)),
      );
      entries.push(...read.flat().filter((entry) => isOfServices(entry, services) && matches(entry)));
    }
    if (entries.length >= limit) return found();
  }
  return found();
}

async function inTurns<In, Out>(
  all: readonly In[],
  work: (one: In) => Promise<Out>,
): Promise<readonly Out[]> {
  const done: Out[] = [];
  for (let from = 0; from < all.length; from += batch)
    done.push(...(await Promise.all(all.slice(from, from + batch).map(work))));
  return done;
}

/** The keys of a target that are of the span, and no older and no newer than was asked for. */
async function listSpan(
  store: ObjectStore,
  target: string,
  { days, isOpen, from, to }: HistorySpan,
  call: CallOptions,
): Promise<readonly string[]> {
  const all = `journal/${target}/`;
  // What a clock that is ahead of ours has written is listed with the newest day.
  const keys = isOpen
    ? await store.list(all, { ...call, after: `${all}${days}` })
    : await store.list(`${all}${days}`, call);
  return keys.filter((key) => {
    const time = timeOf(key).slice(0, from.length);
    return time >= from && (to === undefined || time <= to);
  });
}

async function recallPass(
  store: ObjectStore,
  key: string,
  call: CallOptions,
  unreadable: Failure[],
  memory: PassMemory | undefined,
): Promise<readonly JournalEntry[]> {
  const known = memory?.get(key);
  if (known !== undefined) return known;
  const entries = await readPass(store, key, call, unreadable);
  const hasEnded = entries.length > 0 && entries.every(({ result }) => result !== "begun");
  if (hasEnded) memory?.set(key, entries);
  return entries;
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
  return `journal/${target}/${toKeyTime(new Date(at))}-${epoch}-${String(pass).padStart(4, "0")}.json`;
}

/** `YYYY-MM-DD/HHMMSS.mmm-EPOCH-SEQ`: comparable over targets. */
function timeOf(key: string): string {
  return key.split("/").slice(-2).join("/");
}

/** `undefined`: it is no key of ours. */
function instantOf(key: string): Date | undefined {
  const at = new Date(timeOf(key).replace(/^(.{10})\/(..)(..)(.{6}).*$/s, "$1T$2:$3:$4Z"));
  return Number.isNaN(at.getTime()) ? undefined : at;
}
