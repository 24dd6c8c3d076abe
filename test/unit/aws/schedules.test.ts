// Who has no Scheduler: an emulator may answer so, but before AWS such an answer is a proxy's, and nothing is concluded.
import { SchedulerClient } from "@aws-sdk/client-scheduler";
import { afterEach, expect, test, vi } from "vitest";
import type { AwsClients } from "../../../controller/aws/clients.ts";
import { readSchedules } from "../../../controller/aws/schedules.ts";

const page = {
  statusCode: 403,
  reason: "Forbidden",
  headers: { "content-type": "text/html; charset=utf-8" },
  body: new TextEncoder().encode("<html>not for you</html>"),
};

afterEach(() => vi.unstubAllEnvs());

function clientsOf(endpoint: string | undefined): AwsClients {
  vi.stubEnv("AWS_ENDPOINT_URL", endpoint);
  vi.stubEnv("AWS_ENDPOINT_URL_SCHEDULER", endpoint);
  const client = new SchedulerClient({
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
    requestHandler: { handle: () => Promise.resolve({ response: page }) },
  });
  const isEmulated = () => false;
  return { scheduler: () => Promise.resolve(client), isEmulated } as unknown as AwsClients;
}

test("a page of text is an emulator's way to say so", async () => {
  expect(await readSchedules(clientsOf("http://127.0.0.1:1"))).toEqual([]);
});

test("from AWS's own address it is a failure", async () => {
  await expect(readSchedules(clientsOf(undefined))).rejects.toMatchObject({ code: "MalformedAnswer" });
});
