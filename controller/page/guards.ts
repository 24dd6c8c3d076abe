// What keeps the controller from writing, as it is now: the freeze switch, whether it deletes, what policies may reach.
import type { Allow } from "../core/allow.ts";
import type { Pause } from "../model/status.ts";
import { code, fill, html, type Markup, nothing, show, time } from "./markup.ts";
import { badge } from "./words.ts";

/** Of the configuration of the replica that serves the page: others are taken to have the same. */
export interface Guards {
  readonly deletePolicy: "sync" | "upsert-only";
  readonly allow: Allow | undefined;
}

const maxGlobs = 5_000;

export function renderGuards(pause: Pause | undefined, { deletePolicy, allow }: Guards): Markup {
  return html`<dl class="card">
<dt>Writes</dt><dd>${pause === undefined ? badge({ sign: "✓", label: "Not paused", tone: "good" }) : html`${badge({ sign: "❚❚", label: "Paused", tone: "warn" })} by ${show(pause.by)}, ${time(pause.at)}: ${show(pause.reason, 300)}`}</dd>
<dt>Deletes</dt><dd>${code(deletePolicy)}: ${deletePolicy === "sync" ? "what no policy wants any more is deleted, within the budget" : "nothing is deleted"}</dd>
<dt>Policies may reach</dt><dd>${renderAllow(allow)}</dd>
</dl>`;
}

function renderAllow(allow: Allow | undefined): Markup {
  const lists = Object.entries(allow ?? {}).map(([name, globs = []]) => ({ name, globs }));
  if (lists.length === 0) return html`everything: no <code>allow</code> is set`;
  const rows = fill(
    lists.flatMap(({ name, globs }) =>
      globs.length === 0
        ? [() => html`<li>${name}: none</li>`]
        : globs.map((glob) => () => html`<li>${name}: ${code(glob, 200)}</li>`),
    ),
    maxGlobs,
  );
  const left = lists.reduce((sum, { globs }) => sum + Math.max(1, globs.length), 0) - rows.length;
  return html`of ${lists.map(({ name }) => name).join(", ")} only what <code>allow</code> lists <details id="allow"><summary>The lists</summary><ul class="plain">${rows}</ul>${left > 0 ? html`<p class="soft">and ${left} more</p>` : nothing}</details>`;
}
