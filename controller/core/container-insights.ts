// Whether a cluster has Container Insights, once this plan is carried out: what policies say of it, else what stands.
import type { Failure } from "../model/errors.ts";
import { known, type Read } from "../model/read.ts";
import type { Inventory, Tags } from "../model/workload.ts";
import { isMarkedByTag } from "./deletion-policy.ts";
import { isWritten, readRecord } from "./record.ts";
import { enforcementOf, onlyLookOn, type Selected } from "./select.ts";

/** Field of our record on a cluster. */
export const insightsField = "containerInsights";

/** Cluster → whether containerInsights is `enabled` or `enhanced`. */
export type InsightsLookup = (cluster: string) => Read<boolean>;

export function lookUpInsights(selection: readonly Selected[], inventory: Inventory): InsightsLookup {
  const { clusters } = inventory;
  const live = (name: string): Read<boolean> => {
    if (!clusters.known) return clusters;
    const detail = clusters.value.find((cluster) => cluster.name === name)?.detail;
    if (detail === undefined) return { known: false, failure: unlisted(name) };
    if (!detail.known) return detail;
    const here = selection.filter(({ workload }) => workload.cluster === name);
    return known(
      (findGivenBack(detail.value, here, inventory) ?? detail.value.containerInsights) !== "disabled",
    );
  };
  const find = (name: string): Read<boolean> => {
    const said = new Set(
      selection.flatMap(({ workload, cluster }) => {
        if (workload.cluster !== name || cluster === undefined || !cluster.result.ok) return [];
        const value = cluster.result.value.containerInsights;
        // What is in Audit is not written, and policies that differ block each other.
        return value == null || enforcementOf(cluster.contributors, "ClusterSettings") === "Audit"
          ? []
          : [value !== "disabled"];
      }),
    );
    const [only] = said;
    return said.size === 1 && only !== undefined ? known(only) : live(name);
  };
  const found = new Map<string, Read<boolean>>();
  return (name) => {
    const before = found.get(name);
    if (before !== undefined) return before;
    const now = find(name);
    found.set(name, now);
    return now;
  };
}

/** What the setting goes back to, where nobody asks for it any more and it is ours; undefined: it stays. */
function findGivenBack(
  { containerInsights, tags }: { readonly containerInsights: string; readonly tags: Tags },
  here: readonly Selected[],
  { narrowed = false, unreadable }: Inventory,
): string | undefined {
  const [first] = here;
  if (first === undefined || narrowed || unreadable.length > 0) return undefined;
  // Blocked, or in Audit: it stays as it is.
  if (here.some(({ cluster }) => cluster !== undefined)) return undefined;
  if (onlyLookOn([...new Set(here.flatMap(({ policies }) => policies))], "ClusterSettings")) return undefined;
  const { owner } = first;
  const record = readRecord(tags, owner, insightsField);
  if (!isWritten(record, containerInsights) || isMarkedByTag(tags, owner)) return undefined;
  return record.original ?? "disabled";
}

function unlisted(cluster: string): Failure {
  return { code: "Unread", message: `the settings of cluster ${cluster} were not read` };
}
