// A Mackerel monitor as policies want it, and as two of them are compared. Mackerel's PUT replaces the whole monitor,
// so what is sent holds everything that is to stay. Source: https://mackerel.io/api-docs/entry/monitors.
import { compareText, isObject, type Json, type JsonObject, stableStringify } from "../model/json.ts";
import { type MonitorMark, markMemo } from "./mackerel-mark.ts";

type Defaults = Readonly<Record<string, Json>>;

const common: Defaults = { type: null, name: null, memo: null, isMute: false, notificationInterval: null };
const limits: Defaults = { operator: null, warning: null, critical: null };
const places: Defaults = { scopes: null, excludeScopes: null };
const attempts: Defaults = { maxCheckAttempts: 1 };

/** The fields of each type, with what Mackerel fills in for one that is left out (`null`: nothing). */
const fieldsOf: Readonly<Record<string, Defaults>> = {
  host: { ...common, ...limits, ...places, ...attempts, metric: null, duration: null },
  connectivity: { ...common, ...places, alertStatusOnGone: "CRITICAL" },
  service: {
    ...common,
    ...limits,
    ...attempts,
    service: null,
    metric: null,
    duration: null,
    missingDurationWarning: null,
    missingDurationCritical: null,
  },
  external: {
    ...common,
    ...attempts,
    method: "GET",
    url: null,
    service: null,
    responseTimeWarning: null,
    responseTimeCritical: null,
    responseTimeDuration: null,
    requestBody: null,
    headers: null,
    containsString: null,
    expectedStatusCode: null,
    followRedirect: false,
    skipCertificateVerification: false,
    certificationExpirationWarning: null,
    certificationExpirationCritical: null,
  },
  expression: { ...common, ...limits, expression: null, evaluateBackwardMinutes: 2 },
  anomalyDetection: {
    ...common,
    ...attempts,
    scopes: null,
    warningSensitivity: null,
    criticalSensitivity: null,
    trainingPeriodFrom: null,
  },
  query: { ...common, ...limits, query: null, legend: null, evaluateBackwardMinutes: 0 },
};

/**
 * Left as it stands where the policy does not give it: an operator mutes by hand in the middle of an incident, and
 * Mackerel chooses from when on it learns.
 */
const leftAlone = ["isMute", "trainingPeriodFrom"] as const;

/** What a policy asks for, as POST and PUT take it: with our mark in the memo. */
export function buildMonitor(monitor: JsonObject, mark: MonitorMark, retain?: boolean): JsonObject {
  // An id comes along when a monitor is copied from Mackerel; it would name the other one.
  const { id: _, memo, ...fields } = monitor;
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
  return { ...given, memo: markMemo(typeof memo === "string" ? memo : "", mark, retain) };
}

/** What is to stand: what is wanted, with what the policy leaves alone and with the fields that are newer than we are. */
export function completeMonitor(wanted: JsonObject, live: JsonObject | undefined): JsonObject {
  if (live === undefined) return wanted;
  const known = fieldsOf[String(wanted["type"])] ?? common;
  const kept = Object.entries(live).filter(([field, value]) => {
    if (value === null || field === "id" || wanted[field] !== undefined) return false;
    if ((leftAlone as readonly string[]).includes(field)) return field in known;
    return live["type"] === wanted["type"] && !(field in known);
  });
  return { ...Object.fromEntries(kept), ...wanted };
}

/** Without what Mackerel fills in, or writes in another form: `Service:Role` comes back as `Service: Role`. */
export function canonicalMonitor(monitor: JsonObject): JsonObject {
  const defaults = fieldsOf[String(monitor["type"])] ?? common;
  const entries = Object.entries(monitor).flatMap(([field, value]): [string, Json][] => {
    if (field === "id" || isEmpty(value)) return [];
    const same = canonicalField(field, value);
    return same === defaults[field] ? [] : [[field, same]];
  });
  return Object.fromEntries(entries);
}

/** Two that watch the same thing: their memos do not count. */
export function sameWatch(monitor: JsonObject): string {
  const { memo: _, ...watch } = canonicalMonitor(monitor);
  return stableStringify(watch);
}

function canonicalField(field: string, value: Json): Json {
  switch (field) {
    case "scopes":
    case "excludeScopes":
      return Array.isArray(value)
        ? [...new Set(value.map((scope) => String(scope).replace(/(?<!\s)\s*:\s*/, ": ")))].sort(compareText)
        : value;
    case "headers":
      return Array.isArray(value)
        ? value
            .filter(isObject)
            .map(({ name, value: text }): JsonObject => ({ name, value: text }))
            .sort((a, b) => compareText(stableStringify(a), stableStringify(b)))
        : value;
    case "name":
    case "memo":
    case "expression":
    case "query":
    case "legend":
      // YAML's blocks end with a newline; a form in a browser writes line ends of its own.
      return typeof value === "string" ? value.replaceAll(/\r\n?/g, "\n").trim() : value;
    default:
      return value;
  }
}

/** `null`, an empty text and an empty list all say that there is none. */
function isEmpty(value: Json | undefined): value is undefined | null {
  return (
    value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0)
  );
}
