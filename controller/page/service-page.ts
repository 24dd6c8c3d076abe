// `/services/TARGET/CLUSTER/SERVICE`: what ecsmon manages there, what it would change, how its alarms stand, what the audit
// found, and what was written of it.
import { createHash } from "node:crypto";
import { ownedName } from "../core/names.ts";
import { isError, isWait } from "../core/status-facts.ts";
import type { AuditedService } from "../model/audit.ts";
import { pillars } from "../model/audit.ts";
import type { Failure } from "../model/errors.ts";
import { type KindName, kindNames } from "../model/plan.ts";
import type { Pending, PendingDiff, ServiceStatus, TargetStatus, Trouble } from "../model/status.ts";
import { alarmInConsole, dashboardInConsole, logGroupInConsole, serviceInConsole } from "./console-links.ts";
import { renderFinding } from "./finding.ts";
import { type History, renderHistory } from "./journal-page.ts";
import { code, count, fill, html, type Markup, nothing, show, time } from "./markup.ts";
import { renderConditions } from "./policies-page.ts";
import { linkTo } from "./query.ts";
import { dial } from "./score.ts";
import type { ServiceRow } from "./service-rows.ts";
import type { Rendered } from "./services-page.ts";
import { badge, pillarWords, stateWords, type Tone } from "./words.ts";

export interface AlarmState {
  /** The whole name, as in AWS. */
  readonly name: string;
  /** `OK`, `ALARM`, `INSUFFICIENT_DATA`; `MISSING`: there is no such alarm. */
  readonly state: string;
  readonly reason?: string;
  /** ISO 8601, UTC. */
  readonly since?: string;
  readonly actionsEnabled?: boolean;
}

export interface AlarmStates {
  /** ISO 8601, UTC: when they were read. */
  readonly at: string;
  readonly states: readonly AlarmState[];
  /** Names that were not asked for, as there are too many. */
  readonly left: number;
}

export interface ServiceDetails {
  /** A failure: they could not be read, or not now. */
  readonly alarms: AlarmStates | Failure;
  readonly history: History | undefined;
  /** Left out: none is kept. */
  readonly diffs?: { readonly at: string; readonly items: readonly PendingDiff[] };
}

const budgets = {
  managed: 14_000,
  troubles: 9_000,
  waits: 3_000,
  diff: 22_000,
  alarms: 14_000,
  audit: 14_000,
  history: 12_000,
};

export function renderService(
  row: ServiceRow,
  target: TargetStatus,
  { alarms, history, diffs }: ServiceDetails,
): Rendered {
  const { cluster, service, state, conditions, status, audit, former } = row;
  const { region, account, owner } = target;
  return {
    title: `${cluster}/${service}`,
    parts: html`
<section id="head" data-live aria-label="State">
<p class="crumbs">${conditions.length === 0 ? badge(stateWords[state]) : nothing}<span>${show(account, 20)} · ${show(region, 40)}</span> ${renderLink(serviceInConsole({ region, cluster, service }), "In the AWS console ↗", nothing)}</p>
${conditions.length === 0 ? html`<p class="soft">No policy selects this service.</p>` : renderConditions(conditions, 800, former?.since)}
${status === undefined ? nothing : renderFacts(status)}
</section>
<section id="diff" data-live aria-labelledby="diff-title">
<h2 id="diff-title">What waits</h2>
${renderPending(row, diffs)}
</section>
${renderTroubles("blocked", "Held back", status?.blocked.filter(isError) ?? [])}
${renderTroubles("failed", "Not read or not written", status?.failed ?? [])}
${renderTroubles("left", "Left as it is", status?.blocked.filter((one) => !isError(one) && !isWait(one)) ?? [], budgets.waits)}
<section id="alarms" data-live aria-labelledby="alarms-title">
<h2 id="alarms-title">Alarms</h2>
${renderAlarms(alarms, region)}
</section>
<section id="managed" data-live aria-labelledby="managed-title">
<h2 id="managed-title">What ecsmon manages here</h2>
${status === undefined ? html`<p class="empty">Nothing.</p>` : renderManaged(status, owner, region)}
</section>
<section id="audit" data-live aria-labelledby="audit-title">
<h2 id="audit-title">Audit</h2>
${renderAudit(audit)}
</section>
<section id="history" data-live aria-labelledby="history-title">
<h2 id="history-title">History</h2>
${renderHistory(history, budgets.history)}
<p><a href="${linkTo("/journal", {}, { search: `${cluster}/${service}`, target: target.target })}">All of it in the journal</a></p>
</section>`,
  };
}

function renderFacts({ policies, drift, lastChangedAt }: ServiceStatus): Markup {
  const some = policies.slice(0, 20);
  return html`<dl>
<dt>Policies</dt><dd>${some.length === 0 ? html`<span class="soft">none</span>` : some.map((name) => html`${code(name, 80)} `)}${policies.length > some.length ? `and ${policies.length - some.length} more` : ""}</dd>
<dt>Drift</dt><dd>${drift.found} found, ${drift.repaired} put right${drift.lastAt === undefined ? nothing : html`, last ${time(drift.lastAt)}`}${drift.open === undefined ? nothing : html`<small>open: ${show(drift.open.join(", "), 300)}</small>`}</dd>
<dt>Last change</dt><dd>${time(lastChangedAt)}</dd>
</dl>`;
}

const actionSigns: Readonly<Record<string, string>> = { create: "+", update: "~", delete: "−" };

function renderPending(row: ServiceRow, diffs: ServiceDetails["diffs"]): Markup {
  const pending = row.status?.pending ?? [];
  const waits = row.status?.blocked.filter(isWait) ?? [];
  const held = listTroubles(waits, budgets.waits);
  if (pending.length === 0 && waits.length > 0) return held;
  if (pending.length === 0) return html`<p class="empty">${sayNothing(row)}</p>`;
  const items = fill(
    pending.map(
      (item, index) => () =>
        renderPendingItem(
          item,
          index,
          diffs?.items.find((one) => one.kind === item.kind && one.name === item.name),
        ),
    ),
    budgets.diff,
  );
  return html`${held}${items}${items.length < pending.length ? html`<p class="soft">and ${count(pending.length - items.length, "more change")}: <code>ecsmon plan</code> shows all of them.</p>` : nothing}${
    diffs === undefined
      ? nothing
      : html`<p class="soft">As of ${time(diffs.at)}. Values that may be secrets are not shown.</p>`
  }`;
}

/** Why nothing waits: that all is well is only one of the reasons. */
function sayNothing({ status, conditions }: ServiceRow): string {
  if (status === undefined || status.policies.length === 0)
    return "Nothing: no policy says what should stand here.";
  if (status.blocked.length + status.failed.length > 0)
    return "Nothing that can be written now: what holds it back stands below.";
  return conditions[0]?.status === "True"
    ? "Nothing: what stands is what the policies say, as far as it was looked at."
    : "Nothing that is known of: how it stands is said above.";
}

function renderPendingItem(
  { kind, name, action, enforcement, policies = [] }: Pending,
  index: number,
  diff: PendingDiff | undefined,
): Markup {
  const marks = enforcement === "Audit" ? html` <span class="mark">audit: not written</span>` : nothing;
  const head = html`<i aria-hidden="true">${actionSigns[action] ?? "~"}</i> <b>${show(action, 30)}</b> ${show(kind, 40)} ${code(name, 140)}${marks}${policies.length === 0 ? nothing : html` <small>by ${show(policies.join(", "), 160)}</small>`}`;
  if (diff === undefined) return html`<div class="change">${head}</div>`;
  const lines = diff.lines.map(({ sign, text }) =>
    sign === "+"
      ? html`<ins>+ ${show(text, 300)}</ins>`
      : sign === "-"
        ? html`<del>- ${show(text, 300)}</del>`
        : html`<span>${sign} ${show(text, 300)}</span>`,
  );
  const left =
    diff.left === undefined
      ? nothing
      : html`<span>… ${count(diff.left, "more line")}: ecsmon plan shows them</span>`;
  return html`<details class="change" id="${idOf(kind, name, index)}" open><summary>${head}</summary><pre>${lines}${left}</pre></details>`;
}

function renderTroubles(
  id: string,
  title: string,
  troubles: readonly Trouble[],
  bytes = budgets.troubles,
): Markup {
  // It stands there also when it is empty, so that a first one can appear.
  return html`<section id="${id}" data-live aria-label="${title}">${troubles.length === 0 ? nothing : html`<h2>${title}</h2>${listTroubles(troubles, bytes)}`}</section>
`;
}

function listTroubles(troubles: readonly Trouble[], bytes: number): Markup {
  if (troubles.length === 0) return nothing;
  const items = fill(
    troubles.map(
      ({ kind, name, code: why, message }) =>
        () =>
          html`<li><b>${show(why, 60)}</b> ${show(kind, 40)} ${name === "*" ? "of every name" : code(name, 140)}: ${show(message, 600)}</li>`,
    ),
    bytes,
  );
  return html`<ul class="troubles">${items}</ul>${items.length < troubles.length ? html`<p class="soft">and ${troubles.length - items.length} more</p>` : nothing}`;
}

/** Names may hold anything, and two items the same name. */
function idOf(kind: string, name: string, index: number): string {
  return `diff-${index}-${createHash("sha256").update(`${kind}/${name}`).digest("hex").slice(0, 12)}`;
}

const alarmWords: Readonly<
  Record<string, { readonly sign: string; readonly label: string; readonly tone: Tone }>
> = {
  ALARM: { sign: "▲", label: "In alarm", tone: "bad" },
  INSUFFICIENT_DATA: { sign: "?", label: "No data", tone: "calm" },
  OK: { sign: "✓", label: "OK", tone: "good" },
  MISSING: { sign: "✕", label: "Missing", tone: "warn" },
};
const alarmOrder = ["ALARM", "MISSING", "INSUFFICIENT_DATA", "OK"];

function renderAlarms(alarms: AlarmStates | Failure, region: string): Markup {
  if ("code" in alarms)
    return html`<p class="empty"><b>${show(alarms.code, 60)}</b> ${show(alarms.message, 300)}</p>`;
  if (alarms.states.length === 0) return html`<p class="empty">ecsmon manages no alarm of this service.</p>`;
  const sorted = [...alarms.states].sort((a, b) => alarmOrder.indexOf(a.state) - alarmOrder.indexOf(b.state));
  const rows = fill(
    sorted.map(
      ({ name, state, reason, since, actionsEnabled }) =>
        () =>
          html`<tr><th scope="row">${renderLink(alarmInConsole(region, name), show(name.split("/").at(-1) ?? name, 80))}</th><td>${badge(alarmWords[state] ?? { sign: "?", label: show(state, 30), tone: "calm" })}${actionsEnabled === false ? html` <span class="mark">actions off</span>` : nothing}${reason === undefined ? nothing : html`<small>${show(reason, 200)}</small>`}</td><td data-of="Since">${time(since)}</td></tr>
`,
    ),
    budgets.alarms,
  );
  const left = alarms.left + sorted.length - rows.length;
  return html`<table class="wide"><thead><tr><th scope="col">Alarm</th><th scope="col">State</th><th scope="col">Since</th></tr></thead><tbody>${rows}</tbody></table>${left > 0 ? html`<p class="soft">and ${count(left, "more alarm")}</p>` : nothing}<p class="soft">Read from CloudWatch ${time(alarms.at)}.</p>`;
}

function renderManaged({ managed }: ServiceStatus, owner: string, region: string): Markup {
  const kinds = kindNames.filter((kind) => (managed[kind]?.length ?? 0) > 0);
  if (kinds.length === 0) return html`<p class="empty">Nothing stands yet.</p>`;
  const names = fill(
    kinds.flatMap((kind) =>
      (managed[kind] ?? []).map((name, index) => () => renderName(kind, name, index, owner, region)),
    ),
    budgets.managed,
  );
  const total = kinds.reduce((sum, kind) => sum + (managed[kind]?.length ?? 0), 0);
  return html`<ul class="managed">${names}</ul>${names.length < total ? html`<p class="soft">and ${count(total - names.length, "more item")}</p>` : nothing}`;
}

function renderName(kind: KindName, name: string, index: number, owner: string, region: string): Markup {
  const shown = renderLink(linkOf(kind, name, owner, region), code(name, 120));
  return html`<li${index === 0 ? html` class="first"` : nothing}><span>${kind}</span> ${shown}</li>
`;
}

/** @param href left out: the console is not known, and `without` stands there */
function renderLink(
  href: string | undefined,
  text: Markup | string,
  without: Markup | string = text,
): Markup | string {
  return href === undefined ? without : html`<a href="${href}" rel="noreferrer external">${text}</a>`;
}

function linkOf(kind: KindName, name: string, _owner: string, region: string): string | undefined {
  if (kind === "LogGroup") return logGroupInConsole(region, name);
  if (kind === "Dashboard") return dashboardInConsole(region, name);
  return undefined;
}

function renderAudit(audit: AuditedService | undefined): Markup {
  if (audit === undefined) return html`<p class="soft">Not known yet: there was no audit of it.</p>`;
  const { score, partial, findings, unknown } = audit;
  const items = fill(
    findings.map((finding, index) => () => renderFinding(finding, index)),
    budgets.audit,
  );
  return html`<ul class="pillars"><li>${dial(score, partial)}<span>Score</span></li>${pillars.map(
    (pillar) => {
      const own = audit.pillars.find((one) => one.pillar === pillar);
      return html`<li>${dial(own?.score, own?.partial)}<span>${pillarWords[pillar]}</span></li>`;
    },
  )}</ul>
${findings.length === 0 ? html`<p class="empty">Nothing is missing.</p>` : html`<ul class="findings">${items}</ul>`}
${items.length < findings.length ? html`<p class="soft">and ${count(findings.length - items.length, "more finding")}: <code>ecsmon audit</code> shows all of them.</p>` : nothing}
${unknown.slice(0, 5).map(({ check, code: why, message }) => html`<p class="soft">${show(check, 60)} could not be told: <b>${show(why, 60)}</b> ${show(message, 200)}</p>`)}`;
}

/** The alarms of a service by their whole names: what is asked of CloudWatch. */
export function alarmNames(
  { cluster, service, managed, pending }: ServiceStatus,
  owner: string,
): readonly string[] {
  const kinds = ["MetricAlarm", "CompositeAlarm", "LogAlarm"] as const;
  const standing = kinds.flatMap((kind) => managed[kind] ?? []);
  const wanted = pending
    .filter(({ kind }) => (kinds as readonly string[]).includes(kind))
    .map(({ name }) => name);
  const whole = [...standing, ...wanted].map((name) =>
    name.includes("/") ? name : ownedName(owner, { cluster, service, name }),
  );
  return [...new Set(whole)].sort();
}
