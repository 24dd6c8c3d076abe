// deletionPolicy: Retain, over every kind at once: what policies made and laid stays when nobody wants it any more, and
// goes where they took the word back before they went.
import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import { account, createBalancer, createService } from "./estate.ts";
import { type Any, tally, useWorld } from "./harness.ts";
import { allKinds, flags, useMackerel } from "./reference-estate.ts";

const world = useWorld();
const reference = readFileSync("test/golden/api/reference-policy.yaml", "utf8");
const retained = reference.replace("deletionPolicy: Delete", "deletionPolicy: Retain");
const nobody = reference.replace('services: ["*", "!batch-*"]', 'services: ["none-*"]');

beforeEach(() => {
  useMackerel(world);
  world.call("ecs", "CreateCluster", { clusterName: "prod-a" });
  const balancer = createBalancer(world, "front", "application");
  const tags = { tier: "web", product: "shop" };
  createService(world, "prod-a", "web", tags, [balancer("web")]);
  createService(world, "prod-a", "worker", tags);
  world.sandbox.control.clearCalls();
});

async function applyAll(policies: string): Promise<Any> {
  const { json } = await world.apply(policies, flags);
  expect(json.outcomes.filter(({ result }: Any) => result !== "applied")).toEqual([]);
  return json;
}

async function expectNothingToDo(policies: string): Promise<void> {
  const { json } = await world.plan(policies, flags);
  expect(json).toMatchObject({ changes: [], unknown: [] });
}

const standing = (): string => JSON.stringify(world.sandbox.control.state());
/** Times in ECS's JSON are seconds. */
const asWritten = (_key: string, value: unknown): unknown =>
  typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value) ? Date.parse(value) / 1000 : value;
const kindsOf = (changes: readonly Any[]): string[] => [...new Set(changes.map(({ kind }) => kind))].sort();
const reads = (): Record<string, number> =>
  tally(world.sandbox.control.calls(), ({ service, operation }) => `${service}:${operation}`);
const logTags = (group: string): Record<string, string> =>
  world.call("logs", "ListTagsForResource", {
    resourceArn: `arn:aws:logs:us-east-1:${account}:log-group:${group}`,
  })["tags"];

describe("when nobody wants it any more", () => {
  it("all that stands stays as it is, and nothing is said of it", async () => {
    await applyAll(retained);
    await expectNothingToDo(retained);
    const before = standing();
    world.sandbox.control.clearCalls();
    const plan = await world.plan(nobody, { ...flags, maxDeletes: 0 });
    expect(plan).toMatchObject({ code: 0, json: { changes: [], blocked: [], unknown: [] } });
    await applyAll(nobody);
    expect(world.writes()).toEqual([]);
    expect(standing()).toBe(before);
  });

  it("nor does it go when the services are gone, and they are not asked for again and again", async () => {
    await applyAll(retained);
    for (const service of ["web", "worker"])
      world.call("ecs", "DeleteService", { cluster: "prod-a", service, force: true });
    const alarms = world.call("monitoring", "DescribeAlarms", {})["MetricAlarms"].length;
    world.sandbox.control.clearCalls();
    for (const policies of [retained, nobody]) {
      const { json } = await world.apply(policies, flags);
      expect(json.outcomes).toEqual([]);
    }
    expect(world.writes()).toEqual([]);
    expect(world.call("monitoring", "DescribeAlarms", {})["MetricAlarms"]).toHaveLength(alarms);
    expect(reads()["ecs:DescribeServices"]).toBeUndefined();
  });

  it("all goes where the word was taken back before, without a deployment", async () => {
    await applyAll(retained);
    const planned = await world.plan(reference, flags);
    expect(new Set(planned.json.changes.map(({ impact }: Any) => impact))).toEqual(new Set(["none"]));
    const back = await applyAll(reference);
    expect(kindsOf(back.outcomes)).toEqual(allKinds);
    expect(new Set(back.outcomes.map(({ action }: Any) => action))).toEqual(new Set(["update"]));
    await expectNothingToDo(reference);
    const gone = await applyAll(nobody);
    expect(kindsOf(gone.outcomes)).toEqual(allKinds);
    await expectNothingToDo(nobody);
    expect(standing()).not.toContain("deletion-policy");
  });
});

describe("a switch", () => {
  it("to Retain is an ordinary update that redeploys nothing, and costs no call afterwards", async () => {
    await applyAll(reference);
    world.sandbox.control.clearCalls();
    await expectNothingToDo(reference);
    const calls = reads();
    const { json } = await world.plan(retained, flags);
    expect(kindsOf(json.changes)).toEqual(allKinds);
    expect(new Set(json.changes.map(({ action, impact }: Any) => `${action} ${impact}`))).toEqual(
      new Set(["update none"]),
    );
    world.sandbox.control.clearCalls();
    await applyAll(retained);
    expect(world.writes()).not.toContain("RegisterTaskDefinition");
    expect(world.writes()).not.toContain("UpdateService");
    world.sandbox.control.clearCalls();
    await expectNothingToDo(retained);
    expect(reads()).toEqual(calls);
  });

  it("by an override is for the services that match", async () => {
    const override = "  overrides:\n    - selector: { services: [worker] }\n      deletionPolicy: Retain\n";
    await applyAll(reference.replace("  overrides:\n", override));
    const { json } = await world.apply(nobody, flags);
    const services = (kind: string): string[] =>
      json.outcomes.filter((one: Any) => one.kind === kind).map(({ service }: Any) => service);
    for (const kind of ["MetricAlarm", "MetricFilter", "QueryDefinition", "TaskDefinition", "Dashboard"])
      expect([...new Set(services(kind))], kind).toEqual(["web"]);
    // What both share is retained if either says so.
    expect(kindsOf(json.outcomes)).not.toContain("ClusterSettings");
  });
});

describe("what is wanted all the same", () => {
  const policy = (
    body: string,
    deletionPolicy = "Retain",
    name = "p",
  ): string => `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: ${name} }
spec:
  deletionPolicy: ${deletionPolicy}
  selector: { clusters: [prod-a], services: [web] }
  notifications: { warning: ["arn:aws:sns:us-east-1:${account}:chat"] }
${body}`;
  const filters = (): string[] =>
    world
      .call("logs", "DescribeMetricFilters", {})
      ["metricFilters"].map(({ logGroupName, filterName }: Any) => `${logGroupName} ${filterName}`);

  it("a filter leaves its former log group, and its mark goes with it", async () => {
    for (const logGroupName of ["/a", "/b"]) world.call("logs", "CreateLogGroup", { logGroupName });
    const inGroup = (group: string): string =>
      policy(`  logMetrics: [{ name: fatal, pattern: Fatal, group: ${group} }]\n`);
    await applyAll(inGroup("/a"));
    expect(Object.values(logTags("/a"))).toEqual(["Retain"]);
    await expectNothingToDo(inGroup("/a"));
    await applyAll(inGroup("/b"));
    expect(filters()).toEqual(["/b ecsmon/prod-a/web/fatal"]);
    expect(logTags("/a")).toEqual({});
    await expectNothingToDo(inGroup("/b"));
  });

  it("filters of several policies in one group go each by its own policy", async () => {
    const logging = "  logging: { driver: awslogs, group: /shared }\n";
    const mine = policy(`${logging}  logMetrics: [{ name: fatal, pattern: Fatal }]\n`, "Retain", "mine");
    const theirs = policy(`${logging}  logMetrics: [{ name: slow, pattern: Slow }]\n`, "Delete", "theirs");
    await applyAll(`${mine}---\n${theirs}`);
    await applyAll(theirs);
    expect(filters()).toEqual(["/shared ecsmon/prod-a/web/fatal", "/shared ecsmon/prod-a/web/slow"]);
    await applyAll(nobody);
    expect(filters()).toEqual(["/shared ecsmon/prod-a/web/fatal"]);
  });

  it("an alarm makes room for one of another type", async () => {
    const metric = "metric: { namespace: A, metricName: B, dimensions: {} }, statistic: Sum";
    const judged = "comparison: GreaterThanThreshold, threshold: 1";
    const base = `  alarms:\n    - { name: a, ${metric}, ${judged} }\n`;
    await applyAll(policy(`${base}    - { name: b, ${metric}, ${judged} }\n`));
    const second = policy(`${base}    - { name: b, composite: ALARM("a") }\n`);
    await applyAll(second);
    const { MetricAlarms, CompositeAlarms } = world.call("monitoring", "DescribeAlarms", {
      AlarmTypes: ["MetricAlarm", "CompositeAlarm"],
    });
    expect([...MetricAlarms, ...CompositeAlarms].map(({ AlarmName }) => AlarmName)).toEqual([
      "ecsmon/prod-a/web/a",
      "ecsmon/prod-a/web/b",
    ]);
    await expectNothingToDo(second);
  });

  it("a rule that another takes the place of goes; one that nobody tells of any more stays", async () => {
    const rules = (): Any[] => world.call("events", "ListRules", {})["Rules"];
    const events = (topic: string, preset: string): string =>
      policy(`  events: [{ preset: ${preset}, targets: ["arn:aws:sns:us-east-1:${account}:${topic}"] }]\n`);
    await applyAll(events("one", "task-stopped"));
    await applyAll(events("two", "task-stopped"));
    const [rule] = rules();
    expect(rules()).toHaveLength(1);
    expect(rule.Description).toMatch(/ \(deletionPolicy: Retain\)$/);
    await applyAll(events("three", "deployment-failed"));
    expect(rules().map(({ Name }) => Name)).toContain(rule.Name);
    expect(rules()).toHaveLength(2);
    await expectNothingToDo(events("three", "deployment-failed"));
  });

  it("what is not applicable any more stays too", async () => {
    const p99 = policy(
      "  alarms: [{ name: p99, metric: { namespace: AWS/ApplicationELB, metricName: TargetResponseTime }, statistic: p99, comparison: GreaterThanThreshold, threshold: 1 }]\n",
    );
    await applyAll(p99);
    world.call("ecs", "UpdateService", { cluster: "prod-a", service: "web", loadBalancers: [] });
    const { json } = await world.plan(p99, flags);
    expect(json.blocked.map(({ code }: Any) => code)).toEqual(["NotApplicable"]);
    await applyAll(p99);
    expect(world.call("monitoring", "DescribeAlarms", {})["MetricAlarms"]).toHaveLength(1);
  });
});

describe("unknown means Retain", () => {
  it("filters and log groups whose tags cannot be read stay, and that is told", async () => {
    await applyAll(reference);
    world.sandbox.control.addFault({ service: "logs", operation: "ListTagsForResource", action: "denied" });
    const { json } = await world.plan(nobody, flags);
    expect((await world.apply(nobody, flags)).code).toBe(1);
    expect(kindsOf(json.unknown)).toEqual(["LogGroup", "MetricFilter"]);
    expect(json.unknown.find(({ kind }: Any) => kind === "MetricFilter").message).toMatch(
      /whether its policies said deletionPolicy: Retain is not known, so it stays/,
    );
    expect(world.writes()).not.toContain("DeleteMetricFilter");
    expect(world.writes()).not.toContain("DeleteRetentionPolicy");
    world.sandbox.control.clearFaults();
    await applyAll(nobody);
    expect(world.call("logs", "DescribeMetricFilters", {})["metricFilters"]).toEqual([]);
  });

  it("an index that does not know the mark yet gives nothing back", async () => {
    await applyAll(reference);
    const stale = world.call("tagging", "GetResources", { ResourceTypeFilters: ["logs"] });
    await applyAll(retained);
    const groups = JSON.stringify(world.call("logs", "DescribeLogGroups", {}));
    world.sandbox.control.addFault({
      service: "tagging",
      operation: "GetResources",
      match: '"logs"',
      action: { respond: { status: 200, body: JSON.stringify(stale) } },
    });
    await expectNothingToDo(retained);
    await world.apply(nobody, flags);
    expect(world.writes()).not.toContain("DeleteMetricFilter");
    expect(JSON.stringify(world.call("logs", "DescribeLogGroups", {}))).toBe(groups);
    expect(Object.keys(logTags("/ecs/prod-a/web"))).toContain("ecsmon.dev/ecsmon/deletion-policy");
  });

  it("a layer stays on a service that is read without its tags", async () => {
    await applyAll(retained);
    world.sandbox.control.clearCalls();
    const services = world.call("ecs", "DescribeServices", {
      cluster: "prod-a",
      services: ["web", "worker"],
    });
    world.sandbox.control.addFault({
      service: "ecs",
      operation: "DescribeServices",
      action: { respond: { status: 200, body: JSON.stringify(services, asWritten) } },
    });
    const { json } = await world.plan(nobody, flags);
    expect(json.unknown.map(({ code }: Any) => code)).toEqual(["TagsIncomplete", "TagsIncomplete"]);
    await world.apply(nobody, flags);
    expect(world.writes()).toEqual([]);
  });
});
