// The snapshot that the controller keeps after each full pass: whole, without secrets, one at a time, and never in the
// way of anything.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createRevisionCache } from "../../controller/aws/revision-cache.ts";
import { readSnapshot } from "../../controller/cli/read-snapshot.ts";
import { readSnapshotFile } from "../../controller/core/snapshot-file.ts";
import { createMetrics } from "../../controller/runtime/controller/metrics.ts";
import {
  createSnapshotKeeper,
  type SnapshotKeeper,
  snapshotKey,
} from "../../controller/runtime/controller/snapshot-keeper.ts";
import type { Target } from "../../controller/runtime/controller/target.ts";
import { openTarget } from "../../controller/runtime/open-target.ts";
import { readConcealKey } from "../../controller/runtime/snapshot/conceal-key.ts";
import { createFolderStore } from "../../controller/state/folder.ts";
import type { StateStore } from "../../controller/state/object-store.ts";
import { createS3Store } from "../../controller/state/s3/store.ts";
import { createVirtualClock, type VirtualClock } from "../support/virtual-clock.ts";
import { account, seedEstate, webPolicy } from "./estate.ts";
import { useWorld } from "./harness.ts";

const world = useWorld();
const key = "a key of sixteen characters or more";
const id = `ecsmon-${account}-us-east-1`;
let folder: string;
let store: StateStore;
let close: () => void;
let keeper: SnapshotKeeper;
let said: string[];
let clock: VirtualClock;
const revisions = createRevisionCache();
const metrics = createMetrics({ version: "1.2.3" });
const never = new AbortController().signal;

beforeEach(() => {
  seedEstate(world);
  process.env["ECSMON_SNAPSHOT_KEY"] = key;
  folder = mkdtempSync(join(tmpdir(), "ecsmon-keeper-"));
  store = createFolderStore(folder);
  said = [];
  clock = createVirtualClock(new Date());
  const { aws, close: end } = openTarget({ region: "us-east-1" });
  close = end;
  const target = { id, aws, mackerel: undefined } as Partial<Target> as Target;
  keeper = createSnapshotKeeper(target, {
    store,
    key: readConcealKey(process.env),
    version: "1.2.3",
    clock,
    log: (level, event, fields) => void said.push(`${level} ${event} ${fields?.["message"]}`),
    metrics,
  });
});
afterEach(() => {
  close();
  delete process.env["ECSMON_SNAPSHOT_KEY"];
  rmSync(folder, { recursive: true, force: true });
});

async function take(signal = never): Promise<void> {
  keeper.take(signal, revisions);
  await keeper.settled();
}

const read = async (): Promise<string | undefined> => {
  const bytes = await store.getBytes(snapshotKey(id));
  return bytes === undefined ? undefined : gunzipSync(bytes).toString("utf8");
};

test("says what a live plan says, and holds no secret", async () => {
  await take();
  const text = String(await read());
  expect(readSnapshotFile(text, "it")).toMatchObject({ version: "1.2.3", targets: [{ account }] });
  expect(text).not.toContain("hunter2");
  const file = join(folder, "it.gz");
  writeFileSync(file, (await store.getBytes(snapshotKey(id))) ?? "");
  const asOf = new Date();
  const live = await world.plan(webPolicy(), { asOf });
  const replayed = await world.plan(webPolicy(), { asOf, snapshot: file });
  const without = (out: string): string => out.replace(/"createdAt": "[^"]*"/, "");
  expect(live.json.changes.length).toBeGreaterThan(3);
  expect(without(replayed.stdout)).toBe(without(live.stdout));
  expect(said).toEqual([]);
});

test("is read where it lies in a bucket", async () => {
  await take();
  const bytes = await store.getBytes(snapshotKey(id));
  const client = new S3Client({ forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: "state" }));
  client.destroy();
  const bucket = createS3Store({ bucket: "state", prefix: "status" }, process.env);
  await bucket.putBytes(snapshotKey(id), bytes ?? new Uint8Array());
  expect(Buffer.from((await bucket.getBytes(snapshotKey(id))) ?? [])).toEqual(Buffer.from(bytes ?? []));
  expect(await bucket.getBytes("snapshots/none.jsonl.gz")).toBeUndefined();
  const place = `s3://state/status/${snapshotKey(id)}`;
  expect((await readSnapshot(place, process.env)).targets).toMatchObject([{ account }]);
  await expect(readSnapshot("s3://state/none", process.env)).rejects.toThrow(
    /there is no snapshot at s3:\/\/state\/none/,
  );
  for (const bad of ["s3://state", "s3://state/", "s3://state/../x", "s3:state/x"])
    await expect(readSnapshot(bad, process.env)).rejects.toThrow(/names no object; write s3:\/\/BUCKET\/KEY/);
});

test("asks for no revision that is known, and for what seldom changes once", async () => {
  await take();
  const calls = (): number => world.sandbox.control.calls({}).length;
  world.sandbox.control.clearCalls();
  await take();
  expect(world.sandbox.control.calls({}).map(({ operation }) => operation)).not.toContain(
    "DescribeTaskDefinition",
  );
  expect(calls()).toBeGreaterThan(10);
});

test("is taken one at a time", async () => {
  keeper.take(never, revisions);
  keeper.take(never, revisions);
  await keeper.settled();
  const lists = world.sandbox.control.calls({}).filter(({ operation }) => operation === "ListClusters");
  expect(lists).toHaveLength(1);
  await take();
  expect(
    world.sandbox.control.calls({}).filter(({ operation }) => operation === "ListClusters"),
  ).toHaveLength(2);
});

test("of an account that cannot be read leaves the former one, and that is told", async () => {
  await take();
  const former = await read();
  world.sandbox.control.addFault({ operation: "ListClusters", action: "denied" });
  await take();
  expect(await read()).toBe(former);
  expect(said).toEqual([expect.stringMatching(/^warn snapshot-failed no clusters could be read: /)]);
  const { text } = await metrics.render();
  expect(text).toContain(`ecsmon_snapshots_total{target="${id}",result="failure"} 1`);
  expect(text).toMatch(new RegExp(`ecsmon_last_snapshot_timestamp_seconds\\{target="${id}"\\} \\d+`));
});

test("of an account of which parts cannot be read is kept, and that is told once", async () => {
  world.sandbox.control.addFault({ operation: "DescribeAlarms", action: "denied" });
  await take();
  await take();
  expect(said).toEqual([expect.stringMatching(/^warn snapshot-partial .*cloudwatch:DescribeAlarms/)]);
  world.sandbox.control.clearFaults();
  await take();
  world.sandbox.control.addFault({ operation: "DescribeAlarms", action: "denied" });
  await take();
  expect(said).toHaveLength(2);
  expect(await read()).toBeDefined();
});

test("is taken no sooner than ten times as long as the last one took after that began", async () => {
  const lists = (): number => world.sandbox.control.calls({ operation: "ListClusters" }).length;
  for (const action of [undefined, "denied"] as const) {
    if (action) world.sandbox.control.addFault({ operation: "ListClusters", action });
    const before = lists();
    keeper.take(never, revisions);
    await clock.advance(7_000);
    await keeper.settled();
    expect(lists()).toBe(before + 1);
    await clock.advance(62_999);
    await take();
    expect(lists()).toBe(before + 1);
    await clock.advance(1);
    await take();
    expect(lists()).toBe(before + 2);
  }
});

test("that cannot be written is told, and the next one is", async () => {
  const blocked = join(folder, "snapshots");
  writeFileSync(blocked, randomBytes(8));
  await take();
  expect(said).toEqual([expect.stringMatching(/^warn snapshot-failed cannot read or write the state/)]);
  rmSync(blocked);
  await take();
  expect(await read()).toBeDefined();
});

test("ends with the lease, without a word", async () => {
  const held = new AbortController();
  keeper.take(held.signal, revisions);
  held.abort(new Error("lost"));
  await keeper.settled();
  keeper.take(held.signal, revisions);
  await keeper.settled();
  expect(await read()).toBeUndefined();
  expect(said).toEqual([]);
});
