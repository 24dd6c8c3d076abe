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

const setsOf = new Map(
  Object.entries(published).map(([namespace, rows]) => [
    namespace,
    new Map(
      rows.flatMap(([metrics, sets]) =>
        metrics.split(" ").map((metric) => [metric, sets.split(" ")] as const),
      ),
    ),
  ]),
);

function judge({ namespace, metricName, dimensions }: MetricSource, path: FieldPath): Found[] {
  const metrics = setsOf.get(namespace);
  if (metrics === undefined || metricName.includes("${")) return [];
  const sets = metrics.get(metricName);
  if (sets === undefined) {
    // The list may lack a metric: only what looks like a slip is told of.
    const near = nearest(metricName, metrics.keys());
    if (near === undefined || !isSlip(metricName, near)) return [];
    const message = `${namespace} publishes no metric "${metricName}" that is known here; did you mean "${near}"?`;
    return [{ severity: "warning", code: "UnknownMetric", message, path: [...path, "metricName"] }];
  }
  const given = Object.entries(dimensions ?? {}).flatMap(([name, value]) => (isGiven(value) ? [name] : []));
  if (dimensions === undefined || sets.some((set) => isSame(set, given))) return [];
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
