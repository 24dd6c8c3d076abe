// Whether a metric of a service exists: AWS publishes it, and what it needs is on. A metric without data for two weeks is in
// no list of CloudWatch's, so errors that never happened could not be told from errors nobody counts: this is judged by the
// documentation instead.
// Sources: ECS developer guide (available metrics); CloudWatch user guide (Container Insights metrics); ELB user guides.
import type { Read } from "../../model/read.ts";

/** AWS/ECS, by ClusterName and ServiceName. */
const ofEcs = /^((CPU|Memory|EBSFilesystem)Utilization|LiveTaskCount)$/;

/** ECS/ContainerInsights by ClusterName and ServiceName, with `enabled`. */
const ofInsights =
  /^((Deployment|DesiredTask|PendingTask|RunningTask|TaskSet)Count|(Cpu|Memory)(Utilized|Reserved)|Network(Rx|Tx)Bytes|Storage(Read|Write)Bytes|(EphemeralStorage|EBSFilesystem)(Reserved|Utilized|Size)|RestartCount)$/;

/** Those that `enhanced` adds. */
const ofEnhanced =
  /^(Task(Cpu|Memory|EphemeralStorage|EBSFilesystem)Utilization|Container(Cpu|Memory)(Utilized|Utilization|Reserved)|Container(NetworkRxBytes|NetworkTxBytes|StorageReadBytes|StorageWriteBytes)|UnHealthyContainerHealthStatus)$/;

/** By LoadBalancer and TargetGroup. */
const ofBalancers: Readonly<Record<string, RegExp>> = {
  "AWS/ApplicationELB":
    /^(RequestCount|RequestCountPerTarget|TargetResponseTime|HTTPCode_Target_[2345]XX_Count|TargetConnectionErrorCount|TargetTLSNegotiationErrorCount|HealthyHostCount|UnHealthyHostCount|(Healthy|Unhealthy)State(DNS|Routing)|UnhealthyRoutingRequestCount|AnomalousHostCount|MitigatedHostCount)$/,
  "AWS/NetworkELB":
    /^(HealthyHostCount|UnHealthyHostCount|(Healthy|Unhealthy)State(DNS|Routing)|UnhealthyRoutingFlowCount)$/,
};

/**
 * Of a metric with the dimensions of a service: why it does not exist; undefined: it does. A failure: that hangs on a
 * setting which could not be read.
 */
export function findMissing(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  insights: Read<string>,
): Read<string | undefined> {
  const exists: Read<string | undefined> = { known: true, value: undefined };
  const missing = (why: string): Read<string | undefined> => ({ known: true, value: why });
  if (namespace === "ECS/ContainerInsights") {
    const isEnhanced = ofEnhanced.test(name);
    if (!isEnhanced && !ofInsights.test(name))
      return missing(`Container Insights has no metric ${name} of a service`);
    if (!insights.known) return insights;
    if (insights.value === "disabled") return missing(`${name} needs Container Insights, which is off`);
    return isEnhanced && insights.value !== "enhanced"
      ? missing(`${name} needs Container Insights with enhanced observability`)
      : exists;
  }
  const published = namespace === "AWS/ECS" ? ofEcs : ofBalancers[namespace];
  return published === undefined || published.test(name)
    ? exists
    : missing(`${namespace} has no metric ${name} with these dimensions`);
}
