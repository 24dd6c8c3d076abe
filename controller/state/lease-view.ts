// What one process knows of a lease: its object as last read or written, and since when it stands so.
import type { Clock } from "../model/clock.ts";
import { formatLease, type LeaseRecord, type ReadLease, readLease } from "./lease-record.ts";
import { isSameRenewal, type Sight } from "./lease-rules.ts";
import type { ObjectStore, WriteCondition } from "./object-store.ts";

export interface LeaseView {
  sight(): Sight | undefined;
  /** Reads it. Throws what the store throws; what was known then stays. */
  look(signal: AbortSignal, timeout: number): Promise<void>;
  /** Writes it, if it is still as it was last seen. `false`: it is not, and must be looked at. */
  write(record: LeaseRecord, timeout: number, signal?: AbortSignal): Promise<boolean>;
}

/** `duration`: seconds that something unreadable is left alone for. */
export function createLeaseView(
  store: ObjectStore,
  key: string,
  { clock, duration }: { readonly clock: Clock; readonly duration: number },
): LeaseView {
  let etag: string | undefined;
  let sight: Sight | undefined;
  const see = (seen: Omit<Sight, "since">): void => {
    const moved =
      sight === undefined || sight.goneSince !== undefined || !isSameRenewal(sight.record, seen.record);
    sight = { ...seen, since: moved || sight === undefined ? clock.monotonic() : sight.since };
  };
  return {
    sight: () => sight,
    async look(signal, timeout) {
      const known = etag === undefined ? {} : { ifNoneMatch: etag };
      const found = await store.get(key, { signal, timeout, ...known });
      if (found === "unchanged") return;
      etag = found?.etag;
      if (found !== undefined) see(readLease(found.text) ?? unreadable(found.etag, sight, duration));
      // Somebody took it away; who held it may not know yet.
      else if (sight !== undefined && sight.goneSince === undefined)
        sight = { ...sight, goneSince: clock.monotonic() };
    },
    async write(record, timeout, signal) {
      const condition: WriteCondition = etag === undefined ? { ifAbsent: true } : { ifMatch: etag };
      const options = { condition, timeout, ...(signal === undefined ? {} : { signal }) };
      const isHolders = sight?.record.session === record.session;
      const text = formatLease(record, isHolders ? sight?.raw : undefined);
      const done = await store.put(key, text, options);
      if (done === "conflict") return false;
      etag = done.etag;
      see(readLease(text) ?? { record });
      return true;
    },
  };
}

/** Held by somebody, until it has not changed for as long as a lease of ours would hold. */
function unreadable(etag: string, before: Sight | undefined, duration: number): Pick<ReadLease, "record"> {
  const epoch = before?.record.epoch ?? 0;
  return { record: { holder: "unknown", session: etag, epoch, renewal: 0, duration, facts: {} } };
}
