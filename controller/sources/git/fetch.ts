// Gets one commit, or the line of commits before it, into a bare repository of its own. Nothing is ever checked out.
import { copyFile, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { maxFileBytes } from "../../api/policy.ts";
import { EcsmonError } from "../../model/errors.ts";
import { type Git, type Ran, runGit, runGitWell } from "./command.ts";
import { explainFailure } from "./failure.ts";
import type { GitLocation } from "./location.ts";

/** Makes it in the private folder. `object` tells which hash the repository is made of. */
export async function makeRepository(git: Git, name: string, object: string): Promise<Git> {
  const folder = join(git.folder, name);
  const format = object.length === 64 ? "sha256" : "sha1";
  // Without a template there are no hooks to begin with.
  const args = ["init", "--quiet", "--bare", "--template=", `--object-format=${format}`, "--", folder];
  await runGitWell(git, args);
  await copyFile(join(folder, "config"), join(folder, "config.plain"));
  return { ...git, folder, env: { ...git.env, GIT_DIR: folder } };
}

/** A commit and its files; those too large to be policies are left out by servers that can. */
export function fetchCommit(repository: Git, location: GitLocation, object: string): Promise<void> {
  return fetchObjects(repository, location, object, 1, `blob:limit=${maxFileBytes + 1}`);
}

/** Commits alone, the newest `depth` of them; servers that cannot send the files too. */
export function fetchHistory(
  repository: Git,
  location: GitLocation,
  object: string,
  depth: number,
): Promise<void> {
  return fetchObjects(repository, location, object, depth, "tree:0");
}

async function fetchObjects(
  repository: Git,
  location: GitLocation,
  object: string,
  depth: number,
  filter: string,
): Promise<void> {
  const args = [
    ...["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"],
    ...[`--depth=${depth}`, `--filter=${filter}`, "--", location.url, object],
  ];
  const full = new AbortController();
  const watch = setInterval(() => void stopWhenFull(repository, location, full), 250);
  try {
    const ran = await runGit(repository, args, { signal: full.signal });
    if (ran.code !== 0) throw explainFetch(repository, location, ran);
  } finally {
    clearInterval(watch);
    // Git has noted that it may ask the server for what was left out. It may not: missing is missing.
    await copyFile(join(repository.folder, "config.plain"), join(repository.folder, "config"));
  }
}

/** Git cannot bound what it takes in. */
async function stopWhenFull(git: Git, { name }: GitLocation, full: AbortController): Promise<void> {
  const packs = join(git.folder, "objects", "pack");
  const files = await readdir(packs).catch(() => []);
  const sizes = await Promise.all(files.map((file) => stat(join(packs, file)).catch(() => ({ size: 0 }))));
  if (sizes.reduce((sum, { size }) => sum + size, 0) <= git.maxFetchedBytes) return;
  const message = `${name} holds more than ${git.maxFetchedBytes} bytes; keep policies in a repository of their own`;
  full.abort(new EcsmonError("SourceTooLarge", message));
}

function explainFetch(git: Git, location: GitLocation, ran: Ran): EcsmonError {
  if (!/not our ref|unadvertised object|couldn't find remote ref|no such remote ref/i.test(ran.stderr))
    return explainFailure(location, git, ran);
  return new EcsmonError(
    "SourceMissing",
    `${location.name} does not hand out that commit; it is not there (any more), or the server gives only branches and tags`,
    // A push by force between the question and the fetch.
    { remedy: "retry" },
  );
}
