// The policies that `plan --base` names. One that has an error keeps nothing from being planned: the base stands
// already, and this change may be what mends it.
import { parsePolicies } from "../api/parse.ts";
import { settleExceptions } from "../core/waivers.ts";
import { EcsmonError } from "../model/errors.ts";
import type { GivenPolicies } from "../runtime/plan-with-base.ts";
import { readSources } from "../sources/index.ts";
import type { Io } from "./io.ts";
import { showNotes } from "./read-policies.ts";
import { describeInvalidBase } from "./render/base-text.ts";
import { safeText } from "./render/safe-text.ts";
import { renderValidation } from "./render/validation.ts";

/** @throws EcsmonError for a source that cannot be read, or is empty. */
export async function readBase(sources: readonly string[], io: Io, asOf: Date): Promise<GivenPolicies> {
  const { files, revision, notes } = await readSources(sources).catch(refuse);
  showNotes(
    notes.map((note) => `base: ${note}`),
    io,
  );
  const policies = settleExceptions(parsePolicies(files), asOf);
  const errors = policies.diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) {
    const { documents } = policies;
    const texts = new Map(files.map(({ file, text }) => [file, text]));
    io.stderr(renderValidation(errors, "text", { documents, sources: texts, colour: io.colour.stderr }));
    io.stderr(`ecsmon: ${safeText(describeInvalidBase({ errors }))}\n`);
  }
  return { policies, sourceRevision: revision };
}

function refuse(error: unknown): never {
  if (!(error instanceof EcsmonError)) throw error;
  throw new EcsmonError(
    error.code,
    `--base cannot be read: ${error.message}; where there are no policies to compare with yet, leave --base out`,
    { cause: error },
  );
}
