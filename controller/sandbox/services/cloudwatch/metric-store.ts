// The datapoints that were put, and how they are gathered into periods.
import { compareText } from "../../checks.ts";
import { type Dimension, metricKey } from "./dimensions.ts";

export interface Datapoint {
  /** Epoch milliseconds, of the second or, at standard resolution, of the minute. */
  readonly at: number;
  readonly unit: string;
  readonly isHighResolution: boolean;
  readonly count: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
}

export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: readonly Dimension[];
  readonly datapoints: Datapoint[];
}

/** Epoch milliseconds of the beginnings of periods, in order. */
export type Points = Map<number, number>;

export interface Asked {
  readonly start: number;
  readonly end: number;
  /** Milliseconds. */
  readonly period: number;
  readonly statistic: string;
  readonly unit: string | undefined;
  readonly now: number;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export class MetricStore {
  readonly #metrics = new Map<string, Metric>();

  /** By key. */
  all(): (Metric & { readonly key: string })[] {
    return [...this.#metrics]
      .sort(([a], [b]) => compareText(a, b))
      .map(([key, metric]) => ({ key, ...metric }));
  }

  find(namespace: string, name: string, dimensions: readonly Dimension[]): Metric | undefined {
    return this.#metrics.get(metricKey(namespace, name, dimensions));
  }

  add({ namespace, name, dimensions, datapoints }: Metric): void {
    const key = metricKey(namespace, name, dimensions);
    const metric = this.#metrics.get(key) ?? { namespace, name, dimensions, datapoints: [] };
    for (const datapoint of datapoints) metric.datapoints.push(datapoint);
    this.#metrics.set(key, metric);
  }
}

/** How long datapoints of such periods are kept. */
function keptFor(period: number): number {
  if (period < 60_000) return 3 * HOUR;
  if (period % 300_000 !== 0) return 15 * DAY;
  return period % HOUR === 0 ? 455 * DAY : 63 * DAY;
}

/** The statistic of each period that has a datapoint of it. */
export function gather(metric: Metric | undefined, asked: Asked): Points {
  const { start, end, period, statistic, unit, now } = asked;
  const oldest = now - keptFor(period);
  const buckets = new Map<number, Datapoint[]>();
  for (const point of metric?.datapoints ?? []) {
    if (point.at < start || point.at >= end || point.at < oldest) continue;
    if (unit !== undefined && point.unit !== unit) continue;
    if (period < 60_000 && !point.isHighResolution && point.at % 60_000 >= period) continue;
    const at = Math.floor(point.at / period) * period;
    const bucket = buckets.get(at);
    if (bucket === undefined) buckets.set(at, [point]);
    else bucket.push(point);
  }
  const points: Points = new Map();
  for (const [at, bucket] of [...buckets].sort(([a], [b]) => a - b)) {
    const value = statisticOf(bucket, statistic);
    if (value !== undefined) points.set(at, value);
  }
  return points;
}

function statisticOf(points: readonly Datapoint[], statistic: string): number | undefined {
  const total = (of: (point: Datapoint) => number) => points.reduce((sum, point) => sum + of(point), 0);
  if (statistic === "SampleCount") return total(({ count }) => count);
  if (statistic === "Sum") return total(({ sum }) => sum);
  if (statistic === "Average") return total(({ sum }) => sum) / total(({ count }) => count);
  if (statistic === "Minimum")
    return points.reduce((least, { minimum }) => Math.min(least, minimum), Infinity);
  if (statistic === "Maximum")
    return points.reduce((most, { maximum }) => Math.max(most, maximum), -Infinity);
  return percentileOf(points, Number(statistic.slice(1)));
}

/** The nearest rank. There is none of statistic sets with different values in them, nor of negative values. */
function percentileOf(points: readonly Datapoint[], percent: number): number | undefined {
  if (points.some(({ minimum, maximum }) => minimum !== maximum || minimum < 0)) return undefined;
  const samples = [...points].sort((a, b) => a.minimum - b.minimum);
  const rank = (samples.reduce((sum, { count }) => sum + count, 0) * percent) / 100;
  let passed = 0;
  for (const { minimum, count } of samples) {
    passed += count;
    if (passed >= rank) return minimum;
  }
  return samples.at(-1)?.maximum;
}
