// The part of a snapshot that tells what watches and what logs. Log groups that services log to, that are ours or that
// have filters of ours are asked for their tags one by one, as a plan does; of all others the tag index is believed.
import { readLogGroupTags } from "../../aws/log-groups.ts";
import { readFact } from "../../aws/snapshot/facts.ts";
import {
  listAlarms,
  listDashboards,
  listLogGroups,
  listMetricFilters,
  listQueryDefinitions,
  listTagged,
  readDashboardBody,
  readDashboardTags,
} from "../../aws/snapshot/signal-reads.ts";
import { parseDashboardName } from "../../core/dashboard-name.ts";
import { containersOf } from "../../core/layer.ts";
import { logDestination } from "../../core/log-destination.ts";
import { ownerTag, parseOwnedName } from "../../core/names.ts";
import { logGroupArn } from "../../kinds/log-group-tags.ts";
import { type JsonObject, stableStringify } from "../../model/json.ts";
import type { AlarmFacts, Fact, SnapshotFacts } from "../../model/snapshot.ts";
import type { Tags } from "../../model/workload.ts";
import { breathing } from "../breathe.ts";
import { keepOurs, keepOursIn } from "./keep-ours.ts";
import type { Place, Running } from "./take-services.ts";
import type { Taking } from "./take-snapshot.ts";

type Signals = Pick<
  SnapshotFacts,
  | "alarms"
  | "dashboards"
  | "dashboardBodies"
  | "dashboardTags"
  | "logGroups"
  | "taggedLogGroups"
  | "logGroupTags"
  | "metricFilters"
  | "queryDefinitions"
>;

type Lists = Pick<Signals, "logGroups" | "taggedLogGroups" | "metricFilters">;

export async function takeSignals(taking: Taking, running: Running): Promise<Signals> {
  const { aws, progress } = taking;
  const lists = 6;
  let done = 0;
  const list = async <T>(read: () => Promise<T>, mayLack?: "CLOUDWATCH_LOGS"): Promise<Fact<T>> => {
    const fact = await readFact(read, mayLack);
    done += 1;
    progress("lists", done, lists);
    return fact;
  };
  const [alarms, dashboards, logGroups, taggedLogGroups, metricFilters, queryDefinitions] = await Promise.all(
    [
      list(() => listAlarms(aws, isOurs)),
      list(async () => (await listDashboards(aws)).filter(isOurDashboard(taking.region))),
      list(() => listLogGroups(aws)),
      list(async () =>
        (await listTagged(aws, "logs")).filter(({ arn }) => arn.includes(":log-group:")).map(keepOursIn),
      ),
      list(() => listMetricFilters(aws)),
      list(
        async () => (await listQueryDefinitions(aws)).filter(({ name }) => isOurs(name)),
        "CLOUDWATCH_LOGS",
      ),
    ],
  );
  const asked = await findGroupsToAsk({ logGroups, taggedLogGroups, metricFilters }, running);
  const [logGroupTags, bodies] = await Promise.all([
    readGroupTags(taking, taggedLogGroups, asked),
    readDashboards(taking, dashboards),
  ]);
  return {
    alarms,
    dashboards,
    ...bodies,
    logGroups,
    taggedLogGroups,
    logGroupTags,
    metricFilters,
    queryDefinitions,
  };
}

/** Whether a name has the form `OWNER/CLUSTER/SERVICE/NAME`, whoever the owner is. */
function placeOf(name: unknown): Place | undefined {
  if (typeof name !== "string") return undefined;
  return parseOwnedName(name.slice(0, name.indexOf("/")), name);
}

function isOurs(name: unknown): boolean {
  return placeOf(name) !== undefined;
}

function dashboardPlace(region: string, { DashboardName }: JsonObject): Place | undefined {
  const name = String(DashboardName);
  const place = parseDashboardName(name.slice(0, name.indexOf("__")), name);
  return place?.region === region ? place : undefined;
}

function isOurDashboard(region: string): (entry: JsonObject) => boolean {
  return (entry) => dashboardPlace(region, entry) !== undefined;
}

const noAlarms: AlarmFacts = { metric: [], composite: [], log: [] };

function valuesOf<T>(fact: Fact<readonly T[]>): readonly T[] {
  return "value" in fact ? fact.value : [];
}

/** Services that alarms, filters, queries and dashboards of the form of ours are named after. */
export async function placesOfSignals(
  { alarms, metricFilters, queryDefinitions, dashboards }: Signals,
  region: string,
): Promise<Place[]> {
  const { metric, composite, log } = "value" in alarms ? alarms.value : noAlarms;
  const places: (Place | undefined)[] = [];
  for await (const { AlarmName } of breathing([...metric, ...composite, ...log]))
    places.push(placeOf(AlarmName));
  for await (const { filterName } of breathing(valuesOf(metricFilters))) places.push(placeOf(filterName));
  places.push(...valuesOf(queryDefinitions).map(({ name }) => placeOf(name)));
  places.push(...valuesOf(dashboards).map((entry) => dashboardPlace(region, entry)));
  return places.filter((place) => place !== undefined);
}

/** Those that services log to, that are ours, or that have filters of ours: any of them may be of a policy's concern. */
async function findGroupsToAsk(
  { logGroups, taggedLogGroups, metricFilters }: Lists,
  { taskDefinitions }: Running,
): Promise<string[]> {
  const named = new Set<unknown>();
  for await (const fact of breathing(Object.values(taskDefinitions)))
    if ("value" in fact)
      for (const container of containersOf(fact.value.input)) named.add(logDestination(container)?.group);
  for await (const { logGroupName, filterName } of breathing(valuesOf(metricFilters)))
    if (placeOf(filterName) !== undefined) named.add(logGroupName);
  for (const { arn, tags } of valuesOf(taggedLogGroups))
    if (tags[ownerTag] !== undefined) named.add(groupOf(arn));
  const listed = "value" in logGroups ? logGroups.value.map(({ logGroupName }) => logGroupName) : [...named];
  return listed.filter((name) => typeof name === "string").filter((name) => named.has(name));
}

/** The name in a log group's ARN, which may end in `:*`. */
function groupOf(arn: string): string {
  return /:log-group:(.+?)(:\*)?$/.exec(arn)?.[1] ?? "";
}

async function readGroupTags(
  { aws, queue, progress, memory, region, identity }: Taking,
  tagged: Lists["taggedLogGroups"],
  names: readonly string[],
): Promise<Signals["logGroupTags"]> {
  const indexed = new Map(valuesOf(tagged).map(({ arn, tags }) => [groupOf(arn), stableStringify(tags)]));
  let done = 0;
  const read = await queue.addAll(
    names.map((name) => async () => {
      const arn = logGroupArn({ ...identity, region }, name);
      // Whoever tags it changes what the index has, sooner or later.
      const fact = await memory.recall(`tags of ${name}`, indexed.get(name) ?? "", () =>
        readFact(async () => keepOurs(await readLogGroupTags(aws, arn))),
      );
      done += 1;
      progress("tags of log groups", done, names.length);
      return [name, fact] as const;
    }),
  );
  return Object.fromEntries(read);
}

async function readDashboards(
  { aws, queue, progress, memory }: Taking,
  entries: Signals["dashboards"],
): Promise<Pick<Signals, "dashboardBodies" | "dashboardTags">> {
  const list = valuesOf(entries);
  const dashboardBodies: Record<string, Fact<string>> = {};
  const dashboardTags: Record<string, Fact<Tags>> = {};
  let done = 0;
  await queue.addAll(
    list.map((entry) => async () => {
      const [name, arn] = [String(entry["DashboardName"]), String(entry["DashboardArn"])];
      // A change of the body is another LastModified.
      const stamp = stableStringify(entry);
      dashboardBodies[name] = await memory.recall(`dashboard ${name}`, stamp, () =>
        readFact(() => readDashboardBody(aws, name)),
      );
      dashboardTags[arn] = await memory.recall(`dashboard tags ${name}`, stamp, () =>
        readFact(() => readDashboardTags(aws, arn)),
      );
      done += 1;
      progress("dashboards", done, list.length);
    }),
  );
  return { dashboardBodies, dashboardTags };
}
