// The policies of the simulation: one that has every kind, in the forms that it takes as people edit it, and one that
// comes and goes.

export interface PolicyForm {
  /** Each one is another task definition. */
  readonly sidecar: number;
  readonly threshold: number;
  readonly retention: number;
  /** The second policy, of one alarm and one filter for each service. */
  readonly extra: boolean;
}

export const firstForm: PolicyForm = { sidecar: 1, threshold: 85, retention: 30, extra: false };

/** Objects below the prefix, by name. */
export function writePolicies(form: PolicyForm): Record<string, string> {
  return { "base.yaml": base(form), ...(form.extra ? { "extra.yaml": extra } : {}) };
}

/** Neither parses: the one as YAML, the other as a policy. */
export const brokenTexts = [
  "kind: MonitoringPolicy\n  metadata: {",
  "apiVersion: ecsmon.dev/v1alpha1\nkind: MonitoringPolicy\nmetadata: { name: base }\nspec: { selector: { clusters: [prod] }, alarm: [] }\n",
];

/** Names of what the second policy wants, at the end. */
export const extraNames = ["extra-cpu", "extra-lines", "lines"];

function base({ sidecar, threshold, retention }: PolicyForm): string {
  return `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: base }
spec:
  selector: { clusters: [prod, edge], tags: { tier: web } }
  notifications:
    critical: ["arn:aws:sns:us-east-1:123456789012:pager"]
    warning: ["arn:aws:sns:us-east-1:123456789012:chat"]
  taskSize: grow
  cluster: { containerInsights: enhanced }
  sidecars:
    - container:
        name: exporter
        image: "public.ecr.aws/example/exporter:1.0.${sidecar}"
        essential: false
        memoryReservation: 64
  healthCheck: { container: app, command: ["CMD-SHELL", "curl -fsS http://localhost:8080/healthz || exit 1"] }
  targetGroup: { healthCheck: { path: /healthz, interval: 15s, timeout: 5s } }
  deployment: { healthCheckGracePeriod: 90s, circuitBreaker: { enable: true, rollback: true } }
  events:
    - { preset: task-stopped, severity: warning }
  alarms:
    - { name: cpu-high, preset: ecs-cpu-high, threshold: ${threshold}, severity: warning }
    - name: http-5xx
      expression: 100 * errors / MAX([requests, 1])
      metrics:
        errors: { namespace: AWS/ApplicationELB, metricName: HTTPCode_Target_5XX_Count, statistic: Sum }
        requests: { namespace: AWS/ApplicationELB, metricName: RequestCount, statistic: Sum }
      evaluationPeriods: 5
      comparison: GreaterThanOrEqualToThreshold
      threshold: 5
      treatMissingData: notBreaching
      severity: critical
    - { name: user-facing, composite: 'ALARM("cpu-high") OR ALARM("fatal")', severity: critical }
  logging:
    driver: awslogs
    group: /ecs/\${cluster.name}/\${service.name}
    streamPrefix: ecs
    retention: ${retention}d
    shortenRetention: true
  logMetrics:
    - name: fatal
      pattern: "?Fatal ?FATAL"
      alarm: { comparison: GreaterThanOrEqualToThreshold, threshold: 1, severity: critical }
  queries:
    - name: fatals
      query: "filter @message like /Fatal/"
    - name: error-rate
      query: "stats 100 * sum(strcontains(@message, 'ERROR')) / count(*) as rate"
      alarm:
        aggregation: max(rate)
        every: 5m
        window: 5m
        roleArn: "arn:aws:iam::123456789012:role/log-alarms"
        evaluationPeriods: 3
        comparison: GreaterThanThreshold
        threshold: 1
        severity: warning
  dashboard: true
`;
}

const extra = `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: extra }
spec:
  selector: { clusters: [prod], services: ["web-0", "web-1"] }
  alarms:
    - { name: extra-cpu, preset: ecs-cpu-high, threshold: 99 }
  logMetrics:
    - name: lines
      group: /ecs/\${cluster.name}/\${service.name}
      pattern: ""
`;
