// CloudWatch's rule for one moment: of the datapoints that lie there, which state. Sources: CloudWatch user guide,
// "Alarm evaluation", "Configuring how CloudWatch alarms treat missing data" with its tables, and in it "Avoiding
// premature transitions to alarm state".

export type State = "OK" | "ALARM" | "INSUFFICIENT_DATA";
export type Missing = "missing" | "ignore" | "breaching" | "notBreaching";

/** Whether it breaches; `undefined`: there is none. */
export type Breach = boolean | undefined;

/**
 * CloudWatch looks at some more datapoints than it evaluates. How many is told by example only: 5 where it evaluates 3.
 */
export const extraPoints = 2;

export interface Judging {
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly missing: Missing;
}

/** @param range the evaluation range, the oldest datapoint first; `before`: the state so far */
export function judge(
  { evaluationPeriods: n, datapointsToAlarm: m, missing }: Judging,
  range: readonly Breach[],
  before: State,
): State {
  const real = range.filter((point) => point !== undefined);
  // With as many real datapoints as it takes, how missing ones are treated does not matter.
  const evaluated = real.slice(-n);
  const breaching = evaluated.filter((point) => point).length;
  const filled = n - evaluated.length;
  if (filled <= 0 || missing === "notBreaching") return breaching >= m ? "ALARM" : "OK";
  if (missing === "breaching") return breaching + filled >= m ? "ALARM" : "OK";
  if (real.length === 0) return missing === "ignore" ? before : "INSUFFICIENT_DATA";
  if (breaching >= m) return "ALARM";
  if (breaching < real.length) return "OK";
  if (missing === "ignore") return before;
  // Nothing but breaches, too few of them: enough if the oldest is so old that as many could have come since.
  const age = range.length - range.findIndex((point) => point !== undefined);
  return age >= m ? "ALARM" : "INSUFFICIENT_DATA";
}
