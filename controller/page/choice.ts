// One of a few, in the forms of the pages.
import type { TargetStatus } from "../model/status.ts";
import { code, html, type Markup, nothing, show } from "./markup.ts";
import type { PageQuery } from "./query.ts";

const maxChoices = 100;

export function renderChoice(
  label: string,
  name: string,
  given: readonly (readonly [value: string, text: string])[],
  texts: PageQuery["texts"],
  any: string | undefined = name === "sort" ? undefined : "any",
): Markup {
  const chosen = texts[name];
  const some = given.slice(0, maxChoices);
  // One that was chosen by a link stays, though the list was cut before it.
  const options =
    chosen === undefined || some.some(([value]) => value === chosen)
      ? some
      : [...some, [chosen, show(chosen, 60)] as const];
  return html`<label>${label} <select name="${name}">${any === undefined ? "" : html`<option value="">${any}</option>`}${options.map(
    ([value, text]) =>
      html`<option value="${value}"${value === chosen ? html` selected` : ""}>${text}</option>`,
  )}</select></label>`;
}

/** What a link asks for and nobody knows: not held against its reader, and not passed over in silence. */
export function renderUnknown({ unknown }: PageQuery): readonly Markup[] {
  return Object.entries(unknown).map(
    ([name, text]) =>
      html`<p class="soft">${code(text, 60)} is not understood as <b>${name}</b>, and left aside.</p>`,
  );
}

/** To the page as it is without anything asked. */
export function renderClear(path: string, { texts, unknown }: PageQuery): Markup {
  const isAsked = Object.keys({ ...texts, ...unknown }).length > 0;
  return isAsked ? html`<a class="button" href="${path}">Clear</a>` : nothing;
}

/** Nothing to choose from where there is one target. */
export function renderTargetChoice(targets: readonly TargetStatus[], texts: PageQuery["texts"]): Markup {
  if (targets.length <= 1) return nothing;
  return renderChoice(
    "Target",
    "target",
    targets.map(({ target }) => [target, show(target, 60)]),
    texts,
  );
}
