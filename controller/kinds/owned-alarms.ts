// Our alarms of all types, from one list a plan: CloudWatch's rate for it is shared with ECS's own rollbacks.
import { DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { describeAwsError } from "../aws/errors.ts";
import { readAllPages } from "../aws/pages.ts";
import { isMarkedDescription } from "../core/deletion-policy.ts";
import type { Observation, Observed } from "../core/managed.ts";
import { parseOwnedName } from "../core/names.ts";
import type { JsonObject } from "../model/json.ts";
import { known, unknown } from "../model/read.ts";
import type { Inventory } from "../model/workload.ts";
import { takenName } from "./alarm-names.ts";
import type { ObserveContext } from "./kind.ts";

const alarmTypes = ["MetricAlarm", "CompositeAlarm", "LogAlarm"] as const;
type AlarmType = (typeof alarmTypes)[number];

interface Alarm {
  readonly type: AlarmType;
  readonly name: string;
  readonly input: JsonObject;
}

/** One list for each look at the account: the three kinds of alarm look at the same inventory. */
const lists = new WeakMap<Inventory, Promise<readonly Alarm[]>>();

/** The alarms of one type; `pick` gives what the API that writes them takes. */
export async function observeAlarms(
  type: AlarmType,
  { aws, owner, inventory, wanted }: ObserveContext,
  pick: (alarm: JsonObject) => JsonObject,
): Promise<Observation> {
  try {
    const list = lists.get(inventory) ?? listAlarms(aws, owner);
    lists.set(inventory, list);
    const items = new Map<string, Observed>();
    const asked = new Set(wanted.map(({ id }) => id));
    for (const { type: its, name, input } of await list) {
      const place = parseOwnedName(owner, name);
      // Names are shared by all types: what is to have one of another type's cannot be made yet.
      if (its !== type && asked.has(name)) items.set(name, takenName(name, "alarm of another type"));
      if (its !== type || place === undefined) continue;
      const { cluster, service } = place;
      const retain = isMarkedDescription(input["AlarmDescription"]);
      const item = { id: name, name, cluster, service, spec: pick(input), owned: true };
      items.set(name, { ...item, ...(retain && { retain }) });
    }
    return known({ items });
  } catch (error) {
    return unknown(describeAwsError(error, "cloudwatch:DescribeAlarms"));
  }
}

function listAlarms(aws: ObserveContext["aws"], owner: string): Promise<readonly Alarm[]> {
  return readAllPages("cloudwatch:DescribeAlarms", async (NextToken) => {
    const answer = await aws.cloudwatch.send(
      new DescribeAlarmsCommand({
        AlarmNamePrefix: `${owner}/`,
        AlarmTypes: [...alarmTypes],
        MaxRecords: 100,
        NextToken,
      }),
    );
    const { MetricAlarms, CompositeAlarms, NextToken: next } = answer;
    if (MetricAlarms === undefined || CompositeAlarms === undefined) return { items: undefined, next };
    // Where there are no log alarms yet (some partitions, emulators) the answer has the other lists alone.
    const { LogAlarms = [] } = answer;
    const items = [
      ...MetricAlarms.map((alarm) => toAlarm("MetricAlarm", alarm)),
      ...CompositeAlarms.map((alarm) => toAlarm("CompositeAlarm", alarm)),
      ...LogAlarms.map((alarm) => toAlarm("LogAlarm", alarm)),
    ];
    return { items, next };
  });
}

function toAlarm(type: AlarmType, alarm: { readonly AlarmName?: string | undefined }): Alarm {
  return { type, name: alarm.AlarmName as string, input: alarm as unknown as JsonObject };
}
