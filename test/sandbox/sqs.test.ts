// Amazon SQS as the sandbox plays it, through the real SDK.
import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  type CreateQueueCommandInput,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  PurgeQueueCommand,
  type QueueAttributeName,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
  SetQueueAttributesCommand,
  TagQueueCommand,
  UntagQueueCommand,
} from "@aws-sdk/client-sqs";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { createCore } from "../../controller/sandbox/core.ts";
import { findRoute } from "../../controller/sandbox/protocols/route.ts";
import { AwsError } from "../../controller/sandbox/service.ts";
import { createSqs } from "../../controller/sandbox/services/sqs.ts";
import { type Harness, start } from "./harness.ts";

const ARN = "arn:aws:sqs:us-east-1:123456789012";
const SECOND = 1000;

let sandbox: Harness;
let QueueUrl: string;
beforeEach(async () => {
  sandbox = await start();
  QueueUrl = await create();
});

const create = async (input: Partial<CreateQueueCommandInput> = {}): Promise<string> =>
  (await sandbox.sqs.send(new CreateQueueCommand({ QueueName: "events", ...input }))).QueueUrl ?? "";
const send = (MessageBody: string, input: Partial<SendMessageCommandInput> = {}) =>
  sandbox.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, ...input }));
const receive = async (input: Partial<ReceiveMessageCommandInput> = {}) =>
  (
    await sandbox.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        MessageSystemAttributeNames: ["All"],
        ...input,
      }),
    )
  ).Messages ?? [];
const bodies = async (input: Partial<ReceiveMessageCommandInput> = {}) =>
  (await receive(input)).map(({ Body }) => Body);
const attributes = async (...AttributeNames: QueueAttributeName[]) =>
  (await sandbox.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }))).Attributes;
const remove = (ReceiptHandle: string | undefined) =>
  sandbox.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
const hide = (ReceiptHandle: string | undefined, VisibilityTimeout: number) =>
  sandbox.sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));
const refused = (call: Promise<unknown>, name: string, message = "") =>
  expect(call).rejects.toMatchObject({ name, message: expect.stringContaining(message) });

describe("queues", () => {
  it("have a URL at the sandbox, and AWS's defaults", async () => {
    expect(QueueUrl).toBe(`${sandbox.endpoint}/123456789012/events`);
    const found = await sandbox.sqs.send(new GetQueueUrlCommand({ QueueName: "events" }));
    expect(found.QueueUrl).toBe(QueueUrl);
    expect(await attributes("All")).toEqual({
      QueueArn: `${ARN}:events`,
      ApproximateNumberOfMessages: "0",
      ApproximateNumberOfMessagesDelayed: "0",
      ApproximateNumberOfMessagesNotVisible: "0",
      CreatedTimestamp: String(sandbox.control.now() / SECOND),
      LastModifiedTimestamp: String(sandbox.control.now() / SECOND),
      DelaySeconds: "0",
      MaximumMessageSize: "1048576",
      MessageRetentionPeriod: "345600",
      ReceiveMessageWaitTimeSeconds: "0",
      VisibilityTimeout: "30",
      SqsManagedSseEnabled: "true",
    });
    expect(await attributes("QueueArn")).toEqual({ QueueArn: `${ARN}:events` });
  });

  it("are made again only as they are", async () => {
    expect(await create({ Attributes: { VisibilityTimeout: "30" } })).toBe(QueueUrl);
    await refused(
      create({ Attributes: { VisibilityTimeout: "31" } }),
      "QueueNameExists",
      "VisibilityTimeout",
    );
    await sandbox.sqs.send(
      new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: "31" } }),
    );
    expect(await create({ Attributes: { VisibilityTimeout: "31" } })).toBe(QueueUrl);
  });

  it("are missed by name, in JSON and in the old protocol's header", async () => {
    await expect(sandbox.sqs.send(new GetQueueUrlCommand({ QueueName: "no" }))).rejects.toMatchObject({
      name: "QueueDoesNotExist",
      Code: "AWS.SimpleQueueService.NonExistentQueue",
      $metadata: { httpStatusCode: 400 },
    });
    await refused(receive({ QueueUrl: QueueUrl.replace("events", "no") }), "QueueDoesNotExist");
    await refused(
      receive({ QueueUrl: QueueUrl.replace("123456789012", "999999999999") }),
      "QueueDoesNotExist",
    );
  });

  it("are listed, page by page where a size is asked for", async () => {
    await create({ QueueName: "events-dead" });
    await create({ QueueName: "other" });
    const list = async (input: object) => sandbox.sqs.send(new ListQueuesCommand(input));
    const first = await list({ QueueNamePrefix: "events", MaxResults: 1 });
    expect(first.QueueUrls).toEqual([QueueUrl]);
    const second = await list({ QueueNamePrefix: "events", MaxResults: 1, NextToken: first.NextToken });
    expect([second.QueueUrls, second.NextToken]).toEqual([[`${QueueUrl}-dead`], undefined]);
    expect((await list({ QueueNamePrefix: "none" })).QueueUrls).toBeUndefined();
  });

  it.each<[Record<string, string>, string]>([
    [{ VisibilityTimeout: "43201" }, "InvalidAttributeValue"],
    [{ MaximumMessageSize: "lots" }, "InvalidAttributeValue"],
    [{ RedrivePolicy: "{" }, "InvalidAttributeValue"],
    [
      { RedrivePolicy: '{"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:1:x","maxReceiveCount":3}' },
      "InvalidAttributeValue",
    ],
    [{ RedrivePolicy: `{"deadLetterTargetArn":"${ARN}:dead","maxReceiveCount":0}` }, "InvalidAttributeValue"],
    [{ Policy: "no" }, "InvalidAttributeValue"],
    [{ Visibility: "1" }, "InvalidAttributeName"],
    [{ QueueArn: "x" }, "InvalidAttributeName"],
    [{ FifoQueue: "true" }, "UnsupportedOperation"],
  ])("refuse %j", async (Attributes, name) => {
    await refused(create({ QueueName: "bad", Attributes }), name);
    await refused(sandbox.sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes })), name);
  });

  it("are gone at once, and can't be made again for a minute", async () => {
    await send("a");
    await sandbox.sqs.send(new DeleteQueueCommand({ QueueUrl }));
    await refused(send("b"), "QueueDoesNotExist");
    await refused(create(), "QueueDeletedRecently");
    sandbox.control.advance(60 * SECOND);
    await create();
    expect(await bodies()).toEqual([]);
  });

  it("are emptied once a minute", async () => {
    await send("a");
    await sandbox.sqs.send(new PurgeQueueCommand({ QueueUrl }));
    expect(await bodies()).toEqual([]);
    await refused(sandbox.sqs.send(new PurgeQueueCommand({ QueueUrl })), "PurgeQueueInProgress");
  });

  it("carry tags", async () => {
    const tags = async () => (await sandbox.sqs.send(new ListQueueTagsCommand({ QueueUrl }))).Tags;
    await sandbox.sqs.send(new TagQueueCommand({ QueueUrl, Tags: { team: "a", env: "prod" } }));
    await sandbox.sqs.send(new UntagQueueCommand({ QueueUrl, TagKeys: ["env"] }));
    expect(await tags()).toEqual({ team: "a" });
  });
});

describe("messages", () => {
  it("come with their MD5s, counts and attributes", async () => {
    const sent = await send("grüße", {
      MessageAttributes: {
        kind: { DataType: "String", StringValue: "test" },
        size: { DataType: "Number.int", StringValue: "3" },
        raw: { DataType: "Binary", BinaryValue: Uint8Array.of(1, 2) },
      },
    });
    // The SDK checks MD5OfMessageBody itself; this one of the attributes was worked out by the AWS guide's rules.
    expect(sent.MD5OfMessageAttributes).toBe("ba14f833b9f219d4755e20ea98fe44a3");
    const [message] = await receive({ MessageAttributeNames: ["ki.*", "size"] });
    expect(message).toMatchObject({
      MessageId: sent.MessageId,
      Body: "grüße",
      MD5OfBody: sent.MD5OfMessageBody,
      Attributes: {
        ApproximateReceiveCount: "1",
        SentTimestamp: String(sandbox.control.now()),
        ApproximateFirstReceiveTimestamp: String(sandbox.control.now()),
      },
      MessageAttributes: { size: { DataType: "Number.int", StringValue: "3" } },
    });
  });

  it("are hidden once received, until their time is over", async () => {
    await send("a");
    const [first] = await receive();
    expect(await bodies()).toEqual([]);
    expect(
      (await attributes("ApproximateNumberOfMessagesNotVisible"))?.["ApproximateNumberOfMessagesNotVisible"],
    ).toBe("1");
    sandbox.control.advance(30 * SECOND);
    const [second] = await receive({ VisibilityTimeout: 5 });
    expect(second?.Attributes?.ApproximateReceiveCount).toBe("2");
    // The first handle is no longer good: it succeeds, and deletes nothing.
    await remove(first?.ReceiptHandle);
    sandbox.control.advance(5 * SECOND);
    const [third] = await receive();
    await remove(third?.ReceiptHandle);
    await remove(third?.ReceiptHandle);
    sandbox.control.advance(30 * SECOND);
    expect(await bodies()).toEqual([]);
  });

  it("can be hidden for longer, or given back", async () => {
    await send("a");
    const [message] = await receive();
    await hide(message?.ReceiptHandle, 60);
    sandbox.control.advance(59 * SECOND);
    expect(await bodies()).toEqual([]);
    await hide(message?.ReceiptHandle, 0);
    const [again] = await receive();
    expect(again?.Body).toBe("a");
    sandbox.control.advance(30 * SECOND);
    await refused(hide(again?.ReceiptHandle, 10), "MessageNotInflight");
    await refused(hide("nonsense", 10), "ReceiptHandleIsInvalid");
    const [last] = await receive();
    await remove(last?.ReceiptHandle);
    await refused(hide(last?.ReceiptHandle, 10), "InvalidParameterValue", "does not exist");
  });

  it("can be delayed, and are kept only so long", async () => {
    await send("late", { DelaySeconds: 10 });
    expect(await attributes("ApproximateNumberOfMessagesDelayed")).toEqual({
      ApproximateNumberOfMessagesDelayed: "1",
    });
    expect(await bodies()).toEqual([]);
    sandbox.control.advance(10 * SECOND);
    expect(await bodies()).toEqual(["late"]);
    await sandbox.sqs.send(
      new SetQueueAttributesCommand({ QueueUrl, Attributes: { MessageRetentionPeriod: "60" } }),
    );
    sandbox.control.advance(60 * SECOND);
    expect(await bodies()).toEqual([]);
  });

  it.each([
    ["", {}, "MissingParameter"],
    ["\u0001", {}, "InvalidParameterValue"],
    ["a", { DelaySeconds: 901 }, "InvalidParameterValue"],
    [
      "a",
      { MessageAttributes: { "AWS.x": { DataType: "String", StringValue: "a" } } },
      "InvalidParameterValue",
    ],
    ["a", { MessageAttributes: { x: { DataType: "Number", StringValue: "a" } } }, "InvalidParameterValue"],
    ["x".repeat(1_048_577), {}, "InvalidParameterValue"],
  ])("refuse what SQS doesn't take (%#)", async (body, input, name) => {
    await refused(send(body, input), name);
    expect(await bodies()).toEqual([]);
  });
});

describe("batches", () => {
  it("answer for each entry", async () => {
    const sent = await sandbox.sqs.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: "a", MessageBody: "A" },
          { Id: "b", MessageBody: "B", DelaySeconds: 901 },
        ],
      }),
    );
    expect(sent.Successful?.map(({ Id }) => Id)).toEqual(["a"]);
    expect(sent.Failed).toMatchObject([{ Id: "b", SenderFault: true, Code: "InvalidParameterValue" }]);
    const [message] = await receive();
    const hidden = await sandbox.sqs.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl,
        Entries: [{ Id: "a", ReceiptHandle: message?.ReceiptHandle, VisibilityTimeout: 99 }],
      }),
    );
    expect([hidden.Successful, hidden.Failed]).toEqual([[{ Id: "a" }], undefined]);
    const deleted = await sandbox.sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: "good", ReceiptHandle: message?.ReceiptHandle },
          { Id: "bad", ReceiptHandle: "nonsense" },
        ],
      }),
    );
    expect(deleted.Successful).toEqual([{ Id: "good" }]);
    expect(deleted.Failed).toMatchObject([{ Id: "bad", Code: "ReceiptHandleIsInvalid" }]);
  });

  it.each([
    [[], "EmptyBatchRequest"],
    [["a", "a"], "BatchEntryIdsNotDistinct"],
    [["not an id"], "InvalidBatchEntryId"],
    [[..."abcdefghijk"], "TooManyEntriesInBatchRequest"],
  ])("are refused as a whole: %j", async (ids, name) => {
    const Entries = ids.map((Id) => ({ Id, MessageBody: "x" }));
    await refused(sandbox.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries })), name);
    expect(await bodies()).toEqual([]);
  });

  it("fail in part by a fault", async () => {
    sandbox.control.addFault({
      operation: "DeleteMessageBatch",
      action: { failEntries: { code: "InternalError", match: '"Id":"b"' } },
    });
    await send("a");
    await send("b");
    const Entries = (await receive()).map(({ Body: Id, ReceiptHandle }) => ({ Id, ReceiptHandle }));
    const answer = await sandbox.sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    expect(answer.Successful).toEqual([{ Id: "a" }]);
    expect(answer.Failed).toMatchObject([{ Id: "b", SenderFault: false, Code: "InternalError" }]);
    sandbox.control.advance(30 * SECOND);
    expect(await bodies()).toEqual(["b"]);
  });
});

describe("dead letters", () => {
  it("are what was received too often", async () => {
    const dead = await create({ QueueName: "dead" });
    await sandbox.sqs.send(
      new SetQueueAttributesCommand({
        QueueUrl,
        Attributes: {
          RedrivePolicy: JSON.stringify({ deadLetterTargetArn: `${ARN}:dead`, maxReceiveCount: "2" }),
        },
      }),
    );
    await send("poison");
    for (const count of ["1", "2"]) {
      const [message] = await receive({ VisibilityTimeout: 0 });
      expect(message?.Attributes?.ApproximateReceiveCount).toBe(count);
    }
    expect(await bodies({ QueueUrl: dead })).toEqual([]);
    expect(await bodies()).toEqual([]);
    const [letter] = await receive({ QueueUrl: dead });
    expect(letter).toMatchObject({
      Body: "poison",
      Attributes: { DeadLetterQueueSourceArn: `${ARN}:events` },
    });
  });
});

describe("long polls", () => {
  it("answer at once when there is a message", async () => {
    await send("there");
    expect(await bodies({ WaitTimeSeconds: 20 })).toEqual(["there"]);
  });

  it("are woken over HTTP by a message", async () => {
    const real = await start({ clock: "real" });
    const { QueueUrl } = real.control.call("sqs", "CreateQueue", { QueueName: "events" }) as {
      QueueUrl: string;
    };
    const poll = real.sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
    await real.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "one" }));
    expect((await poll).Messages?.map(({ Body }) => Body)).toEqual(["one"]);
  });

  it("give up where the clock stands still", async () => {
    expect(await bodies({ WaitTimeSeconds: 20 })).toEqual([]);
    expect(sandbox.control.calls({ operation: "ReceiveMessage" })).toMatchObject([
      { status: 200, write: false },
    ]);
  });

  // Without sockets from here on, so that a poll waits as soon as it is asked.
  const startCore = () => {
    const core = createCore({ clock: "real", region: "us-east-1" });
    core.control.call("sqs", "CreateQueue", { QueueName: "events" });
    const sent = (MessageBody: string) =>
      core.control.call("sqs", "SendMessage", { QueueUrl: "events", MessageBody });
    const poll = async (hangUp?: AbortSignal) => {
      const world = core.worldOf({});
      const body = Buffer.from(
        JSON.stringify({ QueueUrl: "events", WaitTimeSeconds: 20, VisibilityTimeout: 3600 }),
      );
      const route = findRoute(world.services, "/", { "x-amz-target": "AmazonSQS.ReceiveMessage" }, body);
      if (route === undefined) throw new Error("no route");
      const outcome = await core.answer(route, world, body, hangUp);
      if (typeof outcome === "string" || "holdMs" in outcome) return outcome;
      const { __type, Messages = [] } = JSON.parse(String(outcome.body));
      return __type ?? Messages.map((message: { Body: string }) => message.Body).join();
    };
    return { control: core.control, sent, poll };
  };

  it("are woken by a message, which one of them gets", async () => {
    const { sent, poll } = startCore();
    const polls = [poll(), poll()];
    sent("one");
    expect(await Promise.race(polls)).toBe("one");
    sent("two");
    expect(await Promise.all(polls)).toEqual(["one", "two"]);
  });

  it("end with the sandbox's clock", async () => {
    const { control, sent, poll } = startCore();
    const early = poll();
    control.advance(19 * SECOND);
    sent("in time");
    expect(await early).toBe("in time");
    const idle = poll();
    control.advance(20 * SECOND);
    expect(await idle).toBe("");
  });

  it("see what becomes visible meanwhile", async () => {
    const { control, sent, poll } = startCore();
    sent("again");
    expect(await poll()).toBe("again");
    control.advance(3590 * SECOND);
    const second = poll();
    control.advance(10 * SECOND);
    expect(await second).toBe("again");
  });

  it("take no message for a caller that has gone", async () => {
    const { control, sent, poll } = startCore();
    const gone = new AbortController();
    const left = poll(gone.signal);
    gone.abort();
    sent("still there");
    expect(await left).toBe("destroy");
    expect(control.calls()).toMatchObject([{ operation: "ReceiveMessage", status: 0 }]);
    expect(await poll()).toBe("still there");
  });

  it("end when the queue is deleted, or the sandbox reset", async () => {
    const { control, poll } = startCore();
    const reset = poll();
    control.reset();
    expect(await reset).toBe("");
    expect(await poll()).toBe("QueueDoesNotExist");
    control.call("sqs", "CreateQueue", { QueueName: "events" });
    const deleted = poll();
    control.call("sqs", "DeleteQueue", { QueueUrl: "events" });
    expect(await deleted).toBe("QueueDoesNotExist");
  });
});

describe("the sandbox's own", () => {
  it("faults, call log and state have SQS too", async () => {
    const { control } = sandbox;
    control.addFault({ service: "sqs", operation: "SendMessage", action: "denied", times: 1 });
    await expect(send("a")).rejects.toMatchObject({
      Code: "AccessDenied",
      $metadata: { httpStatusCode: 403 },
    });
    control.addFault({ service: "sqs", operation: "ReceiveMessage", action: "throttle", times: 1 });
    await refused(receive({ WaitTimeSeconds: 20 }), "ThrottlingException");
    await send("kept");
    expect(control.counts()).toMatchObject({ "sqs:SendMessage": 2, "sqs:ReceiveMessage": 1 });
    expect(control.state()).toMatchObject({
      "123456789012/us-east-1": {
        sqs: { queues: [{ name: "events", messages: [{ body: "kept", receiveCount: 0 }] }] },
      },
    });
  });

  it("is never at a loss for malformed input", () => {
    const { operations } = createSqs({ endpoint: () => "http://127.0.0.1" });
    const context = { now: () => 0, account: "123456789012", region: "us-east-1" };
    const run = (name: string, input: unknown) => operations[name]?.(input, context);
    run("CreateQueue", { QueueName: "q" });
    const anything = fc.oneof(
      fc.constantFrom<unknown>(null, "", "x", -1, 1.5, [], {}, [null], [{}]),
      fc.jsonValue(),
    );
    const attributes = fc.dictionary(
      fc.constantFrom("RedrivePolicy", "Policy", "VisibilityTimeout"),
      anything,
    );
    const input = fc.record(
      {
        QueueUrl: fc.constantFrom<unknown>("q", 1, "/", null),
        QueueName: fc.constantFrom<unknown>("q", "r", {}, null),
        Attributes: fc.oneof(anything, attributes),
        Entries: fc.oneof(
          anything,
          fc.array(
            fc.record({ Id: anything, MessageBody: anything, ReceiptHandle: anything }, { requiredKeys: [] }),
          ),
        ),
        MessageBody: anything,
        MessageAttributes: fc.oneof(anything, fc.dictionary(fc.string(), anything)),
        ReceiptHandle: anything,
        VisibilityTimeout: anything,
        AttributeNames: anything,
        MessageAttributeNames: anything,
        Tags: anything,
        NextToken: anything,
      },
      { requiredKeys: ["QueueUrl"] },
    );
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(operations)), input, (name, spoiled) => {
        try {
          run(name, spoiled);
        } catch (error) {
          if (!(error instanceof AwsError)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });
});
