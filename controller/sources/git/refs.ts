// Which commit a source stands at: one small question to the server, and the whole of a poll where nothing has moved.
import { suggest } from "../../api/nearest.ts";
import { EcsmonError } from "../../model/errors.ts";
import { type Git, runGit } from "./command.ts";
import { explainFailure } from "./failure.ts";
import { type GitLocation, isCommitId } from "./location.ts";

export interface Head {
  readonly commit: string;
  /** What to fetch it by: for a tag with a message, the tag. */
  readonly object: string;
}

/** A branch is taken before a tag of the same name. A whole commit needs no question. */
export async function findHead(git: Git, location: GitLocation): Promise<Head> {
  const { ref } = location;
  if (ref !== undefined && isCommitId(ref)) return { commit: ref, object: ref };
  const names = candidates(ref);
  const found = await listRefs(
    git,
    location,
    names.flatMap((name) => [name, `${name}^{}`]),
  );
  for (const name of names) {
    const object = found.get(name);
    if (object !== undefined) return { object, commit: found.get(`${name}^{}`) ?? object };
  }
  throw await unknownRef(git, location);
}

function candidates(ref: string | undefined): string[] {
  if (ref === undefined || ref === "HEAD") return ["HEAD"];
  return ref.startsWith("refs/") ? [ref] : [`refs/heads/${ref}`, `refs/tags/${ref}`];
}

/** Object names by ref. */
async function listRefs(
  git: Git,
  location: GitLocation,
  names: readonly string[],
): Promise<Map<string, string>> {
  const ran = await runGit(git, ["ls-remote", "--quiet", "--", location.url, ...names], {
    // A repository may have a million refs; servers that do not filter send them, and git does.
    maxOutput: 4 * 1024 * 1024,
  });
  if (ran.code !== 0) throw explainFailure(location, git, ran);
  return new Map(
    ran.stdout
      .toString("utf8")
      .split("\n")
      .flatMap((line): [string, string][] => {
        const [object = "", name = ""] = line.split("\t");
        return isCommitId(object) ? [[name, object]] : [];
      }),
  );
}

async function unknownRef(git: Git, location: GitLocation): Promise<EcsmonError> {
  const { ref, name } = location;
  const all = [...(await listRefs(git, location, ["refs/heads/*", "refs/tags/*"])).keys()];
  const known = all.filter((one) => !one.endsWith("^{}"));
  if (known.length === 0)
    return new EcsmonError("SourceEmpty", `the repository of ${name} is empty; push the policies first`);
  if (ref === undefined)
    return new EcsmonError("SourceMissing", `${name} has no default branch; name one after #`);
  const isFull = ref.startsWith("refs/");
  const names = isFull ? known : known.map((one) => one.replace(/^refs\/(heads|tags)\//, ""));
  const hint = /^[0-9a-f]{7,63}$/.test(ref) ? "a commit needs all of its digits; " : "";
  return new EcsmonError(
    "SourceMissing",
    `no branch and no tag ${JSON.stringify(ref)} in ${name}: ${hint}${suggest(ref, [...new Set(names)])}`,
  );
}
