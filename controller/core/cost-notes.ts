// What a plan's cost leaves out or takes for granted, in words: only what matters for this plan. Pure.
import type { CostLine, Scale } from "../model/cost.ts";
import { isObject, type JsonObject } from "../model/json.ts";
import type { Change, KindName, Plan } from "../model/plan.ts";
import { containersOf } from "./layer.ts";
import { priceTable } from "./prices.ts";
import { cpuUnits, mebibytes } from "./task-size.ts";

interface Counted {
  /** The changes that count. */
  readonly written: readonly Change[];
  readonly insights: Scale["insights"];
  readonly lines: readonly CostLine[];
}

/** Each is lower case, without a full stop. */
export function describeNotes(plan: Plan, { written, insights, lines }: Counted): readonly string[] {
  if (written.length === 0) return [];
  return [
    ...noteOnRegion(plan, lines),
    ...noteOnBases(lines),
    ...noteOnDimensions(written),
    ...noteOnInsights(insights),
    ...noteOnTasks(written, plan.scale),
    ...noteOnRest(plan, written),
  ];
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
    `each value of a dimension is a metric of its own: ${count(filters.length, "log metric")} with dimensions ${filters.length === 1 ? "counts" : "count"} as one each, which is the least`,
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
      : [`task sizes of ${count(elsewhere, "service")} change on capacity other than Fargate: not counted`]),
    ...(unknown === 0
      ? []
      : [
          `task sizes of ${count(unknown, "service")} change, and how many tasks they run is not known: not counted`,
        ]),
    ...(fitted === 0
      ? []
      : [
          `containers come into tasks of ${count(fitted, "service")} that keep their size, which costs no more capacity`,
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

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
