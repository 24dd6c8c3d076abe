// Two pages for one thing: alarms of a plan on a metric which somebody else's alarm watches already, and tells of. Composite
// alarms tell for what they are made of, on both sides.
import { type AlarmFacts, metricKey, metricsOf, type WatchedMetric } from "../../model/alarm-facts.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { ancestorsOf, indexComposites, isTelling } from "../audit/composites.ts";
import { describeMetric, type PlannedAlarm } from "./plan-alarms.ts";
import { listSome, warning } from "./warnings.ts";

/** @param standing metric alarms of others, and composite alarms of anybody: those that the plan writes count as it does */
export function warnOfDoubles(
  planned: readonly PlannedAlarm[],
  standing: readonly AlarmFacts[],
  account: string,
): Diagnostic[] {
  const ours = planned.map(({ facts }) => facts);
  const written = new Set(ours.map(({ name }) => name));
  const others = standing.filter(({ name }) => !written.has(name));
  const tellersOf = findTellers([...ours, ...others]);
  const byMetric = new Map<string, AlarmFacts[]>();
  for (const other of others)
    for (const key of new Set(metricsOf(other, account).map(metricKey)))
      byMetric.set(key, [...(byMetric.get(key) ?? []), other]);
  return planned.flatMap(({ facts: alarm, place }) => {
    const tellers = tellersOf(alarm);
    // One composite alarm over both is one page.
    const doubles = (other: AlarmFacts): boolean => {
      const its = tellersOf(other);
      return tellers.size > 0 && its.size > 0 && new Set([...tellers, ...its]).size > 1;
    };
    const isQuietTwin = (other: AlarmFacts): boolean =>
      tellers.size === 0 || (tellersOf(other).size === 0 && other.actions.length === 0);
    const metrics = new Map(alarm.metrics.map((metric) => [metricKey(metric), metric]));
    return [...metrics].flatMap(([key, metric]) => {
      // What only scales watches for no person.
      const same = (byMetric.get(key) ?? []).filter(
        ({ actions }) => actions.length === 0 || actions.some(isTelling),
      );
      const paging = same.filter(doubles);
      if (paging.length > 0)
        return [warning("DoublePaging", describeDouble(alarm, metric, paging, tellersOf), place)];
      const quiet = same.filter(isQuietTwin);
      return quiet.length === 0 ? [] : [warning("SameMetric", describeTwin(alarm, metric, quiet), place)];
    });
  });
}

type TellersOf = (alarm: AlarmFacts) => ReadonlySet<AlarmFacts>;

/** The alarms that tell somebody when one goes off: itself, and composite alarms over it. */
function findTellers(alarms: readonly AlarmFacts[]): TellersOf {
  const composites = indexComposites(alarms);
  return (alarm) =>
    new Set([alarm, ...ancestorsOf(alarm, composites)].filter(({ actions }) => actions.some(isTelling)));
}

function describeDouble(
  { name }: AlarmFacts,
  metric: WatchedMetric,
  same: readonly AlarmFacts[],
  tellersOf: TellersOf,
): string {
  const others = listSome(
    same.map((other) => {
      const tellers = [...tellersOf(other)];
      return tellers.includes(other) ? other.name : `${other.name} (through ${tellers[0]?.name})`;
    }),
  );
  const [watches, tells] = same.length === 1 ? ["watches", "tells"] : ["watch", "tell"];
  return `alarm ${name} watches ${describeMetric(metric)}, which ${others} of somebody else's ${watches} already and ${tells} of: two pages for one thing; take one of them away`;
}

function describeTwin({ name }: AlarmFacts, metric: WatchedMetric, same: readonly AlarmFacts[]): string {
  const watches = same.length === 1 ? "watches" : "watch";
  return `alarm ${name} watches ${describeMetric(metric)}, which ${listSome(same.map((other) => other.name))} of somebody else's ${watches} already; not both tell anybody now, and as soon as they do it is two pages for one thing`;
}
