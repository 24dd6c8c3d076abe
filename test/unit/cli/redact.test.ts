import { expect, test } from "vitest";
import { hidden, parsePath, redactChange } from "../../../controller/cli/render/redact.ts";
import type { Json, JsonObject } from "../../../controller/model/json.ts";
import type { Change } from "../../../controller/model/plan.ts";
import { sidecar, taskDefinition } from "./sample-plan.ts";

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

test("ours is hidden too where its name tells of a secret", () => {
  const record = JSON.stringify({ v: 1, fields: { "logConfiguration.options": {} }, sidecar: true });
  const container: JsonObject = {
    name: "side",
    environment: [
      { name: "API_TOKEN", value: secret },
      { name: "DB_PASSWORD", value: secret },
      { name: "MODE", value: "fast" },
    ],
    dockerLabels: { "ecsmon.dev/layer.x": record, "com.example.api-key": secret, team: "web" },
    logConfiguration: { options: { Name: "datadog", apikey: secret, HTTP_Passwd: secret } },
  };
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

test("log options of ours are shown beside hidden ones", () => {
  const record = JSON.stringify({ v: 1, fields: { "logConfiguration.options.mode": {} } });
  const options = { mode: "non-blocking", token: secret };
  const container = {
    name: "app",
    dockerLabels: { "ecsmon.dev/layer.x": record },
    logConfiguration: { options },
  };
  const { after } = redact(null, definition(container));
  expect(after).toMatchObject(
    definition({ logConfiguration: { options: { mode: "non-blocking", token: hidden } } }),
  );
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
