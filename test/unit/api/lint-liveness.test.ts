// Checks of target groups and settings of deployments that AWS would refuse are told where they are written.
import { expect, test } from "vitest";
import { parsePolicies } from "../../../controller/api/parse.ts";

const parse = (...specs: string[]): string[] =>
  parsePolicies(
    specs.map((spec, i) => ({
      file: `${i}.yaml`,
      text: `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: p${i} }
spec:
  selector: { services: ["*"] }
${spec.replaceAll(/^(?=.)/gm, "  ")}
`,
    })),
  ).diagnostics.map(({ severity, code, path, message }) => `${severity} ${code} ${path} ${message}`);

const check = (fields: string): string => `targetGroup: { healthCheck: { ${fields} } }`;
const alarm =
  "alarms: [{ name: cpu-high, metric: { namespace: AWS/ECS, metricName: CPUUtilization, statistic: Average }, comparison: GreaterThanThreshold, threshold: 1 }]";
const container = (fields: string): string => `healthCheck: { command: [CMD-SHELL, "true"], ${fields} }`;

test.each<[string[], string[]]>([
  [[check('path: /h, matcher: "200-299,302", port: 8080, interval: 15s, timeout: 5s')], []],
  [[check(`matcher: "0-12", port: traffic-port, path: "/\${service.name}"`)], []],
  [
    [check("interval: 3s")],
    ["error InvalidValue spec.targetGroup.healthCheck.interval interval 3s is not between 5s and 300s"],
  ],
  [
    [check("timeout: 121s")],
    ["error InvalidValue spec.targetGroup.healthCheck.timeout timeout 121s is not between 2s and 120s"],
  ],
  [
    [check("timeout: 15s, interval: 15s")],
    ["error InvalidValue spec.targetGroup.healthCheck.timeout timeout 15s is not shorter than interval 15s"],
  ],
  [
    [check("timeout: 15s"), check("interval: 10s")],
    [
      "error InvalidValue spec.targetGroup.healthCheck.timeout timeout 15s is not shorter than interval 10s",
      "error InvalidValue spec.targetGroup.healthCheck.interval timeout 15s is not shorter than interval 10s",
    ],
  ],
  [[check("timeout: 60s")], []],
  [
    [check("path: h")],
    ['error InvalidValue spec.targetGroup.healthCheck.path path "h" does not begin with /; write "/h"'],
  ],
  [
    [check("port: http")],
    ['error InvalidValue spec.targetGroup.healthCheck.port port "http" is neither a port'],
  ],
  [
    [check('matcher: "100"')],
    ['error InvalidValue spec.targetGroup.healthCheck.matcher matcher "100" is no list of codes'],
  ],
  [
    [check('protocol: TCP, path: /h, matcher: "200"')],
    [
      "error InvalidValue spec.targetGroup.healthCheck.path a check by TCP has no path; take it out, or use protocol: HTTP",
      "error InvalidValue spec.targetGroup.healthCheck.matcher a check by TCP has no matcher",
    ],
  ],
  [["deployment: { circuitBreaker: { enable: true, rollback: true } }"], []],
  [
    ["deployment: { circuitBreaker: { rollback: true } }"],
    ["warning Unused spec.deployment.circuitBreaker.rollback circuitBreaker.rollback has no effect"],
  ],
  [
    [
      "deployment: { circuitBreaker: { rollback: true } }",
      "deployment: { circuitBreaker: { enable: true } }",
    ],
    [],
  ],
  [["deployment: { rollbackOnAlarms: [cpu-high] }", alarm], []],
  [
    ["deployment: { rollbackOnAlarms: [cpu-hihg] }", alarm],
    [
      'error MissingReference spec.deployment.rollbackOnAlarms[0] no policy has an alarm named "cpu-hihg"; did you mean "cpu-high"?',
    ],
  ],
  [
    ["deployment: { rollbackOnAlarms: [fatal] }", "logMetrics: [{ name: fatal, pattern: Fatal }]"],
    [
      'error MissingReference spec.deployment.rollbackOnAlarms[0] no policy has an alarm named "fatal"; nothing is known here',
    ],
  ],
  [
    [
      "deployment: { rollbackOnAlarms: [fatal] }",
      "logMetrics: [{ name: fatal, pattern: Fatal, alarm: { comparison: GreaterThanThreshold, threshold: 0 } }]",
    ],
    [],
  ],
  [[`deployment: { healthCheckGracePeriod: 90s }\n${container("startPeriod: 60s")}`], []],
  [
    [`deployment: { healthCheckGracePeriod: 89s }\n${container("startPeriod: 60s")}`],
    [
      "warning GracePeriodTooShort spec.deployment.healthCheckGracePeriod healthCheckGracePeriod 89s is shorter than what the health check takes, startPeriod 1m + interval 30s × retries 3 = 150s",
    ],
  ],
  [["deployment: { healthCheckGracePeriod: 89s }"], []],
  [
    ["deployment: { healthCheckGracePeriod: 2147483648 }"],
    ["error InvalidValue spec.deployment.healthCheckGracePeriod ECS takes at most 2147483647 seconds"],
  ],
])("%j", (specs, expected) => {
  const found = parse(...specs);
  expect(found).toHaveLength(expected.length);
  for (const [index, start] of expected.entries()) expect(found[index]).toContain(start);
});
