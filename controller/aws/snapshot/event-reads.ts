// Reads EventBridge's rules and Scheduler's schedules into facts. Of those that are not ours nothing is kept but the
// task definitions that they run: their inputs are values of their owner's.
import { ListRulesCommand, ListTagsForResourceCommand, type Target } from "@aws-sdk/client-eventbridge";
import type { JsonObject } from "../../model/json.ts";
import type { Tags } from "../../model/workload.ts";
import type { AwsClients } from "../clients.ts";
import { malformed } from "../errors.ts";
import { readAllPages } from "../pages.ts";
import { listTargets } from "../scheduled-tasks.ts";
import { getTarget, listSchedules, type NamedSchedule, taskDefinitionOf } from "../schedules.ts";
import { freeze } from "./instants.ts";

/** Of the default bus. */
export async function listRules(aws: AwsClients): Promise<JsonObject[]> {
  const rules = await readAllPages("events:ListRules", async (NextToken) => {
    const answer = await aws.events.send(new ListRulesCommand({ Limit: 100, NextToken }));
    return { items: answer.Rules, next: answer.NextToken };
  });
  return rules.map(freeze);
}

export async function readRuleTags(aws: AwsClients, ResourceARN: string): Promise<Tags> {
  const { Tags } = await aws.events.send(new ListTagsForResourceCommand({ ResourceARN }));
  if (Tags === undefined) throw malformed("events:ListTagsForResource", "its list");
  return Object.fromEntries(Tags.map(({ Key, Value }) => [String(Key), String(Value)]));
}

export async function readRuleTargets(aws: AwsClients, rule: string, isOurs: boolean): Promise<JsonObject[]> {
  return (await listTargets(aws, rule)).map((target) => freeze(isOurs ? target : cutTarget(target)));
}

function cutTarget({ Id, Arn, EcsParameters }: Target): object {
  const { TaskDefinitionArn } = EcsParameters ?? {};
  return { Id, Arn, ...(TaskDefinitionArn === undefined ? {} : { EcsParameters: { TaskDefinitionArn } }) };
}

/** Those that may run a task. */
export async function listTaskSchedules(aws: AwsClients): Promise<JsonObject[]> {
  const schedules = await listSchedules(await aws.scheduler());
  return schedules.map(({ group, name, targetArn }) => ({
    GroupName: group,
    Name: name,
    Target: { Arn: targetArn },
  }));
}

/** `taskDefinition`, where it runs one; `gone` for a schedule that deleted itself meanwhile. */
export async function readScheduleTarget(
  aws: AwsClients,
  schedule: Pick<NamedSchedule, "group" | "name">,
): Promise<JsonObject> {
  const target = await getTarget(await aws.scheduler(), schedule);
  if (target === undefined) return { gone: true };
  const taskDefinition = taskDefinitionOf(target);
  return taskDefinition === undefined ? {} : { taskDefinition };
}
