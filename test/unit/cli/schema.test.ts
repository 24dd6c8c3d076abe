// `ecsmon schema --out`: a folder that cannot be made is told in words, and never waited for.
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runSchema, schemaFiles } from "../../../controller/cli/schema.ts";
import { createTestIo } from "./test-io.ts";

const folder = mkdtempSync(join(tmpdir(), "ecsmon-schema-"));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (out: string) => runSchema({ out }, createTestIo());

test("a folder is made with those above it, and taken as it is", async () => {
  const out = join(folder, "a/b");
  expect(await write(out)).toBe(0);
  expect(await write(out)).toBe(0);
  expect(readdirSync(out).sort()).toEqual([...schemaFiles().keys()].sort());
});

test("a file is no folder", async () => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  for (const out of [file, join(file, "deeper")])
    await expect(write(out)).rejects.toThrow(
      `--out ${out} cannot be written: a file of its name is there; name a folder`,
    );
});

test.skipIf(!existsSync("/proc/self"))("where the system takes no folder, none is waited for", async () => {
  await expect(write("/proc/none/deeper")).rejects.toThrow("--out /proc/none/deeper cannot be written: E");
});
