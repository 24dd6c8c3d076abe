// Amazon S3 as the sandbox plays it, through the real SDK.
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  type DeleteObjectCommandInput,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  ListObjectVersionsCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  PutObjectTaggingCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import fc from "fast-check";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { type Harness, start } from "./harness.ts";

const SIGNED =
  "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260115/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";

let sandbox: Harness;
beforeEach(async () => {
  sandbox = await start();
  await sandbox.s3.send(new CreateBucketCommand({ Bucket: "status" }));
});

const put = (input: Partial<PutObjectCommandInput> = {}) =>
  sandbox.s3.send(new PutObjectCommand({ Bucket: "status", Key: "lease", Body: "one", ...input }));
const get = (input: Partial<GetObjectCommandInput> = {}) =>
  sandbox.s3.send(new GetObjectCommand({ Bucket: "status", Key: "lease", ...input }));
const read = async (input: Partial<GetObjectCommandInput> = {}) =>
  (await get(input)).Body?.transformToString();
const remove = (input: Partial<DeleteObjectCommandInput> = {}) =>
  sandbox.s3.send(new DeleteObjectCommand({ Bucket: "status", Key: "lease", ...input }));
const list = async (input: Partial<ListObjectsV2CommandInput> = {}) => {
  const page = await sandbox.s3.send(new ListObjectsV2Command({ Bucket: "status", ...input }));
  return {
    keys: page.Contents?.map(({ Key }) => Key) ?? [],
    prefixes: page.CommonPrefixes?.map(({ Prefix }) => Prefix) ?? [],
    count: page.KeyCount,
    next: page.NextContinuationToken,
  };
};
const versioning = (Status: "Enabled" | "Suspended") =>
  sandbox.s3.send(new PutBucketVersioningCommand({ Bucket: "status", VersioningConfiguration: { Status } }));
const refused = (call: Promise<unknown>, httpStatusCode: number, name: string) =>
  expect(call).rejects.toMatchObject({ name, $metadata: { httpStatusCode } });
const raw = async (method: string, path: string, headers: Record<string, string> = {}, body?: string) => {
  const answer = await fetch(sandbox.endpoint + path, {
    method,
    headers: { authorization: SIGNED, ...headers },
    ...(body === undefined ? {} : { body }),
  });
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
};

describe("buckets", () => {
  it("are made once, listed and deleted when empty", async () => {
    const { s3 } = sandbox;
    await refused(s3.send(new CreateBucketCommand({ Bucket: "status" })), 409, "BucketAlreadyOwnedByYou");
    await refused(s3.send(new CreateBucketCommand({ Bucket: "No_Such" })), 400, "InvalidBucketName");
    const { Buckets } = await s3.send(new ListBucketsCommand({}));
    expect(Buckets).toEqual([
      { Name: "status", CreationDate: new Date(sandbox.control.now()), BucketRegion: "us-east-1" },
    ]);
    await put();
    await refused(s3.send(new DeleteBucketCommand({ Bucket: "status" })), 409, "BucketNotEmpty");
    await remove();
    await s3.send(new DeleteBucketCommand({ Bucket: "status" }));
    await refused(s3.send(new HeadBucketCommand({ Bucket: "status" })), 404, "NotFound");
    await refused(get(), 404, "NoSuchBucket");
  });

  it("live in one Region and belong to one account", async () => {
    const elsewhere = new S3Client({ ...sandbox.settings, region: "eu-west-1" });
    onTestFinished(() => elsewhere.destroy());
    await expect(elsewhere.send(new HeadBucketCommand({ Bucket: "status" }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 301 },
    });
    await refused(elsewhere.send(new ListObjectsV2Command({ Bucket: "status" })), 301, "PermanentRedirect");
    const { LocationConstraint } = await elsewhere.send(new GetBucketLocationCommand({ Bucket: "status" }));
    expect(LocationConstraint).toBeUndefined();
    const made = { Bucket: "there", CreateBucketConfiguration: { LocationConstraint: "eu-west-1" as const } };
    await refused(sandbox.s3.send(new CreateBucketCommand(made)), 400, "IllegalLocationConstraintException");
    await elsewhere.send(new CreateBucketCommand(made));
    await refused(
      elsewhere.send(new ListObjectsV2Command({ Bucket: "there", ExpectedBucketOwner: "999999999999" })),
      403,
      "AccessDenied",
    );
    expect(sandbox.control.call("s3", "ListBuckets", {}, { account: "999999999999" })).toMatchObject({
      Buckets: [],
    });
    expect(() =>
      sandbox.control.call("s3", "CreateBucket", { Bucket: "status" }, { account: "999999999999" }),
    ).toThrow("not available");
  });

  it("can be named in the host", async () => {
    await put();
    const client = new S3Client({
      ...sandbox.settings,
      endpoint: sandbox.endpoint.replace("127.0.0.1", "localhost"),
    });
    onTestFinished(() => client.destroy());
    // As the SDK would for an endpoint with a name; the socket goes to the loopback all the same.
    client.middlewareStack.add(
      (next) => (args) => {
        const request = args.request as { hostname: string; headers: Record<string, string> };
        expect(request.hostname).toBe("status.localhost");
        request.headers["host"] = `${request.hostname}:${new URL(sandbox.endpoint).port}`;
        request.hostname = "127.0.0.1";
        return next(args);
      },
      { step: "finalizeRequest", priority: "low" },
    );
    const { Body } = await client.send(new GetObjectCommand({ Bucket: "status", Key: "lease" }));
    expect(await Body?.transformToString()).toBe("one");
  });
});

describe("objects", () => {
  it("come back as they were put, with the MD5 as ETag and the sandbox's time", async () => {
    const made = await put({
      Body: "hällo",
      ContentType: "text/yaml",
      CacheControl: "no-cache",
      Metadata: { holder: "a" },
    });
    const etag = `"${createHash("md5").update("hällo").digest("hex")}"`;
    expect(made.ETag).toBe(etag);
    sandbox.control.advance(5000);
    const found = await get();
    expect(found).toMatchObject({
      ETag: etag,
      ContentType: "text/yaml",
      CacheControl: "no-cache",
      ContentLength: 6,
      Metadata: { holder: "a" },
      LastModified: new Date(sandbox.control.now() - 5000),
    });
    expect(await found.Body?.transformToString()).toBe("hällo");
    const head = await sandbox.s3.send(new HeadObjectCommand({ Bucket: "status", Key: "lease" }));
    expect(head).toMatchObject({ ETag: etag, ContentLength: 6 });
    const { headers } = await raw("GET", "/status/lease");
    expect(headers.get("date")).toBe(new Date(sandbox.control.now()).toUTCString());
  });

  it("keep any bytes under any key", async () => {
    const key = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }).filter((text) => {
      // Paths with dots for names are shortened by every URL parser on the way.
      return !/(^|\/)\.{1,2}(\/|$)/.test(text);
    });
    await fc.assert(
      fc.asyncProperty(key, fc.uint8Array({ maxLength: 300 }), async (Key, Body) => {
        await put({ Key, Body });
        const found = await get({ Key });
        expect(await found.Body?.transformToByteArray()).toEqual(Body);
        expect((await list({ Prefix: Key })).keys).toContain(Key);
      }),
      { numRuns: 40 },
    );
  });

  it("are checked against the checksum that comes with them", async () => {
    await put();
    // The SDK sends a CRC32 and checks the one it gets back.
    expect(sandbox.control.calls({ operation: "PutObject" })[0]?.input).toMatchObject({
      Body: "one",
      ChecksumCRC32: expect.any(String),
    });
    expect((await get()).ChecksumCRC32).toMatch(/^[\w+/]{6}==$/);
    await refused(put({ ChecksumCRC32: "AAAAAA==" }), 400, "BadDigest");
    await refused(put({ ChecksumSHA256: createHash("sha256").digest("base64") }), 400, "BadDigest");
    await refused(put({ ContentMD5: createHash("md5").digest("base64") }), 400, "BadDigest");
    expect(await read()).toBe("one");
  });

  it("can be streamed in chunks, with trailers", async () => {
    const streamed = (body: string) =>
      raw(
        "PUT",
        "/status/streamed",
        {
          "content-encoding": "aws-chunked,gzip",
          "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
          "x-amz-decoded-content-length": "9",
          "x-amz-trailer": "x-amz-checksum-crc32",
        },
        body,
      );
    const sum = "y/Q5Jg==";
    const chunks = "4\r\n1234\r\n5;chunk-signature=ab\r\n56789\r\n0\r\nx-amz-checksum-crc32:";
    expect((await streamed(`${chunks}${sum}\r\n\r\n`)).status).toBe(200);
    expect(await read({ Key: "streamed" })).toBe("123456789");
    expect((await get({ Key: "streamed" })).ContentEncoding).toBe("gzip");
    expect((await streamed(`${chunks}AAAAAA==\r\n\r\n`)).text).toContain("<Code>BadDigest</Code>");
    expect((await streamed("4\r\n12\r\n")).text).toContain("<Code>IncompleteBody</Code>");
    expect((await streamed("4\r\n1234\r\n0\r\n\r\n")).text).toContain("<Code>IncompleteBody</Code>");
  });

  it("are streamed by the SDK too", async () => {
    const Body = Readable.from([Buffer.from("from "), Buffer.from("a stream")]);
    await put({ Key: "stream", Body, ContentLength: 13 });
    const [call] = sandbox.control.calls({ operation: "PutObject" });
    expect(call?.input).toMatchObject({ ChecksumCRC32: expect.any(String) });
    expect(call?.input).not.toHaveProperty("ContentEncoding");
    expect(await read({ Key: "stream" })).toBe("from a stream");
  });

  it("are read in parts", async () => {
    await put({ Body: "0123456789" });
    const part = async (Range: string) => {
      const found = await get({ Range });
      return [found.$metadata.httpStatusCode, found.ContentRange, await found.Body?.transformToString()];
    };
    expect(await part("bytes=2-4")).toEqual([206, "bytes 2-4/10", "234"]);
    expect(await part("bytes=8-99")).toEqual([206, "bytes 8-9/10", "89"]);
    expect(await part("bytes=7-")).toEqual([206, "bytes 7-9/10", "789"]);
    expect(await part("bytes=-3")).toEqual([206, "bytes 7-9/10", "789"]);
    expect(await part("bytes=4-2")).toEqual([200, undefined, "0123456789"]);
    await refused(get({ Range: "bytes=10-" }), 416, "InvalidRange");
  });

  it("are missed by name", async () => {
    await refused(get({ Key: "no" }), 404, "NoSuchKey");
    await refused(sandbox.s3.send(new HeadObjectCommand({ Bucket: "status", Key: "no" })), 404, "NotFound");
    await refused(put({ Key: "ü".repeat(513) }), 400, "KeyTooLongError");
    await refused(put({ Metadata: { big: "x".repeat(2048) } }), 400, "MetadataTooLarge");
    expect((await remove({ Key: "no" })).$metadata.httpStatusCode).toBe(204);
  });
});

describe("conditions", () => {
  it("let one of many create an object", async () => {
    const tries = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) => put({ IfNoneMatch: "*", Body: `holder ${index}` })),
    );
    const won = tries.flatMap((each, index) => (each.status === "fulfilled" ? [index] : []));
    expect(won).toHaveLength(1);
    expect(await read()).toBe(`holder ${won[0]}`);
    await refused(put({ IfNoneMatch: "*" }), 412, "PreconditionFailed");
    await refused(put({ IfNoneMatch: '"abc"' }), 501, "NotImplemented");
  });

  it("let one of many replace what all have read", async () => {
    const { ETag = "" } = await put();
    const tries = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) => put({ IfMatch: ETag, Body: `renewal ${index}` })),
    );
    expect(tries.filter((each) => each.status === "fulfilled")).toHaveLength(1);
    await refused(put({ IfMatch: ETag }), 412, "PreconditionFailed");
    await remove();
    await refused(put({ IfMatch: ETag }), 404, "NoSuchKey");
    await put({ IfNoneMatch: "*" });
  });

  it("guard deleting", async () => {
    const { ETag = "" } = await put();
    await refused(remove({ IfMatch: '"other"' }), 412, "PreconditionFailed");
    await remove({ IfMatch: ETag });
    await refused(remove({ IfMatch: ETag }), 404, "NoSuchKey");
    await refused(remove({ IfMatch: "*" }), 412, "PreconditionFailed");
    await put();
    await remove({ IfMatch: "*" });
    await refused(get(), 404, "NoSuchKey");
  });

  it("spare reading what is known", async () => {
    const { ETag = "" } = await put();
    await expect(get({ IfNoneMatch: ETag })).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
    await refused(get({ IfMatch: '"other"' }), 412, "PreconditionFailed");
    expect(await read({ IfNoneMatch: '"other"', IfMatch: ETag })).toBe("one");
    const now = new Date(sandbox.control.now());
    await expect(get({ IfModifiedSince: now })).rejects.toMatchObject({
      $metadata: { httpStatusCode: 304 },
    });
    await refused(get({ IfUnmodifiedSince: new Date(now.getTime() - 1000) }), 412, "PreconditionFailed");
    const head = await raw("HEAD", "/status/lease", { "if-none-match": ETag });
    expect([head.status, head.headers.get("etag")]).toEqual([304, ETag]);
  });
});

describe("lists", () => {
  beforeEach(async () => {
    for (const Key of ["a/1", "a/2", "a/b/3", "b", "b+ %&.yaml", "c/4"]) await put({ Key });
  });

  it("are sorted, filtered and rolled up", async () => {
    expect((await list()).keys).toEqual(["a/1", "a/2", "a/b/3", "b", "b+ %&.yaml", "c/4"]);
    expect(await list({ Delimiter: "/" })).toMatchObject({
      keys: ["b", "b+ %&.yaml"],
      prefixes: ["a/", "c/"],
      count: 4,
    });
    expect(await list({ Prefix: "a/", Delimiter: "/" })).toMatchObject({
      keys: ["a/1", "a/2"],
      prefixes: ["a/b/"],
    });
    expect((await list({ StartAfter: "a/b/3", MaxKeys: 1 })).keys).toEqual(["b"]);
    expect((await list({ MaxKeys: 0 })).next).toBeUndefined();
  });

  it("come page by page, whatever happens between two pages", async () => {
    const first = await list({ MaxKeys: 2, Delimiter: "/" });
    expect(first).toMatchObject({ keys: ["b"], prefixes: ["a/"], count: 2 });
    await put({ Key: "a/0" });
    await remove({ Key: "b" });
    const second = await list({ Delimiter: "/", ContinuationToken: first.next });
    expect(second).toMatchObject({ keys: ["b+ %&.yaml"], prefixes: ["c/"], next: undefined });
    await refused(list({ ContinuationToken: "mine" }), 400, "InvalidArgument");
  });

  it("lose their rest by a fault, and get smaller pages on demand", async () => {
    sandbox.control.addFault({ operation: "ListObjectsV2", action: "truncate", times: 1 });
    expect(await list({ MaxKeys: 2 })).toMatchObject({ keys: ["a/1", "a/2"], next: undefined });
    const small = await start({ pageSizes: 1 });
    small.control.call("s3", "CreateBucket", { Bucket: "pages" });
    for (const Key of ["1", "2"]) small.control.call("s3", "PutObject", { Bucket: "pages", Key, Body: "" });
    const page = await small.s3.send(new ListObjectsV2Command({ Bucket: "pages" }));
    expect([page.Contents?.length, page.IsTruncated]).toEqual([1, true]);
  });

  it("can be deleted at once", async () => {
    const { Deleted, Errors } = await sandbox.s3.send(
      new DeleteObjectsCommand({
        Bucket: "status",
        Delete: { Objects: [{ Key: "a/1" }, { Key: "gone" }, { Key: "b", ETag: '"other"' }] },
      }),
    );
    expect(Deleted?.map(({ Key }) => Key)).toEqual(["a/1", "gone"]);
    expect(Errors).toMatchObject([{ Key: "b", Code: "PreconditionFailed" }]);
    expect((await list({ Prefix: "a/" })).keys).toEqual(["a/2", "a/b/3"]);
  });
});

describe("versions", () => {
  it("are kept once versioning is on, and a delete only hides", async () => {
    await put({ Body: "zero" });
    await versioning("Enabled");
    const { VersionId: first } = await put({ Body: "first" });
    const { VersionId: second } = await put({ Body: "second" });
    expect(new Set([first, second, undefined]).size).toBe(3);
    expect(await read({ VersionId: first })).toBe("first");
    expect(await read({ VersionId: "null" })).toBe("zero");
    const marker = await remove();
    expect(marker).toMatchObject({ DeleteMarker: true, VersionId: expect.any(String) });
    await refused(get(), 404, "NoSuchKey");
    await refused(get({ VersionId: marker.VersionId }), 405, "MethodNotAllowed");
    await refused(get({ VersionId: "nope" }), 404, "NoSuchVersion");
    await refused(remove({ IfMatch: "*" }), 412, "PreconditionFailed");
    expect((await list()).keys).toEqual([]);
    // A marker counts as nothing there: a lease can be taken again.
    await put({ IfNoneMatch: "*", Body: "third" });
    await remove({ VersionId: second });
    await refused(get({ VersionId: second }), 404, "NoSuchVersion");
    expect(await read()).toBe("third");
  });

  it("are listed newest first, markers apart, page by page", async () => {
    await versioning("Enabled");
    for (const Body of ["1", "2"]) await put({ Body });
    await remove();
    await put({ Key: "other" });
    const seen: string[] = [];
    let marks: { KeyMarker?: string; VersionIdMarker?: string } = {};
    for (;;) {
      const page = await sandbox.s3.send(
        new ListObjectVersionsCommand({ Bucket: "status", MaxKeys: 1, ...marks }),
      );
      const [version] = page.Versions ?? [];
      const [marker] = page.DeleteMarkers ?? [];
      const shown = version ?? marker;
      seen.push(`${shown?.Key} ${version === undefined ? "marker" : version.Size} ${shown?.IsLatest}`);
      if (page.IsTruncated !== true) break;
      marks = {
        ...(page.NextKeyMarker && { KeyMarker: page.NextKeyMarker }),
        ...(page.NextVersionIdMarker && { VersionIdMarker: page.NextVersionIdMarker }),
      };
    }
    expect(seen).toEqual(["lease marker true", "lease 1 false", "lease 1 false", "other 3 true"]);
  });

  it("stop at suspension: one null version is replaced", async () => {
    await versioning("Enabled");
    const { VersionId } = await put({ Body: "kept" });
    await versioning("Suspended");
    const status = await sandbox.s3.send(new GetBucketVersioningCommand({ Bucket: "status" }));
    expect(status.Status).toBe("Suspended");
    await put({ Body: "null 1" });
    await put({ Body: "null 2" });
    const { Versions } = await sandbox.s3.send(new ListObjectVersionsCommand({ Bucket: "status" }));
    expect(Versions?.map((each) => each.VersionId)).toEqual(["null", VersionId]);
    expect(await read()).toBe("null 2");
  });
});

describe("what isn't there", () => {
  it("is refused, never taken for something else", async () => {
    await put();
    const Tagging = { TagSet: [] };
    await refused(
      sandbox.s3.send(new PutObjectTaggingCommand({ Bucket: "status", Key: "lease", Tagging })),
      501,
      "NotImplemented",
    );
    await refused(
      sandbox.s3.send(new CopyObjectCommand({ Bucket: "status", Key: "copy", CopySource: "status/lease" })),
      501,
      "NotImplemented",
    );
    await refused(
      sandbox.s3.send(
        new PutBucketNotificationConfigurationCommand({
          Bucket: "status",
          NotificationConfiguration: {
            QueueConfigurations: [{ QueueArn: "arn", Events: ["s3:ObjectCreated:*"] }],
          },
        }),
      ),
      501,
      "NotImplemented",
    );
    expect((await raw("PUT", "/status?versioning", {}, "<nonsense")).text).toContain(
      "<Code>MalformedXML</Code>",
    );
    expect((await raw("GET", "/status/%E0%A4%A")).text).toContain("<Code>InvalidURI</Code>");
    expect(await read()).toBe("one");
    expect((await list()).keys).toEqual(["lease"]);
  });
});

describe("the sandbox's own", () => {
  it("faults speak S3's language", async () => {
    const { control } = sandbox;
    await put();
    const struck = async (action: Parameters<typeof control.addFault>[0]) => {
      control.clearFaults();
      control.addFault(action);
    };
    await struck({ service: "s3", action: "denied" });
    await refused(get(), 403, "AccessDenied");
    await struck({ service: "s3", action: "throttle" });
    await refused(get(), 503, "SlowDown");
    await struck({ service: "s3", action: "error500" });
    await refused(get(), 500, "InternalError");
    await struck({
      operation: "PutObject",
      match: "holder b",
      action: {
        respond: {
          status: 409,
          headers: { "content-type": "application/xml" },
          body: "<Error><Code>ConditionalRequestConflict</Code><Message>again</Message></Error>",
        },
      },
    });
    await put({ Body: "holder a" });
    await refused(put({ Body: "holder b" }), 409, "ConditionalRequestConflict");
    await struck({ operation: "PutObject", action: "lost" });
    await expect(put({ Body: "lost" })).rejects.toThrow();
    expect(await read()).toBe("lost");
    await struck({ operation: "GetObject", action: "stale" });
    await put({ Body: "new" });
    expect(await read()).toBe("lost");
    await struck({ service: "s3", action: { mutate: "extra-fields" } });
    expect(await read()).toBe("new");
    expect((await list()).keys).toEqual(["lease"]);
  });

  it("state and call log show objects", async () => {
    const { control } = sandbox;
    await put({ Body: Uint8Array.of(0xff, 0) });
    expect(control.state()).toMatchObject({
      "123456789012/us-east-1": {
        s3: { buckets: [{ name: "status", objects: { lease: [{ Body: { base64: "/wA=" } }] } }] },
      },
    });
    await refused(get({ Key: "no" }), 404, "NoSuchKey");
    expect(control.calls({ service: "s3", write: false })).toMatchObject([
      { operation: "GetObject", status: 404, error: "NoSuchKey", input: { Bucket: "status", Key: "no" } },
    ]);
    control.reset();
    await refused(get(), 404, "NoSuchBucket");
  });

  it("notification settings are read back", async () => {
    const read = () => sandbox.s3.send(new GetBucketNotificationConfigurationCommand({ Bucket: "status" }));
    const write = (on: boolean) =>
      sandbox.s3.send(
        new PutBucketNotificationConfigurationCommand({
          Bucket: "status",
          NotificationConfiguration: on ? { EventBridgeConfiguration: {} } : {},
        }),
      );
    expect((await read()).EventBridgeConfiguration).toBeUndefined();
    await write(true);
    expect((await read()).EventBridgeConfiguration).toEqual({});
    await write(false);
    expect((await read()).EventBridgeConfiguration).toBeUndefined();
  });
});
