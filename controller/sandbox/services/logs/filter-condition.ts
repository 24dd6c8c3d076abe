// Conditions inside `{…}` and `[…]` patterns: comparisons joined by && and ||. What stands left of an
// operator (a JSON selector or a field's name) is read by the caller.
import { invalidPattern } from "./errors.ts";

/** `undefined` where the message has no such field. */
export type Lookup<Operand> = (operand: Operand) => unknown;
export type Condition<Operand> = (lookup: Lookup<Operand>) => boolean;

export interface ConditionRules<Operand> {
  /** Reads an operand at the start of the text: the operand and how many characters it took. */
  operand(text: string): { readonly operand: Operand; readonly length: number } | undefined;
}

export interface ReadCondition<Operand> {
  readonly condition: Condition<Operand>;
  readonly operands: readonly Operand[];
  readonly regexes: number;
}

/** CloudWatch's dialect has no groups and no back references. */
export function readRegex(source: string): RegExp {
  if (/(?<!\\)[()]/.test(source)) throw invalidPattern("groups are not supported in regular expressions");
  if (/\\[1-9]/.test(source))
    throw invalidPattern("back references are not supported in regular expressions");
  try {
    return new RegExp(source);
  } catch {
    throw invalidPattern(`'${source}' is not a regular expression`);
  }
}

export function readCondition<Operand>(text: string, rules: ConditionRules<Operand>): ReadCondition<Operand> {
  return new ConditionReader(text, rules).read();
}

const OPERATOR = /^\s*(!=|>=|<=|=|>|<)/;
const VALUE = /^\s*(?:"((?:[^"\\]|\\.)*)"|%((?:[^%\\]|\\.)*)%|([^\s"%()&|,{}[\]=<>!]+))/;

class ConditionReader<Operand> {
  #rest: string;
  readonly #rules: ConditionRules<Operand>;
  readonly #operands: Operand[] = [];
  #regexes = 0;

  constructor(text: string, rules: ConditionRules<Operand>) {
    this.#rest = text;
    this.#rules = rules;
  }

  read(): ReadCondition<Operand> {
    const condition = this.#or();
    if (this.#rest.trim() !== "") throw this.#unexpected();
    return { condition, operands: this.#operands, regexes: this.#regexes };
  }

  #or(): Condition<Operand> {
    const parts = [this.#and()];
    while (this.#take(/^\s*\|\|/)) parts.push(this.#and());
    return (lookup) => parts.some((part) => part(lookup));
  }

  #and(): Condition<Operand> {
    const parts = [this.#part()];
    while (this.#take(/^\s*&&/)) parts.push(this.#part());
    return (lookup) => parts.every((part) => part(lookup));
  }

  #part(): Condition<Operand> {
    if (this.#take(/^\s*\(/)) {
      const inner = this.#or();
      if (!this.#take(/^\s*\)/)) throw invalidPattern("unbalanced parentheses");
      return inner;
    }
    return this.#comparison();
  }

  #comparison(): Condition<Operand> {
    this.#rest = this.#rest.trimStart();
    const read = this.#rules.operand(this.#rest);
    if (read === undefined) throw this.#unexpected();
    const { operand, length } = read;
    this.#rest = this.#rest.slice(length);
    this.#operands.push(operand);
    const word = this.#take(/^\s*(IS\s+NULL|IS\s+TRUE|IS\s+FALSE|NOT\s+EXISTS)\b/i)?.[1];
    if (word !== undefined) return wordCondition(word.replace(/\s+/g, " ").toUpperCase(), operand);
    const operator = this.#take(OPERATOR)?.[1];
    if (operator === undefined) throw this.#unexpected();
    return this.#value(operator, operand);
  }

  #value(operator: string, operand: Operand): Condition<Operand> {
    const match = this.#take(VALUE);
    if (match === undefined) throw this.#unexpected();
    const [, quoted, regex, bare] = match;
    const equality = operator === "=" || operator === "!=";
    if (regex !== undefined) {
      if (!equality) throw invalidPattern(`a regular expression can't be compared with ${operator}`);
      this.#regexes += 1;
      const expression = readRegex(regex);
      return equalityOf(operator, operand, (value) => expression.test(asText(value)));
    }
    const number = bare === undefined || bare === "" ? Number.NaN : Number(bare);
    if (!Number.isNaN(number)) return numberCondition(operator, operand, number);
    if (!equality) throw invalidPattern(`${operator} needs a number, not '${quoted ?? bare}'`);
    const text = quoted === undefined ? (bare ?? "") : quoted.replace(/\\(.)/g, "$1");
    const wildcard = new RegExp(`^${text.split("*").map(escaped).join("[\\s\\S]*")}$`);
    // An object or a list is no text; `= *` asks only whether there is a value at all.
    return equalityOf(operator, operand, (value) =>
      text === "*" ? value !== null : typeof value !== "object" && wildcard.test(asText(value)),
    );
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    const match = pattern.exec(this.#rest);
    if (match === null) return undefined;
    this.#rest = this.#rest.slice(match[0].length);
    return match;
  }

  #unexpected() {
    const rest = this.#rest.trim();
    return invalidPattern(rest === "" ? "unexpected end" : `unexpected '${rest.slice(0, 20)}'`);
  }
}

function wordCondition<Operand>(word: string, operand: Operand): Condition<Operand> {
  return (lookup) => {
    const value = lookup(operand);
    if (word === "NOT EXISTS") return value === undefined;
    if (word === "IS NULL") return value === null;
    return value === (word === "IS TRUE");
  };
}

/** A field that isn't there matches nothing, not even `!=`. */
function equalityOf<Operand>(
  operator: string,
  operand: Operand,
  same: (value: unknown) => boolean,
): Condition<Operand> {
  return (lookup) => {
    const value = lookup(operand);
    return value !== undefined && same(value) === (operator === "=");
  };
}

function numberCondition<Operand>(operator: string, operand: Operand, number: number): Condition<Operand> {
  return (lookup) => {
    const value = lookup(operand);
    if (value === undefined) return false;
    const actual =
      typeof value === "number" ? value : typeof value === "string" ? toNumber(value) : Number.NaN;
    if (operator === "!=") return actual !== number;
    if (operator === "=") return actual === number;
    if (operator === ">") return actual > number;
    if (operator === "<") return actual < number;
    return operator === ">=" ? actual >= number : actual <= number;
  };
}

function toNumber(text: string): number {
  return text.trim() === "" ? Number.NaN : Number(text);
}

function asText(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
