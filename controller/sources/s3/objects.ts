// The contents of listed objects, each exactly as it was listed: together they are one state of the bucket, whatever is
// written meanwhile.
import type { GetObjectCommandOutput, S3Client } from "@aws-sdk/client-s3";
import { maxFileBytes, type SourceFile } from "../../api/policy.ts";
import { statusOf } from "../../model/s3-failure.ts";
import { describeS3Error } from "./errors.ts";
import type { Listed } from "./listing.ts";
import type { S3Location } from "./location.ts";

export interface ReadObject {
  readonly file: SourceFile;
  /** Where the bucket keeps versions. */
  readonly version: string | undefined;
}

/** An object is no longer what the list said. */
export class ObjectChanged extends Error {
  override readonly name = "ObjectChanged";
  readonly key: string;

  constructor(key: string) {
    super(`${key} is not what was listed`);
    this.key = key;
  }
}

const atOnce = 8;

/** In the order of the list. @throws {@link ObjectChanged} */
export async function readObjects(
  client: S3Client,
  location: S3Location,
  listed: readonly Listed[],
  signal: AbortSignal | undefined,
): Promise<ReadObject[]> {
  const read: ReadObject[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < listed.length; at = next++) {
      const object = listed[at];
      if (object === undefined) return;
      try {
        read[at] = await readObject(client, location, object, signal);
      } catch (error) {
        // The others need not begin another.
        next = listed.length;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(atOnce, listed.length) }, work));
  const failed = ended.find((one) => one.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return read;
}

async function readObject(
  client: S3Client,
  location: S3Location,
  { key, etag, size }: Listed,
  signal: AbortSignal | undefined,
): Promise<ReadObject> {
  const file = `s3://${location.bucket}/${key}`;
  // The parser refuses it without having seen it.
  if (size > maxFileBytes) return { file: { file, text: "", bytes: size }, version: undefined };
  const { GetObjectCommand } = await import("@aws-sdk/client-s3");
  try {
    const answer = await client.send(
      new GetObjectCommand({ Bucket: location.bucket, Key: key, IfMatch: etag }),
      signal === undefined ? {} : { abortSignal: signal },
    );
    // Not everything that speaks S3 knows conditions.
    const bytes = answer.ETag === etag ? await readBody(answer, size) : undefined;
    if (bytes === undefined) throw new ObjectChanged(key);
    return { file: { file, text: bytes.toString("utf8") }, version: answer.VersionId };
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof ObjectChanged) throw error;
    const isGone = error instanceof Error && error.name === "NoSuchKey";
    if (isGone || statusOf(error) === 412) throw new ObjectChanged(key);
    throw describeS3Error(error, location, key);
  }
}

/** `undefined` where it is not of that size; never more than that is held. */
async function readBody({ Body }: GetObjectCommandOutput, size: number): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of (Body ?? []) as AsyncIterable<Uint8Array>) {
    length += piece.length;
    // Leaving the loop ends the answer.
    if (length > size) return undefined;
    pieces.push(Buffer.from(piece));
  }
  return length === size ? Buffer.concat(pieces) : undefined;
}
