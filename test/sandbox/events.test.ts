// EventBridge as the sandbox plays it, through the real SDK.
import {
  DeleteRuleCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  ListRuleNamesByTargetCommand,
  ListRulesCommand,
  type ListRulesCommandInput,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  PutRuleCommand,
  type PutRuleCommandInput,
  PutTargetsCommand,
  RemoveTargetsCommand,
  TagResourceCommand,
  type Target,
  TestEventPatternCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-eventbridge";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { AwsError } from "../../controller/sandbox/service.ts";
import { createEvents } from "../../controller/sandbox/services/events.ts";
import { type Harness, start } from "./harness.ts";

const ARN = "arn:aws:events:us-east-1:123456789012:rule/tasks";
const BUS = "arn:aws:events:us-east-1:123456789012:event-bus/default";
const QUEUE = "arn:aws:sqs:us-east-1:123456789012:events";
const ROLE = "arn:aws:iam::123456789012:role/events";
const PATTERN = '{"source":["aws.ecs"]}';

let sandbox: Harness;
beforeEach(async () => {
  sandbox = await start();
});

const putRule = (input: Partial<PutRuleCommandInput> = {}) =>
  sandbox.events.send(new PutRuleCommand({ Name: "tasks", EventPattern: PATTERN, ...input }));
const describeRule = async (Name = "tasks") => {
  const { $metadata: _, ...rule } = await sandbox.events.send(new DescribeRuleCommand({ Name }));
  return rule;
};
const listRules = async (input: ListRulesCommandInput = {}) => {
  const { Rules, NextToken } = await sandbox.events.send(new ListRulesCommand(input));
  return { names: Rules?.map((rule) => rule.Name), NextToken };
};
const putTargets = async (...Targets: Target[]) => {
  const answer = await sandbox.events.send(new PutTargetsCommand({ Rule: "tasks", Targets }));
  return { count: answer.FailedEntryCount, failed: answer.FailedEntries };
};
const removeTargets = async (...Ids: string[]) => {
  const answer = await sandbox.events.send(new RemoveTargetsCommand({ Rule: "tasks", Ids }));
  return { count: answer.FailedEntryCount, failed: answer.FailedEntries };
};
const targets = async () =>
  (await sandbox.events.send(new ListTargetsByRuleCommand({ Rule: "tasks" }))).Targets;
const tags = async () =>
  (await sandbox.events.send(new ListTagsForResourceCommand({ ResourceARN: ARN }))).Tags;
const refused = (call: Promise<unknown>, name: string, message?: string | RegExp) =>
  expect(call).rejects.toMatchObject({
    name,
    $metadata: { httpStatusCode: 400 },
    ...(message === undefined ? {} : { message: expect.stringMatching(message) }),
  });

describe("rules", () => {
  it("are described as they were put, enabled by default", async () => {
    expect(await putRule({ Description: "all of ECS" })).toMatchObject({ RuleArn: ARN });
    expect(await describeRule()).toEqual({
      Name: "tasks",
      Arn: ARN,
      EventPattern: PATTERN,
      Description: "all of ECS",
      State: "ENABLED",
      EventBusName: "default",
      CreatedBy: "123456789012",
    });
  });

  it("lose on an update what the update leaves out, but not targets and tags", async () => {
    await putRule({
      Description: "d",
      RoleArn: ROLE,
      State: "DISABLED",
      ScheduleExpression: "rate(1 hour)",
      Tags: [{ Key: "owner", Value: "a" }],
    });
    await putTargets({ Id: "1", Arn: QUEUE });
    await putRule({
      EventPattern: undefined,
      ScheduleExpression: "rate(2 hours)",
      Tags: [{ Key: "owner", Value: "b" }],
    });
    expect(await describeRule()).toEqual({
      Name: "tasks",
      Arn: ARN,
      ScheduleExpression: "rate(2 hours)",
      State: "ENABLED",
      EventBusName: "default",
      CreatedBy: "123456789012",
    });
    expect(await tags()).toEqual([{ Key: "owner", Value: "a" }]);
    expect(await targets()).toHaveLength(1);
  });

  const bad: [string, Partial<PutRuleCommandInput>, string][] = [
    ["no name", { Name: "" }, "ValidationException"],
    ["a long name", { Name: "x".repeat(65) }, "ValidationException"],
    ["a slash in the name", { Name: "a/b" }, "ValidationException"],
    ["neither pattern nor schedule", { EventPattern: undefined }, "ValidationException"],
    ["empty pattern and schedule", { EventPattern: "", ScheduleExpression: "" }, "ValidationException"],
    ["an invalid pattern", { EventPattern: '{"source":"aws.ecs"}' }, "InvalidEventPatternException"],
    ["an unknown state", { State: "PAUSED" as "ENABLED" }, "ValidationException"],
    ["a long description", { Description: "x".repeat(513) }, "ValidationException"],
    ["a reserved tag", { Tags: [{ Key: "aws:x", Value: "" }] }, "ValidationException"],
    ["another bus", { EventBusName: "orders" }, "ResourceNotFoundException"],
    [
      "another Region's bus",
      { EventBusName: BUS.replace("us-east-1", "eu-west-1") },
      "ResourceNotFoundException",
    ],
    ["no bus name", { EventBusName: "a b" }, "ValidationException"],
  ];
  it.each(bad)("are refused with %s", async (_name, input, error) => {
    await refused(putRule(input), error);
    expect(await listRules()).toEqual({ names: [] });
  });

  it.each([
    "rate(1 minute)",
    "rate(5 minutes)",
    "rate(1 day)",
    "cron(0 20 * * ? *)",
    "cron(0/15 8-18 ? JAN-MAR MON-FRI 2026)",
    "cron(5,35 14 L * ? *)",
    "cron(0 9 ? * 2#1 *)",
    "cron(0 0 15W * ? 2026/2)",
  ])("run by the schedule %s", async (ScheduleExpression) => {
    await putRule({ ScheduleExpression });
    expect(await describeRule()).toMatchObject({ ScheduleExpression, EventPattern: PATTERN });
  });

  it.each([
    "hourly",
    "rate(0 minutes)",
    "rate(1 minutes)",
    "rate(5 minute)",
    "rate(5 seconds)",
    "cron(0 20 * * *)",
    "cron(0 20 * * * *)",
    "cron(0 20 ? * ? *)",
    "cron(60 20 * * ? *)",
    "cron(0 20 * FOO ? *)",
    "at(2026-01-01T00:00:00)",
    "rate(1 hour) ",
  ])("are refused with the schedule %s", (ScheduleExpression) =>
    refused(
      putRule({ ScheduleExpression }),
      "ValidationException",
      "Parameter ScheduleExpression is not valid.",
    ),
  );

  it("stop at 300, but are still replaced", async () => {
    const put = (Name: string) => sandbox.control.call("events", "PutRule", { Name, EventPattern: PATTERN });
    for (let index = 0; index < 300; index += 1) put(`r${index}`);
    await refused(putRule(), "LimitExceededException");
    expect(put("r299")).toEqual({ RuleArn: ARN.replace("tasks", "r299") });
    const { names, NextToken } = await listRules();
    expect(names).toHaveLength(100);
    expect((await listRules({ NextToken })).names).toHaveLength(100);
  });

  it("are listed by name and prefix, paged, on the default bus under its name and ARN", async () => {
    for (const Name of ["b", "a.2", "a.1"]) await putRule({ Name, EventBusName: BUS });
    expect(await listRules()).toEqual({ names: ["a.1", "a.2", "b"] });
    expect(await listRules({ NamePrefix: "a", EventBusName: "default" })).toEqual({ names: ["a.1", "a.2"] });
    const { names, NextToken } = await listRules({ Limit: 2 });
    expect(names).toEqual(["a.1", "a.2"]);
    expect(await listRules({ Limit: 2, NextToken })).toEqual({ names: ["b"] });
    await refused(listRules({ NamePrefix: "a", NextToken }), "ValidationException");
    await refused(listRules({ Limit: 101 }), "ValidationException");
    await refused(
      listRules({ EventBusName: "orders" }),
      "ResourceNotFoundException",
      "Event bus orders does not exist.",
    );
  });

  it("come in smaller pages where the sandbox is told so", async () => {
    sandbox = await start({ pageSizes: { ListRules: 1 } });
    for (const Name of ["a", "b"]) await putRule({ Name });
    expect((await listRules()).names).toEqual(["a"]);
  });

  it("are disabled and enabled", async () => {
    await putRule();
    await sandbox.events.send(new DisableRuleCommand({ Name: "tasks" }));
    expect(await describeRule()).toMatchObject({ State: "DISABLED", EventPattern: PATTERN });
    await sandbox.events.send(new EnableRuleCommand({ Name: "tasks" }));
    expect(await describeRule()).toMatchObject({ State: "ENABLED" });
  });

  it("are deleted once their targets are gone, and again without an error", async () => {
    await putRule();
    await putTargets({ Id: "1", Arn: QUEUE });
    const remove = () => sandbox.events.send(new DeleteRuleCommand({ Name: "tasks" }));
    await refused(remove(), "ValidationException", "Rule can't be deleted since it has targets.");
    await removeTargets("1");
    await remove();
    await remove();
    await refused(
      describeRule(),
      "ResourceNotFoundException",
      "Rule tasks does not exist on EventBus default.",
    );
    await refused(sandbox.events.send(new EnableRuleCommand({ Name: "tasks" })), "ResourceNotFoundException");
  });

  it("are a Region's own", async () => {
    await putRule();
    expect(sandbox.control.call("events", "ListRules", {}, { region: "eu-west-1" })).toEqual({ Rules: [] });
  });
});

describe("tags", () => {
  it("are set, changed, taken off and seen by the tagging API", async () => {
    await putRule({ Tags: [{ Key: "b", Value: "1" }] });
    await sandbox.events.send(
      new TagResourceCommand({
        ResourceARN: ARN,
        Tags: [
          { Key: "b", Value: "2" },
          { Key: "a", Value: "" },
        ],
      }),
    );
    expect(await tags()).toEqual([
      { Key: "a", Value: "" },
      { Key: "b", Value: "2" },
    ]);
    await sandbox.events.send(new UntagResourceCommand({ ResourceARN: ARN, TagKeys: ["a", "never"] }));
    expect(
      sandbox.control.call("tagging", "GetResources", { ResourceTypeFilters: ["events:rule"] }),
    ).toMatchObject({ ResourceTagMappingList: [{ ResourceARN: ARN, Tags: [{ Key: "b", Value: "2" }] }] });
  });

  it("need a rule under its own ARN, and at most 50 of them", async () => {
    const tag = (ResourceARN: string, count = 1) =>
      sandbox.events.send(
        new TagResourceCommand({
          ResourceARN,
          Tags: Array.from({ length: count }, (_, index) => ({ Key: `k${index}`, Value: "" })),
        }),
      );
    await refused(tag(ARN), "ResourceNotFoundException");
    await putRule();
    await refused(tag(ARN, 51), "ValidationException");
    await refused(tag(ARN.replace("us-east-1", "eu-west-1")), "ResourceNotFoundException");
    await refused(tag("tasks"), "ValidationException");
  });
});

describe("targets", () => {
  beforeEach(async () => {
    await putRule();
  });

  it("are replaced by id and listed with what they were put with", async () => {
    const full: Target = {
      Id: "queue",
      Arn: `${QUEUE}.fifo`,
      InputTransformer: {
        InputPathsMap: { task: "$.detail.taskArn" },
        InputTemplate: '{"task": "<task>", "rule": "<aws.events.rule-name>"}',
      },
      SqsParameters: { MessageGroupId: "g" },
      DeadLetterConfig: { Arn: QUEUE },
      RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 3600 },
    };
    const ecs: Target = {
      Id: "ecs",
      Arn: "arn:aws:ecs:us-east-1:123456789012:cluster/prod",
      RoleArn: ROLE,
      EcsParameters: { TaskDefinitionArn: "arn:aws:ecs:us-east-1:123456789012:task-definition/job" },
    };
    expect(await putTargets({ ...full, Input: undefined }, ecs)).toEqual({ count: 0, failed: [] });
    expect(await targets()).toEqual([
      { ...ecs, EcsParameters: { ...ecs.EcsParameters, TaskCount: 1 } },
      full,
    ]);
    await putTargets({ Id: "queue", Arn: QUEUE, Input: '{"a":1}' });
    expect((await targets())?.[1]).toEqual({ Id: "queue", Arn: QUEUE, Input: '{"a":1}' });
  });

  const ECS = { Id: "1", Arn: "arn:aws:ecs:us-east-1:123456789012:cluster/prod", RoleArn: ROLE };
  const bad: [string, Target, RegExp][] = [
    ["a long id", { Id: "x".repeat(65), Arn: QUEUE }, /targets\.1\.member\.id/],
    ["an id with a space", { Id: "a b", Arn: QUEUE }, /regular expression/],
    ["no ARN", { Id: "1", Arn: undefined }, /arn' .*must not be null/],
    ["two payloads", { Id: "1", Arn: QUEUE, Input: "{}", InputPath: "$.detail" }, /Only one of Input/],
    ["a payload that isn't JSON", { Id: "1", Arn: QUEUE, Input: "{" }, /JSON syntax error in input/],
    ["a long payload", { Id: "1", Arn: QUEUE, Input: `"${"x".repeat(8192)}"` }, /8192/],
    ["a path that is none", { Id: "1", Arn: QUEUE, InputPath: "detail" }, /Invalid InputPath/],
    [
      "an unknown placeholder",
      { Id: "1", Arn: QUEUE, InputTransformer: { InputTemplate: '"<who>"' } },
      /invalid placeholder who/,
    ],
    ["no template", { Id: "1", Arn: QUEUE, InputTransformer: { InputTemplate: "" } }, /inputTemplate/],
    ["a FIFO queue without a group", { Id: "1", Arn: `${QUEUE}.fifo` }, /SqsParameters must be specified/],
    ["a cluster without a task definition", ECS, /EcsParameters must be specified/],
    [
      "an ECS target without its definition",
      { ...ECS, EcsParameters: { TaskDefinitionArn: "" } },
      /taskDefinitionArn/,
    ],
    [
      "an ECS target without a role",
      { ...ECS, RoleArn: undefined, EcsParameters: { TaskDefinitionArn: "job" } },
      /RoleArn is required/,
    ],
    ["no tasks", { ...ECS, EcsParameters: { TaskDefinitionArn: "job", TaskCount: 0 } }, /taskCount/],
    ["too many retries", { Id: "1", Arn: QUEUE, RetryPolicy: { MaximumRetryAttempts: 186 } }, /185/],
    ["too short an age", { Id: "1", Arn: QUEUE, RetryPolicy: { MaximumEventAgeInSeconds: 59 } }, /60/],
    [
      "dead letters to a topic",
      { Id: "1", Arn: QUEUE, DeadLetterConfig: { Arn: "arn:aws:sns:us-east-1:123456789012:t" } },
      /standard SQS queue/,
    ],
    [
      "a Kinesis target without a key",
      { Id: "1", Arn: QUEUE, KinesisParameters: { PartitionKeyPath: undefined } },
      /partitionKeyPath/,
    ],
  ];
  it.each(bad)("are refused with %s, and nothing is put", async (_name, target, message) => {
    await refused(putTargets(target, { Id: "good", Arn: QUEUE }), "ValidationException", message);
    expect(await targets()).toEqual([]);
  });

  it("fail one by one for a malformed ARN, in a 200", async () => {
    const failed = [
      {
        TargetId: "bad",
        ErrorCode: "ValidationException",
        ErrorMessage: "Parameter nowhere is not valid. Reason: Provided Arn is not in correct format.",
      },
    ];
    expect(await putTargets({ Id: "bad", Arn: "nowhere" }, { Id: "good", Arn: QUEUE })).toEqual({
      count: 1,
      failed,
    });
    expect(await targets()).toEqual([{ Id: "good", Arn: QUEUE }]);
  });

  it("number 5 a rule and 10 a call", async () => {
    const make = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ Id: `t${index}`, Arn: QUEUE }));
    await refused(putTargets(...make(11)), "ValidationException");
    await refused(putTargets(...make(6)), "LimitExceededException");
    expect(await targets()).toEqual([]);
    await putTargets(...make(5));
    await refused(putTargets({ Id: "sixth", Arn: QUEUE }), "LimitExceededException");
    await putTargets({ Id: "t4", Arn: QUEUE, Input: "1" });
    expect(await targets()).toHaveLength(5);
    await refused(removeTargets(...Array(11).fill("t0")), "ValidationException");
  });

  it("are removed one by one, those that aren't there as failed entries", async () => {
    await putTargets({ Id: "1", Arn: QUEUE });
    expect(await removeTargets("1", "2")).toEqual({
      count: 1,
      failed: [
        {
          TargetId: "2",
          ErrorCode: "ResourceNotFoundException",
          ErrorMessage: "Rule 'tasks' does not have a target with the Id '2'.",
        },
      ],
    });
    expect(await targets()).toEqual([]);
  });

  it("belong to a rule that exists", async () => {
    await sandbox.events.send(new DeleteRuleCommand({ Name: "tasks" }));
    const missing = "Rule tasks does not exist on EventBus default.";
    await refused(putTargets({ Id: "1", Arn: QUEUE }), "ResourceNotFoundException", missing);
    await refused(removeTargets("1"), "ResourceNotFoundException", missing);
    await refused(targets(), "ResourceNotFoundException", missing);
  });

  it("lead back to their rules, page by page", async () => {
    for (const Name of ["a", "b", "c"]) {
      await putRule({ Name });
      await sandbox.events.send(
        new PutTargetsCommand({ Rule: Name, Targets: [{ Id: "1", Arn: Name === "b" ? ROLE : QUEUE }] }),
      );
    }
    const list = async (input: { Limit?: number; NextToken?: string | undefined } = {}) =>
      sandbox.events.send(new ListRuleNamesByTargetCommand({ TargetArn: QUEUE, ...input }));
    expect((await list()).RuleNames).toEqual(["a", "c"]);
    const first = await list({ Limit: 1 });
    expect(first.RuleNames).toEqual(["a"]);
    expect((await list({ Limit: 1, NextToken: first.NextToken })).RuleNames).toEqual(["c"]);
  });

  it("fail in part under a fault, and only those are not done", async () => {
    sandbox.control.addFault({
      operation: "PutTargets",
      times: 1,
      action: { failEntries: { code: "ConcurrentModificationException", match: '"b"' } },
    });
    const both = [
      { Id: "a", Arn: QUEUE },
      { Id: "b", Arn: QUEUE },
    ];
    expect(await putTargets(...both)).toMatchObject({
      count: 1,
      failed: [{ TargetId: "b", ErrorCode: "ConcurrentModificationException" }],
    });
    expect(await targets()).toEqual([{ Id: "a", Arn: QUEUE }]);
    expect((await putTargets(...both)).count).toBe(0);

    sandbox.control.addFault({
      operation: "RemoveTargets",
      action: { failEntries: { code: "InternalException" } },
    });
    expect(await removeTargets("a", "b")).toMatchObject({
      count: 2,
      failed: [{ TargetId: "a" }, { TargetId: "b" }],
    });
    expect(await targets()).toHaveLength(2);
    expect(() =>
      sandbox.control.addFault({ operation: "PutRule", action: { failEntries: { code: "x" } } }),
    ).toThrow("failEntries needs the operation PutTargets, RemoveTargets, SendMessageBatch");
  });
});

describe("events", () => {
  const entry = { Source: "app", DetailType: "done", Detail: '{"id":1}' };
  const put = async (...Entries: object[]) => {
    const answer = await sandbox.events.send(new PutEventsCommand({ Entries }));
    return { count: answer.FailedEntryCount, entries: answer.Entries ?? [] };
  };
  const kept = () =>
    (sandbox.control.state()["123456789012/us-east-1"] as { events: { events: unknown[] } }).events.events;

  it("fail in part under a fault, told by their places, and only those are lost", async () => {
    await putRule({ Name: "all", EventPattern: '{"source":["app"]}' });
    const failEntries = { code: "InternalFailure", match: "second" };
    sandbox.control.addFault({ operation: "PutEvents", action: { failEntries } });
    const named = (name: string) => ({ ...entry, Detail: JSON.stringify({ name }) });
    const { count, entries } = await put(named("first"), named("second"), {
      ...named("third"),
      Source: "aws.ecs",
    });
    expect([count, entries]).toEqual([
      2,
      [
        { EventId: expect.any(String) },
        { ErrorCode: "InternalFailure", ErrorMessage: expect.any(String) },
        { ErrorCode: expect.stringMatching(/^NotAuthorized/), ErrorMessage: expect.any(String) },
      ],
    ]);
    expect(kept()).toMatchObject([{ event: { detail: { name: "first" } } }]);
    expect(await put(named("second"))).toMatchObject({
      count: 1,
      entries: [{ ErrorCode: "InternalFailure" }],
    });
  });

  it("are kept with the rules they match", async () => {
    await putRule({ Name: "all", EventPattern: '{"source":["app"]}' });
    await putRule({ Name: "off", EventPattern: '{"source":["app"]}', State: "DISABLED" });
    await putRule({ Name: "other", EventPattern: '{"detail":{"id":[2]}}' });
    await putRule({ Name: "timer", EventPattern: undefined, ScheduleExpression: "rate(1 day)" });
    const { count, entries } = await put({
      ...entry,
      Resources: ["arn:x"],
      Time: new Date("2026-01-02T03:04:05Z"),
    });
    expect(count).toBe(0);
    expect(kept()).toEqual([
      {
        event: {
          version: "0",
          id: entries[0]?.EventId,
          "detail-type": "done",
          source: "app",
          account: "123456789012",
          time: "2026-01-02T03:04:05Z",
          region: "us-east-1",
          resources: ["arn:x"],
          detail: { id: 1 },
        },
        rules: ["all"],
      },
    ]);
  });

  it.each([
    [{ Source: undefined }, "InvalidArgument", "Source is a required argument"],
    [{ DetailType: undefined }, "InvalidArgument", "DetailType is a required argument"],
    [{ Detail: undefined }, "InvalidArgument", "Detail is a required argument"],
    [{ Detail: "[]" }, "MalformedDetail", "Detail is malformed."],
    [{ Detail: "{" }, "MalformedDetail", "Detail is malformed."],
    [{ Source: "aws.ecs" }, "NotAuthorizedForSourceException", "Not authorized for the source."],
  ])("with %j fail alone as %s", async (change, ErrorCode, message) => {
    const { count, entries } = await put({ ...entry, ...change }, entry);
    expect(count).toBe(1);
    expect(entries[0]).toEqual({ ErrorCode, ErrorMessage: expect.stringContaining(message) });
    expect(entries[1]?.EventId).toMatch(/^[0-9a-f-]{36}$/);
    expect(kept()).toHaveLength(1);
  });

  it("for a bus that isn't there are taken and lost, as on AWS", async () => {
    expect((await put({ ...entry, EventBusName: "orders" })).count).toBe(0);
    expect(kept()).toEqual([]);
    await put({ ...entry, EventBusName: BUS });
    expect(kept()).toHaveLength(1);
  });

  it("come by ten and by 256 KiB, and the last hundred are kept", async () => {
    await refused(put(...Array(11).fill(entry)), "ValidationException");
    await refused(
      put({ ...entry, Detail: `{"x":"${"x".repeat(262_144)}"}` }),
      "ValidationException",
      "over the limit",
    );
    for (let call = 0; call < 11; call += 1) await put(...Array(10).fill(entry));
    const ids = kept().map((each) => (each as { event: { id: string } }).event.id);
    expect(new Set(ids).size).toBe(100);
  });

  it("are tried on a pattern", async () => {
    const event = {
      id: "1",
      account: "1",
      source: "app",
      time: "t",
      region: "r",
      resources: [],
      "detail-type": "x",
    };
    const test = async (EventPattern: string, Event: string) =>
      (await sandbox.events.send(new TestEventPatternCommand({ EventPattern, Event }))).Result;
    expect(await test('{"source":[{"prefix":"a"}]}', JSON.stringify(event))).toBe(true);
    expect(await test('{"source":["b"]}', JSON.stringify(event))).toBe(false);
    await refused(test("{}", JSON.stringify(event)), "InvalidEventPatternException");
    await refused(test(PATTERN, "{"), "ValidationException");
    await refused(
      test(PATTERN, JSON.stringify({ ...event, region: undefined })),
      "ValidationException",
      "region",
    );
  });
});

it("calls are throttled at AWS's rate", async () => {
  sandbox = await start({ rates: true });
  await Promise.all(Array.from({ length: 50 }, () => listRules()));
  await refused(listRules(), "ThrottlingException");
});

describe("whatever comes in", () => {
  const context = { now: () => 0, account: "123456789012", region: "us-east-1" };
  const target = {
    Id: "1",
    Arn: QUEUE,
    Input: "{}",
    SqsParameters: {},
    EcsParameters: {},
    InputTransformer: {},
  };
  const inputs: [string, Record<string, unknown>][] = [
    ["PutRule", { Name: "tasks", EventPattern: PATTERN, Tags: [], State: "ENABLED" }],
    ["ListRules", { NamePrefix: "a", Limit: 1, NextToken: "x", EventBusName: "default" }],
    ["PutTargets", { Rule: "tasks", Targets: [target] }],
    ["RemoveTargets", { Rule: "tasks", Ids: ["1"], Force: true }],
    ["TagResource", { ResourceARN: ARN, Tags: [{ Key: "a", Value: "b" }] }],
    ["UntagResource", { ResourceARN: ARN, TagKeys: ["a"] }],
    ["PutEvents", { Entries: [{ Source: "a", DetailType: "b", Detail: "{}", Resources: [], Time: 1 }] }],
    ["TestEventPattern", { EventPattern: PATTERN, Event: "{}" }],
  ];
  it.each(inputs)("%s answers or refuses as AWS does", (operation, input) => {
    const service = createEvents();
    service.operations["PutRule"]?.({ Name: "tasks", EventPattern: PATTERN }, context);
    const spoilt = fc.oneof(
      ...Object.keys(input).map((field) => fc.jsonValue().map((value) => ({ ...input, [field]: value }))),
      ...Object.keys(target).map((field) =>
        fc.jsonValue().map((value) => ({
          ...input,
          Targets: [{ Id: "1", Arn: QUEUE, [field]: value }],
          Entries: [{ Source: "a", DetailType: "b", Detail: "{}", Time: value, Resources: value }],
        })),
      ),
    );
    fc.assert(
      fc.property(spoilt, (odd) => {
        try {
          expect(service.operations[operation]?.(odd, context)).toBeTypeOf("object");
        } catch (error) {
          expect(error).toBeInstanceOf(AwsError);
        }
      }),
      { numRuns: 300 },
    );
  });
});
