// The queue's client: which Region and endpoint, and how polls, batches and refusals go, over HTTP.
import { createHash } from "node:crypto";

import { getEventListeners, once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { type EventQueue, openQueue, readQueueUrl } from "../../../controller/aws/queue.ts";

type Handler = (body: Record<string, unknown>, request: IncomingMessage, response: ServerResponse) => void;

beforeEach(() => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
  vi.stubEnv("AWS_SESSION_TOKEN", undefined);
  return () => vi.unstubAllEnvs();
});

const aws = "https://sqs.eu-west-1.amazonaws.com/123456789012/events";

async function serve(handler: Handler, url = aws): Promise<{ queue: EventQueue; answers: string[] }> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    handler(JSON.parse(Buffer.concat(chunks).toString("utf8")), request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const answers: string[] = [];
  const queue = openQueue(url, {
    env: {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      AWS_MAX_ATTEMPTS: "1",
    },
    onAnswer: (...args) => answers.push(args.join(" ")),
  });
  onTestFinished(() => {
    queue.close();
    server.closeAllConnections();
    server.close();
  });
  return { queue, answers };
}

function answer(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { "content-type": "application/x-amz-json-1.0" }).end(JSON.stringify(body));
}

describe("readQueueUrl", () => {
  it.each([
    [aws, "eu-west-1"],
    ["https://sqs.us-gov-west-1.amazonaws.com/123456789012/events", "us-gov-west-1"],
    ["https://sqs.cn-north-1.amazonaws.com.cn/123456789012/events", "cn-north-1"],
    ["https://sqs.eu-west-1.api.aws/123456789012/events", "eu-west-1"],
    ["https://sqs-fips.us-east-2.amazonaws.com/123456789012/events", "us-east-2"],
    ["https://vpce-0a1b-2c3d.sqs.ap-northeast-1.vpce.amazonaws.com/123456789012/events", "ap-northeast-1"],
    ["https://eu-central-1.queue.amazonaws.com/123456789012/events", "eu-central-1"],
    ["https://queue.amazonaws.com/123456789012/events", "us-east-1"],
    ["http://127.0.0.1:4566/123456789012/events", undefined],
    ["https://sqs.example.com/123456789012/events", undefined],
  ])("%s: %s", (url, region) => {
    expect(readQueueUrl(url, {})).toEqual({ endpoint: new URL(url).origin, region });
  });

  it("is asked at the endpoint of the environment, where it names one", () => {
    const env = { AWS_ENDPOINT_URL: "http://127.0.0.1:5000", AWS_ENDPOINT_URL_SQS: "http://127.0.0.1:6000" };
    expect(readQueueUrl(aws, env).endpoint).toBe("http://127.0.0.1:6000");
    expect(readQueueUrl(aws, { ...env, AWS_ENDPOINT_URL_SQS: "" }).endpoint).toBe("http://127.0.0.1:5000");
  });

  it.each([
    "",
    "events",
    "arn:aws:sqs:eu-west-1:123456789012:events",
    "https://sqs.eu-west-1.amazonaws.com/events",
    "ftp://h/1/q",
  ])("%s is none", (url) =>
    expect(() => openQueue(url, { env: {} })).toThrow(expect.objectContaining({ code: "InvalidQueueUrl" })),
  );
});

describe("receive", () => {
  it("asks for ten, waits long, and is signed for the queue's Region", async () => {
    let seen: unknown;
    const { queue, answers } = await serve((body, request, response) => {
      seen = {
        body,
        region: /Credential=[^/]*\/\d+\/([^/]+)\/sqs/.exec(request.headers.authorization ?? "")?.[1],
      };
      const Messages = [
        { MessageId: "1", ReceiptHandle: "r1", Body: "{}", Attributes: { ApproximateReceiveCount: "3" } },
        { MessageId: "2", ReceiptHandle: "r2", Body: "{}" },
      ];
      // The SDK checks it.
      const MD5OfBody = createHash("md5").update("{}").digest("hex");
      answer(response, { Messages: Messages.map((message) => ({ ...message, MD5OfBody })) });
    });
    expect(await queue.receive(new AbortController().signal)).toEqual([
      { id: "1", receipt: "r1", body: "{}", receives: 3 },
      { id: "2", receipt: "r2", body: "{}", receives: 1 },
    ]);
    expect(seen).toEqual({
      region: "eu-west-1",
      body: {
        QueueUrl: aws,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: 20,
        MessageSystemAttributeNames: ["ApproximateReceiveCount"],
      },
    });
    expect(answers).toEqual(["SQS ReceiveMessage success"]);
  });

  it("ends at once when it is told to, and so does its request", async () => {
    const stop = new AbortController();
    let closed: Promise<unknown> = Promise.reject(new Error("never asked"));
    closed.catch(() => undefined);
    const { queue, answers } = await serve((_body, request) => {
      closed = once(request.socket, "close");
      stop.abort();
    });
    expect(await queue.receive(stop.signal)).toEqual([]);
    await closed;
    expect(await queue.receive(stop.signal)).toEqual([]);
    expect(answers).toEqual([]);
  });

  it("leaves nothing behind at a signal that lives on", async () => {
    const { signal } = new AbortController();
    const { queue } = await serve((_body, _request, response) => answer(response, {}));
    for (let poll = 0; poll < 20; poll++) expect(await queue.receive(signal)).toEqual([]);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("says what SQS refuses, and that nobody answers", async () => {
    const refuse =
      (type: string): Handler =>
      (_body, _request, response) =>
        answer(response, { __type: `com.amazonaws.sqs#${type}`, message: "no" }, 400);
    const { signal } = new AbortController();
    const denied = await serve(refuse("AccessDeniedException"));
    await expect(denied.queue.receive(signal)).rejects.toMatchObject({
      code: "AccessDenied",
      remedy: "retry",
    });
    expect(denied.answers).toEqual(["SQS ReceiveMessage denied"]);
    const missing = await serve(refuse("QueueDoesNotExist"));
    await expect(missing.queue.receive(signal)).rejects.toMatchObject({
      code: "QueueDoesNotExist",
      message: expect.stringContaining("sqs:ReceiveMessage"),
    });
    const silent = await serve((_body, request) => request.socket.destroy());
    await expect(silent.queue.receive(signal)).rejects.toMatchObject({ code: "Unreachable" });
  });
});

describe("remove and release", () => {
  it("go by tens, and name what SQS did not do", async () => {
    const asked: {
      readonly Id: string;
      readonly ReceiptHandle: string;
      readonly VisibilityTimeout?: number;
    }[][] = [];
    const { queue } = await serve((body, _request, response) => {
      const entries = body["Entries"] as (typeof asked)[number];
      asked.push(entries);
      const bad = entries.filter(({ ReceiptHandle }) => ReceiptHandle === "r11");
      answer(response, {
        Successful: [],
        Failed: bad.map(({ Id }) => ({
          Id,
          SenderFault: true,
          Code: "ReceiptHandleIsInvalid",
          Message: "gone",
        })),
      });
    });
    const receipts = Array.from({ length: 12 }, (_, index) => `r${index}`);
    expect(await queue.remove(receipts)).toEqual([
      {
        receipt: "r11",
        failure: {
          code: "ReceiptHandleIsInvalid",
          message: "sqs:DeleteMessageBatch failed for a message: gone",
        },
      },
    ]);
    expect(asked.map((entries) => entries.length)).toEqual([10, 2]);
    expect(await queue.release([{ receipt: "r1", seconds: 4 }])).toEqual([]);
    expect(asked.at(-1)).toEqual([{ Id: "0", ReceiptHandle: "r1", VisibilityTimeout: 4 }]);
    await queue.remove([]);
    expect(asked).toHaveLength(3);
  });
});
