// A plan made by hand in which every kind of line occurs once. What the renderers make of it stands in test/golden.
import { hashField, hashValues } from "../../../controller/core/layer-record.ts";
import type { Blocked, Change, Plan } from "../../../controller/model/plan.ts";

const account = "123456789012";
const pager = `arn:aws:sns:eu-central-1:${account}:pager`;

const quiet = {
  policies: ["web-baseline"],
  enforcement: "Enforce",
  impact: "none",
  deletes: 0,
  needs: [],
} as const;

function alarm(service: string, name: string, extra: Partial<Change> = {}): Change {
  const full = `ecsmon/prod/${service}/${name}`;
  return {
    ...quiet,
    id: full,
    action: "create",
    kind: "MetricAlarm",
    name: full,
    cluster: "prod",
    service,
    before: null,
    after: {
      AlarmName: full,
      Namespace: "AWS/ECS",
      MetricName: "CPUUtilization",
      Statistic: "Average",
      Period: 60,
      EvaluationPeriods: 5,
      DatapointsToAlarm: 3,
      ComparisonOperator: "GreaterThanThreshold",
      Threshold: 85,
      AlarmActions: [pager],
    },
    differences: [],
    ...extra,
  };
}

const written = hashField(["logConfiguration", "options", "mode"], "non-blocking");
const layer = JSON.stringify({
  v: 1,
  fields: { "logConfiguration.options.mode": { written, original: "was" } },
});
const environment = [{ name: "MACKEREL_CONTAINER_PLATFORM", value: "fargate" }];
const sidecarLabel = JSON.stringify({ v: 1, sidecar: true, written: hashValues({ environment }) ?? "" });

const oldApp = {
  name: "app",
  image: "example.com/app:1",
  environment: [{ name: "DB_PASSWORD", value: "hunter2" }],
  logConfiguration: { logDriver: "awslogs", options: { "awslogs-group": "secret-group" } },
};

const newApp = {
  ...oldApp,
  environment: [{ name: "DB_PASSWORD", value: "hunter3" }],
  healthCheck: { command: ["CMD-SHELL", "curl -fsS http://localhost:8080/healthz || exit 1"], interval: 30 },
  logConfiguration: {
    logDriver: "awslogs",
    options: { "awslogs-group": "secret-group", mode: "non-blocking" },
  },
  dockerLabels: { "ecsmon.dev/layer.ecsmon": layer, team: "shop" },
};

export const sidecar = {
  name: "mackerel-container-agent",
  image: "public.ecr.aws/mackerel/mackerel-container-agent:plugins",
  essential: false,
  memory: 128,
  environment,
  dockerLabels: { "ecsmon.dev/layer.ecsmon": sidecarLabel },
};

export const taskDefinition: Change = {
  ...quiet,
  id: "prod/web",
  action: "update",
  kind: "TaskDefinition",
  name: "web",
  cluster: "prod",
  service: "web",
  impact: "deployment",
  write: { taskDefinitionArn: "internal" },
  before: { family: "web", containerDefinitions: [oldApp] },
  after: { family: "web", containerDefinitions: [newApp, sidecar] },
  differences: [
    { path: "containerDefinitions[app].environment[DB_PASSWORD].value", before: "hunter2", after: "hunter3" },
    { path: "containerDefinitions[app].healthCheck.interval", before: null, after: 30 },
    {
      path: "containerDefinitions[app].healthCheck.command",
      before: null,
      after: newApp.healthCheck.command,
    },
    { path: "containerDefinitions[app].logConfiguration.options.mode", before: null, after: "non-blocking" },
    { path: "containerDefinitions[app].dockerLabels.ecsmon.dev/layer.ecsmon", before: null, after: layer },
    { path: "containerDefinitions[mackerel-container-agent]", before: null, after: sidecar },
  ],
};

const changes: readonly Change[] = [
  {
    ...quiet,
    id: "prod",
    action: "update",
    kind: "ClusterSettings",
    name: "prod",
    cluster: "prod",
    before: { cluster: "prod", settings: [{ name: "containerInsights", value: "disabled" }] },
    after: { cluster: "prod", settings: [{ name: "containerInsights", value: "enhanced" }] },
    differences: [{ path: "settings[containerInsights]", before: "disabled", after: "enhanced" }],
  },
  {
    ...quiet,
    id: "/ecs/prod/web",
    action: "create",
    kind: "LogGroup",
    name: "/ecs/prod/web",
    cluster: "prod",
    service: "web",
    before: null,
    after: { logGroupName: "/ecs/prod/web", retentionInDays: 30 },
    differences: [],
  },
  taskDefinition,
  {
    ...quiet,
    id: "/ecs/prod/web ecsmon/prod/web/fatal",
    action: "create",
    kind: "MetricFilter",
    name: "ecsmon/prod/web/fatal",
    cluster: "prod",
    service: "web",
    before: null,
    after: {
      logGroupName: "/ecs/prod/web",
      filterName: "ecsmon/prod/web/fatal",
      filterPattern: "?Fatal ?FATAL",
      metricTransformations: [{ metricName: "fatal", metricNamespace: "ecsmon/prod/web", metricValue: "1" }],
    },
    differences: [],
  },
  alarm("web", "cpu-high"),
  alarm("web", "error-rate", {
    after: {
      AlarmName: "ecsmon/prod/web/error-rate",
      Metrics: [
        { Id: "result", Expression: "100 * errors / MAX([requests, 1])", ReturnData: true },
        {
          Id: "errors",
          ReturnData: false,
          MetricStat: { Metric: { MetricName: "5XX" }, Period: 60, Stat: "Sum" },
        },
      ],
      EvaluationPeriods: 5,
      DatapointsToAlarm: 5,
      ComparisonOperator: "GreaterThanOrEqualToThreshold",
      Threshold: 5,
      AlarmActions: [],
      ActionsEnabled: false,
    },
  }),
  alarm("web", "memory-high", {
    action: "update",
    before: { Threshold: 80, AlarmActions: [] },
    after: { Threshold: 90, AlarmActions: [pager] },
    differences: [
      { path: "Threshold", before: 80, after: 90 },
      {
        path: "AlarmActions",
        before: [`${pager}-of-the-night-shift`, pager],
        after: [`${pager}-of-the-day-shift`, pager],
      },
      {
        path: "AlarmDescription",
        before: `Memory of the service is high. ${"It says more than a line can hold. ".repeat(3)}See runbook 1.`,
        after: `Memory of the service is high. ${"It says more than a line can hold. ".repeat(3)}See runbook 2.`,
      },
    ],
  }),
  alarm("batch", "cpu-high", { enforcement: "Audit" }),
  alarm("old", "cpu-high", {
    action: "delete",
    before: alarm("old", "cpu-high").after,
    after: null,
    deletes: 1,
    gone: true,
  }),
  {
    ...taskDefinition,
    id: "staging/api",
    name: "api",
    cluster: "staging",
    service: "api",
    before: { family: "api", containerDefinitions: [{ name: "app", image: "x" }, sidecar] },
    after: { family: "api", containerDefinitions: [{ name: "app", image: "x" }] },
    differences: [{ path: "containerDefinitions[mackerel-container-agent]", before: sidecar, after: null }],
    release: true,
    deletes: 1,
  },
  {
    ...quiet,
    id: "/shared",
    action: "update",
    kind: "LogGroup",
    name: "/shared\u001b[2K\u202elog",
    before: { retentionInDays: 90 },
    after: { retentionInDays: 30 },
    differences: [{ path: "retentionInDays", before: 90, after: 30 }],
    impact: "dataloss",
  },
];

function blocked(service: string, name: string, code: string, message: string): Blocked {
  return {
    kind: "MetricAlarm",
    name: `ecsmon/prod/${service}/${name}`,
    cluster: "prod",
    service,
    policies: ["web-baseline"],
    code,
    message,
  };
}

const guardMessage =
  "12 deletes are held back, because that is more than --max-deletes 10; creates and updates go on. If they are meant, let them through with --max-deletes 12";

export const samplePlan: Plan = {
  metadata: {
    owner: "ecsmon",
    region: "eu-central-1",
    account,
    sourceRevision: "sha256:0123456789ab",
    createdAt: "2026-11-22T09:00:00.000Z",
    asOf: "2026-12-24T00:00:00.000Z",
  },
  unchanged: 120,
  changes,
  unknown: [
    {
      kind: "MetricAlarm",
      cluster: "staging",
      code: "AccessDenied",
      message: "DescribeAlarms was denied: not authorized to perform cloudwatch:DescribeAlarms",
    },
    {
      kind: "Workload",
      cluster: "prod",
      service: "ledger",
      code: "Throttled",
      message: "DescribeServices was throttled",
    },
    {
      kind: "Workload",
      cluster: "prod",
      service: "mail",
      code: "Throttled",
      message: "DescribeServices was throttled",
    },
  ],
  blocked: [
    blocked("batch", "p99-latency", "NotApplicable", "no load balancer"),
    blocked("worker", "p99-latency", "NotApplicable", "no load balancer"),
    blocked("batch", "http-5xx", "NotApplicable", "no load balancer"),
    blocked("worker", "http-5xx", "NotApplicable", "no load balancer"),
    blocked("web", "disk", "Conflict", "threshold is 80 in a.yaml:12 and 90 in b.yaml:9, both of priority 0"),
    {
      kind: "TaskDefinition",
      name: "worker",
      cluster: "prod",
      service: "worker",
      policies: ["web-baseline"],
      code: "DeploymentInProgress",
      message: "a deployment is in progress",
    },
    ...Array.from({ length: 12 }, (_, index) =>
      blocked(index < 11 ? "ghost" : "web", `alarm-${index + 1}`, "DeleteGuard", guardMessage),
    ),
  ],
  diagnostics: [
    {
      severity: "warning",
      code: "ExpiredException",
      message: "expired on 2026-11-01; take it out",
      file: "policies/web.yaml",
      line: 12,
      column: 3,
      path: "spec.expires",
    },
    {
      severity: "warning",
      code: "GracePeriodTooShort",
      message:
        "prod/api, prod/web: the service's health check grace period, 60s, is shorter than what the check of container app takes: startPeriod 60s + interval 30s × retries 3 = 150s; a slow start may be stopped early",
    },
  ],
};

export const emptyPlan: Plan = { ...samplePlan, changes: [], blocked: [], unknown: [], diagnostics: [] };
