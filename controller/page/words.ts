// What states and results are called, and by which sign beside their colour they are known.
import type { Pillar } from "../model/audit.ts";
import { html, type Markup, show } from "./markup.ts";
import type { State } from "./service-rows.ts";

/** How bad it is: one colour each. */
export type Tone = "good" | "bad" | "warn" | "busy" | "calm";

interface Word {
  readonly sign: string;
  readonly label: string;
  readonly tone: Tone;
  readonly help: string;
}

export const stateWords: Readonly<Record<State, Word>> = {
  unheard: {
    sign: "?",
    label: "Not heard of",
    tone: "bad",
    help: "no full pass has ended for long; what is shown is old, and may not be so any more",
  },
  failed: {
    sign: "✕",
    label: "Failed",
    tone: "bad",
    help: "something could not be read or written; it is tried again",
  },
  blocked: { sign: "■", label: "Blocked", tone: "bad", help: "something is held back until a person acts" },
  drifted: {
    sign: "≠",
    label: "Drifted",
    tone: "warn",
    help: "something is other than it was left, and not put right yet",
  },
  waiting: { sign: "…", label: "Waiting", tone: "warn", help: "changes are not made yet" },
  rolling: { sign: "↻", label: "Rolling out", tone: "busy", help: "a deployment of ours is under way" },
  shown: { sign: "◇", label: "Audit only", tone: "calm", help: "changes are shown and not made" },
  unwatched: { sign: "○", label: "No policy", tone: "calm", help: "no policy selects it" },
  ready: { sign: "✓", label: "Ready", tone: "good", help: "everything stands as the policies say" },
};

export const pillarWords: Readonly<Record<Pillar, string>> = {
  "app-metrics": "App metrics",
  liveness: "Liveness",
  "resource-metrics": "Resources",
  logs: "Logs",
};

/** A word that another version of ecsmon wrote into the store. */
export function unheardOf(word: string): Pick<Word, "sign" | "label" | "tone"> {
  return { sign: "?", label: show(word, 30), tone: "calm" };
}

export function badge({ sign, label, tone }: Pick<Word, "sign" | "label" | "tone">): Markup {
  return html`<span class="badge ${tone}"><i aria-hidden="true">${sign}</i> ${label}</span>`;
}
