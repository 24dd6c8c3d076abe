// The policy's schema: every field, its shape and its one line of documentation.
// It holds no defaults: merging must tell what a policy says from what it leaves out (core/defaults.ts has them).
// `null` is allowed for any optional field: it removes what a policy of lower priority says.
// A namespace import: esbuild then leaves zod's 50 translations out of the bundle.
import * as z from "zod";
import { containerDefinition } from "./container-schema.ts";
import { durationPattern, parseDuration } from "./duration.ts";

/** A field of the contract whose issue has not come yet: known by name, refused by value. */
function notYet(what: string) {
  return z
    .any()
    .superRefine((value, context) => {
      if (value !== undefined) {
        context.addIssue({
          code: "custom",
          message: `${what} is not supported yet`,
          params: { code: "NotSupportedYet" },
        });
      }
    })
    .optional()
    .describe(`${what}: not supported yet.`);
}

const name = z
  .string()
  .regex(
    /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/,
    "use letters, digits, `.`, `_` and `-`, with a letter or digit at both ends",
  )
  .max(100);

const durationHint = "use a duration such as 30s, 5m, 1h, 30d, or whole seconds";
const durationFrom = (least: number) =>
  z.union([z.int().min(least), z.string().regex(durationPattern, durationHint).transform(parseDuration)], {
    error: durationHint,
  });
const duration = durationFrom(1);

const text = z.string().min(1);
const stringMap = z.record(z.string(), z.string().nullable());
const globs = z.array(text).min(1);

const selector = z
  .strictObject({
    accounts: globs.optional().describe("Account ids, as globs; a leading `!` negates."),
    regions: globs.optional().describe("Regions, as globs."),
    clusters: globs.optional().describe("Cluster names, as globs."),
    services: globs.optional().describe("Service names, as globs."),
    tags: z
      .record(z.string(), z.string())
      .refine((tags) => Object.keys(tags).length > 0, "tags is empty; name a tag, or leave it out")
      .optional()
      .describe("Service tags that must have exactly these values."),
    matchExpressions: z
      .array(
        z.strictObject({
          key: text,
          operator: z.enum(["In", "NotIn", "Exists", "DoesNotExist"]),
          values: z.array(z.string()).optional(),
        }),
      )
      .min(1)
      .optional()
      .describe("Conditions on service tags, as Kubernetes label selectors have them."),
    launchTypes: z
      .array(z.enum(["EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"]))
      .min(1)
      .optional(),
  })
  .refine((value) => Object.keys(value).length > 0, {
    message: 'a selector needs at least one condition; `services: ["*"]` selects every service',
  })
  .describe("Which services this policy watches. All conditions must hold.");

const enforcementMode = z.enum(["Enforce", "Audit"]);
const kindName = z.enum([
  "default",
  "ClusterSettings",
  "LogGroup",
  "TaskDefinition",
  "Service",
  "TargetGroup",
  "MetricFilter",
  "QueryDefinition",
  "MetricAlarm",
  "LogAlarm",
  "CompositeAlarm",
  "EventRule",
  "Dashboard",
  "MackerelMonitor",
]);

const comparison = z.enum([
  "GreaterThanOrEqualToThreshold",
  "GreaterThanThreshold",
  "LessThanThreshold",
  "LessThanOrEqualToThreshold",
]);

const statistic = text.describe(
  "SampleCount, Average, Sum, Minimum, Maximum, or an extended statistic such as p99 or tm95.",
);

const metricSource = z.strictObject({
  namespace: text.max(255),
  metricName: text.max(255),
  dimensions: z
    .record(z.string(), z.string())
    .optional()
    .describe("Left out for ECS, Container Insights, ALB and NLB metrics: found from the service."),
  statistic: statistic.optional(),
  unit: text.optional().describe("Only datapoints with this unit count. Usually left out."),
});

const evaluation = {
  period: duration
    .nullish()
    .describe("Length of one datapoint: 10s, 20s, 30s or a multiple of 60s. Default 1m."),
  evaluationPeriods: z.int().min(1).nullish().describe("N: how many periods are looked at. Default 1."),
  datapointsToAlarm: z.int().min(1).nullish().describe("M of N: how many of them must breach."),
  comparison: comparison.nullish(),
  threshold: z.number().nullish(),
  treatMissingData: z.enum(["breaching", "notBreaching", "ignore", "missing"]).nullish(),
  evaluateLowSampleCountPercentile: z.enum(["evaluate", "ignore"]).nullish(),
  severity: text.nullish().describe("A key of `notifications`: whose actions the alarm runs."),
  description: z.string().max(1024).nullish(),
  actionsEnabled: z.boolean().nullish(),
  whenDesiredZero: z
    .enum(["mute", "page"])
    .nullish()
    .describe("While the service is scaled to zero: no actions (mute, the default), or as ever (page)."),
  warmUp: notYet("warmUp"),
};

const alarm = z
  .strictObject({
    name: name.describe("The alarm is named OWNER/CLUSTER/SERVICE/NAME."),
    metric: metricSource.nullish(),
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
    statistic: statistic.nullish(),
    ...evaluation,
    preset: notYet("preset"),
    anomaly: notYet("anomaly"),
    composite: notYet("composite"),
  })
  .describe("A CloudWatch alarm for each selected service.");

const logMetric = z.strictObject({
  name,
  pattern: z.string().max(1024).nullish().describe("A CloudWatch Logs filter pattern."),
  group: text.nullish().describe("The log group. Default: the service's own."),
  value: z
    .union([text.max(100), z.number()], { error: "use a number, or a field such as $.latency" })
    .nullish()
    .describe("What each match counts: a number or `$.field`. Default 1."),
  unit: text.nullish(),
  dimensions: stringMap.nullish().describe("At most three; only for JSON and space-delimited patterns."),
  alarm: z
    .strictObject({ statistic: statistic.nullish(), ...evaluation })
    .nullish()
    .describe("An alarm on this metric; its name is the log metric's."),
});

const healthCheck = z.strictObject({
  container: text.nullish().describe("Default: the only essential container."),
  ifAbsent: z.boolean().nullish().describe("Leave a check that is already there alone."),
  command: z.array(z.string()).min(1).nullish().describe("`[CMD, …]` or `[CMD-SHELL, one string]`."),
  interval: duration.nullish().describe("5s to 300s. Default 30s."),
  timeout: duration.nullish().describe("2s to 60s. Default 5s."),
  retries: z.int().min(1).max(10).nullish().describe("1 to 10. Default 3."),
  startPeriod: durationFrom(0).nullish().describe("0 to 300s. Default: none."),
});

const logging = z.strictObject({
  container: text
    .nullish()
    .describe("Default: every container of yours that has no log driver, or this one."),
  driver: z
    .enum(["awslogs", "awsfirelens"])
    .nullish()
    .superRefine((value, context) => {
      if (value === "awsfirelens")
        context.addIssue({
          code: "custom",
          message: "driver: awsfirelens is not supported yet",
          params: { code: "NotSupportedYet" },
        });
    }),
  group: text.nullish().describe("The log group. Default: the one in use, else /ecs/CLUSTER/SERVICE."),
  streamPrefix: text.nullish(),
  retention: duration.nullish().describe("Whole days that CloudWatch Logs offers, such as 30d."),
  shortenRetention: z
    .boolean()
    .nullish()
    .describe("Allow a shorter retention than the log group has: destroys older logs."),
  replaceDriver: z.boolean().nullish().describe("Replace another log driver."),
  options: stringMap.nullish().describe("Native log driver options, such as mode and max-buffer-size."),
  secretOptions: notYet("logging.secretOptions"),
});

const secretRef = z.strictObject({
  valueFrom: text.describe("ARN of an SSM parameter or a Secrets Manager secret."),
});

/** Settings of the preset `mackerel-container-agent` (docs/presets.md). */
const mackerelAgent = z.strictObject({
  apiKey: secretRef,
  roles: z.array(text).optional().describe("`service:role` of Mackerel."),
  ignoreContainer: text.optional().describe("Regular expression: containers whose metrics are not sent."),
  hostStatusOnStart: z.enum(["working", "standby", "maintenance", "poweroff"]).optional(),
  config: text
    .optional()
    .describe("Where the agent reads its configuration file: path, https:// or s3://bucket/key."),
  image: text.optional(),
  memory: z.int().min(6).optional().describe("MiB. Default 128."),
});

const sidecar = z.union(
  [
    z.strictObject({ preset: z.literal("mackerel-container-agent"), with: mackerelAgent }),
    z.strictObject({ container: containerDefinition }),
  ],
  { error: "a sidecar is either `preset` and `with`, or `container` with a native container definition" },
);

const rollout = z.strictObject({
  maxConcurrent: z
    .int()
    .min(1)
    .nullish()
    .describe("Services that roll at once. Default 1; the first is always alone."),
  timeout: duration.nullish().describe("Until a deployment that has not settled is put back. Default 15m."),
  pauseOnFailure: z
    .boolean()
    .nullish()
    .describe("One that fails keeps the rest from beginning. Default true."),
  windows: z
    .array(
      z.strictObject({
        cron: text.describe("When the window opens: minute, hour, day of month, month, day of week."),
        duration: duration.describe("How long it stays open."),
        timeZone: text.optional().describe("IANA name, such as Asia/Tokyo. Default UTC."),
      }),
    )
    .min(1)
    .nullish()
    .describe("Redeployments begin only while one of these is open. Default: any time."),
  relayer: z
    .enum(["window", "always"])
    .nullish()
    .describe(
      "Putting our layer back after someone else's deployment: only in a window, or always (the default).",
    ),
});

export const policySpec = z.strictObject({
  selector,
  enforcement: z
    .union([enforcementMode, z.partialRecord(kindName, enforcementMode)], {
      error: "use Enforce, Audit, or a mapping of kinds such as { default: Enforce, TaskDefinition: Audit }",
    })
    .optional()
    .describe("Enforce (default), Audit (show, never write), or by kind."),
  suspend: z.boolean().optional().describe("Leave everything of this policy as it stands."),
  priority: z.int().optional().describe("The higher one wins where policies differ. Default 0."),
  deletionPolicy: z
    .enum(["Delete", "Retain"])
    .optional()
    .superRefine((value, context) => {
      if (value === "Retain")
        context.addIssue({
          code: "custom",
          message: "deletionPolicy: Retain is not supported yet",
          params: { code: "NotSupportedYet" },
        });
    }),
  notifications: z
    .record(name, z.array(text).min(1).max(5).nullable())
    .nullish()
    .describe("Severity → action ARNs, at most five."),
  cluster: z
    .strictObject({ containerInsights: z.enum(["enabled", "enhanced", "disabled"]).nullish() })
    .nullish(),
  taskSize: z
    .enum(["fit", "grow"])
    .nullish()
    .describe(
      "fit (default): NoRoom if the sidecars do not fit the task. grow: the next valid Fargate size that holds them; elsewhere plainly more. The task's own size comes back with the last of them.",
    ),
  sidecars: z.array(sidecar).nullish().describe("Containers that run beside yours, in the same task."),
  healthCheck: healthCheck.nullish(),
  logging: logging.nullish(),
  logMetrics: z.array(logMetric).nullish(),
  alarms: z.array(alarm).nullish(),
  targetGroup: notYet("targetGroup"),
  deployment: notYet("deployment"),
  queries: notYet("queries"),
  events: notYet("events"),
  dashboard: notYet("dashboard"),
  mackerel: notYet("mackerel"),
  overrides: notYet("overrides"),
  rollout: rollout.nullish().describe("How and when services redeploy."),
});

export const policyDocument = z.strictObject({
  apiVersion: z.literal("ecsmon.dev/v1alpha1"),
  kind: z.literal("MonitoringPolicy"),
  metadata: z.strictObject({
    name: name.describe("Unique among the policies."),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
  spec: policySpec,
});

export type PolicySpec = z.infer<typeof policySpec>;
export type Selector = z.infer<typeof selector>;
export type AlarmSpec = z.infer<typeof alarm>;
export type LogMetricSpec = z.infer<typeof logMetric>;
export type MetricSource = z.infer<typeof metricSource>;
export type HealthCheckSpec = z.infer<typeof healthCheck>;
export type LoggingSpec = z.infer<typeof logging>;
export type RolloutSpec = z.infer<typeof rollout>;
export type SidecarSpec = z.infer<typeof sidecar>;
export type MackerelAgentSettings = z.infer<typeof mackerelAgent>;
