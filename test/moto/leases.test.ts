// Leases and state in a bucket of moto's. Its conditions are not atomic, so that nobody contends here: one after the other.
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createLease, withLease } from "../../controller/state/lease.ts";
import { parseLease } from "../../controller/state/lease-record.ts";
import type { ObjectStore } from "../../controller/state/object-store.ts";
import { createS3Store } from "../../controller/state/s3/store.ts";
import { createVirtualClock } from "../support/virtual-clock.ts";
import { region } from "./clients.ts";
import { motoEndpoint } from "./endpoint.ts";
import { resetMoto } from "./moto-server.ts";

const Bucket = "ops-state";
const settings = {
  endpoint: motoEndpoint(),
  region,
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
  forcePathStyle: true,
};
const steady = new S3Client(settings);
const once = new S3Client({ ...settings, maxAttempts: 1 });
const open = (prefix: string): ObjectStore =>
  createS3Store({ bucket: Bucket, prefix }, {}, async () => ({ steady, once }));

beforeAll(async () => {
  await resetMoto(motoEndpoint());
  await steady.send(new CreateBucketCommand({ Bucket }));
});
afterAll(() => {
  steady.destroy();
  once.destroy();
});

test("objects are written and removed on conditions, and listed over pages", async () => {
  const store = open("status");
  const first = await store.put("targets/a.json", "1", { condition: { ifAbsent: true } });
  if (first === "conflict") throw new Error("conflict");
  expect(await store.put("targets/a.json", "2", { condition: { ifAbsent: true } })).toBe("conflict");
  expect(await store.put("targets/a.json", "2", { condition: { ifMatch: '"0"' } })).toBe("conflict");
  const second = await store.put("targets/a.json", "2", { condition: { ifMatch: first.etag } });
  expect(second).not.toBe("conflict");
  expect(await store.get("targets/a.json")).toMatchObject({ text: "2" });
  expect(await store.get("targets/none.json")).toBeUndefined();
  if (second !== "conflict")
    expect(await store.get("targets/a.json", { ifNoneMatch: second.etag })).toBe("unchanged");
  await store.put("targets/b.json", "");
  await store.put("other.json", "");
  expect(await store.list("targets/")).toEqual(["targets/a.json", "targets/b.json"]);
  expect(await store.list("targets/", { after: "targets/a.json" })).toEqual(["targets/b.json"]);
  expect(await store.remove("targets/a.json")).toBe("removed");
  expect(await store.remove("targets/a.json")).toBe("removed");
  await expect(
    createS3Store({ bucket: "nowhere" }, {}, async () => ({ steady, once })).get("a"),
  ).rejects.toMatchObject({ code: "StoreMissing" });
});

test("a lease goes from hand to hand, each time in a new epoch", async () => {
  const store = open("leases");
  const clock = createVirtualClock();
  const key = "ecsmon-123456789012-us-east-1.json";
  const read = async () => {
    const found = await store.get(key);
    return found === undefined || found === "unchanged" ? undefined : parseLease(found.text);
  };
  for (const [index, holder] of ["first", "second", "third"].entries()) {
    const lease = createLease(store, key, { holder, duration: 15, clock, log: () => undefined });
    const epoch = await withLease(
      lease,
      { signal: new AbortController().signal, patience: 60_000 },
      async (held) => {
        expect(lease.isHeld()).toBe(true);
        expect(await read()).toMatchObject({ holder, epoch: held.epoch });
        return held.epoch;
      },
    );
    expect(epoch).toBe(index + 1);
    expect(lease.isHeld()).toBe(false);
    expect(await read()).toMatchObject({ holder: "", epoch });
  }
});

test("a lease that nobody renews any more is taken over", async () => {
  const store = open("leases");
  const clock = createVirtualClock();
  const key = "ecsmon-123456789012-us-west-2.json";
  const record = { holder: "dead", session: "s", epoch: 4, renewal: 9, duration: 15, facts: {} };
  await store.put(key, JSON.stringify(record));
  const lease = createLease(store, key, { holder: "heir", duration: 15, clock, log: () => undefined });
  let isDone = false;
  const taken = withLease(
    lease,
    { signal: new AbortController().signal, patience: 60_000 },
    async ({ epoch }) => epoch,
  ).finally(() => {
    isDone = true;
  });
  // Time goes on when moto has answered.
  while (!isDone) {
    // One sleeps for its patience all along.
    if (clock.sleepers > 1) await clock.advance(1_000);
    else await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await taken).toBe(5);
  expect(clock.monotonic()).toBeGreaterThanOrEqual(15_000);
  expect(clock.monotonic()).toBeLessThan(18_000);
});
