// Whether a branch went on from where it was, or was pushed over by force.
import { type Git, runGit, runGitWell } from "./command.ts";
import { fetchHistory, makeRepository } from "./fetch.ts";
import { type GitLocation, isCommitId } from "./location.ts";

/** A branch that is further ahead than the last of these counts as pushed over: a person looks once. */
const depths = [64, 1024, 16_384];

/** Fetches as much history as it takes; most pushes are a few commits. */
export async function isDescendant(
  git: Git,
  location: GitLocation,
  previous: string,
  next: string,
): Promise<boolean> {
  if (previous === next) return true;
  if (!isCommitId(previous)) return false;
  const repository = await makeRepository(git, "history", next);
  for (const depth of depths) {
    await fetchHistory(repository, location, next, depth);
    // Another code than 0 or 1 says that one of the two is not there.
    const { code } = await runGit(repository, ["merge-base", "--is-ancestor", previous, next]);
    if (code === 0) return true;
    const isShallow = await runGitWell(repository, ["rev-parse", "--is-shallow-repository"]);
    if (isShallow.toString("utf8").trim() === "false") return false;
  }
  return false;
}
