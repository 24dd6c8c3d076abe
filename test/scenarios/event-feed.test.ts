// Events on their way through the sandbox's EventBridge and SQS into the feed: real ones, ten thousand of them with all
// that EventBridge may do to them, and two replicas that share a queue.
import { setImmediate } from "node:timers/promises";
import { DeleteAlarmsCommand, PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import { RegisterTaskDefinitionCommand, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import {
  CreateBucketCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { CreateQueueCommand, GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import fc from "fast-check";
import { beforeEach, expect, test, vi } from "vitest";
import { type EventQueue, openQueue } from "../../controller/aws/queue.ts";
import type { EventNews } from "../../controller/core/event-meaning.ts";
import type { Clock } from "../../controller/model/clock.ts";
import { createEventFeed, type EventFeedOptions } from "../../controller/runtime/controller/events.ts";
import { type Harness, start, webDefinition, withService } from "../sandbox/harness.ts";

const account = "123456789012";
const queueArn = `arn:aws:sqs:us-east-1:${account}:events`;

let sandbox: Harness;
let QueueUrl: string;
let clock: Clock;
beforeEach(async () => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
  vi.stubEnv("AWS_REGION", "us-east-1");
  sandbox = await start({ deploymentSeconds: 60 });
  clock = sharedClock();
  QueueUrl = await createQueue("events");
  return () => vi.unstubAllEnvs();
});

async function createQueue(QueueName: string, Attributes: Record<string, string> = {}): Promise<string> {
  return (await sandbox.sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl ?? "";
}

/** Whoever sleeps moves the sandbox's time along, and sleeps no longer than that takes. */
function sharedClock(): Clock {
  const began = sandbox.control.now();
  return {
    now: () => new Date(sandbox.control.now()),
    monotonic: () => sandbox.control.now() - began,
    async sleep(milliseconds) {
      sandbox.control.advance(milliseconds);
      await setImmediate();
    },
  };
}

/** How many messages are received and not yet settled, at most. */
function watchHands(queue: EventQueue): EventQueue & { most(): number } {
  let inHand = 0;
  let most = 0;
  return {
    ...queue,
    async receive(signal) {
      const messages = await queue.receive(signal);
      inHand += messages.length;
      most = Math.max(most, inHand);
      return messages;
    },
    async remove(receipts) {
      const refused = await queue.remove(receipts);
      inHand -= receipts.length;
      return refused;
    },
    async release(messages) {
      const refused = await queue.release(messages);
      inHand -= messages.length;
      return refused;
    },
    most: () => most,
  };
}

interface Run {
  readonly counts: Readonly<Record<string, number>>;
  readonly routed: readonly EventNews[];
  readonly mostInHand: number;
}

/** Runs a feed until so many messages were dealt with for good. */
async function runFeed(
  settled: number,
  over: Partial<EventFeedOptions> = {},
  stop = new AbortController(),
): Promise<Run> {
  const counts: Record<string, number> = {};
  const routed: EventNews[] = [];
  const queue = watchHands(openQueue(QueueUrl, { env: {} }));
  const { route = () => "queued" } = over;
  await createEventFeed({
    clock,
    log() {},
    owner: "ecsmon",
    isWanted: () => true,
    random: () => 0.5,
    ...over,
    queue,
    route(news) {
      const result = route(news);
      if (result !== "elsewhere") routed.push(news);
      return result;
    },
    onCount(result) {
      counts[result] = (counts[result] ?? 0) + 1;
      over.onCount?.(result);
      const { elsewhere = 0, failed = 0, ...final } = counts;
      if (Object.values(final).reduce((sum, count) => sum + count, 0) === settled) stop.abort();
    },
  }).run(stop.signal);
  queue.close();
  return { counts, routed, mostInHand: queue.most() };
}

async function lengths(): Promise<unknown> {
  const names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"] as const;
  const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] });
  const { Attributes = {} } = await sandbox.sqs.send(command);
  return names.map((name) => Attributes[name]);
}

function send(body: string): void {
  sandbox.control.call("sqs", "SendMessage", { QueueUrl, MessageBody: body });
}

async function listen(pattern: object): Promise<void> {
  await sandbox.events.send(new PutRuleCommand({ Name: "all", EventPattern: JSON.stringify(pattern) }));
  await sandbox.events.send(
    new PutTargetsCommand({ Rule: "all", Targets: [{ Id: "queue", Arn: queueArn }] }),
  );
}

function alarmEvent(id: string, service: string, region = "us-east-1"): string {
  return JSON.stringify({
    version: "0",
    id,
    "detail-type": "CloudWatch Alarm Configuration Change",
    source: "aws.cloudwatch",
    account,
    time: "2026-01-01T00:00:00Z",
    region,
    resources: [],
    detail: { alarmName: `ecsmon/prod/${service}/cpu`, operation: "update" },
  });
}

test("what the account itself tells of reaches its services, tasks and objects", async () => {
  await listen({ source: ["aws.ecs", "aws.cloudwatch", "aws.s3"] });
  await withService(sandbox);
  await sandbox.ecs.send(new RegisterTaskDefinitionCommand(webDefinition({ cpu: "256" })));
  await sandbox.ecs.send(
    new UpdateServiceCommand({ cluster: "prod", service: "web", taskDefinition: "web" }),
  );
  sandbox.control.advance(120_000);
  const alarm = {
    Namespace: "AWS/ECS",
    MetricName: "CPUUtilization",
    Statistic: "Average",
    Period: 60,
  } as const;
  const limits = { EvaluationPeriods: 1, Threshold: 80, ComparisonOperator: "GreaterThanThreshold" } as const;
  for (const AlarmName of ["ecsmon/prod/api/cpu", "somebody's"])
    await sandbox.cloudwatch.send(new PutMetricAlarmCommand({ AlarmName, ...alarm, ...limits }));
  await sandbox.cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: ["ecsmon/prod/api/cpu"] }));
  await sandbox.s3.send(new CreateBucketCommand({ Bucket: "policies" }));
  await sandbox.s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: "policies",
      NotificationConfiguration: { EventBridgeConfiguration: {} },
    }),
  );
  await sandbox.s3.send(new PutObjectCommand({ Bucket: "policies", Key: "prod/web.yaml", Body: "x" }));
  sandbox.control.emitEvent({
    source: "aws.ecs",
    "detail-type": "ECS Task State Change",
    detail: {
      clusterArn: `arn:aws:ecs:us-east-1:${account}:cluster/prod`,
      group: "service:jobs",
      version: 1,
    },
  });

  const queued = Number(((await lengths()) as string[])[0]);
  const { counts, routed } = await runFeed(queued);
  expect(counts["junk"]).toBeUndefined();
  // The alarm that is not ours.
  expect(counts["ignored"]).toBe(1);
  const told = routed.map((news) =>
    news.is === "services"
      ? `${news.urgency} ${news.services.map(({ cluster, service }) => `${cluster}/${service}`).join()}`
      : news.is,
  );
  // The first deployment's beginning, the second's, its end, and the rest that follows.
  expect(told.sort()).toEqual([
    "later prod/jobs",
    "later prod/web",
    ...Array.from({ length: 2 }, () => "now prod/api"),
    ...Array.from({ length: 3 }, () => "now prod/web"),
    "object",
  ]);
  expect(routed.find(({ is }) => is === "object")).toMatchObject({
    bucket: "policies",
    key: "prod/web.yaml",
  });
  expect(await lengths()).toEqual(["0", "0"]);
});

test("calls that CloudTrail records mean what was changed by them", async () => {
  sandbox = await start({ trail: true });
  clock = sharedClock();
  QueueUrl = await createQueue("events");
  await withService(sandbox);
  await listen({
    "detail-type": ["AWS API Call via CloudTrail"],
    detail: { eventSource: [{ "anything-but": "events.amazonaws.com" }] },
  });
  const arn = `arn:aws:ecs:us-east-1:${account}`;
  const tags = [{ key: "team", value: "a" }];
  const byHand: readonly (readonly [service: string, operation: string, input: object])[] = [
    ["ecs", "UpdateService", { cluster: "prod", service: "web", desiredCount: 2 }],
    ["ecs", "TagResource", { resourceArn: `${arn}:service/prod/web`, tags }],
    [
      "ecs",
      "UpdateClusterSettings",
      { cluster: "prod", settings: [{ name: "containerInsights", value: "enabled" }] },
    ],
    ["logs", "CreateLogGroup", { logGroupName: "/ecs/web" }],
    ["logs", "PutRetentionPolicy", { logGroupName: "/ecs/web", retentionInDays: 7 }],
    ["logs", "PutQueryDefinition", { name: "ecsmon/prod/web/slow", queryString: "fields @message" }],
  ];
  for (const [service, operation, input] of byHand) sandbox.control.call(service, operation, input);
  const { counts, routed } = await runFeed(byHand.length);
  expect(counts).toEqual({ queued: byHand.length });
  const web = { is: "services", urgency: "now", services: [{ cluster: "prod", service: "web" }] };
  const group = { is: "log-group", name: "/ecs/web" };
  expect(routed).toMatchObject([web, web, { is: "cluster", cluster: "prod" }, group, group, web]);
});

test("10,000 events, doubled, in disorder and with junk among them, name the services that changed", async () => {
  const arn = `arn:aws:ecs:us-east-1:${account}`;
  const base = { version: "0", account, region: "us-east-1" };
  const kinds: ((service: string, at: number) => object)[] = [
    (service, at) => ({
      source: "aws.ecs",
      "detail-type": "ECS Task State Change",
      resources: [`${arn}:task/prod/${service}`],
      detail: {
        clusterArn: `${arn}:cluster/prod`,
        taskArn: `${arn}:task/prod/${service}`,
        group: `service:${service}`,
        version: at,
      },
    }),
    (service) => ({
      source: "aws.ecs",
      "detail-type": "ECS Deployment State Change",
      resources: [`${arn}:service/prod/${service}`],
      detail: { eventName: "SERVICE_DEPLOYMENT_COMPLETED", deploymentId: "ecs-svc/1" },
    }),
    (service) => ({
      source: "aws.cloudwatch",
      "detail-type": "CloudWatch Alarm Configuration Change",
      resources: [],
      detail: { alarmName: `ecsmon/prod/${service}/cpu`, operation: "delete" },
    }),
    (service) => ({
      source: "aws.ecs",
      "detail-type": "AWS API Call via CloudTrail",
      resources: [],
      detail: {
        eventSource: "ecs.amazonaws.com",
        eventName: "UpdateService",
        requestParameters: { cluster: "prod", service },
      },
    }),
  ];
  const random = fc.sample(fc.tuple(fc.nat(299), fc.nat(kinds.length - 1), fc.nat(40)), {
    seed: 5,
    numRuns: 8_000,
  });
  const expected = new Set<string>();
  const messages: { at: number; body: string }[] = [];
  for (const [index, [number, kind, delay]] of random.entries()) {
    const service = `s${number}`;
    const time = new Date(sandbox.control.now() + index * 10).toISOString();
    const event = { ...base, id: `event-${index}`, time, ...kinds[kind]?.(service, index) };
    const body = index % 80 === 7 ? `{"no": "event ${index}"` : JSON.stringify(event);
    if (index % 80 !== 7) expected.add(service);
    // A fifth comes up to forty events later than it was told.
    messages.push({ at: index % 5 === 1 ? index + delay : index, body });
    if (index % 4 === 2) messages.push({ at: index + delay * 2, body });
  }
  const deliveries = messages.sort((a, b) => a.at - b.at);
  expect(deliveries).toHaveLength(10_000);
  for (const { body } of deliveries) send(body);

  const { counts, routed, mostInHand } = await runFeed(10_000);
  const services = new Set(
    routed.flatMap((news) => (news.is === "services" ? news.services : [])).map(({ service }) => service),
  );
  expect(services).toEqual(expected);
  expect(mostInHand).toBeLessThanOrEqual(20);
  expect(mostInHand).toBeGreaterThan(10);
  expect(counts["junk"]).toBe(100);
  // Each event once, and not those of tasks that came after a newer one.
  expect(counts["duplicate"]).toBeGreaterThanOrEqual(2_000);
  expect(new Set(routed.map(({ id }) => id)).size).toBe(routed.length);
  expect(await lengths()).toEqual(["0", "0"]);
});

test("what another replica holds goes back to the queue, for it to receive", async () => {
  const regions = ["us-east-1", "eu-west-1"];
  for (let index = 0; index < 40; index++)
    send(alarmEvent(`event-${index}`, `s${index}`, regions[index % 2]));
  // One after the other: the first runs until it has all of its own.
  for (const region of regions) {
    const stop = new AbortController();
    let own = 0;
    const { routed, counts } = await runFeed(
      Number.POSITIVE_INFINITY,
      {
        route: (news) => (news.region === region ? "queued" : "elsewhere"),
        onCount(result) {
          if (result === "queued") own += 1;
          if (own === 20) stop.abort();
        },
      },
      stop,
    );
    expect(new Set(routed.map((news) => news.region))).toEqual(new Set([region]));
    expect(counts["elsewhere"] ?? 0).toBeGreaterThanOrEqual(region === "us-east-1" ? 10 : 0);
  }
  expect(await lengths()).toEqual(["0", "0"]);
});

test("what a replica had in hand when it died comes to the next one after the visibility timeout", async () => {
  send(alarmEvent("event-1", "web"));
  const died = openQueue(QueueUrl, { env: {} });
  expect(await died.receive(new AbortController().signal)).toMatchObject([{ receives: 1 }]);
  died.close();
  expect(await lengths()).toEqual(["0", "1"]);
  sandbox.control.advance(30_000);
  const { routed } = await runFeed(1);
  expect(routed).toMatchObject([{ is: "services", services: [{ cluster: "prod", service: "web" }] }]);
});

test("a message that cannot be routed at first is kept until it can", async () => {
  send(alarmEvent("event-1", "web"));
  let failures = 4;
  const { counts } = await runFeed(1, {
    route() {
      failures -= 1;
      if (failures >= 0) throw new Error("not yet");
      return "queued";
    },
  });
  expect(counts).toEqual({ failed: 4, queued: 1 });
  expect(await lengths()).toEqual(["0", "0"]);
});

test("a queue that refuses for a while is read again", async () => {
  send(alarmEvent("event-1", "web"));
  sandbox.control.addFault({ service: "sqs", operation: "ReceiveMessage", action: "denied", times: 3 });
  const events: string[] = [];
  const { counts } = await runFeed(1, { log: (_level, event) => events.push(event) });
  expect(counts).toEqual({ queued: 1 });
  expect(events.filter((event) => event !== "event")).toEqual(["events-unreadable", "events-readable"]);
});
