// The Mackerel agent as a sidecar, version 1 of the preset. What a version writes never changes: it would redeploy.
// Source: mackerelio/mackerel-container-agent v0.13.2 (environment, metadata endpoint, retire on SIGTERM).
import type { MackerelAgentSettings } from "../../api/schema.ts";
import type { JsonObject } from "../../model/json.ts";

export function buildMackerelContainerAgent(settings: MackerelAgentSettings): JsonObject {
  const environment = [
    { name: "MACKEREL_CONTAINER_PLATFORM", value: "ecs" },
    ...variable("MACKEREL_ROLES", settings.roles?.join(",")),
    ...variable("MACKEREL_IGNORE_CONTAINER", settings.ignoreContainer),
    ...variable("MACKEREL_HOST_STATUS_ON_START", settings.hostStatusOnStart),
    ...variable("MACKEREL_AGENT_CONFIG", settings.config),
  ];
  return {
    name: "mackerel-container-agent",
    image: settings.image ?? "public.ecr.aws/mackerel/mackerel-container-agent:v0.13.2",
    // A dead agent must not stop the application.
    essential: false,
    memory: settings.memory ?? 128,
    // The agent retires its host on SIGTERM, with three tries.
    stopTimeout: 60,
    environment,
    secrets: [{ name: "MACKEREL_APIKEY", valueFrom: settings.apiKey.valueFrom }],
  };
}

function variable(name: string, value: string | undefined): { name: string; value: string }[] {
  return value === undefined ? [] : [{ name, value }];
}
