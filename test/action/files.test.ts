// The files that users copy or name: what GitHub demands of them, and what keeps a hostile pull request out. A runner
// checks none of it before the first run.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { readPlanInputs, readReportInputs } from "../../controller/cli/github/inputs.ts";
import { findOnPath } from "../support/find-on-path.ts";
import { readAction } from "./composite.ts";

const read = (file: string) => parse(readFileSync(file, "utf8"));
const expression = /\$\{\{/;

describe("action.yml", () => {
  const action = readAction();
  const { steps, using } = action.runs;

  test("is composite, and every step says its shell", () => {
    expect(using).toBe("composite");
    for (const step of steps) expect(step.shell).toBe("bash");
  });

  test("no expression stands in a script: inputs come as variables", () => {
    for (const { run } of steps) expect(run).not.toMatch(expression);
  });

  test("every program of ours is named by its path in the action's folder", () => {
    for (const { run } of steps.slice(1)) {
      expect(run).toContain('node "$GITHUB_ACTION_PATH/dist/main.js" github ');
      expect(run).not.toMatch(/\b(npx|npm|ecsmon)\b(?! \S*: )/);
    }
    expect(steps[0]?.run.split("\n")[0]).toBe('cd "$GITHUB_ACTION_PATH"');
  });

  test("the token reaches the last step alone", () => {
    const text = steps.map((step) => JSON.stringify(step));
    expect(text.map((step) => /github-token|github\.token/.test(step))).toEqual([false, false, true]);
    expect(steps[1]?.run).toContain("unset GITHUB_TOKEN GH_TOKEN");
  });

  test("the last step runs also when the plan failed, and not where nothing is installed", () => {
    expect(steps.map((step) => step.if?.replaceAll(/[${} ]/g, ""))).toEqual([
      undefined,
      undefined,
      "!cancelled()&&steps.install.outcome=='success'",
    ]);
    expect(steps[0]?.id).toBe("install");
  });

  test("every input is described, has a default, and is handed on", () => {
    const used = steps.flatMap(({ env = {} }) =>
      Object.entries(env).flatMap(([variable, value]) => {
        const [, input] = /^\$\{\{ inputs\.([\w-]+) \}\}$/.exec(value) ?? [];
        if (input === undefined) return [];
        expect(variable).toBe(`ECSMON_INPUT_${input.toUpperCase().replaceAll("-", "_")}`);
        return [input];
      }),
    );
    expect([...new Set(used)].sort()).toEqual(Object.keys(action.inputs).sort());
    for (const [name, input] of Object.entries(action.inputs)) {
      expect(typeof input.default, name).toBe("string");
      expect(input.description, name).toMatch(/\.$/);
    }
  });

  test("every input that is read is one of action.yml's", () => {
    const asked = new Set<string>();
    const env = new Proxy<Record<string, string>>(
      {},
      {
        get: (_, name) => {
          asked.add(String(name));
          return (
            { ECSMON_INPUT_POLICIES: "p", ECSMON_INPUT_FAIL_ON: "error" }[String(name)] ??
            (/_(COMMENT|CHECK|SARIF)$/.test(String(name)) ? "true" : "")
          );
        },
      },
    );
    readPlanInputs(env);
    readReportInputs(env);
    const names = Object.keys(action.inputs).map(
      (name) => `ECSMON_INPUT_${name.toUpperCase().replaceAll("-", "_")}`,
    );
    expect([...asked].sort()).toEqual(names.sort());
  });

  test("the page on it tells of every input and output", () => {
    const page = readFileSync("docs/pull-requests.md", "utf8");
    for (const name of [...Object.keys(action.inputs), ...Object.keys(action.outputs)])
      expect(page, name).toContain(`\`${name}\``);
  });
});

describe("manifests/github", () => {
  const folder = "manifests/github";
  const files = readdirSync(folder).filter((file) => file.endsWith(".yml"));
  interface Step {
    readonly uses?: string;
    readonly run?: string;
    readonly id?: string;
    readonly with?: Readonly<Record<string, string>>;
  }
  interface Workflow {
    readonly on: Readonly<Record<string, unknown>>;
    readonly permissions: unknown;
    readonly jobs: Readonly<
      Record<
        string,
        {
          readonly permissions: Readonly<Record<string, string>>;
          readonly steps: readonly Step[];
          readonly if: string;
        }
      >
    >;
  }
  const workflows = files.map((file) => ({ file, workflow: read(join(folder, file)) as Workflow }));
  const steps = workflows.flatMap(({ workflow }) => Object.values(workflow.jobs).flatMap((job) => job.steps));
  const jobs = workflows.find(({ file }) => file === "monitoring-plan.yml")?.workflow.jobs;

  test("there are two", () => {
    expect(files.sort()).toEqual(["monitoring-plan.yml", "monitoring-snapshot.yml"]);
  });

  test.each(workflows)(
    "$file runs on pull_request or by itself, with no permission but those of its jobs",
    ({ workflow }) => {
      for (const event of Object.keys(workflow.on))
        expect(["pull_request", "schedule", "workflow_dispatch"]).toContain(event);
      expect(workflow.permissions).toEqual({});
    },
  );

  test("every action is pinned by a whole commit, and a version beside it says which", () => {
    const lines = files.flatMap((file) => readFileSync(join(folder, file), "utf8").match(/uses: .*/g) ?? []);
    expect(lines.length).toBe(steps.filter(({ uses }) => uses !== undefined).length);
    for (const line of lines) {
      expect(line).toMatch(/^uses: [\w-]+\/[\w.-]+@[0-9a-f]{40}( # v[\d.]+)?$/);
      if (!line.includes("your-org/")) expect(line).toMatch(/ # v[\d.]+$/);
    }
  });

  test("no expression stands in a script", () => {
    for (const { run } of steps) expect(run ?? "").not.toMatch(expression);
  });

  test("what is checked out keeps no token", () => {
    const checkouts = steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"));
    expect(checkouts.length).toBe(3);
    for (const step of checkouts) expect(step.with?.["persist-credentials"]).toBe(false);
  });

  test("the action gets inputs that it has", () => {
    const { inputs } = readAction();
    const uses = steps.filter((step) => step.uses?.startsWith("your-org/"));
    expect(uses.length).toBe(2);
    for (const step of uses)
      for (const name of Object.keys(step.with ?? {})) expect(inputs).toHaveProperty(name);
  });

  test("the snapshot for forks is one that no fork can have made", () => {
    const fetches = steps.filter(({ run }) => run?.includes("gh run list"));
    expect(fetches).toHaveLength(1);
    // A pull request's runs bear the name of its branch, which may be that of ours; its schedule never runs here.
    expect(fetches[0]?.run).toMatch(
      /gh run list .*--workflow monitoring-snapshot\.yml [^;|]*--event schedule/s,
    );
    expect(Object.keys(read(join(folder, "monitoring-snapshot.yml")).on)).toContain("schedule");
  });

  // GitHub's runners have bash; a machine that runs these tests need not.
  test.skipIf(findOnPath("bash") === undefined)(
    "where no scheduled run has made a snapshot, none is fetched: that of any run would be taken",
    () => {
      const { run: script = "" } = steps.find(({ run }) => run?.includes("gh run list")) ?? {};
      const work = mkdtempSync(join(tmpdir(), "ecsmon-snapshot-"));
      try {
        const calls = join(work, "calls");
        const gh = `#!/bin/sh\necho "$*" >> '${calls}'\ntest "$2" = download || echo "$NEWEST"\n`;
        writeFileSync(join(work, "gh"), gh, { mode: 0o755 });
        const fetchSnapshot = (newest: string) => {
          writeFileSync(calls, "");
          const { status, stdout } = spawnSync("bash", ["-e", "-c", script], {
            cwd: work,
            encoding: "utf8",
            env: {
              ...process.env,
              PATH: `${work}:${process.env["PATH"]}`,
              NEWEST: newest,
              BRANCH: "main",
              GITHUB_REPOSITORY: "o/r",
              RUNNER_TEMP: work,
            },
          });
          const downloads = readFileSync(calls, "utf8").match(/^run download .*/gm) ?? [];
          return { status, stdout, downloads };
        };
        expect(fetchSnapshot("4711")).toMatchObject({
          status: 0,
          downloads: [expect.stringMatching(/^run download 4711 /)],
        });
        expect(fetchSnapshot("")).toEqual({
          status: 1,
          stdout: expect.stringMatching(/^::error::.* on main .*\n$/),
          downloads: [],
        });
      } finally {
        rmSync(work, { recursive: true, force: true });
      }
    },
  );

  test.skipIf(findOnPath("bash") === undefined)(
    "without policies on the other branch there is no base",
    () => {
      const bases = steps.filter(({ id }) => id === "base");
      expect(bases.length).toBe(2);
      const work = mkdtempSync(join(tmpdir(), "ecsmon-base-"));
      const who = ["user.name=a", "user.email=a@example.com", "commit.gpgsign=false"];
      const settings = who.flatMap((setting) => ["-c", setting]);
      try {
        const git = (...args: string[]) =>
          execFileSync("git", [...settings, ...args], {
            cwd: work,
          });
        git("init", "--quiet");
        git("commit", "--quiet", "--allow-empty", "--message", "empty");
        const output = join(work, "output");
        const runBase = (script = "") => {
          writeFileSync(output, "");
          const env = { ...process.env, GITHUB_OUTPUT: output, GITHUB_WORKSPACE: work };
          execFileSync("bash", ["-eo", "pipefail", "-c", script], { cwd: work, env, stdio: "ignore" });
          return readFileSync(output, "utf8");
        };
        for (const name of ["policies/a.yaml", "policies/b.yaml"]) {
          mkdirSync(join(work, "policies"), { recursive: true });
          writeFileSync(join(work, name), "");
          git("add", name);
          git("commit", "--quiet", "--message", name);
          const parent = git("rev-parse", "HEAD^1").toString().trim();
          const expected = name.includes("a.yaml")
            ? ""
            : `source=git+file://${work}?path=policies#${parent}\n`;
          for (const { run } of bases) expect(runBase(run)).toBe(expected);
        }
      } finally {
        rmSync(work, { recursive: true, force: true });
      }
      const uses = steps.filter((step) => step.uses?.startsWith("your-org/"));
      for (const step of uses)
        expect(step.with?.["base"]).toMatch(/^\$\{\{ steps\.base\.outputs\.source \}\}$/);
    },
  );

  test("a fork gets no credentials and nothing to write with", () => {
    expect(jobs?.["fork"]?.permissions).toEqual({ actions: "read", contents: "read" });
    expect(JSON.stringify(jobs?.["fork"])).not.toMatch(/secrets\.|configure-aws|id-token/);
    expect(jobs?.["own"]?.permissions).toEqual({
      contents: "read",
      "id-token": "write",
      "pull-requests": "write",
      checks: "write",
    });
    expect(jobs?.["own"]?.if).toContain("head.repo.full_name == github.repository");
    expect(jobs?.["fork"]?.if).toContain("head.repo.full_name != github.repository");
  });
});
