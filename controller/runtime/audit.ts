// An audit from its reads to its report. Nothing is written, and what cannot be read is told as that.
import { readAllAlarms, readFilters, readGroups, readRules, readToldTopics } from "../aws/audit-reads.ts";
import type { AwsClients } from "../aws/clients.ts";
import { readInventory } from "../aws/inventory.ts";
import { readLife } from "../aws/service-life.ts";
import { groupsToRead } from "../core/audit/mend-log-group.ts";
import { judgeInSteps } from "../core/audit/report.ts";
import { takesAlarmEvents, takesEcsEvents } from "../core/audit/told-events.ts";
import { parsePattern } from "../core/event-pattern.ts";
import { serviceKey } from "../core/names.ts";
import type { AlarmFacts } from "../model/alarm-facts.ts";
import type { AuditReport } from "../model/audit.ts";
import type { AuditFacts, RuleFacts, ServiceLife } from "../model/audit-facts.ts";
import { compareText } from "../model/json.ts";
import { known, type Read } from "../model/read.ts";
import type { Inventory, Workload } from "../model/workload.ts";
import { breatheThrough } from "./breathe.ts";
import type { ProgressEvent } from "./reconcile.ts";

export interface AuditOptions {
  /** Globs that narrow it; empty means all. */
  readonly clusters: readonly string[];
  readonly services: readonly string[];
  readonly asOf: Date;
  /** The ARN that suggested alarms and events are to tell. */
  readonly notify?: string | undefined;
}

export interface AuditDeps {
  readonly aws: AwsClients;
  readonly progress: (event: ProgressEvent) => void;
}

export interface Audited {
  readonly facts: AuditFacts;
  readonly report: AuditReport;
}

/** Reads everything once, writes nothing. Reads that fail stand in the report as unknown; they never throw. */
export async function makeAudit(options: AuditOptions, deps: AuditDeps): Promise<Audited> {
  const facts = await readFacts(options, deps);
  return { facts, report: await breatheThrough(judgeInSteps(facts, options.notify), 20) };
}

async function readFacts(
  { clusters, services, asOf, notify }: AuditOptions,
  { aws, progress }: AuditDeps,
): Promise<AuditFacts> {
  const onRead = (what: string, done: number, total: number | undefined): void =>
    progress({ phase: "read", what, done, total });
  const lives = new Map<string, ServiceLife>();
  const alarms = readAllAlarms(aws, onRead);
  const rules = readRules(aws, isAsked, onRead);
  const filters = readFilters(aws, onRead);
  const inventory = await readInventory(aws, { clusters, services }, onRead, undefined, (cluster, service) =>
    lives.set(serviceKey(cluster, String(service.serviceName)), readLife(service, asOf)),
  );
  const { workloads } = inventory;
  const logGroups = readGroups(aws, new Set(workloads.flatMap(groupsToRead)));
  const told = [...toldBy(await alarms, await rules), ...(notify === undefined ? [] : [notify])];
  const { account, region } = inventory;
  onRead("topics", 0, undefined);
  const topics = await readToldTopics(aws, new Set(told), { account, region });
  return {
    account,
    partition: inventory.partition,
    region,
    asOf,
    insights: insightsOf(inventory),
    services: workloads.map((workload) => ({ workload, life: lifeOf(workload, lives) })),
    unreadable: inventory.unreadable,
    targetGroups: inventory.targetGroups ?? known([]),
    alarms: await alarms,
    rules: await rules,
    logGroups: await logGroups,
    filters: await filters,
    topics,
  };
}

/** Rules that may tell of a service: of what ECS says of it, or of its alarms. */
function isAsked({
  enabled,
  pattern: text,
}: {
  readonly enabled: boolean;
  readonly pattern: string;
}): boolean {
  const pattern = parsePattern(text);
  if (pattern === undefined) return false;
  return takesEcsEvents({ enabled, pattern }) || takesAlarmEvents({ enabled, pattern });
}

function lifeOf({ cluster, service }: Workload, lives: ReadonlyMap<string, ServiceLife>): ServiceLife {
  const life = lives.get(serviceKey(cluster, service));
  // Every workload was made of a service that was shown.
  if (life === undefined) throw new RangeError(`${cluster}/${service} was described without being seen`);
  return life;
}

function insightsOf({ clusters }: Inventory): AuditFacts["insights"] {
  const list = clusters.known ? clusters.value : [];
  return new Map(
    [...list]
      .sort((a, b) => compareText(a.name, b.name))
      .map(({ name, detail }) => [name, detail.known ? known(detail.value.containerInsights) : detail]),
  );
}

/** Whatever alarms of the account that watch ECS or load balancers, and rules, tell. */
function toldBy(alarms: Read<readonly AlarmFacts[]>, rules: Read<readonly RuleFacts[]>): readonly string[] {
  return [
    ...(alarms.known ? alarms.value.flatMap(({ actions }) => actions) : []),
    ...(rules.known ? rules.value.flatMap(({ targets }) => (targets.known ? targets.value : [])) : []),
  ];
}
