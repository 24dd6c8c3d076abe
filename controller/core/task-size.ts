// Task sizes: what `cpu` and `memory` of a task definition amount to, and the pairs of them that Fargate has.
// Source: ECS developer guide, "Task size" (Amazon ECS task definition differences for Fargate).
import { isObject, type Json, type JsonObject } from "../model/json.ts";

export interface TaskSize {
  /** 1024 are one vCPU. */
  readonly cpu: number;
  /** MiB. */
  readonly memory: number;
}

const fargateMemories: readonly (readonly [cpu: number, memories: readonly number[]])[] = [
  [256, [512, 1024, 2048]],
  [512, steps(1024, 4096, 1024)],
  [1024, steps(2048, 8192, 1024)],
  [2048, steps(4096, 16384, 1024)],
  [4096, steps(8192, 30720, 1024)],
  [8192, steps(16384, 61440, 4096)],
  [16384, steps(32768, 122880, 8192)],
  [32768, [61440, 122880, 249856]],
];

function steps(from: number, to: number, step: number): number[] {
  return Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step);
}

/** `1024`, `"1024"` or `"1 vCPU"`: CPU units, undefined where it is no such text. */
export function cpuUnits(value: Json | undefined): number | undefined {
  return amount(value, /^(\d+|\d*\.\d+)\s*(vcpu)?$/i);
}

/** `2048`, `"2048"` or `"2 GB"`: MiB, undefined where it is no such text. */
export function mebibytes(value: Json | undefined): number | undefined {
  return amount(value, /^(\d+|\d*\.\d+)\s*(gb)?$/i);
}

function amount(value: Json | undefined, form: RegExp): number | undefined {
  if (typeof value !== "number" && typeof value !== "string") return undefined;
  const match = form.exec(String(value).trim());
  return match === null ? undefined : Number(match[1]) * (match[2] === undefined ? 1 : 1024);
}

export function isFargateSize(definition: JsonObject): boolean {
  const memory = mebibytes(definition["memory"]);
  return sizesFor(definition).some(
    ([cpu, memories]) => cpu === cpuUnits(definition["cpu"]) && memories.some((one) => one === memory),
  );
}

/** The smallest size, by CPU first, that has at least this much of both. */
export function nextFargateSize(definition: JsonObject, least: TaskSize): TaskSize | undefined {
  for (const [cpu, memories] of sizesFor(definition)) {
    const memory = memories.find((one) => one >= least.memory);
    if (cpu >= least.cpu && memory !== undefined) return { cpu, memory };
  }
  return undefined;
}

/** Windows tasks have 1 to 4 vCPU. */
function sizesFor(definition: JsonObject): typeof fargateMemories {
  if (!isWindows(definition)) return fargateMemories;
  return fargateMemories.filter(([cpu]) => cpu >= 1024 && cpu <= 4096);
}

export function isWindows({ runtimePlatform }: JsonObject): boolean {
  const family = isObject(runtimePlatform) ? runtimePlatform["operatingSystemFamily"] : undefined;
  return String(family ?? "").startsWith("WINDOWS");
}

/** Registered for Fargate: its rules hold, whatever service runs it. */
export function isForFargate(definition: JsonObject): boolean {
  const required = definition["requiresCompatibilities"];
  return Array.isArray(required) && required.includes("FARGATE");
}

/** Also a definition that says nothing of it, and that Fargate could run: a size that Fargate lacks would break that. */
export function mayRunOnFargate(definition: JsonObject): boolean {
  const required = definition["requiresCompatibilities"];
  if (Array.isArray(required) && required.length > 0) return required.includes("FARGATE");
  return definition["networkMode"] === "awsvpc" && isFargateSize(definition);
}
