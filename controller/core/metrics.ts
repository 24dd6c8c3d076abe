// Which metric a service has: dimensions found from the service and its target groups.
// Sources: ECS developer guide (available metrics), Container Insights metrics, ALB and NLB CloudWatch metrics.
import type { MetricSource } from "../api/schema.ts";
import type { Failure } from "../model/errors.ts";
import { compareText } from "../model/json.ts";
import type { Workload } from "../model/workload.ts";
import type { Reason } from "./select.ts";

export interface Dimension {
  readonly Name: string;
  readonly Value: string;
}

export type MetricTargets =
  | { readonly state: "found"; readonly sets: readonly (readonly Dimension[])[] }
  | { readonly state: "blocked"; readonly reason: Reason }
  | { readonly state: "unknown"; readonly failure: Failure };

/** Metrics that exist for a cluster only. */
const clusterOnly = {
  "AWS/ECS": /^(CPU|Memory|GPU)Reservation$/,
  "ECS/ContainerInsights": /^(ContainerInstanceCount|ServiceCount|TaskCount|instance_.*)$/,
} as const;

/** Metrics of those namespaces that have no ClusterName+ServiceName set (Service Connect's; per-container health). */
const withoutServiceSet = {
  "AWS/ECS":
    /^(ActiveConnectionCount|NewConnectionCount|ProcessedBytes|RequestCount|GrpcRequestCount|HTTPCode_Target_.*|RequestCountPerTarget|TargetProcessedBytes|TargetResponseTime)$/,
  "ECS/ContainerInsights": /^UnHealthyContainerHealthStatus$/,
} as const;

/** Metrics with a LoadBalancer+TargetGroup set; every other one is the load balancer's. */
const perTargetGroup = {
  "AWS/ApplicationELB":
    /^(RequestCount|RequestCountPerTarget|TargetResponseTime|HTTPCode_Target_.*|TargetConnectionErrorCount|TargetTLSNegotiationErrorCount|HealthyHostCount|UnHealthyHostCount|HealthyState.*|UnhealthyState.*|UnhealthyRoutingRequestCount|AnomalousHostCount|MitigatedHostCount)$/,
  "AWS/NetworkELB": /^(HealthyHostCount|UnHealthyHostCount)$/,
} as const;

type EcsNamespace = keyof typeof clusterOnly;
type ElbNamespace = keyof typeof perTargetGroup;

export function findMetric(metric: MetricSource, workload: Workload): MetricTargets {
  const { namespace, metricName, dimensions } = metric;
  if (dimensions !== undefined)
    return found([Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }))]);
  if (namespace in clusterOnly) return findEcsMetric(namespace as EcsNamespace, metricName, workload);
  if (namespace in perTargetGroup) return findElbMetric(namespace as ElbNamespace, metricName, workload);
  return found([[]]);
}

function findEcsMetric(
  namespace: EcsNamespace,
  metricName: string,
  { cluster, service }: Workload,
): MetricTargets {
  if (withoutServiceSet[namespace].test(metricName)) {
    return notApplicable(
      `${namespace} ${metricName} is not published by ClusterName and ServiceName; give its dimensions`,
    );
  }
  const ofCluster = [{ Name: "ClusterName", Value: cluster }];
  return found([
    clusterOnly[namespace].test(metricName)
      ? ofCluster
      : [...ofCluster, { Name: "ServiceName", Value: service }],
  ]);
}

function findElbMetric(
  namespace: ElbNamespace,
  metricName: string,
  { targetGroups }: Workload,
): MetricTargets {
  if (!targetGroups.known) return { state: "unknown", failure: targetGroups.failure };
  const [type, name] =
    namespace === "AWS/ApplicationELB"
      ? ["app/", "an application load balancer"]
      : ["net/", "a network load balancer"];
  if (targetGroups.value.length === 0) return notApplicable("the service has no load balancer");
  const pairs = targetGroups.value.flatMap(({ arn, loadBalancerArn }) => {
    const balancer = loadBalancerArn?.split("loadbalancer/")[1];
    return balancer?.startsWith(type) ? [{ balancer, group: arn.slice(arn.lastIndexOf(":") + 1) }] : [];
  });
  if (pairs.length === 0) return notApplicable(`no target group of the service is at ${name}`);
  if (perTargetGroup[namespace].test(metricName)) {
    return found(
      pairs.map(({ balancer, group }) => [
        { Name: "LoadBalancer", Value: balancer },
        { Name: "TargetGroup", Value: group },
      ]),
    );
  }
  const balancers = [...new Set(pairs.map(({ balancer }) => balancer))].sort(compareText);
  return found(balancers.map((Value) => [{ Name: "LoadBalancer", Value }]));
}

/** How one figure is made of several target groups': counts add up, the worst latency and health count. */
export function aggregateFunction(metricName: string, statistic: string): "SUM" | "MAX" | "MIN" {
  if (/^Healthy/.test(metricName)) return "MIN";
  if (/^(Un[Hh]ealthy(Host|State)|TargetResponseTime)/.test(metricName)) return "MAX";
  if (/^(RequestCount|HTTPCode_)/.test(metricName) || statistic === "Sum" || statistic === "SampleCount")
    return "SUM";
  return statistic === "Minimum" ? "MIN" : "MAX";
}

function found(sets: readonly (readonly Dimension[])[]): MetricTargets {
  return { state: "found", sets };
}

function notApplicable(message: string): MetricTargets {
  return { state: "blocked", reason: { code: "NotApplicable", message } };
}
