// How status calls items: short, since it names the service beside them.
import type { ItemRef } from "../model/plan.ts";
import { matchesPart, parseOwnedName } from "./names.ts";

/** `OWNER/CLUSTER/SERVICE/NAME` of the item's own service → `NAME`; other names as they are. */
export function lastPart({ name, cluster, service }: Omit<ItemRef, "kind">, owner: string): string {
  if (cluster === undefined || service === undefined) return name;
  // There are many items, and most of their names are whole.
  const prefix = `${owner}/${cluster}/${service}/`;
  if (name.startsWith(prefix)) return name.includes("/", prefix.length) ? name : name.slice(prefix.length);
  if (!name.includes("#")) return name;
  const parsed = parseOwnedName(owner, name);
  const isOwn =
    parsed !== undefined && matchesPart(parsed.cluster, cluster) && matchesPart(parsed.service, service);
  return isOwn ? parsed.name : name;
}

/** `KIND/NAME`, by the short name: unique within a service. */
export function itemKey(item: Omit<ItemRef, "kind"> & { readonly kind: string }, owner: string): string {
  return `${item.kind}/${lastPart(item, owner)}`;
}
