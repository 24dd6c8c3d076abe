// After each full pass the account is audited from the snapshot that was taken then, without another call, and what was
// found is kept in the status store for the pages of all replicas.
import { replaySnapshot } from "../../aws/snapshot/replay-clients.ts";
import { boundAudit } from "../../core/bound-audit.ts";
import { toFailure } from "../../model/errors.ts";
import type { SnapshotFacts } from "../../model/snapshot.ts";
import type { ObjectStore } from "../../state/object-store.ts";
import { writeAudit } from "../../state/status-store.ts";
import { makeAudit } from "../audit.ts";
import type { Log } from "./log.ts";
import type { Target } from "./target.ts";

/** Never throws. */
export type AuditKeeper = (facts: SnapshotFacts, takenAt: Date, signal: AbortSignal) => Promise<void>;

/** Characters of its JSON. */
const mostKept = 3_000_000;
/** Facts of 10,000 services, opened and judged, took the process from 300 to 540 MiB. */
const mostServices = 5_000;

export function createAuditKeeper(
  { id, settings }: Pick<Target, "id" | "settings">,
  store: ObjectStore,
  log: Log,
): AuditKeeper {
  let isBehind = false;
  return async (facts, takenAt, signal) => {
    const { clusters, services } = settings;
    const count = Object.keys(facts.services).length;
    if (count > mostServices) {
      if (!isBehind) log("info", "audit-left-out", { target: id, services: count, most: mostServices });
      isBehind = true;
      return;
    }
    const aws = replaySnapshot(facts);
    try {
      const { report } = await makeAudit(
        { clusters, services, asOf: takenAt },
        { aws, progress: () => signal.throwIfAborted() },
      );
      signal.throwIfAborted();
      await writeAudit(store, id, boundAudit(report, mostKept), { signal, timeout: 60_000 });
      isBehind = false;
    } catch (error) {
      // Whoever holds the target now makes the next.
      if (signal.aborted) return;
      if (!isBehind) log("warn", "audit-failed", { target: id, ...toFailure(error) });
      isBehind = true;
    } finally {
      aws.destroy();
    }
  };
}
