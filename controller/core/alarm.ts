// One alarm for one service, as PutMetricAlarm takes it. Several target groups become metric math in one alarm.
import { type AnomalySource, bandComparisons } from "../api/schema/alarms.ts";
import type { MetricSource } from "../api/schema.ts";
import type { Failure } from "../model/errors.ts";
import { dropUndefined, type Json, type JsonObject } from "../model/json.ts";
import { known, type Read } from "../model/read.ts";
import { applyPreset } from "./alarm-presets.ts";
import { describeTelling } from "./alarm-telling.ts";
import { aggregateFunction, findMetric } from "./metrics.ts";
import type { MergedAlarm, Reason, Selected } from "./select.ts";

export type BuiltAlarm =
  | { readonly state: "built"; readonly input: JsonObject }
  | { readonly state: "blocked"; readonly reason: Reason }
  | { readonly state: "unknown"; readonly failure: Failure };

const plainStatistics: ReadonlySet<string> = new Set(["SampleCount", "Average", "Sum", "Minimum", "Maximum"]);

const bandId = "band";

/** CloudWatch's limit for metrics in one expression. */
const maxMetrics = 10;

/** `containerInsights`: whether the service's cluster has it; only presets ask. */
export function buildAlarm(
  name: string,
  merged: MergedAlarm,
  selected: Selected,
  owner: string,
  containerInsights: Read<boolean> = known(true),
): BuiltAlarm {
  const applied = applyPreset(merged, selected, containerInsights);
  if (applied.state !== "applied") return applied;
  const { alarm } = applied;
  const metrics = buildMetrics(alarm, selected);
  if (metrics.state !== "built") return metrics;
  const judging = buildJudging(name, alarm);
  if (judging.state !== "built") return judging;
  const telling = describeTelling(
    name,
    alarm,
    selected,
    owner,
    alarm.source?.anomaly == null ? "metric" : "anomaly",
  );
  if (!telling.ok) return { state: "blocked", reason: telling.reason };
  return {
    state: "built",
    input: dropUndefined({
      ...telling.input,
      ...metrics.input,
      ...judging.input,
      TreatMissingData: alarm.treatMissingData ?? "missing",
      EvaluateLowSampleCountPercentile: alarm.evaluateLowSampleCountPercentile ?? undefined,
      WarmUpConfiguration:
        alarm.warmUp == null
          ? undefined
          : { WarmUpPeriodDurationInMinutes: Math.max(1, Math.round((alarm.warmUp as number) / 60)) },
    }),
  };
}

function buildJudging(name: string, alarm: MergedAlarm): BuiltAlarm {
  const anomaly = alarm.source?.anomaly != null;
  // A band has no threshold of its own; one that another policy gave for another source is left aside.
  for (const field of anomaly ? (["comparison"] as const) : (["comparison", "threshold"] as const)) {
    if (alarm[field] == null)
      return blocked("Incomplete", `alarm ${name} has no ${field} in any policy that selects this service`);
  }
  if (anomaly !== isBandComparison(alarm.comparison)) {
    const fit = anomaly ? bandComparisons : ["GreaterThanThreshold", "LessThanThreshold and the like"];
    return blocked(
      "InvalidValue",
      `comparison ${alarm.comparison} of alarm ${name} does not fit ${anomaly ? "an anomaly band" : "a threshold"}; use ${fit.join(", ")}`,
    );
  }
  return {
    state: "built",
    input: dropUndefined({
      EvaluationPeriods: alarm.evaluationPeriods ?? 1,
      DatapointsToAlarm: alarm.datapointsToAlarm ?? undefined,
      ...(anomaly ? { ThresholdMetricId: bandId } : { Threshold: alarm.threshold ?? undefined }),
      ComparisonOperator: alarm.comparison ?? undefined,
    }),
  };
}

function isBandComparison(comparison: unknown): boolean {
  return (bandComparisons as readonly unknown[]).includes(comparison);
}

function buildMetrics(alarm: MergedAlarm, selected: Selected): BuiltAlarm {
  const period = (alarm.period ?? 60) as number;
  const { source } = alarm;
  if (source?.metric) return buildSingle(source.metric, alarm.statistic ?? undefined, period, selected);
  if (source?.expression && source.metrics)
    return buildExpression(source.expression, source.metrics, alarm.statistic ?? undefined, period, selected);
  if (source?.anomaly) return buildAnomaly(source.anomaly, alarm.statistic ?? undefined, period, selected);
  return blocked(
    "Incomplete",
    "the alarm has neither metric nor expression in any policy that selects this service",
  );
}

function buildSingle(
  metric: MetricSource,
  fallback: string | undefined,
  period: number,
  selected: Selected,
): BuiltAlarm {
  const statistic = metric.statistic ?? fallback;
  if (statistic === undefined) return blocked("Incomplete", `metric ${metric.metricName} has no statistic`);
  const targets = findMetric(metric, selected.workload);
  if (targets.state !== "found") return targets;
  const [only, ...others] = targets.sets;
  if (only !== undefined && others.length === 0) {
    return {
      state: "built",
      input: dropUndefined({
        Namespace: metric.namespace,
        MetricName: metric.metricName,
        Dimensions: only as unknown as Json,
        ...(plainStatistics.has(statistic) ? { Statistic: statistic } : { ExtendedStatistic: statistic }),
        Period: period,
        Unit: metric.unit,
      }),
    };
  }
  const parts = targets.sets.map((set, index) =>
    metricStat(`m${index + 1}`, metric, set as unknown as Json, statistic, period),
  );
  const ids = parts.map(({ Id }) => Id).join(", ");
  return built([
    ...parts,
    {
      Id: "result",
      Expression: `${aggregateFunction(metric.metricName, statistic)}([${ids}])`,
      ReturnData: true,
    },
  ]);
}

/**
 * The metric beside the band that CloudWatch learns of it; both return data. Over several target groups the band is that
 * of one metric math series (API reference, MetricMathAnomalyDetector: "must return a single time series").
 */
function buildAnomaly(
  { metric, band = 2 }: AnomalySource,
  fallback: string | undefined,
  period: number,
  selected: Selected,
): BuiltAlarm {
  const statistic = metric.statistic ?? fallback;
  if (statistic === undefined) return blocked("Incomplete", `metric ${metric.metricName} has no statistic`);
  const targets = findMetric(metric, selected.workload);
  if (targets.state !== "found") return targets;
  const parts = targets.sets.map((set, index) =>
    metricStat(`m${index + 1}`, metric, set as unknown as Json, statistic, period),
  );
  const of = parts.length === 1 ? "m1" : "result";
  const bandQuery = { Id: bandId, Expression: `ANOMALY_DETECTION_BAND(${of}, ${band})`, ReturnData: true };
  if (parts.length === 1) return built([...parts.map((part) => ({ ...part, ReturnData: true })), bandQuery]);
  const ids = parts.map(({ Id }) => Id).join(", ");
  const expression = `${aggregateFunction(metric.metricName, statistic)}([${ids}])`;
  return built([...parts, { Id: of, Expression: expression, ReturnData: true }, bandQuery]);
}

function buildExpression(
  expression: string,
  metrics: Readonly<Record<string, MetricSource>>,
  fallback: string | undefined,
  period: number,
  selected: Selected,
): BuiltAlarm {
  const queries: JsonObject[] = [];
  for (const [id, metric] of Object.entries(metrics)) {
    const statistic = metric.statistic ?? fallback;
    if (statistic === undefined)
      return blocked("Incomplete", `metric ${id} of the expression has no statistic`);
    const targets = findMetric(metric, selected.workload);
    if (targets.state !== "found") return targets;
    if (targets.sets.length === 1)
      queries.push(metricStat(id, metric, targets.sets[0] as unknown as Json, statistic, period));
    else {
      const parts = targets.sets.map((set, index) =>
        metricStat(`${id}__${index + 1}`, metric, set as unknown as Json, statistic, period),
      );
      const ids = parts.map(({ Id }) => Id).join(", ");
      queries.push(...parts, {
        Id: id,
        Expression: `${aggregateFunction(metric.metricName, statistic)}([${ids}])`,
        ReturnData: false,
      });
    }
  }
  const result = ["result", "result_", "result__"].find((id) => !(id in metrics)) as string;
  return built([...queries, { Id: result, Expression: expression, ReturnData: true }]);
}

function built(queries: readonly JsonObject[]): BuiltAlarm {
  const count = queries.filter(({ MetricStat }) => MetricStat !== undefined).length;
  if (count > maxMetrics)
    return blocked(
      "TooManyMetrics",
      `the alarm needs ${count} metrics over all target groups of the service; CloudWatch takes ${maxMetrics}`,
    );
  return { state: "built", input: { Metrics: queries } };
}

function metricStat(
  id: string,
  metric: MetricSource,
  dimensions: Json,
  statistic: string,
  period: number,
): JsonObject {
  const { namespace: Namespace, metricName: MetricName, unit: Unit } = metric;
  return {
    Id: id,
    MetricStat: dropUndefined({
      Metric: { Namespace, MetricName, Dimensions: dimensions },
      Period: period,
      Stat: statistic,
      Unit,
    }),
    ReturnData: false,
  };
}

function blocked(code: string, message: string): BuiltAlarm {
  return { state: "blocked", reason: { code, message } };
}
