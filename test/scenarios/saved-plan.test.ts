// `plan --out` and `apply PLANFILE`: exactly what was reviewed is written, or nothing at all.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import type { Io } from "../../controller/cli/io.ts";
import { runProgram } from "../../controller/cli/program.ts";
import { createTestIo } from "../unit/cli/test-io.ts";
import { account, createService, currentTask, registerTask } from "./estate.ts";
import { type Any, useWorld } from "./harness.ts";
import { putAlarm } from "./reference-estate.ts";

const world = useWorld();
const folder = mkdtempSync(join(tmpdir(), "ecsmon-saved-plan-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, "reviewed.plan");
const policies = join(folder, "policies");

const alarm = (name: string, threshold: number) =>
  `    - { name: ${name}, metric: { namespace: AWS/ECS, metricName: CPUUtilization }, statistic: Average, comparison: GreaterThanThreshold, threshold: ${threshold} }\n`;
const sidecar = (token = "PLANTED-token") => `  sidecars:
    - container:
        name: side
        image: side:1
        essential: false
        memory: 64
        environment: [{ name: API_TOKEN, value: ${token} }]
`;

function writePolicy(spec: string, name = "web"): void {
  mkdirSync(policies, { recursive: true });
  writeFileSync(
    join(policies, `${name}.yaml`),
    `apiVersion: ecsmon.dev/v1alpha1\nkind: MonitoringPolicy\nmetadata: { name: ${name} }\nspec:\n  selector: { services: [web] }\n${spec}`,
  );
}

const two = (a = 80, b = 90) => `  alarms:\n${alarm("a", a)}${alarm("b", b)}`;

beforeEach(() => {
  rmSync(policies, { recursive: true, force: true });
  rmSync(file, { force: true });
  world.call("ecs", "CreateCluster", { clusterName: "prod" });
  const environment = [{ name: "DB_PASSWORD", value: "hunter2-in-the-clear" }];
  createService(world, "prod", "web", { team: "x" }, [], { app: { environment } });
  writePolicy(two());
  world.sandbox.control.clearCalls();
});

async function run(line: string, over: Partial<Io> = {}, version = "1.2.3") {
  const io = createTestIo(over);
  const code = await runProgram(line.split(" "), io, version);
  const { stdout, stderr } = io.written;
  return { code, stdout, stderr, json: stdout.startsWith("{") ? (JSON.parse(stdout) as Any) : undefined };
}

async function save(more = `--policies ${policies}`) {
  const saved = await run(`plan ${more} --out ${file}`);
  expect(saved.stderr).toContain(`saved to ${file}`);
  world.sandbox.control.clearCalls();
  return saved;
}

/** Refused, with nothing written. */
async function refused(line = `apply ${file} --yes`, over: Partial<Io> = {}, version = "1.2.3") {
  const ran = await run(line, over, version);
  expect(ran.code, ran.stderr).toBe(1);
  expect(world.writes()).toEqual([]);
  return ran.stderr;
}

function changeAlarm(AlarmName: string, change: Any = {}): void {
  const [found] = world.call("monitoring", "DescribeAlarms", { AlarmNames: [AlarmName] })["MetricAlarms"];
  putAlarm(world, AlarmName, { ...found, ...change });
  world.sandbox.control.clearCalls();
}

function tagService(key: string, value: string): void {
  const [{ serviceArn }] = world.call("ecs", "DescribeServices", { cluster: "prod", services: ["web"] })[
    "services"
  ];
  world.call("ecs", "TagResource", { resourceArn: serviceArn, tags: [{ key, value }] });
  world.sandbox.control.clearCalls();
}

function thresholds(place: { account?: string; region?: string } = {}): Record<string, number> {
  const answer = world.sandbox.control.call("monitoring", "DescribeAlarms", {}, place) as Any;
  return Object.fromEntries(
    answer.MetricAlarms.map(({ AlarmName, Threshold }: Any) => [AlarmName.split("/").at(-1), Threshold]),
  );
}

async function applyAll(more = ""): Promise<void> {
  expect((await run(`apply --policies ${policies} --yes${more}`)).code).toBe(0);
  world.sandbox.control.clearCalls();
}

/** A file whose checksum fits, as this ecsmon writes it. */
function edit(change: (text: string) => string): void {
  writeFileSync(file, change(readFileSync(file, "utf8")));
}

describe("nothing has changed", () => {
  test("it is applied as it was shown, and the next plan is empty", async () => {
    writePolicy(two() + sidecar());
    const saved = await save();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).filter((name) => name.startsWith("reviewed"))).toEqual(["reviewed.plan"]);
    const applied = await run(`apply ${file} --yes`);
    expect(applied.code, applied.stderr).toBe(0);
    expect(applied.stdout.startsWith(saved.stdout)).toBe(true);
    expect(thresholds()).toEqual({ a: 80, b: 90 });
    const second = await run(`plan --policies ${policies} --detailed-exitcode`);
    expect(second.code).toBe(0);
  });

  test("AWS may answer in another order, and with nothing for empty", async () => {
    writePolicy(two() + sidecar());
    await applyAll();
    writePolicy(two(81, 91) + sidecar("PLANTED-other"));
    await save();
    for (const mutate of ["reorder", "absent-for-empty"] as const) {
      world.sandbox.control.addFault({ action: { mutate } });
      const shown = await run(`apply ${file}`);
      expect(shown.stderr, mutate).not.toContain("stale");
      expect(shown.stderr).toContain("--yes was not given");
      world.sandbox.control.clearFaults();
    }
    expect((await run(`apply ${file} --yes`)).code).toBe(0);
  });

  test("as JSON it is what apply always prints", async () => {
    await save();
    const { code, json } = await run(`apply ${file} --yes --format json`);
    expect(code).toBe(0);
    expect(json.plan.changes).toHaveLength(2);
    expect(json.outcomes.map(({ name, result }: Any) => `${name} ${result}`)).toEqual([
      "ecsmon/prod/web/a applied",
      "ecsmon/prod/web/b applied",
    ]);
  });

  test("without a terminal and without --yes nothing is written", async () => {
    await save();
    expect(await refused(`apply ${file}`)).toContain("--yes was not given");
  });

  test("once applied, it is stale", async () => {
    await save();
    expect((await run(`apply ${file} --yes`)).code).toBe(0);
    world.sandbox.control.clearCalls();
    const stderr = await refused();
    expect(stderr).toContain("2 of its 2 items");
    expect(stderr).toContain("nothing to write any more");
  });
});

describe("something has changed", () => {
  test("one alarm edited by hand: it is named, and nothing is changed at all", async () => {
    await applyAll();
    writePolicy(two(81, 91));
    await save();
    changeAlarm("ecsmon/prod/web/a", { Threshold: 70 });
    const stderr = await refused();
    expect(stderr).toContain("1 of its 2 items is not as at 2026-11-22T00:00:00.000Z");
    expect(stderr).toContain(
      "MetricAlarm ecsmon/prod/web/a (prod/web): Threshold was 80 and is 70\nnothing was changed; plan again",
    );
    expect(stderr).not.toContain("ecsmon/prod/web/b");
    expect(thresholds()).toEqual({ a: 70, b: 90 });
  });

  test("a program is told in its document", async () => {
    await save();
    changeAlarm("ecsmon/prod/web/a", { Threshold: 70 });
    const other = await run(`apply ${file} --yes --format json`);
    expect(other.json).toMatchObject({
      plan: { kind: "Plan", summary: { update: 1, create: 1 } },
      outcomes: [],
      error: { code: "StalePlan", message: expect.stringContaining("is stale") },
    });
    writePolicy(two(81, 91));
    const changed = await run(`apply ${file} --yes --format json`);
    expect(changed.json).toEqual({
      plan: null,
      outcomes: [],
      error: { code: "StalePlan", message: expect.stringContaining("made of the policies at") },
    });
    expect([other.code, changed.code, world.writes()]).toEqual([1, 1, []]);
    expect((await run(`apply ${file} --yes`)).stdout).toBe("");
  });

  test("of many, ten are named and the rest is counted", async () => {
    writePolicy(`  alarms:\n${Array.from({ length: 13 }, (_, i) => alarm(`n${i}`, 1)).join("")}`);
    await save();
    for (let i = 0; i < 13; i += 1) changeAlarm(`ecsmon/prod/web/n${i}`);
    const stderr = await refused();
    expect(stderr).toContain("13 of its 13 items");
    expect(stderr.match(/^ {2}MetricAlarm /gm)).toHaveLength(10);
    expect(stderr).toContain("\n  and 3 more\n");
  });

  test("a deployment of the owner: the same values, another revision", async () => {
    writePolicy(two() + sidecar());
    await save();
    const taskDefinition = registerTask(world, "prod-web");
    world.call("ecs", "UpdateService", { cluster: "prod", service: "web", taskDefinition });
    world.sandbox.control.clearCalls();
    expect(await refused()).toContain("the task definition was prod-web:1 and is prod-web:2");
  });

  test.each([
    ["that a sidecar is filled from", two() + sidecar(`"\${service.tags.team}"`)],
    [
      "that an override is for",
      `${two()}${sidecar()}  overrides:\n    - selector: { tags: { team: y } }\n${sidecar("PLANTED-other").replaceAll(/^/gm, "    ").trimEnd()}\n`,
    ],
  ])("a tag of a service that is to be redeployed, %s", async (_, spec) => {
    writePolicy(spec);
    await save();
    tagService("team", "y");
    expect(await refused()).toContain("tags of the service that policies look at have changed");
  });

  test("a tag of it that no policy looks at: it is applied", async () => {
    writePolicy(two() + sidecar());
    await save();
    tagService("cost-centre", "7");
    const { code, stderr } = await run(`apply ${file} --yes`);
    expect(code, stderr).toBe(0);
    expect(world.writes()).toContain("UpdateService");
  });

  test("the policies, if only a secret in them", async () => {
    writePolicy(two() + sidecar());
    await save();
    writePolicy(two() + sidecar("PLANTED-other"));
    const stderr = await refused();
    expect(stderr).toMatch(/made of the policies at sha256:\w+, and these are at sha256:\w+/);
    expect(world.sandbox.control.calls()).toEqual([]);
  });

  test("an alarm that the plan left as it stood, edited by hand: it is named, and nothing is changed at all", async () => {
    await applyAll();
    writePolicy(two(81));
    await save();
    changeAlarm("ecsmon/prod/web/b", { Threshold: 1 });
    const stderr = await refused();
    expect(stderr).toContain("1 of its 2 items is not as at");
    expect(stderr).toContain(
      "MetricAlarm ecsmon/prod/web/b (prod/web): it stood as the policies say, and now Threshold is 1 where 90 is wanted\n",
    );
    expect(thresholds()).toEqual({ a: 80, b: 1 });
  });

  test("the same with a plan that has nothing to write", async () => {
    await applyAll();
    await save();
    changeAlarm("ecsmon/prod/web/b", { Threshold: 1 });
    expect(await refused()).toContain("1 of its 2 items is not as at");
    world.call("monitoring", "DeleteAlarms", { AlarmNames: ["ecsmon/prod/web/b"] });
    world.sandbox.control.clearCalls();
    expect(await refused()).toContain("it stood as the policies say, and now it is absent");
    await applyAll();
    expect((await run(`apply ${file} --yes`)).code).toBe(0);
    expect(world.writes()).toEqual([]);
  });

  test("something that it is not about: it is applied, and that is left alone", async () => {
    await applyAll();
    writePolicy(two(81));
    await save();
    world.call("ecs", "CreateCluster", { clusterName: "new" });
    createService(world, "new", "web", {});
    changeAlarm("somebody-else", { Threshold: 2 });
    const { code, stderr } = await run(`apply ${file} --yes`);
    expect(code).toBe(0);
    expect(stderr).toContain(
      `2 items would be changed today and are not in ${file}, so left alone: MetricAlarm ecsmon/new/web/a (new/web), MetricAlarm ecsmon/new/web/b (new/web)`,
    );
    expect(world.writes()).toEqual(["PutMetricAlarm", "TagResource"]);
    expect(thresholds()).toEqual({ a: 81, b: 90, "somebody-else": 2 });
  });

  test("what it builds on is gone: refused, and not built on nothing", async () => {
    await applyAll();
    writePolicy(`${two()}    - { name: both, composite: 'ALARM("a") OR ALARM("b")' }\n`);
    await save();
    world.call("monitoring", "DeleteAlarms", { AlarmNames: ["ecsmon/prod/web/a"] });
    world.sandbox.control.clearCalls();
    expect(await refused()).toContain("needs MetricAlarm ecsmon/prod/web/a, which has changed");
  });

  test("it could not be read", async () => {
    await save();
    world.sandbox.control.addFault({ operation: "DescribeAlarms", action: "denied" });
    expect(await refused()).toContain("could not be read, AccessDenied");
  });
});

describe("guards and windows", () => {
  test("what the delete guard held back stays held, whatever has gone meanwhile", async () => {
    await applyAll();
    writePolicy(`  alarms:\n${alarm("c", 1)}`);
    const saved = await run(`plan --policies ${policies} --max-deletes 1 --out ${file}`);
    expect(saved.code).toBe(1);
    world.call("monitoring", "DeleteAlarms", { AlarmNames: ["ecsmon/prod/web/a"] });
    world.sandbox.control.clearCalls();
    const { code, json } = await run(`apply ${file} --yes --format json`);
    expect(code).toBe(1);
    expect(json.plan.blocked).toMatchObject([{ code: "DeleteGuard", name: "ecsmon/prod/web/b" }]);
    expect(thresholds()).toEqual({ b: 90, c: 1 });
  });

  test("deletes that were reviewed are not held back since there are more now", async () => {
    await applyAll();
    writePolicy(`  alarms:\n${alarm("b", 90)}`);
    expect((await run(`plan --policies ${policies} --max-deletes 1 --out ${file}`)).code).toBe(0);
    changeAlarm("ecsmon/prod/web/x", { Tags: [{ Key: "ecsmon.dev/owner", Value: "ecsmon" }] });
    const { code, stderr } = await run(`apply ${file} --yes`);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("1 item would be changed today");
    expect(thresholds()).toEqual({ b: 90, x: 1 });
  });

  test("windows are judged when it is applied", async () => {
    writePolicy(
      `${two()}${sidecar()}  rollout: { windows: [{ cron: "0 9 * * *", duration: 1h, timeZone: UTC }] }\n`,
    );
    const open = `--policies ${policies} --as-of 2026-11-22T09:30:00Z`;
    await save(open);
    const early = await run(`apply ${file} --yes --as-of 2026-11-22T08:00:00Z --format json`);
    expect(early.code, early.stderr).toBe(3);
    expect(early.json.plan.blocked).toMatchObject([{ kind: "TaskDefinition", code: "OutsideWindow" }]);
    expect(thresholds()).toEqual({ a: 80, b: 90 });
    expect(world.writes()).not.toContain("UpdateService");
    await save(open);
    const late = await run(`apply ${file} --yes --as-of 2026-11-23T09:10:00Z`);
    expect(late.code, late.stderr).toBe(0);
    expect(world.writes()).toContain("UpdateService");
  });

  test("a redeployment that was shut out when it was reviewed is not made since its window has opened", async () => {
    writePolicy(
      `${two()}${sidecar()}  rollout: { windows: [{ cron: "0 9 * * *", duration: 1h, timeZone: UTC }] }\n`,
    );
    await save(`--policies ${policies} --as-of 2026-11-22T08:00:00Z`);
    const { code, stderr } = await run(`apply ${file} --yes --as-of 2026-11-22T09:30:00Z`);
    expect(code).toBe(0);
    expect(stderr).toContain("left alone: TaskDefinition");
    expect(world.writes()).not.toContain("UpdateService");
  });

  test("it stays narrowed as it was", async () => {
    world.call("ecs", "CreateCluster", { clusterName: "other" });
    createService(world, "other", "web", {});
    await save(`--policies ${policies} --cluster oth*`);
    const { code, stderr } = await run(`apply ${file} --yes`);
    expect(code).toBe(0);
    expect(stderr).not.toContain("left alone");
    expect(world.writes()).toEqual(["PutMetricAlarm", "PutMetricAlarm"]);
    expect((await run(`plan --policies ${policies} --format json`)).json.summary.create).toBe(2);
  });
});

describe("another place", () => {
  test("another account", async () => {
    await save();
    process.env["AWS_ACCESS_KEY_ID"] = "ASIASBX222222222222A";
    const place = { account: "222222222222" };
    world.sandbox.control.call("ecs", "CreateCluster", { clusterName: "prod" }, place);
    world.sandbox.control.clearCalls();
    try {
      expect(await refused()).toContain(
        `it is a plan of the account ${account}, and this is 222222222222; nothing was changed`,
      );
    } finally {
      process.env["AWS_ACCESS_KEY_ID"] = "test";
    }
  });

  test("another Region, of the process or by --region", async () => {
    await save();
    const other = "it is a plan of the Region us-east-1, and this is us-west-2; nothing was changed";
    expect(await refused(`apply ${file} --yes --region us-west-2`)).toContain(other);
    process.env["AWS_REGION"] = "us-west-2";
    try {
      expect(await refused()).toContain(other);
    } finally {
      process.env["AWS_REGION"] = "us-east-1";
    }
  });

  test("another owner; its own may be said", async () => {
    await save();
    expect(await refused(`apply ${file} --yes --owner team-b`)).toContain("a plan of the owner ecsmon");
    expect((await run(`apply ${file} --yes --owner ecsmon`)).code).toBe(0);
  });
});

describe("the file", () => {
  test("one made by another version says what to do", async () => {
    await save();
    expect(await refused(undefined, {}, "2.0.0")).toContain(
      "was saved by ecsmon 1.2.3, and this is 2.0.0; plan again",
    );
    for (const other of [1, 9]) {
      edit((text) => text.replace(/"format": \d/, `"format": ${other}`));
      expect(await refused()).toContain(`another format, ecsmon.dev/v1alpha1 ${other}`);
    }
  });

  test("what was changed or cut short is refused before anything is read", async () => {
    await save();
    const whole = readFileSync(file, "utf8");
    edit((text) => text.replace('"Threshold": 80', '"Threshold": 99'));
    expect(await refused()).toContain("was changed after it was saved");
    writeFileSync(file, whole.slice(0, -40));
    expect(await refused()).toContain("cut short");
    writeFileSync(file, "");
    expect(await refused()).toContain("cut short");
    writeFileSync(file, (await run(`plan --policies ${policies} --format json`)).stdout);
    world.sandbox.control.clearCalls();
    expect(await refused()).toContain("plan --format json prints");
    expect(world.sandbox.control.calls()).toEqual([]);
  });

  test("one that cannot be written is told before anything is read", async () => {
    world.sandbox.control.clearCalls();
    const { code, stderr } = await run(`plan --policies ${policies} --out ${folder}/none/x.plan`);
    expect(code).toBe(1);
    expect(stderr).toContain("there is no such folder");
    expect(world.sandbox.control.calls()).toEqual([]);
  });

  test("the policies may lie elsewhere by then, if they are the same", async () => {
    await save();
    const elsewhere = join(folder, "elsewhere");
    mkdirSync(elsewhere, { recursive: true });
    writeFileSync(join(elsewhere, "web.yaml"), readFileSync(join(policies, "web.yaml")));
    rmSync(policies, { recursive: true });
    expect(await refused()).toContain("no file or folder");
    expect((await run(`apply ${file} --yes --policies ${elsewhere}`)).code).toBe(0);
  });

  test("nothing secret stands in it, however it is written", async () => {
    const monitors = `  mackerel:
    monitors:
      - { type: external, name: health, url: "https://e.jp/?k=PLANTED-query", headers: [{ name: Authorization, value: PLANTED-header }] }
`;
    process.env["MACKEREL_APIKEY"] = "PLANTED-mackerel";
    process.env["MACKEREL_APIBASE"] = `${world.sandbox.endpoint}/_mackerel`;
    try {
      writePolicy(two() + sidecar() + monitors);
      await save();
      const text = readFileSync(file, "utf8");
      expect(text).toContain("MackerelMonitor");
      for (const secret of [
        "PLANTED-token",
        "PLANTED-query",
        "PLANTED-header",
        "PLANTED-mackerel",
        "hunter2-in-the-clear",
      ])
        for (const form of [
          secret,
          Buffer.from(secret).toString("base64").slice(0, -2),
          Buffer.from(secret).toString("hex"),
        ])
          expect(text).not.toContain(form);
      await applyAll();
      writePolicy(two(81) + sidecar() + monitors.replace("PLANTED-header", "PLANTED-new"));
      await save();
      const [monitor] = world.call("mackerel", "ListMonitors", {})["monitors"];
      const headers = [{ name: "Authorization", value: "PLANTED-else" }];
      world.call("mackerel", "UpdateMonitor", { monitorId: monitor.id, monitor: { ...monitor, headers } });
      world.sandbox.control.clearCalls();
      const stderr = await refused();
      expect(stderr).toContain("hidden values have changed");
      expect(stderr).not.toContain("PLANTED");
    } finally {
      delete process.env["MACKEREL_APIKEY"];
      delete process.env["MACKEREL_APIBASE"];
    }
  });
});

describe("with a configuration", () => {
  const config = join(folder, "operator.yaml");
  const west = { region: "us-west-2" };

  beforeEach(() => {
    const call = (operation: string, input: Any): Any =>
      world.sandbox.control.call("ecs", operation, input, west);
    call("CreateCluster", { clusterName: "prod" });
    call("RegisterTaskDefinition", {
      family: "web",
      requiresCompatibilities: ["EC2"],
      containerDefinitions: [{ name: "app", image: "app:1", memory: 128, essential: true }],
    });
    call("CreateService", { cluster: "prod", serviceName: "web", taskDefinition: "web", desiredCount: 1 });
    writeConfig();
    world.sandbox.control.clearCalls();
  });

  function writeConfig(more = "", targets = "[{ region: us-east-1 }, { region: us-west-2 }]"): void {
    writeFileSync(
      config,
      `apiVersion: ecsmon.dev/v1alpha1\nkind: OperatorConfig\nmetadata: { name: prod }\nspec:\n  sources: [{ path: ./policies }]\n  targets: ${targets}\n${more}`,
    );
  }

  test("all targets are saved, and applied in turn", async () => {
    await save(`--config ${config}`);
    const { code, json } = await run(`apply ${file} --yes --format json`);
    expect(code).toBe(0);
    expect(json.items.map(({ plan }: Any) => plan.metadata.region)).toEqual(["us-east-1", "us-west-2"]);
    expect(thresholds()).toEqual({ a: 80, b: 90 });
    expect(thresholds(west)).toEqual({ a: 80, b: 90 });
  });

  test("stale in the last one: nothing is written in the first", async () => {
    await save(`--config ${config}`);
    world.sandbox.control.call(
      "monitoring",
      "PutMetricAlarm",
      {
        AlarmName: "ecsmon/prod/web/a",
        Namespace: "N",
        MetricName: "m",
        Statistic: "Average",
        Period: 60,
        EvaluationPeriods: 1,
        ComparisonOperator: "GreaterThanThreshold",
        Threshold: 1,
      },
      west,
    );
    world.sandbox.control.clearCalls();
    const stderr = await refused();
    expect(stderr).toContain("MetricAlarm ecsmon/prod/web/a (prod/web)");
    expect(stderr).toContain("nothing was changed in any target");
  });

  test("other targets than then", async () => {
    await save(`--config ${config}`);
    writeConfig("", "[{ region: us-west-2 }, { region: us-east-1 }]");
    expect(await refused()).toContain("plan of the Region us-east-1, and this is us-west-2");
    writeConfig("", "[{ region: us-east-1 }]");
    expect(await refused()).toContain("a plan of 2 targets, and the configuration has 1");
    writeConfig("  owner: team-b\n");
    expect(await refused()).toContain("a plan of the owner ecsmon, and this is team-b");
  });

  test("where one target has no plan, none is saved", async () => {
    writeConfig(
      "",
      '[{ region: us-east-1 }, { region: us-west-2, roleArn: "arn:aws:iam::222222222222:role/e" }]',
    );
    world.sandbox.control.addFault({ operation: "AssumeRole", action: "denied" });
    const { code, stderr } = await run(`plan --config ${config} --out ${file}`);
    expect(code).toBe(1);
    expect(stderr).toContain(`not saved to ${file}: not every target has one`);
    expect(() => statSync(file)).toThrow("ENOENT");
  });

  test("the freeze switch holds", async () => {
    writeConfig("  status: { path: ./state }\n");
    await save(`--config ${config}`);
    expect((await run(`pause --config ${config} --reason inc-1`)).code).toBe(0);
    expect(await refused()).toContain("inc-1");
    await run(`resume --config ${config}`);
    expect((await run(`apply ${file} --yes`)).code).toBe(0);
  });

  test("the lease is taken before the account is read, and given back", async () => {
    world.call("s3", "CreateBucket", { Bucket: "state" });
    writeConfig(
      "  lease: { duration: 2s, s3: { bucket: state, prefix: leases/ } }\n",
      "[{ region: us-east-1 }]",
    );
    await save(`--config ${config}`);
    expect((await run(`apply ${file} --yes`)).code).toBe(0);
    const order = world.sandbox.control
      .calls()
      .map(({ service, operation }) => (/^s3$/i.test(service) ? `lease ${operation}` : operation));
    const put = order.indexOf("lease PutObject");
    expect(put).toBeGreaterThanOrEqual(0);
    expect(put).toBeLessThan(order.indexOf("ListClusters"));
    expect(order.lastIndexOf("lease PutObject")).toBeGreaterThan(order.lastIndexOf("PutMetricAlarm"));
  });
});

test("the layer that was reviewed is the one that runs", async () => {
  writePolicy(two() + sidecar());
  await save();
  expect((await run(`apply ${file} --yes`)).code).toBe(0);
  const { containerDefinitions } = currentTask(world, "prod", "web");
  expect(JSON.stringify(containerDefinitions)).toContain("PLANTED-token");
});
