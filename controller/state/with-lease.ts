// Something done once under a lease that others keep: asked for, waited for, given back.
import { EcsmonError } from "../model/errors.ts";
import type { Held, Lease } from "./lease.ts";

export interface WithLeaseOptions {
  /** Aborted: the wait ends, or what is done under the lease is told to end. */
  readonly signal: AbortSignal;
  /** Milliseconds to wait for it. */
  readonly patience: number;
  /** Told of whoever is waited for, and why: each time that it is another. */
  readonly onWaiting?: (holder: string, reason: string) => void;
}

/**
 * What `use` gives. It is to end soon after its signal is aborted; it is not asked to give way to others.
 * @throws EcsmonError `LeaseHeld` when the wait is over, `Interrupted` when it was ended
 */
export async function withLease<T>(
  lease: Lease,
  { signal, patience, onWaiting }: WithLeaseOptions,
  use: (held: Held) => Promise<T>,
): Promise<T> {
  const done = new AbortController();
  let last: { readonly holder: string; readonly reason: string } | undefined;
  let result: { readonly value: T } | undefined;
  const { clock } = lease;
  let isHolding = false;
  void clock.sleep(patience, done.signal).then(() => {
    if (!isHolding) done.abort();
  });
  const keeping = lease.keep({
    signal: AbortSignal.any([signal, done.signal]),
    yields: false,
    claimUntil: new Date(clock.now().getTime() + patience),
    onWaiting(holder, reason) {
      last = { holder, reason };
      onWaiting?.(holder, reason);
    },
    async whileHeld(held) {
      // It came as the wait ended.
      if (done.signal.aborted || signal.aborted) return;
      isHolding = true;
      try {
        result = { value: await use(held) };
      } finally {
        done.abort();
      }
    },
  });
  await keeping;
  if (result !== undefined) return result.value;
  if (signal.aborted) throw new EcsmonError("Interrupted", "interrupted while waiting for the lease");
  throw new EcsmonError("LeaseHeld", describeWait(lease, patience, last), { remedy: "wait" });
}

function describeWait(
  { key, store }: Lease,
  patience: number,
  last: { readonly holder: string; readonly reason: string } | undefined,
): string {
  const within = `the lease ${store}${store.endsWith("/") ? "" : "/"}${key} could not be had within ${Math.round(patience / 1000)} s`;
  if (last === undefined) return `${within}; run it again`;
  if (last.holder === "") return `${within}: ${last.reason}`;
  return `${within}: ${last.holder} holds it; run it again when what that does has ended, or stop it (its lease then runs out by itself)`;
}
