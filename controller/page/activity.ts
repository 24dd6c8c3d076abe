// What was written over the last days, counted for a chart: drift put right, drift that could not be, and other changes.
import type { JournalEntry } from "../model/status.ts";

export interface Activity {
  /** Oldest first, all of one length, the last one up to now. */
  readonly spans: readonly Span[];
  /** Seconds of one span. */
  readonly length: number;
  /** Before this instant not all was looked at. */
  readonly unreadUntil?: string;
}

export interface Span {
  /** ISO 8601, UTC: its beginning. */
  readonly at: string;
  /** Items that were found other than left, and put right. */
  readonly repaired: number;
  /** Such items that could not be put right then; one whose rollout is under way is neither. */
  readonly unrepaired: number;
  readonly changed: number;
}

const spanLength = 6 * 3_600;
const spans = 28;
/** Seconds that the chart goes back, at most. */
export const activityReach = spans * spanLength;

/** Spans begin at whole hours of UTC, so that the chart stays as it is until something happens or a span is over. */
export function countActivity(
  entries: readonly JournalEntry[],
  now: Date,
  unreadUntil: Date | undefined,
): Activity {
  const length = spanLength * 1000;
  const first = Math.floor(now.getTime() / length) - spans + 1;
  const counted = Array.from({ length: spans }, (_, index) => ({
    at: new Date((first + index) * length).toISOString(),
    repaired: 0,
    unrepaired: 0,
    changed: 0,
  }));
  for (const { at, why, result } of entries) {
    const span = counted[Math.floor(Date.parse(at) / length) - first];
    // What is begun is under way, and what was skipped is not done by us: neither says how it ended.
    if (span === undefined || result === "begun" || result === "skipped") continue;
    if (why.startsWith("drift")) span[result === "applied" ? "repaired" : "unrepaired"] += 1;
    else if (result === "applied") span.changed += 1;
  }
  return {
    spans: counted,
    length: spanLength,
    ...(unreadUntil === undefined ? {} : { unreadUntil: unreadUntil.toISOString() }),
  };
}
