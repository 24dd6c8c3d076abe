// What was read, put so that each service finds its own part at once: alarms by the metric they watch, composite alarms by
// what they name, rules with their patterns parsed.
import { type AlarmFacts, metricsOf, type WatchedMetric } from "../../model/alarm-facts.ts";
import type {
  AuditFacts,
  FilterFacts,
  LogGroupFacts,
  RuleFacts,
  TopicFacts,
} from "../../model/audit-facts.ts";
import { compareText, isObject, type Json, type JsonObject } from "../../model/json.ts";
import { known, type Read, unknown } from "../../model/read.ts";
import type { Workload } from "../../model/workload.ts";
import { memberName, parsePattern } from "../event-pattern.ts";
import type { Dimension } from "../metrics.ts";
import { type AlarmTelling, findAlarmTelling } from "./alarm-events.ts";
import { ancestorsOf, indexComposites, isTelling } from "./composites.ts";
import { isDead, takesAlarmEvents, takesEcsEvents } from "./told-events.ts";

export interface ReadRule {
  readonly name: string;
  readonly pattern: JsonObject;
  readonly targets: Read<readonly string[]>;
}

export interface Watch {
  readonly alarm: AlarmFacts;
  readonly metric: WatchedMetric;
}

export interface AlarmIndex {
  /**
   * The alarms on metrics of this account with exactly these dimensions, math looked through; what only scales is left out.
   */
  watching(namespace: string, dimensions: readonly Dimension[]): readonly Watch[];
  /** Those on a metric of any dimensions. */
  watchingMetric(namespace: string, name: string): readonly AlarmFacts[];
  /** Metrics Insights queries: what they watch is not found out. */
  readonly queries: readonly AlarmFacts[];
  /** Log alarms on a log group, by its name. */
  onLogGroup(name: string): readonly AlarmFacts[];
  /** The ARNs that people are told by: actions of the alarm, and of composite alarms over it. */
  tells(alarm: AlarmFacts): readonly string[];
  /** Whether nobody is told, by rules of EventBridge either; unknown where rules that may tell could not be read. */
  isSilent(alarm: AlarmFacts): Read<boolean>;
}

export interface AuditIndex {
  readonly alarms: Read<AlarmIndex>;
  /** The rules that may take an event of a service; their patterns have yet to be held against it. */
  readonly rules: Read<(workload: Workload) => readonly ReadRule[]>;
  /** undefined: the ARN is no topic's. */
  topics(arn: string): Read<TopicFacts> | undefined;
  insights(cluster: string): Read<string>;
  readonly logGroups: Read<ReadonlyMap<string, LogGroupFacts>>;
  /** The metric filters of a log group. */
  readonly filters: Read<(logGroup: string) => readonly FilterFacts[]>;
  /** ARNs of all target groups at a load balancer. */
  groupsAt(loadBalancerArn: string): readonly string[];
}

export function indexFacts(facts: AuditFacts): AuditIndex {
  const { alarms, rules, filters } = facts;
  const groups = facts.targetGroups.known ? facts.targetGroups.value : [];
  const byBalancer = groupBy(groups, ({ loadBalancerArn }) => loadBalancerArn ?? "");
  const topics: AuditIndex["topics"] = (arn) => {
    if (!/^arn:[^:]+:sns:/.test(arn)) return undefined;
    return facts.topics.get(arn) ?? unknown({ code: "Unread", message: `the topic ${arn} was not read` });
  };
  const onAlarms = rules.known ? known(readRules(rules.value, takesAlarmEvents)) : rules;
  const telling = (alarm: AlarmFacts): AlarmTelling => {
    const { targets, failure } = findAlarmTelling(alarm, onAlarms, facts);
    return { targets: targets.filter((arn) => !isDead(topics(arn))), failure };
  };
  return {
    alarms: alarms.known ? known(indexAlarms(alarms.value, telling, facts.account)) : alarms,
    rules: rules.known ? known(indexRules(readRules(rules.value, takesEcsEvents))) : rules,
    topics,
    insights: (cluster) =>
      facts.insights.get(cluster) ??
      unknown({ code: "Unread", message: `the settings of cluster ${cluster} were not read` }),
    logGroups: facts.logGroups,
    filters: filters.known ? known(lookUpBy(filters.value, ({ logGroup }) => logGroup)) : filters,
    groupsAt: (arn) => (byBalancer.get(arn) ?? []).map((group) => group.arn),
  };
}

function readRules(rules: readonly RuleFacts[], takes: typeof takesEcsEvents): ReadRule[] {
  return rules.flatMap(({ name, enabled, pattern: text, targets }) => {
    const pattern = parsePattern(text);
    return pattern !== undefined && takes({ enabled, pattern }) ? [{ name, pattern, targets }] : [];
  });
}

/** Most rules name services one by one: for another service their patterns need not be looked at. */
function indexRules(rules: readonly ReadRule[]): (workload: Workload) => readonly ReadRule[] {
  const open: ReadRule[] = [];
  const pinned = new Map<string, ReadRule[]>();
  for (const rule of rules) {
    const pins = pinsOf(rule.pattern);
    if (pins === undefined) open.push(rule);
    else for (const pin of new Set(pins)) pinned.set(pin, [...(pinned.get(pin) ?? []), rule]);
  }
  return ({ service, serviceArn }) => [
    ...new Set([
      ...open,
      ...(pinned.get(memberName("task", service, serviceArn)) ?? []),
      ...(pinned.get(memberName("service", service, serviceArn)) ?? []),
    ]),
  ];
}

/** The groups or resources, of which an event that fits has one; undefined: it may be any. */
function pinsOf({ resources, detail, $or: choice }: JsonObject): readonly string[] | undefined {
  const named = textsOf(resources) ?? (isObject(detail) ? textsOf(detail["group"]) : undefined);
  if (named !== undefined) return named;
  if (!Array.isArray(choice) || !choice.every(isObject)) return undefined;
  const branches = choice.map(pinsOf);
  return branches.every((pins) => pins !== undefined) ? branches.flat() : undefined;
}

function textsOf(value: Json | undefined): readonly string[] | undefined {
  return Array.isArray(value) && value.every((item) => typeof item === "string") ? value : undefined;
}

function indexAlarms(
  alarms: readonly AlarmFacts[],
  telling: (alarm: AlarmFacts) => AlarmTelling,
  account: string,
): AlarmIndex {
  const composites = indexComposites(alarms);
  const above = (alarm: AlarmFacts): AlarmFacts[] => [alarm, ...ancestorsOf(alarm, composites)];
  const tells = (alarm: AlarmFacts): readonly string[] => [
    ...new Set(above(alarm).flatMap(({ actions }) => actions.filter(isTelling))),
  ];
  const counted = alarms.filter((alarm) => !isForScaling(alarm, tells));
  const watches = counted.flatMap((alarm) =>
    distinctMetrics(metricsOf(alarm, account)).map((metric): Watch => ({ alarm, metric })),
  );
  const byPlace = lookUpBy(watches, ({ metric }) => placeOf(metric.namespace, metric.dimensions));
  const byMetric = groupBy(watches, ({ metric }) => `${metric.namespace}\n${metric.name}`);
  const byLogGroup = lookUpBy(
    counted.flatMap((alarm) =>
      (alarm.logGroups ?? []).map((group) => ({ alarm, group: groupNameOf(group) })),
    ),
    ({ group }) => group,
  );
  return {
    watching: (namespace, dimensions) => byPlace(placeOf(namespace, dimensions)),
    watchingMetric: (namespace, name) => [
      ...new Set((byMetric.get(`${namespace}\n${name}`) ?? []).map(({ alarm }) => alarm)),
    ],
    queries: counted.filter(({ expressions }) => expressions.some((text) => /^\s*SELECT\b/i.test(text))),
    onLogGroup: (name) => byLogGroup(name).map(({ alarm }) => alarm),
    tells,
    isSilent: rememberSilence((alarm) => {
      if (tells(alarm).length > 0) return known(false);
      const all = above(alarm).map(telling);
      if (all.some(({ targets }) => targets.length > 0)) return known(false);
      const failure = all.flatMap((one) => one.failure ?? [])[0];
      return failure === undefined ? known(true) : unknown(failure);
    }),
  };
}

/** Every service that has part in an alarm asks, and each pattern is held against it once. */
function rememberSilence(judge: AlarmIndex["isSilent"]): AlarmIndex["isSilent"] {
  const judged = new Map<AlarmFacts, Read<boolean>>();
  return (alarm) => {
    const silent = judged.get(alarm) ?? judge(alarm);
    judged.set(alarm, silent);
    return silent;
  };
}

/** An alarm that only runs a scaling policy watches for the autoscaler, and for nobody else. */
function isForScaling(alarm: AlarmFacts, tells: AlarmIndex["tells"]): boolean {
  return alarm.actions.length > 0 && tells(alarm).length === 0;
}

/** A metric counts once for each alarm, whatever statistics of it the math takes. */
function distinctMetrics(metrics: readonly WatchedMetric[]): readonly WatchedMetric[] {
  return [...new Map(metrics.map((metric) => [JSON.stringify(metric), metric])).values()];
}

/** The order of dimensions means nothing. */
function placeOf(namespace: string, dimensions: readonly Dimension[]): string {
  const pairs = dimensions.map(({ Name, Value }) => `${Name}=${Value}`).sort(compareText);
  return [namespace, ...pairs].join("\n");
}

/** A log group is named, or given by its ARN, which may end in `:*`. */
function groupNameOf(identifier: string): string {
  return /:log-group:(.+?)(:\*)?$/.exec(identifier)?.[1] ?? identifier;
}

function lookUpBy<T>(items: readonly T[], keyOf: (item: T) => string): (key: string) => readonly T[] {
  const groups = groupBy(items, keyOf);
  return (key) => groups.get(key) ?? [];
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
