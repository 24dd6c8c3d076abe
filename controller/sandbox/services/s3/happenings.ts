// What a bucket tells EventBridge, where that is switched on.
import { createHash } from "node:crypto";
import type { Happening } from "../../happening.ts";
import type { OperationContext } from "../../service.ts";
import { uuidOf } from "../made-ids.ts";
import type { Bucket, StoredVersion } from "./bucket-store.ts";

export type TellBucket = (bucket: Bucket, happening: Happening) => void;

export function objectCreated(
  bucket: Bucket,
  key: string,
  version: StoredVersion,
  by: OperationContext,
): Happening {
  const size = version.object?.bytes.length ?? 0;
  return happening(bucket, key, version, by, "Object Created", { size }, { reason: "PutObject" });
}

export function objectDeleted(
  bucket: Bucket,
  key: string,
  version: StoredVersion,
  by: OperationContext,
): Happening {
  const marker = version.object === undefined;
  return happening(
    bucket,
    key,
    version,
    by,
    "Object Deleted",
    {},
    {
      reason: "DeleteObject",
      "deletion-type": marker ? "Delete Marker Created" : "Permanently Deleted",
    },
  );
}

function happening(
  bucket: Bucket,
  key: string,
  { object, versionId }: StoredVersion,
  { account, now }: OperationContext,
  detailType: string,
  more: Readonly<Record<string, unknown>>,
  why: Readonly<Record<string, unknown>>,
): Happening {
  const etag = object?.etag.replaceAll('"', "") ?? createHash("md5").digest("hex");
  const version = versionId === "null" ? {} : { "version-id": versionId };
  return {
    source: "aws.s3",
    detailType,
    resources: [`arn:aws:s3:::${bucket.name}`],
    time: now(),
    detail: {
      version: "0",
      bucket: { name: bucket.name },
      object: { key, ...more, etag, ...version, sequencer: sequencer(bucket.changes) },
      "request-id": uuidOf(`${bucket.name}/${bucket.changes}`).replaceAll("-", "").slice(0, 16).toUpperCase(),
      requester: account,
      "source-ip-address": "127.0.0.1",
      ...why,
    },
  };
}

/** Hex that grows from change to change. */
function sequencer(changes: number): string {
  return changes.toString(16).toUpperCase().padStart(18, "0");
}
