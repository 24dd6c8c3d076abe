// A plan by place: what changes for each service, for each cluster as a whole, and for the account; and what is held
// back or could not be read, told once for all that it holds for. Pages are made of it. Pure.
import { compareText } from "../../model/json.ts";
import {
  type Blocked,
  type Change,
  isBlockedError,
  type KindName,
  kindNames,
  type Plan,
} from "../../model/plan.ts";
import { hintFor } from "./hints.ts";
import { createScopeNames, nameInText } from "./names.ts";
import { redactChange } from "./redact.ts";

export interface Place {
  /** As a person names it: `prod/web`, `cluster prod`, `the account`. */
  readonly name: string;
  readonly service?: string;
  /** Without secrets, in the order in which they are written. */
  readonly changes: readonly Change[];
}

/** In the order of their names: a cluster before its services, the account last. */
export function listPlaces(plan: Plan): readonly Place[] {
  const places = new Map<string, Change[]>();
  for (const change of plan.changes) {
    const key = JSON.stringify([change.cluster, change.service]);
    const changes = places.get(key);
    if (changes === undefined) places.set(key, [redactChange(change)]);
    else changes.push(redactChange(change));
  }
  const groups = [...places.values()].sort(([a], [b]) => comparePlaces(a, b));
  return groups.flatMap((changes) => {
    const [first] = changes;
    if (first === undefined) return [];
    const { service } = first;
    const ordered = [...changes].sort((a, b) => kindNames.indexOf(a.kind) - kindNames.indexOf(b.kind));
    return [{ name: placeName(first), ...(service === undefined ? {} : { service }), changes: ordered }];
  });
}

function comparePlaces(a: Partial<Change> = {}, b: Partial<Change> = {}): number {
  if (a.cluster === undefined || b.cluster === undefined)
    return Number(a.cluster === undefined) - Number(b.cluster === undefined);
  return compareText(a.cluster, b.cluster) || compareText(a.service ?? "", b.service ?? "");
}

/** Always with the cluster: a page is read without the plan beside it. */
function placeName({ cluster, service }: Pick<Change, "cluster" | "service">): string {
  if (cluster === undefined) return "the account";
  return service === undefined ? `cluster ${cluster}` : `${cluster}/${service}`;
}

/** `MetricAlarm ×4, Dashboard` */
export function countKinds(changes: readonly Change[]): string {
  const counts = new Map<KindName, number>();
  for (const { kind } of changes) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => (count === 1 ? kind : `${kind} ×${count}`)).join(", ");
}

/** What one code and message hold back. */
export interface HeldGroup {
  readonly isError: boolean;
  readonly code: string;
  readonly message: string;
  /** What is held back where: `cpu-high, disk` in `prod/web`. */
  readonly items: readonly { readonly names: readonly string[]; readonly places: readonly string[] }[];
}

/** Errors first; else in the plan's order. */
export function groupHeld(plan: Plan): readonly HeldGroup[] {
  const groups = groupBy(plan.blocked, ({ code, message }) => JSON.stringify([code, message]));
  const held = groups.map(([first, ...rest]) => ({
    isError: isBlockedError(first),
    code: first.code,
    message: first.message,
    items: joinItems([first, ...rest], plan.metadata.owner),
  }));
  return [...held.filter(({ isError }) => isError), ...held.filter(({ isError }) => !isError)];
}

/** Names that are held back in the same places stand together. */
function joinItems(blocked: readonly Blocked[], owner: string): HeldGroup["items"] {
  const byName = groupBy(blocked, (item) => nameInText(item, owner)).map((items) => ({
    name: nameInText(items[0], owner),
    places: [...new Set(items.map(placeName))],
  }));
  return groupBy(byName, ({ places }) => JSON.stringify(places)).map((items) => ({
    names: items.map(({ name }) => name),
    places: items[0].places,
  }));
}

export interface UnknownGroup {
  /** `MetricAlarm of cluster prod`, or the place itself where nothing of it could be read. */
  readonly subjects: readonly string[];
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
}

export function groupUnknown(plan: Plan): readonly UnknownGroup[] {
  const scopeName = createScopeNames(plan);
  return groupBy(plan.unknown, ({ code, message }) => JSON.stringify([code, message])).map((unknowns) => ({
    subjects: unknowns.map(({ kind, name, cluster, service }) => {
      const place = scopeName({
        ...(cluster === undefined ? {} : { cluster }),
        ...(service === undefined ? {} : { service }),
      });
      if (kind === "Workload") return place;
      return `${kind}${name === undefined ? "" : ` ${name}`} of ${place}`;
    }),
    code: unknowns[0].code,
    message: unknowns[0].message,
    hint: hintFor(unknowns[0].code),
  }));
}

/** In the order in which each group's first one stands. */
export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): readonly [T, ...T[]][] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return [...groups.values()];
}
