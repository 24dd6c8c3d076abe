// What the tests of Git sources share: a folder of repositories, a server in front of it, and a folder for temporary
// files that must be empty after each test.
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { parseGitLocation } from "../../controller/sources/git/location.ts";
import { createGitSource, type GitOptions } from "../../controller/sources/git.ts";
import type { PolicySource, ReadOptions, SourceResult } from "../../controller/sources/source.ts";
import { makeTestRepository, type TestRepository } from "./git-repository.ts";
import { type GitServer, startGitServer } from "./git-server.ts";

export const token = "t0ken-of-the-test-0123456789";

export interface GitScene {
  readonly server: GitServer;
  readonly root: string;
  /** Where this process, and what it starts, makes temporary files. */
  readonly temporary: string;
  /** What the process would give to a source. */
  readonly env: Record<string, string>;
  makeRepository(options?: Parameters<typeof makeTestRepository>[2]): TestRepository;
  /** `rest` as `?path=x#ref`. */
  open(repository: TestRepository, rest?: string, options?: Partial<GitOptions>): PolicySource;
}

export function useGitScene(): GitScene {
  const root = mkdtempSync(join(tmpdir(), "ecsmon-git-test-"));
  const temporary = join(root, "tmp");
  mkdirSync(temporary);
  const before = process.env["TMPDIR"];
  let server: GitServer;
  let made = 0;
  beforeAll(async () => {
    process.env["TMPDIR"] = temporary;
    server = await startGitServer(root, token);
  });
  afterEach(() => {
    server.behaviour = "serve";
    server.onRequest = () => undefined;
    server.requests.length = 0;
    expect(foldersIn(temporary), "left behind").toEqual([]);
  });
  afterAll(async () => {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
    await server.stop();
    rmSync(root, { recursive: true, force: true });
  });
  const env = { PATH: process.env["PATH"] ?? "", TOKEN: token };
  return {
    root,
    temporary,
    env,
    get server() {
      return server;
    },
    makeRepository: (options) => makeTestRepository(root, `repository-${made++}`, options),
    open(repository, rest = "", options = {}) {
      const name = repository.folder.slice(root.length);
      const location = parseGitLocation(`git+${server.url}${name}${rest}`);
      return createGitSource(location, { env, tokenEnv: "TOKEN", ...options });
    },
  };
}

/** Private folders that reads have made; the loader of TypeScript keeps files there, too. */
export function foldersIn(temporary: string): string[] {
  return readdirSync(temporary).filter((name) => name.startsWith("ecsmon-"));
}

/** For reads that must give files. */
export async function readFilesOf(
  source: PolicySource,
  options?: ReadOptions,
): Promise<SourceResult & { unchanged: false }> {
  const result = await source.read(options);
  if (result.unchanged) throw new Error("unchanged");
  return result;
}

/** A file that counts as a policy for a source. */
export const policy = (name = "a"): string => `kind: MonitoringPolicy\nmetadata: { name: ${name} }\n`;
