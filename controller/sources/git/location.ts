// Where a Git source lies: its URL, what of it, and which commit. What these words could do to git, to ssh or to a
// terminal is refused here, before any of them reaches a command line.
import { EcsmonError } from "../../model/errors.ts";

export interface GitLocation {
  /** How people write it: `git+https://host/repository?path=folder#ref`. */
  readonly name: string;
  /** What git is given. */
  readonly url: string;
  /** The only protocol that git may speak. */
  readonly protocol: "https" | "http" | "ssh" | "file";
  /** A branch, a tag, a full `refs/…` or a commit; the default branch of the repository where left out. */
  readonly ref?: string;
  /** Relative to the root, `/` between; empty for all of the repository. */
  readonly path: string;
}

/** Reads `git+https://…`, `git+ssh://…` and `git+file://…` with `?path=` and `#ref`. */
export function parseGitLocation(source: string): GitLocation {
  const [, address = "", query, ref] = /^git\+([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/su.exec(source) ?? [];
  refuseControl(source);
  if (ref?.includes("?"))
    throw invalid(
      source,
      `write ?path= before the #: git+${address}?${ref.split("?")[1]}#${ref.split("?")[0]}`,
    );
  return checkGitLocation({
    url: address,
    ...(ref === undefined || ref === "" ? {} : { ref: decode(ref, source) }),
    path: readPath(query, source),
  });
}

/** @throws EcsmonError `InvalidSource` for what could be read in more than one way, or is not spoken. */
export function checkGitLocation(given: { url: string; ref?: string; path?: string }): GitLocation {
  const { url, protocol } = checkUrl(given.url);
  const path = checkPath(given.path ?? "");
  const { ref } = given;
  if (ref !== undefined) checkRef(ref);
  const suffix = `${path === "" ? "" : `?path=${encodePath(path)}`}${ref === undefined ? "" : `#${ref.replaceAll("%", "%25")}`}`;
  return { name: `git+${url}${suffix}`, url, protocol, ...(ref === undefined ? {} : { ref }), path };
}

/** As it stands in a source's name. */
export function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

/** The whole name of a commit, in SHA-1 or SHA-256. */
export function isCommitId(text: string): boolean {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

function checkUrl(text: string): { url: string; protocol: GitLocation["protocol"] } {
  refuseControl(text);
  if (text.startsWith("-")) throw invalid(text, "a URL does not begin with -");
  if (/^[\w.-]+::/.test(text))
    throw invalid(text, "git's remote helpers (ext:: and the like) are not spoken");
  const scp = /^([\w.-]+@)?([\w.-]+):(?!\/\/)(.+)$/.exec(text);
  if (scp !== null) throw invalid(text, `write it as ssh://${scp[1] ?? ""}${scp[2]}/${scp[3]}`);
  if (!URL.canParse(text) || !text.includes("://"))
    throw invalid(text, "give a URL, like https://git.example.com/ops/policies.git");
  const url = new URL(text);
  const protocol = protocolOf(url);
  if (url.password !== "" || (url.username !== "" && protocol !== "ssh")) {
    // The message must not repeat it.
    url.username = "";
    url.password = "";
    throw invalid(
      url.href,
      "it holds a user or a password; take them out and give a token in an environment variable",
    );
  }
  if (url.search !== "" || url.hash !== "") throw invalid(text, "the URL of a repository has no ? and no #");
  const isHost = /^([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9a-f:.]+\])$/;
  if (protocol === "file" ? url.host !== "" : !isHost.test(url.hostname))
    throw invalid(text, protocol === "file" ? "write file:///and/a/path" : "check the name of the host");
  if (url.username !== "" && !/^[A-Za-z0-9_][\w.-]*$/.test(url.username))
    throw invalid(text, "check the name of the user");
  refuseControl(decode(url.pathname, text));
  return { url: url.href, protocol };
}

function protocolOf({ protocol, hostname, href }: URL): GitLocation["protocol"] {
  const name = protocol.slice(0, -1);
  if (name === "https" || name === "ssh" || name === "file") return name;
  // What does not leave the machine can be listened to by nobody else.
  if (name === "http" && ["127.0.0.1", "localhost", "[::1]"].includes(hostname)) return name;
  throw invalid(href, `${name}:// is not spoken; use https:// or ssh://`);
}

/** What `git check-ref-format` demands, and no name that begins with a dash. */
function checkRef(ref: string): void {
  refuseControl(ref);
  const isBad =
    ref === "" ||
    ref.startsWith("-") ||
    /[\s~^:?*[\\]|\.\.|@\{|\/\/|\/\.|\.lock(\/|$)|^[./]|[./]$|^@$/.test(ref) ||
    ref.length > 250;
  if (isBad)
    throw new EcsmonError(
      "InvalidSource",
      `${JSON.stringify(ref)} is not the name of a branch, a tag or a whole commit; check the part after #`,
    );
}

function readPath(query: string | undefined, source: string): string {
  if (query === undefined || query === "") return "";
  const [, path] = /^path=([^&]*)$/.exec(query) ?? [];
  if (path === undefined) throw invalid(source, "?path=FOLDER is the only part that may stand after ?");
  return decode(path, source);
}

function checkPath(given: string): string {
  refuseControl(given);
  const path = given.replace(/\/+$/, "").replace(/^\.(\/|$)/, "");
  const parts = path.split("/");
  if (path !== "" && parts.some((part) => part === "" || part === "." || part === ".."))
    throw new EcsmonError(
      "InvalidSource",
      `path ${JSON.stringify(given)} is not a path inside the repository; write it from the root, like policies/prod`,
    );
  return path;
}

function decode(text: string, source: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid(source, `${JSON.stringify(text)} has a % that begins no character; write %25`);
  }
}

function refuseControl(text: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(text))
    throw new EcsmonError(
      "InvalidSource",
      `${JSON.stringify(hideUser(text))} holds a control character; take it out`,
    );
}

/** For people: without a user or password that stands where none may. The user of ssh is no secret. */
export function hideUser(source: string): string {
  return source.replace(/\/\/(.*)@/s, (all, user: string) =>
    /^(git\+)?ssh:/.test(source) && !/[:/]/.test(user) ? all : "//…@",
  );
}

function invalid(source: string, fix: string): EcsmonError {
  return new EcsmonError("InvalidSource", `${hideUser(source)} cannot be a Git source: ${fix}`);
}
