// A score as a dial and a number. How full the dial is stands in its class: the policy of the page allows no inline style.
import type { Score } from "../model/audit.ts";
import { html, type Markup } from "./markup.ts";

/** @param partial part of what it is made of could not be read */
export function dial(score: Score | undefined, partial = false): Markup {
  if (score === undefined) return html`<span class="dial d"><span class="hide">not known yet</span></span>`;
  if (score === null) return html`<span class="dial d">?<span class="hide"> could not be told</span></span>`;
  const tone = score >= 80 ? "good" : score >= 50 ? "warn" : "bad";
  return html`<span class="dial d${Math.round(score / 10)} ${tone}">${score}${partial ? html`<span title="part of it could not be read">+?</span>` : ""}</span>`;
}
