// The frame of every page: what stands above and below, and what it loads. Nothing stands inline, so that the policy of
// the page can forbid all of that.
import type { Pause } from "../model/status.ts";
import { html, type Markup, nothing, show, time } from "./markup.ts";
import type { Rendered } from "./services-page.ts";

export interface Frame {
  /** The path of the page that is open. */
  readonly path: string;
  readonly pause: Pause | undefined;
  readonly rendered: Rendered;
}

const pages = [
  ["/", "Services"],
  ["/policies", "Policies"],
  ["/controller", "Controller"],
  ["/journal", "Journal"],
] as const;

/** Of the files that a page loads: they may be kept for as long as they are the same. */
export interface Assets {
  readonly style: string;
  readonly script: string;
  readonly icon: string;
}

/** The text of a page, from `<!DOCTYPE html>` on. */
export function renderFrame({ path, pause, rendered }: Frame, assets: Assets): string {
  const { title, notices, head, form, parts } = rendered;
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${show(title)} · ecsmon</title>
<link rel="icon" type="image/svg+xml" href="${assets.icon}">
<link rel="stylesheet" href="${assets.style}">
<script src="${assets.script}" defer></script>
</head>
<body>
<a class="skip" href="#main">To the content</a>
<header class="top">
<a class="brand" href="/"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M2 13h4l3-8 5 14 3-8 1 2h4"/></svg>ecsmon</a>
<nav aria-label="Pages">${pages.map(([href, name]) => html`<a href="${href}"${path === href ? html` aria-current="page"` : ""}>${name}</a>`)}</nav>
<p class="live" role="status" hidden></p>
</header>
<div id="banner" data-live>${renderPause(pause)}${notices ?? nothing}</div>
<main id="main" tabindex="-1">
<h1 class="${path === "/" ? "hide" : ""}">${show(title)}</h1>
${head ?? nothing}
${form ?? nothing}
${parts}
</main>
<footer>Read only. What is shown is what the controllers last told the status store; <a href="/api/v1/targets">the same as JSON</a>.</footer>
</body>
</html>
`.toString();
}

function renderPause(pause: Pause | undefined): Markup {
  if (pause === undefined) return nothing;
  return html`<div class="pause" role="alert"><b><i aria-hidden="true">❚❚</i> Paused</b> <span>by ${show(pause.by)}, ${time(pause.at)}: ${show(pause.reason, 500)}. Nothing is written until <code>ecsmon resume</code>.</span></div>`;
}
