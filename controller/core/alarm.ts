// One alarm for one service, as PutMetricAlarm takes it. Several target groups become metric math in one alarm.
import type { MetricSource } from "../api/schema.ts";
import type { Failure } from "../model/errors.ts";
import type { Json, JsonObject } from "../model/json.ts";
import { aggregateFunction, findMetric } from "./metrics.ts";
import { ownedName } from "./names.ts";
import type { Item, MergedAlarm, Reason, Selected } from "./select.ts";

export type BuiltAlarm =
  | { readonly state: "built"; readonly input: JsonObject }
  | { readonly state: "blocked"; readonly reason: Reason }
  | { readonly state: "unknown"; readonly failure: Failure };

const plainStatistics: ReadonlySet<string> = new Set(["SampleCount", "Average", "Sum", "Minimum", "Maximum"]);

/** CloudWatch's limit for metrics in one expression. */
const maxMetrics = 10;

export function buildAlarm(name: string, alarm: MergedAlarm, selected: Selected, owner: string): BuiltAlarm {
  const { workload } = selected;
  const metrics = buildMetrics(alarm, selected);
  if (metrics.state !== "built") return metrics;
  for (const field of ["comparison", "threshold"] as const) {
    if (alarm[field] === undefined)
      return blocked("Incomplete", `alarm ${name} has no ${field} in any policy that selects this service`);
  }
  const actions = findActions(alarm.severity, selected.notifications);
  if (!actions.ok) return { state: "blocked", reason: actions.reason };
  const muted =
    selected.waivedAlarms.has(name) || (workload.desiredCount === 0 && alarm.whenDesiredZero !== "page");
  return {
    state: "built",
    input: dropUndefined({
      AlarmName: ownedName(owner, { cluster: workload.cluster, service: workload.service, name }),
      AlarmDescription: alarm.description ?? `Managed by ${owner} from Git; changes by hand are put back.`,
      ActionsEnabled: (alarm.actionsEnabled ?? true) && !muted,
      AlarmActions: actions.arns,
      OKActions: actions.arns,
      ...metrics.input,
      EvaluationPeriods: alarm.evaluationPeriods ?? 1,
      DatapointsToAlarm: alarm.datapointsToAlarm ?? undefined,
      Threshold: alarm.threshold ?? undefined,
      ComparisonOperator: alarm.comparison ?? undefined,
      TreatMissingData: alarm.treatMissingData ?? "missing",
      EvaluateLowSampleCountPercentile: alarm.evaluateLowSampleCountPercentile ?? undefined,
    }),
  };
}

function buildMetrics(alarm: MergedAlarm, selected: Selected): BuiltAlarm {
  const period = (alarm.period ?? 60) as number;
  const { source } = alarm;
  if (source?.metric) return buildSingle(source.metric, alarm.statistic ?? undefined, period, selected);
  if (source?.expression && source.metrics)
    return buildExpression(source.expression, source.metrics, alarm.statistic ?? undefined, period, selected);
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

type Actions =
  | { readonly ok: true; readonly arns: readonly string[] }
  | { readonly ok: false; readonly reason: Reason };

function findActions(
  severity: string | null | undefined,
  notifications: ReadonlyMap<string, Item<readonly string[]>>,
): Actions {
  const item = severity ? notifications.get(severity) : undefined;
  if (item === undefined) return { ok: true, arns: [] };
  return item.result.ok ? { ok: true, arns: item.result.value } : item.result;
}

function blocked(code: string, message: string): BuiltAlarm {
  return { state: "blocked", reason: { code, message } };
}

function dropUndefined(value: Record<string, Json | undefined>): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined));
}
