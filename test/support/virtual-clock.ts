// Time that a test moves. Sleepers wake in the order of their times, each with all that follows from it done before the
// next one wakes; what waits for the disk or the network is not waited for.
import type { Clock } from "../../controller/model/clock.ts";

export interface VirtualClock extends Clock {
  /** Milliseconds. Wakes whoever sleeps until then, also those who fall asleep meanwhile. */
  advance(milliseconds: number): Promise<void>;
  /** How many sleep now. */
  readonly sleepers: number;
}

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

export function createVirtualClock(start = new Date("2026-01-01T00:00:00Z")): VirtualClock {
  let elapsed = 0;
  // In the order of falling asleep.
  const sleeping = new Set<Sleeper>();
  const earliest = (until: number): Sleeper | undefined => {
    let found: Sleeper | undefined;
    for (const one of sleeping)
      if (one.at <= until && (found === undefined || one.at < found.at)) found = one;
    return found;
  };
  return {
    now: () => new Date(start.getTime() + elapsed),
    monotonic: () => elapsed,
    sleep: (milliseconds, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const wake = (): void => {
          sleeping.delete(sleeper);
          signal?.removeEventListener("abort", wake);
          resolve();
        };
        const sleeper = { at: elapsed + Math.max(0, milliseconds), wake };
        sleeping.add(sleeper);
        signal?.addEventListener("abort", wake, { once: true });
      }),
    async advance(milliseconds) {
      const until = elapsed + milliseconds;
      await settle();
      for (let next = earliest(until); next !== undefined; next = earliest(until)) {
        elapsed = Math.max(elapsed, next.at);
        next.wake();
        await settle();
      }
      elapsed = until;
    },
    get sleepers() {
      return sleeping.size;
    },
  };
}

/** Everything that waits for nothing but promises has gone on. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
