// What stands below the findings of an audit's page: what has changed since the baseline, and what could not be read.
import { nameTarget } from "../api/target-name.ts";
import { groupUnknown } from "../core/audit/group-unknown.ts";
import type { Failure } from "../model/errors.ts";
import { type Placed, signed } from "./audit-rows.ts";
import { code, count, html, type Markup, nothing, show, time } from "./markup.ts";

export interface FailedTarget {
  readonly region?: string | undefined;
  readonly roleArn?: string | undefined;
  readonly error: Failure;
}

/** Changes of one kind; more are counted. */
const mostChanges = 1_000;

export function renderBaseline(placed: readonly Placed[]): Markup | undefined {
  const all = placed.flatMap(({ report: { baseline, score }, place }) =>
    baseline === undefined ? [] : [{ baseline, score, place }],
  );
  if (all.length === 0) return undefined;
  return html`${all.map(({ baseline, score, place }) => {
    const named = ({ cluster, service }: { readonly cluster: string; readonly service: string }): Markup =>
      html`<b>${show(service, 80)}</b> <small>${show(cluster, 80)}</small>`;
    const {
      better,
      worse,
      fixed,
      new: fresh,
      notApplicable,
      untold,
      servicesAdded: added,
      servicesGone: gone,
    } = baseline;
    const moved = (one: (typeof better)[number], word: string): Markup =>
      html`${named(one)} ${word}: ${one.before} → ${one.after} (${signed(one.after - one.before)})`;
    const kinds = [
      list("bad", "▼", worse, (one) => moved(one, "got worse")),
      list("bad", "✕", fresh, (one) => html`${named(one)} new: ${show(one.code, 60)}`),
      list("good", "▲", better, (one) => moved(one, "got better")),
      list("good", "✓", fixed, (one) => html`${named(one)} fixed: ${show(one.code, 60)}`),
      list("", "–", notApplicable, (one) => html`${named(one)} no longer applies: ${show(one.code, 60)}`),
      list("warn", "?", untold, (one) => html`${named(one)} cannot be told now: ${show(one.code, 60)}`),
      list("", "+", added, (one) => html`${named(one)} is there since`),
      list("", "−", gone, (one) => html`${named(one)} is gone`),
    ];
    const changes = kinds.flat();
    return html`<p>${place === "" ? "" : html`<b>${place}</b>. `}Since ${time(baseline.asOf)}: ${baseline.score ?? "–"} then, ${score ?? "–"} now${changes.length === 0 ? ", and nothing else has changed" : ""}.</p>
${changes.length === 0 ? nothing : html`<ul class="changes">${changes}</ul>`}`;
  })}`;
}

function list<T>(
  tone: string,
  sign: string,
  ones: readonly T[],
  tell: (one: T) => Markup,
): readonly Markup[] {
  const item = (inside: Markup): Markup =>
    html`<li><i class="${tone}" aria-hidden="true">${sign}</i>${inside}</li>
`;
  const left = ones.length - mostChanges;
  return [
    ...ones.slice(0, mostChanges).map((one) => item(tell(one))),
    ...(left > 0 ? [item(html`and ${left.toLocaleString("en")} more like that`)] : []),
  ];
}

/** undefined: everything was read. */
export function renderUnread(placed: readonly Placed[], failed: readonly FailedTarget[]): Markup | undefined {
  const items = [
    ...failed.map(({ error, ...target }) => item(nameTarget(target), error, "it was not audited")),
    ...placed.flatMap(({ report, place }) => [
      ...report.unread
        .slice(0, mostChanges)
        .map(({ cluster, service, ...failure }) =>
          item(
            [place, cluster, service].filter(Boolean).join(" · ") || "all clusters",
            failure,
            "in no score",
          ),
        ),
      ...groupUnknown(report).map(({ checks, services, ...failure }) =>
        item(
          [place, count(services, "service")].filter(Boolean).join(" · "),
          failure,
          `open: ${checks.map((check) => show(check, 60)).join(", ")}`,
        ),
      ),
    ]),
  ];
  if (items.length === 0) return undefined;
  return html`<p>It counts neither way: scores are over the rest.</p><ul class="troubles">${items}</ul>`;
}

function item(where: string, { code: why, message }: Failure, effect: string): Markup {
  return html`<li><b>${show(where, 200)}</b> ${code(why, 80)} ${show(message, 500)}<small>${effect}</small></li>
`;
}
