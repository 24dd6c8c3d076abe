// `ecsmon snapshot` and what reads it: what is told, what is refused, and `ecsmon test` on a snapshot.
import { once } from "node:events";
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeEach, expect, onTestFinished, test } from "vitest";
import type { Io } from "../../controller/cli/io.ts";
import { runProgram } from "../../controller/cli/program.ts";
import { parseSnapshot } from "../../controller/cli/read-snapshot.ts";
import { createBalancer, createService, seedEstate, webPolicy } from "./estate.ts";
import { type Any, useWorld } from "./harness.ts";

const world = useWorld();
const folder = mkdtempSync(join(tmpdir(), "ecsmon-snapshot-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, "account.snapshot");
const policies = join(folder, "policies.yaml");
writeFileSync(policies, webPolicy());

let now: Date;
beforeEach(() => {
  now = new Date("2026-11-23T02:00:00Z");
  seedEstate(world);
});

async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ["", ""];
  const before = { ...process.env };
  const io = {
    env: { ECSMON_SNAPSHOT_KEY: "a key of the tests' own" },
    logLevel: "info",
    colour: { stdout: false, stderr: false },
    isTty: { stdin: false, stdout: false, stderr: false },
    columns: { stdout: undefined, stderr: undefined },
    stdout: (text: string) => {
      out += text;
    },
    stderr: (text: string) => {
      err += text;
    },
    now: () => now,
    sleep: () => Promise.resolve(),
    signal: new AbortController().signal,
    onInterrupt: () => () => undefined,
  } as unknown as Io;
  try {
    return { code: await runProgram(argv, io, "1.2.3"), out, err };
  } finally {
    // `ecsmon test` leads the process to a sandbox of its own.
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

const plan = (...more: string[]) => run("plan", "--policies", policies, "--snapshot", file, ...more);

test("it is written whole, for its owner's eyes, and its age is told by whoever reads it", async () => {
  const taken = await run("snapshot", "--out", file);
  expect(taken).toMatchObject({ code: 0, out: "" });
  expect(taken.err).toContain(
    `ecsmon: the snapshot was written to ${file}; ecsmon plan --snapshot ${file} reads it\n`,
  );
  expect(statSync(file).mode & 0o777).toBe(0o600);
  now = new Date("2026-11-23T09:10:00Z");
  const planned = await plan("--format", "json");
  expect(planned.err).toContain(
    `ecsmon: the account as ${file} has it, taken 7h ago, at 2026-11-23T02:00:00.000Z, by ecsmon 1.2.3\n`,
  );
  const { asOf, createdAt } = JSON.parse(planned.out).metadata;
  expect([asOf, createdAt]).toEqual(["2026-11-23T02:00:00.000Z", "2026-11-23T09:10:00.000Z"]);
  const later = JSON.parse((await plan("--format", "json", "--as-of", "2026-11-25T00:00:00Z")).out);
  expect(later.metadata.asOf).toBe("2026-11-25T00:00:00.000Z");
});

test("one that is old is worth a word, or a refusal where a greatest age is asked for", async () => {
  await run("snapshot", "--out", file);
  now = new Date("2026-11-25T02:00:00Z");
  expect((await plan()).err).toContain(
    "taken 2d ago, at 2026-11-23T02:00:00.000Z, by ecsmon 1.2.3; the account may have changed much since",
  );
  expect(await plan("--max-age", "30h")).toMatchObject({
    code: 1,
    out: "",
    err: expect.stringMatching(/was taken 2d ago, at .*, which is longer than --max-age 30h; take it anew/),
  });
  expect((await plan("--max-age", "3d")).code).toBe(0);
  expect((await plan("--max-age", "soon")).err).toMatch(/It must be a duration: 90s, 30m, 6h or 7d/);
});

test("one from the future is worth a word, and a refusal where a greatest age is asked for", async () => {
  await run("snapshot", "--out", file);
  now = new Date("2026-11-23T01:56:00Z");
  expect((await plan("--max-age", "60s")).err).toContain("taken 0s ago");
  now = new Date("2026-11-22T02:00:00Z");
  expect((await plan()).err).toContain(
    `${file} says that it was taken at 2026-11-23T02:00:00.000Z, 24h from now, by ecsmon 1.2.3; one of the two clocks is wrong\n`,
  );
  expect(await plan("--max-age", "60s")).toMatchObject({
    code: 1,
    out: "",
    err: expect.stringMatching(/24h from now, so whether it is older than --max-age 60s is not known/),
  });
});

test("more than can be read is refused, zipped or not, before it is unzipped", async () => {
  await run("snapshot", "--out", file);
  const plain = readFileSync(file);
  const bomb = gzipSync(Buffer.alloc(4_000_000, " "));
  expect(bomb.length).toBeLessThan(8_000);
  for (const bytes of [bomb, gzipSync(plain), plain])
    expect(() => parseSnapshot(bytes, "it", 4_000)).toThrow(
      expect.objectContaining({
        code: "InvalidSnapshot",
        message: expect.stringMatching(/^it holds more than 4000 bytes, /),
      }),
    );
  expect(parseSnapshot(gzipSync(plain), "it", plain.length)).toEqual(parseSnapshot(plain, "it"));
});

test("nothing but a file is written over: a link is followed, what is no file stays", async () => {
  const link = join(folder, "link.snapshot");
  symlinkSync(file, link);
  const socket = join(folder, "socket");
  const server = createServer().listen(socket);
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const lost = join(folder, "lost.snapshot");
  symlinkSync(join(folder, "nowhere"), lost);
  const commands = [
    ["Snapshot", "snapshot"],
    ["SavedPlan", "plan", "--policies", policies],
  ] as const;
  for (const [kind, ...command] of commands) {
    writeFileSync(file, "anybody's");
    expect((await run(...command, "--out", link)).err).toMatch(
      /write over a file that is no .*; remove that/,
    );
    expect(readFileSync(file, "utf8")).toBe("anybody's");
    writeFileSync(file, `{ "kind": "${kind}" }`);
    expect((await run(...command, "--out", link)).code).toBe(0);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(file, "utf8")).toContain("apiVersion");
    for (const [out, why] of [
      [socket, "it is a device, a pipe or a socket, not a file"],
      [folder, "it is a folder"],
      [lost, "it is a link to a file that is not there"],
    ] as const) {
      const refused = await run(...command, "--out", out);
      expect(refused.code).toBe(1);
      expect(refused.err).toContain(`--out ${out} cannot be written: ${why};`);
    }
    expect(lstatSync(socket).isSocket()).toBe(true);
  }
  rmSync(file);
});

test("gzipped where its name says so, and the same plan", async () => {
  await run("snapshot", "--out", file);
  const plain = (await plan("--format", "json")).out;
  const zipped = `${file}.gz`;
  await run("snapshot", "--out", zipped);
  expect(statSync(zipped).size).toBeLessThan(statSync(file).size / 3);
  expect((await run("plan", "--policies", policies, "--snapshot", zipped, "--format", "json")).out).toBe(
    plain,
  );
  writeFileSync(zipped, readFileSync(zipped).subarray(0, 500));
  expect((await run("plan", "--policies", policies, "--snapshot", zipped)).err).toMatch(
    /is cut short or damaged/,
  );
});

test("what cannot be read is told when it is taken; without anything there is no file", async () => {
  world.sandbox.control.addFault({ service: "monitoring", operation: "DescribeAlarms", action: "denied" });
  const some = await run("snapshot", "--out", file);
  expect(some.code).toBe(0);
  expect(some.err).toMatch(
    /1 of what was to be read of account 123456789012 in us-east-1 could not be, .*\n {2}1 × AccessDenied: the read of alarms was denied/,
  );
  world.sandbox.control.addFault({ action: "denied" });
  const none = join(folder, "none.snapshot");
  const refused = await run("snapshot", "--out", none);
  expect(refused.code).toBe(1);
  expect(refused.err).toMatch(
    /nothing could be read of the Region of the process, so no snapshot was written: ecs:ListClusters was denied: .*\n {2}allow this call to the role/,
  );
  expect(existsSync(none)).toBe(false);
});

test("it is for reading: nothing is saved for apply, and apply takes none", async () => {
  await run("snapshot", "--out", file);
  expect((await plan("--out", join(folder, "saved.plan"))).err).toMatch(
    /a plan from a snapshot is for reading/,
  );
  expect(existsSync(join(folder, "saved.plan"))).toBe(false);
  expect((await run("apply", file)).err).toMatch(/is no saved plan/);
  expect((await run("apply", "--policies", policies, "--snapshot", file)).err).toMatch(
    /unknown option '--snapshot'/,
  );
  expect((await run("plan", "--policies", policies, "--snapshot", policies)).err).toMatch(
    /is no snapshot; make one/,
  );
  for (const [path, why] of [
    [join(folder, "nowhere"), "there is no such file"],
    [folder, "it is a folder; name the file"],
  ] as const) {
    const unread = await run("plan", "--policies", policies, "--snapshot", path);
    expect(unread.err).toContain(`the snapshot ${path} cannot be read: ${why}\n`);
    expect((await run("apply", path)).err).toContain(`the saved plan ${path} cannot be read: ${why};`);
  }
  expect((await run("apply", policies)).err).toContain(
    `${policies} is no saved plan, or it is cut short; make one with ecsmon plan --out FILE, or write what policies say with ecsmon apply --policies ${policies}`,
  );
  expect((await plan("--region", "eu-central-1")).err).toMatch(
    /--region eu-central-1 is that of no target of the snapshot/,
  );
  expect(world.writes()).toEqual([]);
});

test("of a configuration with two Regions it has two targets, each told by its own", async () => {
  const config = join(folder, "operator.yaml");
  writeFileSync(
    config,
    `apiVersion: ecsmon.dev/v1alpha1
kind: OperatorConfig
metadata: { name: both }
spec:
  sources: [{ path: ${policies} }]
  targets: [{ region: us-east-1 }, { region: eu-central-1 }]
`,
  );
  const live = await run("plan", "--config", config, "--format", "json");
  expect((await run("snapshot", "--config", config, "--out", file)).code).toBe(0);
  const replayed = await run("plan", "--config", config, "--format", "json", "--snapshot", file);
  expect(replayed.out).toBe(live.out);
  expect(JSON.parse(live.out).items.map(({ metadata }: Any) => metadata.region)).toEqual([
    "us-east-1",
    "eu-central-1",
  ]);
  const one = await run(
    "plan",
    "--config",
    config,
    "--format",
    "json",
    "--snapshot",
    file,
    "--region",
    "eu-central-1",
  );
  expect(JSON.parse(one.out).metadata.region).toBe("eu-central-1");
  await run("snapshot", "--out", file);
  expect((await run("plan", "--config", config, "--snapshot", file)).err).toMatch(
    /has no target eu-central-1, only 123456789012 in us-east-1; take it with the same --config/,
  );
});

test("beside a base it is the live plan too", async () => {
  const base = join(folder, "base.yaml");
  writeFileSync(base, webPolicy({ cpuThreshold: 70 }));
  const argv = ["plan", "--policies", policies, "--base", base, "--format", "json"];
  const live = await run(...argv);
  await run("snapshot", "--out", file);
  expect((await run(...argv, "--snapshot", file)).out).toBe(live.out);
  expect(JSON.parse(live.out).base).toBeDefined();
});

test("`ecsmon test` plans for a snapshot in place of workloads, as of when it was taken", async () => {
  world.call("ecs", "CreateCluster", { clusterName: "prod" });
  createService(world, "prod", "shop", { tier: "web" }, [
    createBalancer(world, "shop", "application")("shop"),
  ]);
  createService(world, "prod", "worker", { tier: "web" });
  createService(world, "prod", "batch", {});
  await run("snapshot", "--out", file);
  const example = readFileSync("docs/examples/testing/tests/web.yaml", "utf8")
    .replace("../policies", resolve("docs/examples/testing/policies"))
    .replace(/ {2}asOf: .*\n/, "")
    .replace(/ {2}workloads:\n(?: {4}.*\n)+/, `  snapshot: ${file}\n`);
  const tests = join(folder, "test.yaml");
  const play = async (from = "", to = "") => {
    writeFileSync(tests, example.replace(from, to));
    return run("test", tests);
  };
  now = new Date("2026-12-23T02:00:00Z");
  expect(await play()).toMatchObject({ code: 0, err: "" });
  expect((await play("Threshold: 1.5", "Threshold: 2")).out).toMatch(/Threshold: expected 2, planned 1.5/);
  expect((await play("  snapshot:", "  account: '999999999999'\n  snapshot:")).out).toMatch(
    /account\.snapshot is of 123456789012 in us-east-1; see account and region of the test/,
  );
  expect((await play("  snapshot:", "  workloads: [{ cluster: a, service: b }]\n  snapshot:")).err).toMatch(
    /give either workloads or a snapshot/,
  );
  expect((await play("  snapshot:", "  logGroups: [{ name: /a }]\n  snapshot:")).err).toMatch(
    /clusters and logGroups belong to workloads/,
  );
});
