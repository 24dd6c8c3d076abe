// Operations on objects: put, get, head and delete, each as one step that nothing can come between.
import { createHash } from "node:crypto";
import { present } from "../../checks.ts";
import { AwsError, type Input, type Operation, type OperationContext, type Output } from "../../service.ts";
import {
  addVersion,
  type Bucket,
  type BucketStore,
  currentVersion,
  removeVersion,
  type StoredObject,
  type StoredVersion,
} from "./bucket-store.ts";
import { bucketOf } from "./buckets.ts";
import { CHECKSUMS, readChecksums } from "./checksums.ts";
import { checkDelete, checkWrite, isUnchanged } from "./conditions.ts";
import { toBytes, toContent } from "./content.ts";
import { malformedXml, noSuchKey, noSuchVersion, s3Error } from "./errors.ts";
import { objectCreated, objectDeleted, type TellBucket } from "./happenings.ts";
import { readRange } from "./range.ts";

const MAX_KEY_BYTES = 1024;
const MAX_METADATA_BYTES = 2048;
const MAX_DELETES = 1000;
/** Kept with the object and given back with it. */
const FIELDS = [
  "CacheControl",
  "ContentDisposition",
  "ContentEncoding",
  "ContentLanguage",
  "ContentType",
  "Expires",
  "Metadata",
  "StorageClass",
  "WebsiteRedirectLocation",
];
const ENCRYPTION = { ServerSideEncryption: "AES256" };

export function objectOperations(store: BucketStore, tell: TellBucket): Record<string, Operation> {
  const announce = (bucket: Bucket, happening: ReturnType<typeof objectCreated>): void => {
    if (bucket.eventBridge) tell(bucket, happening);
  };
  const remove = (bucket: Bucket, key: string, input: Input, context: OperationContext): Output => {
    const { VersionId: wanted } = input;
    if (wanted === undefined) checkDelete(bucket, key, input.IfMatch);
    const { gone, answer } = takeAway(bucket, key, wanted, context.now());
    if (gone !== undefined) announce(bucket, objectDeleted(bucket, key, gone, context));
    return answer;
  };

  return {
    PutObject(input, context) {
      const bucket = bucketOf(store, input, context);
      const key = keyOf(input);
      const bytes = toBytes(input.Body);
      const checksums = readChecksums(input, bytes);
      checkMetadata(input);
      checkWrite(bucket, key, input);
      const etag = `"${createHash("md5").update(bytes).digest("hex")}"`;
      const fields = present({
        ...Object.fromEntries(FIELDS.map((field) => [field, input[field]])),
        ContentType: input.ContentType ?? "binary/octet-stream",
        ...checksums,
      });
      const version = addVersion(bucket, key, { bytes, etag, fields }, context.now());
      announce(bucket, objectCreated(bucket, key, version, context));
      return { ETag: etag, ...checksumsOf(fields), ...ENCRYPTION, ...shownId(bucket, version) };
    },

    GetObject(input, context) {
      const { bucket, version, object } = find(store, input, context);
      if (isUnchanged(object, version.lastModified, input)) return notModified(bucket, version, object);
      const range = readRange(input.Range, object.bytes.length);
      const bytes = range === undefined ? object.bytes : object.bytes.subarray(range.first, range.last + 1);
      return {
        ...described(bucket, version, object, input.ChecksumMode === "ENABLED" && range === undefined),
        ContentLength: bytes.length,
        ...(range === undefined
          ? {}
          : { ContentRange: `bytes ${range.first}-${range.last}/${object.bytes.length}` }),
        Body: toContent(bytes),
      };
    },

    HeadObject(input, context) {
      const { bucket, version, object } = find(store, input, context);
      if (isUnchanged(object, version.lastModified, input)) return notModified(bucket, version, object);
      return {
        ...described(bucket, version, object, input.ChecksumMode === "ENABLED"),
        ContentLength: object.bytes.length,
      };
    },

    DeleteObject: (input, context) => remove(bucketOf(store, input, context), keyOf(input), input, context),

    DeleteObjects(input, context) {
      const bucket = bucketOf(store, input, context);
      const { Objects: objects, Quiet: quiet } = input.Delete ?? {};
      if (!Array.isArray(objects) || objects.length === 0 || objects.length > MAX_DELETES)
        throw malformedXml();
      const Deleted: Output[] = [];
      const Errors: Output[] = [];
      for (const { Key, VersionId, ETag } of objects as Input[]) {
        const named = present({ Key, VersionId });
        try {
          const { DeleteMarker, VersionId: made } = remove(
            bucket,
            keyOf({ Key }),
            { VersionId, IfMatch: ETag },
            context,
          );
          const marker = DeleteMarker === true ? { DeleteMarker, DeleteMarkerVersionId: made } : {};
          Deleted.push({ ...named, ...marker });
        } catch (error) {
          if (!(error instanceof AwsError)) throw error;
          Errors.push({ ...named, Code: error.code, Message: error.message });
        }
      }
      return { ...(quiet === true ? {} : { Deleted }), ...(Errors.length === 0 ? {} : { Errors }) };
    },
  };
}

interface Found {
  readonly bucket: Bucket;
  readonly version: StoredVersion;
  readonly object: StoredObject;
}

function find(store: BucketStore, input: Input, context: OperationContext): Found {
  const bucket = bucketOf(store, input, context);
  const key = keyOf(input);
  const { VersionId: wanted } = input;
  if (wanted === undefined) {
    const version = currentVersion(bucket, key);
    if (version?.object === undefined) throw noSuchKey(key, version?.versionId);
    return { bucket, version, object: version.object };
  }
  const version = bucket.versions.get(key)?.find((each) => each.versionId === wanted);
  if (version === undefined) throw noSuchVersion(key, String(wanted));
  if (version.object === undefined)
    throw s3Error("MethodNotAllowed", 405, "The specified method is not allowed against this resource.", {
      DeleteMarker: true,
      VersionId: version.versionId,
    });
  return { bucket, version, object: version.object };
}

function described(bucket: Bucket, version: StoredVersion, object: StoredObject, checksums: boolean): Output {
  const sums = checksumsOf(object.fields);
  const fields = Object.entries(object.fields).filter(([name]) => !(name in sums));
  return {
    AcceptRanges: "bytes",
    ...Object.fromEntries(fields),
    ETag: object.etag,
    LastModified: new Date(version.lastModified),
    ...ENCRYPTION,
    ...shownId(bucket, version),
    ...(checksums ? sums : {}),
  };
}

function notModified(bucket: Bucket, version: StoredVersion, { etag }: StoredObject): Output {
  return {
    NotModified: true,
    ETag: etag,
    LastModified: new Date(version.lastModified),
    ...shownId(bucket, version),
  };
}

/** A bucket that never had versions doesn't speak of them. */
function shownId({ versioning }: Bucket, { versionId }: StoredVersion): Output {
  return versioning === undefined ? {} : { VersionId: versionId };
}

function checksumsOf(fields: StoredObject["fields"]): Output {
  const names = Object.values(CHECKSUMS).filter((name) => fields[name] !== undefined);
  if (names.length === 0) return {};
  return { ...Object.fromEntries(names.map((name) => [name, fields[name]])), ChecksumType: "FULL_OBJECT" };
}

/** What is gone: the object, a version of it, or nothing where it wasn't there. */
function takeAway(
  bucket: Bucket,
  key: string,
  wanted: unknown,
  now: number,
): { gone: StoredVersion | undefined; answer: Output } {
  if (wanted !== undefined) {
    const gone = removeVersion(bucket, key, String(wanted));
    const marker = gone !== undefined && gone.object === undefined ? { DeleteMarker: true } : {};
    return { gone, answer: { ...marker, VersionId: wanted } };
  }
  if (bucket.versioning === undefined) return { gone: removeVersion(bucket, key, "null"), answer: {} };
  const gone = addVersion(bucket, key, undefined, now);
  return { gone, answer: { DeleteMarker: true, VersionId: gone.versionId } };
}

function keyOf({ Key }: Input): string {
  const key = String(Key ?? "");
  if (key === "") throw s3Error("InvalidRequest", 400, "Missing required parameter: Key");
  const size = Buffer.byteLength(key);
  if (size > MAX_KEY_BYTES)
    throw s3Error("KeyTooLongError", 400, "Your key is too long", {
      Size: size,
      MaxSizeAllowed: MAX_KEY_BYTES,
    });
  return key;
}

function checkMetadata({ Metadata = {} }: Input): void {
  const size = Object.entries(Metadata).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(String(value)),
    0,
  );
  if (size > MAX_METADATA_BYTES)
    throw s3Error("MetadataTooLarge", 400, "Your metadata headers exceed the maximum allowed metadata size", {
      Size: size,
      MaxSizeAllowed: MAX_METADATA_BYTES,
    });
}
