// The named lists of a policy: how an entry of each is told by its name, and in which shape its words are merged.
import type { FieldPath } from "../api/issues.ts";
import { sidecarName } from "../api/sidecar-name.ts";
import type { Json, JsonObject } from "../model/json.ts";
import type { Sections } from "./layered.ts";
import { oneOf } from "./merge.ts";
import { type Finished, finishSidecar, shapeSidecar } from "./sidecar-words.ts";

/** What a policy, or an override in it, says of an entry. */
interface Entry {
  /** undefined: said of every entry that anybody gives, as the `null` for a whole list is. */
  readonly name: string | undefined;
  /** Below the policy or the override. */
  readonly path: FieldPath;
  readonly value: Json;
}

export interface NamedList {
  /** What an entry is called, in messages and by exceptions: `LABEL.NAME`. */
  readonly label: string;
  /** An exception leaves such an entry as it stands. */
  readonly isFrozen: boolean;
  readonly entriesOf: (spec: Sections) => Entry[];
  /** From what was merged to the item. Left out: it is the item. */
  readonly finish?: (merged: JsonObject) => Finished;
}

export const namedLists = {
  notifications: {
    label: "notifications",
    isFrozen: false,
    entriesOf: ({ notifications }) =>
      notifications === null
        ? [everyEntry(["notifications"])]
        : Object.entries(notifications ?? {}).map(([severity, arns]) => ({
            name: severity,
            path: ["notifications", severity],
            value: arns,
          })),
  },
  sidecars: {
    label: "sidecars",
    isFrozen: true,
    entriesOf: ({ sidecars }) =>
      entries(["sidecars"], sidecars, (sidecar) => [sidecarName(sidecar), shapeSidecar(sidecar)]),
    finish: finishSidecar,
  },
  logMetrics: {
    label: "logMetrics",
    isFrozen: true,
    entriesOf: ({ logMetrics }) => entries(["logMetrics"], logMetrics, ({ name, ...rest }) => [name, rest]),
  },
  queries: {
    label: "queries",
    isFrozen: true,
    entriesOf: ({ queries }) => entries(["queries"], queries, ({ name, ...rest }) => [name, rest]),
  },
  alarms: {
    label: "alarms",
    isFrozen: false,
    entriesOf: ({ alarms }) =>
      entries(
        ["alarms"],
        alarms,
        ({ name, preset, metric, expression, metrics, anomaly, composite, ...rest }) => [
          name,
          { ...rest, ...oneOf({ preset, metric, expression, metrics, anomaly, composite }) },
        ],
      ),
  },
  events: {
    label: "events",
    isFrozen: true,
    entriesOf: ({ events }) =>
      entries(["events"], events, ({ name, preset, pattern, ...rest }) => [
        name ?? preset ?? "",
        { ...rest, ...oneOf({ preset, pattern }) },
      ]),
  },
  monitors: {
    label: "mackerel",
    isFrozen: true,
    entriesOf: ({ mackerel }) =>
      mackerel === null
        ? [everyEntry(["mackerel"])]
        : entries(["mackerel", "monitors"], mackerel?.monitors, (monitor) => [
            monitor.name,
            // What one type has means nothing to another.
            { ...monitor, ...(monitor.type === undefined ? {} : { form: monitor.type }) },
          ]),
    finish: ({ form: _, ...monitor }) =>
      monitor["type"] === undefined
        ? { ok: false, lacks: `monitor ${JSON.stringify(monitor["name"])} has no type` }
        : { ok: true, value: monitor as Json },
  },
} as const satisfies Readonly<Record<string, NamedList>>;

export type ListName = keyof typeof namedLists;

function entries<T>(
  path: FieldPath,
  given: readonly T[] | null | undefined,
  split: (entry: T) => [name: string, value: unknown],
): Entry[] {
  if (given === null) return [everyEntry(path)];
  return (given ?? []).map((entry, index) => {
    const [name, value] = split(entry);
    return { name, path: [...path, index], value: value as Json };
  });
}

function everyEntry(path: FieldPath): Entry {
  return { name: undefined, path, value: null };
}
