// `ecsmon iam --config`: what the operator's own role needs, statement by statement.
import { describe, expect, test } from "vitest";
import { type ConfigSpec, configSpec } from "../../../controller/api/schema/operator-config.ts";
import { runIam } from "../../../controller/cli/iam.ts";
import { operatorPolicy } from "../../../controller/runtime/operator-permissions.ts";
import { type IamPolicy, leastPolicy, type Statement } from "../../../controller/runtime/permissions.ts";
import { createTestIo } from "../cli/test-io.ts";

const spec = (given: Partial<ConfigSpec>): ConfigSpec =>
  configSpec.parse({ sources: [{ path: "/policies" }], ...given });

const policyOf = (given: Partial<ConfigSpec>): IamPolicy =>
  operatorPolicy({ name: "prod", file: "operator.yaml", spec: spec(given) }, undefined);

/** The statements beside those of a pass, by Sid. */
function others(given: Partial<ConfigSpec>): Record<string, Statement> {
  const ofPass = new Set(leastPolicy(undefined, "ecsmon").Statement.map(({ Sid }) => Sid));
  return Object.fromEntries(
    policyOf(given)
      .Statement.filter(({ Sid }) => !ofPass.has(Sid))
      .map((one) => [one.Sid, one]),
  );
}

const role = (account: string): string => `arn:aws:iam::${account}:role/ecsmon`;
const state = { bucket: "ops-state", prefix: "leases/" };

describe("targets", () => {
  test("the process's own account needs what a pass needs, under the configured owner", () => {
    expect(policyOf({})).toEqual(leastPolicy(undefined, "ecsmon"));
    expect(policyOf({ owner: "team-a" })).toEqual(leastPolicy(undefined, "team-a"));
  });

  test("roles are assumed, each once, and need nothing of a pass here", () => {
    const there = { roleArn: role("222222222222") };
    const targets = [
      { ...there, region: "us-east-1" },
      { ...there, region: "us-west-2" },
      { roleArn: role("333333333333") },
    ];
    expect(policyOf({ targets }).Statement).toEqual([
      {
        Sid: "AssumeTargetRoles",
        Effect: "Allow",
        Action: ["sts:AssumeRole"],
        Resource: [role("222222222222"), role("333333333333")],
      },
    ]);
    expect(policyOf({ targets: [...targets, { region: "us-east-1" }] }).Statement.length).toBeGreaterThan(5);
    expect(others({ targets: [{}, there] })["AssumeTargetRoles"]?.Resource).toBe(role("222222222222"));
  });
});

test("sources in S3: their objects, and lists of their prefix alone", () => {
  const found = others({
    sources: [
      { s3: { bucket: "ops", prefix: "prod" } },
      { git: { url: "https://git.example.com/p.git" } },
      { s3: { bucket: "ops", prefix: "one/web.yaml" } },
      { s3: { bucket: "whole" } },
    ],
  });
  expect(
    Object.values(found).map(({ Sid, Action, Resource, Condition }) => [Sid, Action, Resource, Condition]),
  ).toEqual([
    ["ReadSource1", ["s3:GetObject"], "arn:*:s3:::ops/prod/*", undefined],
    ["ListSource1", ["s3:ListBucket"], "arn:*:s3:::ops", { StringLike: { "s3:prefix": ["prod/*"] } }],
    ["ReadSource3", ["s3:GetObject"], "arn:*:s3:::ops/one/web.yaml", undefined],
    ["ListSource3", ["s3:ListBucket"], "arn:*:s3:::ops", { StringLike: { "s3:prefix": ["one/web.yaml"] } }],
    ["ReadSource4", ["s3:GetObject"], "arn:*:s3:::whole/*", undefined],
    ["ListSource4", ["s3:ListBucket"], "arn:*:s3:::whole", { StringLike: { "s3:prefix": ["*"] } }],
  ]);
});

test("wildcards in a key stand for themselves", () => {
  const { ReadSource1 } = others({ sources: [{ s3: { bucket: "ops", prefix: "a*?$/" } }] });
  // biome-ignore lint/suspicious/noTemplateCurlyInString: IAM's own escapes
  expect(ReadSource1?.Resource).toBe("arn:*:s3:::ops/a${*}${?}${$}/*");
});

describe("state", () => {
  test("leases and status in one bucket: both prefixes, and one list", () => {
    const { KeepState, ListState1, ...rest } = others({
      lease: { s3: state },
      status: { s3: { ...state, prefix: "status/" }, snapshot: false },
    });
    expect(rest).toEqual({});
    expect(KeepState).toMatchObject({
      Action: ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
      Resource: ["arn:*:s3:::ops-state/leases/*", "arn:*:s3:::ops-state/status/*"],
    });
    expect(ListState1).toMatchObject({
      Action: ["s3:ListBucket"],
      Resource: "arn:*:s3:::ops-state",
      Condition: { StringLikeIfExists: { "s3:prefix": ["leases/*", "status/*"] } },
    });
  });

  test("in two buckets, each is listed; a folder needs nothing", () => {
    const two = others({ lease: { s3: state }, status: { s3: { bucket: "ops-status" } } });
    expect(two["ListState2"]).toMatchObject({
      Resource: "arn:*:s3:::ops-status",
      Condition: { StringLikeIfExists: { "s3:prefix": ["*"] } },
    });
    expect(others({ status: { path: "/state", snapshot: false } })).toEqual({});
  });

  test("a snapshot is kept there, unless that is turned off: what it reads beside a pass", () => {
    expect(Object.keys(others({ status: { path: "/state" } }))).toEqual(["Snapshot"]);
    expect(others({ status: { path: "/state" } })["Snapshot"]).toMatchObject({
      Action: ["iam:SimulatePrincipalPolicy", "sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic"],
      Resource: "*",
    });
    const assumed = {
      status: { path: "/state" },
      targets: [{ roleArn: "arn:aws:iam::123456789012:role/x" }],
    };
    expect(others(assumed)).not.toHaveProperty("Snapshot");
  });
});

test.each([
  ["https://sqs.eu-central-1.amazonaws.com/123456789012/ecsmon", "eu-central-1"],
  ["https://sqs.cn-north-1.amazonaws.com.cn/123456789012/ecsmon", "cn-north-1"],
  ["https://sqs-fips.us-gov-west-1.amazonaws.com/123456789012/ecsmon", "us-gov-west-1"],
  ["https://vpce-1a2b.sqs.us-east-1.vpce.amazonaws.com/123456789012/ecsmon", "us-east-1"],
  ["https://eu-west-1.queue.amazonaws.com/123456789012/ecsmon", "eu-west-1"],
  ["http://127.0.0.1:4566/123456789012/ecsmon", "*"],
])("the queue %s is one of %s", (queueUrl, region) => {
  expect(others({ events: { queueUrl } })["TakeEvents"]).toEqual({
    Sid: "TakeEvents",
    Effect: "Allow",
    Action: ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage"],
    Resource: `arn:*:sqs:${region}:123456789012:ecsmon`,
  });
});

test.each([
  [{}, "arn:*:events:*:*:event-bus/default"],
  [{ eventBus: "monitoring" }, "arn:*:events:*:*:event-bus/monitoring"],
  [
    { eventBus: "arn:aws:events:us-east-1:222222222222:event-bus/ops" },
    "arn:aws:events:us-east-1:222222222222:event-bus/ops",
  ],
])("notices by %j go to %s", (notify, bus) => {
  expect(others({ notify })["SendNotices"]).toEqual({
    Sid: "SendNotices",
    Effect: "Allow",
    Action: ["events:PutEvents"],
    Resource: bus,
  });
});

test("Sids are unique letters and digits, as IAM wants them", () => {
  const { Statement } = policyOf({
    sources: [{ s3: { bucket: "ops" } }],
    targets: [{}, { roleArn: role("222222222222") }],
    lease: { s3: state },
    events: { queueUrl: "https://sqs.us-east-1.amazonaws.com/123456789012/q" },
  });
  const sids = Statement.map(({ Sid }) => Sid);
  expect(new Set(sids).size).toBe(sids.length);
  for (const sid of sids) expect(sid).toMatch(/^[A-Za-z0-9]+$/);
});

describe("the command", () => {
  const run = async (flags: Parameters<typeof runIam>[0], config: string) => {
    const io = createTestIo({ env: { C: config } });
    const code = await runIam({ config: "env:C", ...flags }, io);
    return { code, ...io.written };
  };
  const config =
    "apiVersion: ecsmon.dev/v1alpha1\nkind: OperatorConfig\nmetadata: { name: p }\nspec: { owner: team-a, sources: [{ s3: { bucket: ops } }] }\n";

  test("prints the policy; --policies narrows what a pass may do", async () => {
    const actions = ({ stdout }: { stdout: string }): string[] =>
      (JSON.parse(stdout) as IamPolicy).Statement.flatMap(({ Action }) => Action);
    const all = await run({}, config);
    expect(all).toMatchObject({ code: 0, stdout: expect.stringContaining("alarm:team-a/*") });
    const least = await run({ policies: ["docs/examples/testing/policies"] }, config);
    expect(actions(all)).toContain("events:PutRule");
    expect(actions(least)).not.toContain("events:PutRule");
    for (const one of [all, least]) expect(actions(one)).toContain("s3:GetObject");
  });

  test("refuses another owner, and says what is wrong with a configuration", async () => {
    await expect(run({ owner: "team-b" }, config)).rejects.toMatchObject({ code: "InvalidOption" });
    expect((await run({ owner: "team-a" }, config)).code).toBe(0);
    const broken = await run({}, config.replace("owner", "ownr"));
    expect(broken).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("ownr") });
  });
});
