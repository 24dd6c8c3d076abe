// The one place that knows AWS's error codes.
import { EcsmonError, type Failure, toFailure } from "../model/errors.ts";

const denied = new Set([
  "AccessDenied",
  "AccessDeniedException",
  "UnauthorizedOperation",
  "AuthFailure",
  // SNS's own.
  "AuthorizationError",
  "AuthorizationErrorException",
  "NotAuthorized",
]);
const throttled = new Set([
  "Throttling",
  "ThrottlingException",
  "ThrottledException",
  "TooManyRequestsException",
  "RequestLimitExceeded",
  "LimitExceededFault.Throttling",
]);
const credentials = new Set([
  "CredentialsProviderError",
  "ExpiredToken",
  "ExpiredTokenException",
  "UnrecognizedClientException",
  "InvalidClientTokenId",
  "InvalidSignatureException",
  "SignatureDoesNotMatch",
]);

/** What AWS's refusal means, in our words: a stable code, and a message that names the call. */
export function describeAwsError(error: unknown, operation: string): Failure {
  if (error instanceof EcsmonError) return toFailure(error);
  const name = errorName(error);
  const text =
    error instanceof Error
      ? error.message.split("Deserialization error:")[0]?.replaceAll(/\s+/g, " ").trim().slice(0, 500)
      : String(error);
  if (denied.has(name)) return { code: "AccessDenied", message: `${operation} was denied: ${text}` };
  if (throttled.has(name))
    return { code: "Throttled", message: `${operation} was throttled again and again: ${text}` };
  if (credentials.has(name)) {
    const profile = process.env["AWS_PROFILE"] ?? "";
    const asked = name === "CredentialsProviderError" && profile !== "" && !text?.includes(profile);
    const where = asked ? ` (AWS_PROFILE is ${JSON.stringify(profile)})` : "";
    return { code: "Credentials", message: `${operation}: no valid AWS credentials: ${text}${where}` };
  }
  if (name === "SyntaxError")
    return {
      code: "MalformedAnswer",
      message: `${operation} gave an answer that is not of its protocol: ${text}`,
    };
  if (name === "AggregateError" || name === "TimeoutError" || isConnectionError(error)) {
    return {
      code: "Unreachable",
      message: `${operation}: the endpoint could not be reached: ${connectionText(error)}`,
    };
  }
  return { code: name, message: `${operation} failed: ${text}` };
}

export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : "Unknown";
}

function isConnectionError(error: unknown): boolean {
  return error instanceof Error && "code" in error && /^E[A-Z]+$/.test(String(error.code));
}

/** What is told of a connection that failed. */
export function connectionText(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(String).join("; ");
  return error instanceof Error ? error.message : String(error);
}

/** An answer that lacks what its operation always gives: not "nothing there", but not an answer. */
export function malformed(operation: string, lacks: string): EcsmonError {
  return new EcsmonError(
    "MalformedAnswer",
    `${operation} gave an answer without ${lacks}; nothing is concluded from it`,
    {
      fault: "aws",
      remedy: "retry",
    },
  );
}
