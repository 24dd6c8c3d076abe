// CloudWatch's evaluation once more, as plainly as it can be written: for each moment the samples are gathered anew, and
// the rule is gone through in the words of the user guide. Slow, and made without a look at the product's.

export interface Sample {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly value: number;
}

export interface PlainAlarm {
  /** Seconds. */
  readonly period: number;
  /** Seconds between evaluations. */
  readonly every: number;
  /** `Average`, `Sum`, `Minimum`, `Maximum`, `SampleCount` or `p90`. */
  readonly statistic: string;
  readonly n: number;
  readonly m: number;
  readonly comparison: string;
  readonly threshold: number;
  readonly missing: string;
  readonly ignoresFewSamples: boolean;
}

export interface PlainRun {
  readonly fired: number;
  readonly inAlarm: number;
  readonly longest: number;
  readonly missing: number;
}

/** `from` and `until` at multiples of `every`. `undefined` without any sample to look at. */
export function evaluateBrutally(
  alarm: PlainAlarm,
  samples: readonly Sample[],
  from: number,
  until: number,
): PlainRun | undefined {
  const length = alarm.period * 1000;
  const step = alarm.every * 1000;
  const sorted = [...samples].sort((a, b) => a.at - b.at);
  /** Of the period that ends with the step that begins at a time. */
  const datapoints = new Map<number, readonly number[]>();
  let first = 0;
  for (let at = from - (alarm.n + 1) * length; at < until; at += step) {
    const begin = at + step - length;
    while ((sorted[first]?.at ?? Number.POSITIVE_INFINITY) < begin) first += 1;
    const values: number[] = [];
    for (let i = first; (sorted[i]?.at ?? Number.POSITIVE_INFINITY) < at + step; i += 1)
      values.push(sorted[i]?.value ?? Number.NaN);
    datapoints.set(at, values);
  }
  if ([...datapoints.values()].every((values) => values.length === 0)) return undefined;

  let state = "INSUFFICIENT_DATA";
  let fired = 0;
  let inAlarm = 0;
  let longest = 0;
  let run = 0;
  let absent = 0;
  for (let at = from; at < until; at += step) {
    // The five of three, the newest first.
    const range = Array.from({ length: alarm.n + 2 }, (_, back) => datapoints.get(at - back * length) ?? []);
    if (range[0]?.length === 0) absent += 1;
    const before = state;
    const count = range.slice(0, alarm.n).reduce((sum, values) => sum + values.length, 0);
    if (!(alarm.ignoresFewSamples && count < fewest(alarm.statistic)))
      state = nextState(
        alarm,
        range.map((values) => letterOf(alarm, values)),
        before,
      );
    if (state === "ALARM") {
      if (before !== "ALARM") {
        fired += 1;
        run = 0;
      }
      run += alarm.every;
      inAlarm += alarm.every;
      longest = Math.max(longest, run);
    }
  }
  return { fired, inAlarm, longest, missing: absent / ((until - from) / step) };
}

/** X breaches, 0 does not, - is missing. */
type Letter = "X" | "0" | "-";

function letterOf({ statistic, comparison, threshold }: PlainAlarm, values: readonly number[]): Letter {
  if (values.length === 0) return "-";
  const value = statisticOf(statistic, values);
  const isBreach = {
    GreaterThanThreshold: value > threshold,
    GreaterThanOrEqualToThreshold: value >= threshold,
    LessThanThreshold: value < threshold,
    LessThanOrEqualToThreshold: value <= threshold,
  }[comparison];
  return isBreach ? "X" : "0";
}

function statisticOf(statistic: string, values: readonly number[]): number {
  const sum = values.reduce((a, b) => a + b, 0);
  if (statistic === "Sum") return sum;
  if (statistic === "Average") return sum / values.length;
  if (statistic === "SampleCount") return values.length;
  if (statistic === "Minimum") return Math.min(...values);
  if (statistic === "Maximum") return Math.max(...values);
  const ranked = [...values].sort((a, b) => a - b);
  return ranked[Math.max(0, Math.ceil((ranked.length * Number(statistic.slice(1))) / 100) - 1)] ?? Number.NaN;
}

function fewest(statistic: string): number {
  return { p90: 100, p50: 20, p25: 40, p99: 1000 }[statistic] ?? 0;
}

function nextState({ n, m, missing }: PlainAlarm, range: readonly Letter[], before: string): string {
  // "... the most recent real data points that were successfully retrieved"
  const real = range.filter((letter) => letter !== "-");
  if (real.length >= n)
    return real.slice(0, n).filter((letter) => letter === "X").length >= m ? "ALARM" : "OK";
  // "CloudWatch fills in the missing data points with the result you specified"
  const fill = { breaching: "X", notBreaching: "0" }[missing];
  if (fill !== undefined) {
    const filled = [...real, ...Array.from({ length: n - real.length }, () => fill)];
    return filled.filter((letter) => letter === "X").length >= m ? "ALARM" : "OK";
  }
  if (real.length === 0) return missing === "ignore" ? before : "INSUFFICIENT_DATA";
  if (real.filter((letter) => letter === "X").length >= m) return "ALARM";
  if (real.includes("0")) return "OK";
  // Premature: breaching datapoints only, fewer than M.
  if (missing === "ignore") return before;
  return range.lastIndexOf("X") + 1 >= m ? "ALARM" : "INSUFFICIENT_DATA";
}
