// The CloudWatch agent as a sidecar, version 1 of the preset. What a version writes never changes: it would redeploy.
// The image is FROM scratch: nothing in it could run as a health check.
// Source: aws/amazon-cloudwatch-agent (CW_CONFIG_CONTENT, Dockerfile) and the CloudWatch user guide (StatsD, EMF).
import type { SidecarSettings } from "../../api/schema.ts";
import { type Json, type JsonObject, stableStringify } from "../../model/json.ts";
import { variable } from "./variable.ts";

const statsdAndEmbeddedMetrics = {
  logs: { metrics_collected: { emf: {} } },
  metrics: {
    metrics_collected: {
      statsd: {
        metrics_aggregation_interval: 60,
        metrics_collection_interval: 10,
        service_address: ":8125",
      },
    },
  },
};

export function buildCloudWatchAgent(settings: SidecarSettings<"cloudwatch-agent"> = {}): JsonObject {
  const { config = statsdAndEmbeddedMetrics, configFrom } = settings;
  return {
    name: "cloudwatch-agent",
    image: settings.image ?? "public.ecr.aws/cloudwatch-agent/cloudwatch-agent:1.300072.0b1766",
    // A dead agent must not stop the application.
    essential: false,
    memoryReservation: settings.memory ?? 256,
    // It sends once a minute, and what it holds when it stops.
    stopTimeout: 60,
    ...(configFrom === undefined
      ? { environment: variable("CW_CONFIG_CONTENT", stableStringify(config as Json)) }
      : { secrets: [{ name: "CW_CONFIG_CONTENT", valueFrom: configFrom.valueFrom }] }),
  };
}
