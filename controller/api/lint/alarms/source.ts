// What an alarm watches: one thing, and only with the fields that it takes.
import { presetAlarms } from "../../preset-alarms.ts";
import { bandComparisons } from "../../schema/alarms.ts";
import { type Check, entriesNamed, type Found, isFirst, isGiven } from "../check.ts";
import { each, hasAlarm, presetOf, type SourceField, sourceFields, sourceOf } from "./view.ts";

const checkSource: Check = each((view, policy, world) => {
  if (view.list !== "alarms") return [];
  const { own, all, path, name } = view;
  const isPartial = all.length > 1 ? " in any policy" : "";
  const [first, second] = sourceFields.filter((field) => isGiven(own[field]));
  if (second !== undefined) {
    return [
      {
        code: "InvalidValue",
        message: `alarm "${name}" has both ${first} and ${second}; keep one`,
        path: [...path, second],
      },
    ];
  }
  if (!all.some((one) => sourceFields.some((field) => isGiven(one[field])))) {
    if (!isFirst(policy, world, hasAlarm(view))) return [];
    return [
      {
        code: "Incomplete",
        message: `alarm "${name}" watches nothing${isPartial}; give it a preset, a metric, an expression with metrics, anomaly, or composite`,
        path,
      },
    ];
  }
  return [];
});

/** Presets bring their own, and a band is its own threshold: only on which side of it is to be said. */
const checkThreshold: Check = each((view, policy, world) => {
  const { all, path, name } = view;
  // One that has two sources is told of that.
  const clear = all.filter((one) => sourceFields.filter((field) => isGiven(one[field])).length < 2);
  const isStatic =
    view.list === "logMetrics" || clear.some((one) => isGiven(one["metric"]) || isGiven(one["expression"]));
  const needed = isStatic
    ? ["threshold", "comparison"]
    : clear.some((one) => isGiven(one["anomaly"]))
      ? ["comparison"]
      : [];
  if (needed.length === 0 || !isFirst(policy, world, hasAlarm(view))) return [];
  const missing = needed.filter((field) => !all.some((one) => isGiven(one[field])));
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

/** The edges of a band are only there where there is a band, and a band has nothing else. */
const checkComparison: Check = each((view) => {
  const { comparison } = view.own;
  const source = sourceOf(view);
  if (!isGiven(comparison) || source === undefined || source === "composite") return [];
  const isBand = (bandComparisons as readonly unknown[]).includes(comparison);
  if (isBand === (source === "anomaly")) return [];
  const message = isBand
    ? `comparison ${comparison} is only for an alarm with \`anomaly\`; use GreaterThanThreshold, LessThanThreshold or the like`
    : `comparison ${comparison} has no threshold beside \`anomaly\`; use ${bandComparisons.join(", ")}`;
  return [{ code: "InvalidValue", message, path: [...view.path, "comparison"] }];
});

const judging = [
  "statistic",
  "period",
  "evaluationPeriods",
  "datapointsToAlarm",
  "comparison",
  "threshold",
  "treatMissingData",
  "evaluateLowSampleCountPercentile",
  "warmUp",
];
const unfit: Readonly<
  Partial<Record<SourceField, { readonly fields: readonly string[]; readonly why: string }>>
> = {
  composite: { fields: judging, why: "the alarms that the rule names are judged by their own" },
  anomaly: { fields: ["threshold"], why: "the edge of the band is the threshold" },
};

const checkUnfit: Check = each((view) => {
  const { own, path } = view;
  const source = sourceOf(view);
  const say = (field: string, why: string): Found => ({
    code: "InvalidValue",
    message: `${field} does not go with ${source}: ${why}; take it out`,
    path: [...path, field],
  });
  const found = unfit[source ?? "metric"];
  const preset = presetOf(view);
  const hasOwnStatistics = preset !== undefined && "expression" in preset && isGiven(own["statistic"]);
  return [
    ...(found?.fields ?? [])
      .filter((field) => isGiven(own[field]))
      .map((field) => say(field, found?.why ?? "")),
    ...(hasOwnStatistics ? [say("statistic", "this one is metric math with statistics of its own")] : []),
  ];
});

/** Nothing is wrong with the alarm, but it will be made nowhere. */
const checkFatal: Check = each((view, _policy, world) => {
  const isNeeded = presetOf(view)?.needs.includes("fatalLogMetric") === true && isGiven(view.own["preset"]);
  const { metric } = presetAlarms["log-fatal"] as { readonly metric: { readonly metricName: string } };
  if (!isNeeded || entriesNamed(world, "logMetrics", metric.metricName).length > 0) return [];
  const message = `preset log-fatal watches the log metric "${metric.metricName}", which no policy has; add it to logMetrics`;
  return [{ severity: "warning", code: "UnknownMetric", message, path: [...view.path, "preset"] }];
});

export const alarmSourceChecks: readonly Check[] = [
  checkSource,
  checkThreshold,
  checkComparison,
  checkUnfit,
  checkFatal,
];
