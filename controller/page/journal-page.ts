// `/journal`: what was written, when, on whose word and why; and the same of one service on its own page.
import { kindNames } from "../model/plan.ts";
import type { JournalEntry, TargetStatus } from "../model/status.ts";
import { code, count, fill, html, type Markup, nothing, show, time } from "./markup.ts";
import { type JournalQuery, linkTo, pageLength, serviceLink } from "./query.ts";
import { type Rendered, renderChoice } from "./services-page.ts";
import { badge, unheardOf } from "./words.ts";

export interface History {
  /** Newest first. */
  readonly entries: readonly JournalEntry[];
  /** ISO 8601, UTC: how far back was looked. */
  readonly since: string;
  /** What was written up to then was not looked at. */
  readonly unreadUntil?: string;
}

const maxEntries = 80_000;

export function renderJournal(
  targets: readonly TargetStatus[],
  query: JournalQuery,
  history: History | undefined,
): Rendered {
  const { texts } = query;
  return {
    title: "Journal",
    form: html`<form method="get" action="/journal" role="search" aria-label="Search the journal" class="filter">
<label>Search <input type="search" name="search" value="${texts["search"] ?? ""}" maxlength="300" placeholder="service, item, policy, reason"></label>
${renderChoice(
  "Kind",
  "kind",
  kindNames.map((kind) => [kind, kind]),
  texts,
)}
${
  targets.length > 1
    ? renderChoice(
        "Target",
        "target",
        targets.map(({ target }) => [target, show(target, 60)]),
        texts,
      )
    : nothing
}
<button>Apply</button>${Object.keys(texts).length > 0 ? html`<a class="button" href="/journal">Clear</a>` : nothing}
</form>`,
    parts: html`
<section id="journal" data-live aria-label="Writes, newest first">
${renderHistory(history, { maxBytes: maxEntries, places: true })}
${renderOlder(query, history)}
</section>`,
  };
}

/** Older entries are asked for by the instant of the last one: the journal grows at its head. */
function renderOlder({ texts, until }: JournalQuery, history: History | undefined): Markup {
  const last = history?.entries.at(-1)?.at;
  const older = history?.unreadUntil ?? (history?.entries.length === pageLength ? last : undefined);
  const newest =
    until === undefined
      ? nothing
      : html`<a class="button" href="${linkTo("/journal", texts, { until: "" })}">Newest</a>`;
  const next =
    older === undefined || older === until
      ? nothing
      : html`<a class="button" rel="next" href="${linkTo("/journal", texts, { until: older })}">Older →</a>`;
  return html`<nav class="paging" aria-label="Entries">${newest}${history === undefined ? nothing : html`<span>back to ${time(history.unreadUntil ?? (older === undefined ? history.since : last))}</span>`}${next}</nav>`;
}

const results = {
  applied: { sign: "✓", label: "Written", tone: "good" },
  begun: { sign: "…", label: "Begun", tone: "busy" },
  skipped: { sign: "○", label: "Skipped", tone: "calm" },
  failed: { sign: "✕", label: "Failed", tone: "bad" },
} as const;

export function renderHistory(
  history: History | undefined,
  { maxBytes, places }: { readonly maxBytes: number; readonly places: boolean },
): Markup {
  if (history === undefined) return html`<p class="empty">The journal could not be read just now.</p>`;
  const { entries } = history;
  if (entries.length === 0)
    return html`<p class="empty">Nothing was written that is like that, since ${time(history.unreadUntil ?? history.since)}.</p>`;
  const rows = fill(
    entries.map((entry) => () => renderEntry(entry, places)),
    maxBytes,
  );
  return html`<ol class="journal">${rows}</ol>${rows.length < entries.length ? html`<p class="soft">${count(entries.length - rows.length, "more entry", "more entries")}: narrow the search, or ask <a href="/api/v1/history">the same as JSON</a>.</p>` : nothing}`;
}

function renderEntry(entry: JournalEntry, places: boolean): Markup {
  const {
    at,
    kind,
    name,
    action,
    why,
    result,
    policies,
    revisions,
    paths,
    redeploys,
    code: failure,
    message,
  } = entry;
  const { target, cluster, service } = entry;
  const place =
    !places || cluster === undefined || service === undefined
      ? nothing
      : html` of <a href="${serviceLink({ target, cluster, service })}">${show(`${cluster}/${service}`, 100)}</a>`;
  const from = policies
    .slice(0, 5)
    .map(
      (policy) => `${policy}${revisions[policy] === undefined ? "" : ` @ ${revisions[policy].slice(0, 12)}`}`,
    );
  const what =
    paths.length === 0 ? nothing : html`<small>${show(paths.slice(0, 12).join(", "), 240)}</small>`;
  return html`<li>${time(at)} ${badge(results[result] ?? unheardOf(result))} <span><b>${show(action, 30)}</b> ${show(kind, 40)} ${code(name, 140)}${place}${redeploys ? html` <span class="mark">redeploys</span>` : nothing} <em>${show(why, 160)}</em>${from.length === 0 ? nothing : html` <small>by ${show(from.join(", "), 200)}</small>`}${what}${failure === undefined && message === undefined ? nothing : html`<small><b>${show(failure ?? "", 60)}</b> ${show(message ?? "", 240)}</small>`}</span></li>
`;
}
