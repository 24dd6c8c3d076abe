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
  /** Told of each request that was answered with "too many". */
  throttled(service: string, operation: string): void;
}

export const systemTimer: Timer = {
  now: () => performance.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

export const unlimited: RateLimiter = { take: () => Promise.resolve(), throttled: () => undefined };

/**
 * @param begins for emulators on this machine `when throttled`: they have no account to share, but some have rates. Then
 *   nothing waits until one says so; from there its bucket is kept to, which is as empty as theirs.
 */
export function createRateLimiter(
  timer: Timer = systemTimer,
  begins: "at once" | "when throttled" = "at once",
): RateLimiter {
  const states = new Map<Bucket, { tokens: number; at: number }>();
  return {
    throttled(service, operation) {
      const bucket = bucketOf(service, operation);
      if (!states.has(bucket)) states.set(bucket, { tokens: 0, at: timer.now() });
    },
    async take(service, operation) {
      const bucket = bucketOf(service, operation);
      if (begins === "when throttled" && !states.has(bucket)) return;
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

function bucketOf(service: string, operation: string): Bucket {
  return buckets[`${service}.${operation}`] ?? buckets[operation] ?? otherBucket;
}
