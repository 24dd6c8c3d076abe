// Tags of log groups, read once for each look at the account: the groups' own kind looks at them, and that of metric
// filters, whose marks stand there.
import type { AwsClients } from "../aws/clients.ts";
import { readLogGroupTags, readTaggedLogGroups } from "../aws/log-groups.ts";
import { ownerTag } from "../core/names.ts";
import type { Inventory, Tags } from "../model/workload.ts";

interface Look {
  index?: Promise<ReadonlyMap<string, Tags>>;
  readonly byName: Map<string, Promise<Tags>>;
}

const looks = new WeakMap<Inventory, Look>();

function lookOf(inventory: Inventory): Look {
  const look = looks.get(inventory) ?? { byName: new Map() };
  looks.set(inventory, look);
  return look;
}

/** Groups with our owner tag, by name, as the index has them: it lags behind writes. */
export function readGroupIndex(
  aws: AwsClients,
  owner: string,
  inventory: Inventory,
): Promise<ReadonlyMap<string, Tags>> {
  const look = lookOf(inventory);
  look.index ??= readTaggedLogGroups(aws, ownerTag, owner);
  return look.index;
}

/** The tags of one group, asked for by its name. */
export function readGroupTags(aws: AwsClients, inventory: Inventory, name: string): Promise<Tags> {
  const { byName } = lookOf(inventory);
  const read = byName.get(name) ?? readLogGroupTags(aws, logGroupArn(inventory, name));
  byName.set(name, read);
  return read;
}

export function logGroupArn(
  { partition, region, account }: Pick<Inventory, "partition" | "region" | "account">,
  name: string,
): string {
  return `arn:${partition}:logs:${region}:${account}:log-group:${name}`;
}
