// An audit as one file that can be opened, sent and printed: the scores, the matrix of services, then each finding with why it
// matters and what mends it. It loads nothing, and names and messages of others are text.
import { raw } from "hono/html";
import { describeEmpty } from "../core/audit/describe-empty.ts";
import { scoreMany } from "../core/audit/score.ts";
import { type AuditReport, pillars, type Score } from "../model/audit.ts";
import { idOf, renderCodes } from "./audit-findings.ts";
import { type Grouped, groupFindings } from "./audit-groups.ts";
import { cell, type Placed, placeOf, renderMatrix, signed, toneOf } from "./audit-rows.ts";
import { auditScript } from "./audit-script.ts";
import { type FailedTarget, renderBaseline, renderUnread } from "./audit-sections.ts";
import { auditStyle } from "./audit-style.ts";
import { inlinePolicy } from "./inline-policy.ts";
import { count, html, type Markup, nothing, show, time } from "./markup.ts";
import { style as commonStyle } from "./style.ts";
import { pillarWords } from "./words.ts";

const style = `${commonStyle}${auditStyle}`;
const policy = inlinePolicy(style, auditScript);
/** Of the codes that cost most, at the head of the page. */
const most = 5;
const maxChoices = 500;

/** The text of a page, from `<!DOCTYPE html>` on. `failed`: targets that could not be audited. */
export function renderAuditPage(reports: readonly AuditReport[], failed: readonly FailedTarget[]): string {
  const [first] = reports;
  const several = reports.length > 1;
  const placed = reports.map((report): Placed => ({ report, place: several ? placeName(report) : "" }));
  const grouped = groupFindings(reports);
  const services = reports.reduce((sum, report) => sum + report.services.length, 0);
  const title = first === undefined || several ? `${reports.length} accounts and Regions` : placeName(first);
  const unread = renderUnread(placed, failed);
  const baseline = renderBaseline(placed);
  const suggestion = reports.flatMap(({ suggestedPolicy }) => suggestedPolicy ?? []).join("---\n");
  const parts: readonly (readonly [id: string, name: string, part: Markup | undefined])[] = [
    ["services", "Services", services === 0 ? undefined : renderServices(placed, grouped)],
    ["clusters", "Clusters", renderClusters(placed)],
    ["findings", "Findings", grouped.codes.length === 0 ? undefined : renderCodes(grouped)],
    ["baseline", "Changes", baseline],
    ["unread", "Not known", unread],
    ["policy", "Suggested policy", suggestion === "" ? undefined : renderSuggestion(suggestion)],
  ];
  const shown = parts.filter(([, , part]) => part !== undefined);
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>Audit: ${title} · ecsmon</title>
<style>${raw(style)}</style>
</head>
<body>
<a class="skip" href="#main">To the content</a>
<header class="top">
<span class="brand"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M2 13h4l3-8 5 14 3-8 1 2h4"/></svg>ecsmon audit</span>
<nav class="parts" aria-label="Parts of this page">${shown.map(([id, name]) => html`<a href="#${id}">${name}</a>`)}</nav>
<p class="soft">${first === undefined ? "" : time(first.metadata.asOf)}</p>
</header>
<main id="main" tabindex="-1">
<h1>${title}</h1>
${placed.flatMap(({ report }) => renderEmpty(report))}
${services === 0 ? nothing : renderHero(reports, grouped)}
${shown.map(
  ([
    id,
    name,
    part,
  ]) => html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${name}</h2>
${part}</section>
`,
)}
</main>
<footer>Made by ecsmon. Scores are 0 to 100; <b>–</b>: nothing applies, or nothing is known; <b>?</b>: over what could be read.</footer>
<script>${raw(auditScript)}</script>
</body>
</html>
`.toString();
}

function placeName({ metadata: { account, region } }: AuditReport): string {
  return `${account === "" ? "account unknown" : show(account, 20)} · ${show(region, 40)}`;
}

function renderEmpty(report: AuditReport): readonly Markup[] {
  const [what, ...advice] = describeEmpty(report);
  if (what === undefined) return [];
  const sentence = (text: string): string => `${text.slice(0, 1).toUpperCase()}${show(text.slice(1), 600)}.`;
  return [html`<p class="empty"><b>${sentence(what)}</b> ${advice.map(sentence)}</p>`];
}

function renderHero(reports: readonly AuditReport[], { codes }: Grouped): Markup {
  const services = reports.flatMap((report) => report.services);
  const { score, partial, pillars: own } = scoreMany(services);
  const found = services.reduce((sum, { findings }) => sum + findings.length, 0);
  const unknown = services.reduce((sum, one) => sum + one.unknown.length, 0);
  const dearest = codes.slice(0, most);
  const top = dearest[0] === undefined ? 1 : dearest[0].weight * dearest[0].services.length;
  return html`<div class="hero">
${renderRing(score, partial)}
<div><h2>The four kinds of monitoring</h2><ul>${pillars.map((pillar) => {
    const { score: part = null, partial: isPartial = false } = own.find((one) => one.pillar === pillar) ?? {};
    return html`<li class="${part === null ? "soft" : toneOf(part)}"><span>${pillarWords[pillar]}</span><b>${part ?? "–"}${isPartial ? "?" : ""}</b>${bar(part ?? 0)}</li>`;
  })}</ul></div>
<div class="most">${
    dearest.length === 0
      ? nothing
      : html`<h2>What costs most</h2><ol>${dearest.map(
          ({ code, weight, services: those }) =>
            html`<li><a href="#${idOf(code)}">${show(code, 60)}</a><span>${count(those.length, "service")}, −${weight} each</span>${bar(Math.round((100 * weight * those.length) / top))}</li>`,
        )}</ol>`
  }</div>
<p class="lead"><b>${count(services.length, "service")}</b> in ${count(
    reports.reduce((sum, { clusters }) => sum + clusters.length, 0),
    "cluster",
  )}, ${count(found, "finding")}${unknown === 0 ? "" : html`, <a href="#unread">${count(unknown, "check")} not known</a>`}.${tellChange(reports, score)}${tellPromise(reports)}</p>
</div>`;
}

function renderRing(score: Score, partial: boolean): Markup {
  if (score === null)
    return html`<div class="ring"><svg viewBox="0 0 120 120" aria-hidden="true"><circle cx="60" cy="60" r="54"/></svg><p><b>–</b><span>no score</span></p></div>`;
  const tone = toneOf(score);
  const said = { good: "✓ well watched", warn: "◐ partly watched", bad: "✕ hardly watched" }[tone];
  return html`<div><div class="ring ${tone}"><svg viewBox="0 0 120 120" aria-hidden="true"><circle cx="60" cy="60" r="54"/>${score === 0 ? "" : html`<circle class="fill" cx="60" cy="60" r="54" pathLength="100" stroke-dasharray="${score} 100"/>`}</svg><p><b>${score}${partial ? "?" : ""}</b><span>of 100</span></p></div><p class="said ${tone}">${said}</p></div>`;
}

function bar(percent: number): Markup {
  return html`<svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><rect width="100" height="4"/><rect class="fill" width="${percent}" height="4"/></svg>`;
}

function tellChange(reports: readonly AuditReport[], score: Score): Markup {
  const [only, ...others] = reports;
  const then = only?.baseline;
  if (then === undefined || others.length > 0 || then.score === null || score === null) return nothing;
  const change = score - then.score;
  const tone = change === 0 ? "" : change > 0 ? "good" : "bad";
  return html` <b class="${tone}">${change === 0 ? "The same" : signed(change)}</b> since ${time(then.asOf)}.`;
}

function tellPromise(reports: readonly AuditReport[]): Markup {
  const [promise] = reports.flatMap(({ promised }) => promised ?? []);
  if (promise === undefined) return nothing;
  return html` With the <a href="#policy">suggested policy</a>: <b>${promise.score ?? "–"}</b>.`;
}

function renderServices(placed: readonly Placed[], grouped: Grouped): Markup {
  const places = [
    ...new Set(
      placed.flatMap(({ report, place }) => report.clusters.map(({ name }) => placeOf(place, name))),
    ),
  ];
  const promises = placed.some(({ report }) => report.promised !== undefined);
  const byPillar = pillars.map(
    (pillar, index) => [index + (promises ? 3 : 2), `lowest ${pillarWords[pillar].toLowerCase()}`] as const,
  );
  return html`<form role="search" aria-label="Filter services" class="filter" hidden>
<label>Search <input type="search" name="search" maxlength="300" placeholder="name, cluster or finding"></label>
${places.length > 1 ? html`<label>Cluster <select name="place"><option value="">any</option>${places.slice(0, maxChoices).map((place) => html`<option>${place}</option>`)}</select></label>` : nothing}
<label>Finding <select name="code"><option value="">any</option>${grouped.codes.map(({ code }) => html`<option value="${idOf(code)}">${show(code, 60)}</option>`)}</select></label>
<label>Sort by <select name="sort"><option value="1">lowest score</option><option value="name">name</option><option value="findings">most findings</option>${byPillar.map(([index, word]) => html`<option value="${index}">${word}</option>`)}</select></label>
<button type="reset">Clear</button><output role="status"></output>
</form>
${renderMatrix(placed, grouped)}`;
}

function renderClusters(placed: readonly Placed[]): Markup | undefined {
  const rows = placed.flatMap(({ report, place }) => report.clusters.map((one) => ({ ...one, place })));
  if (rows.length < 2) return undefined;
  const heads = ["Cluster", "Services", "Score", ...pillars.map((pillar) => pillarWords[pillar])];
  return html`<table class="audit"><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows.map(
    (one) =>
      html`<tr><th scope="row">${placeOf(one.place, one.name)}</th><td>${one.services}${cell(one)}${pillars.map((pillar) => cell(one.pillars.find((own) => own.pillar === pillar)))}
`,
  )}</tbody></table>`;
}

function renderSuggestion(text: string): Markup {
  return html`<p>It mends what a policy can mend. Put it beside your other policies, and look at <code>ecsmon plan</code> before it is applied.</p><pre tabindex="0">${text
    .trimEnd()
    .split("\n")
    .map((line) => html`<span>${show(line, 500)}</span>`)}</pre>`;
}
