// What a service's alarms make of no data: those on tasks and targets must go off, and those on anything else must not.
import type { AlarmFacts } from "../../model/alarm-facts.ts";
import type { Area, AreaWatch } from "./areas.ts";
import { foundIn, namesOf, type Verdict } from "./verdicts.ts";

export function judgeMissingData(watched: readonly AreaWatch[]): Verdict[] {
  // An area is safe with one alarm that sees it gone.
  const gone = watched.flatMap(({ area, alarms }) => {
    const asking = alarms.filter((alarm) => asksForPresence(area, alarm));
    return asking.length === 0 ? [] : [asking];
  });
  const blind = gone.filter((alarms) => !alarms.some(seesAbsence)).flat();
  const others = watched.filter(({ area }) => ["cpu", "memory", "5xx", "latency"].includes(area));
  const nervous = others.flatMap(({ alarms }) => alarms.filter(isNervous));
  return [
    ...(gone.length === 0
      ? []
      : [
          foundIn(
            "AlarmBlindWhenGone",
            namesOf(blind),
            (list) => `with no data at all ${list} stays silent: nothing that runs is no data`,
          ),
        ]),
    ...(others.every(({ alarms }) => alarms.length === 0)
      ? []
      : [
          foundIn(
            "AlarmFiresWithoutTraffic",
            namesOf(nervous),
            (list) => `${list} fires whenever there is no data`,
          ),
        ]),
  ];
}

/** Of targets, the count of unhealthy ones says nothing when none is left: it is the healthy ones that are asked for. */
function asksForPresence(area: Area, { metrics }: AlarmFacts): boolean {
  return (
    area === "tasks" || (area === "unhealthy" && metrics.some(({ name }) => name === "HealthyHostCount"))
  );
}

/** REPEAT goes on with the last value that there was, and LINEAR with what lies between two: nothing is seen to be gone. */
function fillsWithValue(text: string): boolean {
  const fills = text.match(/\bFILL\s*\(/gi) ?? [];
  const others = text.match(/,\s*(REPEAT|LINEAR)\s*\)/gi) ?? [];
  return fills.length > others.length;
}

function seesAbsence(alarm: AlarmFacts): boolean {
  const { treatMissingData, expressions } = alarm;
  const [, filled] = /^\s*FILL\(\s*\w+\s*,\s*([-+]?[\d.]+)\s*\)\s*$/i.exec(expressions.join(" ")) ?? [];
  if (filled !== undefined) return isBreached(Number(filled), alarm);
  return treatMissingData === "breaching" || expressions.some(fillsWithValue);
}

/** By a value that stands for no data; on what a band makes of it nothing is known. */
function isBreached(value: number, { comparison, threshold }: AlarmFacts): boolean {
  if (threshold === undefined || value === threshold)
    return !/^(Less|Greater)ThanThreshold$/.test(comparison);
  return comparison.startsWith(value < threshold ? "Less" : "Greater");
}

function isNervous({ treatMissingData, metrics }: AlarmFacts): boolean {
  // It counts tasks as well: there the absence is the failure.
  return (
    treatMissingData === "breaching" &&
    !metrics.some(({ name }) => /(TaskCount|^HealthyHostCount)$/.test(name))
  );
}
