// `plan --backtest` against the sandbox: who would be told twice through composite alarms, and topics that event rules tell.
import { beforeEach, describe, expect, it } from "vitest";
import { account, seedEstate } from "./estate.ts";
import { type Any, useWorld } from "./harness.ts";

const world = useWorld();
beforeEach(() => seedEstate(world));

const pager = `arn:aws:sns:us-east-1:${account}:pager`;
const scaling = `arn:aws:autoscaling:us-east-1:${account}:scalingPolicy:1:resource/ecs/service/prod-a/web-000:policyName/x`;

const policy = (entries: string): string => `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: web }
spec:
  selector: { clusters: [prod-a], services: [web-000] }
  notifications: { page: ["${pager}"] }
${entries}`;

function makeTopic(statement: Any = {}): void {
  world.call("sns", "CreateTopic", { Name: "pager" });
  world.call("sns", "Subscribe", {
    TopicArn: pager,
    Protocol: "sqs",
    Endpoint: `arn:aws:sqs:us-east-1:${account}:events`,
  });
  if (statement.Principal === undefined) return;
  world.call("sns", "SetTopicAttributes", {
    TopicArn: pager,
    AttributeName: "Policy",
    AttributeValue: JSON.stringify({
      Statement: { Effect: "Allow", Action: "sns:Publish", Resource: "*", ...statement },
    }),
  });
}

async function warn(entries: string): Promise<Any[]> {
  const { json } = await world.plan(policy(entries), { backtest: 86_400 });
  return json.backtest.warnings.filter(({ code }: Any) => code !== "MetricMissing");
}

describe("alarms of others through composite alarms", () => {
  const byHand = (AlarmName: string, over: Any = {}): void =>
    void world.call("monitoring", "PutMetricAlarm", {
      AlarmName,
      EvaluationPeriods: 1,
      Threshold: 90,
      ComparisonOperator: "GreaterThanThreshold",
      Namespace: "AWS/ECS",
      MetricName: "CPUUtilization",
      Dimensions: [
        { Name: "ClusterName", Value: "prod-a" },
        { Name: "ServiceName", Value: "web-000" },
      ],
      Statistic: "Maximum",
      Period: 300,
      ...over,
    });
  const compose = (AlarmName: string, AlarmRule: string, over: Any = {}): void =>
    void world.call("monitoring", "PutCompositeAlarm", {
      AlarmName,
      AlarmRule,
      AlarmActions: [pager],
      ...over,
    });
  const loud = "  alarms: [{ name: cpu, preset: ecs-cpu-high, severity: page }]\n";
  const silent = "  alarms: [{ name: cpu, preset: ecs-cpu-high }]\n";
  const composed = `  alarms:
    - { name: cpu, preset: ecs-cpu-high }
    - { name: any, composite: ALARM("cpu"), severity: page }
`;
  const twin = [
    {
      code: "SameMetric",
      message: expect.stringMatching(/which team-cpu of somebody else's watches already; not both tell/),
    },
  ];
  const applyOtherThreshold = () => world.apply(policy(silent.replace("high", "high, threshold: 50")));
  beforeEach(() => makeTopic());

  it("tell though they have no actions of their own", async () => {
    byHand("team-cpu");
    expect(await warn(loud)).toMatchObject(twin);
    compose("team", "ALARM(team-cpu)", { ActionsEnabled: false });
    expect(await warn(loud)).toMatchObject(twin);
    byHand("other", { MetricName: "MemoryUtilization" });
    compose("team", "ALARM(other) OR ALARM(team-cpu)");
    expect(await warn(loud)).toMatchObject([
      {
        code: "DoublePaging",
        message: expect.stringContaining(
          "which team-cpu (through team) of somebody else's watches already and tells of",
        ),
      },
    ]);
  });

  it("and so do ours, through those of the plan and those that stand", async () => {
    byHand("team-cpu", { AlarmActions: [pager] });
    expect(await warn(silent)).toMatchObject(twin);
    const double = [
      { code: "DoublePaging", message: expect.stringMatching(/^alarm ecsmon\/prod-a\/web-000\/cpu watches/) },
    ];
    expect(await warn(composed)).toMatchObject(double);
    await applyOtherThreshold();
    compose("team", "ALARM(ecsmon/prod-a/web-000/cpu)");
    expect(await warn(silent)).toMatchObject(double);
  });

  it("of a metric of another account are not of the same one", async () => {
    const of = (AccountId: string): Any => ({
      AlarmActions: [pager],
      ...Object.fromEntries(
        ["Namespace", "MetricName", "Dimensions", "Statistic", "Period"].map((name) => [name, undefined]),
      ),
      Metrics: [
        {
          Id: "m",
          AccountId,
          MetricStat: {
            Metric: {
              Namespace: "AWS/ECS",
              MetricName: "CPUUtilization",
              Dimensions: [
                { Name: "ClusterName", Value: "prod-a" },
                { Name: "ServiceName", Value: "web-000" },
              ],
            },
            Period: 60,
            Stat: "Average",
          },
        },
      ],
    });
    byHand("of-another-account", of("999999999999"));
    expect(await warn(loud)).toEqual([]);
    byHand("of-this-account", of(account));
    expect(await warn(loud)).toMatchObject([
      { message: expect.stringContaining("which of-this-account of") },
    ]);
  });

  it("one composite alarm over both is one page, and scaling is none", async () => {
    byHand("team-cpu");
    await applyOtherThreshold();
    compose("team", 'ALARM("ecsmon/prod-a/web-000/cpu") OR ALARM(team-cpu)');
    byHand("TargetTracking-web-000-AlarmHigh", { AlarmActions: [scaling] });
    expect(await warn(silent)).toEqual([]);
  });
});

describe("topics that only event rules tell", () => {
  const events = "  events: [{ preset: task-stopped, severity: page }]\n";
  const codes = async (entries: string): Promise<string[]> => (await warn(entries)).map(({ code }) => code);

  it("must be there, and heard", async () => {
    expect(await warn(events)).toMatchObject([
      {
        code: "TopicMissing",
        message: expect.stringMatching(/pager does not exist, and ecsmon-.* would tell it/),
      },
    ]);
    world.call("sns", "CreateTopic", { Name: "pager" });
    expect(await codes(events)).toEqual(["TopicUnheard"]);
  });

  it("must let EventBridge publish, and CloudWatch only where alarms tell them", async () => {
    makeTopic({ Principal: { Service: "cloudwatch.amazonaws.com" } });
    const both = `${events}  alarms: [{ name: cpu, preset: ecs-cpu-high, severity: page }]\n`;
    expect(await codes(events)).toEqual(["TopicRefusesEventBridge"]);
    expect(await codes(both)).toEqual(["TopicRefusesEventBridge"]);
    makeTopic({
      Principal: { Service: "events.amazonaws.com" },
      Condition: { ArnLike: { "aws:SourceArn": `arn:aws:events:us-east-1:${account}:rule/*` } },
    });
    expect(await codes(events)).toEqual([]);
    expect(await codes(both)).toEqual(["TopicRefusesCloudWatch"]);
  });
});
