// After each full pass the account is audited from the snapshot that was taken then, without another call, and what was
// found is kept in the status store for the pages of all replicas.
import { replaySnapshot } from "../../aws/snapshot/replay-clients.ts";
import { boundAudit } from "../../core/bound-audit.ts";
import { toFailure } from "../../model/errors.ts";
import type { SnapshotFacts } from "../../model/snapshot.ts";
import type { ObjectStore } from "../../state/object-store.ts";
import { removeAudit, writeAudit } from "../../state/status-store.ts";
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
  let isLeftOut = false;
  let hasFailed = false;
  return async (facts, takenAt, signal) => {
    const { clusters, services } = settings;
    const count = Object.keys(facts.services).length;
    if (count > mostServices) {
      await leaveOut(count, signal);
      return;
    }
    isLeftOut = false;
    const aws = replaySnapshot(facts);
    try {
      const { report } = await makeAudit(
        { clusters, services, asOf: takenAt },
        { aws, progress: () => signal.throwIfAborted() },
      );
      signal.throwIfAborted();
      await writeAudit(store, id, boundAudit(report, mostKept), { signal, timeout: 60_000 });
      hasFailed = false;
    } catch (error) {
      // Whoever holds the target now makes the next.
      if (!signal.aborted) tellFailure(error);
    } finally {
      aws.destroy();
    }
  };

  /** Scores of what was there when there was less of it would be shown as if they were of now. */
  async function leaveOut(count: number, signal: AbortSignal): Promise<void> {
    if (isLeftOut) return;
    try {
      await removeAudit(store, id, { signal });
      isLeftOut = true;
      log("info", "audit-left-out", { target: id, services: count, most: mostServices });
    } catch (error) {
      if (!signal.aborted) tellFailure(error);
    }
  }

  function tellFailure(error: unknown): void {
    if (!hasFailed) log("warn", "audit-failed", { target: id, ...toFailure(error) });
    hasFailed = true;
  }
}
