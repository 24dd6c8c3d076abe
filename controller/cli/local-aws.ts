// Nothing of the user's AWS configuration may lead a command that works on the sandbox to a real account.

/** Set in main.ts. It leads to no account, and without it the SDK speaks of itself on stderr. */
const versionWarning = "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED";

/** Points this process at a sandbox, for good. */
export function useSandbox(endpoint: string, region = "us-east-1"): void {
  for (const name of Object.keys(process.env))
    if (name.startsWith("AWS_") && name !== versionWarning) delete process.env[name];
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_SCHEDULER: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: "demo",
    AWS_SECRET_ACCESS_KEY: "demo",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
    MACKEREL_APIBASE: `${endpoint}/_mackerel`,
    MACKEREL_APIKEY: "sandbox",
  });
}
