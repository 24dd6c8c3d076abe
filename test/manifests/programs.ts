// Programs that tests of the manifests use where a machine has them.
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** The program's path; where it is not on PATH, says what is left out. */
export function findProgram(program: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const found = folders.map((folder) => join(folder, program)).find(isExecutable);
  if (found === undefined) console.log(`${program} is not on PATH: its check of the manifests is not run`);
  return found;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
