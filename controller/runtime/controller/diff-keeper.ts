// What the pending changes of a target would do, line by line, for the pages of its services: taken from each plan, without
// values that may be secrets, and kept beside the status within a bound, so that every replica can show them.
import { placeOfKey, serviceKey } from "../../core/names.ts";
import { toFailure } from "../../model/errors.ts";
import type { Change } from "../../model/plan.ts";
import type { PendingDiff, ServiceStatus, TargetDiffs } from "../../model/status.ts";
import type { ObjectStore } from "../../state/object-store.ts";
import { writeDiffs } from "../../state/status-store.ts";
import type { Log } from "./log.ts";
import type { Told } from "./pass.ts";

/** Lines of a diff; nothing in them may be a secret. */
export type ShowChange = (change: Change) => PendingDiff["lines"];

/** Lines of one change; characters of the lines of one service, and of all. */
const mostLines = 80;
const mostOfService = 24_000;
const mostOfTarget = 2_000_000;

type Diffs = TargetDiffs["services"];

export interface DiffKeeper {
  /** Of each pass that ended. */
  take(told: Pick<Told, "work" | "report" | "status">): void;
  /** What was taken is kept; never rejects. */
  settled(): Promise<void>;
}

export function createDiffKeeper(store: ObjectStore, show: ShowChange, log: Log): DiffKeeper {
  let services: Diffs | undefined;
  let written: string | undefined;
  let last = Promise.resolve();

  async function write(diffs: TargetDiffs): Promise<void> {
    const text = JSON.stringify(diffs);
    // Where nothing waits, and nothing did: there is nothing to take back.
    if (text === written || (written === undefined && Object.keys(diffs.services).length === 0)) return;
    try {
      await writeDiffs(store, diffs, { timeout: 30_000 });
      written = text;
    } catch (error) {
      log("warn", "diffs-unwritten", { target: diffs.target, ...toFailure(error) });
    }
  }

  return {
    take({ work, report, status }) {
      const pending = new Map(
        status.services
          .filter((one) => one.pending.length > 0)
          .map((one) => [serviceKey(one.cluster, one.service), one]),
      );
      const inFocus = report.focus === undefined ? undefined : new Set(report.focus);
      const changes = groupChanges(report.findings.plan.changes);
      const before = services ?? {};
      const at = report.endedAt.toISOString();
      let left = mostOfTarget;
      const next: Record<string, Diffs[string]> = {};
      for (const [key, service] of pending) {
        const isSeen = work.is === "full" || inFocus?.has(placeToKey(key)) === true;
        const items = isSeen ? diffsOf(service, changes.get(key) ?? [], show) : (before[key]?.items ?? []);
        if (items.length === 0) continue;
        const size = items.reduce((sum, item) => sum + sizeOf(item), 0);
        if (size > left) break;
        left -= size;
        // As long as they are the same, they are as of when they were first.
        const same = JSON.stringify(before[key]?.items) === JSON.stringify(items);
        next[key] = same ? (before[key] as Diffs[string]) : { at, items };
      }
      services = next;
      const diffs = { target: status.target, services: next };
      last = last.then(() => write(diffs));
    },
    settled: () => last,
  };
}

/** As the focus of a pass names it. */
function placeToKey(key: string): `${string}/${string}` {
  const { cluster, service } = placeOfKey(key);
  return `${cluster}/${service}`;
}

function groupChanges(changes: readonly Change[]): ReadonlyMap<string, readonly Change[]> {
  const groups = new Map<string, Change[]>();
  for (const change of changes) {
    const { cluster, service } = change;
    if (cluster === undefined || service === undefined) continue;
    const key = serviceKey(cluster, service);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [change]);
    else group.push(change);
  }
  return groups;
}

function diffsOf(
  { pending }: ServiceStatus,
  changes: readonly Change[],
  show: ShowChange,
): readonly PendingDiff[] {
  let left = mostOfService;
  const diffs: PendingDiff[] = [];
  for (const { kind, name } of pending) {
    const change = changes.find((one) => one.kind === kind && one.name === name);
    if (change === undefined) continue;
    const all = show(change);
    const lines: PendingDiff["lines"][number][] = [];
    for (const line of all.slice(0, mostLines)) {
      left -= line.text.length + 20;
      if (left < 0) break;
      lines.push(line);
    }
    diffs.push({
      kind,
      name,
      lines,
      ...(lines.length < all.length ? { left: all.length - lines.length } : {}),
    });
  }
  return diffs;
}

function sizeOf({ name, lines }: PendingDiff): number {
  return name.length + lines.reduce((sum, { text }) => sum + text.length + 20, 100);
}
