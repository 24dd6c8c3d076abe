// Policies from S3, read from the sandbox: complete, one state at a time, and never an empty answer for a source that
// is there.
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { beforeEach, describe, expect, it, onTestFinished, test } from "vitest";
import { readAll, readSources } from "../../controller/sources/index.ts";
import { checkS3Location, parseS3Location } from "../../controller/sources/s3/location.ts";
import { createS3Source } from "../../controller/sources/s3.ts";
import type { PolicySource, ReadOptions, SourceResult } from "../../controller/sources/source.ts";
import { type Harness, start } from "../sandbox/harness.ts";
import { policy } from "./git-scene.ts";

let sandbox: Harness;
beforeEach(async () => {
  sandbox = await start({ pageSizes: { ListObjectsV2: 2 } });
  await sandbox.s3.send(new CreateBucketCommand({ Bucket: "ops" }));
});

const put = async (key: string, text = policy()): Promise<void> => {
  await sandbox.s3.send(new PutObjectCommand({ Bucket: "ops", Key: key, Body: text }));
};
const remove = async (key: string): Promise<void> => {
  await sandbox.s3.send(new DeleteObjectCommand({ Bucket: "ops", Key: key }));
};

interface Given {
  readonly region?: string;
  /** Before each GetObject is sent. */
  readonly beforeGet?: (key: string) => Promise<void>;
}

/** Through a client of the test, so that things can happen between the list and a get. */
function open(name: string, { region = "us-east-1", beforeGet }: Given = {}): PolicySource {
  const client = new S3Client({ ...sandbox.settings, region, forcePathStyle: true });
  onTestFinished(() => client.destroy());
  client.middlewareStack.add(
    (next, context) => async (args) => {
      if (context.commandName === "GetObjectCommand")
        await beforeGet?.(String((args.input as { Key?: unknown }).Key));
      return next(args);
    },
    { step: "initialize" },
  );
  return createS3Source(parseS3Location(name), { env: {}, openClient: async () => client });
}

async function filesOf(
  source: PolicySource,
  options?: ReadOptions,
): Promise<SourceResult & { unchanged: false }> {
  const result = await source.read(options);
  if (result.unchanged) throw new Error("unchanged");
  return result;
}

const namesOf = async (source: PolicySource) => (await filesOf(source)).files.map(({ file }) => file);
const calls = (): string[] => {
  const made = sandbox.control.calls().map(({ operation }) => operation);
  sandbox.control.clearCalls();
  return made;
};
const fault = (rule: Parameters<typeof sandbox.control.addFault>[0]) => sandbox.control.addFault(rule);

describe("what is read", () => {
  it("is all policies below the prefix, in name order, whatever the pages", async () => {
    for (const key of ["p/b.yml", "p/a.yaml", "p/sub/c.yaml", "p/z.txt", "p/.github/d.yaml", "p/.e.yaml"])
      await put(key, policy(key));
    for (const key of ["p/node_modules/x/f.yaml", "p-old/g.yaml", "p.yaml", "p/", "p/folder.yaml/"])
      await put(key);
    const { files, revision } = await filesOf(open("s3://ops/p"));
    expect(files.map(({ file }) => file)).toEqual([
      "s3://ops/p/a.yaml",
      "s3://ops/p/b.yml",
      "s3://ops/p/sub/c.yaml",
    ]);
    expect(files[0]?.text).toBe(policy("p/a.yaml"));
    expect(revision).toMatch(/^sha256:[0-9a-f]{12}$/);
    expect(calls().filter((operation) => operation === "ListObjectsV2").length).toBeGreaterThan(2);
    expect(await namesOf(open("s3://ops/p.yaml"))).toEqual(["s3://ops/p.yaml"]);
    expect(await namesOf(open("s3://ops"))).toContain("s3://ops/p-old/g.yaml");
  });

  it("is a thousand objects, by lists of a thousand", async () => {
    sandbox = await start();
    await sandbox.s3.send(new CreateBucketCommand({ Bucket: "ops" }));
    for (let index = 0; index < 1001; index++)
      sandbox.control.call("s3", "PutObject", {
        Bucket: "ops",
        Key: `p/${index}.yaml`,
        Body: `a: ${index}\n`,
      });
    sandbox.control.clearCalls();
    const source = open("s3://ops/p/");
    const { files, revision } = await filesOf(source);
    expect(files).toHaveLength(1001);
    for (const { file, text } of files) expect(`s3://ops/p/${text.slice(3, -1)}.yaml`).toBe(file);
    calls();
    expect(await source.read({ held: revision })).toEqual({ unchanged: true, revision });
    expect(calls()).toEqual(["ListObjectsV2", "ListObjectsV2"]);
  });

  it("takes keys as they are", async () => {
    const keys = ["p/a b+c%20d.yaml", "p/a//b.yaml", "p/é&<>\"'.yaml", "p/ lead.yaml", "p/a?x#y.yaml"];
    for (const key of keys) await put(key, policy(key));
    const { files } = await readAll([open("s3://ops/p")]);
    expect(files.map(({ file }) => file).sort()).toEqual(keys.map((key) => `s3://ops/${key}`).sort());
  });

  it("leaves an object that is too large to the parser, without getting it", async () => {
    await put("p/a.yaml", "#".repeat(256 * 1024 + 1));
    await put("p/b.yaml");
    const { files } = await filesOf(open("s3://ops/p"));
    expect(files[0]).toEqual({ file: "s3://ops/p/a.yaml", text: "", bytes: 256 * 1024 + 1 });
    expect(calls().filter((operation) => operation === "GetObject")).toHaveLength(1);
  });
});

describe("the revision", () => {
  it("changes with any name or byte, and is the same for another reader", async () => {
    await put("p/a.yaml", "a: 1\n");
    const revisionOf = async () => (await filesOf(open("s3://ops/p"))).revision;
    const seen = [await revisionOf()];
    expect(await revisionOf()).toBe(seen[0]);
    await put("p/a.yaml", "a: 2\n");
    seen.push(await revisionOf());
    await put("p/b.yaml", "a: 2\n");
    seen.push(await revisionOf());
    await remove("p/a.yaml");
    seen.push(await revisionOf());
    expect(new Set(seen).size).toBe(4);
  });

  it("knows versions, where the bucket keeps them", async () => {
    await sandbox.s3.send(
      new PutBucketVersioningCommand({ Bucket: "ops", VersioningConfiguration: { Status: "Enabled" } }),
    );
    await put("p/a.yaml");
    const { revision } = await filesOf(open("s3://ops/p"));
    await put("p/a.yaml");
    expect((await filesOf(open("s3://ops/p"))).revision).not.toBe(revision);
  });

  it("is told unchanged by the list alone", async () => {
    await put("p/a.yaml", "a: 1\n");
    const source = open("s3://ops/p");
    const { revision } = await filesOf(source);
    calls();
    expect(await source.read({ held: revision })).toEqual({ unchanged: true, revision });
    expect(calls()).toEqual(["ListObjectsV2"]);
    // Whoever holds something else gets the files.
    expect(await filesOf(source, { held: "sha256:000000000000" })).toMatchObject({ revision });
    // Who has not seen the list before finds out by reading.
    expect(await open("s3://ops/p").read({ held: revision })).toEqual({ unchanged: true, revision });
    await put("p/a.yaml", "a: 2\n");
    expect(await filesOf(source, { held: revision })).toMatchObject({ files: [{ text: "a: 2\n" }] });
  });
});

describe("what happens meanwhile", () => {
  /** Runs `change` before each of the first gets of an object. */
  const during = (key: string, times: number, change: (time: number) => Promise<void>) => {
    let done = 0;
    return open("s3://ops/p", {
      beforeGet: async (asked) => {
        if (asked === key && done < times) await change(++done);
      },
    });
  };

  it("an object that changed is read anew, with all others", async () => {
    await put("p/a.yaml", "a: 0\n");
    await put("p/b.yaml", "b: 0\n");
    const source = during("p/a.yaml", 1, async (time) => {
      await put("p/a.yaml", `a: ${time}\n`);
      await put("p/b.yaml", `b: ${time}\n`);
    });
    expect((await filesOf(source)).files.map(({ text }) => text)).toEqual(["a: 1\n", "b: 1\n"]);
  });

  it("an object that went away is gone", async () => {
    await put("p/a.yaml");
    await put("p/b.yaml");
    const source = during("p/a.yaml", 1, () => remove("p/a.yaml"));
    expect(await namesOf(source)).toEqual(["s3://ops/p/b.yaml"]);
  });

  it("a second time is an error, and the next read is a new one", async () => {
    await put("p/a.yaml", "a: 0\n");
    const source = during("p/a.yaml", 2, (time) => put("p/a.yaml", `a: ${time}\n`));
    await expect(source.read()).rejects.toMatchObject({
      code: "SourceUnreadable",
      remedy: "retry",
      message: expect.stringContaining('"p/a.yaml" in s3://ops/p/ changed or went away'),
    });
    expect((await filesOf(source)).files[0]?.text).toBe("a: 2\n");
  });

  it("the last object that goes away leaves an error, not an empty source", async () => {
    await put("p/a.yaml");
    const source = during("p/a.yaml", 1, () => remove("p/a.yaml"));
    await expect(source.read()).rejects.toMatchObject({ code: "SourceEmpty" });
  });

  it("asks for each object as it was listed", async () => {
    await put("p/a.yaml");
    await open("s3://ops/p").read();
    const get = sandbox.control.calls().find(({ operation }) => operation === "GetObject");
    expect(get?.input).toMatchObject({ IfMatch: expect.stringMatching(/^"[0-9a-f]{32}"$/) });
  });

  it("a caller that gives up gets its own reason", async () => {
    await put("p/a.yaml");
    const stop = new AbortController();
    const reason = new Error("enough");
    const source = open("s3://ops/p", { beforeGet: async () => stop.abort(reason) });
    await expect(source.read({ signal: stop.signal })).rejects.toBe(reason);
  });
});

describe("what cannot be read", () => {
  const failsWith = (source: PolicySource, code: string, message: RegExp, remedy = "stall") =>
    expect(source.read()).rejects.toMatchObject({
      code,
      remedy,
      message: expect.stringMatching(message),
    });

  it.each([
    ["nothing", []],
    ["nothing that is a policy", [["p/a.txt", "x"]]],
    ["comments alone", [["p/a.yaml", "# soon\n---\n"]]],
    ["null alone", [["p/a.yaml", "null\n"]]],
    ["policies beside it", [["prod/a.yaml", "a: 1\n"]]],
  ])("is empty with %s", async (_, objects) => {
    for (const [key = "", text] of objects) await put(key, text);
    await failsWith(
      open("s3://ops/p"),
      "SourceEmpty",
      /no policy in s3:\/\/ops\/p\/.*would delete everything/,
    );
  });

  it("is an object that is not there, nor a longer key", async () => {
    await put("p/a.yaml.bak.yaml");
    await failsWith(open("s3://ops/p/a.yaml"), "SourceMissing", /no object "p\/a\.yaml" in the bucket ops/);
  });

  it("is a bucket that is not there", async () => {
    await failsWith(open("s3://opps/p"), "SourceMissing", /no bucket opps; check the name/);
  });

  it("is a bucket in another Region", async () => {
    await put("p/a.yaml");
    await failsWith(
      open("s3://ops/p", { region: "eu-west-1" }),
      "SourceMissing",
      /the bucket ops is in us-east-1, which was not asked; set AWS_REGION=us-east-1/,
    );
  });

  it("is denied", async () => {
    await put("p/a.yaml");
    fault({ service: "s3", operation: "ListObjectsV2", times: 1, action: "denied" });
    await failsWith(open("s3://ops/p"), "SourceDenied", /s3:\/\/ops\/p\/: S3 denies s3:ListBucket .*; allow/);
    fault({ service: "s3", operation: "GetObject", times: 1, action: "denied" });
    await failsWith(open("s3://ops/p"), "SourceDenied", /"p\/a\.yaml" in s3:\/\/ops: S3 denies s3:GetObject/);
  });

  it("is part of a list: the second page fails, or its way is lost", async () => {
    for (const key of ["p/a.yaml", "p/b.yaml", "p/c.yaml"]) await put(key);
    const page = { service: "s3", operation: "ListObjectsV2", times: 1 } as const;
    fault({ ...page, page: "2", action: "error500" });
    await failsWith(open("s3://ops/p"), "SourceUnreachable", /S3 did not answer/, "retry");
    fault({ ...page, action: "truncate" });
    await failsWith(open("s3://ops/p"), "SourceUnreadable", /without a way to its next page/, "retry");
    fault({ ...page, page: "2", action: "empty" });
    await failsWith(open("s3://ops/p"), "SourceUnreadable", /without saying whether that is all/, "retry");
    expect(await namesOf(open("s3://ops/p"))).toHaveLength(3);
  });

  it.each(["throttle", "error500", "timeout"] as const)("is a get that may pass: %s", async (action) => {
    await put("p/a.yaml");
    fault({ service: "s3", operation: "GetObject", times: 1, action });
    const source = open("s3://ops/p");
    await failsWith(source, "SourceUnreachable", /"p\/a\.yaml" in s3:\/\/ops/, "retry");
    expect(await namesOf(source)).toHaveLength(1);
  });

  const answer = (operation: string, status: number, xml: string) => {
    const headers = { "content-type": "application/xml" };
    const respond = { status, headers, body: `<?xml version="1.0"?>${xml}` };
    fault({ service: "s3", operation, action: { respond } });
  };
  const refuse = (operation: string, status: number, code: string, message: string) =>
    answer(operation, status, `<Error><Code>${code}</Code><Message>${message}</Message></Error>`);
  const list = (inner: string) =>
    answer("ListObjectsV2", 200, `<ListBucketResult>${inner}</ListBucketResult>`);

  it.each([
    [403, "AccessDenied", "Access Denied", "SourceDenied", /denies s3:ListBucket \(Access Denied\)/],
    [403, "InvalidAccessKeyId", "No such key", "SourceDenied", /no valid AWS credentials \(No such key\)/],
    [400, "ExpiredToken", "It has expired", "SourceDenied", /no valid AWS credentials/],
    [
      400,
      "AuthorizationHeaderMalformed",
      "the region 'us-east-1' is wrong; expecting 'ap-northeast-1'",
      "SourceMissing",
      /is in ap-northeast-1, which was not asked; set AWS_REGION=ap-northeast-1,/,
    ],
    [301, "PermanentRedirect", "Elsewhere", "SourceMissing", /is in another Region, .*set AWS_REGION to it,/],
    [
      400,
      "Strange",
      "Never\n  seen",
      "SourceUnreadable",
      /cannot read s3:\/\/ops\/p\/ \(Strange: Never seen\)/,
    ],
  ])("is a list that S3 answers with %s %s", async (status, name, text, code, message) => {
    refuse("ListObjectsV2", status, name, text);
    await failsWith(open("s3://ops/p"), code, message);
  });

  it("is an archived object", async () => {
    await put("p/a.yaml");
    refuse("GetObject", 403, "InvalidObjectState", "not valid for the storage class");
    await failsWith(
      open("s3://ops/p"),
      "SourceUnreadable",
      /"p\/a\.yaml" in s3:\/\/ops is archived; restore it/,
    );
  });

  it.each([
    ["<KeyCount>2</KeyCount><IsTruncated>false</IsTruncated>", /without all of the 2 objects that it counts/],
    ["<IsTruncated>true</IsTruncated>", /without a way to its next page/],
    [
      "<IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken>",
      /without a way to its next/,
    ],
    [
      "<IsTruncated>false</IsTruncated><Contents><Key>p/a.yaml</Key></Contents>",
      /without the ETag and size of "p/,
    ],
    ["<IsTruncated>false</IsTruncated><Contents><ETag>x</ETag></Contents>", /without the key of an object/],
  ])("is a list that is not whole: %s", async (inner, message) => {
    list(inner);
    await failsWith(open("s3://ops/p"), "SourceUnreadable", message, "retry");
  });

  it("is a key that is not UTF-8", async () => {
    const object = "<Contents><Key>p/%FF.yaml</Key></Contents>";
    list(`<EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>${object}`);
    await failsWith(open("s3://ops/p"), "SourceUnreadable", /key is not UTF-8 \("p\/%FF\.yaml"\)/);
  });

  it("is a key that could act on a terminal; the message spells it out", async () => {
    await put("p/a\u001b[2J\u202e\u0085.yaml");
    await failsWith(
      open("s3://ops/p"),
      "SourceUnreadable",
      /"p\/a\\u001b\[2J\\u\{202e\}\\u\{85\}\.yaml"; rename/,
    );
    // What is no policy may be called anything.
    await remove("p/a\u001b[2J\u202e\u0085.yaml");
    await put("p/a\u001b[2J.txt");
    await put("p/b.yaml");
    expect(await namesOf(open("s3://ops/p"))).toEqual(["s3://ops/p/b.yaml"]);
  });

  it("is more than a source may hold", async () => {
    const body = "#".repeat(1024 * 1024);
    for (let index = 0; index < 33; index++) await put(`p/${index}.yaml`, body);
    await failsWith(open("s3://ops/p"), "SourceTooLarge", /more than 33554432 bytes/);
    expect(calls()).not.toContain("GetObject");
  });

  it("is an answer that is longer than was listed", async () => {
    await put("p/a.yaml", "a: 1\n");
    const etag = (
      await sandbox.s3.send(new PutObjectCommand({ Bucket: "ops", Key: "p/a.yaml", Body: "a: 1\n" }))
    ).ETag as string;
    fault({
      service: "s3",
      operation: "GetObject",
      action: { respond: { status: 200, body: "a: 1\nb: 2\n", headers: { etag } } },
    });
    await failsWith(open("s3://ops/p"), "SourceUnreadable", /changed or went away/, "retry");
  });
});

describe("the name", () => {
  it.each([
    ["s3://ops", { name: "s3://ops/", prefix: "", isObject: false }],
    ["s3://ops/", { name: "s3://ops/", prefix: "", isObject: false }],
    ["s3://ops/p", { name: "s3://ops/p/", prefix: "p/", isObject: false }],
    ["s3://ops/p/", { name: "s3://ops/p/", prefix: "p/", isObject: false }],
    ["s3://ops/p/a.yml", { name: "s3://ops/p/a.yml", prefix: "p/a.yml", isObject: true }],
    ["s3://ops/p/.yaml", { name: "s3://ops/p/.yaml/", prefix: "p/.yaml/", isObject: false }],
    ["s3://ops/a%20b?c#d", { name: "s3://ops/a%20b?c#d/", prefix: "a%20b?c#d/", isObject: false }],
  ])("%s", (given, expected) => {
    expect(parseS3Location(given)).toEqual({ bucket: "ops", ...expected });
  });

  it.each([
    "s3://",
    "s3:///p",
    "s3://Ops/p",
    "s3://me:hunter2@ops/p",
    "s3://ops/p\u001b",
    `s3://ops/${"p".repeat(1025)}`,
  ])("%j is refused, without a secret", async (given) => {
    const error = await readSources([given], {}).catch((one: unknown) => one);
    expect(error).toMatchObject({ code: "InvalidSource" });
    for (const hidden of ["hunter2", "\u001b"]) expect(String(error)).not.toContain(hidden);
  });

  it("is the same from a configuration", () => {
    expect(checkS3Location({ bucket: "ops", prefix: "p" })).toEqual(parseS3Location("s3://ops/p"));
    expect(checkS3Location({ bucket: "ops" })).toEqual(parseS3Location("s3://ops"));
  });
});

test("with the SDK's own chain: an endpoint of one's own is spoken to by path", async () => {
  await put("p/a.yaml");
  const settings = {
    AWS_ENDPOINT_URL_S3: sandbox.endpoint,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
  };
  const before = Object.fromEntries(Object.keys(settings).map((name) => [name, process.env[name]]));
  Object.assign(process.env, settings);
  onTestFinished(() => {
    for (const [name, value] of Object.entries(before))
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  });
  const { files, revision } = await readSources(["s3://ops/p", "s3://ops/p/a.yaml"]);
  expect(files).toEqual([{ file: "s3://ops/p/a.yaml", text: policy() }]);
  expect(revision).toMatch(/^sha256:/);
});
