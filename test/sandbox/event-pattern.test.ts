// Event patterns: what each operator matches, and which patterns are refused.
import { describe, expect, it } from "vitest";
import { matchesEventPattern } from "../../controller/sandbox/services/events/pattern.ts";
import { readEventPattern } from "../../controller/sandbox/services/events/pattern-check.ts";

const EVENT = {
  source: "aws.ecs",
  "detail-type": "ECS Task State Change",
  resources: ["arn:a", "arn:b"],
  detail: {
    clusterArn: "arn:aws:ecs:us-east-1:123456789012:cluster/prod",
    group: "service:web",
    lastStatus: "STOPPED",
    exitCode: 137,
    zero: 0,
    healthy: false,
    reason: "",
    startedBy: null,
    path: "/lib/a*b/c",
    ip: "10.0.0.7",
    ip6: "2001:db8::7",
    empty: [],
    containers: [
      { name: "app", exitCode: 1 },
      { name: "agent", exitCode: 0 },
    ],
  },
};

const fields: [string, unknown, boolean][] = [
  // field of the detail, matchers, whether they fit
  ["lastStatus", ["STOPPED"], true],
  ["lastStatus", ["RUNNING", "STOPPED"], true],
  ["lastStatus", ["stopped"], false],
  ["lastStatus", ["STOP"], false],
  ["exitCode", [137], true],
  ["exitCode", [137.0], true],
  ["exitCode", ["137"], false],
  ["healthy", [false], true],
  ["healthy", [null], false],
  ["healthy", ["false"], false],
  ["reason", [""], true],
  ["startedBy", [null], true],
  ["startedBy", ["null"], false],
  ["missing", [null], false],
  ["missing", ["x"], false],
  ["toString", [{ exists: true }], false],
  ["group", [{ prefix: "service:" }], true],
  ["group", [{ prefix: "family:" }], false],
  ["group", [{ prefix: "SERVICE:" }], false],
  ["group", [{ prefix: { "equals-ignore-case": "SERVICE:" } }], true],
  ["exitCode", [{ prefix: "1" }], false],
  ["group", [{ suffix: ":web" }], true],
  ["group", [{ suffix: ":api" }], false],
  ["group", [{ suffix: { "equals-ignore-case": ":WEB" } }], true],
  ["lastStatus", [{ "equals-ignore-case": "stopped" }], true],
  ["lastStatus", [{ "equals-ignore-case": "stop" }], false],
  ["lastStatus", [{ "anything-but": "RUNNING" }], true],
  ["lastStatus", [{ "anything-but": "STOPPED" }], false],
  ["lastStatus", [{ "anything-but": ["RUNNING", "PENDING"] }], true],
  ["lastStatus", [{ "anything-but": ["RUNNING", "STOPPED"] }], false],
  ["exitCode", [{ "anything-but": 0 }], true],
  ["exitCode", [{ "anything-but": [0, 137] }], false],
  ["zero", [{ "anything-but": 0 }], false],
  ["startedBy", [{ "anything-but": "x" }], true],
  ["missing", [{ "anything-but": "x" }], false],
  ["group", [{ "anything-but": { prefix: "family:" } }], true],
  ["group", [{ "anything-but": { prefix: "service:" } }], false],
  ["group", [{ "anything-but": { prefix: ["family:", "service:"] } }], false],
  ["group", [{ "anything-but": { suffix: ":api" } }], true],
  ["group", [{ "anything-but": { suffix: ":web" } }], false],
  ["lastStatus", [{ "anything-but": { "equals-ignore-case": "stopped" } }], false],
  ["lastStatus", [{ "anything-but": { "equals-ignore-case": ["running", "stopped"] } }], false],
  ["path", [{ "anything-but": { wildcard: "*/lib/*" } }], false],
  ["exitCode", [{ "anything-but": { prefix: "1" } }], true],
  ["exitCode", [{ numeric: ["=", 137] }], true],
  ["exitCode", [{ numeric: ["=", 1.37e2] }], true],
  ["exitCode", [{ numeric: [">", 137] }], false],
  ["exitCode", [{ numeric: [">=", 137] }], true],
  ["exitCode", [{ numeric: ["<", 137] }], false],
  ["exitCode", [{ numeric: [">", 0, "<=", 137] }], true],
  ["exitCode", [{ numeric: [">", 0, "<", 137] }], false],
  ["lastStatus", [{ numeric: [">", 0] }], false],
  ["reason", [{ exists: true }], true],
  ["startedBy", [{ exists: true }], true],
  ["missing", [{ exists: true }], false],
  ["missing", [{ exists: false }], true],
  ["missing", ["x", { exists: false }], true],
  ["reason", [{ exists: false }], false],
  ["empty", [{ exists: false }], true],
  ["containers", [{ exists: true }], false],
  ["path", [{ wildcard: "/lib/*/c" }], true],
  ["path", [{ wildcard: "*c" }], true],
  ["path", [{ wildcard: "/lib/*" }], true],
  ["path", [{ wildcard: "/lib/a\\*b/c" }], true],
  ["path", [{ wildcard: "/lib/a\\*/c" }], false],
  ["path", [{ wildcard: "/lib" }], false],
  ["group", [{ wildcard: "service.*" }], false],
  ["ip", [{ cidr: "10.0.0.0/24" }], true],
  ["ip", [{ cidr: "10.0.1.0/24" }], false],
  ["ip", [{ cidr: "2001:db8::/32" }], false],
  ["ip6", [{ cidr: "2001:db8::/32" }], true],
  ["group", [{ cidr: "10.0.0.0/8" }], false],
  ["containers", { name: ["agent"] }, true],
  ["containers", { name: ["app"], exitCode: [1] }, true],
  ["containers", { name: ["app"], exitCode: [0] }, false],
  ["containers", { image: [{ exists: false }] }, true],
  ["missing", { deeper: [{ exists: false }] }, true],
  ["missing", { deeper: ["x"] }, false],
  ["lastStatus", { deeper: ["x"] }, false],
  ["$or", ["a", "b"], false],
];

describe("matchesEventPattern", () => {
  it.each(fields)("%s %j: %s", (field, wanted, expected) => {
    const pattern = readEventPattern(JSON.stringify({ detail: { [field]: wanted } }));
    expect(matchesEventPattern(pattern, EVENT)).toBe(expected);
  });

  const whole: [object, boolean][] = [
    [{ source: ["aws.ecs"], "detail-type": ["ECS Task State Change"] }, true],
    [{ source: ["aws.ecs"], "detail-type": ["ECS Service Action"] }, false],
    [{ resources: ["arn:b"] }, true],
    [{ resources: ["arn:c"] }, false],
    [{ resources: [{ "anything-but": "arn:a" }] }, true],
    [{ resources: [{ "anything-but": ["arn:a", "arn:b"] }] }, false],
    [{ $or: [{ source: ["aws.rds"] }, { detail: { exitCode: [137] } }] }, true],
    [{ $or: [{ source: ["aws.rds"] }, { detail: { exitCode: [0] } }] }, false],
    [{ source: ["aws.rds"], $or: [{ source: ["aws.ecs"] }, { source: ["aws.rds"] }] }, false],
    [{ detail: { $or: [{ exitCode: [0] }, { lastStatus: ["STOPPED"] }] } }, true],
  ];
  it.each(whole)("%j: %s", (pattern, expected) => {
    expect(matchesEventPattern(readEventPattern(JSON.stringify(pattern)), EVENT)).toBe(expected);
  });

  it.each([null, "x", 1, []])("nothing but absence fits the event %j", (event) => {
    expect(matchesEventPattern({ source: ["x"] }, event)).toBe(false);
    expect(matchesEventPattern({ source: [{ exists: false }] }, event)).toBe(true);
  });
});

describe("readEventPattern", () => {
  const refused: [string, string][] = [
    ["{", "Invalid JSON"],
    ["", "Invalid JSON"],
    ["[]", "Filter is not an object"],
    ["null", "Filter is not an object"],
    ["{}", "Empty objects are not allowed"],
    ['{"detail":{}}', "Empty objects are not allowed"],
    ['{"source":"aws.ecs"}', '"source" must be an object or an array'],
    ['{"source":null}', '"source" must be an object or an array'],
    ['{"source":[]}', "Empty arrays are not allowed"],
    ['{"source":[["aws.ecs"]]}', "Match value must be String"],
    ['{"a":[{}]}', "Empty objects are not allowed"],
    ['{"a":[{"EXISTS":true}]}', "Unrecognized match type EXISTS"],
    ['{"a":[{"regex":".*"}]}', "Unrecognized match type regex"],
    ['{"a":[{"prefix":"x","suffix":"y"}]}', "Only one key allowed"],
    ['{"a":[{"prefix":1}]}', "prefix match pattern must be a string"],
    ['{"a":[{"prefix":{"wildcard":"x"}}]}', "Unsupported prefix pattern: wildcard"],
    ['{"a":[{"suffix":{"equals-ignore-case":1}}]}', "must be a string"],
    ['{"a":[{"equals-ignore-case":["x"]}]}', "equals-ignore-case match pattern must be a string"],
    ['{"a":[{"exists":"true"}]}', "exists match pattern must be either true or false"],
    ['{"a":[{"anything-but":[]}]}', "Empty arrays are not allowed"],
    ['{"a":[{"anything-but":null}]}', "Value of anything-but"],
    ['{"a":[{"anything-but":["x",1]}]}', "mixed type is not supported"],
    ['{"a":[{"anything-but":{"numeric":["=",1]}}]}', "Unsupported anything-but pattern: numeric"],
    ['{"a":[{"anything-but":{"prefix":""}}]}', "Null prefix/suffix not allowed"],
    ['{"a":[{"anything-but":{"suffix":[1]}}]}', "suffix match pattern must be a string"],
    ['{"a":[{"numeric":5}]}', "Value of numeric must be an array"],
    ['{"a":[{"numeric":[]}]}', "Invalid member in numeric match"],
    ['{"a":[{"numeric":["!=",5]}]}', "Unrecognized numeric range operator: !="],
    ['{"a":[{"numeric":["=","5"]}]}', "Value of equals must be numeric"],
    ['{"a":[{"numeric":["<",5,">",1]}]}', "Too many elements in numeric expression"],
    ['{"a":[{"numeric":[">",0,">",1]}]}', "Bad numeric range operator: >"],
    ['{"a":[{"numeric":[">",5,"<",5]}]}', "Bottom must be less than top"],
    ['{"a":[{"numeric":[">",1,"<",5,"<"]}]}', "Too many terms"],
    ['{"a":[{"wildcard":"a**b"}]}', "Consecutive wildcard characters at pos 2"],
    ['{"a":[{"wildcard":"a\\\\b"}]}', "Invalid escape character at pos 1"],
    ['{"a":[{"wildcard":"*a*b*c*d*e*f"}]}', "Rule is too complex"],
    ['{"a":[{"cidr":"10.0.0.0"}]}', "Malformed CIDR"],
    ['{"a":[{"cidr":"10.0.0.0/33"}]}', "Malformed CIDR"],
    ['{"a":[{"cidr":"10.0.0/8"}]}', "Malformed CIDR"],
    ['{"$or":[{"a":["x"]},{}]}', "Empty objects are not allowed"],
    ['{"$or":{"a":"x"}}', '"a" must be an object or an array'],
    [`{"a":["${"x".repeat(2048)}"]}`, "larger than 2048 bytes"],
  ];
  it.each(refused)("refuses %s", (text, reason) => {
    expect(() => readEventPattern(text)).toThrow(
      expect.objectContaining({
        code: "InvalidEventPatternException",
        status: 400,
        message: expect.stringMatching(/^Event pattern is not valid\. Reason: /),
      }),
    );
    expect(() => readEventPattern(text)).toThrow(reason);
  });
});
