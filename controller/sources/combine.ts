// What several sources give, as one set of files.
import { createHash } from "node:crypto";
import { resolve } from "node:path";
import type { SourceFile } from "../api/policy.ts";

/** What one source gave. */
export interface Part {
  readonly revision: string;
  readonly files: readonly SourceFile[];
}

export interface Combined {
  readonly files: SourceFile[];
  /** Of the source, if there is one; else of the revisions of all. */
  readonly revision: string;
  /** File → revision of the source that it was taken from. */
  readonly revisions: ReadonlyMap<string, string>;
}

/** A file that two sources reach is one file, not two policies of one name: the first has it. */
export function combineSources(parts: readonly Part[]): Combined {
  const files = new Map<string, SourceFile>();
  const revisions = new Map<string, string>();
  for (const { files: given, revision } of parts)
    for (const file of given) {
      // The name of an object is no path: `//` and `..` lead nowhere in it.
      const key = isGit(file.file) || isS3(file.file) ? file.file : resolve(file.file);
      if (files.has(key)) continue;
      files.set(key, file);
      revisions.set(file.file, revision);
    }
  return { files: [...files.values()], revision: combineRevisions(parts), revisions };
}

/** The order in which sources are named says nothing. */
function combineRevisions(parts: readonly Part[]): string {
  const sorted = parts.map(({ revision }) => revision).sort();
  const [first] = sorted;
  return sorted.length === 1 && first !== undefined
    ? first
    : `sha256:${createHash("sha256").update(sorted.join("\n")).digest("hex").slice(0, 12)}`;
}

export function isGit(source: string): boolean {
  return source.startsWith("git+");
}

export function isS3(source: string): boolean {
  return source.startsWith("s3://");
}
