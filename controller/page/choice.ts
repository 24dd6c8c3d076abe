// One of a few, in the forms of the pages.
import type { TargetStatus } from "../model/status.ts";
import { html, type Markup, nothing, show } from "./markup.ts";
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
