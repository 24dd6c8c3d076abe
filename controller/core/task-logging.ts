// `logging`: which containers get which log driver and options.
// Options go in one by one beside those that stand there; a log configuration of another kind is replaced as a whole.
import { findOption, isCloudWatchOutput, outputOf } from "../api/log-options.ts";
import type { LoggingSpec } from "../api/schema.ts";
import { isObject, type Json, type JsonObject } from "../model/json.ts";
import { block } from "./blocked.ts";
import { containersOf, type FieldPatch } from "./layer.ts";
import { driverOf, isRouter } from "./log-destination.ts";
import type { Selected } from "./select.ts";
import { chooseGroup, chosenContainers, logDriver, optionsOf } from "./service-log-group.ts";

/** What sidecars of presets and the router log by: never FireLens, which would lose what is to be known of its failure. */
export function agentLogConfiguration(
  logging: LoggingSpec,
  selected: Selected,
  base: JsonObject,
): JsonObject {
  // Options of a FireLens output mean nothing to awslogs.
  const spec = logDriver(logging) === "awslogs" ? logging : { ...logging, options: null };
  return { logDriver: "awslogs", options: awslogsOptions(spec, selected, base, undefined) };
}

export function resolveLogging(spec: LoggingSpec, selected: Selected, base: JsonObject): FieldPatch[] {
  return requireContainers(spec, containersOf(base)).flatMap((container) =>
    patchLogging(container, spec, selected, base),
  );
}

function requireContainers(spec: LoggingSpec, containers: readonly JsonObject[]): JsonObject[] {
  const { container: name } = spec;
  if (name != null && isRouter(findContainer(containers, name, "logging.container")))
    throw block(
      "InvalidContainer",
      `logging.container is ${name}, a FireLens router, which is never touched; name a container that logs to it`,
    );
  return chosenContainers(spec, containers);
}

export function findContainer(containers: readonly JsonObject[], name: string, field: string): JsonObject {
  const found = containers.find((container) => container["name"] === name);
  if (found !== undefined) return found;
  const names = containers.map((container) => container["name"]).join(", ");
  throw block("MissingReference", `${field} is ${name}, but the task definition has only ${names}`);
}

function patchLogging(
  container: JsonObject,
  spec: LoggingSpec,
  selected: Selected,
  base: JsonObject,
): FieldPatch[] {
  const name = String(container["name"]);
  const driver = logDriver(spec);
  const current = driverOf(container);
  /** `existing`: what the container gives this driver now, undefined if it has another one or none. */
  const optionsFor = (existing: JsonObject | undefined): Record<string, string> =>
    (driver === "awslogs" ? awslogsOptions : firelensOptions)(spec, selected, base, existing);
  if (current !== undefined && (current !== driver || isOtherOutput(spec, container))) {
    refuseReplacement(container, spec, name);
    const secrets = spec.secretOptions
      ? { secretOptions: spec.secretOptions.map((one) => ({ ...one })) }
      : {};
    const value = { logDriver: driver, options: optionsFor(undefined), ...secrets };
    return [{ container: name, path: ["logConfiguration"], value }];
  }
  const options = optionsFor(current === undefined ? undefined : (optionsOf(container) ?? {}));
  const secretOptions = mergeSecretOptions(container, spec);
  const leaves: (readonly [path: readonly string[], value: Json])[] = [
    [["logDriver"], driver],
    ...Object.entries(options).map(([key, value]) => [["options", key], value] as const),
    ...(secretOptions === undefined ? [] : [[["secretOptions"], secretOptions] as const]),
  ];
  return leaves.map(([path, value]) => ({ container: name, path: ["logConfiguration", ...path], value }));
}

/** Options of two outputs do not mix: one output's key is another's mistake. */
function isOtherOutput(spec: LoggingSpec, container: JsonObject): boolean {
  if (logDriver(spec) !== "awsfirelens") return false;
  const [wanted, current] = [outputOf(spec.options), outputOf(optionsOf(container))];
  return wanted !== undefined && current !== undefined && wanted !== current;
}

function refuseReplacement(container: JsonObject, spec: LoggingSpec, name: string): void {
  if (spec.replaceDriver) return;
  const driver = String(driverOf(container));
  const output = driver === logDriver(spec) ? ` to ${outputOf(optionsOf(container))}` : "";
  throw block(
    "ForeignLogDriver",
    `container ${name} logs by ${driver}${output}; set logging.replaceDriver: true to replace it, or name another logging.container`,
  );
}

function awslogsOptions(
  spec: LoggingSpec,
  selected: Selected,
  base: JsonObject,
  existing: JsonObject | undefined,
): Record<string, string> {
  const { group, region } = chooseGroup(spec, selected, base, {
    group: text(existing?.["awslogs-group"]),
    region: text(existing?.["awslogs-region"]),
  });
  return {
    "awslogs-group": group,
    "awslogs-region": region,
    "awslogs-stream-prefix": spec.streamPrefix ?? text(existing?.["awslogs-stream-prefix"]) ?? "ecs",
    ...givenOptions(spec),
  };
}

/**
 * `existing`: of a container that logs by awsfirelens already. Where the policy names no output, its own stays.
 * Without any: to CloudWatch Logs, one stream for each container and task, the lines as they are.
 */
function firelensOptions(
  spec: LoggingSpec,
  selected: Selected,
  base: JsonObject,
  existing: JsonObject | undefined,
): Record<string, string> {
  const given = givenOptions(spec);
  const output = outputOf(given) ?? (existing === undefined ? "cloudwatch_logs" : outputOf(existing));
  const all = { ...defaultsOf(output, spec, selected, base, existing, given), ...given };
  // An option that stands there in another spelling would else stand there twice.
  return Object.fromEntries(
    Object.entries(all).map(([key, value]) => [findOption(existing, key)?.[0] ?? key, value]),
  );
}

function defaultsOf(
  output: string | undefined,
  spec: LoggingSpec,
  selected: Selected,
  base: JsonObject,
  existing: JsonObject | undefined,
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  if (!isCloudWatchOutput(output)) return {};
  const standing = (option: string): string | undefined => findOption(existing, option)?.[1];
  const { group, region } = chooseGroup(spec, selected, base, {
    group: standing("log_group_name"),
    region: standing("region"),
  });
  const prefix = spec.streamPrefix ?? undefined;
  const isNamed = (option: string): boolean => findOption({ ...existing, ...given }, option) !== undefined;
  const defaults: Record<string, string | undefined> = {
    Name: output,
    region,
    log_group_name: group,
    // Two ways to name a stream, of which an output takes one.
    log_stream_prefix: isNamed("log_stream_name")
      ? undefined
      : ((prefix === undefined ? standing("log_stream_prefix") : undefined) ?? `${prefix ?? "ecs"}/`),
    auto_create_group: standing("auto_create_group") ?? "false",
    // Without it each event is a JSON object around the line, which no pattern of a metric filter expects.
    log_key: existing === undefined ? "log" : standing("log_key"),
  };
  return Object.fromEntries(
    Object.entries(defaults).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && findOption(given, entry[0]) === undefined,
    ),
  );
}

/** One value: entries of the policy in place of those of the same name, the others as they stand. */
function mergeSecretOptions(container: JsonObject, { secretOptions }: LoggingSpec): Json | undefined {
  if (!secretOptions) return undefined;
  const log = container["logConfiguration"];
  const standing = isObject(log) && Array.isArray(log["secretOptions"]) ? log["secretOptions"] : [];
  const given = new Map(secretOptions.map((one) => [one.name, { ...one }]));
  const kept = standing.filter(isObject).filter(({ name }) => !given.has(String(name)));
  return [...kept, ...given.values()];
}

function givenOptions(spec: LoggingSpec): Record<string, string> {
  return Object.fromEntries(
    Object.entries(spec.options ?? {}).filter((entry): entry is [string, string] => entry[1] !== null),
  );
}

function text(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
