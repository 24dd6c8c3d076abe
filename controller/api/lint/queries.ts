// Logs Insights queries, and alarms on them, that CloudWatch would refuse or that could never tell anything.
// Sources: CloudWatch API reference, PutLogAlarm and PutQueryDefinition; CloudWatch user guide, alarms on logs.
import { isObject, type JsonObject } from "../../model/json.ts";
import { formatDuration } from "../duration.ts";
import type { FieldPath } from "../issues.ts";
import { suggest } from "../nearest.ts";
import { bandComparisons } from "../schema/alarms.ts";
import { parseTemplate, templateNames } from "../template.ts";
import { readAggregation } from "./aggregation.ts";
import { type Check, effective, entriesNamed, type Found, isFirst, isGiven, type World } from "./check.ts";
import { findAggregationFields, readStatsFields } from "./query-fields.ts";

interface QueryView {
  readonly name: string;
  readonly path: FieldPath;
  readonly own: JsonObject;
  readonly alarm: JsonObject | undefined;
  /** The same query in every document, and its alarm there. */
  readonly all: readonly JsonObject[];
  readonly alarms: readonly JsonObject[];
  /** Whether this document is the one that says what several have in common. */
  readonly speaks: boolean;
}

const each =
  (check: (view: QueryView, world: World) => Found[]): Check =>
  (policy, world) =>
    (policy.spec.queries ?? []).flatMap((query, i) => {
      const all = entriesNamed(world, "queries", query.name);
      const view: QueryView = {
        name: query.name,
        path: ["spec", "queries", i],
        own: query as JsonObject,
        alarm: isObject(query.alarm) ? (query.alarm as JsonObject) : undefined,
        all,
        alarms: all.map((one) => one["alarm"]).filter(isObject),
        speaks: isFirst(policy, world, ({ spec }) =>
          (spec.queries ?? []).some(({ name }) => name === query.name),
        ),
      };
      return check(view, world);
    });

const invalid = (message: string, path: FieldPath): Found => ({ code: "InvalidValue", message, path });

const checkQuery = each(({ name, own, all, path, speaks }) => {
  const { query } = own;
  if (!isGiven(query)) {
    if (!speaks || all.some((one) => isGiven(one["query"]))) return [];
    const where = all.length > 1 ? " in any policy" : "";
    return [
      {
        code: "Incomplete",
        message: `query "${name}" has no query${where}; write one in Logs Insights' language`,
        path,
      },
    ];
  }
  if (typeof query !== "string") return [];
  const commands = query.split("|").filter((part) => /^\s*stats\b/i.test(part)).length;
  if (commands <= 2) return [];
  return [invalid(`query has ${commands} stats commands; Logs Insights takes two`, [...path, "query"])];
});

const checkGroups = each(({ own, path }) => {
  const groups = Array.isArray(own["groups"]) ? own["groups"] : [];
  return groups.flatMap((group, i): Found[] => {
    if (typeof group !== "string" || /^[\w#+=/:.@-]*$/.test(literalOf(group))) return [];
    const message = `log group ${JSON.stringify(group)} holds other characters than letters, digits and _ . - / # + = @ :`;
    return [invalid(`${message}; write its name or ARN`, [...path, "groups", i])];
  });
});

const needed = ["aggregation", "roleArn", "comparison", "threshold"] as const;

const checkComplete = each(({ name, alarm, alarms, path, speaks }) => {
  if (alarm === undefined || !speaks) return [];
  const missing = needed.filter((field) => !alarms.some((one) => isGiven(one[field])));
  if (missing.length === 0) return [];
  const where = alarms.length > 1 ? " in any policy" : "";
  const message = `the alarm of query "${name}" has no ${missing.join(" and no ")}${where}; an alarm on a query needs ${needed.join(", ")}`;
  return [{ code: "Incomplete", message, path: [...path, "alarm"] }];
});

const checkAggregation = each(({ alarm, path }) => {
  const text = alarm?.["aggregation"];
  if (typeof text !== "string") return [];
  const problem = readAggregation(literalOf(text));
  if (problem === undefined) return [];
  return [
    invalid(`aggregation ${JSON.stringify(text)} is not valid: ${problem}`, [
      ...path,
      "alarm",
      "aggregation",
    ]),
  ];
});

/** An aggregation of a field that no row has is no error to CloudWatch: the alarm never has data. */
const checkAggregatedFields = each(({ own, all, alarm, path }) => {
  const text = alarm?.["aggregation"];
  const query = effective(own, "query", all, undefined);
  if (typeof text !== "string" || typeof query !== "string") return [];
  if (`${text}${query}`.includes("${") || readAggregation(text) !== undefined) return [];
  const fields = readStatsFields(query);
  if (fields === undefined) return [];
  return findAggregationFields(text)
    .filter((field) => !fields.includes(field))
    .slice(0, 1)
    .map((field): Found => {
      const message = `aggregation ${JSON.stringify(text)} takes ${field}, which the query's stats does not yield: the alarm would see no data; ${suggest(field, fields)}`;
      return {
        severity: "warning",
        code: "InvalidValue",
        message,
        path: [...path, "alarm", "aggregation"],
      };
    });
});

const checkTiming = each(({ alarm, alarms, path }) => {
  const found: Found[] = [];
  for (const field of ["every", "window", "delay"] as const) {
    const value = alarm?.[field];
    if (typeof value !== "number" || value % 60 === 0) continue;
    const near = formatDuration(Math.max(60, Math.round(value / 60) * 60));
    found.push(
      invalid(`${field} ${formatDuration(value)} is no whole number of minutes; try ${near}`, [
        ...path,
        "alarm",
        field,
      ]),
    );
  }
  if (alarm === undefined || found.length > 0) return found;
  const every = effective(alarm, "every", alarms, 300);
  const window = effective(alarm, "window", alarms, every);
  const own = ["window", "every"].find((field) => isGiven(alarm[field]));
  if (typeof every !== "number" || typeof window !== "number" || window >= every || own === undefined)
    return found;
  const message = `window ${formatDuration(window)} is shorter than every ${formatDuration(every)}: lines in between are never looked at; make them equal`;
  return [{ severity: "warning", code: "InvalidValue", message, path: [...path, "alarm", own] }];
});

/** CloudWatch API reference: QueryResultsToEvaluate. */
const maxRuns = 100;

const checkJudging = each(({ alarm, alarms, path }) => {
  if (alarm === undefined) return [];
  const at = (field: string): FieldPath => [...path, "alarm", field];
  const found: Found[] = [];
  const { comparison, evaluationPeriods } = alarm;
  if ((bandComparisons as readonly unknown[]).includes(comparison))
    found.push(
      invalid(
        `comparison ${comparison} is only for an alarm with \`anomaly\`; use GreaterThanThreshold, LessThanThreshold or the like`,
        at("comparison"),
      ),
    );
  if (typeof evaluationPeriods === "number" && evaluationPeriods > maxRuns)
    found.push(
      invalid(
        `evaluationPeriods must be at most ${maxRuns} for an alarm on a query, got ${evaluationPeriods}`,
        at("evaluationPeriods"),
      ),
    );
  const periods = effective(alarm, "evaluationPeriods", alarms, 1);
  const datapoints = effective(alarm, "datapointsToAlarm", alarms, undefined);
  const own = ["datapointsToAlarm", "evaluationPeriods"].find((field) => isGiven(alarm[field]));
  if (
    typeof periods === "number" &&
    typeof datapoints === "number" &&
    datapoints > periods &&
    own !== undefined
  )
    found.push(
      invalid(
        `datapointsToAlarm ${datapoints} is more than evaluationPeriods ${periods}: it could never fire; raise evaluationPeriods`,
        at(own),
      ),
    );
  return found;
});

const checkRole = each(({ alarm, path }) => {
  const role = alarm?.["roleArn"];
  if (typeof role !== "string") return [];
  const at = [...path, "alarm", "roleArn"];
  const tag = templateNames(role).find((one) => one.startsWith("service.tags."));
  if (tag !== undefined) {
    const message = `\${${tag}} is refused here: whoever can tag the service would choose a role; write it out, or use another template`;
    return [{ code: "UnsafeTemplate", message, path: at }];
  }
  const isAllFilled = /^\$\{[^}]*\}$/.test(role);
  if (isAllFilled || /^arn:[^:]+:iam::[^:]+:role\/.+$/.test(literalOf(role))) return [];
  return [
    invalid(
      `roleArn ${JSON.stringify(role)} is no ARN of a role; write one such as arn:aws:iam::\${account}:role/log-alarms`,
      at,
    ),
  ];
});

const checkSeverity = each(({ alarm, path }, world) => {
  const severity = alarm?.["severity"];
  if (typeof severity !== "string") return [];
  const known = [
    ...new Set(
      world.specs.flatMap(({ notifications }) => (isObject(notifications) ? Object.keys(notifications) : [])),
    ),
  ];
  if (known.includes(severity)) return [];
  const fix = known.length === 0 ? "no policy has notifications" : suggest(severity, known);
  const message = `severity "${severity}" is no key of notifications; ${fix}`;
  return [{ code: "UnknownSeverity", message, path: [...path, "alarm", "severity"] }];
});

/** One name is one alarm in AWS, and one saved query. */
const checkNames: Check = ({ spec, at }) => {
  const first = new Map<string, number>();
  const others = [
    ...(spec.alarms ?? []).map(({ name }, i) => ({ name, path: ["spec", "alarms", i, "name"] })),
    ...(spec.logMetrics ?? []).flatMap(({ name, alarm }, i) =>
      isGiven(alarm) ? [{ name, path: ["spec", "logMetrics", i, "name"] }] : [],
    ),
  ];
  return (spec.queries ?? []).flatMap(({ name, alarm }, i): Found[] => {
    const path = ["spec", "queries", i, "name"];
    const duplicate = (message: string): Found[] => [{ code: "DuplicateName", message, path }];
    const earlier = first.get(name);
    if (earlier !== undefined)
      return duplicate(
        `"${name}" stands twice in queries, first on line ${at(["spec", "queries", earlier, "name"]).line}; rename one`,
      );
    first.set(name, i);
    const other = isGiven(alarm) ? others.find((one) => one.name === name) : undefined;
    if (other === undefined) return [];
    return duplicate(
      `the alarm of query "${name}" has the name of the alarm on line ${at(other.path).line}; rename one`,
    );
  });
};

/** What a template fills in has no characters that mean something. */
function literalOf(text: string): string {
  return parseTemplate(text)
    .parts.map((part) => ("literal" in part ? part.literal : "x"))
    .join("");
}

export const queryChecks: readonly Check[] = [
  checkNames,
  checkQuery,
  checkGroups,
  checkComplete,
  checkAggregation,
  checkAggregatedFields,
  checkTiming,
  checkJudging,
  checkRole,
  checkSeverity,
];
