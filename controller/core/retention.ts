// Log retention, and when a new one may destroy events (docs/adr/0007).
import { plural } from "../model/plural.ts";

const dayMs = 86_400_000;
/** PutLogEvents takes events up to 14 days old, so a group may hold events older than itself. */
const backfillDays = 14;

/**
 * Retentions are days; undefined is "never". Shortening what its owner chose always counts; giving a retention to a
 * group that never expired counts once it may hold older events. `createdAt` is in epoch milliseconds.
 */
export function losesEvents(
  live: number | undefined,
  next: number | undefined,
  createdAt: number | undefined,
  asOf: Date,
): boolean {
  if (next === undefined || live === next) return false;
  if (live !== undefined) return next < live;
  return createdAt === undefined || (asOf.getTime() - createdAt) / dayMs + backfillDays > next;
}

export function describeRetention(days: number | undefined): string {
  return days === undefined ? "never" : plural(days, "day");
}
