// Where a configuration comes from: a file, an environment variable, an object in S3.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { readConfig } from "../../../controller/cli/read-config.ts";
import { start } from "../../sandbox/harness.ts";
import { createTestIo } from "./test-io.ts";

const folder = mkdtempSync(join(tmpdir(), "ecsmon-read-config-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const configOf = (spec: string): string =>
  `apiVersion: ecsmon.dev/v1alpha1\nkind: OperatorConfig\nmetadata: { name: prod }\nspec: ${spec}\n`;
const bucketed = configOf("{ sources: [{ s3: { bucket: ops-policies } }] }");

const read = async (path: string, env: Readonly<Record<string, string>> = {}, format = "text") => {
  const io = createTestIo({ env });
  return { config: await readConfig(path, format, io), written: io.written };
};

describe("an environment variable", () => {
  test("holds the whole text", async () => {
    const { config } = await read("env:ECSMON_CONFIG", { ECSMON_CONFIG: bucketed });
    expect(config).toMatchObject({ name: "prod", file: "env:ECSMON_CONFIG" });
    expect(config?.spec.sources).toEqual([{ s3: { bucket: "ops-policies" } }]);
  });

  test("that is not set, or empty, is told by its name", async () => {
    for (const env of [{}, { ECSMON_CONFIG: " \n" }])
      await expect(read("env:ECSMON_CONFIG", env)).rejects.toMatchObject({
        code: "SourceMissing",
        message: expect.stringContaining("ECSMON_CONFIG is not set"),
      });
  });

  test.each(["env:", "env:A B", "env:$HOME", "env:1"])("has a name, and %s is none", async (path) => {
    await expect(read(path)).rejects.toMatchObject({ code: "InvalidOption" });
  });

  test("is checked as a file is, line by line", async () => {
    const { config, written } = await read(
      "env:C",
      { C: configOf("{ sources: [{ path: /policies }], maxDelets: 3 }") },
      "json",
    );
    expect(config).toBeUndefined();
    expect(written.stderr).toContain("env:C:4:");
    expect(JSON.parse(written.stdout)).toMatchObject({
      diagnostics: [{ code: "UnknownField", path: "spec.maxDelets", file: "env:C" }],
    });
  });

  test.each([
    ["sources[0].path", "{ sources: [{ path: ./policies }] }"],
    [
      "sources[1].git.verify.allowedSigners",
      "{ sources: [{ path: /p }, { git: { url: https://git.example.com/p.git, verify: { mode: head, allowedSigners: signers } } }] }",
    ],
    ["status.path", "{ sources: [{ path: /p }], status: { path: state } }"],
  ])("lies in no folder: a relative %s is refused", async (field, spec) => {
    await expect(read("env:C", { C: configOf(spec) })).rejects.toMatchObject({
      code: "InvalidOption",
      message: expect.stringContaining(`spec.${field} is `),
    });
  });

  test("absolute paths are read where they are", async () => {
    const { config } = await read("env:C", {
      C: configOf("{ sources: [{ path: /policies }], status: { path: /state } }"),
    });
    expect(config?.spec.status).toEqual({ path: "/state" });
  });
});

test("a file may name its neighbours, also one whose name begins like a variable's", async () => {
  const file = join(folder, "operator.yaml");
  writeFileSync(file, configOf("{ sources: [{ path: ./policies }] }"));
  expect((await read(file)).config?.spec.sources).toEqual([{ path: "./policies" }]);
  await expect(read(folder)).rejects.toMatchObject({ code: "InvalidOption" });
});

test("an object in S3 is read by its key, and lies in no folder either", async () => {
  const sandbox = await start();
  const before = { ...process.env };
  onTestFinished(() => {
    process.env = before;
  });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: sandbox.settings.endpoint,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_MAX_ATTEMPTS: "1",
  });
  await sandbox.s3.send(new CreateBucketCommand({ Bucket: "ops" }));
  const put = (Key: string, Body: string) =>
    sandbox.s3.send(new PutObjectCommand({ Bucket: "ops", Key, Body }));
  await put("prod/operator.yaml", bucketed);
  await put("prod/near.yaml", configOf("{ sources: [{ path: policies }] }"));
  expect((await read("s3://ops/prod/operator.yaml")).config).toMatchObject({
    name: "prod",
    file: "s3://ops/prod/operator.yaml",
  });
  await expect(read("s3://ops/prod/near.yaml")).rejects.toMatchObject({ code: "InvalidOption" });
  await expect(read("s3://ops/prod/none.yaml")).rejects.toMatchObject({ code: "SourceMissing" });
  await expect(read("s3://ops/prod")).rejects.toMatchObject({ code: "InvalidOption" });
});
