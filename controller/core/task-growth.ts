// What it means that sidecars come into a task: the size that it grows to, and the memory that is left for containers
// which declare none. The sums that decide about room count only what is declared, so neither is an obstacle. Pure.
import type { FieldPath } from "../api/issues.ts";
import type { JsonObject } from "../model/json.ts";
import { containersOf } from "./layer.ts";
import { memoryOf } from "./task-rules.ts";
import { cpuUnits, mebibytes } from "./task-size.ts";

interface Definitions {
  readonly before: JsonObject;
  readonly after: JsonObject;
}

interface Telling {
  readonly code: string;
  readonly message: string;
  /** The fields of `spec` that it comes of. */
  readonly fields: readonly FieldPath[];
}

/** A task that becomes larger costs what the larger size costs, times its count. */
export function findGrowth({ before, after }: Definitions): Telling[] {
  const sizes = [
    [cpuUnits(before["cpu"]), cpuUnits(after["cpu"]), "CPU units"],
    [mebibytes(before["memory"]), mebibytes(after["memory"]), "MiB of memory"],
  ] as const;
  const grown = sizes.flatMap(([from, to, unit]) =>
    from !== undefined && to !== undefined && to > from ? [`from ${from} to ${to} ${unit}`] : [],
  );
  if (grown.length === 0) return [];
  const message = `each task grows ${grown.join(" and ")} (taskSize: grow), and costs what that size costs`;
  return [{ code: "TaskGrows", message, fields: [["taskSize"]] }];
}

/** Containers that declare no memory share what the others leave: it may become little without anybody having asked. */
export function findLittleMemory({ before, after }: Definitions): Telling[] {
  const names = containersOf(after).flatMap((container) =>
    declaresMemory(container) ? [] : [String(container["name"])],
  );
  const [had, left] = [leftOver(before), leftOver(after)];
  if (names.length === 0 || had === undefined || left === undefined || left * 2 >= had) return [];
  const message = `containers that declare no memory (${names.join(", ")}) had ${had} MiB of the task to share, and will have ${left} MiB beside the sidecars; declare their memory or memoryReservation, and the task grows for it too with taskSize: grow`;
  return [{ code: "LittleMemoryLeft", message, fields: [["sidecars"]] }];
}

function leftOver(definition: JsonObject): number | undefined {
  const memory = mebibytes(definition["memory"]);
  if (memory === undefined) return undefined;
  return containersOf(definition).reduce((left, container) => left - memoryOf(container), memory);
}

function declaresMemory({ memory, memoryReservation }: JsonObject): boolean {
  return typeof memory === "number" || typeof memoryReservation === "number";
}
