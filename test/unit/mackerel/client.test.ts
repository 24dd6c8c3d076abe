// The client against a server on this machine: what is sent, what is tried again, and what an error says.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createMackerel, type MackerelApi, mayBeDone } from "../../../controller/mackerel/client.ts";
import { EcsmonError } from "../../../controller/model/errors.ts";

const key = "key-0123456789";
type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let answers: Answer[];
let requests: { readonly what: string; readonly key: unknown; readonly body: string }[];
let pauses: number[];
let base: string;
let close: () => void;

beforeEach(async () => {
  [answers, requests, pauses] = [[], [], []];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    requests.push({ what: `${request.method} ${request.url}`, key: request.headers["x-api-key"], body });
    (answers.length > 1 ? answers.shift() : answers[0])?.(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = () => {
    server.closeAllConnections();
    server.close();
  };
});
afterEach(() => close());

function client(env: Record<string, string> = {}, requestTimeout?: number): MackerelApi {
  const api = createMackerel({
    env: { MACKEREL_APIKEY: key, MACKEREL_APIBASE: base, ...env },
    sleep: async (milliseconds) => void pauses.push(milliseconds),
    ...(requestTimeout === undefined ? {} : { requestTimeout }),
  });
  if (api === undefined) throw new Error("no client");
  return api;
}

function say(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (_, response) => {
    response.writeHead(status, headers);
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  };
}

const hangUp: Answer = (request) => request.socket.destroy();

async function failureOf(doing: Promise<unknown>): Promise<EcsmonError> {
  const error = await doing.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof EcsmonError)) throw new Error(`not refused, or not in our words: ${error}`);
  return error;
}

test("no key, no client", () => {
  const sleep = () => Promise.resolve();
  for (const env of [{}, { MACKEREL_APIKEY: "" }, { MACKEREL_APIKEY: " \n" }])
    expect(createMackerel({ env, sleep })).toBeUndefined();
});

test("the key goes in its header, without the newline of the file it came from", async () => {
  answers = [say(200, { monitors: [{ id: "a", type: "new", x: null }] })];
  expect(await client({ MACKEREL_APIKEY: `${key}\n`, MACKEREL_APIBASE: `${base}/` }).listMonitors()).toEqual([
    { id: "a", type: "new", x: null },
  ]);
  expect(requests).toEqual([{ what: "GET /api/v0/monitors", key, body: "" }]);
});

test("each call has its method and address", async () => {
  answers = [say(200, { monitor: { id: "a/b" } })];
  expect(await client().readMonitor("a/b")).toEqual({ id: "a/b" });
  await client().createMonitor({ name: "x" });
  await client().updateMonitor("a", { name: "y" });
  await client().deleteMonitor("a");
  expect(requests.map(({ what, body }) => [what, body])).toEqual([
    ["GET /api/v0/monitors/a%2Fb", ""],
    ["POST /api/v0/monitors", '{"name":"x"}'],
    ["PUT /api/v0/monitors/a", '{"name":"y"}'],
    ["DELETE /api/v0/monitors/a", ""],
  ]);
});

test("what is gone is gone: no error for a read or a delete, one for an update", async () => {
  answers = [say(404, { error: "not found" })];
  expect(await client().readMonitor("a")).toBeUndefined();
  await client().deleteMonitor("a");
  expect((await failureOf(client().updateMonitor("a", {}))).code).toBe("MackerelNotFound");
});

test.each([
  ["a throttle", say(429, { error: { message: "slow down" } })],
  ["a server error", say(503, "<html>")],
  ["a lost connection", hangUp],
])("%s is tried again, with growing pauses, and not for ever", async (_, answer) => {
  answers = [answer, answer, say(200, { monitors: [] })];
  expect(await client().listMonitors()).toEqual([]);
  expect(pauses).toHaveLength(2);
  expect(pauses[0]).toBeLessThanOrEqual(500);
  expect(pauses[1]).toBeGreaterThanOrEqual(500);
  answers = [answer];
  await failureOf(client().updateMonitor("a", {}));
  expect(requests).toHaveLength(8);
});

test("the pause that Mackerel asks for is kept, within reason", async () => {
  const wait = (seconds: string) => say(429, {}, { "retry-after": seconds });
  answers = [wait("7"), wait("86400"), wait("Wed, 21 Oct 2026 07:28:00 GMT"), say(200, { monitors: [] })];
  await client().listMonitors();
  expect(pauses.slice(0, 2)).toEqual([7000, 30_000]);
  expect(pauses[2]).toBeLessThanOrEqual(2000);
});

test("a create is sent once, unless it was throttled", async () => {
  for (const answer of [hangUp, say(500, {}), say(200, "<html>")]) {
    requests = [];
    answers = [answer];
    expect(mayBeDone(await failureOf(client().createMonitor({})))).toBe(true);
    expect(requests).toHaveLength(1);
  }
  answers = [say(400, { error: { message: "name is required" } })];
  const refused = await failureOf(client().createMonitor({}));
  expect([refused.code, mayBeDone(refused)]).toEqual(["MackerelRejected", false]);
  expect(refused.message).toContain("name is required");
  answers = [say(429, {}), say(200, { id: "a" })];
  await client().createMonitor({});
  expect(pauses).toHaveLength(1);
});

test("no answer in time is a failure", async () => {
  answers = [() => undefined];
  const error = await failureOf(client({}, 20).createMonitor({}));
  expect([error.code, mayBeDone(error)]).toEqual(["MackerelUnreachable", true]);
});

test("an answer that is cut off is a failure", async () => {
  answers = [
    (request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write('{"monitors":[]}');
      setImmediate(() => request.socket.destroy());
    },
  ];
  expect((await failureOf(client().listMonitors())).code).toBe("MackerelUnreachable");
});

test("the key follows no redirect", async () => {
  answers = [say(302, "", { location: `${base}/elsewhere` })];
  const error = await failureOf(client().listMonitors());
  expect([error.code, requests.length]).toEqual(["MackerelRejected", 1]);
  expect(error.message).toContain("MACKEREL_APIBASE");
});

test("a denial says what the key lacks, and never the key", async () => {
  answers = [say(403, { error: `no such key: ${key}` })];
  const read = await failureOf(client().listMonitors());
  expect(read).toMatchObject({
    code: "MackerelDenied",
    message: expect.stringContaining("the right to read"),
  });
  const write = await failureOf(client().deleteMonitor("a"));
  expect(write.message).toContain("the right to write");
  for (const { message, stack } of [read, write]) expect(message + stack).not.toContain(key);
});

test.each(["käy", "two words", "new\nline"])(
  "a key that cannot be one is refused unseen: %j",
  async (bad) => {
    const error = await failureOf(client({ MACKEREL_APIKEY: bad }).listMonitors());
    expect([error.code, requests]).toEqual(["InvalidApiKey", []]);
    expect(error.message).not.toContain(bad);
  },
);

test.each(["not a url", "ftp://e.jp", "https://user:pass@e.jp", "https://e.jp?x=1"])(
  "a base that cannot be one is refused: %s",
  async (bad) => {
    const error = await failureOf(client({ MACKEREL_APIBASE: bad }).listMonitors());
    expect([error.code, error.message.includes("pass")]).toEqual(["InvalidApiBase", false]);
  },
);
