// Amazon S3's errors: a code, a status, and what was asked for beside the message.
import { AwsError, type Output } from "../../service.ts";

export function s3Error(code: string, status: number, message: string, members: Output = {}): AwsError {
  return new AwsError(code, message, { status, members });
}

export function noSuchBucket(BucketName: string): AwsError {
  return s3Error("NoSuchBucket", 404, "The specified bucket does not exist", { BucketName });
}

/** `markerId` where a delete marker hides the object; its version is then told in a header. */
export function noSuchKey(Key: string, markerId?: string): AwsError {
  return s3Error("NoSuchKey", 404, "The specified key does not exist.", {
    Key,
    ...(markerId === undefined ? {} : { DeleteMarker: true, VersionId: markerId }),
  });
}

export function noSuchVersion(Key: string, VersionId: string): AwsError {
  return s3Error("NoSuchVersion", 404, "The specified version does not exist.", { Key, VersionId });
}

export function preconditionFailed(Condition: string): AwsError {
  return s3Error("PreconditionFailed", 412, "At least one of the pre-conditions you specified did not hold", {
    Condition,
  });
}

export function invalidArgument(message: string, ArgumentName: string, ArgumentValue: string): AwsError {
  return s3Error("InvalidArgument", 400, message, { ArgumentName, ArgumentValue });
}

export function notImplemented(what: string): AwsError {
  return s3Error(
    "NotImplemented",
    501,
    `A header or parameter you provided implies functionality that is not implemented: ${what}`,
  );
}

export function malformedXml(): AwsError {
  return s3Error(
    "MalformedXML",
    400,
    "The XML you provided was not well-formed or did not validate against our published schema",
  );
}

export function badDigest(algorithm: string): AwsError {
  return s3Error("BadDigest", 400, `The ${algorithm} you specified did not match the calculated checksum.`);
}
