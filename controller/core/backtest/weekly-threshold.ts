// Which threshold would have fired at most once a week. At each moment there is a level that says it all: with a
// threshold below it the alarm is in ALARM, with one above it is not, whatever the way it treats missing data. From the
// highest level down, stretches in ALARM appear and grow together; where there are too many of them is the end.
import type { AlarmRule } from "./alarm-rule.ts";
import { lacksAny, leadOf, rangeAt } from "./range.ts";

const week = 604_800;
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
  const limit = Math.max(1, Math.floor((levels.length * rule.step) / week));
  const bounds = firstTooMany(levels, limit, levels.length * maxShare);
  if (bounds === undefined) return undefined;
  // Minus zero is zero.
  return sign * shortBetween(bounds, rule.comparison.includes("OrEqual")) + 0;
}

/** The level of each step but those of the lead: in ALARM for thresholds below it. */
function levelsOf(rule: AlarmRule, values: Float64Array, silent: Uint8Array): Float64Array {
  const lead = leadOf(rule);
  const levels = new Float64Array(Math.max(0, values.length - lead));
  const room = new Float64Array(rule.evaluationPeriods);
  let level = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < levels.length; index += 1) {
    const last = lead + index;
    if (silent[last] === 0)
      level = lacksAny(rule, values, last)
        ? levelAt(rule, values, last, level)
        : plainLevel(rule, values, last, room);
    levels[index] = level;
  }
  return levels;
}

/** With nothing missing, {@link levelAt} comes to this: the M-th of the datapoints, the highest first. */
function plainLevel(
  { evaluationPeriods: n, datapointsToAlarm: m, period, step }: AlarmRule,
  values: Float64Array,
  last: number,
  room: Float64Array,
): number {
  const steps = period / step;
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < n; i += 1) {
    const value = values[last - i * steps] ?? Number.NaN;
    room[i] = value;
    if (value < lowest) lowest = value;
    if (value > highest) highest = value;
  }
  if (m === n) return lowest;
  return m === 1 ? highest : (room.sort()[n - m] ?? Number.NaN);
}

function levelAt(rule: AlarmRule, values: Float64Array, last: number, before: number): number {
  const { evaluationPeriods: n, datapointsToAlarm: m, missing } = rule;
  const range = rangeAt(rule, last).map((place) => values[place] ?? Number.NaN);
  const real = range.filter((value) => !Number.isNaN(value));
  const sorted = Float64Array.from(real.slice(-n)).sort().reverse();
  /** What the threshold must be below, for so many datapoints to breach. */
  const levelFor = (count: number): number =>
    count <= 0 ? Number.POSITIVE_INFINITY : (sorted[count - 1] ?? Number.NEGATIVE_INFINITY);
  const filled = n - sorted.length;
  const lowest = sorted.at(-1);
  if (filled <= 0 || missing === "notBreaching") return levelFor(m);
  if (missing === "breaching") return levelFor(m - filled);
  if (lowest === undefined) return missing === "ignore" ? before : Number.NEGATIVE_INFINITY;
  if (missing === "ignore") return Math.max(levelFor(m), Math.min(lowest, before));
  const age = range.length - range.findIndex((value) => !Number.isNaN(value));
  return age >= m ? Math.max(levelFor(m), lowest) : levelFor(m);
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
