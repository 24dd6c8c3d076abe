// Alarms that AWS would refuse, or that could never fire.
import { isObject, type JsonObject } from "../../model/json.ts";
import { formatDuration } from "../duration.ts";
import type { FieldPath } from "../issues.ts";
import { nearest, suggest } from "../nearest.ts";
import type { Policy } from "../policy.ts";
import { bandComparisons } from "../schema/alarms.ts";
import type { AlarmSpec, MetricSource } from "../schema.ts";
import { type Check, effective, entriesNamed, type Found, isFirst, isGiven, type World } from "./check.ts";
import { readExpression } from "./metric-math.ts";

/** An alarm of `alarms`, or the one of a log metric. */
interface AlarmView {
  readonly name: string;
  readonly own: JsonObject;
  /** The same alarm in every document, this one too. */
  readonly all: readonly JsonObject[];
  readonly path: FieldPath;
  readonly list: "alarms" | "logMetrics";
}

function viewAlarms(policy: Policy, world: World): AlarmView[] {
  const alarms = (policy.spec.alarms ?? []).map(
    (alarm, i): AlarmView => ({
      name: alarm.name,
      own: alarm as JsonObject,
      all: entriesNamed(world, "alarms", alarm.name),
      path: ["spec", "alarms", i],
      list: "alarms",
    }),
  );
  const ofMetrics = (policy.spec.logMetrics ?? []).flatMap((metric, i): AlarmView[] => {
    if (!isGiven(metric.alarm)) return [];
    const all = entriesNamed(world, "logMetrics", metric.name).map((entry) => entry["alarm"]);
    return [
      {
        name: metric.name,
        own: metric.alarm as JsonObject,
        all: all.filter(isObject),
        path: ["spec", "logMetrics", i, "alarm"],
        list: "logMetrics",
      },
    ];
  });
  return [...alarms, ...ofMetrics];
}

const hasAlarm = (view: AlarmView) => (policy: Policy) =>
  view.list === "alarms"
    ? (policy.spec.alarms ?? []).some(({ name }) => name === view.name)
    : (policy.spec.logMetrics ?? []).some(({ name, alarm }) => name === view.name && isGiven(alarm));

const each =
  (check: (view: AlarmView, policy: Policy, world: World) => Found[]): Check =>
  (policy, world) =>
    viewAlarms(policy, world).flatMap((view) => check(view, policy, world));

const sources = ["metric", "expression", "preset", "anomaly", "composite"];

const checkSource: Check = each((view, policy, world) => {
  if (view.list !== "alarms") return [];
  const { own, all, path, name } = view;
  const isPartial = all.length > 1 ? " in any policy" : "";
  if (isGiven(own["metric"]) && isGiven(own["expression"])) {
    return [
      {
        code: "InvalidValue",
        message: `alarm "${name}" has both metric and expression; keep one`,
        path: [...path, "expression"],
      },
    ];
  }
  if (!all.some((one) => sources.some((field) => isGiven(one[field])))) {
    if (!isFirst(policy, world, hasAlarm(view))) return [];
    return [
      {
        code: "Incomplete",
        message: `alarm "${name}" watches nothing${isPartial}; give it a metric, or an expression with metrics`,
        path,
      },
    ];
  }
  return [];
});

/** Only where a metric is the source: presets bring their own. */
const checkThreshold: Check = each((view, policy, world) => {
  const { all, path, name } = view;
  const isNeeded =
    view.list === "logMetrics" || all.some((one) => isGiven(one["metric"]) || isGiven(one["expression"]));
  if (!isNeeded || !isFirst(policy, world, hasAlarm(view))) return [];
  const missing = ["threshold", "comparison"].filter((field) => !all.some((one) => isGiven(one[field])));
  if (missing.length === 0) return [];
  const isPartial = all.length > 1 ? " in any policy" : "";
  return [
    {
      code: "Incomplete",
      message: `alarm "${name}" has no ${missing.join(" and no ")}${isPartial}; say when it fires`,
      path,
    },
  ];
});

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
    if (!isGiven(alarm.metrics) || all.some((one) => isGiven(one["anomaly"]) || isGiven(one["preset"])))
      return [];
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
  for (const expression of expressions.map(readExpression)) {
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
  const math = Object.entries(alarm.metrics ?? {}).map(([id, source]) => ({
    source,
    path: [...path, "metrics", id],
  }));
  return [...single, ...math];
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

const checkEvaluation: Check = each(({ own, all, path }) => {
  const { period: ownPeriod, evaluationPeriods: ownPeriods, datapointsToAlarm: ownDatapoints } = own;
  if (typeof ownPeriod === "number" && ![10, 20, 30].includes(ownPeriod) && ownPeriod % 60 !== 0) {
    const fix = formatDuration(Math.max(60, Math.round(ownPeriod / 60) * 60));
    return [
      {
        code: "InvalidValue",
        message: `period ${formatDuration(ownPeriod)} is not one of 10s, 20s, 30s or a multiple of 60s; try ${fix}`,
        path: [...path, "period"],
      },
    ];
  }
  const found: Found[] = [];
  const period = effective(own, "period", all, 60);
  const periods = effective(own, "evaluationPeriods", all, 1);
  if (
    typeof period === "number" &&
    typeof periods === "number" &&
    (isGiven(ownPeriod) || isGiven(ownPeriods))
  ) {
    const limit = period < 3600 ? 86_400 : 604_800;
    if (period * periods > limit) {
      found.push({
        code: "InvalidValue",
        message: `${periods} periods of ${formatDuration(period)} are more than ${formatDuration(limit)}${limit === 86_400 ? " (7d with periods of an hour or more)" : ""}; look at fewer`,
        path: [...path, isGiven(ownPeriods) ? "evaluationPeriods" : "period"],
      });
    }
  }
  const datapoints = effective(own, "datapointsToAlarm", all, undefined);
  if (
    typeof datapoints === "number" &&
    typeof periods === "number" &&
    (isGiven(ownDatapoints) || isGiven(ownPeriods)) &&
    datapoints > periods
  ) {
    found.push({
      code: "InvalidValue",
      message: `datapointsToAlarm ${datapoints} is more than evaluationPeriods ${periods}: it could never fire; raise evaluationPeriods`,
      path: [...path, isGiven(ownDatapoints) ? "datapointsToAlarm" : "evaluationPeriods"],
    });
  }
  return found;
});

const checkSeverity: Check = each(({ own, path }, _policy, world) => {
  const severity = own["severity"];
  if (typeof severity !== "string") return [];
  const known = [
    ...new Set(
      world.specs.flatMap((spec) =>
        isObject(spec["notifications"]) ? Object.keys(spec["notifications"]) : [],
      ),
    ),
  ];
  if (known.includes(severity)) return [];
  const fix = known.length === 0 ? "no policy has notifications" : suggest(severity, known);
  return [
    {
      code: "UnknownSeverity",
      message: `severity "${severity}" is no key of notifications; ${fix}`,
      path: [...path, "severity"],
    },
  ];
});

/** One name is one alarm in AWS: twice in a list, or in `alarms` and of a log metric. */
const checkNames: Check = (policy) => {
  const found: Found[] = [];
  for (const list of ["alarms", "logMetrics"] as const) {
    const first = new Map<string, number>();
    for (const [i, { name }] of (policy.spec[list] ?? []).entries()) {
      const earlier = first.get(name);
      if (earlier === undefined) first.set(name, i);
      else {
        const line = policy.at(["spec", list, earlier, "name"]).line;
        found.push({
          code: "DuplicateName",
          message: `"${name}" stands twice in ${list}, first on line ${line}; rename one`,
          path: ["spec", list, i, "name"],
        });
      }
    }
  }
  const alarms = policy.spec.alarms ?? [];
  for (const [i, { name, alarm }] of (policy.spec.logMetrics ?? []).entries()) {
    const other = alarms.findIndex((one) => one.name === name);
    if (other === -1 || !isGiven(alarm)) continue;
    const line = policy.at(["spec", "alarms", other, "name"]).line;
    found.push({
      code: "DuplicateName",
      message: `the alarm of log metric "${name}" has the name of the alarm on line ${line}; rename one`,
      path: ["spec", "logMetrics", i, "name"],
    });
  }
  return found;
};

/** The edges of a band are only there where there is a band. */
const checkBand: Check = each(({ own, all, path }) => {
  const { comparison } = own;
  if (!(bandComparisons as readonly unknown[]).includes(comparison)) return [];
  if (all.some((one) => isGiven(one["anomaly"]))) return [];
  return [
    {
      code: "InvalidValue",
      message: `comparison ${comparison} is only for an alarm with \`anomaly\`; use GreaterThanThreshold, LessThanThreshold or the like`,
      path: [...path, "comparison"],
    },
  ];
});

export const alarmChecks: readonly Check[] = [
  checkNames,
  checkSource,
  checkThreshold,
  checkBand,
  checkExpression,
  checkMetrics,
  checkStatistics,
  checkEvaluation,
  checkSeverity,
];
