// Policies from a Git repository: one commit of it, read from git's object store. Nothing is checked out, so nothing of
// the repository is ever run, and no link of it is followed.
import { EcsmonError } from "../model/errors.ts";
import { type Git, runGit } from "./git/command.ts";
import { type Env, gitEnvironment, readToken, type Token } from "./git/environment.ts";
import { fetchCommit, makeRepository } from "./git/fetch.ts";
import { isDescendant } from "./git/history.ts";
import type { GitLocation } from "./git/location.ts";
import { withPrivateFolder } from "./git/private-folder.ts";
import { findHead } from "./git/refs.ts";
import { type Verify, verifyCommit } from "./git/signature.ts";
import { listPolicies, readPolicies } from "./git/tree.ts";
import { refuseEmpty } from "./limits.ts";
import type { PolicySource, ReadOptions, SourceResult } from "./source.ts";

export interface GitOptions {
  readonly env: Env;
  /** The variable that holds a token, or `user:password`; sent to the host of the URL alone. */
  readonly tokenEnv?: string;
  readonly verify?: Verify;
  /** Of each run of git. Default: a minute. */
  readonly timeoutMs?: number;
  /** Of one fetch, on the disk. Default: 512 MiB. */
  readonly maxFetchedBytes?: number;
}

/** The revision is the commit. Where the source stands at `held`, a read is one small question to the server. */
export function createGitSource(location: GitLocation, options: GitOptions): PolicySource {
  const token = findToken(location, options);
  return {
    name: location.name,
    read: (read = {}) =>
      withPrivateFolder(async (folder) => {
        const git: Git = {
          folder,
          env: gitEnvironment(location, token, options.env, folder),
          token,
          timeoutMs: options.timeoutMs ?? 60_000,
          maxFetchedBytes: options.maxFetchedBytes ?? 512 * 1024 * 1024,
          signal: read.signal,
        };
        await checkVersion(git);
        return readCommit(git, location, options.verify, read);
      }),
  };
}

function findToken({ protocol, name }: GitLocation, { tokenEnv, env }: GitOptions): Token | undefined {
  if (tokenEnv === undefined) return undefined;
  if (protocol === "https" || protocol === "http") return readToken(tokenEnv, env);
  throw new EcsmonError("InvalidSource", `${name} takes no token; take tokenEnv out, or use https://`);
}

async function readCommit(
  git: Git,
  location: GitLocation,
  verify: Verify | undefined,
  { held, lastGood = held }: ReadOptions,
): Promise<SourceResult> {
  const { commit, object } = await findHead(git, location);
  if (commit === held) return { unchanged: true, revision: commit };
  const repository = await makeRepository(git, "commit", object);
  await fetchCommit(repository, location, object);
  await checkIsCommit(repository, location, commit);
  if (verify !== undefined) await verifyCommit(repository, location, commit, verify);
  const listed = await listPolicies(repository, location, commit);
  const files = await readPolicies(repository, location, listed);
  refuseEmpty(location.name, files, !listed.isFile);
  const rewound = lastGood !== undefined && !(await isDescendant(git, location, lastGood, commit));
  return { unchanged: false, revision: commit, files, rewound, notes: listed.notes };
}

/** A tag, and a name of 40 digits, may be of anything. */
async function checkIsCommit(repository: Git, { name }: GitLocation, commit: string): Promise<void> {
  const { code, stdout } = await runGit(repository, ["cat-file", "-t", commit]);
  const type = stdout.toString("utf8").trim();
  if (code === 0 && type === "commit") return;
  throw new EcsmonError(
    "SourceMissing",
    `${name} leads to ${code === 0 ? `a ${type}` : commit}, which is not a commit; name a branch, a tag of a commit, or a commit`,
  );
}

/** Older ones do not know the variables that keep the machine's configuration out and the token off the disk. */
async function checkVersion(git: Git): Promise<void> {
  const { stdout } = await runGit(git, ["version"]);
  const text = stdout.toString("utf8").trim();
  const [, major = "0", minor = "0"] = /(\d+)\.(\d+)/.exec(text) ?? [];
  if (Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 32)) return;
  throw new EcsmonError(
    "GitMissing",
    `git is too old (${text}); install git 2.32 or newer, or give a folder`,
  );
}
