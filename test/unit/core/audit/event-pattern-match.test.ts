// One table of EventBridge's comparison operators, to which the audit's matcher and the sandbox's are both held.
import { describe, expect, test } from "vitest";
import { fitsPattern } from "../../../../controller/core/audit/event-pattern-match.ts";
import { isInSubnet } from "../../../../controller/core/audit/subnet.ts";
import type { JsonObject } from "../../../../controller/model/json.ts";
import { matchesEventPattern } from "../../../../controller/sandbox/services/events/pattern.ts";
import { readEventPattern } from "../../../../controller/sandbox/services/events/pattern-check.ts";

const event: JsonObject = {
  source: "aws.ecs",
  "detail-type": "ECS Task State Change",
  resources: ["arn:aws:ecs:us-east-1:1:task/a", "arn:aws:ecs:us-east-1:1:task/b"],
  detail: {
    group: "service:web",
    lastStatus: "STOPPED",
    exitCode: 137,
    zero: 0,
    healthy: false,
    reason: "",
    nothing: null,
    path: "/lib/a*b/c",
    ip: "10.0.0.7",
    ip6: "2001:db8::7",
    empty: [],
    containers: [
      { name: "app", exitCode: 1, reason: "OutOfMemoryError: killed" },
      { name: "agent", exitCode: 0 },
    ],
  },
};

const table: readonly (readonly [detail: JsonObject, fits: boolean])[] = [
  [{ lastStatus: ["STOPPED"] }, true],
  [{ lastStatus: ["RUNNING", "STOPPED"] }, true],
  [{ lastStatus: ["stopped"] }, false],
  [{ exitCode: [137] }, true],
  [{ exitCode: ["137"] }, false],
  [{ healthy: [false] }, true],
  [{ healthy: [true] }, false],
  [{ reason: [""] }, true],
  [{ nothing: [null] }, true],
  [{ absent: [null] }, false],
  [{ constructor: [{ exists: true }] }, false],
  [{ group: [{ prefix: "service:" }] }, true],
  [{ group: [{ prefix: "SERVICE:" }] }, false],
  [{ group: [{ prefix: { "equals-ignore-case": "SERVICE:" } }] }, true],
  [{ group: [{ suffix: ":web" }] }, true],
  [{ group: [{ suffix: { "equals-ignore-case": ":WEB" } }] }, true],
  [{ exitCode: [{ prefix: "1" }] }, false],
  [{ group: [{ "equals-ignore-case": "SERVICE:WEB" }] }, true],
  [{ group: [{ "anything-but": "service:api" }] }, true],
  [{ group: [{ "anything-but": "service:web" }] }, false],
  [{ group: [{ "anything-but": ["service:api", "service:web"] }] }, false],
  [{ zero: [{ "anything-but": 0 }] }, false],
  [{ exitCode: [{ "anything-but": [0, 1] }] }, true],
  [{ group: [{ "anything-but": { prefix: "service:" } }] }, false],
  [{ group: [{ "anything-but": { prefix: ["family:", "service:"] } }] }, false],
  [{ group: [{ "anything-but": { suffix: ":api" } }] }, true],
  [{ group: [{ "anything-but": { wildcard: "*:web" } }] }, false],
  [{ group: [{ "anything-but": { "equals-ignore-case": ["SERVICE:WEB"] } }] }, false],
  [{ absent: [{ "anything-but": "x" }] }, false],
  [{ exitCode: [{ numeric: ["=", 137] }] }, true],
  [{ exitCode: [{ numeric: [">", 0, "<=", 137] }] }, true],
  [{ exitCode: [{ numeric: [">", 0, "<", 137] }] }, false],
  [{ exitCode: [{ numeric: [">=", 138] }] }, false],
  [{ lastStatus: [{ numeric: [">", 0] }] }, false],
  [{ reason: [{ exists: true }] }, true],
  [{ absent: [{ exists: true }] }, false],
  [{ absent: [{ exists: false }] }, true],
  [{ reason: [{ exists: false }] }, false],
  [{ empty: [{ exists: false }] }, true],
  [{ containers: [{ exists: true }] }, false],
  [{ path: [{ wildcard: "/lib/*/c" }] }, true],
  [{ path: [{ wildcard: "/lib/a\\*b/c" }] }, true],
  [{ path: [{ wildcard: "/lib/a\\*/c" }] }, false],
  [{ group: [{ wildcard: "service.*" }] }, false],
  [{ path: [{ wildcard: "*a\\*b*" }] }, true],
  [{ path: [{ wildcard: "/lib/a*a*b/c" }] }, false],
  [{ group: [{ wildcard: "service:*web" }] }, true],
  [{ group: [{ wildcard: "service:we*eb" }] }, false],
  [{ group: [{ wildcard: "service:we" }] }, false],
  [{ ip: [{ cidr: "10.0.0.0/24" }] }, true],
  [{ ip: [{ cidr: "10.0.1.0/24" }] }, false],
  [{ ip6: [{ cidr: "2001:db8::/32" }] }, true],
  [{ ip: [{ cidr: "2001:db8::/32" }] }, false],
  [{ containers: { name: ["agent"] } }, true],
  [{ containers: { name: ["app"], exitCode: [1] } }, true],
  [{ containers: { name: ["app"], exitCode: [0] } }, false],
  [{ containers: { reason: [{ prefix: "OutOfMemory" }] } }, true],
  [{ containers: { image: [{ exists: false }] } }, true],
  [{ absent: { deeper: [{ exists: false }] } }, true],
  [{ absent: { deeper: ["x"] } }, false],
  [{ $or: [{ exitCode: [0] }, { group: ["service:web"] }] }, true],
  [{ $or: [{ exitCode: [0] }, { group: ["service:api"] }] }, false],
  [{ lastStatus: ["STOPPED"], $or: [{ exitCode: [0] }, { zero: [1] }] }, false],
];

describe("a pattern fits an event", () => {
  test.each(table)("%j: %s", (detail, fits) => {
    const pattern = { detail };
    expect(fitsPattern(pattern, event)).toBe(fits);
    // Whatever the sandbox takes as a pattern, it judges alike.
    expect(matchesEventPattern(readEventPattern(JSON.stringify(pattern)), event)).toBe(fits);
  });

  test("by its resources, and by alternatives at the top", () => {
    const task = "arn:aws:ecs:us-east-1:1:task/b";
    expect(fitsPattern({ resources: [task] }, event)).toBe(true);
    expect(fitsPattern({ resources: [{ suffix: "/c" }] }, event)).toBe(false);
    expect(fitsPattern({ $or: [{ source: ["aws.ec2"] }, { resources: [{ suffix: "/a" }] }] }, event)).toBe(
      true,
    );
  });

  test("what EventBridge would refuse fits nothing", () => {
    for (const matcher of [
      { numeric: [">"] },
      { numeric: [] },
      { cidr: "10.0.0.0" },
      { "no-such-operator": "x" },
      { wildcard: 5 },
    ] as JsonObject[]) {
      expect(fitsPattern({ detail: { exitCode: [matcher], ip: [matcher] } }, event)).toBe(false);
    }
  });
});

test.each([
  ["10.1.2.3", "0.0.0.0/0", true],
  ["10.1.2.3", "10.1.2.3/32", true],
  ["10.1.2.4", "10.1.2.3/32", false],
  ["10.1.2.300", "10.0.0.0/8", false],
  ["10.1.2.3", "10.0.0.0/33", false],
  ["::1", "::/0", true],
  ["::ffff:10.0.0.1", "::ffff:0:0/96", true],
  ["2001:db8::1:2", "2001:db8:0:0:0:0:1:2/128", true],
  ["2001:db8::1::2", "::/0", false],
  ["1:2:3:4:5:6:7", "::/0", false],
  ["10.0.0.1", "::/0", false],
])("%s lies in %s: %s", (address, block, lies) => {
  expect(isInSubnet(address, block)).toBe(lies);
});

test("a wildcard is soon done with, whoever wrote it", () => {
  const pattern = { path: [{ wildcard: `${"*a".repeat(30)}Z` }] };
  expect(fitsPattern(pattern, { path: "a".repeat(3000) })).toBe(false);
});
