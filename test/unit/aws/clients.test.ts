// An endpoint that takes a request and never answers does not hold a run up for ever.
import { ListClustersCommand } from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createAws } from "../../../controller/aws/clients.ts";
import { describeAwsError } from "../../../controller/aws/errors.ts";
import { type Sandbox, startSandbox } from "../../../controller/sandbox/server.ts";

let sandbox: Sandbox;
const before = { ...process.env };

beforeAll(async () => {
  sandbox = await startSandbox({ seed: "empty" });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: sandbox.endpoint,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_MAX_ATTEMPTS: "1",
  });
});
afterAll(async () => {
  process.env = before;
  await sandbox.close();
});

test("it is unreachable after its time", async () => {
  sandbox.control.addFault({ operation: "ListClusters", action: "timeout", holdMs: 60_000 });
  const aws = createAws({ requestTimeout: 20 });
  const failure = await aws.ecs.send(new ListClustersCommand({})).then(
    () => undefined,
    (error: unknown) => describeAwsError(error, "ecs:ListClusters"),
  );
  expect(failure?.code).toBe("Unreachable");
  aws.destroy();
});
