// CloudWatch Logs' errors; nearly every bad input is an InvalidParameterException.
import { createChecks } from "../../checks.ts";
import { AwsError } from "../../service.ts";

export const checks = createChecks((message) => new AwsError("InvalidParameterException", message));

export function invalidPattern(detail: string): AwsError {
  return new AwsError("InvalidParameterException", `Invalid metric filter pattern: ${detail}`);
}

export function invalidToken(): AwsError {
  return checks.fail("The specified nextToken is invalid.");
}

export function groupNotFound(): AwsError {
  return new AwsError("ResourceNotFoundException", "The specified log group does not exist.");
}

export function notFound(what: string): AwsError {
  return new AwsError("ResourceNotFoundException", `The specified ${what} does not exist.`);
}

export function alreadyExists(what: string): AwsError {
  return new AwsError("ResourceAlreadyExistsException", `The specified ${what} already exists`);
}

export function limitExceeded(): AwsError {
  return new AwsError("LimitExceededException", "Resource limit exceeded.");
}
