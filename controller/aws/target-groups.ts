// Reads target groups with their health checks and tags, and the index of those that carry our tag.
import {
  DescribeTagsCommand,
  DescribeTargetGroupsCommand,
  type TargetGroup as ElbTargetGroup,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { GetResourcesCommand } from "@aws-sdk/client-resource-groups-tagging-api";
import { EcsmonError } from "../model/errors.ts";
import { dropUndefined } from "../model/json.ts";
import type { Tags, TargetGroup } from "../model/workload.ts";
import type { AwsClients } from "./clients.ts";
import { errorName, malformed } from "./errors.ts";
import { inBatches, readAllPages } from "./pages.ts";
import { share } from "./shared-values.ts";

/**
 * All of the account and Region. @throws what AWS says, and also when the list leaves out one of `used`, which services
 * name, and which is there when asked for: such a list tells of nothing that it is not there.
 */
export async function readTargetGroups(
  aws: AwsClients,
  used: ReadonlySet<string> = new Set(),
): Promise<TargetGroup[]> {
  const groups = await readAllPages("elasticloadbalancing:DescribeTargetGroups", async (Marker) => {
    const answer = await aws.elb.send(new DescribeTargetGroupsCommand({ PageSize: 400, Marker }));
    return { items: answer.TargetGroups, next: answer.NextMarker };
  });
  const listed = new Set(groups.map(({ TargetGroupArn }) => TargetGroupArn));
  await Promise.all([...used].filter((arn) => !listed.has(arn)).map((arn) => confirmGone(aws, arn)));
  return groups.map(toTargetGroup);
}

/** Those of the given ARNs that exist; twenty a call. One that is gone fails its call: then each is asked for alone. */
export async function readNamedTargetGroups(
  aws: AwsClients,
  arns: readonly string[],
): Promise<TargetGroup[]> {
  const read = await Promise.all(
    inBatches(arns, 20).map(async (batch) => {
      try {
        return await readByArns(aws, batch);
      } catch (error) {
        if (!/^TargetGroupNotFound/.test(errorName(error))) throw error;
        const single =
          batch.length > 1 ? await Promise.all(batch.map((arn) => readNamedTargetGroups(aws, [arn]))) : [];
        return single.flat();
      }
    }),
  );
  return read.flat();
}

async function readByArns(aws: AwsClients, arns: string[]): Promise<TargetGroup[]> {
  const { TargetGroups } = await aws.elb.send(new DescribeTargetGroupsCommand({ TargetGroupArns: arns }));
  const found = new Set(TargetGroups?.map(({ TargetGroupArn }) => TargetGroupArn));
  const lacking = arns.find((arn) => !found.has(arn));
  if (TargetGroups === undefined || lacking !== undefined)
    throw malformed(
      "elasticloadbalancing:DescribeTargetGroups",
      `the target group ${lacking}, which was asked for`,
    );
  return TargetGroups.map(toTargetGroup);
}

async function confirmGone(aws: AwsClients, arn: string): Promise<void> {
  try {
    await aws.elb.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [arn] }));
  } catch (error) {
    if (/^TargetGroupNotFound/.test(errorName(error))) return;
    throw error;
  }
  throw new EcsmonError(
    "ListIncomplete",
    `elasticloadbalancing:DescribeTargetGroups lists no target group ${arn}, and does not say that it is gone when asked for it; nothing is concluded from the list`,
    { fault: "aws", remedy: "retry" },
  );
}

function toTargetGroup(described: ElbTargetGroup): TargetGroup {
  // Texts cut out of an XML answer hold on to the whole of it: copies do not.
  const group = JSON.parse(JSON.stringify(described)) as ElbTargetGroup;
  const { Protocol: protocol, ProtocolVersion: protocolVersion, TargetType: targetType } = group;
  const { HttpCode, GrpcCode } = group.Matcher ?? {};
  return {
    arn: group.TargetGroupArn as string,
    loadBalancerArn: group.LoadBalancerArns?.[0],
    ...(protocol === undefined ? {} : { protocol }),
    ...(protocolVersion === undefined ? {} : { protocolVersion }),
    ...(targetType === undefined ? {} : { targetType }),
    healthCheck: share(
      dropUndefined({
        HealthCheckProtocol: group.HealthCheckProtocol,
        HealthCheckPort: group.HealthCheckPort,
        HealthCheckPath: group.HealthCheckPath,
        Matcher: group.Matcher && dropUndefined({ HttpCode, GrpcCode }),
        HealthCheckIntervalSeconds: group.HealthCheckIntervalSeconds,
        HealthCheckTimeoutSeconds: group.HealthCheckTimeoutSeconds,
        HealthyThresholdCount: group.HealthyThresholdCount,
        UnhealthyThresholdCount: group.UnhealthyThresholdCount,
      }),
    ),
  };
}

/**
 * ARNs of the target groups that carry a tag, a hundred a call. The index lags behind writes: a group that it lists may
 * have lost the tag or be gone, and one that it leaves out may carry it.
 */
export async function findTaggedTargetGroups(aws: AwsClients, key: string, value: string): Promise<string[]> {
  const resources = await readAllPages("tag:GetResources", async (PaginationToken) => {
    const answer = await aws.tagging.send(
      new GetResourcesCommand({
        TagFilters: [{ Key: key, Values: [value] }],
        ResourceTypeFilters: ["elasticloadbalancing:targetgroup"],
        ResourcesPerPage: 100,
        PaginationToken,
      }),
    );
    return { items: answer.ResourceTagMappingList, next: answer.PaginationToken };
  });
  return resources.flatMap(({ ResourceARN }) =>
    ResourceARN?.includes(":targetgroup/") ? [ResourceARN] : [],
  );
}

/** Tags by ARN, of groups that exist; twenty a call. @throws also when one of them is left out of the answer. */
export async function readTargetGroupTags(
  aws: AwsClients,
  arns: readonly string[],
): Promise<Map<string, Tags>> {
  const read = await Promise.all(
    inBatches(arns, 20).map(async (batch) => {
      const { TagDescriptions } = await aws.elb.send(new DescribeTagsCommand({ ResourceArns: batch }));
      const byArn = new Map(TagDescriptions?.map(({ ResourceArn, Tags }) => [ResourceArn, Tags]));
      return batch.map((arn): [string, Tags] => {
        if (!byArn.has(arn))
          throw malformed(
            "elasticloadbalancing:DescribeTags",
            `the target group ${arn}, which was asked for`,
          );
        const tags = byArn.get(arn) ?? [];
        return [arn, Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value ?? ""]))];
      });
    }),
  );
  return new Map(read.flat());
}
