// Events of ecsmon's own on EventBridge, as PutEvents of the sandbox takes and refuses them.

import { PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { CreateQueueCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { expect, it, onTestFinished, vi } from "vitest";
import { createAws } from "../../controller/aws/clients.ts";
import { type BusEvent, putEvents } from "../../controller/aws/notify.ts";
import { start } from "../sandbox/harness.ts";

const event = (name: string, over: Partial<BusEvent> = {}): BusEvent => ({
  time: new Date("2026-01-01T00:00:00Z"),
  detailType: "ecsmon Drift",
  detail: { target: "ecsmon-123456789012-us-east-1", kind: "MetricAlarm", name },
  ...over,
});

/** The controller's own clients, pointed at a sandbox. */
async function startEstate() {
  const sandbox = await start();
  for (const [name, value] of Object.entries({
    AWS_ENDPOINT_URL: sandbox.endpoint,
    AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_MAX_ATTEMPTS: "1",
  }))
    vi.stubEnv(name, value);
  const aws = createAws({ region: "us-east-1" });
  onTestFinished(() => {
    aws.destroy();
    vi.unstubAllEnvs();
  });
  return { sandbox, aws };
}

it("come to the queue of a rule that asks for them", async () => {
  const { sandbox, aws } = await startEstate();
  const { QueueUrl } = await sandbox.sqs.send(new CreateQueueCommand({ QueueName: "told" }));
  const pattern = { source: ["ecsmon"], "detail-type": ["ecsmon Drift"] };
  await sandbox.events.send(new PutRuleCommand({ Name: "told", EventPattern: JSON.stringify(pattern) }));
  const Arn = "arn:aws:sqs:us-east-1:123456789012:told";
  await sandbox.events.send(new PutTargetsCommand({ Rule: "told", Targets: [{ Id: "queue", Arn }] }));

  const others = [event("b", { detailType: "ecsmon Paused" }), event("c")];
  expect(await putEvents(aws, undefined, [event("a"), ...others])).toEqual([]);
  const { Messages = [] } = await sandbox.sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
  );
  const bodies = Messages.map(({ Body = "" }) => JSON.parse(Body) as Record<string, unknown>);
  expect(bodies.map((body) => (body["detail"] as { name: string }).name).sort()).toEqual(["a", "c"]);
  expect(bodies[0]).toMatchObject({
    source: "ecsmon",
    "detail-type": "ecsmon Drift",
    account: "123456789012",
    region: "us-east-1",
    time: "2026-01-01T00:00:00Z",
  });
});

it("go to a bus by its name and by its ARN", async () => {
  const { aws } = await startEstate();
  const arn = "arn:aws:events:us-east-1:123456789012:event-bus/default";
  expect(await putEvents(aws, "default", [event("a")])).toEqual([]);
  expect(await putEvents(aws, arn, [event("a")])).toEqual([]);
});

it("are told one by one when only some are refused", async () => {
  const { aws } = await startEstate();
  const odd = event("b", { detailType: "" });
  const refused = await putEvents(aws, undefined, [event("a"), odd, event("c")]);
  expect(refused).toMatchObject([
    { event: odd, isRetryable: false, message: expect.stringMatching(/^PutEvents: ./) },
  ]);
});

it.each([
  ["ThrottlingException", true],
  ["InternalException", true],
  ["NotAuthorizedForSourceException", false],
])("that fail with %s can be sent again: %s", async (code, isRetryable) => {
  const { sandbox, aws } = await startEstate();
  const failEntries = { code, match: "second" };
  sandbox.control.addFault({ service: "events", operation: "PutEvents", times: 1, action: { failEntries } });
  const events = [event("first"), event("second"), event("third")];
  expect(await putEvents(aws, undefined, events)).toMatchObject([{ event: events[1], code, isRetryable }]);
  expect(await putEvents(aws, undefined, events)).toEqual([]);
});

it("say nothing of any when the answer has another length", async () => {
  const { sandbox, aws } = await startEstate();
  const body = JSON.stringify({ FailedEntryCount: 1, Entries: [{ ErrorCode: "InternalFailure" }] });
  sandbox.control.addFault({ operation: "PutEvents", action: { respond: { status: 200, body } } });
  expect(await putEvents(aws, undefined, [event("a"), event("b")])).toMatchObject([
    { code: "MalformedAnswer" },
    { code: "MalformedAnswer" },
  ]);
});

it.each([
  ["throttle", true, "Throttled"],
  ["denied", false, "AccessDenied"],
] as const)("are all refused when the call is (%s)", async (action, isRetryable, told) => {
  const { sandbox, aws } = await startEstate();
  sandbox.control.addFault({ service: "events", operation: "PutEvents", action });
  const refused = await putEvents(aws, undefined, [event("a"), event("b")]);
  expect(refused).toMatchObject([
    { code: told, isRetryable },
    { code: told, isRetryable },
  ]);
});
