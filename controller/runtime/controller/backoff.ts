// How long to wait before what failed is tried again: twice as long each time, with jitter, so that many that failed
// together do not come back together.

const first = 5_000;

/** Milliseconds; `random` is in [0, 1). Between half of the step and all of it, which never exceeds `longest`. */
export function backOff(failures: number, longest: number, random: number): number {
  const step = Math.min(longest, first * 2 ** Math.min(Math.max(failures - 1, 0), 30));
  return Math.round(step * (0.5 + random / 2));
}
