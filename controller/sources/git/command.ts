// One run of git: a fixed list of arguments and no shell, bounded in time and in what it may say, and stopped with
// everything that it has started.
import { spawn } from "node:child_process";
import { EcsmonError } from "../../model/errors.ts";
import { undoAtEnd } from "./at-end.ts";
import { secretForms, type Token } from "./environment.ts";

/** What all runs of one read have in common. */
export interface Git {
  /** Each run starts in it; private. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly token: Token | undefined;
  /** Of one run. */
  readonly timeoutMs: number;
  /** What one fetch may bring onto the disk. */
  readonly maxFetchedBytes: number;
  readonly signal: AbortSignal | undefined;
}

export interface Run {
  readonly input?: string;
  /** Bytes on standard output that are too many. Default 1 MiB. */
  readonly maxOutput?: number;
  /** Takes the output as it comes; nothing is collected then. What it throws stops git. */
  readonly onOutput?: (piece: Buffer) => void;
  readonly signal?: AbortSignal;
}

export interface Ran {
  readonly code: number;
  readonly stdout: Buffer;
  /** The end of it, without secrets. */
  readonly stderr: string;
}

/** Nothing of a repository is run, asked for, or kept in order beside the work; memory stays small. */
const settings = [
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "core.attributesFile=/dev/null",
  "core.symlinks=false",
  "credential.helper=",
  "core.askPass=",
  "protocol.allow=never",
  "protocol.version=2",
  "http.followRedirects=false",
  "submodule.recurse=false",
  "fetch.recurseSubmodules=no",
  "gc.auto=0",
  "maintenance.auto=false",
  // Large blobs go to the disk in pieces.
  "fetch.unpackLimit=1",
  "core.bigFileThreshold=1m",
  "pack.threads=1",
].flatMap((setting) => ["-c", setting]);

const maxStderr = 16 * 1024;

/** @throws EcsmonError where git is missing, takes too long or says too much. Its own failures are in `code`. */
export function runGit(git: Git, args: readonly string[], run: Run = {}): Promise<Ran> {
  const signals = [git.signal, run.signal].filter((signal) => signal !== undefined);
  const ended = AbortSignal.any(signals);
  const allow = `protocol.${git.env["GIT_ALLOW_PROTOCOL"]}.allow=always`;
  return new Promise((resolve, reject) => {
    if (ended.aborted) return reject(ended.reason);
    const child = spawn("git", [...settings, "-c", allow, ...args], {
      cwd: git.folder,
      env: git.env,
      stdio: ["pipe", "pipe", "pipe"],
      // A group of its own, so that ssh and the transport helpers can be stopped with it; and no terminal to ask on.
      detached: true,
    });
    let failure: unknown;
    const stop = (): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, "SIGKILL");
      } catch {
        // It has ended by itself.
      }
    };
    const fail = (error: unknown): void => {
      failure ??= error;
      stop();
    };
    const settle = undoAtEnd(stop);
    const timer = setTimeout(() => fail(tookTooLong(args, git.timeoutMs)), git.timeoutMs);
    const onAbort = (): void => fail(ended.reason);
    ended.addEventListener("abort", onAbort, { once: true });

    const stdout: Buffer[] = [];
    let bytes = 0;
    child.stdout.on("data", (piece: Buffer) => {
      if (failure !== undefined) return;
      try {
        if (run.onOutput !== undefined) return run.onOutput(piece);
        bytes += piece.length;
        if (bytes > (run.maxOutput ?? 1024 * 1024)) throw saidTooMuch(args);
        stdout.push(piece);
      } catch (error) {
        fail(error);
      }
    });
    let stderr = "";
    child.stderr.on("data", (piece: Buffer) => {
      stderr = (stderr + piece.toString("utf8")).slice(-maxStderr);
    });
    // A git that ends early does not read on; its exit code tells why.
    child.stdin.on("error", () => undefined);
    child.stdin.end(run.input ?? "");
    child.on("error", (error) => {
      failure ??= cannotRun(error);
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      ended.removeEventListener("abort", onAbort);
      // A helper that outlived git has nobody to work for.
      stop();
      settle();
      if (failure !== undefined) return reject(failure);
      if (signal !== null) return reject(wasKilled(args, signal));
      resolve({ code: code ?? 1, stdout: Buffer.concat(stdout), stderr: withoutSecrets(stderr, git.token) });
    });
  });
}

/** For what only fails when the machine is in trouble. */
export async function runGitWell(git: Git, args: readonly string[], input?: string): Promise<Buffer> {
  const ran = await runGit(git, args, {
    ...(input === undefined ? {} : { input }),
    maxOutput: 64 * 1024 * 1024,
  });
  if (ran.code === 0) return ran.stdout;
  throw new EcsmonError("SourceUnreadable", `git ${args[0]} failed: ${ran.stderr.trim().slice(-400)}`);
}

/** The token in any form, and what stands between `//` and `@` of a URL, like the password of a proxy. */
function withoutSecrets(text: string, token: Token | undefined): string {
  let clean = text.replace(/(\/\/)[^/\s@]+@/g, "$1…@");
  for (const form of secretForms(token)) clean = clean.replaceAll(form, "[redacted]");
  return clean;
}

function cannotRun(error: Error): EcsmonError {
  const isMissing = "code" in error && error.code === "ENOENT";
  const what = isMissing ? "git is not on PATH" : `git cannot be run (${error.message})`;
  return new EcsmonError("GitMissing", `${what}; install git 2.32 or newer, or give a folder`, {
    cause: error,
  });
}

function tookTooLong(args: readonly string[], timeoutMs: number): EcsmonError {
  return new EcsmonError(
    "SourceUnreachable",
    `git ${args[0]} was not done after ${timeoutMs / 1000} seconds and was stopped; check the network and the size of the repository`,
    { remedy: "retry" },
  );
}

function saidTooMuch(args: readonly string[]): EcsmonError {
  return new EcsmonError(
    "SourceTooLarge",
    `git ${args[0]} answers with more than a source of policies holds`,
  );
}

function wasKilled(args: readonly string[], signal: string): EcsmonError {
  return new EcsmonError(
    "SourceUnreadable",
    `git ${args[0]} was ended by ${signal}; check the memory it has`,
    {
      remedy: "retry",
    },
  );
}
