// How ECS judges deployments of a service: the grace period, the circuit breaker, and alarms that roll back.
import { beforeEach, describe, expect, test } from "vitest";
import { createService, seedEstate } from "./estate.ts";
import { type Any, useWorld } from "./harness.ts";

const alarms = (threshold = 85): string => `
  alarms:
    - name: cpu-high
      metric: { namespace: AWS/ECS, metricName: CPUUtilization, statistic: Average }
      comparison: GreaterThanThreshold
      threshold: ${threshold}
    - name: p99
      metric: { namespace: AWS/ApplicationELB, metricName: TargetResponseTime, statistic: p99 }
      comparison: GreaterThanThreshold
      threshold: 1`;
const policy = (deployment: string, services = '"web-000"', more = alarms()): string => `---
apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: deployments }
spec:
  selector: { clusters: ["prod-*"], services: [${services}] }
  deployment: { ${deployment} }${more}
`;
const all =
  "healthCheckGracePeriod: 90s, circuitBreaker: { enable: true, rollback: true }, rollbackOnAlarms: [cpu-high]";
const nobody = policy("healthCheckGracePeriod: 90s", '"none"');
const cpuHigh = "ecsmon/prod-a/web-000/cpu-high";

describe("at rest", () => {
  const world = useWorld();
  const service = (name = "web-000"): Any =>
    world.call("ecs", "DescribeServices", { cluster: "prod-a", services: [name], include: ["TAGS"] })[
      "services"
    ][0];
  const update = (fields: Any, name = "web-000"): void => {
    world.call("ecs", "UpdateService", { cluster: "prod-a", service: name, ...fields });
  };
  const recordsOf = (name = "web-000"): Record<string, string> =>
    Object.fromEntries(
      service(name).tags.flatMap(({ key, value }: Any) =>
        key.startsWith("ecsmon.dev/") ? [[key.replace("ecsmon.dev/ecsmon/", ""), value]] : [],
      ),
    );
  const inputs = (): Any[] =>
    world.sandbox.control
      .calls({ write: true })
      .flatMap((call) => (call.operation === "UpdateService" ? [call.input] : []));
  /** Lets DescribeServices tell of web-000 with these fields in place of its own. */
  const answer = (fields: Any, rule: { readonly skip?: number } = {}): void => {
    const text = JSON.stringify({ services: [{ ...service(), ...fields }], failures: [] });
    // Dates are seconds on the wire.
    const body = text.replaceAll(/"(\d{4}-\d\d-\d\dT[^"]*)"/g, (_, at) => String(Date.parse(at) / 1000));
    const action = { respond: { status: 200, body } };
    world.sandbox.control.addFault({ operation: "DescribeServices", match: "web-000", action, ...rule });
  };
  const blockedOf = (json: Any): string[] =>
    (json.plan ?? json).blocked.map(({ kind, code }: Any) => `${kind} ${code}`);
  beforeEach(() => seedEstate(world));

  test("plan, apply, an empty plan, drift put right, and the originals given back", async () => {
    // Newer than the SDK, and the owner's.
    const theirs = {
      minimumHealthyPercent: 50,
      brandNew: { a: [1] },
      deploymentCircuitBreaker: {
        enable: false,
        rollback: false,
        thresholdConfiguration: { type: "COUNT", value: 3 },
      },
      alarms: { alarmNames: ["made-by-hand"], enable: true, rollback: false },
    };
    update({ deploymentConfiguration: theirs });
    const before = service();
    world.sandbox.control.clearCalls();
    const { json } = await world.plan(policy(all));
    expect(json.changes.find(({ kind }: Any) => kind === "Service")).toMatchObject({
      action: "update",
      name: "web-000",
      cluster: "prod-a",
      service: "web-000",
      impact: "none",
      differences: [
        {
          path: "deploymentConfiguration.alarms.alarmNames",
          before: ["made-by-hand"],
          after: [cpuHigh, "made-by-hand"],
        },
        { path: "deploymentConfiguration.alarms.rollback", before: false, after: true },
        { path: "deploymentConfiguration.deploymentCircuitBreaker.enable", before: false, after: true },
        { path: "deploymentConfiguration.deploymentCircuitBreaker.rollback", before: false, after: true },
        { path: "healthCheckGracePeriodSeconds", before: 0, after: 90 },
      ],
    });
    expect((await world.apply(policy(all))).code).toBe(0);
    expect(inputs()).toEqual([
      {
        cluster: "prod-a",
        service: "web-000",
        healthCheckGracePeriodSeconds: 90,
        deploymentConfiguration: {
          ...before.deploymentConfiguration,
          deploymentCircuitBreaker: { ...theirs.deploymentCircuitBreaker, enable: true, rollback: true },
          alarms: { alarmNames: ["made-by-hand", cpuHigh], enable: true, rollback: true },
        },
      },
    ]);
    expect(service().deployments).toHaveLength(1);
    expect(recordsOf()).toEqual({
      healthCheckGracePeriod: "original:0 written:90",
      "circuitBreaker.enable": "original:false written:true",
      "circuitBreaker.rollback": "original:false written:true",
      rollbackOnAlarms: "original:- written:added",
      "rollbackOnAlarms.rollback": "original:false written:true",
    });
    expect((await world.plan(policy(all))).code).toBe(0);

    const drifted = service().deploymentConfiguration;
    update({
      deploymentConfiguration: { ...drifted, minimumHealthyPercent: 75, alarms: theirs.alarms },
      healthCheckGracePeriodSeconds: 30,
    });
    expect((await world.apply(policy(all))).code).toBe(0);
    expect(service()).toMatchObject({
      healthCheckGracePeriodSeconds: 90,
      deploymentConfiguration: {
        minimumHealthyPercent: 75,
        alarms: { alarmNames: ["made-by-hand", cpuHigh], rollback: true },
      },
    });
    expect((await world.plan(policy(all))).code).toBe(0);

    expect((await world.apply(nobody)).code).toBe(0);
    expect(service().deploymentConfiguration).toEqual({
      ...before.deploymentConfiguration,
      minimumHealthyPercent: 75,
    });
    expect(service().healthCheckGracePeriodSeconds).toBe(30);
    expect(recordsOf()).toEqual({});
    expect(service().deployments).toHaveLength(1);
    expect((await world.plan(nobody)).code).toBe(0);
  });

  test("an alarm goes only once the service has let go of it", async () => {
    expect((await world.apply(policy(all))).code).toBe(0);
    world.sandbox.control.clearCalls();
    world.sandbox.control.addFault({ operation: "UpdateService", action: "denied" });
    const failed = await world.apply(nobody);
    expect(failed.code).toBe(1);
    const result = (kind: string): Any =>
      failed.json.outcomes.find((one: Any) => one.kind === kind && one.name !== "ecsmon/prod-a/web-000/p99");
    expect(result("Service")).toMatchObject({ result: "failed", error: { code: "AccessDenied" } });
    expect(result("MetricAlarm")).toMatchObject({
      name: cpuHigh,
      result: "skipped",
      error: { code: "DependencyFailed" },
    });
    world.sandbox.control.clearFaults();
    world.sandbox.control.clearCalls();
    expect((await world.apply(nobody)).code).toBe(0);
    const writes = world.writes();
    expect(writes.indexOf("UpdateService")).toBeLessThan(writes.indexOf("DeleteAlarms"));
    expect(service().deploymentConfiguration.alarms).toEqual({
      alarmNames: [],
      enable: false,
      rollback: false,
    });
  });

  test("an alarm of ours that the owner's deployments are judged by is not deleted", async () => {
    expect((await world.apply(policy("circuitBreaker: { enable: true }"))).code).toBe(0);
    const alarmsOfTheirs = { alarmNames: [cpuHigh], enable: true, rollback: true };
    update({ deploymentConfiguration: { ...service().deploymentConfiguration, alarms: alarmsOfTheirs } });
    const { code, json } = await world.apply(nobody);
    expect(code).toBe(1);
    expect(blockedOf(json)).toEqual(["MetricAlarm StillNamed"]);
    expect(service().deploymentConfiguration).toMatchObject({
      alarms: alarmsOfTheirs,
      deploymentCircuitBreaker: { enable: false },
    });
  });

  test("composite alarms and those of log metrics are named as well", async () => {
    const more = `${alarms()}
    - { name: bad, composite: 'ALARM("cpu-high") AND ALARM("fatal")' }
  logMetrics:
    - { name: fatal, group: /ecs/web, pattern: Fatal, alarm: { comparison: GreaterThanThreshold, threshold: 0 } }`;
    world.call("logs", "CreateLogGroup", { logGroupName: "/ecs/web" });
    const wanted = policy("rollbackOnAlarms: [bad, fatal]", '"web-000"', more);
    expect((await world.apply(wanted)).code).toBe(0);
    expect(service().deploymentConfiguration.alarms.alarmNames).toEqual([
      "ecsmon/prod-a/web-000/bad",
      "ecsmon/prod-a/web-000/fatal",
    ]);
    expect((await world.plan(wanted)).code).toBe(0);
    expect((await world.apply(nobody)).code).toBe(0);
    expect((await world.plan(nobody)).json.changes).toEqual([]);
  });

  test("a waived alarm counts as one that never fires, and so does one that does not apply", async () => {
    const both = policy("rollbackOnAlarms: [cpu-high, p99]", '"web-000", "web-005"');
    expect((await world.apply(both)).code).toBe(0);
    expect(service().deploymentConfiguration.alarms.alarmNames).toEqual([
      cpuHigh,
      "ecsmon/prod-a/web-000/p99",
    ]);
    expect(service("web-005").deploymentConfiguration.alarms.alarmNames).toEqual([
      "ecsmon/prod-a/web-005/cpu-high",
    ]);
    const waived = `${both}---
apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringException
metadata: { name: noisy }
spec:
  selector: { services: ["web-005"] }
  except: [alarms.cpu-high]
  reason: it is noisy
  expires: "${new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10)}"
`;
    expect((await world.apply(waived)).code).toBe(0);
    expect(service("web-005").deploymentConfiguration.alarms).toEqual({
      alarmNames: [],
      enable: false,
      rollback: false,
    });
    expect((await world.plan(waived)).code).toBe(0);
    expect((await world.apply(both)).code).toBe(0);
    expect(service("web-005").deploymentConfiguration.alarms.alarmNames).toHaveLength(1);
  });

  test("an alarm that no policy of the service has keeps the list as it stands", async () => {
    expect((await world.apply(policy(all))).code).toBe(0);
    const elsewhere =
      policy("rollbackOnAlarms: [cpu-high, p98]") +
      policy("healthCheckGracePeriod: 90s", '"none"', alarms().replace("p99", "p98")).replace(
        "name: deployments",
        "name: b",
      );
    const { json } = await world.plan(elsewhere);
    expect(json.blocked).toMatchObject([
      {
        kind: "Service",
        code: "MissingReference",
        message: expect.stringContaining('has an alarm "p98"; did you mean "p99"?'),
      },
    ]);
    expect(json.changes).toEqual([]);
    const [found] = json.diagnostics;
    expect(found).toBeUndefined();
  });

  test("what does not apply is told, and the rest is done", async () => {
    createService(world, "prod-a", "canary-1", {}, [], {
      service: { deploymentConfiguration: { strategy: "BLUE_GREEN" } },
    });
    createService(world, "prod-a", "deploy-1", {}, [], {
      service: { deploymentController: { type: "CODE_DEPLOY" } },
    });
    createService(world, "prod-a", "checked-1", {}, [], {
      app: { healthCheck: { command: ["CMD", "true"] } },
    });
    const services = '"canary-1", "deploy-1", "checked-1"';
    const ran = await world.apply(policy(all, services));
    expect(blockedOf(ran.json).filter((line) => line.startsWith("Service"))).toEqual([
      "Service NotApplicable",
      "Service NotApplicable",
      "Service NotApplicable",
      "Service UnsupportedDeploymentController",
    ]);
    expect(ran.code).toBe(0);
    expect(service("canary-1").deploymentConfiguration).toMatchObject({
      strategy: "BLUE_GREEN",
      deploymentCircuitBreaker: { enable: false },
      alarms: { enable: true },
    });
    expect(service("checked-1").healthCheckGracePeriodSeconds).toBe(90);
    expect((await world.plan(policy(all, services))).code).toBe(0);
  });

  test("the grace period that the policy sets is the one that new checks are measured by", async () => {
    const checked = `\n  healthCheck: { container: app, command: [CMD, "true"] }`;
    const warnings = async (deployment: string): Promise<string[]> =>
      (await world.plan(policy(deployment, '"web-000"', checked))).json.diagnostics.map(
        ({ code, path }: Any) => (path === undefined ? code : `${code} ${path}`),
      );
    const grace = "GracePeriodTooShort spec.deployment.healthCheckGracePeriod";
    // The service's own is measured by the check, which is what the policy has.
    expect(await warnings("circuitBreaker: { enable: true }")).toEqual([
      "GracePeriodTooShort spec.healthCheck",
    ]);
    expect(await warnings("healthCheckGracePeriod: 90s")).toEqual([]);
    // The plan measures by all of the check; the policy itself is only warned of what surely is too short.
    expect(await warnings("healthCheckGracePeriod: 89s")).toEqual([grace]);
    expect(await warnings("healthCheckGracePeriod: 29s")).toEqual([grace, grace]);
  });

  test("a service with the short ARN of old takes no record, so nothing is changed", async () => {
    answer({ serviceArn: "arn:aws:ecs:us-east-1:123456789012:service/web-000" });
    const { code, json } = await world.plan(policy(all), { service: ["web-000"] });
    expect(code).toBe(1);
    expect(blockedOf(json)).toEqual(["Service NotTaggable"]);
  });

  test("tags that the read leaves out lose no record", async () => {
    expect((await world.apply(policy(all))).code).toBe(0);
    const live = service();
    answer({ tags: [] });
    const { json } = await world.apply(policy("healthCheckGracePeriod: 200s"), { service: ["web-000"] });
    expect(json.outcomes).toMatchObject([
      { kind: "Service", result: "failed", error: { code: "TagsIncomplete" } },
    ]);
    world.sandbox.control.clearFaults();
    expect(service()).toEqual(live);
  });

  test.each<[string, Any, string, string]>([
    [
      "what somebody changed since the plan is theirs",
      { healthCheckGracePeriodSeconds: 45 },
      "failed",
      "ServiceChanged",
    ],
    [
      "a deployment that began since the plan is left alone",
      { deployments: [{ status: "PRIMARY", rolloutState: "IN_PROGRESS" }] },
      "skipped",
      "DeploymentInProgress",
    ],
  ])("%s", async (_name, fields, result, code) => {
    // The first answer is the plan's.
    answer(fields, { skip: 1 });
    const wanted = policy("circuitBreaker: { enable: true }", '"web-000"', "");
    const { json } = await world.apply(wanted, { service: ["web-000"] });
    expect(json.outcomes).toMatchObject([{ kind: "Service", result, error: { code } }]);
    expect(world.writes()).toEqual([]);
  });
});

describe("while a deployment is under way", () => {
  const world = useWorld({ deploymentSeconds: 60 });
  beforeEach(() => {
    seedEstate(world);
    world.sandbox.control.advance(600_000);
    world.call("ecs", "UpdateService", { cluster: "prod-a", service: "web-000", forceNewDeployment: true });
    world.sandbox.control.clearCalls();
  });

  test("how it is judged is left alone; a grace period does not wait", async () => {
    const held = await world.apply(policy("circuitBreaker: { enable: true }"));
    expect(held.json.plan.blocked).toMatchObject([{ kind: "Service", code: "DeploymentInProgress" }]);
    expect(held.code).toBe(3);
    expect((await world.apply(policy("healthCheckGracePeriod: 90s"))).code).toBe(0);
    const forced = await world.apply(
      policy("healthCheckGracePeriod: 90s, circuitBreaker: { enable: true }"),
      { force: true },
    );
    expect(forced.code).toBe(0);
  });
});
