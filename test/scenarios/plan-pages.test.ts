// `plan --format markdown` and `html` as a pipeline runs them: of one target and of several, the same bytes each time.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { runProgram } from "../../controller/cli/program.ts";
import { createTestIo } from "../unit/cli/test-io.ts";
import { type Any, useWorld } from "./harness.ts";

const world = useWorld();
const folder = mkdtempSync(join(tmpdir(), "ecsmon-pages-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const policies = join(folder, "policies");
const config = join(folder, "operator.yaml");
const regions = ["us-east-1", "us-west-2"];

beforeEach(() => {
  mkdirSync(policies, { recursive: true });
  writeFileSync(
    join(policies, "web.yaml"),
    `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: web }
spec:
  selector: { services: ["*"] }
  alarms: [{ name: cpu, preset: ecs-cpu-high }, { name: latency, preset: alb-latency-p99 }]
`,
  );
  writeFileSync(
    config,
    `apiVersion: ecsmon.dev/v1alpha1
kind: OperatorConfig
metadata: { name: prod }
spec:
  sources: [{ path: ./policies }]
  targets: [{ region: us-east-1 }, { region: us-west-2 }]
`,
  );
  for (const region of regions) {
    const call = (operation: string, input: Any): Any =>
      world.sandbox.control.call("ecs", operation, input, { region });
    call("CreateCluster", { clusterName: "prod" });
    const app = { name: "app", image: "app:1", memory: 128, essential: true };
    call("RegisterTaskDefinition", { family: "web", containerDefinitions: [app] });
    const service = { cluster: "prod", serviceName: "web", taskDefinition: "web", desiredCount: 1 };
    call("CreateService", { ...service, launchType: "EC2" });
  }
});

async function run(line: string, now: string) {
  const io = createTestIo({ now: () => new Date(now) });
  const code = await runProgram(line.split(" "), io, "1.2.3");
  return { code, ...io.written };
}

test.each(["markdown", "html"])(
  "%s is the same an hour and a day later, and ends with the plan's code",
  async (format) => {
    const line = `plan --policies ${policies} --region us-east-1 --format ${format} --detailed-exitcode`;
    const first = await run(line, "2026-11-22T09:00:00Z");
    expect(first).toMatchObject({ code: 2 });
    expect(first.stdout).toContain("ecsmon plan: 1 change to 1 service");
    expect(first.stdout).toContain("NotApplicable");
    expect((await run(line, "2026-11-22T10:30:00Z")).stdout).toBe(first.stdout);
    expect((await run(line, "2026-11-23T09:00:00Z")).stdout).toBe(first.stdout);
  },
);

test.each(["markdown", "html"])("%s of two targets is one page, in their order", async (format) => {
  const { stdout } = await run(`plan --config ${config} --format ${format}`, "2026-11-22T09:00:00Z");
  expect(stdout.match(/ecsmon plan: 2 changes to 2 services/)).not.toBeNull();
  const places = regions.map((region) => stdout.lastIndexOf(region));
  expect(places.every((place) => place > 0)).toBe(true);
  expect(places).toEqual([...places].sort((a, b) => a - b));
});

test("the marker tells plans of one Region from those of another, and stays while the plan changes", async () => {
  const marker = async (line: string) => (await run(line, "2026-11-22T09:00:00Z")).stdout.split("\n", 1)[0];
  const line = (region: string) => `plan --policies ${policies} --region ${region} --format markdown`;
  const east = await marker(line("us-east-1"));
  expect(east).toBe("<!-- ecsmon-plan owner=ecsmon account=123456789012 region=us-east-1 -->");
  expect(await marker(line("us-west-2"))).not.toBe(east);
  await run(`apply --policies ${policies} --region us-east-1 --yes`, "2026-11-22T09:00:00Z");
  expect(await marker(line("us-east-1"))).toBe(east);
});

test("without a valid policy there is a page of what is wrong, and no plan", async () => {
  writeFileSync(join(policies, "web.yaml"), "kind: MonitoringPolicy\n");
  const { code, stdout, stderr } = await run(
    `plan --policies ${policies} --format markdown`,
    "2026-11-22T09:00:00Z",
  );
  expect(code).toBe(1);
  expect(stdout).toMatch(/^## ecsmon plan: there is none\n/);
  expect(stdout).not.toContain("<!-- ecsmon");
  expect(stderr).toContain("policies must be free of errors first");
});
