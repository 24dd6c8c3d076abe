// Which CloudWatch log group `logging` comes down to: the policy's, the one in use, or the default; and whether the
// service's own lines go there at all.
import { isCloudWatchOutput, outputOf } from "../api/log-options.ts";
import type { LoggingSpec } from "../api/schema.ts";
import { isObject, type JsonObject } from "../model/json.ts";
import { containersOf, isSidecar } from "./layer.ts";
import { driverOf, isRouter, type LogDestination, logDestination } from "./log-destination.ts";
import type { Selected } from "./select.ts";

export function logDriver(logging: LoggingSpec): "awslogs" | "awsfirelens" {
  return logging.driver ?? "awslogs";
}

/**
 * The log group that `logging` comes down to, given the definition without our layer (undefined if it could not be
 * read). With FireLens it may be that only sidecars log there: see `logsToGroup`.
 */
export function resolveLogGroup(
  logging: LoggingSpec,
  { workload: { cluster, service } }: Pick<Selected, "workload">,
  base: JsonObject | undefined,
): string {
  return logging.group ?? groupInUse(logging, base)?.group ?? `/ecs/${cluster}/${service}`;
}

/**
 * Whether any container of the owner's logs to that group: an output of FireLens may take the lines elsewhere.
 * undefined: only the definition would tell, and it could not be read.
 */
export function logsToGroup(logging: LoggingSpec, base: JsonObject | undefined): boolean | undefined {
  if (logDriver(logging) === "awslogs") return true;
  const wanted = outputOf(logging.options);
  if (wanted !== undefined) return isCloudWatchOutput(wanted);
  if (base === undefined) return undefined;
  return chosenContainers(logging, containersOf(base)).some(
    (container) =>
      driverOf(container) !== "awsfirelens" || isCloudWatchOutput(outputOf(optionsOf(container))),
  );
}

/** The group that the containers of the definition log to now, if any. What a router says of itself is no log of theirs. */
export function currentLogGroup(definition: JsonObject): string | undefined {
  return findDestination(containersOf(definition).filter((container) => !isRouter(container)))?.group;
}

interface Standing {
  readonly group: string | undefined;
  readonly region: string | undefined;
}

/** A group that stands is in its own region: both come from one place. */
export function chooseGroup(
  spec: LoggingSpec,
  selected: Selected,
  base: JsonObject,
  own: Standing,
): { readonly group: string; readonly region: string } {
  const here = selected.workload.region;
  if (spec.group != null) return { group: spec.group, region: own.region ?? here };
  if (own.group !== undefined) return { group: own.group, region: own.region ?? here };
  const used = groupInUse(spec, base);
  return {
    group: resolveLogGroup(spec, selected, base),
    region: own.region ?? used?.region ?? here,
  };
}

function groupInUse(spec: LoggingSpec, base: JsonObject | undefined): LogDestination | undefined {
  const containers = base === undefined ? [] : containersOf(base);
  const name = spec.container;
  return findDestination(
    name == null
      ? containers.filter((container) => !isRouter(container))
      : containers.filter((container) => container["name"] === name),
  );
}

function findDestination(containers: readonly JsonObject[]): LogDestination | undefined {
  for (const container of containers) {
    const destination = logDestination(container);
    if (destination !== undefined) return destination;
  }
  return undefined;
}

/** The containers that `logging` is for: one by name, or all of the owner's but FireLens routers. */
export function chosenContainers(
  { container: name }: LoggingSpec,
  containers: readonly JsonObject[],
): JsonObject[] {
  return containers.filter((container) =>
    name == null ? !isRouter(container) && !isSidecar(container) : container["name"] === name,
  );
}

/** The options of the container's log driver. */
export function optionsOf(container: JsonObject): JsonObject | undefined {
  const log = container["logConfiguration"];
  return isObject(log) && isObject(log["options"]) ? log["options"] : undefined;
}
