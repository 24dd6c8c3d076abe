// `apply --config` beside a controller: the target's lease is its own while it writes, and the freeze switch holds for it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { Io } from "../../controller/cli/io.ts";
import { runProgram } from "../../controller/cli/program.ts";
import { systemClock } from "../../controller/runtime/controller/system-clock.ts";
import { createFolderStore } from "../../controller/state/folder.ts";
import { createLease } from "../../controller/state/lease.ts";
import { parseLease } from "../../controller/state/lease-record.ts";
import { openStore } from "../../controller/state/open-store.ts";
import { pauseWrites, resumeWrites } from "../../controller/state/switch.ts";
import { createTestIo } from "../unit/cli/test-io.ts";
import { type Any, useWorld } from "./harness.ts";

const world = useWorld();
const folder = mkdtempSync(join(tmpdir(), "ecsmon-apply-lease-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const east = "us-east-1";
const key = "ecsmon-123456789012-us-east-1.json";
const leased = "  lease: { duration: 2s, s3: { bucket: state, prefix: leases/ } }";

function writePolicies(threshold: number, more = ""): void {
  mkdirSync(join(folder, "policies"), { recursive: true });
  writeFileSync(
    join(folder, "policies", "web.yaml"),
    `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: web }
spec:
  selector: { services: ["*"] }
  alarms:
    - { name: a, metric: { namespace: AWS/ECS, metricName: CPUUtilization }, statistic: Average, comparison: GreaterThanThreshold, threshold: ${threshold} }
    - { name: b, metric: { namespace: AWS/ECS, metricName: CPUUtilization }, statistic: Average, comparison: GreaterThanThreshold, threshold: 90 }
${more}`,
  );
}

beforeEach(() => {
  writePolicies(80);
  const call = (service: string, operation: string, input: Any): Any => world.call(service, operation, input);
  call("s3", "CreateBucket", { Bucket: "state" });
  call("ecs", "CreateCluster", { clusterName: "prod" });
  call("ecs", "RegisterTaskDefinition", {
    family: "web",
    requiresCompatibilities: ["EC2"],
    containerDefinitions: [{ name: "app", image: "app:1", memory: 128, essential: true }],
  });
  call("ecs", "CreateService", {
    cluster: "prod",
    serviceName: "web",
    taskDefinition: "web",
    desiredCount: 1,
    launchType: "EC2",
  });
  world.sandbox.control.clearCalls();
});

function writeConfig(spec: string): string {
  const file = join(folder, "operator.yaml");
  writeFileSync(
    file,
    `apiVersion: ecsmon.dev/v1alpha1\nkind: OperatorConfig\nmetadata: { name: prod }\nspec:\n  sources: [{ path: ./policies }]\n${spec}\n`,
  );
  return file;
}

async function run(line: string, over: Partial<Io> = {}) {
  const io = createTestIo(over);
  const code = await runProgram(line.split(" "), io, "1.2.3");
  const { stdout, stderr } = io.written;
  return { code, stdout, stderr, json: stdout.startsWith("{") ? (JSON.parse(stdout) as Any) : undefined };
}

const leases = () => openStore({ s3: { bucket: "state", prefix: "leases/" } }, process.env);

async function readLease() {
  const found = await leases().get(key);
  return found === undefined || found === "unchanged" ? undefined : parseLease(found.text);
}

function alarms(): string[] {
  return world
    .call("monitoring", "DescribeAlarms", {})
    ["MetricAlarms"].map(({ AlarmName }: Any) => AlarmName);
}

/** Calls to S3 are the lease's; the rest is the target's. */
function order(): string[] {
  return world.sandbox.control
    .calls()
    .map(({ service, operation }) => (/^s3$/i.test(service) ? `lease ${operation}` : operation))
    .filter((operation) => /^lease Put|^PutMetricAlarm|^DescribeServices/.test(operation));
}

function readsOf(name: string): number {
  return world.sandbox.control
    .calls({ operation: "GetObject" })
    .filter(({ input }) => JSON.stringify(input).includes(name)).length;
}

function newTurn(): { readonly came: Promise<void>; readonly come: () => void } {
  let come: () => void = () => undefined;
  const came = new Promise<void>((resolve) => {
    come = resolve;
  });
  return { came, come: () => come() };
}

describe("the lease", () => {
  test("is taken before the account is read, and given back after the last write", async () => {
    const { code } = await run(`apply --config ${writeConfig(leased)} --yes`);
    expect(code).toBe(0);
    expect(alarms()).toHaveLength(2);
    const made = order();
    expect(made[0]).toBe("lease PutObject");
    expect(made.at(-1)).toBe("lease PutObject");
    expect(made.lastIndexOf("PutMetricAlarm")).toBeLessThan(made.length - 1);
    expect(await readLease()).toMatchObject({ holder: "", epoch: 1, duration: 2 });
  });

  test("is not taken by plan, and not without one in the configuration", async () => {
    expect((await run(`plan --config ${writeConfig(leased)}`)).code).toBe(0);
    expect((await run(`apply --config ${writeConfig("")} --yes`)).code).toBe(0);
    expect(world.sandbox.control.calls({ service: "S3" })).toEqual([]);
  });

  test("is asked for from one that keeps it; nothing is read before that has handed it over", async () => {
    const stopping = new AbortController();
    let isBusy = false;
    const overlaps: string[] = [];
    const controller = createLease(leases(), key, {
      holder: "controller-1",
      duration: 2,
      clock: systemClock,
      log: () => undefined,
    });
    const begun = new Promise<void>((resolve) => {
      const kept = controller.keep({
        signal: stopping.signal,
        async whileHeld({ signal }) {
          isBusy = true;
          resolve();
          await new Promise<void>((done) => signal.addEventListener("abort", () => done(), { once: true }));
          overlaps.push(...order().filter((operation) => !operation.startsWith("lease")));
          isBusy = false;
        },
      });
      onTestFinished(() => {
        stopping.abort();
        return kept;
      });
    });
    await begun;
    expect(isBusy).toBe(true);
    const { code, stderr } = await run(`apply --config ${writeConfig(leased)} --yes`);
    expect(code).toBe(0);
    expect(stderr).toContain(`waiting for the lease ${key} (controller-1: it holds the lease)`);
    expect(overlaps).toEqual([]);
    expect(alarms()).toHaveLength(2);
  });

  /** Another has it, until somebody waits for it; `meanwhile` happens before it is handed over. */
  async function applyAfterWait(line: string, meanwhile: () => void) {
    const [begun, asked] = [newTurn(), newTurn()];
    const controller = createLease(leases(), key, {
      holder: "controller-1",
      duration: 2,
      clock: systemClock,
      log: () => undefined,
    });
    const stopping = new AbortController();
    const kept = controller.keep({
      signal: stopping.signal,
      async whileHeld() {
        begun.come();
        await asked.came;
        meanwhile();
        stopping.abort();
      },
    });
    await begun.came;
    const written = { stdout: "", stderr: "" };
    const { code } = await run(line, {
      stdout: (text) => {
        written.stdout += text;
      },
      stderr: (text) => {
        written.stderr += text;
        if (text.includes("waiting for the lease")) asked.come();
      },
    });
    await kept;
    return { code, ...written };
  }

  const thresholds = () =>
    world.call("monitoring", "DescribeAlarms", {})["MetricAlarms"].map(({ Threshold }: Any) => Threshold);

  test("what is written under it is what the policies say then, not before the wait", async () => {
    const line = `apply --config ${writeConfig(leased)} --yes`;
    const { code, stderr } = await applyAfterWait(line, () => writePolicies(95));
    expect(code).toBe(0);
    expect(stderr).toContain("the policies changed before the lease was had");
    expect(thresholds()).toEqual([95, 90]);
    // Nothing changed: nothing is said.
    const again = await applyAfterWait(line, () => undefined);
    expect(again.code).toBe(0);
    expect(again.stderr).not.toContain("the policies changed");
  });

  test("nothing is written where the policies have errors by then", async () => {
    const line = `apply --config ${writeConfig(leased)} --yes --format json`;
    const { code, stdout, stderr } = await applyAfterWait(line, () => writePolicies(95, "  typo: 1\n"));
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/web\.yaml:.*typo/);
    expect(stderr).toContain("nothing was changed in this target: policies must be free of errors first");
    expect(alarms()).toEqual([]);
    expect(await readLease()).toMatchObject({ holder: "" });
  });

  test("Ctrl-C ends the wait for it, and nothing was changed", async () => {
    const until = new Date(Date.now() + 60_000).toISOString();
    const record = {
      holder: "other",
      session: "s",
      epoch: 7,
      renewal: 1,
      duration: 3600,
      facts: {},
      claim: { by: "third", until },
    };
    await leases().put(key, JSON.stringify(record));
    const stop = new AbortController();
    const { code, stderr } = await run(`apply --config ${writeConfig(leased)} --yes`, {
      signal: stop.signal,
      stderr: (text) => {
        if (text.includes("waiting for the lease")) stop.abort();
      },
    });
    expect({ code, stderr }).toEqual({ code: 130, stderr: "" });
    expect(await readLease()).toEqual(record);
    expect(world.writes().filter((operation) => operation !== "PutObject")).toEqual([]);
  });

  test("once it is lost, nothing more is started, and the outcomes say so", async () => {
    const file = writeConfig(leased);
    const io = createTestIo({
      isTty: { stdin: true, stdout: true, stderr: true },
      // Somebody takes it while the plan is read.
      ask: async () => {
        const standing = await readLease();
        await leases().put(key, JSON.stringify({ ...standing, holder: "thief", session: "t", epoch: 9 }));
        // Its holder finds that out by its next renewal, which is refused.
        const before = readsOf(key);
        await expect.poll(() => readsOf(key)).toBeGreaterThan(before);
        // The answer to its look is there before those to ours, which come after.
        for (let times = 0; times < 3; times++) await readLease();
        return true;
      },
    });
    const code = await runProgram(`apply --config ${file} --format json`.split(" "), io, "1.2.3");
    const json = JSON.parse(io.written.stdout) as Any;
    expect(code).toBe(1);
    expect(json.outcomes.map(({ result, error }: Any) => [result, error.code])).toEqual([
      ["skipped", "LeaseLost"],
      ["skipped", "LeaseLost"],
    ]);
    expect(alarms()).toEqual([]);
    expect(await readLease()).toMatchObject({ holder: "thief", epoch: 9 });
  });
});

describe("the freeze switch", () => {
  const status = "  status: { path: ./state }";
  const store = createFolderStore(join(folder, "state"));
  const inS3 = "  status: { s3: { bucket: state, prefix: status/ } }";

  test("keeps apply from beginning, and not plan; apply goes on after resume", async () => {
    const file = writeConfig(status);
    await pauseWrites(store, { reason: "incident 42", by: "ann", at: "2026-11-22T03:12:00.000Z" });
    const { code, stdout, stderr } = await run(`apply --config ${file} --yes`);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("writes are paused by ann since 2026-11-22T03:12:00.000Z: incident 42");
    expect(stderr).toContain(`ecsmon resume --config ${file}`);
    expect(world.sandbox.control.calls()).toEqual([]);
    expect((await run(`plan --config ${file}`)).code).toBe(0);
    await resumeWrites(store);
    expect((await run(`apply --config ${file} --yes`)).code).toBe(0);
    expect(alarms()).toHaveLength(2);
  });

  test("that cannot be read keeps apply from beginning", async () => {
    await store.put("switch.json", "paused, I think");
    const { code, stderr } = await run(`apply --config ${writeConfig(status)} --yes`);
    expect(code).toBe(1);
    expect(stderr).toContain("is no switch of ecsmon's");
    expect(world.sandbox.control.calls()).toEqual([]);
    await resumeWrites(store);
  });

  test("that is thrown while people look at the plan stops what follows", async () => {
    const io = createTestIo({
      isTty: { stdin: true, stdout: true, stderr: true },
      ask: async () => {
        const status = openStore({ s3: { bucket: "state", prefix: "status/" } }, process.env);
        await pauseWrites(status, { reason: "stop", by: "ann", at: "2026-11-22T03:12:00.000Z" });
        const before = readsOf("switch.json");
        await expect.poll(() => readsOf("switch.json")).toBeGreaterThan(before + 1);
        return true;
      },
    });
    const code = await runProgram(
      `apply --config ${writeConfig(inS3)} --format json`.split(" "),
      io,
      "1.2.3",
    );
    expect(code).toBe(1);
    const { outcomes } = JSON.parse(io.written.stdout) as Any;
    expect(outcomes.map(({ error }: Any) => error.code)).toEqual(["Paused", "Paused"]);
    expect(alarms()).toEqual([]);
  });
});

test("a pause between two requests of Mackerel stops the second", async () => {
  Object.assign(process.env, {
    MACKEREL_APIKEY: "write-key",
    MACKEREL_APIBASE: `${world.sandbox.endpoint}/_mackerel`,
  });
  writePolicies(
    80,
    "  mackerel: { monitors: [{ type: external, name: health, url: https://web.e.jp/health, memo: runbook }] }\n",
  );
  const monitors = () => world.call("mackerel", "ListMonitors", {})["monitors"];
  const before = monitors().length;
  world.sandbox.control.addFault({
    service: "mackerel",
    operation: "CreateMonitor",
    action: "throttle",
    times: 1,
  });
  const store = openStore({ s3: { bucket: "state", prefix: "status/" } }, process.env);
  let isPaused = false;
  const { code, stdout } = await run(
    `apply --config ${writeConfig("  status: { s3: { bucket: state, prefix: status/ } }")} --yes --format json`,
    {
      // Between the request that failed and the one that would try it again.
      sleep: async () => {
        const made = world.sandbox.control.calls({ operation: "CreateMonitor" }).length;
        if (made === 0 || isPaused) return;
        isPaused = true;
        await pauseWrites(store, { reason: "stop", by: "ann", at: "2026-11-22T03:12:00.000Z" });
        const before = readsOf("switch.json");
        await expect.poll(() => readsOf("switch.json")).toBeGreaterThan(before + 1);
      },
    },
  );
  await resumeWrites(store);
  expect(isPaused).toBe(true);
  expect(code).toBe(1);
  const { outcomes } = JSON.parse(stdout) as Any;
  expect(outcomes.find(({ kind }: Any) => kind === "MackerelMonitor")).toMatchObject({
    error: { code: "Paused" },
  });
  expect(monitors()).toHaveLength(before);
});

test("two targets that are one account and Region are an error before anything is written", async () => {
  const targets = `  targets: [{ region: ${east} }, { roleArn: "arn:aws:iam::123456789012:role/ecsmon", region: ${east} }]`;
  const { code, stderr, stdout } = await run(`apply --config ${writeConfig(targets)} --yes --format json`);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain(
    "targets[0] and targets[1] are both account 123456789012 in us-east-1; leave one of them out",
  );
  expect(alarms()).toEqual([]);
});
