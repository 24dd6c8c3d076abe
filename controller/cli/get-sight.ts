// One look at the status store: what was asked for of what stands there.
import { EcsmonError } from "../model/errors.ts";
import { matchesAnyGlob } from "../model/glob.ts";
import type { Pause, TargetStatus } from "../model/status.ts";
import { readHistory } from "../state/journal.ts";
import type { ObjectStore } from "../state/object-store.ts";
import { listTargets, readTargets } from "../state/status-store.ts";
import { readSwitch } from "../state/switch.ts";
import type { GetFlags, GetSubject } from "./get-options.ts";
import type { Io } from "./io.ts";
import { viewHistory } from "./render/history-view.ts";
import { viewResources } from "./render/resource-view.ts";
import type { StatusView } from "./render/status-view.ts";
import { viewPolicies, viewServices, viewSources, viewTargets } from "./render/status-views.ts";
import { fingerprint, renderTable } from "./render/table.ts";

/** What was found of what was asked for, ready to be shown. */
export interface Sight {
  readonly subject: GetSubject;
  readonly store: string;
  /** What holds for all rows: a pause, sources that are stale. */
  readonly head: readonly string[];
  readonly pause: Pause | undefined;
  readonly items: readonly object[];
  readonly keys: readonly string[];
  readonly prints: readonly string[];
  /** Of history: how far back it goes, and up to which instant it was not looked at for having become too much. */
  readonly reach?: { readonly since: Date; readonly unreadUntil?: Date };
  /** Objects that could not be read; told of on standard error. */
  readonly broken: readonly unknown[];
  table(options: { readonly colour: boolean; readonly wide: boolean }): ReturnType<typeof renderTable>;
}

/** Requests for one look at the journal: a person waits for it, and nobody else. */
const mostReads = 20_000;

export async function look(
  subject: GetSubject,
  names: readonly string[],
  flags: GetFlags,
  store: ObjectStore,
  io: Io,
): Promise<Sight> {
  const broken: unknown[] = [];
  const signal = { signal: io.signal };
  const [pause, all] = await Promise.all([readSwitch(store), listTargets(store, signal)]);
  if (all.length === 0)
    throw new EcsmonError(
      "NoStatus",
      `there is no status in ${store.name} yet; a controller writes it after its first pass: check that \`ecsmon run\` has the same spec.status`,
    );
  const chosen = all.filter((target) => matchesAnyGlob(target, flags.target ?? []));
  if (chosen.length === 0) throw notFound("target", flags.target ?? [], all);
  const targets = await readTargets(store, chosen, (_, error) => broken.push(error), signal);
  const input = { targets, pause, now: io.now() };
  const common = { subject, store: store.name, head: headOf(targets, pause), pause, broken };
  switch (subject) {
    case "policies":
      return { ...common, ...narrow(viewPolicies(input), subject, names, flags) };
    case "services":
      return { ...common, ...narrow(viewServices(input), subject, names, flags) };
    case "resources":
      return { ...common, ...narrow(viewResources(input), subject, names, flags) };
    case "sources":
      return { ...common, ...narrow(viewSources(input), subject, names, flags) };
    case "targets":
      return { ...common, ...narrow(viewTargets(input), subject, names, flags) };
    case "history": {
      const { cluster = [], service = [], since, limit = 50 } = flags;
      const from = typeof since === "number" ? new Date(io.now().getTime() - since * 1000) : since;
      const { entries, unreadable, ...reach } = await readHistory(store, {
        targets: chosen,
        now: io.now(),
        mostReads,
        services: [...names, ...service],
        matches: (entry) => matchesAnyGlob(entry.cluster ?? "", cluster),
        limit,
        ...(from === undefined ? {} : { since: from }),
        ...signal,
      });
      broken.push(...unreadable.map(({ code, message }) => new EcsmonError(code, message)));
      return { ...common, reach, ...narrow(viewHistory(entries, input), subject, [], {}) };
    }
  }
}

/** Rows that were asked for. A name without a `*` that there is none of is a slip. */
function narrow<Row>(
  view: StatusView<Row>,
  subject: GetSubject,
  names: readonly string[],
  { cluster = [], service = [] }: Pick<GetFlags, "cluster" | "service">,
): Pick<Sight, "items" | "keys" | "prints" | "table"> {
  const missing = names.filter(
    (name) => !/[*?]/.test(name) && !view.rows.some((row) => view.namesOf(row).includes(name)),
  );
  if (missing.length > 0)
    throw notFound(
      subject,
      missing,
      view.rows.flatMap((row) => view.namesOf(row).slice(0, 1)),
    );
  const rows = view.rows.filter((row) => {
    const place = view.placeOf(row);
    return (
      (names.length === 0 || view.namesOf(row).some((name) => matchesAnyGlob(name, names))) &&
      matchesAnyGlob(place.cluster ?? "", cluster) &&
      matchesAnyGlob(place.service ?? "", service)
    );
  });
  return {
    items: rows.map(view.toJson),
    keys: rows.map(view.keyOf),
    prints: rows.map((row) => fingerprint(view.columns, row)),
    table: (options) => renderTable(view.columns, rows, options),
  };
}

function notFound(what: string, names: readonly string[], known: readonly string[]): EcsmonError {
  const distinct = [...new Set(known)].sort();
  const some = distinct.slice(0, 10).join(", ") + (distinct.length > 10 ? " …" : "");
  const there = distinct.length === 0 ? "there are none" : `there are ${some}`;
  return new EcsmonError(
    "NotFound",
    `${names.join(", ")} is none of the ${what.replace(/^target$/, "targets")}; ${there}`,
  );
}

function headOf(targets: readonly TargetStatus[], pause: Pause | undefined): readonly string[] {
  const stale = new Map(
    targets
      .flatMap(({ sources }) => sources)
      .filter(({ staleSince }) => staleSince !== undefined)
      .map(({ name, staleSince, code, message }) => [
        name,
        `STALE: ${name} since ${staleSince}${code === undefined ? "" : `: ${code}`}${message === undefined ? "" : `: ${message}`}`,
      ]),
  );
  return [
    ...(pause === undefined ? [] : [`PAUSED by ${pause.by} since ${pause.at}: ${pause.reason}`]),
    ...stale.values(),
  ];
}
