// A lease while it is held: renewed in the background, watched by the clock, given back at the end.
import { EcsmonError, type Failure, toFailure } from "../model/errors.ts";
import type { KeepOptions } from "./lease.ts";
import { type LeaseCore, newRecord } from "./lease-core.ts";
import { standingClaim } from "./lease-rules.ts";
import { elapsedSince, type Instant, newInstant } from "./lease-time.ts";

export interface Hold {
  isAlive(): boolean;
  /** Resolves when it was given back: whether what was done under it had been told to end. */
  run(): Promise<boolean>;
}

/** `sentAt`: when the write that took the lease was sent. */
export function holdLease(core: LeaseCore, sentAt: Instant, keeping: KeepOptions): Hold {
  const { options, times, key } = core;
  const { clock, log } = options;
  const epoch = core.view.sight()?.record.epoch ?? 0;
  const ending = new AbortController();
  const over = new AbortController();
  let freshFrom = sentAt;
  let isLost = false;

  const left = (): number => times.life - elapsedSince(freshFrom, clock);
  const isAlive = (): boolean => !isLost && !over.signal.aborted && left() > 0;
  const end = (code: string, message: string): void => {
    if (!ending.signal.aborted)
      ending.abort(new EcsmonError(code, message, { fault: "operator", remedy: "retry" }));
  };
  const lose = (why: string): void => {
    if (isLost || over.signal.aborted) return;
    isLost = true;
    log("warn", "lease-lost", { lease: key, epoch, reason: why });
    end("LeaseLost", `the lease ${key} is lost: ${why}`);
  };
  const stop = (): void => end("Stopped", "told to stop");

  const watch = async (): Promise<void> => {
    while (!over.signal.aborted && !isLost) {
      if (left() <= 0) return lose("it could not be renewed in time");
      await clock.sleep(Math.max(1, left()), over.signal);
    }
  };

  const renewals = createRenewals(core, epoch, over.signal);
  const renew = async (): Promise<void> => {
    let wait = times.renewEvery - elapsedSince(freshFrom, clock);
    while (!over.signal.aborted && !isLost) {
      await clock.sleep(Math.max(0, wait), over.signal);
      if (over.signal.aborted || isLost) return;
      // What is over stays over: nothing of ours may begin again on its own.
      if (left() <= 0) return lose("it could not be renewed in time");
      const renewed = await renewals.renew();
      if (renewed === "lost") return lose("another has it");
      if (renewed !== undefined && left() > 0) freshFrom = renewed;
      const due = renewed === undefined ? 0 : times.renewEvery - elapsedSince(renewed, clock);
      wait = Math.max(times.retryEvery, due);
      giveWay();
    }
  };
  const giveWay = (): void => {
    const record = core.view.sight()?.record;
    if (keeping.yields === false || record === undefined || ending.signal.aborted) return;
    const claim = standingClaim(record, clock.now());
    if (claim === undefined) return;
    log("info", "lease-claimed", { lease: key, epoch, by: claim.by });
    end("LeaseClaimed", `${claim.by} has asked for the lease ${key}`);
  };

  return {
    isAlive,
    async run() {
      log("info", "lease-acquired", { lease: key, epoch });
      keeping.signal.addEventListener("abort", stop, { once: true });
      if (keeping.signal.aborted) stop();
      const background = Promise.all([watch(), renew()]);
      try {
        await keeping.whileHeld({ epoch, signal: ending.signal });
      } finally {
        over.abort();
        keeping.signal.removeEventListener("abort", stop);
        await background;
        // Whoever goes on takes a lost one again at once.
        if (!isLost || keeping.signal.aborted) await giveBack(core);
      }
      return ending.signal.aborted;
    },
  };
}

/** Writes of one time of holding. */
function createRenewals(core: LeaseCore, epoch: number, signal: AbortSignal) {
  const { view, times, session, options, key } = core;
  /** When each write without an answer was sent, by its number. */
  const sent = new Map<number, Instant>();
  let isUnsure = false;
  let told = "";
  /** Once for each reason: it is tried twice a second. */
  const tellFailure = (failure: Failure): void => {
    if (failure.message === told) return;
    told = failure.message;
    options.log("warn", "lease-not-renewed", { lease: key, epoch, ...failure });
  };

  /** When the write that stands was sent, if it is one of ours whose answer was lost. */
  const look = async (): Promise<Instant | "lost" | undefined> => {
    await view.look(signal, times.callTimeout);
    isUnsure = false;
    const sight = view.sight();
    const isOurs = sight?.record.session === session && sight.record.epoch === epoch;
    if (!isOurs || sight.goneSince !== undefined) return "lost";
    return sent.get(sight.record.renewal);
  };

  return {
    /** When the newest write that is known to stand was sent; `undefined`: none is known. */
    async renew(): Promise<Instant | "lost" | undefined> {
      let found: Instant | undefined;
      try {
        for (let tries = 0; tries < 3; tries++) {
          if (isUnsure) {
            const looked = await look();
            if (looked === "lost") return "lost";
            found = looked ?? found;
          }
          const claim = view.sight()?.record.claim;
          const record = { ...newRecord(core, epoch), ...(claim === undefined ? {} : { claim }) };
          const at = newInstant(options.clock);
          sent.set(record.renewal, at);
          isUnsure = true;
          if (await view.write(record, times.callTimeout, signal)) {
            isUnsure = false;
            sent.clear();
            told = "";
            return at;
          }
        }
      } catch (error) {
        if (!signal.aborted) tellFailure(toFailure(error));
      }
      return found;
    },
  };
}

/** Frees the lease if it is ours, for whoever claimed it first. Tries for about two seconds. */
export async function giveBack(core: LeaseCore): Promise<void> {
  const { view, session, key, options, times } = core;
  const timeout = Math.min(1_000, times.callTimeout);
  const never = new AbortController().signal;
  try {
    for (let tries = 0; tries < 3; tries++) {
      const record = view.sight()?.record;
      if (record === undefined || record.session !== session || record.holder === "") {
        if (tries > 0) return;
      } else {
        const claim = standingClaim(record, options.clock.now());
        const free = { ...newRecord(core, record.epoch), holder: "", facts: {} };
        const releasedTo = claim === undefined ? {} : { releasedTo: claim.by };
        if (await view.write({ ...free, ...releasedTo }, timeout)) {
          options.log("info", "lease-released", { lease: key, epoch: record.epoch, ...releasedTo });
          return;
        }
      }
      await view.look(never, timeout);
    }
  } catch (error) {
    // It runs out by itself.
    options.log("warn", "lease-not-released", { lease: key, ...toFailure(error) });
  }
}
