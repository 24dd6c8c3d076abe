// Judgements that are easier to see without an account around them: who is an agent, which metrics exist, how a service has
// been, who is told through composite alarms, and what a score is made of.
import { describe, expect, test } from "vitest";
import { readLife } from "../../../../controller/aws/audit-reads.ts";
import { sortContainers } from "../../../../controller/core/audit/containers.ts";
import { crashEvents, failedDeploymentEvents } from "../../../../controller/core/audit/ecs-events.ts";
import { fitsPattern } from "../../../../controller/core/audit/event-pattern-match.ts";
import { findingCodes, findingKinds } from "../../../../controller/core/audit/findings.ts";
import { indexFacts } from "../../../../controller/core/audit/index-facts.ts";
import { findMissing } from "../../../../controller/core/audit/known-metrics.ts";
import { judgeFacts, judgeInSteps } from "../../../../controller/core/audit/report.ts";
import { scoreMany, scoreService } from "../../../../controller/core/audit/score.ts";
import { takesEcsEvents } from "../../../../controller/core/audit/told-events.ts";
import { fine, found, untold, type Verdict } from "../../../../controller/core/audit/verdicts.ts";
import { type AlarmFacts, toAlarmFacts } from "../../../../controller/model/alarm-facts.ts";
import type { AuditFacts, ServiceLife } from "../../../../controller/model/audit-facts.ts";
import type { JsonObject } from "../../../../controller/model/json.ts";
import { known } from "../../../../controller/model/read.ts";
import { account, asOf, denied, failedRead, region, workload } from "../builders.ts";

const quiet: ServiceLife = {
  schedulingStrategy: "REPLICA",
  failedTasks: 0,
  deploymentFailed: undefined,
  troubles: [],
};

function facts(over: Partial<AuditFacts> = {}): AuditFacts {
  return {
    account,
    partition: "aws",
    region,
    asOf,
    insights: new Map([["prod", known("enabled")]]),
    services: [{ workload: workload(), life: quiet }],
    unreadable: [],
    targetGroups: known([]),
    alarms: known([]),
    rules: known([]),
    logGroups: known(new Map()),
    filters: known([]),
    topics: new Map(),
    ...over,
  };
}

describe("the table of findings", () => {
  test("weighs 100 in all, and every pillar holds some of it", () => {
    const weights: Record<string, number> = {};
    for (const { pillar, weight } of Object.values(findingKinds))
      weights[pillar] = (weights[pillar] ?? 0) + weight;
    expect(weights).toEqual({ "app-metrics": 20, liveness: 30, "resource-metrics": 30, logs: 20 });
  });

  test("says why in one sentence, and what to do in less than one", () => {
    for (const code of findingCodes) {
      const { why, what, mend } = findingKinds[code];
      expect(why, code).toMatch(/^[A-Z][^\n]*\.$/);
      expect(why.replaceAll(/\d\.\d/g, ""), code).not.toMatch(/\.\s/);
      expect(what, code).not.toMatch(/\.$/);
      if (mend !== "policy") expect(mend.byHand, code).not.toMatch(/\.$/);
    }
  });
});

describe("a container is", () => {
  const sorted = (...images: string[]) =>
    sortContainers(images.map((image, index) => ({ name: `${index}`, image })));
  const agentImages = [
    "mackerel/mackerel-container-agent:v0.13.2",
    "public.ecr.aws/mackerel/mackerel-container-agent:v0.13.2-plugins",
    "public.ecr.aws/cloudwatch-agent/cloudwatch-agent:1.3",
    "123456789012.dkr.ecr.eu-central-1.amazonaws.com/mirror/aws-observability/aws-otel-collector:v0.43",
    "otel/opentelemetry-collector-contrib@sha256:abc",
    "public.ecr.aws/datadog/agent:7",
    "newrelic/nri-ecs:1.12",
    "telegraf:1.30-alpine",
    "grafana/alloy:v1.1",
    "localhost:5000/prom/statsd-exporter:v0.26",
    "bitnami/jmx-exporter:1",
    "oliver006/redis_exporter",
  ];
  test.each(agentImages)("an agent or exporter beside the application: %s", (image) => {
    expect(sorted("example.com/app:1", image)).toMatchObject({
      apps: [{ name: "0" }],
      agents: [{ name: "1" }],
    });
  });

  test.each([
    "example.com/agent-portal:1",
    "example.com/datadog-dashboard:2",
    "example.com/vectors:3",
    "example.com/exporter-ui:1",
  ])("an application: %s", (image) => {
    expect(sorted(image)).toMatchObject({ apps: [{ name: "0" }], agents: [], isAgent: false });
  });

  test("the application, where there are agents alone", () => {
    expect(sorted("public.ecr.aws/datadog/agent:7")).toMatchObject({ apps: [{}], agents: [], isAgent: true });
    // One that exports something of a shop is no agent.
    expect(sorted("example.com/invoice-exporter:1")).toMatchObject({ apps: [{}], isAgent: false });
  });

  test("neither, where it traces, ships logs or guards", () => {
    expect(sorted("example.com/app:1", "public.ecr.aws/xray/aws-xray-daemon:3")).toMatchObject({
      apps: [{ name: "0" }],
      agents: [],
    });
  });
});

describe("a metric of a service exists", () => {
  test.each([
    ["AWS/ECS", "CPUUtilization", "disabled", true],
    ["AWS/ECS", "LiveTaskCount", "disabled", true],
    ["AWS/ECS", "CPUReservation", "enabled", false],
    ["ECS/ContainerInsights", "RunningTaskCount", "disabled", false],
    ["ECS/ContainerInsights", "RunningTaskCount", "enabled", true],
    ["ECS/ContainerInsights", "EphemeralStorageReserved", "enabled", true],
    ["ECS/ContainerInsights", "TaskMemoryUtilization", "enabled", false],
    ["ECS/ContainerInsights", "TaskMemoryUtilization", "enhanced", true],
    ["ECS/ContainerInsights", "TaskCount", "enhanced", false],
    ["AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "disabled", true],
    ["AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "disabled", false],
    ["AWS/NetworkELB", "UnHealthyHostCount", "disabled", true],
    ["AWS/NetworkELB", "TCP_Target_Reset_Count", "disabled", false],
    ["Shop", "orders", "disabled", true],
  ])("%s %s with Container Insights %s: %s", (namespace, name, setting, exists) => {
    const answer = findMissing({ namespace, name }, known(setting));
    expect(answer).toMatchObject({ known: true });
    expect(answer.known && answer.value === undefined).toBe(exists);
  });

  test("or cannot be told, where the setting could not be read and decides it", () => {
    expect(findMissing({ namespace: "ECS/ContainerInsights", name: "RunningTaskCount" }, failedRead)).toEqual(
      failedRead,
    );
    expect(findMissing({ namespace: "ECS/ContainerInsights", name: "NoSuch" }, failedRead)).toMatchObject({
      known: true,
    });
    expect(findMissing({ namespace: "AWS/ECS", name: "CPUUtilization" }, failedRead)).toEqual(
      known(undefined),
    );
  });
});

describe("how a service has been", () => {
  const at = (hoursAgo: number): Date => new Date(asOf.getTime() - hoursAgo * 3_600_000);
  const messages = [
    "(service web) (task 1) failed container health checks.",
    "(service web) (port 8080) is unhealthy in (target-group x) due to (reason Request timed out).",
    "(service web) is unable to consistently start tasks successfully.",
    "(service web) was unable to place a task because no container instance met all of its requirements.",
    "(service web) has reached a steady state.",
    "(service web) has started 1 tasks: (task 1).",
  ];

  test("is told by its events of the last day", () => {
    const events = messages.map((message, index) => ({ message, createdAt: at(index) }));
    expect(
      readLife({ events: [...events, { message: messages[0], createdAt: at(25) }] }, asOf).troubles,
    ).toEqual(messages.slice(0, 4));
  });

  test.each([
    [{}, undefined],
    [{ failedTasks: 2 }, undefined],
    [{ failedTasks: 3 }, /3 tasks/],
    [{ deploymentFailed: "tasks failed to start" }, /the last deployment failed: tasks failed to start/],
    [{ troubles: ["a", "b"] }, undefined],
    [{ troubles: ["a", "b", "c"] }, /3 failures in 24 hours, last: a/],
  ])("%j", (life, message) => {
    const { services } = judgeFacts(
      facts({ services: [{ workload: workload(), life: { ...quiet, ...life } }] }),
    );
    const finding = services[0]?.findings.find(({ code }) => code === "TasksFailing");
    if (message === undefined) expect(finding).toBeUndefined();
    else expect(finding?.message).toMatch(message);
  });

  test("is read of the current deployment", () => {
    const deployments = [
      { status: "PRIMARY", failedTasks: 4, rolloutState: "FAILED" as const, rolloutStateReason: "it failed" },
      { status: "ACTIVE", failedTasks: 9 },
    ];
    expect(readLife({ deployments, schedulingStrategy: "DAEMON" }, asOf)).toEqual({
      schedulingStrategy: "DAEMON",
      failedTasks: 4,
      deploymentFailed: "it failed",
      troubles: [],
    });
  });
});

describe("an alarm tells", () => {
  const topic = `arn:aws:sns:${region}:${account}:pager`;
  const scaling = `arn:aws:autoscaling:${region}:${account}:scalingPolicy:1:resource/ecs/service/a:policyName/b`;
  const cpu = (actions: string[], over: JsonObject = {}): AlarmFacts =>
    toAlarmFacts("MetricAlarm", {
      AlarmName: "cpu",
      Namespace: "AWS/ECS",
      MetricName: "CPUUtilization",
      Dimensions: [
        { Name: "ServiceName", Value: "web" },
        { Name: "ClusterName", Value: "prod" },
      ],
      AlarmActions: actions,
      ...over,
    });
  const composite = (name: string, AlarmRule: string, actions: string[] = []): AlarmFacts =>
    toAlarmFacts("CompositeAlarm", { AlarmName: name, AlarmRule, AlarmActions: actions });
  const tells = (...alarms: AlarmFacts[]): readonly string[] | undefined => {
    const { alarms: read } = indexFacts(facts({ alarms: known(alarms) }));
    if (!read.known) throw new Error("it was given");
    const [first] = read.value.watching("AWS/ECS", [
      { Name: "ClusterName", Value: "prod" },
      { Name: "ServiceName", Value: "web" },
    ]);
    return first && read.value.tells(first.alarm);
  };

  test.each<[string, AlarmFacts[], readonly string[] | undefined]>([
    ["its own topic", [cpu([topic])], [topic]],
    ["nobody, with its actions off", [cpu([topic], { ActionsEnabled: false })], []],
    ["the autoscaler alone, and then does not count", [cpu([scaling])], undefined],
    ["both, and then counts", [cpu([scaling, topic])], [topic]],
    ["a composite alarm's", [cpu([]), composite("any", "ALARM(cpu)", [topic])], [topic]],
    [
      "that of one over one, by ARN",
      [
        cpu([]),
        composite("inner", 'ALARM("cpu") OR ALARM("x")'),
        composite("outer", `ALARM("arn:aws:cloudwatch:${region}:${account}:alarm:inner")`, [topic]),
      ],
      [topic],
    ],
    [
      "nobody, in a circle",
      [cpu([]), composite("a", "ALARM(cpu) OR ALARM(b)"), composite("b", "ALARM(a)")],
      [],
    ],
    ["nobody, by a rule that cannot be read", [cpu([]), composite("a", "ALARM(", [topic])], []],
  ])("%s", (_, alarms, told) => {
    expect(tells(...alarms)).toEqual(told);
  });
});

test.each<[JsonObject, boolean]>([
  [{ source: ["aws.ecs"] }, true],
  [{ source: ["aws.ec2"] }, false],
  [{ source: [{ prefix: "aws." }] }, true],
  [{ source: [{ "anything-but": "aws.ecs" }] }, false],
  [{ detail: { lastStatus: ["STOPPED"] } }, true],
  [{ "detail-type": ["ECS Container Instance State Change"] }, false],
  [{ $or: [{ source: ["aws.ec2"] }, { source: ["aws.ecs"] }] }, true],
  [{ $or: [{ source: ["aws.ec2"] }, { detail: { a: ["b"] } }] }, true],
  [{ $or: [{ source: ["aws.ec2"] }, { source: ["aws.s3"] }] }, false],
])("the rule %j takes events of ECS: %s", (pattern, takes) => {
  expect(takesEcsEvents({ enabled: true, pattern })).toBe(takes);
  expect(takesEcsEvents({ enabled: false, pattern })).toBe(false);
});

test("rules that name other services are passed over, and no rule that fits is", () => {
  const web = workload({ service: "web" });
  const events = [...crashEvents(web, ["app"]), ...failedDeploymentEvents(web)];
  const arn = web.serviceArn;
  const detail = { lastStatus: ["STOPPED"] };
  const patterns: JsonObject[] = [
    { source: ["aws.ecs"] },
    { detail: { ...detail, group: ["service:web"] } },
    { detail: { ...detail, group: ["service:api", "service:web"] } },
    { detail: { ...detail, group: ["service:api"] } },
    { detail: { ...detail, group: [{ prefix: "service:w" }] } },
    { detail: { ...detail, group: ["service:api", { suffix: ":web" }] } },
    { resources: [arn] },
    { resources: [`${arn}-2`] },
    { resources: [{ prefix: arn.slice(0, 40) }] },
    { $or: [{ resources: [arn] }, { detail: { group: ["service:api"] } }] },
    { $or: [{ resources: [`${arn}-2`] }, { detail: { group: ["service:api"] } }] },
    { $or: [{ resources: [`${arn}-2`] }, { detail }] },
    { resources: [arn], detail: { group: ["service:api"] } },
  ];
  const rules = patterns.map((pattern, index) => ({
    name: String(index),
    enabled: true,
    pattern: JSON.stringify(pattern),
    targets: known([]),
  }));
  const { rules: read } = indexFacts(facts({ rules: known(rules) }));
  const candidates = read.known ? read.value(web) : [];
  const fits = (pattern: JsonObject): boolean => events.some((event) => fitsPattern(pattern, event));
  const all = patterns.flatMap((pattern, index) => (fits(pattern) ? [String(index)] : []));
  expect(
    candidates
      .filter(({ pattern }) => fits(pattern))
      .map(({ name }) => name)
      .sort(),
  ).toEqual(all.sort());
  expect(all.length).toBeGreaterThan(5);
  expect(candidates.map(({ name }) => name)).not.toContain("3");
  expect(candidates.map(({ name }) => name)).not.toContain("10");
});

describe("a score", () => {
  const verdicts: Verdict[] = [fine("NoAgent"), found("NoHealthCheck", "x"), fine("NoCpuAlarm")];

  test("is the share of what is there, rounded down", () => {
    expect(scoreService(verdicts)).toMatchObject({ score: Math.floor((100 * 15) / 22), partial: false });
    expect(scoreService([...findingCodes].map(fine))).toMatchObject({ score: 100 });
    expect(
      scoreService([...findingCodes].map((code, at) => (at === 0 ? fine(code) : found(code, "")))),
    ).toMatchObject({
      score: 12,
    });
  });

  test("is neither raised nor lowered by what is unknown, and says that it is partial", () => {
    const { score } = scoreService(verdicts);
    for (const code of findingCodes)
      expect(scoreService([...verdicts, untold(code, denied)])).toMatchObject({ score, partial: true });
  });

  test("is none where nothing is known", () => {
    expect(scoreService([])).toMatchObject({ score: null, partial: false });
    expect(scoreService([untold("NoAgent", denied)])).toMatchObject({ score: null, partial: true });
    expect(scoreMany([])).toMatchObject({ score: null, partial: false });
  });

  test("of many is the mean of those that have one", () => {
    const of = (score: number | null) => ({ score, partial: score === null, pillars: [] });
    expect(scoreMany([of(50), of(91), of(null)])).toMatchObject({ score: 70, partial: true });
  });
});

test("a service that nothing could be read of has no findings", () => {
  const dark = facts({
    services: [{ workload: workload({ taskDefinition: failedRead, targetGroups: failedRead }), life: quiet }],
    insights: new Map([["prod", failedRead]]),
    targetGroups: failedRead,
    alarms: failedRead,
    rules: failedRead,
    logGroups: failedRead,
    filters: failedRead,
  });
  const [service] = judgeFacts(dark).services;
  expect(service?.findings.map(({ code }) => code)).toEqual(["NoCircuitBreaker"]);
  expect(service?.unknown.length).toBeGreaterThan(8);
});

test("in steps, there is one for each service, and the report is the same", () => {
  const one = { workload: workload(), life: quiet };
  const many = facts({ services: Array.from({ length: 30 }, () => one) });
  const steps = judgeInSteps(many);
  let count = 0;
  let last = steps.next();
  for (; last.done !== true; last = steps.next()) count += 1;
  expect(count).toBeGreaterThanOrEqual(30);
  expect(last.value).toEqual(judgeFacts(many));
});

test("a Metrics Insights query may watch anything: what it might watch is unknown", () => {
  const query = toAlarmFacts("MetricAlarm", {
    AlarmName: "all CPUs",
    Metrics: [
      { Id: "q", Expression: 'SELECT MAX(CPUUtilization) FROM "AWS/ECS" GROUP BY ServiceName', Period: 60 },
    ],
    AlarmActions: [],
  });
  const [service] = judgeFacts(facts({ alarms: known([query]) })).services;
  expect(service?.unknown).toMatchObject([{ check: "NoCpuAlarm", code: "MetricsInsightsQuery" }]);
  expect(service?.findings.map(({ code }) => code)).toContain("NoMemoryAlarm");
});
