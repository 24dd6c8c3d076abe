// Exceptions, as they hold for one service: a waived alarm stands with its actions off, anything else is left as it is.
import { comparePlaces } from "../api/parse.ts";
import type { Exception, PolicySet } from "../api/policy.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Workload } from "../model/workload.ts";
import { asksForAlarm } from "./alarm-names.ts";
import type { Item, Selected } from "./select.ts";
import { matchesSelector } from "./selectors.ts";

export interface Waiver {
  readonly exception: string;
  readonly reason: string;
  /** The last day, `2027-01-31`. */
  readonly expires: string;
}

const day = 86_400_000;
/** A waiver that nobody has to think about again is a hole in the monitoring. */
const maxDays = 90;

/** The set as of an instant: with the exceptions that hold then, until the end of their last day, UTC. */
export function settleExceptions(set: PolicySet, asOf: Date): PolicySet {
  const found = checkExpiry(set.exceptions, asOf);
  return {
    ...set,
    exceptions: set.exceptions.filter(({ spec }) => asOf.getTime() < endOf(spec.expires)),
    diagnostics: [...set.diagnostics, ...found].sort(comparePlaces),
  };
}

/** What is wrong with the dates of exceptions, as of an instant. */
function checkExpiry(exceptions: readonly Exception[], asOf: Date): Diagnostic[] {
  return exceptions.flatMap(({ name, spec: { expires }, at }): Diagnostic[] => {
    const place = { ...at(["spec", "expires"]), path: "spec.expires" };
    const end = endOf(expires);
    if (asOf.getTime() >= end) {
      const message = `exception ${name} expired at the end of ${expires}; what it waived holds again. Take the document away`;
      return [{ severity: "warning", code: "ExceptionExpired", message, ...place }];
    }
    const latest = new Date(asOf.getTime() + maxDays * day).toISOString().slice(0, 10);
    if (expires <= latest) return [];
    const message = `expires ${expires} is more than ${maxDays} days ahead; use ${latest} at the latest, and renew it when it is still needed`;
    return [{ severity: "error", code: "InvalidValue", message, ...place }];
  });
}

/** Item (`alarms.p99-latency`, `healthCheck`) → the exception that waives it for this service. */
export function findWaivers(
  exceptions: readonly Exception[],
  workload: Workload,
): ReadonlyMap<string, Waiver> {
  const found = new Map<string, Waiver>();
  for (const { name, spec } of [...exceptions].sort(latestLast)) {
    if (!matchesSelector(spec.selector, workload)) continue;
    for (const item of spec.except)
      found.set(item, { exception: name, reason: spec.reason, expires: spec.expires });
  }
  return found;
}

/** Each with the alarm of its own name: a log metric's and a query's go with it. */
export function waivedAlarms(
  waivers: ReadonlyMap<string, Waiver>,
  { logMetrics, queries }: Pick<Selected, "logMetrics" | "queries">,
): ReadonlyMap<string, Waiver> {
  return new Map(
    [...waivers].flatMap(([item, waiver]) => {
      const [list, name] = [item.slice(0, item.indexOf(".")), item.slice(item.indexOf(".") + 1)];
      const asks =
        list === "alarms" ||
        (list === "logMetrics" && asksForAlarm(logMetrics.get(name), "logMetrics", name)) ||
        (list === "queries" && asksForAlarm(queries.get(name), "queries", name));
      return asks ? [[name, waiver]] : [];
    }),
  );
}

/** The item, or the same one frozen as it stands. */
export function waive<T>(item: Item<T> | undefined, waiver: Waiver | undefined): Item<T> | undefined {
  if (item === undefined || waiver === undefined) return item;
  const message = `waived until ${waiver.expires} by exception ${waiver.exception}: ${waiver.reason}`;
  return {
    ...item,
    result: { ok: false, reason: { code: "Suspended", message } },
    ...(item.result.ok ? { unwaived: item.result.value } : {}),
  };
}

/** The item as its alarm needs it: the alarm of one that is frozen stands all the same, with its actions off. */
export function withoutWaiver<T>(item: Item<T>): Item<T> {
  return item.unwaived === undefined ? item : { ...item, result: { ok: true, value: item.unwaived as T } };
}

/** The instant at which a day of UTC is over. */
function endOf(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) + day;
}

function latestLast(a: Exception, b: Exception): number {
  return a.spec.expires < b.spec.expires
    ? -1
    : a.spec.expires > b.spec.expires
      ? 1
      : a.name < b.name
        ? -1
        : 1;
}
