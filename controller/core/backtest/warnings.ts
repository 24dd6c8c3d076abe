// What one would not like to find out at night: metrics that are not there, or without data; and the words that warnings of
// topics and of two alarms for one thing share with that.
import type { WatchedMetric } from "../../model/alarm-facts.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Failure } from "../../model/errors.ts";
import type { Place } from "./alarm-place.ts";
import { describeMetric, type TestableAlarm } from "./plan-alarms.ts";

/** Alarms that one message names. */
const maxNamed = 3;

/** An alarm of which no datapoint came, or one of whose metric math does without some of its metrics. */
export interface SilentAlarm extends TestableAlarm {
  /** Of its metrics, those without data; all of them where there is no datapoint. */
  readonly silent: readonly WatchedMetric[];
  readonly isTested: boolean;
}

/** `missing`: those of the silent metrics that CloudWatch does not know at all. */
export function warnOfMetrics(
  { facts, place, rule, silent, isTested }: SilentAlarm,
  missing: readonly WatchedMetric[],
  days: string,
): Diagnostic {
  const [first, ...more] = missing.length > 0 ? missing : silent;
  const what = first === undefined ? "a metric" : describeMetric(first);
  const watches = `alarm ${facts.name} watches ${what}${more.length === 0 ? "" : ` and ${more.length} more`}`;
  const hint = isTested
    ? "its expression hides that, and goes by the rest"
    : rule.missing === "notBreaching"
      ? "that is well where it counts only what goes wrong"
      : `missing data is treated as ${rule.missing}, so look whether it should be`;
  if (missing.length > 0)
    return warning(
      "MetricMissing",
      `${watches}: no such metric has been seen in the last two weeks; ${hint}, and otherwise its name and dimensions are to be mended`,
      place,
    );
  return warning("MetricSilent", `${watches}: it had no data in ${days}; ${hint}`, place);
}

export function warnOfUnread(what: string, names: readonly string[], { message }: Failure): Diagnostic {
  const which = names.length === 0 ? "" : ` ${listSome(names)}`;
  return warning("NotChecked", `the ${what}${which} could not be looked at: ${message}`);
}

export function listSome(names: readonly string[]): string {
  const shown = names.slice(0, maxNamed).join(", ");
  return names.length > maxNamed ? `${shown} and ${names.length - maxNamed} more` : shown;
}

export function warning(code: string, message: string, place: Place = {}): Diagnostic {
  return { severity: "warning", code, message, ...place };
}
