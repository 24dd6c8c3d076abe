// The status page over HTTP: which path shows what. Read only; what a reader asks of it stands behind `?`.
import type { Context, Hono } from "hono";
import { compress } from "hono/compress";
import { etag, RETAINED_304_HEADERS } from "hono/etag";
import { assets, links, pagePolicy } from "../../page/assets.ts";
import { renderController } from "../../page/controller-page.ts";
import { renderJournal } from "../../page/journal-page.ts";
import { renderPolicies } from "../../page/policies-page.ts";
import { renderProblem } from "../../page/problem-page.ts";
import { readJournalQuery, readPolicyQuery, readServicesQuery } from "../../page/query.ts";
import { renderService } from "../../page/service-page.ts";
import { listRows, type Sight } from "../../page/service-rows.ts";
import { type Rendered, renderServices } from "../../page/services-page.ts";
import { renderFrame } from "../../page/shell.ts";
import { answerGet } from "./http-answer.ts";
import type { Live } from "./http-live.ts";
import { refuse } from "./http-refusal.ts";
import type { PageSource } from "./page-source.ts";
import type { StatusReader } from "./status-reader.ts";

export interface PageDeps {
  readonly status: StatusReader;
  readonly source: PageSource;
  readonly live: Live;
}

/** A browser takes the headers of a 304 for those of the page that it has kept. */
const retainedHeaders = [...RETAINED_304_HEADERS, "content-security-policy"];

export function addPages(app: Hono, { status, source, live }: PageDeps): void {
  for (const path of ["/", "/policies", "/controller", "/journal", "/services/*", "/assets/*"])
    app.use(path, compress(), etag({ retainedHeaders }));

  const look = async (): Promise<Sight> => {
    const targets = await status.targets();
    return { targets, pause: status.pause(), audits: await source.audits(targets) };
  };
  const show = (context: Context, rendered: Rendered, code: 200 | 404 | 503 = 200): Response => {
    context.header("content-security-policy", pagePolicy);
    context.header("cache-control", "private, no-cache");
    const frame = { path: context.req.path, pause: status.pause(), rendered };
    return context.html(renderFrame(frame, links), code);
  };
  const page = (
    path: string,
    render: (context: Context, given: URLSearchParams) => Promise<Rendered | undefined>,
  ) =>
    answerGet(app, path, async (context) => {
      const rendered = await render(context, new URL(context.req.url).searchParams);
      if (rendered !== undefined) return show(context, rendered);
      const message = "There is no such service, or no controller has told of it. It may have been deleted.";
      return show(context, renderProblem("Not found", message), 404);
    });

  page("/", async (_, given) => {
    const [sight, activity] = await Promise.all([look(), source.activity()]);
    return renderServices(sight, readServicesQuery(given), activity);
  });
  page("/policies", async (_, given) => renderPolicies(await look(), readPolicyQuery(given)));
  page("/controller", async () => {
    const sight = await look();
    return renderController(sight, await source.budgets(sight.targets));
  });
  page("/journal", async (context, given) => {
    const query = readJournalQuery(given);
    const [targets, history] = await Promise.all([
      status.targets(),
      source.history(query, context.req.raw.signal),
    ]);
    return renderJournal(targets, query, history);
  });
  page("/services/:target/:cluster/:service", async (context) => {
    const { target, cluster, service } = context.req.param() as Record<string, string>;
    const sight = await look();
    const row = listRows(sight).find(
      (one) => one.target === target && one.cluster === cluster && one.service === service,
    );
    const its = sight.targets.find((one) => one.target === target);
    if (row === undefined || its === undefined) return undefined;
    return renderService(row, its, await source.details(its, row, context.req.raw.signal));
  });

  for (const { path, type, text, version } of assets)
    answerGet(app, path, (context) => {
      const isOwn = context.req.query("v") === version;
      context.header("cache-control", isOwn ? "private, max-age=31536000, immutable" : "no-cache");
      context.header("etag", `"${version}"`);
      return context.body(text, 200, { "content-type": type });
    });

  answerGet(app, "/events", (context) => {
    if (context.req.method === "HEAD")
      return context.body(null, 200, { "content-type": "text/event-stream" });
    const body = live.open(context.req.raw.signal);
    if (body === undefined) {
      context.header("retry-after", "30");
      return refuse(context, 503, "Busy", "too many pages are open; this one is as of when it was loaded");
    }
    return context.body(body, 200, { "content-type": "text/event-stream", "x-accel-buffering": "no" });
  });
}
