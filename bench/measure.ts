// Runs a command as a child process and measures its wall time and its peak memory, all its own children included.
import { spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import type { PlanResult } from "./results.ts";

interface Measured {
  readonly seconds: number;
  /** `undefined` where the system has no /proc. */
  readonly peakMegabytes: number | undefined;
  readonly code: number | null;
  readonly output: string;
}

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
}

const lookEveryMs = 10;

async function measure({ file, args, env, cwd }: Command): Promise<Measured> {
  const startedAt = performance.now();
  const child = spawn(file, [...args], {
    env: { ...env },
    stdio: ["ignore", "pipe", "pipe"],
    ...(cwd === undefined ? {} : { cwd }),
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString("utf8");
    });
  }
  let peak = 0;
  const { pid } = child;
  const looking = setInterval(async () => {
    if (pid !== undefined) peak = Math.max(peak, await readMemory(pid));
  }, lookEveryMs);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  }).finally(() => clearInterval(looking));
  const seconds = (performance.now() - startedAt) / 1000;
  return { seconds, peakMegabytes: peak === 0 ? undefined : peak / 1024, code, output };
}

/** @throws what the command said, where it did not end with 0. */
export async function measureSuccess(command: Command): Promise<Measured> {
  const result = await measure(command);
  if (result.code === 0) return result;
  const { file, args } = command;
  throw new Error(
    `${file} ${args.join(" ")} ended with ${result.code}, not 0:\n${result.output.slice(-2000)}`,
  );
}

/** Who sees the calls that arrive. */
export interface CallCounter {
  forget(): void;
  count(): Record<string, number>;
}

/** A plan that has nothing to do, several times over: the medians, and the calls of one. */
export async function measurePlan(
  what: string,
  command: Command,
  calls: CallCounter,
  runs: number,
): Promise<PlanResult> {
  const measured: Measured[] = [];
  for (let run = 0; run < runs; run++) {
    calls.forget();
    measured.push(await measureSuccess(command));
  }
  const peaks = measured.flatMap(({ peakMegabytes }) => peakMegabytes ?? []);
  return {
    what,
    calls: calls.count(),
    seconds: median(measured.map(({ seconds }) => seconds)),
    peakMegabytes: peaks.length === 0 ? undefined : median(peaks),
  };
}

/**
 * Kilobytes of a process and all below it, now. The kernel keeps each process's own peak (VmHWM), so a look at one
 * that is alone loses little by coming late; what several hold at once is added up as it stands (VmRSS).
 */
async function readMemory(root: number): Promise<number> {
  const statuses = await readStatuses(root);
  const field = statuses.length === 1 ? /^VmHWM:\s+(\d+) kB/m : /^VmRSS:\s+(\d+) kB/m;
  return statuses.reduce((total, status) => total + Number(field.exec(status)?.[1] ?? 0), 0);
}

/** Processes come and go while they are looked at. */
async function readStatuses(pid: number): Promise<string[]> {
  try {
    const status = await readFile(`/proc/${pid}/status`, "utf8");
    const children = await Promise.all((await readChildren(pid)).map(readStatuses));
    return [status, ...children.flat()];
  } catch {
    return [];
  }
}

async function readChildren(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`);
  const lists = threads.map((thread) =>
    readFile(`/proc/${pid}/task/${thread}/children`, "utf8").catch(() => ""),
  );
  return (await Promise.all(lists)).flatMap((list) => list.split(" ").filter(Boolean).map(Number));
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
