// What a plan costs, change by change: what counts, how often, at which price, and what is said of the rest.
import { describe, expect, test } from "vitest";
import { costOf } from "../../../controller/core/cost.ts";
import { prices } from "../../../controller/core/prices.ts";
import { findScale } from "../../../controller/core/scale.ts";
import { type PriceName, priceNames } from "../../../controller/model/cost.ts";
import type { JsonObject } from "../../../controller/model/json.ts";
import type { Change, KindName, Plan } from "../../../controller/model/plan.ts";
import { known, unknown } from "../../../controller/model/read.ts";
import type { Inventory, Workload } from "../../../controller/model/workload.ts";
import { account, appContainer, definition, denied, workload } from "./builders.ts";

function change(
  kind: KindName,
  before: JsonObject | null,
  after: JsonObject | null,
  over: Partial<Change> = {},
): Change {
  return {
    kind,
    id: "x",
    name: "x",
    cluster: "prod",
    action: before === null ? "create" : after === null ? "delete" : "update",
    policies: ["web"],
    enforcement: "Enforce",
    before,
    after,
    differences: [],
    impact: "none",
    deletes: 0,
    needs: [],
    ...over,
  };
}

function planOf(changes: readonly Change[], over: Partial<Plan> = {}, region = "us-east-1"): Plan {
  const instant = "2026-11-22T09:00:00.000Z";
  return {
    metadata: { owner: "ecsmon", region, account, sourceRevision: "r", createdAt: instant, asOf: instant },
    unchanged: 0,
    changes,
    unknown: [],
    blocked: [],
    diagnostics: [],
    ...over,
  };
}

/** Price → count, of what is created. */
function counted(kind: KindName, spec: JsonObject): Partial<Record<PriceName, number>> {
  return countsOf(planOf([change(kind, null, spec)]));
}

function countsOf(plan: Plan): Partial<Record<PriceName, number>> {
  return Object.fromEntries(costOf(plan).lines.map(({ price, count }) => [price, count]));
}

const stat = (Id: string, Period = 60): JsonObject => ({
  Id,
  MetricStat: { Metric: {}, Period, Stat: "Sum" },
});
const math = (Id: string, Expression = "m1+m2"): JsonObject => ({ Id, Expression, ReturnData: true });

describe("what counts, and how often", () => {
  test.each<[string, KindName, JsonObject, Partial<Record<PriceName, number>>]>([
    ["an alarm on one metric", "MetricAlarm", { MetricName: "M", Period: 60 }, { alarmMetric: 1 }],
    ["one that looks every 5 minutes", "MetricAlarm", { MetricName: "M", Period: 300 }, { alarmMetric: 1 }],
    [
      "one that looks every 30 s",
      "MetricAlarm",
      { MetricName: "M", Period: 30 },
      { alarmMetricHighResolution: 1 },
    ],
    ["one without actions", "MetricAlarm", { MetricName: "M", ActionsEnabled: false }, { alarmMetric: 1 }],
    [
      "metric math of two",
      "MetricAlarm",
      { Metrics: [stat("m1"), stat("m2"), math("r")] },
      { alarmMetric: 2 },
    ],
    [
      "metric math of which one metric is fast",
      "MetricAlarm",
      { Metrics: [stat("m1"), stat("m2", 10), math("r")] },
      { alarmMetricHighResolution: 2 },
    ],
    [
      "a band around one metric",
      "MetricAlarm",
      { Metrics: [stat("m1"), math("band", "ANOMALY_DETECTION_BAND(m1, 2)")], ThresholdMetricId: "band" },
      { alarmMetric: 3 },
    ],
    [
      "a band around three target groups",
      "MetricAlarm",
      {
        Metrics: [
          stat("m1"),
          stat("m2"),
          stat("m3"),
          math("result"),
          math("band", "ANOMALY_DETECTION_BAND(result, 2)"),
        ],
        ThresholdMetricId: "band",
      },
      { alarmMetric: 5 },
    ],
    [
      "a query for metrics, which is one at least",
      "MetricAlarm",
      { Metrics: [math("q", "SELECT AVG(x)")] },
      { alarmMetric: 1 },
    ],
    [
      "a composite alarm of many",
      "CompositeAlarm",
      { AlarmRule: "ALARM(a) AND ALARM(b)" },
      { compositeAlarm: 1 },
    ],
    ["a log alarm", "LogAlarm", {}, { logAlarm: 1 }],
    ["a log metric", "MetricFilter", { metricTransformations: [{ metricName: "m" }] }, { customMetric: 1 }],
    ["a dashboard", "Dashboard", {}, { dashboard: 1 }],
    ["a log group", "LogGroup", { retentionInDays: 30 }, {}],
    ["a saved query", "QueryDefinition", {}, {}],
    ["a rule of events", "EventRule", {}, {}],
    ["a monitor of Mackerel's", "MackerelMonitor", {}, {}],
    ["a health check of a target group", "TargetGroup", {}, {}],
    ["a setting of a service", "Service", {}, {}],
  ])("%s", (_, kind, spec, expected) => {
    expect(counted(kind, spec)).toEqual(expected);
    const gone = countsOf(planOf([change(kind, spec, null)]));
    expect(gone).toEqual(
      Object.fromEntries(Object.entries(expected).map(([price, count]) => [price, -count])),
    );
    expect(countsOf(planOf([change(kind, null, spec, { enforcement: "Audit" })]))).toEqual({});
  });

  test("an update counts its difference", () => {
    const [slow, fast] = [{ Period: 60 }, { Period: 10 }];
    expect(countsOf(planOf([change("MetricAlarm", slow, fast)]))).toEqual({
      alarmMetric: -1,
      alarmMetricHighResolution: 1,
    });
    expect(costOf(planOf([change("MetricAlarm", slow, fast)])).monthly).toBe(0.2);
    expect(costOf(planOf([change("MetricAlarm", slow, { ...slow, Threshold: 5 })])).lines).toEqual([]);
  });

  test("an alarm in the place of one of another type counts what both cost", () => {
    const before = { AlarmType: "MetricAlarm", AlarmName: "x", Metrics: [stat("a"), stat("b")] };
    expect(
      countsOf(planOf([change("CompositeAlarm", before, { AlarmName: "x", AlarmRule: "FALSE" })])),
    ).toEqual({ alarmMetric: -2, compositeAlarm: 1 });
  });

  test("a log metric that moves to another group comes to nothing", () => {
    const filter = (logGroupName: string) => ({ logGroupName, metricTransformations: [{ metricName: "m" }] });
    const moved = [change("MetricFilter", filter("a"), null), change("MetricFilter", null, filter("b"))];
    expect(costOf(planOf(moved))).toMatchObject({ monthly: 0, lines: [] });
  });
});

function inventory(
  workloads: readonly Workload[],
  over: Partial<Inventory> = {},
  insights = "disabled",
): Inventory {
  const names = [...new Set(workloads.map(({ cluster }) => cluster))];
  const clusters = names.map((name) => ({
    arn: name,
    name,
    detail: known({ containerInsights: insights, tags: {} }),
    services: known(workloads.filter(({ cluster }) => cluster === name).map(({ service }) => service)),
  }));
  return {
    account,
    partition: "aws",
    region: "us-east-1",
    clusters: known(clusters),
    workloads,
    leaving: [],
    unreadable: [],
    ...over,
  };
}

function scaled(changes: readonly Change[], world: Inventory): Plan {
  const scale = findScale(changes, world);
  return planOf(changes, scale === undefined ? {} : { scale });
}

function resized(of: Workload, before: JsonObject, after: JsonObject): Change {
  return change("TaskDefinition", before, after, { id: of.serviceArn, cluster: of.cluster });
}

const size = (cpu: string, memory: string, over: JsonObject = {}) =>
  definition([appContainer()], { cpu, memory, ...over });

describe("tasks that grow", () => {
  const grown = (runtimePlatform: JsonObject, over: Parameters<typeof workload>[0] = {}) => {
    const of = workload({ desiredCount: 3, ...over });
    const plan = scaled(
      [resized(of, size("512", "1024", { runtimePlatform }), size("1 vCPU", "3 GB", { runtimePlatform }))],
      inventory([of]),
    );
    return { counts: countsOf(plan), ...costOf(plan) };
  };
  const hours = 3 * 730;

  test.each([
    [
      "Linux on x86",
      {},
      { fargateVcpuHour: hours / 2, fargateGbHour: hours * 2 },
      1095 * 0.04048 + 4380 * 0.004445,
    ],
    [
      "Linux on ARM",
      { cpuArchitecture: "ARM64", operatingSystemFamily: "LINUX" },
      { fargateArmVcpuHour: hours / 2, fargateArmGbHour: hours * 2 },
      1095 * 0.03238 + 4380 * 0.00356,
    ],
    [
      "Windows, with its licence",
      { operatingSystemFamily: "WINDOWS_SERVER_2022_CORE" },
      {
        fargateWindowsVcpuHour: hours / 2,
        fargateWindowsLicenceVcpuHour: hours / 2,
        fargateWindowsGbHour: hours * 2,
      },
      1095 * (0.046552 + 0.046) + 4380 * 0.00511175,
    ],
  ])("%s", (_, platform, counts, usd) => {
    const cost = grown(platform);
    expect(cost.counts).toEqual(counts);
    // Each line is rounded to cents.
    expect(Math.abs(cost.monthly - usd)).toBeLessThan(0.02);
    expect(cost.notes).toContainEqual(expect.stringContaining("Fargate Spot and Savings Plans cost less"));
  });

  test("on instances of one's own cost nothing more, and it is told that this is not counted", () => {
    const cost = grown({}, { launchType: "EC2" });
    expect(cost.lines).toEqual([]);
    expect(cost.notes).toContainEqual(
      "task sizes of 1 service change on capacity other than Fargate: not counted",
    );
  });

  test("of a service that runs none cost nothing", () => {
    expect(grown({}, { desiredCount: 0 }).lines).toEqual([]);
  });

  test("whose number is not known are told of", () => {
    const cost = costOf(planOf([resized(workload(), size("256", "512"), size("512", "1024"))]));
    expect(cost.lines).toEqual([]);
    expect(cost.notes).toContainEqual(expect.stringContaining("how many tasks they run is not known"));
  });

  test("what keeps its size costs no more, and what comes into it is told of", () => {
    const of = workload();
    const sidecar = definition([appContainer(), appContainer({ name: "side" })]);
    const cost = costOf(scaled([resized(of, definition(), sidecar)], inventory([of])));
    expect(cost).toMatchObject({ monthly: 0, lines: [] });
    expect(cost.notes).toContainEqual(
      "containers come into tasks of 1 service that keep their size, which costs no more capacity",
    );
  });
});

describe("Container Insights", () => {
  const settings = (value: string) => ({ cluster: "prod", settings: [{ name: "containerInsights", value }] });
  const turned = (before: string, after: string) =>
    change("ClusterSettings", settings(before), settings(after), { id: "prod" });
  const restarted = (name: string) => appContainer({ name, restartPolicy: { enabled: true } });
  const own = workload({
    desiredCount: 1,
    launchType: "EC2",
    input: definition([restarted("a"), restarted("b"), restarted("c")], { requiresCompatibilities: ["EC2"] }),
  });

  // By AWS's table: of the cluster 3 counts, 9 of tasks; of the service 5 and 9; of the family 9.
  test("enabled: as many custom metrics as the table has", () => {
    expect(countsOf(scaled([turned("disabled", "enabled")], inventory([own])))).toEqual({
      customMetric: 12 + 14 + 9,
    });
  });

  // 157 is also what the owner of such a service was charged for, by a published estimate of August 2026.
  test("enhanced: cluster, service, family, container, task", () => {
    expect(countsOf(scaled([turned("disabled", "enhanced")], inventory([own])))).toEqual({
      insightsMetric: 24 + 157,
    });
    expect(countsOf(scaled([turned("enhanced", "enabled")], inventory([own])))).toEqual({
      customMetric: 35,
      insightsMetric: -181,
    });
  });

  test("services that share a family send its metrics once, and those without tasks none", () => {
    const twin = { ...own, service: "twin", serviceArn: "twin" };
    const idle = { ...own, service: "idle", serviceArn: "idle", desiredCount: 0 };
    const counts = (...all: readonly Workload[]) =>
      countsOf(scaled([turned("disabled", "enabled")], inventory(all)));
    expect(counts(own, twin, idle)).toEqual({ customMetric: 12 + 2 * 14 + 9 });
    expect(counts(idle)).toEqual({});
  });

  test("host networking has no network, Fargate has a disk, a health check has a state", () => {
    const counts = (over: Parameters<typeof workload>[0]) =>
      countsOf(scaled([turned("disabled", "enhanced")], inventory([workload({ desiredCount: 1, ...over })])));
    const plain = { launchType: "EC2", input: definition() };
    const base = counts(plain).insightsMetric ?? 0;
    // Sets of the cluster, the service, the family, and the task twice: 2 metrics of the task's and 2 of containers'.
    expect(counts({ ...plain, input: definition([appContainer()], { networkMode: "host" }) })).toEqual({
      insightsMetric: base - 5 * 4,
    });
    // Two in bytes and one in percent; of single tasks only that.
    expect(counts({ launchType: "FARGATE" })).toEqual({ insightsMetric: base + 3 * 3 + 2 });
    const checked = definition([appContainer({ healthCheck: { command: ["CMD", "true"] } })]);
    expect(counts({ ...plain, input: checked })).toEqual({ insightsMetric: base + 5 });
  });

  test("the two changes of one plan are counted together", () => {
    const of = workload({ desiredCount: 1 });
    const changes = [
      turned("disabled", "enhanced"),
      resized(of, definition(), definition([appContainer(), appContainer({ name: "side" })])),
    ];
    const alone = countsOf(scaled(changes.slice(0, 1), inventory([of]))).insightsMetric ?? 0;
    expect(countsOf(scaled(changes, inventory([of])))).toEqual({ insightsMetric: alone + 4 * 7 });
  });

  test("what was not read of a cluster is told", () => {
    const note = expect.stringContaining("not all services of prod were read");
    const notesIn = (world: Inventory) => costOf(scaled([turned("disabled", "enabled")], world)).notes;
    expect(notesIn(inventory([own]))).not.toContainEqual(note);
    const lost = workload({ service: "lost", taskDefinition: unknown(denied) });
    expect(notesIn(inventory([own, lost]))).toContainEqual(note);
    expect(notesIn(inventory([own], { narrowed: true }))).toContainEqual(note);
    const unreadable = [{ cluster: "prod", service: "dark", failure: denied }];
    expect(notesIn(inventory([own], { unreadable }))).toContainEqual(note);
  });
});

describe("what is said beside", () => {
  const alarm = change("MetricAlarm", null, { MetricName: "M" });

  test("that prices of another Region may differ, unless they are given", () => {
    const note = expect.stringContaining("in eu-central-1 they may differ");
    const abroad = planOf([alarm], {}, "eu-central-1");
    expect(costOf(abroad).notes).toContainEqual(note);
    expect(costOf(planOf([alarm])).notes).not.toContainEqual(note);
    const given = { prices: {}, regions: { "eu-central-1": { alarmMetric: 0.2 } } };
    expect(costOf(abroad, given)).toMatchObject({ monthly: 0.2, notes: expect.not.arrayContaining([note]) });
  });

  test("a price that is not known counts nothing and is named, until it is given", () => {
    const plan = planOf([change("LogAlarm", null, {}), alarm]);
    const cost = costOf(plan);
    expect(cost.monthly).toBe(0.1);
    expect(cost.lines).toContainEqual(expect.objectContaining({ price: "logAlarm", basis: "unknown" }));
    expect(cost.lines.find(({ price }) => price === "logAlarm")).not.toHaveProperty("monthly");
    expect(cost.notes).toContainEqual(expect.stringContaining("no price is known of logAlarm"));
    const given = costOf(plan, { prices: { logAlarm: 1.5 }, regions: {} });
    expect(given).toMatchObject({ monthly: 1.6, prices: { given: ["logAlarm"] } });
  });

  test("that values of dimensions are metrics of their own", () => {
    const filter = { metricTransformations: [{ metricName: "m", dimensions: { path: "$.path" } }] };
    expect(costOf(planOf([change("MetricFilter", null, filter)])).notes).toContainEqual(
      expect.stringContaining("1 log metric with dimensions counts as one each, which is the least"),
    );
  });

  test("a plan that writes nothing says nothing", () => {
    expect(costOf(planOf([]))).toMatchObject({ monthly: 0, lines: [], notes: [] });
  });
});

test("every price has its source, and only the one that was not found has none", () => {
  for (const name of priceNames) expect(prices[name].source, name).toMatch(/^https:\/\/aws\.amazon\.com\//);
  expect(priceNames.filter((name) => prices[name].usd === undefined)).toEqual(["logAlarm"]);
  // What is confirmed was found by its usage type.
  for (const name of priceNames)
    if (prices[name].isConfirmed) expect(prices[name].usageType, name).toBeDefined();
});
