// How many metrics Container Insights sends for a cluster: CloudWatch user guide, "Amazon ECS Container Insights metrics"
// and "… with enhanced observability metrics", counted as metric × set of dimensions. Left out are metrics of instances
// and of EBS volumes, and those of tasks that belong to no service. Pure.
import type { InsightsMode } from "../model/cost.ts";
import { isObject, type JsonObject } from "../model/json.ts";
import { containersOf } from "./layer.ts";
import { isWindows } from "./task-size.ts";

/** A service that runs, and what its tasks are made of. */
export interface RunningService {
  readonly tasks: number;
  readonly onFargate: boolean;
  readonly definition: JsonObject;
}

/** What a task has that not every task sends metrics of. */
interface Traits {
  readonly family: string;
  readonly tasks: number;
  readonly network: boolean;
  /** Fargate measures the disk of Linux tasks. */
  readonly disk: boolean;
  readonly containers: number;
  /** Containers that ECS restarts by itself; containers with a health check. */
  readonly restarted: number;
  readonly checked: number;
}

/** Services without a running task send nothing, and neither does a cluster of only such ones. */
export function countInsightsMetrics(mode: InsightsMode, services: readonly RunningService[]): number {
  const running = services.filter(({ tasks }) => tasks > 0).map(traitsOf);
  if (mode === "disabled" || running.length === 0) return 0;
  const whole = joinTraits(running);
  const families = groupFamilies(running);
  const own = mode === "enhanced" ? enhancedSet : standardSet;
  return (
    // ContainerInstanceCount, ServiceCount and TaskCount of the cluster; five counts of tasks and deployments a service.
    3 +
    own(whole) +
    (mode === "enhanced" ? containerSet(whole, Math.min(1, whole.containers)) : 0) +
    running.reduce((sum, traits) => sum + 5 + own(traits), 0) +
    families.reduce((sum, traits) => sum + own(traits), 0) +
    (mode === "enhanced" ? countDetails(running, families) : 0)
  );
}

/** By container name under the service and the family; by task, and by container of a task, under both again. */
function countDetails(running: readonly Traits[], families: readonly Traits[]): number {
  const byName = [...running, ...families].reduce((sum, traits) => sum + everyContainer(traits), 0);
  const byTask = running.reduce(
    (sum, traits) => sum + traits.tasks * (taskSet(traits) + everyContainer(traits)),
    0,
  );
  return byName + 2 * byTask;
}

/** CPU and memory, used and reserved; reads and writes; network; disk; restarts. */
function standardSet({ network, disk, restarted }: Traits): number {
  return 4 + 2 + (network ? 2 : 0) + (disk ? 2 : 0) + (restarted > 0 ? 1 : 0);
}

/** And how much of the task's CPU, memory and disk is used, the containers' CPU and their network. */
function enhancedSet(traits: Traits): number {
  return standardSet(traits) + 2 + (traits.disk ? 1 : 0) + 1 + (traits.network ? 2 : 0);
}

/** The disk is told in percent alone. */
function taskSet(traits: Traits): number {
  return enhancedSet(traits) - (traits.disk ? 2 : 0);
}

/** CPU and memory, used and reserved; memory in percent; reads and writes. */
function everyContainer({ containers, restarted, checked }: Traits): number {
  return 7 * containers + restarted + checked;
}

/** The same over all containers, whose restarts stand in the standard set. */
function containerSet({ checked }: Traits, containers: number): number {
  return 7 * containers + (checked > 0 ? 1 : 0);
}

function traitsOf({ tasks, onFargate, definition }: RunningService): Traits {
  const containers = containersOf(definition);
  const { family, networkMode } = definition;
  return {
    family: String(family ?? ""),
    tasks,
    network: networkMode !== "host" && networkMode !== "none",
    disk: onFargate && !isWindows(definition),
    containers: containers.length,
    restarted: containers.filter(
      ({ restartPolicy }) => isObject(restartPolicy) && restartPolicy["enabled"] === true,
    ).length,
    checked: containers.filter(({ healthCheck }) => isObject(healthCheck)).length,
  };
}

/** Services may share a family, whose metrics are there once. */
function groupFamilies(running: readonly Traits[]): readonly Traits[] {
  const families = new Map<string, Traits>();
  for (const traits of running) {
    const other = families.get(traits.family);
    families.set(traits.family, other === undefined ? traits : joinTraits([other, traits]));
  }
  return [...families.values()];
}

function joinTraits(all: readonly Traits[]): Traits {
  const most = (value: (traits: Traits) => number) => Math.max(...all.map(value));
  return {
    family: all[0]?.family ?? "",
    tasks: all.reduce((sum, { tasks }) => sum + tasks, 0),
    network: all.some(({ network }) => network),
    disk: all.some(({ disk }) => disk),
    containers: most(({ containers }) => containers),
    restarted: most(({ restarted }) => restarted),
    checked: most(({ checked }) => checked),
  };
}
