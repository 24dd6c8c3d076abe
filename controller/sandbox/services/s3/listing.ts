// Lists of objects and of versions: sorted keys, rolled up at a delimiter, page by page.
import { present } from "../../checks.ts";
import type { Input, Operation, OperationContext, Output } from "../../service.ts";
import { type Bucket, type BucketStore, type StoredVersion, sortedKeys } from "./bucket-store.ts";
import { bucketOf, countOf } from "./buckets.ts";
import { invalidArgument } from "./errors.ts";

const MAX_KEYS = 1000;
const STANDARD = { StorageClass: "STANDARD" };

export function listingOperations(store: BucketStore): Record<string, Operation> {
  return {
    ListObjectsV2(input, context) {
      const bucket = bucketOf(store, input, context);
      const asked = readAsked(input);
      const { ContinuationToken: token, StartAfter: startAfter = "" } = input;
      const after = token === undefined ? String(startAfter) : readToken(token);
      const rows = sortedKeys(bucket, asked.prefix).flatMap((key): Row[] => {
        const [current] = bucket.versions.get(key) ?? [];
        return current?.object === undefined ? [] : [{ key, version: current, latest: true }];
      });
      const page = takeRows(rows, asked, (name) => isAfter(name, after));
      const write = writer(asked);
      return present({
        Name: bucket.name,
        Prefix: write(asked.prefix),
        Delimiter: asked.delimiter && write(asked.delimiter),
        MaxKeys: asked.count,
        EncodingType: asked.encoded ? "url" : undefined,
        StartAfter: startAfter === "" ? undefined : write(startAfter),
        ContinuationToken: token,
        KeyCount: page.length,
        IsTruncated: page.more,
        NextContinuationToken: page.more ? writeToken(page.last) : undefined,
        Contents: page.rows.map(({ key, version: { lastModified, object } }) => ({
          Key: write(key),
          LastModified: new Date(lastModified),
          ETag: object?.etag,
          Size: object?.bytes.length,
          ...STANDARD,
        })),
        CommonPrefixes: page.prefixes.map((prefix) => ({ Prefix: write(prefix) })),
      });
    },

    ListObjectVersions(input, context: OperationContext) {
      const bucket = bucketOf(store, input, context);
      const asked = readAsked(input);
      const { KeyMarker: key = "", VersionIdMarker: version } = input;
      const rows = versionRows(bucket, asked.prefix);
      const marked = rows.findIndex((row) => row.key === key && row.version.versionId === version);
      // A version's marker goes on below that version of its key; without one, after the key.
      const rest = marked < 0 ? rows : rows.slice(marked + 1);
      const page = takeRows(rest, asked, (name) => isAfter(name, key) || (marked >= 0 && name === key));
      const write = writer(asked);
      const shown = (wanted: boolean): Output[] =>
        page.rows
          .filter((row) => (row.version.object === undefined) === wanted)
          .map((row) => shownVersion(row, write));
      const last = page.rows.at(-1);
      const atPrefix = page.prefixes.at(-1) === page.last;
      return present({
        Name: bucket.name,
        Prefix: write(asked.prefix),
        Delimiter: asked.delimiter && write(asked.delimiter),
        KeyMarker: write(key),
        VersionIdMarker: version,
        MaxKeys: asked.count,
        EncodingType: asked.encoded ? "url" : undefined,
        IsTruncated: page.more,
        NextKeyMarker: page.more ? write(page.last) : undefined,
        NextVersionIdMarker: page.more && !atPrefix ? last?.version.versionId : undefined,
        Versions: shown(false),
        DeleteMarkers: shown(true),
        CommonPrefixes: page.prefixes.map((prefix) => ({ Prefix: write(prefix) })),
      });
    },
  };
}

interface Row {
  readonly key: string;
  readonly version: StoredVersion;
  readonly latest: boolean;
}

interface Asked {
  readonly prefix: string;
  readonly delimiter: string | undefined;
  readonly count: number;
  /** Keys in the answer are to be URL-encoded: not every key can stand in XML. */
  readonly encoded: boolean;
}

function readAsked({ Prefix = "", Delimiter, MaxKeys, EncodingType }: Input): Asked {
  if (EncodingType !== undefined && EncodingType !== "url")
    throw invalidArgument(
      "Invalid Encoding Method specified in Request",
      "encoding-type",
      String(EncodingType),
    );
  return {
    prefix: String(Prefix),
    delimiter: Delimiter || undefined,
    count: countOf(MaxKeys, "max-keys", MAX_KEYS),
    encoded: EncodingType === "url",
  };
}

interface RowPage {
  readonly rows: readonly Row[];
  readonly prefixes: readonly string[];
  /** Rows and prefixes together. */
  readonly length: number;
  /** The last key or prefix given out. */
  readonly last: string;
  readonly more: boolean;
}

/** Rows must be sorted by key. A key with the delimiter after the prefix stands for all that begin like it. */
function takeRows(
  sorted: readonly Row[],
  { prefix, delimiter, count }: Asked,
  wanted: (name: string) => boolean,
): RowPage {
  const rows: Row[] = [];
  const prefixes: string[] = [];
  let last = "";
  for (const row of sorted) {
    const end = delimiter === undefined ? -1 : row.key.indexOf(delimiter, prefix.length);
    const common = end < 0 || delimiter === undefined ? undefined : row.key.slice(0, end + delimiter.length);
    const name = common ?? row.key;
    if (!wanted(name) || (common !== undefined && prefixes.at(-1) === common)) continue;
    const length = rows.length + prefixes.length;
    if (length >= count) return { rows, prefixes, length, last, more: count > 0 };
    if (common === undefined) rows.push(row);
    else prefixes.push(common);
    last = name;
  }
  return { rows, prefixes, length: rows.length + prefixes.length, last, more: false };
}

function versionRows(bucket: Bucket, prefix: string): Row[] {
  return sortedKeys(bucket, prefix).flatMap((key) =>
    (bucket.versions.get(key) ?? []).map((version, index) => ({ key, version, latest: index === 0 })),
  );
}

function shownVersion({ key, version, latest }: Row, write: (text: string) => string): Output {
  const { object, versionId, lastModified } = version;
  return {
    Key: write(key),
    VersionId: versionId,
    IsLatest: latest,
    LastModified: new Date(lastModified),
    ...(object === undefined ? {} : { ETag: object.etag, Size: object.bytes.length, ...STANDARD }),
  };
}

function isAfter(name: string, after: string): boolean {
  return Buffer.compare(Buffer.from(name), Buffer.from(after)) > 0;
}

function writer({ encoded }: Asked): (text: string) => string {
  return encoded ? (text) => encodeURIComponent(text).replaceAll("%2F", "/") : (text) => text;
}

function writeToken(last: string): string {
  return Buffer.from(`after ${last}`).toString("base64");
}

function readToken(token: unknown): string {
  const text = Buffer.from(String(token), "base64").toString("utf8");
  if (!text.startsWith("after "))
    throw invalidArgument(
      "The continuation token provided is incorrect",
      "continuation-token",
      String(token),
    );
  return text.slice("after ".length);
}
