// Which events each preset tells of and on which it stays silent, by stories with events as ECS sends them.
import { describe, expect, it } from "vitest";
import {
  composePattern,
  memberName,
  patternText,
  readPattern,
} from "../../../controller/core/event-pattern.ts";
import {
  type EventPresetName,
  narrowPattern,
  presetClauses,
} from "../../../controller/core/event-presets.ts";
import type { JsonObject } from "../../../controller/model/json.ts";
import { matchesEventPattern } from "../../../controller/sandbox/services/events/pattern.ts";
import { readEventPattern } from "../../../controller/sandbox/services/events/pattern-check.ts";

const cluster = "arn:aws:ecs:eu-central-1:123456789012:cluster/prod";
const arn = (service: string, of = "prod"): string =>
  `arn:aws:ecs:eu-central-1:123456789012:service/${of}/${service}`;
const presets = Object.keys(presetClauses) as EventPresetName[];

function task(detail: JsonObject, group = "service:web", clusterArn = cluster): JsonObject {
  return {
    source: "aws.ecs",
    "detail-type": "ECS Task State Change",
    resources: ["arn:aws:ecs:eu-central-1:123456789012:task/prod/0123"],
    detail: {
      clusterArn,
      group,
      lastStatus: "STOPPED",
      containers: [{ name: "app", exitCode: 0 }],
      ...detail,
    },
  };
}

function ofService(type: string, detail: JsonObject, resource = arn("web")): JsonObject {
  return { source: "aws.ecs", "detail-type": type, resources: [resource], detail };
}

const deployment = (eventName: string, reason: string, resource?: string): JsonObject =>
  ofService("ECS Deployment State Change", { eventType: "INFO", eventName, reason }, resource);
const action = (eventType: string, eventName: string, resource?: string): JsonObject =>
  ofService("ECS Service Action", { eventType, eventName, clusterArn: cluster }, resource);

const crash = {
  stopCode: "EssentialContainerExited",
  stoppedReason: "Essential container in task exited",
  containers: [
    { name: "app", exitCode: 1 },
    { name: "agent", exitCode: 137 },
  ],
};
const oom = {
  ...crash,
  containers: [
    { name: "agent", exitCode: 0 },
    { name: "app", exitCode: 137, reason: "OutOfMemoryError: Container killed due to memory usage" },
  ],
};
const scheduler = (stoppedReason: string): JsonObject => ({
  stopCode: "ServiceSchedulerInitiated",
  stoppedReason,
});

const stories: readonly (readonly [string, JsonObject, readonly EventPresetName[]])[] = [
  [
    "a deployment stops the old tasks",
    task(scheduler("Scaling activity initiated by (deployment ecs-svc/1)")),
    [],
  ],
  ["a scale-in", task(scheduler("Scaling activity initiated by deployment ecs-svc/1")), []],
  [
    "a scale-in of a container that ignores SIGTERM",
    task({
      ...scheduler("Scaling activity initiated by (deployment ecs-svc/1)"),
      containers: [{ exitCode: 137 }],
    }),
    [],
  ],
  ["a person stops a task", task({ stopCode: "UserInitiated", stoppedReason: "Task stopped by user" }), []],
  ["a crash", task(crash), ["task-stopped"]],
  ["out of memory", task(oom), ["container-oom", "task-stopped"]],
  ["a crash that is not over yet", task({ ...oom, lastStatus: "DEPROVISIONING" }), []],
  [
    "a failed check of the load balancer",
    task(scheduler("Task failed ELB health checks in (target-group arn:aws:elasticloadbalancing:x)")),
    ["task-stopped"],
  ],
  [
    "a failed check of the container",
    task(scheduler("Task failed container health checks")),
    ["task-stopped"],
  ],
  [
    "a Spot interruption",
    task({ stopCode: "SpotInterruption", stoppedReason: "Your Spot Task was interrupted." }),
    ["task-stopped"],
  ],
  ["maintenance", task({ stopCode: "TerminationNotice" }), ["task-stopped"]],
  ["broken hardware", task({ stopCode: "InfrastructureHealth" }), ["task-stopped"]],
  [
    "an image that is not there",
    task({ stopCode: "TaskFailedToStart", stoppedReason: 'CannotPullContainerError: "x" not found' }),
    ["task-stopped"],
  ],
  ["a task that starts", task({ lastStatus: "RUNNING" }), []],
  ["a crash of another service", task(crash, "service:web-2"), []],
  ["a crash of a task that no service runs", task(crash, "family:web"), []],
  ["a crash of a namesake in another cluster", task(crash, "service:web", `${cluster}-b`), []],
  [
    "a deployment that fails",
    deployment("SERVICE_DEPLOYMENT_FAILED", "ECS deployment circuit breaker: tasks failed to start."),
    ["deployment-failed"],
  ],
  [
    "and is rolled back",
    deployment(
      "SERVICE_DEPLOYMENT_IN_PROGRESS",
      "ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/2",
    ),
    ["deployment-failed"],
  ],
  [
    "a deployment that begins",
    deployment("SERVICE_DEPLOYMENT_IN_PROGRESS", "ECS deployment ecs-svc/1 in progress."),
    [],
  ],
  [
    "a deployment that is done",
    deployment("SERVICE_DEPLOYMENT_COMPLETED", "ECS deployment ecs-svc/1 completed."),
    [],
  ],
  ["a namesake's deployment", deployment("SERVICE_DEPLOYMENT_FAILED", "x", arn("web", "test")), []],
  ["no room for a task", action("ERROR", "SERVICE_TASK_PLACEMENT_FAILURE"), ["service-impaired"]],
  ["tasks that do not start", action("WARN", "SERVICE_TASK_START_IMPAIRED"), ["service-impaired"]],
  ["no room for another's task", action("ERROR", "SERVICE_TASK_PLACEMENT_FAILURE", arn("web-2")), []],
  ["a failed deployment, told a second time", action("ERROR", "SERVICE_DEPLOYMENT_FAILED"), []],
  ["a steady state", action("INFO", "SERVICE_STEADY_STATE"), []],
];

function patternOf(preset: EventPresetName, services: readonly string[] = ["web", "api"]): JsonObject {
  const clause = presetClauses[preset];
  const members = services.map((service) => memberName(clause.axis, service, arn(service)));
  return composePattern([{ ...clause, members }], cluster);
}

describe("presets", () => {
  it.each(stories)("%s", (_, event, expected) => {
    const telling = presets.filter((preset) => matchesEventPattern(patternOf(preset), event));
    expect(telling.sort()).toEqual(expected);
  });

  it("in one rule tell of the same", () => {
    const all = composePattern(
      presets.map((preset) => {
        const clause = presetClauses[preset];
        return { ...clause, members: ["web", "api"].map((name) => memberName(clause.axis, name, arn(name))) };
      }),
      cluster,
    );
    readEventPattern(patternText(all));
    for (const [story, event, expected] of stories)
      expect([story, matchesEventPattern(all, event)]).toEqual([story, expected.length > 0]);
  });

  it("are read back from a pattern, with the services of each", () => {
    const told = [
      { ...presetClauses["task-stopped"], members: ["service:api", "service:web"] },
      { ...presetClauses["container-oom"], members: ["service:web"] },
      { ...presetClauses["deployment-failed"], members: [arn("web")] },
      { ...presetClauses["service-impaired"], members: [arn("web")] },
    ];
    const read = readPattern(patternText(composePattern(told, cluster))) ?? [];
    expect(new Set(read)).toEqual(new Set(told));
    for (const one of told) expect(readPattern(patternText(composePattern([one], cluster)))).toEqual([one]);
  });

  it.each([
    "",
    "[]",
    "{}",
    '{"source":["aws.ecs"]}',
    '{"resources":[{"prefix":"arn"}]}',
    '{"detail":{"group":["a"]}}',
  ])("%j is not read as one of ours", (text) => expect(readPattern(text)).toBeUndefined());
});

describe("a pattern of the owner's", () => {
  const narrowed = (pattern: JsonObject): JsonObject | undefined => {
    const clauses = narrowPattern(pattern);
    return clauses === undefined
      ? undefined
      : composePattern(
          clauses.map((clause) => ({ ...clause, members: [memberName(clause.axis, "web", arn("web"))] })),
          cluster,
        );
  };

  it("is narrowed by group and cluster where its events are of tasks", () => {
    const pattern = { "detail-type": ["ECS Task State Change"], detail: { lastStatus: ["RUNNING"] } };
    expect(narrowed(pattern)).toEqual({
      "detail-type": ["ECS Task State Change"],
      detail: { lastStatus: ["RUNNING"], clusterArn: [cluster], group: ["service:web"] },
    });
  });

  it("is narrowed by resources where its events are of services", () => {
    const pattern = { "detail-type": ["ECS Service Action"], detail: { eventType: ["INFO"] } };
    expect(narrowed(pattern)).toEqual({ ...pattern, resources: [arn("web")] });
  });

  it("is narrowed both ways where it does not say", () => {
    const both = narrowed({ source: ["aws.ecs"] }) as JsonObject;
    readEventPattern(patternText(both));
    expect(matchesEventPattern(both, task({}))).toBe(true);
    expect(matchesEventPattern(both, action("INFO", "SERVICE_STEADY_STATE"))).toBe(true);
    expect(matchesEventPattern(both, task({}, "service:api"))).toBe(false);
    expect(matchesEventPattern(both, action("INFO", "SERVICE_STEADY_STATE", arn("api")))).toBe(false);
  });

  it("that is nothing but alternatives is narrowed in each, and read back", () => {
    const pattern = {
      $or: [
        { "detail-type": ["ECS Service Action"] },
        { $or: [{ detail: { a: [1] } }, { detail: { b: [1] } }] },
      ],
    };
    const clauses = narrowPattern(pattern) ?? [];
    expect(clauses.map(({ axis }) => axis)).toEqual(["service", "task", "service", "task", "service"]);
    const read = readPattern(patternText(narrowed(pattern) as JsonObject)) ?? [];
    expect(new Set(read.map(({ body }) => patternText(body)))).toEqual(
      new Set(clauses.map(({ body }) => patternText(body))),
    );
  });

  it.each<readonly [string, JsonObject]>([
    ["resources", { resources: [{ prefix: "arn:aws:cloudwatch" }] }],
    ["a cluster", { detail: { clusterArn: [cluster] } }],
    ["a group", { "detail-type": ["ECS Task State Change"], detail: { group: [{ prefix: "service:" }] } }],
    ["a group in an alternative", { detail: { $or: [{ group: ["service:web"] }, { cpu: ["1"] }] } }],
    ["resources in an alternative", { $or: [{ resources: ["x"] }, { source: ["aws.ecs"] }] }],
    ["events of no service", { "detail-type": ["ECS Container Instance State Change"] }],
    ["events of another source", { source: ["aws.cloudwatch"] }],
  ])("that names %s stands as it is written", (_, pattern) => {
    expect(narrowed(pattern)).toBeUndefined();
  });
});
