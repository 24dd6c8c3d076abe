// How deployments of the web services are judged, by an alarm of theirs too.
import type { Scene } from "./common.ts";

const policy = (services: string, deployment: string): string => `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: deployments }
spec:
  selector: { clusters: ["prod-*"], services: [${services}] }
  deployment: { ${deployment} }
  alarms:
    - name: cpu-high
      metric: { namespace: AWS/ECS, metricName: CPUUtilization, statistic: Average }
      comparison: GreaterThanThreshold
      threshold: 85
`;

export const serviceScene: Scene = {
  first: policy(
    '"web-00*"',
    "circuitBreaker: { enable: true, rollback: true }, rollbackOnAlarms: [cpu-high], healthCheckGracePeriod: 60s",
  ),
  second: policy(
    '"web-00*"',
    "circuitBreaker: { enable: true, rollback: false }, healthCheckGracePeriod: 90s",
  ),
  nobody: policy('"none-*"', "circuitBreaker: { enable: true }"),
};
