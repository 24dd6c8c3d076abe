// One time for all: the clocks of several replicas and that of the sandbox go forward together, from one sleeper to the
// next, and only when nothing goes on: no request is on its way, and every promise has gone on as far as it can.
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { ClientRequest } from "node:http";
import type { Clock } from "../../controller/model/clock.ts";
import type { SandboxControl } from "../../controller/sandbox/control.ts";

export interface ReplicaClock extends Clock {
  /** As SIGSTOP: whoever sleeps sleeps on, until `wake`; time goes on all the same. */
  stop(): void;
  wake(): void;
  readonly sleepers: number;
}

export interface Time {
  /** Milliseconds since the beginning. */
  readonly elapsed: number;
  /** @param skew milliseconds that its time of day is ahead */
  clock(skew?: number): ReplicaClock;
  /** Milliseconds. Resolves when all that follows from it has been done. */
  advance(milliseconds: number): Promise<void>;
  /** Until nothing goes on at this instant. */
  idle(): Promise<void>;
  close(): void;
}

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Turns of the event loop without a request, until nothing more is believed to come. */
const quietTurns = 3;

export function createTime(control: SandboxControl): Time {
  const start = control.now();
  let elapsed = 0;
  const sleepersOf = new Map<ReplicaClock, Set<Sleeper>>();
  const stopped = new Set<ReplicaClock>();
  const watch = watchRequests();

  const next = (until: number): number | undefined => {
    let at: number | undefined;
    for (const [clock, sleepers] of sleepersOf) {
      if (stopped.has(clock)) continue;
      for (const one of sleepers) if (one.at <= until && (at === undefined || one.at < at)) at = one.at;
    }
    return at;
  };
  const moveTo = (instant: number): void => {
    if (instant <= elapsed) return;
    control.advance(instant - elapsed);
    elapsed = instant;
  };
  const wakeUntil = (instant: number): void => {
    for (const [clock, sleepers] of sleepersOf)
      if (!stopped.has(clock)) for (const one of [...sleepers]) if (one.at <= instant) one.wake();
  };
  const idle = async (): Promise<void> => {
    for (let quiet = 0; quiet < quietTurns; ) {
      await new Promise((resolve) => setImmediate(resolve));
      // A long poll waits for time to pass, or for what is done in it.
      const isBusy = watch.inFlight() > control.waiting();
      quiet = isBusy ? 0 : quiet + 1;
      if (quiet === quietTurns && isReadingDisk()) quiet = 0;
    }
  };

  return {
    get elapsed() {
      return elapsed;
    },
    clock(skew = 0) {
      const sleepers = new Set<Sleeper>();
      const clock: ReplicaClock = {
        now: () => new Date(start + elapsed + skew),
        monotonic: () => elapsed,
        sleep: (milliseconds, signal) =>
          new Promise((resolve) => {
            if (signal?.aborted) return resolve();
            const wake = (): void => {
              sleepers.delete(sleeper);
              signal?.removeEventListener("abort", wake);
              resolve();
            };
            const sleeper = { at: elapsed + Math.max(0, milliseconds), wake };
            sleepers.add(sleeper);
            signal?.addEventListener("abort", wake, { once: true });
          }),
        stop: () => void stopped.add(clock),
        wake: () => void stopped.delete(clock),
        get sleepers() {
          return sleepers.size;
        },
      };
      sleepersOf.set(clock, sleepers);
      return clock;
    },
    async advance(milliseconds) {
      const until = elapsed + milliseconds;
      await idle();
      for (let at = next(until); at !== undefined; at = next(until)) {
        moveTo(at);
        wakeUntil(elapsed);
        await idle();
      }
      moveTo(until);
      await idle();
    },
    idle,
    close: watch.close,
  };
}

/** Reads of the disk end without a request: configuration of the SDK, modules that are loaded late. */
function isReadingDisk(): boolean {
  return process.getActiveResourcesInfo().some((resource) => /^(FSReq|CloseReq)/.test(resource));
}

/** Counts requests from their sending until their answer has been read or given up. */
function watchRequests(): { inFlight(): number; close(): void } {
  const inFlight = new Set<unknown>();
  const onStart = (message: unknown): void => {
    const { request } = message as { readonly request: ClientRequest };
    inFlight.add(request);
    request.once("close", () => inFlight.delete(request));
  };
  // What goes out by fetch.
  const onFetch = (message: unknown): void => void inFlight.add(requestOf(message));
  const onFetched = (message: unknown): void => void inFlight.delete(requestOf(message));
  const listeners = [
    ["http.client.request.start", onStart],
    ["undici:request:create", onFetch],
    ["undici:request:trailers", onFetched],
    ["undici:request:error", onFetched],
  ] as const;
  for (const [channel, listener] of listeners) subscribe(channel, listener);
  return {
    inFlight: () => inFlight.size,
    close() {
      for (const [channel, listener] of listeners) unsubscribe(channel, listener);
    },
  };
}

function requestOf(message: unknown): unknown {
  return (message as { readonly request: unknown }).request;
}
