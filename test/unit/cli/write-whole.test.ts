// The files of `--out`: what is no file of its own is refused before any work, and never replaced.
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { checkOut, writeWhole } from "../../../controller/cli/write-whole.ts";

const folder = mkdtempSync(join(tmpdir(), "ecsmon-whole-"));
afterAll(() => rmSync(folder, { recursive: true }));

// What a shell opens for `>> log`, as `/dev/stdout` leads to it.
test.skipIf(!existsSync("/proc/self/fd"))(
  "a file that is an output already keeps what it holds",
  async () => {
    const log = join(folder, "log");
    writeFileSync(log, "before\n");
    const place = `/proc/self/fd/${openSync(log, "a")}`;
    const write = writeWhole(place, (handle) => handle.writeFile("after\n"));
    await expect(write).rejects.toThrow("not a file");
    expect(readFileSync(log, "utf8")).toBe("before\n");
  },
);

test.each([
  ["nowhere/plan.json", "there is no such folder"],
  [".", "it is a folder"],
])("%s is refused before anything is read for it", async (name, why) => {
  await expect(checkOut(join(folder, name), "SavedPlan")).rejects.toThrow(why);
});

test("a file to be, and one that is there, are taken", async () => {
  writeFileSync(join(folder, "old"), "");
  for (const name of ["new", "old"])
    await expect(checkOut(join(folder, name), "SavedPlan")).resolves.toBeUndefined();
  expect(existsSync(join(folder, "new"))).toBe(false);
});

test.each([
  ["a.plan", "SavedPlan", '{\n  "apiVersion": "x",\n  "kind": "SavedPlan"'],
  ["a.snapshot", "Snapshot", '{"apiVersion":"x","kind":"Snapshot"}\n'],
  [
    "a.snapshot.gz",
    "Snapshot",
    gzipSync(`{"apiVersion":"x","kind":"Snapshot"}\n${"x".repeat(99)}`).subarray(0, 50),
  ],
] as const)("what stands in %s is written over by its like alone", async (name, kind, text) => {
  const file = join(folder, name);
  writeFileSync(file, text);
  await expect(checkOut(file, kind)).resolves.toBeUndefined();
  const other = kind === "Snapshot" ? "SavedPlan" : "Snapshot";
  await expect(checkOut(file, other)).rejects.toThrow("remove that first, or name another");
});

test.each(["kind: MonitoringPolicy\n", "\u001f\ufffdno zip"])("%j stays where it stands", async (text) => {
  const file = join(folder, "anything");
  writeFileSync(file, text);
  const refusal = `--out ${file} would write over a file that is no saved plan`;
  await expect(checkOut(file, "SavedPlan")).rejects.toThrow(refusal);
});
