// Our alarms of all types, from one list a plan: CloudWatch's rate for it is shared with ECS's own rollbacks.
import { DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { describeAwsError } from "../aws/errors.ts";
import { readAllPages } from "../aws/pages.ts";
import { share } from "../aws/shared-values.ts";
import { pickCompositeInput, pickMetricInput } from "../core/canonical-alarm.ts";
import { isMarkedDescription } from "../core/deletion-policy.ts";
import { pickLogAlarmInput } from "../core/log-alarm-input.ts";
import type { Observation, Observed } from "../core/managed.ts";
import { parseOwnedName } from "../core/names.ts";
import type { JsonObject } from "../model/json.ts";
import { known, unknown } from "../model/read.ts";
import type { Inventory } from "../model/workload.ts";
import { ofAnotherType } from "./alarm-names.ts";
import type { ObserveContext } from "./kind.ts";
import { namePrefixes } from "./name-prefixes.ts";

const alarmTypes = ["MetricAlarm", "CompositeAlarm", "LogAlarm"] as const;
type AlarmType = (typeof alarmTypes)[number];

/** One list for each look at the account: the three kinds of alarm look at the same inventory. */
const lists = new WeakMap<Inventory, Promise<readonly Alarm[]>>();

/** The alarms of one type. */
export async function observeAlarms(
  type: AlarmType,
  { aws, owner, inventory, wanted }: ObserveContext,
): Promise<Observation> {
  try {
    const list = lists.get(inventory) ?? listAllAlarms(aws, owner, namePrefixes(owner, inventory));
    lists.set(inventory, list);
    const items = new Map<string, Observed>();
    const asked = new Set(wanted.map(({ id }) => id));
    for (const alarm of await list) {
      const { name } = alarm;
      // Names are shared by all types: what is to have one of another type's takes its place.
      if (alarm.type !== type && asked.has(name)) items.set(name, ofAnotherType(alarm, alarm.type));
      if (alarm.type === type && alarm.owned) items.set(name, alarm);
    }
    return known({ items });
  } catch (error) {
    return unknown(describeAwsError(error, "cloudwatch:DescribeAlarms"));
  }
}

/**
 * An alarm with its spec as text, in a class for its size: accounts have tens of thousands. Texts cut out of an XML answer
 * would also hold on to the whole of it.
 */
class Alarm implements Observed {
  readonly type: AlarmType;
  readonly id: string;
  readonly name: string;
  /** Whether the name is of our shape. */
  readonly owned: boolean;
  declare readonly cluster?: string;
  declare readonly service?: string;
  declare readonly retain?: true;
  #text: string | undefined;

  constructor(type: AlarmType, alarm: JsonObject, owner: string) {
    this.#text = JSON.stringify(picks[type](alarm));
    this.type = type;
    this.id = Buffer.from(String(alarm["AlarmName"])).toString();
    this.name = this.id;
    const place = parseOwnedName(owner, this.id);
    this.owned = place !== undefined;
    if (place !== undefined) {
      const { cluster, service } = share({ cluster: place.cluster, service: place.service });
      this.cluster = cluster;
      this.service = service;
    }
    if (isMarkedDescription(alarm["AlarmDescription"])) this.retain = true;
  }

  get spec(): JsonObject {
    if (this.#text === undefined) throw new RangeError(`the spec of ${this.id} was let go of`);
    return JSON.parse(this.#text) as JsonObject;
  }

  letGo(): void {
    this.#text = undefined;
  }
}

/** What the API that writes the type takes. */
const picks: Record<AlarmType, (alarm: JsonObject) => JsonObject> = {
  MetricAlarm: pickMetricInput,
  CompositeAlarm: pickCompositeInput,
  LogAlarm: pickLogAlarmInput,
};

async function listAllAlarms(
  aws: ObserveContext["aws"],
  owner: string,
  prefixes: readonly string[],
): Promise<readonly Alarm[]> {
  return (await Promise.all(prefixes.map((prefix) => listAlarms(aws, owner, prefix)))).flat();
}

function listAlarms(aws: ObserveContext["aws"], owner: string, prefix: string): Promise<readonly Alarm[]> {
  return readAllPages("cloudwatch:DescribeAlarms", async (NextToken) => {
    const answer = await aws.cloudwatch.send(
      new DescribeAlarmsCommand({
        AlarmNamePrefix: prefix,
        AlarmTypes: [...alarmTypes],
        MaxRecords: 100,
        NextToken,
      }),
    );
    const { MetricAlarms, CompositeAlarms, NextToken: next } = answer;
    if (MetricAlarms === undefined || CompositeAlarms === undefined) return { items: undefined, next };
    // Where there are no log alarms yet (some partitions, emulators) the answer has the other lists alone.
    const { LogAlarms = [] } = answer;
    const pack = (type: AlarmType, alarms: readonly object[]): Alarm[] =>
      alarms.map((alarm) => new Alarm(type, alarm as JsonObject, owner));
    const items = [
      ...pack("MetricAlarm", MetricAlarms),
      ...pack("CompositeAlarm", CompositeAlarms),
      ...pack("LogAlarm", LogAlarms),
    ];
    return { items, next };
  });
}
