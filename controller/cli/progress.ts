// What a person sees while AWS is read and written: on a terminal one line, rewritten in place; elsewhere a line every
// few seconds and at the end of each phase, so that a CI log shows life and stays short.
import type { ProgressEvent } from "../runtime/reconcile.ts";
import type { Io } from "./io.ts";
import { safeText } from "./render/safe-text.ts";

export interface ProgressLine {
  readonly report: (event: ProgressEvent) => void;
  /** Writes lines of its own above the progress. */
  print(text: string): void;
  /** Takes the progress line away. May be called again. */
  end(): void;
}

const everyMs = { terminal: 100, log: 5000 };
const verbs = { read: "reading", write: "writing", wait: "waiting for" } as const;

export function createProgress(io: Io, clock: () => number = Date.now): ProgressLine {
  if (io.isTty.stderr) return createTerminalProgress(io, clock);
  if (io.logLevel === "error" || io.logLevel === "warn") {
    return { report: () => {}, print: io.stderr, end: () => {} };
  }
  return createLogProgress(io, clock);
}

function createTerminalProgress(io: Io, clock: () => number): ProgressLine {
  let shown = "";
  let lastAt = Number.NEGATIVE_INFINITY;
  const clear = () => {
    if (shown !== "") io.stderr("\r\u001b[2K");
    shown = "";
  };
  return {
    report: (event) => {
      const now = clock();
      if (now - lastAt < everyMs.terminal && !isLast(event)) return;
      lastAt = now;
      // A line that wraps could not be rewritten. A terminal that knows no size says 0.
      const line = describe(event).slice(0, (io.columns.stderr || 80) - 1);
      if (line === shown) return;
      io.stderr(`\r\u001b[2K${line}`);
      shown = line;
    },
    print: (text) => {
      const line = shown;
      clear();
      io.stderr(text);
      io.stderr(line);
      shown = line;
    },
    end: clear,
  };
}

function createLogProgress(io: Io, clock: () => number): ProgressLine {
  let lastAt = clock();
  let phase: ProgressEvent["phase"] | undefined;
  let pending: ProgressEvent | undefined;
  const flush = () => {
    if (pending !== undefined) io.stderr(`${describe(pending)}\n`);
    pending = undefined;
    lastAt = clock();
  };
  return {
    report: (event) => {
      if (phase !== undefined && event.phase !== phase) flush();
      phase = event.phase;
      pending = event;
      if (clock() - lastAt >= everyMs.log) flush();
    },
    print: (text) => {
      // A line of its own says where it is.
      io.stderr(text);
      pending = undefined;
      lastAt = clock();
    },
    end: () => {
      flush();
      phase = undefined;
    },
  };
}

function isLast(event: ProgressEvent): boolean {
  return event.total !== undefined && event.done >= event.total;
}

function describe(event: ProgressEvent): string {
  const count =
    event.total === undefined ? (event.done === 0 ? "" : `${event.done}`) : `${event.done}/${event.total}`;
  return safeText([verbs[event.phase], count, event.what].filter((part) => part !== "").join(" "));
}
