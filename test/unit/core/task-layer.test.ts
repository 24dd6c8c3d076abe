// From policies to the layer on a task definition: which container, which options, and every reason why there is none.
import { describe, expect, it } from "vitest";
import { currentLogGroup, resolveLogGroup } from "../../../controller/core/service-log-group.ts";
import { resolveLayer, taskItems } from "../../../controller/core/task-layer.ts";
import type { JsonObject } from "../../../controller/model/json.ts";
import { appContainer, definition, outcome, select } from "./builders.ts";

const check = `healthCheck: { command: [CMD, "true"] }`;
const sidecar = (name: string, more = "") =>
  `sidecars: [{ container: { name: ${name}, image: "x:1"${more} } }]`;
const awslogs = (options: JsonObject) => ({ logConfiguration: { logDriver: "awslogs", options } });

interface Resolved {
  readonly reason?: string;
  /** `container path=value`. */
  readonly patches: readonly string[];
  readonly sidecars: readonly JsonObject[];
}

function resolve(
  body: string | readonly string[],
  containers: readonly JsonObject[] = [appContainer()],
  over: JsonObject = {},
): Resolved {
  const input = definition(containers, over);
  const layer = resolveLayer(select(body, { input }), input);
  if (!layer.ok)
    return { reason: `${layer.reason.code}: ${layer.reason.message}`, patches: [], sidecars: [] };
  const patches = layer.value.patches.map(
    ({ container, path, value }) => `${container} ${path.join("/")}=${JSON.stringify(value)}`,
  );
  return { patches, sidecars: layer.value.sidecars };
}

describe("health checks", () => {
  const given = (name: string) => `${name} healthCheck={"command":["CMD","true"]}`;
  const essential = (name: string, more: JsonObject = {}) => appContainer({ name, ...more });
  it.each([
    ["the only container", check, [essential("app")], [given("app")]],
    [
      "the only essential one",
      check,
      [essential("proxy", { essential: false }), essential("app")],
      [given("app")],
    ],
    [
      "one that does not say that it is essential",
      check,
      [{ name: "app", image: "x" }, essential("b", { essential: false })],
      [given("app")],
    ],
    [
      "the one that is named, essential or not",
      check.replace("{", "{ container: b,"),
      [essential("a"), essential("b", { essential: false })],
      [given("b")],
    ],
    [
      "one with a check of its own",
      check,
      [essential("app", { healthCheck: { command: ["CMD", "old"] } })],
      [given("app")],
    ],
    [
      "none, if it has one and ifAbsent says so",
      check.replace("{", "{ ifAbsent: true,"),
      [essential("app", { healthCheck: { command: ["CMD", "old"] } })],
      [],
    ],
    [
      "one without, if ifAbsent says so",
      check.replace("{", "{ ifAbsent: true,"),
      [essential("app")],
      [given("app")],
    ],
  ])("go into %s", (_, body, containers, expected) => {
    expect(resolve(body, containers).patches).toEqual(expected);
  });

  it("carry every field, in seconds", () => {
    const body = `healthCheck: { command: [CMD-SHELL, "a || exit 1"], interval: 1m, timeout: 10s, retries: 2, startPeriod: 0 }`;
    expect(resolve(body).patches).toEqual([
      'app healthCheck={"command":["CMD-SHELL","a || exit 1"],"interval":60,"retries":2,"startPeriod":0,"timeout":10}',
    ]);
  });

  it.each([
    [
      check,
      [essential("a"), essential("b")],
      "AmbiguousContainer: healthCheck could go into more than one place: several containers are essential (a, b); say which by healthCheck.container",
    ],
    [
      check,
      [{ ...essential("a"), essential: false }],
      "AmbiguousContainer: healthCheck could go into more than one place: none of the containers (a) is essential; say which by healthCheck.container",
    ],
    [check, [], "AmbiguousContainer: healthCheck has no container to go into: the task definition has none"],
    [
      check.replace("{", "{ container: web,"),
      [essential("a")],
      "MissingReference: healthCheck.container is web, but the task definition has only a",
    ],
  ])("are blocked: %s", (body, containers, reason) => {
    expect(resolve(body, containers).reason).toBe(reason);
  });

  it("are incomplete when only a policy that does not select the service has the command", () => {
    const selected = select([
      `healthCheck: { command: [CMD, x] }\nselector: { services: [api] }`,
      "healthCheck: { retries: 2 }",
    ]);
    const layer = resolveLayer(selected, definition());
    expect(layer.ok ? "" : layer.reason.code).toBe("Incomplete");
  });
});

describe("logging", () => {
  it("has defaults", () => {
    expect(resolve("logging: { retention: 30d }").patches).toEqual([
      'app logConfiguration/logDriver="awslogs"',
      'app logConfiguration/options/awslogs-group="/ecs/prod/web"',
      'app logConfiguration/options/awslogs-region="eu-central-1"',
      'app logConfiguration/options/awslogs-stream-prefix="ecs"',
    ]);
  });

  it("keeps the options that are there, unless the policy names them", () => {
    const containers = [
      appContainer(
        awslogs({
          "awslogs-group": "/old",
          "awslogs-region": "us-east-1",
          "awslogs-stream-prefix": "s",
          mode: "blocking",
        }),
      ),
    ];
    expect(
      resolve("logging: { streamPrefix: ecs, options: { max-buffer-size: 25m } }", containers).patches,
    ).toEqual([
      'app logConfiguration/logDriver="awslogs"',
      'app logConfiguration/options/awslogs-group="/old"',
      'app logConfiguration/options/awslogs-region="us-east-1"',
      'app logConfiguration/options/awslogs-stream-prefix="ecs"',
      'app logConfiguration/options/max-buffer-size="25m"',
    ]);
  });

  it("sends containers without a driver to the group in use", () => {
    const containers = [appContainer({ name: "quiet" }), appContainer(awslogs({ "awslogs-group": "/old" }))];
    expect(resolve("logging: {}", containers).patches).toContain(
      'quiet logConfiguration/options/awslogs-group="/old"',
    );
  });

  it("goes into every container but routers, or into the one that is named", () => {
    const router = {
      name: "log-router",
      image: "fluent",
      firelensConfiguration: { type: "fluentbit" },
      logConfiguration: { logDriver: "splunk" },
    };
    const containers = [appContainer({ name: "a" }), router, appContainer({ name: "b" })];
    const touched = (body: string) => [
      ...new Set(resolve(body, containers).patches.map((patch) => patch.split(" ")[0])),
    ];
    expect(touched("logging: { group: /g }")).toEqual(["a", "b"]);
    expect(touched("logging: { group: /g, container: b }")).toEqual(["b"]);
  });

  it("takes no foreign driver's place unasked", () => {
    const containers = [
      appContainer({ logConfiguration: { logDriver: "awsfirelens", options: { Name: "datadog" } } }),
    ];
    expect(resolve("logging: { group: /g }", containers).reason).toBe(
      "ForeignLogDriver: container app logs by awsfirelens; set logging.replaceDriver: true to replace it, or name another logging.container",
    );
    expect(resolve("logging: { group: /g, replaceDriver: true }", containers).patches).toEqual([
      'app logConfiguration={"logDriver":"awslogs","options":{"awslogs-group":"/g","awslogs-region":"eu-central-1","awslogs-stream-prefix":"ecs"}}',
    ]);
  });

  it("names a container that is not there", () => {
    expect(resolve("logging: { container: web }").reason).toBe(
      "MissingReference: logging.container is web, but the task definition has only app",
    );
  });

  it("finds the group that is asked for, or in use, or the default", () => {
    const loggingOf = (body: string) => {
      const selected = select(body);
      return { selected, logging: outcome(selected.logging) as { group?: string } };
    };
    const named = loggingOf("logging: { group: /mine }");
    const open = loggingOf("logging: { retention: 1d }");
    const base = definition([appContainer(awslogs({ "awslogs-group": "/old" }))]);
    expect(resolveLogGroup(named.logging, named.selected, base)).toBe("/mine");
    expect(resolveLogGroup(open.logging, open.selected, base)).toBe("/old");
    expect(resolveLogGroup(open.logging, open.selected, definition())).toBe("/ecs/prod/web");
    expect([currentLogGroup(base), currentLogGroup(definition())]).toEqual(["/old", undefined]);
  });
});

describe("sidecars", () => {
  it("come as they are written", () => {
    expect(resolve(sidecar("side", ", memoryReservation: 64, essential: false")).sidecars).toEqual([
      { name: "side", image: "x:1", memoryReservation: 64, essential: false },
    ]);
  });

  it("of a preset log where the service logs", () => {
    const preset = `sidecars: [{ preset: mackerel-container-agent, with: { apiKey: { valueFrom: "arn:aws:ssm:r:1:parameter/k" }, roles: ["a:b", "a:c"] } }]`;
    expect(resolve(preset).sidecars).toEqual([
      {
        name: "mackerel-container-agent",
        image: "public.ecr.aws/mackerel/mackerel-container-agent:v0.13.2",
        essential: false,
        memory: 128,
        stopTimeout: 60,
        environment: [
          { name: "MACKEREL_CONTAINER_PLATFORM", value: "ecs" },
          { name: "MACKEREL_ROLES", value: "a:b,a:c" },
        ],
        secrets: [{ name: "MACKEREL_APIKEY", valueFrom: "arn:aws:ssm:r:1:parameter/k" }],
      },
    ]);
    const logged = resolve([preset, "logging: { group: /g, options: { mode: non-blocking } }"]).sidecars;
    expect(logged[0]?.["logConfiguration"]).toEqual({
      logDriver: "awslogs",
      options: {
        "awslogs-group": "/g",
        "awslogs-region": "eu-central-1",
        "awslogs-stream-prefix": "ecs",
        mode: "non-blocking",
      },
    });
  });

  it("never take the name of a container that is not ours", () => {
    expect(resolve(sidecar("app")).reason).toMatch(
      /^NotOwned: a container named app is already in the task definition/,
    );
  });

  const three = [
    appContainer({ memoryReservation: 512, memory: 900, cpu: 256 }),
    appContainer({ name: "b", memory: 256 }),
  ];
  it.each([
    ["memory that fits to the last MiB", ", memoryReservation: 256", "1024", "512", undefined],
    [
      "a MiB too much",
      ", memoryReservation: 257",
      "1024",
      "512",
      "NoRoom: app 512 + b 256 + side 257 = 1025 MiB of memory, the task has 1024; give the task more, the sidecars less, or set taskSize: grow",
    ],
    [
      "memory where there is no reservation",
      ", memory: 512",
      "1024",
      "512",
      "NoRoom: app 512 + b 256 + side 512 = 1280 MiB of memory, the task has 1024; give the task more, the sidecars less, or set taskSize: grow",
    ],
    [
      "a CPU unit too much",
      ", cpu: 257",
      "1024",
      "512",
      "NoRoom: app 256 + side 257 = 513 CPU units, the task has 512; give the task more, the sidecars less, or set taskSize: grow",
    ],
    ["CPU that fits", ", cpu: 256", "1024", "512", undefined],
    ["no size at all", "", "1024", "512", undefined],
  ])("that need %s", (_, more, memory, cpu, reason) => {
    expect(resolve(sidecar("side", more), three, { memory, cpu }).reason).toBe(reason);
  });

  it("let the task grow where a policy says so", () => {
    const grown = (body: string | readonly string[], over: JsonObject) => {
      const input = definition(three, { cpu: "512", memory: "1024", ...over });
      const layer = resolveLayer(select(body, { input }), input);
      return layer.ok ? layer.value.task : `${layer.reason.code}: ${layer.reason.message}`;
    };
    const body = `${sidecar("side", ", memory: 512, cpu: 257")}\ntaskSize: grow`;
    expect(grown(body, {})).toEqual({ cpu: "1024", memory: "2048" });
    expect(grown(body, { requiresCompatibilities: ["EC2"] })).toEqual({ cpu: "513", memory: "1280" });
    expect(grown(body, { memory: "4096", cpu: "2048" })).toBeUndefined();
    expect(grown(body.replace("grow", "fit"), {})).toMatch(/^NoRoom: .* or set taskSize: grow$/);
    expect(grown([body, "taskSize: fit"], {})).toMatch(/^Conflict: taskSize is "grow" in policy a/);
    expect(grown([body, "taskSize: fit\npriority: 1"], {})).toMatch(/^NoRoom/);
    expect(taskItems(select("taskSize: grow"))).toEqual([]);
  });

  it("know no room where the task has no size of its own", () => {
    const input = definition(three);
    const { memory: _, cpu: __, ...open } = input;
    expect(resolveLayer(select(sidecar("side", ", memory: 9999"), { input: open }), open).ok).toBe(true);
  });

  it("are at most ten containers with the others", () => {
    const containers = (count: number) =>
      Array.from({ length: count }, (_, i) => appContainer({ name: `c${i}` }));
    expect(resolve(sidecar("side"), containers(9)).reason).toBeUndefined();
    expect(resolve(sidecar("side"), containers(10)).reason).toBe(
      "NoRoom: 10 containers + 1 sidecars = 11 containers; a task has at most 10",
    );
  });

  it("of another owner are not the user's: no log driver, no health check goes into them", () => {
    const theirs = {
      name: "theirs",
      image: "y",
      essential: true,
      dockerLabels: { "ecsmon.dev/layer.other": '{"v":1,"sidecar":true}' },
    };
    expect(
      resolve(`${check}\nlogging: { group: /g }`, [appContainer(), theirs]).patches.filter((patch) =>
        patch.startsWith("theirs"),
      ),
    ).toEqual([]);
    expect(resolve(check, [appContainer(), theirs]).reason).toBeUndefined();
  });
});

describe("a layer", () => {
  it("is blocked as a whole when one of its items is", () => {
    expect(
      resolve([`${sidecar("side")}\n${check}`, `healthCheck: { retries: 9 }\nsuspend: true`]).reason,
    ).toMatch(/^Suspended/);
  });

  it("is nothing when policies ask for nothing in the task", () => {
    expect(taskItems(select("cluster: { containerInsights: enabled }"))).toEqual([]);
    expect(resolve("cluster: { containerInsights: enabled }")).toEqual({ patches: [], sidecars: [] });
  });
});
