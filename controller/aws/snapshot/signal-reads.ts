// Reads what watches and what logs into facts: alarms, dashboards, log groups, metric filters, saved queries; each by
// one list of all there are, since whose policies will be planned is not known.
import {
  DescribeAlarmsCommand,
  GetDashboardCommand,
  ListDashboardsCommand,
  ListTagsForResourceCommand,
} from "@aws-sdk/client-cloudwatch";
import {
  DescribeLogGroupsCommand,
  DescribeMetricFiltersCommand,
  DescribeQueryDefinitionsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { GetResourcesCommand, type TagFilter } from "@aws-sdk/client-resource-groups-tagging-api";
import type { JsonObject } from "../../model/json.ts";
import type { AlarmFacts, TaggedFact } from "../../model/snapshot.ts";
import type { Tags } from "../../model/workload.ts";
import type { AwsClients } from "../clients.ts";
import { malformed } from "../errors.ts";
import { readAllPages } from "../pages.ts";
import { freeze } from "./instants.ts";
import { packList } from "./packed-list.ts";

/** @param isOurs by its name: of all others the description, which may say anything, is left out */
export async function listAlarms(aws: AwsClients, isOurs: (name: unknown) => boolean): Promise<AlarmFacts> {
  const freezeAlarm = (alarm: object): JsonObject => {
    const told = withoutReason(alarm);
    const { AlarmDescription: _, ...rest } = told;
    return freeze(isOurs(told["AlarmName"]) ? told : rest);
  };
  const pages = await readAllPages("cloudwatch:DescribeAlarms", async (NextToken) => {
    const answer = await aws.cloudwatch.send(
      new DescribeAlarmsCommand({
        AlarmTypes: ["MetricAlarm", "CompositeAlarm", "LogAlarm"],
        MaxRecords: 100,
        NextToken,
      }),
    );
    const { MetricAlarms, CompositeAlarms, LogAlarms = [], NextToken: next } = answer;
    if (MetricAlarms === undefined || CompositeAlarms === undefined) return { items: undefined, next };
    const page: AlarmFacts = {
      metric: packList(MetricAlarms.map(freezeAlarm)),
      composite: packList(CompositeAlarms.map(freezeAlarm)),
      log: packList(LogAlarms.map(freezeAlarm)),
    };
    return { items: [page], next };
  });
  return {
    metric: pages.flatMap(({ metric }) => metric),
    composite: pages.flatMap(({ composite }) => composite),
    log: pages.flatMap(({ log }) => log),
  };
}

/** Why it is in its state is told of datapoints, and by log alarms of lines. */
function withoutReason(alarm: object): Record<string, unknown> {
  const { StateReason: _, StateReasonData: __, ...rest } = alarm as Record<string, unknown>;
  return rest;
}

export async function listDashboards(aws: AwsClients): Promise<JsonObject[]> {
  const entries = await readAllPages("cloudwatch:ListDashboards", async (NextToken) => {
    const answer = await aws.cloudwatch.send(new ListDashboardsCommand({ NextToken }));
    return { items: answer.DashboardEntries, next: answer.NextToken };
  });
  return entries.map(freeze);
}

export async function readDashboardBody(aws: AwsClients, DashboardName: string): Promise<string> {
  const { DashboardBody } = await aws.cloudwatch.send(new GetDashboardCommand({ DashboardName }));
  if (DashboardBody === undefined) throw malformed("cloudwatch:GetDashboard", "its body");
  return DashboardBody;
}

export async function readDashboardTags(aws: AwsClients, ResourceARN: string): Promise<Tags> {
  const { Tags } = await aws.cloudwatch.send(new ListTagsForResourceCommand({ ResourceARN }));
  if (Tags === undefined) throw malformed("cloudwatch:ListTagsForResource", "its tags");
  return toTags(Tags);
}

export async function listLogGroups(aws: AwsClients): Promise<JsonObject[]> {
  const groups = await readAllPages("logs:DescribeLogGroups", async (nextToken) => {
    const answer = await aws.logs.send(new DescribeLogGroupsCommand({ limit: 50, nextToken }));
    return { items: answer.logGroups && packList(answer.logGroups.map(freeze)), next: answer.nextToken };
  });
  return groups;
}

export async function listMetricFilters(aws: AwsClients): Promise<JsonObject[]> {
  const filters = await readAllPages("logs:DescribeMetricFilters", async (nextToken) => {
    const answer = await aws.logs.send(new DescribeMetricFiltersCommand({ limit: 50, nextToken }));
    return {
      items: answer.metricFilters && packList(answer.metricFilters.map(freeze)),
      next: answer.nextToken,
    };
  });
  return filters;
}

export async function listQueryDefinitions(aws: AwsClients): Promise<JsonObject[]> {
  const queries = await readAllPages("logs:DescribeQueryDefinitions", async (nextToken) => {
    const answer = await aws.logs.send(new DescribeQueryDefinitionsCommand({ maxResults: 1000, nextToken }));
    return { items: answer.queryDefinitions, next: answer.nextToken };
  });
  return queries.map(freeze);
}

/** What the tag index has of a type of resource, with all tags. `key`: of those alone that carry this tag. */
export async function listTagged(aws: AwsClients, type: string, key?: string): Promise<TaggedFact[]> {
  const TagFilters: TagFilter[] = key === undefined ? [] : [{ Key: key }];
  const resources = await readAllPages("tag:GetResources", async (PaginationToken) => {
    const answer = await aws.tagging.send(
      new GetResourcesCommand({
        ...(TagFilters.length === 0 ? {} : { TagFilters }),
        ResourceTypeFilters: [type],
        ResourcesPerPage: 100,
        PaginationToken,
      }),
    );
    return { items: answer.ResourceTagMappingList, next: answer.PaginationToken };
  });
  return resources.map(({ ResourceARN = "", Tags }) => ({ arn: ResourceARN, tags: toTags(Tags ?? []) }));
}

function toTags(
  tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[],
): Tags {
  return Object.fromEntries(tags.map(({ Key = "", Value = "" }) => [Key, Value]));
}
