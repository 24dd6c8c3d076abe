// The rule of a composite alarm: read into a tree, and written again in one form only.
// Source: PutCompositeAlarm's AlarmRule, and the CloudWatch user guide's grammar with AT_LEAST.

const ruleStates = ["ALARM", "OK", "INSUFFICIENT_DATA"] as const;
type RuleState = (typeof ruleStates)[number];

export type AlarmRule =
  | { readonly is: "constant"; readonly value: boolean }
  | { readonly is: "state"; readonly state: RuleState; readonly alarm: string }
  | {
      readonly is: "atLeast";
      readonly count: number;
      /** `count` is a share of the alarms, not their number. */
      readonly percent: boolean;
      readonly negated: boolean;
      readonly state: RuleState;
      readonly alarms: readonly string[];
    }
  | { readonly is: "not"; readonly of: AlarmRule }
  | { readonly is: "and" | "or"; readonly of: readonly AlarmRule[] };

export type ReadRule =
  | { readonly ok: true; readonly rule: AlarmRule }
  /** Half a sentence: what is wrong, and where. */
  | { readonly ok: false; readonly problem: string };

/** CloudWatch's limits for one rule. */
export const ruleLimits = { characters: 10_240, children: 100, elements: 500 } as const;

export function readAlarmRule(text: string): ReadRule {
  try {
    const reader = new RuleReader(text);
    const rule = reader.read();
    const children = namesIn(rule).length;
    if (children > ruleLimits.children)
      return bad(`it names ${children} alarms; CloudWatch takes ${ruleLimits.children}`);
    if (reader.elements > ruleLimits.elements)
      return bad(`it has ${reader.elements} elements; CloudWatch takes ${ruleLimits.elements}`);
    return { ok: true, rule };
  } catch (error) {
    if (error instanceof SyntaxError) return bad(error.message);
    throw error;
  }
}

/** Names and ARNs as written, each once, in their order. */
export function namesIn(rule: AlarmRule): string[] {
  const list = (part: AlarmRule): readonly string[] => {
    if (part.is === "constant") return [];
    if (part.is === "state") return [part.alarm];
    if (part.is === "atLeast") return part.alarms;
    return part.is === "not" ? list(part.of) : part.of.flatMap(list);
  };
  return [...new Set(list(rule))];
}

/** Names with a `/`, and ARNs, are those of other alarms and stay as they are. */
export function isForeignName(name: string): boolean {
  return name.includes("/") || name.startsWith("arn:");
}

/** Whether a name is reached from itself. */
export function reaches(rules: ReadonlyMap<string, readonly string[]>, start: string): boolean {
  const seen = new Set<string>();
  const open = [...(rules.get(start) ?? [])];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (name === start) return true;
    if (seen.has(name)) continue;
    seen.add(name);
    open.push(...(rules.get(name) ?? []));
  }
  return false;
}

/** Names always in quotes, and brackets wherever two operators meet: nobody need know which of them binds first. */
export function writeAlarmRule(rule: AlarmRule): string {
  switch (rule.is) {
    case "constant":
      return rule.value ? "TRUE" : "FALSE";
    case "state":
      return `${rule.state}(${quote(rule.alarm)})`;
    case "atLeast": {
      const amount = `${rule.count}${rule.percent ? "%" : ""}`;
      const state = `${rule.negated ? "NOT " : ""}${rule.state}`;
      return `AT_LEAST(${amount}, ${state}, (${rule.alarms.map(quote).join(", ")}))`;
    }
    case "not":
      return `NOT ${writeOperand(rule.of)}`;
    case "and":
    case "or":
      return rule.of.map(writeOperand).join(rule.is === "and" ? " AND " : " OR ");
  }
}

function writeOperand(rule: AlarmRule): string {
  const text = writeAlarmRule(rule);
  return rule.is === "and" || rule.is === "or" ? `(${text})` : text;
}

function quote(name: string): string {
  return `"${name.replace(/["\\]/g, "\\$&")}"`;
}

function bad(problem: string): ReadRule {
  return { ok: false, problem };
}

interface Token {
  readonly quoted: boolean;
  readonly text: string;
  /** Counted from 1. */
  readonly at: number;
}

class RuleReader {
  readonly #tokens: readonly Token[];
  #next = 0;
  /** Alarms, constants and brackets, as CloudWatch counts them. */
  elements = 0;
  #depth = 0;

  constructor(text: string) {
    this.#tokens = tokensOf(text);
  }

  read(): AlarmRule {
    if (this.#tokens.length === 0) throw new SyntaxError('it is empty; write one such as ALARM("name")');
    const rule = this.#list("OR", () => this.#list("AND", () => this.#operand()));
    const rest = this.#tokens[this.#next];
    if (rest === undefined) return rule;
    if (isSign(rest, ")")) throw new SyntaxError(`the bracket at character ${rest.at} closes nothing`);
    throw this.#unexpected("AND or OR");
  }

  #list(word: "AND" | "OR", read: () => AlarmRule): AlarmRule {
    const first = read();
    const of = [first];
    while (this.#takeWord(word)) of.push(read());
    return of.length === 1 ? first : { is: word === "AND" ? "and" : "or", of };
  }

  /** A stack that overflows is no error of the rule's, and would end the reading of all the other policies. */
  #operand(): AlarmRule {
    this.#depth += 1;
    if (this.#depth > ruleLimits.elements)
      throw new SyntaxError(
        `it nests deeper than ${ruleLimits.elements} levels; CloudWatch takes that many elements`,
      );
    const operand = this.#bareOperand();
    this.#depth -= 1;
    return operand;
  }

  #bareOperand(): AlarmRule {
    if (this.#takeWord("NOT")) return { is: "not", of: this.#operand() };
    this.elements += 1;
    if (this.#takeWord("TRUE")) return { is: "constant", value: true };
    if (this.#takeWord("FALSE")) return { is: "constant", value: false };
    const open = this.#tokens[this.#next];
    if (this.#takeSign("(")) {
      this.elements += 1;
      const inner = this.#list("OR", () => this.#list("AND", () => this.#operand()));
      this.#close(open);
      return inner;
    }
    if (this.#takeWord("AT_LEAST")) return this.#atLeast();
    const state = this.#takeState('a state such as ALARM("name")');
    const bracket = this.#open(state);
    const alarm = this.#takeName();
    this.#close(bracket);
    return { is: "state", state, alarm };
  }

  #atLeast(): AlarmRule {
    const outer = this.#open("AT_LEAST");
    const amount = /^(\d+)(%?)$/.exec(this.#tokens[this.#next]?.text ?? "");
    if (amount === null) throw this.#unexpected("a number, or a share such as 50%");
    const count = Number(amount[1]);
    const percent = amount[2] === "%";
    if (count < 1 || (percent && count > 100)) throw this.#unexpected(percent ? "1% to 100%" : "1 or more");
    this.#next += 1;
    this.#comma();
    const negated = this.#takeWord("NOT");
    const state = this.#takeState("ALARM, OK or INSUFFICIENT_DATA");
    this.#comma();
    const inner = this.#open("the list of alarms");
    const alarms = [this.#takeName()];
    while (this.#takeSign(",")) alarms.push(this.#takeName());
    this.#close(inner);
    this.#close(outer);
    this.elements += alarms.length - 1;
    return { is: "atLeast", count, percent, negated, state, alarms };
  }

  #takeState(wanted: string): RuleState {
    const token = this.#tokens[this.#next];
    const state = ruleStates.find((one) => token?.quoted === false && token.text.toUpperCase() === one);
    if (state === undefined) throw this.#unexpected(wanted);
    this.#next += 1;
    return state;
  }

  #takeName(): string {
    const token = this.#tokens[this.#next];
    if (token === undefined || token.text === "" || (!token.quoted && /^[(),]$/.test(token.text)))
      throw this.#unexpected("the name of an alarm");
    this.#next += 1;
    return token.text;
  }

  /** Operators and constants count in small letters too: AWS's own advice is to write `false`. */
  #takeWord(word: string): boolean {
    const token = this.#tokens[this.#next];
    if (token === undefined || token.quoted || token.text.toUpperCase() !== word) return false;
    this.#next += 1;
    return true;
  }

  #takeSign(sign: string): boolean {
    if (!isSign(this.#tokens[this.#next], sign)) return false;
    this.#next += 1;
    return true;
  }

  #open(after: string): Token | undefined {
    const token = this.#tokens[this.#next];
    if (!this.#takeSign("(")) throw this.#unexpected(`"(" after ${after}`);
    return token;
  }

  #comma(): void {
    if (!this.#takeSign(",")) throw this.#unexpected('","');
  }

  #close(open: Token | undefined): void {
    if (this.#takeSign(")")) return;
    if (this.#tokens[this.#next] === undefined)
      throw new SyntaxError(`the bracket at character ${open?.at} is never closed`);
    throw this.#unexpected('")"');
  }

  #unexpected(wanted: string): SyntaxError {
    const token = this.#tokens[this.#next];
    const found =
      token === undefined ? "it ends" : `${JSON.stringify(token.text)} stands at character ${token.at}`;
    return new SyntaxError(`${found} where ${wanted} should be`);
  }
}

function isSign(token: Token | undefined, sign: string): boolean {
  return token !== undefined && !token.quoted && token.text === sign;
}

function tokensOf(text: string): Token[] {
  const pattern = /\s*(?:"((?:[^"\\]|\\.)*)"|([(),])|([^\s(),"]+))/y;
  const source = text.trimEnd();
  const tokens: Token[] = [];
  while (pattern.lastIndex < source.length) {
    const start = pattern.lastIndex;
    const match = pattern.exec(source);
    // Everything but a lone quote is a token.
    if (match === null)
      throw new SyntaxError(`the quote at character ${source.indexOf('"', start) + 1} is never closed`);
    const [whole, quoted, sign, word] = match;
    const at = start + (whole.length - whole.trimStart().length) + 1;
    if (quoted !== undefined) tokens.push({ quoted: true, text: quoted.replace(/\\(.)/g, "$1"), at });
    else tokens.push({ quoted: false, text: sign ?? word ?? "", at });
  }
  return tokens;
}
