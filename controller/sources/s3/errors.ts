// What S3's refusals mean, and what to do about them.
import { EcsmonError } from "../../model/errors.ts";
import { badCredentials, isOfOtherRegion, lookAtFailure, mayPass } from "../../model/s3-failure.ts";
import { type S3Location, showKey } from "./location.ts";

/** `key` where an object was read; else the list was. */
export function describeS3Error(given: unknown, location: S3Location, key?: string): EcsmonError {
  const failure = lookAtFailure(given);
  const { name, status, region, text } = failure;
  const { bucket } = location;
  const what = key === undefined ? location.name : `${showKey(key)} in s3://${bucket}`;
  const fail = (code: string, message: string): EcsmonError =>
    new EcsmonError(code, message, { cause: given });
  if (name === "NoSuchBucket")
    return fail("SourceMissing", `no bucket ${bucket}; check the name in ${location.name}`);
  if (isOfOtherRegion(failure)) {
    const there = region === undefined ? "another Region" : region;
    return fail(
      "SourceMissing",
      `the bucket ${bucket} is in ${there}, which was not asked; set AWS_REGION${region === undefined ? " to it" : `=${region}`}, and name the Region to plan for with --region or in the targets of the configuration`,
    );
  }
  if (text === "Region is missing")
    return fail("SourceUnreadable", `${location.name}: no AWS Region is set; set AWS_REGION to the bucket's`);
  if (badCredentials.has(name))
    return fail(
      "SourceDenied",
      `${what}: no valid AWS credentials (${text}); check what the AWS SDK finds: variables, profile or role`,
    );
  // Answered with 403, too.
  if (name === "InvalidObjectState")
    return fail("SourceUnreadable", `${what} is archived; restore it, or move it out of the prefix`);
  if (status === 403 || /^AccessDenied/.test(name))
    return fail(
      "SourceDenied",
      `${what}: S3 denies ${key === undefined ? "s3:ListBucket" : "s3:GetObject"} (${text}); allow s3:ListBucket on the bucket ${bucket} and s3:GetObject on its objects, and kms:Decrypt where a key of KMS encrypts them`,
    );
  if (mayPass(failure, given))
    return new EcsmonError("SourceUnreachable", `${what}: S3 did not answer (${text})`, {
      fault: "aws",
      remedy: "retry",
      cause: given,
    });
  return fail("SourceUnreadable", `cannot read ${what} (${name}: ${text})`);
}

/** An answer that lacks what S3 always gives: nothing is concluded from it, least of all that policies are gone. */
export function incompleteAnswer({ name }: S3Location, lacks: string): EcsmonError {
  return new EcsmonError("SourceUnreadable", `the list of ${name} came without ${lacks}`, {
    fault: "aws",
    remedy: "retry",
  });
}
