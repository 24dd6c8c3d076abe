// Dashboards: one a service and Region, on which changes by hand are put back; what is not ours is never touched.
import { expect, test } from "vitest";
import { account, seedEstate, webPolicy } from "./estate.ts";
import { type Any, useWorld } from "./harness.ts";

const world = useWorld();
const nameOf = (service: string): string => `ecsmon__prod-a__${service}__us-east-1`;
const standard = (services = '"web-000", "web-003"'): string =>
  webPolicy({ services, extra: "  dashboard: true\n" });

const list = (): string[] =>
  world
    .call("monitoring", "ListDashboards", {})
    ["DashboardEntries"].map(({ DashboardName }: Any) => DashboardName);
const bodyOf = (name: string): Any =>
  JSON.parse(world.call("monitoring", "GetDashboard", { DashboardName: name })["DashboardBody"]);
const put = (DashboardName: string, body: Any): void => {
  world.call("monitoring", "PutDashboard", { DashboardName, DashboardBody: JSON.stringify(body) });
};
const titles = (name: string): string[] =>
  bodyOf(name).widgets.flatMap(({ properties }: Any) => properties.title ?? []);
const dashboards = (json: Any): Any[] => json.changes.filter(({ kind }: Any) => kind === "Dashboard");
const reads = (): string[] =>
  world.sandbox.control
    .calls()
    .filter(({ service }) => service === "monitoring")
    .map(({ operation }) => operation)
    .filter((operation) => operation !== "DescribeAlarms")
    .sort();

test("each service has one with what it has, and the next plan is empty, at one read a dashboard", async () => {
  seedEstate(world);
  expect((await world.apply(standard())).code).toBe(0);
  expect(list()).toEqual([nameOf("web-000"), nameOf("web-003")]);
  expect(titles(nameOf("web-000"))).toEqual([
    "Alarms",
    "CPU (percent)",
    "Memory (percent)",
    "Tasks: running and desired",
    "Requests per minute",
    "Latency (seconds)",
    "Responses of 5xx per minute",
    "Targets",
    "Log lines per minute",
    "Recent errors",
  ]);
  // Behind no load balancer: no requests, and no alarms on them.
  expect(titles(nameOf("web-003"))).not.toContain("Requests per minute");
  const { properties } = bodyOf(nameOf("web-003")).widgets[1];
  expect(properties.alarms).toEqual(
    ["cpu-high", "fatal"].map(
      (name) => `arn:aws:cloudwatch:us-east-1:${account}:alarm:ecsmon/prod-a/web-003/${name}`,
    ),
  );
  world.sandbox.control.clearCalls();
  expect(await world.plan(standard())).toMatchObject({ code: 0 });
  expect(reads()).toEqual(["GetDashboard", "GetDashboard", "ListDashboards"]);
});

test("AWS has nothing to say against the standard one", async () => {
  seedEstate(world);
  const { json } = await world.plan(standard());
  for (const { after } of dashboards(json))
    expect(world.call("monitoring", "PutDashboard", after)["DashboardValidationMessages"]).toEqual([]);
  expect(dashboards(json)).toHaveLength(2);
});

test("a change by hand is put back, told widget by widget; other JSON text is no change", async () => {
  seedEstate(world);
  await world.apply(standard());
  const name = nameOf("web-000");
  const body = bodyOf(name);
  world.call("monitoring", "PutDashboard", {
    DashboardName: name,
    DashboardBody: JSON.stringify({ widgets: [...body.widgets].reverse() }, undefined, 2),
  });
  expect(await world.plan(standard())).toMatchObject({ code: 0 });
  body.widgets[2].properties.period = 300;
  put(name, body);
  const ran = await world.apply(standard());
  expect(ran.code).toBe(0);
  expect(dashboards(ran.json.plan)).toMatchObject([
    {
      action: "update",
      name,
      cluster: "prod-a",
      service: "web-000",
      differences: [
        { path: "DashboardBody.widgets[CPU (percent)].properties.period", before: 300, after: 60 },
      ],
    },
  ]);
  expect(bodyOf(name).widgets[2].properties.period).toBe(60);
  expect(await world.plan(standard())).toMatchObject({ code: 0 });
});

test("the tag that says whose policies want one is brought up to date when it is written", async () => {
  seedEstate(world);
  const named = (name: string): string =>
    standard('"web-000"').replace("name: web-baseline", `name: ${name}`);
  const ResourceARN = `arn:aws:cloudwatch::${account}:dashboard/${nameOf("web-000")}`;
  const tags = (): Any => world.call("monitoring", "ListTagsForResource", { ResourceARN })["Tags"];
  await world.apply(named("first"));
  world.call("monitoring", "TagResource", { ResourceARN, Tags: [{ Key: "team", Value: "shop" }] });
  expect((await world.apply(named("second"))).code).toBe(0);
  expect(tags()).toEqual([
    { Key: "ecsmon.dev/owner", Value: "ecsmon" },
    { Key: "ecsmon.dev/policy", Value: "second" },
    { Key: "team", Value: "shop" },
  ]);
  expect((await world.plan(named("second"))).json.changes).toEqual([]);
});

test("a template is filled from the service", async () => {
  seedEstate(world);
  const own = webPolicy({
    services: '"web-000"',
    extra: `  dashboard:
    widgets:
      - type: metric
        properties: { region: "\${region}", title: "\${service.name}", metrics: [[AWS/ECS, CPUUtilization, ClusterName, "\${cluster.name}", ServiceName, "\${service.name}"]] }
`,
  });
  expect((await world.apply(own)).code).toBe(0);
  expect(bodyOf(nameOf("web-000")).widgets[0].properties).toMatchObject({
    region: "us-east-1",
    title: "web-000",
  });
  expect(await world.plan(own)).toMatchObject({ code: 0 });
});

test("they go with the policy, and only those of this Region", async () => {
  seedEstate(world);
  await world.apply(standard());
  const elsewhere = "ecsmon__prod-a__web-009__eu-west-1";
  world.call("monitoring", "PutDashboard", {
    DashboardName: elsewhere,
    DashboardBody: '{"widgets":[]}',
    Tags: [{ Key: "ecsmon.dev/owner", Value: "ecsmon" }],
  });
  put("ecsmon-made-by-hand", { widgets: [] });
  const ran = await world.apply(standard('"web-000"'), { maxDeletes: 100 });
  expect(dashboards(ran.json.plan)).toMatchObject([
    { action: "delete", name: nameOf("web-003"), before: { DashboardName: nameOf("web-003") } },
  ]);
  expect(list()).toEqual(["ecsmon-made-by-hand", nameOf("web-000"), elsewhere]);
  const off = webPolicy({ services: '"web-000"', extra: "  dashboard: false\n" });
  await world.apply(off);
  expect(list()).toEqual(["ecsmon-made-by-hand", elsewhere]);
});

test("one of our name that we did not make is never changed, and never deleted", async () => {
  seedEstate(world);
  put(nameOf("web-000"), { widgets: [] });
  const ran = await world.apply(standard('"web-000"'));
  expect(ran.code).toBe(1);
  expect(ran.json.plan.blocked).toMatchObject([
    {
      kind: "Dashboard",
      name: nameOf("web-000"),
      code: "NotOwned",
      message: expect.stringContaining("ecsmon.dev/owner"),
    },
  ]);
  await world.apply(standard('"none"'), { maxDeletes: 100 });
  expect(bodyOf(nameOf("web-000"))).toEqual({ widgets: [] });
});

test("a service that is gone takes its dashboard along; a run for others leaves it alone", async () => {
  seedEstate(world);
  await world.apply(standard('"web-*"'));
  world.call("ecs", "DeleteService", { cluster: "prod-a", service: "web-005", force: true });
  const narrow = await world.plan(standard('"web-*"'), { service: ["web-000"] });
  expect(narrow.json.changes).toEqual([]);
  world.sandbox.control.clearCalls();
  const ran = await world.apply(standard('"web-*"'));
  expect(ran.code).toBe(0);
  expect(list()).not.toContain(nameOf("web-005"));
  expect(list()).toHaveLength(5);
});

test.each([
  ["ListDashboards", undefined],
  ["GetDashboard", nameOf("web-003")],
  ["ListTagsForResource", nameOf("web-003")],
] as const)("%s that fails takes nothing away", async (operation, match) => {
  seedEstate(world);
  await world.apply(standard());
  world.sandbox.control.addFault({
    service: "monitoring",
    operation,
    ...(match === undefined ? {} : { match }),
    action: "denied",
  });
  const { code, json } = await world.apply(standard('"none"'), { maxDeletes: 100 });
  expect(code).toBe(1);
  expect(json.plan.unknown).toMatchObject([{ kind: "Dashboard", code: "AccessDenied" }]);
  expect(list()).toContain(nameOf("web-003"));
  // What could be read all the same is done.
  expect(list().includes(nameOf("web-000"))).toBe(match === undefined);
});

test("a body that cannot be read is not written over", async () => {
  seedEstate(world);
  await world.apply(standard('"web-003"'));
  world.sandbox.control.addFault({ operation: "GetDashboard", action: "denied" });
  world.sandbox.control.clearCalls();
  const { code, json } = await world.apply(standard('"web-003"'));
  expect(code).toBe(1);
  expect(json.plan.unknown).toMatchObject([
    { kind: "Dashboard", name: nameOf("web-003"), code: "AccessDenied" },
  ]);
  expect(world.writes()).toEqual([]);
});
