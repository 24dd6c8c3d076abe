// The event queue at moto's SQS: received with its count, given back, taken off; and a queue that is not there.
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeEach, expect, test, vi } from "vitest";
import { openQueue, type QueueMessage } from "../../controller/aws/queue.ts";
import { createEventFeed } from "../../controller/runtime/controller/events.ts";
import { systemClock } from "../../controller/runtime/controller/system-clock.ts";
import { awsEnvironment, region } from "./clients.ts";
import { motoEndpoint } from "./endpoint.ts";
import { resetMoto } from "./moto-server.ts";

const endpoint = motoEndpoint();
const env = awsEnvironment(endpoint);
const sqs = new SQSClient({
  endpoint,
  region,
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
});
const url = `https://sqs.${region}.amazonaws.com/123456789012/events`;

beforeEach(async () => {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  await resetMoto(endpoint);
  await sqs.send(new CreateQueueCommand({ QueueName: "events", Attributes: { VisibilityTimeout: "30" } }));
  return () => vi.unstubAllEnvs();
});
afterAll(() => sqs.destroy());

function alarmChange(service: string): string {
  return JSON.stringify({
    version: "0",
    id: `event-${service}`,
    "detail-type": "CloudWatch Alarm Configuration Change",
    source: "aws.cloudwatch",
    account: "123456789012",
    time: "2026-01-01T00:00:00Z",
    region,
    resources: [],
    detail: { alarmName: `ecsmon/prod/${service}/cpu`, operation: "update" },
  });
}

async function sendAll(bodies: readonly string[]): Promise<void> {
  for (let start = 0; start < bodies.length; start += 10) {
    const Entries = bodies
      .slice(start, start + 10)
      .map((MessageBody, index) => ({ Id: String(index), MessageBody }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
  }
}

async function lengths(): Promise<Record<string, string>> {
  const command = new GetQueueAttributesCommand({
    QueueUrl: url,
    AttributeNames: ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
  });
  return (await sqs.send(command)).Attributes ?? {};
}

test("a message is counted, given back and taken off", async () => {
  const queue = openQueue(url, { env });
  const { signal } = new AbortController();
  await sendAll([alarmChange("web")]);
  const [first] = (await queue.receive(signal)) as [QueueMessage];
  expect(first).toMatchObject({ body: alarmChange("web"), receives: 1 });
  expect(await queue.release([{ receipt: first.receipt, seconds: 0 }])).toEqual([]);
  const [second] = (await queue.receive(signal)) as [QueueMessage];
  expect(second).toMatchObject({ id: first.id, receives: 2 });
  expect(await queue.remove([second.receipt])).toEqual([]);
  expect(Object.values(await lengths())).toEqual(["0", "0"]);
  queue.close();
});

test("a feed drains what stands in the queue, and ends its poll when it is told to", async () => {
  const services = Array.from({ length: 35 }, (_, index) => `s${index}`);
  await sendAll([...services.map(alarmChange), "junk"]);
  const queue = openQueue(url, { env });
  const stop = new AbortController();
  const seen = new Set<string>();
  let count = 0;
  await createEventFeed({
    queue,
    clock: systemClock,
    log() {},
    owner: "ecsmon",
    route(news) {
      if (news.is === "services") for (const { service } of news.services) seen.add(service);
      return "queued";
    },
    isWanted: () => true,
    onCount() {
      count += 1;
      if (count === 36) stop.abort();
    },
  }).run(stop.signal);
  queue.close();
  expect([...seen].sort()).toEqual([...services].sort());
  expect(Object.values(await lengths())).toEqual(["0", "0"]);
});

test("a queue that is not there is said to be so", async () => {
  const queue = openQueue(url.replace("events", "nothing"), { env });
  await expect(queue.receive(new AbortController().signal)).rejects.toMatchObject({
    code: expect.stringMatching(/QueueDoesNotExist|NonExistentQueue/),
  });
  queue.close();
});
