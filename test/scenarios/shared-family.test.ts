// A task definition family that others use too: our revision would become its latest, so the policy must say that it may.
import { beforeEach, describe, expect, it } from "vitest";
import { account, createService, currentTask } from "./estate.ts";
import { type Any, useWorld } from "./harness.ts";

const world = useWorld();

const policy = (extra = ""): string => `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: web }
spec:
  selector: { services: ["web"] }
  healthCheck: { command: [CMD, check] }
${extra}`;

beforeEach(() => {
  for (const clusterName of ["prod", "other"]) world.call("ecs", "CreateCluster", { clusterName });
  createService(world, "prod", "web", { tier: "web" });
});

/** Another service, in another cluster, on the same family. */
function share(): void {
  createService(world, "other", "api", {}, [], { service: { taskDefinition: "prod-web" } });
}

/** A schedule of EventBridge Scheduler, which is no rule. */
function scheduleAt(Name: string, target: Any): void {
  world.call("scheduler", "CreateSchedule", {
    Name,
    ScheduleExpression: "rate(1 hour)",
    FlexibleTimeWindow: { Mode: "OFF" },
    Target: { RoleArn: `arn:aws:iam::${account}:role/scheduler`, ...target },
  });
}

const runTask = (cluster: string, TaskDefinitionArn: string): Any => ({
  Arn: `arn:aws:ecs:us-east-1:${account}:cluster/${cluster}`,
  EcsParameters: { TaskDefinitionArn },
});
const call = (action: string, input: Any): Any => ({
  Arn: `arn:aws:scheduler:::aws-sdk:ecs:${action}`,
  Input: JSON.stringify(input),
});

function schedule(rule: string, cluster: string, taskDefinition: string): void {
  world.call("events", "PutRule", { Name: rule, ScheduleExpression: "rate(1 hour)" });
  world.call("events", "PutTargets", {
    Rule: rule,
    Targets: [
      {
        Id: "1",
        Arn: `arn:aws:ecs:us-east-1:${account}:cluster/${cluster}`,
        RoleArn: `arn:aws:iam::${account}:role/events`,
        EcsParameters: { TaskDefinitionArn: taskDefinition },
      },
    ],
  });
}

const familyArn = `arn:aws:ecs:us-east-1:${account}:task-definition/prod-web`;
const reads = (): string[] =>
  world.sandbox.control
    .calls()
    .filter(({ operation }) =>
      /^(ListRuleNamesByTarget|ListTargetsByRule|ListSchedules|GetSchedule)$/.test(operation),
    )
    .map(({ operation }) => operation);

describe("a shared family", () => {
  it("of several services is blocked, and says who", async () => {
    share();
    const { code, json } = await world.plan(policy());
    expect(code).toBe(1);
    expect(json.changes).toEqual([]);
    expect(json.blocked).toMatchObject([
      {
        kind: "TaskDefinition",
        name: "prod-web",
        cluster: "prod",
        service: "web",
        policies: ["web"],
        code: "SharedFamily",
        message: expect.stringMatching(
          /family prod-web is also used by service other\/api, .*sharedFamily: allow/,
        ),
      },
    ]);
    expect((await world.apply(policy())).code).toBe(1);
    expect(world.writes()).toEqual([]);
  });

  it.each([familyArn, `${familyArn}:1`])(
    "of a scheduled task (%s) is blocked, in whatever cluster it runs",
    async (arn) => {
      schedule("nightly", "other", arn);
      const { json } = await world.plan(policy());
      expect(json.blocked[0].message).toMatch(/^family prod-web is also used by scheduled task nightly, /);
    },
  );

  it("is nobody's business where the tasks are of another family", async () => {
    schedule("nightly", "prod", `${familyArn}-batch`);
    expect((await world.plan(policy())).json).toMatchObject({ summary: { update: 1, blocked: 0 } });
  });

  it("gets our layer where the policy allows it, and costs nothing when all is well", async () => {
    share();
    schedule("nightly", "other", familyArn);
    expect((await world.apply(policy("  sharedFamily: allow\n"))).code).toBe(0);
    expect(currentTask(world, "prod", "web").containerDefinitions[0].healthCheck.command).toEqual([
      "CMD",
      "check",
    ]);
    expect(currentTask(world, "other", "api").containerDefinitions[0].healthCheck).toBeUndefined();
    world.sandbox.control.clearCalls();
    // It stands: what it would be blocked by no longer matters.
    expect((await world.plan(policy())).json.summary).toMatchObject({ update: 0, blocked: 0, unknown: 0 });
    expect(reads()).toEqual([]);
    // And it goes again without being asked.
    const nobody = policy().replace('["web"]', '["none"]');
    expect((await world.apply(nobody)).code).toBe(0);
    expect(currentTask(world, "prod", "web").containerDefinitions[0].healthCheck).toBeUndefined();
  });

  it("is not taken for nobody's when the scheduled tasks cannot be read", async () => {
    schedule("nightly", "prod", familyArn);
    scheduleAt("nightly", runTask("prod", familyArn));
    for (const operation of ["ListRuleNamesByTarget", "ListTargetsByRule", "ListSchedules", "GetSchedule"]) {
      world.sandbox.control.addFault({ operation, action: "denied" });
      const { code, json } = await world.plan(policy());
      world.sandbox.control.clearFaults();
      expect(code).toBe(1);
      expect(json.changes).toEqual([]);
      expect(json.unknown.map(({ kind, message }: Any) => `${kind}: ${message}`)).toEqual([
        expect.stringMatching(
          new RegExp(
            `^TaskDefinition: whether scheduled tasks use family prod-web too is unknown: .*${operation}`,
          ),
        ),
      ]);
    }
  });

  it("is told in full however many pages there are", async () => {
    for (let index = 0; index < 120; index += 1) schedule(`rule-${index}`, "prod", `${familyArn}-x`);
    schedule("zz-last", "prod", familyArn);
    expect((await world.plan(policy())).json.blocked[0].message).toMatch(/scheduled task zz-last/);
  });

  it.each([
    ["a schedule", runTask("other", familyArn)],
    ["a schedule of a revision", runTask("prod", `${familyArn}:1`)],
    ["a call to run it", call("runTask", { Cluster: "other", TaskDefinition: "prod-web" })],
    ["a call in ECS's own spelling", call("startTask", { taskDefinition: familyArn })],
  ])("of %s is blocked", async (_title, target) => {
    scheduleAt("nightly", target);
    const { json } = await world.plan(policy());
    expect(json.blocked[0].message).toMatch(/^family prod-web is also used by schedule nightly, /);
  });

  it("names rules and schedules apart", async () => {
    share();
    schedule("nightly", "other", familyArn);
    scheduleAt("nightly", runTask("prod", familyArn));
    scheduleAt("hourly", runTask("prod", familyArn));
    expect((await world.plan(policy())).json.blocked[0].message).toMatch(
      /used by service other\/api and by scheduled task nightly and by 2 schedules hourly, nightly, /,
    );
  });

  it("is nobody's business where the schedules run something else", async () => {
    scheduleAt("batch", runTask("prod", `${familyArn}-batch`));
    scheduleAt("batch-call", call("runTask", { TaskDefinition: "prod-web-batch" }));
    scheduleAt("scale", call("updateService", { Service: "web", DesiredCount: 4 }));
    scheduleAt("queue", { Arn: queue, Input: "prod-web" });
    expect((await world.plan(policy())).json).toMatchObject({ summary: { update: 1, blocked: 0 } });
    expect(reads().filter((operation) => operation === "GetSchedule")).toHaveLength(3);
  });

  it("finds its schedule on the last page, and passes over one that is gone meanwhile", async () => {
    for (let index = 0; index < 120; index += 1) scheduleAt(`s-${index}`, { Arn: queue });
    scheduleAt("zz-last", runTask("prod", familyArn));
    expect((await world.plan(policy())).json.blocked[0].message).toMatch(/by schedule zz-last,/);
    const gone = { __type: "ResourceNotFoundException", Message: "Schedule zz-last does not exist." };
    world.sandbox.control.addFault({
      operation: "GetSchedule",
      action: { respond: { status: 404, body: JSON.stringify(gone) } },
    });
    expect((await world.plan(policy())).json.summary).toMatchObject({ update: 1, blocked: 0, unknown: 0 });
  });

  it("names the group of a schedule outside the default one, and asks for it there", async () => {
    const Target = { ...runTask("prod", familyArn), RoleArn: "role" };
    const summary = { Name: "nightly", GroupName: "batch", Target: { Arn: Target.Arn } };
    answer("ListSchedules", { Schedules: [summary] });
    answer("GetSchedule", { ...summary, Target }, '"GroupName":"batch"');
    expect((await world.plan(policy())).json.blocked[0].message).toMatch(/by schedule batch\/nightly,/);
  });

  it("is taken for nobody's by an endpoint that has no Scheduler", async () => {
    answer("ListSchedules", { __type: "UnknownOperationException", message: "?" }, undefined, 404);
    expect((await world.plan(policy())).json.summary).toMatchObject({ update: 1, blocked: 0, unknown: 0 });
  });

  it.each([
    ["ListSchedules", { Schedules: [{ Name: "nightly" }] }],
    ["ListSchedules", {}],
    ["GetSchedule", {}],
  ])("is unknown where %s answers %j", async (operation, body) => {
    scheduleAt("nightly", runTask("prod", familyArn));
    answer(operation, body);
    expect((await world.plan(policy())).json).toMatchObject({
      changes: [],
      unknown: [{ kind: "TaskDefinition", code: "MalformedAnswer" }],
    });
  });
});

const queue = `arn:aws:sqs:us-east-1:${account}:work`;

function answer(operation: string, body: Any, match?: string, status = 200): void {
  const respond = { status, body: JSON.stringify(body) };
  world.sandbox.control.addFault({ service: "scheduler", operation, match, action: { respond } });
}
