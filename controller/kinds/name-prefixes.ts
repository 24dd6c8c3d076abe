// What names of ours to ask for: all of the owner's in a look at the account, those of single services in a focused one.
import { ownedPrefixes } from "../core/names.ts";
import type { Inventory } from "../model/workload.ts";

/** The prefixes under which items named OWNER/CLUSTER/SERVICE/NAME are listed, one call or more each. */
export function namePrefixes(owner: string, { focused = false, workloads }: Inventory): readonly string[] {
  return focused ? workloads.flatMap((workload) => ownedPrefixes(owner, workload)) : [`${owner}/`];
}
