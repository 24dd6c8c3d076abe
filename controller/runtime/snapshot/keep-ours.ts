// What others say of their things in tags and descriptions is nobody's concern in a snapshot: it may hold anything.
import type { TaggedFact } from "../../model/snapshot.ts";
import type { Tags } from "../../model/workload.ts";

export function keepOurs(tags: Tags): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => key.startsWith("ecsmon.dev/")));
}

export function keepOursIn({ arn, tags }: TaggedFact): TaggedFact {
  return { arn, tags: keepOurs(tags) };
}
