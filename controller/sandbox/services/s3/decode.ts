// From a request to an operation's input: bucket and key, query, headers, and the body as bytes or XML.
import type { IncomingHttpHeaders } from "node:http";
import { present } from "../../checks.ts";
import { childrenNamed, readXml, textOf, type XmlElement } from "../../protocols/xml.ts";
import type { Input } from "../../service.ts";
import { readChunks, type Unchunked } from "./aws-chunked.ts";
import { CHECKSUMS } from "./checksums.ts";
import { toContent } from "./content.ts";
import { malformedXml, s3Error } from "./errors.ts";

export interface S3Request {
  readonly method: string;
  /** Still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
}

/** What a request is about; `sub` is the part of the bucket or object it names in its query. */
export interface S3Target {
  readonly bucket: string | undefined;
  /** Still percent-encoded. */
  readonly key: string | undefined;
  readonly sub: string | undefined;
}

const HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "CacheControl",
  "content-disposition": "ContentDisposition",
  "content-language": "ContentLanguage",
  "content-md5": "ContentMD5",
  "content-type": "ContentType",
  expires: "Expires",
  "if-match": "IfMatch",
  "if-modified-since": "IfModifiedSince",
  "if-none-match": "IfNoneMatch",
  "if-unmodified-since": "IfUnmodifiedSince",
  range: "Range",
  "x-amz-bucket-region": "BucketRegion",
  "x-amz-checksum-mode": "ChecksumMode",
  "x-amz-expected-bucket-owner": "ExpectedBucketOwner",
  "x-amz-storage-class": "StorageClass",
  "x-amz-website-redirect-location": "WebsiteRedirectLocation",
};

const QUERY: Readonly<Record<string, string>> = {
  "bucket-region": "BucketRegion",
  "continuation-token": "ContinuationToken",
  delimiter: "Delimiter",
  "encoding-type": "EncodingType",
  "key-marker": "KeyMarker",
  "max-buckets": "MaxBuckets",
  "max-keys": "MaxKeys",
  prefix: "Prefix",
  "start-after": "StartAfter",
  "version-id-marker": "VersionIdMarker",
  versionId: "VersionId",
};
const NUMBERS = ["MaxBuckets", "MaxKeys"];
const META = "x-amz-meta-";

export function decodeRequest({ method, query, headers }: S3Request, target: S3Target, body: Buffer): Input {
  const input: Record<string, unknown> = present({ Bucket: target.bucket, Key: decodePath(target.key) });
  for (const [name, field] of Object.entries(QUERY)) {
    const value = query.get(name);
    if (value !== null) input[field] = NUMBERS.includes(field) ? toNumber(value) : value;
  }
  for (const [name, field] of Object.entries(HEADERS)) {
    const value = headers[name];
    if (typeof value === "string") input[field] = value;
  }
  const { bytes, trailers } = unwrap(headers, body);
  for (const [name, field] of Object.entries(CHECKSUMS)) {
    const value = headers[`x-amz-checksum-${name}`] ?? trailers[`x-amz-checksum-${name}`];
    if (typeof value === "string") input[field] = value;
  }
  const metadata = Object.entries(headers).filter(([name]) => name.startsWith(META));
  if (metadata.length > 0)
    input["Metadata"] = Object.fromEntries(
      metadata.map(([name, value]) => [name.slice(META.length), String(value)]),
    );
  const encoding = ownEncoding(headers);
  if (encoding !== "") input["ContentEncoding"] = encoding;

  if (method === "PUT" && target.key !== undefined) return { ...input, Body: toContent(bytes) };
  if (bytes.length > 0) Object.assign(input, readBody(bytes));
  return input;
}

/** The bytes that are meant, and headers that came after them. */
function unwrap(headers: IncomingHttpHeaders, body: Buffer): Unchunked {
  const streamed = String(headers["x-amz-content-sha256"] ?? "").startsWith("STREAMING-");
  if (!streamed && !encodingsOf(headers).includes("aws-chunked")) return { bytes: body, trailers: {} };
  const length = headers["x-amz-decoded-content-length"];
  return readChunks(body, length === undefined ? undefined : Number(length));
}

/** What the object itself is encoded with; aws-chunked is of the way here. */
function ownEncoding(headers: IncomingHttpHeaders): string {
  return encodingsOf(headers)
    .filter((each) => each !== "" && each !== "aws-chunked")
    .join(",");
}

function encodingsOf(headers: IncomingHttpHeaders): string[] {
  return String(headers["content-encoding"] ?? "")
    .split(",")
    .map((each) => each.trim());
}

/** XML bodies, by the name of their root. */
function readBody(bytes: Buffer): Record<string, unknown> {
  const root = readXml(bytes.toString("utf8"));
  switch (root?.name) {
    case "CreateBucketConfiguration":
      return { CreateBucketConfiguration: leaves(root) };
    case "VersioningConfiguration":
      return {
        VersioningConfiguration: present({
          Status: textOf(root, "Status"),
          MFADelete: textOf(root, "MfaDelete"),
        }),
      };
    case "NotificationConfiguration":
      return { NotificationConfiguration: leaves(root) };
    case "Delete":
      return {
        Delete: {
          Objects: childrenNamed(root, "Object").map(leaves),
          Quiet: textOf(root, "Quiet") === "true",
        },
      };
    default:
      throw malformedXml();
  }
}

function leaves({ children }: XmlElement): Record<string, unknown> {
  return Object.fromEntries(
    children.map((child) => [child.name, child.children.length > 0 ? leaves(child) : child.text]),
  );
}

function decodePath(key: string | undefined): string | undefined {
  try {
    return key === undefined ? undefined : decodeURIComponent(key);
  } catch {
    throw s3Error("InvalidURI", 400, "Couldn't parse the specified URI.");
  }
}

/** What is no number stays a text, for the operation to refuse. */
function toNumber(text: string): number | string {
  return text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text);
}
