// The rules of a lease, without a clock and without a store: how long its holder may act, and from when on another may
// take it. Both sides measure by their own monotonic clocks, and the holder begins to count first: its time begins when
// it sends a write, theirs when they see it. So his is over before theirs, whatever lies between.
import type { JsonObject } from "../model/json.ts";
import type { LeaseClaim, LeaseRecord } from "./lease-record.ts";

/** Milliseconds for all that a lease of so many seconds does. */
export interface LeaseTimes {
  /** From when a write of the holder is sent: for so long it may act. */
  readonly life: number;
  readonly renewEvery: number;
  /** After a write that was not answered. */
  readonly retryEvery: number;
  /** Between two looks of one that waits. */
  readonly pollEvery: number;
  /** After it, a call has failed. */
  readonly callTimeout: number;
}

export function timesOf(duration: number): LeaseTimes {
  const whole = duration * 1000;
  // For clocks that do not go alike, and for requests that are on their way.
  const margin = Math.min(Math.max(1_000, whole / 10), whole / 4);
  const step = Math.min(1_000, whole / 10);
  return {
    life: whole - margin,
    renewEvery: whole / 3,
    retryEvery: step / 2,
    pollEvery: step,
    callTimeout: Math.min(5_000, whole / 4),
  };
}

/** What was last seen of a lease, and since when it has not moved: milliseconds of one's own monotonic clock. */
export interface Sight {
  readonly record: LeaseRecord;
  /** All that its object says, also what another version has put there. Left out: it could not be read as a lease. */
  readonly raw?: JsonObject;
  readonly since: number;
  /** The object is gone since then. */
  readonly goneSince?: number;
}

/** How long a released lease is left to the one that it was handed to. */
const handover = 3_000;

export interface Taker {
  readonly holder: string;
  readonly session: string;
}

/**
 * From when on it may be taken, if nothing moves until then; by one's own monotonic clock. Without a sight: no lease was
 * ever seen there.
 */
export function takeableAt(sight: Sight | undefined, { holder, session }: Taker): number {
  if (sight === undefined) return Number.NEGATIVE_INFINITY;
  const { record, since } = sight;
  // Of a write whose answer was lost, or of a time that is over: nothing of ours goes on.
  if (record.holder !== "")
    return record.session === session ? Number.NEGATIVE_INFINITY : since + record.duration * 1000;
  const isAnothers = record.releasedTo !== undefined && record.releasedTo !== holder;
  return since + (isAnothers ? handover : 0);
}

/**
 * For so many milliseconds a lease that may be taken is left to others: the more leases one holds already, the longer.
 * `chance`: from 0 to 1, so that what starts together does not go on together.
 */
export function courtesyOf(sight: Sight | undefined, held: number, chance: number): number {
  const isExpired = sight !== undefined && sight.record.holder !== "";
  // Nobody looks after what has expired.
  const [most, spread] = isExpired ? [500, 200] : [3_000, 400];
  return Math.min(held * 300, most) + chance * spread;
}

/** Whether two sights are of the same renewal: a claim changes the object, and extends nothing. */
export function isSameRenewal(a: LeaseRecord, b: LeaseRecord): boolean {
  return a.holder === b.holder && a.session === b.session && a.epoch === b.epoch && a.renewal === b.renewal;
}

/** The claim that counts at this time of day. */
export function standingClaim({ claim }: LeaseRecord, now: Date): LeaseClaim | undefined {
  return claim !== undefined && Date.parse(claim.until) > now.getTime() ? claim : undefined;
}

/**
 * Whether `me` should ask `other` for one of the leases that all of these records are of: it would have at least two
 * more. A lease that is claimed counts as its claimant's already, so that no more is asked for than is due.
 */
export function isUneven(records: readonly LeaseRecord[], me: string, other: string): boolean {
  const count = (name: string): number =>
    records.filter(({ holder, claim }) => (claim?.by ?? holder) === name).length;
  return count(other) - count(me) >= 2;
}
