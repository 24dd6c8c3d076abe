// What a failed read leaves open: the checks that say so, and those that cannot even say whether they apply.
import type { AuditUnknown } from "../../model/audit.ts";
import type { FindingCode } from "./findings.ts";

const ofAlarms: readonly FindingCode[] = [
  "AlarmMetricMissing",
  "AlarmBlindWhenGone",
  "AlarmFiresWithoutTraffic",
  "AlarmWithoutActions",
  "AlarmTopicMissing",
  "AlarmTopicRefuses",
  "AlarmTopicUnheard",
];
const ofTelling: readonly FindingCode[] = [
  "AlarmWithoutActions",
  "AlarmTopicMissing",
  "AlarmTopicRefuses",
  "AlarmTopicUnheard",
];

/** By a check that is unknown, those that look at what it did not find. */
const behind: Partial<Record<string, readonly FindingCode[]>> = {
  NoAgent: ["AgentEssential", "AppWaitsForAgent", "AgentUnpinned"],
  TaskStoppedUntold: ["EventTopicDead"],
  DeploymentFailedUntold: ["EventTopicDead"],
  NoCpuAlarm: ofAlarms,
  NoMemoryAlarm: ofAlarms,
  NoTaskAlarm: ofAlarms,
  NoUnhealthyAlarm: ofAlarms,
  No5xxAlarm: ofAlarms,
  NoLatencyAlarm: ofAlarms,
  AlarmWithoutActions: ofTelling,
  NoLogDriver: ["LogGroupMissing", "NoRetention", "LogModeUnstated", "LogBufferUnstated"],
  // Alarms on errors are found by what the filters count.
  NoErrorSignal: ["ErrorMetricUnwatched", ...ofTelling],
};

/** No read failed: it cannot be told from here, today as at any time. */
const untellable: ReadonlySet<string> = new Set(["MetricsInsightsQuery", "NotCertain", "OtherRegion"]);

type Unknown = Pick<AuditUnknown, "check" | "code">;

export function isReadFailed({ code }: Pick<AuditUnknown, "code">): boolean {
  return !untellable.has(code);
}

/** Codes of findings that may be there or not, for all that could be read. */
export function findOpenChecks(unknown: readonly Unknown[]): ReadonlySet<string> {
  const failed = unknown.filter(isReadFailed);
  return new Set(failed.flatMap(({ check }) => [check, ...(behind[check] ?? [])]));
}
