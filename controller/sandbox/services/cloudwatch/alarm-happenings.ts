// What CloudWatch tells EventBridge of alarms: changes of configuration and of state, in the shapes of
// its user guide ("Alarm events and EventBridge").
import type { Happening } from "../../happening.ts";
import type { AlarmChange, AlarmStatus, StoredAlarm } from "./alarm-store.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Members that hold a whole structure in an event, though they stand flat in an alarm. */
const OF_METRIC = [
  "Namespace",
  "MetricName",
  "Dimensions",
  "Period",
  "Statistic",
  "ExtendedStatistic",
  "Unit",
];

export function alarmHappening(change: AlarmChange): Happening {
  const { kind, alarm, at } = change;
  const detail =
    kind === "state"
      ? {
          state: status(alarm, at),
          previousState: statusOf(change.previous),
          configuration: shownShort(alarm),
        }
      : {
          operation: kind,
          state: status(alarm, alarm.stateUpdatedAt),
          configuration: shown(alarm, alarm.configuration),
          ...(kind === "update" ? { previousConfiguration: shown(alarm, change.previous) } : {}),
        };
  return {
    source: "aws.cloudwatch",
    detailType: kind === "state" ? "CloudWatch Alarm State Change" : "CloudWatch Alarm Configuration Change",
    resources: [alarm.arn],
    time: at,
    detail: { alarmName: alarm.name, ...detail },
  };
}

function status(alarm: StoredAlarm, at: number): Fields {
  return statusOf({ value: alarm.state, reason: alarm.stateReason, reasonData: alarm.stateReasonData, at });
}

function statusOf({ value, reason, reasonData, at }: AlarmStatus): Fields {
  const data = reasonData === undefined ? {} : { reasonData };
  return { value, reason, ...data, timestamp: new Date(at).toISOString().replace("Z", "+0000") };
}

/** What a change of state repeats of the configuration: its description, and what is watched. */
function shownShort(alarm: StoredAlarm): Fields {
  const { description, metrics, alarmRule, queryString } = shown(alarm, alarm.configuration);
  return Object.fromEntries(
    Object.entries({ description, metrics, alarmRule, queryString }).filter(
      ([, value]) => value !== undefined,
    ),
  );
}

function shown({ name, configuredAt }: StoredAlarm, configuration: Fields): Fields {
  const rest = Object.entries(configuration).filter(
    ([key]) =>
      !OF_METRIC.includes(key) && !["AlarmName", "AlarmDescription", "Metrics", "OKActions"].includes(key),
  );
  const { AlarmDescription: description, OKActions: okActions } = configuration;
  const metrics = metricsOf(configuration);
  return {
    alarmName: name,
    timestamp: new Date(configuredAt).toISOString().replace("Z", "+0000"),
    ...(description === undefined ? {} : { description }),
    ...(okActions === undefined ? {} : { okActions }),
    ...(metrics === undefined ? {} : { metrics }),
    ...Object.fromEntries(rest.map(([key, value]) => [small(key), smallKeys(value)])),
  };
}

/** A plain metric is written as a list of one, with an id of its own. */
function metricsOf(configuration: Fields): unknown {
  const { Metrics: list, Namespace: namespace, MetricName: name, Unit: unit } = configuration;
  if (Array.isArray(list)) return list.map(metricQuery);
  if (name === undefined) return undefined;
  const stat = configuration["Statistic"] ?? configuration["ExtendedStatistic"];
  return [
    {
      id: "m1",
      metricStat: {
        metric: { namespace, name, dimensions: dimensionMap(configuration["Dimensions"]) },
        period: configuration["Period"],
        stat,
        ...(unit === undefined ? {} : { unit }),
      },
      returnData: true,
    },
  ];
}

function metricQuery(query: Fields): unknown {
  const { MetricStat: given, ...rest } = query;
  if (typeof given !== "object" || given === null) return smallKeys(rest);
  const { Metric, ...stat } = given as { Metric?: Fields };
  const metric = {
    namespace: Metric?.["Namespace"],
    name: Metric?.["MetricName"],
    dimensions: dimensionMap(Metric?.["Dimensions"]),
  };
  return { ...(smallKeys(rest) as Fields), metricStat: { metric, ...(smallKeys(stat) as Fields) } };
}

function dimensionMap(list: unknown): Record<string, unknown> {
  const dimensions = Array.isArray(list) ? (list as { Name: string; Value: unknown }[]) : [];
  return Object.fromEntries(dimensions.map(({ Name, Value }) => [Name, Value]));
}

function smallKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(smallKeys);
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [small(key), smallKeys(item)]));
}

function small(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
