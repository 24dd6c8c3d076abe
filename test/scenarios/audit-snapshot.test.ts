// An audit from a snapshot says what one of the account says, and asks nobody; and an account in which there is nothing is told.

import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { type AuditFlags, runAudit } from "../../controller/cli/audit.ts";
import { runProgram } from "../../controller/cli/program.ts";
import { createTestIo } from "../unit/cli/test-io.ts";
import { pager, seedAccount, seedServices } from "./audit-estate.ts";
import { named, situations } from "./audit-situations.ts";
import { type Any, capture, useWorld } from "./harness.ts";

const world = useWorld();

async function audit(flags: Partial<AuditFlags> = {}): Promise<Any> {
  const ran = await capture((io) => runAudit({ format: "json", suggestPolicy: false, ...flags }, io));
  return { ...ran, json: ran.stdout.startsWith("{") ? JSON.parse(ran.stdout) : undefined };
}

async function seed(): Promise<void> {
  await seedAccount(world.call);
  await seedServices(world.call, new Map(situations.map(([name, parts]) => [name, named(name, parts)])));
}

/** Runs without anything that says who one is or where AWS would be. */
async function offline<T>(run: () => Promise<T>): Promise<T> {
  const before = { ...process.env };
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) delete process.env[name];
  try {
    return await run();
  } finally {
    Object.assign(process.env, before);
  }
}

const timeless = ({ metadata: { asOf: _, ...metadata }, ...rest }: Any): Any => ({ ...rest, metadata });

test("every situation is found alike in a snapshot, without credentials or a call", async () => {
  await seed();
  const live = await audit();
  const { file } = await world.takeSnapshot();
  world.sandbox.control.clearCalls();
  const { code, json, stderr } = await offline(() => audit({ snapshot: file }));
  expect(timeless(json)).toEqual(timeless(live.json));
  expect(code).toBe(0);
  expect(world.sandbox.control.counts()).toEqual({});
  expect(stderr).toContain(`ecsmon: the account as ${file} has it, taken `);
  expect(json.metadata.asOf).toBe(JSON.parse(readFileSync(file, "utf8").split("\n", 1)[0] ?? "").takenAt);
});

test("so is what is suggested, and what it promises", async () => {
  await seed();
  const flags = { suggestPolicy: true, notify: pager };
  const live = await audit(flags);
  const { file } = await world.takeSnapshot();
  const { json } = await offline(() => audit({ ...flags, snapshot: file }));
  expect(json.suggestedPolicy).toBe(live.json.suggestedPolicy);
  expect(json.promised).toEqual(live.json.promised);
});

test("what could not be read when it was taken is unknown, as it is in the account", async () => {
  await seed();
  world.sandbox.control.addFault({ operation: "DescribeLogGroups", action: "denied" });
  world.sandbox.control.addFault({ operation: "GetTopicAttributes", action: "denied" });
  const live = await audit();
  const { file } = await world.takeSnapshot();
  const { json } = await offline(() => audit({ snapshot: file }));
  expect(timeless(json)).toEqual(timeless(live.json));
  expect(json.partial).toBe(true);
});

test("so is who hears a topic that shows no subscription", async () => {
  await seed();
  world.sandbox.control.addFault({ operation: "ListSubscriptionsByTopic", action: "denied" });
  const live = await audit();
  const { file } = await world.takeSnapshot();
  const { json } = await offline(() => audit({ snapshot: file }));
  expect(timeless(json)).toEqual(timeless(live.json));
  const unheard = live.json.services.find((one: Any) => one.service === "topic-unheard");
  expect(unheard.findings).toEqual([]);
  expect(unheard.unknown).toMatchObject([
    {
      check: "AlarmTopicUnheard",
      message: expect.stringContaining("sns:ListSubscriptionsByTopic was denied"),
    },
  ]);
});

test("gzipped, narrowed, as a page, too old, and of another Region", async () => {
  await seed();
  const { file } = await world.takeSnapshot();
  const packed = `${file}.gz`;
  writeFileSync(packed, gzipSync(readFileSync(file)));
  const page = await offline(() => audit({ snapshot: packed, service: ["no-cpu"], format: "html" }));
  expect(page.stdout).toMatch(/^<!DOCTYPE html>/);
  expect(page.stdout).toContain("NoCpuAlarm");
  expect(page.stdout).not.toContain("no-memory");
  const run = async (line: string) => {
    const io = createTestIo({ now: () => new Date(Date.now() + 7_200_000) });
    const code = await runProgram(line.split(" "), io, "1.2.3");
    return { code, ...io.written };
  };
  const old = await run(`audit --snapshot ${file} --max-age 1h`);
  expect(old).toMatchObject({ code: 1, stdout: "" });
  expect(old.stderr).toMatch(/which is longer than --max-age 60m; take it anew/);
  expect((await run(`audit --snapshot ${file} --region eu-west-1`)).stderr).toMatch(/--region eu-west-1/);
  expect((await run("audit --max-age 1h")).stderr).toContain("--max-age is about a snapshot");
});

test("an account or Region without services says where it looked and what to check", async () => {
  world.call("ecs", "CreateCluster", { clusterName: "prod" });
  const text = await audit({ format: "text" });
  expect(text.code).toBe(0);
  expect(text.stdout).toContain(
    "No ECS service was found in account 123456789012, us-east-1; clusters there: prod",
  );
  expect(text.stdout.replaceAll("\n", " ")).toContain("check the Region (--region, AWS_REGION)".slice(6));
  expect(text.stdout).not.toContain("Score");
  const { json, stderr, code } = await audit();
  expect(json).toMatchObject({ score: null, services: [], unread: [] });
  expect(stderr).toContain("ecsmon: no ECS service was found in account 123456789012, us-east-1");
  expect(code).toBe(0);
  const markdown = await audit({ format: "markdown" });
  expect(markdown.stdout).toContain("### account `123456789012`, `us-east-1`: no services");
  // Where it is not known whether there are any, nobody says that there are none.
  world.sandbox.control.addFault({ operation: "ListServices", action: "denied" });
  const dark = await audit({ format: "text" });
  expect(dark.code).toBe(1);
  expect(dark.stdout).not.toContain("No ECS service");
});
