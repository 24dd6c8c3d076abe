// Dimensions that a policy gives and no metric has: CloudWatch takes such an alarm, and it never sees a datapoint.
// Sources: ECS developer guide (available metrics), CloudWatch user guide (Container Insights metrics for ECS),
// Elastic Load Balancing guides (CloudWatch metrics of ALB and NLB).
import type { FieldPath } from "../issues.ts";
import { nearest } from "../nearest.ts";
import type { MetricSource } from "../schema.ts";
import type { Check, Found } from "./check.ts";
import { isGiven } from "./check.ts";

const names = {
  C: "ClusterName",
  S: "ServiceName",
  F: "TaskDefinitionFamily",
  T: "TaskId",
  N: "ContainerName",
  I: "ContainerInstanceId",
  E: "InstanceId",
  D: "DiscoveryName",
  X: "TargetDiscoveryName",
  L: "LoadBalancer",
  G: "TargetGroup",
  Z: "AvailabilityZone",
} as const;

type Letter = keyof typeof names;

/** Metrics, and the sets of dimensions that they are published by; a letter is a dimension. */
const published: Readonly<Record<string, readonly (readonly [metrics: string, sets: string])[]>> = {
  "AWS/ECS": [
    ["CPUUtilization MemoryUtilization", "C CS"],
    ["CPUReservation MemoryReservation GPUReservation", "C"],
    ["EBSFilesystemUtilization LiveTaskCount", "CS"],
    ["ActiveConnectionCount NewConnectionCount ProcessedBytes RequestCount GrpcRequestCount", "D CSD"],
    [
      "HTTPCode_Target_2XX_Count HTTPCode_Target_3XX_Count HTTPCode_Target_4XX_Count HTTPCode_Target_5XX_Count RequestCountPerTarget TargetProcessedBytes TargetResponseTime",
      "X CSX",
    ],
  ],
  "ECS/ContainerInsights": [
    ["ContainerInstanceCount ServiceCount TaskCount", "C"],
    ["DeploymentCount DesiredTaskCount PendingTaskCount RunningTaskCount TaskSetCount", "CS"],
    [
      "CpuUtilized CpuReserved MemoryUtilized MemoryReserved NetworkRxBytes NetworkTxBytes StorageReadBytes StorageWriteBytes",
      "C CS CF CST CFT",
    ],
    ["EphemeralStorageReserved EphemeralStorageUtilized", "C CS CF"],
    ["EBSFilesystemSize EBSFilesystemUtilized", "CS CF"],
    ["RestartCount", "C CS CF CST CFT CSN CFN CSTN CFTN"],
    [
      "TaskCpuUtilization TaskMemoryUtilization TaskEphemeralStorageUtilization TaskEBSFilesystemUtilization ContainerNetworkRxBytes ContainerNetworkTxBytes",
      "C CS CF CST CFT",
    ],
    [
      "ContainerCpuUtilized ContainerCpuReserved ContainerMemoryUtilized ContainerMemoryReserved ContainerMemoryUtilization ContainerStorageReadBytes ContainerStorageWriteBytes UnHealthyContainerHealthStatus",
      "C CSN CFN CSTN CFTN",
    ],
    // The guide lists it without a container, which its neighbours have: both are taken.
    ["ContainerCpuUtilization", "C CS CF CST CFT CSN CFN CSTN CFTN"],
  ],
  "AWS/ApplicationELB": [
    [
      "RequestCount TargetResponseTime HTTPCode_Target_2XX_Count HTTPCode_Target_3XX_Count HTTPCode_Target_4XX_Count HTTPCode_Target_5XX_Count TargetConnectionErrorCount",
      "L LZ LG LGZ",
    ],
    ["RequestCountPerTarget", "G LG"],
    [
      "HTTPCode_ELB_3XX_Count HTTPCode_ELB_4XX_Count HTTPCode_ELB_5XX_Count HTTPCode_ELB_500_Count HTTPCode_ELB_502_Count HTTPCode_ELB_503_Count HTTPCode_ELB_504_Count RejectedConnectionCount ActiveConnectionCount NewConnectionCount ProcessedBytes ConsumedLCUs",
      "L LZ",
    ],
    ["HealthyHostCount UnHealthyHostCount", "LG LGZ"],
  ],
  "AWS/NetworkELB": [
    ["HealthyHostCount UnHealthyHostCount", "LG LGZ"],
    [
      "ActiveFlowCount NewFlowCount ProcessedBytes PeakBytesPerSecond TCP_Client_Reset_Count TCP_ELB_Reset_Count TCP_Target_Reset_Count ClientTLSNegotiationErrorCount TargetTLSNegotiationErrorCount RejectedFlowCount PortAllocationErrorCount",
      "L LZ",
    ],
  ],
};

/** Metrics that are known to be, but not by which sets: an empty list judges none. */
const alsoPublished: Readonly<Record<string, string>> = {
  "AWS/ApplicationELB":
    "AnomalousHostCount ClientTLSNegotiationErrorCount DesyncMitigationMode_NonCompliant_Request_Count DroppedInvalidHeaderRequestCount ELBAuthError ELBAuthFailure ELBAuthLatency ELBAuthRefreshTokenSuccess ELBAuthSuccess ELBAuthUserClaimsSizeExceeded ForwardedInvalidHeaderRequestCount GrpcRequestCount HTTP_Fixed_Response_Count HTTP_Redirect_Count HTTP_Redirect_Url_Limit_Exceeded_Count HealthyStateDNS HealthyStateRouting IPv6ProcessedBytes IPv6RequestCount LambdaInternalError LambdaTargetProcessedBytes LambdaUserError LowReputationPacketsDropped LowReputationRequestsDenied MitigatedHostCount NonStickyRequestCount PeakLCUs ReservedLCUs RuleEvaluations StandardProcessedBytes TargetTLSNegotiationErrorCount UnhealthyRoutingRequestCount UnhealthyStateDNS UnhealthyStateRouting ZonalHealthStatus",
  "AWS/NetworkELB":
    "ActiveFlowCount_QUIC ActiveFlowCount_TCP ActiveFlowCount_TLS ActiveFlowCount_UDP ActiveZonalShiftHostCount ConsumedLCUs ConsumedLCUs_QUIC ConsumedLCUs_TCP ConsumedLCUs_TLS ConsumedLCUs_UDP HealthyStateDNS HealthyStateRouting NewFlowCount_QUIC NewFlowCount_TCP NewFlowCount_TLS NewFlowCount_UDP PeakPacketsPerSecond ProcessedBytes_QUIC ProcessedBytes_TCP ProcessedBytes_TLS ProcessedBytes_UDP ProcessedPackets QUIC_Unknown_Server_ID_Packet_Drop_Count RejectedFlowCount_TCP RejectedFlowCount_UDP ReservedLCUs SecurityGroupBlockedFlowCount_Inbound_ICMP SecurityGroupBlockedFlowCount_Inbound_TCP SecurityGroupBlockedFlowCount_Inbound_UDP SecurityGroupBlockedFlowCount_Outbound_ICMP SecurityGroupBlockedFlowCount_Outbound_TCP SecurityGroupBlockedFlowCount_Outbound_UDP UnhealthyRoutingFlowCount UnhealthyStateDNS UnhealthyStateRouting ZonalHealthStatus",
};

/** Those whose lists above are whole: what is not in them is a mistake, however little it looks like one. */
const listedWhole: ReadonlySet<string> = new Set(Object.keys(alsoPublished));

const setsOf = new Map(
  Object.entries(published).map(([namespace, rows]) => [
    namespace,
    new Map<string, readonly string[]>([
      ...(alsoPublished[namespace]?.split(" ") ?? []).map((metric) => [metric, []] as const),
      ...rows.flatMap(([metrics, sets]) =>
        metrics.split(" ").map((metric) => [metric, sets.split(" ")] as const),
      ),
    ]),
  ]),
);

/** Other namespaces of AWS that are a letter away from one of those above. */
const alikeNamespaces = ["AWS/EBS", "AWS/EC2", "AWS/ECR", "AWS/EFS", "AWS/EKS", "AWS/ELB", "AWS/ES"];

function judgeNamespace(namespace: string, path: FieldPath): Found[] {
  if (namespace.includes("${") || alikeNamespaces.includes(namespace)) return [];
  const near = nearest(namespace, setsOf.keys());
  if (near === undefined || !isSlip(namespace, near)) return [];
  const message = `nothing is published in the namespace "${namespace}" that is known here; did you mean "${near}"?`;
  return [{ severity: "warning", code: "UnknownMetric", message, path: [...path, "namespace"] }];
}

/** Elastic Load Balancing guide: of this metric only Sum is valid. */
function judgeStatistic({ namespace, metricName, statistic }: MetricSource, path: FieldPath): Found[] {
  if (namespace !== "AWS/ApplicationELB" || metricName !== "RequestCountPerTarget") return [];
  if (statistic === undefined || statistic === "Sum" || statistic.includes("${")) return [];
  const message = `RequestCountPerTarget means something as a Sum only, not as ${statistic}; write Sum`;
  return [{ severity: "warning", code: "InvalidValue", message, path: [...path, "statistic"] }];
}

/** PutMetricAlarm: "Array Members: Maximum number of 30 items." of Dimensions. */
const maxDimensions = 30;

function judge(source: MetricSource, path: FieldPath): Found[] {
  const { namespace, metricName, dimensions } = source;
  const count = Object.keys(dimensions ?? {}).length;
  if (count > maxDimensions) {
    const message = `a metric has at most ${maxDimensions} dimensions, and these are ${count}; give those that it is published by`;
    return [{ code: "InvalidValue", message, path: [...path, "dimensions"] }];
  }
  const metrics = setsOf.get(namespace);
  if (metrics === undefined) return judgeNamespace(namespace, path);
  if (metricName.includes("${")) return [];
  const sets = metrics.get(metricName);
  if (sets === undefined) {
    const near = nearest(metricName, metrics.keys());
    // A list that may lack a metric: only what looks like a slip is told of.
    if (!listedWhole.has(namespace) && (near === undefined || !isSlip(metricName, near))) return [];
    const fix =
      near === undefined ? "see the metrics of the load balancer in AWS's guide" : `did you mean "${near}"?`;
    const message = `${namespace} publishes no metric "${metricName}" that is known here; ${fix}`;
    return [{ severity: "warning", code: "UnknownMetric", message, path: [...path, "metricName"] }];
  }
  return [...judgeStatistic(source, path), ...judgeDimensions(metricName, namespace, dimensions, sets, path)];
}

function judgeDimensions(
  metricName: string,
  namespace: string,
  dimensions: MetricSource["dimensions"],
  sets: readonly string[],
  path: FieldPath,
): Found[] {
  const given = Object.entries(dimensions ?? {}).flatMap(([name, value]) => (isGiven(value) ? [name] : []));
  if (dimensions === undefined || sets.length === 0 || sets.some((set) => isSame(set, given))) return [];
  const known = [...new Set(sets.join(""))].map((letter) => names[letter as Letter]);
  const unknown = given.find((name) => !(known as string[]).includes(name));
  const near = unknown === undefined ? undefined : nearest(unknown, known);
  const fix =
    near === undefined ? `give ${describe(sets)}, or leave dimensions out` : `did you mean "${near}"?`;
  const what = given.length === 0 ? "no dimensions" : given.join(" and ");
  const message = `${namespace} publishes no ${metricName} by ${what}, so the alarm would see no data; ${fix}`;
  return [
    {
      code: "UnknownDimensions",
      message,
      path: unknown === undefined ? [...path, "dimensions"] : [...path, "dimensions", unknown],
    },
  ];
}

/** Another case, or one letter more, less or other: `CPUUtilisation`. */
function isSlip(name: string, near: string): boolean {
  const [a, b] = [name.toLowerCase(), near.toLowerCase()];
  if (a === b) return true;
  const start = [...a].findIndex((char, i) => char !== b[i]);
  const at = start === -1 ? a.length : start;
  return [
    a.slice(at + 1) === b.slice(at + 1),
    a.slice(at + 1) === b.slice(at),
    a.slice(at) === b.slice(at + 1),
  ].some(Boolean);
}

function isSame(set: string, given: readonly string[]): boolean {
  return set.length === given.length && [...set].every((letter) => given.includes(names[letter as Letter]));
}

/** The two smallest: nobody wants to read all of them. */
function describe(sets: readonly string[]): string {
  return sets
    .slice(0, 2)
    .map((set) => [...set].map((letter) => names[letter as Letter]).join(" and "))
    .join(", or ");
}

const checkDimensionSets: Check = ({ spec }) =>
  (spec.alarms ?? []).flatMap((alarm, i) => {
    const path = ["spec", "alarms", i];
    return [
      ...(alarm.metric == null ? [] : judge(alarm.metric, [...path, "metric"])),
      ...(alarm.anomaly == null ? [] : judge(alarm.anomaly.metric, [...path, "anomaly", "metric"])),
      ...Object.entries(alarm.metrics ?? {}).flatMap(([id, source]) =>
        judge(source, [...path, "metrics", id]),
      ),
    ];
  });

export const dimensionChecks: readonly Check[] = [checkDimensionSets];
