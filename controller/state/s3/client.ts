// The SDK's clients for the state, loaded when it is first asked for.
import type { S3Client } from "@aws-sdk/client-s3";

export interface StoreClients {
  /** For what can be asked again without harm. */
  readonly steady: S3Client;
  /** Every call is one attempt: a second one would meet what the first one wrote, and take it for another's. */
  readonly once: S3Client;
}

/** Credentials and Region are what the SDK's own chain finds. */
export async function openStoreClients(
  env: Readonly<Record<string, string | undefined>>,
): Promise<StoreClients> {
  const { S3Client } = await import("@aws-sdk/client-s3");
  const steady = new S3Client({
    // An endpoint of one's own seldom answers to `bucket.` before its name.
    forcePathStyle: Boolean(env["AWS_ENDPOINT_URL_S3"] || env["AWS_ENDPOINT_URL"]),
    // Each call has a time of its own, which ends before this.
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 20_000, throwOnRequestTimeout: true },
    ...(env["AWS_MAX_ATTEMPTS"] === undefined ? { maxAttempts: 3 } : {}),
  });
  const { forcePathStyle, requestHandler, region, credentials } = steady.config;
  return {
    steady,
    once: new S3Client({ forcePathStyle, requestHandler, region, credentials, maxAttempts: 1 }),
  };
}
