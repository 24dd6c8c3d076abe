// What a plan shows of the values that may be secrets: nothing (core/hidden-values.ts says which they are). Wherever a
// path is not understood, a value is hidden.
import {
  type CommandField,
  type Hiding,
  hideInCommandField,
  hideInContainer,
  hideInDefinition,
  hideInEnvironment,
  hideInLabel,
  hideInLabels,
  hideInLogConfiguration,
  hideInLogOptions,
  hideInMonitorField,
  hideInProxy,
  hideInVariable,
  hideInVolumes,
  hidesOption,
  hidesVariable,
  mapEntries,
  type Owned,
  ownedIn,
  unowned,
} from "../../core/hidden-values.ts";
import { isObject, type Json, type JsonObject } from "../../model/json.ts";
import type { Change, Difference } from "../../model/plan.ts";

export const hidden = "(hidden)";
export const record = "(record)";
const hide = (): string => hidden;
const hiding: Hiding = { value: hide, variable: hide, option: hide, record: () => record };

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

function redactMonitor(change: Change): Change {
  const redact = (monitor: JsonObject): JsonObject =>
    mapEntries(monitor, (field, value) => hideInMonitorField(field, value, hide));
  return {
    ...change,
    before: change.before && redact(change.before),
    after: change.after && redact(change.after),
    differences: change.differences.map(({ path, before, after, ...rest }) => ({
      path,
      before: redactMonitorAt(parsePath(path), before),
      after: redactMonitorAt(parsePath(path), after),
      ...rest,
    })),
  };
}

function redactMonitorAt(path: readonly Step[], value: Json): Json {
  const isHeaderName = path[0]?.text === "headers" && path.length > 2 && path.at(-1)?.text === "name";
  return isHeaderName ? value : hideInMonitorField(path[0]?.text ?? "", value, hide);
}

function redactDefinition(definition: JsonObject): JsonObject {
  return hideInDefinition(definition, hiding, redactContainers);
}

function redactContainers(containers: Json): Json {
  return Array.isArray(containers) ? containers.map(redactContainer) : hidden;
}

function redactContainer(container: Json): Json {
  return isObject(container) ? hideInContainer(container, ownedIn(container), hiding) : hidden;
}

function redactDifference(difference: Difference, change: Change): Difference {
  const path = parsePath(difference.path);
  return {
    ...difference,
    before: redactAt(path, difference.before, change.before),
    after: redactAt(path, difference.after, change.after),
  };
}

/** The value that stands at `path` in `side`, the task definition before or after the change. */
function redactAt(path: readonly Step[], value: Json, side: JsonObject | null): Json {
  if (value === null) return value;
  const [root, name, field, ...rest] = path;
  if (root === undefined) return isObject(value) ? redactDefinition(value) : hidden;
  if (root.text === "volumes") {
    const steps = path.slice(1).map((step) => step.text);
    return hideInVolumes(value, steps, hiding);
  }
  if (root.text === "proxyConfiguration") return path.length === 1 ? hideInProxy(value, hiding) : hidden;
  if (root.text !== "containerDefinitions") return value;
  if (name === undefined) return redactContainers(value);

  // A difference is told of the canonical form, whose record has lost the hash that tells what is ours: the side has it.
  const container = findContainer(side, name.text);
  const owned = container === undefined ? unowned : ownedIn(container);
  if (field === undefined) return isObject(value) ? hideInContainer(value, owned, hiding) : hidden;
  switch (field.text) {
    case "environment":
      return redactEnvironmentAt(rest, value, owned, container);
    case "logConfiguration":
      return redactLogConfigurationAt(rest, value, owned);
    case "command":
    case "entryPoint":
    case "healthCheck":
      return redactCommandAt(field.text, rest, value);
    case "dockerLabels":
      if (rest.length === 0) return hideInLabels(value, hiding);
      return hideInLabel(joinSteps(rest), value, hiding);
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
  if (step === undefined) return hideInEnvironment(value, owned, hiding);
  const isName = rest.length === 2 && rest[1]?.text === "name" && !rest[1].bracket;
  if (isName) return value;
  if (rest.length === 1 && isObject(value)) return hideInVariable(value, owned, hiding);
  return hidesVariable(owned, variableName(step.text, container), value) ? hidden : value;
}

/** Variables are told apart by their names, or where a list has no names by their places. */
function variableName(step: string, container: JsonObject | undefined): string {
  const list = container?.["environment"];
  const entry = /^[0-9]+$/.test(step) && Array.isArray(list) ? list[Number(step)] : undefined;
  return isObject(entry) ? String(entry["name"]) : step;
}

function redactLogConfigurationAt(rest: readonly Step[], value: Json, owned: Owned): Json {
  const [field, ...key] = rest;
  if (field === undefined) return hideInLogConfiguration(value, owned, hiding);
  if (field.text !== "options") return value;
  if (key.length === 0) return hideInLogOptions(value, owned, hiding);
  return hidesOption(owned, joinSteps(key), value) ? hidden : value;
}

/** Of one argument alone it is not known what the others tell of it. */
function redactCommandAt(field: CommandField, rest: readonly Step[], value: Json): Json {
  const [member, ...deeper] = rest;
  if (member === undefined) return hideInCommandField(field, value, hiding);
  if (field !== "healthCheck" || deeper.length > 0) return hidden;
  return member.text === "command" ? hideInCommandField("command", value, hiding) : value;
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
  return [...path.matchAll(/\[("(?:[^"\\]|\\.)*"|[^\]]*)(?:\]|$)|[^.[]+/g)].map(([all, inner]) =>
    inner === undefined ? { text: all, bracket: false } : { text: unquote(inner), bracket: true },
  );
}

function unquote(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replaceAll(/\\(.)/g, "$1") : text;
}

function joinSteps(steps: readonly Step[]): string {
  return steps.map((step) => step.text).join(".");
}
