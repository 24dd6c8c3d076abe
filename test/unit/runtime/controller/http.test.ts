// The HTTP interface as its clients meet it: over a socket of this machine.
import { createHmac } from "node:crypto";
import { connect } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { EcsmonError } from "../../../../controller/model/errors.ts";
import { startHttp } from "../../../../controller/runtime/controller/http.ts";
import type { Push } from "../../../../controller/runtime/controller/http-push.ts";
import { createMetrics } from "../../../../controller/runtime/controller/metrics.ts";
import {
  type HistoryQuery,
  rememberStatus,
  type StatusReader,
} from "../../../../controller/runtime/controller/status-reader.ts";
import { maxPushBody } from "../../../../controller/runtime/controller/webhook.ts";
import { createVirtualClock } from "../../../support/virtual-clock.ts";
import { describeTarget, emptyPage, noStatus, readAll, sendPieces, startScene } from "./http-scene.ts";

const tokyo = describeTarget("ap-northeast-1", ["web", "api"]);
const ireland = describeTarget("eu-west-1", ["web"]);

describe("health", () => {
  it.each(["/healthz", "/readyz"])("%s says why it is not well", async (path) => {
    let ok = false;
    const verdict = () => ({ ok, detail: { reason: "the first pass is not done" } });
    const { get } = await startScene({ health: verdict, ready: verdict });
    const unwell = await get(path);
    expect([unwell.status, unwell.json]).toEqual([
      503,
      { status: "unavailable", reason: "the first pass is not done" },
    ]);
    ok = true;
    expect((await get(path)).status).toBe(200);
  });

  it("answers HEAD without a body", async () => {
    const { get } = await startScene();
    const answer = await get("/healthz", { method: "HEAD" });
    expect([answer.status, answer.text]).toEqual([200, ""]);
  });
});

describe("status", () => {
  const status = { ...noStatus, targets: async () => readAll([tokyo, ireland]) };

  it("lists targets without their long lists, and gives all of one", async () => {
    const { get } = await startScene({ status });
    expect((await get("/api/v1/targets")).json).toMatchObject({
      apiVersion: "ecsmon.dev/v1alpha1",
      kind: "TargetList",
      paused: null,
      total: 2,
      items: [{ target: tokyo.target, services: 2, policies: 1 }, { target: ireland.target }],
    });
    const one = await get(`/api/v1/targets/${ireland.target}`);
    expect(one.json).toEqual({ apiVersion: "ecsmon.dev/v1alpha1", kind: "Target", ...ireland });
    expect((await get("/api/v1/targets/other")).status).toBe(404);
  });

  it.each([
    ["/api/v1/policies", 2],
    ["/api/v1/sources?target=ecsmon-123456789012-eu-west-1", 1],
    ["/api/v1/services", 3],
    ["/api/v1/services?service=web", 2],
    ["/api/v1/services?service=web&target=ecsmon-123456789012-eu-west-1&cluster=prod&policy=base", 1],
    ["/api/v1/services?cluster=test", 0],
  ])("%s has %i", async (path, total) => {
    const { get } = await startScene({ status });
    const { json } = await get(path);
    expect(json).toMatchObject({ total, items: { length: total } });
  });

  it("gives at most as many as are asked for, and says how many there are", async () => {
    const { get } = await startScene({ status });
    const { json } = await get("/api/v1/services?limit=1");
    expect(json).toMatchObject({ total: 3, items: [{ service: "web", target: tokyo.target }] });
  });

  it.each([
    ["/api/v1/services?servic=web", /unknown parameter "servic"; use target, cluster/],
    ["/api/v1/services?service=a&service=b", /twice/],
    ["/api/v1/services?limit=0", /1 to 5000/],
    ["/api/v1/services?limit=1e3", /1 to 5000/],
    ["/api/v1/history?since=yesterday", /2026-11-22T03:12:00Z/],
    ["/api/v1/history?until=2026-13-45", /is no instant/],
  ])("%s is refused", async (path, says) => {
    const { get } = await startScene({ status });
    const answer = await get(path);
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({
      error: { code: "InvalidQuery", message: expect.stringMatching(says) },
    });
  });

  it("asks for history as it is asked", async () => {
    const asked: HistoryQuery[] = [];
    const { get } = await startScene({
      status: {
        ...status,
        history: async (query) => {
          asked.push(query);
          return {
            entries: [],
            since: new Date("2026-11-22T00:00:00Z"),
            ...(query.service === undefined ? {} : { unreadUntil: new Date("2026-11-23T00:00:00Z") }),
          };
        },
      },
    });
    const some = await get("/api/v1/history?service=web&kind=Service&since=2026-11-22&limit=5");
    expect(some.json).toEqual({
      apiVersion: "ecsmon.dev/v1alpha1",
      kind: "JournalEntryList",
      paused: null,
      total: 0,
      items: [],
      since: "2026-11-22T00:00:00.000Z",
      unreadUntil: "2026-11-23T00:00:00.000Z",
    });
    expect((await get("/api/v1/history")).json).toMatchObject({ unreadUntil: null });
    expect(asked).toEqual([
      { service: "web", kind: "Service", since: "2026-11-22T00:00:00.000Z", limit: 5 },
      { limit: 1000 },
    ]);
  });

  it("reads no history any more that nobody waits for", async () => {
    let begin: (signal: AbortSignal) => void = () => undefined;
    const begun = new Promise<AbortSignal>((resolve) => {
      begin = resolve;
    });
    const ended = (signal: AbortSignal) =>
      new Promise<never>((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      });
    const history: StatusReader["history"] = (_, signal) => {
      begin(signal);
      return ended(signal);
    };
    const { port, get, lines } = await startScene({ status: { ...status, history } });
    const socket = connect(port, "127.0.0.1", () =>
      socket.write("GET /api/v1/history?service=nope HTTP/1.1\r\nHost: a\r\n\r\n"),
    );
    onTestFinished(() => void socket.destroy());
    const signal = await begun;
    expect(signal.aborted).toBe(false);
    socket.destroy();
    // Otherwise the test runs out of time.
    await expect(ended(signal)).rejects.toThrow();
    await get("/healthz");
    expect(lines.filter(({ level }) => level === "warn")).toEqual([]);
  });

  it("reads history on for those who still wait", async () => {
    const signals: AbortSignal[] = [];
    const { history } = rememberStatus(
      {
        ...status,
        history: (_, signal) => {
          signals.push(signal);
          return new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => reject(new Error("nobody waits")));
          });
        },
      },
      createVirtualClock(),
    );
    const [one, two, three] = [new AbortController(), new AbortController(), new AbortController()];
    const answers = [one, two].map(({ signal }) => history({ limit: 1 }, signal));
    one.abort();
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    two.abort();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    // Who comes then asks anew.
    const late = history({ limit: 1 }, three.signal);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    three.abort();
    for (const answer of [...answers, late]) await expect(answer).rejects.toThrow("nobody waits");
  });

  it("shows the freeze everywhere", async () => {
    const pause = { reason: "incident", by: "ada", at: "2026-01-01T00:00:00.000Z" };
    const { get } = await startScene({ status: { ...status, pause: () => pause } });
    expect((await get("/api/v1/policies")).json).toMatchObject({ paused: pause });
  });

  it("reads the store once a second, however many ask, and goes on after a failure", async () => {
    const clock = createVirtualClock();
    let reads = 0;
    const targets = async () => {
      reads += 1;
      if (reads === 2) throw new EcsmonError("Unreachable", "the bucket could not be reached");
      return readAll([tokyo]);
    };
    const server = await startScene({ clock, status: { ...status, targets } });
    const ask = async () => (await server.get("/api/v1/targets")).status;
    expect(await Promise.all([ask(), ask(), ask()])).toEqual([200, 200, 200]);
    expect(reads).toBe(1);
    await clock.advance(1_000);
    expect([await ask(), await ask()]).toEqual([503, 503]);
    expect(reads).toBe(2);
    await clock.advance(1_000);
    expect(await ask()).toBe(200);
    const closed = server.close();
    await clock.advance(500);
    await closed;
  });

  it("tells nobody what an error of ours says, but the log", async () => {
    const targets = async () => {
      throw new TypeError("/etc/secret is undefined");
    };
    const { get, lines } = await startScene({ status: { ...status, targets } });
    const answer = await get("/api/v1/services");
    expect(answer.status).toBe(500);
    expect(answer.text).not.toMatch(/secret|at .*\.ts/);
    expect(lines.filter(({ level }) => level === "warn").map(({ event }) => event)).toEqual([
      "http-request-failed",
    ]);
  });
});

describe("what is not there", () => {
  it.each([
    ["GET", "/api/v1", 404],
    ["GET", "/assets/other.js", 404],
    ["GET", "/metrics/../../etc/passwd", 404],
    ["GET", "/%2e%2e/%2e%2e/etc/passwd", 404],
    ["GET", "/api/v1/targets/%E0%A4%A", 404],
    ["POST", "/webhooks/git", 404],
    ["POST", "/metrics", 405],
    ["DELETE", "/api/v1/targets/a", 405],
    ["OPTIONS", "/api/v1/services", 405],
  ])("%s %s is %i, as JSON", async (method, path, status) => {
    const { get } = await startScene();
    const answer = await get(path, { method });
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ error: { code: expect.any(String), message: expect.any(String) } });
    if (status === 405) expect(answer.headers.get("allow")).toBe("GET, HEAD");
  });

  it.each(["/healthz", "/nothing", "/metrics"])(
    "%s has the headers that keep browsers apart",
    async (path) => {
      const { headers } = await (await startScene()).get(path);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("content-security-policy")).toMatch(/default-src 'none'/);
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("access-control-allow-origin")).toBeNull();
    },
  );
});

describe("metrics", () => {
  it("are text for Prometheus", async () => {
    const metrics = createMetrics({ version: "1.2.3" });
    metrics.request("ECS", "DescribeServices", "success");
    const { get } = await startScene({ metrics });
    const { headers, text } = await get("/metrics");
    expect(headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text).toContain(
      'ecsmon_aws_requests_total{service="ECS",operation="DescribeServices",outcome="success"} 1\n',
    );
  });
});

describe("the webhook", () => {
  const secret = "correct horse battery";
  const body = JSON.stringify({ ref: "refs/heads/main", repository: { full_name: "ops/policies" } });
  const sign = (text: string | Buffer) => `sha256=${createHmac("sha256", secret).update(text).digest("hex")}`;
  const headersOf = (signature: string) => ({
    "content-type": "application/json",
    "x-github-event": "push",
    "x-hub-signature-256": signature,
  });

  async function startWithHook() {
    const pushes: Push[] = [];
    const scene = await startScene({ webhook: { secret, onPush: (push) => void pushes.push(push) } });
    const post = (text: string, headers: Record<string, string>) =>
      scene.get("/webhooks/git", { method: "POST", body: text, headers });
    return { ...scene, pushes, post };
  }

  it("believes who knows the secret", async () => {
    const { post, pushes } = await startWithHook();
    const answer = await post(body, headersOf(sign(body)));
    expect([answer.status, answer.json]).toEqual([202, { status: "accepted" }]);
    expect(pushes).toEqual([{ repository: "ops/policies", ref: "refs/heads/main" }]);
  });

  it("believes nobody else, and takes no more than a push", async () => {
    const { post, pushes, port, lines } = await startWithHook();
    expect((await post(body, headersOf(sign(`${body} `)))).status).toBe(401);
    expect((await post(body, { "x-github-event": "push" })).status).toBe(401);
    const huge = "a".repeat(maxPushBody + 1);
    expect((await post(huge, headersOf(sign(huge)))).status).toBe(413);
    // In pieces, without saying how many: stopped at the bound, not at the end.
    const pieces = Array.from({ length: 40 }, () => Buffer.alloc(maxPushBody / 16));
    expect(await sendPieces(port, "/webhooks/git", headersOf(sign("")), pieces)).toBe(413);
    expect(pushes).toEqual([]);
    expect(JSON.stringify(lines)).not.toContain(secret);
    // Four strangers, and one line about them: they cannot fill the log.
    expect(lines.filter(({ event }) => event === "webhook-refused")).toHaveLength(1);
    expect((await post(body, headersOf(sign(body)))).status).toBe(202);
  });

  it("reads few at once, and those who went away in the middle count no more", async () => {
    const { post, port } = await startWithHook();
    const head = "POST /webhooks/git HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nbegun";
    const sockets = Array.from({ length: 8 }, () => connect(port, "127.0.0.1"));
    for (const socket of sockets) socket.on("error", () => undefined).write(head);
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
    });
    const askUntil = async (wanted: number) => {
      let status = 0;
      while (status !== wanted) status = (await post(body, headersOf("sha256=00"))).status;
    };
    // Ends when it is so; otherwise the test runs out of time.
    await askUntil(503);
    for (const socket of sockets) socket.destroy();
    await askUntil(401);
  });

  it("takes POST alone", async () => {
    const { get } = await startWithHook();
    const answer = await get("/webhooks/git");
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST"]);
  });
});

describe("the listener", () => {
  it("says which port is taken, and which host is none of this machine", async () => {
    const { port } = await startScene();
    const start = (host: string, at: number) =>
      startHttp({
        host,
        port: at,
        health: () => ({ ok: true, detail: {} }),
        ready: () => ({ ok: true, detail: {} }),
        metrics: createMetrics({ version: "1" }),
        status: noStatus,
        page: emptyPage,
        log: () => undefined,
        clock: createVirtualClock(),
      });
    await expect(start("127.0.0.1", port)).rejects.toMatchObject({
      code: "PortNotFree",
      message: expect.stringMatching(`port ${port} of 127.0.0.1 is in use`),
    });
    await expect(start("192.0.2.1", 0)).rejects.toMatchObject({ code: "HostNotUsable" });
  });

  it("closes although somebody stays connected, in the middle of a request and between two", async () => {
    const clock = createVirtualClock();
    const { port, get, close } = await startScene({ clock });
    await get("/healthz");
    const ends = ["", "GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: "].map(
      (text) =>
        new Promise<void>((resolve) => {
          const socket = connect(port, "127.0.0.1", () => socket.write(text));
          socket.on("error", () => undefined);
          socket.on("close", () => resolve());
          onTestFinished(() => void socket.destroy());
        }),
    );
    // Both are known to the server when a third one has been answered.
    await get("/healthz");
    const closed = close();
    await clock.advance(500);
    await Promise.all([closed, ...ends]);
    await expect(get("/healthz")).rejects.toThrow();
  });
});
