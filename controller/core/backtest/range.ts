// What evaluations look back on. From one step to the next little of it changes; so it is gone through once, and told what
// comes and what goes, which takes as long whatever the number of periods.
import type { AlarmRule } from "./alarm-rule.ts";
import { extraPoints } from "./judge.ts";

type Timing = Pick<AlarmRule, "evaluationPeriods" | "period" | "step">;

/** Steps before the first one that is told of: what the first evaluation looks back on. */
export function leadOf({ evaluationPeriods, period, step }: Timing): number {
  return ((evaluationPeriods + extraPoints) * period) / step - 1;
}

/** Of the real datapoints in the evaluation range the newest, N at most, are evaluated. */
export interface Visitor {
  /** The datapoint at a place is evaluated from now on; the older one at a place no more. */
  comes(place: number): void;
  goes(place: number): void;
  /** At the end of a step so many are evaluated; `age`: periods from the oldest of them on, with its own; 0: there is none. */
  at(last: number, count: number, age: number): void;
}

/**
 * Tells of every step once, those of the lead included, but not in order: datapoints that follow each other lie as far
 * apart as they are long, so that steps in between have a range of their own.
 */
export function slide({ evaluationPeriods, period, step }: Timing, values: Float64Array, to: Visitor): void {
  const steps = period / step;
  const back = (evaluationPeriods + extraPoints - 1) * steps;
  const real = new Uint32Array(Math.ceil(values.length / steps));
  for (let first = 0; first < steps; first += 1) {
    let oldest = 0;
    let next = 0;
    const letGo = (): void => {
      to.goes(real[oldest] ?? 0);
      oldest += 1;
    };
    for (let last = first; last < values.length; last += steps) {
      if (!Number.isNaN(values[last])) {
        real[next] = last;
        next += 1;
        to.comes(last);
      }
      while (oldest < next && (next - oldest > evaluationPeriods || (real[oldest] ?? 0) < last - back))
        letGo();
      to.at(last, next - oldest, oldest === next ? 0 : (last - (real[oldest] ?? 0)) / steps + 1);
    }
    while (oldest < next) letGo();
  }
}
