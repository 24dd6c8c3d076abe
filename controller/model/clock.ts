// Time, as everything that waits knows it: a test has one of its own.

export interface Clock {
  /** The time of day, for people and for what AWS compares. */
  now(): Date;
  /** Milliseconds of a clock that only goes forward, and goes on while the process is stopped: what leases are measured by. */
  monotonic(): number;
  /** Resolves when the time is over, or as soon as `signal` is aborted; never rejects. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}
