// Secrets come from the environment by their names; one that is missing, or easily guessed, ends the start.
import { expect, it } from "vitest";
import type { OperatorConfig } from "../../../../controller/api/config.ts";
import { openHttp } from "../../../../controller/runtime/controller/interfaces.ts";
import { createMetrics } from "../../../../controller/runtime/controller/metrics.ts";
import { systemClock } from "../../../../controller/runtime/controller/system-clock.ts";
import { emptyPage, noStatus } from "./http-scene.ts";

function open(http: OperatorConfig["spec"]["http"], env: NodeJS.ProcessEnv) {
  const spec = { sources: [], http } as OperatorConfig["spec"];
  const verdict = () => ({ ok: true, detail: { reason: "known" } });
  const options = { config: { spec }, env, clock: systemClock, log: () => undefined };
  return openHttp(options as unknown as Parameters<typeof openHttp>[0], {
    health: verdict,
    ready: verdict,
    status: noStatus,
    page: emptyPage,
    metrics: createMetrics({ version: "1" }),
    onPush: () => undefined,
  });
}

it.each([
  [{}, "SecretMissing", /the environment variable TOKEN, which http.auth.tokenEnv names, is not set/],
  [{ TOKEN: "  " }, "SecretMissing", /TOKEN/],
  [{ TOKEN: "short" }, "SecretTooShort", /has 5 characters; give at least 16/],
])("with %j it does not begin", async (env, code, message) => {
  await expect(open({ port: 0, auth: { tokenEnv: "TOKEN" } }, env)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
});

it("lets in who has the token, or came by the load balancer", async () => {
  const auth = { tokenEnv: "TOKEN", header: { name: "x-groups", value: "ops" } };
  const server = await open({ port: 0, auth }, { TOKEN: " 0123456789abcdef\n" });
  const ask = async (headers: Record<string, string>) =>
    (await fetch(`http://127.0.0.1:${server?.port}/policies`, { headers })).status;
  expect([
    await ask({}),
    await ask({ authorization: "Bearer 0123456789abcdef" }),
    await ask({ "x-groups": "ops" }),
    await ask({ "x-groups": "dev" }),
  ]).toEqual([401, 200, 200, 401]);
  await server?.close();
});
