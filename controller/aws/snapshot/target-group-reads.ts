// Reads target groups into facts: the list, those that services name and the list has not, and their tags.
import { DescribeTagsCommand, DescribeTargetGroupsCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { JsonObject } from "../../model/json.ts";
import type { Fact } from "../../model/snapshot.ts";
import type { Tags } from "../../model/workload.ts";
import type { AwsClients } from "../clients.ts";
import { malformed } from "../errors.ts";
import { readAllPages } from "../pages.ts";
import { joinFacts, readFact } from "./facts.ts";
import { freeze } from "./instants.ts";
import { packList } from "./packed-list.ts";

export async function listTargetGroups(aws: AwsClients): Promise<JsonObject[]> {
  const groups = await readAllPages("elasticloadbalancing:DescribeTargetGroups", async (Marker) => {
    const answer = await aws.elb.send(new DescribeTargetGroupsCommand({ PageSize: 400, Marker }));
    return {
      items: answer.TargetGroups && packList(answer.TargetGroups.map(freeze)),
      next: answer.NextMarker,
    };
  });
  return groups;
}

export async function readTargetGroup(aws: AwsClients, arn: string): Promise<JsonObject> {
  const { TargetGroups } = await aws.elb.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [arn] }));
  const [group] = TargetGroups ?? [];
  if (group === undefined)
    throw malformed("elasticloadbalancing:DescribeTargetGroups", `the target group ${arn}`);
  return freeze(group);
}

/**
 * By ARN, at most twenty. Where that fails, each is asked for alone: a plan has them in batches of its own, and fails by
 * those that fail. One that the answer leaves out is not among them.
 */
export async function readTargetGroupTagFacts(
  aws: AwsClients,
  arns: readonly string[],
  keep: (tags: Tags) => Tags,
): Promise<Record<string, Fact<Tags>>> {
  const read = await readFact(async () => {
    const answer = await aws.elb.send(new DescribeTagsCommand({ ResourceArns: [...arns] }));
    return new Map(answer.TagDescriptions?.map(({ ResourceArn, Tags }) => [ResourceArn, Tags]));
  });
  const isWhole = "value" in read && arns.every((arn) => read.value.has(arn));
  if (!isWhole && arns.length > 1)
    return joinFacts(await Promise.all(arns.map((arn) => readTargetGroupTagFacts(aws, [arn], keep))));
  if ("fault" in read) return Object.fromEntries(arns.map((arn) => [arn, read]));
  return Object.fromEntries(
    arns.flatMap((arn) => {
      const tags = read.value.get(arn);
      if (!read.value.has(arn)) return [];
      return [
        [
          arn,
          {
            value: keep(Object.fromEntries((tags ?? []).map(({ Key, Value }) => [String(Key), Value ?? ""]))),
          },
        ],
      ];
    }),
  );
}
