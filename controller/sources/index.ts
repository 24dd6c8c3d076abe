// Where policies come from: all sources together are the policies.
import { createHash } from "node:crypto";
import { resolve } from "node:path";
import type { SourceFile } from "../api/policy.ts";
import { EcsmonError } from "../model/errors.ts";
import { createFileSource } from "./file.ts";
import type { Env } from "./git/environment.ts";
import { type GitLocation, hideUser, parseGitLocation } from "./git/location.ts";
import { createGitSource } from "./git.ts";
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

/** Reads what `--policies` names: files, folders and Git repositories. */
export async function readSources(sources: readonly string[], env: Env = process.env): Promise<Sources> {
  if (sources.length === 0)
    throw new EcsmonError("SourceMissing", "no policies given; name a file, a folder or a Git repository");
  return readAll(openSources(sources, env));
}

/** One read of each, as one set of policies. */
export async function readAll(opened: readonly PolicySource[]): Promise<Sources> {
  const read = await Promise.all(opened.map((source) => source.read().then(requireFiles)));
  // A file that two sources reach is one file, not two policies of one name.
  const files = new Map<string, SourceFile>();
  for (const file of read.flatMap((source) => source.files)) {
    const key = isGit(file.file) ? file.file : resolve(file.file);
    if (!files.has(key)) files.set(key, file);
  }
  // The order in which sources are named says nothing.
  const revisions = read.map(({ revision }) => revision).sort();
  const [first] = revisions;
  return {
    files: [...files.values()],
    revision:
      revisions.length === 1 && first !== undefined
        ? first
        : `sha256:${createHash("sha256").update(revisions.join("\n")).digest("hex").slice(0, 12)}`,
    notes: [...new Set(read.flatMap(({ notes }) => notes))],
  };
}

/** Refuses all before any of them is read. */
function openSources(sources: readonly string[], env: Env): PolicySource[] {
  for (const source of sources) refuseUnsupported(source);
  const locations = sources.map((source) => (isGit(source) ? parseGitLocation(source) : source));
  const hosts = new Set(
    locations.flatMap((one) => (typeof one !== "string" && takesToken(one) ? [hostOf(one)] : [])),
  );
  const hasToken = env[tokenVariable] !== undefined && env[tokenVariable] !== "";
  if (hasToken && hosts.size > 1)
    throw new EcsmonError(
      "InvalidSource",
      `${tokenVariable} would be sent to ${[...hosts].join(" and ")}; read them one at a time, or fetch one of them yourself and give its folder`,
    );
  return locations.map((one) => {
    if (typeof one === "string") return createFileSource(one);
    return createGitSource(one, { env, ...(hasToken && takesToken(one) ? { tokenEnv: tokenVariable } : {}) });
  });
}

function isGit(source: string): boolean {
  return source.startsWith("git+");
}

function takesToken({ protocol }: GitLocation): boolean {
  return protocol === "https" || protocol === "http";
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
  const scheme = /^(s3|git|https?|ssh|file):\/\//.exec(source)?.[0];
  if (scheme === undefined) return;
  const shown = hideUser(source);
  if (scheme === "s3://")
    throw new EcsmonError(
      "NotSupportedYet",
      `sources of the kind ${scheme} are not supported yet (${shown}); give a file, a folder or a Git repository`,
    );
  throw new EcsmonError(
    "InvalidSource",
    `${shown} is not a source; for a Git repository write git+https://…, git+ssh://… or git+file://…`,
  );
}
