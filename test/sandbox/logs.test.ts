// CloudWatch Logs as the sandbox plays it, called as plain functions.
import { beforeEach, describe, expect, it } from "vitest";
import type { Input, OperationContext, Output } from "../../controller/sandbox/service.ts";
import { createLogs } from "../../controller/sandbox/services/logs.ts";

const DAY = 24 * 3600 * 1000;
const ARN = "arn:aws:logs:ap-northeast-1:123456789012:log-group:/ecs/app";

let clock = 1_800_000_000_000;
const context: OperationContext = { now: () => clock, account: "123456789012", region: "ap-northeast-1" };
let service = createLogs();
const call = (operation: string, input: Input = {}): Output => {
  const run = service.operations[operation];
  if (run === undefined) throw new Error(`no operation ${operation}`);
  return run(input, context);
};
const refused = (code: string, operation: string, input: Input) =>
  expect(() => call(operation, input)).toThrow(expect.objectContaining({ code, status: 400 }));
const groupNames = (output: Output) => (output.logGroups as Input[]).map((group) => group.logGroupName);
const group = (name = "/ecs/app") =>
  (call("DescribeLogGroups", { logGroupNamePrefix: name }).logGroups as Input[])[0];
const filters = (input: Input = {}) =>
  (call("DescribeMetricFilters", input).metricFilters as Input[]).map((each) => each.filterName);

const logGroupName = "/ecs/app";
const filter = {
  logGroupName,
  filterName: "fatal",
  filterPattern: '{ $.level = "FATAL" }',
  metricTransformations: [{ metricName: "Fatal", metricNamespace: "App", metricValue: "1", defaultValue: 0 }],
};
const transformed = (change: Input, filterPattern = filter.filterPattern) => ({
  ...filter,
  filterPattern,
  metricTransformations: [{ metricName: "Fatal", metricNamespace: "App", metricValue: "1", ...change }],
});

beforeEach(() => {
  clock = 1_800_000_000_000;
  service = createLogs();
  call("CreateLogGroup", { logGroupName });
});

describe("log groups", () => {
  it("are described with both ARNs and without a retention that was never set", () => {
    expect(group()).toEqual({
      logGroupName,
      creationTime: clock,
      metricFilterCount: 0,
      arn: `${ARN}:*`,
      logGroupArn: ARN,
      storedBytes: 0,
      logGroupClass: "STANDARD",
      deletionProtectionEnabled: false,
    });
  });

  it.each([
    [{ logGroupName }, "ResourceAlreadyExistsException"],
    [{}, "InvalidParameterException"],
    [{ logGroupName: "aws/x" }, "InvalidParameterException"],
    [{ logGroupName: "a b" }, "InvalidParameterException"],
    [{ logGroupName: "x".repeat(513) }, "InvalidParameterException"],
    [{ logGroupName: "a", logGroupClass: "CHEAP" }, "InvalidParameterException"],
    [{ logGroupName: "a", tags: {} }, "InvalidParameterException"],
    [{ logGroupName: "a", tags: { "aws:x": "" } }, "InvalidParameterException"],
    [{ logGroupName: "a", tags: { a: 1 } }, "InvalidParameterException"],
  ])("creating %j is refused as %s", (input, code) => refused(code, "CreateLogGroup", input));

  it("are deleted once, unless protected", () => {
    call("DeleteLogGroup", { logGroupName });
    refused("ResourceNotFoundException", "DeleteLogGroup", { logGroupName });
    call("CreateLogGroup", { logGroupName, deletionProtectionEnabled: true });
    refused("ValidationException", "DeleteLogGroup", { logGroupName });
  });

  it("are sorted, filtered by prefix or by part, and paged", () => {
    for (const name of ["/ecs/web", "/aws/lambda/App", "/ecs/app-2"])
      call("CreateLogGroup", { logGroupName: name });
    const list = (input: Input) => groupNames(call("DescribeLogGroups", input));
    expect(list({})).toEqual(["/aws/lambda/App", "/ecs/app", "/ecs/app-2", "/ecs/web"]);
    expect(list({ logGroupNamePrefix: "/ecs/app" })).toEqual(["/ecs/app", "/ecs/app-2"]);
    expect(list({ logGroupNamePattern: "app" })).toEqual(["/ecs/app", "/ecs/app-2"]);
    expect(list({ logGroupIdentifiers: [ARN, "/ecs/web", "nope"] })).toEqual(["/ecs/app", "/ecs/web"]);
    refused("InvalidParameterException", "DescribeLogGroups", {
      logGroupNamePrefix: "a",
      logGroupNamePattern: "b",
    });
    refused("InvalidParameterException", "DescribeLogGroups", { limit: 51 });
    refused("InvalidParameterException", "DescribeLogGroups", { nextToken: "made up" });
    const first = call("DescribeLogGroups", { limit: 3 });
    expect(groupNames(call("DescribeLogGroups", { limit: 3, nextToken: first.nextToken }))).toEqual([
      "/ecs/web",
    ]);
  });

  it("come 50 at a time by default", () => {
    for (let index = 0; index < 60; index += 1) call("CreateLogGroup", { logGroupName: `g${index}` });
    const first = call("DescribeLogGroups");
    expect(groupNames(first)).toHaveLength(50);
    const second = call("DescribeLogGroups", { nextToken: first.nextToken });
    expect(groupNames(second)).toHaveLength(11);
    expect(second).not.toHaveProperty("nextToken");
  });

  it("carry tags, under the ARN with and without its end, and under the old names", () => {
    call("TagResource", { resourceArn: ARN, tags: { a: "1", b: "2" } });
    call("TagLogGroup", { logGroupName, tags: { b: "3" } });
    call("UntagResource", { resourceArn: `${ARN}:*`, tagKeys: ["a", "never"] });
    expect(call("ListTagsForResource", { resourceArn: `${ARN}:*` })).toEqual({ tags: { b: "3" } });
    expect(service.taggedResources?.()).toEqual([{ arn: ARN, type: "logs:log-group", tags: { b: "3" } }]);
    call("UntagLogGroup", { logGroupName, tags: ["b"] });
    expect(call("ListTagsLogGroup", { logGroupName })).toEqual({ tags: {} });
    refused("ResourceNotFoundException", "ListTagsForResource", { resourceArn: `${ARN}x` });
    call("TagResource", { resourceArn: ARN, tags: { first: "" } });
    const tags = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`k${index}`, ""]));
    refused("TooManyTagsException", "TagResource", { resourceArn: ARN, tags });
  });
});

describe("retention", () => {
  it.each([1, 30, 731, 3653])("of %i days is taken", (retentionInDays) => {
    call("PutRetentionPolicy", { logGroupName, retentionInDays });
    expect(group().retentionInDays).toBe(retentionInDays);
    call("DeleteRetentionPolicy", { logGroupName });
    expect(group()).not.toHaveProperty("retentionInDays");
  });

  it.each([0, 2, 31, 366, 730, 3654, 30.5, "30", undefined])("of %s days is refused", (retentionInDays) => {
    refused("InvalidParameterException", "PutRetentionPolicy", { logGroupName, retentionInDays });
  });

  it("needs a group", () => {
    refused("ResourceNotFoundException", "PutRetentionPolicy", { logGroupName: "nope", retentionInDays: 30 });
  });

  const policy = (
    policyName: string,
    retentionInDays: unknown,
    more: Input = {},
    enforcementMode = "RETROACTIVE",
  ) =>
    call("PutAccountPolicy", {
      policyName,
      policyType: "RETENTION_POLICY",
      policyDocument: JSON.stringify({ retentionInDays, enforcementMode }),
      ...more,
    });

  it("of the account overrides the group's own, a day later, and the longest wins", () => {
    call("PutRetentionPolicy", { logGroupName, retentionInDays: 365 });
    policy("base", 30);
    expect(group().retentionInDays).toBe(365);
    clock += DAY;
    expect(group()).toMatchObject({ retentionInDays: 30, retentionPolicyName: "base" });
    call("PutRetentionPolicy", { logGroupName, retentionInDays: 7 });
    expect(group()).toMatchObject({ retentionInDays: 30, retentionPolicyName: "base" });
    policy("long", "NEVER_EXPIRE", { selectionCriteria: 'LogGroupNamePrefix IN ["/ecs/"]' });
    policy("other", 90, { selectionCriteria: 'LogGroupNamePrefix IN ["/aws/"]' });
    clock += DAY;
    expect(group()).toMatchObject({ retentionPolicyName: "long" });
    expect(group()).not.toHaveProperty("retentionInDays");
    call("DeleteAccountPolicy", { policyName: "long", policyType: "RETENTION_POLICY" });
    call("DeleteAccountPolicy", { policyName: "base", policyType: "RETENTION_POLICY" });
    expect(group().retentionInDays).toBe(7);
  });

  it("for new groups only spares the old ones", () => {
    clock += 1;
    policy("new", 60, {}, "NEW_ONLY");
    call("CreateLogGroup", { logGroupName: "later" });
    clock += DAY;
    expect(group()).not.toHaveProperty("retentionPolicyName");
    expect(group("later").retentionInDays).toBe(60);
  });

  it("of an account policy starts at 30 days", () => {
    expect(() => policy("short", 14)).toThrow(expect.objectContaining({ code: "InvalidParameterException" }));
    expect(() => policy("odd", 31)).toThrow(expect.objectContaining({ code: "InvalidParameterException" }));
  });
});

describe("PutMetricFilter", () => {
  it("replaces by name and keeps the time of creation", () => {
    call("PutMetricFilter", filter);
    const created = clock;
    clock += 1000;
    call("PutMetricFilter", transformed({ unit: "Count" }));
    expect(call("DescribeMetricFilters", { logGroupName }).metricFilters).toEqual([
      {
        logGroupName,
        filterName: "fatal",
        creationTime: created,
        filterPattern: filter.filterPattern,
        metricTransformations: [
          { metricName: "Fatal", metricNamespace: "App", metricValue: "1", unit: "Count" },
        ],
        applyOnTransformedLogs: false,
      },
    ]);
    expect(group().metricFilterCount).toBe(1);
  });

  const accepted: [string, Input][] = [
    ["a value from JSON", transformed({ metricValue: "$.latency" })],
    ["a value from a field", transformed({ metricValue: "$bytes" }, "[ip, bytes]")],
    ["dimensions of JSON", transformed({ dimensions: { Level: "$.level" } })],
    ["dimensions of fields", transformed({ dimensions: { Ip: "$ip" } }, "[ip, bytes]")],
    ["everything", transformed({}, "")],
    ["a negative value", transformed({ metricValue: "-1.5" })],
  ];
  it.each(accepted)("accepts %s", (_name, input) => {
    expect(call("PutMetricFilter", input)).toEqual({});
  });

  const bad: [string, Input][] = [
    ["no transformation", { ...filter, metricTransformations: [] }],
    [
      "two transformations",
      { ...filter, metricTransformations: Array(2).fill(filter.metricTransformations[0]) },
    ],
    ["a colon in the name", { ...filter, filterName: "a:b" }],
    ["a long pattern", { ...filter, filterPattern: "x".repeat(1025) }],
    ["no pattern", { ...filter, filterPattern: undefined }],
    ["a star in the metric's name", transformed({ metricName: "a*" })],
    ["a dollar in the namespace", transformed({ metricNamespace: "a$" })],
    ["AWS's own namespace", transformed({ metricNamespace: "AWS/ECS" })],
    ["a value that is no number", transformed({ metricValue: "one" })],
    ["a value from a field that isn't there", transformed({ metricValue: "$size" }, "[ip, bytes]")],
    ["a JSON value without JSON", transformed({ metricValue: "$.latency" }, "ERROR")],
    ["dimensions and a default", transformed({ dimensions: { L: "$.level" }, defaultValue: 0 })],
    ["4 dimensions", transformed({ dimensions: { a: "$.a", b: "$.b", c: "$.c", d: "$.d" } })],
    ["dimensions of words", transformed({ dimensions: { L: "$.level" } }, "ERROR")],
    ["a constant dimension", transformed({ dimensions: { L: "fatal" } })],
    ["an unknown unit", transformed({ unit: "count" })],
    ["a default as text", transformed({ defaultValue: "0" })],
  ];
  it.each(bad)("refuses %s", (_name, input) =>
    refused("InvalidParameterException", "PutMetricFilter", input),
  );

  it.each([
    '{ $.level = "FATAL"',
    "{ $.level }",
    "{ level = 1 }",
    "{ ($.a = 1 }",
    "{ $.a = 1 && }",
    '{ $.a > "x" }',
    "{ }",
    "[ip, bytes",
    "[ip, ip]",
    "[..., a, ...]",
    "[ip, a = 1 && b = 2]",
    "[a,,b]",
    '"open',
    "user-agent",
    "%(a|b)%",
    "%a% %b% %c%",
  ])("refuses the pattern %s, saying so", (filterPattern) => {
    expect(() => call("PutMetricFilter", { ...filter, filterPattern })).toThrow(
      /^Invalid metric filter pattern/,
    );
    refused("InvalidParameterException", "TestMetricFilter", { filterPattern, logEventMessages: ["x"] });
  });

  it("needs a group, and one of class STANDARD", () => {
    refused("ResourceNotFoundException", "PutMetricFilter", { ...filter, logGroupName: "nope" });
    call("CreateLogGroup", { logGroupName: "rare", logGroupClass: "INFREQUENT_ACCESS" });
    refused("InvalidParameterException", "PutMetricFilter", { ...filter, logGroupName: "rare" });
  });

  it("stops at 100 filters and at 5 with regular expressions, but still replaces", () => {
    for (let index = 0; index < 5; index += 1)
      call("PutMetricFilter", { ...filter, filterName: `r${index}`, filterPattern: "%FATAL|ERROR%" });
    refused("LimitExceededException", "PutMetricFilter", { ...filter, filterPattern: "%FATAL%" });
    for (let index = 5; index < 100; index += 1)
      call("PutMetricFilter", { ...filter, filterName: `f${index}` });
    refused("LimitExceededException", "PutMetricFilter", filter);
    expect(call("PutMetricFilter", { ...filter, filterName: "f99" })).toEqual({});
  });
});

describe("DescribeMetricFilters", () => {
  beforeEach(() => {
    call("CreateLogGroup", { logGroupName: "/a" });
    for (const [name, filterName] of [
      ["/ecs/app", "b"],
      ["/ecs/app", "a"],
      ["/a", "c"],
    ] as const)
      call("PutMetricFilter", { ...filter, logGroupName: name, filterName });
  });

  it("lists by group and name, with the prefix only inside a group", () => {
    expect(filters()).toEqual(["c", "a", "b"]);
    expect(filters({ logGroupName })).toEqual(["a", "b"]);
    expect(filters({ logGroupName, filterNamePrefix: "b" })).toEqual(["b"]);
    expect(filters({ filterNamePrefix: "b" })).toEqual(["c", "a", "b"]);
  });

  it("filters by metric, whose name and namespace go together", () => {
    expect(filters({ metricName: "Fatal", metricNamespace: "App" })).toHaveLength(3);
    expect(filters({ metricName: "Fatal", metricNamespace: "Other" })).toEqual([]);
    refused("InvalidParameterException", "DescribeMetricFilters", { metricName: "Fatal" });
  });

  it("pages over groups", () => {
    const first = call("DescribeMetricFilters", { limit: 2 });
    expect(filters({ limit: 2, nextToken: first.nextToken })).toEqual(["b"]);
    refused("InvalidParameterException", "DescribeMetricFilters", { limit: 51 });
    refused("ResourceNotFoundException", "DescribeMetricFilters", { logGroupName: "nope" });
  });

  it("forgets a deleted filter, which can't be deleted twice", () => {
    call("DeleteMetricFilter", { logGroupName, filterName: "a" });
    expect(filters({ logGroupName })).toEqual(["b"]);
    refused("ResourceNotFoundException", "DeleteMetricFilter", { logGroupName, filterName: "a" });
  });
});

describe("TestMetricFilter", () => {
  const matches = (filterPattern: string, ...logEventMessages: string[]) =>
    (call("TestMetricFilter", { filterPattern, logEventMessages }).matches as Input[]).map(
      (match) => match.eventNumber,
    );

  const words: [string, number[]][] = [
    ["", [1, 2, 3, 4]],
    [" ", [1, 2, 3, 4]],
    ["ERROR", [1, 2]],
    ["error", []],
    ["ERROR REQUEST", [2]],
    ["?FATAL ?REQUEST", [2, 3]],
    ["ERROR -REQUEST", [1]],
    ["-ERROR", [3, 4]],
    ["?FATAL ERROR", [1, 2]],
    ['"[ERROR 4"', [1, 2]],
    ['ERROR -"BAD REQUEST"', [1]],
    ["%ERROR 40[01]%", [1, 2]],
    ["-%4\\d\\d%", [3, 4]],
  ];
  it.each(words)("words: %s finds %j", (pattern, expected) => {
    expect(matches(pattern, "[ERROR 400] timeout", "[ERROR 401] BAD REQUEST", "FATAL", "ok")).toEqual(
      expected,
    );
  });

  const events = [
    {
      level: "FATAL",
      status: 503,
      user: { name: "ann", tags: ["a", "b"] },
      ok: false,
      none: null,
      "a-b": "x",
    },
    { level: "Warn", status: 200, user: { name: "bob" }, ok: true, "a-b": 5 },
    "not JSON",
  ].map((event) => (typeof event === "string" ? event : JSON.stringify(event)));
  const json: [string, number[]][] = [
    ['{ $.level = "FATAL" }', [1]],
    ["{ $.level = FATAL }", [1]],
    ['{ $.level = "F*" || $.level = "*arn" }', [1, 2]],
    ['{ $.level != "FATAL" }', [2]],
    ['{ $.missing != "FATAL" }', []],
    ["{ $.status = 503 }", [1]],
    ["{ $.status >= 200 && $.status < 300 }", [2]],
    ["{ $.status = 5* }", [1]],
    ["{ ($.status = 200) && ($.ok IS TRUE) }", [2]],
    ["{ $.status = 503 || $.status = 200 && $.ok IS FALSE }", [1]],
    ["{ ($.status = 503 || $.status = 200) && $.ok IS TRUE }", [2]],
    ["{ $.none IS NULL }", [1]],
    ["{ $.none NOT EXISTS }", [2]],
    ['{ $.user.tags[1] = "b" }', [1]],
    ["{ $.user.name = * }", [1, 2]],
    ["{ $.['a-b'] = 5 }", [2]],
    ["{ $.user.name = %^a% }", [1]],
    ["{ $.level > 1 }", []],
  ];
  it.each(json)("JSON: %s finds %j", (pattern, expected) => {
    expect(matches(pattern, ...events)).toEqual(expected);
  });

  const line = '10.0.0.1 - ann [10/Oct/2026:13:55:36 +0900] "GET /a b HTTP/1.1" 404 2326';
  const spaces: [string, boolean][] = [
    ["[ip, id, user, time, request, status, bytes]", true],
    ["[ip, id, user, time, request, status = 4*, bytes]", true],
    ["[ip, id, user, time, request, status = 5*, bytes]", false],
    ["[..., status = 404 || status = 410, bytes]", true],
    ["[..., bytes > 2000]", true],
    ["[..., bytes > 3000]", false],
    ["[ip = 10.0.*, ...]", true],
    ['[ip, id, user, time, request = "*/a b*", ...]', true],
    ["[ip, id, user]", true],
    ["[ip, id, user = ann]", false],
    ["[ip, id, user, time, request, status, bytes, more]", false],
  ];
  it.each(spaces)("fields: %s is %s", (pattern, expected) => {
    expect(matches(pattern, line)).toEqual(expected ? [1] : []);
  });

  it("extracts the values that a pattern names", () => {
    const { matches: found } = call("TestMetricFilter", {
      filterPattern: '{ $.level = "FATAL" && $.status > 1 }',
      logEventMessages: events,
    });
    expect(found).toEqual([
      { eventNumber: 1, eventMessage: events[0], extractedValues: { "$.level": "FATAL", "$.status": "503" } },
    ]);
    const fields = call("TestMetricFilter", {
      filterPattern: "[..., status, bytes]",
      logEventMessages: [line],
    });
    expect((fields.matches as Input[])[0].extractedValues).toEqual({ $status: "404", $bytes: "2326" });
  });

  it("takes 1 to 50 messages", () => {
    refused("InvalidParameterException", "TestMetricFilter", { filterPattern: "", logEventMessages: [] });
    refused("InvalidParameterException", "TestMetricFilter", {
      filterPattern: "",
      logEventMessages: Array(51).fill("x"),
    });
  });
});

describe("streams and events", () => {
  const logStreamName = "app/1";
  it("are kept, described and searched", () => {
    call("CreateLogStream", { logGroupName, logStreamName });
    refused("ResourceAlreadyExistsException", "CreateLogStream", { logGroupName, logStreamName });
    call("PutLogEvents", {
      logGroupName,
      logStreamName,
      logEvents: [
        { timestamp: clock, message: "FATAL one" },
        { timestamp: clock + 5, message: "two" },
      ],
    });
    expect(call("DescribeLogStreams", { logGroupIdentifier: ARN }).logStreams).toMatchObject([
      {
        logStreamName,
        arn: `${ARN}:log-stream:app/1`,
        firstEventTimestamp: clock,
        lastEventTimestamp: clock + 5,
      },
    ]);
    const { events } = call("FilterLogEvents", { logGroupName, filterPattern: "FATAL" });
    expect((events as Input[]).map((event) => event.message)).toEqual(["FATAL one"]);
  });

  it("refuses disorder and strangers", () => {
    const logEvents = [
      { timestamp: 2, message: "b" },
      { timestamp: 1, message: "a" },
    ];
    refused("ResourceNotFoundException", "PutLogEvents", { logGroupName, logStreamName, logEvents });
    call("CreateLogStream", { logGroupName, logStreamName });
    refused("InvalidParameterException", "PutLogEvents", { logGroupName, logStreamName, logEvents });
  });
});

it("no caller can reach into the state", () => {
  call("PutMetricFilter", filter);
  const before = JSON.stringify(service.state());
  (call("DescribeMetricFilters", {}).metricFilters as Input[])[0].metricTransformations.pop();
  (call("ListTagsForResource", { resourceArn: ARN }).tags as Input).a = "1";
  (service.state() as Input).groups.pop();
  expect(JSON.stringify(service.state())).toBe(before);
});
