// `ecsmon inject` with every preset and FireLens: golden files, again without a change, and back to the same bytes.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runProgram } from "../../../controller/cli/program.ts";
import { createTestIo } from "./test-io.ts";

const folder = mkdtempSync(join(tmpdir(), "ecsmon-inject-presets-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const golden = "test/golden/inject/presets";
const place = ["--policies", `${golden}/policy.yaml`, "--cluster", "prod-a", "--service", "web"];
const facts = [...place, "--service-tag", "tier=web", "--account", "123456789012", "--region", "us-east-1"];

async function run(...args: string[]) {
  const io = createTestIo();
  const code = await runProgram(["inject", ...args], io, "1.2.3");
  return { code, ...io.written };
}

test.each(["register.json", "template.yaml"])("%s", async (name) => {
  const input = `${golden}/${name}`;
  const format = name.startsWith("template") ? ["--format", "cloudformation"] : [];
  const { code, stdout, stderr } = await run(...facts, ...format, input);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  await expect(stdout).toMatchFileSnapshot(`../../golden/inject/presets/out/${name}`);

  const out = join(folder, name);
  writeFileSync(out, stdout);
  expect(await run(...facts, ...format, out)).toEqual({ code: 0, stdout, stderr: "" });
  const back = await run("--eject", ...format, out);
  expect(back).toEqual({ code: 0, stdout: readFileSync(input, "utf8"), stderr: "" });
});

test("the account is asked for where a secret's ARN needs it", async () => {
  const { code, stderr } = await run(
    ...place,
    "--service-tag",
    "tier=web",
    "--region",
    "us-east-1",
    `${golden}/register.json`,
  );
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("give --account") });
});
