// `logging` beyond the plain awslogs of task-layer.test.ts: FireLens and its router, secret options, and which log group
// it all comes down to.
import { describe, expect, it } from "vitest";
import { ejectLayer, injectLayer, layerLogGroups } from "../../../controller/core/layer.ts";
import { groupsThatMustExist } from "../../../controller/core/log-destination.ts";
import { findLogGroup } from "../../../controller/core/log-metric.ts";
import { findNeededLogGroup, resolveLayer, taskItems } from "../../../controller/core/task-layer.ts";
import { logGroup } from "../../../controller/kinds/log-group.ts";
import { type JsonObject, stableStringify } from "../../../controller/model/json.ts";
import { appContainer, definition, failedRead, outcome, owner, region, select } from "./builders.ts";

const awslogs = (options: JsonObject) => ({ logConfiguration: { logDriver: "awslogs", options } });
const firelens = (options: JsonObject, more: JsonObject = {}) => ({
  logConfiguration: { logDriver: "awsfirelens", options, ...more },
});
const theirRouter = (over: JsonObject = {}) =>
  appContainer({ name: "log_router", firelensConfiguration: { type: "fluentbit" }, ...over });

interface Laid {
  readonly reason?: string;
  /** Container → its log configuration, once the layer is on. */
  readonly logs: Readonly<Record<string, unknown>>;
  readonly names: readonly unknown[];
  readonly sidecars: readonly JsonObject[];
}

/** Lays the layer, and takes it off again: that must give the bytes that were there. */
function lay(
  body: string | readonly string[],
  containers: readonly JsonObject[] = [appContainer()],
  over: JsonObject = {},
): Laid {
  const input = definition(containers, over);
  const layer = resolveLayer(select(body, { input }), input);
  if (!layer.ok)
    return { reason: `${layer.reason.code}: ${layer.reason.message}`, logs: {}, names: [], sidecars: [] };
  const laid = injectLayer(input, owner, layer.value);
  expect(stableStringify(ejectLayer(laid, owner))).toBe(stableStringify(input));
  const list = laid["containerDefinitions"] as readonly JsonObject[];
  return {
    logs: Object.fromEntries(list.map(({ name, logConfiguration }) => [name, logConfiguration])),
    names: list.map(({ name }) => name),
    sidecars: layer.value.sidecars,
  };
}

const toCloudWatch = (over: JsonObject = {}) => ({
  logDriver: "awsfirelens",
  options: {
    Name: "cloudwatch_logs",
    region,
    log_group_name: "/ecs/prod/web",
    log_stream_prefix: "ecs/",
    auto_create_group: "false",
    log_key: "log",
    ...over,
  },
});

describe("awsfirelens", () => {
  it("sends to CloudWatch Logs unless the policy names an output, and a router comes along", () => {
    const { logs, names, sidecars } = lay("logging: { driver: awsfirelens }");
    expect(names).toEqual(["app", "log-router"]);
    expect(logs["app"]).toEqual(toCloudWatch());
    expect(sidecars).toEqual([
      {
        name: "log-router",
        image: expect.stringContaining("aws-for-fluent-bit:"),
        essential: true,
        memoryReservation: 64,
        stopTimeout: 60,
        firelensConfiguration: { type: "fluentbit", options: { "enable-ecs-log-metadata": "true" } },
        // Never by FireLens: its failure must be seen somewhere.
        logConfiguration: {
          logDriver: "awslogs",
          options: {
            "awslogs-group": "/ecs/prod/web",
            "awslogs-region": region,
            "awslogs-stream-prefix": "ecs",
          },
        },
      },
    ]);
  });

  it("takes the policy's group, prefix and options", () => {
    const body = `logging: { driver: awsfirelens, group: /g, streamPrefix: s, options: { retry_limit: "5", LOG_KEY: message, region: us-east-1, log-driver-buffer-limit: "1000" } }`;
    expect(lay(body).logs["app"]).toEqual({
      logDriver: "awsfirelens",
      options: {
        Name: "cloudwatch_logs",
        log_group_name: "/g",
        log_stream_prefix: "s/",
        auto_create_group: "false",
        retry_limit: "5",
        LOG_KEY: "message",
        region: "us-east-1",
        "log-driver-buffer-limit": "1000",
      },
    });
    const named = `logging: { driver: awsfirelens, options: { log_stream_name: one } }`;
    expect(lay(named).logs["app"]).not.toHaveProperty("options.log_stream_prefix");
  });

  it("takes another output's options as they are", () => {
    const body = `logging: { driver: awsfirelens, options: { Name: datadog, TLS: "on", dd_source: null }, secretOptions: [{ name: apikey, valueFrom: "arn:aws:ssm:r:1:parameter/k" }] }`;
    const { logs } = lay(body);
    expect(logs["app"]).toEqual({
      logDriver: "awsfirelens",
      options: { Name: "datadog", TLS: "on" },
      secretOptions: [{ name: "apikey", valueFrom: "arn:aws:ssm:r:1:parameter/k" }],
    });
    // Options of an output mean nothing to the router's own awslogs.
    expect(logs["log-router"]).toMatchObject({
      logDriver: "awslogs",
      options: { "awslogs-group": "/ecs/prod/web" },
    });
    expect(JSON.stringify(logs["log-router"])).not.toContain("datadog");
  });

  it("uses the task's own router, and never touches it", () => {
    const router = theirRouter(awslogs({ "awslogs-group": "/router", "awslogs-region": region }));
    const { logs, names } = lay("logging: { driver: awsfirelens }", [appContainer(), router]);
    expect(names).toEqual(["app", "log_router"]);
    // What a router logs is no log of the service's.
    expect(logs["app"]).toEqual(toCloudWatch());
    expect(logs["log_router"]).toEqual(router["logConfiguration"]);
    const listed = ["logging: { driver: awsfirelens }", "sidecars: [{ preset: fluent-bit }]"];
    expect(lay(listed, [appContainer(), router]).names).toEqual(["app", "log_router"]);
    expect(
      lay("logging: { driver: awsfirelens, container: log_router }", [appContainer(), router]).reason,
    ).toBe(
      "InvalidContainer: logging.container is log_router, a FireLens router, which is never touched; name a container that logs to it",
    );
  });

  it("takes the router that a policy lists, with its settings", () => {
    const body = [
      "logging: { driver: awsfirelens }",
      "sidecars: [{ preset: fluent-bit, with: { memory: 200 } }]",
    ];
    expect(lay(body).sidecars).toMatchObject([{ name: "log-router", memoryReservation: 200 }]);
    const native = `sidecars: [{ container: { name: mine, image: "x:1", firelensConfiguration: { type: fluentd } } }]`;
    expect(lay(["logging: { driver: awsfirelens }", native]).names).toEqual(["app", "mine"]);
    expect(lay(native, [appContainer(), theirRouter()]).reason).toBe(
      "InvalidContainer: log_router and mine are FireLens routers; a task has one",
    );
  });

  it.each([
    [
      "a container of the router's name",
      ["logging: { driver: awsfirelens }"],
      [appContainer({ name: "log-router" })],
      "NotOwned: a container named log-router is already in the task definition and is not ours; remove it there",
    ],
    [
      "a sidecar of the router's name",
      [
        "logging: { driver: awsfirelens }",
        `sidecars: [{ container: { name: log-router, image: "x:1", essential: false } }]`,
      ],
      [appContainer()],
      "InvalidContainer: a sidecar of the policies has the router's name, log-router, and no firelensConfiguration; name it otherwise",
    ],
    [
      "logs by another driver",
      ["logging: { driver: awsfirelens }"],
      [appContainer(awslogs({ "awslogs-group": "/old" }))],
      "ForeignLogDriver: container app logs by awslogs; set logging.replaceDriver: true to replace it, or name another logging.container",
    ],
    [
      "logs to another output",
      ["logging: { driver: awsfirelens, options: { Name: s3 } }"],
      [appContainer(firelens({ name: "Datadog" })), theirRouter()],
      "ForeignLogDriver: container app logs by awsfirelens to datadog; set logging.replaceDriver: true to replace it, or name another logging.container",
    ],
  ])("is blocked by %s", (_, body, containers, reason) => {
    expect(lay(body, containers).reason).toBe(reason);
  });

  it("replaces another driver or output as a whole, on demand, and keeps the group in use", () => {
    const replace = "logging: { driver: awsfirelens, replaceDriver: true }";
    const old = awslogs({ "awslogs-group": "/old", "awslogs-region": "us-east-1", mode: "blocking" });
    expect(lay(replace, [appContainer(old)]).logs["app"]).toEqual(
      toCloudWatch({ log_group_name: "/old", region: "us-east-1" }),
    );
    const s3 = "logging: { driver: awsfirelens, replaceDriver: true, options: { Name: s3, log_key: log } }";
    expect(
      lay(s3, [appContainer(firelens({ Name: "datadog", TLS: "on" })), theirRouter()]).logs["app"],
    ).toEqual({
      logDriver: "awsfirelens",
      options: { Name: "s3", log_key: "log" },
    });
    const back = "logging: { replaceDriver: true }";
    const there = firelens({ Name: "cloudwatch_logs", log_group_name: "/fl", region: "us-east-1" });
    expect(lay(back, [appContainer(there), theirRouter()]).logs["app"]).toEqual({
      logDriver: "awslogs",
      options: { "awslogs-group": "/fl", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "ecs" },
    });
  });

  it("keeps the output and the options of a container that logs by it already", () => {
    const plain = "logging: { driver: awsfirelens }";
    const same = (options: JsonObject, body = plain) =>
      lay(body, [appContainer(firelens(options)), theirRouter()]).logs["app"];
    const datadog = { Name: "datadog", apikey: "x" };
    expect(same(datadog)).toEqual({ logDriver: "awsfirelens", options: datadog });
    // The router's own file routes it.
    expect(same({})).toEqual({ logDriver: "awsfirelens", options: {} });
    const cloudWatch = {
      name: "cloudwatch",
      REGION: "us-east-1",
      log_group_name: "/fl",
      log_stream_prefix: "mine-",
      auto_create_group: "true",
    };
    expect(same(cloudWatch)).toEqual({ logDriver: "awsfirelens", options: cloudWatch });
    const over = "logging: { driver: awsfirelens, streamPrefix: s, options: { Retry_Limit: '2' } }";
    expect(same({ ...cloudWatch, retry_limit: "1" }, over)).toEqual({
      logDriver: "awsfirelens",
      options: { ...cloudWatch, log_stream_prefix: "s/", retry_limit: "2" },
    });
  });

  it("counts its router in the task's room", () => {
    const nine = Array.from({ length: 10 }, (_, i) => appContainer({ name: `c${i}` }));
    expect(lay("logging: { driver: awsfirelens }", nine).reason).toBe(
      "NoRoom: 10 containers + 1 sidecars = 11 containers; a task has at most 10",
    );
    const full = [appContainer({ memoryReservation: 1000 })];
    expect(lay("logging: { driver: awsfirelens }", full).reason).toMatch(
      /^NoRoom: app 1000 \+ log-router 64 = 1064 MiB of memory, the task has 1024/,
    );
    const grow = "logging: { driver: awsfirelens }\ntaskSize: grow";
    const input = definition(full);
    const layer = resolveLayer(select(grow, { input }), input);
    expect(layer.ok && layer.value.task).toEqual({ cpu: "512", memory: "2048" });
    expect(taskItems(select(grow))).toHaveLength(2);
    expect(taskItems(select("logging: { driver: awslogs }\ntaskSize: grow"))).toHaveLength(1);
  });
});

describe("secret options", () => {
  const body = `logging: { group: /g, secretOptions: [{ name: b, valueFrom: new }] }`;
  it("go in beside those that stand there, in place of those of the same name", () => {
    const standing = [
      { name: "a", valueFrom: "kept" },
      { name: "b", valueFrom: "old" },
    ];
    const container = appContainer({
      logConfiguration: { logDriver: "awslogs", options: {}, secretOptions: standing },
    });
    expect(lay(body, [container]).logs["app"]).toMatchObject({
      secretOptions: [
        { name: "a", valueFrom: "kept" },
        { name: "b", valueFrom: "new" },
      ],
    });
    expect(lay(body).logs["app"]).toMatchObject({ secretOptions: [{ name: "b", valueFrom: "new" }] });
  });

  it("are the containers' of the service, not the sidecars'", () => {
    const { logs } = lay([body, "sidecars: [{ preset: xray-daemon }]"]);
    expect(logs["xray-daemon"]).toMatchObject({ logDriver: "awslogs" });
    expect(logs["xray-daemon"]).not.toHaveProperty("secretOptions");
  });
});

describe("a group in use", () => {
  it("is taken together with its region", () => {
    const elsewhere = awslogs({
      "awslogs-group": "/old",
      "awslogs-region": "us-east-1",
      "awslogs-stream-prefix": "x",
    });
    const containers = [appContainer({ name: "quiet" }), appContainer(elsewhere)];
    const wanted = { "awslogs-group": "/old", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "ecs" };
    expect(lay("logging: {}", containers).logs["quiet"]).toEqual({ logDriver: "awslogs", options: wanted });
    const group = { "awslogs-group": "/g", "awslogs-region": region, "awslogs-stream-prefix": "ecs" };
    expect(lay("logging: { group: /g }", containers).logs["quiet"]).toEqual({
      logDriver: "awslogs",
      options: group,
    });
  });
});

describe("the log group", () => {
  const datadog = "logging: { driver: awsfirelens, options: { Name: datadog } }";
  const routed = definition([appContainer(), theirRouter()]);
  const needed = (body: string | readonly string[], input: JsonObject | undefined) => {
    const selected = select(body, input === undefined ? {} : { input });
    return findNeededLogGroup(outcome(selected.logging) as object, selected, input);
  };
  it.each<[string, string | readonly string[], JsonObject, string | undefined]>([
    ["with FireLens to CloudWatch", "logging: { driver: awsfirelens }", definition(), "/ecs/prod/web"],
    ["for the router's own log", datadog, definition(), "/ecs/prod/web"],
    ["not where everything goes elsewhere", datadog, routed, undefined],
    [
      "for the log of another sidecar",
      [datadog, "sidecars: [{ preset: xray-daemon }]"],
      routed,
      "/ecs/prod/web",
    ],
    [
      "not for a native sidecar, which says itself where it logs",
      [datadog, `sidecars: [{ container: { name: s, image: "x:1", essential: false } }]`],
      routed,
      undefined,
    ],
    ["where the policy names it", datadog.replace("{", "{ group: /g,"), routed, "/g"],
    [
      "not where the containers' own output takes the lines",
      "logging: { driver: awsfirelens }",
      definition([appContainer(firelens({ Name: "datadog" })), theirRouter()]),
      undefined,
    ],
    [
      "where one of the containers logs to it",
      "logging: { driver: awsfirelens }",
      definition([appContainer(firelens({ Name: "datadog" })), appContainer({ name: "b" }), theirRouter()]),
      "/ecs/prod/web",
    ],
    [
      "as FireLens writes to it now",
      "logging: { driver: awsfirelens }",
      definition([appContainer(firelens({ Name: "cloudwatch_logs", log_group_name: "/fl" })), theirRouter()]),
      "/fl",
    ],
  ])("is needed %s", (_, body, input, group) => {
    expect(needed(body, input)).toBe(group);
    const selected = select(body, { input });
    const wanted = logGroup.desired([selected], { owner } as never);
    expect(wanted.map(({ id }) => id)).toEqual(group === undefined ? [] : [group]);
  });

  it("is what log metrics count in, where the service's own lines go there", () => {
    const find = (body: string | readonly string[], over: object) =>
      findLogGroup({}, select(body, over), owner);
    expect(find("logging: { driver: awsfirelens }", {})).toEqual({ ok: true, name: "/ecs/prod/web" });
    const elsewhere = { ok: false, state: { is: "blocked", reason: { code: "NotApplicable" } } };
    expect(find(datadog, {})).toMatchObject(elsewhere);
    // That is the router's own log.
    expect(find(datadog.replace("{", "{ group: /g,"), {})).toMatchObject(elsewhere);
    expect(findLogGroup({ group: "/mine" }, select(datadog), owner)).toEqual({ ok: true, name: "/mine" });
    expect(find(datadog, { taskDefinition: failedRead })).toMatchObject(elsewhere);
    const unread = { ok: false, state: { is: "unknown" } };
    expect(find("logging: { driver: awsfirelens, group: /g }", { taskDefinition: failedRead })).toMatchObject(
      unread,
    );
    expect(find("logging: { driver: awsfirelens }", { taskDefinition: failedRead })).toMatchObject(unread);
  });

  it("of a service without logging is not its router's", () => {
    const router = theirRouter(awslogs({ "awslogs-group": "/router" }));
    const by = (options: JsonObject) => ({ input: definition([appContainer(firelens(options)), router]) });
    const find = (options: JsonObject) => findLogGroup({}, select("taskSize: fit", by(options)), owner);
    expect(find({ Name: "datadog" })).toMatchObject({
      ok: false,
      state: { reason: { code: "NotApplicable" } },
    });
    expect(find({ Name: "cloudwatch_logs", log_group_name: "/fl" })).toEqual({ ok: true, name: "/fl" });
    expect(find({ Name: "cloudwatch_logs", log_group_name: "/fl/$(ecs_cluster)" })).toMatchObject({
      ok: false,
    });
  });

  it("is waited for, and known to be ours", () => {
    const input = definition();
    const layer = resolveLayer(select("logging: { driver: awsfirelens, group: /g }", { input }), input);
    if (!layer.ok) throw new Error(layer.reason.message);
    const laid = injectLayer(input, owner, layer.value);
    const containers = laid["containerDefinitions"] as readonly JsonObject[];
    expect(groupsThatMustExist(containers)).toEqual(["/g"]);
    expect([...new Set(layerLogGroups(laid, owner))]).toEqual(["/g"]);
    expect(layerLogGroups(input, owner)).toEqual([]);
    const made = { "awslogs-group": "/made", "awslogs-create-group": "true" };
    expect(groupsThatMustExist([appContainer(awslogs(made))])).toEqual([]);
  });
});
