// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policies hold templates
// Events that EventBridge would refuse, or that would tell nobody, are found before anything is read.
import { describe, expect, it, test } from "vitest";
import { findPatternProblem } from "../../../controller/api/lint/event-pattern.ts";
import { parsePolicies } from "../../../controller/api/parse.ts";
import { readEventPattern } from "../../../controller/sandbox/services/events/pattern-check.ts";

const document = (name: string, fields: string): string => `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: ${name} }
spec:
  selector: { services: ["*"] }
${fields}
`;

const find = (...entries: readonly string[]): string[] =>
  parsePolicies([
    {
      file: "p.yaml",
      text: document(
        "a",
        `  notifications: { critical: ["arn:aws:sns:\${region}:\${account}:pager"] }\n  events:\n${entries
          .map((entry) => `    - ${entry}`)
          .join("\n")}`,
      ),
    },
  ]).diagnostics.map(({ line, code, path, message }) => `${line} ${code} ${path}: ${message}`);

const told = "severity: critical";
const pattern = (text: string): string => `{ name: x, ${told}, pattern: ${text} }`;

test.each<readonly [string, readonly string[]]>([
  [`{ preset: task-stopped, ${told} }`, []],
  [`{ name: mine, preset: task-stopped, targets: ["arn:aws:sqs:\${region}:\${account}:q"] }`, []],
  [
    pattern(
      `{ source: [aws.ecs], detail: { $or: [{ a: [{ prefix: b }] }, { c: [{ numeric: [">", 1] }] }] } }`,
    ),
    [],
  ],
  [
    `{ preset: task-stoped, ${told} }`,
    ['8 InvalidValue spec.events[0].preset: preset "task-stoped" is unknown; did you mean "task-stopped"?'],
  ],
  [
    `{ pattern: { source: [aws.ecs] }, ${told} }`,
    ["8 MissingField spec.events[0]: an event with a pattern needs a name"],
  ],
  [`{ ${told} }`, ["8 MissingField spec.events[0]: an event needs a preset"]],
  [`{ name: x, ${told} }`, ['8 Incomplete spec.events[0]: event "x" has neither preset nor pattern']],
  [
    `{ preset: task-stopped, pattern: { source: [a] }, ${told} }`,
    ['8 InvalidValue spec.events[0].pattern: event "task-stopped" has both preset and pattern'],
  ],
  [
    "{ preset: task-stopped }",
    ['8 Incomplete spec.events[0]: event "task-stopped" has neither severity nor targets'],
  ],
  [
    "{ preset: task-stopped, severity: critcal }",
    [
      '8 UnknownSeverity spec.events[0].severity: severity "critcal" is no key of notifications; did you mean "critical"?',
    ],
  ],
  [
    "{ preset: task-stopped, targets: [pager] }",
    ['8 InvalidValue spec.events[0].targets[0]: target "pager" is no ARN; write one such as arn:aws:sns:'],
  ],
  [
    `{ preset: task-stopped, targets: ["arn:aws:ssm:r:1:opsitem:1"] }`,
    [`8 InvalidValue spec.events[0].targets[0]: target "arn:aws:ssm:r:1:opsitem:1" is told of no events`],
  ],
  [
    `{ preset: task-stopped, targets: ["arn:aws:sns:r:1:t.fifo"] }`,
    [`8 InvalidValue spec.events[0].targets[0]: target "arn:aws:sns:r:1:t.fifo" is a FIFO topic`],
  ],
  [
    `{ preset: task-stopped, targets: ["arn:aws:sns:r:1:\${service.tags.team}"] }`,
    ["8 UnsafeTemplate spec.events[0].targets[0]: ${service.tags.team} is refused here"],
  ],
  [
    pattern(`{ detail-type: [ECS Task State Change, ECS Container Instance State Change] }`),
    [
      '8 InvalidValue spec.events[0].pattern.detail-type[1]: events "ECS Container Instance State Change" name no',
    ],
  ],
  [
    pattern("{ source: aws.ecs }"),
    [
      '8 InvalidValue spec.events[0].pattern.source: the value of source is a list in a pattern; write ["aws.ecs"]',
    ],
  ],
  [
    pattern("{ source: [{ prefx: aws }] }"),
    [
      '8 InvalidValue spec.events[0].pattern.source[0].prefx: operator "prefx" is unknown; did you mean "prefix"?',
    ],
  ],
])("%s", (entry, expected) => {
  const found = find(entry);
  expect(found).toHaveLength(expected.length);
  for (const [index, start] of expected.entries()) expect(found[index]).toContain(start);
});

it("an entry stands once in a policy, and may be completed by another", () => {
  expect(find(`{ preset: task-stopped, ${told} }`, `{ preset: task-stopped, ${told} }`)).toEqual([
    '9 DuplicateName spec.events[1]: "task-stopped" stands twice in events, first on line 8; give one of them another name',
  ]);
  const base = document("base", "  events: [{ name: x, pattern: { source: [aws.ecs] } }]");
  const over = document(
    "over",
    '  notifications: { critical: ["arn:aws:sns:r:1:t"] }\n  events: [{ name: x, severity: critical }]',
  );
  expect(parsePolicies([{ file: "p.yaml", text: `${base}---\n${over}` }]).diagnostics).toEqual([]);
});

describe("notifications that no rule can have as a target", () => {
  const ops = '"arn:aws:ssm:${region}:${account}:opsitem:1"';
  const lint = (notified: string, entry: string, other = ""): string[] =>
    parsePolicies([
      {
        file: "p.yaml",
        text: `${document("a", `  notifications: { ops: [${notified}] }\n  events: [{ ${entry} }]`)}${other}`,
      },
    ]).diagnostics.map(({ severity, code, path, message }) => `${severity} ${code} ${path}: ${message}`);

  it("are refused for an event that has no others", () => {
    expect(lint(ops, "preset: task-stopped, severity: ops")).toEqual([
      expect.stringMatching(
        /^error InvalidValue spec\.events\[0\]\.severity: event "task-stopped" would tell nobody: of the notifications for ops, .*opsitem:1" is told of no events/,
      ),
    ]);
  });

  it.each([
    [`${ops}, "arn:aws:sns:r:1:t"`, "preset: task-stopped, severity: ops", ""],
    [ops, 'preset: task-stopped, severity: ops, targets: ["arn:aws:sns:r:1:t"]', ""],
    ['"${service.name}"', "preset: task-stopped, severity: ops", ""],
    [
      ops,
      "preset: task-stopped, severity: ops",
      `---\n${document("b", '  notifications: { ops: ["arn:aws:sns:r:1:t"] }')}`,
    ],
  ])("are fine beside others: %s, %s", (notified, entry, other) => {
    expect(lint(notified, entry, other)).toEqual([]);
  });
});

describe("a pattern is judged as EventBridge judges it", () => {
  const takes = (value: unknown): boolean => {
    try {
      readEventPattern(JSON.stringify(value));
      return true;
    } catch {
      return false;
    }
  };

  it.each<readonly [unknown]>([
    [{ source: ["aws.ecs"], detail: { a: [1, null, true, "x"] } }],
    [{ a: [{ prefix: "x" }, { suffix: { "equals-ignore-case": "X" } }, { exists: false }] }],
    [{ a: [{ "anything-but": ["a", "b"] }, { "anything-but": { prefix: "c" } }, { "anything-but": 3 }] }],
    [{ a: [{ numeric: [">", 0, "<=", 5] }, { cidr: "10.0.0.0/24" }, { wildcard: "a*b\\*" }] }],
    [{ $or: [{ a: ["x"] }, { b: ["y"], $or: [{ c: [1] }, { d: [2] }] }] }],
    [{}],
    [{ a: [] }],
    [{ a: {} }],
    [{ a: "x" }],
    [{ a: [["x"]] }],
    [{ a: [{}] }],
    [{ a: [{ prefix: "x", suffix: "y" }] }],
    [{ a: [{ prefix: 3 }] }],
    [{ a: [{ like: "x" }] }],
    [{ a: [{ exists: "yes" }] }],
    [{ a: [{ numeric: [">"] }] }],
    [{ a: [{ numeric: ["<", 5, ">", 0] }] }],
    [{ a: [{ numeric: [">", 5, "<", 5] }] }],
    [{ a: [{ "anything-but": [] }] }],
    [{ a: [{ "anything-but": ["a", 1] }] }],
    [{ a: [{ "anything-but": { prefix: "" } }] }],
    [{ a: [{ "anything-but": { numeric: [">", 1] } }] }],
    [{ a: [{ wildcard: "a**b" }] }],
    [{ a: [{ wildcard: "a\\b" }] }],
    [{ a: [{ wildcard: "*a*b*c*d*e*f" }] }],
    [{ a: [{ cidr: "ten" }] }],
    [{ a: ["x".repeat(2048)] }],
  ])("%j", (value) => {
    expect(findPatternProblem(value) === undefined).toBe(takes(value));
  });
});
