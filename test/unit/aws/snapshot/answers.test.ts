// Whatever a plan reads is answered from a snapshot, and nothing else is: least of all a write.
import { DescribeAlarmsCommand, PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import {
  DescribeClustersCommand,
  DescribeServicesCommand,
  ListServicesCommand,
  ListTagsForResourceCommand,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { DescribeTagsCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { GetResourcesCommand } from "@aws-sdk/client-resource-groups-tagging-api";
import { describe, expect, test } from "vitest";
import { inventoryReads } from "../../../../controller/aws/inventory.ts";
import { answers } from "../../../../controller/aws/snapshot/answers.ts";
import { replaySnapshot } from "../../../../controller/aws/snapshot/replay-clients.ts";
import { readTaskDefinition } from "../../../../controller/aws/task-definitions.ts";
import { kinds } from "../../../../controller/kinds/index.ts";
import type { SnapshotFacts } from "../../../../controller/model/snapshot.ts";
import { emptyFacts } from "./empty-facts.ts";

/** IAM's names of services, and the SDK's of their clients. */
const clients: Readonly<Record<string, string>> = {
  cloudwatch: "CloudWatch",
  ecs: "ECS",
  elasticloadbalancing: "ELBv2",
  events: "EventBridge",
  logs: "CloudWatchLogs",
  scheduler: "Scheduler",
  sts: "STS",
  tag: "Tagging",
};

const replay = (facts: Partial<SnapshotFacts>) => replaySnapshot({ ...emptyFacts, ...facts });
const denied = { fault: { name: "AccessDeniedException", message: "not you" } };

test.each([
  ["the inventory", inventoryReads] as const,
  ...kinds.map(({ name, reads }) => [name, reads] as const),
])("every read of %s has an answer", (_name, reads) => {
  const unanswered = reads.filter((action) => {
    const [service = "", operation] = action.split(":");
    return answers[`${clients[service]}.${operation}`] === undefined;
  });
  expect(unanswered).toEqual([]);
});

test("what is no read is refused, before anything is sent", async () => {
  const { ecs, cloudwatch } = replay({});
  const alarm = { AlarmName: "a", ComparisonOperator: "LessThanThreshold", EvaluationPeriods: 1 } as const;
  for (const write of [
    () => ecs.send(new UpdateServiceCommand({ service: "web" })),
    () => ecs.send(new RegisterTaskDefinitionCommand({ family: "web", containerDefinitions: [] })),
    () => cloudwatch.send(new PutMetricAlarmCommand(alarm)),
  ])
    await expect(write()).rejects.toMatchObject({ code: "NotInSnapshot" });
});

test("the table has nothing that changes anything", () => {
  const verbs = Object.keys(answers).map((key) => /\.([A-Z][a-z]+)/.exec(key)?.[1]);
  expect([...new Set(verbs)].sort()).toEqual(["Describe", "Get", "List", "Simulate"]);
});

describe("clusters and services", () => {
  const services = {
    "prod/web": { value: { serviceName: "web", createdAt: { $date: "2026-11-02T09:00:00.000Z" } } },
    "prod/api": denied,
    "prod/gone": { value: "missing" as const },
    "prod/odd": { value: "unaccounted" as const },
  };
  const describeServices = (...asked: string[]) =>
    replay({ services }).ecs.send(
      new DescribeServicesCommand({ cluster: "arn:aws:ecs:eu-west-1:1:cluster/prod", services: asked }),
    );

  test("are found by name and by ARN, with instants as the SDK gives them", async () => {
    const answer = await describeServices("arn:aws:ecs:eu-west-1:1:service/prod/web", "gone", "odd");
    expect(answer.services).toEqual([{ serviceName: "web", createdAt: new Date("2026-11-02T09:00:00Z") }]);
    expect(answer.failures).toEqual([{ arn: "gone", reason: "MISSING" }]);
  });

  test("fail as they failed; one of a batch is left out, as ECS leaves out what it says nothing of", async () => {
    await expect(describeServices("api")).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: "not you",
    });
    expect(await describeServices("api", "web")).toMatchObject({
      services: [{ serviceName: "web" }],
      failures: [],
    });
  });

  test("that were not asked for are not said to be missing", async () => {
    await expect(describeServices("new")).rejects.toMatchObject({
      code: "NotInSnapshot",
      message:
        "the snapshot does not have the service prod/new; take a new one, or plan with access to the account",
    });
    const { ecs } = replay({ clusterServices: {}, clusterDetails: {} });
    for (const name of ["prod", "constructor", "__proto__"]) {
      await expect(ecs.send(new ListServicesCommand({ cluster: name }))).rejects.toMatchObject({
        code: "NotInSnapshot",
      });
      await expect(ecs.send(new DescribeClustersCommand({ clusters: [name] }))).rejects.toMatchObject({
        code: "NotInSnapshot",
      });
    }
  });

  test("have tags when asked for them alone only where the snapshot asked too", async () => {
    const { ecs } = replay({ serviceTags: { "arn:a": { value: { tier: "web" } } } });
    const tagsOf = (resourceArn: string) => ecs.send(new ListTagsForResourceCommand({ resourceArn }));
    expect(await tagsOf("arn:a")).toEqual({ tags: [{ key: "tier", value: "web" }] });
    await expect(tagsOf("arn:b")).rejects.toMatchObject({ code: "NotInSnapshot" });
  });
});

describe("task definitions", () => {
  const arn = "arn:aws:ecs:eu-west-1:1:task-definition/web:3";

  test("come raw, with members that no SDK knows", async () => {
    const input = { family: "web", containerDefinitions: [{ name: "app", newThing: { a: 1 } }] };
    const value = {
      arn,
      status: "INACTIVE",
      input,
      tags: { team: "a" },
      registeredBy: "arn:aws:iam::1:root",
    };
    expect(await readTaskDefinition(replay({ taskDefinitions: { [arn]: { value } } }), arn)).toEqual(value);
  });

  test("of the past without a layer are empty", async () => {
    const read = await readTaskDefinition(replay({ formerDefinitions: { [arn]: { value: "bare" } } }), arn);
    expect(read.input).toEqual({ family: "web", containerDefinitions: [] });
  });
});

test("alarms are of the types asked for, and of the prefix", async () => {
  const facts = {
    alarms: {
      value: {
        metric: [{ AlarmName: "ecsmon/a/b/c" }, { AlarmName: "by-hand" }],
        composite: [{ AlarmName: "ecsmon/a/b/d" }],
        log: [{ AlarmName: "ecsmon/a/b/e" }],
      },
    },
  };
  const { cloudwatch } = replay(facts);
  expect(
    await cloudwatch.send(
      new DescribeAlarmsCommand({ AlarmNamePrefix: "ecsmon/", AlarmTypes: ["LogAlarm", "MetricAlarm"] }),
    ),
  ).toEqual({
    MetricAlarms: [{ AlarmName: "ecsmon/a/b/c" }],
    CompositeAlarms: [],
    LogAlarms: [{ AlarmName: "ecsmon/a/b/e" }],
  });
  expect(await cloudwatch.send(new DescribeAlarmsCommand({}))).toMatchObject({
    MetricAlarms: [{ AlarmName: "ecsmon/a/b/c" }, { AlarmName: "by-hand" }],
    LogAlarms: [],
  });
});

test("a target group whose tags AWS left out is left out again; one that is not known is no answer", async () => {
  const facts = {
    targetGroups: { value: [{ TargetGroupArn: "arn:a" }, { TargetGroupArn: "arn:b" }] },
    targetGroupTags: { "arn:a": { value: { team: "x" } } },
  };
  const tagsOf = (...ResourceArns: string[]) =>
    replay(facts).elb.send(new DescribeTagsCommand({ ResourceArns }));
  expect(await tagsOf("arn:a", "arn:b")).toEqual({
    TagDescriptions: [{ ResourceArn: "arn:a", Tags: [{ Key: "team", Value: "x" }] }],
  });
  await expect(tagsOf("arn:c")).rejects.toMatchObject({ code: "NotInSnapshot" });
});

test("the tag index answers for each owner", async () => {
  const taggedTargetGroups = {
    value: [
      { arn: "arn:a", tags: { "ecsmon.dev/owner": "ecsmon" } },
      { arn: "arn:b", tags: { "ecsmon.dev/owner": "other" } },
    ],
  };
  const answer = await replay({ taggedTargetGroups }).tagging.send(
    new GetResourcesCommand({
      TagFilters: [{ Key: "ecsmon.dev/owner", Values: ["other"] }],
      ResourceTypeFilters: ["elasticloadbalancing:targetgroup"],
    }),
  );
  expect(answer.ResourceTagMappingList?.map(({ ResourceARN }) => ResourceARN)).toEqual(["arn:b"]);
});
