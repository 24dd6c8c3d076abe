// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policies hold templates
// Events: one rule for a cluster and whom it tells. It comes, is put right, is shared, and never gets smaller by a
// look that did not see everything.
import { expect, test } from "vitest";
import { eventRuleName } from "../../controller/core/names.ts";
import { matchesEventPattern } from "../../controller/sandbox/services/events/pattern.ts";
import { account, createService, seedEstate } from "./estate.ts";
import { type Any, useWorld } from "./harness.ts";

const world = useWorld();

const topic = (name: string): string => `arn:aws:sns:us-east-1:${account}:${name}`;
const pager = eventRuleName("ecsmon", "prod-a", [topic("pager")]);
const chat = eventRuleName("ecsmon", "prod-a", [topic("chat")]);

const stopped = "[{ preset: task-stopped, severity: critical }]";
const policy = (
  events: string,
  { name = "a", services = '"web-*"', more = "", exception = "" } = {},
): string => `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: ${name} }
spec:
  selector: { clusters: ["prod-*"], services: [${services}] }
  notifications: { critical: ["${topic("pager")}"], warning: ["${topic("chat")}"] }
  events: ${events}
${more}${exception}`;

const waiver = (service: string): string => `---
apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringException
metadata: { name: noisy }
spec:
  selector: { services: ["${service}"] }
  except: [events.task-stopped]
  reason: load test
  expires: 2027-01-31
`;
const asOf = new Date("2026-11-22T09:00:00Z");

const names = (): string[] => world.call("events", "ListRules", {})["Rules"].map(({ Name }: Any) => Name);
const rule = (name = pager): Any => world.call("events", "DescribeRule", { Name: name });
const patternOf = (name = pager): Any => JSON.parse(rule(name).EventPattern);
const targetsOf = (name = pager): Any[] =>
  world.call("events", "ListTargetsByRule", { Rule: name })["Targets"];
const groups = (name = pager): string[] =>
  [...JSON.stringify(patternOf(name)).matchAll(/"service:([^"]+)"/g)].map(([, service]) => String(service));
const webs = [0, 1, 2, 3, 4, 5].map((index) => `web-00${index}`);

const stop = (service: string, stopCode: string): Any => ({
  source: "aws.ecs",
  "detail-type": "ECS Task State Change",
  resources: [],
  detail: {
    clusterArn: `arn:aws:ecs:us-east-1:${account}:cluster/prod-a`,
    group: `service:${service}`,
    lastStatus: "STOPPED",
    stopCode,
  },
});

test("plan, apply, plan: one rule for the cluster, which tells of the selected services and of nothing else", async () => {
  seedEstate(world);
  const events =
    "[{ preset: task-stopped, severity: critical }, { preset: deployment-failed, severity: critical }, { preset: service-impaired, severity: warning }]";
  const planned = await world.planText(policy(events));
  expect(planned.code).toBe(2);
  expect(planned.stdout).toContain(`${pager}`);
  expect(planned.stdout).toMatch(/deployment-failed, task-stopped of web-000.*→ pager/);
  const { code, json } = await world.apply(policy(events));
  expect(code).toBe(0);
  expect(json.plan.changes[0]).toMatchObject({
    kind: "EventRule",
    cluster: "prod-a",
    before: null,
    after: {
      Targets: [{ Arn: expect.any(String) }],
      Tags: expect.arrayContaining([{ Key: "ecsmon.dev/owner", Value: "ecsmon" }]),
    },
  });
  expect(names()).toEqual([chat, pager].sort());
  expect(targetsOf()).toMatchObject([{ Arn: topic("pager") }]);
  expect(groups()).toEqual(webs);
  const told = webs
    .concat("batch-1")
    .filter((name) => matchesEventPattern(patternOf(), stop(name, "SpotInterruption")));
  expect(told).toEqual(webs);
  expect(matchesEventPattern(patternOf(), stop("web-000", "UserInitiated"))).toBe(false);
  expect(await world.plan(policy(events))).toMatchObject({
    code: 0,
    json: { changes: [], blocked: [], unknown: [] },
  });
});

test("what was changed by hand is put right: pattern, state, targets", async () => {
  seedEstate(world);
  await world.apply(policy(stopped));
  const whole = { ...rule(), targets: targetsOf() };
  world.call("events", "PutRule", {
    Name: pager,
    EventPattern: JSON.stringify({ source: ["aws.ec2"] }),
    State: "DISABLED",
  });
  world.call("events", "RemoveTargets", { Rule: pager, Ids: [targetsOf()[0].Id] });
  world.call("events", "PutTargets", {
    Rule: pager,
    Targets: [0, 1, 2, 3, 4].map((n) => ({ Id: `mine-${n}`, Arn: topic(`mine-${n}`), Input: '"a-secret"' })),
  });
  expect((await world.plan(policy(stopped))).stdout).not.toContain("a-secret");
  const { code, json } = await world.apply(policy(stopped));
  expect(code).toBe(0);
  expect(json.plan.changes).toMatchObject([{ action: "update", name: pager }]);
  expect({ ...rule(), targets: targetsOf() }).toEqual(whole);
});

test("goes with the last policy, and only what is ours does", async () => {
  seedEstate(world);
  for (const [Name, Tags] of [
    ["ecsmon-of-somebody", undefined],
    ["ecsmon-b-prod-a-0123", [{ Key: "ecsmon.dev/owner", Value: "ecsmon-b" }]],
  ] as const)
    world.call("events", "PutRule", { Name, ScheduleExpression: "rate(1 day)", ...(Tags && { Tags }) });
  await world.apply(policy(stopped));
  expect(names()).toContain(pager);
  const { code, json } = await world.apply(policy(stopped, { services: '"none-*"' }));
  expect(code).toBe(0);
  expect(json.outcomes).toMatchObject([{ kind: "EventRule", action: "delete", result: "applied" }]);
  expect(names()).toEqual(["ecsmon-b-prod-a-0123", "ecsmon-of-somebody"]);
});

test("a rule that has our name and not our tag is never touched", async () => {
  seedEstate(world);
  world.call("events", "PutRule", { Name: pager, ScheduleExpression: "rate(1 day)" });
  const before = rule();
  const { code, json } = await world.apply(policy(stopped));
  expect(code).toBe(1);
  expect(json.plan.blocked).toMatchObject([{ kind: "EventRule", name: pager, code: "NotOwned" }]);
  await world.apply(policy(stopped, { services: '"none-*"' }));
  expect(rule()).toEqual(before);
});

test("--service leaves the rules of the cluster alone", async () => {
  seedEstate(world);
  await world.apply(policy(stopped));
  const before = rule();
  world.sandbox.control.clearCalls();
  const { code, json } = await world.apply(policy("[{ preset: task-stopped, severity: warning }]"), {
    service: ["web-000"],
  });
  expect(code).toBe(0);
  expect(json.plan.changes).toEqual([]);
  expect(world.writes()).toEqual([]);
  expect(rule()).toEqual(before);
});

test("a failed read keeps every service in the rule, and the rule", async () => {
  seedEstate(world);
  await world.apply(policy(stopped));
  const before = rule();
  const faults: Any[] = [
    { operation: "DescribeServices", match: "web-003", action: "denied" },
    { operation: "ListServices", action: "denied" },
    { operation: "ListRules", action: "denied" },
    { service: "events", operation: "ListTagsForResource", action: "denied" },
    { operation: "ListTargetsByRule", action: "denied" },
  ];
  for (const fault of faults) {
    world.sandbox.control.addFault(fault);
    for (const services of ['"web-000"', '"none-*"']) {
      const { code } = await world.apply(policy(stopped, { services }));
      expect([fault.operation, services, code]).toEqual([fault.operation, services, 1]);
      expect(rule()).toEqual(before);
    }
    world.sandbox.control.clearFaults();
  }
});

test("a service that the list leaves out is asked for by name before the rule gets smaller", async () => {
  seedEstate(world);
  await world.apply(policy(stopped));
  const before = rule();
  const { serviceArns } = world.call("ecs", "ListServices", { cluster: "prod-a", maxResults: 100 });
  const short = serviceArns.filter((arn: string) => !arn.endsWith("/web-003"));
  world.sandbox.control.addFault({
    operation: "ListServices",
    match: "prod-a",
    action: { respond: { status: 200, body: JSON.stringify({ serviceArns: short }) } },
  });
  const { code, json } = await world.apply(policy(stopped));
  expect(code).toBe(1);
  expect(json.plan.changes).toEqual([]);
  expect(json.plan.unknown).toMatchObject([{ kind: "EventRule", code: "ListIncomplete" }]);
  await world.apply(policy(stopped, { services: '"none-*"' }));
  expect(rule()).toEqual(before);
  // One that ECS says is gone leaves the rule.
  world.sandbox.control.clearFaults();
  world.call("ecs", "DeleteService", { cluster: "prod-a", service: "web-003", force: true });
  expect((await world.apply(policy(stopped))).code).toBe(0);
  expect(groups()).toEqual(webs.filter((name) => name !== "web-003"));
});

test("an exception leaves its service in the rule as it stands, and the others' share goes on", async () => {
  seedEstate(world);
  await world.apply(policy(stopped));
  createService(world, "prod-a", "web-006", { tier: "web" });
  const waived = policy(stopped, { exception: waiver("web-000") });
  expect((await world.apply(waived, { asOf })).code).toBe(0);
  expect(groups()).toEqual([...webs, "web-006"]);
  // Told elsewhere from now on: the waived service stays where it was.
  const moved = policy("[{ preset: task-stopped, severity: warning }]", { exception: waiver("web-000") });
  const { code, json } = await world.apply(moved, { asOf });
  expect(code).toBe(0);
  expect(json.plan.blocked).toMatchObject([{ code: "Suspended", service: "web-000" }]);
  expect(groups()).toEqual(["web-000"]);
  expect(groups(chat)).toEqual([...webs.slice(1), "web-006"]);
  const again = await world.plan(moved, { asOf });
  expect(again).toMatchObject({ code: 0, json: { changes: [] } });
  expect((await world.apply(policy("[{ preset: task-stopped, severity: warning }]"))).code).toBe(0);
  expect(names()).toEqual([chat]);
});

test("a service that was never in the rule does not come in while it is waived", async () => {
  seedEstate(world);
  await world.apply(policy(stopped, { exception: waiver("web-000") }), { asOf });
  expect(groups()).toEqual(webs.slice(1));
});

test("two policies share a rule; when one goes or is suspended, the other's share stays", async () => {
  seedEstate(world);
  const first = policy(stopped, { services: '"web-000", "web-001"' });
  const second = (more = ""): string => `---\n${policy(stopped, { name: "b", services: '"batch-*"', more })}`;
  await world.apply(first + second());
  expect(groups()).toEqual(["batch-1", "web-000", "web-001"]);
  const suspended = await world.apply(first + second("  suspend: true\n"));
  expect(suspended).toMatchObject({ code: 0, json: { plan: { changes: [] } } });
  await world.apply(first);
  expect(groups()).toEqual(["web-000", "web-001"]);
});

test("many services that leave a rule at once are held back like deletes", async () => {
  seedEstate(world);
  for (let index = 6; index < 13; index += 1)
    createService(world, "prod-a", `web-0${String(index).padStart(2, "0")}`, { tier: "web" });
  await world.apply(policy(stopped));
  const before = rule();
  const few = policy(stopped, { services: '"web-000"' });
  const { code, json } = await world.apply(few);
  expect(code).toBe(1);
  expect(json.plan.blocked).toMatchObject([{ kind: "EventRule", name: pager, code: "DeleteGuard" }]);
  expect(rule()).toEqual(before);
  expect((await world.apply(few, { maxDeletes: 12 })).code).toBe(0);
  expect(groups()).toEqual(["web-000"]);
});

test("a pattern as it is written stays while an exception waives it", async () => {
  seedEstate(world);
  const arn = `arn:aws:ecs:us-east-1:${account}:service/prod-a/web-000`;
  const written = (services?: string) =>
    policy(`[{ name: task-stopped, severity: critical, pattern: { resources: ["${arn}"] } }]`, {
      exception: waiver("web-*"),
      ...(services === undefined ? {} : { services }),
    });
  expect((await world.apply(written('"batch-*"'))).code).toBe(0);
  const [name] = names();
  const { code, json } = await world.apply(written(), { asOf });
  expect(code).toBe(0);
  expect(json.plan.changes).toEqual([]);
  expect(names()).toEqual([name]);
});

test("what fails inside an answer with status 200 is an error of that rule", async () => {
  seedEstate(world);
  world.sandbox.control.addFault({
    operation: "PutTargets",
    match: pager,
    action: {
      respond: {
        status: 200,
        body: JSON.stringify({
          FailedEntryCount: 1,
          FailedEntries: [{ TargetId: "x", ErrorCode: "InternalFailure", ErrorMessage: "try later" }],
        }),
      },
    },
  });
  const events =
    "[{ preset: task-stopped, severity: critical }, { preset: deployment-failed, severity: warning }]";
  const { code, json } = await world.apply(policy(events));
  expect(code).toBe(1);
  const failed = json.outcomes.filter(({ result }: Any) => result === "failed");
  expect(failed).toMatchObject([{ name: pager, error: { code: "InternalFailure" } }]);
  expect(failed[0].error.message).toContain("try later");
  world.sandbox.control.clearFaults();
  expect((await world.apply(policy(events))).code).toBe(0);
  expect(targetsOf()).toHaveLength(1);
});

test("a rule that others take the place of stays until they stand", async () => {
  seedEstate(world);
  await world.apply(policy(stopped));
  const moved = policy("[{ preset: task-stopped, severity: warning }]");
  world.sandbox.control.addFault({ operation: "PutRule", match: chat, action: "denied" });
  const { code, json } = await world.apply(moved);
  expect(code).toBe(1);
  expect(json.outcomes).toMatchObject([
    { name: chat, result: "failed" },
    { name: pager, action: "delete", result: "failed", error: { code: "DependencyFailed" } },
  ]);
  expect(groups()).toEqual(webs);
  world.sandbox.control.clearFaults();
  expect((await world.apply(moved)).code).toBe(0);
  expect(names()).toEqual([chat]);
});

test("a rule stays while what would take its place is in Audit, or is somebody else's", async () => {
  seedEstate(world);
  await world.apply(policy(stopped));
  const before = rule();
  const moved = "[{ preset: task-stopped, severity: warning }]";
  const audited = await world.apply(policy(moved, { more: "  enforcement: Audit\n" }));
  expect(audited.code).toBe(0);
  expect(audited.json.plan.changes).toMatchObject([{ name: chat, enforcement: "Audit" }]);
  expect(audited.json.plan.blocked).toMatchObject([{ name: pager, code: "Suspended" }]);
  world.call("events", "PutRule", { Name: chat, ScheduleExpression: "rate(1 day)" });
  expect((await world.apply(policy(moved))).code).toBe(1);
  expect(rule()).toEqual(before);
});

test("a full rule is cut in two, which together tell of the same", async () => {
  seedEstate(world);
  const all =
    "[{ preset: task-stopped, severity: critical }, { preset: deployment-failed, severity: critical }, { preset: service-impaired, severity: critical }]";
  await world.apply(policy(all));
  expect(names()).toEqual([pager]);
  for (let index = 6; index < 30; index += 1)
    createService(world, "prod-a", `web-0${String(index).padStart(2, "0")}`, { tier: "web" });
  expect((await world.apply(policy(all))).code).toBe(0);
  expect(names()).not.toContain(pager);
  expect(names().length).toBeGreaterThan(1);
  expect(new Set(names().flatMap((name) => groups(name))).size).toBe(30);
  expect(await world.plan(policy(all))).toMatchObject({ code: 0, json: { changes: [] } });
});

test("a pattern as it is written is one rule of the account", async () => {
  seedEstate(world);
  const hosts = `[{ name: hosts, severity: warning, pattern: { source: [aws.ecs], detail-type: [ECS Container Instance State Change] } }]`;
  const { json } = await world.apply(policy(hosts));
  expect(json.plan.changes).toHaveLength(1);
  expect(json.plan.changes[0]).not.toHaveProperty("cluster");
  expect(await world.plan(policy(hosts))).toMatchObject({ code: 0 });
  expect((await world.apply(policy("[]"))).code).toBe(0);
  expect(names()).toEqual([]);
});

test("the tags that say whose it is, and whose policies want it, are put right; others stay", async () => {
  seedEstate(world);
  await world.apply(policy(stopped));
  const tags = (name = pager): Any =>
    Object.fromEntries(
      world
        .call("events", "ListTagsForResource", { ResourceARN: rule(name).Arn })
        ["Tags"].map(({ Key, Value }: Any) => [Key, Value]),
    );
  const ours = (policies: string): Any => ({
    "ecsmon.dev/owner": "ecsmon",
    "ecsmon.dev/policy": policies,
    "ecsmon.dev/cluster": "prod-a",
  });
  expect(tags()).toEqual(ours("a"));
  const ResourceARN = rule().Arn;
  world.call("events", "TagResource", { ResourceARN, Tags: [{ Key: "team", Value: "shop" }] });
  const renamed = policy(stopped, { name: "renamed" });
  const { json } = await world.plan(renamed);
  expect(json.changes).toMatchObject([
    {
      action: "update",
      differences: [{ path: "Tags[ecsmon.dev/policy].Value", before: "a", after: "renamed" }],
    },
  ]);
  expect((await world.apply(renamed)).code).toBe(0);
  expect(tags()).toEqual({ ...ours("renamed"), team: "shop" });
  world.call("events", "UntagResource", {
    ResourceARN,
    TagKeys: ["ecsmon.dev/cluster", "ecsmon.dev/policy"],
  });
  expect((await world.apply(renamed)).code).toBe(0);
  expect(tags()).toEqual({ ...ours("renamed"), team: "shop" });
  world.sandbox.control.clearCalls();
  expect((await world.apply(renamed)).json.plan.changes).toEqual([]);
  expect(world.writes()).toEqual([]);
});

test("a run that sees some services only does not say whose policies want a rule of all", async () => {
  seedEstate(world);
  world.call("ecs", "CreateCluster", { clusterName: "prod-b" });
  createService(world, "prod-b", "web-000", {});
  const events = `[{ name: mine, pattern: { source: [aws.ecs], detail-type: [x] }, targets: ["${topic("pager")}"] }]`;
  const one = (name: string, cluster: string): string =>
    policy(events, { name }).replace('["prod-*"]', `["${cluster}"]`);
  const both = `${one("a", "prod-a")}---\n${one("b", "prod-b")}`;
  expect((await world.apply(both)).code).toBe(0);
  expect(await world.plan(both, { cluster: ["prod-b"] })).toMatchObject({ code: 0, json: { changes: [] } });
  const gone = await world.plan(one("b", "prod-b"));
  expect(gone.json.changes).toMatchObject([
    { differences: [{ path: "Tags[ecsmon.dev/policy].Value", before: "a b", after: "b" }] },
  ]);
});
