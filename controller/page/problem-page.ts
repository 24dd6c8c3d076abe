// What a reader gets in place of a page that there is not, or that cannot be made now.
import { html, show } from "./markup.ts";
import type { Rendered } from "./services-page.ts";

export function renderProblem(title: string, message: string): Rendered {
  return {
    title,
    parts: html`<section id="problem" data-live><p class="empty">${show(message, 600)}</p><p><a href="/">All services</a></p></section>`,
  };
}
