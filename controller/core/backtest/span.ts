// How far back an alarm is tested: as far as was asked, and as CloudWatch keeps datapoints of its period.
import type { AlarmRule } from "./alarm-rule.ts";
import type { Grid } from "./points.ts";
import { leadOf } from "./range.ts";

const hour = 3600;
const day = 86_400;
/** What is about to be let go of when it is asked for, in milliseconds. */
const margin = 600_000;

/** Seconds for which datapoints of such periods can be had (API reference, GetMetricData). */
export function retentionOf(period: number): number {
  if (period < 60) return 3 * hour;
  if (period % 300 !== 0) return 15 * day;
  return period % hour === 0 ? 455 * day : 63 * day;
}

export interface AlarmSpan {
  readonly grid: Grid;
  /** Epoch milliseconds: the beginning of the first step that is told of. */
  readonly from: number;
  /** It is not tested for all of the time that was asked for. */
  readonly isCut: boolean;
}

/** `undefined` where nothing is left to test. `until` and `now` in epoch milliseconds, `span` in seconds. */
export function spanOf(rule: AlarmRule, until: number, span: number, now: number): AlarmSpan | undefined {
  const step = rule.step * 1000;
  const lead = leadOf(rule);
  const end = Math.floor(until / step) * step;
  const wanted = end - (Math.floor(span / rule.step) + lead) * step;
  // At least the margin, and the same for all of ten minutes: what is asked for twice in a row is the same time.
  const soon = (Math.floor(now / margin) + 2) * margin;
  const kept = Math.ceil((soon - retentionOf(rule.step) * 1000) / step) * step;
  const start = Math.max(wanted, kept);
  const length = Math.round((end - start) / step);
  if (length <= lead || span < rule.period) return undefined;
  return {
    grid: { start, step: rule.step, length },
    from: start + lead * step,
    isCut: start > wanted,
  };
}
