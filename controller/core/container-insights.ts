// Whether a cluster has Container Insights, once this plan is carried out: what policies say of it, else what stands.
import type { Failure } from "../model/errors.ts";
import { known, type Read } from "../model/read.ts";
import type { Inventory } from "../model/workload.ts";
import { enforcementOf, type Selected } from "./select.ts";

/** Cluster → whether containerInsights is `enabled` or `enhanced`. */
export type InsightsLookup = (cluster: string) => Read<boolean>;

export function lookUpInsights(selection: readonly Selected[], { clusters }: Inventory): InsightsLookup {
  const live = (name: string): Read<boolean> => {
    if (!clusters.known) return clusters;
    const detail = clusters.value.find((cluster) => cluster.name === name)?.detail;
    if (detail === undefined) return { known: false, failure: unlisted(name) };
    return detail.known ? known(detail.value.containerInsights !== "disabled") : detail;
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

function unlisted(cluster: string): Failure {
  return { code: "Unread", message: `the settings of cluster ${cluster} were not read` };
}
