// The built command as a process of its own, heard by its log.
import { type ChildProcess, spawn } from "node:child_process";

/** A line of the controller's log. */
export interface LogLine {
  readonly event: string;
  readonly level?: string;
  readonly time?: string;
  readonly replica?: string;
  readonly [field: string]: unknown;
}

export interface Replica {
  readonly who: string;
  readonly child: ChildProcess;
  /** All lines so far. */
  readonly lines: readonly LogLine[];
  /** Lines of one event. */
  said(event: string): readonly LogLine[];
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ending>;
  hasEnded(): boolean;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Spawned {
  readonly who: string;
  /** The bundle. Default: that of `npm run build`. */
  readonly main?: string;
  readonly endpoint: string;
  readonly args: readonly string[];
  /** Told of each line and of the end. */
  readonly onNews: () => void;
}

export function spawnEcsmon({ who, main = "dist/main.js", endpoint, args, onNews }: Spawned): Replica {
  const env = {
    PATH: process.env["PATH"],
    NO_COLOR: "1",
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
  };
  const child = spawn(process.execPath, [main, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  const lines: LogLine[] = [];
  let stdout = "";
  let stderr = "";
  let rest = "";
  let hasEnded = false;
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString("utf8");
  });
  child.stderr.on("data", (chunk: Buffer) => {
    const text = chunk.toString("utf8");
    stderr += text;
    const whole = `${rest}${text}`.split("\n");
    rest = whole.pop() ?? "";
    lines.push(...whole.map(readLine));
    onNews();
  });
  const ended = new Promise<Ending>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      hasEnded = true;
      resolve({ code, signal, stdout, stderr });
      onNews();
    });
  });
  return {
    who,
    child,
    lines,
    said: (event) => lines.filter((line) => line.event === event),
    kill: (signal) => void child.kill(signal),
    ended,
    hasEnded: () => hasEnded,
  };
}

function readLine(text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return { event: "text", text };
  }
}

/** Who of them holds the target, by what they said last of it. */
export function holderOf(replicas: readonly Replica[], target = "us-east-1"): Replica | undefined {
  return replicas.find((replica) => holds(replica, target));
}

export function holds({ lines, hasEnded }: Replica, target: string): boolean {
  return !hasEnded() && isLastHeld(lines, target);
}

/** Whether it held the target at that time, by what it said: milliseconds of `performance.now()`. */
export function heldAt({ lines }: Replica, target: string, at: number): boolean {
  // Of a line, only the millisecond is known.
  const until = Math.ceil(performance.timeOrigin + at);
  const before = lines.filter(({ time = "" }) => Date.parse(time) <= until);
  return isLastHeld(before, target);
}

function isLastHeld(lines: readonly LogLine[], target: string): boolean {
  const last = lines.findLast(
    ({ event, target: of }) =>
      (event === "target-held" || event === "target-left") && String(of).endsWith(target),
  );
  return last?.event === "target-held";
}

/** The replica that is not this one. */
export function otherOf(replicas: readonly Replica[], one: Replica): Replica {
  const other = replicas.find((replica) => replica !== one);
  if (other === undefined) throw new Error("there is only one");
  return other;
}
