// Our layer on a task definition: whole containers of ours, and single fields in containers of others.
// Each touched container carries the record of its own fields in a Docker label, so that it survives a deploy tool
// that copies the revision: `original` (left out when there was none) and `written` (a hash of what we put there).
// What becomes of it when others edit the definition meanwhile is in docs/task-definitions.md, case by case.
// Every pass ejects the layer from whatever revision is current and injects it anew.
import {
  compareText,
  isObject,
  type Json,
  type JsonObject,
  jsonEqual,
  stableStringify,
} from "../model/json.ts";
import {
  canonicalContainer,
  canonicalHealthCheck,
  canonicalLogConfiguration,
  canonicalSecretOptions,
} from "./canonical-container.ts";
import {
  type ContainerRecord,
  canonicalField,
  fieldName,
  fieldPath,
  getAt,
  hashField,
  hashValues,
  isSidecarOf,
  labelPrefix,
  labelText,
  layerLabel,
  readLabel,
  secretOptions,
  withoutHash,
} from "./layer-record.ts";
import { logDestination } from "./log-destination.ts";
import { type GrownTask, growTask, shrinkTask, type TaskRecord } from "./task-record.ts";

export { layerLabel };

/** One field of a container of the user's. The path is `healthCheck`, `logConfiguration` or a leaf below it. */
export interface FieldPatch {
  readonly container: string;
  readonly path: readonly string[];
  readonly value: Json;
}

export interface Layer {
  /** Container definitions of ours, whole. */
  readonly sidecars: readonly JsonObject[];
  readonly patches: readonly FieldPatch[];
  /** The task's own size, if it has to grow for the sidecars. */
  readonly task?: GrownTask;
}

/** @throws RangeError if the task is to grow without a sidecar: there would be no place for the record. */
export function injectLayer(input: JsonObject, owner: string, layer: Layer): JsonObject {
  if (layer.task !== undefined && layer.sidecars.length === 0)
    throw new RangeError("a task grows only for sidecars");
  const grown = layer.task === undefined ? undefined : growTask(input, layer.task);
  const task = grown === undefined ? {} : { task: grown.record };
  const containers = containersOf(input).map((container) => {
    const patches = layer.patches.filter((patch) => patch.container === container["name"]);
    return patchContainer(container, owner, patches, task);
  });
  const sidecars = [...layer.sidecars].sort((a, b) => compareText(String(a["name"]), String(b["name"])));
  const ours = sidecars.map((sidecar) => {
    const labels = isObject(sidecar["dockerLabels"]) ? sidecar["dockerLabels"] : {};
    const written = hashValues(sidecar);
    const record: ContainerRecord = {
      v: 1,
      sidecar: true,
      name: String(sidecar["name"]),
      ...(written === undefined ? {} : { written }),
      ...task,
    };
    return {
      ...sidecar,
      dockerLabels: { ...labels, [layerLabel(owner)]: stableStringify(record) },
    };
  });
  return { ...(grown?.definition ?? input), containerDefinitions: [...containers, ...ours] };
}

/** The definition as it would be without us. A record that cannot be read leaves its container as it stands. */
export function ejectLayer(input: JsonObject, owner: string): JsonObject {
  const tasks: TaskRecord[] = [];
  const containers = containersOf(input).flatMap((container) => {
    const record = readLabel(container, owner);
    if (record?.task !== undefined) tasks.push(record.task);
    if (record !== undefined && isSidecarOf(container, record)) return [];
    return [record === undefined ? container : unpatchContainer(container, owner, record)];
  });
  return { ...shrinkTask(input, tasks), containerDefinitions: containers };
}

export function hasLayer(input: JsonObject, owner: string): boolean {
  return containersOf(input).some((container) => labelText(container, owner) !== undefined);
}

/** Whose layers are in it. */
export function layerOwners(input: JsonObject): string[] {
  const labels = containersOf(input).flatMap(({ dockerLabels }) =>
    isObject(dockerLabels) ? Object.keys(dockerLabels) : [],
  );
  const owners = labels.filter((label) => label.startsWith(labelPrefix));
  return [...new Set(owners.map((label) => label.slice(labelPrefix.length)))];
}

/** Containers whose record is there but cannot be read: of a newer version, or edited. */
export function unreadableRecords(input: JsonObject, owner: string): string[] {
  return containersOf(input)
    .filter(
      (container) => labelText(container, owner) !== undefined && readLabel(container, owner) === undefined,
    )
    .map((container) => String(container["name"]));
}

/** A container that some owner's layer has put there. */
export function isSidecar(container: JsonObject): boolean {
  const labels = isObject(container["dockerLabels"]) ? container["dockerLabels"] : {};
  return Object.keys(labels).some((label) => {
    if (!label.startsWith(labelPrefix)) return false;
    const record = readLabel(container, label.slice(labelPrefix.length));
    return record !== undefined && isSidecarOf(container, record);
  });
}

/** Log groups that our layer has containers log to, sidecars of ours too. */
export function layerLogGroups(input: JsonObject, owner: string): string[] {
  return containersOf(input).flatMap((container) => {
    const record = readLabel(container, owner);
    const isOurs =
      record !== undefined &&
      (isSidecarOf(container, record) ||
        Object.keys(record.fields ?? {}).some((field) => field.startsWith("logConfiguration")));
    const group = isOurs ? logDestination(container)?.group : undefined;
    return group === undefined ? [] : [group];
  });
}

/**
 * How many deletes it counts for to go from one definition to the other: one for each sidecar of ours that leaves, and
 * at least one when anything of our layer does.
 */
export function countLeaving(before: JsonObject, after: JsonObject, owner: string): number {
  const parts = new Set(layerParts(before, owner));
  for (const part of layerParts(after, owner)) parts.delete(part);
  const sidecars = [...parts].filter((part) => !part.includes("."));
  return parts.size === 0 ? 0 : Math.max(1, sidecars.length);
}

/** Names of our sidecars, and `CONTAINER.FIELD` of what we laid over others'; container names hold no dot. */
function layerParts(input: JsonObject, owner: string): string[] {
  return containersOf(input).flatMap((container) => {
    const record = readLabel(container, owner);
    if (record !== undefined && isSidecarOf(container, record)) return [String(container["name"])];
    const fields = new Set(Object.keys(record?.fields ?? {}).map((field) => field.split(".")[0]));
    fields.delete("dockerLabels");
    return [...fields].map((field) => `${container["name"]}.${field}`);
  });
}

/**
 * The form in which two revisions are compared: containers by name, and what is ours canonical. What is not ours
 * stays as it was read, since both sides come from the same read.
 */
export function canonicalTaskDefinition(input: JsonObject): JsonObject {
  const containers = containersOf(input).map(canonicalByOwnership);
  return {
    ...input,
    containerDefinitions: containers.sort((a, b) => compareText(String(a["name"]), String(b["name"]))),
  };
}

function canonicalByOwnership(container: JsonObject): JsonObject {
  let result = container;
  for (const label of Object.keys(isObject(container["dockerLabels"]) ? container["dockerLabels"] : {})) {
    if (!label.startsWith(labelPrefix)) continue;
    const owner = label.slice(labelPrefix.length);
    const record = readLabel(container, owner);
    if (record !== undefined && isSidecarOf(container, record))
      return canonicalContainer(withoutHash(container, owner));
    if (record !== undefined) result = canonicalFields(result, record);
  }
  return result;
}

/** Whole objects and lists that we wrote into a container of others. */
function canonicalFields(container: JsonObject, { fields, made }: ContainerRecord): JsonObject {
  const { healthCheck, logConfiguration: log } = container;
  const ourLog = fields?.["logConfiguration"] !== undefined || made?.includes("logConfiguration");
  const ourSecrets = isObject(log) && fields?.[secretOptions] && Array.isArray(log["secretOptions"]);
  return {
    ...container,
    ...(fields?.["healthCheck"] && isObject(healthCheck)
      ? { healthCheck: canonicalHealthCheck(healthCheck) }
      : {}),
    ...(ourSecrets
      ? { logConfiguration: { ...log, secretOptions: canonicalSecretOptions(log["secretOptions"] as Json) } }
      : {}),
    ...(ourLog && isObject(log) ? { logConfiguration: canonicalLogConfiguration(log) } : {}),
  };
}

export function containersOf(input: JsonObject): JsonObject[] {
  const list = input["containerDefinitions"];
  return Array.isArray(list) ? list.filter(isObject) : [];
}

function patchContainer(
  container: JsonObject,
  owner: string,
  patches: readonly FieldPatch[],
  task: { readonly task?: TaskRecord },
): JsonObject {
  const result = structuredClone(container) as MutableObject;
  const fields: Record<string, { original?: Json; written: string }> = {};
  const made: string[] = [];
  for (const { path, value } of [...patches].sort((a, b) =>
    compareText(fieldName(a.path), fieldName(b.path)),
  )) {
    const before = getAt(container, path);
    if (before !== undefined && jsonEqual(canonicalField(path, before), canonicalField(path, value)))
      continue;
    let parent = result;
    path.slice(0, -1).forEach((key, depth) => {
      const name = path.slice(0, depth + 1).join(".");
      if (!isObject(parent[key])) {
        // A null that stood there is an original of its own.
        if (parent[key] === null) fields[name] = { original: null, written: "" };
        parent[key] = {};
        made.push(name);
      }
      parent = parent[key] as MutableObject;
    });
    parent[path.at(-1) as string] = value;
    fields[fieldName(path)] = {
      ...(before === undefined ? {} : { original: before }),
      written: hashField(path, value),
    };
  }
  if (Object.keys(fields).length === 0) return container;
  // Labels that only layers have put there go with the last of them.
  const labels = result["dockerLabels"];
  const keys = isObject(labels) ? Object.keys(labels) : [];
  const onlyLayers = keys.length > 0 && keys.every((key) => key.startsWith(labelPrefix));
  if (labels === undefined || labels === null || onlyLayers) made.unshift("dockerLabels");
  if (labels === null) fields["dockerLabels"] = { original: null, written: "" };
  const record: ContainerRecord = { v: 1, fields, ...(made.length > 0 ? { made } : {}), ...task };
  result["dockerLabels"] = {
    ...(result["dockerLabels"] as MutableObject | undefined),
    [layerLabel(owner)]: stableStringify(record),
  };
  return result;
}

/** One container as it would be without the owner's fields in it. */
export function ejectContainer(container: JsonObject, owner: string): JsonObject {
  const record = readLabel(container, owner);
  return record === undefined ? container : unpatchContainer(container, owner, record);
}

function unpatchContainer(container: JsonObject, owner: string, record: ContainerRecord): JsonObject {
  const result = structuredClone(container) as MutableObject;
  for (const [name, { original, written }] of Object.entries(record.fields ?? {})) {
    const path = fieldPath(name);
    const live = getAt(result, path);
    // A value that is not the one we wrote is the owner's: it stays.
    if (live === undefined || hashField(path, live) !== written) continue;
    const parent = getAt(result, path.slice(0, -1)) as MutableObject;
    if (original === undefined) delete parent[path.at(-1) as string];
    else parent[path.at(-1) as string] = original;
  }
  const labels = result["dockerLabels"] as MutableObject;
  delete labels[layerLabel(owner)];
  for (const name of [...(record.made ?? [])].reverse()) {
    const path = name.split(".");
    const made = getAt(result, path);
    const parent = getAt(result, path.slice(0, -1));
    if (isObject(made) && Object.keys(made).length === 0 && isObject(parent))
      delete (parent as MutableObject)[path.at(-1) as string];
  }
  if (record.made?.includes("logConfiguration")) settleLogConfiguration(result, container);
  for (const [name, { original, written }] of Object.entries(record.fields ?? {})) {
    const path = name.split(".");
    // Only in place of an object of ours: where the owner has taken that away, nothing is left to put back.
    const isReplaced = isObject(getAt(container, path)) && getAt(result, path) === undefined;
    if (written === "" && original === null && isReplaced) restoreNull(result, path);
  }
  return result;
}

function restoreNull(result: MutableObject, path: readonly string[]): void {
  const parent = getAt(result, path.slice(0, -1));
  if (isObject(parent)) (parent as MutableObject)[path.at(-1) as string] = null;
}

/** AWS takes no log configuration without a driver. What is left of one of ours is the owner's, or nobody's. */
function settleLogConfiguration(result: MutableObject, live: JsonObject): void {
  const log = result["logConfiguration"];
  if (!isObject(log) || log["logDriver"] !== undefined) return;
  const { options, secretOptions } = log;
  const added =
    (isObject(options) && Object.keys(options).length > 0) ||
    (Array.isArray(secretOptions) && secretOptions.length > 0);
  // An option that the owner added to ours needs the driver: then both are theirs.
  if (added) result["logConfiguration"] = live["logConfiguration"];
  // What only the API itself added goes with what it was added to.
  else delete result["logConfiguration"];
}

type MutableObject = { [key: string]: Json | undefined };
