// Whether a service's endpoint is a whole emulator's rather than AWS's own.

/**
 * One endpoint for all services is an emulator, and what it lacks or only pretends must not be asked for: unless it is
 * named for the service too (`AWS_ENDPOINT_URL_IAM`).
 */
export function isEmulated(service: "IAM" | "SCHEDULER", env: NodeJS.ProcessEnv): boolean {
  return env["AWS_ENDPOINT_URL"] !== undefined && env[`AWS_ENDPOINT_URL_${service}`] === undefined;
}
