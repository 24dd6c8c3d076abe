// What policies may reach: each kind says what it reaches for, what is not in its list is NotAllowed, and stays.
import { describe, expect, it } from "vitest";
import { type Allow, createGrant } from "../../../controller/core/allow.ts";
import { injectLayer } from "../../../controller/core/layer.ts";
import { computePlan } from "../../../controller/core/plan.ts";
import type { PlanParts } from "../../../controller/core/plan-parts.ts";
import { taskReach } from "../../../controller/core/task-reach.ts";
import { kinds } from "../../../controller/kinds/index.ts";
import type { JsonObject } from "../../../controller/model/json.ts";
import type { KindName } from "../../../controller/model/plan.ts";
import {
  account,
  alarmOf,
  appContainer,
  asOf,
  definition,
  items,
  lines,
  logGroup,
  observed,
  owner,
  planInput,
  policies,
  region,
  type Scene,
  workload,
} from "./builders.ts";

const topic = `arn:aws:sns:${region}:${account}:pager`;
const other = `arn:aws:sns:${region}:999999999999:elsewhere`;

async function plan(scene: Scene, allow: Allow): Promise<PlanParts> {
  const input = await planInput(scene);
  const { inventory, selection, force } = input;
  const context = { owner, inventory, force, asOf, allow };
  const wanted = new Map(kinds.map((kind) => [kind.name, kind.desired(selection, context)] as const));
  return computePlan({ ...input, wanted, allow });
}

/** What is NotAllowed, as `KIND NAME: message`. */
function forbidden({ blocked }: PlanParts): string[] {
  return blocked
    .filter(({ code }) => code === "NotAllowed")
    .map(({ kind, name, message }) => `${kind} ${name}: ${message.split(";")[0]}`);
}

const cpu = `{ name: cpu, severity: critical, metric: { namespace: AWS/ECS, metricName: CPUUtilization, statistic: Average }, comparison: GreaterThanThreshold, threshold: 80 }`;
const calls = (arn: string): string => `notifications: { critical: ["${arn}"] }\nalarms: [${cpu}]`;

describe("a list", () => {
  const item = { kind: "MetricAlarm", cluster: "prod-a" } as const;
  const refused = (allow: Allow): string | undefined =>
    createGrant(allow)(item, [{ list: "actions", what: topic }])?.message.split(";")[0];

  it.each<[string, Allow]>([
    ["that is left out does not restrict", {}],
    ["compares by globs, with the whole of it", { actions: [`arn:aws:sns:*:${account}:*`] }],
    ["needs one glob that matches", { actions: ["arn:aws:lambda:*", topic] }],
    ["of clusters looks at the item's own", { clusters: ["prod-*"] }],
    ["of kinds too", { kinds: ["Metric*"] }],
  ])("%s", (_, allow) => {
    expect(refused(allow)).toBeUndefined();
  });

  it.each<[string, Allow, string]>([
    ["that is empty allows nothing", { actions: [] }, `the action ${topic} is not in allow.actions`],
    ["matches no part", { actions: ["pager"] }, `the action ${topic} is not in allow.actions`],
    ["of clusters", { clusters: ["dev-*"] }, "the cluster prod-a is not in allow.clusters"],
    ["of kinds", { kinds: ["LogGroup"] }, "the kind MetricAlarm is not in allow.kinds"],
    [
      "is told beside the others",
      { kinds: [], actions: [] },
      `the kind MetricAlarm is not in allow.kinds, the action ${topic} is not in allow.actions`,
    ],
  ])("%s", (_, allow, message) => {
    expect(refused(allow)).toBe(message);
  });
});

describe("what a kind reaches for", () => {
  const reach = (name: KindName, spec: JsonObject): string[] =>
    (kinds.find((kind) => kind.name === name)?.reaches?.(spec, undefined, owner) ?? []).map(
      ({ list, what }) => `${list} ${what}`,
    );
  const actions = { AlarmActions: ["a"], OKActions: ["b"], InsufficientDataActions: ["c"] };

  it.each<[KindName, JsonObject, string[]]>([
    ["MetricAlarm", actions, ["actions a", "actions b", "actions c"]],
    ["CompositeAlarm", { ...actions, ActionsSuppressor: "x" }, ["actions a", "actions b", "actions c"]],
    [
      "LogAlarm",
      { ...actions, ActionLogLineRoleArn: "r", ScheduledQueryConfiguration: { ScheduledQueryRoleARN: "q" } },
      ["actions a", "actions b", "actions c", "roles r", "roles q"],
    ],
    [
      "Dashboard",
      {
        DashboardBody: JSON.stringify({
          widgets: [
            { type: "text", properties: {} },
            { type: "custom", properties: { endpoint: "arn:l" } },
          ],
        }),
      },
      ["actions arn:l"],
    ],
    ["LogGroup", { logGroupName: "g", kmsKeyId: "k" }, []],
    ["MackerelMonitor", { type: "host" }, []],
  ])("%s", (kind, spec, expected) => {
    expect(reach(kind, spec)).toEqual(expected);
  });
});

describe("a task definition", () => {
  const own = appContainer({
    secrets: [{ name: "DB", valueFrom: "own-secret" }],
    logConfiguration: { logDriver: "splunk", secretOptions: [{ name: "token", valueFrom: "own-token" }] },
  });
  const current = definition([own]);
  const sidecar = {
    name: "agent",
    image: "public.ecr.aws/mackerel/agent:1",
    secrets: [{ name: "K", valueFrom: "key" }],
    repositoryCredentials: { credentialsParameter: "registry" },
    environmentFiles: [{ type: "s3", value: "arn:aws:s3:::b/file.env" }],
    credentialSpecs: ["credentialspec:arn:aws:s3:::b/spec"],
    firelensConfiguration: {
      type: "fluentbit",
      options: { "config-file-type": "s3", "config-file-value": "arn:aws:s3:::b/fluent.conf" },
    },
  };
  const reach = (after: JsonObject, before: JsonObject = current): string[] =>
    taskReach(after, before, owner).map(({ list, what }) => `${list} ${what}`);

  it("reaches for all that a sidecar names", () => {
    expect(reach(injectLayer(current, owner, { sidecars: [sidecar], patches: [] }))).toEqual([
      "images public.ecr.aws/mackerel/agent:1",
      "secrets key",
      "secrets registry",
      "secrets arn:aws:s3:::b/file.env",
      "secrets credentialspec:arn:aws:s3:::b/spec",
      "secrets arn:aws:s3:::b/fluent.conf",
    ]);
  });

  it("does so whether the sidecar stands already or not", () => {
    const laid = injectLayer(current, owner, { sidecars: [sidecar], patches: [] });
    expect(reach(laid, laid)).toHaveLength(6);
  });

  it("has nothing to say of what the owner's containers reach", () => {
    const check = { container: "app", path: ["healthCheck"], value: { command: ["CMD", "true"] } };
    expect(reach(injectLayer(current, owner, { sidecars: [], patches: [check] }))).toEqual([]);
    expect(reach(current)).toEqual([]);
  });

  it("reaches for a secret that goes to a log driver, be it one that the container reads", () => {
    const path = ["logConfiguration", "secretOptions"];
    const value = [
      { name: "token", valueFrom: "own-token" },
      { name: "header", valueFrom: "own-secret" },
      { name: "more", valueFrom: "new" },
    ];
    const laid = injectLayer(current, owner, { sidecars: [], patches: [{ container: "app", path, value }] });
    expect(reach(laid)).toEqual(["secrets own-secret", "secrets new"]);
    expect(reach(laid, laid)).toEqual(["secrets own-secret", "secrets new"]);
  });

  it("does not lend the owner's secrets to a sidecar", () => {
    const thief = { name: "agent", image: "i", secrets: [{ name: "DB", valueFrom: "own-secret" }] };
    expect(reach(injectLayer(current, owner, { sidecars: [thief], patches: [] }))).toContain(
      "secrets own-secret",
    );
  });
});

describe("in the plan", () => {
  it("is blocked by itself; everything else goes on", async () => {
    const body = `notifications: { critical: ["${other}"] }\nalarms: [${cpu}, ${cpu.replace("name: cpu, severity: critical", "name: quiet")}]`;
    const parts = await plan({ policies: policies(body) }, { actions: [topic] });
    expect(lines(parts)).toEqual([
      "create MetricAlarm ecsmon/prod/web/quiet",
      "blocked NotAllowed MetricAlarm ecsmon/prod/web/cpu",
    ]);
    expect(forbidden(parts)).toEqual([
      `MetricAlarm ecsmon/prod/web/cpu: the action ${other} is not in allow.actions`,
    ]);
    expect(parts.blocked[0]).toMatchObject({ cluster: "prod", service: "web", policies: ["a"] });
  });

  it("stays as it stands, and is told also where nothing differs", async () => {
    const scene = { policies: policies(calls(other)) };
    const made = (await plan(scene, {})).changes[0]?.after as JsonObject;
    for (const spec of [made, { ...made, Threshold: 1 }, { ...made, AlarmActions: [topic] }]) {
      const standing = {
        ...scene,
        observations: { MetricAlarm: items(alarmOf("prod", "web", "cpu", spec)) },
      };
      expect(lines(await plan(standing, { actions: [topic] }))).toEqual([
        "blocked NotAllowed MetricAlarm ecsmon/prod/web/cpu",
      ]);
    }
  });

  it("what no policy wants goes, whatever is allowed", async () => {
    const standing = { MetricAlarm: items(alarmOf("prod", "web", "cpu", { AlarmActions: [other] })) };
    expect(lines(await plan({ observations: standing }, { actions: [], kinds: [], clusters: [] }))).toEqual([
      "delete MetricAlarm ecsmon/prod/web/cpu",
    ]);
  });

  it("keeps a layer whose image is not allowed, and lays none", async () => {
    const body = "sidecars: [{ container: { name: agent, image: evil.example.com/x:1, essential: false } }]";
    const scene = { policies: policies(body) };
    const allow = { images: ["public.ecr.aws/*"] };
    const expected = ["TaskDefinition web: the image evil.example.com/x:1 is not in allow.images"];
    const bare = await plan(scene, allow);
    expect(forbidden(bare)).toEqual(expected);
    const input = (await plan(scene, {})).changes[0]?.after as JsonObject;
    const laid = await plan({ ...scene, workloads: [workload({ input })] }, allow);
    expect(forbidden(laid)).toEqual(expected);
    expect([...bare.changes, ...laid.changes]).toEqual([]);
  });

  it("judges clusters by where an item is", async () => {
    const workloads = [workload({ cluster: "prod" }), workload({ cluster: "dev" })];
    const body = `${calls(topic)}\ncluster: { containerInsights: enabled }`;
    const parts = await plan({ policies: policies(body), workloads }, { clusters: ["pr*"] });
    expect(lines(parts).sort()).toEqual([
      "blocked NotAllowed ClusterSettings dev",
      "blocked NotAllowed MetricAlarm ecsmon/dev/web/cpu",
      "create MetricAlarm ecsmon/prod/web/cpu",
      "update ClusterSettings prod",
    ]);
  });

  it("leaves alone what services of a cluster outside share", async () => {
    const workloads = [workload({ cluster: "prod" }), workload({ cluster: "dev" })];
    const body = "logging: { group: /ecs/all, retention: 30d, container: app }";
    const scene: Scene = {
      policies: policies(body),
      workloads,
      observations: { LogGroup: items(logGroup("/ecs/all", 7, {})) },
    };
    expect(forbidden(await plan(scene, { clusters: ["prod"] }))).toContain(
      "LogGroup /ecs/all: the cluster dev is not in allow.clusters",
    );
    expect(forbidden(await plan(scene, { clusters: ["prod", "dev"] }))).toEqual([]);
  });

  it("blocks events entry by entry, and none whose targets are listed", async () => {
    const body = (target: string): string =>
      `events: [{ name: stopped, preset: task-stopped, targets: ["${target}"] }]`;
    const [made] = (await plan({ policies: policies(body(topic)) }, {})).changes;
    const spec = made?.after ?? {};
    const rule = observed({
      name: String(spec["Name"]),
      cluster: "prod",
      spec,
      detail: { frozen: [], successors: [] },
    });
    const allow = { actions: [topic] };
    const fresh = await plan({ policies: policies(body(other)) }, allow);
    expect(fresh.changes).toEqual([]);
    expect(forbidden(fresh)).toEqual([
      `EventRule stopped of web: the action ${other} is not in allow.actions`,
    ]);
    const right = { policies: policies(body(topic)), observations: { EventRule: items(rule) } };
    expect(lines(await plan(right, allow))).toEqual([]);
  });
});
