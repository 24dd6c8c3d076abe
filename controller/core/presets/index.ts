// Every sidecar preset. Adding one is a file and a line here; what a version writes never changes.
import type { SidecarSpec } from "../../api/schema.ts";
import type { JsonObject } from "../../model/json.ts";
import { buildMackerelContainerAgent } from "./mackerel-container-agent.ts";

export type PresetSidecar = Extract<SidecarSpec, { preset: string }>;

export function buildPreset(sidecar: PresetSidecar): JsonObject {
  switch (sidecar.preset) {
    case "mackerel-container-agent":
    case "mackerel-container-agent@1":
      return buildMackerelContainerAgent(sidecar.with);
    default:
      throw new RangeError(`preset ${sidecar.preset} is refused by validation`);
  }
}
