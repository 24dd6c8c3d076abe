// Whom EventBridge tells that an alarm went off: many have one rule on the events of all alarms, and alarms without actions.
// Source: CloudWatch user guide, "Alarm events and EventBridge" (shapes and names).
import type { AlarmFacts } from "../../model/alarm-facts.ts";
import type { AuditFacts, RuleFacts } from "../../model/audit-facts.ts";
import type { Failure } from "../../model/errors.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Read } from "../../model/read.ts";
import { fitsPattern } from "./event-pattern-match.ts";

const time = "2026-01-01T00:00:00Z";

export const alarmHead: JsonObject = {
  source: "aws.cloudwatch",
  "detail-type": "CloudWatch Alarm State Change",
};

export interface AlarmTelling {
  /** ARNs of the targets of each rule that matches. */
  readonly targets: readonly string[];
  /** Rules, or targets of one that matches, that could not be read: somebody may be told. */
  readonly failure: Failure | undefined;
}

export type AlarmRule = Pick<RuleFacts, "targets"> & { readonly pattern: JsonObject };

/** @param rules those that take events of alarms at all */
export function findAlarmTelling(
  alarm: AlarmFacts,
  rules: Read<readonly AlarmRule[]>,
  place: Pick<AuditFacts, "account" | "partition" | "region">,
): AlarmTelling {
  if (!rules.known) return { targets: [], failure: rules.failure };
  if (rules.value.length === 0) return { targets: [], failure: undefined };
  const events = alarmEvents(alarm, place);
  const matching = rules.value.filter(({ pattern }) => events.some((event) => fitsPattern(pattern, event)));
  return {
    targets: matching.flatMap(({ targets }) => (targets.known ? targets.value : [])),
    failure: matching.flatMap(({ targets }) => (targets.known ? [] : [targets.failure]))[0],
  };
}

/** It went off: out of OK, or as soon as there were data. */
function alarmEvents(
  alarm: AlarmFacts,
  { account, partition, region }: Pick<AuditFacts, "account" | "partition" | "region">,
): JsonObject[] {
  const { name } = alarm;
  const arn = `arn:${partition}:cloudwatch:${region}:${account}:alarm:${name}`;
  return ["OK", "INSUFFICIENT_DATA"].map((before) => ({
    version: "0",
    id: "01234567-89ab-cdef-0123-456789abcdef",
    ...alarmHead,
    account,
    time,
    region,
    resources: [arn],
    detail: {
      alarmName: name,
      state: { value: "ALARM", reason: "Threshold Crossed", reasonData: "{}", timestamp: time },
      previousState: { value: before, reason: "Threshold Crossed", reasonData: "{}", timestamp: time },
      configuration: configurationOf(alarm),
    },
  }));
}

function configurationOf({ rule, metrics }: AlarmFacts): JsonObject {
  if (rule !== undefined) return { alarmRule: rule };
  return {
    metrics: metrics.map(({ namespace, name, dimensions, statistic }, index) => ({
      id: `m${index}`,
      metricStat: {
        metric: {
          namespace,
          name,
          dimensions: Object.fromEntries(dimensions.map(({ Name, Value }) => [Name, Value])),
        },
        period: 60,
        stat: statistic,
      },
      returnData: true,
    })),
  };
}
