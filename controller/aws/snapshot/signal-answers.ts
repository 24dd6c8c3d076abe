// CloudWatch's answers out of a snapshot, its logs included.
import type { JsonObject } from "../../model/json.ts";
import type { AlarmFacts, SnapshotFacts } from "../../model/snapshot.ts";
import type { Tags } from "../../model/workload.ts";
import type { Answers } from "./answers.ts";
import { factOf, valueIn } from "./facts.ts";
import { revive } from "./instants.ts";

/** Members of the input and of the answer, by the type of alarm. */
const alarmLists: readonly (readonly [type: string, list: string, fact: keyof AlarmFacts])[] = [
  ["MetricAlarm", "MetricAlarms", "metric"],
  ["CompositeAlarm", "CompositeAlarms", "composite"],
  ["LogAlarm", "LogAlarms", "log"],
];

export const signalAnswers: Answers = {
  "CloudWatch.DescribeAlarms": (input, facts) => {
    const alarms = valueIn(facts.alarms, "the alarms");
    // AWS's own default: metric alarms alone.
    const types: readonly string[] = input.AlarmTypes ?? ["MetricAlarm"];
    const names = input.AlarmNames && new Set(input.AlarmNames as string[]);
    return Object.fromEntries(
      alarmLists.map(([type, list, fact]) => {
        const asked = types.includes(type) ? alarms[fact] : [];
        const named = asked.filter(({ AlarmName }) => names === undefined || names.has(String(AlarmName)));
        return [list, startingWith(named, "AlarmName", input.AlarmNamePrefix).map(revive)];
      }),
    );
  },

  "CloudWatch.ListDashboards": (input, { dashboards }) => {
    const entries = valueIn(dashboards, "the list of dashboards");
    return {
      DashboardEntries: startingWith(entries, "DashboardName", input.DashboardNamePrefix).map(revive),
    };
  },

  "CloudWatch.GetDashboard": (input, { dashboardBodies }) => {
    const name = input.DashboardName as string;
    return {
      DashboardName: name,
      DashboardBody: valueIn(factOf(dashboardBodies, name), `the dashboard ${name}`),
    };
  },

  "CloudWatch.ListTagsForResource": (input, { dashboardTags }) => {
    const arn = input.ResourceARN as string;
    return { Tags: toTagList(valueIn(factOf(dashboardTags, arn), `the tags of ${arn}`)) };
  },

  "CloudWatchLogs.DescribeLogGroups": (input, { logGroups }) => {
    const groups = valueIn(logGroups, "the list of log groups");
    return { logGroups: startingWith(groups, "logGroupName", input.logGroupNamePrefix).map(revive) };
  },

  "CloudWatchLogs.ListTagsForResource": (input, facts) => {
    const arn = input.resourceArn as string;
    const name = groupOf(arn);
    const fact = factOf(facts.logGroupTags, name);
    // A group that nobody logs to: the tag index has all that have tags.
    const tags = fact === undefined ? indexedTags(name, facts) : valueIn(fact, `the tags of ${arn}`);
    return { tags };
  },

  "CloudWatchLogs.DescribeMetricFilters": (input, { metricFilters }) => {
    const filters = valueIn(metricFilters, "the list of metric filters");
    const { logGroupName } = input;
    const inGroup = filters.filter((one) => logGroupName == null || one["logGroupName"] === logGroupName);
    return { metricFilters: startingWith(inGroup, "filterName", input.filterNamePrefix).map(revive) };
  },

  "CloudWatchLogs.DescribeQueryDefinitions": (input, { queryDefinitions }) => {
    const queries = valueIn(queryDefinitions, "the list of saved queries");
    return { queryDefinitions: startingWith(queries, "name", input.queryDefinitionNamePrefix).map(revive) };
  },
};

function startingWith(
  items: readonly JsonObject[],
  member: string,
  prefix: string | undefined,
): readonly JsonObject[] {
  return prefix == null ? items : items.filter((item) => String(item[member]).startsWith(prefix));
}

export function toTagList(tags: Tags): object[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** The name in a log group's ARN, which may end in `:*`. */
function groupOf(arn: string): string {
  return /:log-group:(.+?)(:\*)?$/.exec(arn)?.[1] ?? arn;
}

const indexes = new WeakMap<SnapshotFacts, ReadonlyMap<string, Tags>>();

/** @throws where the group is none of the list's, or the index could not be read. */
function indexedTags(name: string, facts: SnapshotFacts): Tags {
  const groups = valueIn(facts.logGroups, "the list of log groups");
  if (!groups.some(({ logGroupName }) => logGroupName === name))
    return valueIn<Tags>(undefined, `the log group ${name}`);
  const index =
    indexes.get(facts) ??
    new Map(
      valueIn(facts.taggedLogGroups, "the tag index of log groups").map(({ arn, tags }) => [
        groupOf(arn),
        tags,
      ]),
    );
  indexes.set(facts, index);
  return index.get(name) ?? {};
}
