// What a reviewer is told of things that are not written now: a guard holds them back, or they wait for their window.
// And `plan --also`: the same plan in files.
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { type FailOn, judge } from "../../controller/cli/github/verdict.ts";
import { runProgram } from "../../controller/cli/program.ts";
import { findOnPath } from "../support/find-on-path.ts";
import { createTestIo } from "../unit/cli/test-io.ts";
import { useWorld } from "./harness.ts";

const world = useWorld();
const folder = mkdtempSync(join(tmpdir(), "ecsmon-review-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);

const services = ["api", "web"];
const sidecar = (more = "") =>
  `  sidecars: [{ container: { name: jmx, image: "jmx:1", essential: false, memory: 64 } }]\n${more}`;
const windows = "  rollout: { windows: [{ cron: 0 1 * * 1, duration: 1h }] }\n";
const alarms = (count: number) =>
  `  alarms:\n${Array.from({ length: count }, (_, index) => `    - { name: cpu-${index}, preset: ecs-cpu-high, threshold: ${50 + index} }\n`).join("")}`;

function write(spec: string): string {
  const head =
    "apiVersion: ecsmon.dev/v1alpha1\nkind: MonitoringPolicy\nmetadata: { name: web }\nspec:\n  selector: { services: ['*'] }\n";
  mkdirSync(at("policies"), { recursive: true });
  writeFileSync(at("policies/web.yaml"), head + spec);
  return at("policies");
}

async function run(line: string) {
  const io = createTestIo({ now: () => new Date("2026-11-22T09:00:00Z") });
  const code = await runProgram(line.trim().split(" "), io, "1.2.3");
  return { code, ...io.written };
}

beforeEach(() => {
  world.call("ecs", "CreateCluster", { clusterName: "prod" });
  for (const name of services) {
    const app = { name: "app", image: "app:1", memory: 128, essential: true };
    world.call("ecs", "RegisterTaskDefinition", { family: name, containerDefinitions: [app] });
    const service = { cluster: "prod", serviceName: name, taskDefinition: name, desiredCount: 1 };
    world.call("ecs", "CreateService", { ...service, launchType: "EC2" });
  }
});

async function review(policies: string, more = "") {
  const { code, stdout } = await run(
    `plan --policies ${policies} --format json --also markdown=${at("plan.md")}${more}`,
  );
  const plan = JSON.parse(stdout);
  const failOn = (word: FailOn) =>
    judge({ findings: [], exitCode: code, plans: [plan], failed: 0 }, new Set([word]));
  return { plan, failOn, headline: readFileSync(at("plan.md"), "utf8").split("\n").slice(2, 5) };
}

async function apply(spec: string): Promise<void> {
  expect((await run(`apply --policies ${write(spec)} --yes --no-wait --max-redeploys 99`)).code).toBe(0);
}

describe("a reviewer is told", () => {
  test("of deletes that the guard holds back", async () => {
    await apply(alarms(6));
    const { plan, failOn, headline } = await review(write("  alarms: []\n"));
    expect(plan.changes).toEqual([]);
    expect(plan.blocked).toHaveLength(12);
    expect(plan.blocked[0]).toMatchObject({
      code: "DeleteGuard",
      would: { action: "delete", enforcement: "Enforce", impact: "none" },
    });
    expect(headline).toEqual([
      "## ecsmon plan: nothing to do now, 12 changes held back",
      "",
      "**12 changes held back (12 to delete or take off); 12 items blocked; 0 unchanged**",
    ]);
    expect(failOn("delete")).toMatchObject({
      conclusion: "failure",
      deletes: 12,
      reasons: ["12 items would be deleted (12 held back by a guard)"],
    });
    expect(failOn("any").conclusion).toBe("failure");
    expect(failOn("redeploy").conclusion).toBe("neutral");
  });

  test("of redeployments that the guard holds back", async () => {
    const { failOn } = await review(write(sidecar()), " --max-redeploys 1");
    expect(failOn("redeploy")).toMatchObject({ conclusion: "failure", redeploys: 2 });
  });

  test("of a rollout that waits for its window, as if it were open", async () => {
    const { plan, failOn, headline } = await review(write(sidecar(windows)));
    expect(plan.blocked.map(({ code, would }: { code: string; would: object }) => [code, would])).toEqual(
      services.map(() => [
        "OutsideWindow",
        { action: "update", enforcement: "Enforce", impact: "deployment" },
      ]),
    );
    expect(headline[0]).toBe("## ecsmon plan: nothing to do now, 2 changes later");
    expect(headline[2]).toContain("2 changes later (2 services to redeploy)");
    const closed = failOn("redeploy");
    expect(closed).toMatchObject({
      conclusion: "failure",
      isQuiet: false,
      redeploys: 2,
      title: "2 to change, 2 services to redeploy (2 later)",
    });
    const open = (await review(at("policies"), " --as-of 2026-11-23T01:30:00Z")).failOn("redeploy");
    expect([open.conclusion, open.redeploys]).toEqual([closed.conclusion, closed.redeploys]);
  });

  test("of a layer that is taken off, by which something is deleted", async () => {
    await apply(sidecar());
    const { plan, failOn } = await review(write("  alarms: []\n"));
    expect(plan.changes).toMatchObject(services.map(() => ({ action: "update", deletes: 1 })));
    expect(failOn("delete")).toMatchObject({
      conclusion: "failure",
      updates: 2,
      deletes: 2,
      reasons: ["2 items would be deleted or taken off"],
    });
  });

  test("in a part of its own beside a base", async () => {
    const policies = write(sidecar(windows));
    mkdirSync(at("base"), { recursive: true });
    writeFileSync(
      at("base/web.yaml"),
      readFileSync(join(policies, "web.yaml"), "utf8").replace("jmx:1", "jmx:0"),
    );
    const other = await review(policies, ` --base ${at("base")}`);
    expect(other.headline[0]).toBe("## ecsmon plan: nothing now, 2 changes later by this change");
    expect(other.failOn("redeploy")).toMatchObject({ conclusion: "failure", redeploys: 2 });
    const same = await review(policies, ` --base ${policies}`);
    expect(same.headline[0]).toBe("## ecsmon plan: nothing by this change");
    expect(same.failOn("redeploy")).toMatchObject({ conclusion: "success", isQuiet: true, redeploys: 0 });
  });
});

describe("--also", () => {
  const plan = (more: string) => run(`plan --policies ${write(alarms(1))} ${more}`);

  test("writes each format, and what is printed stays", async () => {
    const files = ["json", "html", "text", "markdown"].map(
      (format) => `--also ${format}=${at(`p.${format}`)}`,
    );
    const printed = (await plan("")).stdout;
    expect(printed).toContain("2 to create");
    expect((await plan(files.join(" "))).stdout).toBe(printed);
    expect(JSON.parse(readFileSync(at("p.json"), "utf8"))).toMatchObject({ kind: "Plan" });
    expect(readFileSync(at("p.html"), "utf8")).toContain("<!DOCTYPE html>");
    expect(readFileSync(at("p.markdown"), "utf8")).toContain("## ecsmon plan: 2 changes to 2 services");
    expect(readFileSync(at("p.text"), "utf8")).toBe(printed);
  });

  test.each(["--base /none", "--prices /none", "--snapshot /none"])(
    "leaves no file of an earlier plan where there is none: %s",
    async (flags) => {
      writeFileSync(at("old.md"), "OLD");
      expect((await plan(`--also markdown=${at("old.md")} ${flags}`)).code).toBe(1);
      expect(readFileSync(at("old.md"), "utf8")).toBe("");
    },
  );

  test("a file that cannot be written is told before anything is read", async () => {
    world.sandbox.control.clearCalls();
    const { code, stderr } = await plan(`--also markdown=${at("none/x.md")}`);
    expect(code).toBe(1);
    expect(stderr).toContain(`--also markdown=${at("none/x.md")} cannot be written (ENOENT); name a file`);
    expect(world.sandbox.control.calls()).toEqual([]);
  });

  test("a policy is never written over, nor joined by a file that would be one", async () => {
    const policies = write(alarms(1));
    const policy = join(policies, "web.yaml");
    const before = readFileSync(policy, "utf8");
    const head = "apiVersion: ecsmon.dev/v1alpha1\nkind: OperatorConfig\nmetadata: { name: a }\n";
    writeFileSync(at("operator.yaml"), `${head}spec: { sources: [{ path: policies }] }\n`);
    symlinkSync(policy, at("link"));
    world.sandbox.control.clearCalls();
    for (const [line, says] of [
      [`--policies ${policy} --out ${policy}`, `would write over --policies ${policy}`],
      [`--policies ${policies} --also json=${policy}`, `would be read as a policy of --policies ${policies}`],
      [`--policies ${policies} --also json=${at("link")}`, "would be read as a policy of"],
      [`--policies ${policies} --also text=${join(policies, "new.yml")}`, "would be read as a policy of"],
      [`--policies ${at("none.yaml")} --base ${policy} --also json=${policy}`, "would write over --base"],
      [`--config ${at("operator.yaml")} --also json=${policy}`, "would be read as a policy of the source"],
      [`--config ${at("operator.yaml")} --out ${at("operator.yaml")}`, "would write over --config"],
      [`--policies ${at("none.yaml")} --out ${policy}`, "would write over a file that is no saved plan"],
    ]) {
      const { code, stderr } = await run(`plan ${line}`);
      expect([code, stderr]).toEqual([1, expect.stringContaining(String(says))]);
      expect(readFileSync(policy, "utf8")).toBe(before);
    }
    expect(existsSync(join(policies, "new.yml"))).toBe(false);
    expect(world.sandbox.control.calls()).toEqual([]);
    // What is no policy by its name may lie among them.
    const beside = `--also markdown=${join(policies, "plan.md")} --out ${join(policies, "a.plan")}`;
    expect((await run(`plan --policies ${policies} ${beside}`)).code).toBe(0);
  });

  const mkfifo = findOnPath("mkfifo");
  test.skipIf(mkfifo === undefined)(
    "what is written into a pipe is the plan, and nothing before it",
    async () => {
      execFileSync(mkfifo ?? "", [at("pipe")]);
      const read = readFile(at("pipe"), "utf8");
      expect((await plan(`--also json=${at("pipe")}`)).code).toBe(0);
      expect(JSON.parse(await read)).toMatchObject({ kind: "Plan" });
    },
  );

  test.each([
    ["two copies", `--also markdown=${at("same")} --also json=${folder}/./same`, "--also markdown"],
    ["the saved plan", `--out ${at("same")} --also json=${at("same")}`, "--out"],
  ])("one file for two is refused: %s", async (_, flags, other) => {
    const { code, stderr } = await plan(flags);
    expect(code).toBe(1);
    expect(stderr).toContain(`would write over what ${other} writes to the same file`);
    expect(existsSync(at("same"))).toBe(false);
  });
});
