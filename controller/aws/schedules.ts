// Tasks that EventBridge Scheduler runs: its schedules are no rules, and name a task definition family as rules do, or in
// the input of a call to ECS. Sources: Scheduler API reference, Target; user guide, universal targets.
import type { GetScheduleOutput, SchedulerClient, Target } from "@aws-sdk/client-scheduler";
import PQueue from "p-queue";
import { EcsmonError } from "../model/errors.ts";
import type { AwsClients } from "./clients.ts";
import { lacksOperation } from "./emulator.ts";
import { describeAwsError, errorName, malformed } from "./errors.ts";
import { readAllPages } from "./pages.ts";

export interface Schedule {
  /** With its group, `GROUP/NAME`, outside the default one. */
  readonly name: string;
  /** As the target names it: an ARN, or a family, with or without a revision. */
  readonly taskDefinition: string;
}

/** IAM actions that reading them sends. */
export const scheduleReads = ["scheduler:ListSchedules", "scheduler:GetSchedule"] as const;

const concurrency = 6;
const cluster = /^arn:aws[\w-]*:ecs:[^:]*:\d*:cluster\//;
/** Any call to ECS that names a task definition: `runTask` mostly. */
const ecsCall = /^arn:aws[\w-]*:scheduler:::aws-sdk:ecs:/;

/** Every schedule of the Region whose target runs an ECS task, enabled or not; all of them, or an `EcsmonError`. */
export async function readSchedules(aws: AwsClients): Promise<readonly Schedule[]> {
  if (aws.isEmulated("SCHEDULER")) return [];
  const client = await aws.scheduler();
  const named = await listSchedules(client);
  const queue = new PQueue({ concurrency });
  const schedules = await Promise.all(
    named.map((one) =>
      queue.add(async () => {
        const target = await getTarget(client, one);
        const taskDefinition = target && taskDefinitionOf(target);
        const name = one.group === "default" ? one.name : `${one.group}/${one.name}`;
        return taskDefinition === undefined ? [] : [{ name, taskDefinition }];
      }),
    ),
  );
  return schedules.flat();
}

export interface NamedSchedule {
  readonly group: string;
  readonly name: string;
  readonly targetArn: string;
}

/** Those whose target may run a task; a list tells of the target its ARN alone. */
export async function listSchedules(client: SchedulerClient): Promise<NamedSchedule[]> {
  const operation = "scheduler:ListSchedules";
  const { ListSchedulesCommand } = await import("@aws-sdk/client-scheduler");
  const summaries = await readAllPages(operation, async (NextToken) => {
    try {
      const answer = await client.send(new ListSchedulesCommand({ MaxResults: 100, NextToken }));
      return { items: answer.Schedules, next: answer.NextToken };
    } catch (error) {
      if (NextToken === undefined && lacksOperation("SCHEDULER", error, process.env))
        return { items: [], next: undefined };
      throw error;
    }
  });
  return summaries.flatMap(({ Name, GroupName, Target }) => {
    if (Name === undefined || Target?.Arn === undefined)
      throw malformed(operation, "a schedule's name or target");
    if (!cluster.test(Target.Arn) && !ecsCall.test(Target.Arn)) return [];
    return [{ group: GroupName ?? "default", name: Name, targetArn: Target.Arn }];
  });
}

/** Undefined for one that is gone meanwhile: a schedule may delete itself when it is done. */
export async function getTarget(
  client: SchedulerClient,
  { group, name }: Pick<NamedSchedule, "group" | "name">,
): Promise<Target | undefined> {
  const operation = "scheduler:GetSchedule";
  const { GetScheduleCommand } = await import("@aws-sdk/client-scheduler");
  let answer: GetScheduleOutput;
  try {
    answer = await client.send(new GetScheduleCommand({ Name: name, GroupName: group }));
  } catch (error) {
    if (errorName(error) === "ResourceNotFoundException") return undefined;
    const { code, message } = describeAwsError(error, operation);
    throw new EcsmonError(code, message, { fault: "aws", remedy: "retry", cause: error });
  }
  if (answer.Target === undefined) throw malformed(operation, "its target");
  return answer.Target;
}

/** As the target names it; undefined where it runs no task. */
export function taskDefinitionOf(target: Target): string | undefined {
  return (
    target.EcsParameters?.TaskDefinitionArn ??
    (ecsCall.test(target.Arn ?? "") ? namedIn(target.Input) : undefined)
  );
}

/** Scheduler takes nothing but JSON for a call; what is none could run nothing. */
function namedIn(input: string | undefined): string | undefined {
  let parameters: unknown;
  try {
    parameters = JSON.parse(input ?? "");
  } catch {
    return undefined;
  }
  const entries = Object.entries(Object(parameters) as Record<string, unknown>);
  const [, named] = entries.find(([key]) => key.toLowerCase() === "taskdefinition") ?? [];
  return typeof named === "string" ? named : undefined;
}
