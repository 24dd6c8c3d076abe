// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policies hold templates
// The heart: what is wanted beside what stands. What is hidden, foreign, outside, leaving or in Audit is left alone.
import { describe, expect, it } from "vitest";
import { injectLayer, type Layer } from "../../../controller/core/layer.ts";
import type { Observation, Observed } from "../../../controller/core/managed.ts";
import type { JsonObject } from "../../../controller/model/json.ts";
import type { KindName } from "../../../controller/model/plan.ts";
import { known, unknown } from "../../../controller/model/read.ts";
import {
  alarmOf,
  appContainer,
  definition,
  denied,
  failedRead,
  items,
  lines,
  logGroup,
  observed,
  plan,
  planInput,
  policies,
  type Scene,
  targetGroup,
  workload,
} from "./builders.ts";

const cpu = (name: string) =>
  `{ name: ${name}, metric: { namespace: AWS/ECS, metricName: CPUUtilization, statistic: Average }, comparison: GreaterThanThreshold, threshold: 80 }`;
const latency = `{ name: p99, metric: { namespace: AWS/ApplicationELB, metricName: TargetResponseTime, statistic: p99 }, comparison: GreaterThanThreshold, threshold: 1 }`;
const alarms = (...list: readonly string[]) => `alarms: [${list.join(", ")}]`;
const alarmsAre = (...list: readonly Observed[]): NonNullable<Scene["observations"]> => ({
  MetricAlarm: items(...list),
});
const mine = { "ecsmon.dev/owner": "ecsmon", "ecsmon.dev/policy": "a" };
const ours: Layer = {
  sidecars: [],
  patches: [{ container: "app", path: ["healthCheck"], value: { command: ["CMD", "true"] } }],
};
const layered = injectLayer(definition(), "ecsmon", ours);
const check = `healthCheck: { command: [CMD, "true"] }`;

async function read(scene: Scene): Promise<string[]> {
  return lines(await plan(scene));
}

async function specOf(body: string, id: string): Promise<JsonObject> {
  const { wanted } = await planInput({ policies: policies(body) });
  const item = [...wanted.values()].flat().find((one) => one.id === id);
  if (item?.state.is !== "wanted") throw new Error(`${id} is not wanted`);
  return item.state.spec;
}

describe("what is wanted", () => {
  it("is created where it is missing, changed where it differs, left where it is right", async () => {
    const body = alarms(cpu("a"), cpu("b"), cpu("c"));
    const right = await specOf(body, "ecsmon/prod/web/a");
    const parts = await plan({
      policies: policies(body),
      observations: alarmsAre(
        alarmOf("prod", "web", "a", right),
        alarmOf("prod", "web", "b", { ...right, AlarmName: "ecsmon/prod/web/b", Threshold: 90 }),
      ),
    });
    expect(lines(parts)).toEqual([
      "update MetricAlarm ecsmon/prod/web/b",
      "create MetricAlarm ecsmon/prod/web/c",
    ]);
    expect(parts.unchanged).toBe(1);
    const [update, create] = parts.changes;
    expect(update?.differences).toEqual([{ path: "Threshold", before: 90, after: 80 }]);
    expect(update).toMatchObject({
      cluster: "prod",
      service: "web",
      policies: ["a"],
      enforcement: "Enforce",
      impact: "none",
      deletes: 0,
      needs: [],
    });
    expect(create).toMatchObject({
      before: null,
      differences: [],
    });
    for (const change of [update, create])
      expect(change?.after?.["Tags"]).toEqual([
        { Key: "ecsmon.dev/owner", Value: "ecsmon" },
        { Key: "ecsmon.dev/policy", Value: "a" },
      ]);
  });

  it("stands in the order of place, phase and name", async () => {
    const body = `
      cluster: { containerInsights: enabled }
      logging: { group: "/ecs/\${cluster.name}/\${service.name}" }
      logMetrics: [{ name: fatal, pattern: FATAL }]
      ${alarms(cpu("a"))}
    `;
    const workloads = [
      workload({ service: "b" }),
      workload({ cluster: "dev", service: "z" }),
      workload({ service: "a" }),
    ];
    const found = await read({ policies: policies(body), workloads });
    expect(found).toEqual([
      "update ClusterSettings dev",
      "create LogGroup /ecs/dev/z",
      "create MetricAlarm ecsmon/dev/z/a",
      "create MetricFilter ecsmon/dev/z/fatal",
      "update TaskDefinition web",
      "update ClusterSettings prod",
      "create LogGroup /ecs/prod/a",
      "create MetricAlarm ecsmon/prod/a/a",
      "create MetricFilter ecsmon/prod/a/fatal",
      "update TaskDefinition web",
      "create LogGroup /ecs/prod/b",
      "create MetricAlarm ecsmon/prod/b/a",
      "create MetricFilter ecsmon/prod/b/fatal",
      "update TaskDefinition web",
    ]);
    expect(await read({ policies: policies(body), workloads: [...workloads].reverse() })).toEqual(found);
  });

  it("is blocked alone, and everything else goes on", async () => {
    const body = alarms(cpu("cpu"), latency);
    expect(await read({ policies: policies(body) })).toEqual([
      "create MetricAlarm ecsmon/prod/web/cpu",
      "blocked NotApplicable MetricAlarm ecsmon/prod/web/p99",
    ]);
    expect(
      await read({ policies: policies(body), workloads: [workload({ targetGroups: failedRead })] }),
    ).toEqual(["create MetricAlarm ecsmon/prod/web/cpu", "unknown AccessDenied MetricAlarm"]);
  });

  it("of a cluster waits while a service of it is in the dark, and nothing else does", async () => {
    const scene = {
      policies: policies(`cluster: { containerInsights: enabled }\n${alarms(cpu("a"))}`),
      unreadable: [{ cluster: "prod", service: "x", failure: denied }],
    };
    expect(await read(scene)).toEqual([
      "create MetricAlarm ecsmon/prod/web/a",
      "unknown AccessDenied ClusterSettings",
      "unknown AccessDenied Workload",
    ]);
    const elsewhere = { ...scene, unreadable: [{ cluster: "dev", service: "x", failure: denied }] };
    expect(await read(elsewhere)).toContain("update ClusterSettings prod");
  });

  it("of a kind that could not be read is unknown, and the other kinds go on", async () => {
    const scene = {
      policies: policies(`cluster: { containerInsights: enabled }\n${alarms(cpu("a"))}`),
      observations: { MetricAlarm: failedRead },
    };
    expect(await read(scene)).toEqual(["update ClusterSettings prod", "unknown AccessDenied MetricAlarm"]);
  });
});

describe("enforcement", () => {
  it("is shown by kind and item", async () => {
    const body = `enforcement: { MetricAlarm: Audit }\ncluster: { containerInsights: enabled }\n${alarms(cpu("a"))}`;
    expect(await read({ policies: policies(body) })).toEqual([
      "update ClusterSettings prod",
      "create (audit) MetricAlarm ecsmon/prod/web/a",
    ]);
  });

  it("in Audit also holds for what would go", async () => {
    const scene = (enforcement: string): Scene => ({
      policies: policies(`enforcement: ${enforcement}\n${alarms(cpu("a"))}`),
      observations: alarmsAre(alarmOf("prod", "web", "old")),
    });
    expect(await read(scene("Audit"))).toContain("delete (audit) MetricAlarm ecsmon/prod/web/old");
    expect(await read(scene("Enforce"))).toContain("delete MetricAlarm ecsmon/prod/web/old");
  });

  it("in Audit, or suspended, holds for what would go from the cluster and the account", async () => {
    const scene = (...bodies: string[]): Scene => ({
      policies: policies(...bodies),
      settings: {
        prod: {
          containerInsights: "enhanced",
          tags: { "ecsmon.dev/ecsmon/containerInsights": "original:enabled written:enhanced" },
        },
      },
      observations: { LogGroup: items(logGroup("/g", undefined, mine)) },
    });
    const audit = "enforcement: Audit";
    const suspended = "suspend: true";
    const both = ["ClusterSettings prod", "LogGroup /g"];
    expect(await read(scene(audit))).toEqual(both.map((what) => `update release (audit) ${what}`).reverse());
    for (const set of [[suspended], [audit, suspended]])
      expect((await read(scene(...set))).sort()).toEqual(both.map((what) => `blocked Suspended ${what}`));
    for (const set of [[audit, alarms(cpu("a"))], [suspended, alarms(cpu("a"))], []])
      expect(await read(scene(...set))).toEqual(
        expect.arrayContaining(both.map((what) => `update release ${what}`)),
      );
    const elsewhere = `${audit}\nselector: { clusters: [dev] }`;
    expect(await read(scene(elsewhere))).toContain("update release ClusterSettings prod");
  });

  it("in Audit holds for what goes because of its null", async () => {
    const set = policies(alarms(cpu("old")), "priority: 1\nenforcement: Audit\nalarms: null");
    expect(await read({ policies: set, observations: alarmsAre(alarmOf("prod", "web", "old")) })).toEqual([
      "delete (audit) MetricAlarm ecsmon/prod/web/old",
    ]);
  });

  it("in Audit holds for what would go only while all policies of the service are in it", async () => {
    const set = policies(`enforcement: Audit\n${alarms(cpu("a"))}`, alarms(cpu("b")));
    expect(await read({ policies: set, observations: alarmsAre(alarmOf("prod", "web", "old")) })).toEqual([
      "create (audit) MetricAlarm ecsmon/prod/web/a",
      "create MetricAlarm ecsmon/prod/web/b",
      "delete MetricAlarm ecsmon/prod/web/old",
    ]);
  });
});

describe("what nobody wants", () => {
  const old = alarmOf("prod", "web", "old");

  it("goes when its service is live and no policy names it", async () => {
    const parts = await plan({ policies: policies(alarms(cpu("a"))), observations: alarmsAre(old) });
    expect(parts.changes[1]).toMatchObject({
      action: "delete",
      id: old.id,
      before: old.spec,
      after: null,
      release: true,
      deletes: 1,
      policies: [],
    });
    expect(parts.changes[1]).not.toHaveProperty("gone");
    expect(await read({ policies: [], observations: alarmsAre(old) })).toEqual([
      "delete MetricAlarm ecsmon/prod/web/old",
    ]);
  });

  it("stays when it is not ours", async () => {
    expect(await read({ policies: [], observations: alarmsAre({ ...old, owned: false }) })).toEqual([]);
    expect(
      await read({
        policies: [],
        observations: { LogGroup: items(logGroup("/ecs/prod/web", 30, { "ecsmon.dev/owner": "other" })) },
      }),
    ).toEqual([]);
    expect(
      await read({
        policies: [],
        workloads: [
          workload({ input: definition([appContainer({ healthCheck: { command: ["CMD", "x"] } })]) }),
        ],
      }),
    ).toEqual([]);
    expect(
      await read({
        policies: [],
        settings: {
          prod: {
            containerInsights: "enhanced",
            tags: { "ecsmon.dev/other/containerInsights": "original:disabled written:enhanced" },
          },
        },
      }),
    ).toEqual([]);
  });

  it.each([
    ["the service of another run", { services: ["api"] }],
    ["another cluster's", { clusters: ["dev*"] }],
  ])("stays when it is outside of this run: %s", async (_, scope) => {
    expect(await read({ policies: [], observations: alarmsAre(old), scope })).toEqual([]);
    expect(
      await read({
        policies: [],
        observations: { LogGroup: items(logGroup("/ecs/prod/web", 30, mine)) },
        scope,
      }),
    ).toEqual([]);
  });

  it("goes inside of this run", async () => {
    expect(
      await read({
        policies: [],
        observations: alarmsAre(old),
        scope: { clusters: ["p*"], services: ["web"] },
      }),
    ).toEqual(["delete MetricAlarm ecsmon/prod/web/old"]);
  });

  it.each([
    ["its service", { cluster: "prod", service: "web" }, []],
    ["its cluster", { cluster: "prod" }, []],
    ["everything", {}, []],
    ["another service", { cluster: "prod", service: "api" }, ["delete MetricAlarm ecsmon/prod/web/old"]],
    ["another cluster", { cluster: "dev" }, ["delete MetricAlarm ecsmon/prod/web/old"]],
  ])("stays while %s is in the dark, unless that is elsewhere", async (_, dark, expected) => {
    const found = await read({
      policies: [],
      observations: alarmsAre(old),
      unreadable: [{ ...dark, failure: denied }],
    });
    expect(found).toEqual([...expected, "unknown AccessDenied Workload"]);
  });

  it("of the account stays while anything at all is in the dark", async () => {
    const scene = { policies: [], observations: { LogGroup: items(logGroup("/ecs/prod/web", 30, mine)) } };
    expect(await read(scene)).toEqual(["update release LogGroup /ecs/prod/web"]);
    expect(await read({ ...scene, unreadable: [{ cluster: "dev", service: "x", failure: denied }] })).toEqual(
      ["unknown AccessDenied Workload"],
    );
    expect(await read({ ...scene, workloads: [], clusters: known([]) })).toEqual([
      "unknown NoClusters LogGroup",
    ]);
  });

  it("stays when what is listed may not be all", async () => {
    const incomplete: Observation = known({
      items: new Map([[old.id, old]]),
      incomplete: { code: "TagIndexIncomplete", message: "lags" },
    });
    expect(
      await read({ policies: policies(alarms(cpu("a"))), observations: { MetricAlarm: incomplete } }),
    ).toEqual(["create MetricAlarm ecsmon/prod/web/a", "unknown TagIndexIncomplete MetricAlarm"]);
  });

  it("of a service that is not there goes only when ECS says by name that it is gone", async () => {
    const ghost = alarmOf("prod", "ghost", "cpu");
    expect(await read({ policies: [], observations: alarmsAre(ghost) })).toEqual([
      "unknown Unverifiable MetricAlarm",
    ]);
    const parts = await plan({ policies: [], observations: alarmsAre(ghost), gone: ["prod/ghost"] });
    expect(parts.changes).toEqual([expect.objectContaining({ action: "delete", id: ghost.id, gone: true })]);
    expect(
      await read({
        policies: [],
        observations: alarmsAre(ghost),
        leaving: [{ cluster: "prod", service: "ghost" }],
      }),
    ).toEqual([]);
  });

  it("of a service with a shortened name finds its service, or cannot be told", async () => {
    const service = "s".repeat(250);
    const body = alarms(cpu("a".repeat(20)));
    const { wanted } = await planInput({ policies: policies(body), workloads: [workload({ service })] });
    const id = wanted.get("MetricAlarm")?.[0]?.id ?? "";
    const [, cluster = "", part = ""] = id.split("/");
    const short = observed({ name: id.replace(/a+$/, "old"), cluster, service: part, spec: {} });
    expect(part).toContain("#");
    expect(
      await read({
        policies: policies(body),
        workloads: [workload({ service })],
        observations: alarmsAre(short),
      }),
    ).toContain(`delete MetricAlarm ${short.name}`);
    expect(await read({ policies: [], workloads: [], observations: alarmsAre(short) })).toEqual([
      "unknown Unverifiable MetricAlarm",
    ]);
  });

  it("stays while a policy that selects its service is suspended, and says so", async () => {
    const set = policies(`suspend: true\n${alarms(cpu("a"))}`, alarms(cpu("b")));
    expect(await read({ policies: set, observations: alarmsAre(old, alarmOf("prod", "web", "a")) })).toEqual([
      "create MetricAlarm ecsmon/prod/web/b",
      "blocked Suspended MetricAlarm ecsmon/prod/web/a",
      "blocked Suspended MetricAlarm ecsmon/prod/web/old",
    ]);
  });

  it.each([
    ["Conflict", policies(alarms(cpu("a")), "alarms: [{ name: a, threshold: 1 }]"), {}],
    [
      "MissingReference",
      policies(alarms(cpu("a").replace("threshold", 'description: "${service.tags.t}", threshold'))),
      {},
    ],
    ["unknown", policies(alarms(latency.replace("p99,", "a,"))), { targetGroups: failedRead }],
  ])("keeps what is blocked as it stands: %s", async (_, set, over) => {
    const found = await read({
      policies: set,
      workloads: [workload(over)],
      observations: alarmsAre(alarmOf("prod", "web", "a")),
    });
    expect(found.filter((line) => line.startsWith("delete"))).toEqual([]);
    expect(found).toHaveLength(1);
  });

  it("is released when complete reads find it not applicable", async () => {
    const scene = (over: Parameters<typeof workload>[0]) => ({
      policies: policies(alarms(latency)),
      workloads: [workload(over)],
      observations: alarmsAre(alarmOf("prod", "web", "p99")),
    });
    expect(await read(scene({}))).toEqual([
      "delete MetricAlarm ecsmon/prod/web/p99",
      "blocked NotApplicable MetricAlarm ecsmon/prod/web/p99",
    ]);
    expect(await read(scene({ targetGroups: failedRead }))).toEqual(["unknown AccessDenied MetricAlarm"]);
    expect(await read(scene({ targetGroups: [targetGroup("loose")] }))).toContain(
      "delete MetricAlarm ecsmon/prod/web/p99",
    );
  });

  it("is put back as it was: a layer, a cluster's setting", async () => {
    const parts = await plan({
      policies: [],
      workloads: [workload({ input: layered })],
      settings: {
        prod: {
          containerInsights: "enhanced",
          tags: { "ecsmon.dev/ecsmon/containerInsights": "original:enabled written:enhanced" },
        },
      },
    });
    expect(lines(parts)).toEqual([
      "update release ClusterSettings prod",
      "update release TaskDefinition web",
    ]);
    expect(parts.changes[0]?.after).toEqual({
      cluster: "prod",
      settings: [{ name: "containerInsights", value: "enabled" }],
    });
    expect(parts.changes[1]).toMatchObject({ after: definition(), impact: "deployment", deletes: 1 });
  });
});

describe("a task definition", () => {
  it.each([
    [{}, "update TaskDefinition web"],
    [{ deploymentController: "CODE_DEPLOY" }, "blocked UnsupportedDeploymentController TaskDefinition web"],
    [{ deploymentController: "EXTERNAL" }, "blocked UnsupportedDeploymentController TaskDefinition web"],
    [{ deploymentInProgress: "1 of 2 tasks run" }, "blocked DeploymentInProgress TaskDefinition web"],
    [{ taskDefinition: failedRead }, "unknown AccessDenied TaskDefinition"],
  ] as const)("of a service with %j: %s", async (over, expected) => {
    expect(await read({ policies: policies(check), workloads: [workload(over)] })).toEqual([expected]);
  });

  it("is forced past a deployment, but not past another's controller", async () => {
    const busy = workload({ deploymentInProgress: "1 of 2" });
    expect(await read({ policies: policies(check), workloads: [busy], force: true })).toEqual([
      "update TaskDefinition web",
    ]);
    const foreign = workload({ deploymentController: "CODE_DEPLOY" });
    expect(await read({ policies: policies(check), workloads: [foreign], force: true })).toEqual([
      "blocked UnsupportedDeploymentController TaskDefinition web",
    ]);
  });

  it("that is as it should be is unchanged while a deployment is under way", async () => {
    const parts = await plan({
      policies: policies(check),
      workloads: [workload({ input: layered, deploymentInProgress: "1 of 2" })],
    });
    expect(lines(parts)).toEqual([]);
    expect(parts.unchanged).toBe(1);
  });

  it.each([
    [{ deploymentInProgress: "1 of 2" }, "blocked DeploymentInProgress TaskDefinition web"],
    [{ deploymentController: "CODE_DEPLOY" }, "blocked UnsupportedDeploymentController TaskDefinition web"],
  ] as const)("is not released with %j", async (over, expected) => {
    expect(await read({ policies: [], workloads: [workload({ input: layered, ...over })] })).toEqual([
      expected,
    ]);
  });

  it("with a record of a newer version is left alone, wanted or not", async () => {
    const newer = definition([appContainer({ dockerLabels: { "ecsmon.dev/layer.ecsmon": '{"v":2}' } })]);
    expect(await read({ policies: policies(check), workloads: [workload({ input: newer })] })).toEqual([
      "blocked OriginalUnknown TaskDefinition web",
    ]);
    expect(await read({ policies: [], workloads: [workload({ input: newer })] })).toEqual([
      "blocked OriginalUnknown TaskDefinition web",
    ]);
  });

  it("counts sidecars that leave as deletes", async () => {
    const sidecar = (name: string) => ({ name, image: "x" });
    const input = injectLayer(definition(), "ecsmon", {
      ...ours,
      sidecars: [sidecar("one"), sidecar("two")],
    });
    const body = `${check}\nsidecars: [{ container: { name: two, image: x } }]`;
    const some = await plan({ policies: policies(body), workloads: [workload({ input })] });
    expect(some.changes[0]).toMatchObject({ action: "update", deletes: 1 });
    const all = await plan({ policies: [], workloads: [workload({ input })] });
    expect(all.changes[0]).toMatchObject({ action: "update", release: true, deletes: 2 });
  });

  it("carries the revision's own tags over, but CloudFormation's, and ours only while it is ours", async () => {
    const revisionTags = { team: "x", "aws:cloudformation:stack-name": "s" };
    const laid = await plan({ policies: policies(check), workloads: [workload({ revisionTags })] });
    expect(laid.changes[0]?.write).toMatchObject({
      tags: { team: "x", "ecsmon.dev/owner": "ecsmon", "ecsmon.dev/policy": "a" },
    });
    expect(JSON.stringify(laid.changes[0]?.write)).not.toContain("cloudformation");
    const released = await plan({
      policies: [],
      workloads: [workload({ input: layered, revisionTags: { team: "x", ...mine } })],
    });
    expect(released.changes[0]?.write).toMatchObject({ tags: { team: "x" } });
  });
});

describe("what needs something else", () => {
  const body = `logging: { group: /g }\nlogMetrics: [{ name: fatal, pattern: FATAL }]`;
  const audited = "enforcement: { LogGroup: Audit }\n";

  it.each([
    [
      "comes with it",
      body,
      {},
      ["create LogGroup /g", "create MetricFilter ecsmon/prod/web/fatal", "update TaskDefinition web"],
    ],
    [
      "finds it",
      body,
      { LogGroup: items(logGroup("/g", undefined, mine)) },
      ["create MetricFilter ecsmon/prod/web/fatal", "update TaskDefinition web"],
    ],
    [
      "is blocked when it is only shown",
      `${audited}${body}`,
      {},
      [
        "create (audit) LogGroup /g",
        "blocked MissingReference MetricFilter ecsmon/prod/web/fatal",
        "blocked MissingReference TaskDefinition web",
      ],
    ],
    [
      "is unknown when it is",
      body,
      { LogGroup: failedRead },
      [
        "unknown AccessDenied LogGroup",
        "unknown AccessDenied MetricFilter",
        "unknown AccessDenied TaskDefinition",
      ],
    ],
    [
      "is blocked when nobody makes it",
      "logMetrics: [{ name: fatal, pattern: FATAL, group: /other }]",
      {},
      ["blocked MissingReference MetricFilter ecsmon/prod/web/fatal"],
    ],
  ] as const)("%s", async (_, text, observations, expected) => {
    expect(await read({ policies: policies(text), observations })).toEqual(expected);
  });

  it("is held when what it needs is held itself, however far down", async () => {
    const logged =
      "logMetrics: [{ name: fatal, pattern: FATAL, group: /g, alarm: { threshold: 1, comparison: GreaterThanThreshold } }]";
    const chain = `${logged}\nqueries: [{ name: q, query: "stats count() as n", groups: [/g], alarm: { aggregation: max(n), every: 5m, window: 5m, roleArn: "arn:aws:iam::123456789012:role/x", comparison: GreaterThanThreshold, threshold: 1 } }]\nalarms: [{ name: both, composite: ALARM("q") }]\ndeployment: { rollbackOnAlarms: [both] }`;
    const found = await plan({
      policies: policies(chain),
      observations: { LogGroup: items() },
    });
    const held = (kind: string) => found.blocked.find((one) => one.kind === kind)?.message;
    expect(found.changes.map(({ kind }) => kind)).toEqual(["MetricAlarm", "QueryDefinition"]);
    expect(held("LogAlarm")).toBe("LogGroup /g does not exist, and no policy that is enforced creates it");
    expect(held("CompositeAlarm")).toBe(
      "LogAlarm ecsmon/prod/web/q does not exist, and it cannot be made now",
    );
    expect(held("Service")).toBe(
      "CompositeAlarm ecsmon/prod/web/both does not exist, and it cannot be made now",
    );
    const dark = await plan({
      policies: policies(chain),
      observations: { LogGroup: failedRead },
    });
    expect(dark.unknown.map(({ kind, code }) => `${kind} ${code}`).sort()).toEqual([
      "CompositeAlarm AccessDenied",
      "LogAlarm AccessDenied",
      "LogGroup AccessDenied",
      "MetricFilter AccessDenied",
      "Service AccessDenied",
    ]);
  });

  const inOld = observed({
    id: "/old|ecsmon/prod/web/fatal",
    name: "ecsmon/prod/web/fatal",
    cluster: "prod",
    service: "web",
    spec: {
      logGroupName: "/old",
      filterName: "ecsmon/prod/web/fatal",
      filterPattern: "FATAL",
      metricTransformations: [],
    },
  });

  it("moves once the new place stands, and stays until then", async () => {
    const moving = (text: string, groups: readonly string[]) =>
      read({
        policies: policies(text),
        observations: {
          MetricFilter: items(inOld),
          LogGroup: items(...groups.map((name) => logGroup(name, undefined, {}))),
        },
      });
    const text = "logMetrics: [{ name: fatal, pattern: FATAL, group: /new }]";
    expect(await moving(text, ["/new"])).toEqual([
      "create MetricFilter ecsmon/prod/web/fatal",
      "delete MetricFilter ecsmon/prod/web/fatal",
    ]);
    expect(await moving(text, [])).toEqual(["blocked MissingReference MetricFilter ecsmon/prod/web/fatal"]);
    expect(await moving(`enforcement: Audit\n${text}`, ["/new"])).not.toContain(
      "delete MetricFilter ecsmon/prod/web/fatal",
    );
  });
});

describe("a read that failed", () => {
  it("of the task definition releases no log group, alarm or filter of the service", async () => {
    const body = `logging: { retention: 30d }\nlogMetrics: [{ name: fatal, pattern: FATAL, alarm: { threshold: 1, comparison: GreaterThanThreshold } }]\n${alarms(cpu("a"))}`;
    const kinds: KindName[] = ["LogGroup", "MetricFilter", "MetricAlarm"];
    const filter = observed({
      id: "/ecs/prod/web|ecsmon/prod/web/fatal",
      name: "ecsmon/prod/web/fatal",
      cluster: "prod",
      service: "web",
      spec: {},
    });
    const scene: Scene = {
      policies: policies(body),
      workloads: [workload({ taskDefinition: failedRead })],
      observations: {
        LogGroup: items(logGroup("/ecs/prod/web", 30, mine)),
        MetricFilter: items(filter),
        ...alarmsAre(alarmOf("prod", "web", "a"), alarmOf("prod", "web", "fatal")),
      },
    };
    const { changes, unknown: dark } = await plan(scene);
    expect(changes.filter(({ release }) => release)).toEqual([]);
    expect(new Set(dark.map(({ kind }) => kind))).toEqual(
      new Set(["LogGroup", "MetricFilter", "TaskDefinition"]),
    );
    for (const kind of kinds) {
      const blind = await plan({
        ...scene,
        observations: { ...scene.observations, [kind]: unknown(denied) },
      });
      expect(blind.changes.filter((change) => change.kind === kind || change.release)).toEqual([]);
    }
  });

  it("of the clusters leaves everything as it stands", async () => {
    const scene: Scene = {
      policies: [],
      workloads: [],
      clusters: failedRead,
      unreadable: [{ failure: denied }],
      observations: { ...alarmsAre(alarmOf("prod", "web", "a")), LogGroup: items(logGroup("/g", 30, mine)) },
    };
    expect((await plan(scene)).changes).toEqual([]);
  });
});
