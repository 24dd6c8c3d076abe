// What can be asked of the controller over HTTP: a table of paths. Everything but the webhook only reads.
import { type Context, Hono } from "hono";
import type { Clock } from "../../model/clock.ts";
import { EcsmonError } from "../../model/errors.ts";
import { type PushHandler, receivePush } from "./http-push.ts";
import { readHistoryQuery, readListQuery } from "./http-query.ts";
import { refuse } from "./http-refusal.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { rememberStatus, type StatusReader } from "./status-reader.ts";
import { listPolicies, listServices, listSources, listTargets } from "./status-views.ts";

export interface Verdict {
  readonly ok: boolean;
  /** Says why, for people and programs; holds no secret. */
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface HttpInterface {
  readonly health: () => Verdict;
  readonly ready: () => Verdict;
  readonly metrics: Pick<Metrics, "render">;
  readonly status: StatusReader;
  /** Left out: there is no webhook. */
  readonly webhook?: PushHandler;
  readonly log: Log;
  readonly clock: Clock;
}

type Handler = (context: Context) => Response | Promise<Response>;

/** Nothing of this is a page for others to frame, to sniff at or to keep. */
const headers: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

export function createApp(options: HttpInterface): Hono {
  const { health, ready, metrics, webhook, log } = options;
  const status = rememberStatus(options.status, options.clock);
  const app = new Hono();

  app.use(async (context, next) => {
    await next();
    for (const [name, value] of Object.entries(headers)) context.header(name, value);
    const { method, path } = context.req;
    log("debug", "http-request", { method, path: path.slice(0, 200), status: context.res.status });
  });

  const list = (kind: string, items: readonly unknown[], total = items.length) => ({
    apiVersion: "ecsmon.dev/v1alpha1",
    kind,
    paused: status.pause() ?? null,
    total,
    items,
  });

  answer(app, "GET", "/healthz", (context) => tell(context, health()));
  answer(app, "GET", "/readyz", (context) => tell(context, ready()));
  answer(app, "GET", "/metrics", async (context) => {
    const { contentType, text } = await metrics.render();
    return context.body(text, 200, { "content-type": contentType });
  });
  answer(app, "GET", "/api/v1/targets", async (context) =>
    context.json(list("TargetList", listTargets(await status.targets()))),
  );
  answer(app, "GET", "/api/v1/targets/:target", async (context) => {
    const name = context.req.param("target") ?? "";
    const found = (await status.targets()).find(({ target }) => target === name);
    if (found !== undefined)
      return context.json({ apiVersion: "ecsmon.dev/v1alpha1", kind: "Target", ...found });
    return refuse(context, 404, "NotFound", "there is no such target; /api/v1/targets lists them");
  });
  for (const [path, kind, view] of [
    ["/api/v1/policies", "PolicyStatusList", listPolicies],
    ["/api/v1/services", "ServiceStatusList", listServices],
    ["/api/v1/sources", "SourceStatusList", listSources],
  ] as const)
    answer(app, "GET", path, async (context) => {
      const query = readListQuery(new URL(context.req.url).searchParams);
      const { items, total } = view(await status.targets(), query);
      return context.json(list(kind, items, total));
    });
  answer(app, "GET", "/api/v1/history", async (context) => {
    const query = readHistoryQuery(new URL(context.req.url).searchParams);
    const { entries, since, unreadUntil = null } = await status.history(query, context.req.raw.signal);
    return context.json({ ...list("JournalEntryList", entries), since, unreadUntil });
  });
  if (webhook !== undefined) answer(app, "POST", "/webhooks/git", receivePush(webhook, log, options.clock));

  app.notFound((context) => refuse(context, 404, "NotFound", "there is nothing at this path"));
  app.onError((error, context) => {
    if (error instanceof EcsmonError && error.code === "InvalidQuery")
      return refuse(context, 400, error.code, error.message);
    if (context.req.raw.signal.aborted)
      return refuse(context, 503, "ClientGone", "nobody waits for it any more");
    log("warn", "http-request-failed", { path: context.req.path.slice(0, 200), error });
    // Of what is not ours the message may hold anything: the log has it.
    return error instanceof EcsmonError
      ? refuse(context, 503, error.code, error.message)
      : refuse(context, 500, "InternalError", "it failed; the log of the controller says why");
  });
  return app;
}

/** One method at a path, and an answer for all other methods. HEAD comes with GET. */
function answer(app: Hono, method: "GET" | "POST", path: string, handler: Handler): void {
  app.on(method, path, handler);
  const allow = method === "GET" ? "GET, HEAD" : method;
  app.all(path, (context) => {
    context.header("allow", allow);
    return refuse(context, 405, "MethodNotAllowed", `this path takes ${allow}`);
  });
}

function tell(context: Context, { ok, detail }: Verdict): Response {
  return context.json({ status: ok ? "ok" : "unavailable", ...detail }, ok ? 200 : 503);
}
