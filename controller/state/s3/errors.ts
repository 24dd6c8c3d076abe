// What S3's refusals mean for state that is kept there, and what to do about them.
import { EcsmonError } from "../../model/errors.ts";
import { badCredentials, isOfOtherRegion, lookAtFailure, mayPass } from "../../model/s3-failure.ts";

/** `what`: the call and its object, as people read it; `needs`: the permission that it takes. */
export function describeStoreError(
  given: unknown,
  { what, needs, bucket }: { readonly what: string; readonly needs: string; readonly bucket: string },
): EcsmonError {
  if (given instanceof EcsmonError) return given;
  const failure = lookAtFailure(given);
  const { name, status, region, text } = failure;
  const fail = (code: string, message: string): EcsmonError =>
    new EcsmonError(code, message, { cause: given });
  if (name === "NoSuchBucket")
    return fail(
      "StoreMissing",
      `${what}: no bucket ${bucket}; make it, or correct its name in the configuration`,
    );
  if (isOfOtherRegion(failure)) {
    const there = region === undefined ? "another Region" : region;
    const set = region === undefined ? "AWS_REGION to it" : `AWS_REGION=${region}`;
    return fail(
      "StoreMissing",
      `${what}: the bucket ${bucket} is in ${there}, which was not asked; set ${set}, and name the Regions to look after in the targets of the configuration`,
    );
  }
  if (text === "Region is missing")
    return fail("StoreFailed", `${what}: no AWS Region is set; set AWS_REGION to the bucket's`);
  if (badCredentials.has(name))
    return fail(
      "StoreDenied",
      `${what}: no valid AWS credentials (${text}); check what the AWS SDK finds: variables, profile or role`,
    );
  if (status === 403 || /^AccessDenied/.test(name))
    return fail(
      "StoreDenied",
      `${what}: S3 denies ${needs} (${text}); allow s3:GetObject, s3:PutObject and s3:DeleteObject on the objects of ${bucket}, and s3:ListBucket on the bucket (without it, S3 denies objects that are not there yet)`,
    );
  if (name === "NotImplemented")
    return fail(
      "StoreFailed",
      `${what}: this endpoint knows no conditional writes; use Amazon S3, or a folder`,
    );
  // A call that is given up in time ends so.
  if (name === "AbortError" || mayPass(failure, given)) return unreachable(what, text, given);
  return fail("StoreFailed", `${what} failed (${name}: ${text})`);
}

export function unreachable(what: string, text: string, cause?: unknown): EcsmonError {
  return new EcsmonError("StoreUnreachable", `${what}: S3 did not answer (${text})`, {
    fault: "aws",
    remedy: "retry",
    ...(cause === undefined ? {} : { cause }),
  });
}

export function incomplete(what: string, lacks: string): EcsmonError {
  return new EcsmonError("StoreFailed", `${what}: the answer came without ${lacks}`, {
    fault: "aws",
    remedy: "retry",
  });
}
