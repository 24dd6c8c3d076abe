// Who looks for errors in a service's logs: metric filters on its log groups and the alarms on what they count, and log
// alarms.
import type { AlarmFacts } from "../../model/alarm-facts.ts";
import type { CountedMetric, FilterFacts } from "../../model/audit-facts.ts";
import { compareText } from "../../model/json.ts";
import type { Workload } from "../../model/workload.ts";
import { logDestination } from "../log-destination.ts";
import { readContainers } from "./containers.ts";
import { isErrorName, isErrorPattern, isErrorQuery } from "./error-words.ts";
import type { AlarmIndex, AuditIndex } from "./index-facts.ts";

/** The log groups of this Region that the application's containers log to, by name. */
export function logGroupsOf(workload: Workload): string[] {
  const containers = readContainers(workload);
  const apps = containers?.known === true ? containers.value.apps : [];
  const found = apps.flatMap((container) => logDestination(container) ?? []);
  const here = found.filter(({ region = workload.region }) => region === workload.region);
  return [...new Set(here.map(({ group }) => group))].sort(compareText);
}

export function errorFilters(
  groups: readonly string[],
  filtersOf: (group: string) => readonly FilterFacts[],
): FilterFacts[] {
  return groups
    .flatMap((group) => filtersOf(group))
    .filter(
      ({ name, pattern, metrics }) =>
        isErrorPattern(pattern) || [name, ...metrics.map((metric) => metric.name)].some(isErrorName),
    );
}

/** The log alarms on the groups that ask for errors. */
export function errorLogAlarms(groups: readonly string[], { onLogGroup }: AlarmIndex): AlarmFacts[] {
  return groups
    .flatMap((group) => onLogGroup(group))
    .filter(({ name, query = "" }) => isErrorQuery(query) || isErrorName(name));
}

/** Every alarm that tells of errors in the logs. */
export function errorAlarms(workload: Workload, { filters }: AuditIndex, alarms: AlarmIndex): AlarmFacts[] {
  const groups = logGroupsOf(workload);
  const counted = filters.known ? errorFilters(groups, filters.value) : [];
  return [
    ...counted.flatMap(({ metrics }) =>
      metrics.flatMap(({ namespace, name }) => alarms.watchingMetric(namespace, name)),
    ),
    ...errorLogAlarms(groups, alarms),
  ];
}

/** What filters count of errors, and no alarm of that tells anybody; metrics with dimensions are left out. */
export function silentCounts(workload: Workload, { filters, alarms }: AuditIndex): CountedMetric[] {
  if (!filters.known || !alarms.known) return [];
  const { isSilent, watchingMetric } = alarms.value;
  const counted = errorFilters(logGroupsOf(workload), filters.value).flatMap(({ metrics }) => metrics);
  return counted.filter(
    ({ namespace, name, hasDimensions }) =>
      !hasDimensions &&
      watchingMetric(namespace, name).every((alarm) => {
        const silent = isSilent(alarm);
        return silent.known && silent.value;
      }),
  );
}
