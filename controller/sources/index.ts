// Where policies come from: all sources together are the policies.
import type { SourceFile } from "../api/policy.ts";
import { EcsmonError } from "../model/errors.ts";
import { combineSources, isGit, isS3 } from "./combine.ts";
import { createFileSource } from "./file.ts";
import type { Env } from "./git/environment.ts";
import { type GitLocation, hideUser, parseGitLocation } from "./git/location.ts";
import { createGitSource } from "./git.ts";
import { parseS3Location, type S3Location } from "./s3/location.ts";
import { createS3Source } from "./s3.ts";
import type { PolicySource, SourceResult } from "./source.ts";

/** On the command line there is one token, and so one host that it is for. */
const tokenVariable = "ECSMON_GIT_TOKEN";

export interface Sources {
  readonly files: SourceFile[];
  /** Of the source, if there is one; else of the revisions of all. */
  readonly revision: string;
  /** What was left out and why, for people. */
  readonly notes: readonly string[];
}

/** Reads what `--policies` names: files, folders, Git repositories and prefixes in S3. */
export async function readSources(sources: readonly string[], env: Env = process.env): Promise<Sources> {
  if (sources.length === 0)
    throw new EcsmonError(
      "SourceMissing",
      "no policies given; name a file, a folder, git+https://… or s3://…",
    );
  return readAll(openSources(sources, env));
}

/** One read of each, as one set of policies. */
export async function readAll(opened: readonly PolicySource[]): Promise<Sources> {
  const read = await Promise.all(opened.map((source) => source.read().then(requireFiles)));
  const { files, revision } = combineSources(read);
  return { files, revision, notes: [...new Set(read.flatMap(({ notes }) => notes))] };
}

/** Refuses all before any of them is read. */
function openSources(sources: readonly string[], env: Env): PolicySource[] {
  for (const source of sources) refuseUnsupported(source);
  const locations = sources.map((source) =>
    isGit(source) ? parseGitLocation(source) : isS3(source) ? parseS3Location(source) : source,
  );
  const hosts = new Set(locations.flatMap((one) => (takesToken(one) ? [hostOf(one)] : [])));
  const hasToken = env[tokenVariable] !== undefined && env[tokenVariable] !== "";
  if (hasToken && hosts.size > 1)
    throw new EcsmonError(
      "InvalidSource",
      `${tokenVariable} would be sent to ${[...hosts].join(" and ")}; read them one at a time, or fetch one of them yourself and give its folder`,
    );
  return locations.map((one) => {
    if (typeof one === "string") return createFileSource(one);
    if ("bucket" in one) return createS3Source(one, { env });
    return createGitSource(one, { env, ...(hasToken && takesToken(one) ? { tokenEnv: tokenVariable } : {}) });
  });
}

function takesToken(location: string | GitLocation | S3Location): location is GitLocation {
  if (typeof location === "string" || "bucket" in location) return false;
  return location.protocol === "https" || location.protocol === "http";
}

function hostOf({ url }: GitLocation): string {
  return new URL(url).host;
}

function requireFiles(result: SourceResult): SourceResult & { unchanged: false } {
  // Nothing is held, so nothing can be unchanged.
  if (result.unchanged) throw new Error(`no files were read at ${result.revision}`);
  return result;
}

function refuseUnsupported(source: string): void {
  if (!/^(git|https?|ssh|file):\/\//.test(source)) return;
  throw new EcsmonError(
    "InvalidSource",
    `${hideUser(source)} is not a source; for a Git repository write git+https://…, git+ssh://… or git+file://…`,
  );
}
