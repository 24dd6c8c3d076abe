// The fields that differ between two JSON values, each with its path.
import { compareText, isObject, type Json, type JsonObject, jsonEqual } from "../model/json.ts";
import type { Difference } from "../model/plan.ts";

/** Members that name the items of a list, in AWS's shapes. */
const nameKeys = ["name", "Name", "Id", "metricName", "key", "Key"] as const;

export function findDifferences(before: Json, after: Json, path = ""): Difference[] {
  if (jsonEqual(before, after)) return [];
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort(compareText);
    return keys.flatMap((key) =>
      findDifferences(memberOf(before, key), memberOf(after, key), path === "" ? key : `${path}.${key}`),
    );
  }
  const named = nameItems(before, after);
  if (named === undefined) return [{ path, before, after }];
  const names = [...new Set([...named.before.keys(), ...named.after.keys()])].sort(compareText);
  return names.flatMap((name) =>
    findDifferences(named.before.get(name) ?? null, named.after.get(name) ?? null, `${path}[${name}]`),
  );
}

/** Names are anybody's: `toString` is one too. */
function memberOf(object: JsonObject, key: string): Json {
  return (Object.hasOwn(object, key) ? object[key] : null) ?? null;
}

/** Both lists by the name of their items, if every item has one of its own. */
function nameItems(
  before: Json,
  after: Json,
): { before: Map<string, Json>; after: Map<string, Json> } | undefined {
  if (!Array.isArray(before) || !Array.isArray(after)) return undefined;
  for (const key of nameKeys) {
    const [a, b] = [indexBy(before, key), indexBy(after, key)];
    if (a !== undefined && b !== undefined) return { before: a, after: b };
  }
  return undefined;
}

function indexBy(list: readonly Json[], key: string): Map<string, Json> | undefined {
  const index = new Map<string, Json>();
  for (const item of list) {
    const name = isObject(item) ? item[key] : undefined;
    if (typeof name !== "string" || index.has(name)) return undefined;
    index.set(name, item);
  }
  return index;
}
