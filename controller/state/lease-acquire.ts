// Waits for a lease and takes it; on the way, claims it from whoever holds it, where that is asked for.
import { toFailure } from "../model/errors.ts";
import type { KeepOptions } from "./lease.ts";
import { type LeaseCore, newRecord } from "./lease-core.ts";
import { giveBack } from "./lease-hold.ts";
import { courtesyOf, type Sight, standingClaim, takeableAt } from "./lease-rules.ts";
import { type Instant, newInstant } from "./lease-time.ts";

/** When the write that took it was sent; `undefined`: told to stop. */
export async function acquire(core: LeaseCore, keeping: KeepOptions): Promise<Instant | undefined> {
  const { options, view, times } = core;
  const { clock } = options;
  const { signal } = keeping;
  const tell = createTeller(core, keeping);
  const begunAt = clock.monotonic();
  const chance = Math.random();
  const polite = (sight: Sight | undefined): number =>
    options.heldCount === undefined || sight?.record.releasedTo === options.holder
      ? 0
      : courtesyOf(sight, options.heldCount(), chance);
  let takeableSince: number | undefined;
  // A write of ours without an answer may have made us the holder.
  let isUnsure = false;
  while (!signal.aborted) {
    try {
      await view.look(signal, times.callTimeout);
      tell.reached();
      const now = clock.monotonic();
      let wait = takeableAt(view.sight(), { holder: options.holder, session: core.session }) - now;
      if (wait > 0) {
        takeableSince = undefined;
        tell.held();
        // Not all leases at once: each claim counts for whether there should be another.
        const isSettled = now - begunAt > times.pollEvery * (1 + 9 * chance);
        await claim(core, keeping, isSettled);
      } else {
        takeableSince ??= now;
        wait = takeableSince + polite(view.sight()) - now;
      }
      if (wait > 0) {
        await clock.sleep(Math.min(times.pollEvery, Math.max(1, wait)), signal);
        continue;
      }
      const sentAt = newInstant(clock);
      const epoch = (view.sight()?.record.epoch ?? 0) + 1;
      isUnsure = true;
      if (await view.write(newRecord(core, epoch), times.callTimeout)) return sentAt;
      isUnsure = false;
    } catch (error) {
      if (!signal.aborted) tell.failed(error);
    }
    await clock.sleep(times.retryEvery, signal);
  }
  if (isUnsure) await giveBack(core);
  else await withdraw(core);
  return undefined;
}

async function claim(
  { view, times, options }: LeaseCore,
  keeping: KeepOptions,
  isSettled: boolean,
): Promise<void> {
  const { holder, clock } = options;
  const sight = view.sight();
  if (sight === undefined || sight.goneSince !== undefined || sight.record.holder === "") return;
  // Of what cannot be read, whoever can must find it as it was.
  if (sight.raw === undefined) return;
  const { record } = sight;
  const now = clock.now();
  const until = claimUntil(record.holder, keeping, isSettled, now);
  // One at a time: what another has claimed comes to us after it.
  if (until === undefined || standingClaim(record, now) !== undefined || until <= now) return;
  const wanted = { ...record, claim: { by: holder, until: until.toISOString() } };
  // Changed meanwhile: the next look tells.
  await view.write(wanted, times.callTimeout, keeping.signal);
}

/** For a share it is asked now and then: who does not answer may have better things to do. */
const shareClaim = 60_000;

function claimUntil(holder: string, keeping: KeepOptions, isSettled: boolean, now: Date): Date | undefined {
  if (keeping.claimUntil !== undefined) return keeping.claimUntil;
  return isSettled && keeping.wantsFrom?.(holder) ? new Date(now.getTime() + shareClaim) : undefined;
}

/** Takes a claim of ours back, if that can be done at once: it would only cost its holder a turn. */
async function withdraw({ view, times, options }: LeaseCore): Promise<void> {
  const record = view.sight()?.record;
  if (record?.claim?.by !== options.holder) return;
  const { claim: _, ...without } = record;
  await view.write(without, Math.min(1_000, times.callTimeout)).catch(() => undefined);
}

/** Says each thing once, until it is another. */
function createTeller({ key, view, options }: LeaseCore, { onWaiting }: KeepOptions) {
  let said = "";
  const say = (event: string, holder: string, reason: string): void => {
    const all = `${event} ${holder} ${reason}`;
    if (said === all) return;
    said = all;
    options.log(event === "lease-unreachable" ? "warn" : "info", event, { lease: key, holder, reason });
    onWaiting?.(holder, reason);
  };
  let hasFailed = false;
  return {
    held(): void {
      const record = view.sight()?.record;
      if (record !== undefined && record.holder !== "")
        say("lease-waiting", record.holder, "it holds the lease");
    },
    failed(error: unknown): void {
      hasFailed = true;
      say("lease-unreachable", view.sight()?.record.holder ?? "", toFailure(error).message);
    },
    reached(): void {
      if (hasFailed) said = "";
      hasFailed = false;
    },
  };
}
