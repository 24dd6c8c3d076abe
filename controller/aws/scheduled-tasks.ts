// Tasks that EventBridge rules run: they name a task definition family, and without a revision they run its latest.
// Source: EventBridge API reference, Target.EcsParameters.

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

export interface ScheduledTask {
  readonly rule: string;
  /** As the target names it: an ARN, with or without a revision. */
  readonly taskDefinition: string;
}

/** IAM actions that reading them sends. */
export const scheduledTaskReads = ["events:ListRuleNamesByTarget", "events:ListTargetsByRule"] as const;

const concurrency = 6;

/** Every ECS target of the default event bus's rules that runs in one of the clusters; all of them, or a failure. */
export async function readScheduledTasks(
  aws: AwsClients,
  clusterArns: readonly string[],
): Promise<Read<readonly ScheduledTask[]>> {
  const queue = new PQueue({ concurrency });
  try {
    const named = await Promise.all(clusterArns.map((arn) => queue.add(() => listRules(aws, arn))));
    const rules = [...new Set(named.flat())].sort();
    const targets = await Promise.all(
      rules.map((rule) => queue.add(async () => ({ rule, targets: await listTargets(aws, rule) }))),
    );
    return known(
      targets.flatMap(({ rule, targets }) =>
        targets.flatMap(({ EcsParameters }) =>
          EcsParameters?.TaskDefinitionArn === undefined
            ? []
            : [{ rule, taskDefinition: EcsParameters.TaskDefinitionArn }],
        ),
      ),
    );
  } catch (error) {
    return unknown(describeAwsError(error, "events:ListRuleNamesByTarget"));
  }
}

function listRules(aws: AwsClients, TargetArn: string): Promise<string[]> {
  return readAllPages("events:ListRuleNamesByTarget", async (NextToken) => {
    const answer = await aws.events.send(
      new ListRuleNamesByTargetCommand({ TargetArn, Limit: 100, NextToken }),
    );
    return { items: answer.RuleNames, next: answer.NextToken };
  });
}

function listTargets(aws: AwsClients, Rule: string): Promise<Target[]> {
  return readAllPages("events:ListTargetsByRule", async (NextToken) => {
    const answer = await aws.events.send(new ListTargetsByRuleCommand({ Rule, Limit: 100, NextToken }));
    return { items: answer.Targets, next: answer.NextToken };
  });
}
