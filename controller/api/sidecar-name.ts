// The name of a sidecar's container: what it is merged, waived and found by.
import type { SidecarWords } from "./schema.ts";

/** The FireLens router, given by a policy or come along with `logging.driver: awsfirelens`. */
export const routerName = "log-router";

export function sidecarName(sidecar: SidecarWords): string {
  return "container" in sidecar ? sidecar.container.name : presetContainer(sidecar.preset);
}

/** A preset's container is named after the preset, whatever its version; the router after what it does. */
export function presetContainer(preset: string): string {
  const name = preset.split("@")[0] as string;
  return name === "fluent-bit" ? routerName : name;
}
