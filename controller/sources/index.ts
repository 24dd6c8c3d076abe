// Where policies come from: all sources together are the policies.
import { createHash } from "node:crypto";
import { resolve } from "node:path";
import type { SourceFile } from "../api/policy.ts";
import { EcsmonError } from "../model/errors.ts";
import { readFiles } from "./file.ts";

export async function readSources(
  sources: readonly string[],
): Promise<{ files: SourceFile[]; revision: string }> {
  if (sources.length === 0)
    throw new EcsmonError("SourceMissing", "no policies given; name a file or a folder");
  for (const source of sources) refuseUnsupported(source);
  const read = await Promise.all(sources.map(readFiles));
  // A file that two sources reach is one file, not two policies of one name.
  const files = new Map<string, SourceFile>();
  for (const file of read.flatMap((source) => source.files)) {
    const key = resolve(file.file);
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
  };
}

function refuseUnsupported(source: string): void {
  const scheme = /^(s3|git\+[a-z]+|git|https?|file):\/\//.exec(source)?.[0];
  if (scheme === undefined) return;
  throw new EcsmonError(
    "NotSupportedYet",
    `sources of the kind ${scheme} are not supported yet (${source}); give a file or a folder`,
  );
}
