// A look at a few named services: it says of them what a look at the whole account says, in a handful of calls.
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { createRevisionCache } from "../../controller/aws/revision-cache.ts";
import { serviceKey } from "../../controller/core/names.ts";
import { seedEstate as seedLarge } from "../../controller/sandbox/seed-estate.ts";
import { account, createBalancer, createService, currentTask } from "./estate.ts";
import { type Any, tally, useWorld } from "./harness.ts";
import { changesOf, nobody, saidOf, useLooker } from "./look.ts";
import { flags, policies, putAlarm, seedReference } from "./reference-estate.ts";

const world = useWorld();
const looker = useLooker(world);
const web = "prod-a/web";

const simple = `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: simple }
spec:
  selector: { services: ["*"] }
  alarms:
    - { name: cpu-high, preset: ecs-cpu-high }
`;

describe("what it costs", () => {
  const everything = `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: large }
spec:
  selector: { clusters: ["prod-*"] }
  alarms:
    - { name: cpu-high, preset: ecs-cpu-high }
    - { name: memory-high, preset: ecs-memory-high }
    - { name: any, composite: 'ALARM("cpu-high") OR ALARM("memory-high")' }
  logging: { group: "/ecs/\${cluster.name}/\${service.name}", streamPrefix: ecs, retention: 30d }
  targetGroup: { healthCheck: { path: /healthz } }
  deployment: { healthCheckGracePeriod: 60s }
  logMetrics:
    - { name: fatal, pattern: Fatal }
  queries:
    - { name: slow, query: "fields @message" }
  dashboard: true
`;

  async function countCalls(services: number): Promise<Record<string, number>> {
    world.sandbox.control.reset();
    seedLarge(world.call, { account, region: "us-east-1" }, services);
    const key = "prod-a/web-0003";
    const revisions = createRevisionCache();
    await looker.carryOut(await looker.focused(everything, [key], nobody));
    await looker.focused(everything, [key], nobody, {}, { revisions });
    const idle = await looker.focused(everything, [key], nobody, {}, { revisions });
    expect(idle.plan).toMatchObject({ changes: [], unknown: [], blocked: [], unchanged: 10 });
    return tally(looker.calls(), (operation) => operation);
  }

  test("is a handful of calls, and the same in an estate of thirty services and of three hundred", async () => {
    const [few, many] = [await countCalls(30), await countCalls(300)];
    expect(many).toEqual(few);
    expect(many).toEqual({
      DescribeServices: 1,
      DescribeTargetGroups: 1,
      DescribeTags: 1,
      DescribeAlarms: 1,
      DescribeMetricFilters: 1,
      DescribeQueryDefinitions: 1,
      DescribeLogGroups: 1,
      ListTagsForResource: 1,
      DescribeClusters: 1,
      ListDashboards: 1,
      GetDashboard: 1,
    });
  });

  test("ten services of a cluster are described in one call", async () => {
    seedLarge(world.call, { account, region: "us-east-1" }, 30);
    const keys = Array.from({ length: 10 }, (_, index) => `prod-a/web-000${index}`);
    const found = await looker.focused(simple, keys, nobody);
    expect(found.services.map(({ cluster, service }) => serviceKey(cluster, service))).toEqual(keys);
    expect(looker.calls().filter((operation) => operation === "DescribeServices")).toHaveLength(1);
    expect(looker.calls()).not.toContain("ListServices");
    expect(looker.calls()).not.toContain("ListClusters");
  });
});

describe("what it says", () => {
  beforeEach(async () => {
    seedReference(world);
    const { code, stdout } = await world.apply(policies.first, flags);
    expect(code, stdout).toBe(0);
  });

  const options = { asOf: flags.asOf };

  /** Both looks at the world as it is, and what they say of `web`. */
  async function both(
    policy: string = policies.first,
  ): Promise<{ whole: unknown; focused: unknown; changes: Any[] }> {
    const whole = await looker.full(policy, options);
    const focused = await looker.focused(policy, [web], whole, options);
    return { whole: saidOf(whole, web), focused: saidOf(focused, web), changes: changesOf(focused, web) };
  }

  test("nothing, where nothing has drifted", async () => {
    const { whole, focused, changes } = await both();
    expect(changes).toEqual([]);
    expect(focused).toEqual(whole);
  });

  for (const [name, { kind, drift }] of Object.entries(drifts()))
    test(`the same as a look at everything: ${name}`, async () => {
      drift();
      const { whole, focused, changes } = await both();
      expect(changes.map((change) => change.kind)).toContain(kind);
      expect(focused).toEqual(whole);
    });

  test("the same when the policy changes every kind", async () => {
    const { whole, focused, changes } = await both(policies.change);
    expect(changes.length).toBeGreaterThan(8);
    expect(focused).toEqual(whole);
  });

  test("the same of a service that no policy wants any more", async () => {
    const gone = policies.first.replace("tags: { tier: web }", "tags: { tier: none }");
    const { whole, focused, changes } = await both(gone);
    expect(changes.some(({ release }) => release === true)).toBe(true);
    expect(focused).toEqual(whole);
  });

  test("the same for whatever has drifted", async () => {
    const names = Object.keys(drifts());
    await fc.assert(
      fc.asyncProperty(fc.subarray(names, { minLength: 1 }), async (chosen) => {
        for (const name of chosen) drifts()[name]?.drift();
        const { whole, focused } = await both();
        expect(focused).toEqual(whole);
        await looker.carryOut(await looker.full(policies.first, options));
      }),
      { numRuns: 12 },
    );
  });

  test("what is carried out of it leaves nothing to do", async () => {
    for (const name of ["an alarm", "a metric filter", "a dashboard", "a query"]) drifts()[name]?.drift();
    const whole = await looker.full(policies.first, options);
    await looker.carryOut(await looker.focused(policies.first, [web], whole, options));
    expect((await looker.full(policies.first, options)).plan.changes).toEqual([]);
  });

  test.each([
    ["monitoring", "DescribeAlarms", "MetricAlarm"],
    ["logs", "DescribeMetricFilters", "MetricFilter"],
    ["logs", "DescribeLogGroups", "LogGroup"],
    ["logs", "DescribeQueryDefinitions", "QueryDefinition"],
    ["monitoring", "ListDashboards", "Dashboard"],
    ["elasticloadbalancing", "DescribeTags", "TargetGroup"],
    ["ecs", "DescribeTaskDefinition", "TaskDefinition"],
    ["ecs", "DescribeServices", "Workload"],
  ])("a failed %s %s is unknown, and nothing of it is changed", async (service, operation, kind) => {
    const whole = await looker.full(policies.first, options);
    for (const { drift } of Object.values(drifts())) drift();
    world.sandbox.control.addFault({ service, operation, action: "denied" });
    const { plan } = await looker.focused(policies.first, [web], whole, options);
    expect(plan.unknown.map((one) => one.kind)).toContain(kind);
    expect(plan.changes.map((change) => change.kind)).not.toContain(kind);
  });

  /** Something of `web` that is not as the reference policy has it, by hand. */
  function drifts(): Record<string, { readonly kind: string; readonly drift: () => void }> {
    const name = (item: string): string => `ecsmon/prod-a/web/${item}`;
    const change = (service: string, operation: string, input: Any) => () =>
      void world.call(service, operation, input);
    return {
      "an alarm": {
        kind: "MetricAlarm",
        drift: change("monitoring", "DeleteAlarms", { AlarmNames: [name("cpu-high")] }),
      },
      "an alarm that nobody asked for": {
        kind: "MetricAlarm",
        drift: () => putAlarm(world, name("old")),
      },
      "a composite alarm": {
        kind: "CompositeAlarm",
        drift: change("monitoring", "PutCompositeAlarm", {
          AlarmName: name("user-facing"),
          AlarmRule: `ALARM("${name("http-5xx")}")`,
        }),
      },
      "a log alarm": {
        kind: "LogAlarm",
        drift: change("monitoring", "DeleteAlarms", { AlarmNames: [name("error-rate")] }),
      },
      "a metric filter": {
        kind: "MetricFilter",
        drift: change("logs", "DeleteMetricFilter", {
          logGroupName: "/ecs/prod-a/web",
          filterName: name("fatal"),
        }),
      },
      "the retention of the log group": {
        kind: "LogGroup",
        drift: change("logs", "PutRetentionPolicy", { logGroupName: "/ecs/prod-a/web", retentionInDays: 7 }),
      },
      "a query": {
        kind: "QueryDefinition",
        drift: () => {
          const { queryDefinitions } = world.call("logs", "DescribeQueryDefinitions", {
            queryDefinitionNamePrefix: name("fatal-per-minute"),
          });
          for (const { queryDefinitionId } of queryDefinitions)
            world.call("logs", "DeleteQueryDefinition", { queryDefinitionId });
        },
      },
      "a dashboard": {
        kind: "Dashboard",
        drift: change("monitoring", "DeleteDashboards", {
          DashboardNames: ["ecsmon__prod-a__web__us-east-1"],
        }),
      },
      "the health check of the target group": {
        kind: "TargetGroup",
        drift: () => {
          const { TargetGroups } = world.call("elasticloadbalancing", "DescribeTargetGroups", {
            Names: ["web"],
          });
          const { TargetGroupArn } = TargetGroups[0];
          world.call("elasticloadbalancing", "ModifyTargetGroup", {
            TargetGroupArn,
            HealthCheckPath: "/by-hand",
          });
        },
      },
      "the grace period": {
        kind: "Service",
        drift: change("ecs", "UpdateService", {
          cluster: "prod-a",
          service: "web",
          healthCheckGracePeriodSeconds: 7,
        }),
      },
      "the task definition": {
        kind: "TaskDefinition",
        drift: () => {
          const {
            taskDefinitionArn: _,
            revision: __,
            registeredAt: ___,
            ...task
          } = currentTask(world, "prod-a", "web");
          const containerDefinitions = task.containerDefinitions.filter(
            (container: Any) => container.name !== "jmx-exporter",
          );
          const made = world.call("ecs", "RegisterTaskDefinition", {
            family: "prod-a-web",
            networkMode: "awsvpc",
            requiresCompatibilities: ["FARGATE"],
            cpu: task.cpu,
            memory: task.memory,
            executionRoleArn: task.executionRoleArn,
            containerDefinitions,
          });
          const taskDefinition = made["taskDefinition"].taskDefinitionArn;
          world.call("ecs", "UpdateService", { cluster: "prod-a", service: "web", taskDefinition });
        },
      },
      "a monitor in Mackerel": {
        kind: "MackerelMonitor",
        drift: () => {
          for (const { id, name: title } of world.call("mackerel", "ListMonitors", {})["monitors"])
            if (title.startsWith("web ")) world.call("mackerel", "DeleteMonitor", { monitorId: id });
        },
      },
    };
  }
});

describe("what others have a say in", () => {
  const shop = (extra: string): string => `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: shop }
spec:
  selector: { services: ["*"] }
${extra}`;
  const logging = (retention: string): string =>
    shop(`  logging: { group: /shop, streamPrefix: ecs, retention: ${retention} }
  logMetrics:
    - { name: fatal, pattern: Fatal }`);

  beforeEach(() => world.call("ecs", "CreateCluster", { clusterName: "prod-a" }));

  test("a shared log group is left alone, and counts as standing for what is in it", async () => {
    for (const name of ["web", "api"]) createService(world, "prod-a", name, {});
    const policy = logging("30d");
    const before = await looker.full(policy);
    expect(before.sharedBy.get("LogGroup//shop")).toEqual(["prod-a/api", "prod-a/web"]);
    const focused = await looker.focused(policy, [web], before);
    const kinds = focused.plan.changes.map(({ kind }) => kind).sort();
    expect(kinds).toEqual(["MetricFilter", "TaskDefinition"]);
    expect(focused.plan).toMatchObject({ unknown: [], blocked: [] });
    // Both of them see the whole of it.
    const both = await looker.focused(policy, [web, "prod-a/api"], before);
    expect(both.plan.changes.map(({ kind }) => kind)).toContain("LogGroup");
  });

  test("a shared log group is not released by a service that leaves it", async () => {
    for (const name of ["web", "api"]) createService(world, "prod-a", name, {});
    const policy = logging("30d");
    await looker.carryOut(await looker.full(policy));
    const before = await looker.full(policy);
    const only = policy.replace('services: ["*"]', "services: [api]");
    const focused = await looker.focused(only, [web], before);
    expect(focused.plan.changes.map(({ kind, release }) => [kind, release])).toEqual([
      ["MetricFilter", true],
      ["TaskDefinition", true],
    ]);
  });

  test("a target group of two services is left alone", async () => {
    const balancer = createBalancer(world, "front", "application");
    const group = balancer("web");
    for (const name of ["web", "api"]) createService(world, "prod-a", name, {}, [group]);
    const policy = shop("  targetGroup: { healthCheck: { path: /ready } }");
    const before = await looker.full(policy);
    expect(before.plan.changes.map(({ kind }) => kind)).toEqual(["TargetGroup"]);
    expect((await looker.focused(policy, [web], before)).plan).toMatchObject({ changes: [], unknown: [] });
    const both = await looker.focused(policy, [web, "prod-a/api"], before);
    expect(both.plan.changes.map(({ kind }) => kind)).toEqual(["TargetGroup"]);
  });

  test("a family that another service runs gets no revision", async () => {
    for (const name of ["web", "api"]) createService(world, "prod-a", name, {});
    world.call("ecs", "UpdateService", { cluster: "prod-a", service: "api", taskDefinition: "prod-a-web" });
    const policy = shop("  healthCheck: { command: [CMD, check] }");
    const before = await looker.full(policy);
    expect(before.plan.blocked.map(({ code }) => code)).toEqual(["SharedFamily", "SharedFamily"]);
    expect((await looker.focused(policy, [web], before)).plan).toMatchObject({ changes: [], unknown: [] });
  });

  test("an alarm that another service's deployments are judged by stays", async () => {
    for (const name of ["web", "api"]) createService(world, "prod-a", name, {});
    const policy = shop("  alarms:\n    - { name: cpu-high, preset: ecs-cpu-high }");
    await looker.carryOut(await looker.full(policy));
    const deploymentConfiguration = {
      alarms: { alarmNames: ["ecsmon/prod-a/web/cpu-high"], enable: true, rollback: true },
    };
    world.call("ecs", "UpdateService", { cluster: "prod-a", service: "api", deploymentConfiguration });
    const before = await looker.full(policy);
    const none = policy.replace('services: ["*"]', "services: [none]");
    expect((await looker.focused(none, [web], before)).plan.changes).toEqual([]);
    expect((await looker.focused(none, ["prod-a/api"], before)).plan.changes.map(({ name }) => name)).toEqual(
      ["ecsmon/prod-a/api/cpu-high"],
    );
  });

  test("alarms wait for the full look where other policies decide on Container Insights", async () => {
    for (const name of ["web", "api"]) createService(world, "prod-a", name, {});
    const alarms = shop("  alarms:\n    - { name: memory, preset: ecs-memory-reserved-high }").replace(
      'services: ["*"]',
      "services: [web]",
    );
    const insights = `---
apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: insights }
spec:
  selector: { services: [api] }
  cluster: { containerInsights: enabled }
`;
    const metric = `${alarms.replace(/preset: .* }/, "metric: { namespace: ECS/ContainerInsights, metricName: RunningTaskCount, statistic: Average }, evaluationPeriods: 1, comparison: LessThanThreshold, threshold: 1 }")}\n${insights}`;
    await looker.carryOut(await looker.full(metric));
    const settings = [{ name: "containerInsights", value: "disabled" }];
    world.call("ecs", "UpdateClusterSettings", { cluster: "prod-a", settings });
    const before = await looker.full(metric);
    expect(before.plan.changes.map(({ kind }) => kind)).toEqual(["ClusterSettings"]);
    const focused = await looker.focused(metric, [web], before);
    expect(focused.plan).toMatchObject({ changes: [], unknown: [], blocked: [] });
  });

  test("monitors that would be alike are left to the full look, and Mackerel is not asked in vain", async () => {
    process.env["MACKEREL_APIBASE"] = `${world.sandbox.endpoint}/_mackerel`;
    process.env["MACKEREL_APIKEY"] = "sandbox";
    for (const name of ["web", "api"]) createService(world, "prod-a", name, {});
    const policy = shop(
      '  mackerel: { monitors: [{ type: external, name: top, url: "https://example.com/" }] }',
    );
    const before = await looker.full(policy);
    expect(before.plan.blocked.map(({ code }) => code)).toEqual(["Conflict", "Conflict"]);
    expect((await looker.focused(policy, [web], before)).plan.changes).toEqual([]);
    expect(looker.calls()).toContain("ListMonitors");
    await looker.focused(simple, [web], before);
    expect(looker.calls()).not.toContain("ListMonitors");
  });

  test("names that begin with another service's are not taken for its own", async () => {
    for (const name of ["web", "web-2"]) createService(world, "prod-a", name, {});
    await looker.carryOut(await looker.full(simple));
    const none = simple.replace('services: ["*"]', "services: [none]");
    const { plan } = await looker.focused(none, [web], nobody);
    expect(plan.changes.map(({ name }) => name)).toEqual(["ecsmon/prod-a/web/cpu-high"]);
  });

  test("a service of a long name is known by its shortened names too", async () => {
    const long = "s".repeat(200);
    createService(world, "prod-a", long, {});
    const policy = simple.replace("cpu-high,", `${"n".repeat(60)},`);
    const before = await looker.full(policy);
    expect(before.plan.changes).toHaveLength(1);
    await looker.carryOut(before);
    const found = await looker.focused(policy, [`prod-a/${long}`], before);
    expect(found.plan).toMatchObject({ changes: [], unchanged: 1 });
  });
});

describe("services that are not there", () => {
  beforeEach(() => world.call("ecs", "CreateCluster", { clusterName: "prod-a" }));

  test("MISSING, INACTIVE, of no cluster: absent, and nothing of theirs is planned", async () => {
    for (const name of ["web", "old"]) createService(world, "prod-a", name, {});
    await looker.carryOut(await looker.full(simple));
    world.call("ecs", "DeleteService", { cluster: "prod-a", service: "old", force: true });
    const found = await looker.focused(simple, [web, "prod-a/old", "prod-a/never", "nowhere/api"], nobody);
    expect(found.absent).toEqual(["nowhere/api", "prod-a/never", "prod-a/old"]);
    expect(found.plan).toMatchObject({ changes: [], unknown: [], unchanged: 1 });
    expect(found.services).toEqual([{ cluster: "prod-a", service: "web" }]);
    expect(found.gone).toEqual([]);
  });

  test("gone, but not for long enough: its items stay, and nothing is said of them", async () => {
    for (const name of ["web", "old"]) createService(world, "prod-a", name, {});
    await looker.carryOut(await looker.full(simple));
    world.call("ecs", "DeleteService", { cluster: "prod-a", service: "old", force: true });
    const asked: string[] = [];
    const waiting = await looker.full(simple, {
      isGone: (key) => {
        asked.push(key);
        return false;
      },
    });
    expect(asked).toEqual(["prod-a/old"]);
    expect(waiting.gone).toEqual(["prod-a/old"]);
    expect(waiting.plan).toMatchObject({ changes: [], unknown: [], blocked: [] });
    const over = await looker.full(simple, { isGone: () => true });
    expect(over.gone).toEqual(["prod-a/old"]);
    expect(over.plan.changes).toMatchObject([{ name: "ecsmon/prod-a/old/cpu-high", gone: true }]);
    expect((await looker.full(simple)).plan.changes).toHaveLength(1);
  });
});

describe("the operator's own service", () => {
  const named = simple.replace('services: ["*"]', 'services: ["*", ecsmon]');
  beforeEach(() => {
    world.call("ecs", "CreateCluster", { clusterName: "prod-a" });
    createService(world, "prod-a", "web", {});
  });

  test("is selected by its very name alone", async () => {
    createService(world, "prod-a", "ecsmon", {});
    const self = { cluster: "prod-a", service: "ecsmon", account, region: "us-east-1" };
    const names = (found: { selected: readonly { service: string }[] }): string[] =>
      found.selected.map(({ service }) => service);
    expect(names(await looker.full(simple))).toEqual(["ecsmon", "web"]);
    expect(names(await looker.full(simple, { self }))).toEqual(["web"]);
    expect(names(await looker.full(named, { self }))).toEqual(["ecsmon", "web"]);
    expect(names(await looker.full(simple, { self: { ...self, region: "eu-west-1" } }))).toEqual([
      "ecsmon",
      "web",
    ]);
    expect(names(await looker.focused(simple, ["prod-a/ecsmon"], nobody, { self }))).toEqual([]);
  });

  test("is told by its tag as well, so that plan and apply see the same", async () => {
    createService(world, "prod-a", "ecsmon", { "ecsmon.dev/operator": "prod" });
    const found = await looker.full(simple);
    expect(found.selected.map(({ service }) => service)).toEqual(["web"]);
    expect(found.services.map(({ service }) => service)).toEqual(["ecsmon", "web"]);
    const { json } = await world.plan(simple);
    expect(json.changes.map(({ service }: Any) => service)).toEqual(["web"]);
    expect((await looker.full(named)).selected).toHaveLength(2);
  });

  test("keeps its items while it is there, and is not taken for gone", async () => {
    createService(world, "prod-a", "ecsmon", {});
    await looker.carryOut(await looker.full(named));
    const self = { cluster: "prod-a", service: "ecsmon" };
    const found = await looker.full(named, { self });
    expect(found).toMatchObject({ gone: [], plan: { changes: [], unchanged: 2 } });
  });

  test("is not redeployed by a glob because its tags were left out of an answer", async () => {
    createService(world, "prod-a", "ecsmon", { "ecsmon.dev/operator": "prod" });
    const { services } = world.call("ecs", "DescribeServices", {
      cluster: "prod-a",
      services: ["ecsmon", "web"],
    });
    const timeless = services.map(({ createdAt: _, deployments: __, events: ___, ...rest }: Any) => rest);
    const body = JSON.stringify({ services: timeless, failures: [] });
    world.sandbox.control.addFault({
      operation: "DescribeServices",
      times: 1,
      action: { respond: { status: 200, body } },
    });
    const policy = simple.replace("  alarms:", "  healthCheck: { command: [CMD, check] }\n  alarms:");
    const { plan } = await looker.full(policy);
    const redeployed = plan.changes.filter(({ kind }) => kind === "TaskDefinition");
    expect(redeployed.map(({ service }) => service)).toEqual(["web"]);
    expect(plan.unknown).toMatchObject([{ service: "ecsmon", code: "TagsIncomplete" }]);
  });
});

describe("revisions that were read before", () => {
  const policy = `${simple}  healthCheck: { command: [CMD, check] }
`;
  const reads = (): number => looker.calls().filter((one) => one === "DescribeTaskDefinition").length;
  beforeEach(() => {
    world.call("ecs", "CreateCluster", { clusterName: "prod-a" });
    for (const name of ["web", "api"]) createService(world, "prod-a", name, {});
  });

  test("are not read again while nothing is to be done", async () => {
    await looker.carryOut(await looker.full(policy));
    const revisions = createRevisionCache();
    const first = await looker.full(policy, {}, { revisions });
    expect([reads(), revisions.size]).toEqual([2, 2]);
    const second = await looker.full(policy, {}, { revisions });
    expect(reads()).toBe(0);
    expect({ ...second.plan, metadata: {} }).toEqual({ ...first.plan, metadata: {} });
    createService(world, "prod-a", "new", {});
    await looker.full(policy, {}, { revisions });
    expect(reads()).toBe(1);
  });

  test("are read afresh where one is to be registered from them, since their tags may have changed", async () => {
    const revisions = createRevisionCache();
    await looker.full(simple, {}, { revisions });
    const { taskDefinitionArn: resourceArn } = currentTask(world, "prod-a", "web");
    world.call("ecs", "TagResource", { resourceArn, tags: [{ key: "team", value: "shop" }] });
    const found = await looker.full(policy, {}, { revisions });
    expect(reads()).toBe(2);
    await looker.carryOut(found);
    const { taskDefinitionArn } = currentTask(world, "prod-a", "web");
    const { tags } = world.call("ecs", "ListTagsForResource", { resourceArn: taskDefinitionArn });
    expect(tags).toContainEqual({ key: "team", value: "shop" });
  });

  test("a fresh read that fails leaves its service as it is", async () => {
    const revisions = createRevisionCache();
    await looker.full(simple, {}, { revisions });
    world.sandbox.control.addFault({
      operation: "DescribeTaskDefinition",
      match: "prod-a-web",
      action: "denied",
    });
    const { plan } = await looker.full(policy, {}, { revisions });
    const changed = plan.changes.filter(({ kind }) => kind === "TaskDefinition");
    expect(changed.map(({ service }) => service)).toEqual(["api"]);
    expect(plan.unknown).toMatchObject([{ kind: "TaskDefinition", service: "web", code: "AccessDenied" }]);
  });
});
