// How much of a lease's time is over, by the one who holds it.
import type { Clock } from "../model/clock.ts";

export interface Instant {
  readonly monotonic: number;
  readonly wall: number;
}

export function newInstant(clock: Clock): Instant {
  return { monotonic: clock.monotonic(), wall: clock.now().getTime() };
}

/** Milliseconds. A monotonic clock can stand still while the whole machine sleeps: then the time of day tells. */
export function elapsedSince({ monotonic, wall }: Instant, clock: Clock): number {
  return Math.max(clock.monotonic() - monotonic, clock.now().getTime() - wall);
}
