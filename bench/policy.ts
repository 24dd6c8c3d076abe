// The policy that is measured with: everything ecsmon manages, and four alarms a service.
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EstateSize, sum } from "./floor.ts";

const alarmsPerService = 4;

const policy = `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: bench }
spec:
  selector: { clusters: ["prod-*"], tags: { tier: web } }
  notifications:
    warning: ["arn:\${partition}:sns:\${region}:\${account}:chat"]
  sidecars:
    - container:
        name: jmx-exporter
        image: public.ecr.aws/example/jmx-exporter:1.0.1
        essential: false
        memoryReservation: 64
  healthCheck:
    container: app
    command: ["CMD-SHELL", "curl -fsS http://localhost:8080/healthz || exit 1"]
  logging:
    group: /ecs/\${cluster.name}/\${service.name}
    streamPrefix: ecs
    retention: 90d
  logMetrics:
    - name: fatal
      pattern: "?Fatal ?FATAL"
      alarm: { evaluationPeriods: 1, comparison: GreaterThanOrEqualToThreshold, threshold: 1, severity: warning }
  alarms:
    - name: cpu-high
      metric: { namespace: AWS/ECS, metricName: CPUUtilization, statistic: Average }
      period: 1m
      evaluationPeriods: 5
      comparison: GreaterThanThreshold
      threshold: 85
      severity: warning
    - name: memory-high
      metric: { namespace: AWS/ECS, metricName: MemoryUtilization, statistic: Average }
      period: 1m
      evaluationPeriods: 5
      comparison: GreaterThanThreshold
      threshold: 85
      severity: warning
    - name: p99-latency
      metric: { namespace: AWS/ApplicationELB, metricName: TargetResponseTime }
      statistic: p99
      period: 1m
      evaluationPeriods: 5
      comparison: GreaterThanThreshold
      threshold: 1.5
      severity: warning
`;

/** A folder with the policy in it, as a user has one. */
export async function writeBenchPolicy(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "ecsmon-bench-"));
  await writeFile(join(folder, "policy.yaml"), policy);
  return folder;
}

/**
 * An estate with this policy applied. Every service has a revision, a target group and a log group of its own, and a
 * filter of ours.
 * @param perCluster services of each cluster
 */
export function benchSize(perCluster: readonly number[]): EstateSize {
  const services = sum(perCluster);
  return {
    services: perCluster,
    revisions: services,
    targetGroups: services,
    alarms: services * alarmsPerService,
    metricFilters: services,
    logGroups: services,
    taggedLogGroups: services,
    queryDefinitions: 0,
    dashboards: 0,
  };
}
