// Log alarms in the sandbox: alarms on a Logs Insights query.
import { DescribeAlarmsCommand, PutLogAlarmCommand } from "@aws-sdk/client-cloudwatch";
import { beforeEach, describe, expect, it } from "vitest";
import type { Input, OperationContext, Output } from "../../controller/sandbox/service.ts";
import { createCloudWatch } from "../../controller/sandbox/services/cloudwatch.ts";
import { start } from "./harness.ts";

const TOPIC = "arn:aws:sns:us-east-1:123456789012:ops";
const ROLE = "arn:aws:iam::123456789012:role/query";
const ARN = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:fatal";
let clock = 1_800_000_000_000;
const context: OperationContext = { now: () => clock, account: "123456789012", region: "us-east-1" };
let service = createCloudWatch();
const call = (operation: string, input: Input = {}): Output => {
  const run = service.operations[operation];
  if (run === undefined) throw new Error(`no operation ${operation}`);
  return run(input, context);
};
const described = (name = "fatal"): Input => {
  const { LogAlarms } = call("DescribeAlarms", { AlarmNames: [name], AlarmTypes: ["LogAlarm"] });
  return (LogAlarms as Input[])[0];
};

const schedule = { ScheduleExpression: "rate(5 minutes)", StartTimeOffset: 420, EndTimeOffset: 120 };
const query = {
  QueryString: "fields @message | filter @message like /FATAL/",
  LogGroupIdentifiers: ["/ecs/web"],
  ScheduledQueryRoleARN: ROLE,
  AggregationExpression: "count(*)",
  ScheduleConfiguration: schedule,
};
const fatal = {
  AlarmName: "fatal",
  ComparisonOperator: "GreaterThanThreshold",
  Threshold: 0,
  QueryResultsToEvaluate: 5,
  QueryResultsToAlarm: 3,
  ScheduledQueryConfiguration: query,
};
const querying = (more: Input) => ({ ...fatal, ScheduledQueryConfiguration: { ...query, ...more } });
const scheduled = (more: Input) => querying({ ScheduleConfiguration: { ...schedule, ...more } });
const aggregated = (AggregationExpression: string) => querying({ AggregationExpression });
const without = (input: Input, ...fields: string[]): Input =>
  Object.fromEntries(Object.entries(input).filter(([key]) => !fields.includes(key)));
const metricAlarm = {
  AlarmName: "cpu",
  Namespace: "AWS/ECS",
  MetricName: "CPUUtilization",
  Statistic: "Average",
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 80,
  ComparisonOperator: "GreaterThanThreshold",
};

beforeEach(() => {
  clock = 1_800_000_000_000;
  service = createCloudWatch();
});

describe("PutLogAlarm accepts", () => {
  it.each<[string, Input]>([
    ["what is needed", fatal],
    ["lines in the mail", { ...fatal, ActionLogLineCount: 50, ActionLogLineRoleArn: ROLE }],
    [
      "a topic and an OpsItem",
      { ...fatal, AlarmActions: [TOPIC, "arn:aws:ssm:us-east-1:123456789012:opsitem:1"] },
    ],
    ["a warm-up", { ...fatal, WarmUpConfiguration: { WarmUpPeriodDurationInMinutes: 10 } }],
    [
      "no groups, for a query that names its source",
      { ...fatal, ScheduledQueryConfiguration: without(query, "LogGroupIdentifiers") },
    ],
    [
      "a group's ARN",
      querying({ LogGroupIdentifiers: ["arn:aws:logs:us-east-1:123456789012:log-group:/ecs/web"] }),
    ],
    [
      "a daily schedule without an end",
      scheduled({ ScheduleExpression: "rate(1 day)", EndTimeOffset: undefined }),
    ],
    ["an average by fields", aggregated("avg(latency) by host, `my field` | sort desc")],
  ])("%s", (_name, input) => {
    expect(call("PutLogAlarm", input)).toEqual({});
    expect(described()).toMatchObject({ StateValue: "INSUFFICIENT_DATA", AlarmArn: ARN });
  });
});

describe("PutLogAlarm refuses", () => {
  it.each<[string, Input]>([
    ...["AlarmName", "ScheduledQueryConfiguration", "QueryResultsToEvaluate", "QueryResultsToAlarm"].map(
      (field): [string, Input] => [`no ${field}`, without(fatal, field)],
    ),
    ...["Threshold", "ComparisonOperator"].map((field): [string, Input] => [
      `no ${field}`,
      without(fatal, field),
    ]),
    ...["QueryString", "ScheduledQueryRoleARN", "ScheduleConfiguration", "AggregationExpression"].map(
      (field): [string, Input] => [
        `no ${field}`,
        { ...fatal, ScheduledQueryConfiguration: without(query, field) },
      ],
    ),
    ["101 results", { ...fatal, QueryResultsToEvaluate: 101 }],
    ["M > N", { ...fatal, QueryResultsToAlarm: 6 }],
    ["a band's operator", { ...fatal, ComparisonOperator: "GreaterThanUpperThreshold" }],
    ["an unknown treatment", { ...fatal, TreatMissingData: "zero" }],
    ["a long query", querying({ QueryString: "x".repeat(10_001) })],
    ["no group in the list", querying({ LogGroupIdentifiers: [] })],
    ["51 groups", querying({ LogGroupIdentifiers: Array(51).fill("/ecs/web") })],
    ["a role that is none", querying({ ScheduledQueryRoleARN: "query" })],
    ["cron", scheduled({ ScheduleExpression: "cron(0 * * * ? *)" })],
    ["1 minutes", scheduled({ ScheduleExpression: "rate(1 minutes)" })],
    ["5 minute", scheduled({ ScheduleExpression: "rate(5 minute)" })],
    ["no start", scheduled({ StartTimeOffset: undefined })],
    ["an end before the start", scheduled({ EndTimeOffset: 420 })],
    ["two aggregations", aggregated("count(*), avg(x)")],
    ["a percentile", aggregated("pct(x, 99)")],
    ["bins", aggregated("count(*) by bin(5m)")],
    ["six fields", aggregated("count(*) by a, b, c, d, e, f")],
    ["an order of nothing", aggregated("count(*) | sort desc")],
    ["a long aggregation", aggregated(`count(*) by ${"x".repeat(256)}`)],
    ["51 lines", { ...fatal, ActionLogLineCount: 51, ActionLogLineRoleArn: ROLE }],
    ["lines without a role", { ...fatal, ActionLogLineCount: 1 }],
    [
      "unmasked lines",
      {
        ...querying({ QueryString: "fields unmask(@message)" }),
        ActionLogLineCount: 1,
        ActionLogLineRoleArn: ROLE,
      },
    ],
    [
      "a scaling action",
      { ...fatal, AlarmActions: ["arn:aws:autoscaling:us-east-1:123456789012:scalingPolicy:x"] },
    ],
    ["an incident", { ...fatal, AlarmActions: ["arn:aws:ssm-incidents::123456789012:response-plan/x"] }],
    ["an OpsItem when OK", { ...fatal, OKActions: ["arn:aws:ssm:us-east-1:123456789012:opsitem:1"] }],
    ["a reserved tag", { ...fatal, Tags: [{ Key: "aws:x", Value: "" }] }],
  ])("%s", (_name, input) => {
    expect(() => call("PutLogAlarm", input)).toThrow(expect.objectContaining({ code: "ValidationError" }));
    expect(service.state()).toEqual(createCloudWatch().state());
  });
});

describe("a log alarm", () => {
  it("is seen only by those who ask for its kind, with what AWS fills in", () => {
    call("PutLogAlarm", { ...scheduled({ EndTimeOffset: undefined }), Tags: [{ Key: "team", Value: "a" }] });
    expect(call("DescribeAlarms")).toEqual({ MetricAlarms: [], CompositeAlarms: [], LogAlarms: [] });
    expect(described()).toEqual({
      ...scheduled({ EndTimeOffset: 0 }),
      ScheduledQueryConfiguration: {
        ...query,
        ScheduleConfiguration: { ...schedule, EndTimeOffset: 0 },
        QueryARN: expect.stringMatching(
          /^arn:aws:logs:us-east-1:123456789012:scheduled-query:[0-9a-f-]{36}$/,
        ),
      },
      ActionLogLineCount: 0,
      ActionsEnabled: true,
      OKActions: [],
      AlarmActions: [],
      InsufficientDataActions: [],
      AlarmArn: ARN,
      AlarmConfigurationUpdatedTimestamp: new Date(clock),
      StateValue: "INSUFFICIENT_DATA",
      StateReason: "Unchecked: Initial alarm creation",
      StateUpdatedTimestamp: new Date(clock),
      StateTransitionedTimestamp: new Date(clock),
    });
  });

  it("keeps its query's ARN through updates, and gets another when made again", () => {
    const queryArn = () => described().ScheduledQueryConfiguration.QueryARN;
    call("PutLogAlarm", fatal);
    const first = queryArn();
    call("PutLogAlarm", querying({ QueryString: "fields @message", QueryARN: "arn:aws:logs:x" }));
    expect(queryArn()).toBe(first);
    call("DeleteAlarms", { AlarmNames: ["fatal"] });
    call("PutLogAlarm", fatal);
    expect(queryArn()).not.toBe(first);
  });

  it("is overwritten whole; another query begins anew, another threshold doesn't; tags stay", () => {
    call("PutLogAlarm", { ...fatal, AlarmDescription: "old", Tags: [{ Key: "team", Value: "a" }] });
    call("SetAlarmState", { AlarmName: "fatal", StateValue: "ALARM", StateReason: "test" });
    const { AlarmDescription: _, ...changed } = {
      ...fatal,
      AlarmDescription: "",
      Threshold: 5,
      QueryResultsToAlarm: 1,
    };
    call("PutLogAlarm", { ...changed, Tags: [{ Key: "team", Value: "b" }] });
    expect(described()).toMatchObject({ Threshold: 5, StateValue: "ALARM" });
    expect(described()).not.toHaveProperty("AlarmDescription");
    expect(call("ListTagsForResource", { ResourceARN: ARN })).toEqual({
      Tags: [{ Key: "team", Value: "a" }],
    });
    call("PutLogAlarm", scheduled({ ScheduleExpression: "rate(1 minute)" }));
    expect(described().StateValue).toBe("INSUFFICIENT_DATA");
  });

  it("has its actions switched, its tags changed and its state told to composites", () => {
    call("PutLogAlarm", fatal);
    call("PutCompositeAlarm", { AlarmName: "any", AlarmRule: "ALARM(fatal)" });
    call("DisableAlarmActions", { AlarmNames: ["fatal"] });
    expect(described().ActionsEnabled).toBe(false);
    call("TagResource", { ResourceARN: ARN, Tags: [{ Key: "x", Value: "y" }] });
    expect(service.taggedResources?.()).toContainEqual({
      arn: ARN,
      type: "cloudwatch:alarm",
      tags: { x: "y" },
    });
    call("SetAlarmState", { AlarmName: "fatal", StateValue: "ALARM", StateReason: "test" });
    const { CompositeAlarms } = call("DescribeAlarms", { AlarmTypes: ["CompositeAlarm"] });
    expect((CompositeAlarms as Input[])[0].StateValue).toBe("ALARM");
    expect(() => call("DeleteAlarms", { AlarmNames: ["fatal"] })).toThrow(
      expect.objectContaining({ code: "ValidationError" }),
    );
  });

  it("shares its name with no other kind", () => {
    call("PutLogAlarm", fatal);
    call("PutMetricAlarm", metricAlarm);
    const refused = (operation: string, input: Input) =>
      expect(() => call(operation, input)).toThrow(expect.objectContaining({ code: "ValidationError" }));
    refused("PutMetricAlarm", { ...metricAlarm, AlarmName: "fatal" });
    refused("PutCompositeAlarm", { AlarmName: "fatal", AlarmRule: "TRUE" });
    refused("PutLogAlarm", { ...fatal, AlarmName: "cpu" });
  });

  it("is deleted only by itself", () => {
    call("PutLogAlarm", fatal);
    call("PutMetricAlarm", metricAlarm);
    expect(() => call("DeleteAlarms", { AlarmNames: ["fatal", "cpu"] })).toThrow(
      expect.objectContaining({ code: "ValidationError" }),
    );
    expect(described()).toBeDefined();
    call("DeleteAlarms", { AlarmNames: ["fatal"] });
    expect(described()).toBeUndefined();
  });
});

it("comes through the SDK", async () => {
  const { cloudwatch } = await start();
  const input = { ...fatal, ComparisonOperator: "GreaterThanThreshold" as const };
  await cloudwatch.send(new PutLogAlarmCommand(input));
  const { LogAlarms } = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmTypes: ["LogAlarm"] }));
  expect(LogAlarms?.[0]).toMatchObject({ AlarmName: "fatal", ScheduledQueryConfiguration: query });
});
