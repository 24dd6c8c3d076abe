// Mackerel monitors that Mackerel would refuse: what each type needs, and within which limits.
// Source: https://mackerel.io/api-docs/entry/monitors.
import { isObject, type JsonObject } from "../../model/json.ts";
import type { FieldPath } from "../issues.ts";
import { nearest, suggest } from "../nearest.ts";
import { type Check, effective, entriesNamed, type Found, isFirst, isGiven } from "./check.ts";

interface Rule {
  readonly required?: true;
  readonly type?: "number" | "boolean" | "list" | "text";
  readonly least?: number;
  readonly most?: number;
  readonly step?: number;
  readonly oneOf?: readonly string[];
}

type Rules = Readonly<Record<string, Rule>>;

const text: Rule = { type: "text" };
const number: Rule = { type: "number" };
const flag: Rule = { type: "boolean" };
const list: Rule = { type: "list" };
const range = (least: number, most: number): Rule => ({ type: "number", least, most });
const required = (rule: Rule): Rule => ({ ...rule, required: true });

const common: Rules = {
  id: text,
  type: {},
  name: {},
  memo: text,
  isMute: flag,
  notificationInterval: { type: "number", least: 10 },
};
const limits: Rules = { operator: required({ oneOf: [">", "<"] }), warning: number, critical: number };
const places: Rules = { scopes: list, excludeScopes: list };
const attempts: Rules = { maxCheckAttempts: range(1, 10) };
const missing: Rule = { type: "number", least: 10, most: 10_080, step: 10 };
const sensitivity: Rule = { oneOf: ["insensitive", "normal", "sensitive"] };

const rulesOf: Readonly<Record<string, Rules>> = {
  host: { ...limits, ...places, ...attempts, metric: required(text), duration: required(range(1, 10)) },
  connectivity: { ...places, alertStatusOnGone: { oneOf: ["CRITICAL", "WARNING"] } },
  service: {
    ...limits,
    ...attempts,
    service: required(text),
    metric: required(text),
    duration: required(range(1, 10)),
    missingDurationWarning: missing,
    missingDurationCritical: missing,
  },
  external: {
    ...attempts,
    method: { oneOf: ["GET", "POST", "PUT", "DELETE"] },
    url: required(text),
    service: text,
    responseTimeWarning: { type: "number", least: 0 },
    responseTimeCritical: { type: "number", least: 0 },
    responseTimeDuration: range(1, 10),
    requestBody: text,
    headers: list,
    containsString: text,
    expectedStatusCode: range(100, 599),
    followRedirect: flag,
    skipCertificateVerification: flag,
    certificationExpirationWarning: { type: "number", least: 0 },
    certificationExpirationCritical: { type: "number", least: 0 },
  },
  expression: { ...limits, expression: required(text), evaluateBackwardMinutes: range(2, 10) },
  anomalyDetection: {
    ...attempts,
    scopes: required(list),
    warningSensitivity: sensitivity,
    criticalSensitivity: sensitivity,
    trainingPeriodFrom: { type: "number", least: 0 },
  },
  query: { ...limits, query: required(text), legend: required(text), evaluateBackwardMinutes: range(0, 10) },
};

const checkMonitors: Check = (policy, world) => {
  const first = new Map<string, number>();
  return (policy.spec.mackerel?.monitors ?? []).flatMap((monitor, i): Found[] => {
    const path = ["spec", "mackerel", "monitors", i];
    const { name } = monitor;
    const earlier = first.get(name);
    first.set(name, earlier ?? i);
    const all = entriesNamed(world, "mackerel", name);
    const type = effective(monitor, "type", all, undefined);
    const rules: Rules = { ...common, ...rulesOf[String(type)] };
    const speaks = isFirst(policy, world, ({ spec }) =>
      (spec.mackerel?.monitors ?? []).some((other) => other.name === name),
    );
    return [
      ...(earlier === undefined
        ? []
        : [duplicate(name, policy.at([...path.slice(0, 3), earlier, "name"]).line, path)]),
      ...(typeof type === "string" ? findUnknown(monitor as JsonObject, type, rules, path) : []),
      ...Object.entries(rules).flatMap(([field, rule]) => judge(field, monitor[field], rule, path)),
      ...(speaks ? findMissing(name, rules, all, path) : []),
    ];
  });
};

function duplicate(name: string, line: number, path: FieldPath): Found {
  const message = `${JSON.stringify(name)} stands twice in monitors, first on line ${line}; rename one`;
  return { code: "DuplicateName", message, path: [...path, "name"] };
}

/** A field that is near no known one may be newer than this list. */
function findUnknown(monitor: JsonObject, type: string, rules: Rules, path: FieldPath): Found[] {
  const known = Object.keys(rules);
  return Object.keys(monitor)
    .filter((field) => !known.includes(field))
    .map((field) => ({
      ...(nearest(field, known) === undefined ? { severity: "warning" as const } : {}),
      code: "UnknownField",
      message: `unknown field ${JSON.stringify(field)} of a monitor of type ${type}; ${suggest(field, known)}`,
      path: [...path, field],
    }));
}

function judge(field: string, value: unknown, rule: Rule, path: FieldPath): Found[] {
  const invalid = (message: string): Found[] => [{ code: "InvalidValue", message, path: [...path, field] }];
  if (!isGiven(value) || (typeof value === "string" && value.includes("${"))) return [];
  const { type, least, most, step, oneOf } = rule;
  if (oneOf !== undefined && (typeof value !== "string" || !oneOf.includes(value)))
    return invalid(
      `${field} ${show(value)} is unknown; ${suggest(typeof value === "string" ? value : "", oneOf)}`,
    );
  if (type === "number" && typeof value !== "number")
    return invalid(`${field} must be a number, got ${show(value)}`);
  if (type === "boolean" && typeof value !== "boolean")
    return invalid(`${field} must be true or false, got ${show(value)}`);
  if (type === "list" && !Array.isArray(value)) return invalid(`${field} must be a list, got ${show(value)}`);
  if (type === "text" && (typeof value !== "string" || value === ""))
    return invalid(`${field} must be a string, got ${show(value)}`);
  if (typeof value !== "number") return [];
  if ((least !== undefined && value < least) || (most !== undefined && value > most))
    return invalid(
      `${field} must be ${most === undefined ? `at least ${least}` : `from ${least} to ${most}`}, got ${value}`,
    );
  if (step !== undefined && value % step !== 0)
    return invalid(`${field} must be a multiple of ${step}, got ${value}`);
  return [];
}

function findMissing(name: string, rules: Rules, all: readonly JsonObject[], path: FieldPath): Found[] {
  const type = all.find((one) => isGiven(one["type"]))?.["type"];
  if (type === undefined) {
    const message = `monitor ${JSON.stringify(name)} has no type${all.length > 1 ? " in any policy" : ""}; give one of ${Object.keys(rulesOf).join(", ")}`;
    return [{ code: "Incomplete", message, path }];
  }
  const isSaid = (field: string): boolean => all.some((one) => isGiven(one[field]));
  const fields = Object.entries(rules).flatMap(([field, rule]) =>
    rule.required && !isSaid(field) ? [field] : [],
  );
  const either = eitherOf(String(type));
  if (either !== undefined && !either.some(isSaid)) fields.push(either.join(" or "));
  if (fields.length === 0) return [];
  const message = `monitor ${JSON.stringify(name)} of type ${String(type)} has no ${fields.join(", no ")}; Mackerel needs ${fields.length === 1 ? "it" : "them"}`;
  return [{ code: "Incomplete", message, path }];
}

function eitherOf(type: string): readonly string[] | undefined {
  if (type === "anomalyDetection") return ["warningSensitivity", "criticalSensitivity"];
  return rulesOf[type]?.["operator"] === undefined ? undefined : ["warning", "critical"];
}

function show(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  return isObject(value) ? "a mapping" : JSON.stringify(value);
}

export const mackerelChecks: readonly Check[] = [checkMonitors];
