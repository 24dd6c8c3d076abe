// Policies from objects of an S3 bucket. The list says which state they are in; contents are read only where that is a
// new one.
import { createHash } from "node:crypto";
import type { S3Client } from "@aws-sdk/client-s3";
import { EcsmonError } from "../model/errors.ts";
import type { Env } from "./git/environment.ts";
import { refuseEmpty } from "./limits.ts";
import { openS3Client } from "./s3/client.ts";
import { type Listed, listObjects } from "./s3/listing.ts";
import { type S3Location, showKey } from "./s3/location.ts";
import { ObjectChanged, type ReadObject, readObjects } from "./s3/objects.ts";
import type { PolicySource, ReadOptions, SourceResult } from "./source.ts";

export interface S3Options {
  readonly env: Env;
  /** Called once, with the first read. Default: a client with the SDK's own chain of credentials and Region. */
  readonly openClient?: (env: Env) => Promise<S3Client>;
}

/** The revision is of keys, ETags, sizes and versions. Where the source stands at `held`, a read is a list. */
export function createS3Source(location: S3Location, options: S3Options): PolicySource {
  const { env, openClient = openS3Client } = options;
  let client: Promise<S3Client> | undefined;
  // Versions are not in the list: which revision a list had is known only to who read its objects.
  let last: { readonly list: string; readonly revision: string } | undefined;

  const readOnce = async ({ held, signal }: ReadOptions): Promise<SourceResult> => {
    client ??= openClient(env);
    const s3 = await client;
    const listed = await listObjects(s3, location, signal);
    const list = hashOf(listed);
    if (last !== undefined && held === last.revision && list === last.list)
      return { unchanged: true, revision: held };
    const read = await readObjects(s3, location, listed, signal);
    const files = read.map(({ file }) => file);
    refuseEmpty(location.name, files, !location.isObject);
    const revision = `sha256:${hashOf(listed, read).slice(0, 12)}`;
    last = { list, revision };
    if (revision === held) return { unchanged: true, revision };
    return { unchanged: false, revision, files, rewound: false, notes: [] };
  };

  return {
    name: location.name,
    read: (read = {}) =>
      readOnce(read).catch((error: unknown) => {
        if (!(error instanceof ObjectChanged)) throw error;
        return readOnce(read).catch((again: unknown) => {
          throw again instanceof ObjectChanged ? changedTwice(location, again) : again;
        });
      }),
  };
}

function hashOf(listed: readonly Listed[], read: readonly ReadObject[] = []): string {
  const rows = listed.map(({ key, etag, size }, index) => [key, etag, size, read[index]?.version ?? null]);
  return createHash("sha256").update(JSON.stringify(rows)).digest("hex");
}

function changedTwice({ name }: S3Location, error: ObjectChanged): EcsmonError {
  return new EcsmonError(
    "SourceUnreadable",
    `${showKey(error.key)} in ${name} changed or went away while it was read, twice in a row; wait until everything is uploaded`,
    { remedy: "retry", cause: error },
  );
}
