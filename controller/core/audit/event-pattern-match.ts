// Whether an event fits a rule's pattern: EventBridge user guide, "Comparison operators for use in event patterns". What
// the guide does not know makes no event fit: EventBridge refuses such a rule.
import { operators } from "../../api/lint/event-pattern.ts";
import { isObject, type Json, type JsonObject } from "../../model/json.ts";
import { isInSubnet } from "./subnet.ts";

/**
 * Every field of the pattern must fit, and of a field's values one. A list in the event fits where one of its elements
 * does; a pattern below a list of objects must fit one of them as a whole.
 */
export function fitsPattern(pattern: JsonObject, event: Json | undefined): boolean {
  return Object.entries(pattern).every(([key, wanted]) => {
    if (isChoice(key, wanted)) return wanted.some((each) => fitsPattern(each, event));
    const actual = isObject(event) && Object.hasOwn(event, key) ? event[key] : undefined;
    if (Array.isArray(wanted)) {
      const values = leavesOf(actual);
      return wanted.some((matcher: Json) => fits(matcher, values));
    }
    return isObject(wanted) && branchesOf(actual).some((branch) => fitsPattern(wanted, branch));
  });
}

const known: ReadonlySet<string> = new Set(operators);

/** `$or` joins whole patterns; with less than two of them, or with operators in it, it is a field like any other. */
function isChoice(key: string, value: Json | undefined): value is readonly JsonObject[] {
  return (
    key === "$or" &&
    Array.isArray(value) &&
    value.length > 1 &&
    value.every((each) => isObject(each) && !Object.keys(each).some((name) => known.has(name)))
  );
}

/** What operators work on: texts, numbers, booleans and null, out of lists of any depth. */
function leavesOf(value: Json | undefined): Json[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value.flatMap((inner: Json) => leavesOf(inner));
  return isObject(value) ? [] : [value];
}

/** What a nested pattern is held against; an empty object where there is none, for `exists: false`. */
function branchesOf(value: Json | undefined): JsonObject[] {
  const all = (inner: Json | undefined): JsonObject[] =>
    Array.isArray(inner) ? inner.flatMap((each: Json) => all(each)) : isObject(inner) ? [inner] : [];
  const found = all(value);
  return found.length === 0 ? [{}] : found;
}

function fits(matcher: Json, values: readonly Json[]): boolean {
  if (isObject(matcher) && Object.hasOwn(matcher, "exists"))
    return values.length > 0 === (matcher["exists"] === true);
  return values.some((value) => fitsValue(matcher, value));
}

function fitsValue(matcher: Json, value: Json): boolean {
  if (!isObject(matcher)) return matcher === value;
  const [operator, operand] = Object.entries(matcher)[0] ?? [];
  if (operator === "anything-but") return operand !== undefined && !isExcluded(operand, value);
  if (operator === "numeric") return typeof value === "number" && isInRange(operand, value);
  if (typeof value !== "string") return false;
  switch (operator) {
    case "prefix":
      return hasAffix(operand, value, (text, part) => text.startsWith(part));
    case "suffix":
      return hasAffix(operand, value, (text, part) => text.endsWith(part));
    case "equals-ignore-case":
      return typeof operand === "string" && value.toLowerCase() === operand.toLowerCase();
    case "wildcard":
      return typeof operand === "string" && matchesWildcard(value, operand);
    case "cidr":
      return typeof operand === "string" && isInSubnet(value, operand);
    default:
      return false;
  }
}

/** `anything-but` names values, or one operator with one text or several. */
function isExcluded(operand: Json, value: Json): boolean {
  if (!isObject(operand)) return [operand].flat().includes(value as never);
  return Object.entries(operand).some(([operator, texts]) =>
    [texts ?? null].flat().some((text) => fitsValue({ [operator]: text as Json }, value)),
  );
}

/** `"text"`, or `{ "equals-ignore-case": "text" }`. */
function hasAffix(
  operand: Json | undefined,
  value: string,
  has: (text: string, part: string) => boolean,
): boolean {
  if (typeof operand === "string") return has(value, operand);
  const part = isObject(operand) ? operand["equals-ignore-case"] : undefined;
  return typeof part === "string" && has(value.toLowerCase(), part.toLowerCase());
}

/** `["=", 5]`, `[">", 0, "<=", 5]`. */
function isInRange(terms: Json | undefined, value: number): boolean {
  if (!Array.isArray(terms) || terms.length === 0 || terms.length % 2 !== 0) return false;
  return terms.every((operator: Json, index) => {
    if (index % 2 !== 0) return true;
    const bound = terms[index + 1] as Json;
    if (typeof bound !== "number") return false;
    if (operator === "=") return value === bound;
    if (operator === "<") return value < bound;
    if (operator === "<=") return value <= bound;
    if (operator === ">") return value > bound;
    return operator === ">=" && value >= bound;
  });
}

/** `*` is any piece of text; `\*` and `\\` stand for themselves. No regular expression: see {@link matchesGlob}. */
function matchesWildcard(value: string, pattern: string): boolean {
  const [first = "", ...rest] = splitAtStars(pattern);
  const last = rest.pop();
  if (last === undefined) return value === first;
  if (!value.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = value.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return value.length - last.length >= at && value.endsWith(last);
}

function splitAtStars(pattern: string): string[] {
  const parts = [""];
  for (const [sign, literal] of pattern.matchAll(/\\([*\\])|[\s\S]/g)) {
    if (sign === "*") parts.push("");
    else parts.push(`${parts.pop() ?? ""}${literal ?? sign}`);
  }
  return parts;
}
