// Names of Git sources: what is read from them, and what is refused before git sees it.
import { expect, test } from "vitest";
import { checkGitLocation, parseGitLocation } from "../../controller/sources/git/location.ts";
import { readSources } from "../../controller/sources/index.ts";

test.each([
  [
    "git+https://git.example.com/ops/p.git",
    { url: "https://git.example.com/ops/p.git", protocol: "https", path: "" },
  ],
  [
    "git+https://git.example.com:8443/ops/p.git?path=a/b%20c#v1.0",
    { url: "https://git.example.com:8443/ops/p.git", path: "a/b c", ref: "v1.0" },
  ],
  ["git+ssh://git@git.example.com/ops/p.git#team/x", { protocol: "ssh", ref: "team/x" }],
  ["git+file:///srv/p.git?path=./a/", { url: "file:///srv/p.git", protocol: "file", path: "a" }],
  ["git+http://127.0.0.1:3000/p.git", { protocol: "http" }],
  ["git+https://git.example.com/p?path=#", { path: "" }],
])("%s", (source, wanted) => {
  const location = parseGitLocation(source);
  expect(location).toMatchObject(wanted);
  // What is shown can be given again.
  expect(parseGitLocation(location.name)).toEqual(location);
});

test.each([
  ["git+ext::sh -c touch% x", "cannot be a Git source"],
  ["git+ext::sh%20-c", "remote helpers"],
  ["git+fd::17", "remote helpers"],
  ["git+/srv/p.git", "give a URL"],
  ["git+../p.git", "give a URL"],
  ["git+--upload-pack=touch", "does not begin with -"],
  ["git+-uhttps://x/", "does not begin with -"],
  ["git+git://git.example.com/p.git", "git:// is not spoken"],
  ["git+http://git.example.com/p.git", "http:// is not spoken"],
  ["git+http://127.0.0.1.example.com/p.git", "http:// is not spoken"],
  ["git+ftp://git.example.com/p.git", "ftp:// is not spoken"],
  ["git+file://host/p.git", "write file:///and/a/path"],
  ["git+ssh://-oProxyCommand=touch/p.git", "cannot be a Git source"],
  ["git+ssh://%2doProxyCommand=touch/p.git", "cannot be a Git source"],
  ["git+ssh://-oProxyCommand=touch@host/p.git", "name of the user"],
  ["git+ssh://%2doProxyCommand=touch@host/p.git", "name of the user"],
  ["git+ssh:///p.git", "name of the host"],
  ["git+git@github.com:ops/p.git", "write it as ssh://git@github.com/ops/p.git"],
  ["git+https://git.example.com/p.git?ref=main", "?path=FOLDER is the only part"],
  ["git+https://git.example.com/p.git?path=a&x=1", "?path=FOLDER is the only part"],
  ["git+https://git.example.com/p.git#main?path=a", "git+https://git.example.com/p.git?path=a#main"],
  ["git+https://git.example.com/p%00.git", "control character"],
  ["git+https://git.example.com/p%zz.git", "write %25"],
  ["git+https://git.example.com/\u001b[2Jp.git", "control character"],
])("%s is refused", (source, message) => {
  expect(() => parseGitLocation(source)).toThrow(
    expect.objectContaining({ code: "InvalidSource", message: expect.stringContaining(message) }),
  );
});

test.each([
  ...[
    "-u",
    "--upload-pack=touch",
    "a b",
    "a..b",
    "a:b",
    "a~1",
    "a^{}",
    "a?",
    "a*",
    "[a]",
    "a\\b",
    "a@{1}",
    "@",
  ],
  ...[
    "/a",
    "a/",
    "a//b",
    ".a",
    "a/.b",
    "a.",
    "a.lock",
    "a.lock/b",
    "a\nb",
    "a\u0000b",
    "a\u007fb",
    "x".repeat(251),
  ],
  "",
])("the ref %j is refused", (ref) => {
  expect(() => checkGitLocation({ url: "https://git.example.com/p.git", ref })).toThrow(
    expect.objectContaining({ code: "InvalidSource" }),
  );
});

test.each(["..", "a/../b", "/etc", "a//b", "a/./b", "../a", "a\u0000", "a\nb"])(
  "the path %j is refused",
  (path) => {
    expect(() => checkGitLocation({ url: "https://git.example.com/p.git", path })).toThrow(
      expect.objectContaining({ code: "InvalidSource" }),
    );
  },
);

test.each([
  "git+https://user:s3cret@git.example.com/p.git",
  "git+https://s3cret@git.example.com/p.git",
  "git+ssh://git:s3cret@git.example.com/p.git",
  "git+git://user:s3cret@git.example.com/p.git",
  "git+https://user:s3cret@git.example.com:port/p.git",
  "git+https://user:a/s3cret@git.example.com/p.git",
  "git+https://s3cret@git.example.com/p.git?x=1",
  "git+https://s3cret@git.example.com/p.git\n",
  "https://user:s3cret@git.example.com/p.git",
])("%s is refused, and what it holds is not repeated", async (source) => {
  const error = await readSources([source], {}).catch((e: unknown) => e);
  expect(error).toMatchObject({ code: "InvalidSource" });
  expect(String(error)).not.toContain("s3cret");
});

test("one token is not sent to two hosts", async () => {
  const sources = ["git+https://a.example.com/p.git", "git+https://b.example.com/p.git"];
  await expect(readSources(sources, { ECSMON_GIT_TOKEN: "x" })).rejects.toMatchObject({
    code: "InvalidSource",
    message: expect.stringContaining("a.example.com and b.example.com"),
  });
});
