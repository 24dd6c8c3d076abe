// Programs that tests of the manifests use where a machine has them.
import { findOnPath } from "../support/find-on-path.ts";

/** The program's path; where it is not on PATH, says what is left out. */
export function findProgram(program: string): string | undefined {
  const found = findOnPath(program);
  if (found === undefined) console.log(`${program} is not on PATH: its check of the manifests is not run`);
  return found;
}
