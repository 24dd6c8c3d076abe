// Events on their way: from S3, ECS, CloudWatch or by hand, by a rule, into a queue.
import {
  DeleteAlarmsCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  SetAlarmStateCommand,
} from "@aws-sdk/client-cloudwatch";
import { RegisterTaskDefinitionCommand, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import {
  DisableRuleCommand,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  type Target,
} from "@aws-sdk/client-eventbridge";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { beforeEach, describe, expect, it } from "vitest";
import { type Harness, post, readService, start, webDefinition, withService } from "./harness.ts";

const QUEUE = "arn:aws:sqs:us-east-1:123456789012:triggers";
const ACCOUNT = "123456789012";

let sandbox: Harness;
beforeEach(async () => {
  sandbox = await start({ deploymentSeconds: 60 });
  await createQueue("triggers");
});

const createQueue = (QueueName: string) => sandbox.sqs.send(new CreateQueueCommand({ QueueName }));
const listen = async (pattern: object, target: Partial<Target> = {}) => {
  await sandbox.events.send(new PutRuleCommand({ Name: "rule", EventPattern: JSON.stringify(pattern) }));
  await sandbox.events.send(
    new PutTargetsCommand({ Rule: "rule", Targets: [{ Id: "queue", Arn: QUEUE, ...target }] }),
  );
};
/** Takes everything out of a queue. */
const drain = async (queue = "triggers") => {
  const QueueUrl = `${sandbox.endpoint}/${ACCOUNT}/${queue}`;
  const { Messages = [] } = await sandbox.sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ["All"] }),
  );
  for (const { ReceiptHandle } of Messages)
    await sandbox.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  return Messages;
};
const events = async () => (await drain()).map(({ Body = "" }) => JSON.parse(Body));
const put = (Key: string, Body = "spec: {}") =>
  sandbox.s3.send(new PutObjectCommand({ Bucket: "policies", Key, Body }));
const isoNow = () => new Date(sandbox.control.now()).toISOString().replace(/\.\d+Z$/, "Z");

describe("events put by hand", () => {
  it("arrive whole where a rule matches", async () => {
    await listen({ source: ["shop"], detail: { paid: [true] } });
    await sandbox.events.send(
      new PutEventsCommand({
        Entries: [
          { Source: "shop", DetailType: "Order", Detail: '{"paid":true,"id":1}', Resources: ["arn:x"] },
          { Source: "shop", DetailType: "Order", Detail: '{"paid":false,"id":2}' },
        ],
      }),
    );
    expect(await events()).toEqual([
      {
        version: "0",
        id: expect.stringMatching(/^[\da-f-]{36}$/),
        "detail-type": "Order",
        source: "shop",
        account: ACCOUNT,
        time: isoNow(),
        region: "us-east-1",
        resources: ["arn:x"],
        detail: { paid: true, id: 1 },
      },
    ]);
  });

  it("stay away from a rule that is off", async () => {
    await listen({ source: ["aws.ecs"] });
    await sandbox.events.send(new DisableRuleCommand({ Name: "rule" }));
    const { rules } = sandbox.control.emitEvent({ source: "aws.ecs", "detail-type": "x" });
    expect([rules, await events()]).toEqual([[], []]);
  });

  it("can be AWS's own by the control, in process and over HTTP", async () => {
    await listen({ source: ["aws.ecs"], detail: { lastStatus: ["STOPPED"] } });
    const event = {
      source: "aws.ecs",
      "detail-type": "ECS Task State Change",
      resources: ["arn:task"],
      time: "2026-01-15T11:59:00Z",
      detail: { lastStatus: "STOPPED", version: 4 },
    };
    const taken = sandbox.control.emitEvent(event);
    expect(taken).toMatchObject({ event: { ...event, account: ACCOUNT }, rules: ["rule"] });
    const { status, text } = await post(sandbox.endpoint, JSON.stringify(event), {}, "/_sandbox/events");
    expect([status, JSON.parse(text).rules]).toEqual([200, ["rule"]]);
    expect(await events()).toMatchObject([event, event]);
    expect(sandbox.control.emitEvent(event, { region: "eu-west-1" }).rules).toEqual([]);
  });

  it.each([
    [[], "must be a JSON object"],
    [{ "detail-type": "x" }, 'needs a "source"'],
    [{ source: "aws.ecs" }, 'needs a "detail-type"'],
    [{ source: "aws.ecs", "detail-type": "x", detailType: "x" }, "no field detailType"],
    [{ source: "aws.ecs", "detail-type": "x", detail: "x" }, '"detail" must be an object'],
    [{ source: "aws.ecs", "detail-type": "x", resources: "x" }, '"resources" must be a list'],
    [{ source: "aws.ecs", "detail-type": "x", time: "noon" }, "ISO 8601 time: noon"],
  ])("are refused when malformed: %j", async (event, message) => {
    expect(() => sandbox.control.emitEvent(event)).toThrow(message);
    const { status, text } = await post(sandbox.endpoint, JSON.stringify(event), {}, "/_sandbox/events");
    expect(status).toBe(400);
    expect(JSON.parse(text).message).toContain(message);
  });

  it("wake a long poll", async () => {
    await listen({ source: ["aws.ecs"] });
    const QueueUrl = `${sandbox.endpoint}/${ACCOUNT}/triggers`;
    const poll = sandbox.sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
    sandbox.control.emitEvent({ source: "aws.ecs", "detail-type": "x" });
    expect((await poll).Messages).toHaveLength(1);
  });
});

describe("targets", () => {
  const emit = () =>
    sandbox.control.emitEvent({
      source: "aws.ecs",
      "detail-type": "x",
      resources: ["arn:a"],
      detail: { name: 'we"b', count: 2, list: ["p", "q"] },
    });
  const body = async () => (await drain())[0]?.Body;

  it("get a constant, a part, or a template filled in", async () => {
    await listen({ source: ["aws.ecs"] }, { Input: '{"fixed":1}' });
    emit();
    expect(await body()).toBe('{"fixed":1}');
    await listen({ source: ["aws.ecs"] }, { InputPath: "$.detail.list[1]" });
    emit();
    expect(await body()).toBe('"q"');
    const InputPathsMap = {
      name: "$.detail.name",
      count: "$.detail.count",
      type: "$['detail-type']",
      no: "$.no",
    };
    const shaped = async (InputTemplate: string) => {
      await listen({ source: ["aws.ecs"] }, { InputTransformer: { InputPathsMap, InputTemplate } });
      emit();
      return body();
    };
    expect(
      JSON.parse(
        (await shaped(
          '{"n": <name>, "in": "is <name>", "c": <count>, "t": <type>, "gone": <no>, "rule": <aws.events.rule-name>}',
        )) ?? "",
      ),
    ).toEqual({ n: 'we"b', in: 'is we"b', c: 2, t: "x", gone: "", rule: "rule" });
    expect(await shaped('"<type> of <count>"')).toBe('"x of 2"');
    expect(JSON.parse((await shaped("<aws.events.event.json>")) ?? "")).toMatchObject({
      source: "aws.ecs",
      detail: { count: 2 },
    });
  });

  it("that are gone leave a dead letter", async () => {
    await createQueue("dead");
    const Arn = QUEUE.replace("triggers", "gone");
    await listen(
      { source: ["aws.ecs"] },
      { Arn, DeadLetterConfig: { Arn: QUEUE.replace("triggers", "dead") } },
    );
    emit();
    const [letter] = await drain("dead");
    expect(JSON.parse(letter?.Body ?? "")).toMatchObject({ source: "aws.ecs" });
    expect(letter?.MessageAttributes).toMatchObject({
      RULE_ARN: { StringValue: `arn:aws:events:us-east-1:${ACCOUNT}:rule/rule` },
      TARGET_ARN: { StringValue: Arn },
      ERROR_CODE: { StringValue: "NO_RESOURCE" },
    });
  });
});

describe("S3", () => {
  const tell = () =>
    sandbox.s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket: "policies",
        NotificationConfiguration: { EventBridgeConfiguration: {} },
      }),
    );
  beforeEach(async () => {
    await sandbox.s3.send(new CreateBucketCommand({ Bucket: "policies" }));
    await listen({
      source: ["aws.s3"],
      "detail-type": ["Object Created", "Object Deleted"],
      detail: { bucket: { name: ["policies"] }, object: { key: [{ prefix: "policies/" }] } },
    });
  });

  it("tells of objects once it is asked to", async () => {
    await put("policies/a.yaml");
    expect(await events()).toEqual([]);
    await tell();
    const { ETag = "" } = await put("policies/a.yaml", "spec: { x: 1 }");
    await put("status/a.json");
    await sandbox.s3.send(new DeleteObjectCommand({ Bucket: "policies", Key: "policies/a.yaml" }));
    const [created, deleted, ...more] = await events();
    expect(more).toEqual([]);
    expect(created).toMatchObject({
      source: "aws.s3",
      "detail-type": "Object Created",
      resources: ["arn:aws:s3:::policies"],
      time: isoNow(),
      detail: {
        version: "0",
        bucket: { name: "policies" },
        object: { key: "policies/a.yaml", size: 14, etag: ETag.replaceAll('"', "") },
        requester: ACCOUNT,
        reason: "PutObject",
      },
    });
    expect(deleted).toMatchObject({
      "detail-type": "Object Deleted",
      detail: { object: { key: "policies/a.yaml" }, "deletion-type": "Permanently Deleted" },
    });
    expect(deleted.detail.object.sequencer > created.detail.object.sequencer).toBe(true);
  });

  it("tells versions, and delete markers", async () => {
    await tell();
    await sandbox.s3.send(
      new PutBucketVersioningCommand({ Bucket: "policies", VersioningConfiguration: { Status: "Enabled" } }),
    );
    const { VersionId } = await put("policies/a.yaml");
    await sandbox.s3.send(new DeleteObjectCommand({ Bucket: "policies", Key: "policies/a.yaml" }));
    expect(await events()).toMatchObject([
      { detail: { object: { "version-id": VersionId } } },
      { detail: { "deletion-type": "Delete Marker Created", object: { "version-id": expect.any(String) } } },
    ]);
  });

  it("tells nothing of a write that failed", async () => {
    await put("policies/a.yaml");
    await tell();
    await expect(
      sandbox.s3.send(new PutObjectCommand({ Bucket: "policies", Key: "policies/a.yaml", IfNoneMatch: "*" })),
    ).rejects.toMatchObject({ name: "PreconditionFailed" });
    await sandbox.s3.send(new DeleteObjectCommand({ Bucket: "policies", Key: "policies/none" }));
    expect(await events()).toEqual([]);
  });
});

describe("CloudWatch", () => {
  const ALARM: PutMetricAlarmCommandInput = {
    AlarmName: "cpu",
    AlarmDescription: "too busy",
    Namespace: "AWS/ECS",
    MetricName: "CPUUtilization",
    Dimensions: [{ Name: "ClusterName", Value: "prod" }],
    Statistic: "Average",
    Period: 60,
    EvaluationPeriods: 3,
    Threshold: 80,
    ComparisonOperator: "GreaterThanThreshold",
  };

  it("tells of alarms that are made, changed and deleted", async () => {
    await listen({ source: ["aws.cloudwatch"], "detail-type": ["CloudWatch Alarm Configuration Change"] });
    await sandbox.cloudwatch.send(new PutMetricAlarmCommand(ALARM));
    await sandbox.cloudwatch.send(new PutMetricAlarmCommand({ ...ALARM, Threshold: 90 }));
    await sandbox.cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: ["cpu"] }));
    const [made, changed, deleted] = await events();
    expect(made).toMatchObject({
      resources: [`arn:aws:cloudwatch:us-east-1:${ACCOUNT}:alarm:cpu`],
      detail: {
        alarmName: "cpu",
        operation: "create",
        state: { value: "INSUFFICIENT_DATA" },
        configuration: {
          alarmName: "cpu",
          description: "too busy",
          evaluationPeriods: 3,
          threshold: 80,
          actionsEnabled: true,
          metrics: [
            {
              metricStat: {
                metric: { namespace: "AWS/ECS", name: "CPUUtilization", dimensions: { ClusterName: "prod" } },
                period: 60,
                stat: "Average",
              },
              returnData: true,
            },
          ],
        },
      },
    });
    expect(changed.detail).toMatchObject({
      operation: "update",
      configuration: { threshold: 90 },
      previousConfiguration: { threshold: 80 },
    });
    expect(deleted.detail).toMatchObject({ operation: "delete", configuration: { threshold: 90 } });
  });

  it("tells of alarms that go off, composites too", async () => {
    await listen({ source: ["aws.cloudwatch"], "detail-type": ["CloudWatch Alarm State Change"] });
    await sandbox.cloudwatch.send(new PutMetricAlarmCommand(ALARM));
    sandbox.control.call("monitoring", "PutCompositeAlarm", { AlarmName: "all", AlarmRule: "ALARM(cpu)" });
    await drain();
    const alarm = { AlarmName: "cpu", StateValue: "ALARM", StateReason: "test" } as const;
    await sandbox.cloudwatch.send(new SetAlarmStateCommand(alarm));
    await sandbox.cloudwatch.send(new SetAlarmStateCommand(alarm));
    expect((await events()).map(({ detail }) => detail)).toMatchObject([
      {
        alarmName: "cpu",
        state: { value: "ALARM", reason: "test", timestamp: expect.stringMatching(/\+0000$/) },
        previousState: { value: "INSUFFICIENT_DATA" },
        configuration: { description: "too busy", metrics: [{ returnData: true }] },
      },
      { alarmName: "all", state: { value: "ALARM" }, configuration: { alarmRule: "ALARM(cpu)" } },
    ]);
  });
});

describe("ECS", () => {
  const names = async () => (await events()).map(({ detail }) => detail.eventName);
  const update = async (fault = false) => {
    if (fault) sandbox.control.failDeployments("prod", "web", { mode: "tasks-die" });
    await sandbox.ecs.send(new RegisterTaskDefinitionCommand(webDefinition()));
    await sandbox.ecs.send(
      new UpdateServiceCommand({ cluster: "prod", service: "web", taskDefinition: "web" }),
    );
  };
  beforeEach(async () => {
    await listen({ source: ["aws.ecs"] });
    await withService(sandbox, {
      deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
    });
    sandbox.control.advance(60_000);
    await drain();
  });

  it("tells how a deployment goes, as the clock does", async () => {
    await update();
    const [begun] = await events();
    const { serviceArn } = await readService(sandbox);
    expect(begun).toMatchObject({
      "detail-type": "ECS Deployment State Change",
      resources: [serviceArn],
      detail: {
        eventType: "INFO",
        eventName: "SERVICE_DEPLOYMENT_IN_PROGRESS",
        deploymentId: expect.stringMatching(/^ecs-svc\/\d+$/),
      },
    });
    sandbox.control.advance(59_000);
    expect(await names()).toEqual([]);
    sandbox.control.advance(1000);
    const [completed, steady] = await events();
    expect(completed).toMatchObject({
      time: isoNow(),
      detail: { eventName: "SERVICE_DEPLOYMENT_COMPLETED", deploymentId: begun.detail.deploymentId },
    });
    expect(steady).toMatchObject({
      "detail-type": "ECS Service Action",
      detail: { eventName: "SERVICE_STEADY_STATE", clusterArn: expect.stringContaining(":cluster/prod") },
    });
  });

  it("tells of a failure and of the way back", async () => {
    await update(true);
    sandbox.control.advance(120_000);
    expect(await names()).toEqual([
      "SERVICE_DEPLOYMENT_IN_PROGRESS",
      "SERVICE_DEPLOYMENT_FAILED",
      "SERVICE_DEPLOYMENT_IN_PROGRESS",
      "SERVICE_DEPLOYMENT_COMPLETED",
      "SERVICE_STEADY_STATE",
    ]);
  });
});

describe("from CloudTrail", () => {
  const pattern = { "detail-type": ["AWS API Call via CloudTrail"] };
  const retention = { logGroupName: "/ecs/web", retentionInDays: 7 };

  it("calls that change something, also refused ones, with small first letters", async () => {
    sandbox = await start({ trail: true });
    await createQueue("triggers");
    await listen(pattern);
    sandbox.control.call("logs", "CreateLogGroup", { logGroupName: "/ecs/web" });
    sandbox.control.call("logs", "PutRetentionPolicy", retention);
    sandbox.control.call("logs", "DescribeLogGroups", {});
    await sandbox.cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: ["a"] })).catch(() => undefined);
    const events = (await drain()).map(({ Body }) => JSON.parse(Body ?? ""));
    const own = events.filter(({ source }) => source !== "aws.events");
    expect(own.map(({ source, detail }) => [source, detail.eventSource, detail.eventName])).toEqual([
      ["aws.logs", "logs.amazonaws.com", "CreateLogGroup"],
      ["aws.logs", "logs.amazonaws.com", "PutRetentionPolicy"],
      ["aws.monitoring", "monitoring.amazonaws.com", "DeleteAlarms"],
    ]);
    expect(own[1]).toMatchObject({
      account: ACCOUNT,
      region: "us-east-1",
      detail: { requestParameters: retention, readOnly: false, recipientAccountId: ACCOUNT },
    });
    expect(own[1].detail).not.toHaveProperty("errorCode");
    expect(own[2].detail).toMatchObject({
      requestParameters: { alarmNames: ["a"] },
      errorCode: "ResourceNotFound",
    });
  });

  it("nothing where there is no trail", async () => {
    await listen(pattern);
    sandbox.control.call("logs", "CreateLogGroup", { logGroupName: "/ecs/web" });
    expect(await drain()).toEqual([]);
  });
});
