// Liveness: what ECS and the load balancer check, how a deployment is judged, which events are told of.
import * as z from "zod";
import { duration, durationFrom, name, severity, text } from "./words.ts";

export const healthCheck = z.strictObject({
  container: text.nullish().describe("Default: the only essential container."),
  ifAbsent: z.boolean().nullish().describe("Leave a check that is already there alone."),
  command: z.array(z.string()).min(1).nullish().describe("`[CMD, …]` or `[CMD-SHELL, one string]`."),
  interval: duration.nullish().describe("5s to 300s. Default 30s."),
  timeout: duration.nullish().describe("2s to 60s. Default 5s."),
  retries: z.int().min(1).max(10).nullish().describe("1 to 10. Default 3."),
  startPeriod: durationFrom(0).nullish().describe("0 to 300s. Default: none."),
});

const targetGroupHealthCheck = z.strictObject({
  protocol: z.enum(["HTTP", "HTTPS", "TCP"]).nullish().describe("TCP only at a network load balancer."),
  port: z
    .union([z.int().min(1).max(65_535), text], { error: "use a port from 1 to 65535, or traffic-port" })
    .nullish()
    .describe("A port, or traffic-port: the one that the target gets its traffic on."),
  path: text.max(1024).nullish().describe("For HTTP and HTTPS; begins with `/`."),
  matcher: text
    .nullish()
    .describe(
      'Which answers are healthy: HTTP codes such as "200" or "200-299"; gRPC codes of a gRPC target group.',
    ),
  interval: duration.nullish().describe("5s to 300s."),
  timeout: duration.nullish().describe("2s to 120s, and less than the interval."),
  healthyThreshold: z.int().min(2).max(10).nullish().describe("Checks in a row until healthy: 2 to 10."),
  unhealthyThreshold: z.int().min(2).max(10).nullish().describe("Checks in a row until unhealthy: 2 to 10."),
});

export const targetGroup = z.strictObject({
  healthCheck: targetGroupHealthCheck
    .nullish()
    .describe("The check of every target group of the service; what is left out stays as it is."),
});

export const deployment = z.strictObject({
  healthCheckGracePeriod: durationFrom(0)
    .nullish()
    .describe("How long ECS ignores unhealthy checks after a task has started."),
  circuitBreaker: z
    .strictObject({
      enable: z.boolean().nullish().describe("End a deployment whose tasks do not get healthy."),
      rollback: z.boolean().nullish().describe("And go back to the last one that did."),
    })
    .nullish()
    .describe("The deployment circuit breaker of ECS."),
  rollbackOnAlarms: z
    .array(text)
    .min(1)
    .nullish()
    .describe(
      "Names of alarms of this policy: one that fires during a deployment ends it, and ECS rolls back.",
    ),
});

/** The events that have a name. Sources: ECS developer guide, EventBridge events. */
export const eventPresets = {
  "task-stopped": "A task of the service stopped by itself: not by a deployment, a scale-in or a person.",
  "deployment-failed": "A deployment of the service failed, or was rolled back.",
  "service-impaired": "ECS cannot place or start the service's tasks.",
  "container-oom": "A container of the service was killed for using more memory than it has.",
} as const;

export type EventPresetName = keyof typeof eventPresets;

const eventPresetNames = Object.keys(eventPresets) as [EventPresetName, ...EventPresetName[]];

export const event = z
  .strictObject({
    name: name.nullish().describe("Default: the preset's name. Needed with `pattern`."),
    preset: z
      .enum(eventPresetNames)
      .nullish()
      .describe("An event that ECS sends, told of for the selected services."),
    pattern: z
      .record(z.string(), z.json())
      .nullish()
      .describe("An EventBridge event pattern; it is narrowed to the selected services where it names none."),
    targets: z
      .array(text)
      .min(1)
      .max(5)
      .nullish()
      .describe("ARNs that get the event. Default: the notifications of the severity."),
    severity: severity.nullish(),
  })
  .describe("An EventBridge rule: what happens to a service is told of.");

export type HealthCheckSpec = z.infer<typeof healthCheck>;
export type TargetGroupSpec = z.infer<typeof targetGroup>;
export type DeploymentSpec = z.infer<typeof deployment>;
export type EventSpec = z.infer<typeof event>;
