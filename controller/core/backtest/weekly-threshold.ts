// Which threshold would have fired at most once a week. At each moment there is a level that says it all: with a
// threshold below it the alarm is in ALARM, with one above it is not, whatever the way it treats missing data. From the
// highest level down, stretches in ALARM appear and grow together; where there are too many of them is the end.
import type { AlarmRule } from "./alarm-rule.ts";
import { leadOf, slide } from "./range.ts";
import { createSortedWindow, type SortedWindow } from "./sorted-window.ts";

/** Seconds. */
export const week = 604_800;
/** What is in ALARM for longer is no alarm, though it would have fired but once. */
const maxShare = 0.1;

/** `undefined`: for a band, and where no threshold would do, or any. Of values, NaN is none. */
export function findWeeklyThreshold(
  rule: AlarmRule,
  values: Float64Array,
  silent: Uint8Array,
): number | undefined {
  if (rule.threshold === undefined) return undefined;
  const sign = rule.comparison.startsWith("Less") ? -1 : 1;
  const levels = levelsOf(rule, sign === 1 ? values : values.map((value) => -value), silent);
  // Of less than a week nothing is known of the rest: there, none that fired at all will do.
  const limit = Math.floor((levels.length * rule.step) / week);
  const bounds = firstTooMany(levels, limit, levels.length * maxShare);
  if (bounds === undefined) return undefined;
  // Minus zero is zero.
  return sign * shortBetween(bounds, rule.comparison.includes("OrEqual")) + 0;
}

/** The level of each step but those of the lead: in ALARM for thresholds below it. */
function levelsOf(rule: AlarmRule, values: Float64Array, silent: Uint8Array): Float64Array {
  const own = new Float64Array(values.length);
  const kept = new Float64Array(values.length);
  // The newest is in before the oldest is out.
  const evaluated = createSortedWindow(rule.evaluationPeriods + 1);
  slide(rule, values, {
    comes: (place) => evaluated.add(values[place] ?? Number.NaN),
    goes: (place) => evaluated.remove(values[place] ?? Number.NaN),
    at: (last, count, age) => {
      own[last] = ownLevel(rule, evaluated, count, age);
      kept[last] = keptLevel(rule, evaluated, count);
    },
  });
  const lead = leadOf(rule);
  const levels = new Float64Array(Math.max(0, values.length - lead));
  let level = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < levels.length; index += 1) {
    const last = lead + index;
    if (silent[last] === 0)
      level = Math.max(own[last] ?? Number.NaN, Math.min(kept[last] ?? Number.NaN, level));
    levels[index] = level;
  }
  return levels;
}

/** What the threshold must be below, whatever the state before. */
function ownLevel(
  { evaluationPeriods: n, datapointsToAlarm: m, missing }: AlarmRule,
  evaluated: SortedWindow,
  count: number,
  age: number,
): number {
  const filled = n - count;
  const needed = missing === "breaching" ? m - filled : m;
  const level =
    needed <= 0 ? Number.POSITIVE_INFINITY : (evaluated.highest(needed) ?? Number.NEGATIVE_INFINITY);
  const isOld = missing === "missing" && filled > 0 && age >= m;
  return isOld ? Math.max(level, evaluated.highest(count) ?? level) : level;
}

/** Up to where it stays in ALARM if it was, for too little is known. */
function keptLevel(
  { evaluationPeriods, missing }: AlarmRule,
  evaluated: SortedWindow,
  count: number,
): number {
  if (missing !== "ignore" || count >= evaluationPeriods) return Number.NEGATIVE_INFINITY;
  return evaluated.highest(count) ?? Number.POSITIVE_INFINITY;
}

interface Bounds {
  /** With a threshold that it exceeds, there is too much. */
  readonly low: number;
  /** The next higher level that was seen, with which there is not. */
  readonly high: number | undefined;
}

/** From the highest level down, where there are first more stretches than `limit`, or they last longer than `maxPeriods`. */
function firstTooMany(levels: Float64Array, limit: number, maxPeriods: number): Bounds | undefined {
  const order = Uint32Array.from(levels.keys()).sort((a, b) => (levels[b] ?? 0) - (levels[a] ?? 0) || a - b);
  const isIn = new Uint8Array(levels.length + 2);
  let stretches = 0;
  let high: number | undefined;
  for (const [rank, index] of order.entries()) {
    const level = levels[index] ?? Number.NEGATIVE_INFINITY;
    if (level === Number.NEGATIVE_INFINITY) return undefined;
    // It begins a stretch, makes one longer, or joins two.
    stretches += 1 - (isIn[index] ?? 0) - (isIn[index + 2] ?? 0);
    isIn[index + 1] = 1;
    if (levels[order[rank + 1] ?? -1] === level) continue;
    if (stretches > limit || rank + 1 > maxPeriods)
      // Where missing data alone is too much, no threshold helps.
      return level === Number.POSITIVE_INFINITY ? undefined : { low: level, high };
    high = level === Number.POSITIVE_INFINITY ? undefined : level;
  }
  return undefined;
}

/** A threshold between the bounds, which all fire alike, with as few digits as will do. */
function shortBetween({ low, high }: Bounds, includesEqual: boolean): number {
  if (high === undefined) {
    // Zero has no digits to go by.
    if (low === 0) return includesEqual ? 1 : 0;
    const step = stepOf(low, 3);
    const up = roundTo(low, step, Math.ceil);
    return includesEqual && up <= low ? roundTo(low + step, step, Math.ceil) : up;
  }
  for (let digits = 2; digits < 16; digits += 1) {
    const size = stepOf(Math.max(Math.abs(low), Math.abs(high)), digits);
    const short = includesEqual ? roundTo(high, size, Math.floor) : roundTo(low, size, Math.ceil);
    if (includesEqual ? short > low && short <= high : short >= low && short < high) return short;
  }
  return includesEqual ? high : low;
}

/** The place of the last of so many digits: 0.1 for three of 83.31. */
function stepOf(value: number, digits: number): number {
  return 10 ** (Math.floor(Math.log10(Math.abs(value))) - digits + 1);
}

function roundTo(value: number, step: number, round: (value: number) => number): number {
  // Not 83.30000000000001.
  return Number((round(value / step) * step).toPrecision(15));
}
