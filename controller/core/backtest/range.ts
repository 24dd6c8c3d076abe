// What an evaluation looks back on.
import type { AlarmRule } from "./alarm-rule.ts";
import { extraPoints } from "./judge.ts";

type Timing = Pick<AlarmRule, "evaluationPeriods" | "period" | "step">;

/** Steps before the first one that is told of: what the first evaluation looks back on. */
export function leadOf({ evaluationPeriods, period, step }: Timing): number {
  return ((evaluationPeriods + extraPoints) * period) / step - 1;
}

/** Places of the evaluation range at the end of a step, the oldest datapoint first. */
export function rangeAt({ evaluationPeriods, period, step }: Timing, last: number): number[] {
  const steps = period / step;
  const size = evaluationPeriods + extraPoints;
  // Datapoints that follow each other lie as far apart as they are long.
  return Array.from({ length: size }, (_, index) => last - (size - 1 - index) * steps);
}

/** Whether any of the datapoints that are evaluated is missing, so that more must be looked at. */
export function lacksAny(
  { evaluationPeriods, period, step }: Timing,
  values: Float64Array,
  last: number,
): boolean {
  const steps = period / step;
  for (let count = 0; count < evaluationPeriods; count += 1)
    if (Number.isNaN(values[last - count * steps] ?? Number.NaN)) return true;
  return false;
}
