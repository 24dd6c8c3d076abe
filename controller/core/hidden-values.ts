// Which values nobody is shown. A task definition may hold secrets in clear text: environment variables, log options,
// commands; a monitor may too: what it sends. A monitor's are hidden whoever wrote them; a task definition's where they
// are not ours, and ours where something tells of a secret: its name, in a command what stands before it. What is ours is
// told by our record in the container's labels, and by a hash in it of what we wrote: once somebody has written over it or
// added to it, of a whole sidecar no value is ours. Without a record, and wherever a form is not understood, a value is
// not ours. What plans show and what snapshots hold, both go by this.
import { namesSecret } from "../api/secret-words.ts";
import { isObject, type Json, type JsonObject } from "../model/json.ts";
import { isConcealed } from "./conceal-token.ts";
import { ejectContainer } from "./layer.ts";
import { fieldPath, getAt, hashField, hashValues, labelPrefix, ownersIn } from "./layer-record.ts";
import { coverInCommand } from "./secret-text.ts";

/** What of one container is ours, or another owner's. */
export interface Owned {
  /** A sidecar whose values stand as written. */
  readonly whole: boolean;
  /** Paths inside the log configuration, such as `logConfiguration.options.mode`. */
  readonly fields: ReadonlySet<string>;
}

export const unowned: Owned = { whole: false, fields: new Set() };

/** What stands in place of what is hidden. */
export interface Hiding {
  /** Of a label, within a command, or what has a form that is not understood. */
  value(value: Json): Json;
  /** Of an environment variable, which some logic may have to read. */
  variable(name: string, value: Json): Json;
  /** Of a log option, which some logic may have to read. */
  option(key: string, value: Json): Json;
  /** Of a label with our record. */
  record(owner: string, value: Json): Json;
}

export function ownedIn(container: JsonObject): Owned {
  const owners = ownersIn(container);
  const labels = isObject(container["dockerLabels"]) ? container["dockerLabels"] : {};
  const records = owners.map((owner) => [owner, parseRecord(labels[`${labelPrefix}${owner}`])] as const);
  // Another owner's layer may lie in the middle of a value of ours: what we wrote stands below it.
  const states = owners.map((owner) => ({ without: owner, container: ejectContainer(container, owner) }));
  const statesUnder = (owner: string): JsonObject[] => [
    container,
    ...states.flatMap((one) => (one.without === owner ? [] : [one.container])),
  ];
  const stands = (owner: string, name: string, written: Json | undefined): boolean =>
    statesUnder(owner).some((state) => {
      const live = getAt(state, fieldPath(name));
      return live !== undefined && hashField(fieldPath(name), live) === written;
    });
  const isWhole = (owner: string, { sidecar, name, written }: JsonObject): boolean =>
    sidecar === true &&
    (name === undefined || name === container["name"]) &&
    written !== undefined &&
    statesUnder(owner).some((state) => hashValues(state) === written);
  return {
    whole: records.some(([owner, record]) => isWhole(owner, record)),
    fields: new Set(
      records.flatMap(([owner, { fields }]) =>
        Object.entries(isObject(fields) ? fields : {}).flatMap(([name, field]) =>
          isObject(field) && isHideable(name) && stands(owner, name, field["written"]) ? [name] : [],
        ),
      ),
    ),
  };
}

/** Of fields, only those of the log configuration are asked for. */
function isHideable(name: string): boolean {
  return name.split(".")[0] === "logConfiguration";
}

/** Those that the layer itself cannot read, too: what a later version writes is ours as well. */
export function parseRecord(text: unknown): JsonObject {
  if (typeof text !== "string") return {};
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

export function hidesVariable({ whole }: Owned, name: string, value: Json): boolean {
  return !whole || namesSecret(name) || isConcealed(value);
}

export function hidesOption(owned: Owned, key: string, value: Json): boolean {
  const isOpen = ownsField(owned, `logConfiguration.options.${key}`) || isPlainOption(key, value);
  return !isOpen || namesSecret(key) || isConcealed(value);
}

/** Log options whose values are words or sizes, no place for a secret while they have that form. Names have no case. */
const plainOptions: ReadonlyMap<string, RegExp> = new Map([
  ["mode", /^(non-)?blocking$/],
  ["max-buffer-size", /^[0-9]{1,10}[bkmg]?$/i],
  ["awslogs-create-group", /^(true|false)$/i],
  ["auto_create_group", /^(true|false|on|off)$/i],
  ["log_format", /^json(\/emf)?$/i],
]);

function isPlainOption(key: string, value: Json): boolean {
  return typeof value === "string" && plainOptions.get(key.toLowerCase())?.test(value) === true;
}

function ownsField(owned: Owned, path: string): boolean {
  if (owned.whole || owned.fields.has(path)) return true;
  return [...owned.fields].some((field) => path.startsWith(`${field}.`));
}

/** @param containers What becomes of `containerDefinitions`. */
export function hideInDefinition(
  definition: JsonObject,
  hiding: Hiding,
  containers: (value: Json) => Json,
): JsonObject {
  let result = mapMember(definition, "containerDefinitions", containers);
  result = mapMember(result, "proxyConfiguration", (proxy) => hideInProxy(proxy, hiding));
  return mapMember(result, "volumes", (volumes) => hideInVolumes(volumes, [], hiding));
}

/** What a proxy is told is anybody's: names stay. */
export function hideInProxy(proxy: Json, hiding: Hiding): Json {
  if (!isObject(proxy)) return hiding.value(proxy);
  return mapMember(proxy, "properties", (properties) =>
    Array.isArray(properties)
      ? properties.map((one) => (isObject(one) ? mapMember(one, "value", hiding.value) : hiding.value(one)))
      : hiding.value(properties),
  );
}

/**
 * What stands at a path below `volumes`, the volume's name first: a driver may be given the password that it mounts by.
 * Its options keep their names; labels are hidden as those of containers are.
 */
export function hideInVolumes(value: Json, path: readonly string[], hiding: Hiding): Json {
  const [volume, configuration, member, ...key] = path;
  const into = (object: Json, name: string): Json =>
    isObject(object)
      ? mapMember(object, name, (inner) => hideInVolumes(inner, [...path, name], hiding))
      : hiding.value(object);
  if (volume === undefined)
    return Array.isArray(value) ? value.map((one) => hideInVolumes(one, [""], hiding)) : hiding.value(value);
  if (configuration === undefined) return into(value, docker);
  if (configuration !== docker) return value;
  if (member === undefined) return into(into(value, "driverOpts"), "labels");
  if (member === "labels")
    return key.length === 0 ? hideInLabels(value, hiding) : hideInLabel(key.join("."), value, hiding);
  if (member !== "driverOpts") return value;
  return key.length === 0 && isObject(value)
    ? mapEntries(value, (_, option) => hiding.value(option))
    : hiding.value(value);
}

const docker = "dockerVolumeConfiguration";

export function hideInContainer(container: JsonObject, owned: Owned, hiding: Hiding): JsonObject {
  let result = mapMember(container, "environment", (value) => hideInEnvironment(value, owned, hiding));
  result = mapMember(result, "logConfiguration", (value) => hideInLogConfiguration(value, owned, hiding));
  for (const field of commandFields)
    result = mapMember(result, field, (value) => hideInCommandField(field, value, hiding));
  return mapMember(result, "dockerLabels", (value) => hideInLabels(value, hiding));
}

export const commandFields = ["command", "entryPoint", "healthCheck"] as const;
export type CommandField = (typeof commandFields)[number];

/** Where a container runs something: whoever wrote the command, what is secret in it is hidden. */
export function hideInCommandField(field: CommandField, value: Json, hiding: Hiding): Json {
  if (field !== "healthCheck") return coverInCommand(value, hiding.value);
  if (!isObject(value)) return hiding.value(value);
  return mapMember(value, "command", (command) => coverInCommand(command, hiding.value));
}

export function hideInEnvironment(value: Json, owned: Owned, hiding: Hiding): Json {
  if (!Array.isArray(value)) return hiding.value(value);
  return value.map((variable) => hideInVariable(variable, owned, hiding));
}

export function hideInVariable(variable: Json, owned: Owned, hiding: Hiding): Json {
  if (!isObject(variable)) return hiding.value(variable);
  const name = String(variable["name"]);
  return mapMember(variable, "value", (value) =>
    hidesVariable(owned, name, value) ? hiding.variable(name, value) : value,
  );
}

export function hideInLogConfiguration(value: Json, owned: Owned, hiding: Hiding): Json {
  if (!isObject(value)) return value;
  return mapMember(value, "options", (options) => hideInLogOptions(options, owned, hiding));
}

export function hideInLogOptions(options: Json, owned: Owned, hiding: Hiding): Json {
  if (!isObject(options)) return hiding.value(options);
  return mapEntries(options, (key, value) =>
    hidesOption(owned, key, value) ? hiding.option(key, value) : value,
  );
}

export function hideInLabels(labels: Json, hiding: Hiding): Json {
  if (!isObject(labels)) return labels;
  return mapEntries(labels, (key, value) => hideInLabel(key, value, hiding));
}

export function hideInLabel(key: string, value: Json, hiding: Hiding): Json {
  if (key.startsWith(labelPrefix)) return hiding.record(key.slice(labelPrefix.length), value);
  return namesSecret(key) || isConcealed(value) ? hiding.value(value) : value;
}

/** An external monitor may send a token: in a header, in its body, in the URL. Names stay. */
export function hideInMonitorField(field: string, value: Json, hide: (value: Json) => Json): Json {
  if (value === null) return value;
  switch (field) {
    case "headers":
      if (Array.isArray(value)) return value.map((header) => hideInMonitorField(field, header, hide));
      if (!isObject(value)) return hide(value);
      return mapEntries(value, (key, inner) => (key === "name" || inner === null ? inner : hide(inner)));
    case "requestBody":
      return hide(value);
    case "url":
      return typeof value === "string" ? hideInUrl(value, hide) : hide(value);
    default:
      return value;
  }
}

/** The user with the password, and the values of the query. */
export function hideInUrl(url: string, hide: (value: Json) => Json): string {
  return url
    .replace(/^([a-z]+:\/\/)([^/?#]*)@/i, (_, scheme: string, user: string) => `${scheme}${hide(user)}@`)
    .replaceAll(/([?&][^=&#?]*=)([^&#]+)/g, (_, name: string, value: string) => `${name}${hide(value)}`);
}

export function mapMember(object: JsonObject, key: string, change: (value: Json) => Json): JsonObject {
  const value = object[key];
  return value === undefined || value === null ? object : { ...object, [key]: change(value) };
}

export function mapEntries(object: JsonObject, change: (key: string, value: Json) => Json): JsonObject {
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [key, value === undefined ? undefined : change(key, value)]),
  );
}
