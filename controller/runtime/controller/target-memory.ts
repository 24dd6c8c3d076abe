// What is known of a target while it is held: from the status store first, then from each look.
import { createRevisionCache, type RevisionCache } from "../../aws/revision-cache.ts";
import type { EventPlace } from "../../core/event-meaning.ts";
import type { Findings } from "../../core/findings.ts";
import { matchesPart, placeOfKey, serviceKey } from "../../core/names.ts";
import type { TargetStatus } from "../../model/status.ts";
import type { ServiceKey } from "./work-queue.ts";

export interface TargetMemory {
  /** As it was last read or told. */
  status: TargetStatus | undefined;
  /** Of the last full look. */
  services: ReadonlySet<ServiceKey>;
  sharedBy: Findings["sharedBy"];
  /** When the last look began that a service was part of; of all, the last full one. */
  readonly lookedAt: Map<ServiceKey, Date>;
  fullLookAt: Date | undefined;
  readonly revisions: RevisionCache;
}

export function createMemory(status: TargetStatus | undefined): TargetMemory {
  return {
    status,
    services: new Set(),
    sharedBy: new Map(),
    lookedAt: new Map(),
    fullLookAt: undefined,
    revisions: createRevisionCache(),
  };
}

export function rememberLook(
  memory: TargetMemory,
  findings: Findings,
  startedAt: Date,
  isFull: boolean,
): void {
  const keys = findings.services.map(({ cluster, service }) => serviceKey(cluster, service));
  if (!isFull) {
    for (const key of [...keys, ...findings.absent]) memory.lookedAt.set(key, startedAt);
    return;
  }
  memory.services = new Set(keys);
  memory.sharedBy = findings.sharedBy;
  memory.lookedAt.clear();
  memory.fullLookAt = startedAt;
}

/** When a service was last looked at. */
export function lookedAt(memory: TargetMemory, key: ServiceKey): Date | undefined {
  return memory.lookedAt.get(key) ?? memory.fullLookAt;
}

/** The service that an event means: names of ours may be shortened. */
export function resolvePlace(memory: TargetMemory, { cluster, service }: EventPlace): ServiceKey | undefined {
  if (!cluster.includes("#") && !service.includes("#")) return serviceKey(cluster, service);
  return [...memory.services].find((key) => {
    const its = placeOfKey(key);
    return matchesPart(cluster, its.cluster) && matchesPart(service, its.service);
  });
}
