// Operations on buckets: making and listing them, versioning, and whether EventBridge is told.
import { present } from "../../checks.ts";
import { takePage } from "../../paging.ts";
import type { Input, Operation, OperationContext } from "../../service.ts";
import type { Bucket, BucketStore } from "./bucket-store.ts";
import { invalidArgument, malformedXml, notImplemented, s3Error } from "./errors.ts";

const NAME = /^(?!\d+\.\d+\.\d+\.\d+$)(?!xn--)[a-z\d](?:[a-z\d-]|\.(?![.-])){1,61}[a-z\d]$/;
const MAX_BUCKETS = 10_000;

/** The bucket that the input names, in the caller's Region; whose it must be, where the caller says so. */
export function bucketOf(store: BucketStore, input: Input, context: OperationContext): Bucket {
  const bucket = store.named(String(input.Bucket ?? ""), context.region);
  const { ExpectedBucketOwner: owner } = input;
  if (owner !== undefined && owner !== bucket.account) throw s3Error("AccessDenied", 403, "Access Denied");
  return bucket;
}

export function bucketOperations(store: BucketStore): Record<string, Operation> {
  return {
    CreateBucket(input, { account, region, now }) {
      const name = String(input.Bucket ?? "");
      if (!NAME.test(name))
        throw s3Error("InvalidBucketName", 400, "The specified bucket is not valid.", { BucketName: name });
      checkLocation(input.CreateBucketConfiguration?.LocationConstraint, region);
      const existing = store.find(name);
      if (existing !== undefined)
        throw existing.account === account
          ? s3Error(
              "BucketAlreadyOwnedByYou",
              409,
              "Your previous request to create the named bucket succeeded and you already own it.",
              { BucketName: name },
            )
          : s3Error(
              "BucketAlreadyExists",
              409,
              "The requested bucket name is not available. The bucket namespace is shared by all users of " +
                "the system. Please select a different name and try again.",
              { BucketName: name },
            );
      store.add({
        ...{ name, account, region, createdAt: now(), versioning: undefined, eventBridge: false },
        ...{ versions: new Map(), changes: 0 },
      });
      return { Location: `/${name}`, BucketArn: `arn:aws:s3:::${name}` };
    },

    DeleteBucket(input, context) {
      const bucket = bucketOf(store, input, context);
      if (bucket.versions.size > 0)
        throw s3Error("BucketNotEmpty", 409, "The bucket you tried to delete is not empty", {
          BucketName: bucket.name,
        });
      store.delete(bucket);
      return {};
    },

    HeadBucket(input, context) {
      const { name, region } = bucketOf(store, input, context);
      return { BucketRegion: region, BucketArn: `arn:aws:s3:::${name}` };
    },

    GetBucketLocation(input, { account, region }) {
      // The one question about a bucket that any Region answers.
      const found = store.find(String(input.Bucket ?? ""))?.region ?? region;
      const bucket = bucketOf(store, input, { account, region: found, now: () => 0 });
      return present({ LocationConstraint: bucket.region === "us-east-1" ? undefined : bucket.region });
    },

    ListBuckets(input, { account }) {
      const { Prefix = "", BucketRegion: region } = input;
      const own = store
        .all()
        .filter((bucket) => bucket.account === account && bucket.name.startsWith(Prefix))
        .filter((bucket) => region === undefined || bucket.region === region);
      const page = takePage(own, ({ name }) => name, {
        limit: countOf(input.MaxBuckets, "max-buckets", MAX_BUCKETS, 1),
        token: input.ContinuationToken,
        scope: ["ListBuckets", Prefix, region],
        invalidToken: () =>
          invalidArgument(
            "The continuation token provided is incorrect",
            "continuation-token",
            String(input.ContinuationToken),
          ),
      });
      return present({
        Buckets: page.items.map((bucket) => ({
          Name: bucket.name,
          CreationDate: new Date(bucket.createdAt),
          BucketRegion: bucket.region,
        })),
        Owner: { ID: account },
        ContinuationToken: page.nextToken,
        Prefix: Prefix === "" ? undefined : Prefix,
      });
    },

    PutBucketVersioning(input, context) {
      const bucket = bucketOf(store, input, context);
      const { Status: status, MFADelete: mfa } = input.VersioningConfiguration ?? {};
      if (mfa === "Enabled") throw notImplemented("MfaDelete");
      if (status !== "Enabled" && status !== "Suspended") throw malformedXml();
      bucket.versioning = status;
      return {};
    },
    GetBucketVersioning(input, context) {
      return present({ Status: bucketOf(store, input, context).versioning });
    },

    PutBucketNotificationConfiguration(input, context) {
      const bucket = bucketOf(store, input, context);
      const { EventBridgeConfiguration: eventBridge, ...others } = input.NotificationConfiguration ?? {};
      const [other] = Object.keys(others);
      if (other !== undefined) throw notImplemented(other);
      bucket.eventBridge = eventBridge !== undefined;
      return {};
    },
    GetBucketNotificationConfiguration(input, context) {
      return bucketOf(store, input, context).eventBridge ? { EventBridgeConfiguration: {} } : {};
    },
  };
}

/** A whole number from a list's parameter, at most `max`: S3 gives fewer, rather than refuse. */
export function countOf(value: unknown, name: string, max: number, min = 0): number {
  if (value === undefined) return max;
  const count = Number(value);
  if (!Number.isInteger(count) || count < min)
    throw invalidArgument(`Provided ${name} not an integer or within integer range`, name, String(value));
  return Math.min(count, max);
}

/** us-east-1 has none of its own; elsewhere it must be the Region that is spoken to. */
function checkLocation(location: unknown, region: string): void {
  if ((location ?? "us-east-1") === region && location !== "us-east-1") return;
  if (location === "us-east-1")
    throw s3Error("InvalidLocationConstraint", 400, "The specified location-constraint is not valid", {
      LocationConstraint: location,
    });
  throw s3Error(
    "IllegalLocationConstraintException",
    400,
    `The ${location === undefined ? "unspecified" : String(location)} location constraint is incompatible ` +
      "for the region specific endpoint this request was sent to.",
  );
}
