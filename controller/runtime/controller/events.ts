// Events from the queue to whoever has to look again. A message leaves the queue only when it was taken over, or when it
// is nothing to us; one for a target of another replica is given back, so that the holder gets it.
import type { EventQueue, QueueMessage, RefusedReceipt } from "../../aws/queue.ts";
import { readEvent } from "../../core/event-keys.ts";
import type { EventNews } from "../../core/event-meaning.ts";
import type { Clock } from "../../model/clock.ts";
import { type Failure, toFailure } from "../../model/errors.ts";
import { backOff } from "./backoff.ts";
import { createEventMemory } from "./event-memory.ts";
import type { Log } from "./log.ts";

/** What became of a message. `elsewhere`: it is given back; `failed`: `route` threw, so it is given back too. */
export type EventResult = "queued" | "ignored" | "duplicate" | "junk" | "elsewhere" | "failed";

export interface EventFeedOptions {
  readonly queue: EventQueue;
  readonly clock: Clock;
  readonly log: Log;
  /** Whose names count as ours. */
  readonly owner: string;
  /**
   * Takes over what an event means: `queued` once the work stands in a queue of this process; `elsewhere` for a target
   * that another replica holds or nobody does; `ignored` for what nobody has to act on.
   */
  readonly route: (news: EventNews) => "queued" | "elsewhere" | "ignored";
  /** False while this replica holds no target: then it receives nothing, so that the holders get it all. */
  readonly isWanted: () => boolean;
  readonly onCount?: (result: EventResult) => void;
  /** In [0, 1): jitter. Default Math.random. */
  readonly random?: () => number;
}

export interface EventFeed {
  /** Resolves when `signal` is aborted and what is in hand is dealt with, at the latest 2 s after it. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /** Why the queue cannot be used at present, and since when. */
  failing(): { readonly failure: Failure; readonly since: Date } | undefined;
}

/** A batch of SQS's. Each receiver has one in hand at most: with a helper that makes 20 messages. */
const fullBatch = 10;
const longestBackOff = 60_000;
const unwantedPause = 1_000;
/** A long poll that ends sooner with nothing was none: that endpoint is not asked more often than this. */
const shortestPoll = 1_000;
/** After giving something back: another's poll that waits gets it then, and not ours at once again. */
const giveWay = 250;
const graceAfterAbort = 2_000;
const quietBetweenTellings = 60_000;

export function createEventFeed(options: EventFeedOptions): EventFeed {
  const { queue, clock, log, owner, route, isWanted, onCount, random = Math.random } = options;
  const memory = createEventMemory(clock);
  const receiving = createOutage("events-unreadable", "events-readable", clock, log);
  const settling = createOutage("events-not-removed", "events-removed", clock, log);
  const junk = createSparing("event-junk", "warn", clock, log);
  const failed = createSparing("event-failed", "error", clock, log);

  function judge({ id, body }: QueueMessage): EventResult {
    const meaning = readEvent(body, { owner });
    if (meaning.is === "ignored") return "ignored";
    if (meaning.is === "junk") {
      junk.tell({ message: id, reason: meaning.reason });
      return "junk";
    }
    if (memory.isOld(meaning)) return "duplicate";
    try {
      const result = route(meaning);
      if (result !== "elsewhere") memory.add(meaning);
      const { is, account, region } = meaning;
      log("debug", "event", { id: meaning.id, is, account, region, result });
      return result;
    } catch (error) {
      failed.tell({ message: id, failure: toFailure(error) });
      return "failed";
    }
  }

  /** @returns whether something was given back */
  async function handle(messages: readonly QueueMessage[], signal: AbortSignal): Promise<boolean> {
    const done: string[] = [];
    const back: { receipt: string; seconds: number }[] = [];
    for (const message of messages) {
      const { receipt, receives } = message;
      // Who is about to end takes nothing over any more.
      if (signal.aborted) {
        back.push({ receipt, seconds: 0 });
        continue;
      }
      const result = judge(message);
      onCount?.(result);
      if (result === "elsewhere" || result === "failed")
        back.push({ receipt, seconds: releaseDelay(receives) });
      else done.push(receipt);
    }
    await settle(done, back, signal);
    return back.length > 0;
  }

  async function settle(
    done: readonly string[],
    back: readonly { receipt: string; seconds: number }[],
    signal: AbortSignal,
  ): Promise<void> {
    try {
      const refused = await Promise.all<readonly RefusedReceipt[]>([
        done.length === 0 ? [] : queue.remove(done),
        back.length === 0 ? [] : queue.release(back),
      ]);
      // Most often the visibility timeout was over: the message comes again, which does no harm.
      for (const { failure } of refused.flat()) log("debug", "event-not-settled", { ...failure });
      settling.ends();
    } catch (error) {
      // What was not removed comes again. Without a pause, messages would go round as fast as they are received.
      await clock.sleep(backOff(settling.begins(toFailure(error)), longestBackOff, random()), signal);
    }
  }

  /** Undefined when the queue could not be read, after a pause. */
  async function receive(signal: AbortSignal): Promise<readonly QueueMessage[] | undefined> {
    const began = clock.monotonic();
    try {
      const messages = await queue.receive(signal);
      if (!signal.aborted) receiving.ends();
      const rest = shortestPoll - (clock.monotonic() - began);
      if (messages.length === 0 && rest > 0 && !signal.aborted) await clock.sleep(rest, signal);
      return messages;
    } catch (error) {
      await clock.sleep(backOff(receiving.begins(toFailure(error)), longestBackOff, random()), signal);
      return undefined;
    }
  }

  /** While there is much to do a second one helps: one alone costs least while there is nothing. */
  async function work(signal: AbortSignal, helper?: () => void): Promise<void> {
    while (!signal.aborted) {
      if (!isWanted()) {
        if (helper === undefined) return;
        await clock.sleep(unwantedPause, signal);
        continue;
      }
      const messages = await receive(signal);
      if (helper === undefined && (messages === undefined || messages.length === 0)) return;
      if (messages === undefined) continue;
      if (messages.length >= fullBatch) helper?.();
      const gaveBack = await handle(messages, signal);
      if (gaveBack && messages.length < fullBatch) await clock.sleep(giveWay * (1 + random()), signal);
    }
  }

  return {
    async run(signal) {
      let helping: Promise<void> | undefined;
      const helper = (): void => {
        helping ??= work(signal).finally(() => {
          helping = undefined;
        });
      };
      const worked = work(signal, helper).then(() => helping);
      const ended = new AbortController();
      await Promise.race([worked, sleepAfterAbort(signal, graceAfterAbort, clock, ended.signal)]);
      ended.abort();
    },
    failing: () => receiving.current() ?? settling.current(),
  };
}

/**
 * Seconds until a message that was given back can be received again. Who of several replicas gets it is chance, so at
 * first it goes round quickly: of many events at once some are unlucky often. Later it waits, for a target that nobody
 * holds yet, and takes its time to the redrive limit: 24 s for 20 receives, 20 minutes for 100.
 */
export function releaseDelay(receives: number): number {
  return releaseSteps.find(({ upTo }) => receives <= upTo)?.seconds ?? 30;
}

const releaseSteps = [
  { upTo: 6, seconds: 0 },
  { upTo: 12, seconds: 1 },
  { upTo: 24, seconds: 2 },
  { upTo: 48, seconds: 5 },
];

async function sleepAfterAbort(
  signal: AbortSignal,
  milliseconds: number,
  clock: Clock,
  cut: AbortSignal,
): Promise<void> {
  if (!signal.aborted)
    await new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  await clock.sleep(milliseconds, cut);
}

interface Outage {
  /** @returns how often it has failed in a row */
  begins(failure: Failure): number;
  ends(): void;
  current(): { readonly failure: Failure; readonly since: Date } | undefined;
}

/** Told when it begins, when its reason changes, and when it is over; not at every failure. */
function createOutage(bad: string, good: string, clock: Clock, log: Log): Outage {
  let current: { failure: Failure; since: Date; began: number } | undefined;
  let failures = 0;
  return {
    begins(failure) {
      failures += 1;
      if (current?.failure.code !== failure.code) log("warn", bad, { ...failure });
      current = {
        failure,
        since: current?.since ?? clock.now(),
        began: current?.began ?? clock.monotonic(),
      };
      return failures;
    },
    ends() {
      if (current !== undefined)
        log("info", good, { failures, seconds: Math.round((clock.monotonic() - current.began) / 1000) });
      current = undefined;
      failures = 0;
    },
    current: () => current && { failure: current.failure, since: current.since },
  };
}

/** Tells the first at once, and then one a minute at most, with how many there were. */
function createSparing(
  event: string,
  level: "warn" | "error",
  clock: Clock,
  log: Log,
): { tell(fields: Readonly<Record<string, unknown>>): void } {
  let count = 0;
  let toldAt = Number.NEGATIVE_INFINITY;
  return {
    tell(fields) {
      count += 1;
      if (clock.monotonic() - toldAt < quietBetweenTellings) return;
      log(level, event, { count, ...fields });
      toldAt = clock.monotonic();
      count = 0;
    },
  };
}
