// Policies from a bucket of moto's: planned as from a file, and a source that cannot be read stops everything.
import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { region } from "./clients.ts";
import { readPlan } from "./ecsmon.ts";
import { motoEndpoint } from "./endpoint.ts";
import { policyText, writePolicy } from "./policies.ts";
import { useScene } from "./scene.ts";

const scene = useScene();
const s3 = new S3Client({
  endpoint: motoEndpoint(),
  region,
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
  forcePathStyle: true,
});
beforeAll(async () => {
  await scene.begin();
  await s3.send(new CreateBucketCommand({ Bucket: "ops-policies" }));
});
beforeEach(() => scene.proxy.reset());
afterAll(() => s3.destroy());

const Bucket = "ops-policies";

test("a plan from S3 is the plan from the same file, and names its revision", async () => {
  const Key = "prod/a b+c%20d é.yaml";
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: policyText() }));
  const [fromS3, fromFile] = [
    await scene.plan("s3://ops-policies/prod", "--format", "json"),
    await scene.plan(await writePolicy(), "--format", "json"),
  ];
  expect(fromS3, fromS3.stderr).toMatchObject({ code: 0 });
  expect(readPlan(fromS3).changes.length).toBeGreaterThan(0);
  expect(readPlan(fromS3).summary).toEqual(readPlan(fromFile).summary);
  expect(JSON.parse(fromS3.stdout).metadata.sourceRevision).toMatch(/^sha256:[0-9a-f]{12}$/);

  await s3.send(new DeleteObjectCommand({ Bucket, Key }));
  await s3.send(new PutObjectCommand({ Bucket, Key: "production/a.yaml", Body: policyText() }));
  const emptied = await scene.apply("s3://ops-policies/prod", "--max-deletes", "500");
  expect(emptied).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("no policy in s3://ops-policies/prod/"),
  });
});

test("a bucket that is not there stops both commands before anything else is asked", async () => {
  for (const run of [
    await scene.plan("s3://no-such-policies/p"),
    await scene.apply("s3://no-such-policies/p"),
  ]) {
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("no bucket no-such-policies; check the name");
    expect(run.stderr).not.toContain("unexpected error");
  }
  expect(new Set(scene.proxy.calls().map(({ service }) => service))).toEqual(new Set(["s3"]));
});
