// An `Io` that keeps what was written, for tests of commands.
import type { Io } from "../../../controller/cli/io.ts";

export interface TestIo extends Io {
  readonly written: { stdout: string; stderr: string };
}

export function createTestIo(overrides: Partial<Io> = {}): TestIo {
  const written = { stdout: "", stderr: "" };
  return {
    env: {},
    logLevel: "info",
    colour: { stdout: false, stderr: false },
    isTty: { stdin: false, stdout: false, stderr: false },
    columns: { stdout: undefined, stderr: undefined },
    stdout: (text) => {
      written.stdout += text;
    },
    stderr: (text) => {
      written.stderr += text;
    },
    ask: () => Promise.resolve(false),
    signal: new AbortController().signal,
    onInterrupt: () => () => {},
    now: () => new Date("2026-11-22T00:00:00Z"),
    sleep: () => Promise.resolve(),
    flush: () => Promise.resolve(),
    written,
    ...overrides,
  };
}
