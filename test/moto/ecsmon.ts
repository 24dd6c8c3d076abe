// The real command in a child process.
import { type ChildProcess, spawn } from "node:child_process";
import { inject } from "vitest";
import { awsEnvironment } from "./clients.ts";

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCommand {
  readonly child: ChildProcess;
  readonly ended: Promise<Run>;
}

export function startEcsmon(endpoint: string, args: readonly string[]): RunningCommand {
  const child = spawn(process.execPath, [inject("ecsmonPath"), ...args], {
    env: { PATH: process.env["PATH"], NO_COLOR: "1", ...awsEnvironment(endpoint) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString("utf8");
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString("utf8");
  });
  const ended = new Promise<Run>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended };
}

export function runEcsmon(endpoint: string, args: readonly string[]): Promise<Run> {
  return startEcsmon(endpoint, args).ended;
}

/** The parts of `plan --format json` that tests look at. */
export interface PlanJson {
  readonly summary: Readonly<
    Record<"create" | "update" | "delete" | "unchanged" | "blocked" | "unknown", number>
  >;
  readonly changes: readonly {
    readonly action: "create" | "update" | "delete";
    readonly kind: string;
    readonly name: string;
    readonly cluster?: string;
    readonly service?: string;
    readonly differences: readonly { readonly path: string }[];
  }[];
  readonly unknown: readonly { readonly kind: string; readonly code: string; readonly message: string }[];
  readonly blocked: readonly { readonly kind: string; readonly name: string; readonly code: string }[];
}

export function readPlan({ stdout }: Run): PlanJson {
  return JSON.parse(stdout) as PlanJson;
}
