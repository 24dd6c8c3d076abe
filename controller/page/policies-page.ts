// `/policies`: each policy in each target with its conditions, and the sources that policies come from.
import type { PolicyStatus, SourceStatus } from "../model/status.ts";
import { renderClear, renderUnknown } from "./choice.ts";
import { code, fill, html, type Markup, nameRows, nothing, show, time } from "./markup.ts";
import { type PolicyQuery, pageLength, withinRows } from "./query.ts";
import type { Said, Sight } from "./service-rows.ts";
import { type Rendered, renderPaging } from "./services-page.ts";
import { badge, stateWords, unheardOf } from "./words.ts";

type Row = PolicyStatus & { readonly target: string };

const maxPolicies = 55_000;
const maxSources = 20_000;

export function renderPolicies({ targets, unread, unheard }: Sight, given: PolicyQuery): Rendered {
  const words = given.search.toLowerCase().split(/\s+/).filter(Boolean);
  const rows = targets
    .flatMap(({ target, policies }) => policies.map((policy): Row => ({ target, ...policy })))
    .filter(({ name, at, conditions }) => {
      const text = [name, at, ...conditions.map(({ reason }) => reason)].join(" ").toLowerCase();
      return words.every((word) => text.includes(word));
    })
    .sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
  const query = withinRows(given, rows.length);
  const nameRow = nameRows("policy");
  const shown = fill(
    rows
      .slice(query.from, query.from + pageLength)
      .map(
        (row) => () =>
          renderPolicy(row, nameRow(row.target, row.name), targets.length > 1, unheard.get(row.target)),
      ),
    maxPolicies,
  );
  return {
    title: "Policies",
    form: html`<form method="get" action="/policies" role="search" aria-label="Filter policies" class="filter">
<label>Search <input type="search" name="search" value="${query.texts["search"] ?? ""}" maxlength="300" placeholder="name, file or reason"></label>
<button>Apply</button>${renderClear("/policies", query)}
</form>${renderUnknown(query)}`,
    parts: html`
<section id="policies" data-live aria-label="Policies">
${
  shown.length === 0
    ? html`<p class="empty">${emptyWords(query.search, unread.length)}</p>`
    : html`<table class="wide"><thead><tr>${["Policy", "Ready", "Services", "Managed", "In trouble", "Since"].map((head) => html`<th scope="col">${head}</th>`)}</tr></thead><tbody>${shown}</tbody></table>`
}
${renderPaging("/policies", query, shown.length, rows.length)}
</section>
<section id="sources" data-live aria-labelledby="sources-title">
<h2 id="sources-title">Sources</h2>
${renderSources(
  targets.flatMap(({ target, sources }) => sources.map((one) => ({ ...one, since: unheard.get(target) }))),
)}
</section>`,
  };
}

function emptyWords(search: string, unread: number): string {
  if (search !== "") return "No policy is like that.";
  return unread > 0
    ? "No policy is known: not every target could be read just now."
    : "No target knows of a policy yet.";
}

/** What is not ready comes first. */
function rank({ conditions }: Row): number {
  return { False: 0, Unknown: 1, True: 2 }[conditions[0]?.status ?? "Unknown"];
}

function renderPolicy(row: Row, id: string, manyTargets: boolean, since: string | undefined): Markup {
  const { target, name, at, services, managed, troubled, conditions } = row;
  return html`<tr id="${id}"><th scope="row">${show(name, 80)}<small>${show(manyTargets ? `${at} · ${target}` : at, 120)}</small></th><td>${renderConditions(conditions, 240, since)}</td><td data-of="Services" class="number">${services}</td><td data-of="Managed" class="number">${managed}</td><td data-of="In trouble" class="number">${troubled}</td><td data-of="Since">${time(conditions[0]?.lastTransitionTime)}</td></tr>
`;
}

const readyWords = {
  True: { sign: "✓", label: "Ready", tone: "good" },
  False: { sign: "✕", label: "Not ready", tone: "bad" },
  Unknown: { sign: "…", label: "On its way", tone: "warn" },
} as const;
const otherWords = {
  Stalled: { sign: "■", label: "Stalled", tone: "bad" },
  Reconciling: { sign: "↻", label: "Reconciling", tone: "busy" },
  Drifted: { sign: "≠", label: "Drifted", tone: "warn" },
} as const;

/**
 * All of them, each message once.
 * @param since nobody has been heard of since then, and they are what stood at that time
 */
export function renderConditions(conditions: readonly Said[], limit = 240, since?: string): Markup {
  const told = new Set<string>();
  const lines = conditions.map(({ type, status, reason, message }) => {
    const words = (type === "Ready" ? readyWords[status] : otherWords[type]) ?? unheardOf(type);
    const isNew = !told.has(message);
    told.add(message);
    return html`<div class="condition">${badge(since === undefined ? words : { ...words, label: `${words.label} then`, tone: "calm" })} <b>${show(reason, 60)}</b>${isNew ? html`<small>${show(message, limit)}</small>` : nothing}</div>`;
  });
  const old =
    since === undefined
      ? nothing
      : html`<div class="condition">${badge(stateWords.unheard)} the last full pass ended ${time(since)}</div>`;
  return lines.length === 0 ? html`${old}<span class="soft">not judged yet</span>` : html`${old}${lines}`;
}

/** `since`: the target that tells of it has not been heard of since. */
type ToldSource = SourceStatus & { readonly since: string | undefined };

/** A source is one for all targets: as the replica that asked it last has it. */
function renderSources(all: readonly ToldSource[]): Markup {
  const sources = new Map<string, ToldSource>();
  for (const source of all) {
    const other = sources.get(source.name);
    if (other === undefined || (other.readAt ?? "") < (source.readAt ?? "")) sources.set(source.name, source);
  }
  if (sources.size === 0) return html`<p class="empty">No target has told of a source yet.</p>`;
  const nameRow = nameRows("source");
  const rows = fill(
    [...sources.values()].map((source) => () => renderSource(source, nameRow(source.name))),
    maxSources,
  );
  const left = sources.size - rows.length;
  return html`<table class="wide"><thead><tr>${["Source", "State", "Revision", "Read"].map((head) => html`<th scope="col">${head}</th>`)}</tr></thead><tbody>${rows}</tbody></table>${left > 0 ? html`<p class="soft">and ${left} more: <a href="/api/v1/sources">all of them as JSON</a></p>` : nothing}`;
}

function renderSource(source: ToldSource, id: string): Markup {
  const { name, revision, staleSince, code: reason, message, readAt, since } = source;
  const state =
    staleSince === undefined
      ? badge(
          since === undefined
            ? { sign: "✓", label: "Current", tone: "good" }
            : { sign: "?", label: "Current then", tone: "calm" },
        )
      : html`${badge({ sign: "✕", label: "Stale", tone: "bad" })} since ${time(staleSince)}<small><b>${show(reason ?? "", 60)}</b> ${show(message ?? "", 240)}</small>`;
  return html`<tr id="${id}"><th scope="row">${show(name, 160)}</th><td>${state}</td><td data-of="Revision">${revision === undefined ? html`<span class="soft">none yet</span>` : code(revision.slice(0, 60), 60)}</td><td data-of="Read">${time(readAt)}</td></tr>
`;
}
