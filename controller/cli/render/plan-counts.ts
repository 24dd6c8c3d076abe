// Plans counted for a headline: what an apply would write, and what a person must look at. Pure.
import {
  type Blocked,
  type Change,
  comparisonOf,
  isBlockedError,
  isGuarded,
  isWaiting,
  type Plan,
} from "../../model/plan.ts";
import { plural } from "../../model/plural.ts";
import { partDifferences } from "./describe-difference.ts";
import { redactChange } from "./redact.ts";

export interface PlanCounts {
  /** Of what would be written; what stands in Audit is counted apart. */
  readonly create: number;
  readonly update: number;
  readonly delete: number;
  readonly audited: number;
  /** Services of which anything would be written. */
  readonly services: number;
  readonly redeploys: number;
  readonly dataLosses: number;
  /** Changes that a guard holds back: they are not among those that would be written. */
  readonly guarded: number;
  /** Changes that wait for a window or a deployment; nor are they. */
  readonly waiting: number;
  /** Of both: what they would delete or take off, and the services that they would redeploy. */
  readonly laterDeletes: number;
  readonly laterRedeploys: number;
  readonly unchanged: number;
  /** Blocked, and an error. */
  readonly held: number;
  /** Blocked, and mere information. */
  readonly noted: number;
  readonly unknown: number;
  readonly errors: number;
  readonly warnings: number;
}

export function countPlan(plan: Plan): PlanCounts {
  const enforced = plan.changes.filter(({ enforcement }) => enforcement === "Enforce");
  const count = (action: Change["action"]) => enforced.filter((change) => change.action === action).length;
  const services = enforced.filter(({ service }) => service !== undefined).map(placeKey);
  const guarded = findHeld(plan, isGuarded);
  const waiting = findHeld(plan, isWaiting);
  const later = [...guarded, ...waiting];
  const held = plan.blocked.filter(isBlockedError).length;
  const errors = plan.diagnostics.filter(({ severity }) => severity === "error").length;
  return {
    create: count("create"),
    update: count("update"),
    delete: count("delete"),
    audited: plan.changes.length - enforced.length,
    services: new Set(services).size,
    redeploys: countRedeployed(enforced),
    dataLosses: enforced.filter(({ impact }) => impact === "dataloss").length,
    guarded: guarded.length,
    waiting: waiting.length,
    laterDeletes: later.filter(({ action, deletes }) => action === "delete" || deletes > 0).length,
    laterRedeploys: countRedeployed(later),
    unchanged: plan.unchanged,
    held,
    noted: plan.blocked.length - held,
    unknown: plan.unknown.length,
    errors,
    warnings: plan.diagnostics.length - errors,
  };
}

/** What would be written, were it not blocked in this way. */
function findHeld({ blocked, held }: Plan, isSuch: (one: Blocked) => boolean): readonly Change[] {
  return blocked
    .filter(isSuch)
    .flatMap((one) => held?.get(one) ?? [])
    .filter(({ enforcement }) => enforcement === "Enforce");
}

/** Services. */
function countRedeployed(changes: readonly Change[]): number {
  const places = changes
    .filter(({ impact }) => impact === "deployment")
    .map((change) => (change.service === undefined ? change.id : placeKey(change)));
  return new Set(places).size;
}

/** Of what the plan does; beside a base, of what this change does of it. */
export function countShown(plan: Plan): PlanCounts {
  return countPlan({ ...plan, ...comparisonOf(plan)?.change });
}

/** Targets have no service in common. */
export function addCounts(all: readonly PlanCounts[]): PlanCounts {
  const sum = (key: keyof PlanCounts) => all.reduce((total, counts) => total + counts[key], 0);
  return {
    create: sum("create"),
    update: sum("update"),
    delete: sum("delete"),
    audited: sum("audited"),
    services: sum("services"),
    redeploys: sum("redeploys"),
    dataLosses: sum("dataLosses"),
    guarded: sum("guarded"),
    waiting: sum("waiting"),
    laterDeletes: sum("laterDeletes"),
    laterRedeploys: sum("laterRedeploys"),
    unchanged: sum("unchanged"),
    held: sum("held"),
    noted: sum("noted"),
    unknown: sum("unknown"),
    errors: sum("errors"),
    warnings: sum("warnings"),
  };
}

/** Of all plans of a run, and how many targets have none. */
export function describeRun(plans: readonly Plan[], failed: number): string {
  if (plans.length === 0) return "no target could be planned";
  const counts = addCounts(plans.map(countShown));
  const all = { ...counts, unknown: counts.unknown + failed };
  return plans.some(comparisonOf) ? describeChangeTitle(all) : describeTitle(all);
}

/** Beside a base: `14 changes to 5 services by this change`. */
function describeChangeTitle(counts: PlanCounts): string {
  if (counts.create + counts.update + counts.delete > 0) return `${describeTitle(counts)} by this change`;
  const later = describeLater(counts);
  if (later !== "") return `nothing now, ${later} by this change`;
  return counts.unknown > 0 ? "nothing by this change in what could be read" : "nothing by this change";
}

/** Beside a base: what is done without this change too, and what is no longer done with it. */
export function describeOthers(plans: readonly Plan[]): readonly string[] {
  const parts = plans.flatMap((plan) => {
    const base = comparisonOf(plan);
    return base === undefined ? [] : [{ plan, base }];
  });
  if (parts.length === 0) return [];
  const drift = addCounts(parts.map(({ plan, base }) => countPlan({ ...plan, ...base.drift })));
  const dropped = parts.reduce((sum, { base }) => sum + base.dropped.changes.length, 0);
  const changes = drift.create + drift.update + drift.delete;
  const mixed = parts.flatMap(({ base }) => base.change.changes).filter(driftsToo).length;
  const drifting = [
    ...(changes === 0 && mixed > 0 ? [] : [changes === 0 ? "nothing" : describeTitle(drift)]),
    ...(mixed === 0 ? [] : [`fields of ${plural(mixed, "item")} that this change touches too`]),
    // What is not changed is counted with the whole.
    ...describeCounts(drift).slice(changes === 0 ? 0 : 1, -1),
  ];
  return [
    `drifting anyway: ${drifting.join(", ")}`,
    ...(dropped === 0 ? [] : [`no longer done: ${plural(dropped, "change")}`]),
  ];
}

function driftsToo(change: Change): boolean {
  // What is our own book-keeping is known only of what is shown.
  const isMixed = change.differences.some(({ drifts }) => drifts);
  return isMixed && partDifferences(redactChange(change)).drifting.length > 0;
}

/** `14 changes to 5 services`, or that there are none. */
export function describeTitle(counts: PlanCounts): string {
  const changes = counts.create + counts.update + counts.delete;
  if (changes === 0) {
    const where = counts.unknown > 0 ? " in what could be read" : "";
    const later = describeLater(counts);
    return later === "" ? `nothing to do${where}` : `nothing to do now${where}, ${later}`;
  }
  const where = counts.services === 0 ? "" : ` to ${plural(counts.services, "service")}`;
  return `${plural(changes, "change")}${where}`;
}

/** `11 changes held back, 2 changes later`: a reviewer must know of them, whenever they are written. */
function describeLater({ guarded, waiting }: PlanCounts): string {
  return [
    ...(guarded === 0 ? [] : [`${plural(guarded, "change")} held back`]),
    ...(waiting === 0 ? [] : [`${plural(waiting, "change")} later`]),
  ].join(", ");
}

/** `11 changes held back (10 to delete or take off, 2 services to redeploy)` */
function describeLaterInFull(counts: PlanCounts): string {
  const { laterDeletes, laterRedeploys } = counts;
  const parts = [
    ...(laterDeletes === 0 ? [] : [`${laterDeletes} to delete or take off`]),
    ...(laterRedeploys === 0 ? [] : [`${plural(laterRedeploys, "service")} to redeploy`]),
  ];
  return `${describeLater(counts)}${parts.length === 0 ? "" : ` (${parts.join(", ")})`}`;
}

/** The headline's second line, part by part; parts that count nothing are left out. */
export function describeCounts(counts: PlanCounts): readonly string[] {
  const given = (count: number, text: string): readonly string[] => (count === 0 ? [] : [text]);
  const changes = counts.create + counts.update + counts.delete;
  return [
    ...given(changes, `${counts.create} to create, ${counts.update} to change, ${counts.delete} to delete`),
    ...given(
      counts.redeploys,
      counts.redeploys === 1 ? "1 service redeploys" : `${counts.redeploys} services redeploy`,
    ),
    ...given(
      counts.dataLosses,
      counts.dataLosses === 1 ? "1 change destroys data" : `${counts.dataLosses} changes destroy data`,
    ),
    ...given(counts.guarded + counts.waiting, describeLaterInFull(counts)),
    ...given(counts.audited, `${counts.audited} in audit, not written`),
    ...given(counts.held, `${plural(counts.held, "item")} blocked`),
    ...given(counts.unknown, `${counts.unknown} could not be read`),
    ...given(counts.errors, plural(counts.errors, "error")),
    ...given(counts.warnings, plural(counts.warnings, "warning")),
    ...given(counts.noted, `${plural(counts.noted, "item")} left out, for information`),
    `${counts.unchanged} unchanged`,
  ];
}

function placeKey({ cluster, service }: Pick<Change, "cluster" | "service">): string {
  return JSON.stringify([cluster, service]);
}
