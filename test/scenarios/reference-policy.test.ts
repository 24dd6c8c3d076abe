// The reference policy, every section once: planned, applied, planned again. Nothing is left to do, and nothing is
// blocked but what a service has no use for.
import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import { createBalancer, createService } from "./estate.ts";
import { type Any, useWorld } from "./harness.ts";
import { allKinds, flags, useMackerel } from "./reference-estate.ts";

const world = useWorld();
const policy = readFileSync("test/golden/api/reference-policy.yaml", "utf8");

beforeEach(() => {
  useMackerel(world);
  world.call("ecs", "CreateCluster", { clusterName: "prod-a" });
  const balancer = createBalancer(world, "front", "application");
  const tags = { tier: "web", product: "shop" };
  createService(world, "prod-a", "web", tags, [balancer("web")]);
  createService(world, "prod-a", "checkout", tags, [balancer("checkout")]);
  createService(world, "prod-a", "worker", tags);
  createService(world, "prod-a", "batch-1", tags);
  world.sandbox.control.clearCalls();
});

const blockedCodes = (json: Any): string[] => [...new Set<string>(json.blocked.map(({ code }: Any) => code))];

describe("the reference policy", () => {
  it("is converged by one apply, and the second plan is empty", async () => {
    const first = await world.plan(policy, flags);
    expect(first.json.diagnostics.filter(({ severity }: Any) => severity === "error")).toEqual([]);
    expect(first.code).toBe(2);
    expect(blockedCodes(first.json)).toEqual(["NotApplicable"]);
    expect([...new Set(first.json.changes.map(({ kind }: Any) => kind))].sort()).toEqual(allKinds);
    const applied = await world.apply(policy, flags);
    expect(applied.json.outcomes.filter(({ result }: Any) => result !== "applied")).toEqual([]);
    expect(applied.code).toBe(0);
    const alarms = world.call("monitoring", "DescribeAlarms", {
      AlarmTypes: ["MetricAlarm", "CompositeAlarm", "LogAlarm"],
    });
    for (const type of ["MetricAlarms", "CompositeAlarms", "LogAlarms"])
      expect(alarms[type][0].AlarmDescription, type).toMatch(
        /\nRunbook: https:\/\/runbooks\.example\.com\/web$/,
      );
    for (const mutate of [undefined, "reorder", "extra-fields", "absent-for-empty"] as const) {
      world.sandbox.control.clearFaults();
      if (mutate !== undefined) world.sandbox.control.addFault({ action: { mutate } });
      const second = await world.plan(policy, flags);
      expect(second.json.changes, mutate).toEqual([]);
      expect(second.json.unknown, mutate).toEqual([]);
      expect(blockedCodes(second.json), mutate).toEqual(["NotApplicable"]);
    }
    world.sandbox.control.clearFaults();
  });

  it("waives what the exception says, for that service alone, until it expires", async () => {
    await world.apply(policy, flags);
    const enabled = (service: string): boolean => {
      const AlarmNames = [`ecsmon/prod-a/${service}/p99-latency`];
      return world.call("monitoring", "DescribeAlarms", { AlarmNames })["MetricAlarms"][0].ActionsEnabled;
    };
    expect([enabled("checkout"), enabled("web")]).toEqual([false, true]);
    const rule = (service: string): string =>
      world.call("monitoring", "DescribeAlarms", {
        AlarmTypes: ["CompositeAlarm"],
        AlarmNames: [`ecsmon/prod-a/${service}/user-facing`],
      })["CompositeAlarms"][0].AlarmRule;
    expect(rule("web")).toBe('ALARM("ecsmon/prod-a/web/http-5xx") OR ALARM("ecsmon/prod-a/web/p99-latency")');
    expect(rule("checkout")).toBe('ALARM("ecsmon/prod-a/checkout/http-5xx") OR FALSE');
    const later = { ...flags, asOf: new Date("2027-02-01T02:00:00Z") };
    const { json } = await world.plan(policy, later);
    expect(json.diagnostics.map(({ code }: Any) => code)).toContain("ExceptionExpired");
    expect(json.changes.map(({ name }: Any) => name)).toEqual([
      "ecsmon/prod-a/checkout/p99-latency",
      "ecsmon/prod-a/checkout/user-facing",
    ]);
  });

  it("leaves nothing behind when it goes, but what it must", async () => {
    const before = JSON.stringify(world.sandbox.control.state());
    await world.apply(policy, flags);
    expect(JSON.stringify(world.sandbox.control.state())).not.toBe(before);
    const nobody = policy.replace('services: ["*", "!batch-*"]', 'services: ["none-*"]');
    const gone = await world.apply(nobody, { ...flags, maxDeletes: 500 });
    expect(gone.json.outcomes.filter(({ result }: Any) => result !== "applied")).toEqual([]);
    expect((await world.plan(nobody, flags)).json.changes).toEqual([]);
    const alarms = world.call("monitoring", "DescribeAlarms", {
      AlarmTypes: ["MetricAlarm", "CompositeAlarm", "LogAlarm"],
    });
    expect([alarms["MetricAlarms"], alarms["CompositeAlarms"], alarms["LogAlarms"]]).toEqual([[], [], []]);
    expect(world.call("events", "ListRules", {})["Rules"]).toEqual([]);
    expect(world.call("monitoring", "ListDashboards", {})["DashboardEntries"]).toEqual([]);
    expect(world.call("logs", "DescribeQueryDefinitions", {})["queryDefinitions"]).toEqual([]);
  });
});
