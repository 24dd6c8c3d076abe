// Presets, anomaly bands and composite alarms from policy to CloudWatch and back, against the sandbox.
import { beforeEach, describe, expect, it } from "vitest";
import { seedEstate } from "./estate.ts";
import { type Any, tally, useWorld } from "./harness.ts";

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
  const other = "{ name: y, preset: ecs-cpu-high }";
  const metric = policy(`${other}\n{ name: x, preset: ecs-memory-high }`);
  const composite = policy(`${other}\n{ name: x, composite: ALARM(y) }`);
  const swapped = policy("{ name: y, composite: ALARM(x) }\n{ name: x, preset: ecs-memory-high }");
  const role = '"arn:aws:iam::123456789012:role/other"';
  const query = `  queries: [{ name: x, query: "stats count(*) as c", groups: ["/x"], alarm: { aggregation: max(c), every: 5m, window: 5m, roleArn: ${role}, comparison: GreaterThanThreshold, threshold: 1 } }]\n`;
  const log = policy(other, query);

  const standing = (): Any[] => {
    const { MetricAlarms } = world.call("monitoring", "DescribeAlarms", {
      AlarmNames: ["ecsmon/prod-a/web-000/x"],
    });
    const times = /Timestamp|^AlarmConfigurationUpdated|^State/;
    return MetricAlarms.map((alarm: Any) =>
      Object.fromEntries(Object.entries(alarm).filter(([key]) => !times.test(key))),
    );
  };
  const typesOfX = (): string[] =>
    Object.entries(
      world.call("monitoring", "DescribeAlarms", {
        AlarmNamePrefix: "ecsmon/prod-a/web-000/x",
        AlarmTypes: ["MetricAlarm", "CompositeAlarm", "LogAlarm"],
      }),
    ).flatMap(([type, alarms]) => (Array.isArray(alarms) && alarms.length > 0 ? [type] : []));
  const isOfX = (call: Any): boolean =>
    JSON.stringify(call.input).includes('"AlarmName":"ecsmon/prod-a/web-000/x"') ||
    call.input.AlarmNames?.includes("ecsmon/prod-a/web-000/x");
  const replacements = (json: Any): Any[] => json.changes.filter(({ deletes }: Any) => deletes > 0);

  it.each([
    ["metric alarm", "composite", metric, composite, "CompositeAlarm", 2],
    ["composite", "metric alarm", composite, metric, "MetricAlarm", 2],
    ["metric alarm", "log alarm", metric, log, "LogAlarm", 2],
    ["log alarm", "composite", log, composite, "CompositeAlarm", 2],
    ["composite", "log alarm", composite, log, "LogAlarm", 2],
    ["composite beside a metric alarm", "the other way round", composite, swapped, "MetricAlarm", 4],
  ] as const)("from %s to %s: one run replaces it", async (_from, _to, before, after, kind, count) => {
    world.call("logs", "CreateLogGroup", { logGroupName: "/x" });
    expect((await world.apply(before)).code).toBe(0);
    const [former] = typesOfX();
    const plan = await world.plan(after, { maxDeletes: 4 });
    expect(plan.json.blocked).toEqual([]);
    expect(replacements(plan.json)).toHaveLength(count);
    expect(
      plan.json.changes.find((one: Any) => one.kind === kind && one.name === "ecsmon/prod-a/web-000/x"),
    ).toMatchObject({
      action: "update",
      kind,
      deletes: 1,
      before: { AlarmType: former?.slice(0, -1) },
      after: { Tags: expect.anything() },
      differences: expect.arrayContaining([{ path: "AlarmType", before: former?.slice(0, -1), after: kind }]),
    });
    world.sandbox.control.clearCalls();
    expect((await world.apply(after)).code).toBe(0);
    // Nobody is without an alarm for longer than two calls take.
    const calls = world.sandbox.control
      .calls({ write: true })
      .filter(({ service }) => service === "monitoring");
    expect(calls.filter(isOfX).map(({ operation }) => operation)).toEqual(["DeleteAlarms", `Put${kind}`]);
    expect(calls).toHaveLength(2 * count);
    expect(typesOfX()).toEqual([`${kind}s`]);
    expect((await world.plan(after)).json.changes).toEqual([]);
  });

  it("is a delete to the guards, which leave the old one standing", async () => {
    await world.apply(metric);
    const guarded = await world.apply(composite, { maxDeletes: 1 });
    expect(guarded.json.plan.blocked).toMatchObject([
      { code: "DeleteGuard", kind: "CompositeAlarm" },
      { code: "DeleteGuard", kind: "CompositeAlarm" },
    ]);
    expect(typesOfX()).toEqual(["MetricAlarms"]);
    await world.apply(composite, { deletePolicy: "upsert-only" });
    expect(typesOfX()).toEqual(["MetricAlarms"]);
  });

  it.each([
    ["blocked", "{ name: x, composite: ALARM(nowhere) }", ""],
    ["in audit", "{ name: x, composite: ALARM(y) }", "  enforcement: { CompositeAlarm: Audit }\n"],
    ["suspended", "{ name: x, composite: ALARM(y) }", "  suspend: true\n"],
  ])("and is %s leaves the old one standing", async (_how, alarm, more) => {
    await world.apply(metric);
    world.sandbox.control.clearCalls();
    await world.apply(policy(`${other}\n${alarm}`, more));
    expect(world.writes()).toEqual([]);
  });

  it.each([
    [
      "puts the old one back",
      ["PutCompositeAlarm"],
      "stands again, with new history",
      ["MetricAlarms"],
      "update",
    ],
    [
      "is told to be gone, and made by the next run",
      ["PutCompositeAlarm", "PutMetricAlarm"],
      "is deleted already, and the next run makes this one",
      [],
      "create",
    ],
  ])("and cannot be made %s", async (_what, refused, told, left, next) => {
    await world.apply(metric);
    const before = standing();
    for (const operation of refused)
      world.sandbox.control.addFault({ match: "web-000/x", operation, action: "denied" });
    const { json, code } = await world.apply(composite);
    expect(json.outcomes.find(({ result }: Any) => result === "failed")).toMatchObject({
      action: "update",
      name: "ecsmon/prod-a/web-000/x",
      error: {
        code: "AccessDenied",
        message: expect.stringContaining(`the MetricAlarm of that name ${told}`),
      },
    });
    expect([code, typesOfX()]).toEqual([1, left]);
    if (left.length > 0) expect(standing()).toEqual(before);
    world.sandbox.control.clearFaults();
    expect((await world.plan(composite)).json.changes).toMatchObject([{ action: next }]);
    expect((await world.apply(composite)).code).toBe(0);
    expect(typesOfX()).toEqual(["CompositeAlarms"]);
  });

  it("stands where CloudWatch does not let it go", async () => {
    const top = "{ name: top, composite: ALARM(x) }";
    await world.apply(policy(`${other}\n{ name: x, preset: ecs-memory-high }\n${top}`));
    const { json, code } = await world.apply(policy(`${other}\n{ name: x, composite: ALARM(y) }\n${top}`));
    expect(json.outcomes.map(({ error }: Any) => error?.message)).toContainEqual(
      expect.stringMatching(/Cannot delete .*\/x as it is used by the composite alarm .*\/top$/),
    );
    expect([code, typesOfX()]).toEqual([1, ["MetricAlarms"]]);
  });

  it("while a service's deployments are judged by it waits until the service has let go of it", async () => {
    const judged = (alarms: string, names: string): string =>
      policy(alarms, `  deployment: { rollbackOnAlarms: [${names}] }\n`);
    const [before, after] = [
      `${other}\n{ name: x, preset: ecs-memory-high }`,
      `${other}\n{ name: x, composite: ALARM(y) }`,
    ];
    expect((await world.apply(judged(before, "x"))).code).toBe(0);
    const kept = await world.apply(judged(after, "x"));
    expect(kept.json.plan.blocked.map(({ code }: Any) => code)).toEqual(["StillNamed", "StillNamed"]);
    expect([kept.code, typesOfX()]).toEqual([1, ["MetricAlarms"]]);
    const left = await world.apply(judged(after, "y"));
    expect(left.json.plan.blocked).toMatchObject([
      { code: "DeploymentInProgress", message: expect.stringContaining("the next run replaces it") },
      { code: "DeploymentInProgress" },
    ]);
    expect([left.code, typesOfX()]).toEqual([3, ["MetricAlarms"]]);
    expect((await world.apply(judged(after, "y"))).code).toBe(0);
    expect(typesOfX()).toEqual(["CompositeAlarms"]);
    expect((await world.plan(judged(after, "y"))).json.changes).toEqual([]);
  });
});

describe("tags of an alarm that stands", () => {
  const x = "{ name: x, preset: ecs-memory-high, threshold: 80 }";
  const both = "{ name: both, composite: ALARM(x) }";
  const role = '"arn:aws:iam::123456789012:role/other"';
  const query = `  queries: [{ name: q, query: "stats count(*) as c", groups: ["/x"], alarm: { aggregation: max(c), every: 5m, window: 5m, roleArn: ${role}, comparison: GreaterThanThreshold, threshold: 1 } }]\n`;
  const whole = policy(`${x}\n${both}`, query);
  const renamed = whole.replace("name: web", "name: renamed");
  const changed = renamed
    .replace("threshold: 80", "threshold: 81")
    .replace("ALARM(x)", "NOT ALARM(x)")
    .replace("threshold: 1 }", "threshold: 2 }");
  const tagsOf = (name: string): Record<string, string> => {
    const ResourceARN = `arn:aws:cloudwatch:us-east-1:123456789012:alarm:ecsmon/prod-a/web-000/${name}`;
    const { Tags } = world.call("monitoring", "ListTagsForResource", { ResourceARN });
    return Object.fromEntries(Tags.map(({ Key, Value }: Any) => [Key, Value]));
  };
  const ours = (name: string) => ({ "ecsmon.dev/owner": "ecsmon", "ecsmon.dev/policy": name });

  beforeEach(() => {
    world.call("logs", "CreateLogGroup", { logGroupName: "/x" });
  });

  it("are brought up to date when it is written, and asked for by no plan", async () => {
    await world.apply(whole);
    world.sandbox.control.clearCalls();
    expect((await world.apply(renamed)).json.plan.changes).toEqual([]);
    expect([world.writes(), tagsOf("x")]).toEqual([[], ours("web")]);
    world.sandbox.control.clearCalls();
    expect((await world.apply(changed)).code).toBe(0);
    expect(tally(world.writes(), (call) => call)).toEqual({
      PutMetricAlarm: 2,
      PutCompositeAlarm: 2,
      PutLogAlarm: 2,
      TagResource: 6,
    });
    for (const name of ["x", "both", "q"]) expect(tagsOf(name)).toEqual(ours("renamed"));
    expect((await world.plan(changed)).json.changes).toEqual([]);
    const calls = world.sandbox.control.calls({ service: "monitoring" });
    expect(calls.filter(({ operation }) => operation === "ListTagsForResource")).toEqual([]);
  });

  it("come to one that somebody made under our name, which keeps its own", async () => {
    const alarm = { Namespace: "A", MetricName: "B", Statistic: "Sum", Period: 60, EvaluationPeriods: 1 };
    world.call("monitoring", "PutMetricAlarm", {
      ...alarm,
      AlarmName: "ecsmon/prod-a/web-000/x",
      Threshold: 1,
      ComparisonOperator: "GreaterThanThreshold",
      Tags: [{ Key: "team", Value: "shop" }],
    });
    expect((await world.apply(whole)).code).toBe(0);
    expect(tagsOf("x")).toEqual({ team: "shop", ...ours("web") });
  });

  it("that cannot be laid are told; the alarm is written", async () => {
    await world.apply(whole);
    world.sandbox.control.addFault({ match: "web-000/x", operation: "TagResource", action: "denied" });
    const { json, code } = await world.apply(changed);
    expect(json.outcomes.filter(({ result }: Any) => result === "failed")).toMatchObject([
      {
        name: "ecsmon/prod-a/web-000/x",
        error: {
          code: "AccessDenied",
          message: expect.stringMatching(
            /^cloudwatch:TagResource was denied: .*; all but the tags ecsmon.dev\/owner and ecsmon.dev\/policy is written$/,
          ),
        },
      },
    ]);
    expect([code, standing("MetricAlarms")["web-000/x"].Threshold]).toEqual([1, 81]);
  });
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
