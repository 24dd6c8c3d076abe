// Plans as one page in a browser: all of them in full, with search and filters, for whom a comment is too short. The
// same bytes as long as neither the plans nor their policies change. Pure.
import { nameTarget } from "../../api/target-name.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { type Change, comparisonOf, kindNames, type Plan } from "../../model/plan.ts";
import type { FailedTarget } from "../with-plan.ts";
import { renderBacktest } from "./backtest-html.ts";
import { describeInvalidBase, partTitles } from "./base-text.ts";
import { renderCost } from "./cost-html.ts";
import { type DiffLine, diffLines, listMarks } from "./diff-lines.ts";
import { renderPage } from "./html-page.ts";
import type { PlannedTargets } from "./markdown.ts";
import { changeName } from "./names.ts";
import { capitalize, escapeHtml } from "./page-text.ts";
import {
  addCounts,
  countShown,
  describeCounts,
  describeOthers,
  describeRun,
  describeTitle,
} from "./plan-counts.ts";
import {
  countKinds,
  groupHeld,
  groupUnknown,
  type HeldGroup,
  listPlaces,
  type Place,
} from "./plan-places.ts";

export function renderHtml({ plans, failed, config, asOf }: PlannedTargets): string {
  const counts = addCounts(plans.map(countShown));
  const title = `ecsmon plan: ${describeRun(plans, failed.length)}`;
  const facts = [
    ...(config === undefined ? [] : [`configuration ${codeOf(config)}`]),
    ...(asOf === undefined ? [] : [`as of ${codeOf(asOf)}`]),
  ];
  const body = [
    "<header>",
    `<h1>${escapeHtml(title)}</h1>`,
    `<ul class="counts">${describeCounts(counts).map(listItem).join("")}</ul>`,
    ...describeOthers(plans).map((text) => `<p>${capitalize(text)}</p>`),
    ...noteInvalidBase(plans),
    ...(facts.length === 0 ? [] : [`<p>${facts.join(", ")}</p>`]),
    "</header>",
    "<main>",
    renderForm(plans),
    renderFailed(failed),
    ...plans.map((plan, index) => renderPlan(plan, index, plans.length > 1)),
    "</main>",
  ];
  return renderPage(title, body.filter((part) => part !== "").join("\n"));
}

/** Hidden until the script shows it: without script it would do nothing. */
function renderForm(plans: readonly Plan[]): string {
  const parts = plans.flatMap(partsOf);
  const changes = parts.flatMap(({ shown }) => shown.changes);
  if (changes.length === 0) return "";
  const present = (values: readonly (string | undefined)[]) => [
    ...new Set(values.filter((value) => value !== undefined)),
  ];
  const kinds = present(changes.map(({ kind }) => kind));
  const services = present(
    parts.flatMap(({ shown }) => listPlaces(shown).map(({ service }) => service)),
  ).sort();
  return [
    '<form role="search" aria-label="Filter changes" hidden>',
    '<label>Search <input type="search" name="search"></label>',
    renderSelect(
      "Kind",
      "kind",
      kindNames.filter((kind) => kinds.includes(kind)),
    ),
    renderSelect("Action", "action", ["create", "update", "delete"]),
    renderSelect("Impact", "impact", ["none", "deployment", "dataloss"]),
    renderSelect("Service", "service", services),
    ...(plans.some(comparisonOf) ? [renderSelect("Origin", "origin", origins)] : []),
    '<button type="reset">Show all</button>',
    '<button type="button" id="open">Open all</button>',
    '<button type="button" id="close">Close all</button>',
    '<output aria-live="polite"></output>',
    "</form>",
  ].join("\n");
}

function renderSelect(label: string, name: string, values: readonly string[]): string {
  const options = values.map((value) => `<option value="${escapeHtml(value)}">${escapeHtml(value)}</option>`);
  return `<label>${label} <select name="${name}"><option value="">any</option>${options.join("")}</select></label>`;
}

function renderFailed(failed: readonly FailedTarget[]): string {
  const entries = failed.map(
    ({ error, ...target }) =>
      `${codeOf(nameTarget(target))}: ${codeOf(error.code)}: ${escapeHtml(error.message)}`,
  );
  return renderList("Targets without a plan", entries, "failed");
}

interface ShownPart {
  /** Beside a base: what part it is. */
  readonly origin?: (typeof origins)[number];
  readonly shown: Plan;
}

const origins = ["change", "dropped", "drift"] as const;

function partsOf(plan: Plan): readonly ShownPart[] {
  const base = comparisonOf(plan);
  if (base === undefined) return [{ shown: plan }];
  return origins.map((origin) => ({ origin, shown: { ...plan, ...base[origin] } }));
}

function renderPlan(plan: Plan, index: number, isOneOfMany: boolean): string {
  const { account, region, owner, sourceRevision } = plan.metadata;
  const id = `plan-${index + 1}`;
  const counts = countShown(plan);
  const base = comparisonOf(plan);
  const revisions = [
    `policies ${codeOf(sourceRevision)}`,
    ...(base === undefined ? [] : [`base ${codeOf(base.sourceRevision)}`]),
  ];
  const parts = [
    `<section aria-labelledby="${id}">`,
    `<h2 id="${id}">${account === "" ? "account unknown" : `Account ${codeOf(account)}`}, ${codeOf(region)}</h2>`,
    `<p class="soft">owner ${codeOf(owner)}, ${revisions.join(", ")}</p>`,
    // A single one is counted in the headline.
    isOneOfMany
      ? `<p>${[describeTitle(counts), ...describeOthers([plan]), ...describeCounts(counts)].join("; ")}</p>`
      : "",
    renderCost({ ...plan, ...base?.change }),
    renderBacktest(plan),
    ...partsOf(plan).map((part) => renderPart(part, id)),
    "</section>",
  ];
  return parts.filter((part) => part !== "").join("\n");
}

/** A plan in one piece has no headings but those of what is in it. */
function renderPart({ origin, shown }: ShownPart, planId: string): string {
  const id = origin === undefined ? planId : `${planId}-${origin}`;
  const level = origin === undefined ? 3 : 4;
  const places = listPlaces(shown);
  const held = groupHeld(shown);
  const parts = [
    renderTable("Destroys data", places, isOf("dataloss")),
    renderTable("Redeploys", places, isOf("deployment")),
    renderTable("Without a deployment", places, isOf("none")),
    renderTable("In audit: not written", places, ({ enforcement }) => enforcement === "Audit"),
    renderList("Blocked", held.filter(({ isError }) => isError).map(renderHeld), `${id}-blocked`, level),
    renderList("Could not be read", groupUnknown(shown).map(renderUnknown), `${id}-unknown`, level),
    renderList("Errors and warnings", shown.diagnostics.map(renderDiagnostic), `${id}-diagnostics`, level),
    ...places.map((place) => renderPlace(place, { owner: shown.metadata.owner, level, origin })),
    renderList(
      "Left out, for information",
      held.filter(({ isError }) => !isError).map(renderHeld),
      `${id}-notes`,
      level,
    ),
  ].filter((part) => part !== "");
  if (origin === undefined) return parts.join("\n");
  if (parts.length === 0 && origin !== "change") return "";
  const body = parts.length === 0 ? "<p>Nothing.</p>" : parts.join("\n");
  return `<section aria-labelledby="${id}">\n<h3 id="${id}">${partTitles[origin]}</h3>\n${body}\n</section>`;
}

function noteInvalidBase(plans: readonly Plan[]): readonly string[] {
  const base = plans.map((plan) => plan.base).find((one) => one !== undefined && "errors" in one);
  if (base === undefined || !("errors" in base)) return [];
  const errors = base.errors.map(renderDiagnostic).map(listItem).join("\n");
  return [`<p>${escapeHtml(capitalize(describeInvalidBase(base)))}.</p>\n<ul>\n${errors}\n</ul>`];
}

function isOf(impact: Change["impact"]): (change: Change) => boolean {
  return (change) => change.enforcement === "Enforce" && change.impact === impact;
}

function renderTable(caption: string, places: readonly Place[], wanted: (change: Change) => boolean): string {
  const rows = places.flatMap(({ name, changes }) => {
    const own = changes.filter(wanted);
    if (own.length === 0) return [];
    const counts = (["create", "update", "delete"] as const).map((action) => {
      const count = own.filter((change) => change.action === action).length;
      return `<td class="number">${count || ""}</td>`;
    });
    return [`<tr><th scope="row">${codeOf(name)}</th>${counts.join("")}<td>${countKinds(own)}</td></tr>`];
  });
  if (rows.length === 0) return "";
  const head = ["Where", "Create", "Change", "Delete", "Kinds"].map(
    (title) => `<th scope="col">${title}</th>`,
  );
  return `<table>\n<caption>${caption}</caption>\n<thead><tr>${head.join("")}</tr></thead>\n<tbody>\n${rows.join("\n")}\n</tbody>\n</table>`;
}

function renderList(title: string, entries: readonly string[], id: string, level = 3): string {
  if (entries.length === 0) return "";
  return `<section aria-labelledby="${id}">\n<h${level} id="${id}">${title}</h${level}>\n<ul>\n${entries.map(listItem).join("\n")}\n</ul>\n</section>`;
}

function listItem(html: string): string {
  return `<li>${html}</li>`;
}

function renderHeld({ isError, code, message, items }: HeldGroup): string {
  const what = items.map(
    ({ names, places }) => `${names.map(codeOf).join(", ")} (${places.map(codeOf).join(", ")})`,
  );
  const mark = isError ? `<b class="error">${escapeHtml(code)}</b>` : `<b>${escapeHtml(code)}</b>`;
  return `${mark}: ${what.join(", ")}: ${escapeHtml(message)}`;
}

function renderUnknown({ subjects, code, message, hint }: ReturnType<typeof groupUnknown>[number]): string {
  const advice = hint === undefined ? "" : `; to go on: ${escapeHtml(hint)}`;
  return `${subjects.map(codeOf).join(", ")}: <b class="error">${escapeHtml(code)}</b>: ${escapeHtml(message)}${advice}. Nothing of it is changed until it can be read.`;
}

/** Of what keeps there from being a plan. */
export function renderFindings(diagnostics: readonly Diagnostic[]): string {
  return renderList("Errors and warnings", diagnostics.map(renderDiagnostic), "diagnostics", 2);
}

function renderDiagnostic({ severity, code, message, file, line, column, path }: Diagnostic): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(":");
  const parts = [...(place === "" ? [] : [codeOf(place)]), ...(path === undefined ? [] : [codeOf(path)])];
  return `<b class="${severity}">${severity}</b> ${[...parts, escapeHtml(message)].join(": ")} (${codeOf(code)})`;
}

interface PlaceOptions {
  readonly owner: string;
  /** Of its heading. */
  readonly level: number;
  readonly origin: ShownPart["origin"];
}

function renderPlace({ name, service, changes }: Place, options: PlaceOptions): string {
  const items = changes.map((change) => renderChange(change, service ?? "", options));
  const heading = `h${options.level}`;
  return `<section data-place>\n<${heading}>${codeOf(name)}</${heading}>\n${items.join("\n")}\n</section>`;
}

function renderChange(change: Change, service: string, { owner, origin }: PlaceOptions): string {
  const { action, kind, impact, policies } = change;
  const marks = listMarks(change).map((mark) => ` <span class="mark">${mark}</span>`);
  const part = origin === undefined ? "" : ` data-origin="${origin}"`;
  const data = `data-kind="${kind}" data-action="${action}" data-impact="${impact}"${part} data-service="${escapeHtml(service)}"`;
  const from = policies.length === 0 ? "" : `\n<p class="soft">by ${policies.map(codeOf).join(", ")}</p>`;
  return [
    `<details ${data}>`,
    `<summary><b>${action}</b> ${kind} ${codeOf(changeName(change, owner))}${marks.join("")}</summary>${from}`,
    `<pre>${diffLines(change).map(renderLine).join("")}</pre>`,
    "</details>",
  ].join("\n");
}

const elements = { "+": "ins", "-": "del", "!": "span", " ": "span" } as const;

function renderLine({ sign, text }: DiffLine): string {
  const element = elements[sign];
  return `<${element}>${escapeHtml(`${sign} ${text}`)}</${element}>`;
}

function codeOf(text: string): string {
  return `<code>${escapeHtml(text)}</code>`;
}
