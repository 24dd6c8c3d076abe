// A backtest in words and figures, for every format alike.
import { formatDuration } from "../../api/duration.ts";
import type { Backtest, TestedAlarm, UntestedAlarm } from "../../model/backtest.ts";
import { plural } from "../../model/plural.ts";
import { shortName } from "./names.ts";

export function backtestHeadline({ seconds, tested, untested }: Backtest): string {
  const fired = tested.filter((alarm) => alarm.fired > 0);
  const times = fired.reduce((sum, alarm) => sum + alarm.fired, 0);
  const span = `in the last ${formatDuration(seconds)}`;
  if (tested.length + untested.length === 0) return "Backtest: no alarm is new or changed";
  if (tested.length === 0) return `Backtest: none of ${plural(untested.length, "alarm")} could be tested`;
  const parts = [
    fired.length === 0
      ? `none of ${plural(tested.length, "alarm")} would have fired ${span}`
      : `${fired.length} of ${plural(tested.length, "alarm")} would have fired ${span}, ${plural(times, "time")} in all`,
    ...(untested.length === 0 ? [] : [`${untested.length} not tested`]),
  ];
  return `Backtest: ${parts.join("; ")}`;
}

export const backtestColumns = [
  "Alarm",
  "Fired",
  "In ALARM",
  "Longest",
  "Without data",
  "Threshold",
  "At most once a week",
] as const;

/** One text for each of {@link backtestColumns}; none of them is of others but the first. */
export function backtestCells(alarm: TestedAlarm, owner: string): readonly string[] {
  return [
    shortName(alarm, owner),
    String(alarm.fired),
    alarm.fired === 0 ? "" : describeSeconds(alarm.inAlarm),
    alarm.fired === 0 ? "" : describeSeconds(alarm.longest),
    describeShare(alarm.missing),
    thresholdText(alarm, alarm.threshold),
    thresholdText(alarm, alarm.weekly),
  ];
}

export interface UntestedGroup {
  readonly reason: string;
  readonly alarms: readonly UntestedAlarm[];
}

/** What was not tested, by reasons. */
export function groupUntested(untested: readonly UntestedAlarm[]): readonly UntestedGroup[] {
  const groups = new Map<string, UntestedAlarm[]>();
  for (const alarm of untested) {
    // These are warned of one by one, each with a metric of its own.
    const isWarnedOf = ["MetricMissing", "MetricSilent"].includes(alarm.code);
    const reason = isWarnedOf ? "no metric, or no data of it; see the warnings" : alarm.message;
    groups.set(reason, [...(groups.get(reason) ?? []), alarm]);
  }
  return [...groups].map(([reason, alarms]) => ({ reason, alarms }));
}

/** The notes of all alarms, each once, with how many it is of. */
export function groupNotes(tested: readonly TestedAlarm[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const note of tested.flatMap(({ notes }) => notes)) counts.set(note, (counts.get(note) ?? 0) + 1);
  return [...counts].map(([note, count]) => `${plural(count, "alarm")}: ${note}`);
}

/** `2h 10m`: the two largest units. */
export function describeSeconds(seconds: number): string {
  const units = [
    ["d", 86_400],
    ["h", 3600],
    ["m", 60],
    ["s", 1],
  ] as const;
  const first = units.findIndex(([, size]) => seconds >= size);
  if (first < 0) return "0s";
  let left = seconds;
  const parts = units.slice(first, first + 2).flatMap(([unit, size]) => {
    const count = Math.floor(left / size);
    left -= count * size;
    return count === 0 ? [] : [`${count}${unit}`];
  });
  return parts.join(" ");
}

function describeShare(share: number): string {
  if (share === 0) return "";
  const percent = share * 100;
  return percent < 1 ? "<1 %" : `${Math.floor(percent)} %`;
}

const signs: Readonly<Record<string, string>> = {
  GreaterThanThreshold: ">",
  GreaterThanOrEqualToThreshold: ">=",
  LessThanThreshold: "<",
  LessThanOrEqualToThreshold: "<=",
};

function thresholdText({ comparison }: TestedAlarm, threshold: number | undefined): string {
  const sign = signs[comparison];
  if (sign === undefined) return "band";
  return threshold === undefined ? "" : `${sign} ${threshold}`;
}
