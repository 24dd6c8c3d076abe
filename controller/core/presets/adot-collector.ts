// The AWS Distro for OpenTelemetry collector as a sidecar, version 1 of the preset. What a version writes never changes.
// Source: aws-observability/aws-otel-collector v0.49.0 (AOT_CONFIG_CONTENT, config/ecs, the program /healthcheck).
import { isSeq, parseDocument } from "yaml";
import type { SidecarSettings } from "../../api/schema.ts";
import type { JsonObject } from "../../model/json.ts";
import { variable } from "./variable.ts";

const standardFile = "/etc/ecs/ecs-default-config.yaml";

export function buildAdotCollector(settings: SidecarSettings<"adot-collector"> = {}): JsonObject {
  const { config, configFrom, configFile = standardFile } = settings;
  const isFromFile = config === undefined && configFrom === undefined;
  return {
    name: "adot-collector",
    image: settings.image ?? "public.ecr.aws/aws-observability/aws-otel-collector:v0.49.0",
    // A dead agent must not stop the application.
    essential: false,
    memoryReservation: settings.memory ?? 256,
    // Metrics are sent in batches of a minute.
    stopTimeout: 60,
    ...(isFromFile ? { command: [`--config=${configFile}`] } : {}),
    ...(config === undefined ? {} : { environment: variable("AOT_CONFIG_CONTENT", config) }),
    ...(configFrom === undefined
      ? {}
      : { secrets: [{ name: "AOT_CONFIG_CONTENT", valueFrom: configFrom.valueFrom }] }),
    ...(answersHealthChecks(config, isFromFile ? configFile : undefined) ? { healthCheck } : {}),
  };
}

/** The image is FROM scratch and brings its own program, which asks the health_check extension on port 13133. */
const healthCheck = {
  command: ["CMD", "/healthcheck"],
  interval: 30,
  timeout: 5,
  retries: 3,
  startPeriod: 10,
} as const;

/** Every file that the image has for ECS turns the extension on. What stands elsewhere is not known. */
function answersHealthChecks(config: string | undefined, file: string | undefined): boolean {
  if (file !== undefined) return file.startsWith("/etc/ecs/");
  const document = config === undefined ? undefined : parseDocument(config);
  if (document === undefined || document.errors.length > 0) return false;
  const used: unknown = document.getIn(["service", "extensions"]);
  const endpoint: unknown = document.getIn(["extensions", "health_check", "endpoint"]);
  return (
    isSeq(used) &&
    used.items.some((item) => String(item) === "health_check") &&
    (endpoint === undefined || String(endpoint).endsWith(":13133"))
  );
}
