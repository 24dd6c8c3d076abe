// The source keeper with objects of a bucket: a changed object holds within one poll, or at once where an event tells of
// it; a broken one holds the others back; an emptied prefix deletes nothing.
import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { beforeEach, expect, test } from "vitest";
import { parseS3Location } from "../../controller/sources/s3/location.ts";
import { createS3Source } from "../../controller/sources/s3.ts";
import type { PolicySource } from "../../controller/sources/source.ts";
import { type Harness, start } from "../sandbox/harness.ts";
import { broken, minute, sound, startKeeper } from "./keeper-scene.ts";

let sandbox: Harness;
beforeEach(async () => {
  sandbox = await start();
  await sandbox.s3.send(new CreateBucketCommand({ Bucket: "ops" }));
});

const put = async (key: string, text: string): Promise<void> => {
  await sandbox.s3.send(new PutObjectCommand({ Bucket: "ops", Key: key, Body: text }));
};
const remove = async (key: string): Promise<void> => {
  await sandbox.s3.send(new DeleteObjectCommand({ Bucket: "ops", Key: key }));
};
const open = (): PolicySource =>
  createS3Source(parseS3Location("s3://ops/p/"), { env: {}, openClient: async () => sandbox.s3 });
const calls = (): string[] => {
  const made = sandbox.control.calls().map(({ operation }) => operation);
  sandbox.control.clearCalls();
  return made;
};

test("a changed object holds within one poll; a poll of what has not changed is one list", async () => {
  await put("p/a.yaml", sound("a"));
  const scene = startKeeper([open()]);
  await scene.pass(0);
  expect(scene.names()).toEqual(["a"]);
  calls();
  await scene.pass(10 * minute);
  expect(calls()).toEqual(Array.from({ length: 10 }, () => "ListObjectsV2"));
  await put("p/a.yaml", sound("a2"));
  await scene.pass(minute);
  expect(scene.names()).toEqual(["a2"]);
  expect(scene.keeper.current()?.revisionOf("s3://ops/p/a.yaml")).toMatch(/^sha256:[0-9a-f]{12}$/);
});

test("an event makes it hold at once, and many events are one read", async () => {
  await put("p/a.yaml", sound("a"));
  const scene = startKeeper([open()]);
  await scene.pass(5_000);
  await put("p/b.yaml", sound("b"));
  calls();
  for (let event = 0; event < 10; event++) scene.keeper.nudge((name) => name.startsWith("s3://ops/"));
  await scene.pass(0);
  expect(scene.names()).toEqual(["a", "b"]);
  expect(calls().filter((operation) => operation === "ListObjectsV2")).toHaveLength(1);
});

test("one broken object holds all back, and an emptied prefix counts as unread", async () => {
  await put("p/a.yaml", sound("a"));
  await put("p/b.yaml", sound("b"));
  const scene = startKeeper([open()]);
  await scene.pass(0);
  await put("p/b.yaml", broken("b"));
  await remove("p/a.yaml");
  await scene.pass(minute);
  expect(scene.names()).toEqual(["a", "b"]);
  expect(scene.keeper.statuses()[0]).toMatchObject({
    code: "Invalid",
    message: expect.stringMatching(/^s3:\/\/ops\/p\/b\.yaml:6:\d+: /),
  });
  await remove("p/b.yaml");
  await scene.pass(minute);
  expect(scene.names()).toEqual(["a", "b"]);
  expect(scene.keeper.statuses()[0]).toMatchObject({
    code: "SourceEmpty",
    staleSince: "2026-01-01T00:01:00.000Z",
  });
  await put("p/c.yaml", sound("c"));
  await scene.pass(minute);
  expect(scene.names()).toEqual(["c"]);
  expect(scene.keeper.statuses()[0]).not.toHaveProperty("staleSince");
});

test("a bucket that is not answered for keeps the last good revision, over a restart too", async () => {
  await put("p/a.yaml", sound("a"));
  const first = startKeeper([open()]);
  await first.pass(0);
  await first.stop();
  sandbox.control.addFault({ service: "s3", operation: "ListObjectsV2", action: "error500" });
  const second = startKeeper([open()], { store: first.saved });
  await second.pass(10 * minute);
  expect(second.names()).toEqual(["a"]);
  expect(second.keeper.statuses()[0]).toMatchObject({ code: "SourceUnreachable" });
  sandbox.control.clearFaults();
  await second.pass(minute);
  expect(second.keeper.statuses()[0]).not.toHaveProperty("code");
});
