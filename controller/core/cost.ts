// What a plan would cost: its changes counted in units that AWS charges for, times their prices. What is deleted counts
// with a minus, by the same rules, so that a create and the delete of the same thing come to nothing. Pure, and the same
// plan gives the same bytes.
import {
  type Cost,
  type CostLine,
  type GivenPrices,
  type InsightsUse,
  type PriceName,
  priceNames,
  type Scale,
} from "../model/cost.ts";
import { isObject, type JsonObject } from "../model/json.ts";
import { type Change, comparisonOf, type KindName, kindNames, type Plan } from "../model/plan.ts";
import { describeNotes } from "./cost-notes.ts";
import { hoursPerMonth, pricesIn, priceTable, prices as table } from "./prices.ts";
import { insightsOf } from "./scale.ts";
import { cpuUnits, isWindows, mebibytes } from "./task-size.ts";

/** Units a month, by the price that they have. */
type Units = ReadonlyMap<PriceName, number>;

/**
 * What is in Audit is not written, and what is blocked is no change: neither counts. Beside a base it is the cost of this
 * change: what the plan's end costs, without what the base's costs.
 */
export function costOf(plan: Plan, file?: GivenPrices): Cost {
  const here = pricesIn(plan.metadata.region, file);
  const counted = comparisonOf(plan)?.counted;
  const units = addUnits([unitsOfEnd(plan), ...(counted === undefined ? [] : [negate(unitsOfEnd(counted))])]);
  const lines = priceNames.flatMap((price): CostLine[] => {
    const count = units.get(price) ?? 0;
    if (count === 0) return [];
    const { what, unit } = table[price];
    const { usd, basis } = here.find(price);
    const money = usd === undefined ? {} : { each: usd, monthly: toCents(count * usd) / 100 };
    return [{ price, what, count, unit, basis, ...money }];
  });
  return {
    currency: "USD",
    monthly: lines.reduce((sum, { monthly = 0 }) => sum + Math.round(monthly * 100), 0) / 100,
    lines,
    prices: { ...priceTable, given: priceNames.filter((name) => here.given[name] !== undefined) },
    notes: describeNotes(plan, lines),
  };
}

/** What stands once it is written, without what stands now. */
function unitsOfEnd({ changes, scale }: Pick<Plan, "changes" | "scale">): Units {
  const written = changes.filter(({ enforcement }) => enforcement === "Enforce");
  return addUnits([
    ...written.flatMap((change) => [
      unitsOf(change.kind, change.after),
      negate(unitsOf(typeBefore(change), change.before)),
      unitsOfTasks(change, scale),
    ]),
    ...insightsOf(written, scale).flatMap(({ before, after }) => [
      unitsOfInsights(after),
      negate(unitsOfInsights(before)),
    ]),
  ]);
}

/** The same number of cents for what comes and for what goes. */
function toCents(usd: number): number {
  return Math.sign(usd) * Math.round(Math.abs(usd) * 100);
}

/** Kinds that are charged for by their being there. The others cost nothing, or what they cost hangs on their use. */
const charged: Readonly<Partial<Record<KindName, (spec: JsonObject) => Units>>> = {
  MetricAlarm: unitsOfAlarm,
  CompositeAlarm: () => new Map([["compositeAlarm", 1]]),
  LogAlarm: () => new Map([["logAlarm", 1]]),
  MetricFilter: ({ metricTransformations }) =>
    new Map([["customMetric", listOf(metricTransformations).length]]),
  Dashboard: () => new Map([["dashboard", 1]]),
};

function unitsOf(kind: KindName, spec: JsonObject | null): Units {
  return (spec === null ? undefined : charged[kind]?.(spec)) ?? new Map();
}

/** An alarm may take the place of one of another type. */
function typeBefore({ kind, before }: Change): KindName {
  const type = before?.["AlarmType"];
  return kindNames.find((name) => name === type) ?? kind;
}

/** Each metric that it names, also twice the same, and two for the upper and the lower edge of a band. */
function unitsOfAlarm(spec: JsonObject): Units {
  const queries = listOf(spec["Metrics"]);
  const metrics = queries.flatMap(({ MetricStat }) => (isObject(MetricStat) ? [MetricStat] : []));
  // A query over metrics that CloudWatch looks up names none: it counts as one, which it is at least.
  const named = Math.max(1, metrics.length);
  const edges = spec["ThresholdMetricId"] === undefined ? 0 : 2;
  const periods = [spec, ...queries, ...metrics].flatMap(({ Period }) =>
    typeof Period === "number" ? [Period] : [],
  );
  const isFast = periods.some((period) => period < 60);
  return new Map([[isFast ? "alarmMetricHighResolution" : "alarmMetric", named + edges]]);
}

/** Fargate charges for the size of a task, and not for what is in it. */
function unitsOfTasks({ kind, id, before, after }: Change, scale: Scale | undefined): Units {
  const service = kind === "TaskDefinition" ? scale?.services.get(id) : undefined;
  if (!service?.onFargate || before === null || after === null) return new Map();
  const { vcpu, memory, licence } = pricesOfTask(after);
  const cpus = ((cpuUnits(after["cpu"]) ?? 0) - (cpuUnits(before["cpu"]) ?? 0)) / 1024;
  const gigabytes = ((mebibytes(after["memory"]) ?? 0) - (mebibytes(before["memory"]) ?? 0)) / 1024;
  const hours = service.tasks * hoursPerMonth;
  return new Map([
    [vcpu, cpus * hours],
    [memory, gigabytes * hours],
    ...(licence === undefined ? [] : [[licence, cpus * hours] as const]),
  ]);
}

interface TaskPrices {
  readonly vcpu: PriceName;
  readonly memory: PriceName;
  readonly licence?: PriceName;
}

/** No change of ours moves a task to another platform. */
function pricesOfTask(definition: JsonObject): TaskPrices {
  const platform = definition["runtimePlatform"];
  if (isWindows(definition))
    return {
      vcpu: "fargateWindowsVcpuHour",
      memory: "fargateWindowsGbHour",
      licence: "fargateWindowsLicenceVcpuHour",
    };
  if (isObject(platform) && platform["cpuArchitecture"] === "ARM64")
    return { vcpu: "fargateArmVcpuHour", memory: "fargateArmGbHour" };
  return { vcpu: "fargateVcpuHour", memory: "fargateGbHour" };
}

/** Without enhanced observability its metrics are charged as custom metrics (ECS developer guide). */
function unitsOfInsights({ mode, metrics }: InsightsUse): Units {
  return new Map([[mode === "enhanced" ? "insightsMetric" : "customMetric", metrics]]);
}

function negate(units: Units): Units {
  return new Map([...units].map(([name, count]) => [name, -count]));
}

/** All of them are sums of whole numbers and of 1/1024, and so exact. */
function addUnits(all: readonly Units[]): Units {
  const sums = new Map<PriceName, number>();
  for (const units of all) for (const [name, count] of units) sums.set(name, (sums.get(name) ?? 0) + count);
  return sums;
}

function listOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
