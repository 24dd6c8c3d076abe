// Services that the lists left out and that we own things of: ECS is asked for each by name before it counts as gone.

import type { AwsClients } from "../aws/clients.ts";
import { confirmService, type Scope } from "../aws/inventory.ts";
import { isShortened, serviceKey } from "../core/names.ts";
import { matchesAnyGlob } from "../model/glob.ts";
import type { Inventory } from "../model/workload.ts";
import type { Look } from "./one-look.ts";

/**
 * Asks ECS by name for each service that we own things of and that the lists left out. Only what ECS calls MISSING or
 * INACTIVE is gone; every other answer leaves the service in the dark.
 */
export async function confirmMissing(
  look: Look,
  scope: Scope,
  aws: AwsClients,
): Promise<{ gone: ReadonlySet<string>; present: Inventory["unreadable"] }> {
  const missing = findMissing(look, scope);
  const gone = new Set<string>();
  const present: Inventory["unreadable"][number][] = [];
  await Promise.all(
    missing.map(async ({ cluster, service }) => {
      const answer = await confirmService(aws, cluster, service);
      if (!answer.known) present.push({ cluster, service, failure: answer.failure });
      else if (answer.value === "gone") gone.add(serviceKey(cluster, service));
      else {
        const message = `ECS lists no service ${cluster}/${service}, but says it is there when asked by name; nothing is concluded from the list`;
        present.push({ cluster, service, failure: { code: "ListIncomplete", message } });
      }
    }),
  );
  return { gone, present };
}

function findMissing(
  { inventory, observations }: Look,
  scope: Scope,
): { cluster: string; service: string }[] {
  if (!inventory.clusters.known) return [];
  const present = new Set(
    [...inventory.workloads, ...inventory.leaving].map(({ cluster, service }) =>
      serviceKey(cluster, service),
    ),
  );
  const hidden = (cluster: string, service: string): boolean =>
    inventory.unreadable.some(
      (dark) =>
        dark.cluster === undefined || (dark.cluster === cluster && (dark.service ?? service) === service),
    );
  const missing = new Map<string, { cluster: string; service: string }>();
  for (const observation of observations.values()) {
    if (!observation.known) continue;
    for (const { owned, retain, cluster, service } of observation.value.items.values()) {
      if (
        !owned ||
        // Stays, whether its service is gone or not.
        retain === true ||
        cluster === undefined ||
        service === undefined ||
        isShortened(cluster) ||
        isShortened(service)
      )
        continue;
      const inScope = matchesAnyGlob(cluster, scope.clusters) && matchesAnyGlob(service, scope.services);
      const key = serviceKey(cluster, service);
      if (inScope && !present.has(key) && !hidden(cluster, service)) missing.set(key, { cluster, service });
    }
  }
  return [...missing.values()];
}
