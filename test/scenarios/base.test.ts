// `plan --base`: what a change of policies does, told apart from what somebody has done by hand. Both plans see the
// account as it was read once.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { runProgram } from "../../controller/cli/program.ts";
import { makeTestRepository } from "../sources/git-repository.ts";
import { createTestIo } from "../unit/cli/test-io.ts";
import { type Any, useWorld } from "./harness.ts";
import { allKinds, flags, policies as reference, seedReference } from "./reference-estate.ts";

const world = useWorld();
const folder = mkdtempSync(join(tmpdir(), "ecsmon-base-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const head = join(folder, "head");
const base = join(folder, "base");

const alarm = (name: string, threshold = 80) =>
  `    - { name: ${name}, metric: { namespace: AWS/ECS, metricName: CPUUtilization, statistic: Average }, comparison: GreaterThanThreshold, threshold: ${threshold} }`;
const policy = (spec: string) =>
  `apiVersion: ecsmon.dev/v1alpha1\nkind: MonitoringPolicy\nmetadata: { name: web }\nspec:\n  selector: { services: ["*"] }\n${spec}\n`;
const withAlarms = (...alarms: readonly string[]) => policy(`  alarms:\n${alarms.join("\n")}`);
const check = (path: string) => `  healthCheck: { command: [CMD, ${path}], interval: 30s }`;

function write(place: string, text: string): void {
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, "web.yaml"), text);
}

async function run(line: string, now = "2026-11-22T09:00:00Z") {
  const io = createTestIo({ now: () => new Date(now) });
  const code = await runProgram(line.split(" "), io, "1.2.3");
  return { code, ...io.written };
}

async function plan(more = ""): Promise<{ code: number; json: Any; stderr: string }> {
  const { code, stdout, stderr } = await run(
    `plan --policies ${head} --base ${base} --format json --detailed-exitcode${more}`,
  );
  return { code, json: JSON.parse(stdout), stderr };
}

const told = (items: readonly Any[]): string[] =>
  items.map(({ origin, action, name, service = "", code = "" }) =>
    [origin, action, code, `${service}:${name.split("/").at(-1)}`].filter(Boolean).join(" "),
  );

function createService(name: string): void {
  const call = (operation: string, input: Any): Any => world.call("ecs", operation, input);
  const app = { name: "app", image: "app:1", memory: 128, essential: true };
  call("RegisterTaskDefinition", { family: name, containerDefinitions: [app] });
  const service = { cluster: "prod", serviceName: name, taskDefinition: name, desiredCount: 1 };
  call("CreateService", { ...service, launchType: "EC2" });
}

beforeEach(async () => {
  world.call("ecs", "CreateCluster", { clusterName: "prod" });
  createService("web");
  rmSync(head, { recursive: true, force: true });
});

/** What the base says stands; then somebody changes this and that by hand. */
async function applyBase(text: string): Promise<void> {
  write(base, text);
  expect((await run(`apply --policies ${base} --yes --no-wait`)).code).toBe(0);
}

const deleteAlarms = (...names: readonly string[]) =>
  world.call("monitoring", "DeleteAlarms", { AlarmNames: names.map((name) => `ecsmon/prod/web/${name}`) });

async function plantDrift(): Promise<void> {
  const names = ["kept", "edited", "removed", "raised", "raised-too", "gone", "gone-too"];
  await applyBase(withAlarms(...names.map((name) => alarm(name))));
  const { MetricAlarms = [] } = world.call("monitoring", "DescribeAlarms", {});
  for (const name of ["edited", "raised-too"]) {
    const live = MetricAlarms.find(({ AlarmName }: Any) => AlarmName.endsWith(`/${name}`));
    const { AlarmName, Namespace, MetricName, Dimensions, Statistic, Period, EvaluationPeriods } = live;
    const metric = { AlarmName, Namespace, MetricName, Dimensions, Statistic, Period, EvaluationPeriods };
    world.call("monitoring", "PutMetricAlarm", {
      ...metric,
      ComparisonOperator: "GreaterThanThreshold",
      Threshold: 99,
    });
  }
  deleteAlarms("gone", "gone-too");
  write(
    head,
    withAlarms(
      ...["kept", "edited", "gone", "new"].map((name) => alarm(name)),
      ...["raised", "raised-too"].map((name) => alarm(name, 90)),
    ),
  );
}

describe("with things changed by hand", () => {
  beforeEach(plantDrift);

  test("each item is of this change, drifts anyway, or is no longer done", async () => {
    const { code, json } = await plan();
    expect(code).toBe(2);
    expect(told(json.changes)).toEqual([
      "drift update web:edited",
      "drift create web:gone",
      "change create web:new",
      "change update web:raised",
      "change update web:raised-too",
      "change delete web:removed",
    ]);
    expect(told(json.base.dropped.changes)).toEqual(["create web:gone-too"]);
    expect(json.base.summary).toMatchObject({
      change: { create: 1, update: 2, delete: 1 },
      drift: { create: 1, update: 1, delete: 0 },
      dropped: { create: 1, update: 0, delete: 0 },
    });
  });

  test("of an item that this change touches, fields that drift are told apart", async () => {
    const { json } = await plan();
    const fields = (name: string) =>
      json.changes
        .find((one: Any) => one.name.endsWith(`/${name}`))
        .differences.map(({ path, origin = "change" }: Any) => `${origin} ${path}`);
    expect(fields("raised")).toEqual(["change Threshold"]);
    // Whoever edited it by hand took that away.
    expect(fields("raised-too")).toEqual(["drift AlarmDescription", "change Threshold"]);
    const { stdout } = await run(`plan --policies ${head} --base ${base}`);
    expect(stdout).toMatch(/raised-too\n +Threshold: 99 → 90\n +drifting anyway:\n +\+ AlarmDescription: /);
    expect(stdout).toContain("fields of 1 item that this change touches too");
  });

  test("but for what is told of the base, it is the plan of the head", async () => {
    const { json } = await plan();
    // Money is told of this change alone.
    const { base: _, cost: __, ...own } = json;
    for (const list of ["changes", "blocked", "unknown", "diagnostics"])
      own[list] = own[list].map(({ origin, ...rest }: Any) => {
        expect(origin).toMatch(/^(change|drift)$/);
        if (rest.differences === undefined) return rest;
        return { ...rest, differences: rest.differences.map(({ origin: _, ...one }: Any) => one) };
      });
    const alone = await run(`plan --policies ${head} --format json`);
    const { cost: ___, ...expected } = JSON.parse(alone.stdout);
    expect(own).toEqual(expected);
  });

  test("AWS is asked no more for two plans than for one", async () => {
    world.sandbox.control.clearCalls();
    await run(`plan --policies ${head}`);
    const once = world.sandbox.control.counts();
    world.sandbox.control.clearCalls();
    await plan();
    expect(world.sandbox.control.counts()).toEqual(once);
    expect(world.writes()).toEqual([]);
  });

  test("of the same policies all of it drifts", async () => {
    write(base, readFileSync(join(head, "web.yaml"), "utf8"));
    const { json } = await plan();
    expect(json.changes.length).toBeGreaterThan(0);
    expect(json.changes.filter(({ origin }: Any) => origin !== "drift")).toEqual([]);
    expect(json.base.summary.change).toEqual({ create: 0, update: 0, delete: 0, blocked: 0, unknown: 0 });
    expect(json.base.dropped).toEqual({ changes: [], unknown: [], blocked: [], diagnostics: [] });
  });

  test("as text, as a comment and as a page", async () => {
    const line = `plan --policies ${head} --base ${base}`;
    const { stdout: text } = await run(line);
    const parts = [
      "== With this change",
      "== No longer",
      "== Drifting anyway",
      "Plan: ",
      "  with this change: ",
    ];
    const places = parts.map((part) => text.indexOf(part));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places[0]).toBeGreaterThan(0);
    expect(text).toContain("1 to create, 2 to change, 1 to delete");
    expect(text).toContain("drifting anyway: 2 changes to 1 service");
    expect(text).toContain("no longer done: 1 change");

    const { stdout: comment } = await run(`${line} --format markdown`);
    expect(comment).toContain("## ecsmon plan: 4 changes to 1 service by this change");
    expect(comment).toContain("Drifting anyway: 2 changes to 1 service");
    const [open = "", folded = ""] = comment.split("### Drifting anyway");
    expect(open).toContain("#### No longer done: only the base would");
    expect(folded).toContain("<summary>Without a deployment (1)</summary>");
    expect(folded).not.toContain("####");
    expect(comment).not.toContain("sha256:");
    expect((await run(`${line} --format markdown`)).stdout).toBe(comment);

    const { stdout: page } = await run(`${line} --format html`);
    expect(page.match(/data-origin="change"/g)).toHaveLength(4);
    expect(page.match(/data-origin="drift"/g)).toHaveLength(2);
    expect(page.match(/data-origin="dropped"/g)).toHaveLength(1);
  });

  test("a saved plan holds nothing of the base, and is applied as ever", async () => {
    const file = join(folder, "reviewed.plan");
    expect((await run(`plan --policies ${head} --base ${base} --out ${file}`)).code).toBe(0);
    expect(readFileSync(file, "utf8")).not.toMatch(/"origin"|"drifts"/);
    expect((await run(`apply ${file} --yes`)).code).toBe(0);
    expect((await plan()).json.changes).toEqual([]);
  });

  test("the base comes from Git, as any source", async () => {
    const repository = makeTestRepository(folder, "policies");
    repository.commit({ "policies/web.yaml": readFileSync(join(base, "web.yaml"), "utf8") });
    const line = `plan --policies ${head} --base git+file://${repository.folder}?path=policies#main --format json`;
    const { stdout } = await run(line);
    const fromGit = JSON.parse(stdout);
    expect(fromGit.base.sourceRevision).toMatch(/^[0-9a-f]{40}$/);
    expect(fromGit.base.summary).toEqual((await plan()).json.base.summary);
  });
});

describe("what is held back", () => {
  const many = Array.from({ length: 6 }, (_, index) => `n${index}`);

  test("deletes are counted over all that the head does, and each is told by what it is held from", async () => {
    // Six that nobody wants any more in base and head, and six of this change: only together are they too many.
    const old = many.map((name) => `old-${name}`);
    await applyBase(withAlarms(alarm("kept"), ...[...many, ...old].map((name) => alarm(name))));
    write(base, withAlarms(alarm("kept"), ...many.map((name) => alarm(name))));
    write(head, withAlarms(alarm("kept")));
    const { code, json } = await plan();
    expect({ code, changes: json.changes }).toEqual({ code: 1, changes: [] });
    expect(told(json.blocked).sort()).toEqual(
      [
        ...many.map((name) => `change DeleteGuard web:${name}`),
        ...old.map((name) => `drift DeleteGuard web:${name}`),
      ].sort(),
    );
    expect(json.base.dropped).toEqual({ changes: [], unknown: [], blocked: [], diagnostics: [] });
    const let12 = (await plan(" --max-deletes 12")).json;
    expect(let12.base.summary).toMatchObject({ change: { delete: 6 }, drift: { delete: 6 } });
  });

  test("the base's own limits play no part: what it alone would hold back is done by both", async () => {
    await applyBase(withAlarms(alarm("kept"), ...many.map((name) => alarm(name))));
    write(base, withAlarms(alarm("kept")));
    write(head, withAlarms(alarm("kept"), ...many.slice(1).map((name) => alarm(name))));
    const { json } = await plan(" --max-deletes 3");
    expect(told(json.changes)).toEqual(["drift delete web:n0"]);
    expect(json.blocked).toEqual([]);
    expect(told(json.base.dropped.changes)).toEqual(many.slice(1).map((name) => `delete web:${name}`));
  });

  test("what --delete-policy leaves alone is no longer done where only the base would put it right", async () => {
    await plantDrift();
    write(head, withAlarms(alarm("kept")));
    const { json } = await plan(" --delete-policy upsert-only");
    expect(json.changes).toEqual([]);
    expect(told(json.base.dropped.changes)).toEqual([
      "update web:edited",
      "create web:gone",
      "create web:gone-too",
      "update web:raised-too",
    ]);
  });

  describe("for its window", () => {
    // The next one is on Monday, 23 November.
    const windows = "  rollout: { windows: [{ cron: 0 1 * * 1, duration: 1h }] }";
    const sidecar = (image: string) =>
      policy(
        `  sidecars: [{ container: { name: jmx, image: "${image}", essential: false, memory: 64 } }]\n${windows}`,
      );

    test("alike in both it drifts; with another image it is of this change", async () => {
      write(base, sidecar("jmx:1"));
      write(head, `# as before\n${sidecar("jmx:1")}`);
      expect(told((await plan()).json.blocked)).toEqual(["drift OutsideWindow web:web"]);
      write(head, sidecar("evil/miner:2"));
      const { json } = await plan();
      expect(told(json.blocked)).toEqual(["change OutsideWindow web:web"]);
      expect(json.base.dropped).toEqual({ changes: [], unknown: [], blocked: [], diagnostics: [] });
    });

    test("where the base would not have waited, it is not told as no longer done", async () => {
      write(base, sidecar("jmx:1").replace(windows, ""));
      write(head, sidecar("jmx:1"));
      const { json } = await plan();
      expect(told(json.blocked)).toEqual(["change OutsideWindow web:web"]);
      expect(json.base.dropped.changes).toEqual([]);
      // It costs no less for that: it is only later.
      expect(json.cost).toMatchObject({ monthly: 0, lines: [] });
    });

    test.each(["", ` --base ${base}`])("the comment stays the same while it stays closed%s", async (more) => {
      write(base, withAlarms(alarm("cpu")));
      write(head, sidecar("jmx:1"));
      const line = `plan --policies ${head} --format markdown${more}`;
      const { stdout } = await run(line);
      expect(stdout).toContain("no rollout window is open; the next one opens at 2026-11-23T01:00:00.000Z");
      expect((await run(line, "2026-11-22T21:30:00.123Z")).stdout).toBe(stdout);
    });
  });

  test("what is not allowed is of this change when it asks for something else", async () => {
    const config = join(folder, "allow.yaml");
    writeFileSync(
      config,
      `apiVersion: ecsmon.dev/v1alpha1\nkind: OperatorConfig\nmetadata: { name: prod }\nspec:\n  sources: [{ path: ./head }]\n  targets: [{ region: us-east-1 }]\n  allow: { images: [] }\n`,
    );
    const sidecar = (image: string) =>
      policy(`  sidecars: [{ container: { name: jmx, image: "${image}", essential: false, memory: 64 } }]`);
    const blockedBy = async (image: string): Promise<readonly string[]> => {
      write(head, sidecar(image));
      const { stdout } = await run(`plan --config ${config} --base ${base} --format json`);
      return told(JSON.parse(stdout).blocked);
    };
    write(base, sidecar("jmx:1"));
    expect(await blockedBy("jmx:1")).toEqual(["drift NotAllowed web:web"]);
    expect(await blockedBy("evil/miner:2")).toEqual(["change NotAllowed web:web"]);
  });

  test("a redeployment that waits in both is drift, one that this change brings is its own", async () => {
    createService("batch");
    const only = (service: string, spec: string) =>
      policy(spec).replace("name: web", `name: ${service}`).replace('"*"', `"${service}"`);
    write(base, only("batch", check("/bin/true")));
    write(head, `${only("batch", check("/bin/true"))}---\n${only("web", check("/bin/true"))}`);
    const held = (await plan(" --max-redeploys 1")).json;
    expect(told(held.blocked)).toEqual(["drift RedeployGuard batch:batch", "change RedeployGuard web:web"]);
    const { json } = await plan();
    expect(told(json.changes)).toEqual(["drift update batch:batch", "change update web:web"]);
  });

  test("what is blocked and what is found is this change's, or was so before, wherever it stands now", async () => {
    const latency = `    - { name: latency, preset: alb-latency-p99 }`;
    const errors = `    - { name: errors, preset: alb-5xx-rate }`;
    await applyBase(withAlarms(latency));
    write(head, `# one more line\n${withAlarms(errors, latency)}`);
    const { json } = await plan();
    expect(told(json.blocked)).toEqual([
      "change NotApplicable web:errors",
      "drift NotApplicable web:latency",
    ]);
    write(head, withAlarms(alarm("cpu")));
    expect(told((await plan()).json.base.dropped.blocked)).toEqual(["NotApplicable web:latency"]);
  });

  test("what cannot be read cannot be read for both, and is asked for once", async () => {
    await plantDrift();
    world.sandbox.control.addFault({ operation: "DescribeAlarms", action: "denied", times: 1 });
    const { code, json } = await plan();
    expect(code).toBe(1);
    expect(json.unknown.length).toBeGreaterThan(0);
    expect(json.unknown.filter(({ origin }: Any) => origin !== "drift")).toEqual([]);
    expect(json.base.dropped.unknown).toEqual([]);
  });
});

describe("a base that is no good", () => {
  beforeEach(() => {
    write(head, withAlarms(alarm("cpu")));
    write(base, withAlarms(alarm("cpu")));
  });

  test("with errors in its policies: the plan alone, with the errors of the base beside it", async () => {
    write(base, policy("  alarm: []"));
    const { code, json, stderr } = await plan();
    expect(code).toBe(2);
    expect(told(json.changes)).toEqual(["create web:cpu"]);
    expect(json.base).toMatchObject({ errors: [{ severity: "error", code: "UnknownField" }] });
    expect(json.diagnostics).toEqual([]);
    expect(stderr).toContain("the policies of the base have an error");
    const line = `plan --policies ${head} --base ${base}`;
    expect((await run(line)).stdout).toContain("the policies of the base have an error");
    const { stdout: comment } = await run(`${line} --format markdown`);
    expect(comment).toContain("## ecsmon plan: 1 change to 1 service\n");
    expect(comment).toContain("> The policies of the base have an error");
    expect((await run(`${line} --format html`)).stdout).toContain(
      "<p>The policies of the base have an error",
    );
  });

  test("the errors that count are those of the head", async () => {
    write(head, policy("  alarm: []"));
    const { code, stdout, stderr } = await run(`plan --policies ${head} --base ${base}`);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("policies must be free of errors first");
  });

  test.each([`${folder}/nowhere`, `git+file://${folder}/nowhere`])(
    "not to be read: an error, and nothing is asked of AWS (%s)",
    async (source) => {
      world.sandbox.control.clearCalls();
      const { code, stdout, stderr } = await run(`plan --policies ${head} --base ${source}`);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toContain("--base cannot be read: ");
      expect(stderr).toContain("leave --base out");
      expect(world.sandbox.control.calls()).toEqual([]);
    },
  );

  test("it is only for a plan", async () => {
    const { code, stderr } = await run(`apply --policies ${head} --base ${base} --yes`);
    expect(code).toBe(1);
    expect(stderr).toContain("unknown option '--base'");
  });
});

test("with a configuration, --base stands in for its sources, and each target has its own drift", async () => {
  const regions = ["us-east-1", "us-west-2"];
  const config = join(folder, "operator.yaml");
  writeFileSync(
    config,
    `apiVersion: ecsmon.dev/v1alpha1\nkind: OperatorConfig\nmetadata: { name: prod }\nspec:\n  sources: [{ path: ./head }]\n  targets: [${regions.map((region) => `{ region: ${region} }`).join(", ")}]\n`,
  );
  const call = (operation: string, input: Any): Any =>
    world.sandbox.control.call("ecs", operation, input, { region: "us-west-2" });
  call("CreateCluster", { clusterName: "prod" });
  const app = { name: "app", image: "app:1", memory: 128, essential: true };
  call("RegisterTaskDefinition", { family: "web", containerDefinitions: [app] });
  call("CreateService", {
    cluster: "prod",
    serviceName: "web",
    taskDefinition: "web",
    desiredCount: 1,
    launchType: "EC2",
  });
  await applyBase(withAlarms(alarm("cpu")));
  write(head, withAlarms(alarm("cpu", 90)));
  const line = `plan --config ${config} --base ${base}`;
  const { items } = JSON.parse((await run(`${line} --format json`)).stdout);
  expect(items.map(({ changes }: Any) => told(changes))).toEqual([
    ["change update web:cpu"],
    ["change create web:cpu"],
  ]);
  const { stdout } = await run(`${line} --format markdown`);
  expect(stdout).toContain("### Plan 2 of 2: `123456789012`, `us-west-2`: with this change");
});

describe("of the reference policy, with an item of every kind", () => {
  const planBeside = (policies: string, other: string) => {
    write(base, other);
    return world.plan(policies, { ...flags, base: [base] } as typeof flags);
  };
  const kindsOf = (items: readonly Any[], origin: string): string[] =>
    [...new Set<string>(items.filter((item) => item.origin === origin).map(({ kind }) => kind))].sort();

  beforeEach(() => seedReference(world));

  test("beside itself all of it drifts, and nothing is asked twice", async () => {
    world.sandbox.control.clearCalls();
    await world.plan(reference.first, flags);
    const once = world.sandbox.control.counts();
    world.sandbox.control.clearCalls();
    const { json } = await planBeside(reference.first, reference.first);
    expect(world.sandbox.control.counts()).toEqual(once);
    expect(kindsOf(json.changes, "drift")).toEqual(allKinds);
    expect(kindsOf(json.changes, "change")).toEqual([]);
    expect(json.base.dropped).toEqual({ changes: [], unknown: [], blocked: [], diagnostics: [] });
  });

  test("where it is applied, what a change of it does is all of this change", async () => {
    await world.apply(reference.first, flags);
    for (const policies of [reference.change, reference.removal]) {
      const { json } = await planBeside(policies, reference.first);
      expect(json.changes.length).toBeGreaterThan(0);
      expect(kindsOf(json.changes, "drift")).toEqual([]);
      expect(json.base.dropped.changes).toEqual([]);
    }
    expect((await planBeside(reference.first, reference.change)).json.changes).toEqual([]);
  });
});

test("a snapshot gives the same comparison as the account, and needs neither AWS nor its keys", async () => {
  await plantDrift();
  const live = (await plan()).json;
  const file = join(folder, "account.snapshot");
  expect((await run(`snapshot --out ${file}`)).code).toBe(0);
  world.sandbox.control.clearCalls();
  const { json } = await plan(` --snapshot ${file}`);
  expect(json).toEqual(live);
  expect(world.sandbox.control.calls()).toEqual([]);
});
