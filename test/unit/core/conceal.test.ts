// Single cases of what the properties in test/property/conceal.test.ts say of all: records that cannot be read, sizes,
// monitors, targets, and what is told of a key that is missing.
import { describe, expect, it, test } from "vitest";
import { concealDefinition, concealMonitor, concealTarget } from "../../../controller/core/conceal.ts";
import { createConcealKey, isConcealed } from "../../../controller/core/conceal-token.ts";
import {
  type Concealment,
  concealLayer,
  concealWantedMonitor,
  openConcealment,
  warnOfUncompared,
  withoutEqual,
} from "../../../controller/core/conceal-wanted.ts";
import { ejectLayer, injectLayer, unreadableRecords } from "../../../controller/core/layer.ts";
import { hashValues } from "../../../controller/core/layer-record.ts";
import { canonicalMonitor } from "../../../controller/core/mackerel-monitor.ts";
import { byteLength } from "../../../controller/core/task-rules.ts";
import type { JsonObject } from "../../../controller/model/json.ts";

const key = createConcealKey("a key for the tests of it");
const { conceal } = key;
const known: Concealment = { key: "known", conceal };
const missing = (): Concealment => openConcealment(key.fingerprint, undefined);

function definition(container: JsonObject): JsonObject {
  return { family: "web", containerDefinitions: [{ name: "app", ...container }] };
}

const containerOf = (input: JsonObject): JsonObject =>
  (input["containerDefinitions"] as readonly JsonObject[])[0] as JsonObject;

const written = hashValues({ environment: [{ name: "A", value: "open" }] });
const labelled = (record: string): JsonObject =>
  definition({
    environment: [{ name: "A", value: "open" }],
    dockerLabels: { "ecsmon.dev/layer.ecsmon": record },
  });

describe("a record that cannot be read", () => {
  it.each([
    ["no JSON", "hunter2", false],
    ["a later version", `{"v":2,"sidecar":true,"note":"hunter2","written":"${written}"}`, true],
    ["a later version of something else", '{"v":2,"sidecar":true,"written":"hunter2"}', false],
    ["one edited by hand", '{"v":1,"fields":{"healthCheck":{"original":"hunter2"}}}', false],
    ["one of another shape", `{"v":1,"sidecar":true,"made":"hunter2","written":"${written}"}`, true],
  ])("%s: still cannot be, and makes as much ours", (_, record, isOurs) => {
    const concealed = concealDefinition(labelled(record), conceal);
    expect(JSON.stringify(concealed)).not.toContain("hunter2");
    expect(unreadableRecords(concealed, "ecsmon")).toEqual(["app"]);
    expect(containerOf(concealed)["environment"]).toEqual([
      { name: "A", value: isOurs ? "open" : conceal("open") },
    ]);
    expect(concealDefinition(concealed, conceal)).toEqual(concealed);
    const other = concealDefinition(labelled(`${record} `), conceal);
    expect(other).not.toEqual(concealed);
  });
});

test("a record that was written by hand still differs from ours, and holds nothing that was added", () => {
  const record = JSON.stringify({ v: 1, sidecar: true, name: "app", note: "hunter2" }, null, 1);
  const label = containerOf(concealDefinition(labelled(record), conceal))["dockerLabels"];
  expect(label).toEqual({ "ecsmon.dev/layer.ecsmon": '{"name":"app","sidecar":true,"v":1} ' });
});

test("no hash of a secret of ours stays that no key is needed for", () => {
  const layer = {
    sidecars: [],
    patches: [{ container: "app", path: ["logConfiguration", "options", "apikey"], value: "1234" }],
  };
  const log = { logDriver: "awsfirelens", options: { Name: "datadog" } };
  const open = injectLayer(definition({ logConfiguration: log }), "ecsmon", layer);
  const written = /"written\\":\\"([0-9a-f]{16})/.exec(JSON.stringify(open))?.[1] ?? "none";
  expect(JSON.stringify(open)).toContain(written);
  const edited = JSON.parse(JSON.stringify(open).replace('"apikey":"1234"', '"apikey":"5678"')) as JsonObject;
  for (const one of [open, edited])
    expect(JSON.stringify(concealDefinition(one, conceal))).not.toContain(written);
});

test("a log option of ours that was overwritten by hand is concealed, and still told from ours", () => {
  const patch = { container: "app", path: ["logConfiguration", "options", "mode"], value: "non-blocking" };
  const layer = { sidecars: [], patches: [patch] };
  const log = { logDriver: "splunk", options: { tag: "web" } };
  const open = injectLayer(definition({ logConfiguration: log }), "ecsmon", layer);
  const host = { ...patch, path: ["logConfiguration", "options", "Host"], value: "ours.example" };
  const routed = injectLayer(definition({ logConfiguration: log }), "ecsmon", {
    sidecars: [],
    patches: [host],
  });
  const edited = JSON.parse(
    JSON.stringify(routed).replace('"Host":"ours.example"', '"Host":"hunter2"'),
  ) as JsonObject;
  expect(JSON.stringify(edited)).toContain("hunter2");
  expect(JSON.stringify(concealDefinition(open, conceal))).toContain("non-blocking");
  expect(JSON.stringify(concealDefinition(routed, conceal))).toContain("ours.example");
  expect(JSON.stringify(concealDefinition(edited, conceal))).not.toContain("hunter2");
  expect(concealDefinition(ejectLayer(edited, "ecsmon"), conceal)).toEqual(
    ejectLayer(concealDefinition(edited, conceal), "ecsmon"),
  );
});

test("options of a volume's driver are concealed", () => {
  const driverOpts = { o: "username=me,password=hunter2" };
  const volume = { name: "data", dockerVolumeConfiguration: { driver: "local", driverOpts } };
  const concealed = concealDefinition({ ...definition({}), volumes: [volume] }, conceal);
  expect(concealed["volumes"]).toEqual([
    {
      name: "data",
      dockerVolumeConfiguration: { driver: "local", driverOpts: { o: conceal(driverOpts.o) } },
    },
  ]);
  expect(concealDefinition(concealed, conceal)).toEqual(concealed);
});

test("an empty variable of a sidecar of ours is no secret on either side", () => {
  const environment = [{ name: "API_TOKEN", value: "" }];
  const layer = { sidecars: [{ name: "side", image: "side:1", environment }], patches: [] };
  const base = definition({});
  const live = concealDefinition(injectLayer(base, "ecsmon", layer), conceal);
  const wanted = injectLayer(base, "ecsmon", concealLayer(layer, { live, base, id: "web" }, known));
  expect(wanted).toEqual(live);
});

describe("a definition", () => {
  it("keeps what is read of log options, and conceals the rest", () => {
    const options = {
      "awslogs-group": "/ecs/web",
      "awslogs-region": "eu-west-1",
      "awslogs-stream-prefix": "web",
      "awslogs-create-group": "true",
      "awslogs-datetime-format": "%Y",
    };
    const concealed = concealDefinition(
      definition({ logConfiguration: { logDriver: "awslogs", options } }),
      conceal,
    );
    expect(containerOf(concealed)["logConfiguration"]).toEqual({
      logDriver: "awslogs",
      options: {
        ...options,
        "awslogs-stream-prefix": conceal("web"),
        "awslogs-datetime-format": conceal("%Y"),
      },
    });
  });

  it("is as large as it was, short values aside", () => {
    const environment = ["a".repeat(100), "ü\n".repeat(900), "b".repeat(65)].map((value, index) => ({
      name: `V${index}`,
      value,
    }));
    const open = definition({ environment });
    expect(byteLength(concealDefinition(open, conceal))).toBe(byteLength(open));
    const short = definition({ environment: [{ name: "A", value: "on" }] });
    expect(Math.abs(byteLength(concealDefinition(short, conceal)) - byteLength(short))).toBeLessThan(64);
  });

  it("says of short values not even how long they are", () => {
    const lengths = ["", "on", "off", "x".repeat(64)].map((value) => conceal(value).length);
    expect(new Set(lengths).size).toBe(1);
  });

  it("of a form that AWS does not give holds no value either", () => {
    for (const containers of ["hunter2", ["hunter2"], [{ environment: "hunter2" }]] as const)
      expect(
        JSON.stringify(concealDefinition({ containerDefinitions: containers as never }, conceal)),
      ).not.toContain("hunter2");
  });
});

describe("a monitor", () => {
  const monitor = {
    type: "external",
    name: "health",
    memo: "ours",
    url: "https://me:hunter2@e.jp/a?token=hunter2&b=hunter2#c",
    requestBody: "hunter2",
    headers: [
      { name: "Authorization", value: "hunter2" },
      { name: "X", value: "" },
    ],
  };
  const empty = { type: "external", name: "health", memo: "ours", url: "https://e.jp/", requestBody: "" };

  it("sends nothing that can be read, and is compared as before", () => {
    const concealed = concealMonitor(monitor, conceal);
    expect(JSON.stringify(concealed)).not.toContain("hunter2");
    expect(concealed["url"]).toMatch(/^https:\/\/concealed:[0-9a-f]{32}@e\.jp\/a\?token=concealed:.*#c$/);
    expect(concealMonitor(concealed, conceal)).toEqual(concealed);
    expect(concealWantedMonitor(monitor, concealed, "id", known)).toEqual(concealed);
    const edited = { ...monitor, headers: [{ name: "Authorization", value: "other" }] };
    expect(concealWantedMonitor(edited, concealed, "id", known)).not.toEqual(concealed);
    // What is empty says that there is none, also where it is compared.
    expect(canonicalMonitor(concealMonitor(empty, conceal))).not.toHaveProperty("requestBody");
  });

  it("counts as unchanged without the key, but for what is shown", () => {
    const concealed = concealMonitor(monitor, conceal);
    const blind = missing();
    const other = JSON.parse(JSON.stringify(monitor).replaceAll("hunter2", "other")) as typeof monitor;
    expect(concealWantedMonitor(other, concealed, "id", blind)).toEqual(concealed);
    expect(warnOfUncompared(blind)).toMatchObject([
      { code: "SnapshotKeyMissing", message: expect.stringMatching(/^4 hidden values /) },
    ]);
    const moved = { ...other, url: other.url.replace("e.jp", "e.com") };
    expect(concealWantedMonitor(moved, concealed, "id", blind)["url"]).toBe(moved.url);
    const more = { ...other, headers: [...other.headers, { name: "Y", value: "new" }] };
    expect(concealWantedMonitor(more, concealed, "id", blind)).not.toEqual(concealed);
    expect(concealWantedMonitor(other, undefined, "id", blind)).toEqual(other);
    expect(concealWantedMonitor(other, empty, "id", blind)["requestBody"]).toBe("other");
  });
});

test("a target says that something was added to it, and which task it runs", () => {
  const target = {
    Id: "one",
    Arn: "arn",
    Input: "hunter2",
    RoleArn: null,
    HttpParameters: { HeaderParameters: { Authorization: "hunter2" } },
    EcsParameters: { TaskDefinitionArn: "task", TaskCount: 2 },
    Future: "hunter2",
  };
  expect(concealTarget(target)).toEqual({
    Id: "one",
    Arn: "arn",
    Input: "(hidden)",
    HttpParameters: "(hidden)",
    EcsParameters: { TaskDefinitionArn: "task" },
  });
  expect(concealTarget(concealTarget(target))).toEqual(concealTarget(target));
});

describe("a key", () => {
  it("is told from another, and one that was thrown away from none", () => {
    const other = createConcealKey("another key of sixteen or more");
    expect(openConcealment(key.fingerprint, key)).toEqual({ key: "known", conceal });
    expect(openConcealment(key.fingerprint, other).key).toBe("other");
    expect(openConcealment(key.fingerprint, undefined).key).toBe("missing");
    expect(openConcealment(null, key).key).toBe("thrown away");
    expect(key.fingerprint).not.toBe(other.fingerprint);
    expect(warnOfUncompared(openConcealment(null, key))).toEqual([]);
  });

  it("of people has to be long enough", () => {
    expect(() => createConcealKey("x".repeat(15))).toThrow(/has 15 characters; give it 16 or more/);
    expect(() => createConcealKey("0123456789abcdef")).not.toThrow();
  });

  it.each([
    [" ".repeat(16), 1],
    ["x".repeat(400), 1],
    ["abababababababab", 2],
    ["abcdefgabcdefgabcdefg", 7],
  ])("that is made of next to nothing is refused: %j", (text, kinds) => {
    expect(() => createConcealKey(text)).toThrow(
      expect.objectContaining({
        code: "InvalidKey",
        message: expect.stringContaining(`is made of ${kinds} different character`),
      }),
    );
  });

  it("makes tokens, and a token of its own text", () => {
    expect(isConcealed(conceal("x"))).toBe(true);
    expect(conceal(conceal("x"))).toBe(conceal("x"));
    for (const near of ["concealed:x", `${conceal("x")}y`, `x${conceal("x")}`, conceal("x").toUpperCase()]) {
      expect(isConcealed(near)).toBe(false);
      expect(conceal(near)).not.toBe(near);
    }
  });
});

test("a value of ours beside the token of the same is no difference", () => {
  const differences = [
    { path: "a", before: conceal("x"), after: "x" },
    { path: "b", before: "x", after: conceal("x") },
    { path: "c", before: conceal("x"), after: "y" },
    { path: "d", before: "x", after: "y" },
    { path: "e", before: null, after: conceal("x") },
  ];
  expect(withoutEqual(differences, known).map(({ path }) => path)).toEqual(["c", "d", "e"]);
  expect(withoutEqual(differences, missing())).toEqual(differences);
  expect(withoutEqual(differences, undefined)).toEqual(differences);
});
