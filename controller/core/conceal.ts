// Conceals in a snapshot what a plan hides, so that whatever ecsmon makes of the concealed it would have made of the
// open one: hidden values become tokens (core/conceal-token.ts), and the records of layers are written anew for the
// values that stand there now. Pure.
import { isObject, type Json, type JsonObject, jsonEqual, stableStringify } from "../model/json.ts";
import { type Conceal, concealJson } from "./conceal-token.ts";
import { showTarget } from "./event-targets.ts";
import {
  type Hiding,
  hideInCommandField,
  hideInContainer,
  hideInDefinition,
  hideInLogConfiguration,
  hideInLogOptions,
  hideInMonitorField,
  hidesOption,
  mapEntries,
  type Owned,
  ownedIn,
  parseRecord,
  unowned,
} from "./hidden-values.ts";
import { ejectContainer } from "./layer.ts";
import {
  type ContainerRecord,
  type FieldRecord,
  fieldPath,
  getAt,
  hashField,
  hashValues,
  layerLabel,
  ownersIn,
  readLabel,
} from "./layer-record.ts";

/**
 * Log options that are read, not only compared: which group and Region a container logs to, and which output of FireLens
 * takes the lines. None of them is a place for a secret. Option names have no case.
 */
const readOptions: ReadonlySet<string> = new Set([
  "awslogs-group",
  "awslogs-region",
  "name",
  "region",
  "log_group_name",
]);

/** Words by which OpenTelemetry sends no metrics: an audit has to know them. No text at all is no secret either. */
const readWords: Readonly<Record<string, string>> = {
  OTEL_METRICS_EXPORTER: "none",
  OTEL_SDK_DISABLED: "true",
};

/** A task definition as RegisterTaskDefinition takes it. */
export function concealDefinition(input: JsonObject, conceal: Conceal): JsonObject {
  return hideInDefinition(input, hidingBy(conceal), (containers) =>
    Array.isArray(containers)
      ? containers.map((one) => (isObject(one) ? concealContainer(one, conceal) : concealJson(one, conceal)))
      : concealJson(containers, conceal),
  );
}

function concealContainer(container: JsonObject, conceal: Conceal): JsonObject {
  return hideInContainer(container, ownedIn(container), {
    ...hidingBy(conceal),
    record: (owner, value) => concealRecord(container, owner, value, conceal),
  });
}

/** A log configuration of anybody's, to be compared with another. */
export function concealLogConfiguration(value: Json, conceal: Conceal): Json {
  return hideInLogConfiguration(value, unowned, hidingBy(conceal));
}

/** What an environment variable holds. */
function concealVariable(name: string, open: Json, conceal: Conceal): Json {
  return open === "" || open === readWords[name] ? open : concealJson(open, conceal);
}

export function hidingBy(conceal: Conceal): Hiding {
  const value = (open: Json): Json => concealJson(open, conceal);
  return {
    value,
    variable: (name, open) => concealVariable(name, open, conceal),
    // No text at all is no secret: whether there is a prefix for streams matters.
    option: (key, open) =>
      open === "" || (readOptions.has(key.toLowerCase()) && typeof open === "string") ? open : value(open),
    record: (_, open) => value(open),
  };
}

/**
 * The record holds what stood there before, and hashes of what we wrote, by which it is told whether that still stands.
 * One that cannot be read still cannot be, and says as little or as much of what is ours.
 */
function concealRecord(container: JsonObject, owner: string, value: Json, conceal: Conceal): Json {
  if (typeof value !== "string") return concealJson(value, conceal);
  const record = readLabel(container, owner);
  const others = ownersIn(container).filter((other) => other !== owner);
  const states = [container, ...others.map((other) => uncover(container, other))];
  if (record === undefined) return concealUnreadable(value, states, conceal);
  const below = uncover(container, owner);
  const standing = standingIn(below);
  const ownerOf = (name: string, original: Json): Owned =>
    jsonEqual(getAt(below, fieldPath(name)), original) ? standing : unowned;
  const fields = Object.fromEntries(
    Object.entries(record.fields ?? {}).map(([name, { original, written }]): [string, FieldRecord] => [
      name,
      {
        ...(original === undefined
          ? {}
          : { original: concealField(name, original, ownerOf(name, original), conceal) }),
        written: concealWritten(name, written, states, conceal),
      },
    ]),
  );
  const known = knownOf(record);
  const written = record.written !== undefined && {
    written: concealWrittenValues(record.written, states, conceal),
  };
  const text = stableStringify({
    ...known,
    ...written,
    ...(Object.keys(fields).length === 0 ? {} : { fields }),
  });
  // Written by hand, it differs from what we would write: it still does.
  return value === text || value === stableStringify(known) ? text : `${text} `;
}

/** Without members that somebody has added. */
function knownOf({ v, sidecar, name, written: hash, task, fields = {}, made }: ContainerRecord): JsonObject {
  const known = Object.entries(fields).map(([field, { original, written }]) => [
    field,
    { original, written },
  ]);
  const all = { v, sidecar, name, written: hash, task, made };
  return JSON.parse(
    JSON.stringify(known.length === 0 ? all : { ...all, fields: Object.fromEntries(known) }),
  ) as JsonObject;
}

function concealUnreadable(text: string, states: readonly JsonObject[], conceal: Conceal): string {
  const { sidecar, name, written, fields, v } = parseRecord(text);
  if (sidecar === undefined && !isObject(fields)) return conceal(text);
  const names = isObject(fields) ? { fields: mapEntries(fields, () => ({})) } : {};
  return stableStringify({
    v: typeof v === "string" ? conceal(v) : conceal(text),
    ...(sidecar === undefined ? {} : { sidecar: sidecar === true }),
    ...(name === undefined ? {} : { name: name === null ? null : String(name) }),
    ...(typeof written === "string" ? { written: concealWrittenValues(written, states, conceal) } : {}),
    ...names,
  });
}

/** The container as the owner's layer found it, whatever was laid or written over it since. */
function uncover(container: JsonObject, owner: string): JsonObject {
  const record = readLabel(container, owner);
  const labels = container["dockerLabels"];
  if (record?.fields === undefined || !isObject(labels)) return container;
  const fields = Object.fromEntries(
    Object.entries(record.fields).map(([name, field]) => {
      const live = getAt(container, fieldPath(name));
      const stands = live !== undefined && field.written !== "";
      return [name, stands ? { ...field, written: hashField(fieldPath(name), live) } : field];
    }),
  );
  const label = stableStringify({ ...record, fields });
  return ejectContainer({ ...container, dockerLabels: { ...labels, [layerLabel(owner)]: label } }, owner);
}

/** What other owners' layers still have standing, once one is off: values of theirs are no secrets of the owner's. */
function standingIn(container: JsonObject): Owned {
  const { whole } = ownedIn(container);
  const fields = ownersIn(container).flatMap((owner) =>
    Object.entries(readLabel(container, owner)?.fields ?? {}).flatMap(([name, { written }]) => {
      const live = getAt(container, fieldPath(name));
      return live !== undefined && hashField(fieldPath(name), live) === written ? [name] : [];
    }),
  );
  return { whole, fields: new Set(fields) };
}

/** A value as it is concealed where it stands, or would stand. */
function concealField(name: string, value: Json, owned: Owned, conceal: Conceal): Json {
  const [root, options, key] = fieldPath(name);
  const hiding = hidingBy(conceal);
  if (root === "healthCheck" && options === undefined) return hideInCommandField(root, value, hiding);
  if (root !== "logConfiguration") return value;
  if (options === undefined) return hideInLogConfiguration(value, owned, hiding);
  if (options !== "options") return value;
  if (key === undefined) return hideInLogOptions(value, owned, hiding);
  return value !== null && hidesOption(owned, key, value) ? hiding.option(key, value) : value;
}

/** `states`: the container as it stands, and without each other owner's layer. */
function concealWritten(
  name: string,
  written: string,
  states: readonly JsonObject[],
  conceal: Conceal,
): string {
  const path = fieldPath(name);
  for (const container of states) {
    const value = getAt(container, path);
    if (value === undefined || hashField(path, value) !== written) continue;
    const owned = { whole: false, fields: new Set([name]) };
    return hashField(path, concealField(name, value, owned, conceal));
  }
  // It stands nowhere. Of what may have been a secret not even the hash stays: short ones can be guessed by it.
  return written !== "" && mayBeSecret(name) ? conceal(written) : written;
}

/** Of a sidecar: once a value is not the one that we wrote, none is shown as ours, and none may be found by the hash. */
function concealWrittenValues(written: string, states: readonly JsonObject[], conceal: Conceal): string {
  const standing = states.find((container) => hashValues(container) === written);
  if (standing === undefined) return conceal(written);
  return (
    hashValues(hideInContainer(standing, { whole: true, fields: new Set() }, hidingBy(conceal))) ?? written
  );
}

function mayBeSecret(name: string): boolean {
  const [root, options, key] = fieldPath(name);
  if (root === "healthCheck") return true;
  if (root !== "logConfiguration") return false;
  if (options === undefined) return true;
  return options === "options" && (key === undefined || hidesOption({ ...unowned, whole: true }, key, ""));
}

/** A monitor of Mackerel's. What is empty there says that there is none: it stays. */
export function concealMonitor(monitor: JsonObject, conceal: Conceal): JsonObject {
  return mapEntries(monitor, (field, value) =>
    value === "" ? value : hideInMonitorField(field, value, (open) => concealJson(open, conceal)),
  );
}

/**
 * A target of an EventBridge rule. What somebody has added to it is not even compared: that it is there is all that
 * counts, and which task definition it runs.
 */
export function concealTarget(target: JsonObject): JsonObject {
  const parameters = target["EcsParameters"];
  const definition = isObject(parameters) ? parameters["TaskDefinitionArn"] : undefined;
  return {
    ...showTarget(target),
    ...(definition === undefined ? {} : { EcsParameters: { TaskDefinitionArn: definition } }),
  };
}
