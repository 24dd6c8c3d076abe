// `verify`: only a commit that an allowed key has signed is read.
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { TestRepository } from "./git-repository.ts";
import { policy, useGitScene } from "./git-scene.ts";

const scene = useGitScene();
/** Part of OpenSSH; git needs it to sign and to check. */
const keygen = "ssh-keygen";
const hasKeygen = spawnSync(keygen, ["-?"]).error === undefined;
const testSigned = test.skipIf(!hasKeygen);
if (!hasKeygen) process.stderr.write("skipped: signatures of commits need ssh-keygen (OpenSSH) on PATH\n");

function makeKey(name: string): string {
  const file = join(scene.root, name);
  execFileSync(keygen, ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", file]);
  return file;
}

function allow(name: string, keys: readonly string[]): { mode: "head"; allowedSigners: string } {
  const file = join(scene.root, name);
  const lines = keys.map((key) => `dev@example.com namespaces="git" ${readFileSync(`${key}.pub`, "utf8")}`);
  writeFileSync(file, lines.join(""));
  return { mode: "head", allowedSigners: file };
}

function signHead(repository: TestRepository, key: string): string {
  const settings = ["gpg.format=ssh", `user.signingkey=${key}`].flatMap((setting) => ["-c", setting]);
  const commit = repository.git(...settings, "commit-tree", "-S", "-m", "signed", "main^{tree}");
  repository.git("update-ref", "refs/heads/main", commit);
  return commit;
}

testSigned("a commit of an allowed key is read; others, and unsigned ones, are not", async () => {
  const repository = scene.makeRepository();
  const [dev, other] = [makeKey("dev"), makeKey("other")];
  const verify = allow("allowed", [dev]);
  const read = () => scene.open(repository, "", { verify }).read();

  repository.commit({ "a.yaml": policy() });
  await expect(read()).rejects.toMatchObject({
    code: "SourceUnsigned",
    remedy: "stall",
    message: expect.stringContaining("not signed by anybody in"),
  });
  const commit = signHead(repository, dev);
  expect(await read()).toMatchObject({ revision: commit });
  signHead(repository, other);
  await expect(read()).rejects.toMatchObject({ code: "SourceUnsigned" });
  // Somebody else's signature on another commit: it was made for other bytes.
  const signed = repository.git("cat-file", "commit", commit).replace("\n\nsigned", "\n\nforged");
  storeHead(repository, `${signed}\n`);
  await expect(read()).rejects.toMatchObject({ code: "SourceUnsigned" });
});

test("a signature of another kind counts for nothing, whatever its program says", async () => {
  const repository = scene.makeRepository();
  repository.commit({ "a.yaml": policy() });
  const tree = repository.git("rev-parse", "main^{tree}");
  const who = "Test <test@example.com> 1700000000 +0000";
  const lines = ["-----BEGIN PGP SIGNATURE-----", "", "abc", "-----END PGP SIGNATURE-----"].join("\n ");
  storeHead(repository, `tree ${tree}\nauthor ${who}\ncommitter ${who}\ngpgsig ${lines}\n\nm\n`);
  const good = "[GNUPG:] NEWSIG\\n[GNUPG:] GOODSIG 0123456789ABCDEF Test\\n[GNUPG:] TRUST_ULTIMATE 0 pgp\\n";
  for (const program of ["gpg", "gpgsm"])
    writeFileSync(join(scene.root, program), `#!/bin/sh\nwhile read -r _; do :; done\nprintf '${good}'\n`, {
      mode: 0o755,
    });
  const PATH = `${scene.root}:${scene.env["PATH"]}`;
  // To be sure that git would have believed it.
  const { status } = spawnSync("git", ["--git-dir", repository.folder, "verify-commit", "main"], {
    env: { PATH, GIT_CONFIG_GLOBAL: "/dev/null" },
  });
  expect(status).toBe(0);
  const allowedSigners = join(scene.root, "nobody");
  writeFileSync(allowedSigners, "");
  const verify = { mode: "head" as const, allowedSigners };
  await expect(
    scene.open(repository, "", { verify, env: { ...scene.env, PATH } }).read(),
  ).rejects.toMatchObject({ code: "SourceUnsigned" });
});

test("a list of signers that is not there is told by its path", async () => {
  const repository = scene.makeRepository();
  repository.commit({ "a.yaml": policy() });
  const verify = { mode: "head" as const, allowedSigners: join(scene.root, "no-such-file") };
  await expect(scene.open(repository, "", { verify }).read()).rejects.toMatchObject({
    code: "InvalidSource",
    message: expect.stringContaining("no-such-file"),
  });
});

function storeHead(repository: TestRepository, text: string): void {
  const commit = execFileSync(
    "git",
    ["--git-dir", repository.folder, "hash-object", "-t", "commit", "-w", "--stdin"],
    { input: text },
  );
  repository.git("update-ref", "refs/heads/main", commit.toString("utf8").trim());
}
