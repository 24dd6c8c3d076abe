// Snapshots of what moves: deployments under way, layers that were taken off, families that others run, roles.
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { account, createService, currentTask, registerTask, seedEstate, webPolicy } from "./estate.ts";
import { type Any, type Flags, useWorld } from "./harness.ts";
import { expectSame } from "./snapshot-harness.ts";
import { startTripwire, type Tripwire, throughEndpoint } from "./tripwire.ts";

const world = useWorld({ deploymentSeconds: 60 });
const minutes = 60_000;
const service = "web-000";
const only: Flags = { service: [service] };

let wire: Tripwire;
beforeAll(async () => {
  wire = await startTripwire(() => world.sandbox.endpoint);
});
afterAll(() => wire.close());

beforeEach(() => {
  seedEstate(world);
  settle();
});

function settle(): void {
  world.sandbox.control.advance(10 * minutes);
  for (const index of [0, 1, 2, 3, 4, 5]) currentTask(world, "prod-a", `web-00${index}`);
}

function same(policy: string, flags: Flags = {}): Promise<Any> {
  return expectSame(world, policy, {
    maxRedeploys: 50,
    maxDeletes: 500,
    asOf: new Date(world.sandbox.control.now()),
    ...flags,
  });
}

test("a deployment under way, of somebody and of a run that died", async () => {
  const policy = webPolicy({ extra: "  rollout: { timeout: 5m }\n" });
  world.call("ecs", "UpdateService", {
    cluster: "prod-a",
    service: "web-001",
    taskDefinition: registerTask(world, "prod-a-web-001"),
  });
  const json = await same(policy);
  expect(json.blocked.map(({ code }: Any) => code)).toContain("DeploymentInProgress");
  settle();
  wire.lay(({ operation }) => (operation === "UpdateService" ? "cut" : "pass"));
  await throughEndpoint(wire.endpoint, () => world.apply(policy, only));
  expect(wire.isCut()).toBe(true);
  const dead = await same(policy);
  expect(JSON.stringify(dead)).toContain("web-000");
  world.sandbox.control.advance(60 * minutes);
  await same(policy);
});

test("a layer that somebody's deployments took off is put back outside of windows, as a live plan does", async () => {
  const closed = webPolicy({ extra: '  rollout: { windows: [{ cron: "0 3 1 1 *", duration: 1h }] }\n' });
  await world.apply(webPolicy(), only);
  settle();
  for (let count = 0; count < 3; count += 1) {
    world.call("ecs", "UpdateService", {
      cluster: "prod-a",
      service,
      taskDefinition: registerTask(world, "prod-a-web-000"),
    });
    settle();
    // First the revision before tells of it, then only the deployments of the past.
    const json = await same(closed);
    const planned = (name: string): Any =>
      json.changes.some((change: Any) => change.kind === "TaskDefinition" && change.service === name);
    expect([planned(service), planned("web-001")]).toEqual([true, false]);
  }
});

test("a family that other services, rules and schedules run", async () => {
  createService(world, "other", "api", {}, [], { service: { taskDefinition: "prod-a-web-002" } });
  const Arn = `arn:aws:ecs:us-east-1:${account}:cluster/other`;
  const RoleArn = `arn:aws:iam::${account}:role/scheduler`;
  const TaskDefinitionArn = `arn:aws:ecs:us-east-1:${account}:task-definition/prod-a-web-003`;
  world.call("events", "PutRule", { Name: "nightly", ScheduleExpression: "rate(1 hour)" });
  const run = { Id: "1", Arn, RoleArn, EcsParameters: { TaskDefinitionArn } };
  world.call("events", "PutTargets", { Rule: "nightly", Targets: [run] });
  const schedule = (Name: string, Target: Any): Any =>
    world.call("scheduler", "CreateSchedule", {
      Name,
      ScheduleExpression: "rate(1 hour)",
      FlexibleTimeWindow: { Mode: "OFF" },
      Target: { RoleArn, ...Target },
    });
  schedule("hourly", { Arn, EcsParameters: { TaskDefinitionArn: TaskDefinitionArn.replace("003", "004") } });
  schedule("call", {
    Arn: "arn:aws:scheduler:::aws-sdk:ecs:runTask",
    Input: JSON.stringify({
      TaskDefinition: "prod-a-web-005",
      Overrides: { secret: "canary-of-a-schedule" },
    }),
  });
  settle();
  const json = await same(webPolicy());
  const shared = json.blocked.filter(
    ({ code }: Any) => code === "SharedTaskDefinition" || /shar/i.test(code),
  );
  expect(shared.map(({ service: name }: Any) => name).sort()).toEqual([
    "web-002",
    "web-003",
    "web-004",
    "web-005",
  ]);
});

describe("a layer that failed to roll out", () => {
  const policy = `
apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: side }
spec:
  selector: { clusters: [stalls] }
  sidecars: [{ container: { name: side, image: "side:1", essential: false } }]
`;
  const code = (json: Any, name: string): string =>
    json.blocked.find((one: Any) => one.service === name)?.code ?? "none";

  beforeEach(async () => {
    world.call("ecs", "CreateCluster", { clusterName: "stalls" });
    const service = {
      deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
    };
    const pin = [{ name: "PIN", value: "4711" }];
    createService(world, "stalls", "open", {}, [], { service, app: { environment: [] } });
    createService(world, "stalls", "pin", {}, [], { service, app: { environment: pin } });
    settle();
    for (const name of ["open", "pin"]) {
      currentTask(world, "stalls", name);
      world.sandbox.control.failDeployments("stalls", name, { mode: "tasks-die" });
      await world.apply(policy, { cluster: ["stalls"], service: [name] });
      world.sandbox.control.failDeployments("stalls", name, undefined);
    }
    settle();
    for (const name of ["open", "pin"]) currentTask(world, "stalls", name);
  });

  /** The tag that was laid, a hash that needs no key. */
  function markOf(name: string): string {
    const asked = { cluster: "stalls", services: [name], include: ["TAGS"] };
    const [{ tags }] = world.call("ecs", "DescribeServices", asked)["services"];
    return tags.find(({ key }: Any) => key === "ecsmon.dev/ecsmon/stalled").value;
  }

  test("is told by the key to be the same where nothing of it is hidden, and another by any of it", async () => {
    const flags = { cluster: ["stalls"], service: ["open"] };
    expect(code(await same(policy, flags), "open")).toBe("Stalled");
    expect((await same(policy.replace("side:1", "side:2"), flags)).changes).toHaveLength(1);
  });

  test("leaves no hash in a snapshot that its secrets could be guessed by", async () => {
    const given = { asOf: new Date(world.sandbox.control.now()), cluster: ["stalls"], maxRedeploys: 50 };
    for (const [key, open] of [
      ["a key of the tests' own", "Stalled"],
      ["", "NotInSnapshot"],
    ] as const) {
      process.env["ECSMON_SNAPSHOT_KEY"] = key;
      const { file } = await world.takeSnapshot();
      const text = readFileSync(file, "utf8");
      for (const name of ["open", "pin"]) {
        expect(markOf(name)).toMatch(/^[0-9a-f]{16}$/);
        expect(text).not.toContain(markOf(name));
      }
      const { json } = await world.plan(policy, { ...given, snapshot: file });
      expect([code(json, "open"), code(json, "pin")]).toEqual([open, "NotInSnapshot"]);
    }
  });
});

describe("roles of tasks", () => {
  let iam: Server;
  let allowed: readonly string[] = [];
  beforeAll(async () => {
    iam = createServer((request, response) => {
      let body = "";
      request.on("data", (part) => (body += part));
      request.on("end", () => {
        const asked = new URLSearchParams(body);
        const members = [...asked]
          .filter(([key]) => key.startsWith("ActionNames."))
          .map(([, action]) => action);
        const results = members.map(
          (action) =>
            `<member><EvalActionName>${action}</EvalActionName><EvalDecision>${allowed.includes(action) ? "allowed" : "implicitDeny"}</EvalDecision></member>`,
        );
        response.setHeader("content-type", "text/xml");
        response.end(
          `<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><SimulatePrincipalPolicyResult><EvaluationResults>${results.join("")}</EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>`,
        );
      });
    });
    await new Promise<void>((resolve) => iam.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => void iam.close());
  beforeEach(() => {
    process.env["AWS_ENDPOINT_URL_IAM"] = `http://127.0.0.1:${(iam.address() as AddressInfo).port}`;
    return () => void delete process.env["AWS_ENDPOINT_URL_IAM"];
  });

  test("that may do everything are not told of", async () => {
    allowed = ["logs:CreateLogStream", "logs:PutLogEvents", "ssm:GetParameters"];
    const json = await same(webPolicy());
    expect(json.diagnostics.map(({ code }: Any) => code)).not.toContain("RoleNotChecked");
  });

  test("that may not are told of as not checked: on which resources they may is not in it", async () => {
    allowed = ["logs:CreateLogStream", "logs:PutLogEvents"];
    const { file } = await world.takeSnapshot();
    const { json } = await world.plan(webPolicy(), { ...only, snapshot: file });
    const told = json.diagnostics.filter(({ code }: Any) => code === "RoleNotChecked");
    expect(told.map(({ message }: Any) => message)).toEqual([
      expect.stringContaining(
        "may do is unknown: a snapshot knows only what a role may do on every resource;",
      ),
    ]);
  });
});
