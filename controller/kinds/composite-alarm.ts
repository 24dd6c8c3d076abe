// CloudWatch composite alarms: rules over other alarms. Ours by name: OWNER/CLUSTER/SERVICE/NAME.
import { DeleteAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { describeAwsError, errorName } from "../aws/errors.ts";
import { inWaves } from "../core/alarm-waves.ts";
import { alarmReach } from "../core/allow.ts";
import { canonicalCompositeAlarm } from "../core/canonical-alarm.ts";
import { wantCompositeAlarms } from "../core/composite-alarm.ts";
import { lookUpInsights } from "../core/container-insights.ts";
import type { Wanted } from "../core/managed.ts";
import type { Failure } from "../model/errors.ts";
import { judgeAlarm, putAlarm } from "./alarm-names.ts";
import type { Kind } from "./kind.ts";
import { observeAlarms } from "./owned-alarms.ts";

export const compositeAlarm: Kind = {
  name: "CompositeAlarm",
  // After the alarms that rules name; deletes go the other way, since CloudWatch keeps what a rule still names.
  phase: 54,
  doc: "A CloudWatch alarm on the states of other alarms, for each selected service.",
  reads: ["cloudwatch:DescribeAlarms"],
  writes: ["cloudwatch:PutCompositeAlarm", "cloudwatch:TagResource", "cloudwatch:DeleteAlarms"],
  // DeleteAlarms takes one composite alarm a call.
  isMany: true,
  removeBatch: 1,
  inWaves,

  desired(selection, { owner, inventory }): Wanted[] {
    const insights = lookUpInsights(selection, inventory);
    return selection.flatMap((selected) => wantCompositeAlarms(selected, { owner, insights }));
  },

  canonical: canonicalCompositeAlarm,

  judge: judgeAlarm,

  release: () => ({ after: null, impact: "none", deletes: 1 }),

  reaches: alarmReach,

  observe: (context) => observeAlarms("CompositeAlarm", context),

  put: (change, { aws }) => putAlarm(change, aws),

  async remove(changes, { aws }) {
    const results: (Failure | undefined)[] = [];
    for (const { id } of changes) {
      try {
        await aws.cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: [id] }));
        results.push(undefined);
      } catch (error) {
        // Gone already: that is what was wanted.
        const isGone = /^ResourceNotFound/.test(errorName(error));
        results.push(isGone ? undefined : describeAwsError(error, "cloudwatch:DeleteAlarms"));
      }
    }
    return results;
  },
};
