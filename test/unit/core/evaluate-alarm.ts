// CloudWatch's rules of evaluation, as far as presets need them: an alarm's input and minutes of metrics go in, its
// state after each minute comes out. What state follows from datapoints is the product's own rule, which is held to
// CloudWatch's tables in backtest/judge.test.ts. Sources of the rest: CloudWatch user guide, "Alarm evaluation",
// "Percentile-based alarms and low data samples", "Using math expressions".
import { extraPoints, judge, type Missing, type State } from "../../../controller/core/backtest/judge.ts";
import type { JsonObject } from "../../../controller/model/json.ts";

export type Value = number | undefined;
export type Series = readonly Value[];

/** One value a minute, by `Namespace MetricName`; a percentile's are given under `Namespace MetricName p99`. */
export type Minutes = Readonly<Record<string, Series>>;

export interface Options {
  /** What FILL makes of a metric without a single datapoint is not documented: its value, or nothing still. */
  readonly fillsEmpty: boolean;
  /** The alarm is made in the first minute; otherwise it has stood for long, and is OK. */
  readonly isNew?: boolean;
}

interface Query {
  readonly Id: string;
  readonly Expression?: string;
  readonly MetricStat?: {
    readonly Metric: { readonly Namespace: string; readonly MetricName: string };
    readonly Stat: string;
  };
  readonly ReturnData: boolean;
}

interface Alarm {
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Statistic?: string;
  readonly ExtendedStatistic?: string;
  readonly Period?: number;
  readonly Metrics?: readonly (Query & { readonly MetricStat?: { readonly Period: number } })[];
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm?: number;
  readonly Threshold: number;
  readonly ComparisonOperator: string;
  readonly TreatMissingData: Missing;
  readonly EvaluateLowSampleCountPercentile?: string;
  readonly WarmUpConfiguration?: { readonly WarmUpPeriodDurationInMinutes: number };
}

/** The state at the end of each minute. */
export function evaluateAlarm(input: JsonObject, minutes: Minutes, options: Options): State[] {
  const alarm = input as unknown as Alarm;
  const period =
    (alarm.Period ?? alarm.Metrics?.find(({ MetricStat }) => MetricStat)?.MetricStat?.Period ?? 60) / 60;
  const points = datapoints(alarm, minutes, period, options);
  const samples = sampleCounts(alarm, minutes, period);
  const length = Math.max(...Object.values(minutes).map((series) => series.length));
  const rule = {
    evaluationPeriods: alarm.EvaluationPeriods,
    datapointsToAlarm: alarm.DatapointsToAlarm ?? alarm.EvaluationPeriods,
    missing: alarm.TreatMissingData,
  };
  const isBreach = (point: Value) => (point === undefined ? undefined : breaches(point, alarm));
  const states: State[] = [];
  let state: State = options.isNew ? "INSUFFICIENT_DATA" : "OK";
  let warm = !options.isNew || alarm.WarmUpConfiguration === undefined;
  for (let minute = 0; minute < length; minute += 1) {
    const whole = Math.floor((minute + 1) / period);
    const range = points.slice(Math.max(0, whole - alarm.EvaluationPeriods - extraPoints), whole);
    warm ||=
      range.filter((point) => point !== undefined).length >= alarm.EvaluationPeriods ||
      minute + 1 >= (alarm.WarmUpConfiguration?.WarmUpPeriodDurationInMinutes ?? 0);
    const evaluated = samples.slice(Math.max(0, whole - alarm.EvaluationPeriods), whole);
    const enough = evaluated.reduce((sum, count) => sum + count, 0) >= fewestSamples(alarm);
    // Of an alarm that has stood for long, the time before the story is not known, and not missing.
    const told = options.isNew === true || whole >= alarm.EvaluationPeriods;
    if (warm && enough && told) state = judge(rule, range.map(isBreach), state);
    states.push(state);
  }
  return states;
}

function breaches(point: number, { ComparisonOperator, Threshold }: Alarm): boolean {
  switch (ComparisonOperator) {
    case "GreaterThanThreshold":
      return point > Threshold;
    case "GreaterThanOrEqualToThreshold":
      return point >= Threshold;
    case "LessThanThreshold":
      return point < Threshold;
    case "LessThanOrEqualToThreshold":
      return point <= Threshold;
  }
  throw new RangeError(`no comparison ${ComparisonOperator} here`);
}

/** With `ignore`, a percentile of fewer than 10/(1-p) samples in the evaluated time leaves the state as it is. */
function fewestSamples({ ExtendedStatistic, EvaluateLowSampleCountPercentile }: Alarm): number {
  if (ExtendedStatistic === undefined || EvaluateLowSampleCountPercentile !== "ignore") return 0;
  return Math.round(10 / (1 - Number(ExtendedStatistic.slice(1)) / 100));
}

function sampleCounts({ Namespace }: Alarm, minutes: Minutes, period: number): number[] {
  const requests = minutes[`${Namespace} RequestCount`] ?? [];
  return inPeriods(requests, period).map((group) =>
    group.reduce<number>((sum, value) => sum + (value ?? 0), 0),
  );
}

function datapoints(alarm: Alarm, minutes: Minutes, period: number, { fillsEmpty }: Options): Series {
  if (alarm.Metrics === undefined)
    return aggregate(
      minutes,
      `${alarm.Namespace} ${alarm.MetricName}`,
      alarm.Statistic ?? alarm.ExtendedStatistic ?? "",
      period,
    );
  const byId = new Map<string, Series>();
  for (const { Id, MetricStat, Expression } of alarm.Metrics) {
    const series =
      MetricStat === undefined
        ? new Expressions(Expression ?? "", byId, fillsEmpty).read()
        : aggregate(
            minutes,
            `${MetricStat.Metric.Namespace} ${MetricStat.Metric.MetricName}`,
            MetricStat.Stat,
            period,
          );
    byId.set(Id, series);
  }
  return byId.get(alarm.Metrics.find(({ ReturnData }) => ReturnData)?.Id ?? "") ?? [];
}

function aggregate(minutes: Minutes, name: string, statistic: string, period: number): Series {
  const series = minutes[`${name} ${statistic}`] ?? minutes[name];
  if (series === undefined) throw new RangeError(`the story has no ${name}`);
  return inPeriods(series, period).map((group) => {
    const values = group.filter((value) => value !== undefined);
    if (values.length === 0) return undefined;
    const sum = values.reduce((a, b) => a + b, 0);
    if (statistic === "Sum") return sum;
    if (statistic === "Average") return sum / values.length;
    return statistic === "Minimum" ? Math.min(...values) : Math.max(...values);
  });
}

function inPeriods(series: Series, period: number): Value[][] {
  return Array.from({ length: Math.floor(series.length / period) }, (_, i) =>
    series.slice(i * period, (i + 1) * period),
  );
}

type Term = Series | number;

/** Metric math: + - * /, comparisons, brackets, FILL, IF, DIFF, and MAX, MIN, SUM over a list. */
class Expressions {
  readonly #tokens: readonly string[];
  #at = 0;
  readonly #byId: ReadonlyMap<string, Series>;
  readonly #fillsEmpty: boolean;

  constructor(text: string, byId: ReadonlyMap<string, Series>, fillsEmpty: boolean) {
    this.#tokens = text.match(/[A-Za-z_][A-Za-z0-9_]*|\d+(\.\d+)?|>=|<=|==|[-+*/<>()[\],]/g) ?? [];
    this.#byId = byId;
    this.#fillsEmpty = fillsEmpty;
  }

  read(): Series {
    const term = this.#comparison();
    if (this.#at < this.#tokens.length) throw new SyntaxError(`what is ${this.#tokens[this.#at]}?`);
    if (typeof term === "number") throw new SyntaxError("a constant is no time series");
    return term;
  }

  #comparison(): Term {
    return this.#binary([">=", "<=", "==", ">", "<"], () =>
      this.#binary(["+", "-"], () => this.#binary(["*", "/"], () => this.#operand())),
    );
  }

  #binary(signs: readonly string[], next: () => Term): Term {
    let left = next();
    for (
      let sign = this.#tokens[this.#at];
      sign !== undefined && signs.includes(sign);
      sign = this.#tokens[this.#at]
    ) {
      this.#at += 1;
      left = each([left, next()], ([a, b]) =>
        a === undefined || b === undefined ? undefined : apply(sign as string, a, b),
      );
    }
    return left;
  }

  #operand(): Term {
    const token = this.#tokens[this.#at++] ?? "";
    if (/^\d/.test(token)) return Number(token);
    if (token === "(") return this.#closed(")", this.#comparison());
    if (this.#tokens[this.#at] !== "(") {
      const series = this.#byId.get(token);
      if (series === undefined) throw new SyntaxError(`what is ${token}?`);
      return series;
    }
    this.#at += 1;
    return this.#call(token);
  }

  #call(name: string): Term {
    if (["MAX", "MIN", "SUM"].includes(name)) {
      this.#closed("[", 0);
      const terms = this.#list();
      this.#closed("]", 0);
      return this.#closed(
        ")",
        each(terms, (values) =>
          overall(
            name,
            values.filter((value) => value !== undefined),
          ),
        ),
      );
    }
    const [first = 0, second = 0, third = 0] = this.#list();
    this.#closed(")", 0);
    if (name === "IF")
      return each([first, second, third], ([test, yes, no]) =>
        test === undefined ? undefined : test === 0 ? no : yes,
      );
    if (typeof first === "number") throw new SyntaxError(`${name} takes a time series`);
    if (name === "DIFF")
      return first.map((value, i) => {
        const before = first[i - 1];
        return value === undefined || before === undefined ? undefined : value - before;
      });
    if (name !== "FILL") throw new SyntaxError(`no function ${name} here`);
    if (!this.#fillsEmpty) return fillAround(first, second as number);
    return first.map((value) => value ?? (second as number));
  }

  #list(): Term[] {
    const terms = [this.#comparison()];
    while (this.#tokens[this.#at] === ",") {
      this.#at += 1;
      terms.push(this.#comparison());
    }
    return terms;
  }

  #closed(sign: string, term: Term): Term {
    if (this.#tokens[this.#at++] !== sign) throw new SyntaxError(`${sign} is missing`);
    return term;
  }
}

/** As if the evaluated range held nothing where the metric is silent for long: only short gaps are filled. */
function fillAround(series: Series, filler: number): Series {
  const reach = 10;
  return series.map((value, i) => {
    if (value !== undefined) return value;
    const isNear = series.slice(Math.max(0, i - reach), i).some((other) => other !== undefined);
    return isNear ? filler : undefined;
  });
}

function each(terms: readonly Term[], combine: (values: Value[]) => Value): Term {
  const length = Math.max(...terms.map((term) => (typeof term === "number" ? 0 : term.length)));
  if (length === 0) return combine(terms as number[]) ?? 0;
  return Array.from({ length }, (_, i) =>
    combine(terms.map((term) => (typeof term === "number" ? term : term[i]))),
  );
}

function apply(sign: string, a: number, b: number): Value {
  if (sign === "+") return a + b;
  if (sign === "-") return a - b;
  if (sign === "*") return a * b;
  // CloudWatch gives no datapoint for a division by zero.
  if (sign === "/") return b === 0 ? undefined : a / b;
  if (sign === ">=") return Number(a >= b);
  if (sign === "<=") return Number(a <= b);
  if (sign === "==") return Number(a === b);
  return Number(sign === ">" ? a > b : a < b);
}

function overall(name: string, values: readonly number[]): Value {
  if (values.length === 0) return undefined;
  if (name === "SUM") return values.reduce((a, b) => a + b, 0);
  return name === "MAX" ? Math.max(...values) : Math.min(...values);
}
