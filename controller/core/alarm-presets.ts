// A preset alarm as it is for one service: the preset's fields under the policies' own, or why the service lacks what it
// needs. Defaults never compete with given values, so presets come in after all policies are merged.
import type { AlarmPresetName } from "../api/alarm-presets.ts";
import { type PresetAlarm, type PresetNeed, presetAlarms } from "../api/preset-alarms.ts";
import type { Failure } from "../model/errors.ts";
import { isObject } from "../model/json.ts";
import type { Read } from "../model/read.ts";
import { ejectLayer } from "./layer.ts";
import { findLogGroup } from "./log-metric.ts";
import { metricNamespace } from "./names.ts";
import type { MergedAlarm, Reason, Selected } from "./select.ts";

type AppliedPreset =
  | { readonly state: "applied"; readonly alarm: MergedAlarm }
  | { readonly state: "blocked"; readonly reason: Reason }
  | { readonly state: "unknown"; readonly failure: Failure };

/** Any other alarm comes back as it is. */
export function applyPreset(
  alarm: MergedAlarm,
  selected: Selected,
  containerInsights: Read<boolean>,
): AppliedPreset {
  const name = alarm.source?.preset;
  if (name == null) return { state: "applied", alarm };
  const preset = presetAlarms[name];
  for (const need of preset.needs) {
    const lack = findLack(need, name, selected, containerInsights);
    if (lack !== undefined) return lack;
  }
  return { state: "applied", alarm: { ...toFields(preset, selected), ...ownFields(alarm, preset) } };
}

function toFields(preset: PresetAlarm, { owner, workload }: Selected): MergedAlarm {
  const { needs: _, why: __, ...rest } = preset;
  if ("metric" in rest) {
    const { metric, ...judging } = rest;
    const namespace = metric.namespace ?? metricNamespace(owner, workload.cluster, workload.service);
    return { ...judging, source: { metric: { namespace, metricName: metric.metricName } } };
  }
  const { expression, metrics, ...judging } = rest;
  return { ...judging, source: { expression, metrics } };
}

/** What policies say. Of M and N given alone, the other one is moved as little as it takes for M to be within N. */
function ownFields({ source: _, ...alarm }: MergedAlarm, preset: PresetAlarm): Partial<MergedAlarm> {
  const own = Object.fromEntries(
    Object.entries(alarm).filter(([, value]) => value !== undefined && value !== null),
  ) as Partial<MergedAlarm>;
  const { evaluationPeriods, datapointsToAlarm } = own;
  return {
    ...fitPeriods(preset, { evaluationPeriods, datapointsToAlarm }),
    ...own,
  };
}

interface Periods {
  readonly evaluationPeriods?: number | null | undefined;
  readonly datapointsToAlarm?: number | null | undefined;
}

function fitPeriods(preset: PresetAlarm, { evaluationPeriods, datapointsToAlarm }: Periods): Periods {
  if (evaluationPeriods != null)
    return { datapointsToAlarm: Math.min(preset.datapointsToAlarm ?? evaluationPeriods, evaluationPeriods) };
  if (datapointsToAlarm == null) return {};
  return { evaluationPeriods: Math.max(preset.evaluationPeriods ?? datapointsToAlarm, datapointsToAlarm) };
}

function findLack(
  need: PresetNeed,
  preset: AlarmPresetName,
  selected: Selected,
  containerInsights: Read<boolean>,
): Exclude<AppliedPreset, { readonly state: "applied" }> | undefined {
  const { workload, owner } = selected;
  switch (need) {
    case "containerInsights":
      if (!containerInsights.known) return { state: "unknown", failure: containerInsights.failure };
      if (containerInsights.value) return undefined;
      return lacks(
        preset,
        `Container Insights, which is off for cluster ${workload.cluster}; set cluster: { containerInsights: enabled }`,
      );
    case "fargate":
      if (workload.launchType === "FARGATE") return undefined;
      return lacks(preset, `tasks on Fargate; this service's launch type is ${workload.launchType}`);
    case "ecsDeployments":
      if (workload.deploymentController === "ECS") return undefined;
      return lacks(
        preset,
        `the ECS deployment controller; this service's is ${workload.deploymentController}`,
      );
    case "restartPolicy": {
      const found = hasRestartPolicy(selected);
      if (!found.known) return { state: "unknown", failure: found.failure };
      return found.value ? undefined : lacks(preset, "a container with an enabled restartPolicy");
    }
    case "fatalLogMetric": {
      const metric = selected.logMetrics.get("fatal");
      if (metric === undefined) return lacks(preset, "a log metric named fatal in logMetrics");
      if (!metric.result.ok) return undefined;
      if (Object.keys(metric.result.value.dimensions ?? {}).length > 0)
        return lacks(preset, "the log metric fatal without dimensions");
      const group = findLogGroup(metric.result.value, selected, owner);
      return !group.ok && group.state.is === "blocked" && group.state.reason.code === "NotApplicable"
        ? { state: "blocked", reason: group.state.reason }
        : undefined;
    }
  }
}

/** Of the owner's containers and of the sidecars that policies add: the layer may come only with this very plan. */
function hasRestartPolicy({ workload, sidecars, owner }: Selected): Read<boolean> {
  const restarts = (container: unknown): boolean => {
    const policy = isObject(container) ? container["restartPolicy"] : undefined;
    return isObject(policy) && policy["enabled"] === true;
  };
  const ours = [...sidecars.values()].some(
    ({ result }) => result.ok && "container" in result.value && restarts(result.value.container),
  );
  if (ours) return { known: true, value: true };
  const { taskDefinition: read } = workload;
  if (!read.known) return read;
  const containers = ejectLayer(read.value.input, owner)["containerDefinitions"];
  return { known: true, value: Array.isArray(containers) && containers.some(restarts) };
}

function lacks(preset: AlarmPresetName, what: string): Exclude<AppliedPreset, { readonly state: "applied" }> {
  return { state: "blocked", reason: { code: "NotApplicable", message: `preset ${preset} needs ${what}` } };
}
