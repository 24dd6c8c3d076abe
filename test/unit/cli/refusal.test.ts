// Where policies have errors there is no plan, and whoever asked for a page gets one that says so.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { runProgram } from "../../../controller/cli/program.ts";
import { soundPolicy } from "../api/policies.ts";
import { createTestIo } from "./test-io.ts";

const folder = mkdtempSync(join(tmpdir(), "ecsmon-refusal-"));
afterAll(() => rmSync(folder, { recursive: true }));
const policy = join(folder, "web.yaml");
writeFileSync(policy, soundPolicy.replace("threshold: 85", 'threshold: "<b>`x`</b>"'));
const config = join(folder, "operator.yaml");
writeFileSync(
  config,
  "apiVersion: ecsmon.dev/v1alpha1\nkind: OperatorConfig\nmetadata: { name: a }\nspec: {}\n",
);

const plan = async (line: string, format: string) => {
  const io = createTestIo();
  const code = await runProgram(["plan", ...line.split(" "), "--format", format], io, "1.2.3");
  return { code, ...io.written };
};

describe.each([
  [`--policies ${policy}`, policy, "Policies must be free of errors first. Nothing was changed."],
  [`--config ${config}`, config, "The configuration must be free of errors first. Nothing was changed."],
])("%s", (line, file, says) => {
  test("as Markdown", async () => {
    const { code, stdout } = await plan(line, "markdown");
    expect(code).toBe(1);
    expect(stdout).toContain(`## ecsmon plan: there is none\n\n**${says}**\n`);
    expect(stdout).toContain(`- **error** \`${file}:`);
  });

  test("as HTML", async () => {
    const { code, stdout } = await plan(line, "html");
    expect(code).toBe(1);
    expect(stdout).toContain(`<h1>ecsmon plan: there is none</h1>\n<p>${says}</p>`);
    expect(stdout).toContain(`<b class="error">error</b> <code>${file}:`);
    expect(stdout).not.toContain("<b>`x`");
  });

  test("as JSON it is what validate says, as text it is told on standard error alone", async () => {
    const { stdout, stderr } = await plan(line, "json");
    expect(JSON.parse(stdout).diagnostics[0]).toMatchObject({ severity: "error", file });
    expect(stderr).toContain("must be free of errors first");
    expect((await plan(line, "text")).stdout).toBe("");
  });
});
