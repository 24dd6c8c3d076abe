// CloudWatch composite alarms: rules over other alarms. Ours by name: OWNER/CLUSTER/SERVICE/NAME.
import {
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  PutCompositeAlarmCommand,
  type PutCompositeAlarmCommandInput,
} from "@aws-sdk/client-cloudwatch";
import type { AwsClients } from "../aws/clients.ts";
import { describeAwsError, errorName } from "../aws/errors.ts";
import { inBatches, readAllPages } from "../aws/pages.ts";
import { inWaves } from "../core/alarm-waves.ts";
import { canonicalCompositeAlarm, pickCompositeInput } from "../core/canonical-alarm.ts";
import { wantCompositeAlarms } from "../core/composite-alarm.ts";
import { lookUpInsights } from "../core/container-insights.ts";
import type { Observed, Wanted } from "../core/managed.ts";
import { parseOwnedName } from "../core/names.ts";
import type { Failure } from "../model/errors.ts";
import type { JsonObject } from "../model/json.ts";
import { known, unknown } from "../model/read.ts";
import { alarmTags, holdTakenName, takenName } from "./alarm-names.ts";
import type { Kind } from "./kind.ts";

export const compositeAlarm: Kind = {
  name: "CompositeAlarm",
  // After the alarms that rules name; deletes go the other way, since CloudWatch keeps what a rule still names.
  phase: 54,
  doc: "A CloudWatch alarm on the states of other alarms, for each selected service.",
  reads: ["cloudwatch:DescribeAlarms"],
  writes: ["cloudwatch:PutCompositeAlarm", "cloudwatch:TagResource", "cloudwatch:DeleteAlarms"],
  // DeleteAlarms takes one composite alarm a call.
  removeBatch: 1,
  inWaves,

  desired(selection, { owner, inventory }): Wanted[] {
    const insights = lookUpInsights(selection, inventory);
    return selection.flatMap((selected) => wantCompositeAlarms(selected, { owner, insights }));
  },

  canonical: canonicalCompositeAlarm,

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
      const alarms = await readAllPages("cloudwatch:DescribeAlarms", async (NextToken) => {
        const answer = await aws.cloudwatch.send(
          new DescribeAlarmsCommand({
            AlarmNamePrefix: `${owner}/`,
            AlarmTypes: ["CompositeAlarm"],
            MaxRecords: 100,
            NextToken,
          }),
        );
        return { items: answer.CompositeAlarms, next: answer.NextToken };
      });
      const items = new Map<string, Observed>();
      for (const alarm of alarms) {
        const name = alarm.AlarmName as string;
        const place = parseOwnedName(owner, name);
        if (place === undefined) continue;
        const { cluster, service } = place;
        const spec = pickCompositeInput(alarm as unknown as JsonObject);
        items.set(name, { id: name, name, cluster, service, spec, owned: true });
      }
      const missing = wanted.flatMap(({ id, state }) =>
        state.is === "wanted" && !items.has(id) ? [id] : [],
      );
      for (const name of await findTaken(aws, missing))
        items.set(name, takenName(name, "alarm of another type"));
      return known({ items });
    } catch (error) {
      return unknown(describeAwsError(error, "cloudwatch:DescribeAlarms"));
    }
  },

  async put({ after }, { aws }) {
    await aws.cloudwatch.send(
      new PutCompositeAlarmCommand(after as unknown as PutCompositeAlarmCommandInput),
    );
  },

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

/** Which of these names alarms of other types have. Asked only for composites that are about to be made. */
async function findTaken({ cloudwatch }: AwsClients, names: readonly string[]): Promise<string[]> {
  const taken: string[] = [];
  for (const AlarmNames of inBatches(names, 100)) {
    const { MetricAlarms = [], LogAlarms = [] } = await cloudwatch.send(
      new DescribeAlarmsCommand({
        AlarmNames: [...AlarmNames],
        AlarmTypes: ["MetricAlarm", "LogAlarm"],
        MaxRecords: 100,
      }),
    );
    taken.push(...[...MetricAlarms, ...LogAlarms].flatMap(({ AlarmName }) => AlarmName ?? []));
  }
  return taken;
}
