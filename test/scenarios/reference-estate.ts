// The reference policy, every section once, in an account that it fits: for scenarios about all kinds at once. What
// the owner had set before us stands there, so that it can be told whether it comes back.
import { readFileSync } from "node:fs";
import { strip } from "./account-state.ts";
import { createBalancer, createService, currentTask } from "./estate.ts";
import type { Any, Flags, World } from "./harness.ts";

const reference = readFileSync("test/golden/api/reference-policy.yaml", "utf8");
const everybody = 'services: ["*", "!batch-*"]';

/** A Monday morning in Tokyo: inside the policy's window, before its exception expires. */
export const flags = {
  asOf: new Date("2026-11-23T02:00:00Z"),
  maxRedeploys: 50,
  maxDeletes: 500,
} satisfies Flags;

/** What the reference policy has, sorted: every kind there is. */
export const allKinds = [
  "ClusterSettings",
  "CompositeAlarm",
  "Dashboard",
  "EventRule",
  "LogAlarm",
  "LogGroup",
  "MackerelMonitor",
  "MetricAlarm",
  "MetricFilter",
  "QueryDefinition",
  "Service",
  "TargetGroup",
  "TaskDefinition",
];

/** Applied first; then a change of every kind that also lets go of `worker` and of one item of each list. */
export const policies = {
  first: reference,
  change: edit(
    [everybody, 'services: ["*", "!batch-*", "!worker"]'],
    ["containerInsights: enhanced", "containerInsights: enabled"],
    ["jmx-exporter:1.0.1", "jmx-exporter:1.0.2"],
    ["path: /healthz, matcher", "path: /ready, matcher"],
    ["healthCheckGracePeriod: 90s", "healthCheckGracePeriod: 120s"],
    ["rollbackOnAlarms: [http-5xx]", "rollbackOnAlarms: [cpu-high]"],
    ["    - preset: task-stopped\n      severity: warning\n", ""],
    ["threshold: 85", "threshold: 80"],
    ["band: 3", "band: 2"],
    ['ALARM("http-5xx") OR ALARM("p99-latency")', 'ALARM("http-5xx") AND ALARM("p99-latency")'],
    ["retention: 30d", "retention: 60d"],
    ["pattern: '?Fatal ?FATAL'", "pattern: '?Fatal ?FATAL ?fatal'"],
    ["like /Fatal/", "like /fatal/"],
    ["every: 5m", "every: 10m"],
    [
      "dashboard: true",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the policy language's own template
      'dashboard: { widgets: [{ type: text, properties: { markdown: "${service.name}" } }] }',
    ],
    ["responseTimeCritical: 3000", "responseTimeCritical: 2000"],
  ),
  removal: edit([everybody, 'services: ["none-*"]']),
};
export type Stage = keyof typeof policies;

/** @throws if the reference policy has no such text any more: then a change would change nothing. */
function edit(...changes: readonly (readonly [from: string, to: string])[]): string {
  let text = reference;
  for (const [from, to] of changes) {
    if (!text.includes(from)) throw new Error(`the reference policy has no ${JSON.stringify(from)}`);
    text = text.replace(from, () => to);
  }
  return text;
}

export const services = ["web", "checkout", "worker"];

/** Until the world is left, whose end gives the environment back. */
export function useMackerel(world: World): void {
  process.env["MACKEREL_APIBASE"] = `${world.sandbox.endpoint}/_mackerel`;
  process.env["MACKEREL_APIKEY"] = "sandbox";
}

export function seedReference(world: World): void {
  useMackerel(world);
  world.call("ecs", "CreateCluster", { clusterName: "prod-a", tags: [{ key: "env", value: "prod" }] });
  const balancer = createBalancer(world, "front", "application");
  const tags = { tier: "web", product: "shop" };
  putAlarm(world, "made-by-hand");
  const deploymentConfiguration = {
    minimumHealthyPercent: 50,
    maximumPercent: 200,
    deploymentCircuitBreaker: { enable: true, rollback: false },
    alarms: { alarmNames: ["made-by-hand"], enable: true, rollback: false },
  };
  createService(world, "prod-a", "web", tags, [balancer("web")], {
    app: { healthCheck: { command: ["CMD", "own"] } },
    service: { deploymentConfiguration, healthCheckGracePeriodSeconds: 30 },
  });
  createService(world, "prod-a", "checkout", tags, [balancer("checkout")]);
  createService(world, "prod-a", "worker", tags);
  createService(world, "prod-a", "batch-1", tags);
  const [group] = world.call("elasticloadbalancing", "DescribeTargetGroups", { Names: ["web"] })[
    "TargetGroups"
  ];
  const TargetGroupArn = group.TargetGroupArn;
  world.call("elasticloadbalancing", "ModifyTargetGroup", {
    TargetGroupArn,
    HealthCheckPath: "/own",
    HealthCheckIntervalSeconds: 60,
  });
  const logGroupName = "/ecs/prod-a/web";
  world.call("logs", "CreateLogGroup", { logGroupName, tags: { team: "shop" } });
  world.call("logs", "PutRetentionPolicy", { logGroupName, retentionInDays: 14 });
  world.sandbox.control.clearCalls();
}

export function putAlarm(world: Pick<World, "call">, AlarmName: string, input: Any = {}): void {
  world.call("monitoring", "PutMetricAlarm", {
    AlarmName,
    Namespace: "AWS/ECS",
    MetricName: "CPUUtilization",
    Statistic: "Average",
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: "GreaterThanThreshold",
    ...input,
  });
}

/** Everything of the account but numbers of revisions and log groups of our making, as its owner sees it. */
export function ownersView(world: World): Any {
  const describe = (name: string): Any =>
    world.call("ecs", "DescribeServices", { cluster: "prod-a", services: [name], include: ["TAGS"] })[
      "services"
    ][0];
  const { clusters } = world.call("ecs", "DescribeClusters", {
    clusters: ["prod-a"],
    include: ["SETTINGS", "TAGS"],
  });
  const groups = world.call("elasticloadbalancing", "DescribeTargetGroups", {})["TargetGroups"];
  const ResourceArns = groups.map(({ TargetGroupArn }: Any) => TargetGroupArn);
  const AlarmTypes = ["MetricAlarm", "CompositeAlarm", "LogAlarm"];
  const { MetricAlarms, CompositeAlarms, LogAlarms } = world.call("monitoring", "DescribeAlarms", {
    AlarmTypes,
  });
  return strip({
    clusters: clusters.map(({ settings, tags }: Any) => ({ settings, tags })),
    services: [...services, "batch-1"].map((name) => {
      const { deploymentConfiguration, healthCheckGracePeriodSeconds, tags } = describe(name);
      const {
        taskDefinitionArn: _,
        revision: __,
        registeredAt: ___,
        ...task
      } = currentTask(world, "prod-a", name);
      const { deploymentCircuitBreaker, alarms, ...rest } = deploymentConfiguration;
      return {
        name,
        // What is off, and what was never set, are one.
        breaker: deploymentCircuitBreaker ?? { enable: false, rollback: false },
        alarms: alarms ?? { alarmNames: [], enable: false, rollback: false },
        rest,
        grace: healthCheckGracePeriodSeconds ?? 0,
        tags,
        task,
      };
    }),
    groups,
    groupTags: world.call("elasticloadbalancing", "DescribeTags", { ResourceArns })["TagDescriptions"],
    logs: world
      .call("logs", "DescribeLogGroups", {})
      ["logGroups"].filter(({ logGroupName }: Any) => logGroupName === "/ecs/prod-a/web")
      .map(({ retentionInDays, arn }: Any) => ({
        retentionInDays,
        tags: world.call("logs", "ListTagsForResource", { resourceArn: arn.replace(/:\*$/, "") })["tags"],
      })),
    filters: world.call("logs", "DescribeMetricFilters", {})["metricFilters"],
    queries: world.call("logs", "DescribeQueryDefinitions", {})["queryDefinitions"],
    alarms: [...MetricAlarms, ...CompositeAlarms, ...LogAlarms],
    rules: world.call("events", "ListRules", {})["Rules"],
    dashboards: world.call("monitoring", "ListDashboards", {})["DashboardEntries"],
    monitors: world.call("mackerel", "ListMonitors", {})["monitors"],
  });
}
