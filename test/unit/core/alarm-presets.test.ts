// A preset under a policy's own fields, and the services that it is not for; anomaly bands and warm-up beside it.
import { describe, expect, it } from "vitest";
import { buildAlarm } from "../../../controller/core/alarm.ts";
import type { JsonObject } from "../../../controller/model/json.ts";
import { known, type Read } from "../../../controller/model/read.ts";
import { appContainer, at, definition, failedRead, owner, select, targetGroup } from "./builders.ts";

function alarm(
  body: string | readonly string[],
  over: Parameters<typeof select>[1] = {},
  insights: Read<boolean> = known(true),
): JsonObject | string {
  const selected = select(body, over);
  const item = selected.alarms.get("x");
  if (!item?.result.ok) return "not merged";
  const made = buildAlarm("x", item.result.value, selected, owner, insights);
  if (made.state === "built") return made.input;
  return made.state === "blocked"
    ? `${made.reason.code}: ${made.reason.message}`
    : `unknown ${made.failure.code}`;
}

const preset = (name: string, rest = ""): string => `alarms: [{ name: x, preset: ${name}${rest} }]`;
const pair = [targetGroup("blue", "app/front"), targetGroup("green", "app/front")];

describe("a preset", () => {
  it("makes a whole alarm, without actions", () => {
    expect(alarm(preset("ecs-cpu-high"))).toMatchObject({
      Namespace: "AWS/ECS",
      MetricName: "CPUUtilization",
      Statistic: "Average",
      Period: 60,
      EvaluationPeriods: 5,
      DatapointsToAlarm: 5,
      Threshold: 80,
      ComparisonOperator: "GreaterThanThreshold",
      TreatMissingData: "missing",
      AlarmActions: [],
    });
  });

  it("yields to every field that a policy gives, of whatever priority", () => {
    const low = `priority: -1\n${preset("ecs-cpu-high", ", threshold: 70, treatMissingData: ignore")}`;
    const high =
      "priority: 1\nalarms: [{ name: x, comparison: GreaterThanOrEqualToThreshold, statistic: Maximum, period: 5m }]";
    expect(alarm([low, high])).toMatchObject({
      Threshold: 70,
      TreatMissingData: "ignore",
      ComparisonOperator: "GreaterThanOrEqualToThreshold",
      Statistic: "Maximum",
      Period: 300,
      EvaluationPeriods: 5,
    });
  });

  it("keeps M within N when a policy gives one of them", () => {
    const periods = (rest: string) => {
      const made = alarm(preset("alb-5xx-rate", rest), { targetGroups: pair });
      return [at(made, "DatapointsToAlarm"), at(made, "EvaluationPeriods")];
    };
    expect(periods("")).toEqual([3, 5]);
    expect(periods(", evaluationPeriods: 2")).toEqual([2, 2]);
    expect(periods(", evaluationPeriods: 10")).toEqual([3, 10]);
    expect(periods(", datapointsToAlarm: 8")).toEqual([8, 8]);
    expect(periods(", datapointsToAlarm: 1, evaluationPeriods: 1")).toEqual([1, 1]);
  });

  it("is one alarm over a blue/green pair", () => {
    const healthy = at(
      alarm(preset("alb-healthy-hosts-low"), { targetGroups: pair }),
      "Metrics",
    ) as JsonObject[];
    expect(healthy.at(-1)).toMatchObject({ Expression: "MIN([m1, m2])", ReturnData: true });
    const rate = at(alarm(preset("alb-5xx-rate"), { targetGroups: pair }), "Metrics") as JsonObject[];
    expect(rate.find(({ Id }) => Id === "errors")).toMatchObject({
      Expression: "SUM([errors__1, errors__2])",
    });
  });

  it("watches the service's own log metric", () => {
    const log = (rest: string) => `logMetrics: [{ name: fatal, pattern: FATAL, group: /g${rest} }]\n`;
    expect(alarm(log("") + preset("log-fatal"))).toMatchObject({
      Namespace: "ecsmon/prod/web",
      MetricName: "fatal",
      Statistic: "Sum",
      Dimensions: [],
    });
    expect(alarm(preset("log-fatal"))).toMatch(/^NotApplicable: .* a log metric named fatal/);
    const dimensions =
      "logMetrics: [{ name: fatal, pattern: '{ $.a = 1 }', group: /g, dimensions: { a: $.a } }]\n";
    expect(alarm(dimensions + preset("log-fatal"))).toMatch(/^NotApplicable: .* without dimensions/);
    expect(alarm(`logMetrics: [{ name: fatal, pattern: FATAL }]\n${preset("log-fatal")}`)).toMatch(
      /^NotApplicable: the service logs to no CloudWatch log group/,
    );
  });
});

describe("a service without what a preset needs", () => {
  const off = known(false);
  const restarting = definition([appContainer({ restartPolicy: { enabled: true } })]);
  it.each([
    [
      "ecs-running-below-desired",
      {},
      off,
      /^NotApplicable: .*Container Insights, which is off for cluster prod; set/,
    ],
    ["ecs-running-below-desired", {}, failedRead, /^unknown AccessDenied$/],
    [
      "ecs-deployment-stuck",
      { deploymentController: "CODE_DEPLOY" },
      known(true),
      /^NotApplicable: .*is CODE_DEPLOY$/,
    ],
    ["ecs-ephemeral-storage-high", { launchType: "EC2" }, known(true), /^NotApplicable: .*Fargate.*EC2$/],
    ["ecs-task-restarts", {}, known(true), /^NotApplicable: .*restartPolicy$/],
    ["ecs-task-restarts", { taskDefinition: failedRead }, known(true), /^unknown AccessDenied$/],
    ["alb-5xx-rate", {}, known(true), /^NotApplicable: the service has no load balancer$/],
    ["nlb-unhealthy-hosts", { targetGroups: pair }, known(true), /^NotApplicable: no target group/],
  ] as const)("is not called by %s", (name, over, insights, message) => {
    expect(alarm(preset(name), over, insights)).toMatch(message);
  });

  it("has it all the same where a sidecar brings it, in the same plan", () => {
    expect(alarm(preset("ecs-task-restarts"), { input: restarting })).toMatchObject({ Threshold: 0 });
    const sidecar = "sidecars: [{ container: { name: a, image: b, restartPolicy: { enabled: true } } }]\n";
    expect(alarm(sidecar + preset("ecs-task-restarts"))).toMatchObject({ Threshold: 0 });
  });
});

describe("an anomaly alarm", () => {
  const anomaly = (rest: string, band = ", band: 3") =>
    `alarms: [{ name: x, anomaly: { metric: { namespace: AWS/ApplicationELB, metricName: RequestCount, statistic: Sum }${band} }${rest} }]`;
  const one = [targetGroup("one", "app/front")];

  it("holds the metric and its band, which is the threshold", () => {
    const made = alarm(anomaly(", comparison: LessThanLowerThreshold, period: 5m"), { targetGroups: one });
    expect(made).toMatchObject({
      ComparisonOperator: "LessThanLowerThreshold",
      ThresholdMetricId: "band",
      Metrics: [
        { Id: "m1", MetricStat: { Period: 300, Stat: "Sum" }, ReturnData: true },
        { Id: "band", Expression: "ANOMALY_DETECTION_BAND(m1, 3)", ReturnData: true },
      ],
    });
    expect(made).not.toHaveProperty("Threshold");
    const plain = alarm(anomaly(", comparison: LessThanLowerThreshold", ""), { targetGroups: one });
    expect(at(plain, "Metrics", 1, "Expression")).toBe("ANOMALY_DETECTION_BAND(m1, 2)");
  });

  it("takes the sum over a blue/green pair for its metric", () => {
    const made = at(
      alarm(anomaly(", comparison: GreaterThanUpperThreshold"), { targetGroups: pair }),
      "Metrics",
    );
    expect(
      (made as JsonObject[]).map(({ Id, Expression, ReturnData }) => [Id, Expression, ReturnData]),
    ).toEqual([
      ["m1", undefined, false],
      ["m2", undefined, false],
      ["result", "SUM([m1, m2])", true],
      ["band", "ANOMALY_DETECTION_BAND(result, 3)", true],
    ]);
  });

  it("leaves aside a threshold that was given for another source, and asks for the side of the band", () => {
    const plain =
      "priority: -1\nalarms: [{ name: x, metric: { namespace: N, metricName: M, statistic: Sum }, threshold: 5, comparison: GreaterThanThreshold }]";
    const over = (rest: string) => alarm([plain, anomaly(rest)], { targetGroups: one });
    expect(over(", comparison: GreaterThanUpperThreshold")).not.toHaveProperty("Threshold");
    expect(over("")).toMatch(
      /^InvalidValue: comparison GreaterThanThreshold of alarm x does not fit an anomaly band/,
    );
  });
});

it("a warm-up is sent in minutes", () => {
  expect(at(alarm(preset("ecs-cpu-high", ", warmUp: 2h")), "WarmUpConfiguration")).toEqual({
    WarmUpPeriodDurationInMinutes: 120,
  });
  expect(at(alarm(preset("ecs-cpu-high")), "WarmUpConfiguration")).toBeUndefined();
  expect(at(alarm(preset("ecs-running-below-desired")), "WarmUpConfiguration")).toEqual({
    WarmUpPeriodDurationInMinutes: 15,
  });
});
