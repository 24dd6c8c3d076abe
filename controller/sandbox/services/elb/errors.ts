// Elastic Load Balancing's errors: a modelled exception travels under a shorter code in XML.
import { createChecks } from "../../checks.ts";
import { AwsError } from "../../service.ts";

export const checks = createChecks((message) => new AwsError("ValidationError", message));

/** E.g. `elbError("TargetGroupNotFound", …)` is TargetGroupNotFoundException, `TargetGroupNotFound` on the wire. */
export function elbError(queryCode: string, message: string): AwsError {
  return new AwsError(`${queryCode}Exception`, message, { queryCode });
}

export function invalidConfiguration(message: string): AwsError {
  return elbError("InvalidConfigurationRequest", message);
}

export function invalidMarker(): AwsError {
  return checks.fail("The marker is not valid");
}
