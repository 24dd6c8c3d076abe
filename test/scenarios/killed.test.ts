// The process dies right after any one of its writes, in the first apply, in a change of every kind and in the removal:
// the next run ends where an uninterrupted one does, with no second revision or deployment of the same content, and
// what stood there before us comes back in the end.
import { describe, expect, test } from "vitest";
import { canonical, home, revisions, twice } from "./account-state.ts";
import { createBalancer, createService, currentTask, webPolicy } from "./estate.ts";
import { type Any, type Flags, useWorld, type World } from "./harness.ts";
import { useTripwire } from "./line.ts";

const all: Flags = { maxDeletes: 500 };

/** What one account goes through, each policy in its turn. Every kind changes at every step. */
const stages = {
  first: webPolicy(),
  change: webPolicy({
    cpuThreshold: 70,
    p99Threshold: 2,
    retention: "60d",
    pattern: "Fatal",
    image: "public.ecr.aws/example/jmx-exporter:1.0.2",
    insights: "enabled",
  }),
  removal: webPolicy({ services: '"none-*"' }),
};
type Stage = keyof typeof stages;
const order = Object.keys(stages) as Stage[];

/** How many writes the longest stage has; a test below sees to it that this is so. */
const mostWrites = 21;
const everyWrite = Array.from({ length: mostWrites }, (_, index) => index + 1);

describe("deployments that are done at once", () => {
  const world = useWorld();
  const line = useTripwire(world);
  const whole = new Map<Stage, Any>();
  let untouched: Any;

  /** The end of every stage when nothing comes in between; made once. */
  async function readWhole(stage: Stage): Promise<Any> {
    if (whole.size === 0) {
      seed(world);
      untouched = owned(world);
      for (const each of order) {
        expect((await world.apply(stages[each], all)).code).toBe(0);
        whole.set(each, canonical(world));
      }
      begin();
    }
    return whole.get(stage);
  }

  function begin(): void {
    world.sandbox.control.reset();
    world.sandbox.control.clearCalls();
    seed(world);
  }

  /** Runs until the n-th write has taken effect; false where there are not that many. */
  async function killAfter(n: number, stage: Stage): Promise<boolean> {
    world.sandbox.control.clearCalls();
    line.lay(({ write, writes }) => (write && writes === n ? "cut" : "pass"));
    const { code } = await line.run(() => world.apply(stages[stage], all));
    expect([code !== 0, world.writes().length]).toEqual(
      line.isCut() ? [true, n] : [false, expect.any(Number)],
    );
    return line.isCut();
  }

  async function expectNothingLeft(stage: Stage): Promise<void> {
    const { code, json } = await world.plan(stages[stage], all);
    expect({ code, changes: json.changes, unknown: json.unknown }).toEqual({
      code: 0,
      changes: [],
      unknown: [],
    });
  }

  test("what the uninterrupted stages are: every kind is written, and the removal gives everything back", async () => {
    const seen: Record<string, string[]> = {};
    seed(world);
    const before = owned(world);
    for (const stage of order) {
      world.sandbox.control.clearCalls();
      expect((await world.apply(stages[stage], all)).code).toBe(0);
      seen[stage] = world.writes();
    }
    expect(Object.values(seen).map(({ length }) => length)).toEqual([18, mostWrites, 12]);
    for (const writes of Object.values(seen)) expect(writes).toContain("RegisterTaskDefinition");
    expect(owned(world)).toEqual(before);
    expect(revisions(world)).toEqual({ "prod-a-web-000": 4, "prod-a-web-001": 4 });
  });

  test.each(everyWrite)("killed after write %i of each stage, run again after each", async (n) => {
    await readWhole("first");
    begin();
    for (const stage of order) {
      await killAfter(n, stage);
      expect((await world.apply(stages[stage], all)).code).toBe(0);
      // Revisions and deployments stand in there in number and content: none is there twice.
      expect(canonical(world)).toEqual(await readWhole(stage));
      await expectNothingLeft(stage);
    }
    expect(owned(world)).toEqual(untouched);
  });

  test.each(everyWrite)(
    "killed after write %i of each stage, and the next stage comes at once",
    async (n) => {
      await readWhole("first");
      begin();
      for (const stage of order) await killAfter(n, stage);
      expect((await world.apply(stages.removal, all)).code).toBe(0);
      await expectNothingLeft("removal");
      expect(owned(world)).toEqual(untouched);
      // One of the owner's, and at most one each with the first layer, the changed one, and none.
      for (const count of Object.values(revisions(world))) expect(count).toBeLessThanOrEqual(4);
      expect(twice(world)).toEqual([]);
    },
  );

  test("killed between a change and its confirmation: the next run confirms the record", async () => {
    seed(world);
    await world.apply(stages.first, all);
    line.lay(({ operation }) => (operation === "UpdateClusterSettings" ? "cut" : "pass"));
    await line.run(() => world.apply(stages.change, all));
    await world.apply(stages.change, all);
    const settings = [{ name: "containerInsights", value: "enhanced" }];
    world.call("ecs", "UpdateClusterSettings", { cluster: "prod-a", settings });
    await world.apply(stages.change, all);
    await world.apply(stages.removal, all);
    expect(home(world).ecs.clusters[0].fields.settings).toEqual(settings);
  });

  test("killed between a group that is made and its retention: it is a made group all the same", async () => {
    const made = (): Any => home(world).logs.groups.find(({ name }: Any) => name === madeGroup);
    seed(world);
    await world.apply(stages.first, all);
    const { tags, retentionInDays } = made();
    begin();
    line.lay(({ operation }) => (operation === "CreateLogGroup" ? "cut" : "pass"));
    await line.run(() => world.apply(stages.first, all));
    await world.apply(stages.first, all);
    expect({ tags: made().tags, retentionInDays: made().retentionInDays }).toEqual({ tags, retentionInDays });
  });

  test("a real process and a real SIGKILL, between register and update", async () => {
    const end = await readWhole("first");
    begin();
    const killed = await line.kill(stages.first, ({ operation }) => operation === "RegisterTaskDefinition");
    expect(killed).toBe("SIGKILL");
    expect(world.writes().at(-1)).toBe("RegisterTaskDefinition");
    world.sandbox.control.clearCalls();
    expect((await world.apply(stages.first, all)).code).toBe(0);
    expect(world.writes().filter((operation) => operation === "RegisterTaskDefinition")).toHaveLength(1);
    expect(canonical(world)).toEqual(end);
    await expectNothingLeft("first");
  });
});

describe("a rollout that fails and is put back", () => {
  const world = useWorld({ deploymentSeconds: 60 });
  const line = useTripwire(world);
  const policy = `${stages.first}  rollout: { timeout: 2m }\n`;
  const only: Flags = { ...all, service: ["web-000"] };

  const arnOf = (): string => currentTask(world, "prod-a", "web-000").taskDefinitionArn;
  const updates = (): number => world.writes().filter((operation) => operation === "UpdateService").length;

  function begin(): void {
    seed(world);
    world.sandbox.control.advance(600_000);
    arnOf();
    world.sandbox.control.failDeployments("prod-a", "web-000", { mode: "unhealthy" });
  }

  /** Ends the process right after the n-th call of an operation has taken effect. */
  async function killAfter(operation: string, n: number): Promise<void> {
    let seen = 0;
    line.lay((call) => {
      if (call.operation === operation) seen += 1;
      return call.operation === operation && seen === n ? "cut" : "pass";
    });
    const { code } = await line.run(() => world.apply(policy, only));
    expect([code, line.isCut()]).toEqual([1, true]);
  }

  /** Ten passes, each an hour later, deploy nothing and say of the service's task definition just this. */
  async function expectQuiet(codes: readonly string[]): Promise<void> {
    world.sandbox.control.clearCalls();
    for (let pass = 0; pass < 10; pass += 1) {
      world.sandbox.control.advance(3_600_000);
      const { plan } = (await world.apply(policy, only)).json;
      const held = plan.blocked.filter(({ kind }: Any) => kind === "TaskDefinition");
      expect(held.map(({ code }: Any) => code)).toEqual(codes);
    }
    expect(updates()).toBe(0);
  }

  test.each([
    ["registered, not rolled out", "RegisterTaskDefinition", 1, 2],
    // What failed is not known yet, so it is tried once more, and no more.
    ["put back, not remembered", "UpdateService", 2, 2],
    ["put back and remembered", "TagResource", 1, 0],
  ] as const)("%s: it ends put back, and tried no more", async (_, operation, n, more) => {
    begin();
    const before = arnOf();
    await killAfter(operation, n);
    world.sandbox.control.failDeployments("prod-a", "web-000", undefined);
    world.sandbox.control.advance(600_000);
    arnOf();
    world.sandbox.control.failDeployments("prod-a", "web-000", { mode: "unhealthy" });
    world.sandbox.control.clearCalls();
    await world.apply(policy, only);
    expect(updates()).toBe(more);
    world.sandbox.control.failDeployments("prod-a", "web-000", undefined);
    await expectQuiet(["Stalled"]);
    expect(arnOf()).toBe(before);
    expect(revisions(world)["prod-a-web-000"]).toBe(2);
  });

  test("rolled out, then nobody watches, and ECS rolls back: tried once more, then no more", async () => {
    begin();
    const before = arnOf();
    const deploymentConfiguration = { deploymentCircuitBreaker: { enable: true, rollback: true } };
    world.call("ecs", "UpdateService", { cluster: "prod-a", service: "web-000", deploymentConfiguration });
    await killAfter("UpdateService", 1);
    world.sandbox.control.advance(600_000);
    expect(arnOf()).toBe(before);
    world.sandbox.control.clearCalls();
    await world.apply(policy, only);
    expect(updates()).toBe(1);
    await expectQuiet(["Stalled"]);
    expect(arnOf()).toBe(before);
    expect(revisions(world)["prod-a-web-000"]).toBe(2);
  });

  // A deployment that was begun is ECS's to finish, and without a circuit breaker it never gives one up.
  // What else may become of it is in taken-up.test.ts.
  test("rolled out, then nobody watches, and ECS goes on trying: everybody is told, and the next run puts it back", async () => {
    begin();
    const before = arnOf();
    await killAfter("UpdateService", 1);
    world.sandbox.control.advance(3_600_000);
    const diagnose = async () =>
      (await world.plan(policy, { ...only, asOf: new Date(world.sandbox.control.now()) })).json.diagnostics;
    const diagnostics = await diagnose();
    expect(diagnostics.map(({ code }: Any) => code)).toContain("RolloutNotSettled");
    // A comment on a pull request says it once, and not anew at each run.
    world.sandbox.control.advance(600_000);
    expect(await diagnose()).toEqual(diagnostics);
    world.sandbox.control.clearCalls();
    await world.apply(policy, only);
    expect(updates()).toBe(1);
    world.sandbox.control.failDeployments("prod-a", "web-000", undefined);
    await expectQuiet(["Stalled"]);
    expect(arnOf()).toBe(before);
    expect(revisions(world)["prod-a-web-000"]).toBe(2);
  });
});

/** The group that the first apply makes. */
const madeGroup = "/ecs/prod-a/web-000";

/** One service behind a load balancer, and one that logs to a group of its owner's. */
function seed(world: World): void {
  world.call("ecs", "CreateCluster", {
    clusterName: "prod-a",
    settings: [{ name: "containerInsights", value: "disabled" }],
    tags: [{ key: "env", value: "prod" }],
  });
  const target = createBalancer(world, "front", "application")("web-000");
  createService(world, "prod-a", "web-000", { tier: "web" }, [target], {
    app: { healthCheck: { command: ["CMD", "true"] } },
  });
  createService(world, "prod-a", "web-001", { tier: "web" }, [], {
    app: {
      logConfiguration: {
        logDriver: "awslogs",
        options: { "awslogs-group": "old", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "own" },
      },
    },
  });
  const logGroupName = "/ecs/prod-a/web-001";
  world.call("logs", "CreateLogGroup", { logGroupName, tags: { team: "shop" } });
  world.call("logs", "PutRetentionPolicy", { logGroupName, retentionInDays: 14 });
  world.sandbox.control.clearCalls();
}

/** What belongs to the account's owner: all but the group that we made, which stays, and the numbers of revisions. */
function owned(world: World): Any {
  const state = home(world);
  return {
    clusters: state.ecs.clusters.map(({ fields, tags }: Any) => ({ fields, tags })),
    groups: state.logs.groups
      .filter(({ name }: Any) => name !== madeGroup)
      .map(({ name, retentionInDays, tags, metricFilters = [] }: Any) => ({
        name,
        retentionInDays,
        tags,
        metricFilters,
      })),
    ours: state.logs.groups
      .filter(({ name }: Any) => name === madeGroup)
      .flatMap(({ tags }: Any) => Object.keys(tags)),
    filters: world.call("logs", "DescribeMetricFilters", {})["metricFilters"],
    alarms: state.monitoring.alarms,
    services: ["web-000", "web-001"].map((name) => {
      const task = currentTask(world, "prod-a", name);
      const { taskDefinitionArn, revision: _, registeredAt: __, ...content } = task;
      const { tags } = world.call("ecs", "DescribeTaskDefinition", {
        taskDefinition: taskDefinitionArn,
        include: ["TAGS"],
      });
      const { services } = world.call("ecs", "DescribeServices", {
        cluster: "prod-a",
        services: [name],
        include: ["TAGS"],
      });
      return { content, tags, serviceTags: services[0].tags };
    }),
  };
}
