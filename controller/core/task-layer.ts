// From the items of a selected workload to the layer on its task definition, or the reason why there is none.
// One item is blocked as a whole: half a layer would be a deployment that nobody asked for.
import type { HealthCheckSpec, LoggingSpec, SidecarSpec } from "../api/schema.ts";
import { isObject, type Json, type JsonObject } from "../model/json.ts";
import { containersOf, type FieldPatch, injectLayer, isSidecar, type Layer } from "./layer.ts";
import { buildPreset } from "./presets/index.ts";
import type { Item, Reason, Selected } from "./select.ts";
import { findObstacle, growToFit } from "./task-room.ts";

export type Resolved<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: Reason };

/** The items that end up in the task definition; empty when policies ask for nothing there. */
export function taskItems(selected: Selected): Item<unknown>[] {
  const { healthCheck, logging, sidecars, taskSize } = selected;
  return [
    ...sidecars.values(),
    // It says how sidecars fit in, and asks for nothing by itself.
    ...(taskSize && sidecars.size > 0 ? [taskSize] : []),
    ...(healthCheck ? [healthCheck] : []),
    ...(logging ? [logging] : []),
  ];
}

/** `base` is the definition without our layer. */
export function resolveLayer(selected: Selected, base: JsonObject): Resolved<Layer> {
  const containers = containersOf(base);
  const sidecars: JsonObject[] = [];
  const patches: FieldPatch[] = [];
  try {
    const logging = selected.logging === undefined ? undefined : mergedValue(selected.logging);
    for (const [name, item] of selected.sidecars) {
      if (containers.some((container) => container["name"] === name)) {
        throw block(
          "NotOwned",
          `a container named ${name} is already in the task definition and is not ours; remove it there, or name the sidecar otherwise`,
        );
      }
      sidecars.push(buildSidecar(mergedValue(item), logging, selected, base));
    }
    if (selected.healthCheck !== undefined)
      patches.push(...resolveHealthCheck(mergedValue(selected.healthCheck), containers));
    if (logging !== undefined) patches.push(...resolveLogging(logging, selected, base));
    const layer = { sidecars, patches, ...resolveTask(selected, base, sidecars) };
    const obstacle = findObstacle(base, injectLayer(base, selected.owner, layer));
    if (obstacle !== undefined) throw new Blocked(obstacle);
    return { ok: true, value: layer };
  } catch (error) {
    if (error instanceof Blocked) return { ok: false, reason: error.reason };
    throw error;
  }
}

/** The log group that `logging` asks for, given the definition without our layer (undefined if it could not be read). */
export function resolveLogGroup(
  logging: LoggingSpec,
  selected: Selected,
  base: JsonObject | undefined,
): string {
  const existing = base === undefined ? undefined : existingOption(base, logging, "awslogs-group");
  return logging.group ?? existing ?? `/ecs/${selected.workload.cluster}/${selected.workload.service}`;
}

/** The group that the containers of the definition log to by awslogs now, if any. */
export function currentLogGroup(definition: JsonObject): string | undefined {
  for (const container of containersOf(definition)) {
    const group = logOptions(container, "awslogs")?.["awslogs-group"];
    if (typeof group === "string") return group;
  }
  return undefined;
}

class Blocked extends Error {
  readonly reason: Reason;

  constructor(reason: Reason) {
    super(reason.message);
    this.reason = reason;
  }
}

function block(code: string, message: string): Blocked {
  return new Blocked({ code, message });
}

function mergedValue<T>(item: Item<T>): T {
  if (!item.result.ok) throw new Blocked(item.result.reason);
  return item.result.value;
}

function resolveTask(
  { taskSize }: Selected,
  base: JsonObject,
  sidecars: readonly JsonObject[],
): Pick<Layer, "task"> {
  if (taskSize === undefined || sidecars.length === 0 || mergedValue(taskSize) === "fit") return {};
  const { task, reason } = growToFit(base, sidecars);
  if (reason !== undefined) throw new Blocked(reason);
  return task === undefined ? {} : { task };
}

function buildSidecar(
  sidecar: SidecarSpec,
  logging: LoggingSpec | undefined,
  selected: Selected,
  base: JsonObject,
): JsonObject {
  if ("container" in sidecar) return sidecar.container as unknown as JsonObject;
  const container = buildPreset(sidecar);
  // An agent whose own log goes nowhere cannot be debugged.
  if (logging === undefined) return container;
  return {
    ...container,
    logConfiguration: { logDriver: "awslogs", options: awslogsOptions(logging, selected, base, undefined) },
  };
}

function resolveHealthCheck(spec: HealthCheckSpec, containers: readonly JsonObject[]): FieldPatch[] {
  const { container: name, ifAbsent, ...check } = spec;
  const container =
    name == null ? onlyEssential(containers) : findContainer(containers, name, "healthCheck.container");
  if (ifAbsent && isObject(container["healthCheck"])) return [];
  if (!check.command)
    throw block(
      "Incomplete",
      'healthCheck has no command; give one, such as [CMD-SHELL, "curl -f http://localhost/ || exit 1"]',
    );
  return [{ container: String(container["name"]), path: ["healthCheck"], value: check as JsonObject }];
}

function onlyEssential(containers: readonly JsonObject[]): JsonObject {
  const essential = containers.filter(
    (container) => container["essential"] !== false && !isSidecar(container),
  );
  const [only, ...others] = essential;
  if (only !== undefined && others.length === 0) return only;
  const names = essential.map((container) => container["name"]).join(", ");
  throw block(
    "AmbiguousContainer",
    `healthCheck could go into ${names || "no container"}: several are essential; say which by healthCheck.container`,
  );
}

function findContainer(containers: readonly JsonObject[], name: string, field: string): JsonObject {
  const found = containers.find((container) => container["name"] === name);
  if (found !== undefined) return found;
  const names = containers.map((container) => container["name"]).join(", ");
  throw block("MissingReference", `${field} is ${name}, but the task definition has only ${names}`);
}

function resolveLogging(spec: LoggingSpec, selected: Selected, base: JsonObject): FieldPatch[] {
  const containers = containersOf(base);
  const chosen =
    spec.container == null
      ? containers.filter((container) => !isRouter(container) && !isSidecar(container))
      : [findContainer(containers, spec.container, "logging.container")];
  return chosen.flatMap((container): FieldPatch[] => {
    const name = String(container["name"]);
    const driver = isObject(container["logConfiguration"])
      ? container["logConfiguration"]["logDriver"]
      : undefined;
    if (driver === undefined || driver === "awslogs") {
      const options = awslogsOptions(spec, selected, base, logOptions(container, "awslogs"));
      const leaves = Object.entries(options).map(([key, value]) => ({
        container: name,
        path: ["logConfiguration", "options", key],
        value,
      }));
      return [{ container: name, path: ["logConfiguration", "logDriver"], value: "awslogs" }, ...leaves];
    }
    if (!spec.replaceDriver) {
      throw block(
        "ForeignLogDriver",
        `container ${name} logs by ${driver}; set logging.replaceDriver: true to replace it, or name another logging.container`,
      );
    }
    const secret = Object.keys(logOptions(container, driver as string) ?? {}).find((key) =>
      /token|secret|passw|key|auth|credential|header|cookie|sas|connection/i.test(key),
    );
    if (secret !== undefined) {
      throw block(
        "SecretInOriginal",
        `log option ${secret} of container ${name} may hold a secret, which we would have to keep to put it back; move it to secretOptions first`,
      );
    }
    const value = { logDriver: "awslogs", options: awslogsOptions(spec, selected, base, undefined) };
    return [{ container: name, path: ["logConfiguration"], value }];
  });
}

function awslogsOptions(
  spec: LoggingSpec,
  selected: Selected,
  base: JsonObject,
  existing: JsonObject | undefined,
): Record<string, string> {
  const given = Object.entries(spec.options ?? {}).filter(
    (entry): entry is [string, string] => entry[1] !== null,
  );
  return {
    "awslogs-group": spec.group ?? text(existing?.["awslogs-group"]) ?? resolveLogGroup(spec, selected, base),
    "awslogs-region": text(existing?.["awslogs-region"]) ?? selected.workload.region,
    "awslogs-stream-prefix": spec.streamPrefix ?? text(existing?.["awslogs-stream-prefix"]) ?? "ecs",
    ...Object.fromEntries(given),
  };
}

function existingOption(base: JsonObject, spec: LoggingSpec, option: string): string | undefined {
  const containers = containersOf(base).filter(
    (container) => spec.container == null || container["name"] === spec.container,
  );
  return containers
    .map((container) => text(logOptions(container, "awslogs")?.[option]))
    .find((value) => value !== undefined);
}

function logOptions(container: JsonObject, driver: string): JsonObject | undefined {
  const log = container["logConfiguration"];
  return isObject(log) && log["logDriver"] === driver && isObject(log["options"])
    ? log["options"]
    : undefined;
}

function isRouter(container: JsonObject): boolean {
  return isObject(container["firelensConfiguration"]);
}

function text(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
