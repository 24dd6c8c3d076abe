// What the HTTP interface asks of the status store, with a memory of a second: a dashboard that many look at must not
// become a stream of reads of S3.
import type { Clock } from "../../model/clock.ts";
import type { JournalEntry, Pause, TargetStatus } from "../../model/status.ts";

/** All of it narrows, and what is left out does not. */
export interface HistoryQuery {
  readonly target?: string;
  readonly cluster?: string;
  readonly service?: string;
  readonly kind?: string;
  readonly policy?: string;
  /** ISO 8601, UTC. */
  readonly since?: string;
  readonly until?: string;
  /** The newest so many. */
  readonly limit: number;
}

export interface StatusReader {
  /** Of all replicas, by name. */
  targets(): Promise<readonly TargetStatus[]>;
  /** Newest first. */
  history(query: HistoryQuery): Promise<readonly JournalEntry[]>;
  /** The freeze switch as this replica last read it. */
  pause(): Pause | undefined;
}

/** Milliseconds that an answer, a failure too, is good for. */
const fresh = 1_000;
/** Questions that are remembered at once. */
const most = 50;

/** The same reader, which asks the store for the same thing at most once a second, however many ask it. */
export function rememberStatus(reader: StatusReader, clock: Pick<Clock, "monotonic">): StatusReader {
  const answers = new Map<string, { readonly answer: Promise<unknown>; until: number }>();

  function remember<T>(question: string, ask: () => Promise<T>): Promise<T> {
    const known = answers.get(question);
    if (known !== undefined && clock.monotonic() < known.until) return known.answer as Promise<T>;
    answers.delete(question);
    for (const oldest of answers.keys()) {
      if (answers.size < most) break;
      answers.delete(oldest);
    }
    // While it is being read it is shared too, however long that takes.
    const entry = { answer: ask(), until: Number.POSITIVE_INFINITY };
    const settle = (): void => {
      entry.until = clock.monotonic() + fresh;
    };
    entry.answer.then(settle, settle);
    answers.set(question, entry);
    return entry.answer;
  }

  return {
    targets: () => remember("targets", () => reader.targets()),
    history: (query) => remember(JSON.stringify(query), () => reader.history(query)),
    pause: () => reader.pause(),
  };
}
