// CloudWatch dashboards, one a service. They belong to the account and not to a Region, so the name has the Region, and
// those of other Regions' runs are not looked at. Ours by name and owner tag: one of our name without it is NotOwned.
import {
  type DashboardEntry,
  DeleteDashboardsCommand,
  GetDashboardCommand,
  ListDashboardsCommand,
  ListTagsForResourceCommand,
  PutDashboardCommand,
  type PutDashboardCommandInput,
} from "@aws-sdk/client-cloudwatch";
import PQueue from "p-queue";
import type { AwsClients } from "../aws/clients.ts";
import { describeAwsError, errorName, malformed } from "../aws/errors.ts";
import { readAllPages } from "../aws/pages.ts";
import { dashboardReach } from "../core/allow.ts";
import { canonicalDashboard } from "../core/canonical-dashboard.ts";
import { type InsightsLookup, lookUpInsights } from "../core/container-insights.ts";
import { buildDashboard } from "../core/dashboard.ts";
import { isMarkedBody, markBody } from "../core/dashboard-mark.ts";
import { dashboardName, dashboardPrefix, parseDashboardName } from "../core/dashboard-name.ts";
import { retainOf } from "../core/deletion-policy.ts";
import type { DesiredContext, Observed, ObservedItems, Wanted } from "../core/managed.ts";
import { ownerTag, serviceKey } from "../core/names.ts";
import { enforcementOf, type Selected } from "../core/select.ts";
import { compareText, type JsonObject, jsonEqual } from "../model/json.ts";
import { known, type Read, unknown } from "../model/read.ts";
import type { Inventory } from "../model/workload.ts";
import { compositeAlarm } from "./composite-alarm.ts";
import type { Kind, ObserveContext } from "./kind.ts";
import { logAlarm } from "./log-alarm.ts";
import { metricAlarm } from "./metric-alarm.ts";
import { isOutside } from "./outside.ts";
import { ownTags, tagWritten } from "./own-tags.ts";

/** Reads at once; the rate is the limiter's. */
const concurrency = 8;

const alarmKinds: readonly Kind[] = [metricAlarm, logAlarm, compositeAlarm];

export const dashboard: Kind = {
  name: "Dashboard",
  phase: 80,
  doc: "A CloudWatch dashboard of a service.",
  reads: ["cloudwatch:ListDashboards", "cloudwatch:GetDashboard", "cloudwatch:ListTagsForResource"],
  writes: ["cloudwatch:PutDashboard", "cloudwatch:TagResource", "cloudwatch:DeleteDashboards"],
  removeBatch: 1,

  desired(selection, context): Wanted[] {
    const asking = selection.filter((selected) => selected.dashboard !== undefined);
    if (asking.length === 0) return [];
    // Of the whole selection: what one service's policies say of the cluster decides what the alarms of another can be.
    const alarms = findAlarms(selection, context);
    const insights = lookUpInsights(selection, context.inventory);
    return asking.flatMap((selected) => wantDashboard(selected, context.owner, alarms, insights));
  },

  canonical: canonicalDashboard,

  judge(spec, observed, wanted, { owner }) {
    const base = { after: { ...spec, Tags: ownTags(owner, wanted.policies) }, impact: "none" } as const;
    if (observed === undefined) return base;
    const { arn, owning } = observed.detail as DashboardDetail;
    const change = { ...base, write: { arn } satisfies DashboardWrite };
    if (owning === undefined) return change;
    if (!owning.known) return { ...change, unread: owning.failure };
    if (owning.value === owner) return change;
    const message = `a dashboard named ${observed.name} stands without the tag ${ownerTag}: ${owner}; delete it, or tag it if it is ecsmon's to change`;
    return { ...change, hold: { code: "NotOwned", message } };
  },

  release: () => ({ after: null, impact: "none", deletes: 1 }),

  reaches: dashboardReach,

  async observe(context) {
    try {
      return known(await readDashboards(context));
    } catch (error) {
      return unknown(describeAwsError(error, "cloudwatch:ListDashboards"));
    }
  },

  async put({ after, write }, { aws }) {
    await aws.cloudwatch.send(new PutDashboardCommand(after as unknown as PutDashboardCommandInput));
    if (write !== undefined) await tagWritten(aws, (write as DashboardWrite).arn, after);
  },

  async remove(changes, { aws }) {
    for (const { id } of changes) {
      try {
        await aws.cloudwatch.send(new DeleteDashboardsCommand({ DashboardNames: [id] }));
      } catch (error) {
        // Gone already: that is what was wanted.
        if (!isNotFound(error)) throw error;
      }
    }
    return changes.map(() => undefined);
  },
};

/** By `serviceKey`. */
type Alarms = ReadonlyMap<string, readonly string[]>;

/** The alarms of all types that a service has, or gets: all but those that do not apply to it. */
function findAlarms(selection: readonly Selected[], context: DesiredContext): Alarms {
  const alarms = new Map<string, string[]>();
  for (const { cluster = "", service = "", name, state } of alarmKinds.flatMap((kind) =>
    kind.desired(selection, context),
  )) {
    if (state.is === "blocked" && state.reason.code === "NotApplicable") continue;
    const key = serviceKey(cluster, service);
    alarms.set(key, [...(alarms.get(key) ?? []), name]);
  }
  return alarms;
}

function wantDashboard(
  selected: Selected,
  owner: string,
  alarms: Alarms,
  findInsights: InsightsLookup,
): Wanted[] {
  const { workload, dashboard: item } = selected;
  if (item === undefined) return [];
  const { cluster, service } = workload;
  const name = dashboardName(owner, workload);
  const base = {
    kind: "Dashboard",
    id: name,
    name,
    cluster,
    service,
    policies: item.contributors.map((policy) => policy.name),
    enforcement: enforcementOf(item.contributors, "Dashboard"),
    ...retainOf(item.contributors),
  } as const;
  if (!item.result.ok) return [{ ...base, state: { is: "blocked", reason: item.result.reason } }];
  const { value } = item.result;
  if (value === false) return [];
  const want = (given: JsonObject): Wanted[] => {
    const marked = base.retain ? markBody(given) : ({ ok: true, body: given } as const);
    if (!marked.ok) return [{ ...base, state: { is: "blocked", reason: marked.reason } }];
    const spec = { DashboardName: name, DashboardBody: JSON.stringify(marked.body) };
    return [{ ...base, state: { is: "wanted", spec, needs: [] } }];
  };
  if (value !== true) return want(value as JsonObject);
  const insights = findInsights(cluster);
  if (!insights.known) return [{ ...base, state: { is: "unknown", failure: insights.failure } }];
  const built = buildDashboard({
    selected,
    owner,
    containerInsights: insights.value,
    alarms: alarms.get(serviceKey(cluster, service)) ?? [],
  });
  return built.state === "built"
    ? want(built.body)
    : [{ ...base, state: { is: "unknown", failure: built.failure } }];
}

/** What the writer needs of a dashboard that stands. */
interface DashboardWrite {
  readonly arn: string;
}

interface DashboardDetail extends DashboardWrite {
  readonly owning: Owning;
}

/** The owner tag of a dashboard that is not as wanted. undefined: it is as wanted, and nobody was asked. */
type Owning = Read<string | undefined> | undefined;

/** The list, then the body of each that is wanted or of no use any more; tags only of what may have to be changed. */
async function readDashboards({ aws, owner, inventory, wanted }: ObserveContext): Promise<ObservedItems> {
  const lists = dashboardPrefixes(owner, inventory).map((prefix) => listDashboards(aws, prefix));
  const entries = (await Promise.all(lists)).flat();
  const byName = new Map(wanted.map((item) => [item.name, item]));
  const places = placesOf(owner, inventory);
  const items = new Map<string, Observed>();
  const unread: NonNullable<ObservedItems["unread"]>[number][] = [];
  const queue = new PQueue({ concurrency });
  const readOne = async (entry: DashboardEntry): Promise<void> => {
    const name = entry.DashboardName as string;
    const parsed = parseDashboardName(owner, name);
    if (parsed?.region !== inventory.region) return;
    const item = byName.get(name);
    const { cluster, service } = places.get(name) ?? parsed;
    // What is wanted but blocked stays as it is; what this run leaves out is none of its business.
    if (item === undefined ? isOutside({ cluster, service }, inventory) : item.state.is !== "wanted") return;
    const found = await readDashboard(aws, entry, item?.state.is === "wanted" ? item.state.spec : undefined);
    if (found === undefined) return;
    const { spec, owning } = found;
    if (item === undefined && owning?.known === false) {
      unread.push({ name, cluster, service, failure: owning.failure });
      return;
    }
    const owned = owning?.known === true && owning.value === owner;
    const detail: DashboardDetail = { arn: String(entry.DashboardArn), owning };
    items.set(name, { id: name, name, cluster, service, spec, owned, detail });
  };
  await queue.addAll(entries.map((entry) => () => readOne(entry)));
  unread.sort((a, b) => compareText(a.name, b.name));
  return { items, ...(unread.length === 0 ? {} : { unread }) };
}

/** A focused look knows the names; one that begins with another is left to its own service. */
function dashboardPrefixes(owner: string, { focused = false, workloads }: Inventory): readonly string[] {
  return focused ? workloads.map((workload) => dashboardName(owner, workload)) : [dashboardPrefix(owner)];
}

async function listDashboards(aws: AwsClients, prefix: string): Promise<readonly DashboardEntry[]> {
  return readAllPages("cloudwatch:ListDashboards", async (NextToken) => {
    const answer = await aws.cloudwatch.send(
      new ListDashboardsCommand({ DashboardNamePrefix: prefix, NextToken }),
    );
    return { items: answer.DashboardEntries, next: answer.NextToken };
  });
}

/** Dashboard name → its service, for those that are there: a shortened name does not say. */
function placesOf(owner: string, { workloads, leaving, region }: Inventory) {
  return new Map(
    [...workloads, ...leaving].map(({ cluster, service }) => [
      dashboardName(owner, { cluster, service, region }),
      { cluster, service },
    ]),
  );
}

/** undefined: it is gone since it was listed, or nobody wants it and it stays. */
async function readDashboard(
  aws: AwsClients,
  { DashboardName, DashboardArn }: DashboardEntry,
  wanted: JsonObject | undefined,
): Promise<{ readonly spec: JsonObject; readonly owning: Owning } | undefined> {
  let operation = "cloudwatch:GetDashboard";
  let spec: JsonObject = { DashboardName: DashboardName as string };
  try {
    const { DashboardBody } = await aws.cloudwatch.send(new GetDashboardCommand({ DashboardName }));
    if (DashboardBody === undefined) throw malformed(operation, "its body");
    spec = { ...spec, DashboardBody };
    // To be retained: whose it is makes no difference.
    if (wanted === undefined && isMarkedBody(DashboardBody)) return undefined;
    if (wanted !== undefined && jsonEqual(canonicalDashboard(wanted), canonicalDashboard(spec)))
      return { spec, owning: undefined };
    operation = "cloudwatch:ListTagsForResource";
    const { Tags } = await aws.cloudwatch.send(new ListTagsForResourceCommand({ ResourceARN: DashboardArn }));
    if (Tags === undefined) throw malformed(operation, "its tags");
    return { spec, owning: known(Tags.find(({ Key }) => Key === ownerTag)?.Value) };
  } catch (error) {
    if (isNotFound(error)) return undefined;
    return { spec, owning: unknown(describeAwsError(error, operation)) };
  }
}

/** The names that the API reference and the SDK's protocols give one answer. */
function isNotFound(error: unknown): boolean {
  return /^(ResourceNotFound|DashboardNotFound)/.test(errorName(error));
}
