// Programs that some tests use where a machine has them.
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** The program's path; `undefined`: it is in no folder of PATH. */
export function findOnPath(program: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
