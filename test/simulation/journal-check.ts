// Whether the journal tells of every write that the sandbox saw.
import type { JournalEntry } from "../../controller/model/status.ts";
import type { Any } from "../scenarios/harness.ts";
import type { TargetWrite } from "./watch.ts";

/** Clocks of replicas are apart, and a rollout goes on long after it was written down. */
const skew = 60_000;
const longest = 2 * 3_600_000;

const alarms = ["MetricAlarm", "CompositeAlarm", "LogAlarm"];
const kindsOf: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^PutMetricAlarm$/, ["MetricAlarm"]],
  [/^PutCompositeAlarm$/, ["CompositeAlarm"]],
  [/^PutLogAlarm$/, ["LogAlarm"]],
  [/^(DeleteAlarms|EnableAlarmActions|DisableAlarmActions)$/, alarms],
  [/Dashboards?$/, ["Dashboard"]],
  [/MetricFilter$/, ["MetricFilter"]],
  [/QueryDefinition$/, ["QueryDefinition"]],
  [/^(CreateLogGroup|PutRetentionPolicy|DeleteRetentionPolicy)$/, ["LogGroup"]],
  [/^RegisterTaskDefinition$/, ["TaskDefinition"]],
  [/^UpdateService$/, ["TaskDefinition", "Service"]],
  [/^UpdateClusterSettings$/, ["ClusterSettings"]],
  [/^(ModifyTargetGroup|AddTags|RemoveTags)$/, ["TargetGroup"]],
  [/Rule$|Targets$/, ["EventRule"]],
  [
    /^(Untag|Tag)Resource$/,
    [...alarms, "LogGroup", "TaskDefinition", "Service", "ClusterSettings", "EventRule", "Dashboard"],
  ],
];

/** The writes that no entry was laid down for. */
export function findUntold(
  writes: readonly TargetWrite[],
  journal: readonly JournalEntry[],
): readonly TargetWrite[] {
  return writes.filter((write) => {
    const kinds = kindsOf.find(([operation]) => operation.test(write.operation))?.[1] ?? [];
    const text = JSON.stringify(write.input);
    return !journal.some(
      (entry) =>
        kinds.includes(entry.kind) &&
        Date.parse(entry.at) <= write.at + skew &&
        Date.parse(entry.at) >= write.at - longest &&
        isOf(entry, write, text),
    );
  });
}

function isOf(
  { kind, name, service, cluster, action }: JournalEntry,
  { operation, input }: TargetWrite,
  text: string,
): boolean {
  if (/^Delete(Alarms|Dashboards|MetricFilter|Rule)$/.test(operation))
    return action === "delete" && text.includes(JSON.stringify(name));
  // It is deleted by its id alone.
  if (operation === "DeleteQueryDefinition") return action === "delete";
  if (kind === "TaskDefinition" || kind === "Service") return service !== undefined && text.includes(service);
  if (kind === "ClusterSettings") return cluster !== undefined && text.includes(cluster);
  if (kind === "TargetGroup") return text.includes(`targetgroup/${name}/`);
  const { AlarmName, DashboardName, filterName, name: own } = input as Any;
  const given = AlarmName ?? DashboardName ?? filterName ?? own;
  return given === undefined ? text.includes(name) : given === name;
}

/** Each pair of epochs in which an earlier holder began a pass well after a later one had. */
export function findOverlaps(journal: readonly JournalEntry[]): readonly string[] {
  const spans = new Map<number, { first: number; last: number }>();
  for (const { epoch, at } of journal) {
    const instant = Date.parse(at);
    const span = spans.get(epoch) ?? { first: instant, last: instant };
    spans.set(epoch, { first: Math.min(span.first, instant), last: Math.max(span.last, instant) });
  }
  const all = [...spans].sort(([a], [b]) => a - b);
  return all.flatMap(([epoch, { last }], index) => {
    const next = all[index + 1];
    return next !== undefined && last > next[1].first + skew
      ? [`epoch ${epoch} wrote after ${next[0]} began`]
      : [];
  });
}
