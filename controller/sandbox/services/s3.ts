// Amazon S3 as the sandbox plays it: objects with conditional writes, versions, lists, and events for
// EventBridge. How it is spoken to is in s3/rest.ts.
import type { OperationContext, SandboxService } from "../service.ts";
import { isolated, plainState } from "./isolated.ts";
import type { Bucket, BucketStore } from "./s3/bucket-store.ts";
import { bucketOperations } from "./s3/buckets.ts";
import { toContent } from "./s3/content.ts";
import type { TellBucket } from "./s3/happenings.ts";
import { listingOperations } from "./s3/listing.ts";
import { objectOperations } from "./s3/objects.ts";

export interface S3Options {
  /** Of all accounts and Regions. */
  readonly buckets: BucketStore;
  /** Tells EventBridge where the bucket lives. */
  readonly announce: TellBucket;
}

/** Inputs and outputs are those of the SDK, a body being a text or `{ base64 }`. */
export function createS3({ buckets, announce }: S3Options): SandboxService & {
  state(context: OperationContext): unknown;
} {
  return {
    id: "s3",
    operations: isolated({
      ...bucketOperations(buckets),
      ...objectOperations(buckets, announce),
      ...listingOperations(buckets),
    }),
    state: ({ account, region }) =>
      plainState({
        buckets: buckets
          .all()
          .filter((bucket) => bucket.account === account && bucket.region === region)
          .map(shownBucket),
      }),
  };
}

function shownBucket({ versions, changes: _, ...bucket }: Bucket): unknown {
  const objects = [...versions].map(([key, list]) => [
    key,
    list.map(({ object, ...version }) => ({
      ...version,
      ...(object && { ...object.fields, ETag: object.etag, Body: toContent(object.bytes) }),
    })),
  ]);
  return { ...bucket, objects: Object.fromEntries(objects) };
}
