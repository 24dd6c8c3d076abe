// The Datadog agent as a sidecar on Fargate, version 1 of the preset. What a version writes never changes.
// Source: DataDog/datadog-cdk-constructs (environment, /probe.sh), docs.datadoghq.com (Amazon ECS on AWS Fargate).
import type { SidecarSettings } from "../../api/schema.ts";
import type { JsonObject } from "../../model/json.ts";
import { variable, variables } from "./variable.ts";

export function buildDatadogAgent(settings: SidecarSettings<"datadog-agent">): JsonObject {
  const { apiKey, site, apm = true, dogstatsd = true, tags } = settings;
  const own = [
    { name: "ECS_FARGATE", value: "true" },
    { name: "DD_APM_ENABLED", value: String(apm) },
    { name: "DD_USE_DOGSTATSD", value: String(dogstatsd) },
    ...variable("DD_SITE", site),
    ...variable("DD_TAGS", tags?.join(" ")),
  ];
  return {
    name: "datadog-agent",
    image: settings.image ?? "public.ecr.aws/datadog/agent:7.84.6",
    // A dead agent must not stop the application.
    essential: false,
    memoryReservation: settings.memory ?? 256,
    stopTimeout: 60,
    environment: variables(own, settings.environment),
    secrets: [{ name: "DD_API_KEY", valueFrom: apiKey.valueFrom }],
    healthCheck: {
      command: ["CMD-SHELL", "/probe.sh"],
      interval: 10,
      timeout: 5,
      retries: 3,
      startPeriod: 60,
    },
  };
}
