// `/`: how many services are in which state, and all of them in one matrix by the four kinds of monitoring.
import { type AuditReport, pillars } from "../model/audit.ts";
import type { ServiceStatus, TargetStatus } from "../model/status.ts";
import type { Activity } from "./activity.ts";
import { renderChart } from "./chart.ts";
import { renderChoice, renderClear, renderTargetChoice, renderUnknown } from "./choice.ts";
import { count, fill, html, type Markup, nothing, show, time } from "./markup.ts";
import { linkTo, type PageQuery, pageLength, serviceLink, withinRows } from "./query.ts";
import { dial } from "./score.ts";
import {
  chooseRows,
  countStates,
  listRows,
  type RowQuery,
  type ServiceRow,
  type Sight,
  states,
} from "./service-rows.ts";
import { badge, pillarWords, stateWords } from "./words.ts";

/** Bytes of the rows of one page; all else of it has at most 30 KB. */
const maxRows = 64_000;

export interface Rendered {
  readonly title: string;
  /** At the head of the page, below a pause. */
  readonly notices?: Markup;
  /** Above the form. */
  readonly head?: Markup;
  /** What a reader is typing is not replaced when something changes. */
  readonly form?: Markup;
  readonly parts: Markup;
}

export function renderServices(
  sight: Sight,
  given: RowQuery & PageQuery,
  activity: Activity | undefined,
): Rendered {
  const all = listRows(sight);
  const chosen = chooseRows(all, given);
  const query = withinRows(given, chosen.length);
  const manyTargets = sight.targets.length > 1;
  const hasAudit = sight.audits.size > 0;
  const rows = chosen
    .slice(query.from, query.from + pageLength)
    .map((row) => () => renderRow(row, { manyTargets, hasAudit }));
  const shown = fill(rows, maxRows);
  return {
    title: "Services",
    head: html`<section id="sum" data-live aria-label="Summary">${renderSummary(all, sight, query)}</section>`,
    form: renderForm(all, sight.targets, query),
    parts: html`
<section id="matrix" data-live aria-label="Matrix of services">
${renderTable(shown, all.length, sight, hasAudit)}
${renderPaging("/", query, shown.length, chosen.length)}
</section>
<section id="activity" data-live aria-labelledby="activity-title">
<h2 id="activity-title">Drift and changes</h2>
${renderChart(activity)}
</section>`,
  };
}

function renderSummary(
  all: readonly ServiceRow[],
  { audits, targets, unread }: Sight,
  query: PageQuery,
): Markup {
  const counts = countStates(all);
  const tiles = states
    .filter((state) => counts[state] > 0 || state === "ready")
    .map((state) => {
      const { sign, label, tone, help } = stateWords[state];
      const isChosen = query.texts["state"] === state;
      const href = linkTo("/", query.texts, { state: isChosen ? "" : state });
      return html`<li><a class="tile ${tone}" id="tile-${state}" href="${href}" title="${help}"${isChosen ? html` aria-current="true"` : ""}><b>${counts[state].toLocaleString("en")}</b><span><i aria-hidden="true">${sign}</i> ${label}</span></a></li>`;
    });
  const hidden =
    unread.length === 0
      ? nothing
      : html`<li><a class="tile bad" href="/controller" title="what they look after is not known"><b>${unread.length.toLocaleString("en")}</b><span><i aria-hidden="true">?</i> ${unread.length === 1 ? "Target" : "Targets"} not ${unread.every(({ unreached }) => unreached) ? "looked after" : "read"}</span></a></li>`;
  return html`<ul class="tiles">${renderScore([...audits.values()])}${hidden}${tiles}</ul>${renderAge(targets, [...audits.values()])}`;
}

/** As of when the oldest of it is. */
function renderAge(targets: readonly TargetStatus[], reports: readonly AuditReport[]): Markup {
  const parts = [
    ["Last full pass", targets.flatMap(({ pass }) => (pass === undefined ? [] : [pass.endedAt]))],
    ["Scores from", reports.map(({ metadata }) => metadata.asOf)],
  ] as const;
  const told = parts.flatMap(([label, times]) => {
    const [oldest] = times.toSorted();
    if (oldest === undefined) return [];
    return [
      html`<span>${label}${times.length > 1 ? ", the oldest of all targets" : ""}: ${time(oldest)}</span>`,
    ];
  });
  return told.length === 0
    ? nothing
    : html`<p class="soft">${told.map((one, index) => (index === 0 ? one : html` · ${one}`))}</p>`;
}

/** Of all targets together: the mean of their services. */
function renderScore(reports: readonly AuditReport[]): Markup {
  const known = reports.filter(({ score }) => score !== null);
  const total = known.reduce((sum, { services }) => sum + services.length, 0);
  if (total === 0) return nothing;
  const score = known.reduce((sum, one) => sum + (one.score ?? 0) * one.services.length, 0) / total;
  return html`<li><div class="tile calm" title="the mean of the audit's scores of all services">${dial(
    Math.floor(score),
    reports.some(({ partial }) => partial),
  )}<span>Score of 100</span></div></li>`;
}

function renderForm(all: readonly ServiceRow[], targets: readonly TargetStatus[], query: PageQuery): Markup {
  const { texts } = query;
  const clusters = [...new Set(all.map(({ cluster }) => cluster))].sort();
  return html`<form method="get" action="/" role="search" aria-label="Filter services" class="filter">
<label>Search <input type="search" name="search" value="${texts["search"] ?? ""}" maxlength="300" placeholder="name, policy or reason"></label>
${renderChoice(
  "State",
  "state",
  states.map((state) => [state, stateWords[state].label]),
  texts,
)}
${renderChoice(
  "Cluster",
  "cluster",
  clusters.map((name) => [name, show(name, 40)]),
  texts,
)}
${renderTargetChoice(targets, texts)}
${renderChoice(
  "Sort by",
  "sort",
  [
    ["state", "trouble first"],
    ["name", "name"],
    ["score", "lowest score"],
    ["changed", "last change"],
    ["drift", "last drift"],
  ],
  texts,
  undefined,
)}
<button>Apply</button>${renderClear("/", query)}
</form>${renderUnknown(query)}`;
}

function renderTable(
  rows: readonly Markup[],
  total: number,
  { targets, unread }: Sight,
  hasAudit: boolean,
): Markup {
  if (rows.length === 0) {
    if (total > 0) return html`<p class="empty">No service is like that. <a href="/">Show all</a></p>`;
    if (unread.length > 0)
      return html`<p class="empty">Nothing is known: ${count(unread.length, "target")} could not be read, or not be looked after.</p>`;
    return targets.length === 0
      ? html`<p class="empty">No target has told anything yet: the first pass is still to end.</p>`
      : html`<p class="empty">No policy selects a service yet.</p>`;
  }
  const heads = [
    "Service",
    "State",
    ...(hasAudit ? ["Score", ...pillars.map((pillar) => pillarWords[pillar])] : []),
    "Managed",
    "Drift",
    "Last change",
  ];
  return html`<table class="matrix"><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows}</tbody></table>${hasAudit ? nothing : html`<p class="soft">The four kinds of monitoring of each service – app metrics, liveness, resources, logs – are not known yet: there was no audit.</p>`}`;
}

function renderRow(
  row: ServiceRow,
  { manyTargets, hasAudit }: { readonly manyTargets: boolean; readonly hasAudit: boolean },
): Markup {
  const { target, cluster, service, state, conditions, status, audit } = row;
  const managed = Object.values(status?.managed ?? {}).reduce((sum, names) => sum + names.length, 0);
  const place = manyTargets ? `${cluster} · ${target}` : cluster;
  return html`<tr class="${stateWords[state].tone}"><th scope="row"><a href="${serviceLink(row)}">${show(service, 80)}</a><small>${show(place, 80)}</small></th><td>${badge(stateWords[state])}${renderReason(row, conditions)}</td>${
    hasAudit
      ? html`<td data-of="Score">${dial(audit?.score, audit?.partial)}</td>${pillars.map((pillar) => {
          const own = audit?.pillars.find((one) => one.pillar === pillar);
          return html`<td data-of="${pillarWords[pillar]}">${dial(own?.score, own?.partial)}</td>`;
        })}`
      : nothing
  }<td data-of="Managed" class="number">${managed}</td><td data-of="Drift">${renderDrift(status?.drift)}</td><td data-of="Changed">${time(status?.lastChangedAt)}</td></tr>
`;
}

/** A repair may be over within a moment: that there was one stands here. */
function renderDrift(drift: ServiceStatus["drift"] | undefined): Markup {
  if (drift === undefined || drift.found === 0) return html`<span class="soft">–</span>`;
  return html`${drift.found} found<small>${drift.repaired} put right, last ${time(drift.lastAt)}</small>`;
}

function renderReason({ state, former }: ServiceRow, conditions: ServiceRow["conditions"]): Markup {
  if (former !== undefined)
    return html`<small>last heard of ${time(former.since)}; then it was <b>${stateWords[former.state].label}</b></small>`;
  if (state === "ready" || state === "unwatched") return nothing;
  const wanted = { failed: "Reconciling", blocked: "Stalled", drifted: "Drifted", shown: "Drifted" } as const;
  const type = state in wanted ? wanted[state as keyof typeof wanted] : "Reconciling";
  const said = conditions.find((one) => one.type === type) ?? conditions[0];
  if (said === undefined) return nothing;
  return html`<small><b>${show(said.reason, 60)}</b> ${show(said.message, 160)}</small>`;
}

/** @param shown rows on this page, of `total` that were chosen */
export function renderPaging(path: string, { texts, from }: PageQuery, shown: number, total: number): Markup {
  if (total === 0 || (from === 0 && shown >= total))
    return html`<p class="soft paging">${count(total, "row")}</p>`;
  const next = from + shown;
  const link = (at: number, text: string, rel: string): Markup =>
    html`<a class="button" rel="${rel}" href="${linkTo(path, texts, { from: at === 0 ? "" : `${at}` })}">${text}</a>`;
  return html`<nav class="paging" aria-label="Rows">${from > 0 ? link(Math.max(0, from - pageLength), "← Before", "prev") : nothing}<span>${shown === 0 ? 0 : (from + 1).toLocaleString("en")}–${next.toLocaleString("en")} of ${total.toLocaleString("en")}</span>${next < total && shown > 0 ? link(next, "After →", "next") : nothing}</nav>`;
}
