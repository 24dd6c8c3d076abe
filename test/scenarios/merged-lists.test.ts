// Named lists as policies lay them over each other: taken away by null, changed by a single field of an entry, and waived
// with the alarm of an entry. What was merged is what stands in AWS, and the second plan is empty.
import { beforeEach, expect, test } from "vitest";
import { account, createService, currentTask } from "./estate.ts";
import { type Any, useWorld } from "./harness.ts";

const world = useWorld();
const topic = `arn:aws:sns:us-east-1:${account}:pager`;
const services = ["web", "api"] as const;

beforeEach(() => {
  world.call("ecs", "CreateCluster", { clusterName: "prod" });
  for (const service of services) createService(world, "prod", service, {});
  world.call("logs", "CreateLogGroup", { logGroupName: "/app" });
  Object.assign(process.env, {
    MACKEREL_APIKEY: "write-key",
    MACKEREL_APIBASE: `${world.sandbox.endpoint}/_mackerel`,
  });
});

const policy = (name: string, fields: string): string => `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: ${name} }
spec:
  selector: { clusters: [prod], services: ${name === "base" ? '["*"]' : "[web]"} }
${fields}---
`;

const lists = `  notifications: { critical: ["${topic}"] }
  sidecars:
    - container:
        name: side
        image: example.com/side:1
        essential: false
        memoryReservation: 64
        environment: [{ name: A, value: "1" }, { name: B, value: "1" }]
  logMetrics:
    - { name: fatal, pattern: FATAL, group: /app, alarm: { comparison: GreaterThanThreshold, threshold: 0, severity: critical } }
  queries: [{ name: slow, query: "fields @message", groups: [/app] }]
  alarms:
    - { name: cpu, preset: ecs-cpu-high, severity: critical }
    - { name: any, composite: "ALARM(cpu) OR ALARM(fatal)", severity: critical }
  events: [{ preset: task-stopped, severity: critical }]
  mackerel:
    monitors: [{ type: external, name: "\${service.name}", url: "https://\${service.name}.e.jp/", memo: runbook }]
`;
const nulls = (indent: string): string =>
  ["notifications", "sidecars", "logMetrics", "queries", "alarms", "events", "mackerel"]
    .map((list) => `${indent}${list}: null\n`)
    .join("");

const alarms = (): Any[] => {
  const { MetricAlarms, CompositeAlarms } = world.call("monitoring", "DescribeAlarms", {
    AlarmTypes: ["MetricAlarm", "CompositeAlarm"],
  });
  return [...MetricAlarms, ...CompositeAlarms];
};
const alarm = (name: string): Any => alarms().find(({ AlarmName }) => AlarmName === `ecsmon/prod/${name}`);
const monitors = (): Any[] => world.call("mackerel", "ListMonitors", {})["monitors"];
const sidecar = (service: string): Any =>
  currentTask(world, "prod", service).containerDefinitions.find(({ name }: Any) => name === "side");

/** What of ours stands for each service: the names of all kinds. */
function standing(): Record<string, string[]> {
  const filters = world.call("logs", "DescribeMetricFilters", {})["metricFilters"];
  const queries = world.call("logs", "DescribeQueryDefinitions", {})["queryDefinitions"];
  const owned = [
    ...alarms().map(({ AlarmName }) => AlarmName),
    ...filters.map(({ filterName }: Any) => `${filterName} (filter)`),
    ...queries.map(({ name }: Any) => name),
  ].map((name: string) => name.replace("ecsmon/prod/", ""));
  return Object.fromEntries(
    services.map((service) => [
      service,
      [
        ...owned.flatMap((name) => (name.startsWith(`${service}/`) ? [name.slice(service.length + 1)] : [])),
        ...monitors().flatMap(({ name }) => (name === service ? ["monitor"] : [])),
        ...(sidecar(service) === undefined ? [] : ["sidecar"]),
      ].sort(),
    ]),
  );
}

const everything = ["any", "cpu", "fatal", "fatal (filter)", "monitor", "sidecar", "slow"];

test.each([
  [
    "an override",
    policy("base", `${lists}  overrides:\n    - selector: { services: [web] }\n${nulls("      ")}`),
  ],
  ["a policy of higher priority", policy("base", lists) + policy("none", `  priority: 1\n${nulls("  ")}`)],
])("null for whole lists in %s takes them away from its services, and no others", async (_, without) => {
  expect((await world.apply(policy("base", lists))).code).toBe(0);
  expect(standing()).toEqual({ web: everything, api: everything });
  expect((await world.apply(without)).code).toBe(0);
  expect(standing()).toEqual({ web: [], api: everything });
  const [rule] = world.call("events", "ListRules", {})["Rules"];
  expect(rule.EventPattern).not.toMatch(/\bweb\b/);
  expect(await world.plan(without)).toMatchObject({ code: 0 });
  expect((await world.apply(policy("base", lists))).code).toBe(0);
  expect(standing()).toEqual({ web: everything, api: everything });
});

test("null in a policy of equal priority is a conflict: what stands is kept", async () => {
  expect((await world.apply(policy("base", lists))).code).toBe(0);
  const { code, json } = await world.apply(policy("base", lists) + policy("none", "  alarms: null\n"));
  expect(code).toBe(1);
  expect(json.plan.blocked.map(({ code, name }: Any) => [code, name])).toEqual([
    ["Conflict", "ecsmon/prod/web/any"],
    ["Conflict", "ecsmon/prod/web/cpu"],
  ]);
  expect(json.plan.blocked[0].message).toMatch(
    /^alarms\.any differs between policy base \(.*policies\.yaml:\d+\) and/,
  );
  expect(standing()).toEqual({ web: everything, api: everything });
});

test("single fields of a sidecar and of a monitor are laid over those of other policies", async () => {
  const parts = policy(
    "web",
    `  priority: 1
  sidecars: [{ container: { name: side, memoryReservation: 128, environment: [{ name: A, value: "2" }] } }]
  mackerel: { monitors: [{ name: "\${service.name}", responseTimeCritical: 100, responseTimeDuration: 3 }] }
`,
  );
  const both = policy("base", lists) + parts;
  expect((await world.apply(both)).code).toBe(0);
  expect(sidecar("web")).toMatchObject({
    image: "example.com/side:1",
    essential: false,
    memoryReservation: 128,
    environment: [
      { name: "A", value: "2" },
      { name: "B", value: "1" },
    ],
  });
  expect(sidecar("api")).toMatchObject({
    memoryReservation: 64,
    environment: [{ value: "1" }, { value: "1" }],
  });
  expect(monitors().find(({ name }) => name === "web")).toMatchObject({
    type: "external",
    url: "https://web.e.jp/",
    memo: expect.stringContaining("runbook"),
    responseTimeCritical: 100,
  });
  expect(await world.plan(both)).toMatchObject({ code: 0 });
});

test("a policy that gives a part, where none gives the rest, is told so with its place", async () => {
  const part = "  sidecars: [{ container: { name: side, memoryReservation: 128 } }]\n";
  const alone = await world.plan(policy("base", part));
  expect(alone.code).toBe(1);
  expect(alone.json.diagnostics).toMatchObject([
    {
      code: "Incomplete",
      path: "spec.sidecars[0]",
      line: 6,
      message: 'sidecar "side" has no image; give it',
    },
  ]);
  // Another policy has the image, and does not select this service.
  const elsewhere = await world.plan(policy("base", `  priority: 1\n${part}`) + policy("web", lists));
  expect(elsewhere.json.blocked).toMatchObject([
    {
      code: "Incomplete",
      service: "api",
      message: expect.stringMatching(/^sidecar "side" has no image in any policy .*policies\.yaml:7\)$/),
    },
  ]);
});

const asOf = new Date("2026-11-22T09:00:00Z");
const waiver = (item: string): string => `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringException
metadata: { name: noisy }
spec: { selector: { services: [web] }, except: ["${item}"], reason: it is noisy, expires: 2026-12-01 }
`;
const guarded = policy("base", `${lists}  deployment: { rollbackOnAlarms: [cpu, fatal] }\n`);
const rollbackAlarms = (service: string): string[] =>
  world.call("ecs", "DescribeServices", { cluster: "prod", services: [service] })["services"][0]
    .deploymentConfiguration.alarms.alarmNames;

test.each(["fresh", "standing"])("a log metric that is waived takes its alarm along: %s", async (when) => {
  if (when === "standing") expect((await world.apply(guarded, { asOf })).code).toBe(0);
  const waived = guarded + waiver("logMetrics.fatal");
  const { code, json } = await world.apply(waived, { asOf });
  expect(code).toBe(0);
  expect(json.plan.blocked).toMatchObject([
    { code: "Suspended", kind: "MetricFilter", name: "ecsmon/prod/web/fatal" },
  ]);
  expect([alarm("web/fatal"), alarm("api/fatal")]).toMatchObject([
    { ActionsEnabled: false },
    { ActionsEnabled: true },
  ]);
  expect(alarm("web/any").AlarmRule).toBe('ALARM("ecsmon/prod/web/cpu") OR FALSE');
  expect(rollbackAlarms("web")).toEqual(["ecsmon/prod/web/cpu"]);
  expect(rollbackAlarms("api")).toHaveLength(2);
  expect(await world.plan(waived, { asOf })).toMatchObject({ code: 0 });
  // The waiver is over.
  expect((await world.apply(waived, { asOf: new Date("2026-12-02T00:00:00Z") })).code).toBe(0);
  expect(alarm("web/fatal").ActionsEnabled).toBe(true);
  expect(rollbackAlarms("web")).toHaveLength(2);
});

test("what a policy in Audit says null of is only shown to go, beside what stays", async () => {
  const check = `  healthCheck: { container: app, command: [CMD-SHELL, "true"] }\n`;
  const base = policy("base", `${check}${lists}`);
  await world.apply(base);
  world.sandbox.control.clearCalls();
  const audit = `  priority: 1\n  enforcement: Audit\n  healthCheck: null\n${nulls("  ").replace("  sidecars: null\n", "")}`;
  const { json } = await world.apply(base + policy("web", audit));
  expect(json.plan.changes.length).toBeGreaterThan(5);
  expect(json.plan.changes.filter(({ enforcement }: Any) => enforcement !== "Audit")).toEqual([]);
  expect(json.plan.changes).toContainEqual(
    expect.objectContaining({ kind: "TaskDefinition", service: "web" }),
  );
  expect(world.writes()).toEqual([]);
});
