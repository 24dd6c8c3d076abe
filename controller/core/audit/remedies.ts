// What of a policy mends a finding of one service. Where a policy cannot know what is right, or would break what runs, it is
// for a person to do, and said so.
import type { ServiceFacts } from "../../model/audit-facts.ts";
import { isObject, type JsonObject } from "../../model/json.ts";
import type { Workload } from "../../model/workload.ts";
import { containersOf } from "../layer.ts";
import { logDestination } from "../log-destination.ts";
import { type Area, balancedGroups } from "./areas.ts";
import { nameOf, readContainers } from "./containers.ts";
import { silentCounts } from "./error-signal.ts";
import { type FindingCode, findingKinds } from "./findings.ts";
import type { AuditIndex } from "./index-facts.ts";
import { enoughGrace, secondsToUnhealthy } from "./liveness.ts";
import { mendLogGroup } from "./mend-log-group.ts";
import { mendLogging } from "./mend-logging.ts";
import { mergeSpecs } from "./merge-specs.ts";
import { areaCodes, areErrorsSilent, silentAreas } from "./resource-metrics.ts";
import { suggestedSeverity } from "./suggest-policy.ts";

export type Remedy =
  /** Part of a policy's `spec`. `onlyTells`: it is no use without somebody to tell. */
  { readonly spec: JsonObject; readonly onlyTells?: true } | { readonly byHand: string };

/**
 * @param subjects those of the finding
 * @param tells whether alarms and events get a severity, `suggestedSeverity`; whom it tells stands beside them
 */
export function findRemedy(
  { code, subjects }: { readonly code: FindingCode; readonly subjects: readonly string[] },
  { workload }: ServiceFacts,
  index: AuditIndex,
  tells: boolean,
): Remedy {
  const { mend } = findingKinds[code];
  if (typeof mend === "object") return mend;
  const area = (Object.keys(areaCodes) as Area[]).find((one) => areaCodes[one] === code);
  if (area !== undefined) return { spec: alarmsFor([area], workload, index, tells) };
  switch (code) {
    case "NoAgent":
      return addAgent(workload);
    case "TargetGroupSlow":
      return quickenTargets(workload);
    case "GracePeriodShort":
      return { spec: { deployment: { healthCheckGracePeriod: `${enoughGrace(workload)}s` } } };
    case "NoCircuitBreaker":
    case "CircuitBreakerKeepsBroken":
      return { spec: { deployment: { circuitBreaker: { enable: true, rollback: true } } } };
    case "TaskStoppedUntold":
      return { spec: { events: [tell({ preset: "task-stopped" }, tells)] }, onlyTells: true };
    case "DeploymentFailedUntold":
      return { spec: { events: [tell({ preset: "deployment-failed" }, tells)] }, onlyTells: true };
    case "InsightsOff":
      return { spec: { cluster: { containerInsights: "enabled" } } };
    case "AlarmWithoutActions":
      return tellInStead(workload, index, tells);
    case "ErrorMetricUnwatched":
      return watchCount(workload, index, tells);
    case "NoErrorSignal":
      return countErrors(workload, index, tells);
    case "NoRetention":
    case "LogGroupMissing":
      return mendLogGroup(subjects, workload);
    default:
      return mendLogging(code, workload, index);
  }
}

function tell(item: JsonObject, tells: boolean): JsonObject {
  return tells ? { ...item, severity: suggestedSeverity } : item;
}

const presetOf: Readonly<Record<Exclude<Area, "unhealthy">, string>> = {
  cpu: "ecs-cpu-high",
  memory: "ecs-memory-high",
  tasks: "ecs-running-below-desired",
  "5xx": "alb-5xx-rate",
  latency: "alb-latency-p90",
};

function alarmsFor(
  areas: readonly Area[],
  { targetGroups }: Workload,
  index: AuditIndex,
  tells: boolean,
): JsonObject {
  const groups = targetGroups.known ? balancedGroups(targetGroups.value, index) : [];
  const presets = areas.flatMap((area) => {
    if (area !== "unhealthy") return [presetOf[area]];
    const has = (namespace: string): boolean => groups.some((group) => group.namespace === namespace);
    return [
      ...(has("AWS/ApplicationELB") ? ["alb-unhealthy-hosts"] : []),
      ...(has("AWS/NetworkELB") ? ["nlb-unhealthy-hosts"] : []),
    ];
  });
  // The name that a preset's alarm has is the policy's to give.
  return { alarms: presets.map((preset) => tell({ name: preset, preset }, tells)) };
}

/** Alarms of our own beside those that tell nobody: others' alarms are theirs. */
function tellInStead(workload: Workload, index: AuditIndex, tells: boolean): Remedy {
  const ofMetrics = alarmsFor(silentAreas(workload, index), workload, index, tells);
  const count = areErrorsSilent(workload, index) ? watchCount(workload, index, tells) : { spec: {} };
  if ("byHand" in count) return count;
  return { spec: mergeSpecs([ofMetrics, count.spec]), onlyTells: true };
}

function watchCount(workload: Workload, index: AuditIndex, tells: boolean): Remedy {
  const [metric] = silentCounts(workload, index);
  if (metric === undefined || !/^[\x20-\x7e]+$/.test(`${metric.namespace}${metric.name}`))
    return {
      byHand:
        "give an alarm on what the filter counts, dimension by dimension, or the log alarm, its actions",
    };
  const alarm = {
    name: "log-errors",
    metric: { namespace: metric.namespace, metricName: metric.name },
    statistic: "Sum",
    period: "5m",
    comparison: "GreaterThanThreshold",
    threshold: 0,
    treatMissingData: "notBreaching",
  };
  return { spec: { alarms: [tell(alarm, tells)] } };
}

/** The agent that needs no key: the task's own role lets it send. */
function addAgent({ taskDefinition }: Workload): Remedy {
  const input = taskDefinition.known ? taskDefinition.value.input : {};
  const platform = isObject(input["runtimePlatform"]) ? input["runtimePlatform"] : {};
  if (/^WINDOWS/.test(String(platform["operatingSystemFamily"] ?? "LINUX")))
    return { byHand: "add an agent for Windows to the task definition: the presets of ecsmon are for Linux" };
  if (typeof input["taskRoleArn"] !== "string")
    return {
      byHand:
        "give the task a role (taskRoleArn) that may cloudwatch:PutMetricData, then add a sidecar such as preset: cloudwatch-agent",
    };
  if (input["networkMode"] === "host")
    return {
      byHand:
        "run an agent as a daemon service: in network mode host the sidecars of two tasks on one instance would want the same ports",
    };
  if (input["networkMode"] !== "awsvpc")
    return {
      byHand:
        "add a sidecar and link the application to it: outside of network mode awsvpc it is not found at localhost",
    };
  const taken = containersOf(input).find((container) => agentPorts.some((port) => mapsPort(container, port)));
  if (taken !== undefined)
    return {
      byHand: `add an agent that listens elsewhere: container ${nameOf(taken)} has one of the ports ${agentPorts.join(" and ")}, which preset: cloudwatch-agent takes, and the containers of a task share them`,
    };
  return { spec: { sidecars: [{ preset: "cloudwatch-agent" }] } };
}

/** Of StatsD and of the embedded metric format. */
const agentPorts = [8125, 25888] as const;

/** `containerPort`, or within `containerPortRange` ("8000-8200"). */
function mapsPort({ portMappings }: JsonObject, port: number): boolean {
  const mappings = Array.isArray(portMappings) ? portMappings.filter(isObject) : [];
  return mappings.some(({ containerPort, containerPortRange: range }) => {
    const [first, last = first] = typeof range === "string" ? range.split("-").map(Number) : [];
    return (
      containerPort === port || (first !== undefined && last !== undefined && first <= port && port <= last)
    );
  });
}

/** Half a minute three times is a minute and a half. */
function quickenTargets({ targetGroups }: Workload): Remedy {
  const groups = targetGroups.known ? targetGroups.value : [];
  if (groups.some((group) => secondsToUnhealthy(group) <= 90))
    return {
      byHand:
        "make interval × unhealthyThreshold shorter on the slow target group alone: a policy sets all groups of the service alike",
    };
  const isLong = groups.some(
    ({ healthCheck }) => Number(healthCheck?.["HealthCheckTimeoutSeconds"] ?? 0) >= 30,
  );
  const healthCheck = { interval: "30s", unhealthyThreshold: 3, ...(isLong ? { timeout: "10s" } : {}) };
  return { spec: { targetGroup: { healthCheck } } };
}

function countErrors(workload: Workload, index: AuditIndex, tells: boolean): Remedy {
  const containers = readContainers(workload);
  const apps = containers?.known === true ? containers.value.apps : [];
  const logs = apps.some((container) => logDestination(container) !== undefined);
  if (!logs && "byHand" in mendLogging("NoLogDriver", workload, index))
    return { byHand: "let the application log to CloudWatch first" };
  return {
    spec: {
      logMetrics: [{ name: "fatal", pattern: "?FATAL ?Fatal ?fatal" }],
      alarms: [tell({ name: "log-fatal", preset: "log-fatal" }, tells)],
    },
  };
}
