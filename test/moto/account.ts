// A picture of all that ecsmon could touch in the account, read past the proxy: what tests compare.
import { DescribeAlarmsCommand, type MetricAlarm } from "@aws-sdk/client-cloudwatch";
import {
  DescribeLogGroupsCommand,
  DescribeMetricFiltersCommand,
  ListTagsForResourceCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  DescribeClustersCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  type DescribeTaskDefinitionCommandOutput,
  ListServicesCommand,
} from "@aws-sdk/client-ecs";
import type { Clients } from "./clients.ts";

export interface Account {
  /** By name. */
  readonly alarms: Readonly<Record<string, MetricAlarm>>;
  /** By name. */
  readonly filters: Readonly<Record<string, unknown>>;
  /** By name. */
  readonly logGroups: Readonly<
    Record<string, { readonly retention: number | undefined; readonly tags: Tags }>
  >;
  /** By cluster. */
  readonly clusterTags: Readonly<Record<string, unknown>>;
  /** By `cluster/service`: what the current revision says and how it is tagged, without what each revision has of its own. */
  readonly taskDefinitions: Readonly<Record<string, { readonly input: TaskInput; readonly tags: unknown }>>;
  /** By `cluster/service`: the current revision. */
  readonly revisions: Readonly<Record<string, string>>;
}

type Tags = Readonly<Record<string, string>>;
export type TaskInput = Omit<
  NonNullable<DescribeTaskDefinitionCommandOutput["taskDefinition"]>,
  "taskDefinitionArn" | "revision" | "registeredAt" | "status" | "compatibilities" | "requiresAttributes"
>;

const clusters = ["prod-a", "other"];

export async function readAccount(aws: Clients): Promise<Account> {
  const services = (await Promise.all(clusters.map((cluster) => readServices(aws, cluster)))).flat();
  return {
    ...(await readMonitoring(aws)),
    clusterTags: await readClusterTags(aws),
    taskDefinitions: Object.fromEntries(services.map(({ key, input, tags }) => [key, { input, tags }])),
    revisions: Object.fromEntries(services.map(({ key, revision }) => [key, revision])),
  };
}

async function readMonitoring(aws: Clients): Promise<Pick<Account, "alarms" | "filters" | "logGroups">> {
  const { MetricAlarms = [] } = await aws.cloudwatch.send(new DescribeAlarmsCommand({}));
  const { metricFilters = [] } = await aws.logs.send(new DescribeMetricFiltersCommand({}));
  const { logGroups = [] } = await aws.logs.send(new DescribeLogGroupsCommand({}));
  const groups = logGroups.map(async ({ logGroupName, arn = "", retentionInDays }) => {
    const resourceArn = arn.replace(/:\*$/, "");
    const { tags = {} } = await aws.logs.send(new ListTagsForResourceCommand({ resourceArn }));
    return [logGroupName, { retention: retentionInDays, tags }] as const;
  });
  return {
    alarms: Object.fromEntries(MetricAlarms.map((alarm) => [alarm.AlarmName, alarm])),
    filters: Object.fromEntries(metricFilters.map((filter) => [filter.filterName, filter])),
    logGroups: Object.fromEntries(await Promise.all(groups)),
  };
}

async function readClusterTags(aws: Clients): Promise<Record<string, unknown>> {
  const answer = await aws.ecs.send(new DescribeClustersCommand({ clusters, include: ["TAGS", "SETTINGS"] }));
  return Object.fromEntries(
    (answer.clusters ?? []).map(({ clusterName, tags, settings }) => [clusterName, { tags, settings }]),
  );
}

async function readServices(
  aws: Clients,
  cluster: string,
): Promise<{ key: string; revision: string; input: TaskInput; tags: unknown }[]> {
  const { serviceArns = [] } = await aws.ecs.send(new ListServicesCommand({ cluster, maxResults: 100 }));
  const { services = [] } = await aws.ecs.send(
    new DescribeServicesCommand({ cluster, services: serviceArns }),
  );
  return Promise.all(
    services.map(async ({ serviceName, taskDefinition = "" }) => {
      const { input, tags } = await readRevision(aws, taskDefinition);
      return { key: `${cluster}/${serviceName}`, revision: taskDefinition, input, tags };
    }),
  );
}

export async function readRevision(
  aws: Clients,
  taskDefinition: string,
): Promise<{ readonly input: TaskInput; readonly tags: unknown }> {
  const { taskDefinition: described = {}, tags } = await aws.ecs.send(
    new DescribeTaskDefinitionCommand({ taskDefinition, include: ["TAGS"] }),
  );
  const {
    taskDefinitionArn: _,
    revision: __,
    registeredAt: ___,
    status: ____,
    compatibilities: _____,
    requiresAttributes: ______,
    ...input
  } = described;
  return { input, tags };
}
