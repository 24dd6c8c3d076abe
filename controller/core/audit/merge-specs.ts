// Lines of a policy put together: what several findings ask for is one thing.
import { isObject, type Json, type JsonObject, stableStringify } from "../../model/json.ts";

/** Maps by key, lists one after the other with each item once: what several findings ask for is one thing. */
export function mergeSpecs(specs: readonly JsonObject[]): JsonObject {
  return specs.reduce<JsonObject>((whole, spec) => merge(whole, spec), {});
}

function merge(a: JsonObject, b: JsonObject): JsonObject {
  const merged: Record<string, Json | undefined> = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const before = merged[key];
    if (isObject(before) && isObject(value)) merged[key] = merge(before, value);
    else if (Array.isArray(before) && Array.isArray(value)) {
      const items = [...before, ...value].map((item: Json): [string, Json] => [stableStringify(item), item]);
      merged[key] = [...new Map(items).values()];
    } else merged[key] = value;
  }
  return merged;
}
