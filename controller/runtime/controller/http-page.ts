// The status page over HTTP: which path shows what. Read only; what a reader asks of it stands behind `?`.
import type { Context, Hono } from "hono";
import { compress } from "hono/compress";
import { etag, RETAINED_304_HEADERS } from "hono/etag";
import type { Pause } from "../../model/status.ts";
import { assets, links, pagePolicy } from "../../page/assets.ts";
import { renderController } from "../../page/controller-page.ts";
import { renderNotices } from "../../page/hearing.ts";
import { renderJournal } from "../../page/journal-page.ts";
import { renderPolicies } from "../../page/policies-page.ts";
import { renderProblem } from "../../page/problem-page.ts";
import { readJournalQuery, readPolicyQuery, readServicesQuery, serviceLink } from "../../page/query.ts";
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

const notFound = "There is no such service, or no controller has told of it. It may have been deleted.";

type ProblemCode = 404 | 500 | 503;
type Problem = Rendered & { readonly code: ProblemCode };

/** Whoever asks looks at it in a browser: what goes wrong is told there as a page too. */
export function wantsPage(context: Context): boolean {
  const { method, path } = context.req;
  if (method !== "GET" && method !== "HEAD") return false;
  return (
    ["/", "/policies", "/controller", "/journal"].includes(path) ||
    path.startsWith("/services/") ||
    (!path.startsWith("/api/") && /\btext\/html\b/i.test(context.req.header("accept") ?? ""))
  );
}

export function showPage(
  context: Context,
  pause: Pause | undefined,
  rendered: Rendered,
  code: 200 | ProblemCode = 200,
): Response {
  context.header("content-security-policy", pagePolicy);
  context.header("cache-control", "private, no-cache");
  return context.html(renderFrame({ path: context.req.path, pause, rendered }, links), code);
}

export function addPages(app: Hono, { status, source, live }: PageDeps): void {
  for (const path of ["/", "/policies", "/controller", "/journal", "/services/*", "/assets/*"])
    app.use(path, compress(), etag({ retainedHeaders }));

  const look = async (): Promise<Sight> => {
    const { targets, unread } = await status.targets();
    const audits = await source.audits(targets);
    return { targets, unread, unheard: source.unheard(targets), pause: status.pause(), audits };
  };
  const page = (
    path: string,
    render: (sight: Sight, context: Context, given: URLSearchParams) => Promise<Rendered | Problem>,
  ) =>
    answerGet(app, path, async (context) => {
      const sight = await look();
      const rendered = await render(sight, context, new URL(context.req.url).searchParams);
      const code = "code" in rendered ? rendered.code : 200;
      return showPage(context, status.pause(), { ...rendered, notices: renderNotices(sight) }, code);
    });

  page("/", async (sight, _, given) =>
    renderServices(sight, readServicesQuery(given), await source.activity()),
  );
  // One and the same page has one address.
  for (const path of ["/policies", "/controller", "/journal"])
    answerGet(app, `${path}/`, (context) =>
      context.redirect(`${path}${new URL(context.req.url).search}`, 301),
    );
  answerGet(app, "/services/:target/:cluster/:service/", (context) => {
    const { target = "", cluster = "", service = "" } = context.req.param() as Record<string, string>;
    return context.redirect(serviceLink({ target, cluster, service }), 301);
  });

  page("/policies", async (sight, _, given) => renderPolicies(sight, readPolicyQuery(given)));
  page("/controller", async (sight) =>
    renderController(sight, await source.budgets(sight.targets), source.guards),
  );
  page("/journal", async (sight, context, given) => {
    const query = readJournalQuery(given);
    return renderJournal(sight.targets, query, await source.history(query, context.req.raw.signal));
  });
  page("/services/:target/:cluster/:service", async (sight, context) => {
    const { target, cluster, service } = context.req.param() as Record<string, string>;
    const hidden = sight.unread.find((one) => one.target === target);
    if (hidden !== undefined) {
      const message = `What is known of ${cluster}/${service} could not be read just now: ${hidden.code} ${hidden.message}`;
      return { ...renderProblem("Not read", message), code: 503 };
    }
    const row = listRows(sight).find(
      (one) => one.target === target && one.cluster === cluster && one.service === service,
    );
    const its = sight.targets.find((one) => one.target === target);
    if (row === undefined || its === undefined) return { ...renderProblem("Not found", notFound), code: 404 };
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
