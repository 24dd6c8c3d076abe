// CloudWatch metric alarms. Ours by name: OWNER/CLUSTER/SERVICE/NAME.
import {
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
} from "@aws-sdk/client-cloudwatch";
import { describeAwsError, errorName } from "../aws/errors.ts";
import { readAllPages } from "../aws/pages.ts";
import { canonicalMetricAlarm, pickMetricInput } from "../core/canonical-alarm.ts";
import { lookUpInsights } from "../core/container-insights.ts";
import type { Observed, Wanted } from "../core/managed.ts";
import { parseOwnedName } from "../core/names.ts";
import { wantMetricAlarms } from "../core/wanted-alarms.ts";
import type { JsonObject } from "../model/json.ts";
import { known, unknown } from "../model/read.ts";
import { alarmTags, alarmTypeNames, holdTakenName, takenName } from "./alarm-names.ts";
import type { Kind } from "./kind.ts";

export const metricAlarm: Kind = {
  name: "MetricAlarm",
  phase: 50,
  doc: "A CloudWatch alarm on a metric or on metric math, for each selected service.",
  reads: ["cloudwatch:DescribeAlarms"],
  writes: ["cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "cloudwatch:DeleteAlarms"],
  removeBatch: 100,

  desired(selection, { owner, inventory }): Wanted[] {
    const insights = lookUpInsights(selection, inventory);
    return selection.flatMap((selected) => wantMetricAlarms(selected, { owner, insights }));
  },

  canonical: canonicalMetricAlarm,

  judge(spec, observed, wanted) {
    return {
      // Tags are only honoured at creation; an update ignores them.
      after: observed === undefined ? { ...spec, Tags: alarmTags(wanted) } : spec,
      impact: "none",
      ...holdTakenName(observed),
    };
  },

  release: () => ({ after: null, impact: "none", deletes: 1 }),

  async observe({ aws, owner, wanted }) {
    try {
      const items = new Map<string, Observed>();
      const asked = new Set(wanted.map(({ id }) => id));
      await readAllPages("cloudwatch:DescribeAlarms", async (NextToken) => {
        const answer = await aws.cloudwatch.send(
          new DescribeAlarmsCommand({
            AlarmNamePrefix: `${owner}/`,
            AlarmTypes: [...alarmTypeNames],
            MaxRecords: 100,
            NextToken,
          }),
        );
        for (const alarm of answer.MetricAlarms ?? []) {
          const name = alarm.AlarmName as string;
          const place = parseOwnedName(owner, name);
          if (place === undefined) continue;
          const { cluster, service } = place;
          const spec = pickMetricInput(alarm as unknown as JsonObject);
          items.set(name, { id: name, name, cluster, service, spec, owned: true });
        }
        // Names are shared by all types of alarm: what is to have one of these cannot be made yet.
        for (const { AlarmName: name } of [...(answer.CompositeAlarms ?? []), ...(answer.LogAlarms ?? [])])
          if (name !== undefined && asked.has(name))
            items.set(name, takenName(name, "alarm of another type"));
        return { items: answer.MetricAlarms, next: answer.NextToken };
      });
      return known({ items });
    } catch (error) {
      return unknown(describeAwsError(error, "cloudwatch:DescribeAlarms"));
    }
  },

  async put({ after }, { aws }) {
    await aws.cloudwatch.send(new PutMetricAlarmCommand(after as unknown as PutMetricAlarmCommandInput));
  },

  async remove(changes, { aws }) {
    try {
      await aws.cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: changes.map(({ id }) => id) }));
    } catch (error) {
      // Gone already, by hand or by a call whose answer was lost: that is what was wanted. Names that are not there do
      // not keep the others from being deleted.
      if (!/^ResourceNotFound/.test(errorName(error))) throw error;
    }
    return changes.map(() => undefined);
  },
};
