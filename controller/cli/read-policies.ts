// The first step of plan and apply: the sources, read and checked. A policy that has an error stops the run here,
// before anything of the account is read or written.
import { parsePolicies } from "../api/parse.ts";
import type { PolicySet } from "../api/policy.ts";
import { settleExceptions } from "../core/waivers.ts";
import { readSources, type Sources } from "../sources/index.ts";
import type { Io } from "./io.ts";
import { renderRefusal } from "./render/refusal.ts";
import { safeText } from "./render/safe-text.ts";
import { renderValidation } from "./render/validation.ts";

export interface CheckedPolicies {
  readonly policies: PolicySet;
  readonly sourceRevision: string;
}

/** `undefined` when a policy has an error; it has been shown then. */
export async function readPolicies(
  sources: readonly string[],
  format: string,
  io: Io,
  asOf: Date = io.now(),
): Promise<CheckedPolicies | undefined> {
  return checkPolicies(await readSources(sources), format, io, asOf);
}

/** The same of what has been read. `stops`: what an error keeps from happening, for people. */
export async function checkPolicies(
  { files, revision, notes }: Sources,
  format: string,
  io: Io,
  asOf: Date,
  stops = "nothing was read from AWS and nothing was changed",
): Promise<CheckedPolicies | undefined> {
  showNotes(notes, io);
  const policies = settleExceptions(parsePolicies(files), asOf);
  if (!policies.diagnostics.some(({ severity }) => severity === "error"))
    return { policies, sourceRevision: revision };

  const { diagnostics, documents } = policies;
  const texts = new Map(files.map(({ file, text }) => [file, text]));
  io.stderr(renderValidation(diagnostics, "text", { documents, sources: texts, colour: io.colour.stderr }));
  io.stderr(`ecsmon: ${stops}: policies must be free of errors first\n`);
  io.stdout(renderRefusal(diagnostics, format, { documents, what: "policies" }));
  return undefined;
}

/** What the sources left out: a person may have meant it to be read. */
export function showNotes(notes: readonly string[], io: Pick<Io, "stderr">): void {
  for (const note of notes) io.stderr(`ecsmon: ${safeText(note)}\n`);
}
