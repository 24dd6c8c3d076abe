// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policies hold templates
// Beside us there are the owner, with his own hands, other operators of the same account, and things of others whose
// names look like ours. Nobody loses anything to us.
import { beforeEach, describe, expect, test } from "vitest";
import { createService } from "./estate.ts";
import { type Any, useWorld } from "./harness.ts";
import { flags, ownersView, policies, putAlarm, type Stage, seedReference } from "./reference-estate.ts";

const world = useWorld();
beforeEach(() => seedReference(world));

const order = Object.keys(policies) as Stage[];
const other = { ...flags, owner: "other" };
const service = (name = "web"): Any =>
  world.call("ecs", "DescribeServices", { cluster: "prod-a", services: [name], include: ["TAGS"] })[
    "services"
  ][0];
const update = (fields: Any, name = "web"): void => {
  world.call("ecs", "UpdateService", { cluster: "prod-a", service: name, ...fields });
};
const group = (name = "web"): Any =>
  world.call("elasticloadbalancing", "DescribeTargetGroups", { Names: [name] })["TargetGroups"][0];
const modify = (fields: Any): void => {
  world.call("elasticloadbalancing", "ModifyTargetGroup", {
    TargetGroupArn: group().TargetGroupArn,
    ...fields,
  });
};

async function settle(policy: string, given: typeof flags = flags): Promise<Any> {
  const { json, stderr } = await world.apply(policy, given);
  expect(
    json?.outcomes?.filter(({ result }: Any) => result !== "applied"),
    stderr,
  ).toEqual([]);
  expect((await world.plan(policy, given)).json).toMatchObject({ changes: [], unknown: [] });
  return json;
}

describe("what the owner edits by hand over our layer is his new original", () => {
  const edits: Readonly<Record<string, { readonly by: Any; readonly at: () => Any }>> = {
    HealthCheckPath: { by: { HealthCheckPath: "/theirs" }, at: group },
    Matcher: { by: { Matcher: { HttpCode: "200-299" } }, at: group },
    HealthCheckIntervalSeconds: { by: { HealthCheckIntervalSeconds: 45 }, at: group },
    HealthCheckTimeoutSeconds: { by: { HealthCheckTimeoutSeconds: 7 }, at: group },
    HealthyThresholdCount: { by: { HealthyThresholdCount: 9 }, at: group },
    UnhealthyThresholdCount: { by: { UnhealthyThresholdCount: 8 }, at: group },
  };
  test.each(Object.entries(edits))("the check's %s", async (_, { by }) => {
    await settle(policies.first);
    const laid = group();
    modify(by);
    await settle(policies.first);
    expect(group()).toEqual(laid);
    await settle(policies.removal);
    expect(group()).toMatchObject(by);
  });

  test("the grace period", async () => {
    await settle(policies.first);
    update({ healthCheckGracePeriodSeconds: 45 });
    await settle(policies.first);
    expect(service().healthCheckGracePeriodSeconds).toBe(90);
    await settle(policies.removal);
    expect(service().healthCheckGracePeriodSeconds).toBe(45);
  });

  test.each([
    { enable: false, rollback: false },
    { enable: true, rollback: false },
    { enable: false, rollback: true },
  ])("the circuit breaker: $enable, $rollback", async (deploymentCircuitBreaker) => {
    await settle(policies.first);
    const { deploymentConfiguration } = service();
    update({ deploymentConfiguration: { ...deploymentConfiguration, deploymentCircuitBreaker } });
    await settle(policies.first);
    expect(service().deploymentConfiguration).toEqual(deploymentConfiguration);
    // What he did not change still comes back as it was before us.
    await settle(policies.removal);
    const { enable, rollback } = deploymentCircuitBreaker;
    expect(service().deploymentConfiguration.deploymentCircuitBreaker).toEqual({
      enable,
      rollback: rollback === true ? false : rollback,
    });
  });

  test("the deployment alarms: one more, one less, and theirs alone", async () => {
    const ours = "ecsmon/prod-a/web/http-5xx";
    const names = (): string[] => service().deploymentConfiguration.alarms.alarmNames;
    const set = (alarmNames: string[]): void => {
      const { deploymentConfiguration } = service();
      const alarms = { ...deploymentConfiguration.alarms, alarmNames };
      update({ deploymentConfiguration: { ...deploymentConfiguration, alarms } });
    };
    for (const name of ["second", "third"]) putAlarm(world, name);
    await settle(policies.first);
    expect(names()).toEqual(["made-by-hand", ours]);
    set(["second", "made-by-hand", ours]);
    expect((await world.plan(policies.first, flags)).json.changes).toEqual([]);
    set(["third"]);
    await settle(policies.first);
    expect(names()).toEqual(["third", ours]);
    await settle(policies.removal);
    expect(service().deploymentConfiguration.alarms).toEqual({
      alarmNames: ["third"],
      enable: true,
      rollback: false,
    });
  });

  test("fields of the deployment configuration that no SDK knows", async () => {
    const { deploymentConfiguration } = service("checkout");
    update({ deploymentConfiguration: { ...deploymentConfiguration, brandNew: { a: [1, {}] } } }, "checkout");
    for (const stage of order) {
      await settle(policies[stage]);
      expect(service("checkout").deploymentConfiguration).toMatchObject({ brandNew: { a: [1, {}] } });
    }
  });
});

describe("another operator", () => {
  test("has the same policy: each has its own, and takes away no more", async () => {
    await settle(policies.first);
    const ours = ownersView(world);
    const theirs = await world.apply(policies.first, other);
    expect(theirs.json.outcomes.filter(({ result }: Any) => result !== "applied")).toEqual([]);
    expect((await world.plan(policies.first, other)).json.changes).toEqual([]);
    expect((await world.plan(policies.first, flags)).json.changes).toEqual([]);
    const names: string[] = service().deploymentConfiguration.alarms.alarmNames;
    expect(names).toEqual(["made-by-hand", "ecsmon/prod-a/web/http-5xx", "other/prod-a/web/http-5xx"]);
    await settle(policies.removal, other);
    expect(ownersView(world)).toEqual(ours);
    expect((await world.plan(policies.first, flags)).json.changes).toEqual([]);
  });

  test("wants something else of the same field: it is told, and the owner's value is not lost", async () => {
    const before = ownersView(world);
    await settle(policies.first);
    const ours = ownersView(world);
    const { json } = await world.plan(policies.change, other);
    const held = json.blocked.filter(({ code }: Any) => code === "NotOwned");
    expect([...new Set(held.map(({ kind }: Any) => kind))].sort()).toEqual(
      expect.arrayContaining(["ClusterSettings", "LogGroup", "Service", "TargetGroup"]),
    );
    await world.apply(policies.change, other);
    expect((await world.plan(policies.first, flags)).json.changes).toEqual([]);
    await settle(policies.removal, other);
    expect(ownersView(world)).toEqual(ours);
    await settle(policies.removal);
    expect(ownersView(world)).toEqual(before);
  });
});

test("things of others whose names look like ours are never touched", async () => {
  const names = [
    "ecsmon",
    "ecsmon-",
    "ecsmon__",
    "ecsmonitor",
    "ecsmon_prod-a_web",
    "ecsmon-prod-a-0123456789ab",
  ];
  const slashed = [
    ...names,
    "ecsmon/",
    "ecsmon/prod-a",
    "ecsmon/prod-a/web",
    "ecsmonitor/prod-a/web/cpu-high",
  ];
  for (const name of names) {
    world.call("monitoring", "PutDashboard", { DashboardName: name, DashboardBody: '{"widgets":[]}' });
    world.call("events", "PutRule", { Name: name, EventPattern: '{"source":["aws.ecs"]}' });
    const Arn = "arn:aws:sns:us-east-1:123456789012:theirs";
    world.call("events", "PutTargets", { Rule: name, Targets: [{ Id: "ecsmon-1", Arn }] });
    const monitor = { type: "connectivity", name, memo: `ecsmon: not a mark ${name}`, scopes: [] };
    world.call("mackerel", "CreateMonitor", { monitor });
  }
  for (const name of slashed) {
    putAlarm(world, name);
    world.call("logs", "PutQueryDefinition", { name, queryString: "fields @message" });
    world.call("monitoring", "PutCompositeAlarm", { AlarmName: `${name}+`, AlarmRule: `ALARM("${name}")` });
  }
  const before = ownersView(world);
  for (const stage of order) await settle(policies[stage]);
  expect(ownersView(world)).toEqual(before);
});

test("a service that CodeDeploy deploys keeps its task definition and how its deployments are judged", async () => {
  createService(world, "prod-a", "deploy", { tier: "web", product: "shop" }, [], {
    app: { healthCheck: { command: ["CMD", "true"] } },
    service: { deploymentController: { type: "CODE_DEPLOY" } },
  });
  const before = service("deploy");
  for (const stage of ["first", "change", "removal"] as const) {
    const { json } = await world.apply(policies[stage], flags);
    expect(json.outcomes.filter(({ result }: Any) => result !== "applied")).toEqual([]);
    const { taskDefinition, deploymentConfiguration, deployments } = service("deploy");
    expect([taskDefinition, deploymentConfiguration, deployments.length]).toEqual([
      before.taskDefinition,
      before.deploymentConfiguration,
      before.deployments.length,
    ]);
  }
  expect(service("deploy").healthCheckGracePeriodSeconds ?? 0).toBe(
    before.healthCheckGracePeriodSeconds ?? 0,
  );
});

test("an alarm that another service's policy makes possible counts for roll-backs, and for dashboards", async () => {
  const document = (name: string, of: string, body: string): string => `---
apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: ${name} }
spec:
  selector: { services: [${of}] }
${body}`;
  const both = `${document("insights", "worker", "  cluster: { containerInsights: enhanced }\n")}${document(
    "rollback",
    "web",
    "  alarms: [{ name: few, preset: ecs-running-below-desired }]\n  deployment: { rollbackOnAlarms: [few] }\n  dashboard: true\n",
  )}`;
  await settle(both);
  expect(service().deploymentConfiguration.alarms.alarmNames).toEqual([
    "made-by-hand",
    "ecsmon/prod-a/web/few",
  ]);
  const [{ DashboardName }] = world.call("monitoring", "ListDashboards", {})["DashboardEntries"];
  const { DashboardBody } = world.call("monitoring", "GetDashboard", { DashboardName });
  expect(DashboardBody).toContain("ecsmon/prod-a/web/few");
});

test("an alarm that needs what is given back in the same run does not come, and the next plan is empty", async () => {
  const document = (body: string): string => `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: insights }
spec:
  selector: { services: [web] }
  ${body}
`;
  await settle(document("cluster: { containerInsights: enhanced }"));
  const alarm = document("alarms: [{ name: few, preset: ecs-running-below-desired }]");
  // A look at one service alone does not give back what belongs to the cluster.
  const { json } = await world.plan(alarm, { ...flags, service: ["web"] });
  expect(json.changes.map(({ kind }: Any) => kind)).toEqual(["MetricAlarm"]);
  const { plan } = await settle(alarm);
  expect(plan.changes.map(({ kind }: Any) => kind)).toEqual(["ClusterSettings"]);
  expect(plan.blocked.map(({ kind, code }: Any) => `${kind} ${code}`)).toEqual(["MetricAlarm NotApplicable"]);
});

test("a log metric that two policies give dimensions and an alarm is blocked, since it could never fire", async () => {
  const document = (name: string, metric: string): string => `---
apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: ${name} }
spec:
  selector: { services: [web] }
  logMetrics: [{ name: slow, ${metric} }]
`;
  const set = `${document("a", 'group: /ecs/prod-a/web, pattern: "{ $.ms > 5 }", dimensions: { Path: $.path }')}${document(
    "b",
    "alarm: { comparison: GreaterThanThreshold, threshold: 1 }",
  )}`;
  const { json, code } = await world.plan(set, flags);
  expect(json.blocked).toMatchObject([
    {
      kind: "MetricAlarm",
      code: "NeverFires",
      message: expect.stringMatching(/never have data; leave the dim/),
    },
  ]);
  expect(json.changes.map(({ kind }: Any) => kind)).toEqual(["MetricFilter"]);
  expect(code).toBe(1);
});
