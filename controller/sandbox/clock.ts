// The sandbox's clock. Deployments, token buckets and timestamps all read it, so a test that
// moves it moves everything.

export interface Clock {
  readonly kind: "real" | "manual";
  /** Epoch milliseconds. */
  now(): number;
  /** Moves the clock forward; a real clock keeps the distance from then on. */
  advance(milliseconds: number): void;
}

/** Where a manual clock starts: a date nobody takes for today. */
export const MANUAL_START = Date.UTC(2026, 0, 15, 12, 0, 0);

export function createClock(kind: "real" | "manual"): Clock {
  let offset = kind === "manual" ? MANUAL_START : 0;
  return {
    kind,
    now: () => (kind === "manual" ? 0 : Date.now()) + offset,
    advance(milliseconds) {
      if (!Number.isFinite(milliseconds) || milliseconds < 0)
        throw new RangeError(`a clock only moves forward, by a number of milliseconds: ${milliseconds}`);
      offset += milliseconds;
    },
  };
}
