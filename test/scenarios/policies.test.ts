// What policies say together, and what they find: priorities, conflicts, audit, suspension, owners, load balancers,
// and log groups that were there before.
import { expect, test } from "vitest";
import { createBalancer, createService, seedEstate, webPolicy } from "./estate.ts";
import { type Any, tally, useWorld } from "./harness.ts";

const world = useWorld();

const second = (fields: string): string => `---
apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: second }
spec:
  selector: { services: ["web-000"] }
${fields}`;

function threshold(service = "web-000"): number {
  return world.call("monitoring", "DescribeAlarms", { AlarmNames: [`ecsmon/prod-a/${service}/cpu-high`] })[
    "MetricAlarms"
  ][0].Threshold;
}

test("the higher priority wins, for its services only; order does not matter", async () => {
  seedEstate(world);
  const other = second("  priority: 5\n  alarms: [{ name: cpu-high, threshold: 70 }]\n");
  await world.apply(webPolicy() + other);
  expect([threshold("web-000"), threshold("web-001")]).toEqual([70, 85]);
  expect(await world.plan(`${other}${webPolicy().replace(/^/, "---\n")}`)).toMatchObject({ code: 0 });
});

test("equal priority with different values blocks that item, naming both places; everything else goes on", async () => {
  seedEstate(world);
  const { code, json } = await world.apply(
    webPolicy() + second("  alarms: [{ name: cpu-high, threshold: 70 }]\n"),
  );
  expect(code).toBe(1);
  const conflicts = json.plan.blocked.filter(({ code }: Any) => code === "Conflict");
  expect(conflicts).toMatchObject([
    { kind: "MetricAlarm", name: "ecsmon/prod-a/web-000/cpu-high", policies: ["second", "web-baseline"] },
  ]);
  expect(conflicts[0].message).toMatch(/policies\.yaml:\d+.*policies\.yaml:\d+/);
  expect(json.outcomes).toHaveLength(36);
});

test("a policy that an override sets apart for some of its services is named once", async () => {
  seedEstate(world);
  const topic = "arn:aws:sns:us-east-1:123456789012:pager";
  const policy = `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: one }
spec:
  selector: { clusters: [prod-a], services: [web-000, web-001] }
  cluster: { containerInsights: enabled }
  logging: { group: /shared, retention: 30d }
  events: [{ preset: task-stopped, targets: ["${topic}"] }]
  overrides:
    - selector: { services: [web-001] }
      dashboard: true
`;
  const wanted = await world.apply(policy);
  expect(wanted.code).toBe(0);
  const shared = wanted.json.plan.changes.filter(({ service }: Any) => service === undefined);
  expect(shared.map(({ kind, policies }: Any) => [kind, policies])).toEqual([
    ["LogGroup", ["one"]],
    ["EventRule", ["one"]],
    ["ClusterSettings", ["one"]],
  ]);
  const [{ Arn }] = world.call("events", "ListRules", {})["Rules"];
  expect(world.call("events", "ListTagsForResource", { ResourceARN: Arn })["Tags"]).toContainEqual({
    Key: "ecsmon.dev/policy",
    Value: "one",
  });
  const split = `${policy}      cluster: { containerInsights: disabled }\n      logging: { retention: 60d }\n`;
  expect((await world.plan(split)).json.blocked).toMatchObject([
    { kind: "LogGroup", code: "Conflict", policies: ["one"] },
    { kind: "ClusterSettings", code: "Conflict", policies: ["one"] },
  ]);
});

test("what is in Audit is shown, never written, and does not count", async () => {
  seedEstate(world);
  const audited = webPolicy().replace(
    "spec:\n",
    "spec:\n  enforcement: { default: Audit, MetricAlarm: Enforce }\n",
  );
  const applied = await world.apply(audited);
  expect(applied.code).toBe(0);
  expect(new Set(world.writes())).toEqual(new Set(["PutMetricAlarm"]));
  const { code, json } = await world.plan(audited);
  expect(code).toBe(0);
  expect(tally(json.changes, ({ enforcement }) => enforcement)).toEqual({ Audit: 19 });
});

test("a suspended policy leaves everything as it stands", async () => {
  seedEstate(world);
  await world.apply(webPolicy());
  world.sandbox.control.clearCalls();
  const suspended = webPolicy({ cpuThreshold: 10 }).replace("spec:\n", "spec:\n  suspend: true\n");
  const { code, json } = await world.apply(suspended, { maxDeletes: 500 });
  expect(code).toBe(0);
  expect(json.plan.changes).toEqual([]);
  expect(new Set(json.plan.blocked.map(({ code }: Any) => code))).toEqual(new Set(["Suspended"]));
  expect(world.writes()).toEqual([]);
});

test("two owners share an account, and neither touches what is the other's", async () => {
  seedEstate(world);
  const alarms = (name: string) =>
    second(
      `  alarms:\n    - { name: ${name}, metric: { namespace: AWS/ECS, metricName: MemoryUtilization }, statistic: Average, comparison: GreaterThanThreshold, threshold: 80 }\n  healthCheck: { command: [CMD, "true"], container: app }\n`,
    );
  await world.apply(webPolicy());
  expect((await world.apply(alarms("memory"), { owner: "team-b" })).code).toBe(0);
  expect(await world.plan(alarms("memory"), { owner: "team-b" })).toMatchObject({
    code: 0,
    json: { changes: [] },
  });
  expect(
    (await world.plan(alarms("memory"), { owner: "team-b", service: ["web-001"] })).json.changes,
  ).toEqual([]);
});

test("a tag that a service lacks blocks that item for that service, and nothing else", async () => {
  seedEstate(world);
  const { json, code } = await world.plan(
    webPolicy().replace(
      "namespace: AWS/ECS, metricName",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the policy language's own template
      'namespace: "App/${service.tags.team}", metricName',
    ),
  );
  expect(code).toBe(1);
  expect(tally(json.blocked, ({ code, name }) => `${code} ${name.split("/").at(-1)}`)).toMatchObject({
    "MissingReference cpu-high": 6,
  });
});

test("a blue/green pair: one alarm of the same name, over both target groups", async () => {
  world.call("ecs", "CreateCluster", { clusterName: "prod-a" });
  const group = createBalancer(world, "front", "application");
  const [blue, green] = [group("blue"), group("green")];
  createService(world, "prod-a", "web-000", { tier: "web" }, [], {
    service: {
      loadBalancers: [
        {
          targetGroupArn: blue,
          containerName: "app",
          containerPort: 8080,
          advancedConfiguration: {
            alternateTargetGroupArn: green,
            productionListenerRule: "arn:rule",
            roleArn: "arn:role",
          },
        },
      ],
    },
  });
  expect((await world.apply(webPolicy())).code).toBe(0);
  const [p99] = world.call("monitoring", "DescribeAlarms", {
    AlarmNames: ["ecsmon/prod-a/web-000/p99-latency"],
  })["MetricAlarms"];
  expect(
    p99.Metrics.map(
      ({ Id, Expression, MetricStat }: Any) => Expression ?? `${Id} ${MetricStat.Metric.Dimensions.length}`,
    ),
  ).toEqual(["m1 2", "m2 2", "MAX([m1, m2])"]);
  const [rate] = world.call("monitoring", "DescribeAlarms", {
    AlarmNames: ["ecsmon/prod-a/web-000/error-rate"],
  })["MetricAlarms"];
  expect(rate.Metrics.map(({ Expression }: Any) => Expression).filter(Boolean)).toEqual([
    "SUM([errors__1, errors__2])",
    "SUM([requests__1, requests__2])",
    "100 * errors / MAX([requests, 1])",
  ]);
  expect(await world.plan(webPolicy())).toMatchObject({ code: 0 });
});

test("a target group at no load balancer, and a network load balancer: not applicable, no error", async () => {
  world.call("ecs", "CreateCluster", { clusterName: "prod-a" });
  const lonely = createBalancer(world, "gone", "application")("lonely");
  createService(world, "prod-a", "web-000", { tier: "web" }, [lonely]);
  createService(world, "prod-a", "web-001", { tier: "web" }, [
    createBalancer(world, "edge", "network")("tcp"),
  ]);
  const [balancer] = world.call("elasticloadbalancing", "DescribeLoadBalancers", { Names: ["gone"] })[
    "LoadBalancers"
  ];
  world.call("elasticloadbalancing", "DeleteLoadBalancer", { LoadBalancerArn: balancer.LoadBalancerArn });
  const { json, code } = await world.plan(webPolicy());
  expect(code).toBe(2);
  expect(tally(json.blocked, ({ code, service }) => `${code} ${service}`)).toEqual({
    "NotApplicable web-000": 2,
    "NotApplicable web-001": 2,
  });
});

test("an alarm that is no longer applicable is released like one that nobody wants", async () => {
  world.call("ecs", "CreateCluster", { clusterName: "prod-a" });
  const group = createBalancer(world, "front", "application")("web");
  createService(world, "prod-a", "web-000", { tier: "web" }, [group]);
  await world.apply(webPolicy());
  world.call("ecs", "UpdateService", { cluster: "prod-a", service: "web-000", loadBalancers: [] });
  const { json } = await world.plan(webPolicy());
  expect(json.changes.map(({ action, name }: Any) => `${action} ${name}`)).toEqual([
    "delete ecsmon/prod-a/web-000/error-rate",
    "delete ecsmon/prod-a/web-000/p99-latency",
  ]);
});

test("a longer retention of the owner's is not shortened unless told to, and comes back", async () => {
  seedEstate(world);
  const logGroupName = "/ecs/prod-a/web-000";
  world.call("logs", "CreateLogGroup", { logGroupName });
  world.call("logs", "PutRetentionPolicy", { logGroupName, retentionInDays: 365 });
  const held = await world.apply(webPolicy());
  expect(held.code).toBe(1);
  expect(held.json.plan.blocked).toContainEqual(
    expect.objectContaining({ code: "DataLoss", name: logGroupName }),
  );
  expect(retention(logGroupName)).toBe(365);
  const meant = webPolicy().replace("retention: 30d", "retention: 30d\n    shortenRetention: true");
  expect((await world.apply(meant)).code).toBe(0);
  expect(retention(logGroupName)).toBe(30);
  await world.apply(webPolicy({ services: '"none-*"' }), { maxDeletes: 500 });
  expect(retention(logGroupName)).toBe(365);
});

test("an original that a policy came to agree with for a while is still the owner's", async () => {
  seedEstate(world);
  const logGroupName = "/ecs/prod-a/web-000";
  world.call("logs", "CreateLogGroup", { logGroupName });
  world.call("logs", "PutRetentionPolicy", { logGroupName, retentionInDays: 14 });
  for (const days of [30, 14, 60]) {
    const policy = webPolicy({ retention: `${days}d\n    shortenRetention: true` });
    expect((await world.apply(policy)).code).toBe(0);
    expect(retention(logGroupName)).toBe(days);
  }
  await world.apply(webPolicy({ services: '"none-*"' }), { maxDeletes: 500 });
  expect(retention(logGroupName)).toBe(14);
});

test("a service scaled to zero: its alarms run no actions", async () => {
  seedEstate(world);
  world.call("ecs", "UpdateService", { cluster: "prod-a", service: "web-000", desiredCount: 0 });
  await world.apply(webPolicy());
  const [alarm] = world.call("monitoring", "DescribeAlarms", {
    AlarmNames: ["ecsmon/prod-a/web-000/cpu-high"],
  })["MetricAlarms"];
  expect(alarm.ActionsEnabled).toBe(false);
});

function retention(name: string): number | undefined {
  return world.call("logs", "DescribeLogGroups", { logGroupNamePrefix: name })["logGroups"][0]
    .retentionInDays;
}
