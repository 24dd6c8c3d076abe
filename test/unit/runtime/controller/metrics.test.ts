// Metrics, as Prometheus reads them; docs/controller.md has all of them.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createMetrics, type Metrics } from "../../../../controller/runtime/controller/metrics.ts";

async function readLines(metrics: Metrics): Promise<readonly string[]> {
  const { text } = await metrics.render();
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

/** The samples of one name: labels → value. */
async function read(metrics: Metrics, name: string): Promise<Record<string, number>> {
  const samples = (await readLines(metrics)).flatMap((line) => {
    const [, found, labels = "", value = ""] = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    return found === name ? [[labels, Number(value)] as const] : [];
  });
  return Object.fromEntries(samples);
}

/** Everything told once, so that every name has a sample. */
function fill(): Metrics {
  const metrics = createMetrics({ version: "1.2.3" });
  metrics.leader("t", true);
  metrics.reconciled("t", "success", 2, { fullPassEndedAt: new Date(5_000) });
  metrics.managed("t", { MetricAlarm: 3 });
  metrics.drift("MetricAlarm", 2);
  metrics.request("ECS", "ListServices", "throttled");
  metrics.policies("t", { base: true });
  metrics.events("duplicate", 4);
  metrics.sources({ "./policies": false });
  metrics.queueDepth("t", 7);
  metrics.paused(true);
  metrics.notificationsLost(1);
  metrics.snapshot("t", "failure");
  metrics.snapshot("t", "success", new Date(7_000));
  return metrics;
}

describe("what is told", () => {
  it.each([
    ["ecsmon_reconcile_total", { 'target="t",result="success"': 1 }],
    ["ecsmon_reconcile_duration_seconds_sum", { "": 2 }],
    ["ecsmon_snapshots_total", { 'target="t",result="failure"': 1, 'target="t",result="success"': 1 }],
    ["ecsmon_last_snapshot_timestamp_seconds", { 'target="t"': 7 }],
    ["ecsmon_last_pass_timestamp_seconds", { 'target="t"': 5 }],
    ["ecsmon_drift_total", { 'kind="MetricAlarm"': 2 }],
    ["ecsmon_aws_requests_total", { 'service="ECS",operation="ListServices",outcome="throttled"': 1 }],
    ["ecsmon_is_leader", { 'target="t"': 1 }],
    ["ecsmon_policy_ready", { 'policy="base"': 1 }],
    ["ecsmon_events_total", { 'result="duplicate"': 4 }],
    ["ecsmon_source_ready", { 'source="./policies"': 0 }],
    ["ecsmon_queue_depth", { 'target="t"': 7 }],
    ["ecsmon_paused", { "": 1 }],
    ["ecsmon_notifications_lost_total", { "": 1 }],
    ["ecsmon_build_info", { 'version="1.2.3"': 1 }],
  ])("%s is %j", async (name, expected) => {
    expect(await read(fill(), name)).toEqual(expected);
  });

  it("keeps one controller's numbers apart from another's in the process", async () => {
    fill();
    expect(await read(createMetrics({ version: "1" }), "ecsmon_drift_total")).toEqual({});
  });
});

describe("targets", () => {
  it("are summed by kind, each as it was told last", async () => {
    const metrics = createMetrics({ version: "1" });
    metrics.managed("a", { MetricAlarm: 3, Dashboard: 1 });
    metrics.managed("b", { MetricAlarm: 4 });
    metrics.managed("a", { MetricAlarm: 2 });
    expect(await read(metrics, "ecsmon_managed_resources")).toMatchObject({
      'kind="MetricAlarm"': 6,
      'kind="Dashboard"': 0,
    });
  });

  it("that went to another replica are its own to tell of, but for who leads", async () => {
    const metrics = fill();
    metrics.leader("t", false);
    expect(await read(metrics, "ecsmon_is_leader")).toEqual({ 'target="t"': 0 });
    expect(await read(metrics, "ecsmon_managed_resources")).toMatchObject({ 'kind="MetricAlarm"': 0 });
    for (const name of ["ecsmon_policy_ready", "ecsmon_queue_depth", "ecsmon_last_pass_timestamp_seconds"])
      expect(await read(metrics, name), name).toEqual({});
    // What was counted stays counted.
    expect(await read(metrics, "ecsmon_reconcile_total")).not.toEqual({});
  });

  it("in which nothing was done leave the time of the last pass", async () => {
    const metrics = fill();
    metrics.reconciled("t", "failure", 1, { fullPassEndedAt: new Date(9_000) });
    expect(await read(metrics, "ecsmon_last_pass_timestamp_seconds")).toEqual({ 'target="t"': 5 });
  });
});

describe("policies", () => {
  it("are ready when they are in all targets, and forgotten when they are gone", async () => {
    const metrics = createMetrics({ version: "1" });
    metrics.policies("a", { base: true, web: true });
    metrics.policies("b", { base: false });
    expect(await read(metrics, "ecsmon_policy_ready")).toEqual({ 'policy="base"': 0, 'policy="web"': 1 });
    metrics.policies("b", {});
    metrics.policies("a", { base: true });
    expect(await read(metrics, "ecsmon_policy_ready")).toEqual({ 'policy="base"': 1 });
  });

  it("are bounded in number, and those in trouble are told of first", async () => {
    const metrics = createMetrics({ version: "1" });
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`p${at}`, at !== 4_999]));
    metrics.policies("a", many);
    const told = await read(metrics, "ecsmon_policy_ready");
    expect(Object.keys(told)).toHaveLength(2_000);
    expect(told['policy="p4999"']).toBe(0);
  });
});

it("has in docs/controller.md what it has", async () => {
  const { text } = await fill().render();
  const there = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = "", type = ""]) => {
    const sample = new RegExp(`^${name}(?:_sum)?(?:\\{(.*)\\})? `, "m").exec(text)?.[1] ?? "";
    const labels = [...sample.matchAll(/(\w+)="/g)].map(([, label = ""]) => `\`${label}\``);
    return `${name} | ${type} | ${labels.length === 0 ? "–" : labels.join(", ")}`;
  });
  const page = readFileSync("docs/controller.md", "utf8");
  const told = [...page.matchAll(/^\| `((?:ecsmon|process)_\w+)` \| (\w+) \| ([^|]*) \|/gm)].map(
    ([, name, type, labels = ""]) => `${name} | ${type} | ${labels.trim()}`,
  );
  expect(told.sort()).toEqual(there.sort());
});
