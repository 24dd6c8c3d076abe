// An alarm as PutMetricAlarm takes it: metrics found, actions by severity, muted at zero, or the reason why not.
import { describe, expect, it } from "vitest";
import { buildAlarm } from "../../../controller/core/alarm.ts";
import { selectWorkloads } from "../../../controller/core/select.ts";
import type { JsonObject } from "../../../controller/model/json.ts";
import { at, failedRead, owner, policies, select, targetGroup, workload } from "./builders.ts";

const blueGreen = [targetGroup("blue", "app/front"), targetGroup("green", "app/front")];
const cpu =
  "name: x, metric: { namespace: AWS/ECS, metricName: CPUUtilization, statistic: Average }, comparison: GreaterThanThreshold, threshold: 80";
const errorRate = `
  alarms:
    - name: x
      expression: 100 * errors / MAX([requests, 1])
      metrics:
        errors: { namespace: AWS/ApplicationELB, metricName: HTTPCode_Target_5XX_Count, statistic: Sum }
        requests: { namespace: AWS/ApplicationELB, metricName: RequestCount, statistic: Sum }
      comparison: GreaterThanOrEqualToThreshold
      threshold: 5
`;

/** The input of alarm x, or `CODE: message`. */
function alarm(
  body: string | readonly string[],
  over: Parameters<typeof workload>[0] = {},
): JsonObject | string {
  const selected = select(body, over);
  const result = selected.alarms.get("x")?.result;
  if (!result?.ok) return result === undefined ? "none" : `${result.reason.code}: ${result.reason.message}`;
  const made = buildAlarm("x", result.value, selected, owner);
  if (made.state === "built") return made.input;
  return made.state === "blocked"
    ? `${made.reason.code}: ${made.reason.message}`
    : `unknown ${made.failure.code}`;
}

describe("buildAlarm", () => {
  it("fills in what a policy leaves out", () => {
    expect(alarm(`alarms: [{ ${cpu} }]`)).toEqual({
      AlarmName: "ecsmon/prod/web/x",
      AlarmDescription: "Managed by ecsmon from Git; changes by hand are put back.",
      ActionsEnabled: true,
      AlarmActions: [],
      OKActions: [],
      Namespace: "AWS/ECS",
      MetricName: "CPUUtilization",
      Dimensions: [
        { Name: "ClusterName", Value: "prod" },
        { Name: "ServiceName", Value: "web" },
      ],
      Statistic: "Average",
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 80,
      ComparisonOperator: "GreaterThanThreshold",
      TreatMissingData: "missing",
    });
  });

  it("says what a policy says", () => {
    const body = `
      notifications: { page: ["arn:aws:sns:r:1:a", "arn:aws:sns:r:1:b"] }
      alarms:
        - name: x
          metric: { namespace: AWS/ECS, metricName: CPUUtilization, unit: Percent }
          statistic: p99.9
          period: 5m
          evaluationPeriods: 5
          datapointsToAlarm: 3
          comparison: LessThanThreshold
          threshold: 0
          treatMissingData: breaching
          evaluateLowSampleCountPercentile: ignore
          severity: page
          description: hot
    `;
    expect(alarm(body)).toMatchObject({
      AlarmDescription: "hot",
      AlarmActions: ["arn:aws:sns:r:1:a", "arn:aws:sns:r:1:b"],
      OKActions: ["arn:aws:sns:r:1:a", "arn:aws:sns:r:1:b"],
      ExtendedStatistic: "p99.9",
      Unit: "Percent",
      Period: 300,
      EvaluationPeriods: 5,
      DatapointsToAlarm: 3,
      Threshold: 0,
      ComparisonOperator: "LessThanThreshold",
      TreatMissingData: "breaching",
      EvaluateLowSampleCountPercentile: "ignore",
    });
    expect(alarm(body)).not.toHaveProperty("Statistic");
  });

  it.each([
    [2, "", true],
    [0, "", false],
    [0, ", whenDesiredZero: mute", false],
    [0, ", whenDesiredZero: page", true],
    [0, ", whenDesiredZero: page, actionsEnabled: false", false],
    [2, ", actionsEnabled: false", false],
  ])("of a service with %i tasks%s has its actions enabled: %s", (desiredCount, more, expected) => {
    expect(at(alarm(`alarms: [{ ${cpu}${more} }]`, { desiredCount }), "ActionsEnabled")).toBe(expected);
  });

  it("is one alarm over a blue/green pair, by metric math", () => {
    const body = `alarms: [{ name: x, metric: { namespace: AWS/ApplicationELB, metricName: TargetResponseTime }, statistic: p99, comparison: GreaterThanThreshold, threshold: 1 }]`;
    const made = alarm(body, { targetGroups: blueGreen });
    const part = (id: string, group: string) => ({
      Id: id,
      MetricStat: {
        Metric: {
          Namespace: "AWS/ApplicationELB",
          MetricName: "TargetResponseTime",
          Dimensions: [
            { Name: "LoadBalancer", Value: "app/front/4567" },
            { Name: "TargetGroup", Value: `targetgroup/${group}/0123` },
          ],
        },
        Period: 60,
        Stat: "p99",
      },
      ReturnData: false,
    });
    expect(at(made, "Metrics")).toEqual([
      part("m1", "blue"),
      part("m2", "green"),
      { Id: "result", Expression: "MAX([m1, m2])", ReturnData: true },
    ]);
    for (const single of [
      "Namespace",
      "MetricName",
      "Dimensions",
      "Period",
      "Statistic",
      "ExtendedStatistic",
    ]) {
      expect(made).not.toHaveProperty(single);
    }
  });

  it("keeps an expression as it is, and puts each of its metrics together from the groups", () => {
    const single = at(
      alarm(errorRate, { targetGroups: [targetGroup("one", "app/front")] }),
      "Metrics",
    ) as JsonObject[];
    expect(single.map(({ Id, Expression, ReturnData }) => [Id, Expression, ReturnData])).toEqual([
      ["errors", undefined, false],
      ["requests", undefined, false],
      ["result", "100 * errors / MAX([requests, 1])", true],
    ]);
    const pair = at(alarm(errorRate, { targetGroups: blueGreen }), "Metrics") as JsonObject[];
    expect(pair.map(({ Id, Expression, ReturnData }) => [Id, Expression, ReturnData])).toEqual([
      ["errors__1", undefined, false],
      ["errors__2", undefined, false],
      ["errors", "SUM([errors__1, errors__2])", false],
      ["requests__1", undefined, false],
      ["requests__2", undefined, false],
      ["requests", "SUM([requests__1, requests__2])", false],
      ["result", "100 * errors / MAX([requests, 1])", true],
    ]);
    expect(pair.filter(({ ReturnData }) => ReturnData === true)).toHaveLength(1);
  });

  it("names its result otherwise where a metric is called result", () => {
    const body = `alarms: [{ name: x, expression: result + 1, metrics: { result: { namespace: N, metricName: M, statistic: Sum } }, comparison: GreaterThanThreshold, threshold: 1 }]`;
    expect(at(alarm(body), "Metrics", 1)).toEqual({
      Id: "result_",
      Expression: "result + 1",
      ReturnData: true,
    });
  });

  it("is blocked, or unknown, where its metric is", () => {
    expect(alarm(errorRate)).toBe("NotApplicable: the service has no load balancer");
    expect(alarm(errorRate, { targetGroups: [targetGroup("loose")] })).toMatch(
      /^NotApplicable: no target group/,
    );
    expect(alarm(errorRate, { targetGroups: failedRead })).toBe("unknown AccessDenied");
  });

  it("is incomplete where no policy that selects this service gives the rest", () => {
    const incomplete = (partial: string): JsonObject | string => {
      const set = policies(
        `alarms: [{ ${cpu} }]\nselector: { services: [other] }`,
        `alarms: [{ name: x, ${partial} }]\nselector: { services: [web] }\npriority: 1`,
      );
      const [selected] = selectWorkloads(set, [workload()], owner);
      const result = selected?.alarms.get("x")?.result;
      if (selected === undefined || !result?.ok) throw new Error("not selected");
      const made = buildAlarm("x", result.value, selected, owner);
      return made.state === "blocked" ? `${made.reason.code}: ${made.reason.message}` : made.state;
    };
    expect(incomplete("threshold: 1")).toBe(
      "Incomplete: the alarm has neither metric nor expression in any policy that selects this service",
    );
    const source = "metric: { namespace: AWS/ECS, metricName: CPUUtilization, statistic: Average }";
    expect(incomplete(`${source}, comparison: LessThanThreshold`)).toMatch(
      /^Incomplete: alarm x has no threshold/,
    );
    expect(incomplete(`${source}, threshold: 1`)).toMatch(/^Incomplete: alarm x has no comparison/);
  });

  it("takes at most ten metrics", () => {
    const groups = (count: number) =>
      Array.from({ length: count }, (_, i) => targetGroup(`g${i}`, "app/front"));
    expect(at(alarm(errorRate, { targetGroups: groups(5) }), "Metrics")).toHaveLength(13);
    expect(alarm(errorRate, { targetGroups: groups(6) })).toBe(
      "TooManyMetrics: the alarm needs 12 metrics over all target groups of the service; CloudWatch takes 10",
    );
  });

  it("is blocked where policies quarrel over its actions, and keeps quiet without a severity", () => {
    const quarrel = [
      `notifications: { page: ["arn:aws:sns:r:1:a"] }\nalarms: [{ ${cpu}, severity: page }]`,
      `notifications: { page: ["arn:aws:sns:r:1:b"] }`,
    ];
    expect(alarm(quarrel)).toMatch(
      /^Conflict: notifications\.page differs between policy a \(a\.yaml:5\) and policy b \(b\.yaml:5\), both of/,
    );
    expect(
      at(alarm([`alarms: [{ ${cpu} }]`, `notifications: { page: ["arn:aws:sns:r:1:b"] }`]), "AlarmActions"),
    ).toEqual([]);
  });
});
