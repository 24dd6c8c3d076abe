// The SDK's client for S3, loaded when the first source of the kind is read: commands that have none never load it.
import type { S3Client } from "@aws-sdk/client-s3";
import type { Env } from "../git/environment.ts";

/** Credentials and Region are what the SDK's own chain finds. */
export async function openS3Client(env: Env): Promise<S3Client> {
  const { S3Client } = await import("@aws-sdk/client-s3");
  return new S3Client({
    // An endpoint of one's own seldom answers to `bucket.` before its name.
    forcePathStyle: Boolean(env["AWS_ENDPOINT_URL_S3"] || env["AWS_ENDPOINT_URL"]),
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 20_000, throwOnRequestTimeout: true },
    // AWS_MAX_ATTEMPTS is the SDK's own setting; ours is only another default.
    ...(env["AWS_MAX_ATTEMPTS"] === undefined ? { maxAttempts: 5 } : {}),
  });
}
