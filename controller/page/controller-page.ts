// `/controller`: each target as the replica that holds it tells of it, its budgets of 24 hours, and rollouts under way.
import type { Used } from "../core/guard.ts";
import type { ServiceStatus, TargetStatus } from "../model/status.ts";
import { type Guards, renderGuards } from "./guards.ts";
import type { UnreadTarget } from "./hearing.ts";
import { code, count, fill, html, type Markup, nothing, show, time } from "./markup.ts";
import { renderConditions } from "./policies-page.ts";
import { encode, serviceLink } from "./query.ts";
import type { Sight, State } from "./service-rows.ts";
import type { Rendered } from "./services-page.ts";
import { badge, unheardOf } from "./words.ts";

export interface Budget {
  readonly used: Used;
  readonly maxDeletes: number;
  readonly maxRedeploys: number;
}

/** By target; `unread`: it could not be read, and nothing that it guards is written. */
export type Budgets = ReadonlyMap<string, Budget | "unread">;

const maxTargets = 50_000;
const maxUnread = 10_000;
/** Of what rolls, and of what waits for its turn. */
const maxPlaces = 10_000;

export function renderController(
  { targets, unread, unheard, pause }: Sight,
  budgets: Budgets,
  guards: Guards,
): Rendered {
  const shown = fill(
    targets.map(
      (target) => () => renderTarget(target, budgets.get(target.target), unheard.get(target.target)),
    ),
    maxTargets,
  );
  const hidden = fill(
    unread.map((one) => () => renderUnread(one)),
    maxUnread,
  );
  const all = targets.flatMap(({ target, services }) => services.map((one) => ({ target, ...one })));
  const rolling = all.filter((one) => one.rolling);
  const queued = all.filter((one) => one.queued);
  return {
    title: "Controller",
    parts: html`
<section id="guards" data-live aria-labelledby="guards-title">
<h2 id="guards-title">Guards</h2>
${renderGuards(pause, guards)}
</section>
<section id="targets" data-live aria-labelledby="targets-title">
<h2 id="targets-title">Targets</h2>
${hidden}${hidden.length < unread.length ? html`<p class="soft">and ${unread.length - hidden.length} more of which nothing is known</p>` : nothing}
${targets.length + unread.length === 0 ? html`<p class="empty">No target has told anything yet: the first pass is still to end.</p>` : shown}
${shown.length < targets.length ? html`<p class="soft">and ${targets.length - shown.length} more: <a href="/api/v1/targets">all of them as JSON</a></p>` : nothing}
</section>
<section id="rolling" data-live aria-labelledby="rolling-title">
<h2 id="rolling-title">Rollouts under way</h2>
${rolling.length === 0 ? html`<p class="empty">None.</p>` : renderPlaces(rolling, "rolling")}
${queued.length === 0 ? nothing : html`<h3>Waiting for their turn</h3>${renderPlaces(queued, "waiting")}`}
</section>`,
  };
}

function renderPlaces(
  services: readonly (Pick<ServiceStatus, "cluster" | "service"> & { readonly target: string })[],
  state: State,
): Markup {
  const links = fill(
    services.map(
      (one) => () =>
        html`<li><a href="${serviceLink(one)}">${show(`${one.cluster}/${one.service}`, 120)}</a></li>`,
    ),
    maxPlaces,
  );
  return html`<ul class="plain">${links}</ul>${links.length < services.length ? html`<p class="soft">and ${services.length - links.length} more: <a href="/?state=${state}">all of them</a></p>` : nothing}`;
}

const results = {
  success: { sign: "✓", label: "Success", tone: "good" },
  partial: { sign: "◐", label: "Partial", tone: "warn" },
  failure: { sign: "✕", label: "Failure", tone: "bad" },
} as const;

function renderUnread({ target, code: why, message, unreached }: UnreadTarget): Markup {
  const how = unreached
    ? "this controller could not begin to look after it"
    : "its status could not be read just now";
  return html`<article class="card" aria-label="${show(target)}">
<h3>${show(target, 120)}</h3>
<div class="condition">${badge({ sign: "?", label: "Unknown", tone: "bad" })} ${how}<small><b>${show(why, 60)}</b> ${show(message, 300)}</small></div>
</article>`;
}

function renderTarget(
  status: TargetStatus,
  budget: Budget | "unread" | undefined,
  since: string | undefined,
): Markup {
  const { target, account, region, owner, holder, epoch, pass, sourceRevision, services, shared, gone } =
    status;
  const troubles = [...shared.blocked, ...shared.failed];
  return html`<article class="card" aria-label="${show(target)}">
<h3>${show(account, 20)} · ${show(region, 40)} <small>owner ${show(owner, 40)}, ${count(services.length, "service")}</small></h3>
${renderConditions(status.conditions, 600, since)}
<dl>
<dt>Last full pass</dt><dd>${pass === undefined ? html`<span class="soft">none yet</span>` : html`${badge(results[pass.result] ?? unheardOf(pass.result))} ended ${time(pass.endedAt)}${pass.message === undefined ? nothing : html`<small>${show(pass.message, 300)}</small>`}`}</dd>
<dt>Looked after by</dt><dd>${code(holder, 80)}, epoch ${epoch}</dd>
<dt>Policies</dt><dd>${code(sourceRevision === "" ? "not known" : sourceRevision, 80)}</dd>
<dt>Budget of 24 hours</dt><dd>${renderBudget(budget)}</dd>
<dt>Of no single service</dt><dd>${count(shared.managed.length, "item")} managed${troubles.length === 0 ? nothing : html`; <a href="/api/v1/targets/${encode(target)}">${count(troubles.length, "trouble")}</a>: ${troubles.slice(0, 3).map(({ kind, name, code: why, message }) => html`<small><b>${show(why, 60)}</b> ${kind} ${show(name, 100)}: ${show(message, 240)}</small>`)}`}</dd>
${
  Object.keys(gone).length === 0
    ? nothing
    : html`<dt>Services that are gone</dt><dd>${Object.entries(gone)
        .slice(0, 10)
        .map(([name, since]) => html`<small>${show(name, 120)} since ${time(since)}</small>`)}</dd>`
}
</dl>
</article>`;
}

function renderBudget(budget: Budget | "unread" | undefined): Markup {
  if (budget === "unread")
    return html`${badge({ sign: "✕", label: "Not readable", tone: "bad" })} until it is, nothing is deleted and nothing redeployed`;
  if (budget === undefined) return html`<span class="soft">not known</span>`;
  const { used, maxDeletes, maxRedeploys } = budget;
  const next = used.returns?.[0];
  return html`${renderGauge("deletes", used.deletes, maxDeletes)}${renderGauge("redeployments", used.redeploys, maxRedeploys)}${next === undefined ? nothing : html`<small>more room comes back ${time(next.at)}</small>`}`;
}

function renderGauge(noun: string, used: number, max: number): Markup {
  const isFull = used >= max;
  return html`<span class="gauge"><meter min="0" max="${Math.max(max, used, 1)}" value="${used}" aria-label="${noun}"></meter> ${used} of ${max} ${noun}${isFull && max > 0 ? html` <b class="full">used up</b>` : nothing}</span>`;
}
