// Which new revisions of sources may hold: as many as make one set of policies without an error, together with what
// holds of the other sources.
import { parseInSteps } from "../../api/parse.ts";
import type { PolicySet, SourceFile } from "../../api/policy.ts";
import { settleExceptions } from "../../core/waivers.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { combineSources, type Part } from "../../sources/combine.ts";
import { breatheThrough } from "../breathe.ts";

/** What one read of a source gave. */
export interface Version extends Part {
  /** Counts up with every read, over all sources: of a file that two sources reach, the newer one holds. */
  readonly order: number;
}

/** A source as it is judged. */
export interface Candidate {
  /** What holds. */
  readonly good: Version | undefined;
  /** What would hold instead. */
  readonly next: Version | undefined;
}

/** A set of policies as it would be, and what is wrong with it. */
export interface Trial {
  readonly policies: PolicySet;
  readonly revision: string;
  readonly revisions: ReadonlyMap<string, string>;
  readonly errors: readonly Diagnostic[];
}

export interface Judgement<C extends Candidate> {
  /** Their `next` may hold. */
  readonly taken: readonly C[];
  /** Why not, of each of the others: at least one. */
  readonly refused: ReadonlyMap<C, readonly Diagnostic[]>;
  /** What then holds. It has errors only where what held before had them, too. */
  readonly trial: Trial;
}

/** Remembers one trial: mostly, what is tried first is what held before. */
export type Memory = Map<string, Trial>;

/** Documents between two breaths: some ten milliseconds. */
const stepsAtOnce = 20;

/** @param asOf exceptions of more than so many days ahead are errors */
export async function judgeSources<C extends Candidate>(
  candidates: readonly C[],
  asOf: Date,
  memory: Memory,
): Promise<Judgement<C>> {
  const tried: Memory = new Map(memory);
  const attempt = async (nexts: readonly C[]): Promise<Trial> => {
    const versions = candidates
      .map((one) => (nexts.includes(one) ? one.next : one.good))
      .filter((version) => version !== undefined)
      .sort((a, b) => b.order - a.order);
    const key = JSON.stringify([asOf.toISOString().slice(0, 10), versions.map(({ order }) => order)]);
    const known = tried.get(key);
    if (known !== undefined) return known;
    const trial = await tryVersions(versions, asOf);
    tried.set(key, trial);
    return trial;
  };

  const refused = new Map<C, readonly Diagnostic[]>();
  let { taken, trial } = await takeTogether(candidates, attempt, refused);
  // One by one: what one of them frees, another may use.
  for (let goesOn = true; goesOn; ) {
    goesOn = false;
    for (const one of candidates) {
      if (one.next === undefined || taken.includes(one)) continue;
      const further = await attempt([...taken, one]);
      const added = addedErrors(further, trial);
      if (added.length > 0) {
        refused.set(one, ownFirst(added, one.next.files));
        continue;
      }
      taken = [...taken, one];
      trial = further;
      refused.delete(one);
      goesOn = true;
    }
  }
  memory.clear();
  for (const [key, one] of tried) if (one === trial) memory.set(key, one);
  return { taken, refused, trial };
}

/** All that are new at once, less those that have errors of their own: a policy may move from one to another. */
async function takeTogether<C extends Candidate>(
  candidates: readonly C[],
  attempt: (nexts: readonly C[]) => Promise<Trial>,
  refused: Map<C, readonly Diagnostic[]>,
): Promise<{ taken: readonly C[]; trial: Trial }> {
  let together = candidates.filter(({ next }) => next !== undefined);
  while (together.length > 0) {
    const trial = await attempt(together);
    if (trial.errors.length === 0) return { taken: together, trial };
    const blamed = together.filter((one) => {
      const own = errorsIn(trial.errors, one.next?.files ?? []);
      if (own.length > 0) refused.set(one, own);
      return own.length > 0;
    });
    together = blamed.length === 0 ? [] : together.filter((one) => !blamed.includes(one));
  }
  return { taken: [], trial: await attempt([]) };
}

async function tryVersions(versions: readonly Version[], asOf: Date): Promise<Trial> {
  const { files, revision, revisions } = combineSources(versions);
  const policies = await breatheThrough(parseInSteps(files), stepsAtOnce);
  const { diagnostics } = settleExceptions(policies, asOf);
  return {
    policies,
    revision,
    revisions,
    errors: diagnostics.filter(({ severity }) => severity === "error"),
  };
}

function addedErrors({ errors }: Trial, before: Trial): Diagnostic[] {
  const known = new Set(before.errors.map(identify));
  return errors.filter((error) => !known.has(identify(error)));
}

function identify({ file, line, column, code, message }: Diagnostic): string {
  return JSON.stringify([file, line, column, code, message]);
}

/** Errors in these files. */
export function errorsIn(errors: readonly Diagnostic[], files: readonly SourceFile[]): Diagnostic[] {
  const names = new Set(files.map(({ file }) => file));
  return errors.filter(({ file }) => file !== undefined && names.has(file));
}

/** What is wrong in its own files tells a person most. */
function ownFirst(errors: readonly Diagnostic[], files: readonly SourceFile[]): Diagnostic[] {
  const own = errorsIn(errors, files);
  return [...own, ...errors.filter((error) => !own.includes(error))];
}
