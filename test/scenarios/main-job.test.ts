// The main job, end to end: the exact diff, apply, an empty second plan, drift put right, and everything taken back.
import { expect, test } from "vitest";
import { account, currentTask, registerTask, seedEstate, webPolicy } from "./estate.ts";
import { type Any, tally, useWorld } from "./harness.ts";

const world = useWorld();

test("plan shows what would be made, and sends no write", async () => {
  seedEstate(world);
  const { code, json } = await world.plan(webPolicy());
  expect(code).toBe(2);
  expect(tally(json.changes, ({ action, kind }) => `${action} ${kind}`)).toEqual({
    "update ClusterSettings": 1,
    "create LogGroup": 6,
    "create MetricFilter": 6,
    "update TaskDefinition": 6,
    "create MetricAlarm": 18,
  });
  expect(tally(json.blocked, ({ code }) => code)).toEqual({ NotApplicable: 6 });
  expect(json.unknown).toEqual([]);
  expect(world.writes()).toEqual([]);
});

test("apply makes it, the second plan is empty, and drift is put right, no more", async () => {
  seedEstate(world);
  const applied = await world.apply(webPolicy());
  expect(applied.json.outcomes.filter(({ result }: Any) => result !== "applied")).toEqual([]);
  expect(applied.code).toBe(0);
  expect(await world.plan(webPolicy())).toMatchObject({ code: 0, json: { changes: [], unknown: [] } });

  const foreign = alarm("ecsmonitor/prod-a/web-000/cpu-high");
  const edited = alarm("ecsmon/prod-a/web-000/cpu-high");
  world.call("monitoring", "PutMetricAlarm", { ...pickAlarm(edited), Threshold: 99 });
  world.call("monitoring", "DeleteAlarms", { AlarmNames: ["ecsmon/prod-a/web-001/fatal"] });
  const { code, json } = await world.plan(webPolicy());
  expect(code).toBe(2);
  expect(json.changes.map(({ action, name }: Any) => `${action} ${name}`)).toEqual([
    "update ecsmon/prod-a/web-000/cpu-high",
    "create ecsmon/prod-a/web-001/fatal",
  ]);
  expect(json.changes[0].differences).toEqual([{ path: "Threshold", before: 99, after: 85 }]);

  await world.apply(webPolicy());
  expect((await world.plan(webPolicy())).code).toBe(0);
  expect(alarm("ecsmonitor/prod-a/web-000/cpu-high")).toEqual(foreign);
});

test("a deploy tool that copies the revision is compliant; one with its own file gets the layer again, with its image", async () => {
  seedEstate(world);
  await world.apply(webPolicy());
  const current = currentTask(world, "prod-a", "web-000");
  deploy(
    "web-000",
    registerTask(world, "prod-a-web-000", {
      task: {
        containerDefinitions: current.containerDefinitions.map((c: Any) =>
          c.name === "app" ? { ...c, image: "app:2" } : c,
        ),
      },
    }),
  );
  expect(await world.plan(webPolicy())).toMatchObject({ code: 0, json: { changes: [] } });

  deploy("web-000", registerTask(world, "prod-a-web-000", { app: { image: "app:3" } }));
  const { json } = await world.plan(webPolicy());
  expect(json.changes.map(({ kind, service }: Any) => `${kind} ${service}`)).toEqual([
    "TaskDefinition web-000",
  ]);
  await world.apply(webPolicy());
  const after = currentTask(world, "prod-a", "web-000");
  expect(after.containerDefinitions.map(({ name, image }: Any) => `${name} ${image}`)).toEqual([
    "app app:3",
    "jmx-exporter public.ecr.aws/example/jmx-exporter:1.0.1",
    "mackerel-container-agent public.ecr.aws/mackerel/mackerel-container-agent:v0.13.2",
  ]);
});

test("fields that no SDK knows, empty strings and the revision's tags survive a patch", async () => {
  seedEstate(world);
  deploy(
    "web-003",
    registerTask(world, "prod-a-web-003", {
      task: { brandNewTaskField: { a: [1] } },
      app: { brandNewField: "kept", healthCheck: { command: ["CMD", "true"], somethingNewer: 7 } },
    }),
  );
  await world.apply(webPolicy());
  const patched = currentTask(world, "prod-a", "web-003");
  expect(patched.brandNewTaskField).toEqual({ a: [1] });
  expect(patched.containerDefinitions[0]).toMatchObject({
    brandNewField: "kept",
    environment: [{ name: "MODE", value: "" }, { name: "DB_PASSWORD" }],
  });
  const { tags } = world.call("ecs", "DescribeTaskDefinition", {
    taskDefinition: patched.taskDefinitionArn,
    include: ["TAGS"],
  });
  expect(tags).toContainEqual({ key: "made-by", value: "terraform" });

  await world.apply(webPolicy({ services: '"none-*"' }), { maxDeletes: 500 });
  expect(currentTask(world, "prod-a", "web-003").containerDefinitions[0].healthCheck).toMatchObject({
    command: ["CMD", "true"],
    somethingNewer: 7,
  });
});

test("a policy that selects nothing any more is held by the guard, and takes everything back when told to", async () => {
  seedEstate(world);
  world.call("logs", "CreateLogGroup", { logGroupName: "/ecs/prod-a/web-005", tags: { team: "shop" } });
  world.call("logs", "PutRetentionPolicy", { logGroupName: "/ecs/prod-a/web-005", retentionInDays: 14 });
  const before = snapshot();
  await world.apply(webPolicy());
  world.sandbox.control.clearCalls();

  const nobody = webPolicy({ services: '"none-*"' });
  const held = await world.apply(nobody);
  expect(held.code).toBe(1);
  expect(tally(held.json.plan.blocked, ({ code }) => code)).toEqual({ DeleteGuard: 37 });
  expect(held.json.plan.blocked[0].message).toContain("--max-deletes 38");
  expect(world.writes()).toEqual([]);

  const released = await world.apply(nobody, { maxDeletes: 500 });
  expect(released.code).toBe(0);
  expect((await world.plan(nobody)).code).toBe(0);
  const after = snapshot();
  expect(after.alarms).toEqual(before.alarms);
  expect(after.filters).toEqual([]);
  expect(after.clusters).toEqual(before.clusters);
  expect(after.definitions).toEqual(before.definitions);
  // Groups that we made stay, with their events; the one that was there is as it was.
  expect(after.groups.filter(({ logGroupName }: Any) => logGroupName === "/ecs/prod-a/web-005")).toEqual(
    before.groups,
  );
  expect(after.groups).toHaveLength(6);
});

test("--service plans nothing outside, and deletes nothing there", async () => {
  seedEstate(world);
  await world.apply(webPolicy());
  const { code, json } = await world.plan(webPolicy({ services: '"none-*"' }), {
    service: ["web-000"],
    maxDeletes: 500,
  });
  expect(code).toBe(2);
  expect([...new Set(json.changes.map(({ service }: Any) => service))]).toEqual(["web-000"]);
  expect(await world.plan(webPolicy(), { service: ["web-000"] })).toMatchObject({
    code: 0,
    json: { changes: [] },
  });
});

test("a plan shows no environment value and no log option that is not ours", async () => {
  seedEstate(world);
  const json = await world.plan(webPolicy());
  const text = await world.planText(webPolicy());
  expect(json.stdout + text.stdout + json.stderr).not.toContain("hunter2");
});

test("the same world gives the same bytes, but for createdAt", async () => {
  seedEstate(world);
  const asOf = new Date("2026-11-22T00:00:00Z");
  const [first, second] = [await world.plan(webPolicy(), { asOf }), await world.plan(webPolicy(), { asOf })];
  const without = ({ stdout }: { stdout: string }): string => stdout.replace(/"createdAt": "[^"]*"/, "");
  expect(without(second)).toBe(without(first));
});

test.each(["reorder", "extra-fields", "absent-for-empty"] as const)(
  "the second plan is empty when answers come with %s",
  async (mutate) => {
    seedEstate(world);
    world.sandbox.control.addFault({ action: { mutate } });
    expect((await world.apply(webPolicy())).code).toBe(0);
    expect(await world.plan(webPolicy())).toMatchObject({ code: 0, json: { changes: [] } });
  },
);

function alarm(name: string): Any {
  return world.call("monitoring", "DescribeAlarms", { AlarmNames: [name] })["MetricAlarms"][0];
}

function pickAlarm(full: Any): Any {
  const {
    AlarmArn: _,
    StateValue: __,
    StateReason: ___,
    StateUpdatedTimestamp: ____,
    AlarmConfigurationUpdatedTimestamp: _____,
    ...input
  } = full;
  return input;
}

function deploy(service: string, taskDefinition: string): void {
  world.call("ecs", "UpdateService", { cluster: "prod-a", service, taskDefinition });
}

function snapshot(): Any {
  const { MetricAlarms } = world.call("monitoring", "DescribeAlarms", {});
  const { metricFilters } = world.call("logs", "DescribeMetricFilters", {});
  const { clusters } = world.call("ecs", "DescribeClusters", {
    clusters: ["prod-a", "other"],
    include: ["TAGS", "SETTINGS"],
  });
  const { logGroups } = world.call("logs", "DescribeLogGroups", {});
  return {
    alarms: MetricAlarms,
    filters: metricFilters,
    clusters,
    groups: logGroups.map(({ logGroupName, retentionInDays, logGroupArn }: Any) => ({
      logGroupName,
      retentionInDays,
      tags: world.call("logs", "ListTagsForResource", { resourceArn: logGroupArn })["tags"],
    })),
    definitions: [0, 1, 2, 3, 4, 5].map((index) => {
      const { containerDefinitions, cpu, memory, executionRoleArn } = currentTask(
        world,
        "prod-a",
        `web-00${index}`,
      );
      return { containerDefinitions, cpu, memory, executionRoleArn, account };
    }),
  };
}
