// What a repository, a server or a name could try: to be run, to be followed, to fill the memory, to see the token.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseGitLocation } from "../../controller/sources/git/location.ts";
import { createGitSource } from "../../controller/sources/git.ts";
import { policy, readFilesOf, token, useGitScene } from "./git-scene.ts";

const scene = useGitScene();
const realGit = (process.env["PATH"] ?? "")
  .split(":")
  .map((folder) => join(folder, "git"))
  .find(existsSync);

/** What the stand-ins for git do beside the shell's own words is done by this program: a machine has Node and git. */
const node = `"${process.execPath}"`;

/** A folder with a `git` that runs these lines of sh first. */
function wrapGit(name: string, lines: string, then = `exec ${realGit} "$@"`): string {
  const folder = join(scene.root, name);
  mkdirSync(folder);
  writeFileSync(join(folder, "git"), `#!/bin/sh\n${lines}\n${then}\n`);
  chmodSync(join(folder, "git"), 0o755);
  return folder;
}

const big = Buffer.alloc(100 * 1024 * 1024);
/** Enough memory for git's programs, not for a large blob. In KiB. */
const small = wrapGit("small", "ulimit -v 100000");
const smallGit = () => ({ ...scene.env, PATH: `${small}:${scene.env["PATH"]}` });

test("links and submodules are left out with a note, and nothing outside the path is read", async () => {
  const repository = scene.makeRepository();
  const elsewhere = "0123456789".repeat(4);
  repository.commit({
    "p/a.yaml": policy(),
    "p/link.yaml": { link: "/etc/passwd" },
    "p/up": { link: ".." },
    "p/sub": { submodule: elsewhere },
    ".gitmodules": `[submodule "sub"]\n\tpath = p/sub\n\turl = ext::sh -c touch% ${join(scene.root, "ext")}\n`,
    "outside.yaml": policy("outside"),
    "p2/b.yaml": policy("p2"),
  });
  const { files, notes } = await readFilesOf(scene.open(repository, "?path=p"));
  expect(files.map(({ text }) => text)).toEqual([policy()]);
  expect(notes.map((note) => note.replace(/^.*?: /, ""))).toEqual([
    expect.stringContaining('"p/link.yaml" is a symbolic link and is not read'),
    expect.stringContaining('"p/sub" is a submodule and is not read'),
    expect.stringContaining('"p/up" is a symbolic link and is not read'),
  ]);
  await expect(scene.open(repository, "?path=p/up").read()).rejects.toMatchObject({
    code: "SourceUnreadable",
    message: expect.stringContaining("p/up in"),
  });
  await expect(scene.open(repository, "?path=p/sub").read()).rejects.toMatchObject({
    code: "SourceUnreadable",
  });
  await expect(scene.open(repository, "?path=p/up/p").read()).rejects.toMatchObject({
    code: "SourceMissing",
  });
  expect(existsSync(join(scene.root, "ext"))).toBe(false);
});

test("notes are few, however many links there are", async () => {
  const repository = scene.makeRepository();
  const links = Array.from({ length: 500 }, (_, i) => [`l${i}`, { link: "a.yaml" }]);
  repository.commit({ "a.yaml": policy(), ...Object.fromEntries(links) });
  expect((await readFilesOf(scene.open(repository))).notes).toHaveLength(11);
});

test("a blob of 100 MB costs no memory, whether the server sends it or not", async () => {
  const repository = scene.makeRepository();
  repository.commit({ "p/a.yaml": policy(), "p/disk.img": big, "disk.yaml": big });
  const before = process.resourceUsage().maxRSS;
  for (const filter of [true, false]) {
    repository.git("config", "uploadpack.allowFilter", String(filter));
    expect((await readFilesOf(scene.open(repository, "?path=p", { env: smallGit() }))).files).toHaveLength(1);
    // Among the policies it is refused by its size.
    const error = await scene
      .open(repository, "", { env: smallGit() })
      .read()
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ code: "SourceTooLarge", message: expect.stringContaining("disk.yaml") });
    expect(String(error).includes("104857600 bytes")).toBe(!filter);
  }
  // In KiB; what a collector has not come to is part of it.
  expect(process.resourceUsage().maxRSS - before).toBeLessThan(64 * 1024);
});

test("a fetch that fills the disk is stopped, and all that works for it", async () => {
  const repository = scene.makeRepository();
  repository.commit({ "a.yaml": policy() });
  const pid = join(scene.root, "pid");
  const path = wrapGit(
    "filling",
    `case "$*" in *" fetch "*) ${node} -e 'require("fs").writeFileSync(process.env.GIT_DIR + "/objects/pack/tmp_pack_x", Buffer.alloc(2e6))'; ${node} -e 'setTimeout(() => {}, 6e5)' & echo $! > ${pid}; wait;; esac`,
  );
  const env = { ...scene.env, PATH: `${path}:${scene.env["PATH"]}` };
  await expect(scene.open(repository, "", { env, maxFetchedBytes: 1_000_000 }).read()).rejects.toMatchObject({
    code: "SourceTooLarge",
    message: expect.stringContaining("1000000 bytes"),
  });
  // Dead, if nobody has collected it yet.
  const state = (): string => {
    const file = `/proc/${readFileSync(pid, "utf8").trim()}/stat`;
    return existsSync(file) ? (readFileSync(file, "utf8").split(" ")[2] ?? "") : "gone";
  };
  await expect.poll(state).toMatch(/^(gone|Z|X)$/);
});

test("more files than policies can have are refused without reading them", async () => {
  const repository = scene.makeRepository();
  repository.commit(
    Object.fromEntries(Array.from({ length: 2001 }, (_, i) => [`n${i}.yaml`, i % 2 ? policy() : ""])),
  );
  await expect(scene.open(repository).read()).rejects.toMatchObject({
    code: "SourceTooLarge",
    message: expect.stringContaining("more than 2000 files"),
  });
});

test("policies that are too large together are refused without reading them", async () => {
  const repository = scene.makeRepository();
  const text = Buffer.alloc(250 * 1024, "# ");
  repository.commit(Object.fromEntries(Array.from({ length: 140 }, (_, i) => [`n${i}.yaml`, text])));
  await expect(scene.open(repository).read()).rejects.toMatchObject({
    code: "SourceTooLarge",
    message: expect.stringContaining("bytes of policies"),
  });
});

test("a tree that unfolds to more than memory holds is given up on", async () => {
  const repository = scene.makeRepository();
  // Ten folders of ten folders of …: eight trees, and a hundred million files.
  let tree = repository.git("hash-object", "-w", "--stdin");
  for (let depth = 0, mode = "100644 blob"; depth < 8; depth++, mode = "040000 tree") {
    const lines = Array.from({ length: 10 }, (_, i) => `${mode} ${tree}\tn${i}.txt`).join("\n");
    writeFileSync(join(scene.root, "tree"), `${lines}\n`);
    tree = makeTree(repository.folder);
  }
  const commit = repository.git("-c", "user.name=a", "-c", "user.email=a@b", "commit-tree", "-m", "m", tree);
  repository.git("update-ref", "refs/heads/main", commit);
  await expect(scene.open(repository).read()).rejects.toMatchObject({
    code: "SourceTooLarge",
    message: expect.stringContaining("more than 200000 entries"),
  });
});

test("a name with a control character holds the commit back", async () => {
  const repository = scene.makeRepository();
  repository.commit({ "a.yaml": policy(), "b\n::error::x.yaml": policy() });
  await expect(scene.open(repository).read()).rejects.toMatchObject({
    code: "SourceUnreadable",
    message: expect.stringContaining('"b\\n::error::x.yaml"'),
  });
});

test("the token is in no argument and in no file, of no process, at any time", async () => {
  const repository = scene.makeRepository();
  const first = repository.commit({ "a.yaml": policy() });
  repository.commit({ "a.yaml": policy("b") });
  const log = join(scene.root, "runs");
  const path = wrapGit(
    "logging",
    `{ printf '%s\\n' "$@"; echo "-- $(${node} -p 'Object.keys(process.env).join(" ")') "; } >> ${log}`,
  );
  const forms = [
    token,
    ...["", "x-access-token:"].map((user) => Buffer.from(user + token).toString("base64")),
  ];
  const seen: string[] = [];
  let looked = 0;
  const look = (file: string): void => {
    let text: string;
    try {
      text = readFileSync(file, "latin1");
    } catch {
      return; // A process that has ended.
    }
    looked += 1;
    if (forms.some((form) => text.includes(form))) seen.push(file);
  };
  scene.server.onRequest = () => {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) look(`/proc/${pid}/cmdline`);
    for (const file of readdirSync(scene.temporary, { recursive: true, encoding: "utf8" })) {
      const whole = join(scene.temporary, file);
      if (statSync(whole).isFile()) look(whole);
    }
    for (const folder of readdirSync(scene.temporary))
      expect(statSync(join(scene.temporary, folder)).mode & 0o777).toBe(0o700);
  };
  const env = {
    ...scene.env,
    PATH: `${path}:${scene.env["PATH"]}`,
    AWS_SECRET_ACCESS_KEY: "secret",
    GIT_DIR: "/nonsense",
    GIT_TRACE_CURL: "1",
    HTTP_PROXY: "http://127.0.0.1:1",
  };
  await scene.open(repository, "", { env }).read({ held: first });
  expect(scene.server.requests.length).toBeGreaterThan(4);
  expect(looked).toBeGreaterThan(20);
  expect(seen).toEqual([]);
  const runs = readFileSync(log, "utf8");
  for (const form of forms) expect(runs).not.toContain(form);
  expect(runs).toContain("GIT_CONFIG_VALUE_0");
  expect(runs).not.toMatch(/AWS_|TOKEN|GIT_TRACE|HTTP_PROXY/);
});

test("what git says is shown without the token in any form", async () => {
  const repository = scene.makeRepository();
  const encoded = Buffer.from(`x-access-token:${token}`).toString("base64");
  const said = `fatal: Authorization: Basic ${encoded} of ${token} for https://user:pass@proxy.example`;
  const path = wrapGit(
    "talking",
    `[ "$1" = version ] || case "$*" in *ls-remote*) echo "${said}" >&2; exit 128;; esac`,
  );
  const env = { ...scene.env, PATH: `${path}:${scene.env["PATH"]}` };
  const error = String(
    await scene
      .open(repository, "", { env })
      .read()
      .catch((e: unknown) => e),
  );
  expect(error).toContain("Authorization: Basic [redacted] of [redacted] for https://…@proxy.example");
});

test("nothing of a repository, nor of the user's configuration, is run", async () => {
  const repository = scene.makeRepository();
  const ran = join(scene.root, "ran");
  const touch = `touch ${ran}`;
  repository.commit({
    "a.yaml": policy(),
    ".gitattributes": "*.yaml filter=evil diff=evil text eol=crlf working-tree-encoding=UTF-16\n",
    ".gitconfig": `[filter "evil"]\n\tsmudge = ${touch}\n`,
  });
  for (const [key, value] of [
    ["filter.evil.smudge", touch],
    ["diff.evil.textconv", touch],
    ["core.fsmonitor", touch],
    ["core.sshCommand", touch],
    ["core.alternateRefsCommand", touch],
    ["core.pager", touch],
    ["core.hooksPath", join(repository.folder, "hooks")],
    ["uploadpack.packObjectsHook", touch],
    ["credential.helper", `!${touch}`],
    ["alias.fetch", `!${touch}`],
  ] as const)
    repository.git("config", key, value);
  const hooks = join(repository.folder, "hooks");
  mkdirSync(hooks, { recursive: true });
  for (const hook of [
    "post-checkout",
    "pre-upload-pack",
    "post-upload-pack",
    "reference-transaction",
    "post-merge",
  ])
    writeFileSync(join(hooks, hook), `#!/bin/sh\n${touch}\n`, { mode: 0o755 });
  // The same, as what the process was started with.
  const home = join(scene.root, "home");
  mkdirSync(home);
  writeFileSync(
    join(home, ".gitconfig"),
    `[url "ext::sh -c ${touch}"]\n\tinsteadOf = file://\n[core]\n\tsshCommand = ${touch}\n[init]\n\ttemplateDir = ${repository.folder}\n`,
  );
  const env = {
    ...scene.env,
    HOME: home,
    GIT_DIR: repository.folder,
    GIT_TEMPLATE_DIR: repository.folder,
    GIT_SSH_COMMAND: touch,
    GIT_ASKPASS: touch,
    GIT_EXTERNAL_DIFF: touch,
    GIT_PROXY_COMMAND: touch,
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "core.fsmonitor",
    GIT_CONFIG_VALUE_0: touch,
  };
  const source = createGitSource(parseGitLocation(`git+file://${repository.folder}`), { env });
  const { files } = await readFilesOf(source);
  // As it was pushed: no filter, no conversion.
  expect(files).toEqual([{ file: `git+file://${repository.folder}:a.yaml`, text: policy() }]);
  expect(existsSync(ran)).toBe(false);
});

test("ssh is the user's own, and does not ask", async () => {
  const log = join(scene.root, "ssh-arguments");
  const ssh = join(scene.root, "ssh");
  writeFileSync(
    ssh,
    `#!/bin/sh\nprintf '%s\\n' "$@" "$HOME" > ${log}\necho 'git@h: Permission denied (publickey).' >&2\nexit 255\n`,
    {
      mode: 0o755,
    },
  );
  const source = createGitSource(parseGitLocation("git+ssh://git@git.example.com:2222/ops/p.git"), {
    env: { ...scene.env, HOME: "/home/somebody", GIT_SSH_COMMAND: `${ssh} -i /keys/one` },
  });
  await expect(source.read()).rejects.toMatchObject({
    code: "SourceDenied",
    message: expect.stringContaining("give it a key"),
  });
  const args = readFileSync(log, "utf8").split("\n");
  expect(args.slice(0, 4)).toEqual(["-i", "/keys/one", "-o", "BatchMode=yes"]);
  expect(args).toContain("git@git.example.com");
  expect(args).toContain("/home/somebody");
});

test("without git, and with one that is too old, it says so", async () => {
  const repository = scene.makeRepository();
  const open = (PATH: string) => scene.open(repository, "", { env: { ...scene.env, PATH } });
  await expect(open(scene.temporary).read()).rejects.toMatchObject({
    code: "GitMissing",
    message: expect.stringContaining("git is not on PATH; install git 2.32 or newer"),
  });
  const old = wrapGit("old", "echo git version 2.30.2", "exit 0");
  await expect(open(`${old}:${scene.env["PATH"]}`).read()).rejects.toMatchObject({
    code: "GitMissing",
    message: expect.stringContaining("2.30.2"),
  });
});

function makeTree(folder: string): string {
  return execFileSync("git", ["--git-dir", folder, "mktree"], {
    input: readFileSync(join(scene.root, "tree")),
  })
    .toString("utf8")
    .trim();
}
