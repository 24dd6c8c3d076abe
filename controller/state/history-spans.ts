// In which order the journal is looked through: the newest days one at a time, as they are what is mostly asked for, and
// what is older by months, so that a long quiet time costs few requests.

/** Days, or a month, of the journal, as its keys have them. */
export interface HistorySpan {
  /** What the keys begin with after the target: `2026-11-22` or `2026-11-`. */
  readonly days: string;
  /** All that is newer is of it too. */
  readonly isOpen: boolean;
  /** The oldest that is of it, as `toKeyTime` gives it. */
  readonly from: string;
  /** The newest; left out: it has no end. */
  readonly to?: string;
  /** The same as an instant; of an open one, now. */
  readonly last: Date;
}

/** Milliseconds. */
export const dayLength = 24 * 60 * 60_000;

/** Days that are looked at one at a time. */
const singleDays = 7;

/** From the newest to the oldest, without gaps and overlaps. */
export function* spansBack(asked: {
  readonly since: Date;
  readonly until: Date | undefined;
  readonly now: Date;
}): Generator<HistorySpan> {
  const { until, now } = asked;
  // There was no ecsmon before.
  const since = new Date(Math.max(Date.UTC(2020), asked.since.getTime() || 0));
  const from = toKeyTime(since);
  let last = until ?? now;
  let isOpen = until === undefined;
  for (let day = 0; last >= since || isOpen; day += 1) {
    const isMonth = day >= singleDays;
    const days = last.toISOString().slice(0, isMonth ? 8 : 10);
    yield { days, isOpen, from, last, ...(isOpen ? {} : { to: toKeyTime(last) }) };
    last = new Date(Date.parse(isMonth ? `${days}01` : days) - 1);
    isOpen = false;
  }
}

/** `YYYY-MM-DD/HHMMSS.mmm` */
export function toKeyTime(at: Date): string {
  return at.toISOString().replace("T", "/").replaceAll(":", "").replace("Z", "");
}
