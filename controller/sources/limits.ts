// What every source is held to, wherever it lies: how much it may hold, which files are policies, and that it is not
// empty.
import type { SourceFile } from "../api/policy.ts";
import { readYaml } from "../api/yaml-source.ts";
import { EcsmonError } from "../model/errors.ts";

export const maxFiles = 2000;
export const maxTotalBytes = 32 * 1024 * 1024;

/** Names of files that are read where a whole folder is given. */
export function isPolicyName(name: string): boolean {
  return /\.ya?ml$/.test(name);
}

/** Hidden files and folders, and what npm installs: never read where a whole folder is given. */
export function isHidden(name: string): boolean {
  return name.startsWith(".") || name === "node_modules";
}

export function tooLarge(where: string, what: string): EcsmonError {
  return new EcsmonError(
    "SourceTooLarge",
    `${where} holds ${what}; point at the folder of the policies alone`,
  );
}

/**
 * Asks the parser: `null`, which an empty template or query prints, is no document. A broken one is, as is what the parser
 * refuses to look at.
 * @throws EcsmonError for a source without any document: read as a wish, it would delete everything.
 */
export function refuseEmpty(where: string, files: readonly SourceFile[], isFolder: boolean): void {
  if (files.some((file) => readYaml(file).seen > 0)) return;
  const what = isFolder
    ? `no policy in ${where}: it needs a *.yaml or *.yml file with a document`
    : `no document in ${where}`;
  throw new EcsmonError("SourceEmpty", `${what}; check the path (an empty source would delete everything)`);
}
