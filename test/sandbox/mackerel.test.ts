// Mackerel's monitors in the sandbox, spoken to as its API is: keys, statuses, defaults, errors.
import { beforeEach, describe, expect, it } from "vitest";
import { type Harness, start } from "./harness.ts";

type Json = Record<string, unknown>;
let harness: Harness;

async function ask(method: string, path: string, body?: unknown, key = "write"): Promise<[number, Json]> {
  const answer = await fetch(`${harness.endpoint}/_mackerel${path}`, {
    method,
    headers: { "content-type": "application/json", ...(key === "" ? {} : { "x-api-key": key }) },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  return [answer.status, (await answer.json()) as Json];
}
const create = async (monitor: Json): Promise<Json> => (await ask("POST", "/api/v0/monitors", monitor))[1];
const listed = async () => (await ask("GET", "/api/v0/monitors"))[1].monitors as Json[];

const host = {
  type: "host",
  name: "cpu",
  metric: "container.cpu.app.usage",
  operator: ">",
  warning: 60,
  duration: 3,
  scopes: ["My-Service:app", "Other"],
};
const service = {
  type: "service",
  name: "s",
  service: "Web",
  metric: "a.b",
  operator: "<",
  critical: 1,
  duration: 1,
};
const external = { type: "external", name: "health", url: "https://example.com/" };
const expression = { type: "expression", name: "rate", expression: "max(x)", operator: ">", critical: 0.05 };
const anomaly = { type: "anomalyDetection", name: "odd", scopes: ["Web: app"], warningSensitivity: "normal" };
const query = { type: "query", name: "q", query: "up", legend: "", operator: "<", warning: 1 };
const common = { id: expect.stringMatching(/^[0-9A-Za-z]{11}$/), memo: "", isMute: false };

beforeEach(async () => {
  harness = await start();
});

describe("a monitor comes back with Mackerel's defaults", () => {
  it.each<[Json, Json]>([
    [host, { critical: null, maxCheckAttempts: 1, scopes: ["My-Service: app", "Other"], excludeScopes: [] }],
    [
      { type: "connectivity" },
      { name: "connectivity", scopes: [], excludeScopes: [], alertStatusOnGone: "CRITICAL" },
    ],
    [
      { ...service, missingDurationWarning: 10 },
      { warning: null, maxCheckAttempts: 1 },
    ],
    [
      { ...external, headers: null },
      {
        method: "GET",
        headers: [],
        followRedirect: false,
        skipCertificateVerification: false,
        maxCheckAttempts: 1,
      },
    ],
    [expression, { warning: null, evaluateBackwardMinutes: 2 }],
    [anomaly, { maxCheckAttempts: 1 }],
    [query, { critical: null, evaluateBackwardMinutes: 0 }],
    [
      { ...query, notificationInterval: 60, someNewField: [1] },
      { critical: null, evaluateBackwardMinutes: 0 },
    ],
  ])("%j", async (input, defaults) => {
    const [status, made] = await ask("POST", "/api/v0/monitors", input);
    expect([status, made]).toEqual([200, { ...common, ...input, ...defaults }]);
    expect(await ask("GET", `/api/v0/monitors/${made.id}`)).toEqual([200, { monitor: made }]);
  });
});

describe("refuses with 400", () => {
  it.each<[string, unknown]>([
    ["no JSON", "{"],
    ["a list", [host]],
    ["an unknown type", { ...host, type: "disk" }],
    ["no name", { ...host, name: undefined }],
    ["no threshold", { ...host, warning: null }],
    ["a threshold as text", { ...host, warning: "60" }],
    ["an unknown operator", { ...host, operator: ">=" }],
    ["a duration of 11", { ...host, duration: 11 }],
    ["no duration", { ...host, duration: undefined }],
    ["11 attempts", { ...host, maxCheckAttempts: 11 }],
    ["a scope of three", { ...host, scopes: ["a:b:c"] }],
    ["a reminder each minute", { ...host, notificationInterval: 1 }],
    ["an unknown status", { type: "connectivity", alertStatusOnGone: "OK" }],
    ["no service", { ...service, service: undefined }],
    ["15 missing minutes", { ...service, missingDurationWarning: 15 }],
    ["10090 missing minutes", { ...service, missingDurationCritical: 10_090 }],
    ["no URL", { ...external, url: "example.com" }],
    ["PATCH", { ...external, method: "PATCH" }],
    ["a status of 42", { ...external, expectedStatusCode: 42 }],
    ["a header without value", { ...external, headers: [{ name: "a" }] }],
    ["1 minute back", { ...expression, evaluateBackwardMinutes: 1 }],
    ["an anomaly of nothing", { ...anomaly, scopes: [] }],
    ["no sensitivity", { ...anomaly, warningSensitivity: undefined }],
    ["no legend", { ...query, legend: undefined }],
  ])("%s", async (_name, input) => {
    const [status, { error }] = await ask("POST", "/api/v0/monitors", input);
    expect([status, error]).toEqual([400, { message: expect.stringMatching(/./) }]);
    expect(await listed()).toEqual([]);
  });
});

describe("monitors", () => {
  it("are listed as they were made, replaced as a whole and deleted, with the same ids in each run", async () => {
    const [first, second] = [await create(host), await create(expression)];
    expect(await listed()).toEqual([first, second]);
    const { scopes: _, ...changed } = { ...host, id: "ignored", warning: 70 };
    const [status, updated] = await ask("PUT", `/api/v0/monitors/${first.id}`, changed);
    expect([status, updated]).toEqual([200, { ...first, warning: 70, scopes: [] }]);
    expect(await listed()).toEqual([updated, second]);
    expect(await ask("DELETE", `/api/v0/monitors/${first.id}`)).toEqual([200, updated]);
    expect(await listed()).toEqual([second]);
    harness.control.reset();
    expect((await create(host)).id).toBe(first.id);
  });

  it("keep their type, and those that aren't there are 404", async () => {
    const { id } = await create(host);
    expect((await ask("PUT", `/api/v0/monitors/${id}`, expression))[0]).toBe(400);
    for (const [method, body] of [["GET"], ["PUT", host], ["DELETE"]] as const)
      expect(await ask(method, "/api/v0/monitors/nope", body)).toEqual([
        404,
        { error: { message: "Monitor not found." } },
      ]);
    expect((await ask("GET", "/api/v0/hosts"))[0]).toBe(404);
    expect((await ask("PATCH", `/api/v0/monitors/${id}`, host))[0]).toBe(404);
  });
});

describe("a key", () => {
  it("is needed", async () => {
    expect(await ask("GET", "/api/v0/org", undefined, "")).toEqual([403, { error: expect.any(String) }]);
    expect(await ask("GET", "/api/v0/org")).toEqual([200, { name: "sandbox", displayName: "Sandbox" }]);
  });

  it("that may only read changes nothing", async () => {
    const { id } = await create(host);
    for (const [method, path, body] of [
      ["POST", "/api/v0/monitors", host],
      ["PUT", `/api/v0/monitors/${id}`, host],
      ["DELETE", `/api/v0/monitors/${id}`],
    ] as const)
      expect((await ask(method, path, body, "read-only-1"))[0]).toBe(403);
    const [status, { monitors }] = await ask("GET", "/api/v0/monitors", undefined, "read-only-1");
    expect([status, monitors]).toEqual([200, [expect.objectContaining({ id })]]);
  });
});

describe("the sandbox around it", () => {
  it("notes its calls and shows its state", async () => {
    const made = await create(host);
    await ask("GET", "/api/v0/monitors", undefined, "");
    expect(harness.control.calls({ service: "mackerel" })).toMatchObject([
      { operation: "CreateMonitor", input: { monitor: host }, status: 200, write: true },
      { operation: "ListMonitors", status: 403, error: "Forbidden", write: false },
    ]);
    expect(harness.control.state()["123456789012/us-east-1"]).toMatchObject({
      mackerel: { monitors: [made] },
    });
    expect(harness.control.call("mackerel", "ListMonitors", {})).toEqual({ monitors: [made] });
  });

  it("strikes it with faults, which have Mackerel's statuses", async () => {
    const { control } = harness;
    control.addFault([
      { service: "mackerel", operation: "CreateMonitor", times: 1, action: "throttle" },
      { service: "mackerel", operation: "CreateMonitor", times: 1, action: "denied" },
      { service: "mackerel", operation: "CreateMonitor", times: 1, action: "error500" },
    ]);
    const statuses = [];
    for (let turn = 0; turn < 4; turn += 1) statuses.push((await ask("POST", "/api/v0/monitors", host))[0]);
    expect(statuses).toEqual([429, 403, 500, 200]);
    control.addFault({ service: "mackerel", operation: "DeleteMonitor", times: 1, action: "lost" });
    const [{ id } = {}] = await listed();
    await expect(ask("DELETE", `/api/v0/monitors/${id}`)).rejects.toThrow();
    expect(await listed()).toEqual([]);
  });
});
