// `ecsmon iam`: what an apply sends stands in the policy, narrowed where AWS can; nothing that no kind sends does.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { type IamFlags, runIam } from "../../controller/cli/iam.ts";
import type { Io } from "../../controller/cli/io.ts";
import { createBalancer, createService } from "./estate.ts";
import { type Any, useWorld } from "./harness.ts";
import { useMackerel } from "./reference-estate.ts";

const world = useWorld();
const reference = "test/golden/api/reference-policy.yaml";
const asOf = new Date("2026-11-23T02:00:00Z");

beforeEach(() => {
  useMackerel(world);
  world.call("ecs", "CreateCluster", { clusterName: "prod-a" });
  const balancer = createBalancer(world, "front", "application");
  for (const name of ["web", "checkout"])
    createService(world, "prod-a", name, { tier: "web" }, [balancer(name)]);
  world.sandbox.control.clearCalls();
});

async function printed(policies?: string, flags: Partial<IamFlags> = {}): Promise<Any> {
  let out = "";
  const io = {
    stdout: (text: string) => {
      out += text;
    },
    stderr: () => undefined,
    now: () => asOf,
    colour: { stdout: false, stderr: false },
  } as unknown as Io;
  expect(await runIam({ ...(policies && { policies: [policies] }), owner: "ecsmon", ...flags }, io)).toBe(0);
  return JSON.parse(out);
}

const actionsOf = (policy: Any): string[] => policy.Statement.flatMap(({ Action }: Any) => Action);

const prefixes: Readonly<Record<string, string>> = { monitoring: "cloudwatch", tagging: "tag" };

function sent(): string[] {
  const calls = world.sandbox.control.calls().filter(({ service }) => service !== "mackerel");
  return [
    ...new Set(calls.map(({ service, operation }) => `${prefixes[service] ?? service}:${operation}`)),
  ].sort();
}

test("holds every call of an apply, of a change and of a release", async () => {
  const policy = readFileSync(reference, "utf8");
  const flags = { asOf, maxRedeploys: 50, maxDeletes: 500 };
  const allowed = new Set(actionsOf(await printed(reference)));
  const steps = [
    policy,
    policy.replace("threshold: 85", "threshold: 80").replace("retention: 30d", "retention: 60d"),
    policy.replace('services: ["*", "!batch-*"]', 'services: ["none-*"]'),
  ];
  for (const step of steps) expect((await world.apply(step, flags)).code).toBe(0);
  const calls = sent();
  expect(calls.filter((action) => !allowed.has(action))).toEqual([]);
  // And the other way: what it allows beyond that is for what did not happen here.
  expect([...allowed].filter((action) => !calls.includes(action)).sort()).toEqual([
    "ecs:DescribeServiceRevisions",
    "ecs:DescribeTasks",
    "ecs:ListTasks",
    "events:TagResource",
    "iam:PassRole",
    "logs:DeleteRetentionPolicy",
    "scheduler:GetSchedule",
    "sts:GetCallerIdentity",
  ]);
});

test("is narrowed: to our names, and roles to the services that take them", async () => {
  const { Statement } = await printed(reference);
  const find = (action: string): Any => Statement.find(({ Action }: Any) => Action.includes(action));
  expect(find("cloudwatch:PutMetricAlarm").Resource).toBe("arn:*:cloudwatch:*:*:alarm:ecsmon/*");
  expect(find("events:PutRule").Resource).toBe("arn:*:events:*:*:rule/ecsmon-*");
  const passing = Statement.filter(({ Action }: Any) => Action.includes("iam:PassRole"));
  const to = (service: string): Any => ({ StringEquals: { "iam:PassedToService": [service] } });
  expect(passing.map(({ Resource, Condition }: Any) => ({ Resource, Condition }))).toEqual([
    { Resource: "arn:*:iam::*:role/*", Condition: to("ecs-tasks.amazonaws.com") },
    { Resource: "arn:aws:iam::*:role/log-alarms", Condition: to("logs.amazonaws.com") },
  ]);
  const writes = Statement.filter(({ Sid }: Any) => Sid !== "Read").flatMap(({ Action }: Any) => Action);
  expect(writes.filter((action: string) => action !== "iam:PassRole")).toEqual([
    ...new Set(writes.filter((action: string) => action !== "iam:PassRole")),
  ]);
});

test("asks for no more writes than the policies do", async () => {
  const small = actionsOf(await printed("docs/examples/testing/policies"));
  for (const action of ["events:PutRule", "cloudwatch:PutDashboard", "ecs:UpdateClusterSettings"])
    expect(small).not.toContain(action);
  expect(small).toContain("cloudwatch:PutMetricAlarm");
  // Without policies it is for whatever they may ask.
  const all = actionsOf(await printed());
  expect(small.filter((action) => !all.includes(action))).toEqual([]);
  expect(all).toContain("events:PutRule");
});

test("of a snapshot holds every call that takes one, and no write", async () => {
  // What carries no layer yet has its past looked at, and what has no tags is asked for them.
  createService(world, "prod-a", "tagless", {});
  expect((await world.takeSnapshot()).code).toBe(0);
  const before = sent();
  expect((await world.apply(readFileSync(reference, "utf8"), { asOf, maxRedeploys: 50 })).code).toBe(0);
  world.sandbox.control.clearCalls();
  expect((await world.takeSnapshot()).code).toBe(0);
  const policy = await printed(undefined, { snapshot: true });
  expect(policy.Statement).toEqual([
    { Sid: "Snapshot", Effect: "Allow", Action: expect.any(Array), Resource: "*" },
  ]);
  const allowed = actionsOf(policy);
  const calls = [...before, ...sent()];
  expect(calls.filter((action) => !allowed.includes(action))).toEqual([]);
  // And the other way: here no deployment has settled, no schedule and no topic stands, and no emulator is asked of roles.
  expect(allowed.filter((action) => !calls.includes(action))).toEqual([
    "ecs:DescribeServiceRevisions",
    "iam:SimulatePrincipalPolicy",
    "scheduler:GetSchedule",
    "sns:ListSubscriptionsByTopic",
  ]);
  expect(allowed.filter((action) => !/:(Describe|Get|List|Simulate)/.test(action))).toEqual([]);
});

test("of a snapshot beside policies adds what these do not read, once", async () => {
  const least = await printed(reference);
  const { Statement } = await printed(reference, { snapshot: true });
  expect(Statement.slice(0, -1)).toEqual(least.Statement);
  const { Sid, Action } = Statement.at(-1);
  expect([Sid, Action.includes("sns:GetTopicAttributes")]).toEqual(["Snapshot", true]);
  expect(Action.filter((action: string) => least.Statement[0].Action.includes(action))).toEqual([]);
});

test.each([
  ["audit and snapshot", undefined, { audit: true, snapshot: true }],
  ["backtest and snapshot", reference, { backtest: true, snapshot: true }],
  ["backtest and audit", reference, { backtest: true, audit: true }],
] as const)("of %s together holds what each reads", async (_, policies, flags) => {
  const together = actionsOf(await printed(policies, flags));
  for (const flag of Object.keys(flags)) {
    const alone = actionsOf(await printed(policies, { [flag]: true }));
    expect(alone.filter((action) => !together.includes(action))).toEqual([]);
  }
});

test("of an audit with a configuration may take its targets' roles", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ecsmon-iam-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const config = join(folder, "operator.yaml");
  writeFileSync(
    config,
    `apiVersion: ecsmon.dev/v1alpha1
kind: OperatorConfig
metadata: { name: prod }
spec:
  sources: [{ path: ./policies }]
  targets: [{ region: us-east-1, roleArn: "arn:aws:iam::123456789012:role/ecsmon" }]
`,
  );
  expect(actionsOf(await printed(undefined, { audit: true, config }))).toContain("sts:AssumeRole");
  expect(actionsOf(await printed(undefined, { audit: true }))).not.toContain("sts:AssumeRole");
});
