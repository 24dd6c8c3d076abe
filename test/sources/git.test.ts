// What a Git source reads, and how it follows a repository: pushes, forced pushes, outages.
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { parseGitLocation } from "../../controller/sources/git/location.ts";
import { createGitSource } from "../../controller/sources/git.ts";
import { readSources } from "../../controller/sources/index.ts";
import { policy, readFilesOf, token, useGitScene } from "./git-scene.ts";
import { startGitServer } from "./git-server.ts";

const scene = useGitScene();

function manyPolicies(count: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`p/${i % 7}/n${i}.yaml`, policy(`n${i}`)]),
  );
}

test.each([1, 100, 1000])("reads %i policy files at one commit, in a handful of requests", async (count) => {
  const repository = scene.makeRepository();
  const commit = repository.commit({ ...manyPolicies(count), "p/README.md": "no", "other/x.yaml": policy() });
  const { files, revision, notes, rewound } = await readFilesOf(scene.open(repository, "?path=p#main"));
  expect({ revision, notes, rewound }).toEqual({ revision: commit, notes: [], rewound: false });
  expect(files).toHaveLength(count);
  const where = `git+${scene.server.url}${repository.folder.slice(scene.root.length)}#main`;
  const wanted = Object.entries(manyPolicies(count)).map(([path, text]) => ({
    file: `${where}:${path}`,
    text,
  }));
  expect(files).toEqual(wanted.sort((a, b) => (a.file < b.file ? -1 : 1)));
  expect(scene.server.requests.length).toBeLessThanOrEqual(4);
});

test("a poll where nothing has moved asks for the refs and gets no files", async () => {
  const repository = scene.makeRepository();
  const commit = repository.commit(manyPolicies(100));
  const source = scene.open(repository);
  expect(await source.read({ held: commit })).toEqual({ unchanged: true, revision: commit });
  expect(scene.server.requests.map((line) => line.replace(/ .*\.git/, " "))).toEqual([
    "GET /info/refs",
    "POST /git-upload-pack",
  ]);
  const next = repository.commit({ "a.yaml": policy("b") });
  expect(await source.read({ held: commit })).toMatchObject({
    unchanged: false,
    revision: next,
    rewound: false,
    files: [{ text: policy("b") }],
  });
});

test("files that the folder source would not read are not read here either", async () => {
  const repository = scene.makeRepository();
  repository.commit({
    "B.yaml": policy(),
    "a/z.yml": policy(),
    "notes.md": "x",
    ".hidden.yaml": policy(),
    ".github/workflows/ci.yml": policy(),
    "node_modules/d.yaml": policy(),
  });
  const { files } = await readFilesOf(scene.open(repository));
  expect(files.map(({ file }) => file.split(":").at(-1))).toEqual(["B.yaml", "a/z.yml"]);
});

test("a branch, a tag with a message, a full ref, a commit and the default branch", async () => {
  const repository = scene.makeRepository();
  const first = repository.commit({ "a.yaml": policy("first") });
  repository.git("tag", "-a", "-m", "words", "v1", first);
  const second = repository.commit({ "a.yaml": policy("second") });
  const third = repository.commit({ "a.yaml": policy("third") }, { branch: "team/x", parent: first });
  const revisionAt = async (rest: string): Promise<string> =>
    (await readFilesOf(scene.open(repository, rest))).revision;
  expect(await revisionAt("")).toBe(second);
  expect(await revisionAt("#main")).toBe(second);
  expect(await revisionAt("#team/x")).toBe(third);
  expect(await revisionAt("#refs/heads/team/x")).toBe(third);
  expect(await revisionAt("#v1")).toBe(first);
  scene.server.requests.length = 0;
  expect(await revisionAt(`#${first}`)).toBe(first);
  // It can not move, so it is never asked for.
  scene.server.requests.length = 0;
  expect(await scene.open(repository, `#${first}`).read({ held: first })).toMatchObject({ unchanged: true });
  expect(scene.server.requests).toEqual([]);
});

test("a repository of SHA-256", async () => {
  const repository = scene.makeRepository({ format: "sha256" });
  const first = repository.commit({ "a.yaml": policy() });
  const second = repository.commit({ "a.yaml": policy("b") });
  expect(first).toMatch(/^[0-9a-f]{64}$/);
  const source = scene.open(repository);
  expect(await source.read({ held: first })).toMatchObject({ revision: second, rewound: false });
});

test("a path may be one file, and have any name", async () => {
  const repository = scene.makeRepository();
  repository.commit({ "-p/:(top) #?%.conf": policy(), "-p/b.yaml": policy() });
  const path = encodeURIComponent("-p/:(top) #?%.conf");
  const { files } = await readFilesOf(scene.open(repository, `?path=${path}`));
  expect(files).toHaveLength(1);
  expect(files[0]?.file).toMatch(/\.git:-p\/:\(top\) #\?%\.conf$/);
});

test("a push by force is told apart from one that goes on, however far", async () => {
  const repository = scene.makeRepository();
  const first = repository.commit({ "a.yaml": policy("0") });
  const read = (lastGood: string, rest = "#main") =>
    readFilesOf(scene.open(repository, rest), { held: lastGood });
  let tip = first;
  for (let i = 1; i <= 70; i++) tip = repository.commit({ "a.yaml": policy(`${i}`) });
  // Further back than the first look into the history.
  expect(await read(first)).toMatchObject({ revision: tip, rewound: false });

  const forced = repository.commit({ "a.yaml": policy("forced") }, { parent: first });
  expect(await read(tip)).toMatchObject({ revision: forced, rewound: true });
  const unrelated = repository.commit({ "a.yaml": policy("unrelated") }, { parent: null });
  expect(await read(forced)).toMatchObject({ revision: unrelated, rewound: true });
  // Back to what was there before is a step back too.
  repository.git("update-ref", "refs/heads/main", first);
  expect(await read(tip)).toMatchObject({ revision: first, rewound: true });
  // After a restart the files are gone, and the last good commit is known from the status store.
  expect(await scene.open(repository).read({ lastGood: first })).toMatchObject({ rewound: false });
  expect(await scene.open(repository).read({ lastGood: "sha256:0123456789ab" })).toMatchObject({
    rewound: true,
  });
});

test("history is told from a server that sends files with it, too", async () => {
  const repository = scene.makeRepository({ filter: false });
  const first = repository.commit({ "a.yaml": policy("0") });
  const second = repository.commit({ "a.yaml": policy("1") });
  const other = repository.commit({ "a.yaml": policy("2") }, { parent: null, branch: "other" });
  expect(await scene.open(repository).read({ held: first })).toMatchObject({
    revision: second,
    rewound: false,
  });
  expect(await scene.open(repository, "#other").read({ held: first })).toMatchObject({
    revision: other,
    rewound: true,
  });
});

test("unreachable is worth another try, and a server that is back is read as before", async () => {
  const repository = scene.makeRepository();
  const commit = repository.commit({ "a.yaml": policy() });
  const source = scene.open(repository);
  await scene.server.stop();
  for (let i = 0; i < 3; i++)
    await expect(source.read({ held: commit })).rejects.toMatchObject({
      code: "SourceUnreachable",
      remedy: "retry",
    });
  await scene.server.start();
  expect(await source.read({ held: commit })).toEqual({ unchanged: true, revision: commit });
});

test("a server that never answers is given up on after a minute", async () => {
  const repository = scene.makeRepository();
  repository.commit({ "a.yaml": policy() });
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    scene.server.behaviour = "hang";
    scene.server.onRequest = () => void vi.advanceTimersByTime(60_000);
    await expect(scene.open(repository).read()).rejects.toMatchObject({
      code: "SourceUnreachable",
      remedy: "retry",
      message: expect.stringContaining("60 seconds"),
    });
  } finally {
    vi.useRealTimers();
  }
});

test("a read ends with its signal", async () => {
  const repository = scene.makeRepository();
  repository.commit({ "a.yaml": policy() });
  const stop = new AbortController();
  const reason = new Error("going down");
  scene.server.behaviour = "hang";
  scene.server.onRequest = () => stop.abort(reason);
  await expect(scene.open(repository).read({ signal: stop.signal })).rejects.toBe(reason);
  await expect(scene.open(repository).read({ signal: stop.signal })).rejects.toBe(reason);
});

test("a wrong token, and none", async () => {
  const repository = scene.makeRepository();
  repository.commit({ "a.yaml": policy() });
  const env = { ...scene.env, WRONG: "wr0ng-token-of-the-test" };
  const error = await scene
    .open(repository, "", { env, tokenEnv: "WRONG" })
    .read()
    .catch((e: unknown) => e);
  expect(error).toMatchObject({
    code: "SourceDenied",
    remedy: "stall",
    message: expect.stringContaining("whether the token in WRONG has expired"),
  });
  expect(String(error)).not.toContain(env.WRONG);
  const { name } = scene.open(repository);
  await expect(readSources([name], { PATH: scene.env["PATH"] })).rejects.toMatchObject({
    code: "SourceDenied",
    message: expect.stringContaining("set ECSMON_GIT_TOKEN"),
  });
  const read = await readSources([name, name], { PATH: scene.env["PATH"], ECSMON_GIT_TOKEN: token });
  expect(read.files).toHaveLength(1);
});

test.each([
  ["", "is not set"],
  ["two\nlines", "line break"],
])("a token of %j is refused before git is run", async (value, message) => {
  const repository = scene.makeRepository();
  const open = () => scene.open(repository, "", { env: { ...scene.env, TOKEN: value } });
  expect(open).toThrow(message);
});

test("what is not there is named, with what there is", async () => {
  const repository = scene.makeRepository();
  await expect(scene.open(repository).read()).rejects.toMatchObject({ code: "SourceEmpty" });
  repository.commit({ "policies/a.yaml": policy(), "empty/a.yaml": "# words\n", "docs/a.md": "x" });
  const failure = async (rest: string): Promise<unknown> =>
    scene
      .open(repository, rest)
      .read()
      .catch((error: unknown) => error);
  expect(await failure("#mian")).toMatchObject({
    code: "SourceMissing",
    message: expect.stringContaining('did you mean "main"?'),
  });
  expect(await failure("#0123456")).toMatchObject({ message: expect.stringContaining("all of its digits") });
  expect(await failure(`#${"0123456789".repeat(4)}`)).toMatchObject({ code: "SourceMissing" });
  expect(await failure("?path=polices")).toMatchObject({
    code: "SourceMissing",
    message: expect.stringContaining("docs, empty, policies"),
  });
  expect(await failure("?path=empty")).toMatchObject({ code: "SourceEmpty" });
  expect(await failure("?path=docs")).toMatchObject({ code: "SourceEmpty" });
  const tree = repository.git("rev-parse", "main^{tree}");
  expect(await failure(`#${tree}`)).toMatchObject({ message: expect.stringContaining("not a commit") });
  const { name } = scene.open(repository);
  const gone = createGitSource(parseGitLocation(name.replace(".git", "-gone.git")), {
    env: scene.env,
    tokenEnv: "TOKEN",
  });
  await expect(gone.read()).rejects.toMatchObject({ code: "SourceMissing" });
});

test("a redirect is not followed, so that the token stays with its host", async () => {
  const repository = scene.makeRepository();
  repository.commit({ "a.yaml": policy() });
  scene.server.behaviour = { redirect: `${scene.server.url}/elsewhere` };
  await expect(scene.open(repository).read()).rejects.toMatchObject({
    code: "SourceDenied",
    message: expect.stringContaining("redirect"),
  });
  expect(scene.server.requests.filter((line) => line.includes("elsewhere"))).toEqual([]);
});

const openssl = "openssl";
const hasOpenssl = spawnSync(openssl, ["version"]).error === undefined;
if (!hasOpenssl) process.stderr.write("skipped: https needs openssl on PATH to make a certificate\n");

test.skipIf(!hasOpenssl)("https, with an authority that is named and without", async () => {
  const repository = scene.makeRepository();
  const commit = repository.commit({ "a.yaml": policy() });
  const [key, cert] = [join(scene.root, "key.pem"), join(scene.root, "cert.pem")];
  const request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2"];
  execFileSync(openssl, [...request, ...names, "-keyout", key, "-out", cert], { stdio: "pipe" });
  const server = await startGitServer(scene.root, token, {
    key: readFileSync(key, "utf8"),
    cert: readFileSync(cert, "utf8"),
  });
  try {
    const name = `git+${server.url}${repository.folder.slice(scene.root.length)}`;
    const env = { PATH: scene.env["PATH"], ECSMON_GIT_TOKEN: token };
    await expect(readSources([name], { ...env, GIT_SSL_NO_VERIFY: "1" })).rejects.toMatchObject({
      code: "SourceDenied",
      message: expect.stringContaining("GIT_SSL_CAINFO"),
    });
    expect(server.requests).toEqual([]);
    expect(await readSources([name], { ...env, GIT_SSL_CAINFO: cert })).toMatchObject({ revision: commit });
  } finally {
    await server.stop();
  }
});
