// The findings of an audit's page, code by code: why each matters, in which words it was found, and what mends it.
import { type FindingCode, findingKinds } from "../core/audit/findings.ts";
import type { CodeGroup, Grouped, Mending } from "./audit-groups.ts";
import { count, html, type Markup, nothing, show } from "./markup.ts";
import { pillarWords } from "./words.ts";

/** Names of services beside a code; the matrix has all of them. */
const mostNames = 6;

export function renderCodes({ codes }: Grouped): Markup {
  return html`${codes.map(renderCode)}`;
}

/** Of its part of the page. */
export function idOf(code: string): string {
  return code.replaceAll(/[^A-Za-z0-9]/g, "").slice(0, 60);
}

function renderCode({ code, pillar, weight, why, services, mendings }: CodeGroup): Markup {
  const names = services
    .slice(0, mostNames)
    .map(({ cluster, service }) => show(`${cluster}/${service}`, 120));
  const more = services.length > names.length ? ` and ${services.length - names.length} more` : "";
  const all = [...mendings.values()];
  const what = findingKinds[code as FindingCode]?.what;
  const points = count(weight * services.length, "point");
  return html`<details id="${idOf(code)}"><summary><span><b>${show(code, 60)}</b> <span class="mark">${pillarWords[pillar]}, −${weight}</span></span><span>${count(services.length, "service")}, ${points}</span>${what === undefined ? "" : html`<small>${what}</small>`}</summary>
<p class="why">${show(why, 300)}</p>
<p class="soft where">${names.join(", ")}${more}</p>
${all.map(renderMending)}</details>
`;
}

function renderMending({ policy, byHand, wordings }: Mending): Markup {
  const texts = [...wordings.values()];
  const isOne = texts.length === 1;
  return html`<div class="mend"><ul>${texts.map(
    ({ id, before, after, services }) =>
      html`<li data-text="${id}"><span>${show(before, 400)}${after === undefined ? "" : html`<i>…</i>${show(after, 400)}`}</span>${isOne ? "" : html` <em>${count(services, "service")}</em>`}</li>`,
  )}</ul>${byHand === undefined ? nothing : html`<p class="hand">${show(byHand, 500)}</p>`}${policy === undefined ? nothing : renderLines(policy)}</div>
`;
}

function renderLines(policy: string): Markup {
  return html`<pre>${policy.split("\n").map((line) => html`<span>${show(line, 200)}</span>`)}</pre>`;
}
