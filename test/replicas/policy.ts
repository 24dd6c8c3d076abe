// Policies that make many alarms, to be seen at work on.

/** A policy of so many alarms for each service, all with this threshold. */
export function policyOf(name: string, count: number, threshold: number): string {
  const alarms = Array.from({ length: count }, (_, index) => ({
    name: `${name}-${index + 1}`,
    metric: { namespace: "AWS/ECS", metricName: "CPUUtilization" },
    statistic: "Average",
    period: "1m",
    evaluationPeriods: 1,
    comparison: "GreaterThanThreshold",
    threshold,
  }));
  return JSON.stringify({
    apiVersion: "ecsmon.dev/v1alpha1",
    kind: "MonitoringPolicy",
    metadata: { name },
    spec: { selector: { clusters: ["*"] }, alarms },
  });
}
