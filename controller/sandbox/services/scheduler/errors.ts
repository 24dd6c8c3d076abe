// Scheduler's errors, each with the status that the API gives it.
import { createChecks } from "../../checks.ts";
import { AwsError } from "../../service.ts";

export const checks = createChecks((message) => new AwsError("ValidationException", message));

export function invalidToken(): AwsError {
  return checks.fail("Invalid NextToken provided.");
}

export function scheduleExists(name: string): AwsError {
  return new AwsError("ConflictException", `Schedule ${name} already exists.`, { status: 409 });
}

export function scheduleNotFound(name: string): AwsError {
  return notFound(`Schedule ${name} does not exist.`);
}

export function groupNotFound(name: string): AwsError {
  return notFound(`Schedule group ${name} does not exist.`);
}

function notFound(message: string): AwsError {
  return new AwsError("ResourceNotFoundException", message, { status: 404 });
}
