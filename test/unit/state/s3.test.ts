// State in a bucket of the sandbox: conditions, pages, refusals, and calls that end when they are told to.
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { ObjectStore, StoredObject } from "../../../controller/state/object-store.ts";
import { createS3Store } from "../../../controller/state/s3/store.ts";
import { type Harness, start } from "../../sandbox/harness.ts";

let sandbox: Harness;
let store: ObjectStore;
beforeEach(async () => {
  sandbox = await start({ pageSizes: { ListObjectsV2: 2 } });
  await sandbox.s3.send(new CreateBucketCommand({ Bucket: "state" }));
  sandbox.control.clearCalls();
  store = open("state", "leases");
});

function open(bucket: string, prefix?: string, region = "us-east-1"): ObjectStore {
  return createS3Store({ bucket, prefix }, {}, async () => {
    const settings = { ...sandbox.settings, region, forcePathStyle: true };
    const clients = { steady: new S3Client({ ...settings, maxAttempts: 2 }), once: new S3Client(settings) };
    onTestFinished(() => {
      for (const client of Object.values(clients)) client.destroy();
    });
    return clients;
  });
}

const fault = (rule: Parameters<typeof sandbox.control.addFault>[0]) => sandbox.control.addFault(rule);
const calls = () => sandbox.control.calls().map(({ operation }) => operation);

async function get(key: string): Promise<StoredObject> {
  const found = await store.get(key);
  if (found === undefined || found === "unchanged") throw new Error(`${key}: ${found}`);
  return found;
}

describe("objects", () => {
  it("are written, read, changed and removed, on conditions", async () => {
    expect(store.name).toBe("s3://state/leases/");
    expect(await store.get("a.json")).toBeUndefined();
    const first = await store.put("a.json", '{"é":1}', { condition: { ifAbsent: true } });
    if (first === "conflict") throw new Error("conflict");
    expect(await get("a.json")).toEqual({ text: '{"é":1}', etag: first.etag });
    const raw = await sandbox.s3.send(new GetObjectCommand({ Bucket: "state", Key: "leases/a.json" }));
    expect(raw.ContentType).toBe("application/json");
    expect(await store.get("a.json", { ifNoneMatch: first.etag })).toBe("unchanged");
    expect(await store.get("a.json", { ifNoneMatch: '"0"' })).toMatchObject({ etag: first.etag });
    expect(await store.put("a.json", "2", { condition: { ifAbsent: true } })).toBe("conflict");
    expect(await store.put("a.json", "2", { condition: { ifMatch: '"0"' } })).toBe("conflict");
    expect(await store.put("gone.json", "2", { condition: { ifMatch: first.etag } })).toBe("conflict");
    const second = await store.put("a.json", "2", { condition: { ifMatch: first.etag } });
    if (second === "conflict") throw new Error("conflict");
    expect(await store.remove("a.json", { ifMatch: first.etag })).toBe("conflict");
    expect(await store.remove("a.json", { ifMatch: second.etag })).toBe("removed");
    expect(await store.remove("a.json", { ifMatch: second.etag })).toBe("removed");
    expect(await store.remove("a.json")).toBe("removed");
    expect(await store.get("a.json")).toBeUndefined();
  });

  it("one of many that write at once under the same condition gets through", async () => {
    const put = (text: string) => store.put("a.json", text, { condition: { ifAbsent: true } });
    const ended = await Promise.all(Array.from({ length: 10 }, (_, index) => put(String(index))));
    expect(ended.filter((one) => one !== "conflict")).toHaveLength(1);
  });

  it("are listed in order, every page, without the store's own prefix", async () => {
    for (const key of ["t/b.json", "t/a.json", "t/sub/c.json", "u.json", "t2.json"])
      await store.put(key, key);
    await open("state", "other/").put("t/z.json", "");
    await sandbox.s3.send(new PutObjectCommand({ Bucket: "state", Key: "leases/t/", Body: "" }));
    expect(await store.list("")).toEqual(["t/a.json", "t/b.json", "t/sub/c.json", "t2.json", "u.json"]);
    expect(await store.list("t/")).toEqual(["t/a.json", "t/b.json", "t/sub/c.json"]);
    expect(await store.list("t/", { after: "t/a.json" })).toEqual(["t/b.json", "t/sub/c.json"]);
    expect(await open("state").list("other/")).toEqual(["other/t/z.json"]);
    expect(await store.list("none/")).toEqual([]);
  });

  it("have no key that leads elsewhere", async () => {
    await expect((async () => store.put("../a", ""))()).rejects.toMatchObject({ code: "InvalidKey" });
    await expect((async () => store.list("a/../"))()).rejects.toMatchObject({ code: "InvalidKey" });
  });
});

describe("what S3 refuses", () => {
  it("a bucket that is not there is told of, with what to do", async () => {
    for (const call of [
      (s: ObjectStore) => s.get("a"),
      (s: ObjectStore) => s.put("a", ""),
      (s: ObjectStore) => s.list(""),
    ])
      await expect(call(open("nowhere"))).rejects.toMatchObject({
        code: "StoreMissing",
        remedy: "stall",
        message: expect.stringMatching(/s3:\/\/nowhere\/.*no bucket nowhere; make it/),
      });
    // A conflict would say that the bucket is there.
    const put = open("nowhere").put("a", "", { condition: { ifMatch: '"0"' } });
    await expect(put).rejects.toMatchObject({ code: "StoreMissing" });
  });

  it("a denied call names its permission", async () => {
    fault({ operation: "PutObject", action: "denied" });
    await expect(store.put("a.json", "", { condition: { ifAbsent: true } })).rejects.toMatchObject({
      code: "StoreDenied",
      remedy: "stall",
      message: expect.stringMatching(
        /^write s3:\/\/state\/leases\/a.json: S3 denies s3:PutObject .*s3:ListBucket/,
      ),
    });
  });

  it("a race is a conflict, and a failing S3 is none", async () => {
    const race = "<Error><Code>ConditionalRequestConflict</Code><Message>at once</Message></Error>";
    fault({ operation: "PutObject", times: 1, action: { respond: { status: 409, body: race } } });
    expect(await store.put("a.json", "", { condition: { ifAbsent: true } })).toBe("conflict");
    fault({ operation: "PutObject", action: "error500" });
    await expect(store.put("a.json", "", { condition: { ifAbsent: true } })).rejects.toMatchObject({
      code: "StoreUnreachable",
      remedy: "retry",
    });
  });
});

describe("calls", () => {
  it("with a condition are sent once, the others again when they fail", async () => {
    fault({ operation: "PutObject", times: 1, action: "error500" });
    await expect(store.put("a.json", "", { condition: { ifAbsent: true } })).rejects.toThrow();
    expect(calls()).toEqual(["PutObject"]);
    fault({ operation: "PutObject", times: 1, action: "error500" });
    expect(await store.put("a.json", "")).toHaveProperty("etag");
    expect(calls()).toEqual(["PutObject", "PutObject", "PutObject"]);
  });

  it("whose answer is lost have failed, though they were done", async () => {
    fault({ operation: "PutObject", times: 1, action: "lost" });
    await expect(store.put("a.json", "1", { condition: { ifAbsent: true } })).rejects.toMatchObject({
      code: "StoreUnreachable",
    });
    expect(await get("a.json")).toMatchObject({ text: "1" });
  });

  it("that are not answered end when their time is over", async () => {
    fault({ operation: "GetObject", action: "timeout", holdMs: 60_000 });
    await expect(store.get("a.json", { timeout: 30 })).rejects.toMatchObject({
      code: "StoreUnreachable",
      message: "read s3://state/leases/a.json: S3 did not answer (not within 30 ms)",
    });
  });

  it("end when they are told to, with the reason that they are given", async () => {
    fault({ operation: "GetObject", action: "timeout", holdMs: 60_000 });
    const stopping = new AbortController();
    const read = store.get("a.json", { signal: stopping.signal });
    const reason = new Error("enough");
    stopping.abort(reason);
    await expect(read).rejects.toBe(reason);
    await expect(store.get("a.json", { signal: stopping.signal })).rejects.toBe(reason);
  });
});
