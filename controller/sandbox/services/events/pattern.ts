// Whether an event fits a rule's pattern, as the EventBridge user guide's comparison operators say.
import { BlockList, isIP } from "node:net";

export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Both as parsed JSON; the pattern one that `readEventPattern` took. Every field of the pattern must fit; of a field's
 * values one is enough. A list in the event fits where any of its elements does, and a pattern below
 * a list of objects must fit one of them as a whole.
 */
export function matchesEventPattern(pattern: JsonObject, event: unknown): boolean {
  return Object.entries(pattern).every(([key, wanted]) => {
    if (isChoice(key, wanted)) return wanted.some((each) => matchesEventPattern(each, event));
    const actual = isObject(event) && Object.hasOwn(event, key) ? event[key] : undefined;
    if (Array.isArray(wanted)) {
      const values = leaves(actual);
      return wanted.some((matcher) => fits(matcher, values));
    }
    return isObject(wanted) && branches(actual).some((branch) => matchesEventPattern(wanted, branch));
  });
}

/** `$or` joins whole patterns; with anything else in it, it is a field like any other. */
export function isChoice(key: string, value: unknown): value is readonly JsonObject[] {
  return (
    key === "$or" &&
    Array.isArray(value) &&
    value.length > 1 &&
    value.every((each) => isObject(each) && !Object.keys(each).some((name) => OPERATORS.has(name)))
  );
}

const OPERATORS = new Set([
  "prefix",
  "suffix",
  "equals-ignore-case",
  "anything-but",
  "numeric",
  "exists",
  "cidr",
  "wildcard",
]);

export function isOperator(name: string): boolean {
  return OPERATORS.has(name);
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What operators work on: texts, numbers, booleans and null, but no objects. */
function leaves(value: unknown): unknown[] {
  if (value === undefined) return [];
  const list = Array.isArray(value) ? value.flat(Number.POSITIVE_INFINITY) : [value];
  return list.filter((each) => !isObject(each));
}

/** The objects a nested pattern is held against; an empty one where there is none, for `exists: false`. */
function branches(value: unknown): unknown[] {
  const list: unknown[] = Array.isArray(value) ? value.flat(Number.POSITIVE_INFINITY) : [value];
  const objects = list.filter(isObject);
  return objects.length === 0 ? [{}] : objects;
}

function fits(matcher: unknown, values: readonly unknown[]): boolean {
  if (isObject(matcher) && Object.hasOwn(matcher, "exists"))
    return values.length > 0 === (matcher["exists"] === true);
  return values.some((value) => fitsValue(matcher, value));
}

function fitsValue(matcher: unknown, value: unknown): boolean {
  if (!isObject(matcher)) return matcher === value;
  const [operator, operand] = Object.entries(matcher)[0] ?? [];
  if (operator === "anything-but") return !excluded(operand, value);
  if (operator === "numeric") return typeof value === "number" && inRange(operand, value);
  if (typeof value !== "string") return false;
  switch (operator) {
    case "prefix":
      return affixed(operand, value, (text, part) => text.startsWith(part));
    case "suffix":
      return affixed(operand, value, (text, part) => text.endsWith(part));
    case "equals-ignore-case":
      return value.toLowerCase() === String(operand).toLowerCase();
    case "wildcard":
      return wildcard(String(operand)).test(value);
    case "cidr":
      return inSubnet(String(operand), value);
    default:
      return false;
  }
}

/** `anything-but` names values, or one operator with one text or several. */
function excluded(operand: unknown, value: unknown): boolean {
  if (!isObject(operand)) return [operand].flat().includes(value);
  return Object.entries(operand).some(([operator, texts]) =>
    [texts].flat().some((text) => fitsValue({ [operator]: text }, value)),
  );
}

function affixed(operand: unknown, value: string, has: (text: string, part: string) => boolean): boolean {
  if (!isObject(operand)) return has(value, String(operand));
  return has(value.toLowerCase(), String(operand["equals-ignore-case"]).toLowerCase());
}

/** `["=", 5]`, `[">", 0, "<=", 5]`. */
function inRange(terms: unknown, value: number): boolean {
  if (!Array.isArray(terms)) return false;
  for (let index = 0; index < terms.length; index += 2)
    if (!compares(terms[index], value, Number(terms[index + 1]))) return false;
  return true;
}

function compares(operator: unknown, value: number, bound: number): boolean {
  if (operator === "=") return value === bound;
  if (operator === "<") return value < bound;
  if (operator === "<=") return value <= bound;
  return operator === ">" ? value > bound : value >= bound;
}

/** `*` is any piece of text; `\*` and `\\` stand for themselves. */
function wildcard(pattern: string): RegExp {
  const source = pattern.replace(/\\([*\\])|(\*)|([^*\\]+|\\)/g, (_all, literal, star, text) =>
    star === undefined ? (literal ?? text).replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&") : "[\\s\\S]*",
  );
  return new RegExp(`^${source}$`);
}

/** Takes `10.0.0.0/24` and IPv6 alike; undefined where it is no subnet. */
export function readSubnet(cidr: string): BlockList | undefined {
  const [address = "", bits = "", ...rest] = cidr.split("/");
  const family = isIP(address);
  if (family === 0 || rest.length > 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128))
    return undefined;
  const subnet = new BlockList();
  subnet.addSubnet(address, Number(bits), family === 4 ? "ipv4" : "ipv6");
  return subnet;
}

function inSubnet(cidr: string, value: string): boolean {
  const family = isIP(value);
  return family !== 0 && readSubnet(cidr)?.check(value, family === 4 ? "ipv4" : "ipv6") === true;
}
