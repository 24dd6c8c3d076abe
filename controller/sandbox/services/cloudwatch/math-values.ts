// Computes metric math: arithmetic, comparisons, and those functions that alarms are made with. What it doesn't know it
// refuses; a wrong number would be worse.
import {
  ALONG,
  aggregate,
  apply,
  choose,
  combine,
  isList,
  PLAIN,
  type Term,
  type TimeSeries,
  valueAt,
} from "./math-terms.ts";
import { type Token, tokensOf } from "./metric-math.ts";
import type { Points } from "./metric-store.ts";

export interface Range {
  readonly start: number;
  readonly end: number;
}

/** From what binds least to what binds most. */
const LEVELS: readonly (readonly string[])[] = [
  ["||", "OR"],
  ["&&", "AND"],
  ["==", "!=", "<=", ">=", "<", ">"],
  ["+", "-"],
  ["*", "/"],
  ["^"],
];

/** Throws a SyntaxError with what is wrong. `find` gives the series of an id. */
export function computeExpression(
  expression: string,
  find: (id: string) => TimeSeries,
  range: Range,
): TimeSeries {
  const term = new Computer(expression, find, range).compute();
  if (typeof term === "number" || isList(term)) throw new SyntaxError("it isn't a time series");
  return term;
}

class Computer {
  readonly #tokens: readonly Token[];
  #at = 0;
  readonly #find: (id: string) => TimeSeries;
  readonly #range: Range;

  constructor(expression: string, find: (id: string) => TimeSeries, range: Range) {
    this.#tokens = tokensOf(expression);
    this.#find = find;
    this.#range = range;
  }

  compute(): Term {
    return this.#binary(0);
  }

  #next(): string {
    return this.#tokens[this.#at]?.text ?? "";
  }

  #take(text: string): boolean {
    if (this.#next() !== text) return false;
    this.#at += 1;
    return true;
  }

  #binary(level: number): Term {
    const signs = LEVELS[level];
    if (signs === undefined) return this.#operand();
    let left = this.#binary(level + 1);
    while (signs.includes(this.#next())) {
      const sign = this.#next();
      this.#at += 1;
      left = combine([left, this.#binary(level + 1)], ([a = 0, b = 0]) => apply(sign, a, b));
    }
    return left;
  }

  #operand(): Term {
    if (this.#take("-")) return combine([this.#operand()], ([a = 0]) => -a);
    if (this.#take("+")) return this.#operand();
    if (this.#take("(")) {
      const term = this.#binary(0);
      this.#take(")");
      return term;
    }
    if (this.#take("[")) return this.#list("]");
    const { kind = "end", text = "the end" } = this.#tokens[this.#at] ?? {};
    this.#at += 1;
    if (kind === "number") return Number(text);
    if (kind !== "word") throw new SyntaxError(`the sandbox does not compute with ${text}`);
    return this.#take("(") ? this.#call(text) : this.#find(text);
  }

  #list(end: string): Term[] {
    const terms: Term[] = [];
    if (this.#take(end)) return terms;
    do terms.push(this.#binary(0));
    while (this.#take(","));
    this.#take(end);
    return terms;
  }

  #call(name: string): Term {
    if (name === "FILL") return this.#fill();
    const terms = this.#list(")");
    const [first = 0] = terms;
    if (["MAX", "MIN", "SUM", "AVG"].includes(name)) return aggregate(name, first);
    if (name === "IF") return choose(terms);
    const plain = PLAIN[name];
    if (plain !== undefined) return combine([first], ([value = 0]) => plain(value));
    const along = ALONG[name];
    if (along === undefined || typeof first === "number" || isList(first))
      throw new SyntaxError(`the sandbox does not compute ${name} of that`);
    return along(first);
  }

  /** A series without a single datapoint stays empty. */
  #fill(): Term {
    const term = this.#binary(0);
    this.#take(",");
    const isRepeat = this.#take("REPEAT");
    const filler = isRepeat ? undefined : this.#binary(0);
    this.#take(")");
    if (typeof term === "number" || isList(term) || isList(filler ?? 0))
      throw new SyntaxError("the sandbox fills single time series only");
    const points: Points = new Map();
    if (term.points.size === 0) return term;
    let last: number | undefined;
    const begin = Math.ceil(this.#range.start / term.period) * term.period;
    for (let at = begin; at < this.#range.end; at += term.period) {
      const value = term.points.get(at) ?? (filler === undefined ? last : valueAt(filler, at));
      if (value !== undefined) points.set(at, value);
      last = value;
    }
    return { points, period: term.period };
  }
}
