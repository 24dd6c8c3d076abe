// The Terraform module: it is formatted and valid, and says the same as the CloudFormation template.
// The AWS provider comes from where Terraform is told to find it (its own configuration, a mirror, or
// TF_CLI_ARGS_init="-plugin-dir=…"); nothing is downloaded.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { leastPolicy } from "../../controller/runtime/permissions.ts";
import { findProgram } from "./programs.ts";
import { type Any, evaluate, readTemplate } from "./template.ts";

const module = "manifests/terraform";
const read = (file: string): string => readFileSync(join(module, file), "utf8");
const sources = readdirSync(module).filter((file) => file.endsWith(".tf"));
const all = sources.map(read).join("\n");

const template = readTemplate(readFileSync("manifests/cloudformation/ecsmon.yaml", "utf8"));
const resources = evaluate(template, {
  VpcId: "vpc-1",
  SubnetIds: "subnet-1",
  Image: "ecsmon:0.1.0",
  Owner: "team-a",
  PoliciesBucket: "ops",
  PoliciesPrefix: "prod/",
});

const program = findProgram("terraform");

function terraform(folder: string, ...args: string[]) {
  const env = {
    ...process.env,
    CHECKPOINT_DISABLE: "1",
    // What is not on this machine is not to be had.
    HTTPS_PROXY: "http://127.0.0.1:9",
    NO_PROXY: "",
  };
  const { status, stdout, stderr } = spawnSync(program ?? "", args, { cwd: folder, encoding: "utf8", env });
  return { status, text: `${stdout}\n${stderr}` };
}

describe.skipIf(program === undefined)("terraform", () => {
  test("fmt has nothing to change", () => {
    expect(terraform(module, "fmt", "-check", "-diff", "-recursive").text.trim()).not.toMatch(/^[-+]/m);
    expect(terraform(module, "fmt", "-check", "-recursive").status).toBe(0);
  });

  /** A copy of the module, with the provider; undefined where there is none. */
  function initCopy(): string | undefined {
    const folder = mkdtempSync(join(tmpdir(), "ecsmon-terraform-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    cpSync(module, folder, { recursive: true });
    const init = terraform(folder, "init", "-backend=false", "-input=false", "-no-color");
    if (init.status !== 0 && /hashicorp\/aws/.test(init.text)) {
      console.log("terraform finds no AWS provider on this machine: the module is not validated");
      return undefined;
    }
    expect(init).toMatchObject({ status: 0 });
    return folder;
  }

  test("validate finds nothing", ({ skip }) => {
    const folder = initCopy();
    if (folder === undefined) return skip();
    const { status, text } = terraform(folder, "validate", "-json");
    const json = text.slice(text.indexOf("{\n"), text.lastIndexOf("}") + 1);
    expect(JSON.parse(json)).toMatchObject({ valid: true, error_count: 0, warning_count: 0 });
    expect(status).toBe(0);
  });

  test("secrets reach the task, and a token is asked for", ({ skip }) => {
    const folder = initCopy();
    if (folder === undefined) return skip();
    if (/^Terraform v1\.[0-6]\./m.test(terraform(folder, "version").text)) {
      console.log(
        "terraform is older than 1.7, which mocks providers: the secrets of the module are not tested",
      );
      return skip();
    }
    cpSync("test/manifests/secrets.tftest.hcl", join(folder, "secrets.tftest.hcl"));
    const { status, text } = terraform(folder, "test", "-no-color");
    expect(text).toMatch(/Success! 5 passed, 0 failed/);
    expect(status).toBe(0);
  });
});

/** A template file with its variables filled in, as `templatefile` does it. */
const fill = (file: string, variables: Readonly<Record<string, string>>): Any =>
  JSON.parse(
    read(file).replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
      const value = variables[name];
      if (value === undefined) throw new Error(`${file}: no ${name}`);
      return value;
    }),
  );

describe("the module", () => {
  test("the role may do what `ecsmon iam` prints", () => {
    const anyRole = "arn:*:iam::*:role/*";
    const filled = fill("monitoring-policy.json.tftpl", {
      owner: "team-a",
      passable_roles: JSON.stringify(anyRole),
    });
    expect(filled).toEqual(leastPolicy(undefined, "team-a"));
    expect(all).toContain(`default     = ["${anyRole}"]`);
  });

  test("what else it may do is what the CloudFormation template says", () => {
    const statements = resources["TaskRole"].Properties.Policies[1].PolicyDocument.Statement;
    const block = /resource "aws_iam_role_policy" "operator" \{.*?^\}/ms.exec(all)?.[0] ?? "";
    for (const { Sid, Action, Condition } of statements) {
      const actions = Action.map((action: string) => `"${action}"`).join(", ");
      expect(block).toMatch(
        new RegExp(`Sid\\s+= "${Sid}"\\n\\s+Effect\\s+= "Allow"\\n\\s+Action\\s+= \\[${actions}\\]`),
      );
      for (const operator of Object.keys(Condition ?? {})) expect(block).toContain(`{ ${operator} = { `);
    }
  });

  test.each([
    ["EcsChanges", "patterns/ecs-changes.json"],
    ["AlarmChanges", "patterns/alarm-changes.json.tftpl"],
    ["PolicyChanges", "patterns/policy-changes.json.tftpl"],
    ["ApiCalls", "patterns/api-calls.json"],
  ])("%s has the pattern of %s", (name, file) => {
    const filled = fill(file, { owner: "team-a", bucket: "ops", prefix: "prod/" });
    expect(filled).toEqual(resources[name].Properties.EventPattern);
    expect(all).toContain(`\${path.module}/${file}"`);
  });

  test("the task runs as the template's does", () => {
    const container = resources["TaskDefinition"].Properties.ContainerDefinitions[0];
    expect(all).toContain(`"${container.HealthCheck.Command.at(-1)}"`);
    expect(all).toContain(JSON.stringify(resources["Heartbeat"].Properties.FilterPattern));
    const flat = all.replaceAll(/ {2,}/g, " ");
    expect(flat).toContain(`user = "${container.User}"`);
    expect(flat).toContain(`stopTimeout = ${container.StopTimeout}`);
    expect(flat).toContain("readonlyRootFilesystem = true");
    expect(flat).toContain('command = ["run", "--config", "env:ECSMON_CONFIG"]');
  });

  test("each variable and output says what it is, and the README names them all", () => {
    const page = read("README.md");
    for (const file of ["variables.tf", "outputs.tf"])
      for (const [block, name] of read(file).matchAll(/^(?:variable|output) "(\w+)" \{\n.*?^\}/gms)) {
        expect(block).toMatch(/^ {2}description = ".+"$/m);
        expect(page).toContain(`\`${name}\``);
      }
  });
});
