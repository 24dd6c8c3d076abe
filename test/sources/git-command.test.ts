// Git sources through the command, as a process of its own: the plan names the commit, and nothing outlives it.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { startSandbox } from "../../controller/sandbox/server.ts";
import { foldersIn, policy, token, useGitScene } from "./git-scene.ts";

const scene = useGitScene();
const loader = ["--import", "tsx"];

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; signal: string | null; stdout: string; stderr: string }>;
}

function start(args: readonly string[], env: Record<string, string> = {}): Started {
  const child = spawn(process.execPath, [...loader, ...args], {
    env: {
      PATH: process.env["PATH"],
      TMPDIR: scene.temporary,
      ECSMON_GIT_TOKEN: token,
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const text = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].on("data", (piece: Buffer) => {
      text[name] += piece.toString("utf8");
    });
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal, ...text }));
  return { child, ended };
}

const nameOf = (folder: string): string => `git+${scene.server.url}${folder.slice(scene.root.length)}`;

test("ecsmon plan --policies git+file://… shows the commit that it planned for", async () => {
  const sandbox = await startSandbox({ seed: "demo" });
  try {
    const repository = scene.makeRepository();
    const text = readFileSync("crds/examples/demo/baseline.yaml", "utf8");
    const commit = repository.commit({ "policies/web.yaml": text, "other.yaml": "kind: [\n" });
    const source = `git+file://${repository.folder}?path=policies#main`;
    const plan = (format: string) =>
      start(["controller/main.ts", "plan", "--policies", source, "--format", format], {
        AWS_ENDPOINT_URL: sandbox.endpoint,
        AWS_REGION: "us-east-1",
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
      }).ended;
    const { stdout, stderr } = await plan("json");
    expect(stdout, stderr).not.toBe("");
    const json = JSON.parse(stdout);
    expect(json.metadata.sourceRevision).toBe(commit);
    expect(json.changes.length).toBeGreaterThan(0);
    expect((await plan("text")).stdout).toContain(`policies ${commit}`);
  } finally {
    await sandbox.close();
  }
});

test("ecsmon validate names file, line and column in the repository", async () => {
  const repository = scene.makeRepository();
  repository.commit({ "p/a.yaml": "apiVersion: ecsmon.dev/v1alpha1\nkind: MonitoringPolici\n" });
  const { code, stdout } = await start([
    "controller/main.ts",
    "validate",
    `${nameOf(repository.folder)}?path=p#main`,
  ]).ended;
  expect(code).toBe(1);
  expect(stdout).toContain(`${nameOf(repository.folder)}#main:p/a.yaml:2:7`);
});

const index = JSON.stringify(resolve("controller/sources/index.ts"));
const asCommand = (name: string): string[] => ["controller/main.ts", "validate", name];
const asLibrary = (name: string): string[] => [
  "--input-type=module",
  "--eval",
  `import { readSources } from ${index}; await readSources([${JSON.stringify(name)}]);`,
];

test.each([
  ["ecsmon", "SIGTERM", asCommand, { code: 143, signal: null }],
  ["ecsmon", "SIGINT", asCommand, { code: 130, signal: null }],
  ["ecsmon", "SIGHUP", asCommand, { code: 129, signal: null }],
  ["a process that takes no signals", "SIGTERM", asLibrary, { code: null, signal: "SIGTERM" }],
  ["a process that takes no signals", "SIGHUP", asLibrary, { code: null, signal: "SIGHUP" }],
] as const)(
  "%s that is ended by %s in the middle of a read leaves nothing behind",
  async (_, signal, args, wanted) => {
    const repository = scene.makeRepository();
    repository.commit({ "a.yaml": policy() });
    scene.server.behaviour = "hang";
    const asked = new Promise<void>((resolve) => {
      scene.server.onRequest = resolve;
    });
    const { child, ended } = start(args(nameOf(repository.folder)));
    await Promise.race([
      asked,
      ended.then(({ stderr }) => {
        throw new Error(`ended before it asked: ${stderr}`);
      }),
    ]);
    expect(foldersIn(scene.temporary)).toHaveLength(1);
    expect(runningGits()).not.toEqual([]);
    child.kill(signal);
    expect(await ended).toMatchObject(wanted);
    await expect.poll(runningGits).toEqual([]);
    // That the folder for temporary files is empty is checked after each test.
  },
);

/** Of this scene: by the URL in their arguments. */
function runningGits(): string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const args = readFileSync(`/proc/${pid}/cmdline`, "utf8");
      return /^git\0|git-remote-http/.test(args) && args.includes(scene.server.url);
    } catch {
      return false; // It has ended.
    }
  });
}
