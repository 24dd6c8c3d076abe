// EventBridge's errors; nearly every bad input is a ValidationException.
import { createChecks } from "../../checks.ts";
import { AwsError } from "../../service.ts";

export const checks = createChecks((message) => new AwsError("ValidationException", message));

export function invalidPattern(reason: string): AwsError {
  return new AwsError("InvalidEventPatternException", `Event pattern is not valid. Reason: ${reason}`);
}

export function invalidToken(): AwsError {
  return checks.fail("The nextToken provided is invalid.");
}

export function busNotFound(name: string): AwsError {
  return new AwsError("ResourceNotFoundException", `Event bus ${name} does not exist.`);
}

export function ruleNotFound(name: string): AwsError {
  return new AwsError("ResourceNotFoundException", `Rule ${name} does not exist on EventBus default.`);
}

export function limitExceeded(): AwsError {
  return new AwsError("LimitExceededException", "The requested resource exceeds the maximum number allowed.");
}
