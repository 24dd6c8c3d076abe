// What the HTTP interface shows, read from the status store: the status of all targets and the journal.
import type { Clock } from "../../model/clock.ts";
import { toFailure } from "../../model/errors.ts";
import { readHistory } from "../../state/journal.ts";
import type { ObjectStore } from "../../state/object-store.ts";
import { listTargets, readTargets } from "../../state/status-store.ts";
import type { Log } from "./log.ts";
import type { StatusReader } from "./status-reader.ts";

/** What cannot be read is left out and logged: it must not hide the rest. */
export function readFromStore(
  store: ObjectStore,
  {
    clock,
    log,
    pause,
  }: { readonly clock: Pick<Clock, "now">; readonly log: Log; readonly pause: StatusReader["pause"] },
): StatusReader {
  return {
    pause,
    async targets() {
      return readTargets(store, await listTargets(store), (target, error) =>
        log("warn", "status-unread", { target, ...toFailure(error) }),
      );
    },
    async history({ target, since, until, limit, ...query }, signal) {
      const targets = target === undefined ? await listTargets(store, { signal }) : [target];
      const { unreadable, ...found } = await readHistory(store, {
        targets,
        limit,
        signal,
        now: clock.now(),
        ...(since === undefined ? {} : { since: new Date(since) }),
        ...(until === undefined ? {} : { until: new Date(until) }),
        matches: (entry) =>
          (query.cluster === undefined || entry.cluster === query.cluster) &&
          (query.service === undefined || entry.service === query.service) &&
          (query.kind === undefined || entry.kind === query.kind) &&
          (query.policy === undefined || entry.policies.includes(query.policy)),
      });
      for (const failure of unreadable) log("warn", "journal-unread", { ...failure });
      return found;
    },
  };
}
