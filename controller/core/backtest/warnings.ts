// What one would not like to find out at night: metrics that are not there, two alarms for one thing, topics that nobody
// hears.
import { type AlarmFacts, metricKey, type WatchedMetric } from "../../model/alarm-facts.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Failure } from "../../model/errors.ts";
import { compareText } from "../../model/json.ts";
import type { Read } from "../../model/read.ts";
import { describeMetric, type PlannedAlarm, type TestableAlarm } from "./plan-alarms.ts";

/** What an SNS topic is found to be. */
export interface ToldTopic {
  readonly exists: boolean;
  readonly isElsewhere: boolean;
  readonly allowsCloudWatch: boolean | undefined;
  readonly confirmedSubscriptions: number | undefined;
  readonly hasManagedKey: boolean;
}

/** Alarms that one message names. */
const maxNamed = 3;

export function warnOfMetric(
  { facts, rule }: TestableAlarm,
  missing: readonly WatchedMetric[],
  days: string,
): Diagnostic {
  const [first = facts.metrics[0], ...more] = missing;
  const what = first === undefined ? "a metric" : describeMetric(first);
  const others = more.length === 0 ? "" : ` and ${more.length} more`;
  const hint =
    rule.missing === "notBreaching"
      ? "that is well where it counts only what goes wrong"
      : `missing data is treated as ${rule.missing}, so look whether it should be`;
  if (missing.length > 0)
    return warning(
      "MetricMissing",
      `alarm ${facts.name} watches ${what}${others}: no such metric has been seen in the last two weeks; ${hint}, and otherwise its name and dimensions are to be mended`,
    );
  return warning("MetricSilent", `alarm ${facts.name} watches ${what}: it had no data in ${days}; ${hint}`);
}

/** Alarms of others that tell somebody of the same metric. */
export function warnOfDoubles(ours: readonly PlannedAlarm[], others: readonly AlarmFacts[]): Diagnostic[] {
  const byMetric = new Map<string, AlarmFacts[]>();
  for (const other of others)
    for (const key of new Set(other.metrics.map(metricKey)))
      byMetric.set(key, [...(byMetric.get(key) ?? []), other]);
  return ours.flatMap(({ facts }) => {
    if (facts.actions.length === 0) return [];
    const metrics = new Map(facts.metrics.map((metric) => [metricKey(metric), metric]));
    return [...metrics].flatMap(([key, metric]) => {
      const same = byMetric.get(key) ?? [];
      if (same.length === 0) return [];
      const names = listSome(same.map(({ name }) => name));
      const verb = same.length === 1 ? "watches" : "watch";
      return [
        warning(
          "DoublePaging",
          `alarm ${facts.name} watches ${describeMetric(metric)}, which ${names} of somebody else's ${verb} already and ${same.length === 1 ? "tells" : "tell"} of: two pages for one thing; take one of them away`,
        ),
      ];
    });
  });
}

export function warnOfTopics(
  alarms: readonly PlannedAlarm[],
  topics: ReadonlyMap<string, Read<ToldTopic>>,
): Diagnostic[] {
  const tellers = new Map<string, string[]>();
  for (const { facts, told } of alarms)
    for (const arn of told) tellers.set(arn, [...(tellers.get(arn) ?? []), facts.name]);
  const unread = new Map<string, { readonly failure: Failure; readonly arns: string[] }>();
  const warnings: Diagnostic[] = [];
  for (const [arn, topic] of [...topics].sort(([a], [b]) => compareText(a, b))) {
    const by = `${listSome(tellers.get(arn) ?? [])} would tell it`;
    if (!topic.known) {
      const key = `${topic.failure.code} ${topic.failure.message}`;
      const known = unread.get(key);
      if (known === undefined) unread.set(key, { failure: topic.failure, arns: [arn] });
      else known.arns.push(arn);
    } else if (topic.value.isElsewhere)
      warnings.push(
        warning(
          "TopicElsewhere",
          `topic ${arn} is of another Region, and ${by}: alarms tell topics of their own Region only; name one of those`,
        ),
      );
    else if (!topic.value.exists)
      warnings.push(
        warning("TopicMissing", `topic ${arn} does not exist, and ${by}: make it, or name another`),
      );
    else {
      const { allowsCloudWatch, hasManagedKey, confirmedSubscriptions } = topic.value;
      if (allowsCloudWatch === false)
        warnings.push(
          warning(
            "TopicRefusesCloudWatch",
            `the policy of topic ${arn} does not let cloudwatch.amazonaws.com publish, and ${by}: allow it sns:Publish there`,
          ),
        );
      else if (hasManagedKey)
        warnings.push(
          warning(
            "TopicRefusesCloudWatch",
            `topic ${arn} is encrypted with alias/aws/sns, a key that CloudWatch may not use, and ${by}: give it a key of your own whose policy lets cloudwatch.amazonaws.com use it`,
          ),
        );
      if (confirmedSubscriptions === 0)
        warnings.push(
          warning(
            "TopicUnheard",
            `topic ${arn} has no confirmed subscription, and ${by}: nobody would hear it`,
          ),
        );
    }
  }
  return [
    ...warnings,
    ...[...unread.values()].map(({ failure, arns }) => warnOfUnread("topics", arns, failure)),
  ];
}

export function warnOfUnread(what: string, names: readonly string[], { message }: Failure): Diagnostic {
  const which = names.length === 0 ? "" : ` ${listSome(names)}`;
  return warning("NotChecked", `the ${what}${which} could not be looked at: ${message}`);
}

function listSome(names: readonly string[]): string {
  const shown = names.slice(0, maxNamed).join(", ");
  return names.length > maxNamed ? `${shown} and ${names.length - maxNamed} more` : shown;
}

function warning(code: string, message: string): Diagnostic {
  return { severity: "warning", code, message };
}
