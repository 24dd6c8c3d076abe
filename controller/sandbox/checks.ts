// Checks of single input fields, worded as AWS words them. A service makes its own set with
// `createChecks`, because each service answers a bad field under another error name.
import type { AwsError, Input } from "./service.ts";

export interface TextRule {
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: RegExp;
  readonly oneOf?: readonly string[];
  /** Where the object stands inside the whole input, for the message, e.g. `metrics.1.member`. */
  readonly at?: string;
}

export interface NumberRule {
  readonly min?: number;
  readonly max?: number;
  readonly at?: string;
}

export interface ListRule {
  readonly min?: number;
  readonly max?: number;
  readonly at?: string;
}

/** Each takes an object and a field's name. A plain check gives undefined for an absent field; `required…` refuses it. */
export interface Checks {
  text(input: Input, field: string, rule?: TextRule): string | undefined;
  requiredText(input: Input, field: string, rule?: TextRule): string;
  integer(input: Input, field: string, rule?: NumberRule): number | undefined;
  requiredInteger(input: Input, field: string, rule?: NumberRule): number;
  number(input: Input, field: string, rule?: NumberRule): number | undefined;
  boolean(input: Input, field: string, at?: string): boolean | undefined;
  /** The elements are not looked at, except that none may be null. */
  list(input: Input, field: string, rule?: ListRule): Input[] | undefined;
  /** A list of strings; `element` is checked against each. */
  texts(input: Input, field: string, rule?: ListRule, element?: TextRule): string[] | undefined;
  /** A JSON object. */
  object(input: Input, field: string, at?: string): Input | undefined;
  /** A map of strings, as Logs and the tagging API write tags. */
  textMap(input: Input, field: string, rule?: ListRule): Record<string, string> | undefined;
  fail(message: string): AwsError;
}

export function createChecks(fail: (message: string) => AwsError): Checks {
  const broken = (value: unknown, path: string, constraint: string): AwsError =>
    fail(
      `1 validation error detected: Value ${shown(value)} at '${path}' failed to satisfy constraint: ${constraint}`,
    );
  const required = <T>(value: T | undefined, field: string, at: string | undefined): T => {
    if (value === undefined) throw broken(null, pathOf(field, at), "Member must not be null");
    return value;
  };

  const checkText = (value: unknown, path: string, rule: TextRule): string => {
    if (typeof value !== "string") throw broken(value, path, "Member must be a string");
    const { min = 0, max, pattern, oneOf } = rule;
    if (oneOf !== undefined && !oneOf.includes(value))
      throw broken(value, path, `Member must satisfy enum value set: [${oneOf.join(", ")}]`);
    if (value.length < min)
      throw broken(value, path, `Member must have length greater than or equal to ${min}`);
    if (max !== undefined && value.length > max)
      throw broken(value, path, `Member must have length less than or equal to ${max}`);
    if (pattern !== undefined && !pattern.test(value))
      throw broken(value, path, `Member must satisfy regular expression pattern: ${pattern.source}`);
    return value;
  };
  const text = (input: Input, field: string, rule: TextRule = {}): string | undefined => {
    const value = fieldOf(input, field);
    return value === undefined ? undefined : checkText(value, pathOf(field, rule.at), rule);
  };
  const number = (input: Input, field: string, rule: NumberRule = {}): number | undefined => {
    const value = fieldOf(input, field);
    if (value === undefined) return undefined;
    const path = pathOf(field, rule.at);
    if (typeof value !== "number" || !Number.isFinite(value))
      throw broken(value, path, "Member must be a finite number");
    if (rule.min !== undefined && value < rule.min)
      throw broken(value, path, `Member must have value greater than or equal to ${rule.min}`);
    if (rule.max !== undefined && value > rule.max)
      throw broken(value, path, `Member must have value less than or equal to ${rule.max}`);
    return value;
  };
  const integer = (input: Input, field: string, rule: NumberRule = {}): number | undefined => {
    const value = number(input, field, rule);
    if (value !== undefined && !Number.isInteger(value))
      throw broken(value, pathOf(field, rule.at), "Member must be an integer");
    return value;
  };
  const checkSize = (size: number, path: string, rule: ListRule): void => {
    if (rule.min !== undefined && size < rule.min)
      throw broken(
        `[${size} elements]`,
        path,
        `Member must have length greater than or equal to ${rule.min}`,
      );
    if (rule.max !== undefined && size > rule.max)
      throw broken(`[${size} elements]`, path, `Member must have length less than or equal to ${rule.max}`);
  };
  const list = (input: Input, field: string, rule: ListRule = {}): Input[] | undefined => {
    const value = fieldOf(input, field);
    if (value === undefined) return undefined;
    const path = pathOf(field, rule.at);
    // The query protocol has no other way to write an empty list than `Field=`.
    if (value === "") return [];
    if (!Array.isArray(value)) throw broken(value, path, "Member must be a list");
    checkSize(value.length, path, rule);
    for (const [index, element] of value.entries())
      if (element === null || element === undefined)
        throw broken(null, `${path}.${index + 1}.member`, "Member must not be null");
    return value;
  };
  const object = (input: Input, field: string, at?: string): Input | undefined => {
    const value = fieldOf(input, field);
    if (value === undefined) return undefined;
    if (typeof value !== "object" || Array.isArray(value))
      throw broken(value, pathOf(field, at), "Member must be a structure");
    return value;
  };

  return {
    text,
    requiredText: (input, field, rule = {}) => required(text(input, field, rule), field, rule.at),
    integer,
    requiredInteger: (input, field, rule = {}) => required(integer(input, field, rule), field, rule.at),
    number,
    boolean(input, field, at) {
      const value = fieldOf(input, field);
      if (value === undefined) return undefined;
      if (typeof value !== "boolean") throw broken(value, pathOf(field, at), "Member must be a boolean");
      return value;
    },
    list,
    texts(input, field, rule = {}, element = {}) {
      const path = pathOf(field, rule.at);
      return list(input, field, rule)?.map((value, index) =>
        checkText(value, `${path}.${index + 1}.member`, element),
      );
    },
    object,
    textMap(input, field, rule = {}) {
      const value = object(input, field, rule.at);
      if (value === undefined) return undefined;
      const path = pathOf(field, rule.at);
      checkSize(Object.keys(value).length, path, rule);
      for (const [key, element] of Object.entries(value)) checkText(element, `${path}.${key}.member`, {});
      return value as Record<string, string>;
    },
    fail,
  };
}

export interface TagRule {
  /** How many tags a resource may carry; 50 nearly everywhere. */
  readonly max?: number;
  tooMany?(message: string): AwsError;
}

/** Checks a whole set of tags: sizes, the reserved prefix, the number. */
export function checkTags(
  checks: Checks,
  tags: Readonly<Record<string, string>>,
  { max = 50, tooMany = checks.fail }: TagRule = {},
): void {
  for (const [key, value] of Object.entries(tags)) {
    if (key.length < 1 || key.length > 128)
      throw checks.fail(`Tag key '${key}' must be 1 to 128 characters long`);
    if (value.length > 256) throw checks.fail(`Tag value of '${key}' must be at most 256 characters long`);
    if (key.toLowerCase().startsWith("aws:"))
      throw checks.fail(`Tag key '${key}' is reserved: it must not start with aws:`);
  }
  if (Object.keys(tags).length > max) throw tooMany(`A resource cannot have more than ${max} tags`);
}

/**
 * Tags as a list of `{Key, Value}` turned into a map. ECS writes the two names in lower case, so they can be given.
 * A value may be left out (it is then empty); the same key twice is refused.
 */
export function tagMap(
  checks: Checks,
  input: Input,
  field: string,
  { key = "Key", value = "Value" }: { key?: string; value?: string } = {},
): Record<string, string> | undefined {
  const list = checks.list(input, field);
  if (list === undefined) return undefined;
  const tags = new Map<string, string>();
  for (const [index, tag] of list.entries()) {
    const at = `${pathOf(field)}.${index + 1}.member`;
    const name = checks.requiredText(tag, key, { at });
    if (tags.has(name)) throw checks.fail(`Tag key '${name}' is given more than once`);
    tags.set(name, checks.text(tag, value, { at }) ?? "");
  }
  return Object.fromEntries(tags);
}

/** The reverse of `tagMap`, sorted by key. */
export function tagList(
  tags: Readonly<Record<string, string>>,
  { key = "Key", value = "Value" }: { key?: string; value?: string } = {},
): Record<string, string>[] {
  return Object.keys(tags)
    .sort(compareText)
    .map((name) => ({ [key]: name, [value]: tags[name] ?? "" }));
}

/** By code unit, so that every answer has the same order on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Without the fields that were not given: AWS leaves them out of its answers, rather than writing null. */
export function present(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** A JSON null is the same as leaving a field out, for every AWS protocol. */
function fieldOf(input: Input, field: string): unknown {
  if (typeof input !== "object" || input === null) return undefined;
  return Object.hasOwn(input, field) ? (input[field] ?? undefined) : undefined;
}

/** AWS's messages name members with a small first letter. */
function pathOf(field: string, at?: string): string {
  const name = field.charAt(0).toLowerCase() + field.slice(1);
  return at === undefined ? name : `${at}.${name}`;
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return "null";
  return `'${typeof value === "object" ? JSON.stringify(value) : String(value)}'`;
}
