// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policies hold templates
// The whole policy language over any estate, by the real commands, against the sandbox: what has been applied leaves
// nothing to do from wherever it came, in whatever order AWS answers and the policies stand, and without policies the
// owner has his own back.
import fc from "fast-check";
import { expect, test } from "vitest";
import { strip } from "../scenarios/account-state.ts";
import { createBalancer, createService, currentTask } from "../scenarios/estate.ts";
import { type Any, useWorld } from "../scenarios/harness.ts";
import { putAlarm, useMackerel } from "../scenarios/reference-estate.ts";

const world = useWorld();
const flags = { asOf: new Date("2026-11-23T02:00:00Z"), maxDeletes: 500, maxRedeploys: 50 };

const bar = "comparison: GreaterThanThreshold, threshold: 1";
const cpu = `{ name: cpu, metric: { namespace: AWS/ECS, metricName: CPUUtilization, statistic: Average }, ${bar}, severity: page }`;
const role = '"arn:aws:iam::123456789012:role/q"';
const topics = (name: string): string =>
  `notifications: { page: ["arn:aws:sns:us-east-1:123456789012:${name}"] }`;
/** Sections, each as it stands in a policy's `spec`. */
const sections: readonly string[] = [
  `targetGroup: { healthCheck: { path: /a, interval: 15s } }`,
  `targetGroup: { healthCheck: { path: "/b?c=d", matcher: "200,204", healthyThreshold: 2 } }`,
  `deployment: { healthCheckGracePeriod: 90s }`,
  `deployment: { circuitBreaker: { enable: true, rollback: true }, rollbackOnAlarms: [cpu] }\nalarms: [${cpu}]`,
  `deployment: { rollbackOnAlarms: [running] }\nalarms: [{ name: running, preset: ecs-running-below-desired }]`,
  `queries: [{ name: errors, query: "stats count() as n", groups: [/own] }]`,
  `logging: { group: "/ecs/\${service.name}", retention: 30d }\nqueries: [{ name: rate, query: "stats count() as n", alarm: { aggregation: max(n), every: 5m, window: 5m, roleArn: ${role}, ${bar} } }]`,
  `events: [{ preset: task-stopped, severity: page }, { preset: deployment-failed, severity: page }]\n${topics("a")}`,
  `events: [{ name: mine, pattern: { source: [aws.ecs], detail-type: [x] }, targets: ["arn:aws:sns:us-east-1:123456789012:b"] }]`,
  `events: [{ preset: service-impaired, severity: page }]\n${topics("c")}`,
  `dashboard: true`,
  `dashboard: { widgets: [{ type: text, properties: { markdown: "\${service.name}" } }] }`,
  `alarms: [${cpu}, { name: both, composite: ALARM("cpu") OR ALARM("odd"), severity: page }, { name: odd, anomaly: { metric: { namespace: AWS/ECS, metricName: MemoryUtilization, statistic: Average }, band: 2 }, comparison: GreaterThanUpperThreshold }]`,
  `alarms: [{ name: cpu, preset: ecs-cpu-high, threshold: 70 }]\ncluster: { containerInsights: enhanced }`,
  `overrides: [{ selector: { services: [a] }, alarms: [{ name: cpu, threshold: 5 }], dashboard: false, deployment: { healthCheckGracePeriod: 5s } }]\nalarms: [${cpu}]\ndashboard: true`,
  `logging: { group: /own, retention: 90d }\nlogMetrics: [{ name: fatal, pattern: FATAL, alarm: { ${bar} } }]`,
  `mackerel: { monitors: [{ type: external, name: "\${service.name} of \${cluster.name}", url: "https://\${service.name}.example.com/" }] }`,
  `sidecars: [{ container: { name: side, image: "s:1", essential: false, memoryReservation: 32 } }]\nhealthCheck: { command: [CMD, "true"] }`,
];
const selectors = ["services: [a]", "clusters: [prod]", 'services: ["*", "!b"]', 'services: ["*"]'];
const attitudes = ["", "", "", "enforcement: Audit", "suspend: true", "enforcement: { EventRule: Audit }"];
const waiver = `---
apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringException
metadata: { name: waived }
spec:
  selector: { services: [a] }
  except: [alarms.cpu, events.task-stopped, dashboard, targetGroup]
  reason: load test
  expires: 2027-01-31
`;
const nobody = document("nobody", "dashboard: true", 'services: ["none"]');

function document(name: string, body: string, selector: string): string {
  const all = body.includes("notifications:") ? body : `${body}\n${topics("a")}`;
  const lines = all.split("\n").filter((line) => line !== "");
  return `---
apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: ${name} }
spec:
  selector: { ${selector} }
${lines.map((line) => `  ${line}\n`).join("")}`;
}

const policySet = fc
  .tuple(
    fc.array(
      fc.tuple(
        fc.constantFrom(...sections),
        fc.constantFrom(...selectors),
        fc.constantFrom(...attitudes),
        fc.nat(2),
      ),
      { minLength: 1, maxLength: 6 },
    ),
    fc.boolean(),
  )
  .map(([chosen, isWaived]) => {
    const documents = chosen.map(([body, selector, attitude, priority], index) =>
      document(`p${index}`, `${body}\npriority: ${priority}\n${attitude}`, selector),
    );
    return isWaived ? [...documents, waiver] : documents;
  });

const service = fc.record({
  cluster: fc.constantFrom("prod", "dev"),
  name: fc.constantFrom("a", "b", "c"),
  group: fc.constantFrom(undefined, "own", "shared"),
  controller: fc.constantFrom("ECS", "ECS", "ECS", "CODE_DEPLOY"),
  deployment: fc.constantFrom(
    undefined,
    { deploymentCircuitBreaker: { enable: true, rollback: false } },
    { alarms: { alarmNames: ["made-by-hand"], enable: true, rollback: false }, minimumHealthyPercent: 50 },
  ),
  grace: fc.constantFrom(undefined, 30),
  desiredCount: fc.constantFrom(0, 2),
});
type Estate = readonly (typeof service extends fc.Arbitrary<infer T> ? T : never)[];
const estate = fc.uniqueArray(service, {
  selector: ({ cluster, name }) => `${cluster}/${name}`,
  minLength: 1,
  maxLength: 4,
});

function seed(services: Estate): void {
  world.sandbox.control.clearFaults();
  world.sandbox.control.reset();
  useMackerel(world);
  for (const clusterName of ["prod", "dev"]) world.call("ecs", "CreateCluster", { clusterName });
  world.call("logs", "CreateLogGroup", { logGroupName: "/own", tags: { team: "x" } });
  world.call("logs", "PutRetentionPolicy", { logGroupName: "/own", retentionInDays: 365 });
  world.call("events", "PutRule", { Name: "ecsmon-by-hand", EventPattern: '{"source":["aws.ecs"]}' });
  world.call("logs", "PutQueryDefinition", { name: "ecsmon", queryString: "fields @message" });
  world.call("monitoring", "PutDashboard", { DashboardName: "ecsmon", DashboardBody: '{"widgets":[]}' });
  putAlarm(world, "made-by-hand");
  putAlarm(world, "ecsmon");
  const balancer = createBalancer(world, "front", "application");
  const shared = balancer("shared");
  for (const { cluster, name, group, controller, deployment, grace, desiredCount } of services) {
    const arn = group === "own" ? balancer(`${cluster}-${name}`) : shared;
    createService(world, cluster, name, { team: "x" }, group === undefined ? [] : [arn], {
      service: {
        desiredCount,
        deploymentController: { type: controller },
        ...(controller === "ECS" && deployment ? { deploymentConfiguration: deployment } : {}),
        ...(group === undefined || grace === undefined ? {} : { healthCheckGracePeriodSeconds: grace }),
      },
    });
  }
}

/** What is not ours, and what of ours is left. Log groups of our making stay, by design, without our tags. */
function ownersView(services: Estate): Any {
  const AlarmTypes = ["MetricAlarm", "CompositeAlarm", "LogAlarm"];
  const { MetricAlarms, CompositeAlarms, LogAlarms } = world.call("monitoring", "DescribeAlarms", {
    AlarmTypes,
  });
  const groups = world.call("elasticloadbalancing", "DescribeTargetGroups", {})["TargetGroups"];
  const ResourceArns = groups.map(({ TargetGroupArn }: Any) => TargetGroupArn);
  const logs = world.call("logs", "DescribeLogGroups", {})["logGroups"];
  return strip({
    services: services.map(({ cluster, name }) => {
      const [live] = world.call("ecs", "DescribeServices", { cluster, services: [name], include: ["TAGS"] })[
        "services"
      ];
      const { deploymentCircuitBreaker, alarms, ...rest } = live.deploymentConfiguration ?? {};
      const { taskDefinitionArn: _, revision: __, ...task } = currentTask(world, cluster, name);
      return {
        breaker: deploymentCircuitBreaker ?? { enable: false, rollback: false },
        alarms: alarms ?? { alarmNames: [], enable: false, rollback: false },
        rest,
        grace: live.healthCheckGracePeriodSeconds ?? 0,
        tags: live.tags,
        task,
      };
    }),
    clusters: world
      .call("ecs", "DescribeClusters", { clusters: ["prod", "dev"], include: ["SETTINGS", "TAGS"] })
      ["clusters"].map(({ settings, tags }: Any) => ({ settings, tags })),
    groups,
    groupTags: world.call("elasticloadbalancing", "DescribeTags", { ResourceArns })["TagDescriptions"],
    logs: logs
      .filter(({ logGroupName }: Any) => logGroupName === "/own")
      .map(({ retentionInDays }: Any) => retentionInDays),
    logTags: logs.flatMap(({ arn }: Any) =>
      Object.keys(
        world.call("logs", "ListTagsForResource", { resourceArn: arn.replace(/:\*$/, "") })["tags"],
      ).filter((key) => key.startsWith("ecsmon.dev/")),
    ),
    filters: world.call("logs", "DescribeMetricFilters", {})["metricFilters"],
    queries: world.call("logs", "DescribeQueryDefinitions", {})["queryDefinitions"],
    alarms: [...MetricAlarms, ...CompositeAlarms, ...LogAlarms],
    rules: world.call("events", "ListRules", {})["Rules"],
    dashboards: world.call("monitoring", "ListDashboards", {})["DashboardEntries"],
    monitors: world.call("mackerel", "ListMonitors", {})["monitors"],
  });
}

async function expectSettled(policies: string): Promise<void> {
  for (const mutate of [undefined, "reorder", "extra-fields", "absent-for-empty"] as const) {
    if (mutate !== undefined) world.sandbox.control.addFault({ action: { mutate } });
    const { json, stderr } = await world.plan(policies, flags);
    expect(json, stderr).toBeDefined();
    const open = json.changes.filter(({ enforcement }: Any) => enforcement === "Enforce");
    expect([open, json.unknown], mutate).toEqual([[], []]);
    world.sandbox.control.clearFaults();
  }
}

async function changesOf(policies: string): Promise<Any> {
  return (await world.plan(policies, flags)).json?.changes;
}

test("one apply settles it, also over what another left; without policies all is as it was", async () => {
  await fc.assert(
    fc.asyncProperty(estate, policySet, policySet, async (services, first, second) => {
      seed(services);
      const before = ownersView(services);
      for (const documents of [first, second]) {
        const policies = documents.join("");
        const turned = [...documents].reverse().join("");
        expect(await changesOf(turned)).toEqual(await changesOf(policies));
        const { json, stderr } = await world.apply(policies, flags);
        expect(json?.outcomes, stderr).toBeDefined();
        expect(json.outcomes.filter(({ result }: Any) => result !== "applied")).toEqual([]);
        await expectSettled(policies);
      }
      await world.apply(nobody, flags);
      await expectSettled(nobody);
      expect(ownersView(services)).toEqual(before);
    }),
    { seed: 42, numRuns: 25 },
  );
});
