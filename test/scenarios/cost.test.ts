// What a plan costs, through the command: in every format, by list prices and by given ones, and nothing once it is done.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { runProgram } from "../../controller/cli/program.ts";
import { createTestIo } from "../unit/cli/test-io.ts";
import { createBalancer, createService } from "./estate.ts";
import { type Any, useWorld } from "./harness.ts";

const world = useWorld();
const folder = mkdtempSync(join(tmpdir(), "ecsmon-cost-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, "policy.yaml");
const prices = join(folder, "prices.yaml");

const policy = (spec: string): string => `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: web }
spec:
  selector: { services: ["web*"] }
${spec}`;

const source = "metric: { namespace: AWS/ECS, metricName: CPUUtilization }, statistic: Average";
const over = "comparison: GreaterThanThreshold, threshold: 80";
const everything = policy(`  taskSize: grow
  cluster: { containerInsights: enhanced }
  alarms:
    - { name: cpu, ${source}, ${over} }
    - { name: fast, ${source}, ${over}, period: 10s }
    - name: band
      anomaly: { metric: { namespace: AWS/ECS, metricName: CPUUtilization, statistic: Average } }
      comparison: GreaterThanUpperThreshold
    - { name: latency, preset: alb-latency-p99 }
    - { name: both, composite: ALARM("cpu") AND ALARM("band") }
  logging: { driver: awslogs, retention: 30d }
  logMetrics:
    - { name: fatal, pattern: FATAL }
    - { name: by-path, pattern: "{ $.path = * }", dimensions: { path: $.path } }
  queries:
    - name: errors
      query: "filter @message like /ERROR/"
      alarm:
        aggregation: count(*)
        roleArn: arn:aws:iam::123456789012:role/log-alarms
        comparison: GreaterThanThreshold
        threshold: 5
  dashboard: true
  sidecars: [{ container: { name: side, image: side:1, essential: false, cpu: 512, memory: 1024 } }]
`);
const nothing = policy("").replace('["web*"]', "[not-there]");

beforeEach(() => {
  world.call("ecs", "CreateCluster", { clusterName: "prod" });
  const group = createBalancer(world, "front", "application");
  const app = { cpu: 256, memory: 1024 };
  // Two target groups: the latency of both is one alarm of two metrics.
  createService(world, "prod", "web", {}, [group("web-a"), group("web-b")], { app });
  createService(world, "prod", "other", {});
});

/** Price → how many more. */
function countsOf({ cost }: Any): Record<string, number> {
  return Object.fromEntries(cost.lines.map(({ price, count }: Any) => [price, count]));
}

async function run(line: string) {
  const io = createTestIo();
  const code = await runProgram(line.split(" "), io, "1.2.3");
  return { code, ...io.written };
}

/** The same plan twice gives the same bytes. */
async function planAs(format: string, more = ""): Promise<string> {
  writeFileSync(file, everything);
  const line = `plan --policies ${file} --format ${format}${more}`;
  const { stdout } = await run(line);
  expect((await run(line)).stdout.replace(/"(createdAt|asOf)": ".*"/g, "")).toBe(
    stdout.replace(/"(createdAt|asOf)": ".*"/g, ""),
  );
  return stdout;
}

const all = {
  // cpu 1, band 1 + 2 edges, latency 2
  alarmMetric: 6,
  alarmMetricHighResolution: 1,
  compositeAlarm: 1,
  logAlarm: 1,
  customMetric: 2,
  // Of the cluster 26, of two services and families 2 × 21 + 2 × 16, of containers by name 2 × 2 × 7 + 2 × 7, and of
  // tasks twice 2 × (14 + 2 × 7) + 2 × (14 + 7).
  insightsMetric: 26 + 74 + 42 + 2 * 98,
  dashboard: 1,
  // 0.25 vCPU and 1 GB become 1 vCPU and 2 GB, in two tasks, for 730 hours.
  fargateVcpuHour: 730,
  fargateGbHour: 1460,
};

test("what everything costs; nothing once it is done; and all of it less when it is taken away", async () => {
  const first = await world.plan(everything);
  expect(countsOf(first.json)).toEqual(all);
  // 0.60 + 0.30 + 0.50 + 0.60 + 23.66 + 3.00 + 29.55 + 6.49
  expect(first.json.cost).toMatchObject({ currency: "USD", monthly: 64.7, prices: { region: "us-east-1" } });
  expect((await world.apply(everything)).code).toBe(0);

  const second = await world.plan(everything);
  expect(second.json.cost).toMatchObject({ monthly: 0, lines: [], notes: [] });
  expect((await world.planText(everything)).stdout).not.toContain("Cost");

  const last = await world.plan(nothing, { maxDeletes: 100 });
  expect(countsOf(last.json)).toEqual(
    Object.fromEntries(Object.entries(all).map(([price, count]) => [price, -count])),
  );
  expect(last.json.cost.monthly).toBe(-64.7);
});

test("what is in Audit, blocked, or kept by a guard costs nothing", async () => {
  const audit = await world.plan(everything.replace("spec:", "spec:\n  enforcement: Audit"));
  expect(audit.json.changes.length).toBeGreaterThan(10);
  expect(audit.json.cost).toMatchObject({ monthly: 0, lines: [] });
  const guarded = await world.plan(everything, { maxRedeploys: 0 });
  expect(countsOf(guarded.json)).not.toHaveProperty("fargateVcpuHour");
  // The sidecar is held back, and with it the metrics of its containers: 7 by service and family each, and by 2 tasks.
  expect(countsOf(guarded.json)).toMatchObject({ insightsMetric: all.insightsMetric - 6 * 7 });
});

test("with enhanced Container Insights a container costs its metrics, even in a task that keeps its size", async () => {
  world.call("ecs", "UpdateClusterSettings", {
    cluster: "prod",
    settings: [{ name: "containerInsights", value: "enhanced" }],
  });
  const sidecar = policy("  sidecars: [{ container: { name: side, image: side:1, essential: false } }]\n");
  const { json } = await world.plan(sidecar);
  expect(countsOf(json)).toEqual({ insightsMetric: 6 * 7 });
  expect(json.cost.notes).toContainEqual(expect.stringContaining("keep their size, which costs no more"));
  const narrow = await world.plan(sidecar, { service: ["web"] });
  expect(countsOf(narrow.json)).toEqual({ insightsMetric: 6 * 7 });
  expect(narrow.json.cost.notes).toContainEqual(
    expect.stringContaining("not all services of prod were read"),
  );
});

test("beside a base it is what this change costs, and not what drifts anyway", async () => {
  const alarms = (...names: readonly string[]) =>
    policy(`  alarms:\n${names.map((name) => `    - { name: ${name}, ${source}, ${over} }\n`).join("")}`);
  const base = join(folder, "base.yaml");
  writeFileSync(base, alarms("cpu", "other"));
  writeFileSync(file, alarms("cpu", "other", "new"));
  const { stdout } = await run(`plan --policies ${file} --base ${base}`);
  expect(stdout).toContain("3 to create");
  expect(stdout).toContain("Cost of this change: about $0.10 more a month");
  for (const format of ["markdown", "html"])
    expect(
      (await run(`plan --policies ${file} --base ${base} --format ${format}`)).stdout.match(/Cost[^(<]*/g),
    ).toEqual(["Cost of this change: about $0.10 more a month "]);
});

describe("beside a base it is the whole of the plan less the whole of the base's:", () => {
  const base = join(folder, "base.yaml");
  const both = async (head: string, before: string, more = "") => {
    writeFileSync(file, head);
    writeFileSync(base, before);
    const costOf = async (line: string) => JSON.parse((await run(`${line} --format json`)).stdout).cost;
    const beside = `plan --policies ${file} --base ${base}${more}`;
    return {
      cost: await costOf(beside),
      whole: await costOf(`plan --policies ${file}`),
      baseAlone: await costOf(`plan --policies ${base}`),
      text: (await run(beside)).stdout,
    };
  };
  const sidecar = (cpu: number) =>
    `  taskSize: grow\n  sidecars: [{ container: { name: side, image: side:1, essential: false, cpu: ${cpu}, memory: 64 } }]\n`;
  const count = (cost: Any): Record<string, number> => countsOf({ cost });

  test("Container Insights that the base turns on as well", async () => {
    const insights = "  cluster: { containerInsights: enhanced }\n";
    const side = "  sidecars: [{ container: { name: side, image: side:1, essential: false } }]\n";
    const { cost, whole, baseAlone } = await both(policy(insights + side), policy(insights));
    expect(count(cost)).toEqual({ insightsMetric: 6 * 7 });
    expect(count(whole)["insightsMetric"]).toBe((count(baseAlone)["insightsMetric"] ?? 0) + 6 * 7);
  });

  test("a task that the base makes larger too", async () => {
    const { cost, whole, baseAlone } = await both(policy(sidecar(1024)), policy(sidecar(512)));
    // 1 and 2 vCPUs, of two tasks.
    expect(count(cost)["fargateVcpuHour"]).toBe(2 * 730);
    const gigabytes = (one: Any): number => count(one)["fargateGbHour"] ?? 0;
    expect(gigabytes(cost)).toBe(gigabytes(whole) - gigabytes(baseAlone));
    expect(gigabytes(baseAlone)).toBeGreaterThan(0);
  });

  test("an alarm that the base makes with another threshold", async () => {
    const alarms = policy(`  alarms: [{ name: cpu, ${source}, ${over} }]\n`);
    const { cost, text } = await both(alarms.replace("threshold: 80", "threshold: 90"), alarms);
    expect(cost).toMatchObject({ monthly: 0, lines: [] });
    expect(text).toContain("Cost of this change: nothing more a month");
  });

  test("what only the base would make", async () => {
    const { cost, text } = await both(policy(""), policy("  dashboard: true\n"));
    expect(count(cost)).toEqual({ dashboard: -1 });
    expect(text).toContain("Cost of this change: about $3.00 less a month");
    const same = await both(policy("  dashboard: true\n"), policy("  dashboard: true\n"));
    expect(same.cost).toMatchObject({ monthly: 0, lines: [], notes: [] });
    expect(same.text).not.toContain("Cost");
  });

  test("what a guard holds back in the plan costs nothing, and so saves nothing", async () => {
    const { cost } = await both(policy(sidecar(512)), policy(sidecar(512)), " --max-redeploys 0");
    expect(cost).toMatchObject({ monthly: 0, lines: [] });
  });
});

describe("every format tells it", () => {
  test("text", async () => {
    const text = await planAs("text");
    expect(text).toContain(
      "Cost: about $64.70 more a month, without log alarms, whose price is not known (list prices of\n  us-east-1, 2026-11-22)\n",
    );
    expect(text).toMatch(/^ {2}metrics of alarms +\+6 {2}\$0\.10 per metric-month +\+\$0\.60$/m);
    // A place is one word, however deep the folder of this test lies.
    const lines = text.split("\n").filter((line) => !line.includes(".yaml:"));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  test("markdown", async () => {
    const text = await planAs("markdown");
    expect(text).toContain("<summary>Cost: about $64.70 more a month");
    expect(text).toContain("| metrics of alarms | `+6` | `$0.10 per metric-month` | `+$0.60` |");
  });

  test("html", async () => {
    const text = await planAs("html");
    expect(text).toContain("<summary><b>Cost: about $64.70 more a month");
    expect(text).toContain('<th scope="row">log alarms: not known</th><td class="number">+1</td>');
  });
});

describe("given prices", () => {
  test("are stronger than ours, and those of the Region than those of all", async () => {
    writeFileSync(
      prices,
      "prices: { dashboard: 1, logAlarm: 0.2 }\nregions:\n  us-east-1: { dashboard: 2.5 }\n  eu-west-1: { alarmMetric: 9 }\n",
    );
    const { cost } = JSON.parse(await planAs("json", ` --prices ${prices}`));
    expect(cost.monthly).toBe(64.4);
    expect(cost.prices.given).toEqual(["logAlarm", "dashboard"]);
    expect(cost.lines).toContainEqual(
      expect.objectContaining({ price: "dashboard", each: 2.5, monthly: 2.5, basis: "given" }),
    );
  });

  test("with a wrong name are refused before anything is read, with the place and the name that was meant", async () => {
    writeFileSync(prices, "prices:\n  alarmMetrics: 0.2\n  dashboard: -1\n");
    world.sandbox.control.clearCalls();
    const { code, stdout, stderr } = await run(`plan --policies ${file} --prices ${prices}`);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(
      `${prices}:2:3: error: unknown field "alarmMetrics"; did you mean "alarmMetric"?`,
    );
    expect(stderr).toContain(`${prices}:3:14: error: dashboard must be at least 0, got -1`);
    expect(stderr).toContain("nothing was planned");
    expect(world.sandbox.control.calls()).toEqual([]);
  });

  test.each(["", "---\n# none yet\n"])("in a file that holds none (%j) are told as that", async (text) => {
    writeFileSync(prices, text);
    const { code, stderr } = await run(`plan --policies ${file} --prices ${prices}`);
    expect(code).toBe(1);
    expect(stderr).toContain(
      `${prices}:1:1: error: the file is empty; write prices: with names and USD below it`,
    );
    expect(stderr).not.toContain("delete everything");
  });

  test("are one file, and no folder", async () => {
    const { code, stderr } = await run(`plan --policies ${file} --prices ${folder}`);
    expect(code).toBe(1);
    expect(stderr).toContain(`--prices ${folder} is not one file; name the file itself`);
  });

  test("that are not there are an error", async () => {
    const { code, stderr } = await run(`plan --policies ${file} --prices ${folder}/nowhere.yaml`);
    expect(code).toBe(1);
    expect(stderr).toContain("nowhere.yaml");
  });
});
