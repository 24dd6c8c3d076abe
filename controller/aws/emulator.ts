// What is told of an endpoint that is an emulator's rather than AWS's own.
import { EcsmonError } from "../model/errors.ts";
import { errorName } from "./errors.ts";

/**
 * One endpoint for all services is an emulator, and what it lacks or only pretends must not be asked for: unless it is
 * named for the service too (`AWS_ENDPOINT_URL_IAM`).
 */
export function isEmulated(service: "IAM" | "SCHEDULER", env: NodeJS.ProcessEnv): boolean {
  return env["AWS_ENDPOINT_URL"] !== undefined && env[`AWS_ENDPOINT_URL_${service}`] === undefined;
}

/**
 * Whether an endpoint has not got the operation at all, and so holds nothing of its kind. AWS's codes say so; a page of
 * text does where the endpoint is an emulator's. Before AWS such a page is some proxy's, and says nothing.
 */
export function lacksOperation(
  service: "CLOUDWATCH_LOGS" | "SCHEDULER",
  given: unknown,
  env: NodeJS.ProcessEnv,
): boolean {
  const error = given instanceof EcsmonError ? given.cause : given;
  const name = errorName(error);
  if (isMarkedLacking(error)) return true;
  if (/^(UnknownOperation(Exception)?|InvalidAction|NotImplemented(Exception)?)$/.test(name)) return true;
  const isAws = (env[`AWS_ENDPOINT_URL_${service}`] ?? env["AWS_ENDPOINT_URL"]) === undefined;
  const response = (error as { $response?: { headers?: Readonly<Record<string, string>> } } | undefined)
    ?.$response;
  const isPage = name === "SyntaxError" && /^text\/html/.test(response?.headers?.["content-type"] ?? "");
  return isPage && !isAws;
}

const lacking = Symbol("ecsmon.lacking");

/** An error that comes out of a snapshot: it says itself what its endpoint lacked, which is not there any more. */
export function markLacking<T extends Error>(error: T): T {
  return Object.assign(error, { [lacking]: true });
}

function isMarkedLacking(error: unknown): boolean {
  return (error as { readonly [lacking]?: boolean } | undefined)?.[lacking] === true;
}
