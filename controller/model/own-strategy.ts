// ECS's own strategies beside the rolling update: how long one may take although nothing is wrong with it. It shifts
// traffic in steps, and lets both revisions run beside each other for a while (the bake time).
// Source: ECS API reference, DeploymentConfiguration, and its defaults for what is left out.
import { isObject, type Json, type JsonObject } from "./json.ts";

export interface OwnStrategy {
  /** BLUE_GREEN, LINEAR or CANARY. */
  readonly name: string;
  /** For which it may go on once all tasks of the new revision run: steps, bake times and pauses. */
  readonly seconds: number;
  /** For which it may wait before it starts a task: pauses that a person ends. */
  readonly secondsBefore: number;
}

const minute = 60;
/** Minutes for which a pause waits by default. */
const pause = 1440;
/** Stages that come before the tasks of the new revision. */
const early: ReadonlySet<Json> = new Set(["RECONCILE_SERVICE", "PRE_SCALE_UP"]);

/** undefined for a rolling update, which has settled when its tasks have. */
export function readOwnStrategy(configuration: unknown): OwnStrategy | undefined {
  if (!isObject(configuration)) return undefined;
  const name = configuration["strategy"];
  if (typeof name !== "string" || name === "ROLLING") return undefined;
  const pauses = listPauses(configuration["lifecycleHooks"]);
  const minutes =
    numberIn(configuration, "bakeTimeInMinutes", 0) + stepMinutes(name, configuration) + sum(pauses);
  return {
    name,
    seconds: minutes * minute,
    secondsBefore: sum(pauses.filter(({ isEarly }) => isEarly)) * minute,
  };
}

function stepMinutes(name: string, configuration: JsonObject): number {
  if (name === "CANARY") {
    return numberIn(configuration["canaryConfiguration"], "canaryBakeTimeInMinutes", 10);
  }
  if (name !== "LINEAR") return 0;
  const linear = configuration["linearConfiguration"];
  const steps = Math.ceil(100 / Math.max(1, numberIn(linear, "stepPercent", 10)));
  return steps * numberIn(linear, "stepBakeTimeInMinutes", 6);
}

interface Pause {
  readonly minutes: number;
  readonly isEarly: boolean;
}

/** A hook that pauses waits for a person, at each of its stages; one that calls a function does so if it says how long. */
function listPauses(hooks: Json | undefined): Pause[] {
  if (!Array.isArray(hooks)) return [];
  return hooks.filter(isObject).flatMap(({ targetType, timeoutConfiguration, lifecycleStages }) => {
    if (targetType !== "PAUSE" && !isObject(timeoutConfiguration)) return [];
    const minutes = numberIn(timeoutConfiguration, "timeoutInMinutes", pause);
    const stages: readonly Json[] = Array.isArray(lifecycleStages) ? lifecycleStages : [];
    return stages.map((stage) => ({ minutes, isEarly: early.has(stage) }));
  });
}

function sum(pauses: readonly Pause[]): number {
  return pauses.reduce((total, { minutes }) => total + minutes, 0);
}

function numberIn(object: Json | undefined, name: string, fallback: number): number {
  const value = isObject(object) ? object[name] : undefined;
  return typeof value === "number" ? value : fallback;
}
