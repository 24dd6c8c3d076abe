// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policies hold templates
// One break in a sound policy, one finding at the place of the break, and nothing else.
import { describe, expect, it } from "vitest";
import { breakPolicy, parseText, placeOf, summarise } from "./policies.ts";

interface Broken {
  readonly from: string;
  readonly to: string;
  /** `code path @ mark`: the finding stands where the mark first does. */
  readonly finds: readonly string[];
  readonly says?: RegExp;
}

const cases: Readonly<Record<string, Broken>> = {
  "unknown field": {
    from: "datapointsToAlarm: 4",
    to: "datapointToAlarm: 4",
    finds: ["UnknownField spec.alarms[0].datapointToAlarm @ datapointToAlarm"],
    says: /did you mean "datapointsToAlarm"\?/,
  },
  "unknown field in a container": {
    from: "memoryReservation: 64",
    to: "memoryReservaton: 64",
    finds: ["UnknownField spec.sidecars[1].container.memoryReservaton @ memoryReservaton"],
    says: /did you mean "memoryReservation"\?/,
  },
  "unknown field at the top": {
    from: "spec:\n",
    to: "status: {}\nspec:\n",
    finds: ["UnknownField status @ status"],
    says: /use one of apiVersion, kind, metadata, spec/,
  },
  "a misspelt required field is one mistake": {
    from: "name: web-baseline",
    to: "nmae: web-baseline",
    finds: ["UnknownField metadata.nmae @ nmae"],
  },
  "a word for a number": {
    from: "threshold: 85",
    to: "threshold: eighty",
    finds: ["InvalidValue spec.alarms[0].threshold @ eighty"],
    says: /^expected a number such as 80, got "eighty"$/,
  },
  "a number for a string": {
    from: "group: /ecs/${cluster.name}/${service.name}",
    to: "group: 0123",
    finds: ["InvalidValue spec.logging.group @ 0123"],
    says: /^expected a string, got 0123; put it in quotes: "0123"$/,
  },
  "a word for a boolean": {
    from: "essential: false",
    to: "essential: no",
    finds: ["InvalidValue spec.sidecars[1].container.essential @ no\n"],
    says: /^expected true or false, got "no"$/,
  },
  "a fraction for a count": {
    from: "retries: 3",
    to: "retries: 2.5",
    finds: ["InvalidValue spec.healthCheck.retries @ 2.5"],
    says: /expected a whole number such as 3, got 2.5/,
  },
  "too many retries": {
    from: "retries: 3",
    to: "retries: 11",
    finds: ["InvalidValue spec.healthCheck.retries @ 11"],
    says: /retries must be at most 10, got 11/,
  },
  "a string for a list": {
    from: 'clusters: ["prod-*"]',
    to: "clusters: prod-*",
    finds: ["InvalidValue spec.selector.clusters @ prod-*"],
    says: /expected a list, got "prod-\*"/,
  },
  "a bad duration": {
    from: "startPeriod: 60s",
    to: "startPeriod: 60sec",
    finds: ["InvalidValue spec.healthCheck.startPeriod @ 60sec"],
    says: /"60sec" is not valid: use a duration such as 30s, 5m, 1h, 30d, or whole seconds/,
  },
  "no duration at all": {
    from: "startPeriod: 60s",
    to: "startPeriod: true",
    finds: ["InvalidValue spec.healthCheck.startPeriod @ true"],
    says: /^use a duration such as 30s, 5m, 1h, 30d, or whole seconds, got true$/,
  },
  "an unknown comparison": {
    from: "comparison: GreaterThanThreshold\n      threshold: 85",
    to: "comparison: GreaterThanThresold\n      threshold: 85",
    finds: ["InvalidValue spec.alarms[0].comparison @ GreaterThanThresold"],
    says: /did you mean "GreaterThanThreshold"\?/,
  },
  "a comparison for anomalies": {
    from: "comparison: GreaterThanThreshold\n      threshold: 85",
    to: "comparison: GreaterThanUpperThreshold\n      threshold: 85",
    finds: ["InvalidValue spec.alarms[0].comparison @ GreaterThanUpperThreshold"],
    says: /only for an alarm with `anomaly`/,
  },
  "a missing name": {
    from: "    - name: fatal\n      pattern:",
    to: "    - pattern:",
    finds: ["MissingField spec.logMetrics[0].name @ pattern:"],
    says: /"name" is missing; it takes a string/,
  },
  "no selector": {
    from: '  selector:\n    clusters: ["prod-*"]\n    services: ["*", "!batch-*"]\n    tags: { tier: web }\n',
    to: "",
    finds: ["MissingField spec.selector @ spec:"],
  },
  "a selector that selects everything": {
    from: '    clusters: ["prod-*"]\n    services: ["*", "!batch-*"]\n    tags: { tier: web }\n',
    to: "    tags: {}\n",
    finds: ["InvalidValue spec.selector.tags @ tags:"],
  },
  "a section to come": {
    from: "  alarms:\n",
    to: "  dashboard: true\n  alarms:\n",
    finds: ["NotSupportedYet spec.dashboard @ true\n  alarms"],
    says: /^dashboard is not supported yet$/,
  },
  "a preset to come": {
    from: "    - container:\n        name: jmx-exporter",
    to: "    - preset: xray-daemon\n    - container:\n        name: jmx-exporter",
    finds: ["NotSupportedYet spec.sidecars[1].preset @ xray-daemon"],
  },
  "an unknown preset": {
    from: "preset: mackerel-container-agent",
    to: "preset: mackerel-container-agnt",
    finds: ["InvalidValue spec.sidecars[0].preset @ mackerel-container-agnt"],
    says: /did you mean "mackerel-container-agent"\?/,
  },
  "neither preset nor container": {
    from: '    - container:\n        name: jmx-exporter\n        image: public.ecr.aws/example/jmx-exporter:1.0.1\n        essential: false\n        memoryReservation: 64\n        portMappings:\n          - { containerPort: 9404, protocol: tcp }\n        environment:\n          - { name: TEAM, value: "${service.tags.team:-}" }\n',
    to: "    - { name: jmx-exporter, image: jmx }\n",
    finds: ["InvalidValue spec.sidecars[1] @ { name: jmx"],
    says: /either `preset` and `with`, or `container`/,
  },
  "a preset without its settings": {
    from: 'ignoreContainer: "^(mackerel-container-agent|log-router)$"',
    to: "ignoreContaner: x",
    finds: ["UnknownField spec.sidecars[0].with.ignoreContaner @ ignoreContaner"],
  },
  FireLens: {
    from: "driver: awslogs",
    to: "driver: awsfirelens",
    finds: ["NotSupportedYet spec.logging.driver @ awsfirelens"],
  },
  Retain: {
    from: "priority: 10",
    to: "deletionPolicy: Retain",
    finds: ["NotSupportedYet spec.deletionPolicy @ Retain"],
  },
  "an unknown kind in enforcement": {
    from: "priority: 10",
    to: "enforcement: { default: Enforce, TaskDefinitoin: Audit }",
    finds: ["UnknownField spec.enforcement.TaskDefinitoin @ TaskDefinitoin"],
    says: /did you mean "TaskDefinition"\?/,
  },
  "an unknown mode of enforcement": {
    from: "priority: 10",
    to: "enforcement: audit",
    finds: ["InvalidValue spec.enforcement @ audit"],
    says: /did you mean "Audit"\?/,
  },
  "a severity with a space": {
    from: 'warning: ["arn',
    to: '"warn ing": ["arn',
    finds: ['InvalidValue spec.notifications["warn ing"] @ "warn ing"'],
  },
  "another kind": {
    from: "kind: MonitoringPolicy",
    to: "kind: MonitoringPolcy",
    finds: ["UnknownKind kind @ MonitoringPolcy"],
    says: /did you mean "MonitoringPolicy"\?/,
  },
  "the controller's configuration": {
    from: "kind: MonitoringPolicy",
    to: "kind: OperatorConfig",
    finds: ["UnknownKind kind @ OperatorConfig"],
    says: /--config/,
  },
  "another version": {
    from: "ecsmon.dev/v1alpha1",
    to: "ecsmon.dev/v1",
    finds: ["UnknownVersion apiVersion @ ecsmon.dev/v1\n"],
    says: /use ecsmon.dev\/v1alpha1/,
  },
  "a duplicate key": {
    from: "threshold: 85",
    to: "threshold: 85\n      threshold: 90",
    finds: ["DuplicateKey - @ threshold: 90"],
    says: /stands twice, first on line \d+/,
  },
  __proto__: {
    from: "threshold: 85",
    to: "threshold: 85\n      __proto__: { a: b }",
    finds: ["InvalidYaml - @ __proto__"],
  },
  "a merge key": {
    from: "threshold: 85",
    to: "threshold: 85\n      <<: { period: 60 }",
    finds: ["InvalidYaml - @ <<"],
  },
  "an unknown tag": { from: "threshold: 85", to: "threshold: !env X", finds: ["InvalidYaml - @ !env"] },
  "an alias without an anchor": {
    from: "threshold: 85",
    to: "threshold: *limit",
    finds: ["InvalidYaml - @ *limit"],
  },
  "broken YAML": {
    from: 'clusters: ["prod-*"]',
    to: 'clusters: ["prod-*"',
    finds: ["InvalidYaml - @ services:"],
  },
  // From here on: what only the checks of meaning find.
  "two alarms of one name": {
    from: "- name: error-rate",
    to: "- name: cpu-high",
    finds: ["DuplicateName spec.alarms[2].name @ cpu-high\n      expression"],
    says: /stands twice in alarms, first on line/,
  },
  "an alarm with the name of a log metric's": {
    from: "- name: cpu-high",
    to: "- name: fatal",
    finds: ["DuplicateName spec.logMetrics[0].name @ fatal\n      pattern"],
  },
  "metric and expression": {
    from: "      expression: 100 * errors / MAX([requests, 1])",
    to: "      metric: { namespace: AWS/ECS, metricName: CPUUtilization, statistic: Sum }\n      expression: 100 * errors / MAX([requests, 1])",
    finds: ["InvalidValue spec.alarms[2].expression @ 100 * errors"],
    says: /both metric and expression/,
  },
  "an alarm on nothing": {
    from: "      metric: { namespace: AWS/ECS, metricName: CPUUtilization, statistic: Average }\n",
    to: "",
    finds: ["Incomplete spec.alarms[0] @ name: cpu-high"],
    says: /watches nothing/,
  },
  "an alarm without a threshold": {
    from: "      threshold: 85\n",
    to: "",
    finds: ["Incomplete spec.alarms[0] @ name: cpu-high"],
    says: /has no threshold; say when it fires/,
  },
  "an expression with an unknown metric": {
    from: "100 * errors /",
    to: "100 * (errors + eror) /",
    finds: ["UnknownMetric spec.alarms[2].expression @ 100 * (errors"],
    says: /names "eror", which is not in metrics; did you mean "errors"\?/,
  },
  "an expression with an open bracket": {
    from: "MAX([requests, 1])",
    to: "MAX([requests, 1]",
    finds: ["InvalidValue spec.alarms[2].expression @ 100 * errors"],
  },
  "a metric that is not used": {
    from: "100 * errors / MAX([requests, 1])",
    to: "100 * errors",
    finds: ["warning Unused spec.alarms[2].metrics.requests @ requests: {"],
  },
  "no statistic": {
    from: "metricName: CPUUtilization, statistic: Average }",
    to: "metricName: CPUUtilization }",
    finds: ["Incomplete spec.alarms[0].metric @ metric: { namespace: AWS/ECS"],
    says: /has no statistic/,
  },
  "an unknown statistic": {
    from: "statistic: p99\n",
    to: "statistic: p999\n",
    finds: ["InvalidValue spec.alarms[1].statistic @ p999"],
  },
  "a period between minutes": {
    from: "      period: 1m\n      evaluationPeriods: 5\n      datapointsToAlarm: 4",
    to: "      period: 90s\n      evaluationPeriods: 5\n      datapointsToAlarm: 4",
    finds: ["InvalidValue spec.alarms[0].period @ 90s"],
    says: /multiple of 60s; try 2m/,
  },
  "more than a day of minutes": {
    from: "evaluationPeriods: 1\n",
    to: "evaluationPeriods: 1441\n",
    finds: ["InvalidValue spec.logMetrics[0].alarm.evaluationPeriods @ 1441"],
  },
  "more datapoints than periods": {
    from: "datapointsToAlarm: 4",
    to: "datapointsToAlarm: 6",
    finds: ["InvalidValue spec.alarms[0].datapointsToAlarm @ 6\n"],
    says: /could never fire/,
  },
  "an unknown severity": {
    from: "threshold: 85\n      severity: warning",
    to: "threshold: 85\n      severity: warn1ng",
    finds: ["UnknownSeverity spec.alarms[0].severity @ warn1ng"],
    says: /did you mean "warning"\?/,
  },
  "a metric without dimensions of the service": {
    from: "namespace: AWS/ECS, metricName: CPUUtilization",
    to: "namespace: ECS/ContainerInsights, metricName: UnHealthyContainerHealthStatus",
    finds: ["InvalidValue spec.alarms[0].metric.metricName @ UnHealthyContainerHealthStatus"],
  },
  "an interval out of range": {
    from: "interval: 30s",
    to: "interval: 301",
    finds: ["InvalidValue spec.healthCheck.interval @ 301"],
    says: /301s is not between 5s and 300s/,
  },
  "a timeout as long as the interval": {
    from: "timeout: 5s",
    to: "timeout: 30s",
    finds: ["warning InvalidValue spec.healthCheck.timeout @ 30s\n    retries"],
  },
  "a command without CMD": {
    from: '["CMD-SHELL", "curl',
    to: '["curl',
    finds: ['InvalidValue spec.healthCheck.command[0] @ "curl'],
    says: /write "CMD-SHELL" and one shell line/,
  },
  "CMD-SHELL with words": {
    from: '["CMD-SHELL", "curl',
    to: '["CMD-SHELL", "exec", "curl',
    finds: ["InvalidValue spec.healthCheck.command @ command:"],
  },
  "a retention that AWS does not offer": {
    from: "retention: 30d",
    to: "retention: 45d",
    finds: ["InvalidValue spec.logging.retention @ 45d"],
    says: /nearest it offers is 30d/,
  },
  "an unknown mode": {
    from: "mode: non-blocking",
    to: "mode: nonblocking",
    finds: ["InvalidValue spec.logging.options.mode @ nonblocking"],
  },
  "a buffer size in MB": {
    from: "max-buffer-size: 25m",
    to: "max-buffer-size: 25MB",
    finds: ["InvalidValue spec.logging.options.max-buffer-size @ 25MB"],
  },
  "a log option that has its own field": {
    from: "options: { mode",
    to: "options: { awslogs-group: x, mode",
    finds: ["InvalidValue spec.logging.options.awslogs-group @ x, mode"],
  },
  "optional terms beside plain ones": {
    from: '"?Fatal ?FATAL"',
    to: '"?Fatal FATAL"',
    finds: ['InvalidValue spec.logMetrics[0].pattern @ "?Fatal FATAL'],
    says: /\?Fatal is ignored beside FATAL/,
  },
  "an open pattern": {
    from: '"?Fatal ?FATAL"',
    to: "'{ $.level = \"fatal\" '",
    finds: ["InvalidValue spec.logMetrics[0].pattern @ '{ $.level"],
    says: /a "}" is missing/,
  },
  "dimensions of a text pattern": {
    from: '"?Fatal ?FATAL"',
    to: '"?Fatal ?FATAL"\n      dimensions: { path: $.path }',
    finds: ["InvalidValue spec.logMetrics[0].dimensions @ dimensions"],
  },
  "two sidecars of one name": {
    from: "name: jmx-exporter",
    to: "name: mackerel-container-agent",
    finds: ["DuplicateName spec.sidecars[1].container.name @ mackerel-container-agent\n        image"],
  },
  "an action that is no ARN": {
    from: '"arn:${partition}:sns:${region}:${account}:pager"',
    to: '"pager@example.com"',
    finds: ['InvalidValue spec.notifications.critical[0] @ "pager@example.com'],
  },
  "a shell variable": {
    from: "$${PORT:-8080}",
    to: "${PORT:-8080}",
    finds: ['UnknownTemplate spec.healthCheck.command[1] @ "curl'],
    says: /write \$\$\{PORT:-8080\}/,
  },
  "a misspelt template": {
    from: "group: /ecs/${cluster.name}/${service.name}",
    to: "group: /ecs/${cluster.nme}/${service.name}",
    finds: ["UnknownTemplate spec.logging.group @ /ecs/"],
    says: /did you mean \$\{cluster.name\}\?/,
  },
  "an open template": {
    from: "streamPrefix: ecs",
    to: "streamPrefix: ecs${region",
    finds: ["UnknownTemplate spec.logging.streamPrefix @ ecs${region"],
  },
  "the desired count where it would redeploy": {
    from: "streamPrefix: ecs",
    to: "streamPrefix: ecs${service.desiredCount}",
    finds: ["UnsafeTemplate spec.logging.streamPrefix @ ecs${service"],
  },
  "a tag for an image": {
    from: "jmx-exporter:1.0.1",
    to: "jmx-exporter:${service.tags.version}",
    finds: ["UnsafeTemplate spec.sidecars[1].container.image @ public.ecr.aws"],
  },
  "a tag for a secret": {
    from: "parameter/mackerel/api-key",
    to: "parameter/${service.tags.team:-x}",
    finds: ['UnsafeTemplate spec.sidecars[0].with.apiKey.valueFrom @ "arn:aws:ssm'],
  },
  "a tag in a command": {
    from: "localhost:$${PORT:-8080}",
    to: "localhost:${service.tags.port}",
    finds: ['UnsafeTemplate spec.healthCheck.command[1] @ "curl'],
  },
  "a tag for an action": {
    from: ':pager"',
    to: ':${service.tags.topic}"',
    finds: ['UnsafeTemplate spec.notifications.critical[0] @ "arn:'],
  },
  "a template in a selector": {
    from: 'clusters: ["prod-*"]',
    to: 'clusters: ["${region}-*"]',
    finds: ['UnsafeTemplate spec.selector.clusters[0] @ "${region}-*'],
  },
};

describe("a broken policy", () => {
  it.each(Object.entries(cases))("%s", (_, { from, to, finds, says }) => {
    const text = breakPolicy(from, to);
    const set = parseText(text);
    const expected = finds.map((find) => {
      const [head = "", mark = ""] = find.split(" @ ");
      return `${head} ${placeOf(text, mark)}`;
    });
    expect(summarise(set)).toEqual(expected);
    if (says !== undefined) expect(set.diagnostics[0]?.message).toMatch(says);
    const isInvalid = set.diagnostics.some(({ severity }) => severity === "error");
    expect(set.policies).toHaveLength(isInvalid ? 0 : 1);
    for (const { message } of set.diagnostics) expect(message).not.toMatch(/\.$|^[A-Z][a-z]+ /);
  });
});
