// From the items of a selected workload to the layer on its task definition, or the reason why there is none.
// One item is blocked as a whole: half a layer would be a deployment that nobody asked for.
import type { Policy } from "../api/policy.ts";
import type { HealthCheckSpec, LoggingSpec, SidecarSpec } from "../api/schema.ts";
import { isObject, type JsonObject } from "../model/json.ts";
import type { Enforcement } from "../model/plan.ts";
import { Blocked, block, mergedValue } from "./blocked.ts";
import { containersOf, type FieldPatch, injectLayer, isSidecar, type Layer } from "./layer.ts";
import { isRouter } from "./log-destination.ts";
import { buildPreset } from "./presets/index.ts";
import { enforcementOf, type Item, type Reason, type Selected } from "./select.ts";
import { logDriver, logsToGroup, resolveLogGroup } from "./service-log-group.ts";
import { isTakenInAudit } from "./takers.ts";
import { agentLogConfiguration, findContainer, resolveLogging } from "./task-logging.ts";
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
    ...(taskSize && (sidecars.size > 0 || asksForRouter(logging)) ? [taskSize] : []),
    ...(healthCheck ? [healthCheck] : []),
    ...(logging ? [logging] : []),
  ];
}

/** Of those who want something of the task, and of those who take something out of it. */
export function enforcementOfTask({ policies }: Selected, contributors: readonly Policy[]): Enforcement {
  return isTakenInAudit(policies, "TaskDefinition") ? "Audit" : enforcementOf(contributors, "TaskDefinition");
}

/** `base` is the definition without our layer. */
export function resolveLayer(selected: Selected, base: JsonObject): Resolved<Layer> {
  const containers = containersOf(base);
  const patches: FieldPatch[] = [];
  try {
    const logging = selected.logging === undefined ? undefined : mergedValue(selected.logging);
    const sidecars = resolveSidecars(logging, selected, base);
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

/**
 * The log group that must be there for `logging`, or undefined where FireLens takes every line elsewhere and no sidecar
 * of a preset logs.
 */
export function findNeededLogGroup(
  logging: LoggingSpec,
  selected: Selected,
  base: JsonObject | undefined,
): string | undefined {
  const isNeeded =
    logging.group != null ||
    logsToGroup(logging, base) !== false ||
    base === undefined ||
    wantedSidecars(logging, selected, base).some((sidecar) => "preset" in sidecar);
  return isNeeded ? resolveLogGroup(logging, selected, base) : undefined;
}

function asksForRouter(logging: Selected["logging"]): boolean {
  return logging?.result.ok === true && logDriver(logging.result.value) === "awsfirelens";
}

/** The router that comes along with awsfirelens: of the first version, for ever. */
const router: SidecarSpec = { preset: "fluent-bit@1" };

/** What policies list, and the router if the task has none. A task has one: where the owner runs one, that is it. */
function wantedSidecars(
  logging: LoggingSpec | undefined,
  { sidecars }: Selected,
  base: JsonObject,
): readonly SidecarSpec[] {
  const listed = [...sidecars.values()].map(mergedValue);
  if (containersOf(base).some(isRouter)) return listed.filter((sidecar) => !isRouterPreset(sidecar));
  const hasRouter = listed.some(
    (sidecar) =>
      isRouterPreset(sidecar) ||
      ("container" in sidecar && isRouter(sidecar.container as unknown as JsonObject)),
  );
  const isMissing = logging !== undefined && logDriver(logging) === "awsfirelens" && !hasRouter;
  return isMissing ? [...listed, router] : listed;
}

function isRouterPreset(sidecar: SidecarSpec): boolean {
  return "preset" in sidecar && sidecar.preset.startsWith("fluent-bit");
}

function resolveSidecars(
  logging: LoggingSpec | undefined,
  selected: Selected,
  base: JsonObject,
): JsonObject[] {
  const taken = new Set(containersOf(base).map(({ name }) => name));
  const names = new Set<unknown>();
  return wantedSidecars(logging, selected, base).map((sidecar) => {
    const container = buildSidecar(sidecar, logging, selected, base);
    const { name } = container;
    if (taken.has(name)) {
      const way = "preset" in sidecar ? "" : ", or name the sidecar otherwise";
      throw block(
        "NotOwned",
        `a container named ${name} is already in the task definition and is not ours; remove it there${way}`,
      );
    }
    if (names.has(name))
      throw block(
        "InvalidContainer",
        `a sidecar of the policies has the router's name, ${name}, and no firelensConfiguration; name it otherwise`,
      );
    names.add(name);
    return container;
  });
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
  return { ...container, logConfiguration: agentLogConfiguration(logging, selected, base) };
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
  const own = containers.filter((container) => !isSidecar(container));
  const nameAll = (list: readonly JsonObject[]): string =>
    list.map((container) => String(container["name"])).join(", ");
  if (own.length === 0)
    throw block(
      "AmbiguousContainer",
      "healthCheck has no container to go into: the task definition has none",
    );
  const why =
    only === undefined
      ? `none of the containers (${nameAll(own)}) is essential`
      : `several containers are essential (${nameAll(essential)})`;
  throw block(
    "AmbiguousContainer",
    `healthCheck could go into more than one place: ${why}; say which by healthCheck.container`,
  );
}
