// A composite alarm's rule: read into a tree, evaluated against the states of its children.
import { alarmChecks as checks } from "./errors.ts";

export type AlarmState = "OK" | "ALARM" | "INSUFFICIENT_DATA";

export type AlarmRule =
  | { readonly kind: "constant"; readonly value: boolean }
  | { readonly kind: "state"; readonly state: AlarmState; readonly alarm: string }
  | {
      readonly kind: "atLeast";
      readonly count: number;
      readonly percent: boolean;
      readonly state: AlarmState;
      readonly not: boolean;
      readonly alarms: readonly string[];
    }
  | { readonly kind: "not"; readonly of: AlarmRule }
  | { readonly kind: "and" | "or"; readonly of: readonly AlarmRule[] };

const STATES = ["ALARM", "OK", "INSUFFICIENT_DATA"];
const TOKEN = /\s*(?:"((?:[^"\\]|\\.)*)"|([(),])|([^\s(),"]+))/y;

export function readAlarmRule(text: string): AlarmRule {
  const reader = new RuleReader(text);
  const rule = reader.read();
  const children = childrenOf(rule);
  if (children.length > 100) throw checks.fail("AlarmRule must not have more than 100 children");
  if (reader.elements > 500) throw checks.fail("AlarmRule must not have more than 500 elements");
  return rule;
}

/** Names or ARNs as written, without repeats. */
export function childrenOf(rule: AlarmRule): string[] {
  const names = (part: AlarmRule): readonly string[] => {
    if (part.kind === "constant") return [];
    if (part.kind === "state") return [part.alarm];
    if (part.kind === "atLeast") return part.alarms;
    if (part.kind === "not") return names(part.of);
    return part.of.flatMap(names);
  };
  return [...new Set(names(rule))];
}

export function evaluateRule(rule: AlarmRule, stateOf: (alarm: string) => AlarmState | undefined): boolean {
  switch (rule.kind) {
    case "constant":
      return rule.value;
    case "state":
      return stateOf(rule.alarm) === rule.state;
    case "atLeast": {
      const matching = rule.alarms.filter((alarm) => (stateOf(alarm) === rule.state) !== rule.not).length;
      return matching >= (rule.percent ? (rule.count / 100) * rule.alarms.length : rule.count);
    }
    case "not":
      return !evaluateRule(rule.of, stateOf);
    case "and":
      return rule.of.every((part) => evaluateRule(part, stateOf));
    case "or":
      return rule.of.some((part) => evaluateRule(part, stateOf));
  }
}

interface Token {
  readonly quoted: boolean;
  readonly text: string;
}

class RuleReader {
  readonly #tokens: readonly Token[];
  #at = 0;
  elements = 0;

  constructor(text: string) {
    this.#tokens = tokensOf(text);
  }

  read(): AlarmRule {
    const rule = this.#or();
    if (this.#at < this.#tokens.length) throw this.#unexpected();
    return rule;
  }

  #or(): AlarmRule {
    const parts = [this.#and()];
    while (this.#takeWord("OR")) parts.push(this.#and());
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: "or", of: parts };
  }

  #and(): AlarmRule {
    const parts = [this.#part()];
    while (this.#takeWord("AND")) parts.push(this.#part());
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: "and", of: parts };
  }

  #part(): AlarmRule {
    if (this.#takeWord("NOT")) return { kind: "not", of: this.#part() };
    this.elements += 1;
    if (this.#takeWord("TRUE")) return { kind: "constant", value: true };
    if (this.#takeWord("FALSE")) return { kind: "constant", value: false };
    if (this.#take("(")) {
      this.elements += 1;
      const inner = this.#or();
      this.#expect(")");
      return inner;
    }
    if (this.#takeWord("AT_LEAST")) return this.#atLeast();
    const state = this.#state();
    this.#expect("(");
    const alarm = this.#name();
    this.#expect(")");
    return { kind: "state", state, alarm };
  }

  #atLeast(): AlarmRule {
    this.#expect("(");
    const amount = /^(\d+)(%?)$/.exec(this.#tokens[this.#at]?.text ?? "");
    if (amount === null) throw this.#unexpected();
    this.#at += 1;
    this.#expect(",");
    const not = this.#takeWord("NOT");
    const state = this.#state();
    this.#expect(",");
    this.#expect("(");
    const alarms = [this.#name()];
    while (this.#take(",")) alarms.push(this.#name());
    this.#expect(")");
    this.#expect(")");
    this.elements += alarms.length - 1;
    return { kind: "atLeast", count: Number(amount[1]), percent: amount[2] === "%", state, not, alarms };
  }

  #state(): AlarmState {
    const token = this.#tokens[this.#at];
    if (token === undefined || token.quoted || !STATES.includes(token.text.toUpperCase()))
      throw this.#unexpected();
    this.#at += 1;
    return token.text.toUpperCase() as AlarmState;
  }

  #name(): string {
    const token = this.#tokens[this.#at];
    if (token === undefined || (!token.quoted && /^[(),]$/.test(token.text)) || token.text === "")
      throw this.#unexpected();
    this.#at += 1;
    return token.text;
  }

  /** Operators and constants are understood in small letters too, as AWS does (`false` in its own advice). */
  #takeWord(word: string): boolean {
    return this.#take(word) || this.#take(word.toLowerCase());
  }

  #take(text: string): boolean {
    const token = this.#tokens[this.#at];
    if (token === undefined || token.quoted || token.text !== text) return false;
    this.#at += 1;
    return true;
  }

  #expect(text: string): void {
    if (!this.#take(text)) throw this.#unexpected();
  }

  #unexpected() {
    const token = this.#tokens[this.#at];
    return checks.fail(
      `Error in AlarmRule expression: unexpected ${token === undefined ? "end" : `'${token.text}'`}`,
    );
  }
}

function tokensOf(text: string): Token[] {
  const source = text.trimEnd();
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const start = TOKEN.lastIndex;
    const match = TOKEN.exec(source);
    if (match === null)
      throw checks.fail(
        `Error in AlarmRule expression: unexpected '${source.slice(start).trim().charAt(0)}'`,
      );
    const [, quoted, sign, word] = match;
    if (quoted !== undefined) tokens.push({ quoted: true, text: quoted.replace(/\\(.)/g, "$1") });
    else tokens.push({ quoted: false, text: sign ?? word ?? "" });
  }
  return tokens;
}
