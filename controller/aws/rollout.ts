// How the deployment of a service stands, as ECS and our own alarms of that service tell it.
import { DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import {
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  type Service,
} from "@aws-sdk/client-ecs";
import type { Failure } from "../model/errors.ts";
import { type OwnStrategy, readOwnStrategy } from "../model/own-strategy.ts";
import type { AwsClients } from "./clients.ts";
import { describeAwsError, malformed } from "./errors.ts";
import { describeDeployment } from "./inventory.ts";
import { readAllPages } from "./pages.ts";

export type Rollout =
  | { readonly state: "settled" }
  | { readonly state: "rolling"; readonly text: string; readonly own?: OwnRollout }
  /** Somebody else's revision runs now: theirs wins. */
  | { readonly state: "superseded"; readonly by: string }
  /** `restored`: ECS itself has put the former revision back. */
  | { readonly state: "failed"; readonly failure: Failure; readonly restored: boolean };

/** A deployment by one of ECS's own strategies, which may go on for long although nothing is wrong. */
export interface OwnRollout {
  readonly strategy: string;
  /** Seconds that it may take beside its timeout, from where it stands. */
  readonly seconds: number;
  /** All tasks of the new revision run, and none has failed: ECS shifts traffic, bakes, or waits for a person. */
  readonly isShifting: boolean;
}

/** A rollout under way. */
export interface RollingChange {
  /** When it began, in milliseconds, if that was before it was watched: its time has run since then. */
  readonly since?: number;
  /** How it stands. Throws when that could not be read, which says nothing of the rollout. */
  check(): Promise<Rollout>;
  /** Why tasks of it stopped so far, each reason once; throws nothing. */
  explain(): Promise<readonly string[]>;
  /**
   * Puts back what ran before, and remembers that this layer failed on this revision. Where somebody else has deployed
   * by then, theirs stays, and its ARN is returned.
   */
  putBack(): Promise<string | undefined>;
}

export interface RolloutQuestion {
  readonly cluster: string;
  readonly service: string;
  /** The revision that ran before. */
  readonly from: string;
  /** The revision that is rolled out. */
  readonly to: string;
  /** Ids of deployments and events that stood there before it began: they tell nothing of it. */
  readonly earlier: ReadonlySet<string>;
  /** Alarms of ours that fired already when the rollout began; undefined: not known, so alarms have no say. */
  readonly firing: ReadonlySet<string> | undefined;
  readonly alarmPrefix: string;
}

/** @throws what AWS says, also when the answer holds no such service: that is no verdict on the rollout. */
export async function readRollout(aws: AwsClients, question: RolloutQuestion): Promise<Rollout> {
  const { cluster, service, from, to } = question;
  const current = await readService(aws, cluster, service);
  const running = current.taskDefinition ?? "";
  const reason = findFailure(current, question);
  if (running === from || (running === to && reason !== undefined)) {
    const why = reason ?? "ECS gives no reason";
    const message = [why, ...(await readStoppedReasons(aws, question))].join("; ");
    return {
      state: "failed",
      failure: { code: running === from ? "RolledBack" : "RolloutFailed", message },
      restored: running === from,
    };
  }
  if (running !== to) return { state: "superseded", by: running };
  const fired = await findNewlyFiring(aws, question);
  if (fired.length > 0) {
    const what = `${fired.join(", ")} went into ALARM`;
    const message = [what, ...(await readStoppedReasons(aws, question))].join("; ");
    return { state: "failed", failure: { code: "AlarmFired", message }, restored: false };
  }
  const text = describeDeployment(current);
  return text === undefined ? { state: "settled" } : describeRolling(current, text);
}

/** A deployment of the revision that failed, of those that began since; once ECS has rolled back, its events tell. */
function findFailure(current: Service, { from, to, earlier }: RolloutQuestion): string | undefined {
  const isNew = ({ id = "" }: { id?: string | undefined }): boolean => !earlier.has(id);
  const failed = current.deployments?.find(
    (one) => one.rolloutState === "FAILED" && one.taskDefinition === to && isNew(one),
  );
  if (failed !== undefined) return failed.rolloutStateReason ?? "the deployment failed";
  if (current.taskDefinition !== from) return undefined;
  return current.events?.find((one) => isNew(one) && tellsFailure(one.message))?.message;
}

/** Past the service's name, with which every event begins: `(service failover-api) has reached a steady state.` */
function tellsFailure(message = ""): boolean {
  return /fail|roll(?:ing|ed) back/i.test(message.replace(/^\(service [^)]*\)/, ""));
}

function describeRolling(current: Service, text: string): Rollout {
  const own = readOwnStrategy(current.deploymentConfiguration);
  if (own === undefined) return { state: "rolling", text };
  const primary = current.deployments?.find(({ status }) => status === "PRIMARY");
  const { runningCount = 0, desiredCount = 0, pendingCount = 0, failedTasks = 0 } = primary ?? {};
  const isShifting = runningCount >= desiredCount && pendingCount === 0 && failedTasks === 0;
  const seconds = isShifting ? own.seconds : own.secondsBefore;
  return {
    state: "rolling",
    text: isShifting ? `${text}; ${describeShifting(own)}` : text,
    own: { strategy: own.name, seconds, isShifting },
  };
}

function describeShifting({ name }: OwnStrategy): string {
  return `ECS shifts its traffic and lets it bake (${name})`;
}

export async function readService(aws: AwsClients, cluster: string, service: string): Promise<Service> {
  const answer = await aws.ecs.send(new DescribeServicesCommand({ cluster, services: [service] }));
  const current = answer.services?.find(({ serviceName }) => serviceName === service);
  if (current === undefined)
    throw malformed("ecs:DescribeServices", `the service ${cluster}/${service}, which was asked for`);
  return current;
}

/** Ids of what a service's answer tells of the past. */
export function listEarlier({ deployments = [], events = [] }: Service): ReadonlySet<string> {
  return new Set([...deployments, ...events].flatMap(({ id }) => id ?? []));
}

async function findNewlyFiring(aws: AwsClients, { firing, alarmPrefix }: RolloutQuestion): Promise<string[]> {
  if (firing === undefined) return [];
  const now = await readFiringAlarms(aws, alarmPrefix);
  return [...(now ?? [])].filter((name) => !firing.has(name));
}

/** Names of the alarms of any type, below a prefix, that are in ALARM; undefined where they cannot all be read. */
export async function readFiringAlarms(aws: AwsClients, prefix: string): Promise<Set<string> | undefined> {
  try {
    const alarms = await readAllPages("cloudwatch:DescribeAlarms", async (NextToken) => {
      const answer = await aws.cloudwatch.send(
        new DescribeAlarmsCommand({
          AlarmNamePrefix: prefix,
          // Without it CloudWatch lists the metric alarms alone (API reference, DescribeAlarms).
          AlarmTypes: ["MetricAlarm", "CompositeAlarm", "LogAlarm"],
          StateValue: "ALARM",
          MaxRecords: 100,
          NextToken,
        }),
      );
      const { MetricAlarms, CompositeAlarms = [], LogAlarms = [], NextToken: next } = answer;
      return { items: MetricAlarms && [...MetricAlarms, ...CompositeAlarms, ...LogAlarms], next };
    });
    return new Set(alarms.flatMap(({ AlarmName }) => AlarmName ?? []));
  } catch {
    // A rollout is judged by its deployment first; alarms that cannot be read must not hold it up.
    return undefined;
  }
}

/**
 * Why tasks of the revision stopped of late, each reason once. Best effort: the rollout has failed with or without them.
 * Tasks of what ran before are stopped by every deployment, which tells nothing.
 */
export async function readStoppedReasons(
  aws: AwsClients,
  { cluster, service, to }: Pick<RolloutQuestion, "cluster" | "service" | "to">,
): Promise<string[]> {
  try {
    const { taskArns = [] } = await aws.ecs.send(
      new ListTasksCommand({ cluster, serviceName: service, desiredStatus: "STOPPED", maxResults: 100 }),
    );
    if (taskArns.length === 0) return [];
    const { tasks = [] } = await aws.ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
    const stopped = tasks.filter(({ taskDefinitionArn }) => taskDefinitionArn === to);
    const reasons = stopped.map(({ stoppedReason, containers = [] }) => {
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
