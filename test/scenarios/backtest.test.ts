// `plan --backtest` against the sandbox with planted metrics: what alarms would have done, and who would have been told.
import { beforeEach, describe, expect, it } from "vitest";
import { runProgram } from "../../controller/cli/program.ts";
import { between, createRandom, pick } from "../simulation/random.ts";
import { evaluateBrutally, type PlainAlarm, type Sample } from "../support/brute-force-alarm.ts";
import { createTestIo } from "../unit/cli/test-io.ts";
import { account, seedEstate } from "./estate.ts";
import { type Any, useWorld } from "./harness.ts";

const world = useWorld();
beforeEach(() => seedEstate(world));

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const pager = `arn:aws:sns:us-east-1:${account}:pager`;

const policy = (
  alarms: readonly string[],
  more = "",
  services = "[web-000]",
): string => `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: web }
spec:
  selector: { clusters: [prod-a], services: ${services} }
  notifications: { page: ["${pager}"] }
${more}  alarms:
${alarms.map((line) => `    - ${line}`).join("\n")}
`;

const dimensionsOf = (service: string) => [
  { Name: "ClusterName", Value: "prod-a" },
  { Name: "ServiceName", Value: service },
];

function plant(metric: string, service: string, samples: readonly Sample[], Namespace = "AWS/ECS"): void {
  world.sandbox.control.plantMetrics({
    Namespace,
    MetricData: samples.map(({ at, value }) => ({
      MetricName: metric,
      Dimensions: dimensionsOf(service),
      Timestamp: new Date(at),
      Value: value,
    })),
  });
}

/** One a minute. */
function series(from: number, minutes: number, valueAt: (index: number) => number | undefined): Sample[] {
  return Array.from({ length: minutes }, (_, index) => ({ at: from + index * minute, value: valueAt(index) }))
    .filter((one): one is Sample => one.value !== undefined)
    .map((one) => ({ ...one, at: Math.floor(one.at / minute) * minute }));
}

const topic = (): void => {
  world.call("sns", "CreateTopic", { Name: "pager" });
  world.call("sns", "Subscribe", {
    TopicArn: pager,
    Protocol: "sqs",
    Endpoint: `arn:aws:sqs:us-east-1:${account}:events`,
  });
};

const codes = (json: Any): string[] => json.backtest.warnings.map(({ code }: Any) => code);

describe("what alarms would have done", () => {
  it("is what a brute force finds, for 200 random alarms", async () => {
    const random = createRandom(20_261_122);
    const services = Array.from({ length: 5 }, (_, index) => `web-00${index}`);
    const metrics = ["Steady", "Gappy", "Rare", "Burst", "Counted"];
    // The same minutes of the day in each run.
    const until = Math.floor(Date.now() / day) * day;
    const start = until - 3 * day;
    const data = new Map<string, Sample[]>();
    for (const service of services)
      for (const metric of metrics) {
        let level = 50;
        let silentFor = 0;
        const samples = series(start, 3 * 24 * 60 + 30, (index) => {
          level = Math.max(0, Math.min(100, level + (random() - 0.5) * 12));
          silentFor = silentFor > 0 ? silentFor - 1 : random() < 0.004 ? Math.floor(random() * 200) : 0;
          if (metric === "Gappy" && (silentFor > 0 || random() < 0.2)) return undefined;
          if (metric === "Rare" && random() < 0.97) return undefined;
          if (metric === "Burst") return index % 397 < 9 ? 90 + random() * 10 : random() * 20;
          return metric === "Counted" ? Math.floor(level / 20) : Math.round(level * 100) / 100;
        });
        // Some minutes have many samples.
        const more = metric === "Steady" ? samples.filter(({ at }) => ((at - start) / minute) % 7 < 3) : [];
        const all = [...samples, ...more.map(({ at, value }) => ({ at, value: Math.max(0, value - 1) }))];
        data.set(`${service}/${metric}`, all);
        plant(metric, service, all);
      }
    const alarms = Array.from({ length: 40 }, (_, index) => {
      const n = between(random, 1, 6);
      const statistic = pick(random, ["Average", "Sum", "Minimum", "Maximum", "SampleCount", "p90", "p50"]);
      const period = pick(random, [60, 60, 60, 120, 300, 600, 3600]);
      const alarm: PlainAlarm = {
        period,
        // Percentiles cannot be made up of those of minutes.
        every: statistic.startsWith("p") ? period : 60,
        statistic,
        n,
        m: between(random, 1, n),
        comparison: pick(random, [
          "GreaterThanThreshold",
          "GreaterThanOrEqualToThreshold",
          "LessThanThreshold",
          "LessThanOrEqualToThreshold",
        ]),
        threshold: between(random, 0, 99),
        missing: pick(random, ["missing", "ignore", "breaching", "notBreaching"]),
        ignoresFewSamples: statistic.startsWith("p") && random() < 0.5,
      };
      return { name: `a${index}`, metric: pick(random, metrics), alarm };
    });
    const text = policy(
      alarms.map(
        ({ name, metric, alarm }) =>
          `{ name: ${name}, metric: { namespace: AWS/ECS, metricName: ${metric} }, statistic: ${alarm.statistic}, period: ${alarm.period}s, evaluationPeriods: ${alarm.n}, datapointsToAlarm: ${alarm.m}, comparison: ${alarm.comparison}, threshold: ${alarm.threshold}, treatMissingData: ${alarm.missing}${alarm.statistic.startsWith("p") ? `, evaluateLowSampleCountPercentile: ${alarm.ignoresFewSamples ? "ignore" : "evaluate"}` : ""} }`,
      ),
      "",
      `[${services.join(", ")}]`,
    );

    const { json, stderr } = await world.plan(text, { backtest: 2 * 86_400, asOf: new Date(until) });

    expect(stderr).not.toContain("error");
    const { tested, untested } = json.backtest;
    expect([tested.length, untested]).toEqual([200, []]);
    let fired = 0;
    for (const found of tested as Any[]) {
      const { metric, alarm } = alarms.find(({ name }) =>
        found.name.endsWith(`/${name}`),
      ) as (typeof alarms)[0];
      const step = alarm.every * 1000;
      const end = Math.floor(Date.parse(json.backtest.until) / step) * step;
      const from = Date.parse(found.from);
      expect(end - from).toBe(2 * day);
      const expected = evaluateBrutally(alarm, data.get(`${found.service}/${metric}`) ?? [], from, end);
      expect({ alarm, ...pickFigures(found) }).toEqual({ alarm, ...expected });
      fired += found.fired;
    }
    // Not that all of them slept.
    expect(fired).toBeGreaterThan(200);
    expect(new Set((tested as Any[]).map((one) => one.fired)).size).toBeGreaterThan(20);
  });

  const pickFigures = ({ fired, inAlarm, longest, missing }: Any) => ({ fired, inAlarm, longest, missing });

  it("is told with times, and with the threshold that is quiet", async () => {
    topic();
    const start = Math.floor((Date.now() - 7 * day) / hour) * hour;
    const spikes = [2 * 1440, 4 * 1440, 6 * 1440];
    plant(
      "CPUUtilization",
      "web-000",
      series(start, 7 * 1440 + 60, (i) =>
        spikes.some((at) => i >= at && i < at + 10) ? 80 + (i % 1440) : 40,
      ),
    );
    const alarm =
      "{ name: cpu, metric: { namespace: AWS/ECS, metricName: CPUUtilization }, statistic: Average, evaluationPeriods: 3, comparison: GreaterThanThreshold, threshold: 70, severity: page }";
    const { json } = await world.plan(policy([alarm]), { backtest: 6.5 * 86_400 });
    const [found] = json.backtest.tested;
    expect(found).toMatchObject({
      kind: "MetricAlarm",
      name: "ecsmon/prod-a/web-000/cpu",
      cluster: "prod-a",
      service: "web-000",
      period: 60,
      fired: 3,
      inAlarm: 3 * 8 * 60,
      longest: 8 * 60,
      first: new Date(start + 2 * day + 3 * minute).toISOString(),
      last: new Date(start + 6 * day + 3 * minute).toISOString(),
      missing: 0,
      comparison: "GreaterThanThreshold",
      threshold: 70,
      // Three in a row reach 87 at their lowest, each time.
      weekly: 87,
      notes: [expect.stringContaining("tested for less than a week")],
    });
    expect(json.backtest.warnings).toEqual([]);
    const text = (await world.planText(policy([alarm]), { backtest: 6 * 86_400 })).stdout;
    expect(text).toContain("Backtest: 1 of 1 alarm would have fired in the last 6d, 3 times in all");
    expect(text).toMatch(/cpu +3 +24m +8m +> 70 +> 87\n/);
  });

  it("of metric math is computed by CloudWatch, each alarm's in the same request", async () => {
    topic();
    const start = Date.now() - 2 * day;
    for (const service of ["web-000", "web-001"]) {
      const isBad = (i: number) => service === "web-001" && i % 600 < 6;
      plant(
        "Errors",
        service,
        series(start, 2880, (i) => (isBad(i) ? 30 : 1)),
      );
      plant(
        "Requests",
        service,
        series(start, 2880, () => 100),
      );
    }
    const alarm =
      "{ name: rate, expression: '100 * errors / requests', metrics: { errors: { namespace: AWS/ECS, metricName: Errors, statistic: Sum }, requests: { namespace: AWS/ECS, metricName: Requests, statistic: Sum } }, evaluationPeriods: 2, comparison: GreaterThanThreshold, threshold: 20, severity: page }";
    world.sandbox.control.clearCalls();
    const { json } = await world.plan(policy([alarm], "", "[web-000, web-001]"), { backtest: 86_400 });
    const figures = json.backtest.tested.map(({ service, fired, weekly }: Any) => ({
      service,
      fired,
      weekly,
    }));
    expect(figures).toMatchObject([
      { service: "web-000", fired: 0 },
      { service: "web-001", fired: expect.any(Number), weekly: 30 },
    ]);
    expect(figures[1].fired).toBeGreaterThanOrEqual(2);
    // And one for whether there is data of each metric that they are made of.
    expect(world.sandbox.control.counts()["monitoring:GetMetricData"]).toBe(2);
    expect(world.sandbox.control.counts()).not.toHaveProperty("monitoring:ListMetrics");
    expect(json.backtest.warnings).toEqual([]);
  });

  it("of an anomaly band is what CloudWatch gives of it", async () => {
    topic();
    plant(
      "MemoryUtilization",
      "web-000",
      series(Date.now() - 2 * day, 2880, (i) => (i % 1400 < 5 ? 90 : 40 + (i % 3))),
    );
    const alarm =
      "{ name: odd, anomaly: { metric: { namespace: AWS/ECS, metricName: MemoryUtilization, statistic: Average }, band: 3 }, evaluationPeriods: 3, comparison: GreaterThanUpperThreshold, severity: page }";
    const { json } = await world.plan(policy([alarm]), { backtest: 86_400 });
    const [found] = json.backtest.tested;
    expect(found).toMatchObject({ comparison: "GreaterThanUpperThreshold" });
    expect(found.fired).toBeGreaterThanOrEqual(1);
    expect(found).not.toHaveProperty("threshold");
    expect(found).not.toHaveProperty("weekly");
  });

  it("goes back no further than datapoints are kept, and says so", async () => {
    topic();
    plant(
      "Custom",
      "web-000",
      series(Date.now() - 16 * day, 16 * 1440, () => 1),
    );
    const { json } = await world.plan(policy([long]), { backtest: 30 * 86_400 });
    const [found] = json.backtest.tested;
    expect(found.notes).toEqual(["tested for as long as CloudWatch keeps datapoints of 1m, 15d"]);
    expect(Date.parse(json.backtest.until) - Date.parse(found.from)).toBeLessThan(15 * day);
    expect(found.missing).toBe(0);
  });
});

const long =
  "{ name: long, metric: { namespace: AWS/ECS, metricName: Custom }, statistic: Sum, comparison: GreaterThanThreshold, threshold: 5, severity: page }";

describe("as of an instant", () => {
  it("is of the time before it, and of the same whenever it is made", async () => {
    topic();
    const start = Date.now() - 5 * day;
    // It begins to fire two days ago, every hour.
    plant(
      "Custom",
      "web-000",
      series(start, 5 * 1440, (i) => (i > 3 * 1440 && i % 60 === 0 ? 9 : 1)),
    );
    const plan = async (asOf: Date) =>
      (await world.plan(policy([long]), { backtest: 86_400, asOf })).json.backtest;
    const quiet = new Date(Date.now() - 3 * day);
    const first = await plan(quiet);
    expect(first.until).toBe(
      new Date(Math.floor(quiet.getTime() / minute) * minute - 5 * minute).toISOString(),
    );
    expect(first.tested).toMatchObject([{ fired: 0, missing: 0 }]);
    expect(await plan(quiet)).toEqual(first);
    expect((await plan(new Date(Date.now() - day))).tested).toMatchObject([{ fired: 23 }]);
  });

  it("that is to come ends with what there is", async () => {
    topic();
    plant(
      "Custom",
      "web-000",
      series(Date.now() - day, 1440, () => 1),
    );
    const asOf = new Date(Date.now() + 7 * day);
    const { json } = await world.plan(policy([long]), { backtest: 7200, asOf });
    expect(json.backtest.tested).toMatchObject([{ missing: 0 }]);
    expect(Date.parse(json.backtest.until)).toBeLessThan(Date.now());
  });

  it("of which nothing is kept is told so", async () => {
    topic();
    const { json } = await world.plan(policy([long]), {
      backtest: 86_400,
      asOf: new Date(Date.now() - 20 * day),
    });
    expect(json.backtest.untested).toMatchObject([
      {
        code: "NotTestable",
        message: expect.stringContaining("CloudWatch keeps datapoints of 1m for 15d, and of those before "),
      },
    ]);
  });
});

const cpu =
  "{ name: cpu, metric: { namespace: AWS/ECS, metricName: CPUUtilization }, statistic: Average, comparison: GreaterThanThreshold, threshold: 70, treatMissingData: breaching, severity: page }";

describe("metrics", () => {
  it("that nobody has seen, or without data in the time, are warned of", async () => {
    topic();
    plant(
      "CPUUtilization",
      "web-000",
      series(Date.now() - 5 * day, 60, () => 1),
    );
    const { json, code } = await world.plan(policy([cpu], "", "[web-000, web-001]"), { backtest: 86_400 });
    expect(code).toBe(2);
    expect(json.backtest.tested).toEqual([]);
    expect(json.backtest.warnings).toMatchObject([
      {
        severity: "warning",
        code: "MetricSilent",
        message: expect.stringContaining(
          "web-000/cpu watches AWS/ECS CPUUtilization (ClusterName=prod-a, ServiceName=web-000): it had no data in the last 1d",
        ),
      },
      { code: "MetricMissing", message: expect.stringContaining("ServiceName=web-001): no such metric") },
    ]);
    expect(json.backtest.untested.map(({ code: why }: Any) => why)).toEqual([
      "MetricSilent",
      "MetricMissing",
    ]);
  });

  it("that metric math hides are warned of, although it gives values without them", async () => {
    topic();
    const start = Date.now() - 2 * day;
    for (const service of ["web-000", "web-001"])
      plant(
        "MemoryUtilization",
        service,
        series(start, 2880, () => 50),
      );
    // Seen in the last two weeks, and silent since.
    plant(
      "Silent",
      "web-000",
      series(Date.now() - 5 * day, 60, () => 1),
    );
    const math = (name: string, a: string) =>
      `{ name: ${name}, expression: "SUM([a, b])", metrics: { a: { namespace: AWS/ECS, metricName: ${a} }, b: { namespace: AWS/ECS, metricName: MemoryUtilization } }, statistic: Average, comparison: GreaterThanThreshold, threshold: 5, severity: page }`;
    const text = policy(
      [math("dead", "Typo"), math("silent", "Silent"), math("well", "MemoryUtilization")],
      "",
      "[web-000, web-001]",
    );
    const { json } = await world.plan(text, { backtest: 86_400 });
    expect(json.backtest.untested).toEqual([]);
    expect(json.backtest.tested).toHaveLength(6);
    const told = json.backtest.warnings.map(({ code, message }: Any) => `${code} ${message}`);
    expect(told).toEqual([
      expect.stringMatching(
        /^MetricMissing alarm ecsmon\/prod-a\/web-000\/dead watches AWS\/ECS Typo \(.*ServiceName=web-000\): no such metric .*; its expression hides that/,
      ),
      expect.stringMatching(
        /^MetricSilent alarm ecsmon\/prod-a\/web-000\/silent watches AWS\/ECS Silent \(.*\): it had no data in the last 1d; its expression hides that/,
      ),
      expect.stringMatching(/^MetricMissing .*web-001\/dead watches AWS\/ECS Typo/),
      expect.stringMatching(/^MetricMissing .*web-001\/silent watches AWS\/ECS Silent/),
    ]);
  });

  it("stand among the plan's findings too, where the policy asks for the alarm", async () => {
    topic();
    const { json } = await world.plan(policy([long, cpu]), { backtest: 86_400 });
    const { file } = json.diagnostics[0];
    expect(file).toMatch(/\.ya?ml$/);
    expect(json.diagnostics).toEqual([
      { ...json.backtest.warnings[0], file, line: 9, column: 7, path: "spec.alarms[1]" },
      { ...json.backtest.warnings[1], file, line: 8, column: 7, path: "spec.alarms[0]" },
    ]);
    const text = (await world.planText(policy([cpu]), { backtest: 86_400 })).stdout;
    expect(text).toContain(":8:7: warning: spec.alarms[0]: alarm ecsmon/prod-a/web-000/cpu watches ");
  });

  it("that the plan itself brings about are not", async () => {
    topic();
    const more = `  logging: { driver: awslogs }
  logMetrics:
    - { name: fatal, pattern: "FATAL", alarm: { comparison: GreaterThanOrEqualToThreshold, threshold: 1, severity: page } }
`;
    const { json } = await world.plan(policy([cpu], more), { backtest: 86_400 });
    const reasons = Object.fromEntries(
      json.backtest.untested.map(({ name, code }: Any) => [name.split("/").at(-1), code]),
    );
    expect(reasons).toEqual({ cpu: "MetricMissing", fatal: "MadeByPlan" });
    expect(codes(json)).toEqual(["MetricMissing"]);
  });
});

describe("alarms of others", () => {
  const byHand = (AlarmName: string, over: Any = {}): void =>
    void world.call("monitoring", "PutMetricAlarm", {
      AlarmName,
      EvaluationPeriods: 1,
      Threshold: 90,
      ComparisonOperator: "GreaterThanThreshold",
      AlarmActions: [pager],
      Namespace: "AWS/ECS",
      MetricName: "CPUUtilization",
      Dimensions: dimensionsOf("web-000").reverse(),
      Statistic: "Maximum",
      Period: 300,
      ...over,
    });
  const none = {
    Namespace: undefined,
    MetricName: undefined,
    Dimensions: undefined,
    Statistic: undefined,
    Period: undefined,
  };

  it("on the same metric of the same service are warned of, through metric math too", async () => {
    topic();
    plant(
      "CPUUtilization",
      "web-000",
      series(Date.now() - 2 * day, 2880, () => 1),
    );
    byHand("old-cpu");
    byHand("sum-of-cpu", {
      ...none,
      Metrics: [
        {
          Id: "a",
          MetricStat: {
            Metric: {
              Namespace: "AWS/ECS",
              MetricName: "CPUUtilization",
              Dimensions: dimensionsOf("web-000"),
            },
            Period: 60,
            Stat: "Sum",
          },
          ReturnData: false,
        },
        { Id: "b", Expression: "a * 2", ReturnData: true },
      ],
    });
    byHand("of-another", { Dimensions: dimensionsOf("web-001") });
    byHand("of-the-cluster", { Dimensions: dimensionsOf("web-000").slice(0, 1) });
    byHand("tells-nobody", { AlarmActions: [] });
    byHand("switched-off", { ActionsEnabled: false });
    byHand("ecsmon/prod-a/web-000/of-ours");
    const { json } = await world.plan(policy([cpu]), { backtest: 86_400 });
    expect(json.backtest.warnings).toMatchObject([
      {
        code: "DoublePaging",
        message: expect.stringMatching(
          /^alarm ecsmon\/prod-a\/web-000\/cpu watches AWS\/ECS CPUUtilization \(.*\), which old-cpu, sum-of-cpu of somebody else's watch already/,
        ),
      },
    ]);
  });
});

describe("topics", () => {
  const plan = async () => {
    plant(
      "CPUUtilization",
      "web-000",
      series(Date.now() - 2 * day, 2880, () => 1),
    );
    return (await world.plan(policy([cpu]), { backtest: 86_400 })).json;
  };
  const setPolicy = (Statement: Any): void =>
    void world.call("sns", "SetTopicAttributes", {
      TopicArn: pager,
      AttributeName: "Policy",
      AttributeValue: JSON.stringify({ Version: "2012-10-17", Statement }),
    });

  it("that are not there are warned of", async () => {
    const json = await plan();
    expect(json.backtest.warnings).toMatchObject([
      {
        code: "TopicMissing",
        message: `topic ${pager} does not exist, and ecsmon/prod-a/web-000/cpu would tell it: make it, or name another`,
      },
    ]);
  });

  it("of another Region are warned of, and not asked for", async () => {
    topic();
    const far = pager.replace("us-east-1", "us-west-2");
    plant(
      "CPUUtilization",
      "web-000",
      series(Date.now() - 2 * day, 2880, () => 1),
    );
    world.sandbox.control.clearCalls();
    const text = policy([cpu]).replace(`"${pager}"`, `"${pager}", "${far}"`);
    const { json } = await world.plan(text, { backtest: 86_400 });
    expect(json.backtest.warnings).toMatchObject([
      {
        code: "TopicElsewhere",
        message: `topic ${far} is of another Region, and ecsmon/prod-a/web-000/cpu would tell it: alarms tell topics of their own Region only; name one of those`,
      },
    ]);
    const asked = world.sandbox.control.calls({ operation: "GetTopicAttributes" });
    expect(asked.map(({ input }) => (input as Any).TopicArn)).toEqual([pager]);
  });

  it("that nobody has subscribed to, or only people who have not answered", async () => {
    world.call("sns", "CreateTopic", { Name: "pager" });
    world.call("sns", "Subscribe", { TopicArn: pager, Protocol: "email", Endpoint: "a@example.com" });
    expect(codes(await plan())).toEqual(["TopicUnheard"]);
  });

  it("that CloudWatch may not publish to", async () => {
    topic();
    setPolicy({
      Effect: "Allow",
      Principal: { Service: "events.amazonaws.com" },
      Action: "sns:Publish",
      Resource: "*",
    });
    expect(codes(await plan())).toEqual(["TopicRefusesCloudWatch"]);
    setPolicy({
      Effect: "Allow",
      Principal: { Service: "cloudwatch.amazonaws.com" },
      Action: "sns:Publish",
      Resource: pager,
      Condition: { ArnLike: { "aws:SourceArn": `arn:aws:cloudwatch:us-east-1:${account}:alarm:*` } },
    });
    expect(codes(await plan())).toEqual([]);
    world.call("sns", "SetTopicAttributes", {
      TopicArn: pager,
      AttributeName: "KmsMasterKeyId",
      AttributeValue: "alias/aws/sns",
    });
    expect(codes(await plan())).toEqual(["TopicRefusesCloudWatch"]);
  });
});

describe("reads that fail", () => {
  it("leave their alarms untested or unchecked, and never fail the plan", async () => {
    topic();
    for (const operation of ["GetMetricData", "GetTopicAttributes"])
      world.sandbox.control.addFault({ operation, action: "denied" });
    const { json, code } = await world.plan(policy([cpu]), { backtest: 86_400 });
    expect(code).toBe(2);
    expect(json.backtest.untested).toMatchObject([
      { code: "AccessDenied", message: expect.stringContaining("cloudwatch:GetMetricData was denied") },
    ]);
    expect(json.backtest.warnings).toMatchObject([
      { code: "NotChecked", message: expect.stringContaining("sns:GetTopicAttributes was denied") },
    ]);
  });
});

it("a plan without --backtest asks for none of it", async () => {
  const { json } = await world.plan(policy([cpu]));
  expect(json).not.toHaveProperty("backtest");
  const { counts } = { counts: world.sandbox.control.counts() };
  for (const name of ["monitoring:GetMetricData", "monitoring:ListMetrics", "sns:GetTopicAttributes"])
    expect(counts).not.toHaveProperty(name);
});

describe("around it", () => {
  const run = async (...argv: string[]) => {
    const io = createTestIo();
    const code = await runProgram(argv, io, "0.0.0");
    return { code, ...io.written };
  };

  it("`iam --backtest` allows all that it calls, and no more", async () => {
    // Of a topic that shows no subscription these are asked for.
    world.call("sns", "CreateTopic", { Name: "pager" });
    world.sandbox.control.clearCalls();
    await world.plan(policy([cpu]));
    const without = new Set(Object.keys(world.sandbox.control.counts()));
    await world.plan(policy([cpu]), { backtest: 86_400 });
    const more = Object.keys(world.sandbox.control.counts()).filter((name) => !without.has(name));
    const { stdout } = await run("iam", "--backtest");
    const statement = JSON.parse(stdout).Statement.find(({ Sid }: Any) => Sid === "Backtest");
    expect(more.map((name) => name.replace("monitoring:", "cloudwatch:")).sort()).toEqual(statement.Action);
    expect((await run("iam")).stdout).not.toContain("GetMetricData");
  });

  it.each(["5m", "0d", "456d", "soon", "14"])("--backtest %s is refused", async (text) => {
    const { code, stderr } = await run("plan", "--policies", "x.yaml", "--backtest", text);
    expect([code, stderr]).toEqual([1, expect.stringContaining("from 1h to 455d")]);
  });

  it("a snapshot has nothing to test with", async () => {
    const argv = ["plan", "--policies", "x.yaml", "--backtest", "14d", "--snapshot", "x.snapshot"];
    expect((await run(...argv)).stderr).toContain("a snapshot holds no metrics");
  });
});
