// What the changes of a plan are multiplied by to tell what they cost: how many tasks a service runs, and how many metrics
// Container Insights sends for its cluster before and after. As ECS tells it at the time of the plan. Pure.
import type { InsightsMode, InsightsUse, Scale } from "../model/cost.ts";
import { isObject, type JsonObject } from "../model/json.ts";
import type { Change } from "../model/plan.ts";
import type { Inventory, Workload } from "../model/workload.ts";
import { countInsightsMetrics, type RunningService } from "./insights-metrics.ts";

/** undefined: nothing in the plan depends on it. Changes in Audit are not written, and count nothing. */
export function findScale(changes: readonly Change[], inventory: Inventory): Scale | undefined {
  const written = changes.filter(({ enforcement }) => enforcement === "Enforce");
  const definitions = new Map(
    written.flatMap(({ kind, id, after }) =>
      kind === "TaskDefinition" && after !== null ? [[id, after] as const] : [],
    ),
  );
  const settings = written.filter(({ kind }) => kind === "ClusterSettings");
  if (definitions.size + settings.length === 0) return undefined;
  const touched = inventory.workloads.filter(({ serviceArn }) => definitions.has(serviceArn));
  const clusters = new Set([...settings.map(({ id }) => id), ...touched.map(({ cluster }) => cluster)]);
  return {
    services: new Map(
      touched.map((workload) => [
        workload.serviceArn,
        { tasks: workload.desiredCount, onFargate: isOnFargate(workload) },
      ]),
    ),
    insights: [...clusters].sort().flatMap((cluster) => {
      const change = settings.find(({ id }) => id === cluster);
      const modes = readModes(cluster, change, inventory);
      return modes === undefined ? [] : toInsights(cluster, modes, definitions, inventory);
    }),
  };
}

/** Of clusters in which these changes touch what it sends: a plan may have been cut since. */
export function insightsOf(written: readonly Change[], scale: Scale | undefined): Scale["insights"] {
  const clusters = new Set(
    written
      .filter(({ kind }) => kind === "ClusterSettings" || kind === "TaskDefinition")
      .map(({ cluster }) => cluster),
  );
  return (scale?.insights ?? []).filter(({ cluster }) => clusters.has(cluster));
}

function isOnFargate({ launchType }: Workload): boolean {
  return launchType === "FARGATE";
}

interface Modes {
  readonly before: InsightsMode;
  readonly after: InsightsMode;
}

/** undefined: it could not be read, which the plan tells. */
function readModes(cluster: string, change: Change | undefined, { clusters }: Inventory): Modes | undefined {
  if (change !== undefined) return { before: modeOf(change.before), after: modeOf(change.after) };
  const detail = clusters.known ? clusters.value.find(({ name }) => name === cluster)?.detail : undefined;
  if (!detail?.known) return undefined;
  const mode = toMode(detail.value.containerInsights);
  return { before: mode, after: mode };
}

function modeOf(spec: JsonObject | null): InsightsMode {
  const settings = spec?.["settings"];
  const [setting] = Array.isArray(settings) ? settings : [];
  return toMode(isObject(setting) ? setting["value"] : undefined);
}

function toMode(value: unknown): InsightsMode {
  return value === "enabled" || value === "enhanced" ? value : "disabled";
}

function toInsights(
  cluster: string,
  { before, after }: Modes,
  definitions: ReadonlyMap<string, JsonObject>,
  inventory: Inventory,
): Scale["insights"] {
  if (before === "disabled" && after === "disabled") return [];
  const here = inventory.workloads.filter((workload) => workload.cluster === cluster);
  const readable = here.filter(({ taskDefinition }) => taskDefinition.known);
  const use = (mode: InsightsMode, change: (workload: Workload) => JsonObject): InsightsUse => ({
    mode,
    metrics: countInsightsMetrics(
      mode,
      readable.map((workload) => toRunning(workload, change(workload))),
    ),
  });
  const isPartial =
    readable.length < here.length || inventory.narrowed === true || isUnread(cluster, here.length, inventory);
  const uses = {
    before: use(before, currentOf),
    after: use(after, (workload) => definitions.get(workload.serviceArn) ?? currentOf(workload)),
  };
  const isSame = before === after && uses.before.metrics === uses.after.metrics;
  return isSame ? [] : [{ cluster, ...uses, isPartial }];
}

function isUnread(cluster: string, count: number, { clusters, unreadable, leaving }: Inventory): boolean {
  if (unreadable.some((scope) => scope.cluster === undefined || scope.cluster === cluster)) return true;
  const services = clusters.known ? clusters.value.find(({ name }) => name === cluster)?.services : undefined;
  if (!services?.known) return true;
  return services.value.length > count + leaving.filter((one) => one.cluster === cluster).length;
}

function toRunning(workload: Workload, definition: JsonObject): RunningService {
  return { tasks: workload.desiredCount, onFargate: isOnFargate(workload), definition };
}

function currentOf({ taskDefinition }: Workload): JsonObject {
  return taskDefinition.known ? taskDefinition.value.input : {};
}
