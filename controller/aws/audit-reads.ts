// What an audit reads beside the inventory: all alarms, the rules that take events of ECS with their targets, the log groups
// in use, all metric filters, the topics that are told. Each list once for the account; each can fail alone.
import { DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { DescribeMetricFiltersCommand } from "@aws-sdk/client-cloudwatch-logs";
import { ListRulesCommand, ListTargetsByRuleCommand } from "@aws-sdk/client-eventbridge";
import PQueue from "p-queue";
import { type AlarmFacts, toAlarmFacts } from "../model/alarm-facts.ts";
import type { FilterFacts, LogGroupFacts, RuleFacts, TopicFacts } from "../model/audit-facts.ts";
import { compareText, type JsonObject } from "../model/json.ts";
import { known, type Read, unknown } from "../model/read.ts";
import type { AwsClients } from "./clients.ts";
import { attempt, inventoryReads, type ReadProgress } from "./inventory.ts";
import { readLogGroups } from "./log-groups.ts";
import { readAllPages } from "./pages.ts";
import { readTopics } from "./topics.ts";

/** IAM actions that an audit sends. */
export const auditReads = [
  ...inventoryReads,
  "cloudwatch:DescribeAlarms",
  "events:ListRules",
  "events:ListTargetsByRule",
  "logs:DescribeLogGroups",
  "logs:DescribeMetricFilters",
  "sns:GetTopicAttributes",
  "sns:ListSubscriptionsByTopic",
] as const;

const concurrency = 6;
const alarmTypes = ["MetricAlarm", "CompositeAlarm", "LogAlarm"] as const;

/** All alarms of the account and Region, whoever made them. */
export function readAllAlarms(aws: AwsClients, progress: ReadProgress): Promise<Read<AlarmFacts[]>> {
  return attempt("cloudwatch:DescribeAlarms", async () => {
    let count = 0;
    return readAllPages("cloudwatch:DescribeAlarms", async (NextToken) => {
      const answer = await aws.cloudwatch.send(
        new DescribeAlarmsCommand({ AlarmTypes: [...alarmTypes], MaxRecords: 100, NextToken }),
      );
      const { MetricAlarms, CompositeAlarms, LogAlarms = [], NextToken: next } = answer;
      if (MetricAlarms === undefined || CompositeAlarms === undefined) return { items: undefined, next };
      const toFacts = (type: AlarmFacts["type"], alarms: readonly object[]): AlarmFacts[] =>
        alarms.map((alarm) => toAlarmFacts(type, alarm as JsonObject));
      const items = [
        ...toFacts("MetricAlarm", MetricAlarms),
        ...toFacts("CompositeAlarm", CompositeAlarms),
        ...toFacts("LogAlarm", LogAlarms),
      ];
      count += items.length;
      progress("alarms", count, undefined);
      return { items, next };
    });
  });
}

/** The rules of the default bus that `isMeant`, with their targets. */
export function readRules(
  aws: AwsClients,
  isMeant: (rule: { readonly enabled: boolean; readonly pattern: string }) => boolean,
  progress: ReadProgress,
): Promise<Read<RuleFacts[]>> {
  return attempt("events:ListRules", async () => {
    const rules = await readAllPages("events:ListRules", async (NextToken) => {
      const answer = await aws.events.send(new ListRulesCommand({ Limit: 100, NextToken }));
      return { items: answer.Rules, next: answer.NextToken };
    });
    const meant = rules.flatMap(({ Name, EventPattern, State }) => {
      const rule = { name: String(Name), enabled: State !== "DISABLED", pattern: EventPattern ?? "" };
      return rule.pattern !== "" && isMeant(rule) ? [rule] : [];
    });
    const queue = new PQueue({ concurrency });
    let done = 0;
    return queue.addAll(
      meant.map((rule) => async (): Promise<RuleFacts> => {
        const targets = await attempt("events:ListTargetsByRule", () => readTargets(aws, rule.name));
        progress("rules of events", ++done, meant.length);
        return { ...rule, targets };
      }),
    );
  });
}

async function readTargets(aws: AwsClients, Rule: string): Promise<string[]> {
  const targets = await readAllPages("events:ListTargetsByRule", async (NextToken) => {
    const answer = await aws.events.send(new ListTargetsByRuleCommand({ Rule, Limit: 100, NextToken }));
    return { items: answer.Targets, next: answer.NextToken };
  });
  return targets.flatMap(({ Arn }) => (Arn === undefined ? [] : [Arn]));
}

/** Of the named groups, those that exist. */
export async function readGroups(
  aws: AwsClients,
  names: ReadonlySet<string>,
): Promise<Read<ReadonlyMap<string, LogGroupFacts>>> {
  if (names.size === 0) return known(new Map());
  return attempt("logs:DescribeLogGroups", async () => {
    const groups = await readLogGroups(aws, names);
    return new Map(groups.map(({ name, retention }) => [name, { retention }]));
  });
}

/** All of the account and Region: a call for each group would be many more. */
export function readFilters(aws: AwsClients, progress: ReadProgress): Promise<Read<FilterFacts[]>> {
  return attempt("logs:DescribeMetricFilters", async () => {
    let count = 0;
    return readAllPages("logs:DescribeMetricFilters", async (nextToken) => {
      const answer = await aws.logs.send(new DescribeMetricFiltersCommand({ limit: 50, nextToken }));
      const items = answer.metricFilters?.map(
        ({ filterName = "", logGroupName = "", filterPattern = "", metricTransformations = [] }) => ({
          name: filterName,
          logGroup: logGroupName,
          pattern: filterPattern,
          metrics: metricTransformations.map(
            ({ metricNamespace = "", metricName = "", dimensions = {} }) => ({
              namespace: metricNamespace,
              name: metricName,
              hasDimensions: Object.keys(dimensions).length > 0,
            }),
          ),
        }),
      );
      count += items?.length ?? 0;
      progress("metric filters", count, undefined);
      return { items, next: answer.nextToken };
    });
  });
}

/** By ARN; what is no topic's is left out. */
export async function readToldTopics(
  aws: AwsClients,
  arns: ReadonlySet<string>,
  publisher: { readonly account: string; readonly region: string },
): Promise<ReadonlyMap<string, Read<TopicFacts>>> {
  const read = await readTopics(aws, [...arns].sort(compareText), publisher);
  return new Map(
    [...read].map(([arn, topic]): [string, Read<TopicFacts>] => {
      if (!topic.known) return [arn, topic];
      const { exists, isElsewhere, allowsCloudWatch, confirmedSubscriptions, hasManagedKey } = topic.value;
      if (isElsewhere)
        return [
          arn,
          unknown({
            code: "OtherRegion",
            message: `topic ${arn} is of another Region than ${publisher.region}, and was not looked at`,
          }),
        ];
      return [
        arn,
        known({ exists, allowsCloudWatch: hasManagedKey ? false : allowsCloudWatch, confirmedSubscriptions }),
      ];
    }),
  );
}
