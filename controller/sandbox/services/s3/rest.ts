// How S3 is spoken to: REST with XML and headers. Which bucket, key and operation a request means is
// found here; the bucket stands in the path or in the host's name.
import type { Protocol } from "../../protocols/protocol.ts";
import { type Route, readCredential } from "../../protocols/route.ts";
import type { SandboxService } from "../../service.ts";
import { decodeRequest, type S3Request, type S3Target } from "./decode.ts";
import { encodeAnswer, encodeError } from "./encode.ts";

const OPERATIONS: Readonly<Record<string, string>> = {
  "GET /": "ListBuckets",
  "PUT /bucket": "CreateBucket",
  "DELETE /bucket": "DeleteBucket",
  "HEAD /bucket": "HeadBucket",
  "GET /bucket?list-type": "ListObjectsV2",
  "GET /bucket?versions": "ListObjectVersions",
  "GET /bucket?location": "GetBucketLocation",
  "GET /bucket?versioning": "GetBucketVersioning",
  "PUT /bucket?versioning": "PutBucketVersioning",
  "GET /bucket?notification": "GetBucketNotificationConfiguration",
  "PUT /bucket?notification": "PutBucketNotificationConfiguration",
  "POST /bucket?delete": "DeleteObjects",
  "PUT /bucket/key": "PutObject",
  "GET /bucket/key": "GetObject",
  "HEAD /bucket/key": "HeadObject",
  "DELETE /bucket/key": "DeleteObject",
};

/** What a query can name instead of the whole thing. An operation on one that isn't there must not pass for another. */
const SUBRESOURCES =
  "accelerate acl analytics attributes cors delete encryption intelligent-tiering inventory legal-hold lifecycle list-type " +
  "location logging metadataConfiguration metadataTable metrics notification object-lock ownershipControls partNumber policy " +
  "policyStatus publicAccessBlock renameObject replication requestPayment restore retention select session tagging torrent " +
  "uploadId uploads versioning versions website";
const SUBRESOURCE = new Set(SUBRESOURCES.split(" "));

/** Whether a request is signed for S3, in its header or, as a link, in its query. */
export function isForS3({ headers, query }: Pick<S3Request, "headers" | "query">): boolean {
  const scope = query.get("X-Amz-Credential");
  return readCredential(headers).service === "s3" || scope?.split("/")[3] === "s3";
}

/** Undefined where the request isn't for S3. An operation that isn't there is a route of its own, refused in S3's words. */
export function findS3Route(
  services: readonly SandboxService[],
  request: S3Request,
  now: () => number,
): Route | undefined {
  const service = services.find((each) => each.id === "s3");
  if (service === undefined || !isForS3(request)) return undefined;
  const target = findTarget(request);
  const operation = operationOf(request, target);
  return { service, operation, protocol: restXml(request, target, now) };
}

function findTarget({ path, query, headers }: S3Request): S3Target {
  const sub = [...query.keys()].find((name) => SUBRESOURCE.has(name));
  const host = bucketOfHost(headers.host ?? "");
  const rest = path.replace(/^\//, "");
  if (host !== undefined) return { bucket: host, key: rest || undefined, sub };
  const slash = rest.indexOf("/");
  if (slash < 0) return { bucket: rest || undefined, key: undefined, sub };
  return { bucket: rest.slice(0, slash), key: rest.slice(slash + 1) || undefined, sub };
}

/** Of `bucket.localhost`, `bucket.s3.localhost`, `bucket.s3.us-east-1.amazonaws.com`. */
function bucketOfHost(host: string): string | undefined {
  return /^(.{3,}?)\.(?:s3(?:[.-][\w.-]+)?|localhost)(?::\d+)?$/.exec(host)?.[1];
}

function operationOf({ method, headers }: S3Request, { bucket, key, sub }: S3Target): string {
  const place = bucket === undefined ? "/" : key === undefined ? "/bucket" : "/bucket/key";
  const asked = `${method} ${place}${sub === undefined ? "" : `?${sub}`}`;
  const copies = headers["x-amz-copy-source"] !== undefined;
  return copies ? "CopyObject" : (OPERATIONS[asked] ?? asked);
}

function restXml(request: S3Request, target: S3Target, now: () => number): Protocol {
  const headers = (requestId: string) => ({
    "x-amz-request-id": requestId,
    "x-amz-id-2": requestId,
    date: new Date(now()).toUTCString(),
    server: "AmazonS3",
  });
  return {
    decode: (body) => decodeRequest(request, target, body),
    answer: (operation, output, requestId) => encodeAnswer(operation, output, headers(requestId)),
    error: (error, requestId) => encodeError(error, headers(requestId), requestId),
  };
}
