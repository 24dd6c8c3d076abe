// Repositories for tests, written by `git fast-import`: any mode, any name and any content, in one process a commit.
import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** `object`: a blob that is in the repository already. */
export type TestFile =
  | string
  | Buffer
  | { readonly link: string }
  | { readonly submodule: string }
  | { readonly object: string };

export interface TestRepository {
  readonly folder: string;
  /** All files of a new commit. Returns its name. */
  commit(files: Readonly<Record<string, TestFile>>, options?: CommitOptions): string;
  git(...args: string[]): string;
}

export interface CommitOptions {
  readonly branch?: string;
  /** The commit before; default: the branch as it stands. `null` begins a history of its own. */
  readonly parent?: string | null;
}

const env = {
  PATH: process.env["PATH"],
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_AUTHOR_NAME: "Test",
  GIT_AUTHOR_EMAIL: "test@example.com",
  GIT_COMMITTER_NAME: "Test",
  GIT_COMMITTER_EMAIL: "test@example.com",
};

export function makeTestRepository(
  root: string,
  name: string,
  options: { readonly filter?: boolean; readonly format?: "sha1" | "sha256" } = {},
): TestRepository {
  const folder = join(root, `${name}.git`);
  const run = (args: readonly string[], input?: Buffer): string =>
    execFileSync("git", args, { env, cwd: root, input, stdio: ["pipe", "pipe", "pipe"] })
      .toString("utf8")
      .trim();
  run(["init", "-q", "--bare", "-b", "main", `--object-format=${options.format ?? "sha1"}`, folder]);
  const git = (...args: string[]): string => run(["--git-dir", folder, ...args]);
  // As the large hosters have it.
  git("config", "uploadpack.allowFilter", String(options.filter ?? true));
  let commits = 0;
  return {
    folder,
    git,
    commit(files, { branch = "main", parent } = {}) {
      commits += 1;
      const ref = `refs/heads/${branch}`;
      const tip = git("for-each-ref", "--format=%(objectname)", ref);
      const from = parent === undefined ? tip : (parent ?? "");
      const head = [
        `commit ${ref}`,
        `committer Test <test@example.com> ${1_700_000_000 + commits} +0000`,
        "data 1\nm",
        ...(from === "" ? [] : [`from ${from}`]),
        "deleteall\n",
      ].join("\n");
      if (parent === null && tip !== "") git("update-ref", "-d", ref);
      const parts = Object.entries(files).flatMap(([path, file]) => entryOf(path, file));
      run(
        ["--git-dir", folder, "fast-import", "--quiet", "--force"],
        Buffer.concat([Buffer.from(head), ...parts]),
      );
      return git("rev-parse", ref);
    },
  };
}

function entryOf(path: string, file: TestFile): Buffer[] {
  const quoted = `"${path.replaceAll(/[\\"]/g, "\\$&").replaceAll("\n", "\\n")}"`;
  if (typeof file === "object" && "submodule" in file)
    return [Buffer.from(`M 160000 ${file.submodule} ${quoted}\n`)];
  if (typeof file === "object" && "object" in file)
    return [Buffer.from(`M 100644 ${file.object} ${quoted}\n`)];
  const [mode, content] =
    typeof file === "object" && "link" in file ? ["120000", file.link] : ["100644", file];
  const bytes = Buffer.from(content);
  return [Buffer.from(`M ${mode} inline ${quoted}\ndata ${bytes.length}\n`), bytes, Buffer.from("\n")];
}
