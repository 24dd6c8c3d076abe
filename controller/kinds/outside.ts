// Whose things a run that was narrowed down has no business with: they are not looked into any further.
import type { Inventory } from "../model/workload.ts";

/** Whether a run that was narrowed down left this service out, or may have. */
export function isOutside(
  place: { readonly cluster: string; readonly service: string },
  inventory: Inventory,
): boolean {
  const { narrowed = false, clusters, workloads } = inventory;
  if (!narrowed || !clusters.known) return false;
  if (workloads.some(({ cluster, service }) => cluster === place.cluster && service === place.service))
    return false;
  const services = clusters.value.find(({ name }) => name === place.cluster)?.services;
  return services === undefined || (services.known && services.value.includes(place.service));
}
