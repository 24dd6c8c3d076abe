// The X-Ray daemon as a sidecar, version 1 of the preset. What a version writes never changes.
// In maintenance since February 2026: for applications that still use the X-Ray SDK. It listens on 2000, by UDP and TCP.
// The image is FROM scratch: nothing in it could run as a health check. Source: aws/aws-xray-daemon (Dockerfile).
import type { SidecarSettings } from "../../api/schema.ts";
import type { JsonObject } from "../../model/json.ts";

export function buildXrayDaemon(settings: SidecarSettings<"xray-daemon"> = {}): JsonObject {
  return {
    name: "xray-daemon",
    image: settings.image ?? "public.ecr.aws/xray/aws-xray-daemon:3.6.6",
    // A dead agent must not stop the application.
    essential: false,
    cpu: 32,
    memoryReservation: settings.memory ?? 256,
    stopTimeout: 30,
  };
}
