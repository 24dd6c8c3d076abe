// Which alarms on a service's own metrics watch it: those that go off in trouble, on what the alarm really looks at.
import { describe, expect, test } from "vitest";
import { balancedGroups, findAreas } from "../../../../controller/core/audit/areas.ts";
import { indexFacts } from "../../../../controller/core/audit/index-facts.ts";
import { judgeFacts } from "../../../../controller/core/audit/report.ts";
import { toAlarmFacts } from "../../../../controller/model/alarm-facts.ts";
import type { AuditFacts } from "../../../../controller/model/audit-facts.ts";
import type { JsonObject } from "../../../../controller/model/json.ts";
import { known } from "../../../../controller/model/read.ts";
import { account, targetGroup, workload } from "../builders.ts";
import { facts } from "./audit-facts.ts";

const Dimensions = [
  { Name: "ClusterName", Value: "prod" },
  { Name: "ServiceName", Value: "web" },
];

function withAlarm(alarm: JsonObject): AuditFacts {
  return facts({ alarms: known([toAlarmFacts("MetricAlarm", { AlarmName: "one", ...alarm })]) });
}

const group = targetGroup("web", "app/shop");

/** The areas that one alarm watches. */
function watched(alarm: JsonObject): string[] {
  const index = indexFacts(withAlarm(alarm));
  if (!index.alarms.known) throw new Error("alarms are given");
  const all = findAreas(workload(), balancedGroups([group], index), index.alarms.value);
  return all.filter(({ alarms }) => alarms.length > 0).map(({ area }) => area);
}

const less = "LessThanThreshold";
const greater = "GreaterThanOrEqualToThreshold";

const ofService = (MetricName: string, ComparisonOperator: string, over: JsonObject = {}): JsonObject => ({
  Namespace: MetricName === "RunningTaskCount" ? "ECS/ContainerInsights" : "AWS/ECS",
  MetricName,
  Dimensions,
  ComparisonOperator,
  Threshold: 5,
  Statistic: "Average",
  ...over,
});

const ofTargets = (MetricName: string, ComparisonOperator: string): JsonObject => ({
  Namespace: "AWS/ApplicationELB",
  MetricName,
  Dimensions: [
    { Name: "TargetGroup", Value: group.arn.slice(group.arn.lastIndexOf(":") + 1) },
    { Name: "LoadBalancer", Value: group.loadBalancerArn?.split("loadbalancer/")[1] ?? "" },
  ],
  ComparisonOperator,
  Threshold: 1,
  Statistic: "Average",
});

const math = (Expression: string, metric: JsonObject, over: JsonObject = {}): JsonObject => {
  const { Namespace, MetricName, ComparisonOperator, Threshold, Statistic } = metric;
  return {
    ComparisonOperator,
    Threshold,
    Metrics: [
      { Id: "e", Expression, ReturnData: true },
      {
        Id: "m",
        MetricStat: {
          Metric: { Namespace, MetricName, Dimensions: metric["Dimensions"] },
          Period: 60,
          Stat: Statistic,
        },
        ReturnData: false,
        ...over,
      },
    ],
  } as JsonObject;
};

describe("an alarm watches", () => {
  test.each<[string, JsonObject, string[]]>([
    ["CPU that is high", ofService("CPUUtilization", greater), ["cpu"]],
    ["not CPU that is low", ofService("CPUUtilization", less), []],
    [
      "few samples of it, which are tasks",
      ofService("CPUUtilization", less, { Statistic: "SampleCount" }),
      ["tasks"],
    ],
    ["memory that is high", ofService("MemoryUtilization", greater), ["memory"]],
    ["few tasks", ofService("RunningTaskCount", less), ["tasks"]],
    ["not many tasks", ofService("RunningTaskCount", greater), []],
    [
      "CPU above its band",
      math("ANOMALY_DETECTION_BAND(m, 2)", ofService("CPUUtilization", "GreaterThanUpperThreshold")),
      ["cpu"],
    ],
    [
      "CPU outside of its band",
      math(
        "ANOMALY_DETECTION_BAND(m)",
        ofService("CPUUtilization", "LessThanLowerOrGreaterThanUpperThreshold"),
      ),
      ["cpu"],
    ],
    [
      "not CPU below its band",
      math("ANOMALY_DETECTION_BAND(m, 2)", ofService("CPUUtilization", "LessThanLowerThreshold")),
      [],
    ],
    ["what is left of the CPU", math("100 - m", ofService("CPUUtilization", less)), ["cpu"]],
    ["CPU among all metrics", math("MAX(METRICS())", ofService("CPUUtilization", greater)), ["cpu"]],
    ["nothing that no expression names", math("TIME_SERIES(1)", ofService("CPUUtilization", greater)), []],
    [
      "nothing of another account",
      math("m", ofService("CPUUtilization", greater), { AccountId: "999999999999" }),
      [],
    ],
    [
      "CPU of this account, by name",
      math("m", ofService("CPUUtilization", greater), { AccountId: account }),
      ["cpu"],
    ],
    ["few healthy targets", ofTargets("HealthyHostCount", less), ["unhealthy"]],
    ["not many healthy targets", ofTargets("HealthyHostCount", greater), []],
    ["unhealthy targets", ofTargets("UnHealthyHostCount", greater), ["unhealthy"]],
    ["not few of these", ofTargets("UnHealthyHostCount", less), []],
    ["slow answers", ofTargets("TargetResponseTime", greater), ["latency"]],
    ["not fast ones", ofTargets("TargetResponseTime", less), []],
  ])("%s", (_, alarm, areas) => {
    expect(watched(alarm)).toEqual(areas);
  });
});

describe("with no data at all an alarm on tasks", () => {
  const codes = (alarm: JsonObject): string[] => {
    const [one] = judgeFacts(withAlarm(alarm)).services;
    return (one?.findings ?? []).map(({ code }) => code).filter((code) => code === "AlarmBlindWhenGone");
  };
  const few = ofService("RunningTaskCount", less);
  const blind = ["AlarmBlindWhenGone"];

  test.each<[string, JsonObject, string[]]>([
    ["goes off where that is a failure", { ...few, TreatMissingData: "breaching" }, []],
    ["stays silent where it is not", few, blind],
    ["goes off where it is filled with too few", math("FILL(m, 0)", few), []],
    ["stays silent where it is filled with enough", math("FILL(m, 100)", few), blind],
    [
      "stays silent though missing data would be a failure: there is none",
      { ...math("FILL(m, 5)", few), TreatMissingData: "breaching" },
      blind,
    ],
    [
      "goes off at the threshold, where that counts",
      math("FILL(m, 5)", { ...few, ComparisonOperator: "LessThanOrEqualToThreshold" }),
      [],
    ],
    ["stays silent where the last value stays", math("FILL(m, REPEAT)", few), blind],
    ["may go off where more is made of it", math("FILL(m, 100) - 99", few), []],
  ])("%s", (_, alarm, found) => {
    expect(codes(alarm)).toEqual(found);
  });
});
