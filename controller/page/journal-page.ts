// `/journal`: what was written, when, on whose word and why; and the same of one service on its own page.
import { kindNames } from "../model/plan.ts";
import type { JournalEntry, TargetStatus } from "../model/status.ts";
import { renderChoice, renderClear, renderTargetChoice, renderUnknown } from "./choice.ts";
import { code, count, fill, html, type Markup, nameRows, nothing, show, time } from "./markup.ts";
import { type JournalQuery, linkTo, serviceLink } from "./query.ts";
import type { Rendered } from "./services-page.ts";
import { badge, unheardOf } from "./words.ts";

export interface History {
  /** Newest first. */
  readonly entries: readonly JournalEntry[];
  /** ISO 8601, UTC: how far back was looked. */
  readonly since: string;
  /** What was written up to then was not looked at. */
  readonly unreadUntil?: string;
  /** There are older ones that are like what was asked for. */
  readonly hasMore?: boolean;
}

const maxEntries = 80_000;

export function renderJournal(
  targets: readonly TargetStatus[],
  query: JournalQuery,
  history: History | undefined,
): Rendered {
  const { texts } = query;
  const shown = history === undefined ? [] : fillEntries(history.entries, maxEntries, true);
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
${renderTargetChoice(targets, texts)}
<button>Apply</button>${renderClear("/journal", query)}
</form>${renderUnknown(query)}`,
    parts: html`
<section id="journal" data-live aria-label="Writes, newest first">
${shown.length > 0 ? html`<ol class="journal">${shown}</ol>` : history === undefined ? unread : renderEmpty(history, query.until)}
${renderOlder(query, history, shown.length)}
</section>`,
  };
}

/**
 * Older entries are asked for by the instant of the last one, as the journal grows at its head; and by how many of that
 * instant have been shown, as all entries of a pass have the same.
 */
function findOlder(
  { until, from }: JournalQuery,
  { entries, hasMore = false, unreadUntil }: History,
  shown: number,
): { readonly until: string; readonly from: number } | undefined {
  const last = entries[shown - 1]?.at;
  if (last !== undefined && (hasMore || shown < entries.length)) {
    const own = entries.slice(0, shown).filter(({ at }) => at === last).length;
    return { until: last, from: own + (isInstant(last, until) ? from : 0) };
  }
  return unreadUntil === undefined || unreadUntil === until ? undefined : { until: unreadUntil, from: 0 };
}

function isInstant(at: string, other: string | undefined): boolean {
  return other !== undefined && Date.parse(at) === Date.parse(other);
}

function renderOlder(query: JournalQuery, history: History | undefined, shown: number): Markup {
  const { texts, until } = query;
  const older = history === undefined ? undefined : findOlder(query, history, shown);
  const newest =
    until === undefined
      ? nothing
      : html`<a class="button" href="${linkTo("/journal", texts, { until: "" })}">Newest</a>`;
  const next =
    older === undefined
      ? nothing
      : html`<a class="button" rel="next" href="${linkTo("/journal", texts, { until: older.until, from: older.from === 0 ? "" : `${older.from}` })}">Older →</a>`;
  return html`<nav class="paging" aria-label="Entries">${newest}${history === undefined ? nothing : html`<span>back to ${time(older?.until ?? history.unreadUntil ?? history.since)}</span>`}${next}</nav>`;
}

const results = {
  applied: { sign: "✓", label: "Written", tone: "good" },
  begun: { sign: "…", label: "Begun", tone: "busy" },
  skipped: { sign: "○", label: "Skipped", tone: "calm" },
  failed: { sign: "✕", label: "Failed", tone: "bad" },
} as const;

const unread = html`<p class="empty">The journal could not be read just now.</p>`;

/** @param until what came later may be there */
function renderEmpty({ unreadUntil, since }: History, until?: string): Markup {
  const from = time(unreadUntil ?? since);
  return until === undefined
    ? html`<p class="empty">Nothing was written that is like that, since ${from}.</p>`
    : html`<p class="empty">No more entries are like that between ${from} and ${time(until)}.</p>`;
}

/** Of one service, on its own page. */
export function renderHistory(history: History | undefined, maxBytes: number): Markup {
  if (history === undefined) return unread;
  const { entries } = history;
  if (entries.length === 0) return renderEmpty(history);
  const rows = fillEntries(entries, maxBytes, false);
  return html`<ol class="journal">${rows}</ol>${rows.length < entries.length ? html`<p class="soft">${count(entries.length - rows.length, "more entry", "more entries")}: narrow the search, or ask <a href="/api/v1/history">the same as JSON</a>.</p>` : nothing}`;
}

function fillEntries(entries: readonly JournalEntry[], maxBytes: number, places: boolean): readonly Markup[] {
  const nameRow = nameRows("entry");
  return fill(
    entries.map((entry) => () => {
      // How the write ended is told later.
      const { at, target, kind, cluster, service, name, action } = entry;
      return renderEntry(entry, nameRow(at, target, kind, cluster, service, name, action), places);
    }),
    maxBytes,
  );
}

function renderEntry(entry: JournalEntry, id: string, places: boolean): Markup {
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
  return html`<li id="${id}">${time(at)} ${badge(results[result] ?? unheardOf(result))} <span><b>${show(action, 30)}</b> ${show(kind, 40)} ${code(name, 140)}${place}${redeploys ? html` <span class="mark">redeploys</span>` : nothing} <em>${show(why, 160)}</em>${from.length === 0 ? nothing : html` <small>by ${show(from.join(", "), 200)}</small>`}${what}${failure === undefined && message === undefined ? nothing : html`<small><b>${show(failure ?? "", 60)}</b> ${show(message ?? "", 240)}</small>`}</span></li>
`;
}
