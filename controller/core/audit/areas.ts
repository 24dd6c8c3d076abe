// What of a service is to be watched, and which alarms watch it: areas such as its CPU or its 5xx, each found in metrics
// with exactly the service's dimensions.
import type { AlarmFacts, WatchedMetric } from "../../model/alarm-facts.ts";
import type { TargetGroup, Workload } from "../../model/workload.ts";
import type { Dimension } from "../metrics.ts";
import type { AlarmIndex, AuditIndex, Watch } from "./index-facts.ts";

export const areas = ["cpu", "memory", "tasks", "unhealthy", "5xx", "latency"] as const;
export type Area = (typeof areas)[number];

export interface AreaWatch {
  readonly area: Area;
  readonly alarms: readonly AlarmFacts[];
  /** Those on its metrics that go off in the other direction: for a CPU that is low. */
  readonly contrary: readonly AlarmFacts[];
  /** Target groups of the service that no alarm of the area watches, by name; empty where it has none to watch. */
  readonly unwatched: readonly string[];
}

type Kind = readonly [namespace: string, name: RegExp];

const insights = "ECS/ContainerInsights";

/** Metrics of the service itself, by ClusterName and ServiceName. */
const serviceMetrics: Readonly<Record<"cpu" | "memory" | "tasks", readonly Kind[]>> = {
  cpu: [
    ["AWS/ECS", /^CPUUtilization$/],
    [insights, /^(CpuUtilized|TaskCpuUtilization|ContainerCpuUtiliz(ed|ation))$/],
  ],
  memory: [
    ["AWS/ECS", /^MemoryUtilization$/],
    [insights, /^(MemoryUtilized|TaskMemoryUtilization|ContainerMemoryUtiliz(ed|ation))$/],
  ],
  tasks: [
    // How many samples there are is how many tasks there are.
    ["AWS/ECS", /^(LiveTaskCount|(CPU|Memory)Utilization)$/],
    [insights, /^RunningTaskCount$/],
  ],
};

/** Metrics of its targets. */
const targetMetrics: Readonly<Record<"unhealthy" | "5xx" | "latency", RegExp>> = {
  unhealthy: /^(UnHealthyHostCount|HealthyHostCount)$/,
  "5xx": /^HTTPCode_Target_5XX_Count$/,
  latency: /^TargetResponseTime$/,
};

function areaOf({ namespace, name, statistic }: WatchedMetric): "cpu" | "memory" | "tasks" | undefined {
  const counts = /^SampleCount$/i.test(statistic);
  if (namespace === "AWS/ECS" && /^(CPU|Memory)Utilization$/.test(name) && counts) return "tasks";
  const found = (["cpu", "memory", "tasks"] as const).filter((area) =>
    serviceMetrics[area].some(([space, names]) => space === namespace && names.test(name)),
  );
  return found[0];
}

export function serviceDimensions({ cluster, service }: Workload): Dimension[] {
  return [
    { Name: "ClusterName", Value: cluster },
    { Name: "ServiceName", Value: service },
  ];
}

/** All alarms on metrics of the service itself, whatever metrics. */
export function watchesOfService(workload: Workload, alarms: AlarmIndex): readonly Watch[] {
  const dimensions = serviceDimensions(workload);
  return ["AWS/ECS", insights].flatMap((namespace) => alarms.watching(namespace, dimensions));
}

export interface Balanced {
  readonly group: TargetGroup;
  readonly namespace: "AWS/ApplicationELB" | "AWS/NetworkELB";
  /** The dimensions of its metrics; more than one set where the whole load balancer is this service's. */
  readonly sets: readonly (readonly Dimension[])[];
}

/** The service's target groups that an application or network load balancer uses. */
export function balancedGroups(
  groups: readonly TargetGroup[],
  { groupsAt }: Pick<AuditIndex, "groupsAt">,
): Balanced[] {
  const own = new Set(groups.map(({ arn }) => arn));
  return groups.flatMap((group): Balanced[] => {
    const balancer = group.loadBalancerArn?.split("loadbalancer/")[1];
    if (balancer === undefined || !/^(app|net)\//.test(balancer)) return [];
    const at = { Name: "LoadBalancer", Value: balancer };
    const exact = [at, { Name: "TargetGroup", Value: group.arn.slice(group.arn.lastIndexOf(":") + 1) }];
    // Nobody else's requests are in the figures of a load balancer that only this service is behind.
    const all = groupsAt(group.loadBalancerArn ?? "");
    const isAlone = all.length > 0 && all.every((arn) => own.has(arn));
    return [
      {
        group,
        namespace: balancer.startsWith("app/") ? "AWS/ApplicationELB" : "AWS/NetworkELB",
        sets: isAlone ? [exact, [at]] : [exact],
      },
    ];
  });
}

/** All alarms on metrics of the service's targets; `exact`: of those alone that are published for a target group. */
export function watchesOfTargets(
  { namespace, sets }: Balanced,
  alarms: AlarmIndex,
  exact: boolean,
): readonly Watch[] {
  return (exact ? sets.slice(0, 1) : sets).flatMap((dimensions) => alarms.watching(namespace, dimensions));
}

/** The areas that apply to the service, with the alarms of each. */
export function findAreas(
  workload: Workload,
  balanced: readonly Balanced[],
  alarms: AlarmIndex,
): AreaWatch[] {
  const own = watchesOfService(workload, alarms);
  const ofService = (["cpu", "memory", "tasks"] as const).map((area): AreaWatch => {
    const { fit, contrary } = sortWatches(own.filter(({ metric }) => areaOf(metric) === area));
    return { area, alarms: distinct(fit), contrary: distinct(contrary), unwatched: [] };
  });
  const http = balanced.filter(({ namespace }) => namespace === "AWS/ApplicationELB");
  const ofTargets = (["unhealthy", "5xx", "latency"] as const).flatMap((area): AreaWatch[] => {
    const groups = area === "unhealthy" ? balanced : http;
    if (groups.length === 0) return [];
    const watches = groups.map((group) =>
      sortWatches(
        watchesOfTargets(group, alarms, area === "unhealthy").filter(({ metric }) =>
          targetMetrics[area].test(metric.name),
        ),
      ),
    );
    return [
      {
        area,
        alarms: distinct(watches.flatMap(({ fit }) => fit)),
        contrary: distinct(watches.flatMap(({ contrary }) => contrary)),
        unwatched: groups
          .filter((_, index) => watches[index]?.fit.length === 0)
          .map(({ group }) => group.arn.split("/").at(-2) ?? group.arn),
      },
    ];
  });
  return [...ofService, ...ofTargets];
}

interface SortedWatches {
  readonly fit: readonly Watch[];
  readonly contrary: readonly Watch[];
}

function sortWatches(watches: readonly Watch[]): SortedWatches {
  return { fit: watches.filter(goesOffInTrouble), contrary: watches.filter((one) => !goesOffInTrouble(one)) };
}

/** Of tasks and healthy targets few are bad, of all else much is. What math makes of a metric may go either way. */
function goesOffInTrouble({ alarm: { expressions, comparison }, metric }: Watch): boolean {
  if (expressions.some((text) => !/^\s*(ANOMALY_DETECTION_BAND|FILL)\s*\([^()]*\)\s*$/i.test(text)))
    return true;
  const isFewBad = areaOf(metric) === "tasks" || metric.name === "HealthyHostCount";
  return isFewBad ? !comparison.startsWith("Greater") : !/^LessThan(?!LowerOrGreater)/.test(comparison);
}

function distinct(watches: readonly Watch[]): readonly AlarmFacts[] {
  return [...new Set(watches.map(({ alarm }) => alarm))];
}
