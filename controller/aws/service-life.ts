// How a service has been doing, out of what DescribeServices says of it: its deployments, and the last hundred messages of ECS.
import type { Service, ServiceEvent } from "@aws-sdk/client-ecs";
import type { ServiceLife } from "../model/audit-facts.ts";

const hour = 3_600_000;
const day = 24 * hour;

/*
 * What ECS writes (ECS developer guide, "Amazon ECS service event messages", and what services say). The newest is first. A
 * message is not written again until its cause is gone, or for six hours.
 */

/** Tasks that run, and are found unwell. */
const unwell = /failed (container|ELB|Lattice|[\w ]*) ?health checks|is unhealthy in/i;
/** Said of the service only after it has failed again and again. */
const impaired = /unable to consistently start tasks/i;
/** Tasks that cannot be placed or brought up: capacity that came late is forgotten once the service is steady again. */
const unstarted =
  /unable to (consistently start tasks|place a task|stop or start tasks|reach a steady state\. Reason)|(?<!deployment failed: tasks )failed to (start|launch|register)/i;
/** Instances that are yet to come, or are sold out: a failure only where it lasts. */
const scarce = /no container instance met|capacity is unavailable|RESOURCE:|unable to launch instance/i;
const steady = /has reached a steady state/i;
const failedDeployment = /deployment failed: (.+?)\.?$/i;
const completedDeployment = /\(deployment (\S+)\) deployment completed/i;
const rollback = /rolling back to deployment (ecs-svc\/\w+)/i;
const started = /has started (\d+) tasks?\b/i;
const stopped = /stopped (\d+) (?:running |pending )?tasks?\b/i;
const replaced = /replaced (\d+) tasks? due to an unhealthy status/i;

const telling = [
  unwell,
  unstarted,
  steady,
  failedDeployment,
  completedDeployment,
  rollback,
  started,
  stopped,
  replaced,
];

/** What of a service's events, the newest first, is needed to read its life from, at any time after the newest of them. */
export function eventsOfLife(events: readonly ServiceEvent[]): readonly ServiceEvent[] {
  const newest = events[0]?.createdAt;
  if (newest === undefined) return [];
  return events.filter(
    ({ createdAt, message = "" }) =>
      ageOf(createdAt, newest) <= day && telling.some((kind) => kind.test(message)),
  );
}

/** `asOf`: the 24 hours before it are looked at, as far back as ECS's messages go. */
export function readLife(service: Service, asOf: Date): ServiceLife {
  const { deployments = [], events = [], schedulingStrategy } = service;
  const primary = deployments.find(({ status }) => status === "PRIMARY");
  const lastDay = events.filter(({ createdAt }) => ageOf(createdAt, asOf) <= day);
  // What came before a deployment that went through was another revision's, or went with it.
  const own = since(lastDay, completedDeployment);
  const waiting = since(own, steady).filter(({ message = "" }) => unstarted.test(message));
  const failing = waiting.filter(({ message = "" }) => !scarce.test(message));
  return {
    schedulingStrategy: schedulingStrategy ?? "REPLICA",
    failedTasks: primary?.failedTasks ?? 0,
    deploymentFailed:
      primary?.rolloutState === "FAILED"
        ? (primary.rolloutStateReason ?? "without a reason")
        : readRollback(lastDay),
    troubles: own.flatMap((event) => {
      const { message = "" } = event;
      return unwell.test(message) || failing.includes(event) ? [message] : [];
    }),
    cannotStart: waiting.find(
      ({ message = "", createdAt }) => impaired.test(message) || ageOf(createdAt, asOf) >= hour,
    )?.message,
    restarts: readRestarts(service, own, asOf),
    losesHosts: isOnLosableHosts(service),
  };
}

function ageOf(at: Date | undefined, asOf: Date): number {
  return at === undefined ? Number.POSITIVE_INFINITY : asOf.getTime() - at.getTime();
}

/** The events that are newer than the newest of a kind; all of them where there is none. */
function since(events: readonly ServiceEvent[], kind: RegExp): readonly ServiceEvent[] {
  const end = events.findIndex(({ message = "" }) => kind.test(message));
  return end === -1 ? events : events.slice(0, end);
}

/** Why the last deployment failed, where it is gone since: until another one than that gone back to is through. */
function readRollback(events: readonly ServiceEvent[]): string | undefined {
  const messages = events.map(({ message = "" }) => message);
  const failed = messages.findIndex((message) => failedDeployment.test(message));
  if (failed === -1) return undefined;
  const later = messages.slice(0, failed);
  const backTo = later.flatMap((message) => rollback.exec(message)?.[1] ?? []);
  const through = later.flatMap((message) => completedDeployment.exec(message)?.[1] ?? []);
  if (through.some((id) => !backTo.includes(id))) return undefined;
  const why = failedDeployment.exec(messages[failed] ?? "")?.[1] ?? "without a reason";
  return backTo.length === 0 ? why : `${why}, and it was rolled back`;
}

/**
 * ECS writes of every task that it starts and of every one that it stops, and nothing of one that ends by itself: what was
 * started, was not stopped and does not run has ended. It may have been more: what ran before the first message is left out
 * of the account, and so no change of the desired count can add to it.
 */
function readRestarts(
  { desiredCount = 0, runningCount = 0, pendingCount = 0 }: Service,
  events: readonly ServiceEvent[],
  asOf: Date,
): ServiceLife["restarts"] {
  const count = (kind: RegExp): number =>
    events.reduce((sum, { message = "" }) => sum + Number(kind.exec(message)?.[1] ?? 0), 0);
  const ended = count(started) - count(stopped) - Math.max(desiredCount, runningCount + pendingCount);
  const least = Math.max(ended, count(replaced));
  const first = events.findLast(({ message = "" }) => started.test(message));
  if (least <= 0 || first === undefined) return undefined;
  return { least, hours: Math.max(1, Math.ceil(ageOf(first.createdAt, asOf) / hour)) };
}

function isOnLosableHosts({ launchType, capacityProviderStrategy: strategy = [] }: Service): boolean {
  if (strategy.length === 0) return launchType !== "FARGATE";
  return strategy.some(({ capacityProvider }) => capacityProvider !== "FARGATE");
}
