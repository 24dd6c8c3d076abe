// The fourth pillar: is what the application writes kept, for a stated time and in a stated way, and does anybody look for
// errors in it?
import { isCloudWatchOutput, outputOf } from "../../api/log-options.ts";
import type { CountedMetric, ServiceFacts } from "../../model/audit-facts.ts";
import type { Failure } from "../../model/errors.ts";
import { compareText, type JsonObject } from "../../model/json.ts";
import type { Workload } from "../../model/workload.ts";
import { driverOf, logDestination } from "../log-destination.ts";
import { optionsOf } from "../service-log-group.ts";
import { nameOf, readContainers } from "./containers.ts";
import { errorFilters, errorLogAlarms, logGroupsOf } from "./error-signal.ts";
import type { FindingCode } from "./findings.ts";
import type { AuditIndex } from "./index-facts.ts";
import { fine, found, foundIn, untold, type Verdict } from "./verdicts.ts";

export function judgeLogs({ workload }: ServiceFacts, index: AuditIndex): Verdict[] {
  const containers = readContainers(workload);
  if (containers === undefined) return [];
  if (!containers.known) {
    const { failure } = containers;
    return [untold("NoLogDriver", failure), untold("NoErrorSignal", failure)];
  }
  const { apps } = containers.value;
  return [
    foundIn(
      "NoLogDriver",
      apps.filter(isUnkept).map(nameOf),
      (list) => `nothing keeps the output of ${list}`,
    ),
    ...judgeGroups(workload, apps, index),
    ...judgeModes(apps),
    ...judgeSignal(workload, apps, index),
  ];
}

/** Drivers that leave the lines on the host, which goes with its instance. */
function isUnkept(container: JsonObject): boolean {
  const driver = driverOf(container);
  return driver === undefined || ["json-file", "local", "none", "journald"].includes(String(driver));
}

function judgeGroups(workload: Workload, apps: readonly JsonObject[], { logGroups }: AuditIndex): Verdict[] {
  const destinations = apps.flatMap((container) => logDestination(container) ?? []);
  if (destinations.length === 0) return [];
  const away = destinations.filter(({ region = workload.region }) => region !== workload.region);
  const groups = logGroupsOf(workload);
  const hidden = (failure: Failure): Verdict[] => [
    untold("LogGroupMissing", failure),
    untold("NoRetention", failure),
  ];
  if (groups.length === 0)
    return hidden({
      code: "OtherRegion",
      message: `it logs to ${away[0]?.group} in ${away[0]?.region}, which was not looked at`,
    });
  if (!logGroups.known) return hidden(logGroups.failure);
  const missing = groups.filter((group) => !logGroups.value.has(group));
  const making = new Set(destinations.filter(({ makesGroup }) => makesGroup).map(({ group }) => group));
  const standing = groups.filter((group) => logGroups.value.has(group));
  return [
    foundIn(
      "LogGroupMissing",
      missing.filter((group) => !making.has(group)).sort(compareText),
      (list) => `the log group ${list} does not exist, and nothing makes it`,
    ),
    ...(standing.length === 0
      ? []
      : [
          foundIn(
            "NoRetention",
            standing.filter((group) => logGroups.value.get(group)?.retention === undefined),
            (list) => `${list} never expires`,
          ),
        ]),
  ];
}

/** Of awslogs: FireLens has buffers of its own. */
function judgeModes(apps: readonly JsonObject[]): Verdict[] {
  const logging = apps.filter((container) => driverOf(container) === "awslogs");
  if (logging.length === 0) return [];
  const unstated = logging.filter((container) => optionsOf(container)?.["mode"] === undefined);
  const loose = logging.filter((container) => optionsOf(container)?.["mode"] === "non-blocking");
  return [
    foundIn("LogModeUnstated", unstated.map(nameOf), (list) => `${list} logs without a stated mode`),
    ...(loose.length === 0
      ? []
      : [
          foundIn(
            "LogBufferUnstated",
            loose.filter((container) => optionsOf(container)?.["max-buffer-size"] === undefined).map(nameOf),
            (list) => `${list} logs non-blocking without a stated max-buffer-size`,
          ),
        ]),
  ];
}

/** Lines that go elsewhere than to CloudWatch are looked through there, or not: nobody can tell from here. */
function judgeSignal(workload: Workload, apps: readonly JsonObject[], index: AuditIndex): Verdict[] {
  const code = "NoErrorSignal";
  const kept = apps.filter((container) => !isUnkept(container));
  if (kept.length > 0 && kept.every(isElsewhere)) return [];
  const { filters, alarms } = index;
  const groups = logGroupsOf(workload);
  if (groups.length === 0) {
    // What is kept nowhere, nobody looks through.
    if (kept.length === 0) return [found(code, "there are no logs that anything could look through")];
    return [untold(code, { code: "OtherRegion", message: "its log groups cannot be told from here" })];
  }
  const counting = filters.known ? errorFilters(groups, filters.value) : [];
  const asking = alarms.known ? errorLogAlarms(groups, alarms.value) : [];
  if (counting.length === 0 && asking.length === 0) {
    if (!filters.known) return [untold(code, filters.failure)];
    if (!alarms.known) return [untold(code, alarms.failure)];
    return [
      found(code, `no metric filter and no log alarm looks for errors in ${groups.join(", ")}`, groups),
    ];
  }
  if (counting.length === 0) return [fine(code)];
  return [
    fine(code),
    judgeCount(
      counting.flatMap(({ metrics }) => metrics),
      asking.length > 0,
      index,
    ),
  ];
}

function isElsewhere(container: JsonObject): boolean {
  const driver = driverOf(container);
  if (driver === "awslogs") return false;
  return driver !== "awsfirelens" || !isCloudWatchOutput(outputOf(optionsOf(container)));
}

function judgeCount(counts: readonly CountedMetric[], hasLogAlarm: boolean, { alarms }: AuditIndex): Verdict {
  const code: FindingCode = "ErrorMetricUnwatched";
  if (hasLogAlarm) return fine(code);
  if (!alarms.known) return untold(code, alarms.failure);
  const { watchingMetric } = alarms.value;
  const isWatched = counts.some(({ namespace, name }) => watchingMetric(namespace, name).length > 0);
  const names = counts.map(({ namespace, name }) => `${namespace} ${name}`).sort(compareText);
  return isWatched ? fine(code) : found(code, `no alarm is on ${names.join(", ")}`, names);
}
