// Unknown is never empty. On an estate that has been applied, with a wanted change of every kind and a service that is
// no longer wanted: each read fails in turn. What depends on it is left alone, and everything else is still done.
import { beforeEach, describe, expect, test } from "vitest";
import type { FaultRule } from "../../controller/sandbox/faults.ts";
import { createBalancer, createService, seedEstate, webPolicy } from "./estate.ts";
import { useWorld } from "./harness.ts";

const world = useWorld();

/** Writes that each kind's change sends. */
const writesOf = {
  ClusterSettings: ["UpdateClusterSettings"],
  LogGroup: ["PutRetentionPolicy"],
  MetricFilter: ["PutMetricFilter", "DeleteMetricFilter"],
  TaskDefinition: ["RegisterTaskDefinition", "UpdateService"],
  MetricAlarm: ["PutMetricAlarm", "DeleteAlarms"],
} as const;
type Name = keyof typeof writesOf;
const all = Object.keys(writesOf) as Name[];

const before = webPolicy();
/** Every kind changes, and web-005 is let go. */
const after = webPolicy({
  services: '"*", "!batch-*", "!web-005"',
  cpuThreshold: 80,
  p99Threshold: 2,
  retention: "60d",
  pattern: "?Fatal ?FATAL ?fatal",
  image: "public.ecr.aws/example/jmx-exporter:1.0.2",
  insights: "enabled",
});

beforeEach(async () => {
  seedEstate(world);
  expect((await world.apply(before)).code).toBe(0);
  world.sandbox.control.clearCalls();
});

test("without a fault, every kind is written", async () => {
  expect((await world.apply(after, { maxDeletes: 100 })).code).toBe(0);
  expect(written()).toEqual(all);
});

const cases: { readonly read: string; readonly service: string; readonly spares: readonly Name[] }[] = [
  { read: "ListClusters", service: "ecs", spares: all },
  { read: "DescribeClusters", service: "ecs", spares: ["ClusterSettings"] },
  { read: "ListServices", service: "ecs", spares: all },
  { read: "DescribeServices", service: "ecs", spares: all },
  { read: "DescribeTaskDefinition", service: "ecs", spares: ["TaskDefinition"] },
  { read: "DescribeLogGroups", service: "logs", spares: ["LogGroup"] },
  { read: "GetResources", service: "tagging", spares: ["LogGroup"] },
  { read: "DescribeMetricFilters", service: "logs", spares: ["MetricFilter"] },
  { read: "DescribeAlarms", service: "monitoring", spares: ["MetricAlarm"] },
];

describe.each(["denied", "error500", "empty"] as const)("%s", (action) => {
  test.each(cases)("$read: spares $spares and does the rest", async ({ read, service, spares }) => {
    fault({ service, operation: read, action });
    const ran = await world.apply(after, { maxDeletes: 100 });
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain(read);
    expect(written()).toEqual(all.filter((kind) => !spares.includes(kind)));
    // The world heals: what was left is done, and no more.
    world.sandbox.control.clearFaults();
    expect((await world.apply(after, { maxDeletes: 100 })).code).toBe(0);
    expect(await world.plan(after)).toMatchObject({ code: 0, json: { changes: [] } });
  });

  test("DescribeTargetGroups: spares the load balancer's alarms and does the rest", async () => {
    fault({ service: "elasticloadbalancing", operation: "DescribeTargetGroups", action });
    const ran = await world.apply(after, { maxDeletes: 100 });
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain("DescribeTargetGroups");
    expect(threshold("web-000", "p99-latency")).toBe(1.5);
    expect(threshold("web-000", "cpu-high")).toBe(80);
    expect(written()).toEqual(all);
  });
});

test("DescribeServices answered with no tags: nothing of ours is taken for unselected", async () => {
  const { services } = world.call("ecs", "DescribeServices", {
    cluster: "prod-a",
    services: ["web-000"],
    include: ["TAGS"],
  });
  const { createdAt: _, deployments: __, events: ___, ...rest } = services[0];
  const bare = { ...rest, tags: [] };
  fault({
    service: "ecs",
    operation: "DescribeServices",
    match: "web-000",
    action: { respond: { status: 200, body: JSON.stringify({ services: [bare], failures: [] }) } },
  });
  const ran = await world.apply(after, { service: ["web-000"], maxDeletes: 100 });
  expect(ran.code).toBe(1);
  expect(ran.stderr).toContain("no tags");
  expect(written()).toEqual([]);
});

test("an empty tags answer redeploys nobody: templates and negative selectors look at tags too", async () => {
  const optOut = after.replace(
    "tags: { tier: web }",
    "matchExpressions: [{ key: tier, operator: NotIn, values: [batch] }]",
  );
  for (const name of ["web-000", "web-001", "batch-1"]) {
    const { services } = world.call("ecs", "DescribeServices", {
      cluster: "prod-a",
      services: [name],
      include: ["TAGS"],
    });
    const { createdAt: _, deployments: __, events: ___, ...rest } = services[0];
    const body = JSON.stringify({ services: [{ ...rest, tags: [] }], failures: [] });
    world.sandbox.control.clearFaults();
    fault({
      service: "ecs",
      operation: "DescribeServices",
      match: name,
      action: { respond: { status: 200, body } },
    });
    const ran = await world.apply(optOut.replace('"!batch-*", ', ""), { service: [name], maxDeletes: 100 });
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain(`(prod-a/${name})`);
    expect(written()).toEqual([]);
  }
});

test("an empty tags answer does not give back what belongs to the whole cluster", async () => {
  const only = `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: insights }
spec:
  selector: { clusters: [other], tags: { tier: web } }
  cluster: { containerInsights: enhanced }
`;
  expect((await world.apply(only, { cluster: ["other"] })).code).toBe(0);
  world.sandbox.control.clearCalls();
  const { services } = world.call("ecs", "DescribeServices", { cluster: "other", services: ["web-x"] });
  const { createdAt: _, deployments: __, events: ___, ...rest } = services[0];
  const body = JSON.stringify({ services: [{ ...rest, tags: [] }], failures: [] });
  fault({
    service: "ecs",
    operation: "DescribeServices",
    match: "web-x",
    action: { respond: { status: 200, body } },
  });
  const ran = await world.apply(only, { cluster: ["other"], maxDeletes: 100 });
  expect(ran.code).toBe(1);
  expect(ran.stderr).toContain("(other/web-x)");
  expect(world.writes()).toEqual([]);
});

test.each([
  [
    "an override",
    "  overrides: [{ selector: { tags: { tier: web } }, alarms: [{ name: cpu, threshold: 50 }] }]\n",
  ],
  [
    "an exception",
    `---
apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringException
metadata: { name: quiet }
spec:
  selector: { tags: { tier: web } }
  except: [alarms.cpu]
  reason: being moved
  expires: "${new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10)}"
`,
  ],
])("an empty tags answer does not take away what %s gives by tags", async (_, byTags) => {
  const text = `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: graded }
spec:
  selector: { clusters: [other] }
  alarms: [{ name: cpu, preset: ecs-cpu-high, threshold: 80 }]
${byTags}`;
  const first = await world.apply(text, { cluster: ["other"], maxDeletes: 100 });
  expect(first.code, first.stderr).toBe(0);
  world.sandbox.control.clearCalls();
  const { services } = world.call("ecs", "DescribeServices", { cluster: "other", services: ["web-x"] });
  const { createdAt: _at, deployments: _rolling, events: _told, ...rest } = services[0];
  const body = JSON.stringify({ services: [{ ...rest, tags: [] }], failures: [] });
  const respond = { status: 200, body };
  fault({ service: "ecs", operation: "DescribeServices", match: "web-x", action: { respond } });
  const ran = await world.apply(text, { cluster: ["other"] });
  expect(ran.code).toBe(1);
  expect(ran.stderr).toContain("(other/web-x)");
  expect(world.writes()).toEqual([]);
});

test("an empty tags answer for a cluster does not forget what its owner had set", async () => {
  const { clusters } = world.call("ecs", "DescribeClusters", { clusters: ["prod-a"], include: ["SETTINGS"] });
  const body = JSON.stringify({ clusters: [{ ...clusters[0], tags: [] }], failures: [] });
  fault({
    service: "ecs",
    operation: "DescribeClusters",
    match: "prod-a",
    action: { respond: { status: 200, body } },
  });
  const ran = await world.apply(after, { cluster: ["prod-a"], maxDeletes: 100 });
  expect(ran.code).toBe(1);
  expect(ran.stderr).toContain("TagsIncomplete");
  expect(written()).toEqual(all.filter((kind) => kind !== "ClusterSettings"));
  world.sandbox.control.clearFaults();
  expect((await world.apply(webPolicy({ services: '"none-*"' }), { maxDeletes: 500 })).code).toBe(0);
  const [back] = world.call("ecs", "DescribeClusters", { clusters: ["prod-a"], include: ["SETTINGS"] })[
    "clusters"
  ];
  expect(back.settings).toEqual([{ name: "containerInsights", value: "disabled" }]);
});

test("an empty tag index is noticed also when nobody wants the groups any more", async () => {
  fault({
    service: "tagging",
    operation: "GetResources",
    action: { respond: { status: 200, body: '{"ResourceTagMappingList":[]}' } },
  });
  const ran = await world.apply(webPolicy({ services: '"none-*"' }), { maxDeletes: 500 });
  expect(ran.code).toBe(1);
  expect(ran.stderr).toContain("TagIndexIncomplete");
});

test("a tag index whose entries lack the tag that was asked for is no index", async () => {
  const ResourceARN = "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/prod-a/web-000";
  fault({
    service: "tagging",
    operation: "GetResources",
    action: {
      respond: { status: 200, body: JSON.stringify({ ResourceTagMappingList: [{ ResourceARN, Tags: [] }] }) },
    },
  });
  const ran = await world.apply(after, { maxDeletes: 100 });
  expect(ran.code).toBe(1);
  expect(written()).not.toContain("LogGroup");
});

test("tag reads that answer an empty 200: no log group is touched, the rest is done", async () => {
  fault({
    service: "tagging",
    operation: "GetResources",
    action: { respond: { status: 200, body: '{"ResourceTagMappingList":[],"PaginationToken":""}' } },
  });
  const ran = await world.apply(after, { maxDeletes: 100 });
  expect(ran.code).toBe(1);
  expect(ran.stderr).toContain("TagIndexIncomplete");
  expect(world.writes()).not.toContain("UntagResource");
  expect(written()).toContain("MetricAlarm");
});

test("page 2 of the services denied: that cluster is left alone, others are not", async () => {
  world.call("ecs", "CreateCluster", { clusterName: "prod-b" });
  const group = createBalancer(world, "front-b", "application");
  for (let index = 0; index < 101; index += 1)
    createService(world, "prod-b", `many-${index}`, { tier: "web" }, index === 0 ? [group("many")] : []);
  world.sandbox.control.clearCalls();
  fault({ service: "ecs", operation: "ListServices", page: "2", action: "denied" });
  const ran = await world.apply(after, { maxDeletes: 100 });
  expect(ran.code).toBe(1);
  expect(JSON.stringify(world.sandbox.control.calls({ write: true }))).not.toContain("prod-b");
  expect(written()).toEqual(all);
});

test("one cluster denied: that cluster is left alone, the other is not", async () => {
  world.call("ecs", "CreateCluster", { clusterName: "prod-b" });
  createService(world, "prod-b", "web-b", { tier: "web" });
  expect((await world.apply(before)).code).toBe(0);
  world.sandbox.control.clearCalls();
  fault({ service: "ecs", operation: "ListServices", match: "prod-a", action: "denied" });
  const ran = await world.apply(after, { maxDeletes: 100 });
  expect(ran.code).toBe(1);
  const calls = JSON.stringify(world.sandbox.control.calls({ write: true }));
  expect(calls).not.toContain("prod-a");
  expect(threshold("web-b", "cpu-high", "prod-b")).toBe(80);
});

test("page 2 of the alarms denied: no alarm is written", async () => {
  for (let index = 0; index < 101; index += 1) {
    const AlarmName = `ecsmon/prod-a/web-000/extra-${String(index).padStart(3, "0")}`;
    world.call("monitoring", "PutMetricAlarm", {
      AlarmName,
      Namespace: "N",
      MetricName: "M",
      Statistic: "Sum",
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: "GreaterThanThreshold",
    });
  }
  fault({ service: "monitoring", operation: "DescribeAlarms", page: "2", action: "denied" });
  const ran = await world.apply(after, { maxDeletes: 500 });
  expect(ran.code).toBe(1);
  expect(written()).toEqual(all.filter((kind) => kind !== "MetricAlarm"));
});

test("a list that leaves services out: they are asked for by name, and nothing of theirs is deleted", async () => {
  const { serviceArns } = world.call("ecs", "ListServices", { cluster: "prod-a", maxResults: 100 });
  const shorter = serviceArns.filter((arn: string) => !arn.endsWith("web-000"));
  fault({
    service: "ecs",
    operation: "ListServices",
    match: "prod-a",
    action: { respond: { status: 200, body: JSON.stringify({ serviceArns: shorter }) } },
  });
  const ran = await world.apply(before, { maxDeletes: 100 });
  expect(ran.code).toBe(1);
  expect(ran.stderr).toContain("web-000");
  expect(world.writes()).toEqual([]);
});

test("an empty list of clusters deletes nothing", async () => {
  fault({
    service: "ecs",
    operation: "ListClusters",
    action: { respond: { status: 200, body: '{"clusterArns":[]}' } },
  });
  const ran = await world.apply(before, { maxDeletes: 500 });
  expect(ran.code).toBe(1);
  expect(world.writes()).toEqual([]);
});

test("a service that was deleted is gone once ECS says so; its things go without being asked about", async () => {
  world.call("ecs", "DeleteService", { cluster: "prod-a", service: "web-004", force: true });
  const ran = await world.apply(before);
  expect(ran.code).toBe(0);
  expect(
    ran.json.outcomes.map(({ action, name }: { action: string; name: string }) => `${action} ${name}`).sort(),
  ).toEqual([
    "delete ecsmon/prod-a/web-004/cpu-high",
    "delete ecsmon/prod-a/web-004/fatal",
    "delete ecsmon/prod-a/web-004/fatal",
    "update /ecs/prod-a/web-004",
  ]);
});

function fault(rule: FaultRule): void {
  world.sandbox.control.addFault(rule);
}

function written(): Name[] {
  const sent = new Set(world.writes());
  return all.filter((kind) => writesOf[kind].some((operation) => sent.has(operation)));
}

function threshold(service: string, name: string, cluster = "prod-a"): number {
  return world.call("monitoring", "DescribeAlarms", { AlarmNames: [`ecsmon/${cluster}/${service}/${name}`] })[
    "MetricAlarms"
  ][0].Threshold;
}
