// Policy files of the scenarios: a web baseline with two sidecars, a health check, awslogs, a "Fatal" log metric
// with its alarm, and cpu, p99 and error-rate alarms.
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface PolicyChoices {
  readonly clusters?: readonly string[];
  readonly services?: readonly string[];
  readonly cpuThreshold?: number;
  readonly p99Threshold?: number;
  readonly fatalPattern?: string;
  readonly retention?: string;
  /** An environment variable of a sidecar's: changing it redeploys. */
  readonly team?: string;
  readonly containerInsights?: "enabled" | "disabled";
}

/** All that the second half of a scenario may want otherwise: a change in each kind. */
export const changedEverywhere: PolicyChoices = {
  cpuThreshold: 90,
  p99Threshold: 2,
  fatalPattern: "?Fatal ?FATAL ?panic",
  retention: "60d",
  team: "platform",
};

export async function writePolicy(choices: PolicyChoices = {}): Promise<string> {
  return writePolicyText(policyText(choices));
}

/** Selects none of what stands in the estate. */
export function writeEmptyPolicy(): Promise<string> {
  return writePolicy({ services: ["none-*"] });
}

export async function writePolicyText(text: string): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), "ecsmon-policy-")), "policy.yaml");
  await writeFile(file, text);
  return file;
}

export function policyText({
  clusters = ["prod-*"],
  services = ["*", "!batch-*"],
  cpuThreshold = 85,
  p99Threshold = 1.5,
  fatalPattern = "?Fatal ?FATAL",
  retention = "30d",
  team = "shop",
  containerInsights,
}: PolicyChoices = {}): string {
  const cluster =
    containerInsights === undefined ? "" : `  cluster: { containerInsights: ${containerInsights} }\n`;
  return `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: web-baseline }
spec:
  selector:
    clusters: ${JSON.stringify(clusters)}
    services: ${JSON.stringify(services)}
    tags: { tier: web }
  notifications:
    critical: ["arn:\${partition}:sns:\${region}:\${account}:pager"]
    warning: ["arn:\${partition}:sns:\${region}:\${account}:chat"]
${cluster}  sidecars:
    - preset: mackerel-container-agent
      with:
        apiKey: { valueFrom: "arn:aws:ssm:\${region}:\${account}:parameter/mackerel/api-key" }
        roles: ["web:\${service.name}"]
    - container:
        name: jmx-exporter
        image: public.ecr.aws/example/jmx-exporter:1.0.1
        essential: false
        memoryReservation: 64
        environment: [{ name: TEAM, value: ${team} }]
  healthCheck:
    container: app
    command: ["CMD-SHELL", "curl -fsS http://localhost:$\${PORT:-8080}/healthz || exit 1"]
    interval: 30s
    startPeriod: 60s
  logging:
    driver: awslogs
    group: /ecs/\${cluster.name}/\${service.name}
    streamPrefix: ecs
    retention: ${retention}
    shortenRetention: true
  logMetrics:
    - name: fatal
      pattern: ${JSON.stringify(fatalPattern)}
      alarm:
        evaluationPeriods: 1
        comparison: GreaterThanOrEqualToThreshold
        threshold: 1
        severity: critical
  alarms:
    - name: cpu-high
      metric: { namespace: AWS/ECS, metricName: CPUUtilization, statistic: Average }
      period: 1m
      evaluationPeriods: 5
      datapointsToAlarm: 4
      comparison: GreaterThanThreshold
      threshold: ${cpuThreshold}
      severity: warning
    - name: p99-latency
      metric: { namespace: AWS/ApplicationELB, metricName: TargetResponseTime }
      statistic: p99
      period: 1m
      evaluationPeriods: 5
      comparison: GreaterThanThreshold
      threshold: ${p99Threshold}
      severity: warning
    - name: error-rate
      expression: 100 * errors / MAX([requests, 1])
      metrics:
        errors: { namespace: AWS/ApplicationELB, metricName: HTTPCode_Target_5XX_Count, statistic: Sum }
        requests: { namespace: AWS/ApplicationELB, metricName: RequestCount, statistic: Sum }
      period: 1m
      evaluationPeriods: 5
      comparison: GreaterThanOrEqualToThreshold
      threshold: 5
      severity: critical
`;
}
