// One alarm through a time that has passed: its state at each evaluation, and what that comes to.
import type { Series } from "../../model/backtest.ts";
import type { AlarmRule } from "./alarm-rule.ts";
import { type Breach, judge, type State } from "./judge.ts";
import { breachesOf, type Grid, type Points, pointsOf, samplesOf } from "./points.ts";
import { lacksAny, leadOf, rangeAt } from "./range.ts";
import { findWeeklyThreshold } from "./weekly-threshold.ts";

export interface AlarmRun {
  readonly fired: number;
  /** Seconds. */
  readonly inAlarm: number;
  readonly longest: number;
  /** Epoch milliseconds. */
  readonly first?: number;
  readonly last?: number;
  readonly missing: number;
  readonly weekly?: number;
}

/** The grid begins with the lead; without a datapoint in all of it, `undefined`. */
export function runAlarm(rule: AlarmRule, series: readonly Series[], grid: Grid): AlarmRun | undefined {
  const points = pointsOf(rule, series, grid);
  if (points.values.every(Number.isNaN)) return undefined;
  const lead = leadOf(rule);
  const silent = silenceOf(rule, samplesOf(rule, series, grid));
  const stretches = stretchesOf(statesOf(rule, points, silent));
  const told = points.values.subarray(lead);
  const missing = told.filter(Number.isNaN).length / Math.max(1, told.length);
  const [first] = stretches;
  const last = stretches.at(-1);
  // An evaluation comes when its last step has ended.
  const timeOf = (index: number) => grid.start + (lead + index + 1) * grid.step * 1000;
  const weekly = findWeeklyThreshold(rule, points.values, silent);
  return {
    fired: stretches.length,
    inAlarm: stretches.reduce((sum, { length }) => sum + length, 0) * grid.step,
    longest: Math.max(0, ...stretches.map(({ length }) => length)) * grid.step,
    ...(first === undefined ? {} : { first: timeOf(first.start) }),
    ...(last === undefined ? {} : { last: timeOf(last.start) }),
    missing,
    ...(weekly === undefined ? {} : { weekly }),
  };
}

/** The state after each step but those of the lead. */
function statesOf(rule: AlarmRule, points: Points, silent: Uint8Array): State[] {
  const breach = breachesOf(points, rule.comparison, rule.threshold);
  const states: State[] = [];
  let state: State = "INSUFFICIENT_DATA";
  for (let last = leadOf(rule); last < breach.length; last += 1) {
    if (silent[last] === 0)
      state = lacksAny(rule, points.values, last)
        ? judge(
            rule,
            rangeAt(rule, last).map((place) => breachNames[breach[place] ?? 2]),
            state,
          )
        : countBreaches(rule, breach, last) >= rule.datapointsToAlarm
          ? "ALARM"
          : "OK";
    states.push(state);
  }
  return states;
}

const breachNames: readonly Breach[] = [false, true, undefined];

/** With nothing missing, {@link judge} comes to this. */
function countBreaches(
  { evaluationPeriods, period, step }: AlarmRule,
  breach: Uint8Array,
  last: number,
): number {
  const steps = period / step;
  let breaching = 0;
  for (let count = 0; count < evaluationPeriods; count += 1) breaching += breach[last - count * steps] ?? 0;
  return breaching;
}

/** 1 where there are too few samples in the evaluated periods. */
function silenceOf({ minSamples, evaluationPeriods }: AlarmRule, samples: Float64Array): Uint8Array {
  const silent = new Uint8Array(samples.length);
  let sum = 0;
  for (const [index, count] of samples.entries()) {
    sum += count - (samples[index - evaluationPeriods] ?? 0);
    silent[index] = Number(sum < minSamples);
  }
  return silent;
}

interface Stretch {
  readonly start: number;
  length: number;
}

function stretchesOf(states: readonly State[]): Stretch[] {
  const stretches: Stretch[] = [];
  for (const [index, state] of states.entries()) {
    if (state !== "ALARM") continue;
    const open = stretches.at(-1);
    if (open !== undefined && open.start + open.length === index) open.length += 1;
    else stretches.push({ start: index, length: 1 });
  }
  return stretches;
}
