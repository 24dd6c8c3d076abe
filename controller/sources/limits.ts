// What every source is held to, wherever it lies: how much it may hold, which files are policies, and that it is not
// empty.
import type { SourceFile } from "../api/policy.ts";
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

/** @throws EcsmonError for a source without any document: read as a wish, it would delete everything. */
export function refuseEmpty(where: string, files: readonly SourceFile[], isFolder: boolean): void {
  if (files.some(({ text, bytes }) => bytes !== undefined || hasDocument(text))) return;
  const what = isFolder
    ? `no policy in ${where}: it needs a *.yaml or *.yml file with a document`
    : `no document in ${where}`;
  throw new EcsmonError("SourceEmpty", `${what}; check the path (an empty source would delete everything)`);
}

/** Whether a text holds anything but comments, blank lines and document marks. A broken document counts. */
function hasDocument(text: string): boolean {
  return text
    .split(/\r?\n|\r/)
    .some((line) => !/^\uFEFF?\s*(#.*|---\s*(#.*)?|\.\.\.\s*(#.*)?|%.*)?$/.test(line));
}
