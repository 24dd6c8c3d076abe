// How each write went: a line as it happens, and at the end once more what failed, with the count of it all.
import type { Outcome } from "../../model/plan.ts";
import { createPaint, type Paint } from "./paint.ts";
import { safeText } from "./safe-text.ts";

const done = { create: "created", update: "changed", delete: "deleted" } as const;
const verbs = { create: "create", update: "change", delete: "delete" } as const;

export function renderOutcome(outcome: Outcome, options: { readonly colour: boolean }): string {
  return `${outcomeLine(outcome, createPaint(options.colour))}\n`;
}

export function renderOutcomes(outcomes: readonly Outcome[], options: { readonly colour: boolean }): string {
  const paint = createPaint(options.colour);
  const failures = outcomes.filter((outcome) => outcome.result === "failed");
  const count = (matches: (outcome: Outcome) => boolean) => outcomes.filter(matches).length;
  const applied = (["create", "update", "delete"] as const).map(
    (action) =>
      `${count((outcome) => outcome.result === "applied" && outcome.action === action)} ${done[action]}`,
  );
  const begun = count((outcome) => outcome.note !== undefined);
  const left = begun === 0 ? "" : ` (${begun} begun, not waited for)`;
  const skipped = count((outcome) => outcome.result === "skipped");
  const summary = `Applied: ${applied.join(", ")}${left}; ${failures.length} failed, ${skipped} skipped`;
  return `${[...failures.map((outcome) => outcomeLine(outcome, paint)), paint(summary, "bold")].join("\n")}\n`;
}

function outcomeLine(outcome: Outcome, paint: Paint): string {
  const item = `${outcome.kind} ${safeText(outcome.name)}`;
  if (outcome.result === "applied") {
    const note = outcome.note === undefined ? "" : `: ${safeText(outcome.note)}`;
    return `  ${paint(done[outcome.action], note === "" ? "green" : "yellow")} ${item}${note}`;
  }
  const why =
    outcome.error === undefined ? "" : `: ${safeText(`${outcome.error.code}: ${outcome.error.message}`)}`;
  return `  ${paint(outcome.result, outcome.result === "failed" ? "red" : "yellow")} to ${verbs[outcome.action]} ${item}${why}`;
}
