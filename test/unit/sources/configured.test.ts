// What an OperatorConfig names as sources, opened: from where its file lies, with the token that it names.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import type { ConfigSource } from "../../../controller/api/schema/operator-config.ts";
import { openConfigured } from "../../../controller/sources/configured.ts";
import { readAll } from "../../../controller/sources/index.ts";

const folder = mkdtempSync(join(tmpdir(), "ecsmon-configured-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const open = (env: Readonly<Record<string, string | undefined>>, ...sources: ConfigSource[]) =>
  openConfigured({ name: "prod", file: join(folder, "operator.yaml"), spec: { sources } }, env);
const url = "https://git.example.com/ops/policies.git";

test("paths begin at the folder of the file; all sources together are the policies", async () => {
  writeFileSync(join(folder, "a.yaml"), "a: 1\n");
  writeFileSync(join(folder, "b.yaml"), "b: 1\n");
  execFileSync("git", ["init", "-q", "-b", "main", folder]);
  const identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
  execFileSync("git", ["-C", folder, "add", "b.yaml"]);
  execFileSync("git", ["-C", folder, ...identity, "commit", "-q", "-m", "b"]);
  const read = await readAll(
    open(process.env, { path: "./a.yaml" }, { git: { url: pathToFileURL(folder).href, ref: "main" } }),
  );
  expect(read.files.map(({ text }) => text).sort()).toEqual(["a: 1\n", "b: 1\n"]);
  expect(read.revision).toMatch(/^sha256:/);
});

test("a Git source is named with its ref and folder, and not with its token", () => {
  const [source] = open(
    { GIT_TOKEN: "hunter2" },
    { git: { url, ref: "main", path: "prod", tokenEnv: "GIT_TOKEN" } },
  );
  expect(source?.name).toBe("git+https://git.example.com/ops/policies.git?path=prod#main");
});

test("a source in S3 is named as on the command line", () => {
  const sources = open(
    {},
    { s3: { bucket: "ops-policies", prefix: "prod" } },
    { s3: { bucket: "ops-policies" } },
  );
  expect(sources.map(({ name }) => name)).toEqual(["s3://ops-policies/prod/", "s3://ops-policies/"]);
});

test("a token that is not set is told by its variable, before anything is read", () => {
  expect(() => open({}, { path: "a.yaml" }, { git: { url, tokenEnv: "GIT_TOKEN" } })).toThrow(
    /set GIT_TOKEN/,
  );
});
