// A sandbox with a clock that stands still, and clients of it without limits, anew for each test.
import { afterEach, beforeEach } from "vitest";
import { type AwsClients, createAws } from "../../controller/aws/clients.ts";
import { unlimited } from "../../controller/aws/rate-limiter.ts";
import { type Sandbox, startSandbox } from "../../controller/sandbox/server.ts";

export interface SandboxClients {
  readonly sandbox: Sandbox;
  readonly aws: AwsClients;
}

export function useSandboxClients(): SandboxClients {
  let sandbox: Sandbox;
  let aws: AwsClients;
  const before = { ...process.env };
  beforeEach(async () => {
    sandbox = await startSandbox({ clock: "manual", region: "us-east-1" });
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: sandbox.endpoint,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_MAX_ATTEMPTS: "1",
    });
    aws = createAws({ region: "us-east-1", limiter: unlimited });
  });
  afterEach(async () => {
    process.env = { ...before };
    aws.destroy();
    await sandbox.close();
  });
  return {
    get sandbox() {
      return sandbox;
    },
    get aws() {
      return aws;
    },
  };
}
