// Which of a union's options was meant: what is wrong with that one is told, and nothing of the others.
import type * as z from "zod";
import { nearest } from "./nearest.ts";

type Issue = z.core.$ZodIssue;
type WrongLiteral = Extract<Issue, { code: "invalid_value" }>;

/** The issues to tell of a mapping that no option takes. `options`: the issues of each that takes a mapping. */
export function findMeant(value: unknown, options: readonly (readonly Issue[])[]): readonly Issue[] {
  const given = keysOf(value);
  const has = (path: Issue["path"]): boolean => path.length === 1 && given.includes(String(path[0]));
  const literals = options.map((issues) =>
    issues.find((one): one is WrongLiteral => one.code === "invalid_value" && has(one.path)),
  );
  const [literal] = literals.filter((one) => one !== undefined);
  const misses = (issues: readonly Issue[]): number =>
    issues.reduce((sum, { path, ...one }) => {
      if (path.length === 0 && one.code === "unrecognized_keys") return sum + one.keys.length;
      return path.length === 1 && !has(path) ? sum + 1 : sum;
    }, 0);
  const nearestOf = (some: readonly (readonly Issue[])[]): readonly Issue[] =>
    some.reduce((a, b) => (misses(b) < misses(a) ? b : a));
  if (literal === undefined) return nearestOf(options);
  // A preset that is known is the one that was meant, whatever is wrong beside it.
  const key = String(literal.path[0]);
  const named = options.filter((issues, at) => literals[at] === undefined && !isUnknown(key, issues));
  return named.length > 0 ? nearestOf(named) : [joinLiterals(literals, value, key)];
}

/** The keys of a mapping that no one of the options takes together: `path` beside `s3`. */
export function findClash(value: unknown, options: readonly (readonly string[])[]): readonly string[] {
  const telling = keysOf(value).filter((key) => {
    const takers = options.filter((fields) => fields.includes(key)).length;
    return takers > 0 && takers < options.length;
  });
  return options.some((fields) => telling.every((key) => fields.includes(key))) ? [] : telling;
}

function isUnknown(key: string, issues: readonly Issue[]): boolean {
  return issues.some(
    (one) => one.code === "unrecognized_keys" && one.path.length === 0 && one.keys.includes(key),
  );
}

/** What all options know there. Unless one of its other spellings is near, an option's first is enough to list. */
function joinLiterals(
  literals: readonly (WrongLiteral | undefined)[],
  value: unknown,
  key: string,
): WrongLiteral {
  const found = literals.filter((one) => one !== undefined);
  const all = found.flatMap(({ values }) => values);
  const given = (value as Readonly<Record<string, unknown>>)[key];
  const isNear = typeof given === "string" && nearest(given, all.map(String)) !== undefined;
  const [first] = found as [WrongLiteral];
  return { ...first, values: isNear ? all : found.flatMap(({ values }) => values.slice(0, 1)) };
}

export function keysOf(value: unknown): readonly string[] {
  return typeof value === "object" && value !== null ? Object.keys(value) : [];
}
