// What a plan's cost leaves out or takes for granted, in words: only what matters for this plan. Pure.
import type { CostLine, Scale } from "../model/cost.ts";
import { isObject, type JsonObject, jsonEqual } from "../model/json.ts";
import { type Change, comparisonOf, type KindName, type Plan } from "../model/plan.ts";
import { plural } from "../model/plural.ts";
import { containersOf } from "./layer.ts";
import { priceTable } from "./prices.ts";
import { insightsOf } from "./scale.ts";
import { cpuUnits, mebibytes } from "./task-size.ts";

/** Each is lower case, without a full stop. */
export function describeNotes(plan: Plan, lines: readonly CostLine[]): readonly string[] {
  const { changes, scale } = ownPart(plan);
  const written = changes.filter(({ enforcement }) => enforcement === "Enforce");
  if (written.length === 0) return [];
  return [
    ...noteOnRegion(plan, lines),
    ...noteOnBases(lines),
    ...noteOnDimensions(written),
    ...noteOnInsights(insightsOf(written, scale)),
    ...noteOnTasks(written, scale),
    ...noteOnRest(plan, written),
  ];
}

/** Beside a base: what is of this change, also of what it does no longer. */
function ownPart(plan: Plan): Pick<Plan, "changes" | "scale"> {
  const comparison = comparisonOf(plan);
  if (comparison === undefined) return plan;
  const { change, dropped, counted } = comparison;
  const [head, base] = [plan.scale?.insights ?? [], counted.scale?.insights ?? []];
  const isIn = (list: Scale["insights"], one: Scale["insights"][number]): boolean =>
    list.some(({ cluster, after }) => cluster === one.cluster && jsonEqual({ ...after }, { ...one.after }));
  const own = head.filter((one) => !isIn(base, one));
  const others = base.filter((one) => !head.some(({ cluster }) => cluster === one.cluster));
  return {
    changes: [...change.changes, ...dropped.changes],
    scale: {
      services: new Map([...(counted.scale?.services ?? []), ...(plan.scale?.services ?? [])]),
      insights: [...own, ...others],
    },
  };
}

function noteOnRegion({ metadata: { region } }: Plan, lines: readonly CostLine[]): string[] {
  const isListed = lines.some(({ basis }) => basis === "confirmed" || basis === "unconfirmed");
  if (region === priceTable.region || !isListed) return [];
  return [
    `the prices are those of ${priceTable.region}, and in ${region} they may differ; give those of ${region} with --prices`,
  ];
}

function noteOnBases(lines: readonly CostLine[]): string[] {
  const names = (basis: CostLine["basis"]) =>
    lines.filter((line) => line.basis === basis).map(({ price }) => price);
  const [unknown, unconfirmed] = [names("unknown"), names("unconfirmed")];
  return [
    ...(unknown.length === 0
      ? []
      : [`no price is known of ${unknown.join(", ")}, which counts nothing; give one with --prices`]),
    ...(unconfirmed.length === 0
      ? []
      : [`${unconfirmed.join(", ")}: found in texts of others only, and not confirmed by AWS's price list`]),
  ];
}

function noteOnDimensions(written: readonly Change[]): string[] {
  const filters = written.filter(
    ({ kind, before, after }) => kind === "MetricFilter" && hasDimensions(after ?? before),
  );
  if (filters.length === 0) return [];
  return [
    `each value of a dimension is a metric of its own: ${plural(filters.length, "log metric")} with dimensions ${filters.length === 1 ? "counts" : "count"} as one each, which is the least`,
  ];
}

function hasDimensions(spec: JsonObject | null): boolean {
  const list = spec?.["metricTransformations"];
  return Array.isArray(list) && list.some((one) => isObject(one) && isObject(one["dimensions"]));
}

function noteOnInsights(clusters: Scale["insights"]): string[] {
  if (clusters.length === 0) return [];
  const partial = clusters.filter(({ isPartial }) => isPartial).map(({ cluster }) => cluster);
  return [
    "metrics of Container Insights are counted by AWS's table for the tasks that services run now; not counted are its performance logs, instances, EBS volumes and tasks of no service",
    ...(partial.length === 0
      ? []
      : [`not all services of ${listSome(partial)} were read, so that Container Insights sends more there`]),
  ];
}

function noteOnTasks(written: readonly Change[], scale: Scale | undefined): string[] {
  const tasks = written.filter(
    ({ kind, before, after }) => kind === "TaskDefinition" && before !== null && after !== null,
  );
  const resized = tasks.filter(isResized);
  const onFargate = ({ id }: Change) => scale?.services.get(id)?.onFargate === true;
  const unknown = resized.filter(({ id }) => scale?.services.get(id) === undefined).length;
  const elsewhere = resized.filter((change) => !onFargate(change)).length - unknown;
  const fitted = tasks.filter((change) => !isResized(change) && addsContainers(change)).length;
  return [
    ...(resized.some(onFargate)
      ? [
          "tasks on Fargate are priced on demand, for as many as their services want now, all month; Fargate Spot and Savings Plans cost less",
        ]
      : []),
    ...(elsewhere === 0
      ? []
      : [`task sizes of ${plural(elsewhere, "service")} change on capacity other than Fargate: not counted`]),
    ...(unknown === 0
      ? []
      : [
          `task sizes of ${plural(unknown, "service")} change, and how many tasks they run is not known: not counted`,
        ]),
    ...(fitted === 0
      ? []
      : [
          `containers come into tasks of ${plural(fitted, "service")} that keep their size, which costs no more capacity`,
        ]),
  ];
}

function isResized({ before, after }: Change): boolean {
  return (
    cpuUnits(before?.["cpu"]) !== cpuUnits(after?.["cpu"]) ||
    mebibytes(before?.["memory"]) !== mebibytes(after?.["memory"])
  );
}

function addsContainers({ before, after }: Change): boolean {
  const names = new Set(containersOf(before ?? {}).map(({ name }) => name));
  return containersOf(after ?? {}).some(({ name }) => !names.has(name));
}

/** Kinds whose cost is in what goes through them. */
const metered: ReadonlySet<KindName> = new Set([
  "LogGroup",
  "TaskDefinition",
  "LogAlarm",
  "QueryDefinition",
  "EventRule",
]);

function noteOnRest(plan: Plan, written: readonly Change[]): string[] {
  const has = (wanted: (kind: KindName) => boolean) => written.some(({ kind }) => wanted(kind));
  return [
    ...(has((kind) => metered.has(kind))
      ? [
          "not counted is what hangs on use: logs that are written, kept and queried, what agents send, targets of rules",
        ]
      : []),
    ...(has((kind) => kind === "MackerelMonitor") ? ["what Mackerel charges is not counted"] : []),
    ...(plan.unknown.length === 0 ? [] : ["what could not be read is not counted"]),
    "the free tier, discounts and taxes are not counted",
  ];
}

function listSome(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(", ");
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
