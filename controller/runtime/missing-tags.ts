// Services that were read without any tag, where tags decide: a second opinion, asked for by name.
import type { PolicySet } from "../api/policy.ts";
import type { AwsClients } from "../aws/clients.ts";
import { confirmTags } from "../aws/inventory.ts";
import { serviceKey } from "../core/names.ts";
import type { PlanParts } from "../core/plan-parts.ts";
import { matchesPlace } from "../core/selectors.ts";
import { findTagKeys } from "../core/tag-keys.ts";
import type { Inventory, Workload } from "../model/workload.ts";
import type { Look } from "./one-look.ts";

/**
 * Services that were read without any tag, and for which something would change that hangs on tags: their tags are asked for by name before that is believed. What is found wanting is left in the dark.
 */
export async function doubtMissingTags(
  { policies, exceptions }: PolicySet,
  { inventory }: Look,
  { changes }: PlanParts,
  aws: AwsClients,
): Promise<Inventory["unreadable"]> {
  // What belongs to several services hangs on the tags of each of them.
  const changing = new Set(changes.map(({ cluster = "*", service = "*" }) => serviceKey(cluster, service)));
  const mayChange = ({ cluster, service }: Workload): boolean =>
    [serviceKey(cluster, service), serviceKey(cluster, "*"), serviceKey("*", "*")].some((key) =>
      changing.has(key),
    );
  const byTags = [...policies, ...exceptions].filter(({ spec }) => findTagKeys(spec).size > 0);
  // Whether a layer is to be retained stands in the tags too.
  const losing = new Set(
    changes.flatMap(({ kind, id, release }) => (kind === "TaskDefinition" && release ? [id] : [])),
  );
  // So does whether it is an operator's own service, which is not to be redeployed by a glob.
  for (const { kind, impact, id } of changes)
    if (kind === "TaskDefinition" && impact === "deployment") losing.add(id);
  const doubtful = inventory.workloads.filter(
    (workload) =>
      Object.keys(workload.tags).length === 0 &&
      mayChange(workload) &&
      (losing.has(workload.serviceArn) || byTags.some(({ spec }) => matchesPlace(spec.selector, workload))),
  );
  const checked = await Promise.all(doubtful.map((workload) => checkTags(workload, aws)));
  return checked.flat();
}

async function checkTags(
  { cluster, service, serviceArn }: Workload,
  aws: AwsClients,
): Promise<Inventory["unreadable"]> {
  const tags = await confirmTags(aws, serviceArn);
  if (!tags.known) return [{ cluster, service, failure: tags.failure }];
  if (Object.keys(tags.value).length === 0) return [];
  const message = `ecs:DescribeServices gave ${cluster}/${service} no tags, yet it has ${Object.keys(tags.value).length}; nothing is concluded from it`;
  return [{ cluster, service, failure: { code: "TagsIncomplete", message } }];
}

export function setAside(inventory: Inventory, doubted: Inventory["unreadable"]): Inventory {
  const dark = new Set(doubted.map(({ cluster = "", service = "" }) => serviceKey(cluster, service)));
  return {
    ...inventory,
    workloads: inventory.workloads.filter(({ cluster, service }) => !dark.has(serviceKey(cluster, service))),
    unreadable: [...inventory.unreadable, ...doubted],
  };
}
