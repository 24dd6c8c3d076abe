// One thing that the audit found missing, and what mends it.
import type { AuditFinding } from "../model/audit.ts";
import { html, type Markup, nothing, show } from "./markup.ts";
import { pillarWords } from "./words.ts";

export function renderFinding(
  { code, pillar, weight, message, why, policy, byHand }: AuditFinding,
  index: number,
): Markup {
  const mend =
    policy === undefined
      ? byHand === undefined
        ? nothing
        : html`<small>By hand: ${show(byHand, 300)}</small>`
      : html`<details id="mend-${index}-${code.replaceAll(/[^A-Za-z]/g, "").slice(0, 60)}"><summary>Lines of policy that mend it</summary><pre>${policy
          .split("\n")
          .slice(0, 40)
          .map((line) => html`<span>${show(line, 200)}</span>`)}</pre></details>`;
  return html`<li><b>${show(code, 60)}</b> <span class="mark">${pillarWords[pillar]}, −${weight}</span> ${show(message, 400)} <small>${show(why, 300)}</small>${mend}</li>
`;
}
