// Tasks that EventBridge's rules and Scheduler's schedules run: they name a task definition family, and without a revision
// they run its latest. Source: EventBridge API reference, Target.EcsParameters.

import {
  ListRuleNamesByTargetCommand,
  ListTargetsByRuleCommand,
  type Target,
} from "@aws-sdk/client-eventbridge";
import PQueue from "p-queue";
import { known, type Read, unknown } from "../model/read.ts";
import type { AwsClients } from "./clients.ts";
import { describeAwsError } from "./errors.ts";
import { readAllPages } from "./pages.ts";
import { readSchedules, scheduleReads } from "./schedules.ts";

export interface ScheduledTask {
  readonly by: "rule" | "schedule";
  /** Of the rule or the schedule. */
  readonly name: string;
  /** As the target names it: an ARN, or a family, with or without a revision. */
  readonly taskDefinition: string;
}

/** IAM actions that reading them sends. */
export const scheduledTaskReads = [
  "events:ListRuleNamesByTarget",
  "events:ListTargetsByRule",
  ...scheduleReads,
] as const;

const concurrency = 6;

/**
 * Every ECS target of the default event bus's rules that runs in one of the clusters, and of all schedules; all of them,
 * or a failure.
 */
export async function readScheduledTasks(
  aws: AwsClients,
  clusterArns: readonly string[],
): Promise<Read<readonly ScheduledTask[]>> {
  try {
    const [byRules, schedules] = await Promise.all([readRuleTasks(aws, clusterArns), readSchedules(aws)]);
    return known([...byRules, ...schedules.map((one) => ({ by: "schedule" as const, ...one }))]);
  } catch (error) {
    return unknown(describeAwsError(error, "events:ListRuleNamesByTarget"));
  }
}

async function readRuleTasks(aws: AwsClients, clusterArns: readonly string[]): Promise<ScheduledTask[]> {
  const queue = new PQueue({ concurrency });
  const named = await Promise.all(clusterArns.map((arn) => queue.add(() => listRulesOf(aws, arn))));
  const rules = [...new Set(named.flat())].sort();
  const targets = await Promise.all(
    rules.map((name) => queue.add(async () => ({ name, targets: await listTargets(aws, name) }))),
  );
  return targets.flatMap(({ name, targets }) =>
    targets.flatMap(({ EcsParameters }) =>
      EcsParameters?.TaskDefinitionArn === undefined
        ? []
        : [{ by: "rule", name, taskDefinition: EcsParameters.TaskDefinitionArn }],
    ),
  );
}

/** Names of the rules that have a cluster for a target. */
export function listRulesOf(aws: AwsClients, TargetArn: string): Promise<string[]> {
  return readAllPages("events:ListRuleNamesByTarget", async (NextToken) => {
    const answer = await aws.events.send(
      new ListRuleNamesByTargetCommand({ TargetArn, Limit: 100, NextToken }),
    );
    return { items: answer.RuleNames, next: answer.NextToken };
  });
}

export function listTargets(aws: AwsClients, Rule: string): Promise<Target[]> {
  return readAllPages("events:ListTargetsByRule", async (NextToken) => {
    const answer = await aws.events.send(new ListTargetsByRuleCommand({ Rule, Limit: 100, NextToken }));
    return { items: answer.Targets, next: answer.NextToken };
  });
}
