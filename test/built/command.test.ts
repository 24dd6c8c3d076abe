// The command as users get it: the built bundle, as a process of its own.
import { spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const main = "dist/main.js";

function run(...args: string[]) {
  const env = {
    PATH: process.env["PATH"],
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
  };
  return spawnSync(process.execPath, [main, ...args], { encoding: "utf8", env });
}

test("--help tells of every command, and every command has examples", () => {
  const { status, stdout } = run("--help");
  expect(status).toBe(0);
  for (const command of ["validate", "plan", "apply", "inject", "sandbox", "demo", "schema"]) {
    expect(stdout).toContain(command);
    expect(run(command, "--help").stdout).toContain("Examples");
  }
});

test("validate reads the examples", () => {
  expect(run("validate", "crds/examples")).toMatchObject({ status: 0 });
});

test.each(["validate", "inject"])("%s never loads the AWS SDK", (command) => {
  // The chunk graph below the command holds none of the SDK's code.
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [, next = ""] of readFileSync(`dist/${file}`, "utf8").matchAll(
      /(?:from|import)\s*"\.\/([^"]+)"/g,
    ))
      visit(next);
  };
  visit(readdirSync("dist").find((file) => file.startsWith(`${command}-`)) as string);
  for (const file of seen) expect(readFileSync(`dist/${file}`, "utf8"), file).not.toContain("X-Amz-Target");
});

test.each([
  ["plan", "--policies", "no-such-folder"],
  ["plan"],
  ["plan", "--policies", "crds/examples", "--max-deletes", "many"],
  ["pln"],
  ["plan", "--policies", "crds/examples/web-baseline.yaml"],
  ["plan", "--policies", "crds/examples/web-baseline.yaml", "--region", "us-east-1"],
  ["apply", "saved-plan.json"],
  ["run", "--config", "x.yaml"],
])("ecsmon %s %s %s: one clear error, exit 1, no stack trace", (...args) => {
  const { status, stderr } = run(...args);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^ecsmon: /m);
  expect(stderr).not.toMatch(/\n\s+at /);
});

test("sandbox prints its endpoint in one JSON line, and ends with 0 on SIGTERM", async () => {
  const child = spawn(process.execPath, [main, "sandbox", "--port", "0", "--seed", "empty"]);
  const line = await new Promise<string>((resolve) => {
    child.stdout.once("data", (data: Buffer) => resolve(data.toString("utf8")));
  });
  expect(JSON.parse(line).endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const ended = new Promise((resolve) => {
    child.once("exit", resolve);
  });
  child.kill("SIGTERM");
  expect(await ended).toBe(0);
});

test("the demo ends by itself with 0, whatever the shell says of AWS", () => {
  const env = {
    PATH: process.env["PATH"],
    AWS_REGION: "ap-northeast-1",
    AWS_PROFILE: "none",
    AWS_ENDPOINT_URL: "x",
  };
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, "demo"], { encoding: "utf8", env });
  expect(stderr).not.toContain("failed");
  expect(status).toBe(0);
  expect(stdout).toContain("All is as the policies say.");
});
