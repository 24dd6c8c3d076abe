// A task definition may hold secrets in clear text: environment variables, log options; a monitor may too: what it
// sends. A monitor's are hidden whoever wrote them; a task definition's where they are not ours, and ours where their
// name tells of a secret. What is ours is told by our record in the container's labels; without a record, and wherever a
// path is not understood, a value is not ours.
import { namesSecret } from "../../api/secret-words.ts";
import { isObject, type Json, type JsonObject } from "../../model/json.ts";
import type { Change, Difference } from "../../model/plan.ts";

export const hidden = "(hidden)";
export const record = "(record)";
const recordLabel = "ecsmon.dev/layer.";

/** Every renderer goes through here, so that none can forget it. */
export function redactChange(change: Change): Change {
  if (change.kind === "MackerelMonitor") return redactMonitor(change);
  if (change.kind !== "TaskDefinition") return change;
  return {
    ...change,
    before: change.before && redactDefinition(change.before),
    after: change.after && redactDefinition(change.after),
    differences: change.differences.map((difference) => redactDifference(difference, change)),
  };
}

/** An external monitor may send a token: in a header, in its body, in the URL. Names stay. */
function redactMonitor(change: Change): Change {
  const redact = (monitor: JsonObject): JsonObject =>
    mapEntries(monitor, (field, value) => redactMonitorField([{ text: field, bracket: false }], value));
  return {
    ...change,
    before: change.before && redact(change.before),
    after: change.after && redact(change.after),
    differences: change.differences.map(({ path, before, after }) => ({
      path,
      before: redactMonitorField(parsePath(path), before),
      after: redactMonitorField(parsePath(path), after),
    })),
  };
}

function redactMonitorField(path: readonly Step[], value: Json): Json {
  if (value === null) return value;
  switch (path[0]?.text) {
    case "headers":
      if (Array.isArray(value)) return value.map((header) => redactMonitorField(path, header));
      if (isObject(value)) return mapMember(value, "value", () => hidden);
      return path.at(-1)?.text === "name" && path.length > 2 ? value : hidden;
    case "requestBody":
      return hidden;
    case "url":
      return typeof value === "string" ? redactUrl(value) : hidden;
    default:
      return value;
  }
}

function redactUrl(url: string): string {
  return url
    .replace(/^([a-z]+:\/\/)[^/?#]*@/i, `$1${hidden}@`)
    .replaceAll(/([?&][^=&#]*=)[^&#]+/g, `$1${hidden}`);
}

function redactDefinition(definition: JsonObject): JsonObject {
  return mapMember(definition, "containerDefinitions", redactContainers);
}

function redactContainers(containers: Json): Json {
  return Array.isArray(containers) ? containers.map(redactContainer) : hidden;
}

function redactContainer(container: Json): Json {
  if (!isObject(container)) return hidden;
  const owned = readOwned(container);
  let result = mapMember(container, "environment", (value) => redactEnvironment(value, owned));
  result = mapMember(result, "logConfiguration", (value) => redactLogConfiguration(value, owned));
  return mapMember(result, "dockerLabels", redactLabels);
}

/** What of one container is ours. */
interface Owned {
  readonly whole: boolean;
  /** Paths inside the container, such as `logConfiguration.options.mode`. */
  readonly fields: ReadonlySet<string>;
}

const nothing: Owned = { whole: false, fields: new Set() };

function readOwned(container: JsonObject): Owned {
  const labels = isObject(container["dockerLabels"]) ? container["dockerLabels"] : {};
  const records = Object.entries(labels)
    .filter(([key]) => key.startsWith(recordLabel))
    .map(([, value]) => parseRecord(value));
  return {
    whole: records.some((entry) => entry["sidecar"] === true),
    fields: new Set(
      records.flatMap((entry) => (isObject(entry["fields"]) ? Object.keys(entry["fields"]) : [])),
    ),
  };
}

function parseRecord(text: unknown): JsonObject {
  if (typeof text !== "string") return {};
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function ownsField(owned: Owned, path: string): boolean {
  if (owned.whole || owned.fields.has(path)) return true;
  return [...owned.fields].some((field) => path.startsWith(`${field}.`));
}

function redactEnvironment(value: Json, owned: Owned): Json {
  if (!Array.isArray(value)) return hidden;
  return value.map((variable) => redactVariable(variable, owned));
}

function redactVariable(variable: Json, owned: Owned): Json {
  if (owned.whole && isObject(variable) && !namesSecret(String(variable["name"]))) return variable;
  return isObject(variable) ? mapMember(variable, "value", () => hidden) : hidden;
}

function redactLogConfiguration(value: Json, owned: Owned): Json {
  if (!isObject(value)) return value;
  return mapMember(value, "options", (options) => redactLogOptions(options, owned));
}

function redactLogOptions(options: Json, owned: Owned): Json {
  if (!isObject(options)) return hidden;
  return mapEntries(options, (key, value) =>
    ownsField(owned, `logConfiguration.options.${key}`) && !namesSecret(key) ? value : hidden,
  );
}

function redactLabels(labels: Json): Json {
  if (!isObject(labels)) return labels;
  return mapEntries(labels, (key, value) => redactLabel(key, value));
}

function redactLabel(key: string, value: Json): Json {
  if (key.startsWith(recordLabel)) return record;
  return namesSecret(key) ? hidden : value;
}

function redactDifference(difference: Difference, change: Change): Difference {
  const path = parsePath(difference.path);
  return {
    path: difference.path,
    before: redactAt(path, difference.before, change.before),
    after: redactAt(path, difference.after, change.after),
  };
}

/** The value that stands at `path` in `side`, the task definition before or after the change. */
function redactAt(path: readonly Step[], value: Json, side: JsonObject | null): Json {
  if (value === null) return value;
  const [root, name, field, ...rest] = path;
  if (root === undefined) return isObject(value) ? redactDefinition(value) : hidden;
  if (root.text !== "containerDefinitions") return value;
  if (name === undefined) return redactContainers(value);
  if (field === undefined) return redactContainer(value);

  const container = findContainer(side, name.text);
  const owned = container === undefined ? nothing : readOwned(container);
  switch (field.text) {
    case "environment":
      return redactEnvironmentAt(rest, value, owned, container);
    case "logConfiguration":
      return redactLogConfigurationAt(rest, value, owned);
    case "dockerLabels":
      if (rest.length === 0) return redactLabels(value);
      return redactLabel(joinSteps(rest), value);
    default:
      return value;
  }
}

function redactEnvironmentAt(
  rest: readonly Step[],
  value: Json,
  owned: Owned,
  container: JsonObject | undefined,
): Json {
  const [step] = rest;
  if (step === undefined) return redactEnvironment(value, owned);
  const isName = rest.length === 2 && rest[1]?.text === "name" && !rest[1].bracket;
  if (isName) return value;
  if (rest.length === 1 && isObject(value)) return redactVariable(value, owned);
  return owned.whole && !namesSecret(variableName(step.text, container)) ? value : hidden;
}

/** Variables are told apart by their names, or where a list has no names by their places. */
function variableName(step: string, container: JsonObject | undefined): string {
  const list = container?.["environment"];
  const entry = /^[0-9]+$/.test(step) && Array.isArray(list) ? list[Number(step)] : undefined;
  return isObject(entry) ? String(entry["name"]) : step;
}

function redactLogConfigurationAt(rest: readonly Step[], value: Json, owned: Owned): Json {
  const [field, ...key] = rest;
  if (field === undefined) return redactLogConfiguration(value, owned);
  if (field.text !== "options") return value;
  if (key.length === 0) return redactLogOptions(value, owned);
  const name = joinSteps(key);
  return ownsField(owned, `logConfiguration.options.${name}`) && !namesSecret(name) ? value : hidden;
}

function findContainer(definition: JsonObject | null, name: string): JsonObject | undefined {
  const containers = definition?.["containerDefinitions"];
  return Array.isArray(containers)
    ? containers.filter(isObject).find((container) => container["name"] === name)
    : undefined;
}

interface Step {
  readonly text: string;
  /** Written as `[text]`, not as `.text`. */
  readonly bracket: boolean;
}

/** `a.b[0]["c"]` as steps. */
export function parsePath(path: string): readonly Step[] {
  return [...path.matchAll(/\[("(?:[^"\\]|\\.)*"|[^\]]*)\]|[^.[]+/g)].map(([all, inner]) =>
    inner === undefined ? { text: all, bracket: false } : { text: unquote(inner), bracket: true },
  );
}

function unquote(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replaceAll(/\\(.)/g, "$1") : text;
}

function joinSteps(steps: readonly Step[]): string {
  return steps.map((step) => step.text).join(".");
}

function mapMember(object: JsonObject, key: string, change: (value: Json) => Json): JsonObject {
  const value = object[key];
  return value === undefined || value === null ? object : { ...object, [key]: change(value) };
}

function mapEntries(object: JsonObject, change: (key: string, value: Json) => Json): JsonObject {
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [key, value === undefined ? undefined : change(key, value)]),
  );
}
