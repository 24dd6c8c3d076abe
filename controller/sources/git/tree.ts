// The policies of a commit, from git's object store: listed with their sizes first, and read only when all are known to
// be small enough.
import { maxFileBytes, type SourceFile } from "../../api/policy.ts";
import { EcsmonError } from "../../model/errors.ts";
import { compareText } from "../../model/json.ts";
import { isHidden, isPolicyName, maxFiles, maxTotalBytes, tooLarge } from "../limits.ts";
import { type Git, runGit, runGitWell } from "./command.ts";
import { encodePath, type GitLocation } from "./location.ts";

interface Entry {
  readonly mode: string;
  readonly object: string;
  /** `undefined` for what the server left out as too large, and for what has no size. */
  readonly size: number | undefined;
  readonly path: string;
}

export interface Listed {
  readonly entries: readonly Entry[];
  readonly notes: readonly string[];
  /** The path is a file, not a folder. */
  readonly isFile: boolean;
}

const maxEntries = 200_000;
const maxNotes = 10;

export async function listPolicies(repository: Git, location: GitLocation, commit: string): Promise<Listed> {
  const { name, path } = location;
  const entries: Entry[] = [];
  const skipped: string[] = [];
  let seen = 0;
  let isFile = false;
  await listTree(repository, commit, path, (entry) => {
    if (++seen > maxEntries) throw tooLarge(name, `more than ${maxEntries} entries`);
    const kind = kindOf(entry.mode);
    if (entry.path === path) {
      if (kind !== "a file") throw notAFolder(location, kind);
      isFile = true;
    }
    const below = entry.path.slice(path === "" ? 0 : path.length + 1);
    if (below.split("/").some(isHidden)) return;
    if (kind !== "a file") {
      if (skipped.length <= maxNotes) skipped.push(`${JSON.stringify(entry.path)} is ${kind}`);
      return;
    }
    if (!isFile && !isPolicyName(entry.path)) return;
    checkEntry(name, entry);
    entries.push(entry);
    if (entries.length > maxFiles) throw tooLarge(name, `more than ${maxFiles} files`);
  });
  if (seen === 0 && path !== "") throw await missingPath(repository, location, commit);
  const total = entries.reduce((sum, { size = 0 }) => sum + size, 0);
  if (total > maxTotalBytes) throw tooLarge(name, `more than ${maxTotalBytes} bytes of policies`);
  const notes = skipped.slice(0, maxNotes).map((what) => `${name}: ${what} and is not read`);
  if (skipped.length > maxNotes) notes.push(`${name}: more than ${maxNotes} are not read`);
  return { entries: entries.sort((a, b) => compareText(a.path, b.path)), notes, isFile };
}

/** Their text. The sizes have been checked. */
export async function readPolicies(
  repository: Git,
  { name, path }: GitLocation,
  { entries }: Listed,
): Promise<SourceFile[]> {
  if (entries.length === 0) return [];
  const ids = entries.map(({ object }) => `${object}\n`).join("");
  const output = await runGitWell(repository, ["cat-file", "--batch", "--buffer"], ids);
  const where = path === "" ? name : name.replace(`?path=${encodePath(path)}`, "");
  let at = 0;
  return entries.map((entry) => {
    // `<object> blob <size>`, a line break, the bytes, a line break.
    const end = output.indexOf(0x0a, at);
    const header = `${entry.object} blob ${entry.size}`;
    if (output.toString("latin1", at, end) !== header) throw incomplete(name, entry.path);
    const start = end + 1;
    at = start + (entry.size ?? 0) + 1;
    return { file: `${where}:${entry.path}`, text: output.toString("utf8", start, at - 1) };
  });
}

/** Entries below a path, one by one: a hostile tree can have more than memory holds. */
async function listTree(
  repository: Git,
  commit: string,
  path: string,
  take: (entry: Entry) => void,
): Promise<void> {
  let rest = Buffer.alloc(0);
  const { code, stderr } = await runGit(
    repository,
    ["ls-tree", "-r", "-z", "-l", "--full-tree", commit, "--", ...(path === "" ? [] : [path])],
    {
      onOutput: (piece) => {
        rest = Buffer.concat([rest, piece]);
        let start = 0;
        for (let end = rest.indexOf(0); end !== -1; end = rest.indexOf(0, start)) {
          take(parseEntry(rest.toString("utf8", start, end)));
          start = end + 1;
        }
        rest = rest.subarray(start);
      },
    },
  );
  if (code !== 0)
    throw new EcsmonError("SourceUnreadable", `git cannot list ${commit}: ${stderr.trim().slice(-400)}`);
}

function parseEntry(line: string): Entry {
  const [, mode = "", object = "", size = "", path = ""] =
    /^(\d+) \w+ ([0-9a-f]+) +(\S+)\t(.*)$/s.exec(line) ?? [];
  return { mode, object, size: /^\d+$/.test(size) ? Number(size) : undefined, path };
}

function kindOf(mode: string): string {
  if (mode === "100644" || mode === "100755" || mode === "100664") return "a file";
  if (mode === "120000") return "a symbolic link";
  return mode === "160000" ? "a submodule" : `of mode ${mode}`;
}

/** One bad file holds the whole commit back: without it, its policies would count as deleted. */
function checkEntry(name: string, { path, size }: Entry): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
  if (/[\u0000-\u001f\u007f-\u009f\uFFFD]/.test(path))
    throw new EcsmonError(
      "SourceUnreadable",
      `${name} holds a file named ${JSON.stringify(path)}; rename it without control characters, in UTF-8`,
    );
  if (size === undefined || size > maxFileBytes)
    throw new EcsmonError(
      "SourceTooLarge",
      `${path} in ${name} has ${size === undefined ? "" : `${size} bytes, `}more than ${maxFileBytes}${size === undefined ? " bytes" : ""}; split it, or move what is no policy out of the path`,
    );
}

function notAFolder({ name, path }: GitLocation, kind: string): EcsmonError {
  return new EcsmonError(
    "SourceUnreadable",
    `${path} in ${name} is ${kind}, which is not followed; name the folder of the policies itself`,
  );
}

async function missingPath(
  repository: Git,
  { name, path }: GitLocation,
  commit: string,
): Promise<EcsmonError> {
  const { stdout } = await runGit(repository, ["ls-tree", "-z", "--name-only", "--full-tree", commit]);
  const top = stdout
    .toString("utf8")
    .split("\0")
    .filter((one) => one !== "");
  const shown = `${top.slice(0, 20).join(", ")}${top.length > 20 ? ", …" : ""}`;
  return new EcsmonError(
    "SourceMissing",
    `no ${path} in ${name} at ${commit.slice(0, 12)}; the repository has ${shown === "" ? "no files" : shown}`,
  );
}

function incomplete(name: string, path: string): EcsmonError {
  return new EcsmonError("SourceUnreadable", `${name} does not hold all of ${path}; check the repository`, {
    remedy: "retry",
  });
}
