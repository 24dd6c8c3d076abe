// From an operation's output to S3's answer: headers for what concerns one object, XML for the rest.
import type { WireAnswer } from "../../protocols/protocol.ts";
import { isRecord } from "../../protocols/protocol.ts";
import { writeXml } from "../../protocols/xml.ts";
import type { AwsError, Output } from "../../service.ts";
import { CHECKSUMS } from "./checksums.ts";
import { toBytes } from "./content.ts";

type Headers = Readonly<Record<string, string>>;

const XML = '<?xml version="1.0" encoding="UTF-8"?>\n';

const HEADERS: Readonly<Record<string, string>> = {
  AcceptRanges: "accept-ranges",
  BucketArn: "x-amz-bucket-arn",
  BucketRegion: "x-amz-bucket-region",
  CacheControl: "cache-control",
  ChecksumType: "x-amz-checksum-type",
  ContentDisposition: "content-disposition",
  ContentEncoding: "content-encoding",
  ContentLanguage: "content-language",
  ContentLength: "content-length",
  ContentRange: "content-range",
  ContentType: "content-type",
  DeleteMarker: "x-amz-delete-marker",
  ETag: "etag",
  Expires: "expires",
  LastModified: "last-modified",
  Location: "location",
  ServerSideEncryption: "x-amz-server-side-encryption",
  StorageClass: "x-amz-storage-class",
  VersionId: "x-amz-version-id",
  WebsiteRedirectLocation: "x-amz-website-redirect-location",
  ...Object.fromEntries(Object.entries(CHECKSUMS).map(([end, field]) => [field, `x-amz-checksum-${end}`])),
};

/** Root and contents of an answer's XML. */
const DOCUMENTS: Readonly<Record<string, (output: Output) => string>> = {
  ListBuckets: ({ Buckets, ...rest }) =>
    writeXml("ListAllMyBucketsResult", { Buckets: { Bucket: Buckets }, ...rest }),
  ListObjectsV2: (output) => writeXml("ListBucketResult", output),
  ListObjectVersions: ({ Versions, DeleteMarkers, ...rest }) =>
    writeXml("ListVersionsResult", { ...rest, Version: Versions, DeleteMarker: DeleteMarkers }),
  GetBucketLocation: ({ LocationConstraint = "" }) => writeXml("LocationConstraint", LocationConstraint),
  GetBucketVersioning: (output) => writeXml("VersioningConfiguration", output),
  GetBucketNotificationConfiguration: (output) => writeXml("NotificationConfiguration", output),
  DeleteObjects: ({ Errors, ...rest }) => writeXml("DeleteResult", { ...rest, Error: Errors }),
};

const NO_CONTENT = ["DeleteObject", "DeleteBucket"];

export function encodeAnswer(operation: string, output: Output, common: Headers): WireAnswer {
  const document = DOCUMENTS[operation];
  if (document !== undefined)
    return {
      status: 200,
      headers: { ...common, "content-type": "application/xml" },
      body: XML + document(output),
    };
  const headers = { ...common, ...toHeaders(output) };
  if (output["NotModified"] === true) return { status: 304, headers, body: "" };
  if (NO_CONTENT.includes(operation)) return { status: 204, headers, body: "" };
  const status = output["ContentRange"] === undefined ? 200 : 206;
  return { status, headers, body: toBytes(output["Body"]) };
}

function toHeaders(output: Output): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [field, value] of Object.entries(output)) {
    const name = HEADERS[field];
    // S3 says nothing of the storage class that most objects have.
    if (name === undefined || value === undefined || (field === "StorageClass" && value === "STANDARD"))
      continue;
    headers[name] = value instanceof Date ? value.toUTCString() : String(value);
  }
  const metadata = isRecord(output["Metadata"]) ? output["Metadata"] : {};
  for (const [name, value] of Object.entries(metadata)) headers[`x-amz-meta-${name}`] = String(value);
  return headers;
}

/** The sandbox's faults are those of the JSON services; S3 has other names for the same mishaps. */
const OWN: Readonly<Record<string, { code: string; status: number; message?: string }>> = {
  ThrottlingException: { code: "SlowDown", status: 503, message: "Please reduce your request rate." },
  AccessDeniedException: { code: "AccessDenied", status: 403 },
  InternalFailure: { code: "InternalError", status: 500 },
  UnknownOperationException: { code: "NotImplemented", status: 501 },
};

export function encodeError(error: AwsError, common: Headers, requestId: string): WireAnswer {
  const { code = error.code, status = error.status, message = error.message } = OWN[error.code] ?? {};
  const { DeleteMarker, BucketRegion, ...members } = error.members;
  const { VersionId } = DeleteMarker === true ? error.members : {};
  return {
    status,
    headers: {
      ...common,
      ...toHeaders({ DeleteMarker, BucketRegion, VersionId }),
      "content-type": "application/xml",
    },
    body:
      XML +
      writeXml("Error", {
        Code: code,
        Message: message,
        ...members,
        RequestId: requestId,
        HostId: requestId,
      }),
  };
}
