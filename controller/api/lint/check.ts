// What a check is: a pure function from one policy, and what stands beside it, to findings.
import { isObject, type JsonObject, jsonEqual } from "../../model/json.ts";
import type { FieldPath } from "../issues.ts";
import type { Policy } from "../policy.ts";
import { presetContainer } from "../sidecar-name.ts";

export interface Found {
  readonly code: string;
  readonly message: string;
  readonly path: FieldPath;
  readonly severity?: "warning";
}

export type Check = (policy: Policy, world: World) => Found[];

/** All documents together: a policy may lay a part of an alarm over another policy's. */
export interface World {
  readonly policies: readonly Policy[];
  /** Every spec, those that the schema refused too (raw, so of any shape). */
  readonly specs: readonly JsonObject[];
}

type NamedList = "alarms" | "logMetrics" | "queries" | "events" | "sidecars" | "mackerel";

/** More of them say nothing new, and each is compared with each. */
const maxSameName = 1000;

/** What is the same for every policy of a world is worked out once: else a thousand policies take a million steps. */
export function oncePerWorld<T>(work: (world: World) => T): (world: World) => T {
  const known = new WeakMap<World, { readonly value: T }>();
  return (world) => {
    const found = known.get(world) ?? { value: work(world) };
    known.set(world, found);
    return found.value;
  };
}

const indexOf = oncePerWorld(indexEntries);

/** The entries of a named list (`alarms`; `mackerel`: its monitors) that have this name, over all documents. */
export function entriesNamed(world: World, list: NamedList, name: string): JsonObject[] {
  return indexOf(world).get(`${list}/${name}`) ?? [];
}

function indexEntries({ specs }: World): Map<string, JsonObject[]> {
  const index = new Map<string, JsonObject[]>();
  for (const { alarms, logMetrics, queries, events, sidecars, mackerel } of specs) {
    const monitors = isObject(mackerel) ? mackerel["monitors"] : undefined;
    const lists = { alarms, logMetrics, queries, events, sidecars, mackerel: monitors };
    for (const [list, entries] of Object.entries(lists)) {
      for (const entry of Array.isArray(entries) ? entries : []) {
        const name = isObject(entry) && (list === "sidecars" ? nameOfSidecar(entry) : entry["name"]);
        if (typeof name !== "string") continue;
        const same = index.get(`${list}/${name}`) ?? [];
        if (same.length < maxSameName) same.push(entry);
        index.set(`${list}/${name}`, same);
      }
    }
  }
  return index;
}

/** Of an entry of whatever shape. */
export function nameOfSidecar({ preset, container }: JsonObject): string | undefined {
  if (typeof preset === "string") return presetContainer(preset);
  const name = isObject(container) ? container["name"] : undefined;
  return typeof name === "string" ? name : undefined;
}

export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/**
 * What a field will be once everything is merged, as far as that can be told:
 * the own value, else what all the others agree on, else the default. `undefined`: cannot be told.
 */
export function effective(
  own: unknown,
  field: string,
  all: readonly JsonObject[],
  fallback: unknown,
): unknown {
  const value = isObject(own) ? own[field] : undefined;
  if (isGiven(value)) return value;
  const given = all.map((one) => one[field]).filter(isGiven);
  if (given.length === 0) return fallback;
  return given.every((one) => jsonEqual(one, given[0])) ? given[0] : undefined;
}

/** The first policy of the set says what several have in common, so that it is said once. */
export function isFirst(policy: Policy, world: World, has: (other: Policy) => boolean): boolean {
  return world.policies.find(has) === policy;
}
