// The name of a sidecar's container: what it is merged, waived and found by.
import type { SidecarSpec } from "./schema.ts";

/** The FireLens router, given by a policy or come along with `logging.driver: awsfirelens`. */
export const routerName = "log-router";

/** A preset's container is named after the preset, whatever its version; the router after what it does. */
export function sidecarName(sidecar: SidecarSpec): string {
  if ("container" in sidecar) return sidecar.container.name;
  const preset = sidecar.preset.split("@")[0] as string;
  return preset === "fluent-bit" ? routerName : preset;
}
