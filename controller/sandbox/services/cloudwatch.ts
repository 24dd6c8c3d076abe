// Amazon CloudWatch as the sandbox plays it: alarms in full, metrics as far as alarms need them.
// Alarms never change state by themselves; SetAlarmState moves them.
import { checkTags, present, tagList, tagMap } from "../checks.ts";
import type { Input, Operation, OperationContext, SandboxService } from "../service.ts";
import { readActions } from "./cloudwatch/actions.ts";
import { type AlarmState, childrenOf, readAlarmRule } from "./cloudwatch/alarm-rule.ts";
import { AlarmStore, type StoredAlarm } from "./cloudwatch/alarm-store.ts";
import { createDescribeOperations } from "./cloudwatch/describe-alarms.ts";
import {
  alarmNotFound,
  alarmChecks as checks,
  limitExceeded,
  metricChecks,
  resourceNotFound,
} from "./cloudwatch/errors.ts";
import { ALARM_NAME, readMetricAlarm } from "./cloudwatch/metric-alarm.ts";
import { readActionConfiguration } from "./cloudwatch/metric-alarm-extras.ts";
import { createMetrics } from "./cloudwatch/metrics.ts";
import { isolated, plainState } from "./isolated.ts";

export interface CloudWatchOptions {
  /** AWS sets no number, but answers LimitExceededFault at some; this is how to meet it. */
  readonly maxAlarms?: number;
}

const MAX_PAYLOAD = 120 * 1024;
const MAX_PARENTS = 150;

export function createCloudWatch({
  maxAlarms = Number.POSITIVE_INFINITY,
}: CloudWatchOptions = {}): SandboxService & {
  state(): unknown;
} {
  const store = new AlarmStore();
  const metrics = createMetrics();

  const put = (
    alarm: Pick<StoredAlarm, "kind" | "name" | "configuration" | "rule">,
    input: Input,
    context: OperationContext,
  ): void => {
    if (JSON.stringify(input).length > MAX_PAYLOAD) throw checks.fail("The alarm is larger than 120 KB");
    const existing = store.get(alarm.name);
    if (existing !== undefined && existing.kind !== alarm.kind)
      throw checks.fail(`Alarm name '${alarm.name}' is in use by a ${existing.kind}`);
    const tags = tagMap(checks, input, "Tags") ?? {};
    checkTags(checks, tags);
    if (existing === undefined && store.size >= maxAlarms)
      throw limitExceeded(`The maximum limit of ${maxAlarms} alarms has been reached.`);
    store.put({ ...alarm, tags }, context);
  };
  const namedAlarms = (input: Input): StoredAlarm[] => {
    const names = checks.texts(input, "AlarmNames", { max: 100 }, { min: 1, max: 255 });
    if (names === undefined) throw checks.fail("AlarmNames must not be null");
    return [...new Set(names)].flatMap((name) => store.get(name) ?? []);
  };
  const switchActions =
    (ActionsEnabled: boolean): Operation =>
    (input) => {
      for (const alarm of namedAlarms(input))
        alarm.configuration = { ...alarm.configuration, ActionsEnabled };
      return {};
    };
  const tagged = (input: Input): StoredAlarm => {
    const arn = metricChecks.requiredText(input, "ResourceARN", { min: 1, max: 1024 });
    if (!arn.startsWith("arn:")) throw metricChecks.fail(`Invalid ARN: ${arn}`);
    const alarm = store.getByArn(arn);
    if (alarm === undefined) throw resourceNotFound(arn);
    return alarm;
  };

  const operations: Record<string, Operation> = {
    ...createDescribeOperations(store),
    ...metrics.operations,

    PutMetricAlarm(input, context) {
      const configuration = readMetricAlarm(input, context);
      put({ kind: "MetricAlarm", name: input.AlarmName, configuration, rule: undefined }, input, context);
      return {};
    },

    PutCompositeAlarm(input, context) {
      const name = checks.requiredText(input, "AlarmName", ALARM_NAME);
      const AlarmRule = checks.requiredText(input, "AlarmRule", { min: 1, max: 10_240 });
      const rule = readAlarmRule(AlarmRule);
      const configuration = {
        AlarmName: name,
        ...present({ AlarmDescription: checks.text(input, "AlarmDescription", { max: 1024 }) }),
        ActionsEnabled: checks.boolean(input, "ActionsEnabled") ?? true,
        ...readActions(input, "composite", context),
        AlarmRule,
        ...readSuppressor(input),
        ...readActionConfiguration(input),
      };
      for (const child of childrenOf(rule)) {
        const alarm = store.resolve(child);
        if (alarm === undefined)
          throw checks.fail(`AlarmRule contains an alarm that does not exist: ${child}`);
        const others = store.parentsOf(alarm).filter((parent) => parent.name !== name);
        if (others.length >= MAX_PARENTS)
          throw limitExceeded(`Alarm ${alarm.name} is used by ${MAX_PARENTS} composite alarms already`);
      }
      put({ kind: "CompositeAlarm", name, configuration, rule }, input, context);
      return {};
    },

    DeleteAlarms(input, context) {
      const alarms = namedAlarms(input);
      if (alarms.filter((alarm) => alarm.kind === "CompositeAlarm").length > 1)
        throw checks.fail("DeleteAlarms can delete at most one composite alarm at a time");
      for (const alarm of alarms) {
        const parent = store.parentsOf(alarm).find((other) => other !== alarm && !alarms.includes(other));
        if (parent !== undefined)
          throw checks.fail(
            `Cannot delete ${alarm.name} as it is used by the composite alarm ${parent.name}`,
          );
      }
      // Wrong names don't stop the right ones; only when all are wrong is there something to say.
      if (alarms.length === 0 && input.AlarmNames.length > 0)
        throw alarmNotFound(input.AlarmNames.join(", "));
      for (const alarm of alarms) store.delete(alarm, context.now());
      return {};
    },

    SetAlarmState(input, context) {
      const name = checks.requiredText(input, "AlarmName", { min: 1, max: 255 });
      const state = checks.requiredText(input, "StateValue", { oneOf: ["OK", "ALARM", "INSUFFICIENT_DATA"] });
      const reason = checks.requiredText(input, "StateReason", { max: 1023 });
      const data = checks.text(input, "StateReasonData", { max: 4000 });
      const alarm = store.get(name);
      if (alarm === undefined) throw alarmNotFound(name);
      store.setState(alarm, state as AlarmState, reason, data, context.now());
      return {};
    },

    EnableAlarmActions: switchActions(true),
    DisableAlarmActions: switchActions(false),

    TagResource(input) {
      const alarm = tagged(input);
      const added = tagMap(metricChecks, input, "Tags");
      if (added === undefined) throw metricChecks.fail("Tags must not be null");
      const tags = { ...alarm.tags, ...added };
      checkTags(metricChecks, tags);
      alarm.tags = tags;
      return {};
    },

    UntagResource(input) {
      const alarm = tagged(input);
      const keys = metricChecks.texts(input, "TagKeys", {}, { min: 1, max: 128 });
      if (keys === undefined) throw metricChecks.fail("TagKeys must not be null");
      alarm.tags = Object.fromEntries(Object.entries(alarm.tags).filter(([key]) => !keys.includes(key)));
      return {};
    },

    ListTagsForResource(input) {
      return { Tags: tagList(tagged(input).tags) };
    },
  };

  return {
    id: "monitoring",
    targetPrefix: "GraniteServiceVersion20100801",
    jsonVersion: "1.0",
    query: {
      version: "2010-08-01",
      xmlNamespace: "http://monitoring.amazonaws.com/doc/2010-08-01/",
      // `Value` isn't among them: in a dimension and in a tag it is a text.
      numbers: [
        ...["Period", "EvaluationPeriods", "DatapointsToAlarm", "Threshold", "EvaluationInterval"],
        ...[
          "PendingPeriod",
          "RecoveryPeriod",
          "WarmUpPeriodDurationInMinutes",
          "MaxRecords",
          "MaxDatapoints",
        ],
        ...["ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod", "StorageResolution"],
      ],
      booleans: [
        ...["ActionsEnabled", "ReturnData", "Enabled", "IncludeLinkedAccounts", "StrictEntityValidation"],
        "OnlyStartEvaluatingAfterWarmUpPeriodEnds",
      ],
    },
    operations: isolated(operations),
    taggedResources: () =>
      store.all().map(({ arn, tags }) => ({ arn, type: "cloudwatch:alarm", tags: { ...tags } })),
    state: () => plainState({ alarms: store.all(), history: store.history, metrics: metrics.state() }),
  };
}

function readSuppressor(input: Input): Record<string, unknown> {
  const fields = present({
    ActionsSuppressor: checks.text(input, "ActionsSuppressor", { min: 1, max: 1600 }),
    ActionsSuppressorWaitPeriod: checks.integer(input, "ActionsSuppressorWaitPeriod"),
    ActionsSuppressorExtensionPeriod: checks.integer(input, "ActionsSuppressorExtensionPeriod"),
  });
  if (![0, 3].includes(Object.keys(fields).length))
    throw checks.fail(
      "ActionsSuppressor, ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod go together",
    );
  return fields;
}
