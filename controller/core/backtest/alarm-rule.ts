// An alarm as PutMetricAlarm takes it, turned into what to read for it and how to judge that.
import type { MetricQuery } from "../../model/backtest.ts";
import { isObject, type Json, type JsonObject } from "../../model/json.ts";
import type { Missing } from "./judge.ts";

export interface AlarmRule {
  /** Seconds of a datapoint. */
  readonly period: number;
  /** Seconds from one evaluation to the next: of what is read. Where datapoints overlap, less than a period. */
  readonly step: number;
  /** The N of M out of N. */
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly comparison: Comparison;
  /** `undefined`: it is compared with a band. */
  readonly threshold: number | undefined;
  readonly missing: Missing;
  /** While there are fewer samples in the evaluated periods, the state stays as it is; 0: it is always evaluated. */
  readonly minSamples: number;
  readonly queries: readonly MetricQuery[];
  /** Id of the query that is judged. */
  readonly watched: string;
  /** How the values of a step make up a datapoint, where it is longer. */
  readonly statistic: string;
  /** Id of the query that counts what an average is of, where it is made up so. */
  readonly averaged: string | undefined;
  /** Id of the anomaly band that it is compared with. */
  readonly band: string | undefined;
  /** Id of the query that counts the samples of a percentile. */
  readonly samples: string | undefined;
  readonly notes: readonly string[];
}

export type AlarmReading =
  | { readonly ok: true; readonly rule: AlarmRule }
  | { readonly ok: false; readonly code: string; readonly message: string };

const comparisons = [
  "GreaterThanOrEqualToThreshold",
  "GreaterThanThreshold",
  "LessThanThreshold",
  "LessThanOrEqualToThreshold",
  "LessThanLowerOrGreaterThanUpperThreshold",
  "LessThanLowerThreshold",
  "GreaterThanUpperThreshold",
] as const;
export type Comparison = (typeof comparisons)[number];

const ids = { metric: "m1", samples: "samples" };

/** `seconds`: how far back it is to be tested, on which hangs how fine it can be. */
export function readAlarmRule(alarm: JsonObject, seconds: number): AlarmReading {
  if (alarm["EvaluationCriteria"] !== undefined)
    return untestable("it is a PromQL query, whose past GetMetricData does not give");
  const comparison = comparisons.find((one) => one === alarm["ComparisonOperator"]);
  const evaluationPeriods = alarm["EvaluationPeriods"];
  if (comparison === undefined || typeof evaluationPeriods !== "number")
    return untestable("it has no comparison or no number of periods to evaluate");
  const sources = readSources(alarm);
  if (typeof sources === "string") return untestable(sources);
  const { queries, period } = sources;
  const band = textOf(alarm["ThresholdMetricId"]);
  const watched = queries.find(({ Id, ReturnData }) => ReturnData && Id !== band)?.Id;
  const threshold = typeof alarm["Threshold"] === "number" ? alarm["Threshold"] : undefined;
  if (watched === undefined || (band === undefined) !== (threshold !== undefined))
    return untestable("it has neither a metric and a threshold nor a metric and its band");
  const minSamples = fewestSamples(alarm);
  const [first] = queries;
  const counted: readonly MetricQuery[] =
    minSamples > 0 && first?.MetricStat !== undefined
      ? [{ Id: ids.samples, MetricStat: { ...first.MetricStat, Stat: "SampleCount" }, ReturnData: true }]
      : [];
  const sliding = slide(alarm, queries, { period, evaluationPeriods, seconds });
  return {
    ok: true,
    rule: {
      period,
      step: period,
      statistic: "",
      averaged: undefined,
      evaluationPeriods,
      datapointsToAlarm:
        typeof alarm["DatapointsToAlarm"] === "number" ? alarm["DatapointsToAlarm"] : evaluationPeriods,
      comparison,
      threshold,
      missing: readMissing(alarm["TreatMissingData"]),
      minSamples,
      queries: [...queries, ...counted],
      watched,
      band,
      samples: counted[0]?.Id,
      ...sliding,
    },
  };
}

function untestable(message: string): AlarmReading {
  return { ok: false, code: "NotTestable", message };
}

function readSources(alarm: JsonObject): { queries: readonly MetricQuery[]; period: number } | string {
  const list = alarm["Metrics"];
  if (Array.isArray(list) && list.length > 0) return readMath(list.filter(isObject));
  const period = alarm["Period"];
  const statistic = textOf(alarm["Statistic"]) ?? textOf(alarm["ExtendedStatistic"]);
  if (typeof period !== "number" || statistic === undefined) return "it has no period or no statistic";
  const unit = textOf(alarm["Unit"]);
  const query: MetricQuery = {
    Id: ids.metric,
    MetricStat: {
      Metric: {
        Namespace: textOf(alarm["Namespace"]) ?? "",
        MetricName: textOf(alarm["MetricName"]) ?? "",
        Dimensions: (alarm["Dimensions"] ?? []) as never,
      },
      Period: period,
      Stat: statistic,
      ...(unit === undefined ? {} : { Unit: unit }),
    },
    ReturnData: true,
  };
  return { queries: [query], period };
}

function readMath(list: readonly JsonObject[]): { queries: readonly MetricQuery[]; period: number } | string {
  const queries = list.map(
    (query) => ({ ...query, ReturnData: query["ReturnData"] ?? true }) as unknown as MetricQuery,
  );
  if (queries.some(({ Expression }) => /^\s*SELECT\s/i.test(Expression ?? "")))
    return "it is a Metrics Insights query, which an alarm evaluates over the last three hours only";
  const periods = new Set(queries.flatMap(({ MetricStat, Period }) => MetricStat?.Period ?? Period ?? []));
  const [period, ...others] = periods;
  if (period === undefined) return "none of its metrics has a period";
  if (others.length > 0) return "its metrics have different periods";
  return { queries, period };
}

function readMissing(value: Json | undefined): Missing {
  return value === "breaching" || value === "notBreaching" || value === "ignore" ? value : "missing";
}

/**
 * With `ignore`, a percentile p of fewer than 10/(1-p) samples is not evaluated, and below the middle one of fewer than
 * 10/p (CloudWatch user guide, "Percentile-based alarms and low data samples").
 */
function fewestSamples(alarm: JsonObject): number {
  const percentile = /^p(\d+(?:\.\d+)?)$/.exec(textOf(alarm["ExtendedStatistic"]) ?? "")?.[1];
  if (percentile === undefined || alarm["EvaluateLowSampleCountPercentile"] !== "ignore") return 0;
  const share = Number(percentile) / 100;
  const rare = share >= 0.5 ? 1 - share : share;
  // p100 and p0 are of all samples there are. Rounded, for 10 / (1 - 0.9) is a little more than 100.
  return rare === 0 ? 0 : Math.round((10 / rare) * 1e6) / 1e6;
}

/** Of datapoints of a minute; of longer ones there is all that is asked for (API reference, GetMetricData). */
const keptMinutes = 15 * 86_400;
const plainStatistics = ["Sum", "SampleCount", "Minimum", "Maximum", "Average"];

type Sliding = Pick<AlarmRule, "notes"> &
  Partial<Pick<AlarmRule, "step" | "queries" | "statistic" | "averaged">>;

/**
 * By default the window moves on by a minute, whatever the period, and by an hour where it is longer than a day (user
 * guide, "Alarm evaluation"). Plain statistics are made up of those of minutes; math and percentiles cannot be.
 */
function slide(
  alarm: JsonObject,
  [only, ...others]: readonly MetricQuery[],
  { period, evaluationPeriods, seconds }: { period: number; evaluationPeriods: number; seconds: number },
): Sliding {
  const window = alarm["EvaluationWindow"];
  const isWallClock = isObject(window) && isObject(window["WallClockWindow"]);
  const step = evaluationPeriods * period > 86_400 ? 3600 : 60;
  if (isWallClock || period <= step) return { notes: [] };
  const stat = only?.MetricStat;
  const isKept = step === 3600 || seconds + (evaluationPeriods + 3) * period <= keptMinutes;
  if (
    stat === undefined ||
    others.length > 0 ||
    period % step !== 0 ||
    !isKept ||
    !plainStatistics.includes(stat.Stat)
  )
    return {
      notes: [
        `CloudWatch looks at periods of ${period} s every ${step === 60 ? "minute" : "hour"}; here one follows the other`,
      ],
    };
  const query = (Id: string, Stat: string): MetricQuery => ({
    Id,
    MetricStat: { ...stat, Period: step, Stat },
    ReturnData: true,
  });
  const isAverage = stat.Stat === "Average";
  return {
    notes: [],
    step,
    statistic: stat.Stat,
    averaged: isAverage ? ids.samples : undefined,
    queries: [
      query(ids.metric, isAverage ? "Sum" : stat.Stat),
      ...(isAverage ? [query(ids.samples, "SampleCount")] : []),
    ],
  };
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
