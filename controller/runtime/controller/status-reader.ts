// What the HTTP interface asks of the status store, with a memory of a second: a dashboard that many look at must not
// become a stream of reads of S3.
import type { Clock } from "../../model/clock.ts";
import type { JournalEntry, Pause, TargetStatus } from "../../model/status.ts";
import type { UnreadTarget } from "../../page/hearing.ts";

/** All of it narrows, and what is left out does not. */
export interface HistoryQuery {
  readonly target?: string;
  readonly cluster?: string;
  readonly service?: string;
  readonly kind?: string;
  readonly policy?: string;
  /** ISO 8601, UTC. `since` is by default 30 days before `until`, or before now. */
  readonly since?: string;
  readonly until?: string;
  /** Words, all of which stand in an entry: in its names, policies, reasons. */
  readonly search?: string;
  /** The newest so many. */
  readonly limit: number;
  /** Requests to the store that it may take. Default 2,000. */
  readonly mostReads?: number;
}

export interface HistoryAnswer {
  /** Newest first. */
  readonly entries: readonly JournalEntry[];
  readonly since: Date;
  /** Entries up to this instant were not looked at: it would have been too much for one question. */
  readonly unreadUntil?: Date;
}

export interface TargetsRead {
  readonly targets: readonly TargetStatus[];
  /** Those that are there and could not be read, or reached: what is so there is not known. */
  readonly unread: readonly UnreadTarget[];
}

export interface StatusReader {
  /** Of all replicas, by name. */
  targets(): Promise<TargetsRead>;
  /** `signal`: nobody wants the answer any more. */
  history(query: HistoryQuery, signal: AbortSignal): Promise<HistoryAnswer>;
  /** The freeze switch as this replica last read it. */
  pause(): Pause | undefined;
}

/** Milliseconds that an answer, a failure too, is good for. */
const fresh = 1_000;
/** Questions that are remembered at once. */
const most = 50;

interface Remembered {
  readonly answer: Promise<unknown>;
  /** Until when it is good; while it is read it is shared too, however long that takes. */
  until: number;
  /** Who waits for it. */
  askers: number;
  readonly stop: AbortController;
}

/** The same reader, which asks the store for the same thing at most once a second, however many ask it. */
export function rememberStatus(reader: StatusReader, clock: Pick<Clock, "monotonic">): StatusReader {
  const answers = new Map<string, Remembered>();

  function begin(question: string, ask: (signal: AbortSignal) => Promise<unknown>): Remembered {
    for (const oldest of answers.keys()) {
      if (answers.size < most) break;
      answers.delete(oldest);
    }
    const stop = new AbortController();
    const begun = { answer: ask(stop.signal), until: Number.POSITIVE_INFINITY, askers: 0, stop };
    const settle = (): void => {
      begun.until = clock.monotonic() + fresh;
    };
    begun.answer.then(settle, settle);
    answers.set(question, begun);
    return begun;
  }

  async function remember<T>(
    question: string,
    ask: (signal: AbortSignal) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const known = answers.get(question);
    const isGood = known !== undefined && clock.monotonic() < known.until;
    if (!isGood) answers.delete(question);
    const entry = isGood ? known : begin(question, ask);
    entry.askers += 1;
    // What others wait for as well is read on.
    const leave = (): void => {
      entry.askers -= 1;
      if (entry.askers > 0 || entry.until !== Number.POSITIVE_INFINITY) return;
      if (answers.get(question) === entry) answers.delete(question);
      entry.stop.abort();
    };
    signal?.addEventListener("abort", leave, { once: true });
    if (signal?.aborted) leave();
    try {
      return (await entry.answer) as T;
    } finally {
      signal?.removeEventListener("abort", leave);
    }
  }

  return {
    targets: () => remember("targets", () => reader.targets()),
    history: (query, signal) => remember(JSON.stringify(query), (all) => reader.history(query, all), signal),
    pause: () => reader.pause(),
  };
}
