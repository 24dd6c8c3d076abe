// How a service has been, out of the messages that ECS writes of it.
import type { Service } from "@aws-sdk/client-ecs";
import { describe, expect, test } from "vitest";
import { eventsOfLife, readLife } from "../../../controller/aws/service-life.ts";

const asOf = new Date("2026-11-22T09:00:00Z");
const before = (minutes: number): Date => new Date(asOf.getTime() - minutes * 60_000);

/** The newest first, a minute between them, unless it is said how many minutes ago. */
function life(
  messages: readonly (string | readonly [minutes: number, message: string])[],
  over: Service = {},
) {
  const events = messages.map((one, index) => {
    const [minutes, message] = typeof one === "string" ? [index, one] : one;
    return { createdAt: before(minutes), message: `(service web) ${message}` };
  });
  return readLife({ desiredCount: 2, runningCount: 2, launchType: "FARGATE", events, ...over }, asOf);
}

const started = (count: number): string =>
  `has started ${count} tasks: ${Array.from({ length: count }, (_, index) => `(task ${index})`).join(" ")}.`;
const stopped = (count: number): string => `has stopped ${count} running tasks: (task 1).`;
const steady = "has reached a steady state.";
const completed = (id: string): string => `(deployment ecs-svc/${id}) deployment completed.`;
const failed = "(deployment ecs-svc/22) deployment failed: tasks failed to start.";
const back = "rolling back to deployment ecs-svc/11.";
const noRoom = "was unable to place a task because no container instance met all of its requirements.";
const noSecret = "was unable to place a task. Reason: ResourceInitializationError: unable to pull secrets.";
const impaired = "is unable to consistently start tasks successfully.";

function many(count: number, message: string): string[] {
  return Array.from({ length: count }, () => message);
}

test("the events that a snapshot keeps say the same of its life, at any time after the newest of them", () => {
  const said = [
    steady,
    noSecret,
    failed,
    back,
    started(1),
    completed("11"),
    stopped(1),
    impaired,
    "(task 1) failed container health checks.",
  ];
  const noise = ["registered 1 targets in (target-group x)", "has begun draining connections on 1 tasks."];
  const all = Array.from(
    { length: 100 },
    (_, index) =>
      (index % 3 === 0 ? said : noise)[(index * 7) % (index % 3 === 0 ? said.length : noise.length)] ?? "",
  );
  expect(eventsOfLife(all.map((message) => ({ createdAt: asOf, message }))).length).toBeLessThan(40);
  for (let first = 0; first < all.length; first++) {
    const events = all
      .slice(first)
      .map((message, index) => ({ createdAt: before(index * 29), message: `(service web) ${message}` }));
    const kept = [...eventsOfLife(events)];
    for (const hours of [0, 1, 13, 30]) {
      const later = new Date(asOf.getTime() + hours * 3_600_000);
      const service = { desiredCount: 2, runningCount: 2 };
      expect(readLife({ ...service, events: kept }, later)).toEqual(readLife({ ...service, events }, later));
    }
  }
});

test("a service without a word said of it has been quiet", () => {
  expect(readLife({ launchType: "FARGATE" }, asOf)).toEqual({
    schedulingStrategy: "REPLICA",
    failedTasks: 0,
    deploymentFailed: undefined,
    troubles: [],
    cannotStart: undefined,
    restarts: undefined,
    losesHosts: false,
  });
});

describe("the last deployment has failed", () => {
  const primary = { status: "PRIMARY", failedTasks: 4, rolloutState: "FAILED" as const };
  test.each<[string, ReturnType<typeof life>, string | undefined]>([
    [
      "and stands",
      life([], { deployments: [{ ...primary, rolloutStateReason: "it failed" }, { status: "ACTIVE" }] }),
      "it failed",
    ],
    ["and is being rolled back", life([back, failed]), "tasks failed to start, and it was rolled back"],
    [
      "and was rolled back",
      life([steady, completed("11"), back, failed]),
      "tasks failed to start, and it was rolled back",
    ],
    [
      "by an alarm",
      life([back, "(deployment ecs-svc/22) deployment failed: alarm detected."]),
      "alarm detected, and it was rolled back",
    ],
    [
      "and the next one is under way",
      life([started(1), completed("11"), back, failed]),
      "tasks failed to start, and it was rolled back",
    ],
    [
      "not, once another is through",
      life([steady, completed("33"), completed("11"), back, failed]),
      undefined,
    ],
    ["not, where it stood by itself and another is through", life([completed("33"), failed]), undefined],
    [
      "long ago",
      life([
        [1441, back],
        [1441, failed],
      ]),
      undefined,
    ],
    ["not: it is through", life([steady, completed("22"), stopped(2), started(2)]), undefined],
  ])("%s", (_, { deploymentFailed }, reason) => {
    expect(deploymentFailed).toBe(reason);
  });
});

describe("tasks restart", () => {
  test.each<[string, ReturnType<typeof life>, number | undefined]>([
    ["a hundred times", life(many(100, started(1))), 98],
    ["with steady states in between", life(many(40, "").flatMap(() => [steady, started(1)])), 38],
    ["and ECS does not stop them", life([...many(9, started(2))]), 16],
    [
      "in place of unhealthy ones, which it stops",
      life(
        many(4, "").flatMap(() => [
          stopped(1),
          "(task 1) failed container health checks.",
          `${started(1)} Amazon ECS replaced 1 tasks due to an unhealthy status.`,
        ]),
      ),
      4,
    ],
    [
      "before a deployment, which has mended it",
      life([started(1), steady, completed("11"), ...many(20, started(1))]),
      undefined,
    ],
    ["after one", life([...many(6, started(1)), steady, completed("11"), stopped(2), started(2)]), 4],
    ["not, out and in all day", life(many(25, "").flatMap(() => [stopped(10), started(10)])), undefined],
    [
      "not, out to fifty",
      life(many(10, started(5)), { desiredCount: 50, runningCount: 44, pendingCount: 6 }),
      undefined,
    ],
    ["not, in from fifty", life(many(10, stopped(5))), undefined],
    [
      "not, while a deployment goes on",
      life([stopped(1), started(2), started(2)], { runningCount: 3, pendingCount: 2 }),
      undefined,
    ],
    ["not, as pending ones are stopped", life(["stopped 6 pending tasks.", started(6)]), undefined],
    [
      "not, from zone to zone",
      life(
        many(9, "").flatMap(() => [
          "has stopped 1 running tasks in eu-central-1c to AZ Rebalance: (task 1).",
          "has started 1 tasks in eu-central-1a to AZ Rebalance: (task 2).",
        ]),
      ),
      undefined,
    ],
    ["not, all of them once", life([started(1), started(1)]), undefined],
    ["long ago", life(many(50, "").map((_, index) => [1441 + index, started(1)] as const)), undefined],
  ])("%s", (_, { restarts }, least) => {
    expect(restarts?.least).toBe(least);
  });

  test("as far back as the first start that is told", () => {
    expect(life(many(100, started(1))).restarts?.hours).toBe(2);
    expect(
      life([
        [20, started(9)],
        [1439, started(9)],
      ]).restarts?.hours,
    ).toBe(24);
    expect(life([[0, started(9)]]).restarts?.hours).toBe(1);
  });

  test.each<[Service, boolean]>([
    [{ launchType: "FARGATE" }, false],
    [{ launchType: "EC2" }, true],
    [{ launchType: "EXTERNAL" }, true],
    [{ capacityProviderStrategy: [{ capacityProvider: "FARGATE" }] }, false],
    [
      { capacityProviderStrategy: [{ capacityProvider: "FARGATE" }, { capacityProvider: "FARGATE_SPOT" }] },
      true,
    ],
    [{ capacityProviderStrategy: [{ capacityProvider: "my-group" }] }, true],
  ])("perhaps with what they run on: %j", (service, losesHosts) => {
    expect(readLife(service, asOf).losesHosts).toBe(losesHosts);
  });
});

describe("what ECS says is", () => {
  test.each([
    "(task 1) failed container health checks.",
    "(task 1) failed ELB health checks in (target-group x).",
    "(port 8080) is unhealthy in (target-group x) due to (reason Request timed out).",
    impaired,
    noSecret,
    "task 1 failed to start. Reason: ResourceInitializationError: unable to pull secrets.",
    "failed to launch a task with (error ECS was unable to assume the role).",
    "was unable to reach a steady state. Reason: No Container Instances were found in your capacity provider.",
  ])("trouble: %s", (message) => {
    expect(life([message]).troubles).toEqual([`(service web) ${message}`]);
  });

  test.each([
    steady,
    started(1),
    stopped(1),
    failed,
    back,
    noRoom,
    "was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later.",
    "has begun draining connections on 1 tasks.",
    "operations are being throttled on elb. Will try again later.",
    "was unable to reach steady state because (taskSet ecs-svc/1) was unable to scale in due to (reason 2 tasks under protection)",
  ])("none: %s", (message) => {
    expect(life([message])).toMatchObject({ troubles: [], cannotStart: undefined });
  });

  test("of the last day, and of the deployment that runs", () => {
    const sick = "(task 1) failed container health checks.";
    expect(life([sick, [1441, sick]]).troubles).toHaveLength(1);
    expect(life([sick, steady, sick, completed("11"), sick]).troubles).toHaveLength(2);
  });
});

describe("tasks that cannot be started", () => {
  test.each<[string, ReturnType<typeof life>, string | undefined]>([
    ["are told of again and again", life([impaired]), impaired],
    ["have found a place since", life([steady, noRoom, noRoom, impaired]), undefined],
    ["wait for capacity that comes", life([noRoom, [10, noRoom], [50, noRoom]]), undefined],
    ["wait for capacity that does not come", life([noRoom, [61, noRoom]]), noRoom],
    ["wait for an hour: ECS says it once", life([started(1), [61, noSecret]]), noSecret],
    ["are those of a deployment that is over", life([completed("11"), [90, noSecret]]), undefined],
  ])("%s", (_, { cannotStart }, message) => {
    expect(cannotStart).toBe(message === undefined ? undefined : `(service web) ${message}`);
  });

  test("and were, before the service was steady again, are no trouble any more", () => {
    expect(life([steady, noSecret, steady, noSecret, steady, noSecret]).troubles).toEqual([]);
  });
});
