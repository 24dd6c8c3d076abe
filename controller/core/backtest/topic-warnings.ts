// SNS topics that a plan's new and changed alarms and event rules tell, and that would not hear it.
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Failure } from "../../model/errors.ts";
import { compareText, isObject, type Json } from "../../model/json.ts";
import type { Plan } from "../../model/plan.ts";
import type { Read } from "../../model/read.ts";
import type { Topic } from "../../model/topic.ts";
import type { Place } from "./alarm-place.ts";
import type { PlannedAlarm } from "./plan-alarms.ts";
import { listSome, warning, warnOfUnread } from "./warnings.ts";

/** An alarm or a rule, and the ARNs that it tells. */
export interface Teller {
  readonly what: "alarms" | "rules";
  readonly name: string;
  readonly told: readonly string[];
  readonly place: Place;
}

/** Rules that are off tell nobody. */
export function findTellers(alarms: readonly PlannedAlarm[], { changes }: Plan): Teller[] {
  const rules = changes.flatMap(({ kind, name, action, after, release }): Teller[] => {
    if (kind !== "EventRule" || after === null || action === "delete" || release) return [];
    return after["State"] === "DISABLED"
      ? []
      : [{ what: "rules", name, told: targetsIn(after["Targets"]), place: {} }];
  });
  return [
    ...alarms.map(({ facts, told, place }): Teller => ({ what: "alarms", name: facts.name, told, place })),
    ...rules,
  ];
}

function targetsIn(targets: Json | undefined): string[] {
  return Array.isArray(targets) ? targets.filter(isObject).map(({ Arn }) => String(Arn)) : [];
}

export function warnOfTopics(
  tellers: readonly Teller[],
  topics: ReadonlyMap<string, Read<Topic>>,
): Diagnostic[] {
  const byTopic = new Map<string, Teller[]>();
  for (const teller of tellers)
    for (const arn of teller.told) byTopic.set(arn, [...(byTopic.get(arn) ?? []), teller]);
  const warnings: Diagnostic[] = [];
  const unread = new Map<string, { readonly failure: Failure; readonly arns: string[] }>();
  const leaveOpen = (arn: string, failure: Failure): void => {
    const key = `${failure.code} ${failure.message}`;
    const same = unread.get(key) ?? { failure, arns: [] };
    unread.set(key, same);
    same.arns.push(arn);
  };
  for (const [arn, topic] of [...topics].sort(([a], [b]) => compareText(a, b))) {
    if (!topic.known) {
      leaveOpen(arn, topic.failure);
      continue;
    }
    const { exists, isElsewhere, confirmedSubscriptions: confirmed } = topic.value;
    warnings.push(...warnOfTopic(arn, topic.value, byTopic.get(arn) ?? []));
    if (exists && !isElsewhere && !confirmed.known) leaveOpen(arn, confirmed.failure);
  }
  return [
    ...warnings,
    ...[...unread.values()].map(({ failure, arns }) => warnOfUnread("topics", arns, failure)),
  ];
}

const publishers = [
  {
    what: "alarms",
    code: "TopicRefusesCloudWatch",
    name: "CloudWatch",
    principal: "cloudwatch.amazonaws.com",
    allowed: "allowsCloudWatch",
  },
  {
    what: "rules",
    code: "TopicRefusesEventBridge",
    name: "EventBridge",
    principal: "events.amazonaws.com",
    allowed: "allowsEventBridge",
  },
] as const;

function warnOfTopic(arn: string, topic: Topic, tellers: readonly Teller[]): Diagnostic[] {
  const place = tellers[0]?.place;
  const by = `${namesOf(tellers)} would tell it`;
  if (topic.isElsewhere) {
    const who = [...new Set(tellers.map(({ what }) => what))].join(" and ");
    const message = `topic ${arn} is of another Region, and ${by}: ${who} tell topics of their own Region only; name one of those`;
    return [warning("TopicElsewhere", message, place)];
  }
  if (!topic.exists)
    return [
      warning("TopicMissing", `topic ${arn} does not exist, and ${by}: make it, or name another`, place),
    ];
  const { confirmedSubscriptions: confirmed } = topic;
  const unheard = `topic ${arn} has no confirmed subscription, and ${by}: nobody would hear it`;
  return [
    ...warnOfRefusals(arn, topic, tellers),
    ...(confirmed.known && confirmed.value === 0 ? [warning("TopicUnheard", unheard, place)] : []),
  ];
}

function warnOfRefusals(arn: string, topic: Topic, tellers: readonly Teller[]): Diagnostic[] {
  return publishers.flatMap(({ what, code, name, principal, allowed }) => {
    const refused = tellers.filter((teller) => teller.what === what);
    const [first] = refused;
    if (first === undefined || (topic[allowed] !== false && !topic.hasManagedKey)) return [];
    const by = `${namesOf(refused)} would tell it`;
    const message =
      topic[allowed] === false
        ? `the policy of topic ${arn} does not let ${principal} publish, and ${by}: allow it sns:Publish there`
        : `topic ${arn} is encrypted with alias/aws/sns, a key that ${name} may not use, and ${by}: give it a key of your own whose policy lets ${principal} use it`;
    return [warning(code, message, first.place)];
  });
}

function namesOf(tellers: readonly Teller[]): string {
  return listSome(tellers.map(({ name }) => name));
}
