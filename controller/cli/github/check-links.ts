// What a workflow names inside of the repository, the pull request can lay there as a link to any file of the runner: the
// findings on it would quote what stands in that.
import { realpath } from "node:fs/promises";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { EcsmonError } from "../../model/errors.ts";

/**
 * @param paths as the inputs name them; what is no file of this machine is passed over, and so is what is named outside of
 *   the repository: that is the workflow's own word
 * @param root where the repository is checked out
 * @throws EcsmonError for one that leads out of it, or to what Git keeps there
 */
export async function refuseLinksOut(paths: readonly string[], root: string): Promise<void> {
  const top = await realpath(root).catch(() => resolve(root));
  for (const path of paths) {
    const named = resolve(path);
    if (partsIn(resolve(root), named) === undefined && partsIn(top, named) === undefined) continue;
    // One that is not there is told of where it is read.
    const real = await realpath(named).catch(() => undefined);
    if (real === undefined) continue;
    const parts = partsIn(top, real);
    if (parts === undefined || parts[0] === ".git")
      throw new EcsmonError(
        "InvalidInput",
        `${path} leads out of the repository by a symbolic link; put the files themselves there`,
      );
  }
}

/** The way from a folder to what lies in it; `undefined`: it does not. */
function partsIn(folder: string, path: string): readonly string[] | undefined {
  const parts = relative(folder, path).split(sep);
  return parts[0] === ".." || isAbsolute(parts.join(sep)) ? undefined : parts;
}
