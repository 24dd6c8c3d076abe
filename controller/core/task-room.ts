// Whether our layer has room in a task definition and leaves it valid, said before AWS is asked; and how far the task
// has to grow. Rules that the definition breaks without us are its owner's business: they never block.
import type { JsonObject } from "../model/json.ts";
import { containersOf } from "./layer.ts";
import type { Reason } from "./select.ts";
import type { GrownTask } from "./task-record.ts";
import { byteLength, cpuOf, findProblems, memoryOf, numberOf } from "./task-rules.ts";
import { cpuUnits, mayRunOnFargate, mebibytes, nextFargateSize } from "./task-size.ts";

/** Why `after` must not be registered in place of `before`, if it is the change that makes it so. */
export function findObstacle(before: JsonObject, after: JsonObject): Reason | undefined {
  const already = new Set(findProblems(before).map(({ key }) => key));
  const problem = findProblems(after).find(({ key }) => !already.has(key));
  if (problem === undefined) return undefined;
  const message = `${arithmetic(problem.key, before, after)}${problem.text}`;
  return { code: problem.code, message };
}

function arithmetic(key: string, before: JsonObject, after: JsonObject): string {
  if (key === "bytes") {
    const [own, all] = [byteLength(before), byteLength(after)];
    return `${own} bytes + ${all - own} of ours with their records = `;
  }
  if (key === "containers") {
    const [own, all] = [containersOf(before).length, containersOf(after).length];
    return `${own} containers + ${all - own} sidecars = `;
  }
  return "";
}

/**
 * The size that the task needs to hold everything, undefined if what it has is enough. On Fargate the next size that
 * there is; elsewhere plainly more of what the definition sets.
 * @returns a reason where Fargate has no task of that size.
 */
export function growToFit(
  base: JsonObject,
  sidecars: readonly JsonObject[],
): { readonly task?: GrownTask; readonly reason?: Reason } {
  const containers = [...containersOf(base), ...sidecars];
  const [cpu, memory] = [cpuUnits(base["cpu"]), mebibytes(base["memory"])];
  const need = {
    cpu: containers.reduce((total, container) => total + cpuOf(container), 0),
    memory: Math.max(
      containers.reduce((total, container) => total + memoryOf(container), 0),
      ...containers.map((container) => numberOf(container["memory"])),
    ),
  };
  const isEnough = (cpu === undefined || need.cpu <= cpu) && (memory === undefined || need.memory <= memory);
  if (isEnough) return {};
  const least = { cpu: Math.max(need.cpu, cpu ?? 0), memory: Math.max(need.memory, memory ?? 0) };
  if (!mayRunOnFargate(base)) {
    return {
      task: {
        ...(cpu === undefined ? {} : { cpu: String(least.cpu) }),
        ...(memory === undefined ? {} : { memory: String(least.memory) }),
      },
    };
  }
  const size = nextFargateSize(base, least);
  if (size === undefined) {
    const message = `the containers need ${need.cpu} CPU units and ${need.memory} MiB of memory; Fargate has no task with ${least.cpu} and ${least.memory} or more`;
    return { reason: { code: "NoRoom", message } };
  }
  return { task: { cpu: String(size.cpu), memory: String(size.memory) } };
}
