// Whether the commit that policies are read from was signed by somebody who may.
import { access, constants } from "node:fs/promises";
import { resolve } from "node:path";
import { EcsmonError } from "../../model/errors.ts";
import { type Git, runGit } from "./command.ts";
import type { GitLocation } from "./location.ts";

export interface Verify {
  /** `head`: the commit that is read; those before it are its signer's business. */
  readonly mode: "head";
  /** A file as ssh-keygen(1) describes under ALLOWED SIGNERS. */
  readonly allowedSigners: string;
}

/** @throws EcsmonError `SourceUnsigned` for a commit that nobody in the file has signed. */
export async function verifyCommit(
  repository: Git,
  { name }: GitLocation,
  commit: string,
  { allowedSigners }: Verify,
): Promise<void> {
  const file = resolve(allowedSigners);
  await access(file, constants.R_OK).catch((error: unknown) => {
    const message = `allowedSigners ${allowedSigners} cannot be read; check the path`;
    throw new EcsmonError("InvalidSource", message, { cause: error });
  });
  const settings = [
    "gpg.format=ssh",
    `gpg.ssh.allowedSignersFile=${file}`,
    "gpg.minTrustLevel=fully",
    // The signature says what it is. Those of PGP and X.509 would be held against keys that nobody here has allowed.
    "gpg.program=false",
    "gpg.openpgp.program=false",
    "gpg.x509.program=false",
  ].flatMap((setting) => ["-c", setting]);
  const { code, stderr } = await runGit(repository, [...settings, "verify-commit", commit]);
  if (code === 0) return;
  if (/ssh-keygen.*(not found|No such file)|cannot run ssh-keygen/i.test(stderr))
    throw new EcsmonError("GitMissing", "ssh-keygen is not on PATH and checks signatures; install OpenSSH");
  const said = stderr
    .trim()
    .replaceAll(/\s*\n\s*/g, "; ")
    .slice(-300);
  throw new EcsmonError(
    "SourceUnsigned",
    `commit ${commit.slice(0, 12)} of ${name} is not signed by anybody in ${allowedSigners}; sign it, or allow the signer${said === "" ? "" : ` (git: ${said})`}`,
  );
}
