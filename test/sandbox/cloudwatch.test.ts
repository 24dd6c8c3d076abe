// CloudWatch as the sandbox plays it, called as plain functions: what AWS refuses, fills in, keeps and forgets.
import { beforeEach, describe, expect, it } from "vitest";
import type { Input, OperationContext, Output } from "../../controller/sandbox/service.ts";
import { createCloudWatch } from "../../controller/sandbox/services/cloudwatch.ts";

const TOPIC = "arn:aws:sns:ap-northeast-1:123456789012:ops";
const arnOf = (name: string) => `arn:aws:cloudwatch:ap-northeast-1:123456789012:alarm:${name}`;

let clock = 1_800_000_000_000;
const context: OperationContext = { now: () => clock, account: "123456789012", region: "ap-northeast-1" };
let service = createCloudWatch();
const call = (operation: string, input: Input = {}): Output => {
  const run = service.operations[operation];
  if (run === undefined) throw new Error(`no operation ${operation}`);
  return run(input, context);
};
const names = (output: Output, list = "MetricAlarms") =>
  (output[list] as Input[]).map((each) => each.AlarmName);
const described = (name: string) =>
  (call("DescribeAlarms", { AlarmNames: [name] }).MetricAlarms as Input[])[0];

beforeEach(() => {
  clock = 1_800_000_000_000;
  service = createCloudWatch();
});

const plain = {
  AlarmName: "cpu",
  MetricName: "CPUUtilization",
  Namespace: "AWS/ECS",
  Statistic: "Average",
  Period: 60,
  EvaluationPeriods: 5,
  Threshold: 80,
  ComparisonOperator: "GreaterThanThreshold",
};
const stat = (Id: string, ReturnData = false, more = {}) => ({
  Id,
  MetricStat: { Metric: { Namespace: "AWS/ECS", MetricName: Id }, Period: 60, Stat: "Sum" },
  ReturnData,
  ...more,
});
const math = {
  AlarmName: "rate",
  EvaluationPeriods: 3,
  Threshold: 5,
  ComparisonOperator: "GreaterThanThreshold",
  Metrics: [
    { Id: "rate", Expression: "IF(req > 10, 100 * FILL(err, 0) / req, 0)", ReturnData: true },
    stat("err"),
    stat("req"),
  ],
};
const band = {
  AlarmName: "band",
  EvaluationPeriods: 3,
  ThresholdMetricId: "band",
  ComparisonOperator: "GreaterThanUpperThreshold",
  Metrics: [stat("m1", true), { Id: "band", Expression: "ANOMALY_DETECTION_BAND(m1, 2)", ReturnData: true }],
};
const promQl = {
  AlarmName: "promql",
  EvaluationCriteria: { PromQLCriteria: { Query: "up == 0", PendingPeriod: 60 } },
  EvaluationInterval: 60,
};
const without = (input: Input, ...fields: string[]): Input =>
  Object.fromEntries(Object.entries(input).filter(([key]) => !fields.includes(key)));

describe("PutMetricAlarm accepts", () => {
  const extended = [
    "p0",
    "p99",
    "p99.9",
    "p100",
    "tm90",
    "tc90",
    "ts90",
    "wm90",
    "IQM",
    "PR(10:20)",
    "PR(:5)",
  ];
  const cases: [string, Input][] = [
    ["one metric", plain],
    ["metric math", math],
    ["an anomaly band", band],
    [
      "an anomaly band of the usual width",
      { ...band, Metrics: [stat("m1", true), { Id: "band", Expression: "ANOMALY_DETECTION_BAND(m1)" }] },
    ],
    [
      "a warm-up",
      {
        ...plain,
        WarmUpConfiguration: {
          WarmUpPeriodDurationInMinutes: 2880,
          OnlyStartEvaluatingAfterWarmUpPeriodEnds: true,
        },
      },
    ],
    ["PromQL", promQl],
    [
      "a Metrics Insights query",
      { ...math, Metrics: [{ Id: "q1", Expression: "SELECT AVG(x) FROM y", Period: 60 }] },
    ],
    ["empty lists beside the other form", { ...math, Dimensions: [] }],
    ["M of N", { ...plain, DatapointsToAlarm: 5 }],
    ["a whole day", { ...plain, EvaluationPeriods: 1440 }],
    ["a whole week of hours", { ...plain, Period: 3600, EvaluationPeriods: 168 }],
    ["high resolution", { ...plain, Period: 10 }],
    ["5 actions", { ...plain, AlarmActions: Array(5).fill(TOPIC) }],
    ["a wall clock", { ...plain, EvaluationWindow: { WallClockWindow: { Timezone: "Asia/Tokyo" } } }],
    [
      "an expression on an expression",
      {
        ...math,
        Metrics: [
          stat("a"),
          { Id: "b", Expression: "a*2", ReturnData: false },
          { Id: "c", Expression: "-(b + 1e3) ^ 2" },
        ],
      },
    ],
    ...[...extended, "TM(10%:90%)", "TC(0.005:0.030)", "WM(:95%)"].map((each): [string, Input] => [
      each,
      { ...without(plain, "Statistic"), ExtendedStatistic: each },
    ]),
  ];
  it.each(cases)("%s", (_name, input) => {
    expect(call("PutMetricAlarm", input)).toEqual({});
    expect(names(call("DescribeAlarms"))).toEqual([input.AlarmName]);
  });
});

describe("PutMetricAlarm refuses", () => {
  const metrics = (...Metrics: Input[]) => ({ ...math, Metrics });
  const expression = (Expression: string) => metrics({ Id: "e", Expression }, stat("m1"));
  const cases: [string, Input][] = [
    ["no name", without(plain, "AlarmName")],
    ["a long name", { ...plain, AlarmName: "x".repeat(256) }],
    ["a control character", { ...plain, AlarmName: "a\u0007b" }],
    ["a long description", { ...plain, AlarmDescription: "x".repeat(1025) }],
    ["neither form", without(plain, "MetricName")],
    ["two forms", { ...plain, Metrics: math.Metrics }],
    ["PromQL with a threshold", { ...promQl, Threshold: 1 }],
    ["PromQL without an interval", without(promQl, "EvaluationInterval")],
    ["an interval without PromQL", { ...plain, EvaluationInterval: 60 }],
    ["two statistics", { ...plain, ExtendedStatistic: "p99" }],
    ["no statistic", without(plain, "Statistic")],
    ["an unknown statistic", { ...plain, Statistic: "Median" }],
    ...["p101", "p-1", "pp90", "P99", "PR(:)", "TM(10%:x)", "p99.", "tm", ""].map((each): [string, Input] => [
      `statistic '${each}'`,
      { ...without(plain, "Statistic"), ExtendedStatistic: each },
    ]),
    ["no period", without(plain, "Period")],
    ...[0, -60, 15, 45, 61, 90.5].map((Period): [string, Input] => [
      `period ${Period}`,
      { ...plain, Period },
    ]),
    ["a period as text", { ...plain, Period: "60" }],
    ["no namespace", without(plain, "Namespace")],
    ["a namespace with a colon", { ...plain, Namespace: ":x" }],
    ["no evaluation periods", without(plain, "EvaluationPeriods")],
    ["M > N", { ...plain, DatapointsToAlarm: 6 }],
    ["more than a day", { ...plain, EvaluationPeriods: 1441 }],
    ["more than a week", { ...plain, Period: 3600, EvaluationPeriods: 169 }],
    ["no threshold", without(plain, "Threshold")],
    ["an infinite threshold", { ...plain, Threshold: Number.POSITIVE_INFINITY }],
    ["no operator", without(plain, "ComparisonOperator")],
    ["an unknown operator", { ...plain, ComparisonOperator: ">" }],
    ["a band's operator on a threshold", { ...plain, ComparisonOperator: "LessThanLowerThreshold" }],
    ["an unknown treatment", { ...plain, TreatMissingData: "notbreaching" }],
    ["an unknown sample treatment", { ...plain, EvaluateLowSampleCountPercentile: "skip" }],
    ["an unknown unit", { ...plain, Unit: "percent" }],
    ["6 actions", { ...plain, AlarmActions: Array(6).fill(TOPIC) }],
    ["an action that is no ARN", { ...plain, OKActions: ["ops"] }],
    ["a topic of another region", { ...plain, AlarmActions: [TOPIC.replace("ap-northeast-1", "us-east-1")] }],
    ["an OpsItem when OK", { ...plain, OKActions: ["arn:aws:ssm:ap-northeast-1:123456789012:opsitem:1"] }],
    [
      "31 dimensions",
      { ...plain, Dimensions: Array.from({ length: 31 }, (_, i) => ({ Name: `d${i}`, Value: "x" })) },
    ],
    [
      "a dimension twice",
      {
        ...plain,
        Dimensions: [
          { Name: "a", Value: "x" },
          { Name: "a", Value: "y" },
        ],
      },
    ],
    ["a dimension without value", { ...plain, Dimensions: [{ Name: "a", Value: "" }] }],
    ["51 tags", { ...plain, Tags: Array.from({ length: 51 }, (_, i) => ({ Key: `k${i}`, Value: "" })) }],
    ["a reserved tag", { ...plain, Tags: [{ Key: "aws:x", Value: "" }] }],
    ["a wall clock of 2 minutes", { ...plain, Period: 120, EvaluationWindow: { WallClockWindow: {} } }],
    ["a warm-up of 0 minutes", { ...plain, WarmUpConfiguration: { WarmUpPeriodDurationInMinutes: 0 } }],
    ["math beside a period", { ...math, Period: 60 }],
    ["11 metrics", metrics(...Array.from({ length: 11 }, (_, i) => stat(`m${i}`, i === 0)))],
    ["an id with a capital", metrics(stat("M1", true))],
    ["an id twice", metrics(stat("m1", true), stat("m1"))],
    ["nothing returned", metrics(stat("m1"), stat("m2"))],
    ["two returned", metrics(stat("m1", true), stat("m2", true))],
    [
      "two returned by default",
      metrics(without(stat("m1"), "ReturnData"), without(stat("m2"), "ReturnData")),
    ],
    ["stat and expression", metrics(stat("m1", true, { Expression: "1" }))],
    ["neither stat nor expression", metrics({ Id: "m1" })],
    ["an unknown id", expression("m1 + m2")],
    ["an unknown function", expression("FOO(m1)")],
    ["an open bracket", expression("SUM(m1")],
    ["two operands", expression("m1 m1")],
    ["a missing operand", expression("m1 +")],
    ["a search", expression("SUM(SEARCH('{AWS/ECS} x', 'Sum', 60))")],
    ["an expression on itself", expression("e + m1")],
    [
      "a circle",
      metrics({ Id: "a", Expression: "b" }, { Id: "b", Expression: "a", ReturnData: false }, stat("m1")),
    ],
    [
      "a bad stat inside",
      metrics(
        stat("m1", true, {
          MetricStat: { Metric: { Namespace: "n", MetricName: "m" }, Period: 60, Stat: "p101" },
        }),
      ),
    ],
    ["a window too long inside", { ...math, EvaluationPeriods: 1441 }],
    ["a band without its id", { ...without(band, "ThresholdMetricId"), Threshold: 1 }],
    ["a band's id that isn't one", { ...band, ThresholdMetricId: "m1" }],
    ["threshold and band", { ...band, Threshold: 1 }],
    [
      "a band of what returns no data",
      {
        ...band,
        Metrics: [
          stat("m1", true),
          stat("m2"),
          { Id: "band", Expression: "ANOMALY_DETECTION_BAND(m2, 2)", ReturnData: true },
        ],
      },
    ],
    ...["ANOMALY_DETECTION_BAND(m1, 0)", "ANOMALY_DETECTION_BAND()", "2 * ANOMALY_DETECTION_BAND(m1, 2)"].map(
      (Expression): [string, Input] => [
        `the band ${Expression}`,
        { ...band, Metrics: [stat("m1", true), { Id: "band", Expression, ReturnData: true }] },
      ],
    ),
    [
      "a band that returns no data",
      { ...band, Metrics: [stat("m1", true), { ...band.Metrics[1], ReturnData: false }] },
    ],
    [
      "scaling by a band",
      { ...band, AlarmActions: ["arn:aws:autoscaling:ap-northeast-1:123456789012:scalingPolicy:x"] },
    ],
    [
      "a warm-up of two days and more",
      { ...plain, WarmUpConfiguration: { WarmUpPeriodDurationInMinutes: 2881 } },
    ],
    ["two windows", { ...plain, EvaluationWindow: { WallClockWindow: {}, SlidingWindow: {} } }],
    ["a wall clock of PromQL", { ...promQl, EvaluationWindow: { SlidingWindow: {} } }],
    ["a plain operator on a band", { ...band, ComparisonOperator: "GreaterThanThreshold" }],
  ];
  it.each(cases)("%s", (_name, input) => {
    expect(() => call("PutMetricAlarm", input)).toThrow(
      expect.objectContaining({ code: "ValidationError", status: 400 }),
    );
    expect(service.state()).toEqual(createCloudWatch().state());
  });
});

describe("an alarm read back", () => {
  it("has AWS's additions and nothing for what was left out", () => {
    call("PutMetricAlarm", { ...plain, Tags: [{ Key: "team", Value: "a" }], Surprise: 1 });
    expect(described("cpu")).toEqual({
      ...plain,
      ActionsEnabled: true,
      OKActions: [],
      AlarmActions: [],
      InsufficientDataActions: [],
      Dimensions: [],
      AlarmArn: arnOf("cpu"),
      AlarmConfigurationUpdatedTimestamp: new Date(clock),
      StateValue: "INSUFFICIENT_DATA",
      StateReason: "Unchecked: Initial alarm creation",
      StateUpdatedTimestamp: new Date(clock),
      StateTransitionedTimestamp: new Date(clock),
    });
  });

  it("of metric math has ReturnData and Dimensions filled in", () => {
    call("PutMetricAlarm", { ...math, Metrics: [without(stat("m1"), "ReturnData")] });
    expect(described("rate").Metrics).toEqual([
      {
        Id: "m1",
        MetricStat: {
          Metric: { Namespace: "AWS/ECS", MetricName: "m1", Dimensions: [] },
          Period: 60,
          Stat: "Sum",
        },
        ReturnData: true,
      },
    ]);
  });

  it("of PromQL starts OK", () => {
    call("PutMetricAlarm", promQl);
    expect(described("promql").StateValue).toBe("OK");
  });

  it("is a copy", () => {
    const input = { ...plain, Dimensions: [{ Name: "a", Value: "b" }] };
    call("PutMetricAlarm", input);
    input.Dimensions.pop();
    described("cpu").Dimensions.pop();
    expect(described("cpu").Dimensions).toHaveLength(1);
  });
});

describe("an update", () => {
  it("overwrites the whole configuration and keeps ARN, state and tags", () => {
    call("PutMetricAlarm", {
      ...plain,
      AlarmDescription: "old",
      TreatMissingData: "breaching",
      DatapointsToAlarm: 2,
      Tags: [{ Key: "team", Value: "a" }],
    });
    call("SetAlarmState", { AlarmName: "cpu", StateValue: "ALARM", StateReason: "test" });
    clock += 1000;
    call("PutMetricAlarm", {
      ...plain,
      Threshold: 90,
      Tags: [
        { Key: "team", Value: "b" },
        { Key: "x", Value: "" },
      ],
    });
    const alarm = described("cpu");
    expect(alarm).toMatchObject({ Threshold: 90, StateValue: "ALARM", AlarmArn: arnOf("cpu") });
    expect(alarm).not.toHaveProperty("AlarmDescription");
    expect(alarm).not.toHaveProperty("TreatMissingData");
    expect(alarm).not.toHaveProperty("DatapointsToAlarm");
    expect(alarm.AlarmConfigurationUpdatedTimestamp).toEqual(new Date(clock));
    expect(call("ListTagsForResource", { ResourceARN: arnOf("cpu") })).toEqual({
      Tags: [{ Key: "team", Value: "a" }],
    });
  });

  it("turns one form into another without a rest of the first", () => {
    call("PutMetricAlarm", { ...plain, AlarmName: "rate" });
    call("PutMetricAlarm", math);
    expect(described("rate")).not.toHaveProperty("MetricName");
    expect(described("rate").Dimensions).toEqual([]);
  });
});

describe("DescribeAlarms", () => {
  beforeEach(() => {
    for (const name of ["b-2", "a-1", "b-1"])
      call("PutMetricAlarm", { ...plain, AlarmName: name, AlarmActions: name === "b-1" ? [TOPIC] : [] });
    call("PutCompositeAlarm", { AlarmName: "b-any", AlarmRule: 'ALARM("b-1") OR ALARM(b-2)' });
    call("SetAlarmState", { AlarmName: "a-1", StateValue: "OK", StateReason: "" });
  });

  it("shows metric alarms only, by name, unless told otherwise", () => {
    expect(names(call("DescribeAlarms"))).toEqual(["a-1", "b-1", "b-2"]);
    expect(call("DescribeAlarms").CompositeAlarms).toEqual([]);
    const both = call("DescribeAlarms", { AlarmTypes: ["MetricAlarm", "CompositeAlarm", "LogAlarm"] });
    expect(names(both, "CompositeAlarms")).toEqual(["b-any"]);
    expect(names(both)).toHaveLength(3);
    expect(names(call("DescribeAlarms", { AlarmNames: ["b-any"] }))).toEqual([]);
  });

  const filters: [Input, string[]][] = [
    [{ AlarmNamePrefix: "b-" }, ["b-1", "b-2"]],
    [{ AlarmNames: ["b-2", "nope", "a-1"] }, ["a-1", "b-2"]],
    [{ AlarmNames: [] }, ["a-1", "b-1", "b-2"]],
    [{ StateValue: "OK" }, ["a-1"]],
    [{ ActionPrefix: TOPIC.slice(0, 12) }, ["b-1"]],
    [{ ChildrenOfAlarmName: "b-any" }, ["b-1", "b-2"]],
  ];
  it.each(filters)("filters by %j", (input, expected) => {
    expect(names(call("DescribeAlarms", input))).toEqual(expected);
  });

  it("finds parents with name and ARN only", () => {
    expect(call("DescribeAlarms", { ParentsOfAlarmName: "b-1" }).CompositeAlarms).toEqual([
      { AlarmName: "b-any", AlarmArn: arnOf("b-any") },
    ]);
  });

  const refused: [Input, string][] = [
    [{ AlarmNames: ["a"], AlarmNamePrefix: "a" }, "ValidationError"],
    [{ AlarmNames: Array(101).fill("a") }, "ValidationError"],
    [{ MaxRecords: 101 }, "ValidationError"],
    [{ MaxRecords: 0 }, "ValidationError"],
    [{ AlarmTypes: ["Metric"] }, "ValidationError"],
    [{ ChildrenOfAlarmName: "b-any", StateValue: "OK" }, "ValidationError"],
    [{ NextToken: "made up" }, "InvalidNextToken"],
  ];
  it.each(refused)("refuses %j", (input, code) => {
    expect(() => call("DescribeAlarms", input)).toThrow(expect.objectContaining({ code }));
  });

  it("pages over both kinds, and survives a deletion between two pages", () => {
    const asked = { AlarmTypes: ["MetricAlarm", "CompositeAlarm"], MaxRecords: 2 };
    const first = call("DescribeAlarms", asked);
    expect(names(first)).toEqual(["a-1", "b-1"]);
    call("DeleteAlarms", { AlarmNames: ["a-1"] });
    const second = call("DescribeAlarms", { ...asked, NextToken: first.NextToken });
    expect([names(second), names(second, "CompositeAlarms")]).toEqual([["b-2"], ["b-any"]]);
    expect(second).not.toHaveProperty("NextToken");
  });

  it("takes a token only with the question it belongs to", () => {
    const { NextToken } = call("DescribeAlarms", { MaxRecords: 1 });
    expect(NextToken).toBeTypeOf("string");
    expect(() => call("DescribeAlarms", { MaxRecords: 1, AlarmNamePrefix: "b", NextToken })).toThrow(
      expect.objectContaining({ code: "InvalidNextToken" }),
    );
  });

  it("gives 50 by default", () => {
    for (let index = 0; index < 60; index += 1)
      call("PutMetricAlarm", { ...plain, AlarmName: `many-${index}` });
    expect(names(call("DescribeAlarms"))).toHaveLength(50);
    expect(names(call("DescribeAlarms", { MaxRecords: 100 }))).toHaveLength(63);
  });
});

describe("DeleteAlarms", () => {
  it("deletes the right names among wrong ones", () => {
    call("PutMetricAlarm", plain);
    expect(call("DeleteAlarms", { AlarmNames: ["nope", "cpu"] })).toEqual({});
    expect(names(call("DescribeAlarms"))).toEqual([]);
  });

  it("answers 404 when every name is wrong", () => {
    expect(() => call("DeleteAlarms", { AlarmNames: ["nope"] })).toThrow(
      expect.objectContaining({ code: "ResourceNotFound", status: 404 }),
    );
  });

  it("refuses more than 100 names, two composites, and a child still in use", () => {
    call("PutMetricAlarm", plain);
    for (const name of ["one", "two"])
      call("PutCompositeAlarm", { AlarmName: name, AlarmRule: "ALARM(cpu)" });
    const refused = (AlarmNames: string[]) =>
      expect(() => call("DeleteAlarms", { AlarmNames })).toThrow(
        expect.objectContaining({ code: "ValidationError" }),
      );
    refused(Array(101).fill("cpu"));
    refused(["one", "two"]);
    refused(["cpu"]);
    refused(["cpu", "one"]);
    call("DeleteAlarms", { AlarmNames: ["two"] });
    expect(call("DeleteAlarms", { AlarmNames: ["cpu", "one"] })).toEqual({});
  });
});

describe("composite alarms", () => {
  beforeEach(() => {
    for (const name of ["a", "b", 'it"s (odd)']) call("PutMetricAlarm", { ...plain, AlarmName: name });
  });
  const stateOf = (name: string) =>
    (
      call("DescribeAlarms", { AlarmNames: [name], AlarmTypes: ["CompositeAlarm"] })
        .CompositeAlarms as Input[]
    )[0].StateValue;
  const set = (AlarmName: string, StateValue: string) =>
    call("SetAlarmState", { AlarmName, StateValue, StateReason: "test" });

  it.each([
    ["TRUE", "ALARM"],
    ["not false", "ALARM"],
    ["ALARM(a)", "OK"],
    ['INSUFFICIENT_DATA("a") AND NOT ALARM(b)', "ALARM"],
    [`ALARM("${arnOf("a")}") OR INSUFFICIENT_DATA("it\\"s (odd)")`, "ALARM"],
    ["AT_LEAST(2, INSUFFICIENT_DATA, (a, b))", "ALARM"],
    ["AT_LEAST(51%, OK, (a, b))", "OK"],
    ["FALSE AND TRUE OR TRUE", "ALARM"],
    ["FALSE AND (TRUE OR TRUE)", "OK"],
  ])("%s is %s", (AlarmRule, state) => {
    call("PutCompositeAlarm", { AlarmName: "all", AlarmRule });
    expect(stateOf("all")).toBe(state);
  });

  it("follow their children, through other composites too", () => {
    call("PutCompositeAlarm", { AlarmName: "inner", AlarmRule: "ALARM(a) AND ALARM(b)" });
    call("PutCompositeAlarm", { AlarmName: "outer", AlarmRule: "ALARM(inner)" });
    set("a", "ALARM");
    expect(stateOf("outer")).toBe("OK");
    set("b", "ALARM");
    expect(stateOf("outer")).toBe("ALARM");
    set("a", "OK");
    expect(stateOf("outer")).toBe("OK");
  });

  it.each([
    "ALARM(a",
    "ALARM(a) ALARM(b)",
    "AND",
    "BROKEN(a)",
    'ALARM("a',
    "ALARM(nobody)",
    "AT_LEAST(x, OK, (a))",
    Array(501).fill("TRUE").join(" OR "),
    "",
  ])("refuse the rule %j", (AlarmRule) => {
    expect(() => call("PutCompositeAlarm", { AlarmName: "all", AlarmRule })).toThrow(
      expect.objectContaining({ code: "ValidationError" }),
    );
  });

  it("share their names with metric alarms and their suppressor's fields go together", () => {
    const refused = (operation: string, input: Input) =>
      expect(() => call(operation, input)).toThrow(expect.objectContaining({ code: "ValidationError" }));
    refused("PutCompositeAlarm", { AlarmName: "a", AlarmRule: "TRUE" });
    call("PutCompositeAlarm", { AlarmName: "all", AlarmRule: "TRUE" });
    refused("PutMetricAlarm", { ...plain, AlarmName: "all" });
    refused("PutCompositeAlarm", { AlarmName: "s", AlarmRule: "TRUE", ActionsSuppressor: "a" });
  });
});

describe("other operations on alarms", () => {
  it("DescribeAlarmsForMetric compares dimensions as a set, and knows no math", () => {
    const Dimensions = [
      { Name: "ClusterName", Value: "c" },
      { Name: "ServiceName", Value: "s" },
    ];
    call("PutMetricAlarm", { ...plain, Dimensions });
    call("PutMetricAlarm", math);
    const ask = (input: Input) =>
      names(
        call("DescribeAlarmsForMetric", { MetricName: "CPUUtilization", Namespace: "AWS/ECS", ...input }),
      );
    expect(ask({ Dimensions: Dimensions.toReversed() })).toEqual(["cpu"]);
    expect(ask({ Dimensions: Dimensions.slice(1) })).toEqual([]);
    expect(ask({})).toEqual([]);
    expect(ask({ Dimensions, Period: 300 })).toEqual([]);
    expect(ask({ Dimensions, Statistic: "Average", Period: 60 })).toEqual(["cpu"]);
  });

  it("switches actions, and skips unknown names", () => {
    call("PutMetricAlarm", plain);
    call("DisableAlarmActions", { AlarmNames: ["cpu", "nope"] });
    expect(described("cpu").ActionsEnabled).toBe(false);
    call("EnableAlarmActions", { AlarmNames: ["cpu"] });
    expect(described("cpu").ActionsEnabled).toBe(true);
  });

  it("SetAlarmState moves the transition time only when the state changes", () => {
    call("PutMetricAlarm", plain);
    const created = new Date(clock);
    clock += 1000;
    call("SetAlarmState", { AlarmName: "cpu", StateValue: "INSUFFICIENT_DATA", StateReason: "again" });
    expect(described("cpu")).toMatchObject({
      StateTransitionedTimestamp: created,
      StateUpdatedTimestamp: new Date(clock),
      StateReason: "again",
    });
    expect(() => call("SetAlarmState", { AlarmName: "x", StateValue: "OK", StateReason: "" })).toThrow(
      expect.objectContaining({ code: "ResourceNotFound", status: 404 }),
    );
  });

  it("tags are changed one by one, up to 50", () => {
    call("PutMetricAlarm", {
      ...plain,
      Tags: [
        { Key: "a", Value: "1" },
        { Key: "b", Value: "2" },
      ],
    });
    const ResourceARN = arnOf("cpu");
    call("TagResource", {
      ResourceARN,
      Tags: [
        { Key: "a", Value: "3" },
        { Key: "c", Value: "4" },
      ],
    });
    call("UntagResource", { ResourceARN, TagKeys: ["b", "never"] });
    expect(service.taggedResources?.()).toEqual([
      { arn: ResourceARN, type: "cloudwatch:alarm", tags: { a: "3", c: "4" } },
    ]);
    const Tags = Array.from({ length: 49 }, (_, i) => ({ Key: `k${i}`, Value: "" }));
    expect(() => call("TagResource", { ResourceARN, Tags })).toThrow(
      expect.objectContaining({ code: "InvalidParameterValueException", queryCode: "InvalidParameterValue" }),
    );
    expect(() => call("ListTagsForResource", { ResourceARN: arnOf("nope") })).toThrow(
      expect.objectContaining({ code: "ResourceNotFoundException", status: 404 }),
    );
  });

  it("LimitExceededFault comes at the limit, for new alarms only", () => {
    service = createCloudWatch({ maxAlarms: 1 });
    call("PutMetricAlarm", plain);
    call("PutMetricAlarm", { ...plain, Threshold: 1 });
    expect(() => call("PutMetricAlarm", { ...plain, AlarmName: "second" })).toThrow(
      expect.objectContaining({ code: "LimitExceededFault", queryCode: "LimitExceeded" }),
    );
  });

  it("history has the newest first and outlives its alarm", () => {
    call("PutMetricAlarm", plain);
    clock += 1000;
    call("SetAlarmState", { AlarmName: "cpu", StateValue: "OK", StateReason: "fine" });
    call("DeleteAlarms", { AlarmNames: ["cpu"] });
    const first = call("DescribeAlarmHistory", { AlarmName: "cpu", MaxRecords: 2 });
    const summaries = (output: Output) =>
      (output.AlarmHistoryItems as Input[]).map((item) => item.HistorySummary);
    expect(summaries(first)).toEqual(['Alarm "cpu" deleted', "Alarm updated from INSUFFICIENT_DATA to OK"]);
    const rest = call("DescribeAlarmHistory", {
      AlarmName: "cpu",
      MaxRecords: 2,
      NextToken: first.NextToken,
    });
    expect(summaries(rest)).toEqual(['Alarm "cpu" created']);
    expect(summaries(call("DescribeAlarmHistory", { ScanBy: "TimestampAscending" }))[0]).toBe(
      'Alarm "cpu" created',
    );
  });
});

describe("metrics", () => {
  it("are listed once for the same dimensions in any order, and read back", () => {
    const Dimensions = [
      { Name: "a", Value: "1" },
      { Name: "b", Value: "2" },
    ];
    const datum = { MetricName: "m", Timestamp: new Date(clock - 30_000) };
    call("PutMetricData", {
      Namespace: "app",
      MetricData: [
        { ...datum, Dimensions, Value: 3 },
        { ...datum, Dimensions: Dimensions.toReversed(), Values: [1, 5], Counts: [2, 1] },
      ],
    });
    expect(call("ListMetrics", { Namespace: "app", Dimensions: [{ Name: "b" }] }).Metrics).toEqual([
      { Namespace: "app", MetricName: "m", Dimensions },
    ]);
    expect(call("ListMetrics", { Dimensions: [{ Name: "b", Value: "3" }] }).Metrics).toEqual([]);
    const { MetricDataResults } = call("GetMetricData", {
      StartTime: new Date(clock - 120_000),
      EndTime: new Date(clock),
      MetricDataQueries: ["Sum", "Average", "Maximum", "SampleCount"].map((Stat, i) => ({
        Id: `q${i}`,
        MetricStat: { Metric: { Namespace: "app", MetricName: "m", Dimensions }, Period: 60, Stat },
      })),
    });
    expect((MetricDataResults as Input[]).map((each) => each.Values)).toEqual([[10], [2.5], [5], [4]]);
  });

  it.each([
    [{ Namespace: "AWS/ECS", MetricData: [{ MetricName: "m", Value: 1 }] }, "InvalidParameterValueException"],
    [{ Namespace: "app", MetricData: [] }, "MissingRequiredParameterException"],
    [
      { Namespace: "app", MetricData: [{ MetricName: "m", Value: 1, Values: [1] }] },
      "InvalidParameterCombinationException",
    ],
    [
      { Namespace: "app", MetricData: [{ MetricName: "m", Value: Number.NaN }] },
      "InvalidParameterValueException",
    ],
  ])("%j is refused as %s", (input, code) => {
    expect(() => call("PutMetricData", input)).toThrow(expect.objectContaining({ code }));
  });
});

it("the same calls give the same state, in whatever order alarms were made", () => {
  const build = (order: string[]) => {
    service = createCloudWatch();
    for (const name of order) call("PutMetricAlarm", { ...plain, AlarmName: name });
    return service.state() as { alarms: unknown };
  };
  expect(JSON.stringify(build(["a", "b"]).alarms)).toBe(JSON.stringify(build(["b", "a"]).alarms));
});
