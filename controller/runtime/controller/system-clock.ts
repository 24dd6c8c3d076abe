// The clock of the machine.
import { setTimeout as wait } from "node:timers/promises";
import type { Clock } from "../../model/clock.ts";

/** What timers can hold: some 24 days. */
const longest = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  sleep: (milliseconds, signal) =>
    wait(
      Math.min(Math.max(0, milliseconds), longest),
      undefined,
      signal === undefined ? {} : { signal },
    ).catch(() => undefined),
};
