// The command line's only door to the process: streams, colours, the terminal, signals and the environment.
// Commands take an `Io`, so a test can run them without a process.
import { closeSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { isatty } from "node:tty";

export const logLevels = ["error", "warn", "info", "debug"] as const;
export type LogLevel = (typeof logLevels)[number];

export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logLevel: LogLevel;
  readonly colour: { readonly stdout: boolean; readonly stderr: boolean };
  readonly isTty: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean };
  /** Columns of the terminals, where they are ones. */
  readonly columns: { readonly stdout: number | undefined; readonly stderr: number | undefined };
  /** The clock, and waiting on it: until the time is over or {@link Io.signal} is aborted. */
  now(): Date;
  sleep(milliseconds: number): Promise<void>;
  /** Results. */
  stdout(text: string): void;
  /** Progress, questions, warnings and errors. */
  stderr(text: string): void;
  /** Asks on standard error. Only `yes` is yes; the end of input is no. */
  ask(question: string): Promise<boolean>;
  /** Aborted by the first of {@link endingSignals} that {@link Io.onInterrupt} took in hand. */
  readonly signal: AbortSignal;
  /**
   * Takes the first of {@link endingSignals} in hand, for a command that wants to end in order. Without a listener,
   * and on the second signal, the process ends at once. Returns what takes the listener off again.
   */
  onInterrupt(listener: () => void): () => void;
  /** Resolves when everything written so far has left the process. */
  flush(): Promise<void>;
}

/** What tells the process to end, and its exit code where it does so at once. SIGHUP: the terminal or its ssh is gone. */
const endingSignals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** What the command line says about output; everything else of an `Io` comes from the process. */
export function withOutputOptions(
  io: Io,
  options: { readonly color: boolean; readonly logLevel: LogLevel },
): Io {
  const colour = options.color ? io.colour : { stdout: false, stderr: false };
  return { ...io, colour, logLevel: options.logLevel };
}

/** How text looks on a stream: on a terminal as wide as that is, within reason. */
export function textOptions(
  io: Io,
  stream: "stdout" | "stderr",
): { readonly colour: boolean; readonly width: number } {
  return { colour: io.colour[stream], width: Math.min(Math.max(io.columns[stream] ?? 100, 80), 140) };
}

/** `NO_COLOR` is stronger than `FORCE_COLOR`, and both are stronger than what the terminal says. */
export function wantsColour(env: Io["env"], isTty: boolean): boolean {
  if (env["NO_COLOR"]) return false;
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  return isTty && env["TERM"] !== "dumb";
}

export function createProcessIo(end: (code: number) => void): Io {
  const { stdout, stderr, env } = process;
  const streams = [stdout, stderr];
  for (const [stream, name] of [
    [stdout, "output"],
    [stderr, "error"],
  ] as const) {
    // A reader that went away (`ecsmon plan | head`, a closed terminal) is no error; any other failure to write is.
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE" || (error.code === "EIO" && stream.isTTY)) return;
      // What was to be read is incomplete, whatever else goes well.
      if (stream !== stderr) stderr.write(`ecsmon: cannot write to standard ${name}: ${error.message}\n`);
      end(1);
    });
  }

  const interrupted = new AbortController();
  const listeners = new Set<() => void>();
  for (const [signal, code] of Object.entries(endingSignals)) {
    process.on(signal, () => {
      if (signal === "SIGHUP") process.once("exit", leaveTerminal);
      if (listeners.size === 0 || interrupted.signal.aborted) {
        // Off the line that was being written.
        if (stderr.isTTY) stderr.write("\n");
        end(code);
        return;
      }
      interrupted.abort();
      for (const listener of listeners) listener();
    });
  }

  return {
    env,
    logLevel: "info",
    colour: {
      stdout: wantsColour(env, stdout.isTTY === true),
      stderr: wantsColour(env, stderr.isTTY === true),
    },
    isTty: { stdin: isatty(0), stdout: stdout.isTTY === true, stderr: stderr.isTTY === true },
    columns: { stdout: stdout.columns, stderr: stderr.columns },
    now: () => new Date(),
    sleep: (milliseconds) =>
      setTimeout(milliseconds, undefined, { signal: interrupted.signal }).catch(() => undefined),
    stdout: (text) => void (stdout.writable && stdout.write(text)),
    stderr: (text) => void (stderr.writable && stderr.write(text)),
    ask: (question) => askYes(process.stdin, stderr, question),
    signal: interrupted.signal,
    onInterrupt: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    flush: async () => {
      await Promise.all(
        streams.map((stream) => new Promise<void>((resolve) => stream.write("", () => resolve()))),
      );
    },
  };
}

/** Node sets its terminals back at the end, and aborts where one is gone; of what is closed it keeps its hands off. */
function leaveTerminal(): void {
  for (const stream of [0, 1, 2]) {
    try {
      closeSync(stream);
    } catch {
      // It was closed before.
    }
  }
}

function askYes(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
  question: string,
): Promise<boolean> {
  // Not in terminal mode: readline would take Ctrl-C for itself.
  const lines = createInterface({ input, output, terminal: false });
  return new Promise((resolve) => {
    let answered = false;
    lines.once("close", () => {
      if (!answered) output.write("\n");
      resolve(false);
    });
    lines.question(question, (answer) => {
      answered = true;
      resolve(answer.trim() === "yes");
      lines.close();
    });
  });
}
