// What an end-to-end run of the action needs: the action in a folder of its own, built by its own first step; a
// repository whose every file is hostile; a sandbox for AWS and a fake for GitHub.

import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { type Sandbox, startSandbox } from "../../controller/sandbox/server.ts";
import { findOnPath } from "../support/find-on-path.ts";
import { type GithubFake, startGithub, token } from "../support/github-api.ts";
import { type Ran, runAction } from "./composite.ts";

export const headSha = "1111111111111111111111111111111111111111";
export const mergeSha = "2222222222222222222222222222222222222222";
export const pullNumber = 7;

export interface RunFlags {
  readonly inputs?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly fork?: boolean;
}

export interface Workbench {
  readonly sandbox: Sandbox;
  readonly github: GithubFake;
  readonly workspace: string;
  readonly actionPath: string;
  /** Appears as soon as anything of the pull request is run. */
  readonly canary: string;
  write(file: string, text: string): void;
  run(flags?: RunFlags): Promise<Ran>;
  /** With the command of the action, which a run has built. */
  takeSnapshot(file: string): Promise<void>;
  close(): Promise<void>;
}

export const policy = (threshold: number, extra = ""): string => `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: web }
spec:
  selector: { services: ["*"] }
  alarms: [{ name: cpu, preset: ecs-cpu-high, threshold: ${threshold} }]
${extra}`;

export async function openWorkbench(): Promise<Workbench> {
  const folder = mkdtempSync(join(tmpdir(), "ecsmon-action-"));
  const [workspace, actionPath, temp, home] = ["repo", "action", "temp", "home"].map((name) => {
    mkdirSync(join(folder, name));
    return join(folder, name);
  }) as [string, string, string, string];
  const canary = join(folder, "canary");
  const [sandbox, github] = await Promise.all([startSandbox({ seed: "empty" }), startGithub("/api/v3")]);

  // As `uses:` checks it out, but for the dependencies: they are installed by npm's stand-in.
  for (const file of ["controller", "package.json", "package-lock.json", "build.mjs", "action.yml"])
    cpSync(file, join(actionPath, file), { recursive: true });
  const bin = join(folder, "bin");
  mkdirSync(bin);
  const npm = `#!/bin/sh\nprintf '%s\\n' "$PWD $*" >> "${join(folder, "npm-calls")}"\ncp -R "${linkDependencies(folder)}" node_modules\n`;
  writeFileSync(join(bin, "npm"), npm, { mode: 0o755 });

  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(workspace, file)), { recursive: true });
    writeFileSync(join(workspace, file), text);
  };
  laySnares(write, workspace, canary);

  const machine = {
    PATH: [bin, dirname(findOnPath("node") ?? ""), dirname(findOnPath("git") ?? ""), "/usr/bin", "/bin"].join(
      ":",
    ),
    HOME: home,
    TMPDIR: temp,
    AWS_ENDPOINT_URL: sandbox.endpoint,
    AWS_ENDPOINT_URL_SCHEDULER: sandbox.endpoint,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_MAX_ATTEMPTS: "1",
  };
  const event = (fork: boolean) => ({
    action: "synchronize",
    number: pullNumber,
    pull_request: {
      number: pullNumber,
      title: `$(touch ${canary}) \`touch ${canary}\`\n::set-output name=folder::/tmp`,
      head: {
        ref: `a";touch ${canary};"`,
        sha: headSha,
        repo: { id: fork ? 43 : 42, full_name: "mallory/shop" },
      },
      base: { ref: "main", sha: mergeSha, repo: { id: 42, full_name: "acme/shop" } },
    },
  });

  return {
    sandbox,
    github,
    workspace,
    actionPath,
    canary,
    write,
    async run({ inputs = {}, env = {}, fork = false } = {}) {
      const eventPath = join(temp, "event.json");
      writeFileSync(eventPath, JSON.stringify(event(fork)));
      return runAction({
        workspace,
        actionPath,
        temp,
        token,
        inputs: { policies: "policies", ...inputs },
        env: {
          ...machine,
          GITHUB_API_URL: github.url,
          GITHUB_SERVER_URL: "https://github.example.com",
          GITHUB_REPOSITORY: "acme/shop",
          GITHUB_EVENT_NAME: "pull_request",
          GITHUB_EVENT_PATH: eventPath,
          GITHUB_REF: `refs/pull/${pullNumber}/merge`,
          GITHUB_HEAD_REF: `a";touch ${canary};"`,
          GITHUB_SHA: mergeSha,
          GITHUB_RUN_ID: "99",
          ...env,
        },
      });
    },
    async takeSnapshot(file) {
      const main = join(actionPath, "dist", "main.js");
      await promisify(execFile)("node", [main, "snapshot", "--out", file], { cwd: home, env: machine });
    },
    async close() {
      await Promise.all([sandbox.close(), github.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What a pull request can lay into the working directory in the hope that something there is run, or read as settings. */
function laySnares(write: (file: string, text: string) => void, workspace: string, canary: string): void {
  const shell = `#!/bin/sh\ntouch "${canary}"\n`;
  const script = `require("node:fs").writeFileSync(${JSON.stringify(canary)}, "");\n`;
  const scripts = Object.fromEntries(
    ["preinstall", "install", "postinstall", "prepare", "prebuild", "build"].map((name) => [
      name,
      `touch "${canary}"`,
    ]),
  );
  const bins = ["ecsmon", "node", "npm", "git", "bash", "sh"];
  write(
    "package.json",
    JSON.stringify({ name: "ecs-monitoring-operator", version: "9.9.9", scripts, workspaces: ["*"] }),
  );
  write(
    ".npmrc",
    `script-shell=${join(workspace, "ecsmon")}\nnode-options=--require ${join(workspace, "evil.cjs")}\nignore-scripts=false\n`,
  );
  write("evil.cjs", script);
  write("dist/main.js", script);
  write("build.mjs", `import "./evil.cjs";\n`);
  write(".env", `NODE_OPTIONS=--require ./evil.cjs\n`);
  for (const name of bins) {
    write(name, shell);
    write(`node_modules/.bin/${name}`, shell);
  }
  for (const name of ["commander", "yaml", "zod", "esbuild", "ecs-monitoring-operator"]) {
    write(
      `node_modules/${name}/package.json`,
      JSON.stringify({ name, version: "9.9.9", main: "index.cjs", bin: { ecsmon: "index.cjs" } }),
    );
    write(`node_modules/${name}/index.cjs`, script);
  }
}

/** A `node_modules` of links, so that the build's own link does not land in the real one. */
function linkDependencies(folder: string): string {
  const [from, to] = [resolve("node_modules"), join(folder, "linked")];
  if (existsSync(to)) return to;
  mkdirSync(join(to, ".bin"), { recursive: true });
  for (const name of readdirSync(from)) if (name !== ".bin") symlinkSync(join(from, name), join(to, name));
  return to;
}
