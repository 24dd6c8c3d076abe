// Token buckets: a request waits until its bucket has room, in the order of asking.
import { type Bucket, buckets, otherBucket } from "./limits.ts";

export interface Timer {
  /** Milliseconds of a monotonic clock. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

export interface RateLimiter {
  /** Resolves when the request may be sent. `service` is the SDK's name of it, e.g. `CloudWatchLogs`. */
  take(service: string, operation: string): Promise<void>;
}

export const systemTimer: Timer = {
  now: () => performance.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

/** For emulators on this machine, which have no account to share. */
export const unlimited: RateLimiter = { take: () => Promise.resolve() };

export function createRateLimiter(timer: Timer = systemTimer): RateLimiter {
  const states = new Map<Bucket, { tokens: number; at: number }>();
  return {
    async take(service, operation) {
      const bucket = buckets[`${service}.${operation}`] ?? buckets[operation] ?? otherBucket;
      const now = timer.now();
      const state = states.get(bucket) ?? { tokens: bucket.burst, at: now };
      const refilled = Math.min(bucket.burst, state.tokens + ((now - state.at) / 1000) * bucket.perSecond);
      // Tokens may go below zero: that is the queue, and each waiter sleeps until its own token is due.
      const tokens = refilled - 1;
      states.set(bucket, { tokens, at: now });
      if (tokens < 0) await timer.sleep(Math.ceil((-tokens / bucket.perSecond) * 1000));
    },
  };
}
