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
    .filter(({ operation }) => /^ListRuleNamesByTarget$|^ListTargetsByRule$/.test(operation))
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
    for (const operation of ["ListRuleNamesByTarget", "ListTargetsByRule"]) {
      schedule("nightly", "prod", familyArn);
      world.sandbox.control.addFault({ operation, action: "denied" });
      const { code, json } = await world.plan(policy());
      world.sandbox.control.clearFaults();
      expect(code).toBe(1);
      expect(json.changes).toEqual([]);
      expect(json.unknown.map(({ kind, message }: Any) => `${kind}: ${message}`)).toEqual([
        expect.stringMatching(
          /^TaskDefinition: whether scheduled tasks use family prod-web too is unknown: /,
        ),
      ]);
    }
  });

  it("is told in full however many pages there are", async () => {
    for (let index = 0; index < 120; index += 1) schedule(`rule-${index}`, "prod", `${familyArn}-x`);
    schedule("zz-last", "prod", familyArn);
    expect((await world.plan(policy())).json.blocked[0].message).toMatch(/scheduled task zz-last/);
  });
});
