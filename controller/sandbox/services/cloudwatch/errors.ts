// CloudWatch's errors. Bad input is `ValidationError` for the alarm operations (AWS doesn't model it)
// and `InvalidParameterValue` for the metric and tag operations.
import { createChecks } from "../../checks.ts";
import { AwsError } from "../../service.ts";

export const alarmChecks = createChecks((message) => new AwsError("ValidationError", message));

export const metricChecks = createChecks(
  (message) =>
    new AwsError("InvalidParameterValueException", message, { queryCode: "InvalidParameterValue" }),
);

export function limitExceeded(message: string): AwsError {
  return new AwsError("LimitExceededFault", message, { queryCode: "LimitExceeded" });
}

export function invalidNextToken(): AwsError {
  return new AwsError("InvalidNextToken", "The next token specified is invalid.");
}

export function alarmNotFound(name: string): AwsError {
  return new AwsError("ResourceNotFound", `Unknown alarm: ${name}`, { status: 404 });
}

export function resourceNotFound(arn: string): AwsError {
  return new AwsError("ResourceNotFoundException", `Unknown resource: ${arn}`, { status: 404 });
}
