// The policy of the role that the operator itself runs as, from its configuration: what a pass needs where no other
// role is assumed, and what the loop needs beside that: its sources, leases, status, queue and notices.
import type { OperatorConfig } from "../api/config.ts";
import type { PolicySet } from "../api/policy.ts";
import { checkS3Location } from "../sources/s3/location.ts";
import { allowSnapshot, type IamPolicy, leastPolicy, type Statement } from "./permissions.ts";

/**
 * `policies` undefined: for whatever policies may ask. Roles that targets name need {@link leastPolicy} of their own.
 * Keys of KMS, where buckets, queues or secrets have any, are the reader's to add: no configuration names them.
 */
export function operatorPolicy({ spec }: OperatorConfig, policies: PolicySet | undefined): IamPolicy {
  const { owner = "ecsmon", targets = [{}] } = spec;
  const roles = [...new Set(targets.flatMap(({ roleArn }) => roleArn ?? []))];
  const isActingItself = targets.some(({ roleArn }) => roleArn === undefined);
  const ofPass = leastPolicy(policies, owner);
  const takesSnapshots = spec.status !== undefined && spec.status.snapshot !== false;
  const own = takesSnapshots ? allowSnapshot(ofPass) : ofPass;
  return {
    Version: "2012-10-17",
    Statement: [
      ...(isActingItself ? own.Statement : []),
      ...(roles.length === 0 ? [] : [allow("AssumeTargetRoles", ["sts:AssumeRole"], roles)]),
      ...spec.sources.flatMap((source, index) => ("s3" in source ? readSource(source.s3, index + 1) : [])),
      ...keepState(placesOf(spec)),
      ...(spec.events === undefined ? [] : [takeEvents(spec.events.queueUrl)]),
      ...(spec.notify === undefined ? [] : [sendNotices(spec.notify.eventBus)]),
    ],
  };
}

interface Place {
  readonly bucket: string;
  readonly prefix?: string | undefined;
}

function allow(
  Sid: string,
  Action: readonly string[],
  resources: readonly string[],
  condition?: Statement["Condition"],
): Statement {
  const [only, ...others] = resources;
  const Resource = only !== undefined && others.length === 0 ? only : resources;
  return {
    Sid,
    Effect: "Allow",
    Action,
    Resource,
    ...(condition === undefined ? {} : { Condition: condition }),
  };
}

/** Listing one object by its key is how its absence is found, too. */
function readSource(source: Place, number: number): Statement[] {
  const { bucket, prefix, isObject } = checkS3Location(source);
  const keys = `${literal(prefix)}${isObject ? "" : "*"}`;
  return [
    allow(`ReadSource${number}`, ["s3:GetObject"], [`${bucketArn(bucket)}/${keys}`]),
    allow(`ListSource${number}`, ["s3:ListBucket"], [bucketArn(bucket)], {
      StringLike: { "s3:prefix": [keys] },
    }),
  ];
}

function placesOf({ lease, status }: OperatorConfig["spec"]): readonly Place[] {
  const places = [
    ...(lease === undefined ? [] : [lease.s3]),
    ...(status !== undefined && "s3" in status ? [status.s3] : []),
  ];
  return places.map(({ bucket, prefix = "" }) => ({ bucket, prefix }));
}

function keepState(places: readonly Place[]): Statement[] {
  if (places.length === 0) return [];
  const keys = new Set(places.map(({ bucket, prefix = "" }) => `${bucketArn(bucket)}/${literal(prefix)}*`));
  const buckets = [...new Set(places.map(({ bucket }) => bucket))];
  return [
    allow("KeepState", ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], [...keys]),
    ...buckets.map((bucket, index) => {
      const prefixes = places.flatMap((one) =>
        one.bucket === bucket ? `${literal(one.prefix ?? "")}*` : [],
      );
      // Who may not list is told 403 of an object that is not there, and no lease could ever be made first: a get has
      // no s3:prefix to compare.
      return allow(`ListState${index + 1}`, ["s3:ListBucket"], [bucketArn(bucket)], {
        StringLikeIfExists: { "s3:prefix": [...new Set(prefixes)] },
      });
    }),
  ];
}

function takeEvents(queueUrl: string): Statement {
  return allow(
    "TakeEvents",
    ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage"],
    [queueArn(queueUrl)],
  );
}

/** A bus has a name or an ARN; without either it is the default one. */
function sendNotices(bus = "default"): Statement {
  return allow(
    "SendNotices",
    ["events:PutEvents"],
    [bus.startsWith("arn:") ? bus : `arn:*:events:*:*:event-bus/${bus}`],
  );
}

/**
 * `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`, and its older and private forms; of another host the Region is not
 * known.
 */
function queueArn(queueUrl: string): string {
  const { hostname, pathname } = new URL(queueUrl);
  const [account = "*", name = "*"] = pathname
    .split("/")
    .filter((part) => part !== "")
    .slice(-2);
  const [, region = "*"] =
    /(?:^|\.)sqs(?:-fips)?\.([a-z0-9-]+)\./.exec(hostname) ?? /^([a-z0-9-]+)\.queue\./.exec(hostname) ?? [];
  return `arn:*:sqs:${region}:${account}:${name}`;
}

function bucketArn(bucket: string): string {
  return `arn:*:s3:::${bucket}`;
}

/** In an ARN and in StringLike, `*`, `?` and `$` mean more than themselves (IAM, policy variables). */
function literal(text: string): string {
  return text.replaceAll(/[*?$]/g, (character) => `\${${character}}`);
}
