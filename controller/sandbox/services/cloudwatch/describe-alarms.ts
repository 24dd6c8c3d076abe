// Reading alarms: DescribeAlarms with its filters, DescribeAlarmsForMetric, DescribeAlarmHistory.
import { compareText, present } from "../../checks.ts";
import { takePage } from "../../paging.ts";
import type { Input, Operation, Output } from "../../service.ts";
import { childrenOf } from "./alarm-rule.ts";
import type { AlarmStore, HistoryItem, StoredAlarm } from "./alarm-store.ts";
import { type Dimension, metricKey, readDimensions } from "./dimensions.ts";
import { alarmChecks as checks, invalidNextToken } from "./errors.ts";
import { STATISTICS, UNITS } from "./statistic.ts";
import { timeOf } from "./times.ts";

const NAME = { min: 1, max: 255 };
const ALARM_TYPES = ["MetricAlarm", "CompositeAlarm", "LogAlarm"];

export function createDescribeOperations(store: AlarmStore): Record<string, Operation> {
  return {
    DescribeAlarms(input) {
      const { alarms, show } = chosen(store, input);
      const limit = checks.integer(input, "MaxRecords", { min: 1, max: 100 }) ?? 50;
      const { NextToken, MaxRecords: _, ...filters } = input;
      const page = takePage(alarms, (alarm) => alarm.name, {
        limit,
        token: NextToken,
        scope: ["DescribeAlarms", filters],
        invalidToken: invalidNextToken,
      });
      return {
        MetricAlarms: page.items.filter((alarm) => alarm.kind === "MetricAlarm").map(show),
        CompositeAlarms: page.items.filter((alarm) => alarm.kind === "CompositeAlarm").map(show),
        LogAlarms: page.items.filter((alarm) => alarm.kind === "LogAlarm").map(show),
        ...present({ NextToken: page.nextToken }),
      };
    },

    DescribeAlarmsForMetric(input) {
      const name = checks.requiredText(input, "MetricName", NAME);
      const namespace = checks.requiredText(input, "Namespace", NAME);
      const wanted = metricKey(namespace, name, readDimensions(checks, input) ?? []);
      const filters = present({
        Statistic: checks.text(input, "Statistic", { oneOf: STATISTICS }),
        ExtendedStatistic: checks.text(input, "ExtendedStatistic"),
        Period: checks.integer(input, "Period", { min: 1 }),
        Unit: checks.text(input, "Unit", { oneOf: UNITS }),
      });
      const matches = store.all().filter(({ configuration }) => {
        if (configuration.MetricName === undefined) return false;
        const { Namespace, MetricName, Dimensions } = configuration;
        return (
          metricKey(String(Namespace), String(MetricName), Dimensions as Dimension[]) === wanted &&
          Object.entries(filters).every(([field, value]) => configuration[field] === value)
        );
      });
      return { MetricAlarms: matches.map(wholeAlarm) };
    },

    DescribeAlarmHistory(input) {
      const name = checks.text(input, "AlarmName", NAME);
      const types = checks.texts(input, "AlarmTypes", {}, { oneOf: ALARM_TYPES }) ?? ["MetricAlarm"];
      const itemType = checks.text(input, "HistoryItemType");
      const [start, end] = [timeOf(input.StartDate), timeOf(input.EndDate)];
      const order = checks.text(input, "ScanBy", { oneOf: ["TimestampDescending", "TimestampAscending"] });
      const items = store.history
        .map((item, index) => ({ item, key: String(index).padStart(12, "0") }))
        .filter(
          ({ item }) =>
            (name === undefined || item.AlarmName === name) &&
            (itemType === undefined || item.HistoryItemType === itemType) &&
            // Asked for one alarm by name, its kind needn't be said.
            (name !== undefined || types.includes(item.AlarmType)) &&
            (start === undefined || item.Timestamp >= start) &&
            (end === undefined || item.Timestamp <= end),
        );
      const { NextToken, MaxRecords: _, ...filters } = input;
      if (order !== "TimestampAscending") {
        items.reverse();
        // Keys must ascend in the order of the list.
        for (const entry of items) entry.key = String(1e12 - 1 - Number(entry.key)).padStart(12, "0");
      }
      const page = takePage(items, (entry) => entry.key, {
        limit: checks.integer(input, "MaxRecords", { min: 1, max: 100 }) ?? 100,
        token: NextToken,
        scope: ["DescribeAlarmHistory", filters],
        invalidToken: invalidNextToken,
      });
      return {
        AlarmHistoryItems: page.items.map(({ item }) => shownItem(item)),
        ...present({ NextToken: page.nextToken }),
      };
    },
  };
}

interface Chosen {
  readonly alarms: readonly StoredAlarm[];
  readonly show: (alarm: StoredAlarm) => Output;
}

function chosen(store: AlarmStore, input: Input): Chosen {
  const children = checks.text(input, "ChildrenOfAlarmName", NAME);
  const parents = checks.text(input, "ParentsOfAlarmName", NAME);
  if (children !== undefined || parents !== undefined) {
    const others = Object.keys(input).filter(
      (field) => input[field] !== undefined && !["MaxRecords", "NextToken"].includes(field),
    );
    if (others.length > 1)
      throw checks.fail("ChildrenOfAlarmName and ParentsOfAlarmName must not be combined with other filters");
    const named = store.get(children ?? parents ?? "");
    if (named === undefined) return { alarms: [], show: briefParent };
    if (parents !== undefined) return { alarms: store.parentsOf(named), show: briefParent };
    const found = (named.rule === undefined ? [] : childrenOf(named.rule)).flatMap(
      (child) => store.resolve(child) ?? [],
    );
    return {
      alarms: [...new Set(found)].sort((a, b) => compareText(a.name, b.name)),
      show: briefChild,
    };
  }

  const names = checks.texts(input, "AlarmNames", { max: 100 }, NAME);
  const prefix = checks.text(input, "AlarmNamePrefix", NAME);
  if (names !== undefined && names.length > 0 && prefix !== undefined)
    throw checks.fail("AlarmNames and AlarmNamePrefix must not be specified together");
  // The trap of this operation: without AlarmTypes, only metric alarms are seen.
  const types = checks.texts(input, "AlarmTypes", {}, { oneOf: ALARM_TYPES }) ?? [];
  const state = checks.text(input, "StateValue", { oneOf: ["OK", "ALARM", "INSUFFICIENT_DATA"] });
  const action = checks.text(input, "ActionPrefix", { min: 1, max: 1024 });
  const alarms = store
    .all()
    .filter(
      (alarm) =>
        (types.length === 0 ? ["MetricAlarm"] : types).includes(alarm.kind) &&
        (names === undefined || names.length === 0 || names.includes(alarm.name)) &&
        (prefix === undefined || alarm.name.startsWith(prefix)) &&
        (state === undefined || alarm.state === state) &&
        (action === undefined || actionsOf(alarm).some((arn) => arn.startsWith(action))),
    );
  return { alarms, show: wholeAlarm };
}

function wholeAlarm(alarm: StoredAlarm): Output {
  const { ScheduledQueryConfiguration: query } = alarm.configuration;
  return {
    ...alarm.configuration,
    ...(alarm.queryArn === undefined
      ? {}
      : { ScheduledQueryConfiguration: { ...(query as Output), QueryARN: alarm.queryArn } }),
    AlarmArn: alarm.arn,
    AlarmConfigurationUpdatedTimestamp: new Date(alarm.configuredAt),
    StateValue: alarm.state,
    StateReason: alarm.stateReason,
    ...present({ StateReasonData: alarm.stateReasonData }),
    StateUpdatedTimestamp: new Date(alarm.stateUpdatedAt),
    StateTransitionedTimestamp: new Date(alarm.stateTransitionedAt),
  };
}

function briefChild(alarm: StoredAlarm): Output {
  return {
    AlarmName: alarm.name,
    AlarmArn: alarm.arn,
    StateValue: alarm.state,
    StateUpdatedTimestamp: new Date(alarm.stateUpdatedAt),
  };
}

function briefParent(alarm: StoredAlarm): Output {
  return { AlarmName: alarm.name, AlarmArn: alarm.arn };
}

function shownItem(item: HistoryItem): Output {
  return { ...item, Timestamp: new Date(item.Timestamp) };
}

function actionsOf({ configuration }: StoredAlarm): string[] {
  return [configuration.OKActions, configuration.AlarmActions, configuration.InsufficientDataActions].flatMap(
    (list) => list as string[],
  );
}
