// The record of our layer that each touched container carries in a Docker label (core/layer.ts): which owner's, how it
// is read, and by what hash a value is told to be the one that we wrote.
import { createHash } from "node:crypto";
import { dropAbsent, isObject, type Json, type JsonObject, stableStringify } from "../model/json.ts";
import {
  canonicalContainer,
  canonicalHealthCheck,
  canonicalLogConfiguration,
  canonicalSecretOptions,
} from "./canonical-container.ts";
import { isTaskRecord, type TaskRecord } from "./task-record.ts";

export interface ContainerRecord {
  readonly v: 1;
  readonly sidecar?: true;
  /** Of a sidecar: its name. A label that was copied onto another container makes nothing ours. */
  readonly name?: string;
  /** Of a sidecar: `hashValues` of what we put there. Records of older versions have none. */
  readonly written?: string;
  readonly task?: TaskRecord;
  readonly fields?: Readonly<Record<string, FieldRecord>>;
  /** Objects that were not there before, in the order they were made. */
  readonly made?: readonly string[];
}

/** `written`: `hashField` of what we put there; empty for a null that made room for an object of ours. */
export interface FieldRecord {
  readonly original?: Json;
  readonly written: string;
}

export const labelPrefix = "ecsmon.dev/layer.";
/** A list without order, recorded as one value. */
export const secretOptions = "logConfiguration.secretOptions";

export function layerLabel(owner: string): string {
  return `${labelPrefix}${owner}`;
}

/** Owners whose label the container has, readable or not. */
export function ownersIn(container: JsonObject): string[] {
  const labels = isObject(container["dockerLabels"]) ? container["dockerLabels"] : {};
  return Object.keys(labels)
    .filter((key) => key.startsWith(labelPrefix))
    .map((key) => key.slice(labelPrefix.length));
}

export function labelText(container: JsonObject, owner: string): string | undefined {
  const labels = container["dockerLabels"];
  const text =
    isObject(labels) && Object.hasOwn(labels, layerLabel(owner)) ? labels[layerLabel(owner)] : undefined;
  return typeof text === "string" ? text : undefined;
}

/** undefined: there is none, or it cannot be read. */
export function readLabel(container: JsonObject, owner: string): ContainerRecord | undefined {
  const text = labelText(container, owner);
  if (text === undefined) return undefined;
  try {
    const record: unknown = JSON.parse(text);
    return isContainerRecord(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Records of the first version had no name in them. */
export function isSidecarOf(container: JsonObject, { sidecar, name }: ContainerRecord): boolean {
  return sidecar === true && (name === undefined || name === container["name"]);
}

export function getAt(value: JsonObject, path: readonly string[]): Json | undefined {
  let current: Json | undefined = value;
  for (const key of path)
    current = isObject(current) && Object.hasOwn(current, key) ? current[key] : undefined;
  return current;
}

/** Names of log options hold dots at times; everything above them does not. */
export function fieldName(path: readonly string[]): string {
  return path.join(".");
}

export function fieldPath(name: string): string[] {
  const options = "logConfiguration.options.";
  return name.startsWith(options)
    ? ["logConfiguration", "options", name.slice(options.length)]
    : name.split(".");
}

export function canonicalField(path: readonly string[], value: Json): Json {
  if (fieldName(path) === secretOptions) return canonicalSecretOptions(value);
  if (path.length !== 1 || !isObject(value)) return value;
  return path[0] === "healthCheck" ? canonicalHealthCheck(value) : canonicalLogConfiguration(value);
}

export function hashField(path: readonly string[], value: Json): string {
  return hash(canonicalField(path, value));
}

function hash(value: Json): string {
  return createHash("sha256").update(stableStringify(value)).digest("hex").slice(0, 16);
}

/** Of the values in a sidecar that nobody is shown unless they are ours; undefined: it has none. */
export function hashValues({ environment, logConfiguration: log }: JsonObject): string | undefined {
  const { environment: variables } = canonicalContainer({ environment });
  const options = isObject(log) ? log["options"] : undefined;
  const hasOptions = isObject(options) && Object.keys(options).length > 0;
  const values = dropAbsent({ environment: variables, ...(hasOptions ? { options } : {}) });
  return Object.keys(values).length === 0 ? undefined : hash(values);
}

/** The record of a sidecar without that hash: to it alone nothing is owed, least of all a deployment. */
export function withoutHash(container: JsonObject, owner: string): JsonObject {
  const record = readLabel(container, owner);
  const labels = container["dockerLabels"];
  if (record?.written === undefined || !isObject(labels)) return container;
  // Written by hand, it differs from what we would write: it still does.
  if (labels[layerLabel(owner)] !== stableStringify(record as unknown as JsonObject)) return container;
  const { written: _, ...rest } = record;
  const label = stableStringify(rest as unknown as JsonObject);
  return { ...container, dockerLabels: { ...labels, [layerLabel(owner)]: label } };
}

/** A label of another shape, by hand or by a later version, is not read as a record. */
function isContainerRecord(value: unknown): value is ContainerRecord {
  if (!isObject(value) || value["v"] !== 1) return false;
  const { fields = {}, made = [], task = {}, written = "" } = value;
  return (
    isTaskRecord(task) &&
    typeof written === "string" &&
    isObject(fields) &&
    Object.values(fields).every((field) => isObject(field) && typeof field["written"] === "string") &&
    Array.isArray(made) &&
    made.every((name) => typeof name === "string")
  );
}
