// Applying: one bad item fails alone, what needs it is not begun, rollouts stop at the first that fails, and nothing
// is written that nobody agreed to.
import { expect, test } from "vitest";
import { currentTask, seedEstate, webPolicy } from "./estate.ts";
import { type Any, tally, useWorld } from "./harness.ts";

const world = useWorld();

function fault(operation: string, match: string): void {
  world.sandbox.control.addFault({ operation, match, action: "denied" });
}

function results(json: Any): Record<string, number> {
  return tally(json.outcomes, ({ result, error }) => (error ? `${result} ${error.code}` : result));
}

test("one alarm that is refused fails alone", async () => {
  seedEstate(world);
  fault("PutMetricAlarm", "web-002/cpu-high");
  const { code, json, stderr } = await world.apply(webPolicy());
  expect(code).toBe(1);
  expect(results(json)).toEqual({ applied: 36, "failed AccessDenied": 1 });
  expect(stderr).toContain("ecsmon/prod-a/web-002/cpu-high");
  world.sandbox.control.clearFaults();
  expect((await world.plan(webPolicy())).json.changes.map(({ name }: Any) => name)).toEqual([
    "ecsmon/prod-a/web-002/cpu-high",
  ]);
});

test("without its log group, neither the filter nor the task definition is begun; the alarms are made", async () => {
  seedEstate(world);
  fault("CreateLogGroup", "web-002");
  const { code, json } = await world.apply(webPolicy());
  expect(code).toBe(1);
  const left = json.outcomes
    .filter(({ result }: Any) => result !== "applied")
    .map(({ kind, service, result }: Any) => `${kind} ${service} ${result}`);
  expect(left).toEqual([
    "LogGroup web-002 failed",
    "MetricFilter web-002 skipped",
    "TaskDefinition web-002 skipped",
  ]);
});

test("the log group stands before the task definition refers to it", async () => {
  seedEstate(world);
  await world.apply(webPolicy());
  const writes = world.writes();
  expect(writes.lastIndexOf("CreateLogGroup")).toBeLessThan(writes.indexOf("RegisterTaskDefinition"));
});

test("throttling and 5xx are tried again", async () => {
  seedEstate(world);
  process.env["AWS_MAX_ATTEMPTS"] = "3";
  try {
    world.sandbox.control.addFault([
      { operation: "PutMetricAlarm", times: 1, action: "throttle" },
      { operation: "DescribeAlarms", times: 1, action: "error500" },
      { operation: "PutMetricFilter", times: 1, action: "lost" },
    ]);
    expect((await world.apply(webPolicy())).code).toBe(0);
  } finally {
    process.env["AWS_MAX_ATTEMPTS"] = "1";
  }
});

test("a service with a deployment in progress is left alone, and waits; --force changes it", async () => {
  seedEstate(world);
  const service = { cluster: "prod-a", service: "web-002" };
  const answer = {
    services: [
      {
        ...world.call("ecs", "DescribeServices", { cluster: "prod-a", services: ["web-002"] })["services"][0],
      },
    ],
  };
  const [described] = answer.services;
  const { createdAt: _, events: __, ...rest } = described;
  const deployments = [
    {
      id: "ecs-svc/1",
      status: "PRIMARY",
      rolloutState: "IN_PROGRESS",
      runningCount: 1,
      desiredCount: 2,
      taskDefinition: described.taskDefinition,
    },
  ];
  const body = JSON.stringify({
    services: [{ ...rest, tags: [{ key: "tier", value: "web" }], deployments }],
    failures: [],
  });
  world.sandbox.control.addFault({
    operation: "DescribeServices",
    match: "web-002",
    action: { respond: { status: 200, body } },
  });
  const waiting = await world.apply(webPolicy(), { service: [service.service] });
  expect(waiting.code).toBe(3);
  expect(waiting.json.plan.blocked).toMatchObject(
    [{ kind: "TaskDefinition", code: "DeploymentInProgress", service: "web-002" }].concat([]),
  );
  expect(world.writes()).not.toContain("UpdateService");
  const forced = await world.apply(webPolicy(), { service: [service.service], force: true, wait: false });
  expect(forced.code).toBe(0);
  expect(world.writes()).toContain("UpdateService");
});

test.each(["CODE_DEPLOY", "EXTERNAL"])(
  "a service deployed by %s keeps its task definition; its alarms are made",
  async (type) => {
    seedEstate(world);
    world.call("ecs", "DeleteService", { cluster: "prod-a", service: "web-004", force: true });
    world.call("ecs", "CreateService", {
      cluster: "prod-a",
      serviceName: "web-006",
      ...(type === "EXTERNAL"
        ? {}
        : {
            taskDefinition: "prod-a-web-004",
            launchType: "FARGATE",
            networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-1"] } },
          }),
      desiredCount: 1,
      deploymentController: { type },
      tags: [{ key: "tier", value: "web" }],
    });
    const { code, json } = await world.apply(webPolicy(), { service: ["web-006"] });
    expect(code).toBe(0);
    expect(json.plan.blocked.filter(({ kind }: Any) => kind === "TaskDefinition")).toMatchObject([
      { code: "UnsupportedDeploymentController" },
    ]);
    expect(tally(json.outcomes, ({ kind }) => kind)).toMatchObject({ MetricAlarm: 2 });
    expect(world.writes()).not.toContain("RegisterTaskDefinition");
  },
);

test("a rollout whose tasks die stops the rest, and says why", async () => {
  seedEstate(world);
  world.call("ecs", "UpdateService", {
    cluster: "prod-a",
    service: "web-001",
    deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
  });
  world.sandbox.control.failDeployments("prod-a", "web-001", { mode: "tasks-die" });
  const before = currentTask(world, "prod-a", "web-001").taskDefinitionArn;
  const { code, json } = await world.apply(webPolicy());
  expect(code).toBe(1);
  const rolled = json.outcomes
    .filter(({ kind }: Any) => kind === "TaskDefinition")
    .map(({ service, result, error }: Any) => `${service} ${result} ${error?.code ?? ""}`);
  expect(rolled[0]).toBe("web-000 applied ");
  expect(rolled[1]).toMatch(/^web-001 failed (RolloutFailed|RolledBack)$/);
  expect(rolled.slice(2)).toEqual(
    ["web-002", "web-003", "web-004", "web-005"].map((service) => `${service} skipped RolloutStopped`),
  );
  expect(currentTask(world, "prod-a", "web-001").taskDefinitionArn).toBe(before);
});

test("an owner's deployment between plan and write wins", async () => {
  seedEstate(world);
  await world.apply(webPolicy());
  world.sandbox.control.clearCalls();
  const policy = webPolicy({ image: "x:2" });
  const current = world.call("ecs", "DescribeServices", { cluster: "prod-a", services: ["web-000"] })[
    "services"
  ][0];
  const { createdAt: _, events: __, deployments: ___, ...rest } = current;
  const moved = { ...rest, taskDefinition: `${current.taskDefinition}9` };
  // The plan's read passes; the one right before the write sees the owner's revision.
  world.sandbox.control.addFault({
    operation: "DescribeServices",
    match: "web-000",
    skip: 1,
    action: { respond: { status: 200, body: JSON.stringify({ services: [moved] }) } },
  });
  const { code, json } = await world.apply(policy, { service: ["web-000"] });
  expect(code).toBe(1);
  expect(json.outcomes).toMatchObject([
    { kind: "TaskDefinition", result: "failed", error: { code: "ServiceChanged" } },
  ]);
  expect(world.writes()).not.toContain("UpdateService");
});

test("Ctrl-C: nothing new is begun, exit 130, and the next run goes on", async () => {
  seedEstate(world);
  const controller = new AbortController();
  const { code, json } = await world.apply(webPolicy(), {
    signal: AbortSignal.any([controller.signal, AbortSignal.abort()]),
  });
  expect(code).toBe(130);
  expect(results(json)).toEqual({ "skipped Interrupted": 37 });
  expect(world.writes()).toEqual([]);
});

test("without a terminal and without --yes nothing is written", async () => {
  seedEstate(world);
  const { code, stderr } = await world.apply(webPolicy(), { yes: false });
  expect(code).toBe(1);
  expect(stderr).toContain("--yes");
  expect(world.writes()).toEqual([]);
});

test("more services to redeploy than allowed: those are held, everything else goes on", async () => {
  seedEstate(world);
  const { code, json } = await world.apply(webPolicy(), { maxRedeploys: 5 });
  expect(code).toBe(1);
  expect(tally(json.plan.blocked, ({ code }) => code)).toEqual({ NotApplicable: 6, RedeployGuard: 6 });
  expect(results(json)).toEqual({ applied: 31 });
  expect(world.writes()).not.toContain("UpdateService");
});

test("upsert-only never deletes and takes nothing back", async () => {
  seedEstate(world);
  await world.apply(webPolicy());
  world.sandbox.control.clearCalls();
  const { code, json } = await world.apply(webPolicy({ services: '"none-*"' }), {
    deletePolicy: "upsert-only",
    maxDeletes: 500,
  });
  expect(code).toBe(0);
  expect(json.plan.changes).toEqual([]);
  expect(world.writes()).toEqual([]);
});

test("a policy with an error reads and writes nothing", async () => {
  seedEstate(world);
  for (const broken of [
    "spec: {",
    webPolicy().replace("threshold: 1,", "treshold: 1,"),
    webPolicy().replace("MonitoringPolicy", "MonitoringPolicies"),
  ]) {
    expect((await world.apply(broken)).code).toBe(1);
  }
  expect(world.sandbox.control.calls()).toEqual([]);
});
