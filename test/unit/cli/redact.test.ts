import { describe, expect, test } from "vitest";
import { hidden, parsePath, redactChange } from "../../../controller/cli/render/redact.ts";
import { findDifferences } from "../../../controller/core/differences.ts";
import { canonicalTaskDefinition, containersOf, injectLayer } from "../../../controller/core/layer.ts";
import type { Json, JsonObject } from "../../../controller/model/json.ts";
import type { Change } from "../../../controller/model/plan.ts";
import { sidecar, taskDefinition } from "./sample-plan.ts";

// biome-ignore lint/suspicious/noExplicitAny: JSON whose form the test knows
type Any = any;

const secret = "hunter2";

function redact(
  before: JsonObject | null,
  after: JsonObject | null,
  path = "",
  values: [Json, Json] = [null, null],
): Change {
  const differences = [{ path, before: values[0], after: values[1] }];
  return redactChange({ ...taskDefinition, before, after, differences });
}

function definition(...containerDefinitions: JsonObject[]): JsonObject {
  return { family: "web", containerDefinitions };
}

const app: JsonObject = {
  name: "app",
  environment: [{ name: "PASSWORD", value: secret }],
  logConfiguration: { logDriver: "splunk", options: { "splunk-token": secret } },
};

const told: JsonObject = {
  name: "told",
  essential: false,
  environment: [{ name: "LOG_LEVEL", value: "debug" }],
  logConfiguration: { logDriver: "awslogs", options: { "awslogs-group": "/ours" } },
};

test("values of others are hidden, names stay", () => {
  expect(redact(definition(app), null).before).toEqual(
    definition({
      name: "app",
      environment: [{ name: "PASSWORD", value: hidden }],
      logConfiguration: { logDriver: "splunk", options: { "splunk-token": hidden } },
    }),
  );
});

test("a sidecar of ours is shown, but for its record", () => {
  const labels = { "ecsmon.dev/layer.ecsmon": "(record)" };
  expect(redact(null, definition(sidecar)).after).toEqual(definition({ ...sidecar, dockerLabels: labels }));
});

test("what a new sidecar is told is shown where it comes, and where it leaves", () => {
  const laid = injectLayer(definition(), "ecsmon", { sidecars: [told], patches: [] });
  const [container = told] = containersOf(canonicalTaskDefinition(laid));
  const labels = { "ecsmon.dev/layer.ecsmon": "(record)" };
  const at = "containerDefinitions[told]";
  const [come] = redact(definition(), laid, at, [null, container]).differences;
  const [leave] = redact(laid, definition(), at, [container, null]).differences;
  expect(come?.after).toEqual({ ...told, dockerLabels: labels });
  expect(leave?.before).toEqual({ ...told, dockerLabels: labels });
  // Of what is nowhere in the task nothing is known.
  const [stray] = redact(definition(), definition(), at, [null, container]).differences;
  expect(JSON.stringify(stray)).not.toContain("debug");
});

test("ours is hidden too where its name tells of a secret", () => {
  const side: JsonObject = {
    name: "side",
    environment: [
      { name: "API_TOKEN", value: secret },
      { name: "DB_PASSWORD", value: secret },
      { name: "MODE", value: "fast" },
    ],
    dockerLabels: { "com.example.api-key": secret, team: "web" },
    logConfiguration: { options: { Name: "datadog", apikey: secret, HTTP_Passwd: secret } },
  };
  const [container = side] = containersOf(injectLayer(definition(), "x", { sidecars: [side], patches: [] }));
  expect(redact(null, definition(container)).after).toEqual(
    definition({
      name: "side",
      environment: [
        { name: "API_TOKEN", value: hidden },
        { name: "DB_PASSWORD", value: hidden },
        { name: "MODE", value: "fast" },
      ],
      dockerLabels: { "ecsmon.dev/layer.x": "(record)", "com.example.api-key": hidden, team: "web" },
      logConfiguration: { options: { Name: "datadog", apikey: hidden, HTTP_Passwd: hidden } },
    }),
  );
  const at = (path: string, value: Json) =>
    redact(definition(container), definition(container), `containerDefinitions[side].${path}`, [value, value])
      .differences[0]?.after;
  const token = { name: "API_TOKEN", value: secret };
  expect(at("environment[API_TOKEN].value", secret)).toBe(hidden);
  expect(at("environment[API_TOKEN]", secret)).toBe(hidden);
  expect(at("environment[API_TOKEN]", token)).toEqual({ ...token, value: hidden });
  expect(at("environment[0].value", secret)).toBe(hidden);
  expect(at("environment[MODE].value", "slow")).toBe("slow");
  expect(at("environment[2].value", "slow")).toBe("slow");
  expect(at("logConfiguration.options.apikey", secret)).toBe(hidden);
  expect(at("logConfiguration.options.Name", "http")).toBe("http");
  expect(at("logConfiguration.options", { apikey: secret })).toEqual({ apikey: hidden });
  expect(at("dockerLabels.com.example.api-key", secret)).toBe(hidden);
});

describe("a sidecar of ours into which somebody has written", () => {
  const side: JsonObject = {
    name: "side",
    environment: [{ name: "MODE", value: "fast" }],
    logConfiguration: { logDriver: "awslogs", options: { "awslogs-group": "/ours", mode: "non-blocking" } },
  };
  const laid = injectLayer(definition(), "x", { sidecars: [side], patches: [] });
  const edit = (change: (side: Any) => void): JsonObject => {
    const edited: Any = structuredClone(laid);
    change(edited.containerDefinitions[0]);
    return edited;
  };
  const edits: [string, (side: Any) => void][] = [
    [
      "over a variable",
      (one) => {
        one.environment[0].value = secret;
      },
    ],
    ["another variable", (one) => one.environment.push({ name: "ADDED", value: secret })],
    [
      "over a log option",
      (one) => {
        one.logConfiguration.options["awslogs-group"] = secret;
      },
    ],
    [
      "over a harmless option",
      (one) => {
        one.logConfiguration.options.mode = secret;
      },
    ],
    [
      "another log option",
      (one) => {
        one.logConfiguration.options["awslogs-stream-prefix"] = secret;
      },
    ],
    [
      "another log driver",
      (one) => {
        one.logConfiguration = { logDriver: "splunk", options: { "splunk-index": secret } };
      },
    ],
  ];

  test.each(edits)("%s: no value of it is shown, what we put there is", (_, change) => {
    const edited = edit(change);
    expect(JSON.stringify(edited)).toContain(secret);
    const differences = findDifferences(edited, laid);
    expect(differences.length).toBeGreaterThan(0);
    const shown = redactChange({ ...taskDefinition, before: edited, after: laid, differences });
    expect(JSON.stringify(shown)).not.toContain(secret);
    expect(JSON.stringify(shown.after)).toContain("fast");
    const canonical = containersOf(canonicalTaskDefinition(edited))[0] as Json;
    const gone = redact(edited, null, "containerDefinitions[side]", [canonical, null]);
    expect(JSON.stringify(gone)).toContain('"name":"side"');
    expect(JSON.stringify(gone)).not.toContain(secret);
  });

  test("nor is one with a record of before there was a hash in it; what can only be a word is", () => {
    const old = edit((one) => {
      one.dockerLabels = { "ecsmon.dev/layer.x": '{"name":"side","sidecar":true,"v":1}' };
    });
    const [shown]: Any = (redact(old, null).before as Any).containerDefinitions;
    expect(shown.environment).toEqual([{ name: "MODE", value: hidden }]);
    expect(shown.logConfiguration.options).toEqual({ "awslogs-group": hidden, mode: "non-blocking" });
  });
});

test("secrets within commands are hidden, whoever wrote them, and wherever the change is", () => {
  const check = ["CMD-SHELL", `curl -fsS -H 'Authorization: Bearer ${secret}' http://localhost/ || exit 1`];
  const shown = ["CMD-SHELL", `curl -fsS -H 'Authorization: ${hidden}' http://localhost/ || exit 1`];
  const container = {
    name: "app",
    entryPoint: ["run", "--token", secret],
    command: ["serve", `--url=https://me:${secret}@h/`],
    healthCheck: { command: check, interval: 5 },
  };
  const expected = {
    name: "app",
    entryPoint: ["run", "--token", hidden],
    command: ["serve", `--url=https://${hidden}@h/`],
    healthCheck: { command: shown, interval: 5 },
  };
  expect(redact(definition(container), null).before).toEqual(definition(expected));
  const at = (path: string, value: Json) =>
    redact(definition(container), null, `containerDefinitions[app].${path}`, [value, null]).differences[0]
      ?.before;
  expect(at("healthCheck.command", check)).toEqual(shown);
  expect(at("healthCheck", container.healthCheck)).toEqual(expected.healthCheck);
  expect(at("healthCheck.interval", 5)).toBe(5);
  expect(at("healthCheck.command[1]", secret)).toBe(hidden);
  expect(at("command", container.command)).toEqual(expected.command);
  expect(at("entryPoint[2]", secret)).toBe(hidden);
});

test("what a proxy is told is hidden", () => {
  const proxy = {
    type: "APPMESH",
    containerName: "envoy",
    properties: [{ name: "AppPorts", value: secret }],
  };
  const before = redact({ ...definition(app), proxyConfiguration: proxy }, null).before;
  expect(before?.["proxyConfiguration"]).toEqual({
    ...proxy,
    properties: [{ name: "AppPorts", value: hidden }],
  });
});

describe("a log option of ours", () => {
  const mode = { container: "app", path: ["logConfiguration", "options", "mode"], value: "non-blocking" };
  const theirs = definition({ name: "app", logConfiguration: { options: { token: secret } } });
  const laid = injectLayer(theirs, "x", { sidecars: [], patches: [mode] });
  const overwritten = JSON.parse(
    JSON.stringify(laid).replace('"mode":"non-blocking"', `"mode":"${secret}"`),
  ) as JsonObject;
  const optionsOf = (input: Any): Json => input.containerDefinitions[0].logConfiguration.options;

  test("is shown beside hidden ones", () => {
    expect(optionsOf(redact(null, laid).after)).toEqual({ mode: "non-blocking", token: hidden });
  });

  test("that was overwritten by hand is nobody's but the owner's: hidden, while ours is shown", () => {
    expect(JSON.stringify(overwritten)).toContain(`"mode":"${secret}"`);
    for (const at of ["logConfiguration.options.mode", "logConfiguration.options", "logConfiguration", ""]) {
      const path = at === "" ? "containerDefinitions[app]" : `containerDefinitions[app].${at}`;
      const value: Json = at.endsWith("mode") ? secret : valueAt(overwritten, at);
      const change = redact(overwritten, laid, path, [value, at.endsWith("mode") ? "non-blocking" : null]);
      expect(JSON.stringify(change)).not.toContain(secret);
      expect(optionsOf(change.after)).toEqual({ mode: "non-blocking", token: hidden });
    }
  });

  test("stays ours below what another owner laid over a part of it", () => {
    const log = { logDriver: "awsfirelens", options: { Name: "http", Host: "ours" } };
    const whole = { container: "app", path: ["logConfiguration"], value: log };
    const host = { container: "app", path: ["logConfiguration", "options", "Host"], value: "other" };
    const both = injectLayer(injectLayer(theirs, "x", { sidecars: [], patches: [whole] }), "y", {
      sidecars: [],
      patches: [host],
    });
    expect(optionsOf(redact(null, both).after)).toEqual({ Name: "http", Host: "other" });
    const edited = JSON.parse(JSON.stringify(both).replace('"Host":"other"', `"Host":"${secret}"`));
    expect(JSON.stringify(redact(null, edited))).not.toContain(secret);
  });
});

function valueAt(input: JsonObject, at: string): Json {
  let value: Any = (input["containerDefinitions"] as readonly Any[])[0];
  for (const step of at.split(".").filter((one) => one !== "")) value = value[step];
  return value;
}

describe("options of a volume's driver", () => {
  const driverOpts = { type: "cifs", o: `username=me,password=${secret}` };
  const labels = { team: "web", "api-key": secret };
  const volume = { name: "data", dockerVolumeConfiguration: { driver: "local", driverOpts, labels } };
  const input = { family: "web", volumes: [volume, { name: "tmp", host: { sourcePath: "/tmp" } }] };

  test("are hidden by their values, names and all else of volumes stay", () => {
    expect(redact(null, input).after).toEqual({
      ...input,
      volumes: [
        {
          name: "data",
          dockerVolumeConfiguration: {
            driver: "local",
            driverOpts: { type: hidden, o: hidden },
            labels: { team: "web", "api-key": hidden },
          },
        },
        input.volumes[1],
      ],
    });
  });

  test.each([
    ["volumes", input.volumes],
    ["volumes[data]", volume],
    ["volumes[data].dockerVolumeConfiguration", volume.dockerVolumeConfiguration],
    ["volumes[data].dockerVolumeConfiguration.driverOpts", driverOpts],
    ["volumes[data].dockerVolumeConfiguration.driverOpts.o", driverOpts.o],
    ["volumes[data].dockerVolumeConfiguration.driverOpts.a.b", secret],
    ["volumes[data].dockerVolumeConfiguration.driverOpts", secret],
    ["volumes[data].dockerVolumeConfiguration.labels", labels],
    ["volumes[data].dockerVolumeConfiguration.labels.api-key", secret],
    ["volumes[0].dockerVolumeConfiguration.driverOpts.o", driverOpts.o],
  ] as [string, Json][])("are hidden in a difference at %s", (path, value) => {
    const { differences } = redact(input, input, path, [value, null]);
    expect(JSON.stringify(differences)).not.toContain(secret);
  });

  test("leave the rest of a difference to be read", () => {
    const path = "volumes[data].dockerVolumeConfiguration.driver";
    expect(redact(input, input, path, ["local", "nfs"]).differences[0]).toMatchObject({
      before: "local",
      after: "nfs",
    });
  });
});

test.each([
  ["containerDefinitions", [app]],
  ["containerDefinitions[app]", app],
  ["containerDefinitions[0].environment[0].value", secret],
  ["containerDefinitions[app].environment", app["environment"]],
  ["containerDefinitions[app].environment", { PASSWORD: secret }],
  ["containerDefinitions[app].environment[0]", { name: "PASSWORD", value: secret }],
  ["containerDefinitions[app].environment[PASSWORD]", secret],
  ["containerDefinitions[app].environment[name]", secret],
  ["containerDefinitions[app].environment.name", secret],
  ["containerDefinitions[app].environment[0].value", secret],
  ['containerDefinitions["app"].environment["a.b"].value', secret],
  ["containerDefinitions[app].logConfiguration", app["logConfiguration"]],
  ["containerDefinitions[app].logConfiguration.options", { "splunk-token": secret }],
  ["containerDefinitions[app].logConfiguration.options.splunk-token", secret],
  ["containerDefinitions[app].dockerLabels", { "ecsmon.dev/layer.ecsmon": secret }],
  ["containerDefinitions[app].dockerLabels.ecsmon.dev/layer.ecsmon", secret],
  ["containerDefinitions[gone].environment[0].value", secret],
  ["", definition(app)],
] as [string, Json][])("a difference at %j shows no secret", (path, value) => {
  for (const values of [
    [value, null],
    [null, value],
    [value, value],
  ] as [Json, Json][]) {
    const { differences } = redact(definition(app), definition(app), path, values);
    expect(JSON.stringify(differences)).not.toContain(secret);
  }
});

test("a name that changes is shown", () => {
  const path = "containerDefinitions[app].environment[0].name";
  expect(redact(definition(app), definition(app), path, ["A", "B"]).differences[0]).toMatchObject({
    before: "A",
    after: "B",
  });
});

test("paths", () => {
  const texts = (path: string) => parsePath(path).map((step) => step.text);
  expect(texts('a.b[0]["c.d"].e')).toEqual(["a", "b", "0", "c.d", "e"]);
});

const monitor: JsonObject = {
  type: "external",
  name: "health",
  url: `https://jo:${secret}@e.jp/health?token=${secret}&x=1#part`,
  requestBody: secret,
  headers: [{ name: "Authorization", value: secret }],
};

test("what a Mackerel monitor sends is hidden, whoever wrote it", () => {
  const change: Change = {
    ...taskDefinition,
    kind: "MackerelMonitor",
    before: monitor,
    after: monitor,
    differences: [
      { path: "headers", before: null, after: [{ name: "Authorization", value: secret }] },
      { path: "headers[Authorization]", before: { name: "Authorization", value: secret }, after: null },
      { path: "headers[X.Y].value", before: secret, after: secret },
      { path: "requestBody", before: secret, after: null },
      { path: "url", before: null, after: `https://e.jp/?token=${secret}` },
      { path: "name", before: "health", after: "up" },
    ],
  };
  const redacted = redactChange(change);
  expect(JSON.stringify(redacted)).not.toContain(secret);
  expect(redacted.after).toEqual({
    ...monitor,
    url: `https://${hidden}@e.jp/health?token=${hidden}&x=${hidden}#part`,
    requestBody: hidden,
    headers: [{ name: "Authorization", value: hidden }],
  });
  expect(redacted.differences.map(({ before, after }) => [before, after])).toEqual([
    [null, [{ name: "Authorization", value: hidden }]],
    [{ name: "Authorization", value: hidden }, null],
    [hidden, hidden],
    [hidden, null],
    [null, `https://e.jp/?token=${hidden}`],
    ["health", "up"],
  ]);
});
