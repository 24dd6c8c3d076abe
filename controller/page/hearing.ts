// What the page has not heard: targets that cannot be reached, or whose status cannot be read, and those whose controllers
// have been silent for long. None of them may look like "nothing is there" or "all is well".
import type { Failure } from "../model/errors.ts";
import type { TargetStatus } from "../model/status.ts";
import { html, type Markup, nothing, show, time } from "./markup.ts";

/** Why its status could not be read. */
export interface UnreadTarget extends Failure {
  /** Where its account is not known: as the configuration names it. */
  readonly target: string;
  /** This controller could not even begin: its account cannot be entered, or is that of another target. */
  readonly unreached?: true;
}

/** By target: ISO 8601, UTC, when its last full pass ended. */
export type Unheard = ReadonlyMap<string, string>;

/** Full passes that may stay out before a status is taken for old, and milliseconds that it is good for at least. */
const mostMissed = 3;
const goodFor = 15 * 60_000;
const maxNotices = 3;

/**
 * Targets whose last full pass ended so long ago that nobody can be looking after them.
 * @param resync milliseconds from one full pass to the next; a pass itself may take as long as the last one did.
 */
export function findUnheard(targets: readonly TargetStatus[], now: Date, resync: number): Unheard {
  const unheard = new Map<string, string>();
  for (const { target, pass } of targets) {
    if (pass === undefined) continue;
    const ended = Date.parse(pass.endedAt);
    const took = ended - Date.parse(pass.startedAt);
    if (now.getTime() - ended > Math.max(mostMissed * resync, goodFor) + Math.max(0, took))
      unheard.set(target, pass.endedAt);
  }
  return unheard;
}

/** What stands at the head of each page. */
export function renderNotices({
  unread,
  unheard,
}: {
  readonly unread: readonly UnreadTarget[];
  readonly unheard: Unheard;
}): Markup {
  const notRead = unread
    .slice(0, maxNotices)
    .map(({ target, code, message, unreached }) =>
      unreached
        ? html`<div class="pause" role="alert"><b><i aria-hidden="true">?</i> Not looked after</b> <span>This controller could not begin to look after ${show(target, 120)}: <b>${show(code, 60)}</b> ${show(message, 240)}. What stands there is not known.</span></div>`
        : html`<div class="pause" role="alert"><b><i aria-hidden="true">?</i> Not read</b> <span>The status of ${show(target, 120)} could not be read just now: <b>${show(code, 60)}</b> ${show(message, 200)}. Nothing of it is shown, and nothing is known of it.</span></div>`,
    );
  const notHeard = [...unheard]
    .slice(0, maxNotices)
    .map(
      ([target, since]) =>
        html`<div class="pause" role="alert"><b><i aria-hidden="true">?</i> Not heard of</b> <span>The last full pass over ${show(target, 120)} ended ${time(since)}: what is shown of it is as of then. Does a controller run that has it in its configuration?</span></div>`,
    );
  return html`${notRead}${more(unread.length)}${notHeard}${more(unheard.size)}`;
}

function more(total: number): Markup {
  if (total <= maxNotices) return nothing;
  return html`<p class="soft">and ${total - maxNotices} more: <a href="/controller">all targets</a></p>`;
}
