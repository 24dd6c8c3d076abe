// Results that cannot be written: one line that says so and exit 1, whatever command it is.
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { expect, test } from "vitest";

/** Linux has a device that is always full. */
test.runIf(existsSync("/dev/full")).each(["schema", "--help"])("ecsmon %s > /dev/full", (command) => {
  const full = openSync("/dev/full", "w");
  const args = ["--import", "tsx", "controller/main.ts", command];
  const { status, stderr } = spawnSync(process.execPath, args, {
    stdio: ["ignore", full, "pipe"],
    encoding: "utf8",
  });
  closeSync(full);
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /^ecsmon: cannot write to standard output: ENOSPC: no space left on device, write\n$/,
  );
});
