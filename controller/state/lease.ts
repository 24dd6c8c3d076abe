// Keeps one lease: waits for it, takes it, renews it while something is done under it, and gives it back. Whether it is
// held at this moment is a question of the clock alone, so that it can be asked before every request.
import { randomUUID } from "node:crypto";
import type { Clock } from "../model/clock.ts";
import { acquire } from "./lease-acquire.ts";
import type { LeaseCore } from "./lease-core.ts";
import { holdLease } from "./lease-hold.ts";
import type { LeaseRecord } from "./lease-record.ts";
import { timesOf } from "./lease-rules.ts";
import { createLeaseView } from "./lease-view.ts";
import type { StateLog } from "./log.ts";
import type { ObjectStore } from "./object-store.ts";

export { withLease } from "./with-lease.ts";

export interface LeaseOptions {
  /** Who this is, as people read it. Two of the same name do not get into each other's way. */
  readonly holder: string;
  /** Seconds that it holds without being renewed. */
  readonly duration: number;
  readonly clock: Clock;
  readonly log: StateLog;
  /** What the holder tells of itself, written with each renewal. */
  readonly facts?: () => object;
  /** How many leases this process holds: the more, the longer it leaves a free one to others. */
  readonly heldCount?: () => number;
}

export interface Held {
  readonly epoch: number;
  /** Aborted when it is over; the reason is an EcsmonError `LeaseLost`, `LeaseClaimed` or `Stopped`. */
  readonly signal: AbortSignal;
}

export interface SeenLease {
  readonly record: LeaseRecord;
  /** Milliseconds since it was first seen as it stands. */
  readonly age: number;
}

export interface KeepOptions {
  /** Aborted: what is done under the lease is told to end, then the lease is given back. */
  readonly signal: AbortSignal;
  /**
   * Called each time that the lease was got; the lease is kept until it returns. What it throws ends `keep`, after the
   * lease was given back.
   */
  readonly whileHeld: (held: Held) => Promise<void>;
  /** Whether it gives way to one that claims the lease. Default true. */
  readonly yields?: boolean;
  /** While another holds it, ask it to hand over, until this time of day. Left out: wait until it is free. */
  readonly claimUntil?: Date;
  /** While another holds it: whether to ask that one to hand over now, for a fair share. */
  readonly wantsFrom?: (holder: string) => boolean;
  /** Told of whoever holds it, each time that it is another one, and why it cannot be had where the store fails. */
  readonly onWaiting?: (holder: string, reason: string) => void;
}

export interface Lease {
  /** Of its object in the store, and of the store. */
  readonly key: string;
  readonly store: string;
  readonly holder: string;
  readonly clock: Clock;
  /** Whether it is held now, with time to spare: a request may be sent. */
  isHeld(): boolean;
  /** As it was last seen, whoever holds it. */
  seen(): SeenLease | undefined;
  /** Takes it whenever it can be had, until `signal` is aborted. Only once at a time. */
  keep(options: KeepOptions): Promise<void>;
}

export function createLease(store: ObjectStore, key: string, options: LeaseOptions): Lease {
  const { clock, holder } = options;
  let renewals = 0;
  const core: LeaseCore = {
    options,
    key,
    view: createLeaseView(store, key, options),
    times: timesOf(options.duration),
    session: randomUUID(),
    nextRenewal: () => ++renewals,
  };
  let isAlive = (): boolean => false;
  return {
    key,
    store: store.name,
    holder,
    clock,
    isHeld: () => isAlive(),
    seen() {
      const sight = core.view.sight();
      if (sight === undefined || sight.goneSince !== undefined) return undefined;
      return { record: sight.record, age: clock.monotonic() - sight.since };
    },
    async keep(keeping) {
      while (!keeping.signal.aborted) {
        const sentAt = await acquire(core, keeping);
        if (sentAt === undefined) return;
        const hold = holdLease(core, sentAt, keeping);
        isAlive = hold.isAlive;
        const wasAsked = await hold.run().finally(() => {
          isAlive = () => false;
        });
        // What ends unasked would begin again at once.
        if (!wasAsked) await clock.sleep(core.times.pollEvery, keeping.signal);
      }
    },
  };
}
