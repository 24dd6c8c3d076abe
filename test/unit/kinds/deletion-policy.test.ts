// Where each kind keeps `deletionPolicy: Retain`: laid, taken off, without room, and what a plan makes of it.
import { describe, expect, it } from "vitest";
import { injectLayer } from "../../../controller/core/layer.ts";
import type { Observed } from "../../../controller/core/managed.ts";
import { ofAnotherType } from "../../../controller/kinds/alarm-names.ts";
import { clusterSettings } from "../../../controller/kinds/cluster-settings.ts";
import { service } from "../../../controller/kinds/service.ts";
import { taskDefinition } from "../../../controller/kinds/task-definition.ts";
import type { KindName } from "../../../controller/model/plan.ts";
import {
  alarmOf,
  definition,
  denied,
  items,
  lines,
  logGroup,
  observed,
  plan,
  policies,
  type Scene,
  sent,
  workload,
} from "../core/builders.ts";

const retain = "deletionPolicy: Retain\n";
const metric = "metric: { namespace: AWS/ECS, metricName: CPUUtilization, statistic: Average }";
const alarm = (more = "") =>
  `alarms: [{ name: a, ${metric}, comparison: GreaterThanThreshold, threshold: 80${more} }]`;
const tag = "ecsmon.dev/ecsmon/deletion-policy";
const layerTag = "ecsmon.dev/ecsmon/layer-deletion-policy";
const serviceArn = "arn:aws:ecs:eu-central-1:123456789012:service/prod/web";

describe("a thing that nobody wants", () => {
  const old: Observed = { ...alarmOf("prod", "web", "old"), retain: true };
  const alarms = (...list: readonly Observed[]) => ({ MetricAlarm: items(...list) });

  it("is not spoken of if it is to be retained, whatever became of its service", async () => {
    const scenes: readonly Scene[] = [
      {},
      { workloads: [] },
      { workloads: [], gone: ["prod/web"] },
      { policies: policies("suspend: true\ndashboard: true") },
      { policies: policies("enforcement: Audit\ndashboard: false") },
    ];
    for (const scene of scenes)
      expect(lines(await plan({ ...scene, observations: alarms(old) }))).not.toContainEqual(
        expect.stringContaining("old"),
      );
  });

  it("stays, and is told, if that could not be read", async () => {
    const parts = await plan({ observations: alarms({ ...old, retain: denied }) });
    expect(parts.changes).toEqual([]);
    expect(parts.unknown).toMatchObject([
      {
        name: old.name,
        code: denied.code,
        message: `whether its policies said deletionPolicy: Retain is not known, so it stays: ${denied.message}`,
      },
    ]);
  });

  it("makes room if it is wanted as an alarm of another type, and not for a query of its name", async () => {
    const standing = { ...alarmOf("prod", "web", "b"), retain: true } as const;
    const composite = `alarms:\n  - { name: a, ${metric}, comparison: GreaterThanThreshold, threshold: 80 }\n  - { name: b, composite: ALARM("a") }`;
    const taken = ofAnotherType(standing, "MetricAlarm");
    const parts = await plan({
      policies: policies(composite),
      observations: { ...alarms(standing), CompositeAlarm: items(taken) },
    });
    expect(lines(parts)).toEqual([
      "create MetricAlarm ecsmon/prod/web/a",
      "update CompositeAlarm ecsmon/prod/web/b",
    ]);
    expect(parts.changes[1]).toMatchObject({ deletes: 1, write: { replaces: "MetricAlarm" } });
    const query = 'queries: [{ name: b, query: "fields @message", groups: [/g] }]';
    expect(lines(await plan({ policies: policies(query), observations: alarms(standing) }))).toEqual([
      "create QueryDefinition ecsmon/prod/web/b",
    ]);
  });
});

describe("text of ours", () => {
  const madeBy = async (body: string) => (await plan({ policies: policies(body) })).changes[0]?.after;

  it("has the mark in descriptions, queries and rules, and only if a policy says so", async () => {
    expect(await madeBy(retain + alarm())).toMatchObject({
      AlarmDescription: "Managed by ecsmon from Git; changes by hand are put back.\n(deletionPolicy: Retain)",
    });
    expect(await madeBy(alarm(", description: Mine."))).toMatchObject({ AlarmDescription: "Mine." });
    const query = 'queries: [{ name: q, query: "fields @message", groups: [/g] }]';
    expect(await madeBy(retain + query)).toMatchObject({
      queryString: "# (deletionPolicy: Retain)\nfields @message",
    });
    const events = 'events: [{ preset: task-stopped, targets: ["arn:aws:sns:eu-central-1:123456789012:t"] }]';
    expect(await madeBy(retain + events)).toMatchObject({
      Description: expect.stringMatching(/put back\. \(deletionPolicy: Retain\)$/),
    });
    expect(JSON.stringify(await madeBy(`${query}\n${events}`))).not.toContain("Retain");
  });

  it("has it if one of several policies says so", async () => {
    const parts = await plan({
      policies: policies(retain + alarm(), alarm(", evaluationPeriods: 2")),
    });
    expect(parts.changes[0]?.after).toMatchObject({
      AlarmDescription: expect.stringContaining("(deletionPolicy: Retain)"),
    });
  });

  it.each([
    [
      "an alarm's description",
      alarm(`, description: "${"x".repeat(1000)}"`),
      /1025 characters.*shorten it by 1$/,
    ],
    [
      "a query",
      `queries: [{ name: q, query: "${"x".repeat(9980)}", groups: [/g] }]`,
      /takes 10000: shorten it by 7$/,
    ],
    [
      "a dashboard",
      `dashboard: { widgets: [], variables: [${Array.from({ length: 25 }, (_, n) => `{ id: v${n} }`).join(", ")}] }`,
      /25 variables/,
    ],
  ])("%s without room for it is blocked", async (_, body, message) => {
    expect((await plan({ policies: policies(body) })).blocked).toEqual([]);
    expect((await plan({ policies: policies(retain + body) })).blocked).toMatchObject([
      { code: "InvalidValue", message: expect.stringMatching(message) },
    ]);
  });
});

describe("a log group", () => {
  const body = "logging: { driver: awslogs, group: /g, retention: 30d }";
  const written = "original:7 written:30";
  const mine = {
    "ecsmon.dev/owner": "ecsmon",
    "ecsmon.dev/policy": "a",
    "ecsmon.dev/ecsmon/retention": written,
  };
  const groupChange = async (text: string, tags: Record<string, string>, over: Partial<Scene> = {}) => {
    const group = logGroup("/g", 30, { ...mine, ...tags });
    const shown = { ...group.spec, tags: { ...(group.spec["tags"] as object), ...tags } };
    const parts = await plan({
      policies: policies(text),
      observations: { LogGroup: items({ ...group, spec: shown }) },
      ...over,
    });
    return parts.changes.find(({ kind }) => kind === "LogGroup");
  };

  it("has the mark beside its record, and loses it when the policies say Delete", async () => {
    const laid = await groupChange(retain + body, {});
    expect(laid).toMatchObject({ action: "update", impact: "none", deletes: 0 });
    expect(laid?.differences).toEqual([{ path: `tags.${tag}`, before: null, after: "Retain" }]);
    expect(laid?.write).toMatchObject({ tags: { [tag]: "Retain" }, retention: undefined, removeTags: [] });
    const dropped = await groupChange(body, { [tag]: "Retain" });
    expect(dropped?.write).toMatchObject({ retention: undefined, removeTags: [tag] });
    expect(await groupChange(retain + body, { [tag]: "Retain" })).toBeUndefined();
  });

  it("keeps it while a run sees only some of its services", async () =>
    expect(await groupChange(body, { [tag]: "Retain" }, { narrowed: true })).toBeUndefined());
});

describe("what is laid over things of others", () => {
  const prod = (tags: Record<string, string>): NonNullable<Scene["settings"]> => ({
    prod: { containerInsights: "enhanced", tags },
  });
  const record = { "ecsmon.dev/ecsmon/containerInsights": "original:disabled written:enhanced" };
  const insights = "cluster: { containerInsights: enhanced }";
  const kinds = (kind: KindName, parts: Awaited<ReturnType<typeof plan>>) =>
    parts.changes.filter((change) => change.kind === kind);

  it("a cluster has the mark beside its record, and none where nothing was laid", async () => {
    const [laid] = kinds(
      "ClusterSettings",
      await plan({ policies: policies(retain + insights), settings: prod(record) }),
    );
    expect(laid).toMatchObject({ action: "update", differences: [], impact: "none" });
    expect(await sent(clusterSettings, laid)).toEqual([
      ["TagResource", expect.objectContaining({ tags: [{ key: tag, value: "Retain" }] })],
    ]);
    expect(
      kinds("ClusterSettings", await plan({ policies: policies(retain + insights), settings: prod({}) })),
    ).toEqual([]);
    const marked = prod({ ...record, [tag]: "Retain" });
    const [dropped] = kinds(
      "ClusterSettings",
      await plan({ policies: policies(insights), settings: marked }),
    );
    expect(await sent(clusterSettings, dropped)).toEqual([
      ["UntagResource", expect.objectContaining({ tagKeys: [tag] })],
    ]);
    expect(lines(await plan({ policies: [], settings: marked }))).toEqual([]);
    expect(lines(await plan({ policies: [], settings: prod(record) }))).toEqual([
      "update release ClusterSettings prod",
    ]);
  });

  it("a service's deployments", async () => {
    const body = "deployment: { circuitBreaker: { enable: true } }";
    const deploymentConfiguration = { deploymentCircuitBreaker: { enable: true, rollback: false } };
    const tags = { "ecsmon.dev/ecsmon/circuitBreaker.enable": "original:false written:true" };
    const [laid] = kinds(
      "Service",
      await plan({
        policies: policies(retain + body),
        workloads: [workload({ deploymentConfiguration, tags })],
      }),
    );
    expect(laid).toMatchObject({ action: "update", differences: [], impact: "none", deletes: 0 });
    expect(await sent(service, laid)).toEqual([
      ["TagResource", { resourceArn: serviceArn, tags: [{ key: tag, value: "Retain" }] }],
    ]);
    const marked = [workload({ deploymentConfiguration, tags: { ...tags, [tag]: "Retain" } })];
    expect(lines(await plan({ policies: policies(retain + body), workloads: marked }))).toEqual([]);
    expect(lines(await plan({ policies: [], workloads: marked }))).toEqual([]);
    const [dropped] = kinds("Service", await plan({ policies: policies(body), workloads: marked }));
    expect(await sent(service, dropped)).toEqual([
      ["UntagResource", { resourceArn: serviceArn, tagKeys: [tag] }],
    ]);
  });
});

describe("a layer", () => {
  const body = 'healthCheck: { command: [CMD, "true"] }';
  const input = injectLayer(definition(), "ecsmon", {
    sidecars: [],
    patches: [{ container: "app", path: ["healthCheck"], value: { command: ["CMD", "true"] } }],
  });
  const laid = async () => {
    const [change] = (await plan({ policies: policies(body) })).changes;
    return change?.after ?? input;
  };

  it("that comes with the mark is still one deployment", async () => {
    const [change] = (await plan({ policies: policies(retain + body) })).changes;
    expect(change).toMatchObject({
      impact: "deployment",
      write: { mark: { lay: { [layerTag]: "Retain" } } },
    });
    const [plain] = (await plan({ policies: policies(body) })).changes;
    expect(plain).toMatchObject({ after: change?.after, write: { mark: { lay: {}, drop: [] } } });
  });

  it("that stands gets it, and loses it, without one", async () => {
    const standing = await laid();
    const [change] = (
      await plan({ policies: policies(retain + body), workloads: [workload({ input: standing })] })
    ).changes;
    expect(change).toMatchObject({ action: "update", impact: "none", differences: [], deletes: 0 });
    expect(await sent(taskDefinition, change)).toEqual([
      ["TagResource", { resourceArn: serviceArn, tags: [{ key: layerTag, value: "Retain" }] }],
    ]);
    const workloads = [workload({ input: standing, tags: { [layerTag]: "Retain" } })];
    expect(lines(await plan({ policies: policies(retain + body), workloads }))).toEqual([]);
    expect(lines(await plan({ policies: [], workloads }))).toEqual([]);
    const [dropped] = (await plan({ policies: policies(body), workloads })).changes;
    expect(dropped).toMatchObject({ impact: "none", differences: [] });
    expect(await sent(taskDefinition, dropped)).toEqual([
      ["UntagResource", { resourceArn: serviceArn, tagKeys: [layerTag] }],
    ]);
  });

  it("that somebody's deployment took off for good leaves no mark behind", async () => {
    const [change] = (await plan({ policies: [], workloads: [workload({ tags: { [layerTag]: "Retain" } })] }))
      .changes;
    expect(change).toMatchObject({ release: true, impact: "none" });
    expect(await sent(taskDefinition, change)).toEqual([
      ["UntagResource", { resourceArn: serviceArn, tagKeys: [layerTag] }],
    ]);
  });

  it("is blocked where no tag can be laid", async () => {
    const short = workload({ serviceArn: "arn:aws:ecs:eu-central-1:123456789012:service/web" });
    expect(lines(await plan({ policies: policies(retain + body), workloads: [short] }))).toEqual([
      "blocked NotTaggable TaskDefinition web",
    ]);
  });
});

describe("a metric filter", () => {
  it("shows its mark as a tag of its group", async () => {
    const body = "logMetrics: [{ name: fatal, pattern: Fatal, group: /g }]";
    const observations = { LogGroup: items(observed({ name: "/g", spec: {}, owned: false })) };
    const { changes } = await plan({ policies: policies(retain + body), observations });
    expect(changes[0]?.after).toMatchObject({
      logGroupTags: { [`ecsmon.dev/ecsmon/filter-45d2064bed26-deletion-policy`]: "Retain" },
    });
    const plain = await plan({ policies: policies(body), observations });
    expect(plain.changes[0]?.after).not.toHaveProperty("logGroupTags");
  });
});
