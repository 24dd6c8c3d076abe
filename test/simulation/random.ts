// Chance that a seed repeats: the same seed gives the same happenings in the same order.

/** In [0, 1). */
export type Random = () => number;

/** mulberry32, by Tommy Ettinger (public domain): small, and good enough to choose by. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number from `least` to `most`, both included. */
export function between(random: Random, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1));
}

/** @throws where there is nothing to choose from */
export function pick<T>(random: Random, items: readonly T[]): T {
  const found = items[Math.floor(random() * items.length)];
  if (found === undefined) throw new Error("nothing to choose from");
  return found;
}
