// zod's issues → what a person is told: one useful finding for each mistake, with the bad value and the fix.
import type * as z from "zod";
import type { Diagnostic, Position } from "../model/diagnostic.ts";
import { isObject } from "../model/json.ts";
import { findClash, findMeant, keysOf } from "./issue-union.ts";
import { nearest, suggest } from "./nearest.ts";
import { fieldsOf, requiredOf, schemasAt, schemasMeant } from "./schema-walk.ts";
import { leadsToSecret } from "./secret-words.ts";

export type FieldPath = readonly (string | number)[];

export interface Finding {
  readonly code: string;
  readonly message: string;
  readonly path: FieldPath;
  /** The key is what is wrong, not the value. */
  readonly key?: boolean;
  /** Of an unknown field: the one that was meant, if one is near enough. */
  readonly meant?: string;
}

/** What a document says, for messages that quote it. */
export interface Input {
  readonly data: unknown;
  /** How a plain scalar was written. */
  readonly sourceAt: (path: FieldPath) => string | undefined;
}

/** Where the words of a document stand. */
export interface Places {
  readonly at: (path: FieldPath) => Position;
  readonly keyAt: (path: FieldPath) => Position;
}

type Issue = z.core.$ZodIssue;

/** More findings than this in one document help nobody. */
export const maxFindings = 200;

export function explainIssues(issues: readonly Issue[], schema: z.core.$ZodType, input: Input): Finding[] {
  const findings = withoutEchoes(issues)
    .slice(0, maxFindings)
    .flatMap((issue) => explain(issue, [], schema, input));
  // `nmae: x` is one mistake, not an unknown field and a missing one.
  const meant = new Set(
    findings.flatMap((one) =>
      one.meant === undefined ? [] : [pathText([...one.path.slice(0, -1), one.meant])],
    ),
  );
  return findings.filter(({ code, path }) => code !== "MissingField" || !meant.has(pathText(path)));
}

function explain(issue: Issue, base: FieldPath, schema: z.core.$ZodType, input: Input): Finding[] {
  const path = [...base, ...issue.path.map((step) => (typeof step === "symbol" ? String(step) : step))];
  const value = valueAt(input.data, path);
  const invalid = (message: string): Finding[] => [{ code: "InvalidValue", message, path }];
  const field = nameOf(path);
  if (
    value !== undefined &&
    value !== null &&
    isWrongType({ ...issue, path: [] }) &&
    takesSecret(schema, path)
  ) {
    const message = `${field} takes the place of the secret, not the secret itself; write ${field}: { valueFrom: ARN }`;
    return invalid(message);
  }
  if (
    value === undefined &&
    (issue.code === "invalid_type" || issue.code === "invalid_value" || issue.code === "invalid_union")
  ) {
    return [
      {
        code: "MissingField",
        message: `${quote(field)} is missing${missingHint(issue, path, schema, input)}`,
        path,
      },
    ];
  }
  switch (issue.code) {
    case "unrecognized_keys":
      return explainUnknown(issue.keys, path, schema, input);
    case "invalid_type":
      return invalid(
        `expected ${expected(kindOf(issue.expected, schema, path))}, got ${leadsToSecret(path) ? describeSecret(value, issue.expected) : describe(value, input.sourceAt(path), issue.expected)}`,
      );
    case "invalid_value": {
      const known = issue.values.map(String);
      if (typeof value !== "string")
        return invalid(`expected ${known.map(quote).join(" or ")}, got ${describe(value)}`);
      return invalid(`${field} ${quote(value)} is unknown; ${suggest(value, known)}`);
    }
    case "invalid_union":
      return explainUnion(issue, path, schema, input);
    case "invalid_key":
      return [
        {
          code: "InvalidValue",
          message: `the key ${quote(field)} is not allowed: ${issue.issues[0]?.message ?? "see the docs"}`,
          path,
          key: true,
        },
      ];
    case "invalid_format":
      return invalid(`${field} ${quote(String(value))} is not valid: ${issue.message}`);
    case "too_small":
      return invalid(
        issue.origin === "number" || issue.origin === "int"
          ? `${field} must be ${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}, got ${describe(value)}`
          : `${field} is empty; give it a value${mayLeaveOut(schema, path) ? " or leave it out" : ""}`,
      );
    case "too_big": {
      const isNumber = issue.origin === "number" || issue.origin === "int";
      const length = typeof value === "string" || Array.isArray(value) ? value.length : 0;
      return invalid(
        isNumber
          ? `${field} must be at most ${issue.maximum}, got ${describe(value)}`
          : `${field} holds ${length} ${typeof value === "string" ? "characters" : "entries"}, more than ${issue.maximum}`,
      );
    }
    case "custom": {
      const code = issue.params?.["code"];
      return [{ code: typeof code === "string" ? code : "InvalidValue", message: issue.message, path }];
    }
    default:
      return invalid(issue.message);
  }
}

/** What AWS has and a policy needs not. */
const advice: ReadonlyMap<string, string> = new Map([
  ["logMetrics.defaultValue", "it is 0 for a count without dimensions, and nothing otherwise; leave it out"],
]);

function explainUnknown(
  keys: readonly string[],
  path: FieldPath,
  schema: z.core.$ZodType,
  input: Input,
): Finding[] {
  const known = [...new Set(schemasMeant(schema, path, input.data).flatMap(fieldsOf))];
  const clash = explainClash(path, schema, input);
  const strange = clash.length > 0 ? keys.filter((key) => !known.includes(key)) : keys;
  const unknown = strange.slice(0, maxFindings).map((key) => {
    const meant = nearest(key, known);
    return {
      code: "UnknownField",
      message: `unknown field ${quote(key)}; ${advice.get(`${String(path.at(-2))}.${key}`) ?? suggest(key, known)}`,
      path: [...path, key],
      key: true,
      ...(meant === undefined ? {} : { meant }),
    };
  });
  return [...clash, ...unknown];
}

/** `path` beside `s3`, where either is taken: each is known, and both are one too many. */
function explainClash(path: FieldPath, schema: z.core.$ZodType, input: Input): Finding[] {
  const options = schemasMeant(schema, path, input.data).map(fieldsOf);
  const keys = findClash(valueAt(input.data, path), options);
  if (keys.length === 0) return [];
  const message = `${keys.map(quote).join(" and ")} do not go together; keep one`;
  return [{ code: "InvalidValue", message, path }];
}

/** A mapping with nothing in it that tells the options apart, nor anything misspelt. */
function isChoiceless(value: unknown, schema: z.core.$ZodType, path: FieldPath): boolean {
  if (!isObject(value)) return false;
  const [first = [], ...others] = schemasAt(schema, path).map(fieldsOf);
  const shared = first.filter((key) => others.every((fields) => fields.includes(key)));
  return keysOf(value).every((key) => shared.includes(key));
}

/** Of a union's options, takes the one that was meant, and tells what is wrong with that. */
function explainUnion(
  issue: Extract<Issue, { code: "invalid_union" }>,
  path: FieldPath,
  schema: z.core.$ZodType,
  input: Input,
): Finding[] {
  const hint = issue.message === "Invalid input" ? undefined : issue.message;
  const accepted = issue.errors.filter((issues) => !issues.every(isWrongType));
  const value = valueAt(input.data, path);
  if (accepted.length === 0) {
    const what = hint ?? `expected ${[...new Set(expectedTypes(issue))].map(expected).join(" or ")}`;
    return [{ code: "InvalidValue", message: `${what}, got ${describe(value)}`, path }];
  }
  const clash = explainClash(path, schema, input);
  if (clash.length > 0) return clash;
  if (hint !== undefined && isChoiceless(value, schema, path))
    return [{ code: "InvalidValue", message: `${hint}, and this is none of them`, path }];
  const findings = withoutEchoes(findMeant(value, accepted)).flatMap((one) =>
    explain(one, path, schema, input),
  );
  const here = findings.filter(({ path: at }) => at.length === path.length + 1);
  const unknownHere = here.filter(({ code }) => code === "UnknownField");
  const isOther = unknownHere.length > 0 && here.some(({ code }) => code === "MissingField");
  if (!isOther || hint === undefined) return findings;
  const typos = unknownHere.filter(({ meant }) => meant !== undefined);
  return typos.length > 0 ? typos : [{ code: "InvalidValue", message: hint, path }];
}

/** A text has a length too where a list should be: that it is none is enough. */
function withoutEchoes(issues: readonly Issue[]): readonly Issue[] {
  const wrong = new Set(
    issues.flatMap(({ code, path }) => (code === "invalid_type" ? [path.join("\n")] : [])),
  );
  return issues.filter(
    ({ code, path }) => (code !== "too_big" && code !== "too_small") || !wrong.has(path.join("\n")),
  );
}

/** Whether what holds it does without. */
function mayLeaveOut(schema: z.core.$ZodType, path: FieldPath): boolean {
  const last = path.at(-1) ?? "";
  return schemasAt(schema, path.slice(0, -1)).every((holder) => !requiredOf(holder).includes(String(last)));
}

function isWrongType(issue: Issue): boolean {
  if (issue.path.length > 0) return false;
  return (
    issue.code === "invalid_type" ||
    (issue.code === "invalid_union" && issue.errors.every((issues) => issues.every(isWrongType)))
  );
}

function expectedTypes(issue: Issue): string[] {
  if (issue.code === "invalid_type") return [issue.expected];
  return issue.code === "invalid_union" ? issue.errors.flat().flatMap(expectedTypes) : [];
}

function expected(type: string): string {
  switch (type) {
    case "number":
      return "a number such as 80";
    case "int":
      return "a whole number such as 3";
    case "string":
      return "a string";
    case "boolean":
      return "true or false";
    case "array":
      return "a list";
    case "object":
    case "record":
      return "a mapping";
    default:
      return type;
  }
}

/** The schema says `number` of a whole number too. */
function kindOf(type: string, schema: z.core.$ZodType, path: FieldPath): string {
  if (type !== "number") return type;
  const isWhole = schemasAt(schema, path).some((one) => {
    const { def } = (one as z.core.$ZodTypes)._zod;
    return def.type === "number" && "format" in def && def.format === "safeint";
  });
  return isWhole ? "int" : type;
}

/** The field that a path leads to; of a list's entry, the list and the place. */
function nameOf(path: FieldPath): string {
  const last = path.at(-1) ?? "document";
  return typeof last === "number" ? `${path.at(-2) ?? ""}[${last}]` : last;
}

function missingHint(issue: Issue, path: FieldPath, schema: z.core.$ZodType, input: Input): string {
  if (issue.code === "invalid_value" && issue.values.length === 1)
    return `; write ${quote(String(issue.values[0]))}`;
  if (issue.code !== "invalid_type") return "";
  const needs = new Set(schemasMeant(schema, path, input.data).flatMap(requiredOf));
  return `; it takes ${expected(issue.expected)}${needs.size > 0 ? ` with ${[...needs].join(" and ")}` : ""}`;
}

/** Of what may be a secret, only what kind of value it is. */
function describeSecret(value: unknown, wanted: string): string {
  if (value === null || typeof value === "object") return describe(value);
  return wanted === "string" ? `a ${typeof value}; put it in quotes` : `a ${typeof value}`;
}

/** Whether a mapping is asked for that says where a secret stands. */
function takesSecret(schema: z.core.$ZodType, path: FieldPath): boolean {
  return schemasAt(schema, path).some((one) => {
    const fields = fieldsOf(one);
    return fields.length === 1 && fields[0] === "valueFrom";
  });
}

/** A value as a message quotes it; a scalar that should be a string, with the fix. */
function describe(value: unknown, source?: string, wanted?: string): string {
  if (value === null) return "nothing (null)";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  if (typeof value === "string") return quote(value);
  const shown = source ?? String(value);
  return wanted === "string" ? `${shown}; put it in quotes: "${shown}"` : shown;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
}

export function valueAt(data: unknown, path: FieldPath): unknown {
  let value = data;
  for (const step of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

export function startsWith(path: FieldPath, head: FieldPath): boolean {
  return head.length <= path.length && head.every((step, i) => step === path[i]);
}

export function toDiagnostic({ code, message, path, key }: Finding, document: Places): Diagnostic {
  const position = key === true ? document.keyAt(path) : document.at(path);
  const where = path.length === 0 ? {} : { path: pathText(path) };
  return { severity: "error", code, message, ...position, ...where };
}

/** `["spec", "alarms", 0, "threshold"]` → `spec.alarms[0].threshold`. */
export function pathText(path: FieldPath): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (/^[A-Za-z_][A-Za-z0-9_-]*$/.test(step)) text += text === "" ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}
