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

/** The newest of the real datapoints in the evaluation range, N at most. */
export interface Evaluated {
  readonly count: number;
  readonly breaching: number;
  /** Periods from the oldest of them on, with its own. */
  readonly age: number;
}

/** @param range the evaluation range, the oldest datapoint first; `before`: the state so far */
export function judge(judging: Judging, range: readonly Breach[], before: State): State {
  const evaluated = range
    .flatMap((breach, index) => (breach === undefined ? [] : [{ breach, age: range.length - index }]))
    .slice(-judging.evaluationPeriods);
  const breaching = evaluated.filter(({ breach }) => breach).length;
  return judgeCounts(judging, { count: evaluated.length, breaching, age: evaluated[0]?.age ?? 0 }, before);
}

/** As {@link judge} does, of what its range comes to. */
export function judgeCounts(
  { evaluationPeriods: n, datapointsToAlarm: m, missing }: Judging,
  { count, breaching, age }: Evaluated,
  before: State,
): State {
  // With as many real datapoints as it takes, how missing ones are treated does not matter.
  const filled = n - count;
  if (filled <= 0 || missing === "notBreaching") return breaching >= m ? "ALARM" : "OK";
  if (missing === "breaching") return breaching + filled >= m ? "ALARM" : "OK";
  if (count === 0) return missing === "ignore" ? before : "INSUFFICIENT_DATA";
  if (breaching >= m) return "ALARM";
  if (breaching < count) return "OK";
  if (missing === "ignore") return before;
  // Nothing but breaches, too few of them: enough if the oldest is so old that as many could have come since.
  return age >= m ? "ALARM" : "INSUFFICIENT_DATA";
}
