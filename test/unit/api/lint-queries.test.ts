// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policies hold templates
// Queries, monitors, dashboards and dimensions: what AWS or Mackerel would refuse, found at its place.
import { describe, expect, it } from "vitest";
import { readAggregation } from "../../../controller/api/lint/aggregation.ts";
import { parsePolicies } from "../../../controller/api/parse.ts";

const header = (name: string) =>
  `apiVersion: ecsmon.dev/v1alpha1\nkind: MonitoringPolicy\nmetadata: { name: ${name} }\nspec:\n  selector: { services: ["web"] }\n`;

/** `path: message`, warnings marked. */
function lint(...bodies: readonly string[]): string[] {
  const files = bodies.map((body, i) => ({ file: `${i}.yaml`, text: `${header(`p${i}`)}  ${body}\n` }));
  return parsePolicies(files).diagnostics.map(
    ({ severity, path, message }) => `${severity === "warning" ? "warning " : ""}${path}: ${message}`,
  );
}

describe("readAggregation", () => {
  it.each([
    "count(*)",
    "max(rate)",
    "AVG( duration )",
    "sum(`a b`)",
    "min(@ingestionTime) by @logStream",
    "count(*) by a, b.c, d, e, f | sort desc",
    "count(requestId)",
  ])("takes %s", (text) => {
    expect(readAggregation(text)).toBeUndefined();
  });

  it.each([
    ["", /write one function/],
    ["rate", /write one function/],
    ["maxx(rate)", /did you mean max\?/],
    ["percentile(rate, 99)", /use one of count, avg, sum, min, max/],
    ["avg(*)", /takes one field/],
    ["max(a, b)", /takes one field/],
    ["max(a), min(b)", /more than one aggregation/],
    ["max(a) by bin(5m)", /bin\(\) is not allowed/],
    ["count(*) by a, b, c, d, e, f", /6 fields after `by`; CloudWatch takes 5/],
    ["count(*) by a,,b", /is no field/],
    ["count(*) as n", /is not understood/],
    ["count(*) by a | sort up", /is not allowed/],
    ["count(*) by a | sort asc | limit 5", /is not allowed/],
    ["count(*) | sort desc", /nothing to sort/],
  ])("refuses %j", (text, problem) => {
    expect(readAggregation(text)).toMatch(problem);
  });
});

describe("queries", () => {
  const alarm = (more: string): string =>
    `queries: [{ name: q, query: "stats max(a) as a", alarm: { aggregation: max(a), roleArn: "arn:aws:iam::\${account}:role/r", comparison: GreaterThanThreshold, threshold: 1, ${more} } }]`;

  it.each(["", "every: 1h, window: 2h, delay: 2m", "evaluationPeriods: 100, datapointsToAlarm: 100"])(
    "takes an alarm with %j",
    (more) => {
      expect(lint(alarm(more))).toEqual([]);
    },
  );

  it.each([
    [
      "evaluationPeriods: 101",
      /evaluationPeriods: evaluationPeriods must be at most 100 for an alarm on a query, got 101/,
    ],
    ["evaluationPeriods: 2, datapointsToAlarm: 3", /datapointsToAlarm 3 is more than evaluationPeriods 2/],
    ["delay: 30s", /delay 30s is no whole number of minutes; try 1m/],
    ["window: 61", /window 61s is no whole number of minutes/],
    ["comparison: GreaterThanUpperThreshold", /only for an alarm with `anomaly`/],
    ["severity: x", /severity "x" is no key of notifications/],
  ])("refuses an alarm with %s", (more, message) => {
    const text = alarm(more).replace(
      more.startsWith("comparison") ? "comparison: GreaterThanThreshold, " : "\n",
      "",
    );
    expect(lint(text)).toEqual([expect.stringMatching(message)]);
  });

  it("takes what is given in two policies together", () => {
    expect(
      lint(alarm("").replace("threshold: 1, ", ""), "queries: [{ name: q, alarm: { threshold: 5 } }]"),
    ).toEqual([]);
    expect(
      lint(alarm("").replace("threshold: 1, ", ""), "queries: [{ name: q, alarm: { every: 5m } }]"),
    ).toEqual([expect.stringContaining("has no threshold in any policy")]);
  });

  it.each([
    ["queries: [{ name: q }]", /query "q" has no query; write one/],
    [
      'queries: [{ name: q, query: "stats a | stats b | stats c" }]',
      /3 stats commands; Logs Insights takes two/,
    ],
    [
      'queries: [{ name: q, query: x, groups: ["/ecs/${service.name}", "a b"] }]',
      /groups\[1\]: log group "a b" holds other/,
    ],
    [
      "queries: [{ name: q, query: x }, { name: q, query: y }]",
      /"q" stands twice in queries, first on line 6/,
    ],
    [
      `${alarm("")}\n  alarms: [{ name: q, preset: ecs-cpu-high }]`,
      /the alarm of query "q" has the name of the alarm on line 7/,
    ],
  ])("refuses %s", (text, message) => {
    expect(lint(text)).toEqual([expect.stringMatching(message)]);
  });
});

describe("the fields of an aggregation", () => {
  const lintOf = (query: string, aggregation: string): string[] =>
    lint(
      `queries: [{ name: q, query: '${query}', alarm: { aggregation: '${aggregation}', roleArn: "arn:aws:iam::1:role/r", comparison: GreaterThanThreshold, threshold: 1 } }]`,
    );

  it.each([
    ["stats sum(a) / count(*) as rate", "max(rate)"],
    [
      "filter @message like /a|b, (c/ | stats count(*) as n by bin(5m) as t, host | sort n desc",
      "max(n) by host",
    ],
    ["stats max(a) as `my rate`, min(b) by @logStream", "avg(`my rate`) by @logStream"],
    ["stats count(*) as n by host", "count(*)"],
    ["stats count(*) as n by host | stats max(n) as top", "max(top)"],
    ["fields rate", "max(ratee)"],
    ["stats count(*) as n | fields n * 2 as twice", "max(twice)"],
    ["stats count(*) as n by ${service.name}", "max(nn)"],
  ])("%s gives %s", (query, aggregation) => {
    expect(lintOf(query, aggregation)).toEqual([]);
  });

  it.each([
    ["stats sum(a) / count(*) as rate", "max(ratee)", /takes ratee, .* did you mean "rate"\?$/],
    ["stats count(*) as n by host | sort n desc", "max(n) by hosts", /takes hosts, .* did you mean "host"/],
    ["stats count(*) as n by host | stats max(n) as top", "max(n)", /takes n, .* "top"|one of top/],
  ])("%s does not give %s", (query, aggregation, message) => {
    const found = lintOf(query, aggregation);
    expect(found).toEqual([expect.stringMatching(message)]);
    expect(found[0]).toMatch(/^warning spec\.queries\[0\]\.alarm\.aggregation: /);
  });
});

describe("log metrics with regular expressions", () => {
  const metrics = (count: number, more = ""): string =>
    `logMetrics: [${Array.from({ length: count }, (_, i) => `{ name: m${i}, pattern: "%a${i}%"${more} }`).join(", ")}]`;

  it("are at most five for one group", () => {
    expect(lint(metrics(5))).toEqual([]);
    expect(lint(metrics(7))).toEqual([
      "warning spec.logMetrics[5].pattern: this is metric filter 6 with a regular expression for the service's log group, and CloudWatch takes 5; write its pattern without one",
    ]);
    expect(lint(metrics(6, ", group: /app"))).toEqual([expect.stringContaining("log group /app")]);
  });
});

describe("monitors", () => {
  const monitor = (text: string): string => `mackerel: { monitors: [{ ${text} }] }`;
  const host = "type: host, name: cpu, metric: cpu, operator: '>', warning: 60, duration: 3";

  it.each([
    host,
    "type: connectivity, name: c, alertStatusOnGone: WARNING",
    "type: service, name: s, service: S, metric: m, operator: <, critical: 1, duration: 3, missingDurationWarning: 20",
    "type: external, name: e, url: 'https://e.jp/', headers: [{ name: a, value: b }]",
    "type: expression, name: x, expression: 'avg(a)', operator: '>', critical: 0.5",
    "type: anomalyDetection, name: a, scopes: ['S:r'], warningSensitivity: normal",
    "type: query, name: q, query: 'a', legend: l, operator: '>', warning: 1, evaluateBackwardMinutes: 0",
  ])("takes %s", (text) => {
    expect(lint(monitor(text))).toEqual([]);
  });

  it.each([
    [host.replace("warning: 60, ", ""), /of type host has no warning or critical; Mackerel needs it/],
    [
      host.replace("metric: cpu, ", "").replace(", duration: 3", ""),
      /has no metric, no duration; Mackerel needs them/,
    ],
    [host.replace("'>'", "'>='"), /operator ">=" is unknown; did you mean ">"\?/],
    [`${host}, maxCheckAttempts: 11`, /maxCheckAttempts must be from 1 to 10, got 11/],
    [`${host}, notificationInterval: 5`, /notificationInterval must be at least 10, got 5/],
    [`${host}, scopes: x`, /scopes must be a list, got "x"/],
    [`${host}, isMute: sometimes`, /isMute must be true or false/],
    [
      `${host}, maxCheckAttemps: 3`,
      /^spec.*unknown field "maxCheckAttemps" of a monitor of type host; did you mean/,
    ],
    [`${host}, brandNew: 3`, /^warning .*unknown field "brandNew"/],
    [
      "type: service, name: s, service: S, metric: m, operator: <, critical: 1, duration: 3, missingDurationWarning: 25",
      /multiple of 10, got 25/,
    ],
  ])("refuses %s", (text, message) => {
    expect(lint(monitor(text))).toEqual([expect.stringMatching(message)]);
  });

  it("refuses one name twice", () => {
    expect(lint(`mackerel: { monitors: [{ ${host} }, { ${host} }] }`)).toEqual([
      expect.stringContaining('"cpu" stands twice in monitors, first on line 6'),
    ]);
  });
});

describe("dashboard", () => {
  const widget = (text: string): string => `dashboard: { widgets: [{ ${text} }] }`;

  it.each([
    "dashboard: true",
    "dashboard: { start: -PT6H, periodOverride: inherit, widgets: [] }",
    widget("type: metric, properties: { region: '${region}', metrics: [] }"),
    widget("type: text, x: 18, y: 0, width: 6, height: 2, properties: { markdown: '# ${service.name}' }"),
    widget("type: custom, properties: {}"),
  ])("takes %s", (text) => {
    expect(lint(text)).toEqual([]);
  });

  it.each([
    ["dashboard: { start: -PT6H }", /dashboard has no widgets/],
    ["dashboard: { widgets: {} }", /widgets must be a list/],
    ["dashboard: { widgets: [x] }", /a widget is a mapping/],
    ["dashboard: { start: yesterday, widgets: [] }", /start "yesterday" is no time/],
    ["dashboard: { periodOverride: no, widgets: [] }", /periodOverride "no" is unknown/],
    [
      `dashboard: { widgets: [${"{ type: custom, properties: {} },".repeat(501)}] }`,
      /501 widgets; CloudWatch takes 500/,
    ],
    [widget("properties: {}"), /"type" is missing/],
    [widget("type: text, properties: {}"), /"markdown" is missing/],
    [widget("type: text"), /"properties" is missing/],
    [widget("type: custom, properties: {}, x: 24, y: 0"), /x must be a whole number, from 0 to 23, got 24/],
    [widget("type: custom, properties: {}, x: 4"), /x without y/],
    [widget("type: custom, properties: {}, x: 20, y: 0"), /x 20 \+ width 6 is 26/],
    [
      widget("type: custom, properties: {}, widht: 4"),
      /unknown field "widht" of a widget; did you mean "width"/,
    ],
  ])("refuses %s", (text, message) => {
    expect(lint(text)).toEqual([expect.stringMatching(message)]);
  });
});

describe("metrics of AWS", () => {
  const alarm = (namespace: string, metricName: string, statistic = "Sum"): string =>
    `alarms: [{ name: a, metric: { namespace: ${namespace}, metricName: ${metricName}, statistic: ${statistic} }, comparison: GreaterThanThreshold, threshold: 1 }]`;

  it.each([
    [
      "AWS/ApplicationELB",
      "HTTPCode_Target_500_Count",
      /no metric .* did you mean "HTTPCode_Target_5XX_Count"/,
    ],
    ["AWS/ApplicationELB", "Zzz", /no metric "Zzz" that is known here; see the metrics/],
    ["AWS/NetworkELB", "RequestCount", /AWS\/NetworkELB publishes no metric "RequestCount"/],
    ["AWS/ApplicationElb", "RequestCount", /namespace "AWS\/ApplicationElb" .* "AWS\/ApplicationELB"/],
    ["ECS/ContainerInsight", "TaskCount", /did you mean "ECS\/ContainerInsights"/],
  ])("warns of %s %s", (namespace, metric, message) => {
    expect(lint(alarm(namespace, metric))).toEqual([expect.stringMatching(message)]);
    expect(lint(alarm(namespace, metric))[0]).toMatch(/^warning /);
  });

  it.each([
    ["AWS/ApplicationELB", "HTTP_Redirect_Count"],
    ["AWS/NetworkELB", "UnhealthyRoutingFlowCount"],
    ["AWS/ECR", "RepositoryPullCount"],
    ["AWS/EBS", "VolumeReadBytes"],
    ["Shop", "OrderCount"],
    ["AWS/ApplicationELB", "RequestCountPerTarget"],
  ])("takes %s %s", (namespace, metric) => {
    expect(lint(alarm(namespace, metric))).toEqual([]);
  });

  it("knows that RequestCountPerTarget is a sum", () => {
    expect(lint(alarm("AWS/ApplicationELB", "RequestCountPerTarget", "Average"))).toEqual([
      "warning spec.alarms[0].metric.statistic: RequestCountPerTarget means something as a Sum only, not as Average; write Sum",
    ]);
  });
});

describe("dimensions", () => {
  const alarm = (namespace: string, metricName: string, dimensions: string): string =>
    `alarms: [{ name: a, metric: { namespace: ${namespace}, metricName: ${metricName}, statistic: Sum, dimensions: { ${dimensions} } }, comparison: GreaterThanThreshold, threshold: 1 }]`;

  it.each([
    ["AWS/ECS", "CPUUtilization", "ServiceName: a, ClusterName: b"],
    ["AWS/ECS", "RequestCount", "DiscoveryName: a"],
    [
      "ECS/ContainerInsights",
      "UnHealthyContainerHealthStatus",
      "ClusterName: a, ServiceName: b, ContainerName: c",
    ],
    ["AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "LoadBalancer: a"],
    ["AWS/ECS", "BrandNewMetric", "Whatever: a"],
    ["My/Own", "CPUUtilization", "Whatever: a"],
  ])("takes %s %s by %s", (namespace, metric, dimensions) => {
    expect(lint(alarm(namespace, metric, dimensions))).toEqual([]);
  });

  it.each([
    [
      "AWS/ECS",
      "CPUUtilization",
      "ServiceName: a",
      /by ServiceName, so the alarm would see no data; give ClusterName, or ClusterName and ServiceName/,
    ],
    [
      "AWS/ECS",
      "CPUReservation",
      "ClusterName: a, ServiceName: b",
      /CPUReservation by ClusterName and ServiceName/,
    ],
    [
      "ECS/ContainerInsights",
      "UnHealthyContainerHealthStatus",
      "ClusterName: a, ServiceName: b",
      /UnHealthyContainerHealthStatus by ClusterName and ServiceName/,
    ],
    ["AWS/ApplicationELB", "UnHealthyHostCount", "TargetGroup: a", /give LoadBalancer and TargetGroup/],
    ["AWS/ApplicationELB", "RequestCount", "LoadBalancer: a, targetgroup: b", /did you mean "TargetGroup"\?/],
    ["AWS/ECS", "CPUUtilization", "", /CPUUtilization by no dimensions/],
  ])("refuses %s %s by %s", (namespace, metric, dimensions, message) => {
    expect(lint(alarm(namespace, metric, dimensions))).toEqual([expect.stringMatching(message)]);
  });
});
