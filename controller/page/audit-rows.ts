// The matrix of an audit's page: a row for each service. There may be thousands, so a row has only what is its own, and ends
// of cells and rows are left out where HTML lets them be.
import {
  type AuditComparison,
  type AuditedService,
  type AuditReport,
  pillars,
  type Score,
} from "../model/audit.ts";
import type { Grouped, Reference } from "./audit-groups.ts";
import { html, type Markup, nothing, show } from "./markup.ts";
import { pillarWords } from "./words.ts";

export interface Placed {
  readonly report: AuditReport;
  /** Where there are several: account and Region, before the name of a cluster. */
  readonly place: string;
}

/** `g92`: how full, and how good; the number stands beside it. */
export function cell(given: { readonly score: Score; readonly partial?: boolean } | undefined): Markup {
  if (given === undefined || given.score === null) return html`<td class=n>–`;
  const { score, partial } = given;
  return html`<td class=${toneOf(score).slice(0, 1)}${Math.round(score / 10)}>${score}${partial === true ? "?" : ""}`;
}

export function toneOf(score: number): "good" | "warn" | "bad" {
  return score >= 80 ? "good" : score >= 50 ? "warn" : "bad";
}

export function renderMatrix(placed: readonly Placed[], { references }: Grouped): Markup {
  const promises = placed.some(({ report }) => report.promised !== undefined);
  const heads = [
    "Service",
    "Score",
    ...(promises ? ["Promised"] : []),
    ...pillars.map((pillar) => pillarWords[pillar]),
    "Findings",
  ];
  // What most is lacking is seen first, and what has no score last.
  const rows = placed
    .flatMap(({ report, place }) => {
      const before = changesOf(report.baseline);
      const promised = new Map(report.promised?.services.map((one) => [keyOf(one), one]));
      return report.services.map((service) => ({
        service,
        place,
        change: before.get(keyOf(service)),
        promise: promises ? cell(promised.get(keyOf(service))) : nothing,
        references: references.get(service) ?? [],
      }));
    })
    .sort((a, b) => (a.service.score ?? 101) - (b.service.score ?? 101));
  return html`<table class="audit${promises ? " with" : ""}"><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows.map(renderRow)}</tbody></table>
<p class="empty" id="none" hidden>No service is like that.</p>`;
}

interface Row {
  readonly service: AuditedService;
  readonly place: string;
  readonly change: number | undefined;
  readonly promise: Markup;
  readonly references: readonly Reference[];
}

function renderRow({ service, place, change, promise, references }: Row): Markup {
  const { cluster, service: name, pillars: own, unknown } = service;
  const refs = references.map(({ wording, name: filled }) => `${wording.id}${filled === "" ? "" : "+"}`);
  return html`<tr data-f="${refs.join(" ")}"><th scope=row>${show(name, 80)}<small>${placeOf(place, cluster)}</small></th>${cell(service)}${showChange(change)}${promise}${pillars.map((pillar) => cell(own.find((one) => one.pillar === pillar)))}<td>${references.map(
    ({ code, name: filled }, index) =>
      html`${index === 0 ? "" : ", "}${show(code, 60)}${filled === "" ? "" : html` <i>${show(filled, 200)}</i>`}`,
  )}${references.length + unknown.length === 0 ? "lacks nothing" : ""}${unknown.length === 0 ? "" : html`<em>not known: ${[...new Set(unknown.map(({ check }) => show(check, 60)))].join(", ")}</em>`}
`;
}

export function placeOf(place: string, cluster: string): string {
  return place === "" ? show(cluster, 80) : `${show(cluster, 80)} · ${place}`;
}

function showChange(change: number | undefined): Markup {
  if (change === undefined) return nothing;
  return html`<small class="${change > 0 ? "good" : "bad"}">${signed(change)}</small>`;
}

export function signed(change: number): string {
  return change < 0 ? `−${-change}` : `+${change}`;
}

function changesOf(baseline: AuditComparison | undefined): ReadonlyMap<string, number> {
  const changed = [...(baseline?.better ?? []), ...(baseline?.worse ?? [])];
  return new Map(changed.map((one) => [keyOf(one), one.after - one.before]));
}

function keyOf({ cluster, service }: Pick<AuditedService, "cluster" | "service">): string {
  return `${cluster}/${service}`;
}
