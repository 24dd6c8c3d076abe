// The endpoints that the environment names, as the SDK takes them. Of one that is no URL the SDK says so in each call,
// and not where it comes from.
// Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
import { EcsmonError } from "../model/errors.ts";

/** @throws EcsmonError for the first that no call could be sent to; it names the variable */
export function checkEndpoints(env: NodeJS.ProcessEnv): void {
  if (env["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] === "true") return;
  for (const [name, url = ""] of Object.entries(env).sort()) {
    if (!/^AWS_ENDPOINT_URL(_|$)/.test(name) || url === "") continue;
    if (/^https?:\/\//i.test(url) && URL.canParse(url)) continue;
    throw new EcsmonError(
      "InvalidEndpoint",
      `${name} is ${JSON.stringify(url)}, which is no URL; write it as http://127.0.0.1:4566, or unset it for AWS itself`,
    );
  }
}
