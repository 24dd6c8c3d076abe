// What of an account's alarms may tell of a metric beside those whose names the caller knows as its own: metric alarms of
// others, and composite alarms of anybody, which tell for what they are made of.
import { DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { type AlarmFacts, toAlarmFacts } from "../model/alarm-facts.ts";
import type { JsonObject } from "../model/json.ts";
import { known, type Read, unknown } from "../model/read.ts";
import type { AwsClients } from "./clients.ts";
import { describeAwsError } from "./errors.ts";
import { readAllPages } from "./pages.ts";

export async function readTellingAlarms(
  aws: AwsClients,
  isOwn: (name: string) => boolean,
): Promise<Read<readonly AlarmFacts[]>> {
  const operation = "cloudwatch:DescribeAlarms";
  try {
    const alarms = await readAllPages(operation, async (NextToken) => {
      const answer = await aws.cloudwatch.send(
        new DescribeAlarmsCommand({
          AlarmTypes: ["MetricAlarm", "CompositeAlarm"],
          MaxRecords: 100,
          NextToken,
        }),
      );
      const { MetricAlarms, CompositeAlarms, NextToken: next } = answer;
      if (MetricAlarms === undefined || CompositeAlarms === undefined) return { items: undefined, next };
      const others = MetricAlarms.filter(({ AlarmName = "" }) => !isOwn(AlarmName));
      const items = [
        ...others.map((alarm) => toAlarmFacts("MetricAlarm", alarm as unknown as JsonObject)),
        ...CompositeAlarms.map((alarm) => toAlarmFacts("CompositeAlarm", alarm as unknown as JsonObject)),
      ];
      return { items, next };
    });
    return known(alarms);
  } catch (error) {
    return unknown(describeAwsError(error, operation));
  }
}
