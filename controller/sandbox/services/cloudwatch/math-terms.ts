// What metric math does with numbers, time series and lists of them.
import type { Points } from "./metric-store.ts";

export interface TimeSeries {
  readonly points: Points;
  /** Milliseconds. */
  readonly period: number;
}

export type Term = number | TimeSeries | readonly Term[];

export const PLAIN: Readonly<Record<string, (value: number) => number>> = {
  ABS: Math.abs,
  CEIL: Math.ceil,
  FLOOR: Math.floor,
  LOG: Math.log,
  LOG10: Math.log10,
};

/** Of each datapoint and the one before it. */
export const ALONG: Readonly<Record<string, (series: TimeSeries) => TimeSeries>> = {
  DIFF: (series) => walk(series, (value, _at, before) => before && value - before.value),
  RATE: (series) =>
    walk(series, (value, at, before) => before && ((value - before.value) * 1000) / (at - before.at)),
  PERIOD: (series) => walk(series, () => series.period / 1000),
  RUNNING_SUM(series) {
    let sum = 0;
    return walk(series, (value) => {
      sum += value;
      return sum;
    });
  },
};

interface Before {
  readonly at: number;
  readonly value: number;
}

function walk(
  { points, period }: TimeSeries,
  make: (value: number, at: number, before: Before | undefined) => number | undefined,
): TimeSeries {
  const made: Points = new Map();
  let before: Before | undefined;
  for (const [at, value] of points) {
    const next = make(value, at, before);
    if (next !== undefined) made.set(at, next);
    before = { at, value };
  }
  return { points: made, period };
}

/** Of a list: of all of it at each time. Of one series: a number. */
export function aggregate(name: string, term: Term): Term {
  if (typeof term === "number") return term;
  if (!isList(term)) return overall(name, [...term.points.values()]) ?? 0;
  const series = seriesIn(term);
  const [first] = series;
  if (first === undefined)
    return (
      overall(
        name,
        term.filter((item) => typeof item === "number"),
      ) ?? 0
    );
  return atAllTimes(series, first.period, (at) =>
    overall(
      name,
      term.map((item) => valueAt(item, at)).filter((value) => value !== undefined),
    ),
  );
}

function overall(name: string, values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const sum = values.reduce((a, b) => a + b, 0);
  if (name === "SUM") return sum;
  if (name === "AVG") return sum / values.length;
  return values.reduce((a, b) => (name === "MAX" ? Math.max(a, b) : Math.min(a, b)));
}

export function choose([test = 0, yes = 0, no]: readonly Term[]): Term {
  const series = seriesIn([test, yes, no ?? 0]);
  const [first] = series;
  if (first === undefined) return test !== 0 ? yes : (no ?? 0);
  return atAllTimes(series, first.period, (at) => {
    const decides = valueAt(test, at);
    if (decides === undefined) return undefined;
    if (decides !== 0) return valueAt(yes, at);
    return no === undefined ? undefined : valueAt(no, at);
  });
}

/** Where all of them have a value. A list is gone through one by one. */
export function combine(
  terms: readonly Term[],
  make: (values: readonly number[]) => number | undefined,
): Term {
  const list = terms.find(isList);
  if (list !== undefined)
    return list.map((item) =>
      combine(
        terms.map((term) => (term === list ? item : term)),
        make,
      ),
    );
  const series = seriesIn(terms);
  const [first] = series;
  if (first === undefined) return make(terms as number[]) ?? 0;
  return atAllTimes(series, first.period, (at) => {
    const values = terms.map((term) => valueAt(term, at)).filter((value) => value !== undefined);
    return values.length < terms.length ? undefined : make(values);
  });
}

function atAllTimes(
  series: readonly TimeSeries[],
  period: number,
  make: (at: number) => number | undefined,
): TimeSeries {
  const times = new Set(series.flatMap(({ points }) => [...points.keys()]));
  const points: Points = new Map();
  for (const at of [...times].sort((a, b) => a - b)) {
    const value = make(at);
    if (value !== undefined && Number.isFinite(value)) points.set(at, value);
  }
  return { points, period };
}

function seriesIn(terms: readonly Term[]): TimeSeries[] {
  return terms.flatMap((term) => (typeof term === "number" ? [] : isList(term) ? seriesIn(term) : [term]));
}

export function valueAt(term: Term, at: number): number | undefined {
  if (typeof term === "number") return term;
  if (isList(term)) throw new SyntaxError("a list stands where there should be one value");
  return term.points.get(at);
}

export function isList(term: Term): term is readonly Term[] {
  return Array.isArray(term);
}

export function apply(sign: string, a: number, b: number): number | undefined {
  switch (sign) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return b === 0 ? undefined : a / b;
    case "^":
      return a ** b;
    case "==":
      return Number(a === b);
    case "!=":
      return Number(a !== b);
    case "<=":
      return Number(a <= b);
    case ">=":
      return Number(a >= b);
    case "<":
      return Number(a < b);
    case ">":
      return Number(a > b);
    case "&&":
    case "AND":
      return Number(a !== 0 && b !== 0);
    default:
      return Number(a !== 0 || b !== 0);
  }
}
