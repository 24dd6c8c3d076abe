// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policies hold templates
// Presets, anomaly bands, composites and warm-ups that AWS would refuse, or that mean nothing.
import { describe, expect, it } from "vitest";
import { parsePolicies } from "../../../controller/api/parse.ts";

/** Each finding as `CODE path: message`, for documents with these bodies of `spec`. */
function findings(...bodies: readonly string[]): string[] {
  const files = bodies.map((body, i) => ({
    file: `${i}.yaml`,
    text: `apiVersion: ecsmon.dev/v1alpha1\nkind: MonitoringPolicy\nmetadata: { name: p${i} }\nspec:\n  selector: { services: ["*"] }\n  ${body.replaceAll("\n", "\n  ")}\n`,
  }));
  return parsePolicies(files).diagnostics.map(
    ({ severity, code, path, message }) =>
      `${severity === "warning" ? "warning " : ""}${code} ${path?.replace("spec.alarms", "")}: ${message}`,
  );
}

const alarms = (...entries: readonly string[]): string =>
  `alarms:\n${entries.map((entry) => `  - { ${entry} }`).join("\n")}`;
const cpu = "name: cpu, preset: ecs-cpu-high";
const metric = "metric: { namespace: N, metricName: M, statistic: Sum }";
const anomaly = `name: x, anomaly: { ${metric} }`;
const static_ = `${metric}, threshold: 1, comparison: GreaterThanThreshold`;

describe("alarms that are fine", () => {
  it.each([
    [alarms(cpu)],
    [
      alarms(
        "name: x, preset: alb-5xx-rate, threshold: 3, evaluationPeriods: 2, period: 5m, treatMissingData: ignore",
      ),
    ],
    [alarms("name: x, preset: ecs-cpu-high, datapointsToAlarm: 9")],
    [alarms(`${anomaly}, comparison: GreaterThanUpperThreshold, warmUp: 48h`)],
    [alarms(cpu, "name: b, composite: ALARM(cpu) AND NOT ALARM(team/theirs)")],
    [alarms(cpu, "name: b, composite: 'ALARM(\"${service.name}\") OR ALARM(cpu)'")],
  ])("%s", (body) => {
    expect(findings(body)).toEqual([]);
  });

  it("names alarms of other policies, of log metrics and of queries", () => {
    const logs =
      "logMetrics: [{ name: fatal, pattern: F, alarm: { threshold: 0, comparison: GreaterThanThreshold } }]";
    expect(findings(alarms("name: b, composite: ALARM(cpu) OR ALARM(fatal)"), alarms(cpu), logs)).toEqual([]);
  });
});

describe("alarms that are not", () => {
  it("have more dimensions than CloudWatch takes", () => {
    const told = (count: number) => {
      const dimensions = Array.from({ length: count }, (_, i) => `d${i}: x`).join(", ");
      const metric = `{ namespace: N, metricName: M, statistic: Sum, dimensions: { ${dimensions} } }`;
      return findings(
        alarms(
          `name: a, metric: ${metric}, threshold: 1, comparison: GreaterThanThreshold`,
          `name: b, expression: m1, metrics: { m1: ${metric} }, threshold: 1, comparison: GreaterThanThreshold`,
        ),
      );
    };
    const says = "a metric has at most 30 dimensions, and these are 31; give those that it is published by";
    expect(told(30)).toEqual([]);
    expect(told(31)).toEqual([
      `InvalidValue [0].metric.dimensions: ${says}`,
      `InvalidValue [1].metrics.m1.dimensions: ${says}`,
    ]);
  });

  it.each([
    [
      `name: x, preset: ecs-cpu-high, ${metric}`,
      'InvalidValue [0].metric: alarm "x" has both preset and metric; keep one',
    ],
    [
      "name: x, preset: ecs-cpu-high, composite: 'TRUE'",
      'InvalidValue [0].composite: alarm "x" has both preset and composite; keep one',
    ],
    [
      "name: x, preset: ecs-cpu-hgh",
      'InvalidValue [0].preset: preset "ecs-cpu-hgh" is unknown; did you mean "ecs-cpu-high"?',
    ],
    [
      "name: x, preset: alb-5xx-rate, statistic: Sum",
      "InvalidValue [0].statistic: statistic does not go with preset: this one is metric math with statistics of its own; take it out",
    ],
    [
      "name: x, preset: ecs-cpu-high, comparison: GreaterThanUpperThreshold",
      "InvalidValue [0].comparison: comparison GreaterThanUpperThreshold is only for an alarm with `anomaly`; use GreaterThanThreshold, LessThanThreshold or the like",
    ],
    [
      "name: x, preset: ecs-cpu-high, evaluationPeriods: 2, datapointsToAlarm: 3",
      "InvalidValue [0].datapointsToAlarm: datapointsToAlarm 3 is more than evaluationPeriods 2: it could never fire; raise evaluationPeriods",
    ],
    [
      "name: x, preset: ecs-deployment-stuck, period: 50m",
      "InvalidValue [0].period: 30 periods of 50m are more than 1d (7d with periods of an hour or more); look at fewer",
    ],
    [`name: x, ${static_}, warmUp: 90s`, "InvalidValue [0].warmUp: warmUp 90s is not whole minutes; try 2m"],
    [`name: x, ${static_}, warmUp: 3d`, "InvalidValue [0].warmUp: warmUp 3d is too long; use 48h or less"],
    [anomaly, 'Incomplete [0]: alarm "x" has no comparison; say when it fires'],
    [
      `${anomaly}, comparison: GreaterThanThreshold`,
      "InvalidValue [0].comparison: comparison GreaterThanThreshold has no threshold beside `anomaly`; use LessThanLowerOrGreaterThanUpperThreshold, LessThanLowerThreshold, GreaterThanUpperThreshold",
    ],
    [
      `${anomaly}, comparison: GreaterThanUpperThreshold, threshold: 5`,
      "InvalidValue [0].threshold: threshold does not go with anomaly: the edge of the band is the threshold; take it out",
    ],
    [
      `${anomaly}, comparison: GreaterThanUpperThreshold, period: 10s`,
      "InvalidValue [0].period: period 10s is too short for an anomaly band; use 1m or more",
    ],
    [
      "name: x, comparison: GreaterThanUpperThreshold, anomaly: { metric: { namespace: N, metricName: M } }",
      "Incomplete [0].anomaly.metric: metric M has no statistic; give one such as Average, Sum or p99",
    ],
    [
      "name: x, composite: 'TRUE', period: 1m",
      "InvalidValue [0].period: period does not go with composite: the alarms that the rule names are judged by their own; take it out",
    ],
    [
      "name: x, composite: 'ALARM(x'",
      'InvalidValue [0].composite: the rule of composite "x" is not valid: the bracket at character 6 is never closed',
    ],
    [
      "name: x, composite: ALARM(x)",
      'InvalidValue [0].composite: composite "x" leads back to itself; CloudWatch never evaluates such a circle, so take one name out',
    ],
    [
      "name: x, preset: log-fatal",
      'warning UnknownMetric [0].preset: preset log-fatal watches the log metric "fatal", which no policy has; add it to logMetrics',
    ],
  ])("%s", (entry, finding) => {
    expect(findings(alarms(entry))).toEqual([finding]);
  });

  it("a rule that names an alarm that nobody has", () => {
    expect(findings(alarms(cpu, "name: b, composite: ALARM(cpu) OR OK(cpy)"))).toEqual([
      'UnknownAlarm [1].composite: composite "b" names "cpy", which is no alarm of any policy; did you mean "cpu"?',
    ]);
  });

  it("rules that name each other over several policies", () => {
    const circle = findings(
      alarms(cpu, "name: a, composite: ALARM(b)"),
      alarms("name: b, composite: OK(a) OR ALARM(cpu)"),
    );
    expect(circle.map((finding) => finding.split(";")[0])).toEqual([
      'InvalidValue [1].composite: composite "a" leads back to itself',
      'InvalidValue [0].composite: composite "b" leads back to itself',
    ]);
  });

  it("a period for what is a composite in another policy", () => {
    expect(findings(alarms(cpu, "name: b, composite: ALARM(cpu)"), alarms("name: b, threshold: 5"))).toEqual([
      "InvalidValue [0].threshold: threshold does not go with composite: the alarms that the rule names are judged by their own; take it out",
    ]);
  });
});
