// What the SDK gives as JSON and back. Its instants are `Date`s, which JSON has not.
import { isObject, type Json, type JsonObject } from "../../model/json.ts";

const mark = "$date";

/** Members that are undefined are left out. */
export function freeze(value: object): JsonObject {
  return freezeAny(value) as JsonObject;
}

function freezeAny(value: unknown): Json | undefined {
  if (value instanceof Date) return { [mark]: value.toISOString() };
  if (Array.isArray(value)) return value.map((item) => freezeAny(item) ?? null);
  if (!isObject(value)) return value as Json | undefined;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (inner === undefined ? [] : [[key, freezeAny(inner)]])),
  );
}

export function revive(value: JsonObject): Record<string, unknown> {
  return reviveAny(value) as Record<string, unknown>;
}

function reviveAny(value: Json | undefined): unknown {
  if (Array.isArray(value)) return value.map(reviveAny);
  if (!isObject(value)) return value;
  const date = value[mark];
  if (typeof date === "string") return new Date(date);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, reviveAny(inner)]));
}
