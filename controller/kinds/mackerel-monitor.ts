// Mackerel's monitors. Ours by the last line of their memo (core/mackerel-mark.ts); they belong to no AWS account, so
// one organization may hold those of several.
import { createHash } from "node:crypto";
import { concealWantedMonitor } from "../core/conceal-wanted.ts";
import { retainOf } from "../core/deletion-policy.ts";
import { formatMark, isRetainMemo, type MonitorMark, monitorId, readMark } from "../core/mackerel-mark.ts";
import { buildMonitor, canonicalMonitor, completeMonitor, sameWatch } from "../core/mackerel-monitor.ts";
import type { Observed, Verdict, Wanted } from "../core/managed.ts";
import { enforcementOf, type Reason, type Selected } from "../core/select.ts";
import { type LiveMonitor, type MackerelApi, mayBeDone } from "../mackerel/client.ts";
import { EcsmonError, toFailure } from "../model/errors.ts";
import { compareText, type JsonObject } from "../model/json.ts";
import type { Change } from "../model/plan.ts";
import { known, unknown } from "../model/read.ts";
import type { Inventory } from "../model/workload.ts";
import type { Kind } from "./kind.ts";

/** What the writer needs: which monitor, and what the policy itself says of it. */
interface MonitorWrite {
  /** undefined: it is to be made. */
  readonly id: string | undefined;
  readonly wanted: JsonObject;
}

interface MonitorDetail {
  readonly id: string;
  /** Why it is not ours to change. */
  readonly foreign?: Reason;
}

/** The longest memo that Mackerel is known to take. */
const maxMemo = 2048;

export const mackerelMonitor: Kind = {
  name: "MackerelMonitor",
  phase: 90,
  doc: "A monitor in Mackerel, for each selected service.",
  // Mackerel knows no IAM: the key has rights of its own.
  reads: [],
  writes: [],
  removeBatch: 1,

  desired(selection, { owner }): Wanted[] {
    return blockCopies(selection.flatMap((selected) => wantMonitors(selected, owner)));
  },

  canonical: canonicalMonitor,

  judge(spec, observed, { id: place }, { concealment }): Verdict {
    const open = completeMonitor(spec, observed?.spec);
    const after =
      concealment === undefined ? open : concealWantedMonitor(open, observed?.spec, place, concealment);
    if (observed === undefined)
      return { after, impact: "none", write: { id: undefined, wanted: spec } satisfies MonitorWrite };
    const { id, foreign } = observed.detail as MonitorDetail;
    if (foreign !== undefined) return { after: spec, impact: "none", hold: foreign };
    return {
      after,
      impact: "none",
      write: { id, wanted: spec } satisfies MonitorWrite,
      // A monitor of another type is another monitor: the old one goes, with its history.
      ...(observed.spec["type"] === after["type"] ? {} : { deletes: 1 }),
    };
  },

  release: (observed) => ({
    after: null,
    impact: "none",
    deletes: 1,
    write: { id: (observed.detail as MonitorDetail).id, wanted: observed.spec } satisfies MonitorWrite,
  }),

  async observe({ mackerel, owner, inventory, wanted }) {
    const asked = wanted.filter(({ state }) => state.is === "wanted");
    if (mackerel === undefined) {
      if (asked.length === 0) return known({ items: new Map() });
      const message =
        "MACKEREL_APIKEY is not set, and policies want monitors in Mackerel; set it to a key of the organization";
      return unknown({ code: "NoApiKey", message });
    }
    try {
      const monitors = await mackerel.listMonitors();
      return known({ items: findItems(monitors, wanted, owner, inventory) });
    } catch (error) {
      return unknown(toFailure(error));
    }
  },

  async put(change, { mackerel }) {
    const api = needApi(mackerel);
    const { id, wanted } = change.write as MonitorWrite;
    if (id === undefined) return createOnce(wanted, api);
    // Somebody may have muted it since the plan, or made it theirs.
    const live = await api.readMonitor(id);
    if (live === undefined)
      throw new EcsmonError(
        "MackerelNotFound",
        `the monitor ${id} is gone since the plan was made; run it again`,
      );
    if (!isSame(live, wanted)) throw notOurs(id);
    const monitor = completeMonitor(wanted, live);
    if (live["type"] === wanted["type"]) return api.updateMonitor(id, monitor);
    // First the new one: a run that is killed here leaves one too many, which the next run takes away.
    await createOnce(monitor, api);
    await api.deleteMonitor(id);
  },

  async remove(changes, { mackerel }) {
    const api = needApi(mackerel);
    for (const change of changes) await removeOne(change, api);
    return changes.map(() => undefined);
  },
};

function wantMonitors(selected: Selected, owner: string): Wanted[] {
  const { account, region, cluster, service } = selected.workload;
  return [...selected.monitors].map(([name, item]): Wanted => {
    const mark = { account, region, owner, cluster, service, name };
    const id = monitorId(mark);
    const base = {
      kind: "MackerelMonitor",
      id,
      name: id,
      cluster,
      service,
      policies: item.contributors.map((policy) => policy.name),
      enforcement: enforcementOf(item.contributors, "MackerelMonitor"),
      ...retainOf(item.contributors),
    } as const;
    if (!item.result.ok) return { ...base, state: { is: "blocked", reason: item.result.reason } };
    const spec = buildMonitor(item.result.value as JsonObject, mark, base.retain);
    const { length } = String(spec["memo"]);
    if (length > maxMemo) {
      const message = `the memo has ${length} characters with the line that marks the monitor as ours; Mackerel takes ${maxMemo}: shorten it by ${length - maxMemo}`;
      return { ...base, state: { is: "blocked", reason: { code: "InvalidValue", message } } };
    }
    const likeness = createHash("sha256").update(sameWatch(spec)).digest("hex").slice(0, 16);
    return { ...base, likeness, name: titleOf(mark, spec), state: { is: "wanted", spec, needs: [] } };
  });
}

/** What people read: the name as it stands in Mackerel. The id keeps that of the policy, with its templates. */
function titleOf(mark: MonitorMark, { name }: JsonObject): string {
  return monitorId(typeof name === "string" ? { ...mark, name } : mark);
}

/** A monitor in which nothing tells services apart would page once for each of them. */
function blockCopies(wanted: readonly Wanted[]): Wanted[] {
  const watches = new Map<string, number>();
  const watchOf = ({ likeness = "" }: Wanted): string => likeness;
  for (const item of wanted) watches.set(watchOf(item), (watches.get(watchOf(item)) ?? 0) + 1);
  return wanted.map((item) => {
    const count = watches.get(watchOf(item)) ?? 0;
    if (item.state.is !== "wanted" || count === 1) return item;
    const message = `${count} monitors would be the same, ${JSON.stringify(item.state.spec["name"])}, and page as often; select one service for it, or tell them apart with \${service.name} or \${cluster.name}`;
    return { ...item, state: { is: "blocked", reason: { code: "Conflict", message } } };
  });
}

/**
 * What is ours of this account and Region, and what stands in the way of what is wanted. Several monitors with one mark
 * (a run killed in between, a copy made by hand): one of them counts, the others are ours and not wanted. Which one that
 * is, what is blocked does not say: all of them stay.
 */
function findItems(
  monitors: readonly LiveMonitor[],
  wanted: readonly Wanted[],
  owner: string,
  { account, region }: Inventory,
): Map<string, Observed> {
  const marked = monitors.map((monitor) => ({ monitor, mark: readMark(monitor["memo"]) }));
  const asked = wanted.filter(({ state }) => state.is === "wanted");
  const staying = new Set(wanted.filter(({ state }) => state.is !== "wanted").map(({ id }) => id));
  const types = new Map(asked.map((item) => [item.id, specOf(item)["type"]]));
  const byId = new Map<string, { monitor: LiveMonitor; mark: MonitorMark }[]>();
  for (const { monitor, mark } of marked) {
    if (mark?.owner !== owner || mark.account !== account || mark.region !== region) continue;
    const id = monitorId(mark);
    byId.set(id, [...(byId.get(id) ?? []), { monitor, mark }]);
  }
  const items = new Map<string, Observed>();
  for (const [id, found] of [...byId].sort(([a], [b]) => compareText(a, b))) {
    const fits = ({ monitor }: { monitor: LiveMonitor }): number => Number(monitor["type"] === types.get(id));
    found.sort((a, b) => fits(b) - fits(a) || compareText(a.monitor.id, b.monitor.id));
    for (const [index, { monitor, mark }] of found.entries()) {
      if (index > 0 && staying.has(id)) break;
      const key = index === 0 ? id : `${id} (${monitor.id})`;
      items.set(key, observe(key, titleOf(mark, monitor as JsonObject), monitor, mark));
    }
  }
  for (const item of asked) {
    if (items.has(item.id)) continue;
    const foreign = marked.find(({ monitor, mark }) => standsInTheWay(monitor, mark, specOf(item)));
    if (foreign === undefined) continue;
    const { id, ...spec } = foreign.monitor;
    const detail: MonitorDetail = { id, foreign: describeForeign(id, foreign.mark, specOf(item)) };
    items.set(item.id, { id: item.id, name: item.name, spec, owned: false, detail });
  }
  return items;
}

function observe(key: string, name: string, { id, ...spec }: LiveMonitor, mark: MonitorMark): Observed {
  const { cluster, service } = mark;
  const retain = isRetainMemo(spec["memo"]);
  return {
    id: key,
    name,
    cluster,
    service,
    spec: spec as JsonObject,
    owned: true,
    ...(retain && { retain }),
    detail: { id } satisfies MonitorDetail,
  };
}

/** The same name in the hands of a person, or the same monitor of another owner: a second one would page twice. */
function standsInTheWay(monitor: LiveMonitor, mark: MonitorMark | undefined, wanted: JsonObject): boolean {
  if (String(monitor["name"]).trim() !== String(wanted["name"]).trim()) return false;
  const own = readMark(wanted["memo"]);
  if (mark === undefined || own === undefined) return true;
  return (
    monitorId({ ...mark, owner: "" }) === monitorId({ ...own, owner: "" }) &&
    mark.account === own.account &&
    mark.region === own.region
  );
}

function describeForeign(id: string, mark: MonitorMark | undefined, wanted: JsonObject): Reason {
  const name = JSON.stringify(wanted["name"]);
  const own = readMark(wanted["memo"]) as MonitorMark;
  const message =
    mark === undefined
      ? `Mackerel has a monitor ${name} already (id ${id}), which is not ours; delete it, give ours another name, or hand it over: write \`${formatMark(own)}\` as the last line of its memo`
      : `Mackerel has this monitor already (${name}, id ${id}), made by the owner ${mark.owner}; let that owner release it, or take the line \`${formatMark(mark)}\` to ${own.owner}`;
  return { code: "NotOwned", message };
}

/** A lost answer does not say whether the monitor was made: it is looked for before it is made again. */
async function createOnce(monitor: JsonObject, api: MackerelApi): Promise<void> {
  try {
    await api.createMonitor(monitor);
  } catch (error) {
    if (!mayBeDone(error)) throw error;
    const monitors = await api.listMonitors();
    if (monitors.some((live) => isSame(live, monitor) && live["type"] === monitor["type"])) return;
    await api.createMonitor(monitor);
  }
}

async function removeOne({ write }: Change, api: MackerelApi): Promise<void> {
  const { id, wanted } = write as MonitorWrite;
  const live = await api.readMonitor(id as string);
  if (live === undefined) return;
  if (!isSame(live, wanted)) throw notOurs(live.id);
  await api.deleteMonitor(live.id);
}

/** Both bear the same mark. */
function isSame(a: JsonObject, b: JsonObject): boolean {
  const [one, other] = [readMark(a["memo"]), readMark(b["memo"])];
  return one !== undefined && other !== undefined && formatMark(one) === formatMark(other);
}

function notOurs(id: string): EcsmonError {
  return new EcsmonError(
    "NotOwned",
    `the monitor ${id} lost the mark in its memo since the plan was made; it is left as it is`,
  );
}

function needApi(mackerel: MackerelApi | undefined): MackerelApi {
  if (mackerel !== undefined) return mackerel;
  throw new EcsmonError("NoApiKey", "MACKEREL_APIKEY is not set; set it to a key of the organization");
}

function specOf({ state }: Wanted): JsonObject {
  return state.is === "wanted" ? state.spec : {};
}
