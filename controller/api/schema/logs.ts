// Logs: where they go, how long they stay, what is counted in them.
import * as z from "zod";
import { alarmOfLogMetric, alarmOfQuery } from "./alarms.ts";
import { duration, name, stringMap, text } from "./words.ts";

export const logging = z.strictObject({
  container: text
    .nullish()
    .describe("Default: every container of yours that has no log driver, or this one."),
  driver: z
    .enum(["awslogs", "awsfirelens"])
    .nullish()
    .describe(
      "awslogs (default): CloudWatch Logs. awsfirelens: a Fluent Bit router comes along as a sidecar.",
    ),
  group: text.nullish().describe("The log group. Default: the one in use, else /ecs/CLUSTER/SERVICE."),
  streamPrefix: text.nullish().describe("First part of a stream's name. Default: the one in use, else ecs."),
  retention: duration.nullish().describe("Whole days that CloudWatch Logs offers, such as 30d."),
  shortenRetention: z
    .boolean()
    .nullish()
    .describe("Allow a shorter retention than the log group has: destroys older logs."),
  replaceDriver: z.boolean().nullish().describe("Replace another log driver."),
  options: stringMap
    .nullish()
    .describe(
      "Native log driver options, such as mode and max-buffer-size; with awsfirelens those of the output (without a Name: CloudWatch Logs).",
    ),
  secretOptions: z
    .array(
      z.strictObject({
        name: text.describe("The option."),
        valueFrom: text.describe("ARN of an SSM parameter or a Secrets Manager secret."),
      }),
    )
    .min(1)
    .nullish()
    .describe("Log driver options whose values are secrets; the task's execution role reads them."),
});

export const logMetric = z.strictObject({
  name: name.describe("The metric's name, in a namespace of the service's own."),
  pattern: z.string().max(1024).nullish().describe("A CloudWatch Logs filter pattern."),
  group: text.nullish().describe("The log group. Default: the service's own."),
  value: z
    .union([text.max(100), z.number()], { error: "use a number, or a field such as $.latency" })
    .nullish()
    .describe("What each match counts: a number or `$.field`. Default 1."),
  unit: text.nullish().describe("A CloudWatch unit, such as Milliseconds."),
  dimensions: stringMap.nullish().describe("At most three; only for JSON and space-delimited patterns."),
  alarm: alarmOfLogMetric.nullish().describe("An alarm on this metric; its name is the log metric's."),
});

export const query = z.strictObject({
  name: name.describe("The saved query is named OWNER/CLUSTER/SERVICE/NAME."),
  query: text.max(10_000).nullish().describe("A CloudWatch Logs Insights query."),
  groups: z.array(text).min(1).max(50).nullish().describe("The log groups. Default: the service's own."),
  alarm: alarmOfQuery
    .nullish()
    .describe("An alarm on the query, which CloudWatch runs on schedule; its name is the query's."),
});

export type LoggingSpec = z.infer<typeof logging>;
export type LogMetricSpec = z.infer<typeof logMetric>;
export type QuerySpec = z.infer<typeof query>;
