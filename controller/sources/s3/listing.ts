// The objects of an S3 source that are policies, with what tells one state of theirs from another. All pages, or a
// failure: what is missing from a list would count as deleted.
import type { ListObjectsV2CommandOutput, S3Client } from "@aws-sdk/client-s3";
import { EcsmonError } from "../../model/errors.ts";
import { compareText } from "../../model/json.ts";
import { isHidden, isPolicyName, maxFiles, maxTotalBytes, tooLarge } from "../limits.ts";
import { describeS3Error, incompleteAnswer } from "./errors.ts";
import { isOddKey, type S3Location, showKey } from "./location.ts";

export interface Listed {
  readonly key: string;
  readonly etag: string;
  readonly size: number;
}

const maxObjects = 200_000;

/** In the order of their keys. */
export async function listObjects(
  client: S3Client,
  location: S3Location,
  signal: AbortSignal | undefined,
): Promise<Listed[]> {
  const found: Listed[] = [];
  let seen = 0;
  for await (const page of pagesOf(client, location, signal)) {
    for (const object of page.Contents ?? []) {
      if (++seen > maxObjects) throw tooLarge(location.name, `more than ${maxObjects} objects`);
      const key = readKey(object.Key, page, location);
      if (!isWanted(key, location)) continue;
      found.push(checkObject({ ...object, Key: key }, location));
      if (found.length > maxFiles) throw tooLarge(location.name, `more than ${maxFiles} files`);
    }
  }
  const total = found.reduce((sum, { size }) => sum + size, 0);
  if (total > maxTotalBytes) throw tooLarge(location.name, `more than ${maxTotalBytes} bytes of policies`);
  if (location.isObject && found.length === 0)
    throw new EcsmonError(
      "SourceMissing",
      `no object ${showKey(location.prefix)} in the bucket ${location.bucket}; check the key`,
    );
  return found.sort((a, b) => compareText(a.key, b.key));
}

async function* pagesOf(
  client: S3Client,
  location: S3Location,
  signal: AbortSignal | undefined,
): AsyncGenerator<ListObjectsV2CommandOutput> {
  const { ListObjectsV2Command } = await import("@aws-sdk/client-s3");
  const tokens = new Set<string>();
  let token: string | undefined;
  do {
    const command = new ListObjectsV2Command({
      Bucket: location.bucket,
      Prefix: location.prefix,
      // Not every character of a key can stand in XML.
      EncodingType: "url",
      ContinuationToken: token,
    });
    const page = await client
      .send(command, signal === undefined ? {} : { abortSignal: signal })
      .catch((error: unknown) => {
        signal?.throwIfAborted();
        throw describeS3Error(error, location);
      });
    const { IsTruncated, KeyCount, Contents = [], NextContinuationToken: next } = page;
    if (IsTruncated === undefined) throw incompleteAnswer(location, "saying whether that is all");
    if (KeyCount !== undefined && KeyCount !== Contents.length)
      throw incompleteAnswer(location, `all of the ${KeyCount} objects that it counts`);
    if (IsTruncated && (next === undefined || next === "" || tokens.has(next)))
      throw incompleteAnswer(location, "a way to its next page");
    yield page;
    token = IsTruncated ? next : undefined;
    if (token !== undefined) tokens.add(token);
  } while (token !== undefined);
}

function readKey(
  written: string | undefined,
  { EncodingType }: ListObjectsV2CommandOutput,
  location: S3Location,
): string {
  if (written === undefined) throw incompleteAnswer(location, "the key of an object");
  if (EncodingType !== "url") return written;
  try {
    // As in a form: S3 writes a space as `+`.
    return decodeURIComponent(written.replaceAll("+", " "));
  } catch {
    throw new EcsmonError(
      "SourceUnreadable",
      `${location.name} holds an object whose key is not UTF-8 (${showKey(written)}); rename it`,
    );
  }
}

function isWanted(key: string, { prefix, isObject }: S3Location): boolean {
  if (isObject) return key === prefix;
  if (!key.startsWith(prefix)) return false;
  const parts = key.slice(prefix.length).split("/");
  return !parts.some(isHidden) && isPolicyName(parts.at(-1) ?? "");
}

function checkObject(
  { Key: key, ETag: etag, Size: size }: { Key: string; ETag?: string | undefined; Size?: number | undefined },
  location: S3Location,
): Listed {
  // One bad object holds all back: without it, its policies would count as deleted.
  if (isOddKey(key))
    throw new EcsmonError(
      "SourceUnreadable",
      `${location.name} holds an object with the key ${showKey(key)}; rename it without control characters`,
    );
  if (etag === undefined || etag === "" || size === undefined)
    throw incompleteAnswer(location, `the ETag and size of ${showKey(key)}`);
  return { key, etag, size };
}
