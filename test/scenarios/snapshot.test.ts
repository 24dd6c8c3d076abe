// A plan from a snapshot is the plan of the account that it was taken of, byte for byte but for when it was made: for
// policies that the snapshot knew nothing of, after drift, and with reads that failed.
import { beforeEach, describe, expect, test } from "vitest";
import { createAws } from "../../controller/aws/clients.ts";
import { createRevisionCache } from "../../controller/aws/revision-cache.ts";
import { createSnapshotMemory } from "../../controller/runtime/snapshot/memory.ts";
import { takeSnapshot } from "../../controller/runtime/snapshot/take-snapshot.ts";
import type { FaultAction } from "../../controller/sandbox/faults.ts";
import { createBalancer, createService, webPolicy } from "./estate.ts";
import { type Any, type Flags, tally, useWorld } from "./harness.ts";
import { flags, policies, putAlarm, seedReference } from "./reference-estate.ts";
import { expectSame, planFrom } from "./snapshot-harness.ts";

const world = useWorld();

describe("the reference policy", () => {
  beforeEach(() => seedReference(world));

  test("before it is applied", async () => {
    const json = await expectSame(world, policies.first);
    expect([json.changes.length > 30, json.unknown]).toEqual([true, []]);
  });

  test("when it stands, changes, is let go of, and is another owner's", async () => {
    expect((await world.apply(policies.first, flags)).code).toBe(0);
    expect((await expectSame(world, policies.first)).changes).toEqual([]);
    expect((await expectSame(world, policies.change)).changes.length).toBeGreaterThan(10);
    expect((await expectSame(world, policies.removal)).changes.length).toBeGreaterThan(10);
    const other = await expectSame(world, policies.first, { ...flags, owner: "other" });
    expect(other.changes.length).toBeGreaterThan(10);
  });

  test("with what is ours of services and clusters that are gone", async () => {
    expect((await world.apply(policies.first, flags)).code).toBe(0);
    world.call("ecs", "DeleteService", { cluster: "prod-a", service: "worker", force: true });
    putAlarm(world, "ecsmon/prod-a/long-gone/cpu-high");
    putAlarm(world, "ecsmon/no-cluster/web/cpu-high");
    putAlarm(world, "somebody/else's alarm/of 4/parts");
    const json = await expectSame(world, policies.first);
    const deleted = json.changes
      .filter(({ action }: Any) => action === "delete")
      .map(({ name }: Any) => name);
    expect(deleted).toEqual(expect.arrayContaining(["ecsmon/no-cluster/web/cpu-high"]));
  });

  test("taken again, it asks only for what may have changed", async () => {
    expect((await world.apply(policies.first, flags)).code).toBe(0);
    const aws = createAws();
    const given = {
      revisions: createRevisionCache(),
      memory: createSnapshotMemory(),
      progress: () => undefined,
    };
    const take = async (): Promise<{ facts: string; asked: Record<string, number> }> => {
      world.sandbox.control.clearCalls();
      const facts = JSON.stringify(await takeSnapshot(aws, given));
      return { facts, asked: tally(world.sandbox.control.calls({}), ({ operation }) => operation) };
    };
    const [first, second] = [await take(), await take()];
    aws.destroy();
    expect(second.facts).toBe(first.facts);
    const dear = ["DescribeTaskDefinition", "GetDashboard", "ListServiceDeployments"];
    expect(dear.map((operation) => [(first.asked[operation] ?? 0) > 0, second.asked[operation]])).toEqual(
      dear.map(() => [true, undefined]),
    );
  });

  const failures: Readonly<Record<string, FaultAction>> = {
    denied: "denied",
    "no answer": "lost",
    "an answer without its list": "empty",
    "a page of some proxy": {
      respond: { status: 200, body: "<html/>", headers: { "content-type": "text/html" } },
    },
  };
  const reads = `ecs ListClusters, ecs DescribeClusters, ecs ListServices, ecs DescribeServices,
    ecs DescribeTaskDefinition, elasticloadbalancing DescribeTags, elasticloadbalancing DescribeTargetGroups,
    events ListRuleNamesByTarget, events ListRules, events ListTagsForResource, events ListTargetsByRule,
    logs DescribeLogGroups, logs DescribeMetricFilters, logs DescribeQueryDefinitions, logs ListTagsForResource,
    mackerel ListMonitors, monitoring DescribeAlarms, monitoring GetDashboard, monitoring ListDashboards,
    monitoring ListTagsForResource, scheduler ListSchedules, tagging GetResources, sts GetCallerIdentity`;

  test.each(reads.split(",").map((one) => one.trim()))("where %s fails", async (read) => {
    expect((await world.apply(policies.first, flags)).code).toBe(0);
    const [service = "", operation = ""] = read.split(" ");
    for (const action of Object.values(failures)) {
      world.sandbox.control.addFault({ service, operation, action });
      await expectSame(world, policies.change);
      world.sandbox.control.clearFaults();
    }
  });
});

test.each<FaultAction>(["denied", "empty"])(
  "a target group whose tags cannot be read (%s) takes no others with it: a plan asks for them in other batches",
  async (action) => {
    world.call("ecs", "CreateCluster", { clusterName: "prod-a" });
    const balancer = createBalancer(world, "front", "application");
    for (let index = 10; index < 36; index += 1)
      createService(world, "prod-a", `web-${index}`, {}, [balancer(`group-${index}`)]);
    const policy = (services: string): string => `
apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: health }
spec:
  selector: { services: [${services}] }
  targetGroup: { healthCheck: { path: /ready } }
`;
    world.sandbox.control.addFault({ operation: "DescribeTags", match: "group-31", action });
    const others = await expectSame(world, policy("web-30, web-32"));
    expect([others.changes.length, others.unknown]).toEqual([2, []]);
    const all = await expectSame(world, policy("web-31, web-32"));
    expect([all.changes, all.unknown.length > 0]).toEqual([[], true]);
  },
);

describe("200 services", () => {
  const many: Flags = { ...flags, maxRedeploys: 500, maxDeletes: 5000 };

  /** Web services, every third behind a load balancer and every seventh without tags, in two clusters. */
  beforeEach(() => {
    for (const clusterName of ["prod-a", "prod-b", "empty"])
      world.call("ecs", "CreateCluster", { clusterName });
    const balancer = createBalancer(world, "front", "application");
    for (let index = 0; index < 200; index += 1) {
      const name = `web-${String(index).padStart(3, "0")}`;
      const cluster = index % 2 === 0 ? "prod-a" : "prod-b";
      const tags: Record<string, string> = index % 7 === 0 ? {} : { tier: "web", team: `team-${index % 5}` };
      const logGroupName = `/ecs/${cluster}/${name}`;
      if (index % 4 === 0) world.call("logs", "CreateLogGroup", { logGroupName, tags: { team: "shop" } });
      const options = {
        "awslogs-group": logGroupName,
        "awslogs-region": "us-east-1",
        "awslogs-stream-prefix": "app",
      };
      const logConfiguration = { logDriver: "awslogs", options };
      createService(world, cluster, name, tags, index % 3 === 0 ? [balancer(name)] : [], {
        app: index % 4 === 0 ? { logConfiguration } : {},
      });
    }
    world.call("logs", "CreateLogGroup", { logGroupName: "/shared/errors", tags: { team: "platform" } });
    putAlarm(world, "made-by-hand");
    world.sandbox.control.clearCalls();
  });

  const extra = `  targetGroup: { healthCheck: { path: /ready } }
  deployment: { healthCheckGracePeriod: 90s, circuitBreaker: { enable: true, rollback: true }, rollbackOnAlarms: [cpu-high] }
  dashboard: true
  events: [{ preset: task-stopped, severity: warning }]
  queries:
    - name: errors
      query: fields @message
      groups: [/shared/errors, /aws/lambda/none]
`;
  const foreign = `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: foreign }
spec:
  selector: { matchExpressions: [{ key: team, operator: In, values: [team-1, team-2] }] }
  logging: { driver: awslogs, group: /shared/errors, streamPrefix: app, retention: 7d, shortenRetention: true }
  logMetrics: [{ name: errors, pattern: ERROR, group: /shared/errors }]
`;
  test("policies of many kinds, an account that is half as they want it, and what drifted since", async () => {
    const wide = webPolicy({ extra });
    const policiesOfAll: readonly string[] = [
      wide,
      foreign,
      wide
        .replace('clusters: ["prod-*"]', 'clusters: ["prod-b"]')
        .replace("tags: { tier: web }", "launchTypes: [FARGATE]"),
      wide.replace(/services: \[.*\]/, 'services: ["none-*"]'),
    ];
    const counts = [];
    for (const policy of policiesOfAll) counts.push((await expectSame(world, policy, many)).changes.length);
    expect(counts).toEqual([expect.any(Number), expect.any(Number), expect.any(Number), 0]);
    expect(Math.min(...counts.slice(0, 3))).toBeGreaterThan(100);
    const some = { ...many, service: ["web-00*", "web-01*"] };
    expect((await world.apply(wide, some)).code).toBe(0);
    const alarm = { AlarmNames: ["ecsmon/prod-a/web-002/cpu-high"] };
    world.call("monitoring", "DeleteAlarms", alarm);
    putAlarm(world, "ecsmon/prod-a/web-004/cpu-high", { Threshold: 1 });
    for (const policy of policiesOfAll) await expectSame(world, policy, many);
    const { file } = await world.takeSnapshot("scoped");
    for (const scope of [{ service: ["web-00*"] }, { cluster: ["prod-b"] }, { cluster: ["no-such"] }]) {
      const given = { ...many, ...scope };
      const live = await world.plan(wide, given);
      const replayed = await planFrom(world, file, wide, given);
      expect({ ...replayed.json, metadata: undefined }).toEqual({ ...live.json, metadata: undefined });
    }
  });
});
