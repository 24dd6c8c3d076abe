// The facts as they will be once a plan is carried out: a suggested policy's promise is an audit of these. Only what the plan
// itself says it writes is taken over, so that what is blocked promises nothing.
import { type AlarmFacts, toAlarmFacts } from "../../model/alarm-facts.ts";
import type {
  AuditFacts,
  FilterFacts,
  LogGroupFacts,
  RuleFacts,
  ServiceFacts,
} from "../../model/audit-facts.ts";
import { isObject, type Json, type JsonObject } from "../../model/json.ts";
import type { Change, KindName } from "../../model/plan.ts";
import { known, type Read } from "../../model/read.ts";
import type { TargetGroup, Workload } from "../../model/workload.ts";
import { serviceKey } from "../names.ts";

type Written = Change & { readonly after: JsonObject };

export function factsAfter(facts: AuditFacts, changes: readonly Change[]): AuditFacts {
  const effective = changes.filter(({ enforcement }) => enforcement === "Enforce");
  const written = (kind: KindName): Written[] =>
    effective.filter((change): change is Written => change.kind === kind && change.after !== null);
  const deleted = (kind: KindName): ReadonlySet<string> =>
    new Set(
      effective.filter((change) => change.kind === kind && change.after === null).map(({ name }) => name),
    );
  const groups = new Map(written("TargetGroup").map(({ after }) => [String(after["TargetGroupArn"]), after]));
  const byService = (kind: KindName): ReadonlyMap<string, JsonObject> =>
    new Map(
      written(kind).map(({ cluster = "", service = "", after }) => [serviceKey(cluster, service), after]),
    );
  const [definitions, settings] = [byService("TaskDefinition"), byService("Service")];
  const insights = new Map(
    written("ClusterSettings").map(({ after }) => [String(after["cluster"]), insightsOf(after)]),
  );
  return {
    ...facts,
    insights: new Map(
      [...facts.insights].map(([cluster, read]) => {
        const value = insights.get(cluster);
        return [cluster, value === undefined ? read : known(value)];
      }),
    ),
    services: facts.services.map((service) => serviceAfter(service, definitions, settings, groups)),
    targetGroups: mapRead(facts.targetGroups, (list) => list.map((group) => groupAfter(group, groups))),
    alarms: mapRead(facts.alarms, (list) => alarmsAfter(list, written, deleted)),
    rules: mapRead(facts.rules, (list) => rulesAfter(list, written("EventRule"), deleted("EventRule"))),
    logGroups: mapRead(facts.logGroups, (list) => logGroupsAfter(list, written("LogGroup"))),
    filters: mapRead(facts.filters, (list) =>
      filtersAfter(list, written("MetricFilter"), deleted("MetricFilter")),
    ),
  };
}

function mapRead<T, U>(read: Read<T>, map: (value: T) => U): Read<U> {
  return read.known ? known(map(read.value)) : read;
}

function insightsOf({ settings }: JsonObject): string | undefined {
  const list = Array.isArray(settings) ? settings.filter(isObject) : [];
  const value = list.find(({ name }) => name === "containerInsights")?.["value"];
  return typeof value === "string" ? value : undefined;
}

function serviceAfter(
  { workload, life }: ServiceFacts,
  definitions: ReadonlyMap<string, JsonObject>,
  allSettings: ReadonlyMap<string, JsonObject>,
  groups: ReadonlyMap<string, JsonObject>,
): ServiceFacts {
  const key = serviceKey(workload.cluster, workload.service);
  const [definition, settings] = [definitions.get(key), allSettings.get(key)];
  const grace = settings?.["healthCheckGracePeriodSeconds"];
  const config = settings?.["deploymentConfiguration"];
  const { taskDefinition } = workload;
  const after: Workload = {
    ...workload,
    ...(definition === undefined || !taskDefinition.known
      ? {}
      : { taskDefinition: known({ ...taskDefinition.value, input: definition }) }),
    ...(typeof grace === "number" ? { healthCheckGracePeriod: grace } : {}),
    ...(isObject(config)
      ? { deploymentConfiguration: { ...workload.deploymentConfiguration, ...config } }
      : {}),
    targetGroups: mapRead(workload.targetGroups, (list) => list.map((group) => groupAfter(group, groups))),
  };
  return { workload: after, life: definition === undefined ? life : { ...life, ...unharmed } };
}

/** Another revision is another deployment, and what went before it is over once it is through. */
const unharmed = {
  failedTasks: 0,
  deploymentFailed: undefined,
  troubles: [],
  cannotStart: undefined,
  restarts: undefined,
} as const satisfies Partial<ServiceFacts["life"]>;

function groupAfter(group: TargetGroup, groups: ReadonlyMap<string, JsonObject>): TargetGroup {
  const { TargetGroupArn: _, ...check } = groups.get(group.arn) ?? {};
  return { ...group, ...(group.healthCheck && { healthCheck: { ...group.healthCheck, ...check } }) };
}

const alarmKinds = ["MetricAlarm", "CompositeAlarm", "LogAlarm"] as const;

function alarmsAfter(
  alarms: readonly AlarmFacts[],
  written: (kind: KindName) => Written[],
  deleted: (kind: KindName) => ReadonlySet<string>,
): AlarmFacts[] {
  const fresh = alarmKinds.flatMap((kind) => written(kind).map(({ after }) => toAlarmFacts(kind, after)));
  const replaced = new Set([
    ...fresh.map(({ name }) => name),
    ...alarmKinds.flatMap((kind) => [...deleted(kind)]),
  ]);
  return [...alarms.filter(({ name }) => !replaced.has(name)), ...fresh];
}

function rulesAfter(
  rules: readonly RuleFacts[],
  written: readonly Written[],
  deleted: ReadonlySet<string>,
): RuleFacts[] {
  const fresh = written.map(({ after: { Name, State, EventPattern, Targets } }) => ({
    name: String(Name),
    enabled: State !== "DISABLED",
    pattern: String(EventPattern),
    targets: known((Array.isArray(Targets) ? Targets.filter(isObject) : []).map(({ Arn }) => String(Arn))),
  }));
  const replaced = new Set([...fresh.map(({ name }) => name), ...deleted]);
  return [...rules.filter(({ name }) => !replaced.has(name)), ...fresh];
}

function logGroupsAfter(
  groups: ReadonlyMap<string, LogGroupFacts>,
  written: readonly Written[],
): ReadonlyMap<string, LogGroupFacts> {
  const fresh = written.map(({ after: { logGroupName, retentionInDays } }): [string, LogGroupFacts] => [
    String(logGroupName),
    { retention: typeof retentionInDays === "number" ? retentionInDays : undefined },
  ]);
  return new Map([...groups, ...fresh]);
}

function filtersAfter(
  filters: readonly FilterFacts[],
  written: readonly Written[],
  deleted: ReadonlySet<string>,
): FilterFacts[] {
  const fresh = written.map(({ after }) => toFilter(after));
  const keys = new Set(fresh.map(({ logGroup, name }) => `${logGroup}\n${name}`));
  return [
    ...filters.filter(({ logGroup, name }) => !keys.has(`${logGroup}\n${name}`) && !deleted.has(name)),
    ...fresh,
  ];
}

function toFilter({
  filterName,
  logGroupName,
  filterPattern,
  metricTransformations,
}: JsonObject): FilterFacts {
  const list: readonly Json[] = Array.isArray(metricTransformations) ? metricTransformations : [];
  return {
    name: String(filterName),
    logGroup: String(logGroupName),
    pattern: String(filterPattern ?? ""),
    metrics: list.filter(isObject).map(({ metricNamespace, metricName, dimensions }) => ({
      namespace: String(metricNamespace),
      name: String(metricName),
      hasDimensions: isObject(dimensions) && Object.keys(dimensions).length > 0,
    })),
  };
}
