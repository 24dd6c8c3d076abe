// What may stand in a line of the log: no secret, no error's innards, and no more than one line's worth.
import { namesSecret } from "../../api/secret-words.ts";
import { toFailure } from "../../model/errors.ts";
import { isObject } from "../../model/json.ts";

/** Bounds of one line: Docker's log drivers cut what is longer than 16 KiB into pieces that are JSON no more. */
const most = { text: 2_000, line: 12_000, items: 50, depth: 6 };

export interface ShapeOptions {
  /** Texts that are secrets themselves (tokens of the environment): struck out wherever they stand. */
  readonly secrets?: readonly string[];
}

/** Fields as they are written: a copy that JSON can hold, with errors as `{code, message}` and secrets struck out. */
export function shapeFields(
  fields: Readonly<Record<string, unknown>>,
  { secrets = [] }: ShapeOptions = {},
): Record<string, unknown> {
  // Longest first: a token may begin with another one.
  const struck = secrets.filter((text) => text.length >= 4).sort((a, b) => b.length - a.length);
  let left = most.line;
  const seen = new Set<object>();

  const shapeText = (text: string): string => {
    const clean = strike(text.slice(0, 100_000), struck);
    const room = Math.max(Math.min(most.text, left), 0);
    const kept = clean.length > room ? `${clean.slice(0, room)}…` : clean;
    left -= kept.length + 2;
    return kept;
  };

  const shape = (value: unknown, depth: number): unknown => {
    if (left <= 0) return "…";
    if (typeof value === "string") return shapeText(value);
    if (typeof value === "bigint") return String(value);
    if (typeof value === "number" || typeof value === "boolean" || value === null) {
      left -= 8;
      return value;
    }
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
    if (typeof value !== "object") return undefined;
    if (seen.has(value) || depth >= most.depth) return "…";
    seen.add(value);
    const shaped = shapeObject(value, depth + 1);
    seen.delete(value);
    return shaped;
  };

  const shapeObject = (value: object, depth: number): unknown => {
    if (value instanceof Error) return shape(describe(value), depth);
    if (value instanceof Map) return shape(Object.fromEntries(value), depth);
    if (value instanceof Set) return shape([...value], depth);
    if (Array.isArray(value)) {
      const items = value.slice(0, most.items).map((item) => shape(item, depth) ?? null);
      return value.length > most.items ? [...items, `… ${value.length - most.items} more`] : items;
    }
    return shapeEntries(value as Readonly<Record<string, unknown>>, depth);
  };

  const shapeEntries = (
    object: Readonly<Record<string, unknown>>,
    depth: number,
  ): Record<string, unknown> => {
    const entries = Object.entries(object);
    const shaped = entries.slice(0, most.items).flatMap(([name, value]): [string, unknown][] => {
      left -= name.length + 4;
      const kept = isSecret(name, value) ? "[secret]" : shape(value, depth);
      return kept === undefined ? [] : [[name, kept]];
    });
    if (entries.length > most.items) shaped.push(["…", `${entries.length - most.items} more`]);
    return Object.fromEntries(shaped);
  };

  const shaped = shape(fields, 0);
  return isObject(shaped) ? { ...shaped } : {};
}

/** `key` alone is that of the queue, and a number or a yes is no secret (`connections: 3`). */
function isSecret(name: string, value: unknown): boolean {
  if (value === null || value === undefined || typeof value === "number" || typeof value === "boolean")
    return false;
  return !/^keys?$/i.test(name) && namesSecret(name);
}

/** A slip in our own code is of no use without its place; what AWS or a user did wrong has a code and needs none. */
function describe(error: Error): Record<string, unknown> {
  const { code, message } = toFailure(error);
  const isSlip =
    /^(Type|Range|Reference|Syntax|Assertion)Error$/.test(error.name) && error.stack !== undefined;
  return {
    code,
    message,
    ...(isSlip ? { stack: (error.stack ?? "").split("\n").slice(1, 9).join("\n") } : {}),
  };
}

function strike(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) clean = clean.replaceAll(secret, "[secret]");
  // The user and password of an address.
  return clean.replaceAll(/\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@]{1,500}@/gi, "$1[secret]@");
}
