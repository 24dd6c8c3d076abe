// How the deployment of a service stands, as ECS and our own alarms of that service tell it.
import { DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import {
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  type Service,
} from "@aws-sdk/client-ecs";
import type { Failure } from "../model/errors.ts";
import type { AwsClients } from "./clients.ts";
import { describeAwsError, malformed } from "./errors.ts";
import { describeDeployment } from "./inventory.ts";

export type Rollout =
  | { readonly state: "settled" }
  | { readonly state: "rolling"; readonly text: string }
  /** Somebody else's revision runs now: theirs wins. */
  | { readonly state: "superseded"; readonly by: string }
  /** `restored`: ECS itself has put the former revision back. */
  | { readonly state: "failed"; readonly failure: Failure; readonly restored: boolean };

/** A rollout under way. */
export interface RollingChange {
  /** When it began, in milliseconds, if that was before it was watched: its time has run since then. */
  readonly since?: number;
  /** How it stands. Throws when that could not be read, which says nothing of the rollout. */
  check(): Promise<Rollout>;
  /** Puts back what ran before, and remembers that this layer failed on this revision. */
  putBack(): Promise<void>;
}

export interface RolloutQuestion {
  readonly cluster: string;
  readonly service: string;
  /** The revision that ran before. */
  readonly from: string;
  /** The revision that is rolled out. */
  readonly to: string;
  /** Alarms of ours that fired already when the rollout began; undefined: not known, so alarms have no say. */
  readonly firing: ReadonlySet<string> | undefined;
  readonly alarmPrefix: string;
}

/** @throws what AWS says, also when the answer holds no such service: that is no verdict on the rollout. */
export async function readRollout(aws: AwsClients, question: RolloutQuestion): Promise<Rollout> {
  const { cluster, service, from, to } = question;
  const current = await readService(aws, cluster, service);
  const running = current.taskDefinition ?? "";
  const failed = current.deployments?.find(({ rolloutState }) => rolloutState === "FAILED");
  if (running === from || failed !== undefined) {
    const reason = failed?.rolloutStateReason ?? current.events?.[0]?.message ?? "ECS gives no reason";
    const message = [reason, ...(await readStoppedReasons(aws, cluster, service))].join("; ");
    return {
      state: "failed",
      failure: { code: running === from ? "RolledBack" : "RolloutFailed", message },
      restored: running === from,
    };
  }
  if (running !== to) return { state: "superseded", by: running };
  const fired = await findNewlyFiring(aws, question);
  if (fired.length > 0) {
    const failure = { code: "AlarmFired", message: `${fired.join(", ")} went into ALARM` };
    return { state: "failed", failure, restored: false };
  }
  const text = describeDeployment(current);
  return text === undefined ? { state: "settled" } : { state: "rolling", text };
}

export async function readService(aws: AwsClients, cluster: string, service: string): Promise<Service> {
  const answer = await aws.ecs.send(new DescribeServicesCommand({ cluster, services: [service] }));
  const current = answer.services?.find(({ serviceName }) => serviceName === service);
  if (current === undefined)
    throw malformed("ecs:DescribeServices", `the service ${cluster}/${service}, which was asked for`);
  return current;
}

async function findNewlyFiring(aws: AwsClients, { firing, alarmPrefix }: RolloutQuestion): Promise<string[]> {
  if (firing === undefined) return [];
  const now = await readFiringAlarms(aws, alarmPrefix);
  return [...(now ?? [])].filter((name) => !firing.has(name));
}

/** Names of the alarms below a prefix that are in ALARM; undefined where they cannot be read. */
export async function readFiringAlarms(aws: AwsClients, prefix: string): Promise<Set<string> | undefined> {
  try {
    const command = new DescribeAlarmsCommand({
      AlarmNamePrefix: prefix,
      StateValue: "ALARM",
      MaxRecords: 100,
    });
    const { MetricAlarms } = await aws.cloudwatch.send(command);
    return MetricAlarms && new Set(MetricAlarms.flatMap(({ AlarmName }) => AlarmName ?? []));
  } catch {
    // A rollout is judged by its deployment first; alarms that cannot be read must not hold it up.
    return undefined;
  }
}

/** Why tasks of the service stopped of late, each reason once. Best effort: the rollout has failed with or without them. */
async function readStoppedReasons(aws: AwsClients, cluster: string, service: string): Promise<string[]> {
  try {
    const { taskArns = [] } = await aws.ecs.send(
      new ListTasksCommand({ cluster, serviceName: service, desiredStatus: "STOPPED", maxResults: 10 }),
    );
    if (taskArns.length === 0) return [];
    const { tasks = [] } = await aws.ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
    const reasons = tasks.map(({ stoppedReason, containers = [] }) => {
      const details = containers.flatMap(({ name, exitCode, reason }) => {
        if (reason !== undefined) return [`${name}: ${reason}`];
        return exitCode === undefined || exitCode === 0 ? [] : [`${name} exited with ${exitCode}`];
      });
      return [stoppedReason, ...details].filter((part) => part !== undefined).join(", ");
    });
    return [...new Set(reasons)]
      .filter((reason) => reason !== "")
      .slice(0, 3)
      .map((reason) => `a task stopped: ${reason}`);
  } catch (error) {
    return [`why tasks stopped could not be read: ${describeAwsError(error, "ecs:DescribeTasks").message}`];
  }
}
