import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readPolicies } from "../../../controller/cli/read-policies.ts";
import { createTestIo } from "./test-io.ts";

const folder = mkdtempSync(join(tmpdir(), "ecsmon-"));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, spec: string): string {
  const path = join(folder, name);
  writeFileSync(
    path,
    `apiVersion: ecsmon.dev/v1alpha1\nkind: MonitoringPolicy\nmetadata: { name: p }\nspec: ${spec}\n`,
  );
  return path;
}

test("policies without an error are handed on, and nothing is said", async () => {
  const io = createTestIo();
  const checked = await readPolicies([write("good.yaml", '{ selector: { services: ["*"] } }')], "text", io);
  expect(checked?.policies.policies).toHaveLength(1);
  expect(io.written.stdout).toBe("");
});

test.each(["text", "json"])("an error ends the run before anything is read: %s", async (format) => {
  const io = createTestIo();
  const path = write("bad.yaml", '{ selector: { services: ["*"] }, sidecar: [] }');
  expect(await readPolicies([path], format, io)).toBeUndefined();
  expect(io.written.stderr).toContain(`${path}:4:`);
  expect(io.written.stderr).toContain("nothing was changed");
  if (format === "text") expect(io.written.stdout).toBe("");
  else expect(JSON.parse(io.written.stdout).summary).toEqual({ documents: 1, errors: 1, warnings: 0 });
});
