// Amazon CloudWatch as the sandbox plays it: alarms and dashboards in full, metrics as far as alarms
// need them.
// Alarms never change state by themselves; SetAlarmState moves them.
import { checkTags, tagMap } from "../checks.ts";
import type { Announce } from "../happening.ts";
import type { Input, Operation, OperationContext, SandboxService } from "../service.ts";
import { alarmHappening } from "./cloudwatch/alarm-happenings.ts";
import { type AlarmState, childrenOf } from "./cloudwatch/alarm-rule.ts";
import { AlarmStore, type StoredAlarm } from "./cloudwatch/alarm-store.ts";
import { readCompositeAlarm } from "./cloudwatch/composite-alarm.ts";
import { createDashboardOperations, DashboardStore } from "./cloudwatch/dashboards.ts";
import { createDescribeOperations } from "./cloudwatch/describe-alarms.ts";
import { alarmNotFound, alarmChecks as checks, limitExceeded } from "./cloudwatch/errors.ts";
import { evaluatedQuery, readLogAlarm } from "./cloudwatch/log-alarm.ts";
import { readMetricAlarm } from "./cloudwatch/metric-alarm.ts";
import { createMetrics } from "./cloudwatch/metrics.ts";
import { createTagOperations } from "./cloudwatch/tags.ts";
import { isolated, plainState } from "./isolated.ts";

export interface CloudWatchOptions {
  /** AWS sets no number, but answers LimitExceededFault at some; this is how to meet it. */
  readonly maxAlarms?: number;
  /** Those of the account, which its Regions share; its own where absent. */
  readonly dashboards?: DashboardStore;
  /** Where given, EventBridge is told of alarms that change. */
  readonly announce?: Announce;
}

export interface CloudWatchService extends SandboxService {
  /** Datapoints of any namespace and age, as AWS's own services put them. The input is PutMetricData's. */
  plantMetrics(input: Input, now: number): void;
  state(): unknown;
}

const MAX_PAYLOAD = 120 * 1024;
const MAX_PARENTS = 150;
const QUERY_CHANGED = "Unchecked: The scheduled query was changed";

export function createCloudWatch({
  maxAlarms = Number.POSITIVE_INFINITY,
  dashboards = new DashboardStore(),
  announce,
}: CloudWatchOptions = {}): CloudWatchService {
  const store = new AlarmStore(announce && ((change) => announce(alarmHappening(change))));
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

  const operations: Record<string, Operation> = {
    ...createDescribeOperations(store),
    ...createDashboardOperations(dashboards),
    ...createTagOperations((arn) => store.getByArn(arn) ?? dashboards.getByArn(arn)),
    ...metrics.operations,

    PutMetricAlarm(input, context) {
      const configuration = readMetricAlarm(input, context);
      put({ kind: "MetricAlarm", name: input.AlarmName, configuration, rule: undefined }, input, context);
      return {};
    },

    PutCompositeAlarm(input, context) {
      const { name, rule, configuration } = readCompositeAlarm(input, context);
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

    PutLogAlarm(input, context) {
      const configuration = readLogAlarm(input, context);
      const name = input.AlarmName;
      const before = store.get(name)?.configuration;
      const changed = before !== undefined && evaluatedQuery(before) !== evaluatedQuery(configuration);
      put({ kind: "LogAlarm", name, configuration, rule: undefined }, input, context);
      const alarm = store.get(name);
      // What the old query found says nothing about the new one.
      if (changed && alarm !== undefined)
        store.setState(alarm, "INSUFFICIENT_DATA", QUERY_CHANGED, undefined, context.now());
      return {};
    },

    DeleteAlarms(input, context) {
      const alarms = namedAlarms(input);
      if (alarms.filter((alarm) => alarm.kind === "CompositeAlarm").length > 1)
        throw checks.fail("DeleteAlarms can delete at most one composite alarm at a time");
      if (alarms.some((alarm) => alarm.kind === "LogAlarm") && new Set(input.AlarmNames).size > 1)
        throw checks.fail("DeleteAlarms can delete a log alarm only by itself");
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
          "QueryResultsToEvaluate",
          "QueryResultsToAlarm",
          "ActionLogLineCount",
          "StartTimeOffset",
          "EndTimeOffset",
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
    plantMetrics: metrics.plant,
    taggedResources: () => [
      ...store.all().map(({ arn, tags }) => ({ arn, type: "cloudwatch:alarm", tags: { ...tags } })),
      ...dashboards.all().map(({ arn, tags }) => ({ arn, type: "cloudwatch:dashboard", tags: { ...tags } })),
    ],
    state: () =>
      plainState({
        alarms: store.all(),
        dashboards: dashboards.all(),
        history: store.history,
        metrics: metrics.state(),
      }),
  };
}
