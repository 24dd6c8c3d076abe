// PutCompositeAlarm's input turned into the configuration that is stored and read back, and its rule
// into a tree. Whether the children exist is the caller's to see.
import { present } from "../../checks.ts";
import type { Input, OperationContext } from "../../service.ts";
import { readActions } from "./actions.ts";
import { type AlarmRule, readAlarmRule } from "./alarm-rule.ts";
import { alarmChecks as checks } from "./errors.ts";
import { ALARM_NAME, type AlarmConfiguration } from "./metric-alarm.ts";
import { readActionConfiguration } from "./metric-alarm-extras.ts";

export interface CompositeAlarm {
  readonly name: string;
  readonly rule: AlarmRule;
  readonly configuration: AlarmConfiguration;
}

export function readCompositeAlarm(input: Input, context: OperationContext): CompositeAlarm {
  const name = checks.requiredText(input, "AlarmName", ALARM_NAME);
  const AlarmRule = checks.requiredText(input, "AlarmRule", { min: 1, max: 10_240 });
  return {
    name,
    rule: readAlarmRule(AlarmRule),
    configuration: {
      AlarmName: name,
      ...present({ AlarmDescription: checks.text(input, "AlarmDescription", { max: 1024 }) }),
      ActionsEnabled: checks.boolean(input, "ActionsEnabled") ?? true,
      ...readActions(input, "composite", context),
      AlarmRule,
      ...readSuppressor(input),
      ...readActionConfiguration(input),
    },
  };
}

function readSuppressor(input: Input): Record<string, unknown> {
  const seconds = { min: 0 };
  const fields = present({
    ActionsSuppressor: checks.text(input, "ActionsSuppressor", { min: 1, max: 1600 }),
    ActionsSuppressorWaitPeriod: checks.integer(input, "ActionsSuppressorWaitPeriod", seconds),
    ActionsSuppressorExtensionPeriod: checks.integer(input, "ActionsSuppressorExtensionPeriod", seconds),
  });
  if (![0, 3].includes(Object.keys(fields).length))
    throw checks.fail(
      "ActionsSuppressor, ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod go together",
    );
  return fields;
}
