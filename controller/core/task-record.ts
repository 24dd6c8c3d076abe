// The task's own `cpu` and `memory`, grown for our sidecars, and put back. Both are recorded whenever one of them
// grows, and every record of our layer carries a copy, so that one container of ours or touched by us is enough.
import { isObject, type Json, type JsonObject, jsonEqual } from "../model/json.ts";
import { cpuUnits, isFargateSize, mayRunOnFargate, mebibytes } from "./task-size.ts";

const amounts = { cpu: cpuUnits, memory: mebibytes } as const;
type Field = keyof typeof amounts;
const fields = Object.keys(amounts) as readonly Field[];

/** What the task is to have, in the API's own form. */
export type GrownTask = { readonly [field in Field]?: string };

export type TaskRecord = {
  readonly [field in Field]?: { readonly original?: Json; readonly written: string };
};

export function growTask(
  input: JsonObject,
  grown: GrownTask,
): { readonly definition: JsonObject; readonly record: TaskRecord } {
  const record = Object.fromEntries(
    fields.flatMap((field) => {
      const [original, written] = [input[field], grown[field]];
      if (written === undefined) return [];
      return [[field, { ...(original === undefined ? {} : { original }), written }]];
    }),
  );
  return { definition: { ...input, ...grown }, record };
}

/**
 * What stands as it was written goes back; anything else is the owner's. Records of one layer agree unless somebody
 * has put containers of two revisions together: then the first one that fits what stands there counts.
 */
export function shrinkTask(input: JsonObject, records: readonly TaskRecord[]): JsonObject {
  const fits = (field: Field, { written }: { readonly written: string }): boolean => {
    const [live, ours] = [amounts[field](input[field]), amounts[field](written)];
    return jsonEqual(input[field], written) || (live !== undefined && live === ours);
  };
  const found = fields.flatMap((field) => {
    const entry = records.flatMap((record) => record[field] ?? []).find((one) => fits(field, one));
    return entry === undefined ? [] : [[field, entry.original] as const];
  });
  const result: Record<string, Json | undefined> = { ...input };
  for (const [field, original] of found) {
    if (original === undefined) delete result[field];
    else result[field] = original;
  }
  const recorded = fields.filter((field) => records.some((record) => record[field] !== undefined));
  const isMixed = found.length < recorded.length;
  // Half of a pair that the owner chose is no pair: Fargate would refuse it.
  if (isMixed && mayRunOnFargate(input) && isFargateSize(input) && !isFargateSize(result)) return input;
  return result;
}

export function isTaskRecord(value: unknown): value is TaskRecord {
  return (
    isObject(value) &&
    fields.every((field) => {
      const entry = value[field];
      return entry === undefined || (isObject(entry) && typeof entry["written"] === "string");
    })
  );
}
