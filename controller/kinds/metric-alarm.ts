// CloudWatch metric alarms. Ours by name: OWNER/CLUSTER/SERVICE/NAME.
import { DeleteAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { errorName } from "../aws/errors.ts";
import { alarmReach } from "../core/allow.ts";
import { canonicalMetricAlarm } from "../core/canonical-alarm.ts";
import { lookUpInsights } from "../core/container-insights.ts";
import type { Wanted } from "../core/managed.ts";
import { wantMetricAlarms } from "../core/wanted-alarms.ts";
import { judgeAlarm, putAlarm } from "./alarm-names.ts";
import type { Kind } from "./kind.ts";
import { observeAlarms } from "./owned-alarms.ts";

export const metricAlarm: Kind = {
  name: "MetricAlarm",
  phase: 50,
  doc: "A CloudWatch alarm on a metric or on metric math, for each selected service.",
  reads: ["cloudwatch:DescribeAlarms"],
  writes: ["cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "cloudwatch:DeleteAlarms"],
  isMany: true,
  removeBatch: 100,

  desired(selection, { owner, inventory }): Wanted[] {
    const insights = lookUpInsights(selection, inventory);
    return selection.flatMap((selected) => wantMetricAlarms(selected, { owner, insights }));
  },

  canonical: canonicalMetricAlarm,

  judge: judgeAlarm,

  release: () => ({ after: null, impact: "none", deletes: 1 }),

  reaches: alarmReach,

  observe: (context) => observeAlarms("MetricAlarm", context),

  put: (change, { aws }) => putAlarm(change, aws),

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
