// EventBridge Scheduler as the sandbox plays it, through the real SDK and by hand.
import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListScheduleGroupsCommand,
  ListSchedulesCommand,
  type ListSchedulesCommandInput,
  SchedulerClient,
  type Target,
  UpdateScheduleCommand,
} from "@aws-sdk/client-scheduler";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { type Harness, NETWORK, start } from "./harness.ts";

const ACCOUNT = "123456789012";
const ARN = `arn:aws:scheduler:us-east-1:${ACCOUNT}:schedule/default/nightly`;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/scheduler`;
const CLUSTER = `arn:aws:ecs:us-east-1:${ACCOUNT}:cluster/prod`;
const QUEUE = `arn:aws:sqs:us-east-1:${ACCOUNT}:work`;
const TASK: Target = { Arn: CLUSTER, RoleArn: ROLE, EcsParameters: { TaskDefinitionArn: "batch" } };

let sandbox: Harness;
let client: SchedulerClient;
beforeEach(async () => {
  sandbox = await start();
  client = new SchedulerClient(sandbox.settings);
  onTestFinished(() => client.destroy());
});

const asked = (input: Partial<CreateScheduleCommandInput> = {}): CreateScheduleCommandInput => ({
  Name: "nightly",
  ScheduleExpression: "rate(1 day)",
  FlexibleTimeWindow: { Mode: "OFF" },
  Target: TASK,
  ...input,
});
const create = (input: Partial<CreateScheduleCommandInput> = {}) =>
  client.send(new CreateScheduleCommand(asked(input)));
const get = async (Name = "nightly", GroupName?: string) => {
  const { $metadata: _, ...schedule } = await client.send(new GetScheduleCommand({ Name, GroupName }));
  return schedule;
};
const list = async (input: ListSchedulesCommandInput = {}) => {
  const { Schedules, NextToken } = await client.send(new ListSchedulesCommand(input));
  return { names: Schedules?.map(({ Name }) => Name), NextToken };
};
const refused = (call: Promise<unknown>, name: string, status: number, message: RegExp = /./) =>
  expect(call).rejects.toMatchObject({
    name,
    $metadata: { httpStatusCode: status },
    message: expect.stringMatching(message),
  });

describe("a schedule", () => {
  it("is read back with Scheduler's defaults", async () => {
    expect((await create()).ScheduleArn).toBe(ARN);
    const at = new Date(sandbox.control.now());
    expect(await get()).toEqual({
      Arn: ARN,
      Name: "nightly",
      GroupName: "default",
      CreationDate: at,
      LastModificationDate: at,
      ScheduleExpression: "rate(1 day)",
      ScheduleExpressionTimezone: "UTC",
      State: "ENABLED",
      ActionAfterCompletion: "NONE",
      FlexibleTimeWindow: { Mode: "OFF" },
      Target: {
        ...TASK,
        EcsParameters: { TaskDefinitionArn: "batch", TaskCount: 1 },
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      },
    });
  });

  it("keeps all that was said", async () => {
    const now = sandbox.control.now();
    const said = {
      ScheduleExpressionTimezone: "Asia/Tokyo",
      ScheduleExpression: "cron(0 3 ? * MON-FRI *)",
      StartDate: new Date(Math.floor(now / 1000) * 1000 + 60_000),
      EndDate: new Date(Math.floor(now / 1000) * 1000 + 120_000),
      Description: "the nightly batch",
      State: "DISABLED" as const,
      FlexibleTimeWindow: { Mode: "FLEXIBLE" as const, MaximumWindowInMinutes: 15 },
      ActionAfterCompletion: "DELETE" as const,
      Target: {
        Arn: CLUSTER,
        RoleArn: ROLE,
        EcsParameters: {
          TaskDefinitionArn: "batch:3",
          TaskCount: 2,
          LaunchType: "FARGATE" as const,
          NetworkConfiguration: {
            awsvpcConfiguration: {
              Subnets: NETWORK.awsvpcConfiguration.subnets,
              AssignPublicIp: "ENABLED" as const,
            },
          },
          Tags: [{ key: "a", value: "b" }],
        },
        DeadLetterConfig: { Arn: QUEUE },
        RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 },
      },
    };
    await create(said);
    expect(await get("nightly", "default")).toMatchObject(said);
  });

  it("is made once, and is gone when it is deleted", async () => {
    await create();
    await refused(create(), "ConflictException", 409, /Schedule nightly already exists/);
    await client.send(new DeleteScheduleCommand({ Name: "nightly" }));
    await refused(get(), "ResourceNotFoundException", 404, /Schedule nightly does not exist/);
    await refused(
      client.send(new DeleteScheduleCommand({ Name: "nightly" })),
      "ResourceNotFoundException",
      404,
    );
  });

  it("is replaced as a whole by an update", async () => {
    await refused(client.send(new UpdateScheduleCommand(asked())), "ResourceNotFoundException", 404);
    await create({ Description: "old", State: "DISABLED" });
    const { CreationDate } = await get();
    sandbox.control.advance(5000);
    const Target = { Arn: QUEUE, RoleArn: ROLE };
    await client.send(new UpdateScheduleCommand(asked({ Target })));
    const after = await get();
    expect(after).toMatchObject({ State: "ENABLED", CreationDate, Target });
    expect(after).not.toHaveProperty("Description");
    expect(after).not.toHaveProperty("Target.EcsParameters");
    expect(Number(after.LastModificationDate) - Number(CreationDate)).toBe(5000);
  });

  it("is of the default group: there is no other", async () => {
    const missing = /Schedule group batch does not exist/;
    await refused(create({ GroupName: "batch" }), "ResourceNotFoundException", 404, missing);
    await create({ GroupName: "default" });
    await refused(get("nightly", "batch"), "ResourceNotFoundException", 404, missing);
    await refused(list({ GroupName: "batch" }), "ResourceNotFoundException", 404, missing);
  });

  it.each([
    "at(2030-02-28T23:59:59)",
    "rate(1 minutes)",
    "rate(5 hours)",
    "rate(2 day)",
    "cron(0/5 8-17 ? * 2#1 2030)",
  ])("may run %s", async (ScheduleExpression) => {
    await create({ ScheduleExpression });
    expect(await get()).toMatchObject({ ScheduleExpression });
  });

  it.each([
    "at(2030-02-30T00:00:00)",
    "at(2030-02-28)",
    "at(2030-02-28T23:59:59Z)",
    "rate(0 minutes)",
    "rate(1.5 hours)",
    "rate(1 week)",
    "cron(0 3 * * *)",
    "cron(0 3 * * * *)",
    "every day",
  ])("can't run %s", async (ScheduleExpression) => {
    await refused(create({ ScheduleExpression }), "ValidationException", 400, /Invalid Schedule Expression/);
    expect(await list()).toEqual({ names: [] });
  });
});

describe("refused", () => {
  const universal = (action: string, Input?: string) => ({
    Arn: `arn:aws:scheduler:::aws-sdk:ecs:${action}`,
    RoleArn: ROLE,
    Input,
  });
  const ecs = (EcsParameters: object, target: object = {}) => ({
    Target: { ...TASK, ...target, EcsParameters: { TaskDefinitionArn: "batch", ...EcsParameters } },
  });
  it.each<[string, object, RegExp]>([
    ["a name with a blank", { Name: "night ly" }, /'name'/],
    ["a time zone that is none", { ScheduleExpressionTimezone: "Mars/Olympus" }, /Timezone/],
    ["no window", { FlexibleTimeWindow: undefined }, /'flexibleTimeWindow'/],
    ["a flexible window without a length", { FlexibleTimeWindow: { Mode: "FLEXIBLE" } }, /FLEXIBLE/],
    [
      "a length without a window",
      { FlexibleTimeWindow: { Mode: "OFF", MaximumWindowInMinutes: 5 } },
      /FLEXIBLE/,
    ],
    ["no target", { Target: undefined }, /'target'/],
    ["no role", { Target: { ...TASK, RoleArn: undefined } }, /'target.roleArn'/],
    ["a role that is none", { Target: { ...TASK, RoleArn: QUEUE } }, /'target.roleArn'/],
    ["an ARN that is none", { Target: { ...TASK, Arn: "prod" } }, /not in correct format/],
    ["a cluster without a task", { Target: { ...TASK, EcsParameters: undefined } }, /EcsParameters must be/],
    ["a task for a queue", { Target: { ...TASK, Arn: QUEUE } }, /EcsParameters must not be/],
    ["no task definition", ecs({ TaskDefinitionArn: undefined }), /'target.ecsParameters.taskDefinitionArn'/],
    ["too many tasks", ecs({ TaskCount: 11 }), /taskCount/],
    ["an unknown launch type", ecs({ LaunchType: "MOON" }), /launchType/],
    [
      "a launch type beside a strategy",
      ecs({ LaunchType: "EC2", CapacityProviderStrategy: [{ capacityProvider: "x" }] }),
      /must not be specified together/,
    ],
    [
      "a public address without Fargate",
      ecs({ NetworkConfiguration: { awsvpcConfiguration: { Subnets: ["s"], AssignPublicIp: "ENABLED" } } }),
      /FARGATE/,
    ],
    ["no subnets", ecs({ NetworkConfiguration: { awsvpcConfiguration: {} } }), /Subnets/],
    ["retries for too long", ecs({}, { RetryPolicy: { MaximumEventAgeInSeconds: 30 } }), /retryPolicy/],
    ["dead letters for a topic", ecs({}, { DeadLetterConfig: { Arn: ROLE } }), /deadLetterConfig/],
    ["a call that only reads", { Target: universal("describeTasks") }, /only reads/],
    ["a call with a text", { Target: universal("runTask", "TaskDefinition=batch") }, /well-formed JSON/],
    [
      "an event bus without its parameters",
      { Target: { Arn: `arn:aws:events:us-east-1:${ACCOUNT}:event-bus/default`, RoleArn: ROLE } },
      /EventBridgeParameters must be/,
    ],
    ["a start long ago", { StartDate: new Date(0) }, /5 minutes ago/],
    ["an end in the past", { EndDate: new Date(0) }, /EndDate/],
  ])("is %s", async (_title, input, message) => {
    // The SDK would refuse some of it itself: so by hand.
    const { Name, ...body } = asked(input as Partial<CreateScheduleCommandInput>);
    const answer = await fetch(`${sandbox.endpoint}/schedules/${encodeURIComponent(Name ?? "")}`, {
      method: "POST",
      body: JSON.stringify(body, (_key, value) =>
        typeof value === "string" && /^\d{4}-\d\d-\d\dT.*Z$/.test(value) ? Date.parse(value) / 1000 : value,
      ),
    });
    expect(answer.status).toBe(400);
    expect(answer.headers.get("x-amzn-errortype")).toBe("ValidationException");
    expect(await answer.json()).toEqual({ Message: expect.stringMatching(message) });
    expect(await list()).toEqual({ names: [] });
  });

  it("is nothing of a universal target with JSON, nor of a queue with a text", async () => {
    await create({ Target: universal("runTask", '{"TaskDefinition":"batch"}') });
    await create({ Name: "text", Target: { Arn: QUEUE, RoleArn: ROLE, Input: "plain" } });
    expect(await list()).toEqual({ names: ["nightly", "text"] });
  });
});

describe("a list", () => {
  it("tells of targets their ARN alone, by prefix and state", async () => {
    await create();
    await create({ Name: "night-off", State: "DISABLED" });
    await create({ Name: "daily" });
    const { Schedules } = await client.send(new ListSchedulesCommand({ NamePrefix: "nightl" }));
    expect(Schedules).toEqual([
      {
        Arn: ARN,
        Name: "nightly",
        GroupName: "default",
        State: "ENABLED",
        CreationDate: expect.any(Date),
        LastModificationDate: expect.any(Date),
        Target: { Arn: CLUSTER },
      },
    ]);
    expect(await list({ State: "DISABLED" })).toEqual({ names: ["night-off"] });
    expect(await list({ GroupName: "default" })).toEqual({ names: ["daily", "night-off", "nightly"] });
  });

  it("comes in pages, each token for its own question", async () => {
    for (const Name of ["c", "a", "b"]) await create({ Name });
    const first = await list({ MaxResults: 2 });
    expect(first.names).toEqual(["a", "b"]);
    const { NextToken } = first;
    expect(await list({ MaxResults: 2, NextToken })).toEqual({ names: ["c"] });
    await refused(list({ NextToken, State: "ENABLED" }), "ValidationException", 400, /NextToken/);
    await refused(list({ MaxResults: 101 }), "ValidationException", 400, /maxResults/);
  });

  it("has smaller pages where the sandbox is told so", async () => {
    const { endpoint, control, settings } = await start({ pageSizes: 1 });
    for (const Name of ["a", "b"]) control.call("scheduler", "CreateSchedule", asked({ Name }));
    const small = new SchedulerClient({ ...settings, endpoint });
    onTestFinished(() => small.destroy());
    expect((await small.send(new ListSchedulesCommand({}))).Schedules).toHaveLength(1);
  });
});

describe("as of every other service", () => {
  it("calls are recorded, writes told from reads, and the state is shown", async () => {
    await create({ ClientToken: "token" });
    await get("nightly", "default");
    await list({ NamePrefix: "night", MaxResults: 5 });
    expect(
      sandbox.control.calls().map(({ service, operation, input, status, write }) => ({
        call: `${service}:${operation}`,
        input,
        status,
        write,
      })),
    ).toEqual([
      {
        call: "scheduler:CreateSchedule",
        input: expect.objectContaining({ Name: "nightly", ClientToken: "token", Target: TASK }),
        status: 200,
        write: true,
      },
      {
        call: "scheduler:GetSchedule",
        input: { Name: "nightly", GroupName: "default" },
        status: 200,
        write: false,
      },
      {
        call: "scheduler:ListSchedules",
        input: { NamePrefix: "night", MaxResults: 5 },
        status: 200,
        write: false,
      },
    ]);
    expect(sandbox.control.state()).toMatchObject({
      [`${ACCOUNT}/us-east-1`]: { scheduler: { schedules: [{ name: "nightly" }] } },
    });
  });

  it.each([
    ["throttle", "ThrottlingException", 429],
    ["denied", "AccessDeniedException", 403],
    ["error500", "InternalFailure", 500],
  ] as const)("the fault %s strikes", async (action, name, status) => {
    sandbox.control.addFault({ service: "scheduler", operation: "ListSchedules", action });
    await refused(list(), name, status);
  });

  it("the second page can be denied, or the first one called the last", async () => {
    for (const Name of ["a", "b"]) await create({ Name });
    sandbox.control.addFault({ operation: "ListSchedules", page: 2, action: "denied" });
    const { NextToken } = await list({ MaxResults: 1 });
    await refused(list({ MaxResults: 1, NextToken }), "AccessDeniedException", 403);
    sandbox.control.addFault({ operation: "ListSchedules", action: "truncate" });
    expect(await list({ MaxResults: 1 })).toEqual({ names: ["a"] });
  });

  it("rates hold", async () => {
    const { settings, control } = await start({ rates: true });
    const limited = new SchedulerClient(settings);
    onTestFinished(() => limited.destroy());
    const ask = () => limited.send(new ListSchedulesCommand({}));
    for (let count = 0; count < 50; count += 1) await ask();
    await refused(ask(), "ThrottlingException", 429);
    control.advance(1000);
    expect((await ask()).Schedules).toEqual([]);
  });

  it("each account and Region has its own", async () => {
    await create();
    const elsewhere = new SchedulerClient({ ...sandbox.settings, region: "eu-west-1" });
    onTestFinished(() => elsewhere.destroy());
    expect((await elsewhere.send(new ListSchedulesCommand({}))).Schedules).toEqual([]);
  });
});

describe("what is not there", () => {
  it("is an unknown operation", async () => {
    await refused(client.send(new ListScheduleGroupsCommand({})), "UnknownOperationException", 400);
  });

  it("is so for another service's signature too, and a body must be JSON", async () => {
    const authorization = `AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/apigateway/aws4_request, SignedHeaders=host, Signature=x`;
    const other = await fetch(`${sandbox.endpoint}/schedules`, { headers: { authorization } });
    expect([other.status, await other.json()]).toMatchObject([400, { __type: "UnknownOperationException" }]);
    const odd = await fetch(`${sandbox.endpoint}/schedules/a`, { method: "POST", body: "{" });
    expect([odd.status, odd.headers.get("x-amzn-errortype")]).toEqual([400, "SerializationException"]);
    const count = await fetch(`${sandbox.endpoint}/schedules?MaxResults=many`);
    expect([count.status, await count.json()]).toEqual([
      400,
      { Message: expect.stringContaining("MaxResults") },
    ]);
  });
});
