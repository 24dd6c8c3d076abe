// Presets, anomaly bands and composite alarms from policy to CloudWatch and back, against the sandbox.
import { beforeEach, describe, expect, it } from "vitest";
import { seedEstate } from "./estate.ts";
import { type Any, useWorld } from "./harness.ts";

const world = useWorld();
beforeEach(() => seedEstate(world));

const policy = (alarms: string, more = ""): string => `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: web }
spec:
  selector: { clusters: [prod-a], services: [web-000, web-005] }
  notifications: { page: ["arn:aws:sns:us-east-1:123456789012:pager"] }
${more}  alarms:
${alarms
  .trim()
  .split("\n")
  .map((line) => `    - ${line.trim()}`)
  .join("\n")}
`;

const cpu = "{ name: cpu, preset: ecs-cpu-high, threshold: 85, severity: page }";
const rate = "{ name: rate, preset: alb-5xx-rate }";
const low = "{ name: low, composite: 'ALARM(cpu) OR ALARM(rate)' }";
const top = "{ name: a-top, composite: 'ALARM(low) AND NOT OK(\"made-by-hand/x\")', severity: page }";
const memory =
  "{ name: memory, anomaly: { metric: { namespace: AWS/ECS, metricName: MemoryUtilization, statistic: Average } }, comparison: GreaterThanUpperThreshold, period: 5m, warmUp: 1h }";
const whole = policy([cpu, rate, low, top, memory].join("\n"));

function standing(type: "MetricAlarms" | "CompositeAlarms"): Record<string, Any> {
  const answer = world.call("monitoring", "DescribeAlarms", {
    AlarmNamePrefix: "ecsmon/",
    AlarmTypes: ["MetricAlarm", "CompositeAlarm"],
    MaxRecords: 100,
  });
  return Object.fromEntries(
    answer[type].map((alarm: Any) => [alarm.AlarmName.slice("ecsmon/prod-a/".length), alarm]),
  );
}

const names = (type: "MetricAlarms" | "CompositeAlarms"): string[] => Object.keys(standing(type));

beforeEach(() => {
  world.call("monitoring", "PutMetricAlarm", {
    AlarmName: "made-by-hand/x",
    Namespace: "N",
    MetricName: "M",
    Statistic: "Sum",
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: "GreaterThanThreshold",
  });
  world.sandbox.control.clearCalls();
});

describe("alarms of every source", () => {
  it("stand after one apply, parents after children, and the second plan is empty", async () => {
    const applied = await world.apply(whole);
    expect(applied.json.outcomes.filter(({ result }: Any) => result !== "applied")).toEqual([]);
    expect(applied.code).toBe(0);
    expect(names("MetricAlarms")).toEqual([
      "web-000/cpu",
      "web-000/memory",
      "web-000/rate",
      "web-005/cpu",
      "web-005/memory",
    ]);
    const composites = standing("CompositeAlarms");
    expect(composites["web-000/low"].AlarmRule).toBe(
      'ALARM("ecsmon/prod-a/web-000/cpu") OR ALARM("ecsmon/prod-a/web-000/rate")',
    );
    // Without a load balancer there is no rate: it is FALSE.
    expect(composites["web-005/low"].AlarmRule).toBe('ALARM("ecsmon/prod-a/web-005/cpu") OR FALSE');
    expect(composites["web-000/a-top"]).toMatchObject({
      AlarmRule: 'ALARM("ecsmon/prod-a/web-000/low") AND NOT OK("made-by-hand/x")',
      AlarmActions: ["arn:aws:sns:us-east-1:123456789012:pager"],
    });
    expect(standing("MetricAlarms")["web-000/memory"].WarmUpConfiguration).toMatchObject({
      WarmUpPeriodDurationInMinutes: 60,
    });
    const again = await world.plan(whole);
    expect(again.json.changes).toEqual([]);
    expect(again.json.blocked.map(({ name, code }: Any) => [name, code])).toEqual([
      ["ecsmon/prod-a/web-005/rate", "NotApplicable"],
    ]);
    expect(again.code).toBe(0);
  });

  it("do not differ by a warm-up that came too late", async () => {
    await world.apply(whole);
    expect((await world.plan(whole.replace("warmUp: 1h", "warmUp: 2h"))).json.changes).toEqual([]);
    const changed = await world.plan(whole.replace("warmUp: 1h", "warmUp: 2h, description: new"));
    expect(changed.json.changes[0].after.WarmUpConfiguration).toEqual({ WarmUpPeriodDurationInMinutes: 120 });
  });

  it("are put right after changes by hand", async () => {
    await world.apply(whole);
    const { AlarmName } = standing("CompositeAlarms")["web-000/low"];
    world.call("monitoring", "PutCompositeAlarm", { AlarmName, AlarmRule: "FALSE" });
    const plan = await world.plan(whole);
    expect(
      plan.json.changes.map(({ action, name, differences }: Any) => [
        action,
        name,
        differences.map(({ path }: Any) => path),
      ]),
    ).toEqual([["update", "ecsmon/prod-a/web-000/low", ["AlarmDescription", "AlarmRule"]]]);
    expect((await world.apply(whole)).code).toBe(0);
    expect((await world.plan(whole)).json.changes).toEqual([]);
  });

  it("go in the right order when nobody wants them: parents first", async () => {
    await world.apply(whole);
    world.sandbox.control.clearCalls();
    const gone = await world.apply(policy(cpu));
    expect(gone.code).toBe(0);
    expect(names("CompositeAlarms")).toEqual([]);
    expect(names("MetricAlarms")).toEqual(["web-000/cpu", "web-005/cpu"]);
    const deletes = world.sandbox.control
      .calls({ write: true })
      .map(({ input }) =>
        (input as { AlarmNames: string[] }).AlarmNames.map((name) => name.split("/").at(-1)),
      );
    expect(deletes.slice(0, 4)).toEqual([["a-top"], ["a-top"], ["low"], ["low"]]);
  });

  it("are not touched while they cannot be read", async () => {
    await world.apply(whole);
    world.sandbox.control.addFault({ service: "monitoring", operation: "DescribeAlarms", action: "denied" });
    const plan = await world.plan(policy(cpu));
    expect(plan.json.changes).toEqual([]);
    expect(plan.json.unknown.map(({ kind }: Any) => kind)).toEqual(
      expect.arrayContaining(["CompositeAlarm", "MetricAlarm"]),
    );
    expect(plan.code).toBe(1);
  });

  it("wait where one that they name fails", async () => {
    world.sandbox.control.addFault({ match: "web-000/cpu", operation: "PutMetricAlarm", action: "denied" });
    const { json, code } = await world.apply(whole);
    const of = (name: string) =>
      json.outcomes.find((one: Any) => one.name === `ecsmon/prod-a/web-000/${name}`);
    expect(of("cpu").result).toBe("failed");
    expect(of("low")).toMatchObject({ result: "skipped", error: { code: "DependencyFailed" } });
    expect(of("a-top")).toMatchObject({ result: "skipped", error: { code: "DependencyFailed" } });
    expect(code).toBe(1);
    world.sandbox.control.clearFaults();
    expect((await world.apply(whole)).code).toBe(0);
  });
});

describe("an alarm that changes its type", () => {
  const metric = policy(`${cpu}\n{ name: x, preset: ecs-memory-high }`);
  const composite = policy(`${cpu}\n{ name: x, composite: ALARM(cpu) }`);

  it.each([
    ["a metric alarm becomes a composite", metric, composite, "CompositeAlarms"],
    ["a composite becomes a metric alarm", composite, metric, "MetricAlarms"],
  ] as const)(
    "%s: the old one goes in one run, the new one comes in the next",
    async (_name, before, after, type) => {
      await world.apply(before);
      const first = await world.apply(after);
      expect(first.json.plan.blocked.map(({ code, name }: Any) => [code, name])).toEqual([
        ["Conflict", "ecsmon/prod-a/web-000/x"],
        ["Conflict", "ecsmon/prod-a/web-005/x"],
      ]);
      expect(first.json.outcomes.map(({ action, result }: Any) => [action, result])).toEqual([
        ["delete", "applied"],
        ["delete", "applied"],
      ]);
      expect(first.code).toBe(1);
      expect((await world.apply(after)).code).toBe(0);
      expect(names(type)).toEqual(expect.arrayContaining(["web-000/x", "web-005/x"]));
      expect((await world.plan(after)).json.changes).toEqual([]);
    },
  );
});

describe("presets that need Container Insights", () => {
  const running = "{ name: running, preset: ecs-running-below-desired }";

  it("are not for a cluster without, and come with the policy that turns them on", async () => {
    const off = await world.plan(policy(running));
    expect(off.json.blocked.map(({ code, message }: Any) => `${code}: ${message}`)[0]).toMatch(
      /^NotApplicable: preset .* off for cluster prod-a/,
    );
    expect(off.code).toBe(0);
    const on = policy(running, "  cluster: { containerInsights: enabled }\n");
    expect((await world.apply(on)).code).toBe(0);
    expect(names("MetricAlarms")).toEqual(["web-000/running", "web-005/running"]);
    expect((await world.plan(on)).json.changes).toEqual([]);
  });
});
