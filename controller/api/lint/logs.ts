// Retention and metric filters that CloudWatch Logs would refuse.
import { formatDuration } from "../duration.ts";
import type { FieldPath } from "../issues.ts";
import { neverFires } from "../log-metric-alarm.ts";
import { suggest } from "../nearest.ts";
import { type Check, effective, entriesNamed, type Found, isFirst, isGiven } from "./check.ts";
import { readFilterPattern } from "./filter-pattern.ts";
import { findRegexes, maxRegexFilters } from "./filter-regex.ts";

const day = 86_400;
export const retentionDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

const checkRetention: Check = ({ spec }) => {
  const retention = spec.logging?.retention;
  if (
    !isGiven(retention) ||
    typeof retention !== "number" ||
    retentionDays.some((days) => days * day === retention)
  )
    return [];
  const near = retentionDays.reduce((a, b) =>
    Math.abs(b * day - retention) < Math.abs(a * day - retention) ? b : a,
  );
  return [
    {
      code: "InvalidValue",
      message: `CloudWatch Logs does not keep logs for ${formatDuration(retention)}; the nearest it offers is ${near}d`,
      path: ["spec", "logging", "retention"],
    },
  ];
};

/** StandardUnit of the CloudWatch Logs API. */
const sizes = [
  "Bytes",
  "Kilobytes",
  "Megabytes",
  "Gigabytes",
  "Terabytes",
  "Bits",
  "Kilobits",
  "Megabits",
  "Gigabits",
  "Terabits",
];
const plainUnits = ["Seconds", "Microseconds", "Milliseconds", ...sizes, "Percent", "Count"];
const units = [...plainUnits, ...sizes.map((unit) => `${unit}/Second`), "Count/Second", "None"];

const checkPatterns: Check = (policy, world) =>
  (policy.spec.logMetrics ?? []).flatMap((metric, i): Found[] => {
    const path = ["spec", "logMetrics", i];
    const all = entriesNamed(world, "logMetrics", metric.name);
    const found: Found[] = [];
    const { pattern } = metric;
    if (typeof pattern === "string") {
      const { problem, warning } = readFilterPattern(pattern);
      const at = [...path, "pattern"];
      if (problem !== undefined)
        found.push({
          code: "InvalidValue",
          message: `pattern ${JSON.stringify(pattern)} is not valid: ${problem}`,
          path: at,
        });
      else if (warning !== undefined)
        found.push({
          severity: "warning",
          code: "InvalidValue",
          message: `pattern ${JSON.stringify(pattern)}: ${warning}`,
          path: at,
        });
    } else if (
      !all.some((one) => isGiven(one["pattern"])) &&
      isFirst(policy, world, (other) =>
        (other.spec.logMetrics ?? []).some(({ name }) => name === metric.name),
      )
    ) {
      found.push({
        code: "Incomplete",
        message: `log metric "${metric.name}" has no pattern${all.length > 1 ? " in any policy" : ""}; say which log events count`,
        path,
      });
    }
    if (typeof metric.value === "string" && !/^(\$.+|-?\d+(\.\d+)?)$|\$\{/.test(metric.value)) {
      found.push({
        code: "InvalidValue",
        message: `value ${JSON.stringify(metric.value)} is neither a number nor a field; write one such as $.latency`,
        path: [...path, "value"],
      });
    }
    if (typeof metric.unit === "string" && !units.includes(metric.unit) && !metric.unit.includes("${")) {
      found.push({
        code: "InvalidValue",
        message: `unit ${JSON.stringify(metric.unit)} is unknown; ${suggest(metric.unit, units)}`,
        path: [...path, "unit"],
      });
    }
    const given = Object.entries(metric.dimensions ?? {}).filter(([, value]) => value !== null);
    if (given.length > 0) {
      const at = [...path, "dimensions"];
      const wrong = checkDimensions(
        given.map(([key, value]) => [key, value ?? ""]),
        effective(metric, "pattern", all, undefined),
        at,
      );
      if (wrong.length > 0) found.push(...wrong);
      else if (isGiven(metric.alarm)) found.push(alarmOnDimensions(metric.name, at));
    }
    return found;
  });

/** Other policies and other filters of the group come on top: what one policy asks for is what can be told. */
const checkRegexFilters: Check = ({ spec }) => {
  const groups = new Map<string, number>();
  return (spec.logMetrics ?? []).flatMap(({ pattern, group }, i): Found[] => {
    if (typeof pattern !== "string" || findRegexes(pattern).length === 0) return [];
    const count = (groups.get(group ?? "") ?? 0) + 1;
    groups.set(group ?? "", count);
    if (count !== maxRegexFilters + 1) return [];
    const where = isGiven(group) ? `log group ${group}` : "the service's log group";
    const message = `this is metric filter ${count} with a regular expression for ${where}, and CloudWatch takes ${maxRegexFilters}; write its pattern without one`;
    return [
      { severity: "warning", code: "InvalidValue", message, path: ["spec", "logMetrics", i, "pattern"] },
    ];
  });
};

/** Alarms of log metrics are on the metric by its name alone; one per combination of values would have to know them. */
function alarmOnDimensions(name: string, path: FieldPath): Found {
  return {
    code: "Contradiction",
    message: `log metric ${JSON.stringify(name)} has an alarm and dimensions: ${neverFires}`,
    path,
  };
}

function checkDimensions(
  dimensions: readonly (readonly [string, string])[],
  pattern: unknown,
  path: readonly (string | number)[],
): Found[] {
  if (dimensions.length > 3)
    return [
      { code: "InvalidValue", message: `${dimensions.length} dimensions; a metric filter takes 3`, path },
    ];
  if (typeof pattern !== "string") return [];
  const { form } = readFilterPattern(pattern);
  if (form === "text") {
    return [
      {
        code: "InvalidValue",
        message:
          "dimensions need a JSON pattern { … } or a space-delimited one [ … ]; change the pattern or leave them out",
        path,
      },
    ];
  }
  const sign = form === "json" ? "$." : "$";
  return dimensions
    .filter(([, value]) => !value.startsWith(sign))
    .map(([key, value]) => ({
      code: "InvalidValue",
      message: `dimension ${JSON.stringify(value)} names no field of the event; write ${sign}${value.replace(/^\$?\.?/, "") || "field"}`,
      path: [...path, key],
    }));
}

export const logChecks: readonly Check[] = [checkRetention, checkPatterns, checkRegexFilters];
