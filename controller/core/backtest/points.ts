// The datapoints of an alarm, one for each step of a grid, at which it ends, from the series that CloudWatch gave. There
// are tens of thousands for each of thousands of alarms, so they are numbers in arrays; NaN stands for none.
import type { Series } from "../../model/backtest.ts";
import type { AlarmRule, Comparison } from "./alarm-rule.ts";

/** Periods that follow each other without a gap; times in epoch milliseconds. */
export interface Grid {
  readonly start: number;
  /** Seconds. */
  readonly step: number;
  readonly length: number;
}

export interface Points {
  readonly values: Float64Array;
  /** Of the band, where they are compared with one. */
  readonly band: { readonly lower: Float64Array; readonly upper: Float64Array } | undefined;
}

/** Without its band, a datapoint is none. */
export function pointsOf(rule: AlarmRule, series: readonly Series[], grid: Grid): Points {
  const values = madeUp(rule, onGrid(series, rule.watched, grid), onGrid(series, rule.averaged, grid));
  if (rule.band === undefined) return { values, band: undefined };
  const edges = series.filter(({ id }) => id === rule.band).map((one) => onGrid([one], one.id, grid));
  const [one = none(grid), other = none(grid)] = edges;
  const band = {
    lower: values.map((_, i) => Math.min(one[i] ?? Number.NaN, other[i] ?? Number.NaN)),
    upper: values.map((_, i) => Math.max(one[i] ?? Number.NaN, other[i] ?? Number.NaN)),
  };
  return { values: values.map((value, i) => (Number.isNaN(band.lower[i]) ? Number.NaN : value)), band };
}

/** How many samples each period has. */
export function samplesOf(rule: AlarmRule, series: readonly Series[], grid: Grid): Float64Array {
  return onGrid(series, rule.samples, grid).map((count) => (Number.isNaN(count) ? 0 : count));
}

function none({ length }: Grid): Float64Array {
  return new Float64Array(length).fill(Number.NaN);
}

function onGrid(series: readonly Series[], wanted: string | undefined, grid: Grid): Float64Array {
  const slots = none(grid);
  for (const { id, times, values } of series) {
    if (id !== wanted) continue;
    for (let i = 0; i < times.length; i += 1) {
      const slot = Math.floor(((times[i] ?? Number.NaN) - grid.start) / (grid.step * 1000));
      const value = values[i];
      if (value !== undefined && slot >= 0 && slot < slots.length) slots[slot] = value;
    }
  }
  return slots;
}

/** Of the steps that a datapoint is long, up to each of them. */
function madeUp(
  { period, step, statistic, averaged }: AlarmRule,
  values: Float64Array,
  counts: Float64Array,
): Float64Array {
  const steps = period / step;
  if (steps === 1) return values;
  return values.map((_, end) => {
    let made = Number.NaN;
    let count = 0;
    for (let i = Math.max(0, end + 1 - steps); i <= end; i += 1) {
      const value = values[i] ?? Number.NaN;
      if (Number.isNaN(value)) continue;
      count += counts[i] ?? 0;
      if (Number.isNaN(made)) made = value;
      else if (statistic === "Minimum") made = Math.min(made, value);
      else if (statistic === "Maximum") made = Math.max(made, value);
      else made += value;
    }
    return averaged === undefined ? made : made / count;
  });
}

/** Whether each breaches; 0: no, 1: yes, 2: there is none. */
export function breachesOf({ values, band }: Points, comparison: Comparison, threshold = 0): Uint8Array {
  const breach = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? Number.NaN;
    const lower = band?.lower[i] ?? Number.NaN;
    const upper = band?.upper[i] ?? Number.NaN;
    breach[i] = Number.isNaN(value) ? 2 : Number(breaches(value, comparison, { threshold, lower, upper }));
  }
  return breach;
}

function breaches(
  value: number,
  comparison: Comparison,
  { threshold, lower, upper }: { threshold: number; lower: number; upper: number },
): boolean {
  switch (comparison) {
    case "GreaterThanThreshold":
      return value > threshold;
    case "GreaterThanOrEqualToThreshold":
      return value >= threshold;
    case "LessThanThreshold":
      return value < threshold;
    case "LessThanOrEqualToThreshold":
      return value <= threshold;
    case "GreaterThanUpperThreshold":
      return value > upper;
    case "LessThanLowerThreshold":
      return value < lower;
    case "LessThanLowerOrGreaterThanUpperThreshold":
      return value < lower || value > upper;
  }
}
