// Every metric alarm of the account that tells somebody, without those whose names the caller knows as its own.
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
      const { MetricAlarms, NextToken: next } = await aws.cloudwatch.send(
        new DescribeAlarmsCommand({ AlarmTypes: ["MetricAlarm"], MaxRecords: 100, NextToken }),
      );
      const telling = MetricAlarms?.filter(
        ({ AlarmName = "", ActionsEnabled, AlarmActions = [] }) =>
          ActionsEnabled !== false && AlarmActions.length > 0 && !isOwn(AlarmName),
      );
      const items = telling?.map((alarm) => toAlarmFacts("MetricAlarm", alarm as unknown as JsonObject));
      return { items, next };
    });
    return known(alarms);
  } catch (error) {
    return unknown(describeAwsError(error, operation));
  }
}
