// What an audit finds: services that lack nothing, and others that each lack one thing; never what could not be read.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { auditReads } from "../../controller/aws/audit-reads.ts";
import { type AuditFlags, runAudit } from "../../controller/cli/audit.ts";
import { seedDemo } from "../../controller/sandbox/seed.ts";
import { pager, region, seedAccount, seedServices, topics, whole, worker } from "./audit-estate.ts";
import { named, situations, with_ } from "./audit-situations.ts";
import { account } from "./estate.ts";
import { type Any, capture, type Ran, useWorld } from "./harness.ts";

const world = useWorld();

async function audit(flags: Partial<AuditFlags> = {}): Promise<Ran & { readonly json: Any }> {
  const ran = await capture((io) => runAudit({ format: "json", suggestPolicy: false, ...flags }, io));
  return { ...ran, json: ran.stdout.startsWith("{") ? JSON.parse(ran.stdout) : undefined };
}

async function seed(names?: readonly string[]): Promise<void> {
  await seedAccount(world.call);
  const chosen = situations.filter(([name]) => names === undefined || names.includes(name));
  await seedServices(world.call, new Map(chosen.map(([name, parts]) => [name, named(name, parts)])));
  world.sandbox.control.clearCalls();
}

/** Applies a suggestion, and audits again. */
async function applied(suggestion: string): Promise<Any> {
  const ran = await world.apply(suggestion, { maxRedeploys: 500 });
  expect(ran.json.outcomes.filter(({ result }: Any) => result !== "applied")).toEqual([]);
  return (await audit()).json;
}

const scoresOf = (services: readonly Any[]): Any =>
  Object.fromEntries(services.map(({ cluster, service, score }: Any) => [`${cluster}/${service}`, score]));

const codesOf = (json: Any): Record<string, string[]> =>
  Object.fromEntries(
    json.services.map((one: Any) => [one.service, one.findings.map(({ code }: Any) => code)]),
  );

test("every finding of the table, and none besides", async () => {
  await seed();
  const { code, json } = await audit();
  expect(codesOf(json)).toEqual(Object.fromEntries([...situations].map(([name, , codes]) => [name, codes])));
  expect(json.services.flatMap(({ unknown }: Any) => unknown)).toEqual([]);
  expect(json.services.find(({ service }: Any) => service === "whole").score).toBe(100);
  expect(code).toBe(0);
  expect(world.writes()).toEqual([]);
});

test("the suggested policy is valid, and applied it gives the promised score, service by service", async () => {
  await seed();
  const { json, stderr } = await audit({ suggestPolicy: true, notify: pager });
  const { suggestedPolicy, promised, score } = json;
  expect(world.writes()).toEqual([]);
  expect(promised.score).toBeGreaterThan(score);
  expect(stderr).toContain(`the score is ${score}, and ${promised.score} once this is applied`);
  const after = await applied(suggestedPolicy);
  expect(after.score).toBe(promised.score);
  expect(scoresOf(after.services)).toEqual(scoresOf(promised.services));
  // What a policy can close is closed; what is open has been named in the comments.
  const open = after.services.flatMap(({ service, findings }: Any) =>
    findings.filter(({ policy }: Any) => policy !== undefined).map(({ code }: Any) => `${service} ${code}`),
  );
  expect(open).toEqual([]);
});

test("the demo's estate: from audit to suggestion to apply, the score is the promised one", async () => {
  seedDemo((service, operation, input) => world.call(service, operation, input), { account, region });
  world.call("sns", "CreateTopic", { Name: "pager" });
  const before = await audit({ suggestPolicy: true, notify: pager });
  expect(before.json.score).toBeLessThan(20);
  expect(before.json.promised.score).toBeGreaterThan(80);
  const text = await audit({ suggestPolicy: true, notify: pager, format: "text" });
  expect(text.stdout).toBe(before.json.suggestedPolicy);
  const after = await applied(text.stdout);
  expect(after.score).toBe(before.json.promised.score);
  expect(scoresOf(after.services)).toEqual(scoresOf(before.json.promised.services));
});

test("without anybody to tell, nothing is suggested that would tell nobody, and that is promised as it is", async () => {
  await seed(["crash-untold", "no-cpu", "no-actions"]);
  const { json } = await audit({ suggestPolicy: true });
  expect(json.suggestedPolicy).toContain("--notify");
  expect(json.suggestedPolicy).not.toContain("events:");
  expect(json.suggestedPolicy).toContain("preset: ecs-cpu-high");
  const after = await applied(json.suggestedPolicy);
  expect(scoresOf(after.services)).toEqual(scoresOf(json.promised.services));
  expect(codesOf(after)["no-cpu"]).toEqual(["AlarmWithoutActions"]);
});

test("a policy of one service selects that one alone", async () => {
  await seed(["no-cpu", "no-memory"]);
  const { json } = await audit({ suggestPolicy: true, notify: pager, service: ["no-cpu"] });
  await applied(json.suggestedPolicy);
  expect(codesOf((await audit()).json)).toEqual({ "no-cpu": [], "no-memory": ["NoMemoryAlarm"] });
});

test("what there is no room for, or what destroys logs, is not suggested, and said so", async () => {
  await seed(["no-agent", "no-retention", "no-driver"]);
  const full = named("full", {
    ...whole,
    others: [],
    app: { memory: 1024, logConfiguration: undefined },
    logGroup: undefined,
    alarms: {},
  });
  await seedServices(world.call, new Map([["full", { ...full, balancer: "none" }]]));
  const { json } = await audit({ suggestPolicy: true, notify: pager });
  expect(json.suggestedPolicy).toMatch(/# NoAgent \(prod\/full\):\n# {3}.*NoRoom/);
  const after = await applied(json.suggestedPolicy);
  expect(scoresOf(after.services)).toEqual(scoresOf(json.promised.services));
  // The rest of the task definition's lines went in all the same.
  expect(codesOf(after)["full"]).toEqual(["NoAgent"]);
});

const reads: readonly (readonly [operation: string, checks: readonly string[], still: readonly string[]])[] =
  [
    [
      "DescribeAlarms",
      [
        "NoCpuAlarm",
        "NoMemoryAlarm",
        "NoTaskAlarm",
        "NoUnhealthyAlarm",
        "No5xxAlarm",
        "NoLatencyAlarm",
        "ErrorMetricUnwatched",
      ],
      ["NoAgent"],
    ],
    ["ListRules", ["TaskStoppedUntold", "DeploymentFailedUntold"], ["NoAgent", "NoCpuAlarm"]],
    ["ListTargetsByRule", ["TaskStoppedUntold", "DeploymentFailedUntold"], ["NoAgent", "NoCpuAlarm"]],
    ["DescribeLogGroups", ["LogGroupMissing", "NoRetention"], ["NoAgent", "NoCpuAlarm"]],
    ["DescribeMetricFilters", ["NoErrorSignal"], ["NoAgent", "NoCpuAlarm"]],
    [
      "GetTopicAttributes",
      ["EventTopicDead", "AlarmTopicMissing", "AlarmTopicRefuses", "AlarmTopicUnheard"],
      ["NoAgent", "NoCpuAlarm"],
    ],
    [
      "DescribeTaskDefinition",
      [
        "NoAgent",
        "NoHealthCheck",
        "HealthCheckCannotRun",
        "GracePeriodShort",
        "NoLogDriver",
        "NoErrorSignal",
      ],
      ["NoCpuAlarm"],
    ],
    [
      "DescribeTargetGroups",
      [
        "TargetGroupAcceptsErrors",
        "TargetGroupSlow",
        "GracePeriodShort",
        "NoUnhealthyAlarm",
        "No5xxAlarm",
        "NoLatencyAlarm",
      ],
      ["NoAgent", "NoCpuAlarm"],
    ],
    ["DescribeClusters", ["InsightsOff", "AlarmMetricMissing"], ["NoAgent", "NoCpuAlarm"]],
  ];

test.each(reads)(
  "when %s fails, its checks are unknown, and nothing else changes",
  async (operation, checks, still) => {
    await seedAccount(world.call);
    const parts = with_({ cpu: undefined, tasks: whole.alarms["tasks"] }, { others: [] });
    await seedServices(world.call, new Map([["half", named("half", parts)]]));
    world.sandbox.control.addFault({ operation, action: "denied" });
    const { code, json } = await audit();
    const [half] = json.services;
    expect([...new Set(half.unknown.map(({ check }: Any) => check))]).toEqual(checks);
    expect(half.findings.map(({ code: found }: Any) => found)).toEqual(still);
    expect(half).toMatchObject({ partial: true });
    expect(json.partial).toBe(true);
    expect(code).toBe(0);
  },
);

test.each(["ListClusters", "ListServices", "DescribeServices"])(
  "when %s fails there is no score, and no service is called unmonitored",
  async (operation) => {
    await seed(["no-agent"]);
    world.sandbox.control.addFault({ operation, action: "denied" });
    const { code, json, stderr } = await audit({ failUnder: 10 });
    expect(json).toMatchObject({ score: null, partial: true, services: [] });
    expect(json.unread.length).toBeGreaterThan(0);
    expect(code).toBe(1);
    expect(stderr).toContain("there is no score");
  },
);

test("--fail-under gives 2 below it, and 0 from it on", async () => {
  await seed(["no-agent", "whole"]);
  const { json } = await audit();
  expect((await audit({ failUnder: json.score })).code).toBe(0);
  const { code, stderr } = await audit({ failUnder: json.score + 1 });
  expect(code).toBe(2);
  expect(stderr).toContain(`the score ${json.score} is under ${json.score + 1}`);
});

test("--fail-under cannot be judged where services could not be read, and is not met where there are none", async () => {
  await seed(["whole"]);
  world.sandbox.control.addFault({ operation: "ListServices", action: "denied", times: 1 });
  const dark = await audit({ failUnder: 10 });
  expect(dark.json.unread).toHaveLength(1);
  expect(dark.code).toBe(1);
  expect(dark.stderr).toMatch(
    /--fail-under 10 cannot be judged: (prod|dark) could not be read \(AccessDenied/,
  );
  expect((await audit({ service: ["nobody"] })).code).toBe(0);
  const empty = await audit({ failUnder: 0, service: ["nobody"] });
  expect(empty.code).toBe(2);
  expect(empty.stderr).toContain("without any service --fail-under 0 is not met");
});

test("--fail-under cannot be judged where checks that could not be made decide it", async () => {
  await seed(["whole"]);
  world.sandbox.control.addFault({ operation: "ListRules", action: "denied" });
  // Two rules and whom they tell: 8 of what applies.
  const bounds = /cannot be judged: with them the score is between (\d+) and 100 \(AccessDenied/;
  const open = await audit({ failUnder: 99 });
  expect(open.code).toBe(1);
  expect(open.stderr).toContain("2 checks could not be made, and are in no score\n");
  expect(open.stderr).toMatch(bounds);
  const lowest = Number(bounds.exec(open.stderr)?.[1]);
  expect(lowest).toBeLessThan(95);
  expect((await audit({ failUnder: lowest + 1 })).code).toBe(1);
  const { code, json, stderr } = await audit({ failUnder: lowest });
  expect(json.score).toBe(100);
  expect(code).toBe(0);
  expect(stderr).toContain("2 checks could not be made, and are in no score\n");
});

test.each(reads)(
  "when %s fails, the gate says nothing that more reading would take back, and nothing has changed",
  async (operation) => {
    await seed();
    const whole = await audit();
    const { score } = whole.json;
    const earlier = join(mkdtempSync(join(tmpdir(), "ecsmon-audit-")), "audit.json");
    writeFileSync(earlier, whole.stdout);
    world.sandbox.control.addFault({ operation, action: "denied" });
    const { code, json } = await audit({ baseline: earlier, failUnder: score });
    expect([0, 1]).toContain(code);
    expect([1, 2]).toContain((await audit({ failUnder: score + 1 })).code);
    const { better, worse, fixed, notApplicable, untold, new: fresh } = json.baseline;
    expect({ better, worse, fixed, notApplicable, fresh }).toEqual({
      better: [],
      worse: [],
      fixed: [],
      notApplicable: [],
      fresh: [],
    });
    expect(untold.length).toBeGreaterThan(0);
  },
);

test("where nothing applies nothing has failed", async () => {
  await seedAccount(world.call);
  const external = { clusterName: "ext" };
  world.call("ecs", "CreateCluster", external);
  world.call("ecs", "CreateService", {
    cluster: "ext",
    serviceName: "sets",
    desiredCount: 0,
    deploymentController: { type: "EXTERNAL" },
  });
  const { code, json, stderr } = await audit({ failUnder: 10 });
  expect(json).toMatchObject({ score: null, partial: false, services: [{ service: "sets", score: null }] });
  expect(code).toBe(0);
  expect(stderr).not.toContain("there is no score");
});

test("a baseline of everything is compared with what is looked at, and what no longer applies is not fixed", async () => {
  await seed(["no-cpu", "no-memory"]);
  const earlier = join(mkdtempSync(join(tmpdir(), "ecsmon-audit-")), "audit.json");
  writeFileSync(earlier, (await audit()).stdout);
  world.call("ecs", "UpdateService", { cluster: "prod", service: "no-cpu", desiredCount: 0 });
  const { json } = await audit({ baseline: earlier, service: ["no-cpu"] });
  expect(json.baseline).toMatchObject({
    better: [],
    worse: [],
    fixed: [],
    notApplicable: [{ cluster: "prod", service: "no-cpu", code: "NoCpuAlarm" }],
    servicesGone: [],
  });
  const { stdout } = await audit({ baseline: earlier, service: ["no-cpu"], format: "text" });
  expect(stdout).toContain("prod/no-cpu no longer applies: NoCpuAlarm");
});

test("--baseline tells what got better and worse, what is new and what is fixed", async () => {
  await seed(["no-cpu", "whole"]);
  const earlier = join(mkdtempSync(join(tmpdir(), "ecsmon-audit-")), "audit.json");
  // As a shell may write it, with a byte order mark.
  writeFileSync(earlier, `\uFEFF${(await audit()).stdout}`);
  world.call("monitoring", "DeleteAlarms", { AlarmNames: ["whole memory"] });
  const cpu = {
    AlarmName: "no-cpu cpu",
    Namespace: "AWS/ECS",
    MetricName: "CPUUtilization",
    Dimensions: [
      { Name: "ClusterName", Value: "prod" },
      { Name: "ServiceName", Value: "no-cpu" },
    ],
    Statistic: "Average",
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 90,
    ComparisonOperator: "GreaterThanThreshold",
    AlarmActions: [pager],
  };
  world.call("monitoring", "PutMetricAlarm", cpu);
  const { json } = await audit({ baseline: earlier });
  const place = (service: string) => ({ cluster: "prod", service });
  expect(json.baseline).toMatchObject({
    better: [{ ...place("no-cpu"), after: 100 }],
    worse: [{ ...place("whole"), before: 100 }],
    new: [{ ...place("whole"), code: "NoMemoryAlarm" }],
    fixed: [{ ...place("no-cpu"), code: "NoCpuAlarm" }],
    untold: [],
    servicesAdded: [],
    servicesGone: [],
  });
  const { stdout } = await audit({ baseline: earlier, format: "text" });
  expect(stdout).toContain("+ prod/no-cpu fixed: NoCpuAlarm");
  expect(stdout).toContain("- prod/whole new: NoMemoryAlarm");
  writeFileSync(earlier, "{}");
  await expect(audit({ baseline: earlier })).rejects.toThrow(
    /--baseline .* is not what `ecsmon audit --format json` prints/,
  );
});

test("each list is read once, each revision once, and each topic that is told once", async () => {
  await seed();
  const { json } = await audit();
  const counts = world.sandbox.control.counts();
  const services = json.services.length;
  const kinds = ["alarms", "composites", "logAlarms"] as const;
  const alarms = situations
    .flatMap(([, parts]) => kinds.flatMap((kind) => Object.values(parts[kind])))
    .filter((alarm) => alarm !== undefined).length;
  expect(counts).toEqual({
    "ecs:ListClusters": 1,
    "ecs:DescribeClusters": 1,
    // Two clusters, of which one has two services.
    "ecs:ListServices": 2,
    "ecs:DescribeServices": Math.ceil((services - 2) / 10) + 1,
    // An EXTERNAL service has none.
    "ecs:DescribeTaskDefinition": services - 1,
    "elasticloadbalancing:DescribeTargetGroups": 1,
    "monitoring:DescribeAlarms": Math.ceil(alarms / 100),
    "events:ListRules": 1,
    // Not those of EC2's events.
    "events:ListTargetsByRule": 5,
    "logs:DescribeLogGroups": 2,
    "logs:DescribeMetricFilters": 2,
    "sns:GetTopicAttributes": 4,
    // Of the one that shows no subscription.
    "sns:ListSubscriptionsByTopic": 1,
  });
  // `ecsmon iam --audit` prints these.
  const allowed = auditReads.map((action) => action.split(":")[1]);
  for (const call of Object.keys(counts)) expect(allowed).toContain(call.split(":")[1]);
});

test("the text tells scores and findings, of one service in its own words", async () => {
  await seed(["no-cpu", "no-memory", "whole"]);
  const many = await audit({ format: "text" });
  expect(many.stdout).toMatch(/SERVICE +SCORE +APP METRICS +LIVENESS +RESOURCE METRICS +LOGS/);
  expect(many.stdout).toMatch(/ {2}whole +100/);
  expect(many.stdout).toContain("✗ NoCpuAlarm  -3\n    1 service, 3 points: prod/no-cpu\n");
  expect(many.stdout).toMatch(/Score \d+ of 100; 3 services in 2 clusters; 2 findings\.\n$/);
  const one = await audit({ format: "text", service: ["no-cpu"] });
  expect(one.stdout).toContain("no alarm watches the service's CPU, by its exact dimensions");
});

test("Markdown tells the same", async () => {
  await seed(["no-cpu", "whole"]);
  const { stdout } = await audit({ format: "markdown" });
  expect(stdout).toContain("<details><summary><b>NoCpuAlarm</b>: 1 service, 3 points</summary>");
  expect(stdout).toContain("| `prod/whole` | 100 | 100 | 100 | 100 | 100 |");
});

test.each<[Partial<AuditFlags>, RegExp]>([
  [
    { suggestPolicy: true, format: "markdown" },
    /--suggest-policy prints YAML.* markdown has no place for it$/,
  ],
  [
    { suggestPolicy: true, format: "text", baseline: "x.json" },
    /leave --baseline out, or use --format json or html$/,
  ],
  [{ notify: "pager" }, /--notify pager is no ARN; give it that of an SNS topic$/],
  [
    { baseline: "/nowhere/audit.json" },
    /--baseline \/nowhere\/audit.json cannot be read: there is no such file;/,
  ],
])("%j is refused before anything is read", async (flags, message) => {
  await expect(audit(flags)).rejects.toThrow(message);
  expect(world.sandbox.control.counts()).toEqual({});
});

test("several targets of a configuration are a list, and one that fails does not hide the others", async () => {
  await seed(["whole"]);
  const config = join(mkdtempSync(join(tmpdir(), "ecsmon-audit-")), "operator.yaml");
  const targets = (more: string): string => `apiVersion: ecsmon.dev/v1alpha1
kind: OperatorConfig
metadata: { name: operator }
spec:
  sources: [{ path: ./policies }]
  targets: [{ region: us-east-1 }, ${more}]
`;
  writeFileSync(config, targets("{ region: eu-west-1 }"));
  const both = await audit({ config });
  expect(both.json).toMatchObject({
    kind: "AuditList",
    items: [
      { score: 100, metadata: { region: "us-east-1" } },
      { score: null, services: [] },
    ],
    failed: [],
  });
  expect(both.code).toBe(0);
  expect((await audit({ config, region: "us-east-1" })).json).toMatchObject({ kind: "Audit", score: 100 });
  await expect(audit({ config, suggestPolicy: true })).rejects.toThrow(
    /for one target, and .* has 2; choose one with --region/,
  );

  writeFileSync(config, targets(`{ region: us-east-1, roleArn: "arn:aws:iam::999999999999:role/x" }`));
  world.sandbox.control.addFault({ service: "sts", operation: "AssumeRole", action: "denied" });
  const one = await audit({ config });
  expect(one.json).toMatchObject({
    items: [{ score: 100 }],
    failed: [{ roleArn: "arn:aws:iam::999999999999:role/x" }],
  });
  expect(one.code).toBe(1);
});

test("what others of the same owner want is told before it is taken away", async () => {
  await seed(["no-cpu", "no-memory"]);
  const before = await audit({ suggestPolicy: true, notify: pager, service: ["no-cpu"] });
  await applied(before.json.suggestedPolicy);
  const { stderr, json } = await audit({ suggestPolicy: true, notify: pager });
  expect(stderr).toMatch(/\d+ things of this owner stand that only other policies want: applied alone/);
  const after = await applied(json.suggestedPolicy);
  expect(scoresOf(after.services)).toEqual(scoresOf(json.promised.services));
});

test("the suggestion beside another policy with severities of its own is held back by nothing", async () => {
  await seed(["no-cpu", "no-memory"]);
  const { json } = await audit({ suggestPolicy: true, notify: pager });
  const other = `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: team-a }
spec:
  selector: { clusters: ["*"] }
  notifications: { warning: ["${topics.unheard}"], critical: ["${topics.unheard}"] }
  alarms: [{ name: tasks, preset: ecs-running-below-desired, severity: warning }]
`;
  const planned = await world.plan(`${other}---\n${json.suggestedPolicy}`);
  expect(planned.json.blocked).toEqual([]);
  const names = planned.json.changes.map(({ name }: Any) => name).join();
  expect(names).toMatch(/cpu/);
});

test("what is stated of logs stays, and one that states nothing beside it is mended alone", async () => {
  const logs = (options: Any): Any => ({
    logConfiguration: {
      logDriver: "awslogs",
      options: {
        "awslogs-group": "/ecs/stated",
        "awslogs-region": region,
        "awslogs-stream-prefix": "ecs",
        ...options,
      },
    },
  });
  const beside = (name: string, over: Any): Any => ({
    name,
    image: "example.com/web:1",
    essential: false,
    ...over,
  });
  await seedAccount(world.call);
  const services = new Map<string, Any>([
    [
      "stated",
      { ...whole, app: logs({ mode: "blocking" }), others: [...whole.others, beside("web", logs({}))] },
    ],
    [
      "buffered",
      {
        ...whole,
        app: logs({ mode: "non-blocking", "max-buffer-size": "100m" }),
        others: [...whole.others, beside("web", logs({ mode: "non-blocking" }))],
      },
    ],
    ["mixed", { ...whole, app: logs({ mode: "blocking" }), others: [...whole.others, beside("init", {})] }],
    [
      "two",
      {
        ...whole,
        app: logs({ mode: "blocking" }),
        others: [...whole.others, beside("a", logs({})), beside("b", logs({}))],
      },
    ],
  ]);
  await seedServices(world.call, services);
  const { json } = await audit({ suggestPolicy: true, notify: pager });
  expect(json.suggestedPolicy).toMatch(
    /# LogModeUnstated \(prod\/two\):\n# {3}mend it in the task definition/,
  );
  await applied(json.suggestedPolicy);
  const optionsOf = (service: string): Any => {
    const { services: found } = world.call("ecs", "DescribeServices", {
      cluster: "prod",
      services: [service],
    });
    const { taskDefinition } = world.call("ecs", "DescribeTaskDefinition", {
      taskDefinition: found[0].taskDefinition,
    });
    return Object.fromEntries(
      taskDefinition.containerDefinitions.map(({ name, logConfiguration: log }: Any) => [
        name,
        [log?.options?.mode, log?.options?.["max-buffer-size"]],
      ]),
    );
  };
  expect(optionsOf("stated")).toMatchObject({ app: ["blocking", undefined], web: ["non-blocking", "25m"] });
  expect(optionsOf("buffered")).toMatchObject({
    app: ["non-blocking", "100m"],
    web: ["non-blocking", "25m"],
  });
  expect(optionsOf("mixed")).toMatchObject({ app: ["blocking", undefined], init: ["non-blocking", "25m"] });
  expect(optionsOf("two")).toMatchObject({ app: ["blocking", undefined], a: [undefined, undefined] });
});

test("alarms without actions that a rule of EventBridge tells of tell somebody", async () => {
  await seed(["no-actions"]);
  expect(codesOf((await audit()).json)["no-actions"]).toContain("AlarmWithoutActions");
  const EventPattern = JSON.stringify({
    source: ["aws.cloudwatch"],
    "detail-type": ["CloudWatch Alarm State Change"],
    detail: { state: { value: ["ALARM"] } },
  });
  world.call("events", "PutRule", { Name: "all-alarms", EventPattern });
  expect(codesOf((await audit()).json)["no-actions"]).toContain("AlarmWithoutActions");
  world.call("events", "PutTargets", { Rule: "all-alarms", Targets: [{ Id: "1", Arn: pager }] });
  expect(codesOf((await audit()).json)["no-actions"]).not.toContain("AlarmWithoutActions");
  world.sandbox.control.addFault({ operation: "ListTargetsByRule", action: "denied" });
  const [one] = (await audit()).json.services;
  expect(one.unknown.map(({ check }: Any) => check)).toContain("AlarmWithoutActions");
});

test("no agent goes where its ports are taken, or where two tasks would share them", async () => {
  await seedAccount(world.call);
  const ports = (...portMappings: Any[]): Any => ({
    ...worker,
    others: [],
    app: { portMappings },
  });
  await seedServices(
    world.call,
    new Map<string, Any>([
      ["statsd", ports({ containerPort: 8125, protocol: "udp" })],
      ["range", ports({ containerPortRange: "25000-26000" })],
      [
        "host",
        {
          ...ports({ containerPort: 80 }),
          task: { requiresCompatibilities: ["EC2"], networkMode: "host" },
          service: { launchType: "EC2", networkConfiguration: undefined },
        },
      ],
      ["free", ports({ containerPort: 80 })],
    ]),
  );
  const { json } = await audit();
  const mends = json.services.map(({ service, findings }: Any) => {
    const { policy, byHand } = findings.find(({ code }: Any) => code === "NoAgent");
    return [service, policy ?? byHand];
  });
  expect(Object.fromEntries(mends)).toEqual({
    statsd: expect.stringContaining("container app has one of the ports 8125 and 25888"),
    range: expect.stringContaining("container app has one of the ports 8125 and 25888"),
    host: expect.stringContaining("as a daemon service"),
    free: expect.stringContaining("preset: cloudwatch-agent"),
  });
});

test("what a plan could not read is told as that, and not as lines that would not help", async () => {
  await seed(["no-retention", "no-agent"]);
  world.sandbox.control.addFault({ service: "tagging", operation: "GetResources", action: "denied" });
  const { json, stderr } = await audit({ suggestPolicy: true, notify: pager });
  expect(stderr).toMatch(
    /things? that a plan reads could not be read, and lines that need it are left out: .*AccessDenied/,
  );
  expect(json.suggestedPolicy).toMatch(/could not be tried: AccessDenied/);
  expect(json.suggestedPolicy).not.toContain("would not close it");
  expect(stderr).toContain("; allow what `ecsmon iam` prints for reading, too");
});

test("a policy that tells a topic that is not there says what comes with it", async () => {
  await seed(["no-cpu"]);
  const { stderr } = await audit({ suggestPolicy: true, notify: pager.replace("pager", "missing") });
  expect(stderr).toContain("with it these are found, too: AlarmTopicMissing");
});

test("a deployment that failed, and was not rolled back, is trouble", async () => {
  await seed(["breaker-stays"]);
  world.sandbox.control.failDeployments("prod", "breaker-stays", { mode: "tasks-die" });
  world.call("ecs", "UpdateService", { cluster: "prod", service: "breaker-stays", forceNewDeployment: true });
  const { json } = await audit();
  expect(codesOf(json)).toEqual({ "breaker-stays": ["CircuitBreakerKeepsBroken", "TasksFailing"] });
  expect(json.services[0].findings[1].message).toMatch(/^the last deployment failed: /);
});

test("nor is one less that was rolled back, until another one is through", async () => {
  await seed(["whole"]);
  const deploy = (): Any =>
    world.call("ecs", "UpdateService", { cluster: "prod", service: "whole", forceNewDeployment: true });
  deploy();
  expect(codesOf((await audit()).json)).toEqual({ whole: [] });
  world.sandbox.control.failDeployments("prod", "whole", { mode: "tasks-die" });
  deploy();
  const { json } = await audit();
  expect(codesOf(json)).toEqual({ whole: ["TasksFailing"] });
  expect(json.services[0].findings[0].message).toBe(
    "the last deployment failed: tasks failed to start, and it was rolled back",
  );
  world.sandbox.control.failDeployments("prod", "whole", undefined);
  deploy();
  expect(codesOf((await audit()).json)).toEqual({ whole: [] });
});

test("tasks that end again and again are found, and not those that scaling stops", async () => {
  await seed(["whole"]);
  const place = { cluster: "prod", service: "whole" };
  const endAll = (): void => {
    const { taskArns } = world.call("ecs", "ListTasks", { cluster: "prod", serviceName: "whole" });
    for (const task of taskArns) world.call("ecs", "StopTask", { cluster: "prod", task });
  };
  for (const desiredCount of [9, 1, 12, 2]) {
    world.call("ecs", "UpdateService", { ...place, desiredCount });
    expect(codesOf((await audit()).json)).toEqual({ whole: [] });
  }
  for (let round = 0; round < 4; round++) endAll();
  const { json } = await audit();
  expect(codesOf(json)).toEqual({ whole: ["TasksRestarting"] });
  expect(json.services[0].findings[0].message).toMatch(/^at least \d+ tasks ended by themselves/);
  const { file } = await world.takeSnapshot();
  expect((await audit({ snapshot: file })).json.services).toEqual(json.services);
});
