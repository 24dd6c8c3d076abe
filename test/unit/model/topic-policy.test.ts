// Whether a topic's policy lets CloudWatch publish: what is certain, and what cannot be said.
import { describe, expect, it } from "vitest";
import { allowsCloudWatch, allowsEventBridge } from "../../../controller/model/topic-policy.ts";

const arn = "arn:aws:sns:us-east-1:123456789012:pager";
const publisher = { account: "123456789012", region: "us-east-1" };
const allow = {
  Effect: "Allow",
  Principal: { Service: "cloudwatch.amazonaws.com" },
  Action: "sns:Publish",
  Resource: arn,
};
const judge = (...Statement: readonly object[]) =>
  allowsCloudWatch(arn, JSON.stringify({ Version: "2012-10-17", Statement }), publisher);
const alarms = (tail: string) => `arn:aws:cloudwatch:us-east-1:123456789012:alarm:${tail}`;
const withCondition = (Condition: object) => judge({ ...allow, Condition });

describe("an allowance", () => {
  it.each([
    ["for CloudWatch", allow, true],
    [
      "for CloudWatch among others",
      { ...allow, Principal: { Service: ["x", "cloudwatch.amazonaws.com"] } },
      true,
    ],
    ["for everyone", { ...allow, Principal: "*" }, true],
    ["for every AWS principal", { ...allow, Principal: { AWS: "*" } }, true],
    ["for another service", { ...allow, Principal: { Service: "events.amazonaws.com" } }, false],
    [
      "for the account's users",
      { ...allow, Principal: { AWS: "arn:aws:iam::123456789012:root" } },
      undefined,
    ],
    ["for all but some", { ...allow, Principal: undefined, NotPrincipal: { AWS: "1" } }, undefined],
    ["of many actions", { ...allow, Action: ["SNS:Subscribe", "SNS:PUBLISH"] }, true],
    ["of any action", { ...allow, Action: "*" }, true],
    ["of actions that begin so", { ...allow, Action: "sns:Pub*" }, true],
    ["of another action", { ...allow, Action: "sns:Subscribe" }, false],
    ["of all actions but another", { ...allow, Action: undefined, NotAction: "sns:Subscribe" }, true],
    ["of all actions but this", { ...allow, Action: undefined, NotAction: "sns:*" }, false],
    ["on every topic", { ...allow, Resource: "*" }, true],
    ["on topics that begin so", { ...allow, Resource: "arn:aws:sns:*:*:p?ger" }, true],
    ["on another topic", { ...allow, Resource: `${arn}-2` }, false],
  ])("%s", (_name, statement, expected) => {
    expect(judge(statement)).toBe(expected);
  });
});

describe("a condition", () => {
  it.each([
    ["the account", { StringEquals: { "aws:SourceAccount": "123456789012" } }, true],
    ["the owner, as in the first policy", { StringEquals: { "AWS:SourceOwner": "123456789012" } }, true],
    ["another account", { StringEquals: { "aws:SourceAccount": "210987654321" } }, false],
    ["accounts, one of them this", { StringLike: { "aws:SourceAccount": ["9*", "1*"] } }, true],
    ["not this account", { StringNotEquals: { "aws:SourceAccount": "123456789012" } }, false],
    ["every alarm", { ArnLike: { "aws:SourceArn": alarms("*") } }, true],
    ["everything of the account", { ArnLike: { "aws:SourceArn": "arn:aws:*:*:123456789012:*" } }, true],
    ["some alarms", { ArnLike: { "aws:SourceArn": alarms("prod-*") } }, undefined],
    ["alarms of another Region", { ArnLike: { "aws:SourceArn": alarms("*").replace("us-", "eu-") } }, false],
    ["buckets", { ArnLike: { "aws:SourceArn": "arn:aws:s3:*:*:*" } }, false],
    ["TLS", { Bool: { "aws:SecureTransport": "true" } }, true],
    ["no TLS", { Bool: { "aws:SecureTransport": "false" } }, false],
    ["an organization", { StringEquals: { "aws:SourceOrgID": "o-1" } }, undefined],
    ["a time", { DateGreaterThan: { "aws:CurrentTime": "2020-01-01" } }, undefined],
    [
      "two things, one of them wrong",
      { StringEquals: { "aws:SourceAccount": "1" }, DateGreaterThan: { "aws:CurrentTime": "2020" } },
      false,
    ],
  ])("on %s", (_name, condition, expected) => {
    expect(withCondition(condition)).toBe(expected);
  });
});

describe("a policy as a whole", () => {
  const deny = { ...allow, Effect: "Deny", Principal: "*" };

  it("denies before it allows", () => {
    expect(judge(allow, deny)).toBe(false);
    expect(judge(allow, { ...deny, Condition: { Bool: { "aws:SecureTransport": "false" } } })).toBe(true);
    expect(judge(allow, { ...deny, Condition: { StringEquals: { "aws:x": "y" } } })).toBeUndefined();
  });

  it("that cannot be read says nothing", () => {
    for (const policy of [undefined, "", "{", "[]", "{}"])
      expect(allowsCloudWatch(arn, policy, publisher)).toBeUndefined();
  });

  it("cannot be so hard to read that it takes forever", () => {
    const like = `${"*a".repeat(30)}Z`;
    const long = `${arn}${"a".repeat(200)}`;
    const hostile = { ...allow, Resource: like, Condition: { ArnLike: { "aws:SourceArn": like } } };
    const policy = JSON.stringify({ Statement: Array.from({ length: 100 }, () => hostile) });
    expect(allowsCloudWatch(long, policy, publisher)).toBe(false);
  });

  it("without statements allows nothing, and may be of one statement without a list", () => {
    expect(judge()).toBe(false);
    expect(allowsCloudWatch(arn, JSON.stringify({ Statement: allow }), publisher)).toBe(true);
  });
});

it.each([
  [{ Principal: { Service: "events.amazonaws.com" } }, true],
  [{ Principal: { Service: "cloudwatch.amazonaws.com" } }, false],
  [{ Principal: { AWS: "*" } }, true],
  [rulesOnly("rule/*"), true],
  [rulesOnly("rule/ecsmon-*"), undefined],
  [rulesOnly("event-bus/x"), false],
  [{ ...rulesOnly(""), Condition: { ArnLike: { "aws:SourceArn": alarms("*") } } }, false],
] as const)("for EventBridge %j is %s", (over, is) => {
  const policy = JSON.stringify({ Statement: { ...allow, ...over } });
  expect(allowsEventBridge(arn, policy, publisher)).toBe(is);
});

function rulesOnly(tail: string) {
  return {
    Principal: { Service: "events.amazonaws.com" },
    Condition: { ArnLike: { "aws:SourceArn": `arn:aws:events:us-east-1:123456789012:${tail}` } },
  };
}
