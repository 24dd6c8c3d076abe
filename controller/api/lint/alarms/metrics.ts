// The metrics of alarms: expressions that know their metrics, dimensions that exist, statistics that CloudWatch has.
import { isObject, type JsonObject } from "../../../model/json.ts";
import type { FieldPath } from "../../issues.ts";
import { nearest, suggest } from "../../nearest.ts";
import type { AlarmSpec, AnomalySource, MetricSource } from "../../schema.ts";
import { type Check, entriesNamed, type Found, isGiven } from "../check.ts";
import { readExpression } from "../metric-math.ts";

const checkExpression: Check = (policy, world) =>
  (policy.spec.alarms ?? []).flatMap((alarm, i) => {
    const path = ["spec", "alarms", i];
    const all = entriesNamed(world, "alarms", alarm.name);
    const known = [
      ...new Set(all.flatMap((one) => (isObject(one["metrics"]) ? Object.keys(one["metrics"]) : []))),
    ];
    const found: Found[] = [];
    if (isGiven(alarm.expression)) found.push(...checkIds(alarm, known, [...path, "expression"]));
    found.push(...findUnusedMetrics(alarm, all, path));
    if (known.length > 10 && isGiven(alarm.metrics)) {
      found.push({
        code: "InvalidValue",
        message: `alarm "${alarm.name}" has ${known.length} metrics; CloudWatch takes 10`,
        path: [...path, "metrics"],
      });
    }
    return found;
  });

function checkIds(alarm: AlarmSpec, known: readonly string[], path: FieldPath): Found[] {
  const text = alarm.expression ?? "";
  const expression = readExpression(text);
  if (/^\s*select\s/i.test(text)) return [];
  if (expression.problem !== undefined) {
    return [
      {
        code: "InvalidValue",
        message: `expression ${JSON.stringify(text)} is not valid: ${expression.problem}`,
        path,
      },
    ];
  }
  if (expression.functions.includes("SEARCH")) {
    return [{ code: "InvalidValue", message: "CloudWatch has no alarms on SEARCH; name the metrics", path }];
  }
  if (known.length === 0) {
    return [
      {
        code: "Incomplete",
        message: `expression ${JSON.stringify(text)} has no metrics; list them under metrics, by id`,
        path,
      },
    ];
  }
  return expression.ids
    .filter((id) => !known.includes(id))
    .map((id) => ({
      code: "UnknownMetric",
      message: `expression names "${id}", which is not in metrics; ${suggest(id, known)}`,
      path,
    }));
}

function findUnusedMetrics(alarm: AlarmSpec, all: readonly JsonObject[], path: FieldPath): Found[] {
  const expressions = all.map((one) => one["expression"]).filter((one) => typeof one === "string");
  if (expressions.length === 0) {
    if (!isGiven(alarm.metrics)) return [];
    return [
      {
        severity: "warning",
        code: "Unused",
        message: "metrics without an expression are not looked at; add one, or use metric",
        path: [...path, "metrics"],
      },
    ];
  }
  const used = new Set<string>();
  for (const expression of [...new Set(expressions)].map(readExpression)) {
    if (expression.functions.includes("METRICS")) return [];
    for (const id of expression.ids) used.add(id);
  }
  return Object.keys(alarm.metrics ?? {})
    .filter((id) => !used.has(id))
    .map((id) => ({
      severity: "warning",
      code: "Unused",
      message: `metric "${id}" is not in the expression; take it out`,
      path: [...path, "metrics", id],
    }));
}

interface SourceView {
  readonly source: MetricSource;
  readonly path: FieldPath;
}

function metricSources(alarm: AlarmSpec, path: FieldPath): SourceView[] {
  const single = isGiven(alarm.metric)
    ? [{ source: alarm.metric as MetricSource, path: [...path, "metric"] }]
    : [];
  const anomaly = isGiven(alarm.anomaly)
    ? [{ source: (alarm.anomaly as AnomalySource).metric, path: [...path, "anomaly", "metric"] }]
    : [];
  const math = Object.entries(alarm.metrics ?? {}).map(([id, source]) => ({
    source,
    path: [...path, "metrics", id],
  }));
  return [...single, ...anomaly, ...math];
}

/** Metrics of ECS/ContainerInsights that have no set of dimensions with the service's name alone. */
const needsDimensions = new Map<string, string>([
  ...["ContainerInstanceCount", "ServiceCount", "TaskCount"].map((name) => [name, "ClusterName"] as const),
  ...[
    "UnHealthyContainerHealthStatus",
    "ContainerCpuUtilized",
    "ContainerCpuReserved",
    "ContainerMemoryUtilized",
    "ContainerMemoryReserved",
    "ContainerMemoryUtilization",
    "ContainerStorageReadBytes",
    "ContainerStorageWriteBytes",
  ].map((name) => [name, "ClusterName, ServiceName and ContainerName"] as const),
]);

const checkMetrics: Check = (policy, world) =>
  (policy.spec.alarms ?? []).flatMap((alarm, i) => {
    const all = entriesNamed(world, "alarms", alarm.name);
    return metricSources(alarm, ["spec", "alarms", i]).flatMap(({ source, path }): Found[] => {
      const found: Found[] = [];
      if (!isGiven(source.statistic) && !all.some((one) => isGiven(one["statistic"]))) {
        found.push({
          code: "Incomplete",
          message: `metric ${source.metricName} has no statistic; give one such as Average, Sum or p99`,
          path,
        });
      }
      if (source.namespace.startsWith(":")) {
        found.push({
          code: "InvalidValue",
          message: `namespace ${JSON.stringify(source.namespace)} begins with ":"; CloudWatch refuses that`,
          path: [...path, "namespace"],
        });
      }
      const dimensions =
        source.namespace === "ECS/ContainerInsights" ? needsDimensions.get(source.metricName) : undefined;
      if (dimensions !== undefined && !isGiven(source.dimensions)) {
        found.push({
          code: "InvalidValue",
          message: `${source.metricName} has no dimensions of the service alone; give dimensions: ${dimensions}`,
          path: [...path, "metricName"],
        });
      }
      return found;
    });
  });

const plainStatistics = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"];
const range = /^(PR|TM|TC|TS|WM)\((\d+(\.\d+)?%?)?:(\d+(\.\d+)?%?)?\)$/i;

function isStatistic(text: string): boolean {
  return (
    plainStatistics.includes(text) ||
    /^(p|tm|tc|ts|wm)(\d{1,2}(\.\d{1,10})?|100)$/i.test(text) ||
    text === "IQM" ||
    (range.test(text) && !/\(:\)/.test(text))
  );
}

const checkStatistics: Check = (policy) => {
  const own = (value: unknown, path: FieldPath): Found[] => {
    if (typeof value !== "string" || isStatistic(value)) return [];
    const near = nearest(value, plainStatistics);
    const fix =
      near === undefined
        ? "use SampleCount, Average, Sum, Minimum, Maximum, or one such as p99 or tm95"
        : `did you mean "${near}"?`;
    return [
      {
        code: "InvalidValue",
        message: `statistic ${JSON.stringify(value)} is unknown; ${fix}`,
        path: [...path, "statistic"],
      },
    ];
  };
  return [
    ...(policy.spec.alarms ?? []).flatMap((alarm, i) => [
      ...own(alarm.statistic, ["spec", "alarms", i]),
      ...metricSources(alarm, ["spec", "alarms", i]).flatMap(({ source, path }) =>
        own(source.statistic, path),
      ),
    ]),
    ...(policy.spec.logMetrics ?? []).flatMap((metric, i) =>
      own(metric.alarm?.statistic, ["spec", "logMetrics", i, "alarm"]),
    ),
  ];
};

export const alarmMetricChecks: readonly Check[] = [checkExpression, checkMetrics, checkStatistics];
