// Putting our layer back again and again: how often it was taken off is kept in a tag of the service, and each time
// it waits longer, so that two tools do not redeploy a service for ever.
import type { Tags } from "../model/workload.ts";
import { recordKey } from "./record.ts";
import type { Reason } from "./select.ts";

export const relayeredField = "relayered";

const minute = 60_000;
const day = 24 * 60 * minute;
/** Twice it goes on again at once: deploys in a row are everyday. */
const freeTimes = 2;
const firstDelay = 10 * minute;

export interface Relayering {
  readonly count: number;
  readonly at: Date;
}

/** `count:2 at:2026-11-22T10:00:00.000Z` */
export function writeRelayering({ count, at }: Relayering): string {
  return `count:${count} at:${at.toISOString()}`;
}

export function readRelayering(tags: Tags, owner: string): Relayering | undefined {
  const match = /^count:(\d+) at:(\S+)$/.exec(tags[recordKey(owner, relayeredField)] ?? "");
  const at = new Date(match?.[2] ?? "");
  return match === null || Number.isNaN(at.getTime()) ? undefined : { count: Number(match[1]), at };
}

/** The next entry: after a day of peace it begins anew. */
export function nextRelayering(last: Relayering | undefined, at: Date): Relayering {
  const fresh = last === undefined || at.getTime() - last.at.getTime() > day;
  return { count: fresh ? 1 : last.count + 1, at };
}

/** Why the layer must not go on again yet: 10 minutes after the third time, then twice as long each time, up to a day. */
export function findBackOff(
  tags: Tags,
  owner: string,
  asOf: Date,
  registeredBy: string | undefined,
): Reason | undefined {
  const last = readRelayering(tags, owner);
  if (last === undefined || last.count <= freeTimes) return undefined;
  const until = new Date(last.at.getTime() + Math.min(day, firstDelay * 2 ** (last.count - freeTimes - 1)));
  if (asOf >= until) return undefined;
  const by = registeredBy === undefined ? "" : `, this time by a revision that ${registeredBy} registered`;
  const message = `somebody's deployments have taken our layer off again after it was put back ${last.count} times${by}; it goes on again after ${until.toISOString()}. Take the layer into those deployments (ecsmon inject), or exclude the service`;
  return { code: "BackOff", message };
}
