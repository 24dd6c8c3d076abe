// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policies hold templates
// Metric alarms as CloudWatch gives them back equal what was sent; log metrics bring an alarm of their own.
import { describe, expect, it } from "vitest";
import { metricAlarm } from "../../../controller/kinds/metric-alarm.ts";
import type { JsonObject } from "../../../controller/model/json.ts";
import { alarmOf, items, lines, plan, planInput, policies, targetGroup, workload } from "../core/builders.ts";

const pair = [targetGroup("blue", "app/front"), targetGroup("green", "app/front")];
const body = `
  notifications: { page: ["arn:aws:sns:r:1:a", "arn:aws:sns:r:1:b"] }
  alarms:
    - { name: single, metric: { namespace: AWS/ECS, metricName: CPUUtilization, statistic: Average }, comparison: GreaterThanThreshold, threshold: 80, severity: page }
    - { name: pair, metric: { namespace: AWS/ApplicationELB, metricName: TargetResponseTime, statistic: p99 }, comparison: GreaterThanThreshold, threshold: 1, evaluateLowSampleCountPercentile: evaluate }
`;

async function wantedAlarms(
  text: string,
  over: Parameters<typeof workload>[0] = {},
): Promise<Record<string, JsonObject | string>> {
  const { wanted } = await planInput({
    policies: policies(text),
    workloads: [workload({ targetGroups: pair, ...over })],
  });
  const list = (wanted.get("MetricAlarm") ?? []).map(({ name, state }) => {
    const value = state.is === "wanted" ? state.spec : state.is === "blocked" ? state.reason.code : "unknown";
    return [name.split("/").at(-1) ?? "", value] as const;
  });
  return Object.fromEntries(list);
}

/** As DescribeAlarms answers: state, defaults, empty lists, everything in another order. */
function asReturned(alarm: JsonObject): JsonObject {
  const reverse = (value: unknown): unknown => {
    if (Array.isArray(value)) return [...value].reverse().map(reverse);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, inner]) => [key, reverse(inner)]),
    );
  };
  return {
    ...(reverse(alarm) as JsonObject),
    AlarmArn: "arn:aws:cloudwatch:r:1:alarm:x",
    AlarmConfigurationUpdatedTimestamp: "2026-01-01",
    StateValue: "OK",
    StateReason: "because",
    InsufficientDataActions: [],
    ...(alarm["Metrics"] === undefined ? {} : { Dimensions: [] }),
    EvaluationState: undefined,
    FutureField: { a: 1 },
  } as unknown as JsonObject;
}

describe("an alarm that comes back from CloudWatch", () => {
  it.each(["single", "pair"])("equals what was sent: %s", async (name) => {
    const sent = (await wantedAlarms(body))[name] as JsonObject;
    const returned = metricAlarm.canonical(asReturned(sent));
    expect(returned).toEqual(metricAlarm.canonical({ ...sent, Tags: [{ Key: "a", Value: "b" }] }));
    expect(metricAlarm.canonical(returned)).toEqual(returned);
  });

  it.each([
    ["single", { Threshold: 81 }],
    ["single", { ActionsEnabled: false }],
    ["single", { AlarmActions: ["arn:aws:sns:r:1:a"] }],
    ["single", { InsufficientDataActions: ["arn:aws:sns:r:1:a"] }],
    ["single", { TreatMissingData: "ignore" }],
    ["single", { AlarmDescription: "by hand" }],
    ["single", { Dimensions: [{ Name: "ClusterName", Value: "prod" }] }],
    ["single", { DatapointsToAlarm: 1 }],
    ["pair", { EvaluateLowSampleCountPercentile: "ignore" }],
    ["pair", { Metrics: [] }],
  ])("is told apart when somebody has changed it: %s %j", async (name, over) => {
    const sent = (await wantedAlarms(body))[name] as JsonObject;
    expect(metricAlarm.canonical({ ...asReturned(sent), ...over })).not.toEqual(metricAlarm.canonical(sent));
  });
});

describe("a log metric's alarm", () => {
  const log = (alarm: string) => `logMetrics: [{ name: fatal, pattern: FATAL, group: /g${alarm} }]`;

  it("watches the metric that the filter publishes, and takes silence for good", async () => {
    const { fatal } = await wantedAlarms(
      log(", alarm: { threshold: 1, comparison: GreaterThanOrEqualToThreshold }"),
    );
    expect(fatal).toMatchObject({
      AlarmName: "ecsmon/prod/web/fatal",
      Namespace: "ecsmon/prod/web",
      MetricName: "fatal",
      Dimensions: [],
      Statistic: "Sum",
      TreatMissingData: "notBreaching",
    });
  });

  it("says otherwise where the policy does", async () => {
    const { fatal } = await wantedAlarms(
      log(
        ", alarm: { threshold: 1, comparison: GreaterThanThreshold, statistic: Maximum, treatMissingData: breaching }",
      ),
    );
    expect(fatal).toMatchObject({ Statistic: "Maximum", TreatMissingData: "breaching" });
  });

  it("is not there without one, and blocked where its metric is", async () => {
    expect(await wantedAlarms(log(""))).toEqual({});
    const tagged = log(", alarm: { threshold: 1, comparison: GreaterThanThreshold }").replace(
      "FATAL",
      '"${service.tags.x}"',
    );
    expect(await wantedAlarms(tagged)).toEqual({ fatal: "MissingReference" });
    expect(await wantedAlarms(tagged.replace(/, alarm: \{.*?\}(?= \})/, ""))).toEqual({});
  });
});

describe("a log metric's alarm that stands", () => {
  it("stays while its item is blocked: somebody took a tag away", async () => {
    const text = `logMetrics: [{ name: fatal, pattern: "\${service.tags.x}", group: /g, alarm: { threshold: 1, comparison: GreaterThanThreshold } }]`;
    const parts = await plan({
      policies: policies(text),
      observations: { MetricAlarm: items(alarmOf("prod", "web", "fatal")) },
    });
    expect(parts.changes).toEqual([]);
  });
});

describe("an alarm of a name like ours", () => {
  it("is changed in place and tagged as ours, whatever made it", async () => {
    const { single } = await wantedAlarms(body);
    const parts = await plan({
      policies: policies(body),
      observations: {
        MetricAlarm: items(alarmOf("prod", "web", "single", { ...(single as JsonObject), Threshold: 1 })),
      },
    });
    expect(lines(parts)[0]).toBe("update MetricAlarm ecsmon/prod/web/single");
    const arn = "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:ecsmon/prod/web/single";
    expect(parts.changes[0]).toMatchObject({
      after: { Tags: [{ Key: "ecsmon.dev/owner", Value: "ecsmon" }, { Key: "ecsmon.dev/policy" }] },
      write: { arn },
    });
  });
});
