// A table of services that each lack one thing, and exactly what is found for each: on the sandbox and on moto.
import { edge, ofService, ofTargets, type Parts, pager, topics, whole, worker } from "./audit-estate.ts";
import type { Any } from "./harness.ts";

export function with_(alarms: Parts["alarms"], over: Partial<Parts> = {}): Parts {
  return { ...whole, ...over, alarms: { ...whole.alarms, ...alarms } };
}

const logs = (options: Any, driver = "awslogs"): Any => ({
  logConfiguration: {
    logDriver: driver,
    options: {
      "awslogs-group": "/ecs/NAME",
      "awslogs-region": "us-east-1",
      "awslogs-stream-prefix": "ecs",
      ...options,
    },
  },
});

/** The names of services stand in their own log groups. What is `undefined` stays: it takes a field away. */
export function named<T>(name: string, value: T): T {
  const fill = (inner: Any): Any => {
    if (typeof inner === "string") return inner.replaceAll("/ecs/NAME", `/ecs/${name}`);
    if (Array.isArray(inner)) return inner.map(fill);
    if (typeof inner !== "object" || inner === null) return inner;
    return Object.fromEntries(Object.entries(inner).map(([key, each]) => [key, fill(each)]));
  };
  return fill(value);
}

const agent = (over: Any): Any => ({ ...whole.others[0], ...over });
const noActions = Object.fromEntries(
  Object.entries(whole.alarms).map(([key, alarm]) => [key, { ...alarm, AlarmActions: [] }]),
);
const math = (expression: string, metric: Any): Any => ({
  Metrics: [
    { Id: "e", Expression: expression, ReturnData: true },
    {
      Id: "m",
      MetricStat: {
        Metric: { Namespace: metric.Namespace, MetricName: metric.MetricName, Dimensions: metric.Dimensions },
        Period: 60,
        Stat: metric.Statistic,
      },
      ReturnData: false,
    },
  ],
});

const fewTasks = (expression: string): Any => ({
  ...math(expression, ofService("RunningTaskCount", "ECS/ContainerInsights")),
  ComparisonOperator: "LessThanThreshold",
});
const filter = (filterPattern: string): Any => ({
  filterName: "lines",
  filterPattern,
  metricTransformations: [{ metricName: "NAME-lines", metricNamespace: "App", metricValue: "1" }],
});
const variable = (name: string, value: string): Any => ({ environment: [{ name, value }] });

/** What a service is made of, and every code that is found for it. */
export const situations: readonly (readonly [name: string, parts: Parts, codes: readonly string[]])[] = [
  ["whole", whole, []],
  ["worker", worker, []],
  ["edge", edge, []],
  [
    "zero",
    { ...worker, alarms: {}, toldOfCrashes: false, service: { desiredCount: 0 } },
    ["ErrorMetricUnwatched"],
  ],
  [
    "codedeploy",
    {
      ...whole,
      toldOfDeployments: false,
      service: { deploymentController: { type: "CODE_DEPLOY" }, deploymentConfiguration: {} },
    },
    [],
  ],
  [
    "bluegreen-one-watched",
    { ...whole, balancer: "both" },
    ["NoUnhealthyAlarm", "No5xxAlarm", "NoLatencyAlarm"],
  ],
  [
    "ec2",
    {
      ...worker,
      task: { requiresCompatibilities: ["EC2"], networkMode: "bridge", cpu: undefined, memory: "512" },
      service: { launchType: "EC2", networkConfiguration: undefined },
    },
    [],
  ],
  [
    "external",
    {
      ...worker,
      toldOfDeployments: false,
      service: {
        deploymentController: { type: "EXTERNAL" },
        taskDefinition: undefined,
        launchType: undefined,
        networkConfiguration: undefined,
        deploymentConfiguration: undefined,
      },
    },
    [],
  ],
  [
    "daemon",
    {
      ...worker,
      task: { requiresCompatibilities: ["EC2"], networkMode: "host", cpu: undefined, memory: "512" },
      service: {
        launchType: "EC2",
        schedulingStrategy: "DAEMON",
        desiredCount: undefined,
        networkConfiguration: undefined,
      },
    },
    [],
  ],
  ["no-agent", { ...whole, others: [] }, ["NoAgent"]],
  [
    "statsd",
    { ...whole, others: [], app: { environment: [{ name: "STATSD_HOST", value: "10.0.0.1" }] } },
    [],
  ],
  [
    "otel",
    {
      ...whole,
      others: [],
      app: { environment: [{ name: "OTEL_EXPORTER_OTLP_ENDPOINT", value: "http://c" }] },
    },
    [],
  ],
  ["otel-exporter", { ...whole, others: [], app: variable("OTEL_METRICS_EXPORTER", "otlp") }, []],
  ["statsd-port", { ...whole, others: [], app: variable("STATSD_PORT", "8125") }, []],
  ["dogstatsd-port", { ...whole, others: [], app: variable("DD_DOGSTATSD_PORT", "8125") }, []],
  [
    "otel-off",
    {
      ...whole,
      others: [],
      app: {
        environment: [
          { name: "OTEL_EXPORTER_OTLP_ENDPOINT", value: "http://c" },
          { name: "OTEL_METRICS_EXPORTER", value: "none" },
        ],
      },
    },
    ["NoAgent"],
  ],
  [
    "exporter",
    { ...whole, others: [agent({ name: "x", image: "nginx/nginx-prometheus-exporter:1.4" })] },
    [],
  ],
  [
    "firelens-emf",
    {
      ...whole,
      others: [
        {
          name: "router",
          image: "public.ecr.aws/aws-observability/aws-for-fluent-bit:3",
          essential: true,
          firelensConfiguration: { type: "fluentbit" },
        },
      ],
      app: {
        logConfiguration: {
          logDriver: "awsfirelens",
          options: {
            Name: "cloudwatch_logs",
            region: "us-east-1",
            log_group_name: "/ecs/NAME",
            log_format: "json/emf",
          },
        },
      },
    },
    [],
  ],
  [
    "firelens-elsewhere",
    {
      ...with_({ logErrors: undefined }),
      logGroup: undefined,
      others: [
        ...whole.others,
        {
          name: "router",
          image: "public.ecr.aws/aws-observability/aws-for-fluent-bit:3",
          essential: true,
          firelensConfiguration: { type: "fluentbit" },
        },
      ],
      app: { logConfiguration: { logDriver: "awsfirelens", options: { Name: "datadog", Host: "x" } } },
    },
    [],
  ],
  ["agent-essential", { ...whole, others: [agent({ essential: true })] }, ["AgentEssential"]],
  [
    "agent-awaited",
    {
      ...whole,
      others: [agent({ healthCheck: { command: ["CMD", "/healthcheck"] } })],
      app: { dependsOn: [{ containerName: "adot", condition: "HEALTHY" }] },
    },
    ["AppWaitsForAgent"],
  ],
  [
    "agent-started-first",
    { ...whole, app: { dependsOn: [{ containerName: "adot", condition: "START" }] } },
    [],
  ],
  [
    "agent-latest",
    { ...whole, others: [agent({ image: "public.ecr.aws/aws-observability/aws-otel-collector:latest" })] },
    ["AgentUnpinned"],
  ],
  ["no-check", { ...whole, app: { healthCheck: undefined } }, ["NoHealthCheck"]],
  [
    "second-unchecked",
    {
      ...whole,
      others: [
        ...whole.others,
        { name: "side", image: "example.com/side:1", essential: true, ...logs({ mode: "blocking" }) },
      ],
    },
    ["NoHealthCheck"],
  ],
  [
    "second-unessential",
    {
      ...whole,
      others: [
        ...whole.others,
        { name: "side", image: "example.com/side:1", essential: false, ...logs({ mode: "blocking" }) },
      ],
    },
    [],
  ],
  ["check-cannot-run", { ...whole, app: { image: "gcr.io/distroless/java21:1" } }, ["HealthCheckCannotRun"]],
  [
    "matcher-wide",
    { ...whole, targetGroup: { Matcher: { HttpCode: "200-499" } } },
    ["TargetGroupAcceptsErrors"],
  ],
  [
    "targets-slow",
    {
      ...whole,
      targetGroup: { HealthCheckIntervalSeconds: 60, UnhealthyThresholdCount: 5 },
      service: { healthCheckGracePeriodSeconds: 300 },
    },
    ["TargetGroupSlow"],
  ],
  ["no-grace", { ...whole, service: { healthCheckGracePeriodSeconds: 0 } }, ["GracePeriodShort"]],
  [
    "grace-short",
    {
      ...whole,
      app: { healthCheck: { command: ["CMD", "/check"], startPeriod: 120 } },
    },
    ["GracePeriodShort"],
  ],
  ["no-breaker", { ...whole, service: { deploymentConfiguration: {} } }, ["NoCircuitBreaker"]],
  [
    "breaker-stays",
    {
      ...whole,
      service: { deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: false } } },
    },
    ["CircuitBreakerKeepsBroken"],
  ],
  ["crash-untold", { ...whole, toldOfCrashes: false }, ["TaskStoppedUntold"]],
  ["deploy-untold", { ...whole, toldOfDeployments: false }, ["DeploymentFailedUntold"]],
  [
    "rule-disabled",
    { ...whole, toldOfCrashes: false, rules: [{ state: "DISABLED", target: pager }] },
    ["TaskStoppedUntold"],
  ],
  ["rule-own", { ...whole, toldOfCrashes: false, rules: [{ state: "ENABLED", target: pager }] }, []],
  [
    "rule-unheard",
    { ...whole, toldOfCrashes: false, rules: [{ state: "ENABLED", target: topics.unheard }] },
    ["EventTopicDead"],
  ],
  [
    "insights-off",
    {
      ...whole,
      cluster: "dark",
      alarms: {
        ...whole.alarms,
        tasks: {
          ...ofService("LiveTaskCount"),
          ComparisonOperator: "LessThanThreshold",
          TreatMissingData: "breaching",
        },
      },
    },
    ["InsightsOff"],
  ],
  ["metric-off", { ...whole, cluster: "dark" }, ["InsightsOff", "AlarmMetricMissing"]],
  [
    "metric-enhanced",
    with_({ more: ofService("TaskCpuUtilization", "ECS/ContainerInsights") }),
    ["AlarmMetricMissing"],
  ],
  ["metric-misspelt", with_({ more: ofService("CPUUtilisation") }), ["AlarmMetricMissing"]],
  ["no-cpu", with_({ cpu: undefined }), ["NoCpuAlarm"]],
  [
    "cpu-wrong-dimensions",
    with_({ cpu: { ...ofService("CPUUtilization"), Dimensions: [{ Name: "ServiceName", Value: "NAME" }] } }),
    ["NoCpuAlarm"],
  ],
  [
    "cpu-scales-only",
    with_({
      cpu: {
        ...ofService("CPUUtilization"),
        AlarmActions: [
          "arn:aws:autoscaling:us-east-1:123456789012:scalingPolicy:1:resource/ecs/service/x:policyName/y",
        ],
      },
    }),
    ["NoCpuAlarm"],
  ],
  [
    "cpu-low",
    with_({ cpu: { ...whole.alarms["cpu"], ComparisonOperator: "LessThanThreshold" } }),
    ["NoCpuAlarm"],
  ],
  [
    "cpu-of-another-account",
    with_({
      cpu: {
        Metrics: math("m", ofService("CPUUtilization")).Metrics.map((one: Any) =>
          one.MetricStat === undefined ? one : { ...one, AccountId: "999999999999" },
        ),
      },
    }),
    ["NoCpuAlarm"],
  ],
  [
    "cpu-unused",
    with_({
      cpu: {
        Metrics: [
          ...math("other * 2", ofService("CPUUtilization")).Metrics,
          { ...math("", ofService("EBSFilesystemUtilization")).Metrics[1], Id: "other" },
        ],
      },
    }),
    ["NoCpuAlarm"],
  ],
  ["cpu-anomaly-of-insights", with_({ cpu: ofService("CpuUtilized", "ECS/ContainerInsights") }), []],
  ["no-memory", with_({ memory: undefined }), ["NoMemoryAlarm"]],
  ["no-tasks", with_({ tasks: undefined }), ["NoTaskAlarm"]],
  [
    "tasks-by-samples",
    with_({
      tasks: {
        ...ofService("CPUUtilization"),
        Statistic: "SampleCount",
        ComparisonOperator: "LessThanThreshold",
        TreatMissingData: "breaching",
      },
    }),
    [],
  ],
  [
    "tasks-blind",
    with_({ tasks: { ...whole.alarms["tasks"], TreatMissingData: "missing" } }),
    ["AlarmBlindWhenGone"],
  ],
  ["tasks-filled", with_({ tasks: fewTasks("FILL(m, 0)") }), []],
  ["tasks-filled-well", with_({ tasks: fewTasks("FILL(m, 100)") }), ["AlarmBlindWhenGone"]],
  [
    "tasks-many",
    with_({ tasks: { ...whole.alarms["tasks"], ComparisonOperator: "GreaterThanThreshold" } }),
    ["NoTaskAlarm"],
  ],
  ["no-unhealthy", with_({ unhealthy: undefined }), ["NoUnhealthyAlarm"]],
  ["no-unhealthy-nlb", { ...edge, alarms: { ...edge.alarms, unhealthy: undefined } }, ["NoUnhealthyAlarm"]],
  ["no-5xx", with_({ errors5xx: undefined }), ["No5xxAlarm"]],
  ["5xx-by-math", with_({ errors5xx: math("100 * m", ofTargets("HTTPCode_Target_5XX_Count")) }), []],
  [
    "5xx-of-all",
    with_({
      errors5xx: {
        ...ofTargets("HTTPCode_Target_5XX_Count"),
        Dimensions: [{ Name: "LoadBalancer", Value: "BALANCER" }],
      },
    }),
    ["No5xxAlarm"],
  ],
  [
    "5xx-of-own-balancer",
    with_(
      {
        errors5xx: {
          ...ofTargets("HTTPCode_Target_5XX_Count"),
          Dimensions: [{ Name: "LoadBalancer", Value: "BALANCER" }],
        },
      },
      { balancer: "own" },
    ),
    [],
  ],
  ["no-latency", with_({ latency: undefined }), ["NoLatencyAlarm"]],
  [
    "latency-nervous",
    with_({ latency: { ...whole.alarms["latency"], TreatMissingData: "breaching" } }),
    ["AlarmFiresWithoutTraffic"],
  ],
  ["no-actions", { ...whole, alarms: noActions }, ["AlarmWithoutActions"]],
  [
    "actions-off",
    with_({ memory: { ...whole.alarms["memory"], ActionsEnabled: false } }),
    ["AlarmWithoutActions"],
  ],
  [
    "composite-tells",
    {
      ...with_({ cpu: { ...whole.alarms["cpu"], AlarmActions: [] } }),
      composites: [{ AlarmName: "NAME any", AlarmRule: 'ALARM("NAME cpu")', AlarmActions: [pager] }],
    },
    [],
  ],
  [
    "topic-missing",
    with_({ memory: { ...whole.alarms["memory"], AlarmActions: [topics.missing] } }),
    ["AlarmTopicMissing"],
  ],
  [
    "topic-refuses",
    with_({ memory: { ...whole.alarms["memory"], AlarmActions: [topics.refusing] } }),
    ["AlarmTopicRefuses"],
  ],
  [
    "topic-unheard",
    with_({ memory: { ...whole.alarms["memory"], AlarmActions: [topics.unheard] } }),
    ["AlarmTopicUnheard"],
  ],
  [
    "no-driver",
    { ...with_({ logErrors: undefined }), logGroup: undefined, app: { logConfiguration: undefined } },
    ["NoLogDriver", "NoErrorSignal"],
  ],
  [
    "group-missing",
    { ...with_({ logErrors: undefined }), logGroup: undefined },
    ["LogGroupMissing", "NoErrorSignal"],
  ],
  ["no-retention", { ...whole, logGroup: { retention: undefined } }, ["NoRetention"]],
  ["mode-unstated", { ...whole, app: logs({ "max-buffer-size": "25m" }) }, ["LogModeUnstated"]],
  ["buffer-unstated", { ...whole, app: logs({ mode: "non-blocking" }) }, ["LogBufferUnstated"]],
  ["blocking", { ...whole, app: logs({ mode: "blocking" }) }, []],
  ["no-filter", { ...with_({ logErrors: undefined }), filter: undefined }, ["NoErrorSignal"]],
  [
    "filter-of-other-things",
    {
      ...with_({ logErrors: undefined }),
      filter: {
        filterName: "orders",
        filterPattern: '"order placed"',
        metricTransformations: [{ metricName: "orders", metricNamespace: "Shop", metricValue: "1" }],
      },
    },
    ["NoErrorSignal"],
  ],
  ...(
    [
      ["filter-booked", '"room booked"', "NoErrorSignal"],
      ["filter-200", "{ $.status = 200 }", "NoErrorSignal"],
      ["filter-no-errors", "-ERROR", "NoErrorSignal"],
      ["filter-500", "{ $.status >= 500 }", "ErrorMetricUnwatched"],
      ["filter-timeouts", '"timed out"', "ErrorMetricUnwatched"],
    ] as const
  ).map(
    ([name, pattern, code]) =>
      [name, { ...with_({ logErrors: undefined }), filter: filter(pattern) }, [code]] as const,
  ),
  [
    "log-alarm",
    {
      ...with_({ logErrors: undefined }),
      filter: undefined,
      logAlarms: [
        {
          AlarmName: "NAME fatal lines",
          ComparisonOperator: "GreaterThanThreshold",
          Threshold: 0,
          QueryResultsToEvaluate: 1,
          QueryResultsToAlarm: 1,
          AlarmActions: [pager],
          ScheduledQueryConfiguration: {
            QueryString: "filter @message like /FATAL/",
            LogGroupIdentifiers: ["/ecs/log-alarm"],
            ScheduledQueryRoleARN: "arn:aws:iam::123456789012:role/query",
            AggregationExpression: "count(*)",
            ScheduleConfiguration: { ScheduleExpression: "rate(5 minutes)", StartTimeOffset: 420 },
          },
        },
      ],
    },
    [],
  ],
  ["filter-unwatched", with_({ logErrors: undefined }), ["ErrorMetricUnwatched"]],
];
