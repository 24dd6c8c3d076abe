// All keys below a prefix: every page, or a failure.
import type { S3Client } from "@aws-sdk/client-s3";
import { isKey } from "../key.ts";
import { incomplete } from "./errors.ts";

export interface Listing {
  /** As people write the store. */
  readonly name: string;
  readonly bucket: string;
  /** Of the store; keys are given without it. */
  readonly prefix: string;
  readonly start: string;
  readonly after: string | undefined;
}

export async function listKeys(
  client: S3Client,
  { name, bucket, prefix, start, after }: Listing,
  abortSignal: AbortSignal,
): Promise<string[]> {
  const { ListObjectsV2Command } = await import("@aws-sdk/client-s3");
  const what = `list ${name}${start}`;
  const keys: string[] = [];
  const tokens = new Set<string>();
  let token: string | undefined;
  do {
    const page = await client.send(
      new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: prefix + start,
        // Of the first page; the others begin where their token says.
        ...(after === undefined || token !== undefined ? {} : { StartAfter: prefix + after }),
        ...(token === undefined ? {} : { ContinuationToken: token }),
      }),
      { abortSignal },
    );
    for (const { Key } of page.Contents ?? []) {
      if (Key === undefined) throw incomplete(what, "the key of an object");
      const key = Key.slice(prefix.length);
      // Others may have put something there, such as the mark of an empty folder.
      if (isKey(key)) keys.push(key);
    }
    token = undefined;
    if (page.IsTruncated === undefined) throw incomplete(what, "saying whether that is all");
    if (page.IsTruncated) {
      token = page.NextContinuationToken;
      if (token === undefined || tokens.has(token)) throw incomplete(what, "a way to its next page");
      tokens.add(token);
    }
  } while (token !== undefined);
  return keys;
}
