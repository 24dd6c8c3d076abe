// The status page over HTTP: what a browser is told to keep, to ask again for, and not to run.
import { describe, expect, it } from "vitest";
import { EcsmonError } from "../../../../controller/model/errors.ts";
import type { StatusReader } from "../../../../controller/runtime/controller/status-reader.ts";
import { createVirtualClock } from "../../../support/virtual-clock.ts";
import { serviceOf, targetOf } from "../../page/sample-sight.ts";
import { describeTarget, emptyPage, noStatus, readAll, startScene } from "./http-scene.ts";

const tokyo = describeTarget("ap-northeast-1", ["web", "api"]);
const status: StatusReader = { ...noStatus, targets: async () => readAll([tokyo]) };
const pages = ["/", "/policies", "/controller", "/journal", `/services/${tokyo.target}/prod/web`];

describe("pages", () => {
  it.each(pages)("%s may load its own files alone, and be kept by nobody else", async (path) => {
    const { get } = await startScene({ status });
    const { status: code, headers, text } = await get(path);
    expect(code).toBe(200);
    expect(headers.get("content-type")).toBe("text/html; charset=UTF-8");
    expect(headers.get("cache-control")).toBe("private, no-cache");
    expect(headers.get("content-security-policy")).toBe(
      "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    );
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(text).not.toMatch(/<style|<script>|style=|javascript:| on[a-z]+=/i);
  });

  it.each(pages)(
    "%s is not sent again while it is the same, and its policy stays what it is",
    async (path) => {
      const { get } = await startScene({ status });
      const first = await get(path);
      const tag = first.headers.get("etag") ?? "";
      const again = await get(path, { headers: { "if-none-match": tag } });
      expect([again.status, again.text]).toEqual([304, ""]);
      expect(again.headers.get("content-security-policy")).toBe(first.headers.get("content-security-policy"));
    },
  );

  it("changes its tag with what it shows, and takes no other method", async () => {
    let targets = [tokyo];
    const clock = createVirtualClock();
    const { get } = await startScene({
      status: { ...noStatus, targets: async () => readAll(targets) },
      clock,
    });
    const before = (await get("/")).headers.get("etag");
    targets = [describeTarget("ap-northeast-1", ["web", "api", "jobs"])];
    await clock.advance(1_000);
    expect((await get("/")).headers.get("etag")).not.toBe(before);
    expect((await get("/", { method: "POST" })).status).toBe(405);
  });

  it("is packed where the reader can unpack it", async () => {
    const { origin } = await startScene({ status });
    const packed = await fetch(origin, { headers: { "accept-encoding": "gzip" } });
    expect(packed.headers.get("content-encoding")).toBe("gzip");
    expect(packed.headers.get("vary")).toMatch(/accept-encoding/i);
    const plain = await fetch(origin, { headers: { "accept-encoding": "identity" } });
    expect(plain.headers.get("content-encoding")).toBeNull();
    expect(await packed.text()).toBe(await plain.text());
  });

  it("loads files that may be kept as long as they are what was asked for", async () => {
    const { get } = await startScene({ status });
    const { text } = await get("/");
    const files = [...text.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, path]) => path ?? "");
    expect(files).toHaveLength(3);
    for (const file of files) {
      const { status: code, headers } = await get(file);
      expect([code, headers.get("cache-control")]).toEqual([200, "private, max-age=31536000, immutable"]);
      const other = await get(file.replace(/v=.*/, "v=0123456789abcdef"));
      expect([other.status, other.headers.get("cache-control")]).toEqual([200, "no-cache"]);
    }
  });

  it.each([
    ["/policies/?search=a%20b", "/policies?search=a%20b"],
    ["/journal/", "/journal"],
    ["/services/t/a%2Fb/c/", "/services/t/a%2Fb/c"],
  ])("%s has its address without the last slash", async (path, own) => {
    const { get } = await startScene({ status });
    const { status: code, headers } = await get(path, { redirect: "manual" });
    expect([code, headers.get("location")]).toEqual([301, own]);
  });

  it.each(["//evil.example/", "/%2Fevil.example/", "/metrics/"])("%s leads nowhere", async (path) => {
    const { origin, get } = await startScene({ status });
    expect(new URL(`${origin}${path}`).pathname).toBe(path);
    expect((await get(path, { redirect: "manual" })).status).toBe(404);
  });

  it("says where there is no such service, and where the store cannot be read", async () => {
    const { get } = await startScene({ status });
    const missing = await get(`/services/${tokyo.target}/prod/gone`);
    expect([missing.status, missing.headers.get("content-type")]).toEqual([404, "text/html; charset=UTF-8"]);
    const broken = await startScene({
      status: { ...noStatus, targets: () => Promise.reject(new Error("secret of the store")) },
    });
    const answer = await broken.get("/");
    expect([answer.status, answer.text.includes("secret")]).toEqual([500, false]);
  });

  it.each(pages)("%s says as a page that the store cannot be read", async (path) => {
    const targets = () => Promise.reject(new EcsmonError("Unreachable", "the bucket could not be reached"));
    const { get } = await startScene({ status: { ...noStatus, targets } });
    const { status: code, headers, text } = await get(path);
    expect([code, headers.get("content-type")]).toEqual([503, "text/html; charset=UTF-8"]);
    expect(headers.get("content-security-policy")).toContain("script-src 'self'");
    expect(text).toContain("Unreachable: the bucket could not be reached");
    expect(text).toContain('<nav aria-label="Pages">');
  });

  it("answers a browser with a page where there is nothing, and a program with JSON", async () => {
    const { get } = await startScene({ status });
    const seen = await get("/nothing", { headers: { accept: "text/html,*/*;q=0.8" } });
    expect([seen.status, seen.headers.get("content-type")]).toEqual([404, "text/html; charset=UTF-8"]);
    expect((await get("/nothing")).json).toMatchObject({ error: { code: "NotFound" } });
    const api = await get("/api/v1/nothing", { headers: { accept: "text/html" } });
    expect(api.json).toMatchObject({ error: { code: "NotFound" } });
  });

  it("says of a target that cannot be read that it is not known, on its service pages too", async () => {
    const hidden = {
      target: "ecsmon-123456789012-us-east-1",
      code: "AccessDenied",
      message: "it was denied",
    };
    const { get } = await startScene({
      status: { ...noStatus, targets: async () => ({ targets: [tokyo], unread: [hidden] }) },
    });
    for (const path of pages) {
      const { status: code, text } = await get(path);
      expect([path, code, text.includes("<b>AccessDenied</b> it was denied")]).toEqual([path, 200, true]);
    }
    const own = await get(`/services/${hidden.target}/prod/web`);
    expect([own.status, own.text.includes("AccessDenied it was denied")]).toEqual([503, true]);
    expect(own.text).not.toContain("deleted");
    const one = await get(`/api/v1/targets/${hidden.target}`);
    expect([one.status, one.json]).toMatchObject([503, { error: { code: "AccessDenied" } }]);
    for (const list of ["targets", "services", "policies", "sources"])
      expect((await get(`/api/v1/${list}`)).json).toMatchObject({ unread: [hidden] });
  });

  it("marks what is old, for programs too", async () => {
    const since = "2026-11-02T00:00:00.000Z";
    const page = { ...emptyPage, unheard: () => new Map([[tokyo.target, since]]) };
    const { get } = await startScene({ status, page });
    for (const path of pages) expect((await get(path)).text).toContain("Not heard of");
    expect((await get("/api/v1/targets")).json).toMatchObject({ items: [{ unheardSince: since }] });
    const fresh = await startScene({ status });
    expect((await fresh.get("/")).text).not.toContain("The last full pass over");
    expect((await fresh.get("/api/v1/targets")).json).toMatchObject({ items: [{ unheardSince: null }] });
  });

  it("has at most 100 KB of 5,000 services with the longest names, and leads to all of them", async () => {
    const long = (text: string) => text.padEnd(255, "<&\"'>");
    const troubles = [
      { kind: "MetricAlarm", name: "x", code: long("Code"), message: long("why ").repeat(5) },
    ] as const;
    const services = Array.from({ length: 5_000 }, (_, index) =>
      serviceOf(long(`${String(index).padStart(4, "0")}-web`), { cluster: long("prod"), failed: troubles }),
    );
    const { get } = await startScene({
      status: { ...noStatus, targets: async () => readAll([targetOf("us-east-1", services)]) },
    });
    const seen = new Set<string>();
    let path: string | undefined = "/?sort=name&from=4600";
    while (path !== undefined) {
      const { text }: { text: string } = await get(path);
      expect(Buffer.byteLength(text)).toBeLessThan(100_000);
      for (const [, name = ""] of text.matchAll(/scope="row"><a href="[^"]*\/(\d{4})-web/g)) seen.add(name);
      path = /rel="next" href="([^"]*)"/.exec(text)?.[1]?.replaceAll("&amp;", "&");
    }
    expect(seen.size).toBe(400);
  });
});

describe("events", () => {
  it("tells at once, then when something has changed, and looks no more when nobody listens", async () => {
    const clock = createVirtualClock();
    let target = tokyo;
    let looks = 0;
    const targets = async () => {
      looks += 1;
      return readAll([target]);
    };
    const { origin } = await startScene({ status: { ...noStatus, targets }, clock });
    const leave = new AbortController();
    const answer = await fetch(`${origin}/events`, { signal: leave.signal });
    expect(answer.headers.get("content-type")).toBe("text/event-stream");
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    const decoder = new TextDecoder();
    const next = async () => decoder.decode((await reader.read()).value);
    expect(await next()).toMatch(/^retry: \d+\nevent: changed\n/);
    while (looks < 3) await clock.advance(1_000);
    target = { ...tokyo, epoch: 2 };
    await clock.advance(2_000);
    let heard = "";
    while (!heard.includes("event: changed\ndata: 2\n")) {
      heard += await next();
      await clock.advance(1_000);
    }
    leave.abort();
    await reader.closed.catch(() => undefined);
    while (clock.sleepers > 0) await clock.advance(1_000);
    const before = looks;
    await clock.advance(10_000);
    expect(looks).toBe(before);
  });

  it.each([
    ["that the store does not answer, and when it does again", "store", "unread"],
    ["that a target cannot be read", "target", "changed"],
    ["that a target is not heard of any more", "hearing", "changed"],
  ])("tells %s", async (_, what, event) => {
    const clock = createVirtualClock();
    let isWell = true;
    const targets = async () => {
      if (isWell || what === "hearing") return readAll([tokyo]);
      if (what === "store") throw new EcsmonError("Unreachable", "the bucket could not be reached");
      return { targets: [tokyo], unread: [{ target: "other", code: "AccessDenied", message: "no" }] };
    };
    const unheard = () =>
      new Map(isWell || what !== "hearing" ? [] : [[tokyo.target, "2026-11-02T00:00:00Z"]]);
    const { origin } = await startScene({
      status: { ...noStatus, targets },
      page: { ...emptyPage, unheard },
      clock,
    });
    const leave = new AbortController();
    const answer = await fetch(`${origin}/events`, { signal: leave.signal });
    const decoder = new TextDecoder();
    let text = "";
    const reading = (async () => {
      for await (const chunk of answer.body ?? []) text += decoder.decode(chunk);
    })().catch(() => undefined);
    const hear = async (many: number) => {
      const events = () => [...text.matchAll(/event: (\w+)\n/g)].map(([, name]) => name);
      while (events().length < many) {
        await clock.advance(1_000);
        await new Promise(setImmediate);
      }
      return events();
    };
    // At once, and after the first look.
    await hear(2);
    isWell = false;
    await hear(3);
    isWell = true;
    expect(await hear(4)).toEqual(["changed", "changed", event, "changed"]);
    leave.abort();
    await reading;
  });

  it("ends with the server, and is refused where too many listen", async () => {
    const { origin, close } = await startScene({ status });
    const streams = await Promise.all(Array.from({ length: 100 }, () => fetch(`${origin}/events`)));
    const [first] = streams;
    expect(new Set(streams.map((one) => one.status))).toEqual(new Set([200]));
    const refused = await fetch(`${origin}/events`);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "30"]);
    await close();
    await expect(first?.text()).resolves.toContain("changed");
  });
});

describe("the page of a service", () => {
  it("asks for the details of that service alone", async () => {
    const asked: unknown[] = [];
    const page = {
      ...emptyPage,
      details: async (...[target, { cluster, service }]: Parameters<typeof emptyPage.details>) => {
        asked.push([target.target, cluster, service]);
        return emptyPage.details(target, { cluster, service }, new AbortController().signal);
      },
    };
    const { get } = await startScene({ status, page });
    const { text } = await get(`/services/${tokyo.target}/prod/web`);
    expect(asked).toEqual([[tokyo.target, "prod", "web"]]);
    expect(text).toContain("cpu-high");
  });
});
