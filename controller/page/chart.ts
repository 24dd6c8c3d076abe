// Drift and changes as bars, drawn here: the browser has nothing to compute. The same numbers stand below as a table.
import type { Activity, Span } from "./activity.ts";
import { html, type Markup, nothing, time } from "./markup.ts";

/** Each with a pattern of its own, as colours alone would not tell them. */
const parts = [
  ["repaired", "Drift put right", "good"],
  ["unrepaired", "Drift not put right", "bad"],
  ["changed", "Other changes", "calm"],
] as const;

const width = 840;
const height = 120;
/** Of the drawing: what has happened once can be seen beside what has happened a hundred times. */
const leastBar = 5;

export function renderChart(activity: Activity | undefined): Markup {
  if (activity === undefined)
    return html`<p class="soft">The journal could not be read just now; the chart comes back when it can.</p>`;
  const { spans, unreadUntil } = activity;
  const most = Math.max(1, ...spans.map(sumOf));
  const top = niceAbove(most);
  const step = width / spans.length;
  const total = spans.reduce((sum, span) => sum + sumOf(span), 0);
  if (total === 0)
    return html`<p class="soft">Nothing was written in the last seven days.</p>${unread(unreadUntil)}`;
  const bars = spans.map((span, place) => {
    let y = height;
    const heights = heightsOf(span, top);
    const rects = parts.map(([, , tone], index) => {
      const bar = heights[index] ?? 0;
      if (bar === 0) return nothing;
      y -= bar;
      return html`<rect class="${tone}" x="${round(place * step + 2)}" y="${round(y)}" width="${round(step - 4)}" height="${round(bar)}"/>`;
    });
    return sumOf(span) === 0 ? nothing : html`<g><title>${describe(span)}</title>${rects}</g>`;
  });
  const days = spans.flatMap(({ at }, index) =>
    at.slice(11, 13) === "00" && index < spans.length - 2
      ? [html`<span class="at${index}">${at.slice(5, 10)}</span>`]
      : [],
  );
  return html`<figure class="chart"><svg viewBox="0 0 ${width} ${height}" aria-hidden="true" preserveAspectRatio="none"><defs><pattern id="stripes" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0v6M3 0v6"/></pattern><pattern id="lines" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6"/><path d="M0 3h6"/></pattern></defs><path class="grid" d="M0 .5h${width}M0 ${height / 2}h${width}M0 ${height}h${width}"/>${bars}</svg><div class="days" aria-hidden="true">${days}</div>
<figcaption><span class="soft">up to ${top.toLocaleString("en")} in six hours, the last seven days, UTC</span>${parts.map(([name, label, tone]) => html`<span class="key ${tone}"><i aria-hidden="true"></i> ${label}: <b>${spans.reduce((sum, span) => sum + span[name], 0).toLocaleString("en")}</b></span>`)}</figcaption></figure>
<details id="chart-table"><summary>The same as a table</summary><table><thead><tr><th scope="col">Six hours from</th>${parts.map(([, label]) => html`<th scope="col">${label}</th>`)}</tr></thead><tbody>${spans
    .filter((span) => sumOf(span) > 0)
    .map(
      (span) =>
        html`<tr><th scope="row">${span.at.slice(0, 16).replace("T", " ")} UTC</th>${parts.map(([name]) => html`<td class="number">${span[name]}</td>`)}</tr>`,
    )}</tbody></table></details>${unread(unreadUntil)}`;
}

function unread(until: string | undefined): Markup {
  if (until === undefined) return nothing;
  return html`<p class="soft">There is more than one look takes: what was written up to ${time(until)} is not counted.</p>`;
}

function describe(span: Span): string {
  const told = parts.filter(([name]) => span[name] > 0).map(([name, label]) => `${label}: ${span[name]}`);
  return `${span.at.slice(0, 16).replace("T", " ")} UTC – ${told.join(", ")}`;
}

/** Of each part; what small bars get beyond their share is taken from the tallest, so that the sum stays as high as it is. */
function heightsOf(span: Span, top: number): readonly number[] {
  const scale = height / top;
  const heights = parts.map(([name]) => (span[name] === 0 ? 0 : Math.max(leastBar, span[name] * scale)));
  const added = heights.reduce((sum, bar) => sum + bar, 0) - sumOf(span) * scale;
  const tallest = heights.indexOf(Math.max(...heights));
  return heights.map((bar, index) =>
    index === tallest ? Math.max(bar - added, Math.min(bar, leastBar)) : bar,
  );
}

function sumOf({ repaired, unrepaired, changed }: Span): number {
  return repaired + unrepaired + changed;
}

/** 1, 2, 5, 10, 20 … */
function niceAbove(value: number): number {
  const unit = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((factor) => factor * unit >= value) ?? 10) * unit;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
