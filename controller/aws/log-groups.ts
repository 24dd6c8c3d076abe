// Reads log groups and their tags.
import {
  DescribeLogGroupsCommand,
  type DescribeLogGroupsCommandOutput,
  ListTagsForResourceCommand,
  type LogGroup,
} from "@aws-sdk/client-cloudwatch-logs";
import { GetResourcesCommand } from "@aws-sdk/client-resource-groups-tagging-api";
import { compareText } from "../model/json.ts";
import type { Tags } from "../model/workload.ts";
import type { AwsClients } from "./clients.ts";
import { malformed } from "./errors.ts";
import { readAllPages } from "./pages.ts";

export interface LiveLogGroup {
  readonly name: string;
  /** Without the `:*` at its end. */
  readonly arn: string;
  /** Days; undefined: never expires. */
  readonly retention: number | undefined;
  /** The account's policy whose retention stands in place of the group's own, which then cannot be read. */
  readonly overriddenBy: string | undefined;
  /** Epoch milliseconds. */
  readonly createdAt: number | undefined;
}

/** Those of the named groups that exist. */
export async function readLogGroups(aws: AwsClients, names: ReadonlySet<string>): Promise<LiveLogGroup[]> {
  const found = new Map<string, LiveLogGroup>();
  for (const logGroupNamePrefix of choosePrefixes([...names])) {
    const groups = await readAllPages("logs:DescribeLogGroups", async (nextToken) => {
      const answer = await aws.logs.send(
        new DescribeLogGroupsCommand({ logGroupNamePrefix, limit: 50, nextToken }),
      );
      return { items: answer.logGroups, next: answer.nextToken };
    });
    for (const group of groups)
      if (group.logGroupName !== undefined && names.has(group.logGroupName))
        found.set(group.logGroupName, toLiveGroup(group.logGroupName, group));
  }
  return [...found.values()];
}

/**
 * The same for a few names, a call each: groups come in ASCII order (DescribeLogGroups API reference), so the one whose
 * name is the prefix is the first, however many begin with it.
 */
export async function readNamedLogGroups(
  aws: AwsClients,
  names: ReadonlySet<string>,
): Promise<LiveLogGroup[]> {
  const read = [...names].map(async (name): Promise<LiveLogGroup[]> => {
    let nextToken: string | undefined;
    do {
      const answer: DescribeLogGroupsCommandOutput = await aws.logs.send(
        new DescribeLogGroupsCommand({ logGroupNamePrefix: name, limit: 50, nextToken }),
      );
      if (answer.logGroups === undefined) throw malformed("logs:DescribeLogGroups", "its list");
      const group = answer.logGroups.find(({ logGroupName }) => logGroupName === name);
      if (group !== undefined) return [toLiveGroup(name, group)];
      if (answer.logGroups.length > 0) return [];
      nextToken = answer.nextToken;
    } while (nextToken !== undefined);
    return [];
  });
  return (await Promise.all(read)).flat();
}

function toLiveGroup(name: string, { logGroupArn, arn, ...group }: LogGroup): LiveLogGroup {
  return {
    name,
    arn: (logGroupArn ?? arn ?? "").replace(/:\*$/, ""),
    retention: group.retentionInDays,
    overriddenBy: group.retentionPolicyName,
    createdAt: group.creationTime,
  };
}

/** The groups that carry a tag, with all their tags, by name; a hundred a call. (`logs` is every resource type of Logs.) */
export async function readTaggedLogGroups(
  aws: AwsClients,
  key: string,
  value: string,
): Promise<Map<string, Tags>> {
  const resources = await readAllPages("tag:GetResources", async (PaginationToken) => {
    const answer = await aws.tagging.send(
      new GetResourcesCommand({
        TagFilters: [{ Key: key, Values: [value] }],
        ResourceTypeFilters: ["logs"],
        ResourcesPerPage: 100,
        PaginationToken,
      }),
    );
    return { items: answer.ResourceTagMappingList, next: answer.PaginationToken };
  });
  const index = new Map<string, Tags>();
  for (const { ResourceARN = "", Tags: tags = [] } of resources) {
    if (!tags.some((tag) => tag.Key === key))
      throw malformed("tag:GetResources", `the tag ${key} that it was asked for`);
    const name = /:log-group:(.+?)(:\*)?$/.exec(ResourceARN)?.[1];
    if (name !== undefined)
      index.set(name, Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value ?? ""])));
  }
  return index;
}

export async function readLogGroupTags(aws: AwsClients, resourceArn: string): Promise<Tags> {
  const { tags } = await aws.logs.send(new ListTagsForResourceCommand({ resourceArn }));
  if (tags === undefined) throw malformed("logs:ListTagsForResource", "its tags");
  return tags;
}

/** Few prefixes that hold all names: `/ecs/` for many groups below it, whole names where they are few. */
function choosePrefixes(names: readonly string[]): string[] {
  const byHead = new Map<string, string[]>();
  for (const name of names) {
    const head = /^\/?[^/]+\//.exec(name)?.[0] ?? name;
    byHead.set(head, [...(byHead.get(head) ?? []), name]);
  }
  return [...byHead].flatMap(([head, members]) => (members.length > 2 ? [head] : members)).sort(compareText);
}
