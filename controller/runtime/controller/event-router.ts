// Which look an event asks for.
import type { EventNews } from "../../core/event-meaning.ts";
import { lookedAt, resolvePlace, type TargetMemory } from "./target-memory.ts";
import type { ServiceKey } from "./work-queue.ts";

export type Asked =
  | {
      readonly is: "services";
      readonly keys: readonly ServiceKey[] /** Milliseconds. */;
      readonly within: number;
    }
  | { readonly is: "full" /** Milliseconds. */; readonly within: number }
  | { readonly is: "nothing" };

/** Writes come in bursts: one look a moment later sees them all. */
const soon = 500;
/** Of what changes no setting: tasks that start and stop. */
const later = 15_000;
/** A full look costs as much as the account is large. */
const fullWithin = 15_000;
/** Events may be late, clocks apart, and reads behind writes: a look that began this long after one has seen it. */
const margin = 60_000;

export function judgeEvent(news: EventNews, memory: TargetMemory): Asked {
  const isOld = (key: ServiceKey): boolean => {
    const looked = lookedAt(memory, key);
    return news.at !== undefined && looked !== undefined && looked.getTime() - news.at.getTime() > margin;
  };
  const ofServices = (keys: readonly ServiceKey[], within: number): Asked => {
    const fresh = keys.filter((key) => !isOld(key));
    return fresh.length === 0 ? { is: "nothing" } : { is: "services", keys: fresh, within };
  };
  const ofItems = (ids: readonly (`LogGroup/${string}` | `TargetGroup/${string}`)[]): Asked => {
    const shared = ids.map((id) => memory.sharedBy.get(id) ?? []);
    // A look at one of several services leaves alone what they share.
    if (shared.some((keys) => keys.length > 1)) return fullLook();
    return ofServices(shared.flat(), soon);
  };
  const fullLook = (): Asked => {
    const { fullLookAt } = memory;
    const isSeen =
      news.at !== undefined && fullLookAt !== undefined && fullLookAt.getTime() - news.at.getTime() > margin;
    return isSeen ? { is: "nothing" } : { is: "full", within: fullWithin };
  };

  switch (news.is) {
    case "services": {
      const keys = news.services.map((place) => resolvePlace(memory, place));
      // Ours by its name, of a service that no look has seen.
      if (keys.includes(undefined)) return fullLook();
      return ofServices(keys as ServiceKey[], news.urgency === "now" ? soon : later);
    }
    case "log-group":
      return ofItems([`LogGroup/${news.name}`]);
    case "target-groups":
      return ofItems(news.arns.map((arn) => `TargetGroup/${arn}` as const));
    case "cluster":
      return fullLook();
    case "object":
      return { is: "nothing" };
  }
}
