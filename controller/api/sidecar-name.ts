// The name of a sidecar's container: what it is merged, waived and found by.
import type { SidecarSpec } from "./schema.ts";

/** A preset's container is named after the preset, whatever its version. */
export function sidecarName(sidecar: SidecarSpec): string {
  return "container" in sidecar ? sidecar.container.name : (sidecar.preset.split("@")[0] as string);
}
