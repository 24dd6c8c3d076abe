// The main job on moto: plan, apply, an empty second plan, drift put right, and everything back as it was.
import {
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
} from "@aws-sdk/client-cloudwatch";
import { beforeEach, expect, test } from "vitest";
import type { Account } from "./account.ts";
import { type PlanJson, type Run, readPlan } from "./ecsmon.ts";
import { foreignAlarms, webServices } from "./estate.ts";
import { writeEmptyPolicy, writePolicy } from "./policies.ts";
import { useScene } from "./scene.ts";

const scene = useScene();
beforeEach(() => scene.begin());

test("a first plan shows all there is to do and writes nothing", async () => {
  const before = await scene.account();
  const run = await scene.plan(await writePolicy(), "--format", "json");
  expect(run).toMatchObject({ code: 0 });
  const plan = readPlan(run);
  expect(countChanges(plan)).toEqual({
    "create LogGroup": 6,
    "create MetricAlarm": 18,
    "create MetricFilter": 6,
    "update TaskDefinition": 6,
  });
  expect(plan.blocked.map(({ kind, code }) => `${kind} ${code}`)).toEqual(
    Array(6).fill("MetricAlarm NotApplicable"),
  );
  expect(plan.unknown).toEqual([]);
  expect(scene.proxy.writes()).toEqual([]);
  expect(await scene.account()).toEqual(before);
});

test("apply makes it all, the next plan is empty, and foreign alarms stay byte for byte", async () => {
  const before = await scene.account();
  const policy = await writePolicy();
  expect(await scene.apply(policy)).toMatchObject({ code: 0 });
  const after = await scene.account();
  expect(Object.keys(after.alarms)).toHaveLength(18 + foreignAlarms.length);
  expect(pickForeign(after)).toEqual(pickForeign(before));
  for (const service of webServices) {
    expect(containerNames(after, service)).toEqual(["app", "jmx-exporter", "mackerel-container-agent"]);
    expect(after.logGroups[`/ecs/prod-a/${service}`]?.retention).toBe(30);
  }
  for (const service of ["prod-a/batch-1", "other/web-x"]) {
    expect(after.revisions[service]).toBe(before.revisions[service]);
  }
  scene.proxy.reset();
  expectEmpty(await scene.plan(policy, "--detailed-exitcode", "--format", "json"));
  expect(scene.proxy.writes()).toEqual([]);
});

test("one alarm edited and one deleted by hand: exactly one update and one create", async () => {
  const policy = await writePolicy();
  await scene.apply(policy);
  const applied = await scene.account();
  const edited = "ecsmon/prod-a/web-000/cpu-high";
  await editThreshold(edited, 1);
  await scene.aws.cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: ["ecsmon/prod-a/web-001/fatal"] }));

  const plan = await scene.plan(policy, "--detailed-exitcode", "--format", "json");
  expect(plan.code).toBe(2);
  const { changes } = readPlan(plan);
  expect(changes.map(({ action, name }) => `${action} ${name}`).sort()).toEqual([
    "create ecsmon/prod-a/web-001/fatal",
    `update ${edited}`,
  ]);
  expect(changes.find(({ name }) => name === edited)?.differences.map(({ path }) => path)).toEqual([
    "Threshold",
  ]);
  expect(await scene.apply(policy)).toMatchObject({ code: 0 });
  expect(withoutTimes(await scene.account())).toEqual(withoutTimes(applied));
});

test("--service narrows a run and is no reason to delete what lies outside", async () => {
  const policy = await writePolicy();
  await scene.apply(policy);
  expectEmpty(await scene.plan(policy, "--service", "web-000", "--detailed-exitcode", "--format", "json"));

  const nothing = await writeEmptyPolicy();
  const plan = readPlan(
    await scene.plan(nothing, "--service", "web-000", "--max-deletes", "500", "--format", "json"),
  );
  expect(plan.changes.length).toBeGreaterThan(0);
  expect(new Set(plan.changes.map(({ service }) => service))).toEqual(new Set(["web-000"]));
});

test("a policy that selects nothing any more is held back; let through, it leaves no trace", async () => {
  const before = await scene.account();
  await scene.apply(await writePolicy());
  const applied = await scene.account();
  const nothing = await writeEmptyPolicy();

  scene.proxy.reset();
  const held = await scene.apply(nothing);
  expect(held.code).toBe(1);
  expect(held.stdout).toMatch(/DeleteGuard[\s\S]*--max-deletes \d+/);
  expect(scene.proxy.writes()).toEqual([]);
  expect(await scene.account()).toEqual(applied);

  expect(await scene.apply(nothing, "--max-deletes", "500")).toMatchObject({ code: 0 });
  const after = await scene.account();
  expect(after.taskDefinitions).toEqual(before.taskDefinitions);
  expect(after.alarms).toEqual(before.alarms);
  expect(after.filters).toEqual(before.filters);
  expect(after.clusterTags).toEqual(before.clusterTags);
  // The groups may hold logs, so they stay: as nobody's.
  expect(Object.keys(after.logGroups)).toEqual(webServices.map((service) => `/ecs/prod-a/${service}`));
  for (const { tags } of Object.values(after.logGroups)) expect(tags).toEqual({});
  expectEmpty(await scene.plan(nothing, "--detailed-exitcode", "--format", "json"));
});

test("an operation that moto lacks fails its own item; the rest converges, and is put back too", async () => {
  const before = await scene.account();
  const policy = await writePolicy({ containerInsights: "enabled" });
  const run = await scene.apply(policy, "--format", "json");
  expect(run.code).toBe(1);
  const { outcomes } = JSON.parse(run.stdout) as { outcomes: { kind: string; result: string }[] };
  expect(outcomes.filter(({ result }) => result !== "applied")).toMatchObject([
    { kind: "ClusterSettings", name: "prod-a", action: "update", result: "failed" },
  ]);
  expect(outcomes.filter(({ result }) => result === "applied")).toHaveLength(36);
  expect(run.stderr).toMatch(/ClusterSettings.*prod-a|prod-a.*ClusterSettings/);

  const again = await scene.plan(policy, "--detailed-exitcode", "--format", "json");
  expect(again.code).toBe(2);
  expect(countChanges(readPlan(again))).toEqual({ "update ClusterSettings": 1 });

  const nothing = await writeEmptyPolicy();
  expect(await scene.apply(nothing, "--max-deletes", "500")).toMatchObject({ code: 0 });
  expect((await scene.account()).clusterTags).toEqual(before.clusterTags);
});

function countChanges({ changes }: PlanJson): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { action, kind } of changes) {
    counts[`${action} ${kind}`] = (counts[`${action} ${kind}`] ?? 0) + 1;
  }
  return counts;
}

function expectEmpty(run: Run): void {
  expect(run).toMatchObject({ code: 0 });
  expect(readPlan(run).changes).toEqual([]);
}

function pickForeign({ alarms }: Account): unknown[] {
  return foreignAlarms.map((name) => alarms[name]);
}

function containerNames({ taskDefinitions }: Account, service: string): (string | undefined)[] {
  const { containerDefinitions = [] } = taskDefinitions[`prod-a/${service}`]?.input ?? {};
  return containerDefinitions.map(({ name }) => name);
}

async function editThreshold(name: string, threshold: number): Promise<void> {
  const { MetricAlarms } = await scene.aws.cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [name] }));
  const input = { ...MetricAlarms?.[0], Threshold: threshold } as PutMetricAlarmCommandInput;
  await scene.aws.cloudwatch.send(new PutMetricAlarmCommand(input));
}

/** Alarms that were written twice differ in when that was. */
function withoutTimes(account: Account): unknown {
  const alarms = Object.values(account.alarms).map(
    ({ AlarmConfigurationUpdatedTimestamp: _, StateUpdatedTimestamp: __, ...rest }) => rest,
  );
  return {
    ...account,
    alarms: alarms.sort((a, b) => String(a.AlarmName).localeCompare(String(b.AlarmName))),
  };
}
