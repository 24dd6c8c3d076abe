// Amazon SNS's errors. Over the wire they have shorter names than the exceptions of its SDKs.
import { createChecks } from "../../checks.ts";
import { AwsError } from "../../service.ts";

export const checks = createChecks(
  (message) =>
    new AwsError("InvalidParameterException", `Invalid parameter: ${message}`, {
      queryCode: "InvalidParameter",
    }),
);

export function topicNotFound(): AwsError {
  return new AwsError("NotFoundException", "Topic does not exist", { status: 404, queryCode: "NotFound" });
}

export function subscriptionNotFound(): AwsError {
  return new AwsError("NotFoundException", "Subscription does not exist", {
    status: 404,
    queryCode: "NotFound",
  });
}

export function resourceNotFound(): AwsError {
  return new AwsError("ResourceNotFoundException", "Resource does not exist", {
    status: 404,
    queryCode: "ResourceNotFound",
  });
}
