// Alarms: what is watched, how it is judged, whom it tells.
import * as z from "zod";
import { type AlarmPresetName, alarmPresets } from "../alarm-presets.ts";
import { duration, name, severity, text } from "./words.ts";

const plainComparisons = [
  "GreaterThanOrEqualToThreshold",
  "GreaterThanThreshold",
  "LessThanThreshold",
  "LessThanOrEqualToThreshold",
] as const;

/** Those of an anomaly alarm, whose threshold is the edge of the band. */
export const bandComparisons = [
  "LessThanLowerOrGreaterThanUpperThreshold",
  "LessThanLowerThreshold",
  "GreaterThanUpperThreshold",
] as const;

const comparison = z.enum([...plainComparisons, ...bandComparisons]);

const statistic = text.describe(
  "SampleCount, Average, Sum, Minimum, Maximum, or an extended statistic such as p99 or tm95.",
);

const metricSource = z.strictObject({
  namespace: text.max(255).describe("Such as AWS/ECS, ECS/ContainerInsights or AWS/ApplicationELB."),
  metricName: text.max(255).describe("As CloudWatch spells it: CPUUtilization."),
  dimensions: z
    .record(z.string(), z.string())
    .optional()
    .describe("Left out for ECS, Container Insights, ALB and NLB metrics: found from the service."),
  statistic: statistic.optional(),
  unit: text.optional().describe("Only datapoints with this unit count. Usually left out."),
});

/** What every alarm has, whatever it watches. */
const telling = {
  severity: severity.nullish(),
  description: z
    .string()
    .max(1024)
    .nullish()
    .describe("What the alarm's message says. At most 1,024 characters."),
  actionsEnabled: z.boolean().nullish().describe("false: the alarm changes its state, and tells nobody."),
  whenDesiredZero: z
    .enum(["mute", "page"])
    .nullish()
    .describe("While the service is scaled to zero: no actions (mute, the default), or as ever (page)."),
};

const judging = {
  evaluationPeriods: z.int().min(1).nullish().describe("N: how many periods are looked at. Default 1."),
  datapointsToAlarm: z.int().min(1).nullish().describe("M of N: how many of them must breach."),
  comparison: comparison.nullish().describe("How a datapoint is compared with the threshold."),
  threshold: z.number().nullish().describe("The figure that a datapoint is compared with."),
  treatMissingData: z
    .enum(["breaching", "notBreaching", "ignore", "missing"])
    .nullish()
    .describe("What a period without data counts as. Default missing."),
};

const evaluation = {
  period: duration
    .nullish()
    .describe("Length of one datapoint: 10s, 20s, 30s or a multiple of 60s. Default 1m."),
  ...judging,
  evaluateLowSampleCountPercentile: z
    .enum(["evaluate", "ignore"])
    .nullish()
    .describe("ignore: a percentile of too few samples changes nothing."),
  ...telling,
  warmUp: duration
    .nullish()
    .describe("After the alarm is made: no actions for so long. Whole minutes, at most 48h."),
};

const anomaly = z
  .strictObject({
    metric: metricSource.describe("The metric that is watched."),
    band: z.number().positive().optional().describe("Width of the band, in standard deviations. Default 2."),
  })
  .describe("Alarm when the metric leaves the band that CloudWatch learns from its past.");

const presetNames = Object.keys(alarmPresets) as [AlarmPresetName, ...AlarmPresetName[]];

export const alarm = z
  .strictObject({
    name: name.describe("The alarm is named OWNER/CLUSTER/SERVICE/NAME."),
    preset: z
      .enum(presetNames)
      .nullish()
      .describe("A ready-made alarm; every field given beside it wins over the preset's."),
    metric: metricSource.nullish().describe("One CloudWatch metric."),
    expression: text.max(2048).nullish().describe("CloudWatch metric math over `metrics`."),
    metrics: z
      .record(
        z
          .string()
          .regex(
            /^[a-z][A-Za-z0-9_]*$/,
            "metric ids begin with a lower-case letter, then letters, digits and `_`",
          ),
        metricSource,
      )
      .nullish()
      .describe("The metrics that `expression` names, by id."),
    anomaly: anomaly.nullish(),
    composite: text
      .max(10240)
      .nullish()
      .describe('A rule over other alarms of the same service: ALARM("a") AND NOT OK("b").'),
    statistic: statistic.nullish(),
    ...evaluation,
  })
  .describe("A CloudWatch alarm for each selected service.");

/** An alarm without its metric: the one of a log metric. */
export const alarmOfLogMetric = z.strictObject({ statistic: statistic.nullish(), ...evaluation });

/** An alarm on a Logs Insights query that CloudWatch runs on schedule (PutLogAlarm). */
export const alarmOfQuery = z.strictObject({
  aggregation: text
    .max(256)
    .nullish()
    .describe(
      "What the rows of a run become: count(*), avg, sum, min or max of a field, optionally `by` fields.",
    ),
  every: duration.nullish().describe("How often the query is run: whole minutes. Default 5m."),
  window: duration.nullish().describe("How far back a run looks. Default: as far as `every`."),
  delay: duration
    .nullish()
    .describe("The newest lines that a run leaves out, since logs arrive late: whole minutes. Default 1m."),
  roleArn: text
    .nullish()
    .describe("The role that CloudWatch Logs runs the query by; it trusts logs.amazonaws.com."),
  ...judging,
  ...telling,
});

export type AlarmSpec = z.infer<typeof alarm>;
export type MetricSource = z.infer<typeof metricSource>;
export type AnomalySource = z.infer<typeof anomaly>;
