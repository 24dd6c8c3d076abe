// How items are called in text: short where the heading or a bracket already says the rest.
import { matchesPart, parseOwnedName } from "../../core/names.ts";
import { type Change, comparisonOf, type ItemRef, type Plan, type PlanPart } from "../../model/plan.ts";
import { safeText } from "./safe-text.ts";

/** `OWNER/CLUSTER/SERVICE/NAME` → `NAME`; other names as they are. */
export function shortName(item: ItemRef, owner: string): string {
  const parsed = parseOwnedName(owner, item.name);
  const isOfItsService =
    parsed !== undefined &&
    item.cluster !== undefined &&
    item.service !== undefined &&
    matchesPart(parsed.cluster, item.cluster) &&
    matchesPart(parsed.service, item.service);
  return safeText(isOfItsService ? parsed.name : item.name);
}

/** What a name needs beside it: the kind, unless it is that of a metric alarm of ours. Filters, queries may share it. */
export function nameInText(item: ItemRef, owner: string): string {
  const short = shortName(item, owner);
  const isAlarm = item.kind === "MetricAlarm" && short !== safeText(item.name);
  return isAlarm ? short : `${item.kind} ${short}`;
}

/** Of a change: Mackerel's monitors go by the name in the policy, which may be a template, and are known by the filled one. */
export function changeName(change: Change, owner: string): string {
  const filled = (change.after ?? change.before)?.["name"];
  return change.kind === "MackerelMonitor" && typeof filled === "string"
    ? safeText(filled)
    : shortName(change, owner);
}

export interface Scope {
  readonly cluster?: string;
  readonly service?: string;
}

/** Says `CLUSTER/SERVICE`, or only `SERVICE` in a plan with a single cluster. */
export function createScopeNames(plan: Plan): (scope: Scope) => string {
  const base = comparisonOf(plan);
  const parts: readonly PlanPart[] = base === undefined ? [plan] : [base.change, base.drift, base.dropped];
  const items: readonly Scope[] = parts.flatMap(({ changes, blocked, unknown }) => [
    ...changes,
    ...blocked,
    ...unknown,
  ]);
  const clusters = new Set(items.map((item) => item.cluster).filter((cluster) => cluster !== undefined));
  return ({ cluster, service }) => {
    if (cluster === undefined) return "the account";
    if (service === undefined) return `cluster ${safeText(cluster)}`;
    return safeText(clusters.size > 1 ? `${cluster}/${service}` : service);
  };
}

/** `a, b and 7 more` */
export function listSome(names: readonly string[], limit: number): string {
  const shown = names.slice(0, limit).join(", ");
  return names.length > limit ? `${shown} and ${names.length - limit} more` : shown;
}
