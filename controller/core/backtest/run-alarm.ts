// One alarm through a time that has passed: its state at each evaluation, and what that comes to.
import type { Series } from "../../model/backtest.ts";
import type { AlarmRule } from "./alarm-rule.ts";
import { judgeCounts, type State } from "./judge.ts";
import { breachesOf, type Grid, type Points, pointsOf, samplesOf } from "./points.ts";
import { leadOf, slide } from "./range.ts";
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
  const counts = new Uint32Array(breach.length);
  const breaching = new Uint32Array(breach.length);
  const ages = new Uint32Array(breach.length);
  let breachingNow = 0;
  slide(rule, points.values, {
    comes: (place) => {
      breachingNow += breach[place] ?? 0;
    },
    goes: (place) => {
      breachingNow -= breach[place] ?? 0;
    },
    at: (last, count, age) => {
      counts[last] = count;
      breaching[last] = breachingNow;
      ages[last] = age;
    },
  });
  const states: State[] = [];
  let state: State = "INSUFFICIENT_DATA";
  for (let last = leadOf(rule); last < breach.length; last += 1) {
    const evaluated = { count: counts[last] ?? 0, breaching: breaching[last] ?? 0, age: ages[last] ?? 0 };
    if (silent[last] === 0) state = judgeCounts(rule, evaluated, state);
    states.push(state);
  }
  return states;
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
