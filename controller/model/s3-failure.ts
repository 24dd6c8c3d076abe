// What an answer of S3 that tells of a failure says; what follows from it is told by who asked. Codes: the error
// responses of the API reference of Amazon S3.

/** Names of failures for want of valid credentials. */
export const badCredentials: ReadonlySet<string> = new Set([
  "CredentialsProviderError",
  "ExpiredToken",
  "InvalidAccessKeyId",
  "InvalidToken",
  "RequestTimeTooSkewed",
  "SignatureDoesNotMatch",
  "TokenRefreshRequired",
]);

const otherRegion = new Set([
  "AuthorizationHeaderMalformed",
  "IllegalLocationConstraintException",
  "PermanentRedirect",
]);

export interface S3Failure {
  readonly name: string;
  /** Left out: nothing answered. */
  readonly status: number | undefined;
  /** The Region of the bucket, where the answer tells it. */
  readonly region: string | undefined;
  /** One line of at most 400 characters. */
  readonly text: string;
}

/** `error`: as the SDK throws it. */
export function lookAtFailure(error: unknown): S3Failure {
  const { headers } =
    (error as { $response?: { headers?: Readonly<Record<string, string>> } }).$response ?? {};
  const inner = error instanceof AggregateError ? error.errors.map(String).join("; ") : "";
  const message = error instanceof Error ? error.message || inner || error.name : String(error);
  const text = message.split("Deserialization error:")[0]?.replaceAll(/\s+/g, " ").trim().slice(0, 400) ?? "";
  const told = headers?.["x-amz-bucket-region"] ?? /expecting '([a-z0-9-]+)'/.exec(text)?.[1];
  const region = told !== undefined && /^[a-z0-9-]{1,40}$/.test(told) ? told : undefined;
  return { name: error instanceof Error ? error.name : "Unknown", status: statusOf(error), region, text };
}

export function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode;
}

export function isOfOtherRegion({ name, status }: S3Failure): boolean {
  return status === 301 || status === 307 || otherRegion.has(name);
}

/** Whether the same request may be answered a little later. */
export function mayPass({ name, status }: S3Failure, error: unknown): boolean {
  if (status !== undefined && (status >= 500 || status === 429)) return true;
  if (/^(TimeoutError|AggregateError|SlowDown|RequestTimeout|Throttling.*|.*Throttled.*)$/.test(name))
    return true;
  return error instanceof Error && "code" in error && /^E[A-Z_]+$/.test(String(error.code));
}
