// Whether EventBridge takes an event pattern. EventBridge user guide, "Comparison operators for use in event patterns".
import { isObject } from "../../model/json.ts";
import { suggest } from "../nearest.ts";

/** EventBridge's quota, in bytes. */
const maxBytes = 2048;
const maxWildcards = 5;

/** EventBridge's comparison operators. Source: its user guide, "Comparison operators". */
export const operators = [
  "prefix",
  "suffix",
  "equals-ignore-case",
  "anything-but",
  "numeric",
  "exists",
  "cidr",
  "wildcard",
] as const;
const insideAnythingBut: readonly string[] = ["prefix", "suffix", "equals-ignore-case", "wildcard"];

export interface PatternProblem {
  readonly message: string;
  /** Inside the pattern. */
  readonly path: readonly (string | number)[];
}

type Path = PatternProblem["path"];

/** What is wrong with a pattern; undefined if nothing is. */
export function findPatternProblem(pattern: unknown): PatternProblem | undefined {
  const bytes = new TextEncoder().encode(JSON.stringify(pattern)).length;
  if (bytes > maxBytes) {
    const message = `the pattern has ${bytes} bytes; EventBridge takes ${maxBytes}, with the services that it is narrowed to`;
    return { message, path: [] };
  }
  return checkFields(pattern, []);
}

function checkFields(fields: unknown, path: Path): PatternProblem | undefined {
  if (!isObject(fields)) return { message: "an alternative of $or is a mapping of fields", path };
  const entries = Object.entries(fields);
  if (entries.length === 0) return { message: "it is empty, and would match nothing; name a field", path };
  for (const [key, value] of entries) {
    const found = checkField(key, value, [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

function checkField(key: string, value: unknown, path: Path): PatternProblem | undefined {
  if (key === "$or") {
    if (!Array.isArray(value) || value.length < 2)
      return { message: "$or takes a list of at least two mappings", path };
    return first(value, (item, i) => checkFields(item, [...path, i]));
  }
  if (isObject(value)) return checkFields(value, path);
  if (!Array.isArray(value))
    return { message: `the value of ${key} is a list in a pattern; write [${JSON.stringify(value)}]`, path };
  if (value.length === 0) return { message: `the list of ${key} is empty, and matches nothing`, path };
  return first(value, (item, i) => checkMatcher(item, [...path, i]));
}

function checkMatcher(matcher: unknown, path: Path): PatternProblem | undefined {
  if (Array.isArray(matcher)) return { message: "a list within a list; write its values side by side", path };
  if (!isObject(matcher)) return undefined;
  const [only, ...more] = Object.entries(matcher);
  if (only === undefined || more.length > 0)
    return { message: `one operator each, such as { prefix: "service:" }`, path };
  const [operator, operand] = only;
  const message = checkOperator(operator, operand);
  return message === undefined ? undefined : { message, path: [...path, operator] };
}

function checkOperator(operator: string, operand: unknown): string | undefined {
  switch (operator) {
    case "exists":
      return typeof operand === "boolean" ? undefined : "exists takes true or false";
    case "numeric":
      return checkNumeric(operand);
    case "anything-but":
      return checkAnythingBut(operand);
    case "prefix":
    case "suffix":
      if (isObject(operand) && typeof operand["equals-ignore-case"] === "string") return undefined;
      return typeof operand === "string" ? undefined : `${operator} takes a string`;
    case "equals-ignore-case":
      return typeof operand === "string" ? undefined : "equals-ignore-case takes a string";
    case "cidr":
      return typeof operand === "string" && /^[0-9a-fA-F.:]+\/\d{1,3}$/.test(operand)
        ? undefined
        : "cidr takes a network such as 10.0.0.0/24";
    case "wildcard":
      return checkWildcard(operand);
    default:
      return `operator "${operator}" is unknown; ${suggest(operator, operators)}`;
  }
}

function checkWildcard(operand: unknown): string | undefined {
  if (typeof operand !== "string") return "wildcard takes a string with *";
  const plain = operand.replaceAll(/\\[*\\]/g, "..");
  if (plain.includes("**")) return "wildcard takes no two * side by side";
  if (plain.includes("\\")) return "wildcard takes a backslash only before * or another backslash";
  return plain.split("*").length - 1 > maxWildcards
    ? `wildcard takes at most ${maxWildcards} times *`
    : undefined;
}

function checkAnythingBut(operand: unknown): string | undefined {
  if (isObject(operand)) {
    const [only, ...more] = Object.entries(operand);
    if (only === undefined || more.length > 0 || !insideAnythingBut.includes(only[0]))
      return `anything-but takes values, or one of ${insideAnythingBut.join(", ")}`;
    const texts = [only[1]].flat();
    return texts.length > 0 && texts.every((text) => typeof text === "string" && text !== "")
      ? undefined
      : `anything-but with ${only[0]} takes a string`;
  }
  const values: unknown[] = [operand].flat();
  const types = new Set(values.map((value) => typeof value));
  return values.length > 0 && types.size === 1 && (types.has("string") || types.has("number"))
    ? undefined
    : "anything-but takes strings, or numbers";
}

function checkNumeric(operand: unknown): string | undefined {
  const fix = `numeric takes a comparison such as [">", 0] or [">", 0, "<=", 5]`;
  if (!Array.isArray(operand)) return fix;
  const [operator, bound, second, top, ...more] = operand as unknown[];
  if (!["<", "<=", "=", ">", ">="].includes(String(operator)) || typeof bound !== "number") return fix;
  if (operand.length === 2) return undefined;
  const isRange = String(operator).startsWith(">") && (second === "<" || second === "<=");
  return isRange && typeof top === "number" && top > bound && more.length === 0 ? undefined : fix;
}

function first<T>(
  items: readonly unknown[],
  check: (item: unknown, index: number) => T | undefined,
): T | undefined {
  for (const [index, item] of items.entries()) {
    const found = check(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
}
