// Who gets in, and what everybody may ask.
import { describe, expect, it } from "vitest";
import type { HttpAuth } from "../../../../controller/runtime/controller/http-auth.ts";
import { createVirtualClock } from "../../../support/virtual-clock.ts";
import { noStatus, startScene } from "./http-scene.ts";

const token = "0123456789abcdef-token";
const behind: HttpAuth = { header: { name: "x-amzn-oidc-identity" } };
const guarded = [
  "/",
  "/policies",
  "/controller",
  "/journal",
  "/services/a/b/c",
  "/assets/style.css",
  "/events",
  "/metrics",
  "/api/v1/targets",
  "/api/v1/history",
  "/nothing",
  "/healthz/",
  "//healthz",
  "/readyz/../metrics",
];
const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;

describe("with a token", () => {
  it.each(guarded)("%s is for who knows it", async (path) => {
    const { get } = await startScene({ auth: { token } });
    for (const authorization of [
      "",
      "Bearer",
      "Bearer wrong",
      `Bearer ${token}x`,
      `Token ${token}`,
      basic("me:no"),
    ]) {
      const answer = await get(path, { headers: authorization === "" ? {} : { authorization } });
      expect([authorization, answer.status]).toEqual([authorization, 401]);
      expect(answer.headers.get("www-authenticate")).toMatch(/Basic realm="ecsmon".*Bearer/);
      expect(answer.text).not.toContain("ecsmon-");
    }
  });

  it.each([`Bearer ${token}`, `bearer  ${token}`, basic(`me:${token}`), basic(`:${token}`)])(
    "%s gets in",
    async (authorization) => {
      const { get } = await startScene({ auth: { token } });
      for (const path of ["/", "/metrics", "/api/v1/targets"])
        expect((await get(path, { headers: { authorization } })).status).toBe(200);
    },
  );

  it.each(["/healthz", "/readyz"])(
    "%s is told to all, and its reasons to who knows the token",
    async (path) => {
      const verdict = () => ({ ok: false, detail: { reason: "the first pass is not done" } });
      const { get } = await startScene({ auth: { token }, health: verdict, ready: verdict });
      const open = await get(path);
      expect([open.status, open.json]).toEqual([503, { status: "unavailable" }]);
      const known = await get(path, { headers: { authorization: `Bearer ${token}` } });
      expect(known.json).toMatchObject({ reason: "the first pass is not done" });
    },
  );

  it("tells the log of strangers, once a minute", async () => {
    const clock = createVirtualClock();
    const { get, lines } = await startScene({ auth: { token }, clock });
    for (let times = 0; times < 5; times += 1)
      await get("/", { headers: { authorization: `Bearer ${token}no` } });
    await clock.advance(60_000);
    await get("/");
    const told = lines.filter(({ event }) => event === "http-unauthorized");
    expect(told.map(({ fields }) => fields)).toEqual([
      { path: "/", count: 1 },
      { path: "/", count: 5 },
    ]);
    expect(JSON.stringify(lines)).not.toContain(token);
  });
});

describe("behind a load balancer", () => {
  it.each(guarded.slice(0, 11))("%s is for who came through it", async (path) => {
    const { get } = await startScene({ auth: behind });
    for (const headers of [{}, { "x-amzn-oidc-identity": " " }, { "x-amzn-oidc-data": "a" }]) {
      const answer = await get(path, { headers });
      expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([403, null]);
    }
  });

  it("takes any value, or only the one that is wanted", async () => {
    const any = await startScene({ auth: behind });
    expect((await any.get("/", { headers: { "X-Amzn-Oidc-Identity": "ann" } })).status).toBe(200);
    const one = await startScene({ auth: { header: { name: "x-groups", value: "ops" } } });
    expect((await one.get("/", { headers: { "x-groups": "ops" } })).status).toBe(200);
    expect((await one.get("/", { headers: { "x-groups": "ops2" } })).status).toBe(403);
  });

  it("lets programs in by a token beside it", async () => {
    const { get } = await startScene({ auth: { ...behind, token }, status: noStatus });
    expect((await get("/metrics", { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
    expect((await get("/metrics", { headers: { "x-amzn-oidc-identity": "ann" } })).status).toBe(200);
    expect((await get("/metrics")).status).toBe(401);
  });
});
