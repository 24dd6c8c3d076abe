// The sandbox and the controller as processes of their own, so that each one's memory is its own.
import { type ChildProcess, spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import type { LoggedCall } from "./idle-calls.ts";

export interface SandboxProcess {
  readonly endpoint: string;
  calls(): Promise<readonly LoggedCall[]>;
  forget(): Promise<void>;
  close(): Promise<void>;
}

export interface LogLine {
  readonly event: string;
  readonly [field: string]: unknown;
}

export interface Memory {
  /** Megabytes, now. */
  readonly resident: number;
  /** The most since the start, or since `forgetPeak`. */
  readonly peak: number;
}

export interface ControllerProcess {
  readonly lines: readonly LogLine[];
  /** The first line, from the `from`th on, that is as asked. @throws when the controller ends before. */
  until(isIt: (line: LogLine) => boolean, from?: number): Promise<LogLine>;
  /** `undefined` where the system has no /proc. */
  memory(): Promise<Memory | undefined>;
  forgetPeak(): Promise<void>;
  close(): Promise<void>;
}

/** Seeding a large estate takes the sandbox a while: it answers when it is done. */
export async function startSandboxProcess(cli: string, services: number): Promise<SandboxProcess> {
  const child = spawn(process.execPath, [cli, "sandbox", "--services", String(services)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const endpoint = await new Promise<string>((resolve, reject) => {
    let text = "";
    child.once("error", reject);
    child.once("close", (code) => reject(new Error(`the sandbox ended with ${code}`)));
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString("utf8");
      if (text.includes("\n")) resolve((JSON.parse(text) as { endpoint: string }).endpoint);
    });
  });
  const control = `${endpoint}/_sandbox/calls`;
  return {
    endpoint,
    async calls() {
      const answer = (await (await fetch(control)).json()) as { calls: LoggedCall[] };
      return answer.calls;
    },
    async forget() {
      await fetch(control, { method: "DELETE" });
    },
    close: () => end(child, "SIGTERM"),
  };
}

export function envFor(endpoint: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "bench",
    AWS_SECRET_ACCESS_KEY: "bench",
  };
}

export function startControllerProcess(
  { cli, nodeFlags }: { readonly cli: string; readonly nodeFlags: readonly string[] },
  config: string,
  endpoint: string,
): ControllerProcess {
  const child = spawn(process.execPath, [...nodeFlags, cli, "run", "--config", config], {
    env: envFor(endpoint),
    stdio: ["ignore", "ignore", "pipe"],
  });
  const lines: LogLine[] = [];
  let rest = "";
  let ended: string | undefined;
  let news = new AbortController();
  const tell = (): void => {
    news.abort();
    news = new AbortController();
  };
  child.stderr.on("data", (chunk: Buffer) => {
    const whole = `${rest}${chunk.toString("utf8")}`.split("\n");
    rest = whole.pop() ?? "";
    // Lines of single changes are many in a first pass, and nobody asks for them.
    lines.push(...whole.map(readLine).filter(({ event }) => !event.startsWith("change-")));
    tell();
  });
  child.once("close", (code, signal) => {
    ended = `the controller ended with ${code ?? signal}`;
    tell();
  });
  const status = `/proc/${child.pid}/status`;
  return {
    lines,
    async until(isIt, from = 0) {
      for (;;) {
        const found = lines.slice(from).find(isIt);
        if (found !== undefined) return found;
        if (ended !== undefined)
          throw new Error(
            `${ended}:\n${lines
              .slice(-5)
              .map((line) => JSON.stringify(line))
              .join("\n")}`,
          );
        const { signal } = news;
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      }
    },
    async memory() {
      const text = await readFile(status, "utf8").catch(() => undefined);
      if (text === undefined) return undefined;
      const field = (name: string): number =>
        Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1]) / 1024;
      return { resident: field("VmRSS"), peak: field("VmHWM") };
    },
    async forgetPeak() {
      // proc(5): 5 sets the peak back to what is resident now.
      await writeFile(`/proc/${child.pid}/clear_refs`, "5").catch(() => undefined);
    },
    close: () => end(child, "SIGTERM"),
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = new Promise((resolve) => child.once("close", resolve));
  child.kill(signal);
  await closed;
}

function readLine(text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return { event: "text", text };
  }
}
