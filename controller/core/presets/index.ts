// Every sidecar preset. Adding one is a file and a line here; what a version writes never changes.
import type { SidecarSpec } from "../../api/schema.ts";
import type { JsonObject } from "../../model/json.ts";
import { buildAdotCollector } from "./adot-collector.ts";
import { buildCloudWatchAgent } from "./cloudwatch-agent.ts";
import { buildDatadogAgent } from "./datadog-agent.ts";
import { buildFluentBit } from "./fluent-bit.ts";
import { buildMackerelContainerAgent } from "./mackerel-container-agent.ts";
import { buildXrayDaemon } from "./xray-daemon.ts";

export type PresetSidecar = Extract<SidecarSpec, { preset: string }>;

export function buildPreset(sidecar: PresetSidecar): JsonObject {
  switch (sidecar.preset) {
    case "mackerel-container-agent":
    case "mackerel-container-agent@1":
      return buildMackerelContainerAgent(sidecar.with);
    case "cloudwatch-agent":
    case "cloudwatch-agent@1":
      return buildCloudWatchAgent(sidecar.with);
    case "adot-collector":
    case "adot-collector@1":
      return buildAdotCollector(sidecar.with);
    case "datadog-agent":
    case "datadog-agent@1":
      return buildDatadogAgent(sidecar.with);
    case "fluent-bit":
    case "fluent-bit@1":
      return buildFluentBit(sidecar.with);
    case "xray-daemon":
    case "xray-daemon@1":
      return buildXrayDaemon(sidecar.with);
  }
}
