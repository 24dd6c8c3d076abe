// What can be asked of the controller over HTTP: a table of paths. Everything but the webhook only reads.
import { type Context, Hono } from "hono";
import { compress } from "hono/compress";
import type { Clock } from "../../model/clock.ts";
import { EcsmonError } from "../../model/errors.ts";
import { renderProblem } from "../../page/problem-page.ts";
import { answer, answerGet } from "./http-answer.ts";
import { createGate, type HttpAuth } from "./http-auth.ts";
import type { Live } from "./http-live.ts";
import { addPages, showPage, wantsPage } from "./http-page.ts";
import { type PushHandler, receivePush } from "./http-push.ts";
import { readHistoryQuery, readListQuery } from "./http-query.ts";
import { refuse } from "./http-refusal.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { PageSource } from "./page-source.ts";
import type { StatusReader } from "./status-reader.ts";
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
  /** What pages show beside the status. */
  readonly page: PageSource;
  /** Who may see anything of it. Health is told to everybody, and the webhook has its own secret. */
  readonly auth?: HttpAuth;
  /** Left out: there is no webhook. */
  readonly webhook?: PushHandler;
  readonly log: Log;
  readonly clock: Clock;
}

/** Nothing of this is for others to frame, to sniff at or to keep. Pages and their files say some of it themselves. */
const headers: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** Health without its reasons is no secret, and what asks for it has none; a push is signed. */
const open: ReadonlySet<string> = new Set(["/healthz", "/readyz", "/webhooks/git"]);

const problemTitles = { 404: "Not found", 500: "It failed", 503: "Not read" } as const;

/** @param live of the same `status` */
export function createApp(options: HttpInterface, live: Live): Hono {
  const { health, ready, metrics, webhook, status, page, log } = options;
  const gate = createGate(options.auth, log, options.clock);
  const app = new Hono();

  app.use(async (context, next) => {
    await next();
    for (const [name, value] of Object.entries(headers))
      if (!context.res.headers.has(name)) context.header(name, value);
    const { method, path } = context.req;
    log("debug", "http-request", { method, path: path.slice(0, 200), status: context.res.status });
  });
  app.use(async (context, next) => {
    if (!open.has(context.req.path) && !gate.admits(context)) return gate.turnAway(context);
    await next();
    return undefined;
  });
  for (const path of ["/metrics", "/api/*"]) app.use(path, compress());

  const list = (kind: string, items: readonly unknown[], total = items.length) => ({
    apiVersion: "ecsmon.dev/v1alpha1",
    kind,
    paused: status.pause() ?? null,
    total,
    items,
  });

  for (const [path, judge] of [
    ["/healthz", health],
    ["/readyz", ready],
  ] as const)
    answerGet(app, path, (context) => {
      const { ok, detail } = judge();
      const shown = gate.admits(context) ? detail : {};
      return context.json({ status: ok ? "ok" : "unavailable", ...shown }, ok ? 200 : 503);
    });
  addPages(app, { status, source: page, live });
  answerGet(app, "/metrics", async (context) => {
    const { contentType, text } = await metrics.render();
    return context.body(text, 200, { "content-type": contentType });
  });
  answerGet(app, "/api/v1/targets", async (context) => {
    const { targets, unread } = await status.targets();
    const unheard = page.unheard(targets);
    const items = listTargets(targets).map((one, index) => ({
      ...one,
      unheardSince: unheard.get(targets[index]?.target ?? "") ?? null,
    }));
    return context.json({ ...list("TargetList", items), unread });
  });
  answerGet(app, "/api/v1/targets/:target", async (context) => {
    const name = context.req.param("target") ?? "";
    const { targets, unread } = await status.targets();
    const found = targets.find(({ target }) => target === name);
    if (found !== undefined)
      return context.json({ apiVersion: "ecsmon.dev/v1alpha1", kind: "Target", ...found });
    const hidden = unread.find(({ target }) => target === name);
    if (hidden !== undefined) return refuse(context, 503, hidden.code, hidden.message);
    return refuse(context, 404, "NotFound", "there is no such target; /api/v1/targets lists them");
  });
  for (const [path, kind, view] of [
    ["/api/v1/policies", "PolicyStatusList", listPolicies],
    ["/api/v1/services", "ServiceStatusList", listServices],
    ["/api/v1/sources", "SourceStatusList", listSources],
  ] as const)
    answerGet(app, path, async (context) => {
      const query = readListQuery(new URL(context.req.url).searchParams);
      const { targets, unread } = await status.targets();
      const { items, total } = view(targets, query);
      return context.json({ ...list(kind, items, total), unread });
    });
  answerGet(app, "/api/v1/history", async (context) => {
    const query = readHistoryQuery(new URL(context.req.url).searchParams);
    const { entries, since, unreadUntil = null } = await status.history(query, context.req.raw.signal);
    return context.json({ ...list("JournalEntryList", entries), since, unreadUntil });
  });
  if (webhook !== undefined) answer(app, "POST", "/webhooks/git", receivePush(webhook, log, options.clock));

  /** As its asker reads it. */
  const complain = (context: Context, answered: 404 | 500 | 503, code: string, message: string): Response =>
    wantsPage(context)
      ? showPage(
          context,
          status.pause(),
          renderProblem(problemTitles[answered], `${code}: ${message}`),
          answered,
        )
      : refuse(context, answered, code, message);

  app.notFound((context) => complain(context, 404, "NotFound", "there is nothing at this path"));
  app.onError((error, context) => {
    if (error instanceof EcsmonError && error.code === "InvalidQuery")
      return refuse(context, 400, error.code, error.message);
    if (context.req.raw.signal.aborted)
      return refuse(context, 503, "ClientGone", "nobody waits for it any more");
    log("warn", "http-request-failed", { path: context.req.path.slice(0, 200), error });
    // Of what is not ours the message may hold anything: the log has it.
    return error instanceof EcsmonError
      ? complain(context, 503, error.code, error.message)
      : complain(context, 500, "InternalError", "it failed; the log of the controller says why");
  });
  return app;
}
