// The two kinds of filter pattern that know fields: JSON and space-delimited.
import { invalidPattern } from "./errors.ts";
import { readCondition } from "./filter-condition.ts";
import type { FilterPattern } from "./filter-pattern.ts";

interface Selector {
  readonly text: string;
  readonly path: readonly (string | number)[];
}

export function readJsonPattern(pattern: string): FilterPattern {
  if (!pattern.endsWith("}")) throw invalidPattern("unbalanced braces");
  const { condition, operands, regexes } = readCondition<Selector>(pattern.slice(1, -1), {
    operand: readSelector,
  });
  return {
    kind: "json",
    fields: [],
    regexes,
    match(message) {
      const event = jsonOf(message);
      if (event === undefined) return undefined;
      const lookup = (selector: Selector) => valueAt(event, selector.path);
      if (!condition(lookup)) return undefined;
      const values: Record<string, string> = {};
      for (const selector of operands) {
        const value = lookup(selector);
        if (value !== undefined && value !== null)
          values[selector.text] = typeof value === "object" ? JSON.stringify(value) : String(value);
      }
      return values;
    },
  };
}

/** True for `$.a`, `$.a.b[0]`, `$.['a-b']`, and nothing after it. */
export function isSelector(text: string): boolean {
  return readSelector(text)?.length === text.length;
}

const STEP = /^(?:\.?\[(?:(\d+)|'([^']*)'|"([^"]*)")\]|\.([\w@#:/-]+))/;

function readSelector(text: string): { operand: Selector; length: number } | undefined {
  if (!text.startsWith("$")) return undefined;
  const path: (string | number)[] = [];
  let length = 1;
  for (let step = STEP.exec(text.slice(length)); step !== null; step = STEP.exec(text.slice(length))) {
    const [whole, index, single, double, name] = step;
    path.push(index === undefined ? (single ?? double ?? name ?? "") : Number(index));
    length += whole.length;
  }
  return path.length === 0 ? undefined : { operand: { text: text.slice(0, length), path }, length };
}

function valueAt(event: unknown, path: readonly (string | number)[]): unknown {
  let value = event;
  for (const step of path) {
    if (value === null || typeof value !== "object" || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

/** Only an object is a JSON event; a list or a bare value is a line like any other. */
function jsonOf(message: string): unknown {
  if (!message.trimStart().startsWith("{")) return undefined;
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}

const FIELD = /^[A-Za-z_]\w*/;

export function readSpacePattern(pattern: string): FilterPattern {
  if (!pattern.endsWith("]")) throw invalidPattern("unbalanced brackets");
  const parts = split(pattern.slice(1, -1), ",").map((part) => part.trim());
  if (parts.includes("")) throw invalidPattern("a field has no name");
  const ellipsis = parts.indexOf("...");
  if (ellipsis !== parts.lastIndexOf("...")) throw invalidPattern("'...' may stand only once");

  const fields = parts.map((part) => {
    if (part === "...") return { name: undefined, condition: undefined, regexes: 0 };
    const name = FIELD.exec(part.replace(/^\(+\s*/, ""))?.[0];
    if (name === undefined) throw invalidPattern(`'${part}' is not a field`);
    if (part === name) return { name, condition: undefined, regexes: 0 };
    const { condition, operands, regexes } = readCondition<string>(part, {
      operand: (text) => {
        const operand = FIELD.exec(text)?.[0];
        return operand === undefined ? undefined : { operand, length: operand.length };
      },
    });
    const stranger = operands.find((operand) => operand !== name);
    if (stranger !== undefined) throw invalidPattern(`'${stranger}' stands in the condition of '${name}'`);
    return { name, condition, regexes };
  });
  const names = fields.flatMap((field) => field.name ?? []);
  if (new Set(names).size < names.length) throw invalidPattern("two fields have the same name");

  return {
    kind: "space-delimited",
    fields: names,
    regexes: fields.reduce((sum, field) => sum + field.regexes, 0),
    match(message) {
      // Without an ellipsis the last field takes what is left of the line.
      const words = ellipsis < 0 ? headOf(message, fields.length) : wordsOf(message).map(({ text }) => text);
      const missing = words.length - fields.length;
      if (missing < (ellipsis < 0 ? 0 : -1)) return undefined;
      const values: Record<string, string> = {};
      for (const [index, { name, condition }] of fields.entries()) {
        if (name === undefined) continue;
        const value = words[ellipsis >= 0 && index > ellipsis ? index + missing : index] ?? "";
        if (condition !== undefined && !condition(() => value)) return undefined;
        values[`$${name}`] = value;
      }
      return values;
    },
  };
}

/** Quotes and brackets hold words together, as in an access log. */
function wordsOf(message: string): { text: string; start: number }[] {
  return [...message.matchAll(/"([^"]*)"|\[([^\]]*)\]|(\S+)/g)].map(
    ({ index, 1: quoted, 2: bracketed, 3: word }) => ({
      text: quoted ?? bracketed ?? word ?? "",
      start: index,
    }),
  );
}

/** So many words, all that follows counted into the last one: `[level, time, message]`. */
function headOf(message: string, count: number): string[] {
  const words = wordsOf(message);
  const head = words.slice(0, count).map(({ text }) => text);
  const last = words[count - 1];
  if (words.length > count && last !== undefined) head[count - 1] = message.slice(last.start).trimEnd();
  return head;
}

/** Splits outside of quotes and regular expressions. */
function split(text: string, separator: string): string[] {
  const parts = [""];
  let quote = "";
  for (const char of text) {
    if (quote === "" && (char === '"' || char === "%")) quote = char;
    else if (char === quote) quote = "";
    if (char === separator && quote === "") parts.push("");
    else parts[parts.length - 1] += char;
  }
  return parts;
}
