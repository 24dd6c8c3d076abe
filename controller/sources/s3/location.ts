// Where an S3 source lies: a bucket, and a folder of its keys or one object.
import { EcsmonError } from "../../model/errors.ts";

export interface S3Location {
  /** How people write it: `s3://bucket/folder/`. */
  readonly name: string;
  readonly bucket: string;
  /** What the keys begin with, ending in `/`; empty for the whole bucket. Of one object: its key. */
  readonly prefix: string;
  readonly isObject: boolean;
}

/** Reads `s3://bucket`, `s3://bucket/folder` and `s3://bucket/key.yaml`. Nothing in a key is an escape. */
export function parseS3Location(source: string): S3Location {
  const [, bucket = "", prefix = ""] = /^s3:\/\/([^/]*)\/?(.*)$/s.exec(source) ?? [];
  return checkS3Location({ bucket, prefix });
}

/**
 * A prefix without `/` at its end is the name of a folder, so that `prod` is never `prod-old/` too; one that ends in
 * `.yaml` or `.yml` is an object.
 * @throws EcsmonError `InvalidSource`
 */
export function checkS3Location(given: { bucket: string; prefix?: string | undefined }): S3Location {
  const { bucket, prefix: written = "" } = given;
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket))
    // Not quoted: a user and a password may stand in it.
    throw new EcsmonError(
      "InvalidSource",
      "an S3 source begins with the name of a bucket: 3 to 63 lower-case letters, digits, `.` and `-`; write s3://BUCKET/PREFIX",
    );
  if (isOddKey(written))
    throw new EcsmonError(
      "InvalidSource",
      `the prefix ${showKey(written)} holds a control character; take it out`,
    );
  if (Buffer.byteLength(written) > 1024)
    throw new EcsmonError(
      "InvalidSource",
      `the prefix of s3://${bucket} is longer than any key, 1024 bytes; shorten it`,
    );
  const isObject = /[^/]\.ya?ml$/.test(written);
  const prefix = isObject || written === "" || written.endsWith("/") ? written : `${written}/`;
  return { name: `s3://${bucket}/${prefix}`, bucket, prefix, isObject };
}

// Control characters, those that change the direction of text, and what was no UTF-8.
const odd = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029\uFFFD]/u;

export function isOddKey(key: string): boolean {
  return odd.test(key);
}

/** For messages: in quotes, with what a terminal would act on spelt out. */
export function showKey(key: string): string {
  return JSON.stringify(key).replaceAll(
    new RegExp(odd, "gu"),
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}
