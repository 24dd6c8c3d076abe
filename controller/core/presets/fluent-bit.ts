// AWS for Fluent Bit as the FireLens router of a task, version 1 of the preset. What a version writes never changes.
// Sources: aws/aws-for-fluent-bit (configs/output-metrics-healthcheck.conf; curl and a shell are in the image) and the
// ECS API reference (FirelensConfiguration). ECS starts it before, and stops it after, the containers that log to it.
import type { SidecarSettings } from "../../api/schema.ts";
import { routerName } from "../../api/sidecar-name.ts";
import type { JsonObject } from "../../model/json.ts";
import { variables } from "./variable.ts";

/** A file of the image that turns the HTTP server on, which FireLens leaves off. */
const serverFile = "/fluent-bit/configs/output-metrics-healthcheck.conf";

export function buildFluentBit(settings: SidecarSettings<"fluent-bit"> = {}): JsonObject {
  const isChecked = settings.healthCheck === "uptime";
  const file = settings.configFile ?? (isChecked ? serverFile : undefined);
  const environment = variables([], settings.environment);
  return {
    name: routerName,
    image: settings.image ?? "public.ecr.aws/aws-observability/aws-for-fluent-bit:3.4.15",
    // Without the router the application runs on and its logs vanish unseen.
    essential: true,
    memoryReservation: settings.memory ?? 64,
    // Time to send what is still in its buffers.
    stopTimeout: 60,
    ...(environment.length > 0 ? { environment } : {}),
    firelensConfiguration: {
      type: "fluentbit",
      options: {
        "enable-ecs-log-metadata": "true",
        ...(file === undefined ? {} : { "config-file-type": "file", "config-file-value": file }),
      },
    },
    ...(isChecked ? { healthCheck } : {}),
  };
}

/** Only that the server answers. Whether logs arrive is not asked: a destination that fails would stop every task. */
const healthCheck = {
  command: ["CMD-SHELL", "curl -fsS http://127.0.0.1:2020/api/v1/uptime || exit 1"],
  interval: 10,
  timeout: 5,
  retries: 3,
  startPeriod: 30,
} as const;
