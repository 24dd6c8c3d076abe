// All buckets of the sandbox with their objects and versions. A bucket's name is taken for everyone;
// it lives in one Region and belongs to one account.
import { compareText } from "../../checks.ts";
import { wordOf } from "../made-ids.ts";
import { noSuchBucket, s3Error } from "./errors.ts";

export interface StoredVersion {
  /** `null`, as a text, of what was written without versioning. */
  readonly versionId: string;
  /** Epoch milliseconds, whole seconds, as S3 shows it. */
  readonly lastModified: number;
  /** Bytes and headers; absent of a delete marker. */
  readonly object: StoredObject | undefined;
}

export interface StoredObject {
  readonly bytes: Buffer;
  /** Quoted. */
  readonly etag: string;
  /** Fields of GetObject's answer: ContentType, Metadata, checksums, … */
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface Bucket {
  readonly name: string;
  readonly account: string;
  readonly region: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  versioning: "Enabled" | "Suspended" | undefined;
  /** Whether changes are told to EventBridge. */
  eventBridge: boolean;
  /** By key, newest version first; never empty. */
  readonly versions: Map<string, StoredVersion[]>;
  /** How many changes there were: makes ids and sequencers. */
  changes: number;
}

export class BucketStore {
  readonly #buckets = new Map<string, Bucket>();

  /** By name. */
  all(): Bucket[] {
    return [...this.#buckets.values()].sort((a, b) => compareText(a.name, b.name));
  }

  find(name: string): Bucket | undefined {
    return this.#buckets.get(name);
  }

  add(bucket: Bucket): void {
    this.#buckets.set(bucket.name, bucket);
  }

  delete(bucket: Bucket): void {
    this.#buckets.delete(bucket.name);
  }

  /** Whoever asks in another Region is sent away, as by S3. */
  named(name: string, region: string): Bucket {
    const bucket = this.#buckets.get(name);
    if (bucket === undefined) throw noSuchBucket(name);
    if (bucket.region !== region)
      throw s3Error(
        "PermanentRedirect",
        301,
        "The bucket you are attempting to access must be addressed using the specified endpoint. " +
          "Please send all future requests to this endpoint.",
        { Bucket: name, BucketRegion: bucket.region },
      );
    return bucket;
  }
}

/** The newest, be it an object or a delete marker. */
export function currentVersion(bucket: Bucket, key: string): StoredVersion | undefined {
  return bucket.versions.get(key)?.[0];
}

export function currentObject(bucket: Bucket, key: string): StoredObject | undefined {
  return currentVersion(bucket, key)?.object;
}

/** Puts an object or a delete marker on top; without versioning it takes the place of what was there. */
export function addVersion(
  bucket: Bucket,
  key: string,
  object: StoredObject | undefined,
  now: number,
): StoredVersion {
  bucket.changes += 1;
  const versioned = bucket.versioning === "Enabled";
  const versionId = versioned ? wordOf(`${bucket.name}/${key}/${bucket.changes}`, 32) : "null";
  const version = { versionId, object, lastModified: Math.floor(now / 1000) * 1000 };
  const older = bucket.versions.get(key) ?? [];
  const kept = versioned ? older : older.filter((each) => each.versionId !== "null");
  bucket.versions.set(key, [version, ...kept]);
  return version;
}

export function removeVersion(bucket: Bucket, key: string, versionId: string): StoredVersion | undefined {
  bucket.changes += 1;
  const versions = bucket.versions.get(key) ?? [];
  const rest = versions.filter((each) => each.versionId !== versionId);
  if (rest.length === 0) bucket.versions.delete(key);
  else bucket.versions.set(key, rest);
  return versions.find((each) => each.versionId === versionId);
}

/** Sorted as S3 lists them: by the bytes of their UTF-8. */
export function sortedKeys(bucket: Bucket, prefix: string): string[] {
  return [...bucket.versions.keys()]
    .filter((key) => key.startsWith(prefix))
    .map((key) => ({ key, bytes: Buffer.from(key) }))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
    .map(({ key }) => key);
}
