// The image without an engine: the steps of the Dockerfile, run in folders in place of stages. Two things are not as in
// a build: `npm ci` is not run again, the dependencies that are installed here are linked; and what the last stage does
// to its system (packages, the user) is read and not done.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  accessSync,
  chmodSync,
  chownSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findOnPath } from "../support/find-on-path.ts";
import { isInContext, parseDockerfile, readAll, readEnv, readExec, type Stage } from "./dockerfile.ts";

const stages = parseDockerfile(readFileSync("Dockerfile", "utf8"));
const last = stages.at(-1) as Stage;
const [user] = readAll(last, "USER");
const uid = Number(user?.split(":")[0]);
const entrypoint = readExec(readAll(last, "ENTRYPOINT")[0] ?? "");

/** Root may write anywhere, whatever the permissions say. */
const asUser = process.getuid?.() === 0 ? { uid, gid: uid } : {};
// What root's own folders keep from other users they keep from the image's, too.
const canAct = spawnSync(process.execPath, ["-e", ""], { cwd: tmpdir(), ...asUser }).status === 0;
if (!canAct)
  process.stderr.write(
    `the image's user cannot reach ${process.execPath} or ${tmpdir()}: no container is tried\n`,
  );
process.umask(0o022);

const folder = mkdtempSync(join(tmpdir(), "ecsmon-image-"));
const image = join(folder, "image");
const scratch = join(folder, "tmp");
const programs = join(folder, "bin");
afterAll(() => {
  changeAll(folder, (path, mode) => chmodSync(path, mode | 0o200));
  rmSync(folder, { recursive: true, force: true });
});

/** Where the files of a stage lie here. */
const roots = new Map<string, string>();

function find(program: string): string {
  const found = findOnPath(program);
  if (found === undefined) throw new Error(`${program} is not on PATH`);
  return found;
}

/** Links stay as they are, and what they lead to. */
function changeAll(top: string, change: (path: string, mode: number) => void): void {
  const below = readdirSync(top, { recursive: true, encoding: "utf8" }).map((path) => join(top, path));
  for (const path of [top, ...below]) {
    const what = lstatSync(path);
    if (!what.isSymbolicLink()) change(path, what.mode);
  }
}

/** What git has or would take, and .dockerignore lets in. */
function contextFiles(): string[] {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  const isLetIn = isInContext(readFileSync(".dockerignore", "utf8"));
  return listed.split("\0").filter((file) => file !== "" && isLetIn(file));
}

function copy(rest: string, root: string, at: string): void {
  const words = rest.split(/\s+/);
  const from = /^--from=(\w+)$/.exec(words[0] ?? "")?.[1];
  const paths = from === undefined ? words : words.slice(1);
  const [target = "", ...sources] = [paths.at(-1), ...paths.slice(0, -1)];
  for (const source of sources) {
    const to = (file: string): string =>
      target.endsWith("/") ? join(root, at, target, file) : join(root, at, target);
    if (from !== undefined) {
      cpSync(join(roots.get(from) ?? "", source), to(basename(source)), { recursive: true });
      continue;
    }
    const files = contextFiles().filter((file) => file === source || file.startsWith(`${source}/`));
    if (files.length === 0) throw new Error(`COPY ${source}: it is not in the build context`);
    for (const file of files) {
      const inside = file.slice(source.length + 1);
      const path = inside === "" ? to(basename(source)) : join(to(basename(source)), inside);
      mkdirSync(dirname(path), { recursive: true });
      cpSync(file, path);
    }
  }
}

/** In place of `npm ci`. A folder of its own, so that the build's own link does not land in the real one. */
function linkDependencies(to: string): void {
  const from = resolve("node_modules");
  mkdirSync(join(to, "node_modules", ".bin"), { recursive: true });
  for (const name of readdirSync(from))
    if (name !== ".bin") symlinkSync(join(from, name), join(to, "node_modules", name));
}

function runBuildStep(command: string, root: string, at: string): void {
  if (/^npm ci\b/.test(command)) {
    linkDependencies(join(root, at));
    return;
  }
  const { status, stdout, stderr } = spawnSync("sh", ["-c", command], {
    cwd: join(root, at),
    encoding: "utf8",
    env: { PATH: process.env["PATH"], HOME: folder },
  });
  if (status !== 0) throw new Error(`RUN ${command}: exit ${status}\n${stdout}\n${stderr}`);
}

function build(stage: Stage, root: string): void {
  let at = "/";
  for (const { name, rest } of stage.instructions) {
    if (name === "WORKDIR") {
      at = rest;
      mkdirSync(join(root, at), { recursive: true });
    }
    if (name === "COPY") copy(rest, root, at);
    if (name === "RUN" && stage !== last) runBuildStep(rest, root, at);
  }
}

beforeAll(() => {
  for (const path of [scratch, programs, image]) mkdirSync(path);
  for (const stage of stages) {
    const root = stage === last ? image : join(folder, `stage-${stage.name}`);
    if (stage.name !== undefined) roots.set(stage.name, root);
    build(stage, root);
  }
  for (const program of ["node", "git"]) symlinkSync(find(program), join(programs, program));
  // As on ECS: nothing but /tmp is writable, for nobody.
  changeAll(image, (path, mode) => chmodSync(path, mode & ~0o222));
  chmodSync(folder, 0o755);
  chmodSync(scratch, 0o1777);
});

/** A path of the image, here. */
const here = (path: string): string => (path.startsWith("/app/") ? join(image, path) : path);

function start(...args: string[]) {
  const [program = "", ...given] = entrypoint.map(here);
  return spawnSync(program, [...given, ...args], {
    cwd: join(image, "app"),
    encoding: "utf8",
    env: { ...readEnv(last), PATH: programs, HOME: scratch, TMPDIR: scratch },
    ...asUser,
  });
}

describe.skipIf(!canAct)("a container of it", () => {
  test("cannot write to itself", () => {
    const [program = ""] = entrypoint;
    const write = `require("node:fs").writeFileSync(${JSON.stringify(join(image, "app", "x"))}, "")`;
    const { status, stderr } = spawnSync(program, ["-e", write], {
      encoding: "utf8",
      env: { PATH: programs },
      ...asUser,
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(/EACCES|EROFS/);
  });

  test("tells its version, and the help of its command", () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    expect(start("--version")).toMatchObject({ status: 0, stdout: `${version}\n` });
    const [command = ""] = readExec(readAll(last, "CMD")[0] ?? "");
    const help = start(command, "--help");
    expect(help).toMatchObject({ status: 0, stderr: "" });
    expect(help.stdout).toContain("--config");
  });

  test("reads policies from Git, writing to /tmp alone", () => {
    const repository = join(folder, "policies");
    mkdirSync(repository);
    cpSync("crds/examples/web-baseline.yaml", join(repository, "web.yaml"));
    const git = (...args: string[]) => execFileSync("git", ["-C", repository, ...args]);
    git("init", "-q", "-b", "main");
    git("add", ".");
    git(
      "-c",
      "user.name=t",
      "-c",
      "user.email=t@example.com",
      "-c",
      "commit.gpgsign=false",
      "commit",
      "-qm",
      "web",
    );
    // Git reads only what belongs to who runs it.
    if (process.getuid?.() === 0) changeAll(repository, (path) => chownSync(path, uid, uid));
    const { status, stderr } = start("validate", `git+file://${repository}#main`);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(readdirSync(scratch)).toEqual([]);
  });

  test.each([
    [200, 0],
    [503, 1],
  ])("is healthy as /healthz says: %i gives %i", async (status, code) => {
    const server = createServer((_, response) => void response.writeHead(status).end());
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as AddressInfo;
    const [, text = ""] = /CMD (\[.*\])$/.exec(readAll(last, "HEALTHCHECK")[0] ?? "") ?? [];
    const [program = "", ...args] = readExec(text);
    expect(args.join(" ")).toContain("http://127.0.0.1:8080/healthz");
    const child = spawn(
      join(programs, program),
      args.map((one) => one.replace("8080", String(port))),
    );
    const ended = await new Promise((done) => child.once("exit", done));
    await new Promise((done) => server.close(done));
    expect(ended).toBe(code);
  });
});

describe("what it is made of", () => {
  test("is pinned, and holds the bundle alone", () => {
    for (const { image: name } of stages) expect(name).toMatch(/^node:\d+\.\d+\.\d+-[a-z]+-slim$/);
    expect(readdirSync(join(image, "app")).sort()).toEqual(["LICENSE", "dist", "package.json"]);
    expect(readdirSync(image)).toEqual(["app"]);
  });

  test("the system has git, ssh and certificates added, and npm taken away", () => {
    const steps = readAll(last, "RUN").flatMap((rest) => rest.split(/\s*&&\s*/));
    const known = /^(apt-get update|apt-get install |rm -rf |rm -f |groupadd |useradd |ln -s )/;
    for (const step of steps) expect(step).toMatch(known);
    const installed = steps
      .filter((step) => step.startsWith("apt-get install "))
      .flatMap((step) => step.split(/\s+/).slice(2))
      .filter((word) => !word.startsWith("--"));
    expect(installed.sort()).toEqual(["ca-certificates", "git", "openssh-client"]);
    const removed = steps
      .filter((step) => step.startsWith("rm "))
      .flatMap((step) => step.split(/\s+/).slice(2));
    for (const path of ["/usr/local/lib/node_modules", "/usr/local/bin/npm", "/usr/local/bin/npx"])
      expect(removed).toContain(path);
    const [link] = steps.filter((step) => step.startsWith("ln "));
    expect(link).toBe(`ln -s ${entrypoint[1]} /usr/local/bin/ecsmon`);
    accessSync(join(image, entrypoint[1] ?? ""));
  });

  test("it runs as a user of its own, with /tmp as the place to write to", () => {
    expect(uid).toBeGreaterThan(1000);
    const made = readAll(last, "RUN").join(" && ");
    expect(made).toContain(`groupadd --gid ${uid} `);
    expect(made).toContain(`useradd --uid ${uid} --gid ${uid} `);
    expect(readAll(last, "VOLUME").flatMap(readExec)).toEqual([readEnv(last)["TMPDIR"]]);
    expect(readAll(last, "STOPSIGNAL")).toEqual(["SIGTERM"]);
  });
});

test("an instruction that is not understood fails", () => {
  expect(() => parseDockerfile("FROM a\nONBUILD RUN true\n")).toThrow("does not understand: ONBUILD");
  expect(() => isInContext("*\n!a*\n")).toThrow("does not understand: !a*");
});
