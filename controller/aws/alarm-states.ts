// How alarms stand at this moment, by their names: for people who look at one service.
import { DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import type { AwsClients } from "./clients.ts";

export interface StandingAlarm {
  readonly name: string;
  /** `OK`, `ALARM` or `INSUFFICIENT_DATA`. */
  readonly state: string;
  readonly reason?: string;
  /** ISO 8601, UTC: since when. */
  readonly since?: string;
  readonly actionsEnabled?: boolean;
}

/** What one call takes (AlarmNames of DescribeAlarms). */
export const mostAlarmNames = 100;

/**
 * One call. Of names that there are none of, nothing is said.
 * @param names at most `mostAlarmNames`
 * @throws what the SDK throws
 */
export async function readAlarmStates(
  aws: Pick<AwsClients, "cloudwatch">,
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly StandingAlarm[]> {
  const {
    MetricAlarms = [],
    CompositeAlarms = [],
    LogAlarms = [],
  } = await aws.cloudwatch.send(
    new DescribeAlarmsCommand({
      AlarmNames: [...names],
      AlarmTypes: ["MetricAlarm", "CompositeAlarm", "LogAlarm"],
      MaxRecords: mostAlarmNames,
    }),
    { abortSignal: signal },
  );
  return [...MetricAlarms, ...CompositeAlarms, ...LogAlarms].map(
    ({ AlarmName = "", StateValue = "", StateReason, StateUpdatedTimestamp, ActionsEnabled, ...rest }) => {
      // When the state changed; an update may only have changed its reason.
      const changed = "StateTransitionedTimestamp" in rest ? rest.StateTransitionedTimestamp : undefined;
      const since = changed ?? StateUpdatedTimestamp;
      return {
        name: AlarmName,
        state: StateValue,
        ...(StateReason === undefined ? {} : { reason: StateReason }),
        ...(since === undefined ? {} : { since: since.toISOString() }),
        ...(ActionsEnabled === undefined ? {} : { actionsEnabled: ActionsEnabled }),
      };
    },
  );
}
