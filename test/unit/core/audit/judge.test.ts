// Judgements that are easier to see without an account around them: who is an agent, which metrics exist, who is told through
// composite alarms, and what a score is made of.
import { describe, expect, test } from "vitest";
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
import type { AuditFacts, RuleFacts } from "../../../../controller/model/audit-facts.ts";
import type { JsonObject } from "../../../../controller/model/json.ts";
import { known } from "../../../../controller/model/read.ts";
import { account, denied, failedRead, region, targetGroup, workload } from "../builders.ts";
import { facts, quiet } from "./audit-facts.ts";

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
    "gcr.io/datadoghq/agent:7",
    "123456789012.dkr.ecr.us-east-1.amazonaws.com/mirror/datadog-agent:7",
    `123456789012.dkr.ecr.us-east-1.amazonaws.com/datadog-agent@sha256:${"a".repeat(64)}`,
    "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop-otel-collector:1",
    "123456789012.dkr.ecr.us-east-1.amazonaws.com/adot:0.40",
    "quay.io/prometheus/prometheus:v2",
    "registry:5000/alloy:1",
    "registry:5000/cwagent:1",
    "amazon/cloudwatch-agent:1",
    "timberio/vector:0.40-alpine",
    "nginx/nginx-prometheus-exporter:1",
    "x.live.dynatrace.com/linux/oneagent:1",
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
    "example.com/vector-search:1",
    "example.com/lead-vector:1",
    "example.com/invector-api:1",
    "example.com/statsd-ui:1",
    "example.com/telegraf-dashboard:1",
    "example.com/netdata-web:1",
    "example.com/prom/prometheus-ui:1",
    "example.com/report-exporter:1",
    "example.com/csv_exporter:2",
  ])("an application: %s", (image) => {
    expect(sorted(image)).toMatchObject({ apps: [{ name: "0" }], agents: [], isAgent: false });
    expect(sorted("example.com/app:1", image)).toMatchObject({ apps: [{}, {}], agents: [] });
  });

  test("an exporter by a second sign, and an agent by what only that agent is given", () => {
    const app = { name: "app", image: "example.com/app:1" };
    const agentsOf = (over: JsonObject) =>
      sortContainers([app, { name: "side", image: "example.com/shop-exporter:1", ...over }]).agents.length;
    expect(agentsOf({})).toBe(0);
    expect(agentsOf({ essential: false })).toBe(1);
    expect(agentsOf({ portMappings: [{ containerPort: 9273 }] })).toBe(1);
    expect(agentsOf({ portMappings: [{ containerPort: 8080 }] })).toBe(0);
    const given = (...names: string[]) =>
      agentsOf({ image: "example.com/side:1", environment: names.map((name) => ({ name, value: "x" })) });
    expect(given("AOT_CONFIG_CONTENT")).toBe(1);
    expect(given("DD_API_KEY", "ECS_FARGATE")).toBe(1);
    // Applications send traces with a key alone.
    expect(given("DD_API_KEY")).toBe(0);
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
    [
      "nobody by a rule in which it stands only under NOT",
      [cpu([]), composite("a", "ALARM(x) AND NOT ALARM(cpu)", [topic])],
      [],
    ],
    [
      "whom a rule tells that fires when it is not OK",
      [cpu([]), composite("a", "NOT OK(cpu)", [topic])],
      [topic],
    ],
    ["nobody, by a rule that cannot be read", [cpu([]), composite("a", "ALARM(", [topic])], []],
  ])("%s", (_, alarms, told) => {
    expect(tells(...alarms)).toEqual(told);
  });
});

describe("an alarm without actions", () => {
  const topic = `arn:aws:sns:${region}:${account}:pager`;
  const silent = toAlarmFacts("MetricAlarm", {
    AlarmName: "cpu",
    Namespace: "AWS/ECS",
    MetricName: "CPUUtilization",
    Dimensions: [
      { Name: "ClusterName", Value: "prod" },
      { Name: "ServiceName", Value: "web" },
    ],
    AlarmActions: [],
  });
  const rule = (pattern: JsonObject, over: Partial<RuleFacts> = {}): RuleFacts => ({
    name: "alarms",
    enabled: true,
    pattern: JSON.stringify(pattern),
    targets: known([topic]),
    ...over,
  });
  const ofAlarms = { source: ["aws.cloudwatch"], "detail-type": ["CloudWatch Alarm State Change"] };
  const toALARM = { ...ofAlarms, detail: { state: { value: ["ALARM"] } } };
  const heard = { exists: true, allowsCloudWatch: true };
  const judge = (rules: AuditFacts["rules"], confirmedSubscriptions = 1): string => {
    const topics = new Map([
      [topic, known({ ...heard, confirmedSubscriptions: known(confirmedSubscriptions) })],
    ]);
    const [one] = judgeFacts(facts({ alarms: known([silent]), rules, topics })).services;
    const is = (code: string): boolean => code === "AlarmWithoutActions";
    if (one?.findings.some(({ code }) => is(code))) return "found";
    return one?.unknown.some(({ check }) => is(check)) ? "unknown" : "fine";
  };

  test.each<[string, AuditFacts["rules"], string]>([
    ["tells nobody, without a rule", known([]), "found"],
    ["is told of by a rule on all alarms", known([rule(ofAlarms)]), "fine"],
    ["is told of by a rule on those that go off", known([rule(toALARM)]), "fine"],
    [
      "is told of by a rule that names it",
      known([rule({ ...ofAlarms, resources: [{ suffix: ":alarm:cpu" }] })]),
      "fine",
    ],
    [
      "is not told of by a rule on another",
      known([rule({ ...ofAlarms, detail: { alarmName: ["x"] } })]),
      "found",
    ],
    [
      "is not told of by one on what is well again",
      known([rule({ ...ofAlarms, detail: { state: { value: ["OK"] } } })]),
      "found",
    ],
    ["is not told of by a rule that is off", known([rule(ofAlarms, { enabled: false })]), "found"],
    ["is not told of by a rule without targets", known([rule(ofAlarms, { targets: known([]) })]), "found"],
    ["may be told of, where targets are unread", known([rule(ofAlarms, { targets: failedRead })]), "unknown"],
    ["may be told of, where rules are unread", failedRead, "unknown"],
  ])("%s", (_, rules, is) => {
    expect(judge(rules)).toBe(is);
  });

  test("is not told of by a rule whose topic nobody hears", () => {
    expect(judge(known([rule(ofAlarms)]), 0)).toBe("found");
  });

  test("is told of where the composite alarm over it is", () => {
    const over = toAlarmFacts("CompositeAlarm", { AlarmName: "any", AlarmRule: "ALARM(cpu)" });
    const rules = known([rule({ ...ofAlarms, detail: { alarmName: ["any"] } })]);
    const [one] = judgeFacts(facts({ alarms: known([silent, over]), rules })).services;
    expect(one?.findings.map(({ code }) => code)).not.toContain("AlarmWithoutActions");
  });
});

test("a choice of what is no pattern hides no other rule", () => {
  const odd = {
    name: "odd",
    enabled: true,
    pattern: '{"source":["aws.ecs"],"$or":[null]}',
    targets: known([]),
  };
  const all = {
    ...odd,
    name: "all",
    pattern: '{"source":["aws.ecs"]}',
    targets: known(["arn:aws:sqs:r:1:q"]),
  };
  const [one] = judgeFacts(facts({ rules: known([odd, all]) })).services;
  const codes = [
    ...(one?.findings ?? []).map(({ code }) => code),
    ...(one?.unknown ?? []).map(({ check }) => check),
  ];
  expect(codes).not.toContain("TaskStoppedUntold");
});

test.each<[JsonObject, boolean]>([
  [{ detail: { cpu: [{ exists: true }], stoppingAt: [{ exists: true }] } }, true],
  [
    { detail: { platformVersion: [{ exists: true }], overrides: { containerOverrides: { name: ["app"] } } } },
    true,
  ],
  [{ detail: { containers: { image: [{ prefix: "example.com/" }] } } }, true],
  [{ detail: { attachments: { type: ["eni"] } } }, true],
  [{ detail: { stopCode: ["UserInitiated"] } }, false],
])("a task that crashes fits %j: %s", (pattern, fits) => {
  const events = crashEvents(workload(), ["app"]);
  expect(events.some((event) => fitsPattern(pattern, event))).toBe(fits);
});

test.each<[string, string[]]>([
  ["m0 - FILL(m1, 0)", []],
  ["FILL(RATE(m1), 0)", []],
  ["FILL(m1, REPEAT)", ["AlarmBlindWhenGone"]],
])("an alarm on tasks over %s: %j", (Expression, codes) => {
  const Metric = {
    Namespace: "ECS/ContainerInsights",
    MetricName: "RunningTaskCount",
    Dimensions: [
      { Name: "ClusterName", Value: "prod" },
      { Name: "ServiceName", Value: "web" },
    ],
  };
  const alarm = toAlarmFacts("MetricAlarm", {
    AlarmName: "tasks",
    Metrics: [
      { Id: "e", Expression },
      { Id: "m1", MetricStat: { Metric, Period: 60, Stat: "Average" } },
    ],
  });
  const [one] = judgeFacts(facts({ alarms: known([alarm]) })).services;
  const found = (one?.findings ?? []).map(({ code }) => code);
  expect(found.filter((code) => code === "AlarmBlindWhenGone")).toEqual(codes);
});

test("an application may wait for its FireLens router: that loses no first lines", () => {
  const side = (over: JsonObject): JsonObject => ({
    name: "side",
    image: "telegraf:1",
    essential: false,
    ...over,
  });
  const codesOf = (...others: JsonObject[]): string[] => {
    const app = {
      name: "app",
      image: "example.com/app:1",
      dependsOn: [{ containerName: "side", condition: "HEALTHY" }],
    };
    const input = { family: "web", containerDefinitions: [app, ...others] };
    const [one] = judgeFacts(facts({ services: [{ workload: workload({ input }), life: quiet }] })).services;
    return (one?.findings ?? []).map(({ code }) => code);
  };
  expect(codesOf(side({}))).toContain("AppWaitsForAgent");
  const agent = side({ name: "agent" });
  expect(codesOf(agent, side({ firelensConfiguration: { type: "fluentbit" } }))).not.toContain(
    "AppWaitsForAgent",
  );
});

test("an alarm on a whole load balancer counts for nobody where it is not known who is behind it", () => {
  const group = targetGroup("web", "app/shared");
  const alarm = toAlarmFacts("MetricAlarm", {
    AlarmName: "5xx",
    Namespace: "AWS/ApplicationELB",
    MetricName: "HTTPCode_Target_5XX_Count",
    Dimensions: [{ Name: "LoadBalancer", Value: group.loadBalancerArn?.split("loadbalancer/")[1] ?? "" }],
  });
  const codesWith = (targetGroups: AuditFacts["targetGroups"]): string[] => {
    const services = [{ workload: workload({ targetGroups: [group], balanced: true }), life: quiet }];
    const [one] = judgeFacts(facts({ services, targetGroups, alarms: known([alarm]) })).services;
    return (one?.findings ?? []).map(({ code }) => code);
  };
  expect(codesWith(known([group]))).not.toContain("No5xxAlarm");
  expect(codesWith(failedRead)).toContain("No5xxAlarm");
});

test("a query of others' metrics watches no service", () => {
  const query = toAlarmFacts("MetricAlarm", {
    AlarmName: "ec2",
    Metrics: [
      { Id: "q", Expression: 'SELECT MAX(CPUUtilization) FROM SCHEMA("AWS/EC2", InstanceId)', Period: 60 },
    ],
    AlarmActions: [],
  });
  const [one] = judgeFacts(facts({ alarms: known([query]) })).services;
  expect(one?.findings.map(({ code }) => code)).toContain("NoCpuAlarm");
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
