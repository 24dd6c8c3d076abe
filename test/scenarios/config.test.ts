// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policies hold templates
// plan and apply with an OperatorConfig: its sources, its targets in turn, its guards, and what it allows.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import type { Io } from "../../controller/cli/io.ts";
import { runProgram } from "../../controller/cli/program.ts";
import { createTestIo } from "../unit/cli/test-io.ts";
import { type Any, useWorld } from "./harness.ts";

const world = useWorld();
const folder = mkdtempSync(join(tmpdir(), "ecsmon-config-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const role = "arn:aws:iam::222222222222:role/ecsmon";
const east = "us-east-1";
const west = "us-west-2";
const abroad = { account: "222222222222", region: west };
const twoRegions = `  targets: [{ region: ${east} }, { region: ${west} }]`;

const alarm = (name: string, action = "arn:aws:sns:${region}:123456789012:pager") =>
  `  notifications: { critical: ["${action}"] }
  alarms:
    - { name: ${name}, severity: critical, metric: { namespace: AWS/ECS, metricName: CPUUtilization }, statistic: Average, comparison: GreaterThanThreshold, threshold: 80 }
`;

function writePolicy(spec = alarm("cpu")): void {
  mkdirSync(join(folder, "policies"), { recursive: true });
  writeFileSync(
    join(folder, "policies", "web.yaml"),
    `apiVersion: ecsmon.dev/v1alpha1\nkind: MonitoringPolicy\nmetadata: { name: web }\nspec:\n  selector: { services: ["*"] }\n${spec}`,
  );
}

function writeConfig(spec: string): string {
  const file = join(folder, "operator.yaml");
  writeFileSync(
    file,
    `apiVersion: ecsmon.dev/v1alpha1\nkind: OperatorConfig\nmetadata: { name: prod }\nspec:\n  sources: [{ path: ./policies }]\n${spec}\n`,
  );
  return file;
}

function seed(place: { account?: string; region?: string }, cluster = "prod"): void {
  const call = (operation: string, input: Any): Any =>
    world.sandbox.control.call("ecs", operation, input, place);
  call("CreateCluster", { clusterName: cluster });
  call("RegisterTaskDefinition", {
    family: `${cluster}-web`,
    requiresCompatibilities: ["EC2"],
    containerDefinitions: [{ name: "app", image: "app:1", memory: 128, essential: true }],
  });
  call("CreateService", {
    cluster,
    serviceName: "web",
    taskDefinition: `${cluster}-web`,
    desiredCount: 1,
    launchType: "EC2",
  });
  world.sandbox.control.clearCalls();
}

function alarmsIn(place: { account?: string; region?: string }): string[] {
  const answer = world.sandbox.control.call("monitoring", "DescribeAlarms", {}, place) as Any;
  return answer.MetricAlarms.map(({ AlarmName }: Any) => AlarmName).sort();
}

async function run(line: string, over: Partial<Io> = {}) {
  const io = createTestIo(over);
  const code = await runProgram(line.split(" "), io, "1.2.3");
  const { stdout, stderr } = io.written;
  return { code, stdout, stderr, json: stdout.startsWith("{") ? (JSON.parse(stdout) as Any) : undefined };
}

beforeEach(() => writePolicy());

describe("one target", () => {
  test("the plan is as without a configuration; sources lie beside the file", async () => {
    seed({});
    const config = writeConfig("  owner: team-a\n  maxDeletes: 3");
    const configured = await run(`plan --config ${config} --format json --detailed-exitcode`);
    const plain = await run(
      `plan --policies ${join(folder, "policies")} --owner team-a --format json --detailed-exitcode`,
    );
    expect(configured.code).toBe(2);
    expect(configured.json.metadata).toMatchObject({ owner: "team-a", region: east });
    expect(configured.json).toEqual(plain.json);
  });

  test("a role is assumed, with its external id, and everything is done in its account", async () => {
    seed(abroad);
    const config = writeConfig(`  targets: [{ region: ${west}, roleArn: "${role}", externalId: secret }]`);
    const { code, json } = await run(`apply --config ${config} --yes --format json`);
    expect(code).toBe(0);
    expect(json.plan.metadata).toMatchObject({ account: "222222222222", region: west });
    expect(alarmsIn(abroad)).toEqual(["ecsmon/prod/web/cpu"]);
    expect([...alarmsIn({}), ...alarmsIn({ region: west })]).toEqual([]);
    const assumed = world.sandbox.control.calls({ operation: "AssumeRole" });
    expect(assumed).toHaveLength(1);
  });

  test("a role that may not be assumed is told by its name, and nothing else is asked", async () => {
    seed({});
    world.sandbox.control.addFault({ operation: "AssumeRole", action: "denied" });
    const config = writeConfig(`  targets: [{ roleArn: "${role}" }]`);
    const { code, stderr, stdout } = await run(`plan --config ${config}`);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(`sts:AssumeRole of ${role} was denied`);
    expect(world.sandbox.control.calls({ service: "ECS" })).toEqual([]);
  });

  test("guards are the configuration's; flags win over them", async () => {
    seed({});
    const config = writeConfig("  maxDeletes: 0");
    expect((await run(`apply --config ${config} --yes`)).code).toBe(0);
    writePolicy(alarm("memory"));
    const held = await run(`plan --config ${config} --format json`);
    expect(held.json.blocked).toMatchObject([{ code: "DeleteGuard", name: "ecsmon/prod/web/cpu" }]);
    const let_ = await run(`plan --config ${config} --max-deletes 1 --format json`);
    expect({ blocked: let_.json.blocked, summary: let_.json.summary.delete }).toEqual({
      blocked: [],
      summary: 1,
    });
    const never = await run(`plan --config ${writeConfig("  deletePolicy: upsert-only")} --format json`);
    expect(never.json.summary).toMatchObject({ create: 1, delete: 0 });
  });
});

describe("several targets", () => {
  test("are planned one after the other, as a list; exit with the worst", async () => {
    seed({});
    seed({ region: west });
    const config = writeConfig(twoRegions);
    const { code, json } = await run(`plan --config ${config} --format json --detailed-exitcode`);
    expect(code).toBe(2);
    expect(json).toMatchObject({ apiVersion: "ecsmon.dev/v1alpha1", kind: "PlanList", failed: [] });
    expect(json.items.map(({ kind, metadata }: Any) => [kind, metadata.region])).toEqual([
      ["Plan", east],
      ["Plan", west],
    ]);
    const text = await run(`plan --config ${config}`);
    expect(text.code).toBe(0);
    expect(text.stdout.indexOf("Target 1 of 2: us-east-1\n")).toBe(0);
    expect(text.stdout.indexOf("Target 2 of 2: us-west-2\n")).toBeGreaterThan(0);
  });

  test("are all applied, and then there is nothing to do", async () => {
    seed({});
    seed({ region: west });
    seed(abroad, "far");
    const config = writeConfig(
      `  targets: [{ region: ${east} }, { region: ${west} }, { region: ${west}, roleArn: "${role}" }]`,
    );
    const { code, json } = await run(`apply --config ${config} --yes --format json`);
    expect(code).toBe(0);
    expect(json).toMatchObject({ kind: "ApplyList", failed: [] });
    expect(json.items.map(({ outcomes }: Any) => outcomes.map(({ result }: Any) => result))).toEqual([
      ["applied"],
      ["applied"],
      ["applied"],
    ]);
    expect([alarmsIn({}), alarmsIn({ region: west }), alarmsIn(abroad)]).toEqual([
      ["ecsmon/prod/web/cpu"],
      ["ecsmon/prod/web/cpu"],
      ["ecsmon/far/web/cpu"],
    ]);
    const again = await run(`plan --config ${config} --format json --detailed-exitcode`);
    expect(again.code).toBe(0);
    expect(again.json.items.map(({ summary }: Any) => summary.unchanged)).toEqual([1, 1, 1]);
  });

  test("one that fails keeps no other from its turn", async () => {
    seed({});
    world.sandbox.control.addFault({ operation: "AssumeRole", action: "denied" });
    const config = writeConfig(`  targets: [{ region: ${west}, roleArn: "${role}" }, { region: ${east} }]`);
    const { code, json, stderr } = await run(`apply --config ${config} --yes --format json`);
    expect(code).toBe(1);
    expect(json.items.map(({ plan }: Any) => plan.metadata.region)).toEqual([east]);
    expect(json.failed).toMatchObject([{ region: west, roleArn: role, error: { code: "AccessDenied" } }]);
    expect(stderr).toContain(`target 1 of 2 (${west} as ${role}) failed`);
    expect(alarmsIn({})).toEqual(["ecsmon/prod/web/cpu"]);
  });

  test("Ctrl-C during one keeps the next from being begun", async () => {
    seed({});
    seed({ region: west });
    const stop = new AbortController();
    const config = writeConfig(twoRegions);
    const { code, json } = await run(`apply --config ${config} --format json`, {
      signal: stop.signal,
      isTty: { stdin: true, stdout: true, stderr: true },
      ask: async () => {
        stop.abort();
        return true;
      },
    });
    expect(code).toBe(130);
    expect(json.items).toHaveLength(1);
    expect(json.failed).toMatchObject([{ region: west, error: { code: "Interrupted" } }]);
    expect([...alarmsIn({}), ...alarmsIn({ region: west })]).toEqual([]);
  });

  test("--region takes those of that Region, and one that is no target's is an error", async () => {
    seed({ region: west });
    const config = writeConfig(twoRegions);
    const { json } = await run(`plan --config ${config} --region ${west} --format json`);
    expect(json).toMatchObject({ kind: "Plan", metadata: { region: west } });
    const none = await run(`plan --config ${config} --region eu-west-1`);
    expect(none).toMatchObject({ code: 1, stdout: "" });
    expect(none.stderr).toContain("--region eu-west-1 is that of no target");
  });
});

describe("allow", () => {
  const blocked = ({ json }: { json?: Any }): string[] =>
    json.blocked.map(({ code, kind, cluster, message }: Any) =>
      [code, kind, cluster, message.split(";")[0]].join(" "),
    );

  test("what it does not list is NotAllowed and keeps what stands; without --config it does not count", async () => {
    seed({});
    const topics = '  allow: { actions: ["arn:aws:sns:*:123456789012:*"] }';
    expect((await run(`apply --config ${writeConfig(topics)} --yes`)).code).toBe(0);
    const foreign = "arn:aws:sns:us-east-1:999999999999:theirs";
    writePolicy(alarm("cpu", foreign));
    const refused = await run(`apply --config ${writeConfig(topics)} --yes --format json`);
    expect(refused.code).toBe(1);
    expect(blocked({ json: refused.json.plan })).toEqual([
      `NotAllowed MetricAlarm prod the action ${foreign} is not in allow.actions`,
    ]);
    const [standing] = (world.sandbox.control.call("monitoring", "DescribeAlarms", {}) as Any).MetricAlarms;
    expect(standing.AlarmActions).toEqual(["arn:aws:sns:us-east-1:123456789012:pager"]);
    const plain = await run(`plan --policies ${join(folder, "policies")} --format json`);
    expect(plain.json).toMatchObject({ blocked: [], summary: { update: 1 } });
  });

  test("clusters are globs of names; what lies outside is left alone and told", async () => {
    seed({}, "prod-a");
    seed({}, "dev");
    const config = writeConfig('  allow: { clusters: ["prod-*"] }');
    const ran = await run(`apply --config ${config} --yes --format json`);
    expect(ran.code).toBe(1);
    expect(blocked({ json: ran.json.plan })).toEqual([
      "NotAllowed MetricAlarm dev the cluster dev is not in allow.clusters",
    ]);
    expect(alarmsIn({})).toEqual(["ecsmon/prod-a/web/cpu"]);
  });

  test("an image that is not allowed is never laid", async () => {
    seed({});
    writePolicy(
      "  sidecars: [{ container: { name: agent, image: evil.example.com/x:1, memory: 64, essential: false } }]\n",
    );
    const config = writeConfig('  allow: { images: ["public.ecr.aws/*"] }');
    const ran = await run(`apply --config ${config} --yes --format json`);
    expect(ran.code).toBe(1);
    expect(blocked({ json: ran.json.plan })).toEqual([
      "NotAllowed TaskDefinition prod the image evil.example.com/x:1 is not in allow.images",
    ]);
    expect(world.writes()).toEqual([]);
  });

  test("an event that may not go elsewhere still goes where it went", async () => {
    seed({});
    const event = (target: string): string =>
      `  events: [{ name: stopped, preset: task-stopped, targets: ["arn:aws:sns:us-east-1:${target}"] }]\n`;
    const config = writeConfig('  allow: { actions: ["arn:aws:sns:*:123456789012:*"] }');
    writePolicy(event("123456789012:pager"));
    expect((await run(`apply --config ${config} --yes`)).code).toBe(0);
    world.sandbox.control.clearCalls();
    writePolicy(event("999999999999:theirs"));
    const ran = await run(`apply --config ${config} --yes --format json`);
    expect(ran.code).toBe(1);
    expect(ran.json.plan.changes).toEqual([]);
    expect(new Set(ran.json.plan.blocked.map(({ code }: Any) => code))).toEqual(new Set(["NotAllowed"]));
    expect(world.writes()).toEqual([]);
  });

  test("what no policy wants any more goes, whatever is allowed", async () => {
    seed({});
    await run(`apply --config ${writeConfig("")} --yes`);
    writePolicy("  suspend: false\n");
    const { code, json } = await run(
      `apply --config ${writeConfig("  allow: { kinds: [] }")} --yes --format json`,
    );
    expect({ code, blocked: json.plan.blocked }).toEqual({ code: 0, blocked: [] });
    expect(alarmsIn({})).toEqual([]);
  });
});

describe("what is wrong", () => {
  test("a mistake in the configuration is told with its place, and nothing is asked of AWS", async () => {
    const config = writeConfig("  maxDelets: 3");
    const text = await run(`plan --config ${config}`);
    expect(text).toMatchObject({ code: 1, stdout: "" });
    expect(text.stderr).toContain("operator.yaml:6:3");
    expect(text.stderr).toContain('did you mean "maxDeletes"?');
    const json = await run(`apply --config ${config} --yes --format json`);
    expect(json.json).toMatchObject({ diagnostics: [{ code: "UnknownField", path: "spec.maxDelets" }] });
    const valid = await run(`validate ${config}`);
    expect(valid.code).toBe(1);
    expect(valid.stdout).toContain('did you mean "maxDeletes"?');
    expect(world.sandbox.control.calls()).toEqual([]);
  });

  test("a sound one validates, and a policy is no configuration", async () => {
    expect(await run(`validate ${writeConfig(twoRegions)}`)).toMatchObject({ code: 0 });
    const policy = join(folder, "policies", "web.yaml");
    const { code, stderr } = await run(`plan --config ${policy}`);
    expect(code).toBe(1);
    expect(stderr).toContain('kind "MonitoringPolicy" is no OperatorConfig');
  });

  test("another owner is refused, the same one is not", async () => {
    seed({});
    const config = writeConfig("  owner: team-a");
    const other = await run(`plan --config ${config} --owner team-b`);
    expect(other.code).toBe(1);
    expect(other.stderr).toContain("--owner team-b is not the owner of");
    expect((await run(`plan --config ${config} --owner team-a`)).code).toBe(0);
  });

  test("a bucket that is not there is told by its name, and nothing is planned", async () => {
    const config = join(folder, "operator.yaml");
    writeConfig("");
    writeFileSync(
      config,
      "apiVersion: ecsmon.dev/v1alpha1\nkind: OperatorConfig\nmetadata: { name: a }\nspec:\n  sources: [{ s3: { bucket: monitoring-policies } }]\n",
    );
    const { code, stdout, stderr } = await run(`plan --config ${config}`);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/monitoring-policies/);
    expect(world.writes()).toEqual([]);
  });
});
