// The checks of three services' target groups.
import type { Scene } from "./common.ts";

const policy = (services: string, check: string): string => `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: checks }
spec:
  selector: { clusters: ["prod-*"], services: [${services}] }
  targetGroup: { healthCheck: { ${check} } }
`;

export const targetGroupScene: Scene = {
  first: policy('"web-*"', 'path: /healthz, matcher: "200,204", interval: 15s'),
  second: policy('"web-*"', 'path: /ready?deep=1, matcher: "200-299", interval: 20s'),
  nobody: policy('"none-*"', "path: /healthz"),
};
