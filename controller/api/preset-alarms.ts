// What each alarm preset is made of, and why. Names and one-line docs are in alarm-presets.ts; docs/alarm-presets.md is
// checked against this table. A policy's own field wins over a preset's, each by itself.
//
// Missing data, in three rules:
// - `missing` for gauges of running tasks (use, storage): AWS/ECS publishes nothing while no task runs, and "no data" is
//   then the truth: neither "fine" nor "too high". Whoever is down is told by the alarms of the third rule.
// - `notBreaching` for what is published only when something happens: no request and no error is no alarm.
// - `breaching` for what must always be there: its absence is the failure. Such an alarm warms up for 15 minutes, since a
//   new service, or newly enabled Container Insights, has no data yet; CloudWatch ends that as soon as there is enough.
import type { AlarmPresetName } from "./alarm-presets.ts";
import type { AlarmSpec } from "./schema/alarms.ts";

/** What a service must have beside its metric's namespace, else the preset is NotApplicable. */
export type PresetNeed =
  /** The cluster's containerInsights is `enabled` or `enhanced`. */
  | "containerInsights"
  /** Tasks on Fargate (ephemeral storage is measured there only). */
  | "fargate"
  /** The ECS deployment controller: others keep task sets, not deployments. */
  | "ecsDeployments"
  /** A container with an enabled restartPolicy: only those are counted. */
  | "restartPolicy"
  /** A log metric of this service named `fatal`, without dimensions. */
  | "fatalLogMetric";

type Judging = Required<
  Pick<
    AlarmSpec,
    "period" | "evaluationPeriods" | "datapointsToAlarm" | "comparison" | "threshold" | "treatMissingData"
  >
> &
  Pick<AlarmSpec, "evaluateLowSampleCountPercentile" | "warmUp">;

export type PresetAlarm = Judging & {
  readonly needs: readonly PresetNeed[];
  /** Why it is as it is; stands in docs/alarm-presets.md. */
  readonly why: string;
} & (
    | {
        /** Without a namespace: that of the service's log metrics. */
        readonly metric: { readonly namespace?: string; readonly metricName: string };
        readonly statistic: string;
      }
    | {
        readonly expression: string;
        readonly metrics: Readonly<
          Record<
            string,
            { readonly namespace: string; readonly metricName: string; readonly statistic: string }
          >
        >;
      }
  );

const insights = "ECS/ContainerInsights";
const alb = "AWS/ApplicationELB";
const nlb = "AWS/NetworkELB";

const above = "GreaterThanThreshold";
const below = "LessThanThreshold";
const warmUp = 900;

function lasting(datapointsToAlarm: number, evaluationPeriods: number, period = 60) {
  return { period, evaluationPeriods, datapointsToAlarm };
}

/** Targets that all nodes of the load balancer find unhealthy. AWS: Minimum above 0 for more than one datapoint. */
function unhealthyHosts(namespace: string): PresetAlarm {
  return {
    metric: { namespace, metricName: "UnHealthyHostCount" },
    statistic: "Minimum",
    ...lasting(5, 5),
    comparison: above,
    threshold: 0,
    treatMissingData: "notBreaching",
    needs: [],
    why: "Each node of the load balancer has its own view, and AWS advises Minimum: all of them agree. Five minutes are longer than a slow start, and than ECS takes to replace a task. Without targets there is no data; the healthy-hosts preset sees that.",
  };
}

/** Too few healthy targets in every node's view: Maximum is the counterpart of Minimum above. */
function healthyHostsLow(namespace: string): PresetAlarm {
  return {
    metric: { namespace, metricName: "HealthyHostCount" },
    statistic: "Maximum",
    ...lasting(3, 3),
    comparison: below,
    threshold: 1,
    treatMissingData: "breaching",
    warmUp,
    needs: [],
    why: "Maximum, since a node that the load balancer has just added sees nothing healthy for a while. Deregistered targets never count as unhealthy, and with none registered there is no data at all: breaching. Raise the threshold to what the service needs to carry its load.",
  };
}

/** TargetResponseTime is in seconds. AWS ignores a percentile of fewer than 10/(1-p) samples in the evaluated time. */
function latency(
  statistic: string,
  threshold: number,
  datapointsToAlarm: number,
  fewest: string,
): PresetAlarm {
  return {
    metric: { namespace: alb, metricName: "TargetResponseTime" },
    statistic,
    ...lasting(datapointsToAlarm, 3, 300),
    comparison: above,
    threshold,
    treatMissingData: "notBreaching",
    evaluateLowSampleCountPercentile: "ignore",
    needs: [],
    why: `One slow request at night is no slow service: a percentile of fewer than ${fewest} requests changes nothing (ignore), and five-minute periods gather enough of them. Set evaluate where there is less traffic than that.`,
  };
}

export const presetAlarms: Readonly<Record<AlarmPresetName, PresetAlarm>> = {
  "ecs-cpu-high": {
    metric: { namespace: "AWS/ECS", metricName: "CPUUtilization" },
    statistic: "Average",
    ...lasting(5, 5),
    comparison: above,
    threshold: 80,
    treatMissingData: "missing",
    needs: [],
    why: "AWS's recommended alarm. Five minutes in a row, so that the start of a task or one burst does not fire.",
  },
  "ecs-memory-high": {
    metric: { namespace: "AWS/ECS", metricName: "MemoryUtilization" },
    statistic: "Average",
    ...lasting(5, 5),
    comparison: above,
    threshold: 80,
    treatMissingData: "missing",
    needs: [],
    why: "AWS's recommended alarm. Memory that is used up ends in killed containers, so 80 leaves time to act.",
  },
  "ecs-running-below-desired": {
    // The newest minute may lack the running count only: FILL then makes one false point, which 8 of 10 shrug off.
    expression: "desired - FILL(running, 0)",
    metrics: {
      desired: { namespace: insights, metricName: "DesiredTaskCount", statistic: "Average" },
      running: { namespace: insights, metricName: "RunningTaskCount", statistic: "Average" },
    },
    ...lasting(8, 10),
    comparison: above,
    threshold: 0,
    treatMissingData: "breaching",
    warmUp,
    needs: ["containerInsights"],
    why: "With no task at all the running count may be missing: it counts as 0. Eight of ten minutes outlast a deployment that goes below the desired count, a scale-out and a slow image pull, and still catch tasks that start and die over and over.",
  },
  "ecs-task-restarts": {
    // Whether a datapoint is the count so far or the count since the last one is not documented: DIFF rises with both.
    expression: "DIFF(restarts)",
    metrics: { restarts: { namespace: insights, metricName: "RestartCount", statistic: "Maximum" } },
    ...lasting(3, 30),
    comparison: above,
    threshold: 0,
    treatMissingData: "notBreaching",
    needs: ["containerInsights", "restartPolicy"],
    why: "One restart is what a restart policy is for; three within half an hour are a fault that it hides.",
  },
  "ecs-ephemeral-storage-high": {
    expression: "100 * used / size",
    metrics: {
      used: { namespace: insights, metricName: "EphemeralStorageUtilized", statistic: "Maximum" },
      size: { namespace: insights, metricName: "EphemeralStorageReserved", statistic: "Maximum" },
    },
    ...lasting(5, 5),
    comparison: above,
    threshold: 90,
    treatMissingData: "missing",
    needs: ["containerInsights", "fargate"],
    why: "AWS's recommended 90 percent, of the fullest task instead of the average one: a full disk fails one task at a time. Made of two metrics that `enabled` has, so that `enhanced` is not needed.",
  },
  "ecs-deployment-stuck": {
    metric: { namespace: insights, metricName: "DeploymentCount" },
    statistic: "Minimum",
    ...lasting(30, 30),
    comparison: above,
    threshold: 1,
    treatMissingData: "missing",
    needs: ["containerInsights", "ecsDeployments"],
    why: "ECS has no metric of failed deployments (the event preset deployment-failed tells those). More than one deployment in every minute of half an hour is one that neither ends nor fails. Raise evaluationPeriods where a bake time is longer.",
  },
  "alb-5xx-rate": {
    expression: "IF(requests >= 20, 100 * FILL(errors, 0) / requests, 0)",
    metrics: {
      errors: { namespace: alb, metricName: "HTTPCode_Target_5XX_Count", statistic: "Sum" },
      requests: { namespace: alb, metricName: "RequestCount", statistic: "Sum" },
    },
    ...lasting(3, 5),
    comparison: above,
    threshold: 5,
    treatMissingData: "notBreaching",
    needs: [],
    why: "AWS recommends about 5 percent of the traffic. Below 20 requests in a period a percentage says nothing: one failed request at night must not page. No request is no data, and no alarm.",
  },
  "alb-elb-5xx": {
    metric: { namespace: alb, metricName: "HTTPCode_ELB_5XX_Count" },
    statistic: "Sum",
    ...lasting(3, 5),
    comparison: above,
    threshold: 10,
    treatMissingData: "notBreaching",
    needs: [],
    why: "Counted for the whole load balancer: all services behind it share the figure, so a count of its own is watched and no rate. It is published only when there is such a response.",
  },
  "alb-latency-p90": latency("p90", 1, 2, "100"),
  "alb-latency-p99": latency("p99", 3, 3, "1,000"),
  "alb-unhealthy-hosts": unhealthyHosts(alb),
  "alb-healthy-hosts-low": healthyHostsLow(alb),
  "nlb-unhealthy-hosts": unhealthyHosts(nlb),
  "nlb-healthy-hosts-low": healthyHostsLow(nlb),
  "nlb-target-resets": {
    expression: "IF(flows >= 20, 100 * FILL(resets, 0) / flows, 0)",
    metrics: {
      resets: { namespace: nlb, metricName: "TCP_Target_Reset_Count", statistic: "Sum" },
      flows: { namespace: nlb, metricName: "NewFlowCount", statistic: "Sum" },
    },
    ...lasting(3, 5),
    comparison: above,
    threshold: 10,
    treatMissingData: "notBreaching",
    needs: [],
    why: "A reset now and then is how some clients end; a tenth of all new connections is a target that refuses or crashes. Counted for the whole load balancer: all services behind it share the figure.",
  },
  "log-fatal": {
    metric: { metricName: "fatal" },
    statistic: "Sum",
    ...lasting(1, 1),
    comparison: "GreaterThanOrEqualToThreshold",
    threshold: 1,
    treatMissingData: "notBreaching",
    needs: ["fatalLogMetric"],
    why: "A fatal line is worth a look by itself. A minute without log lines has no data, and is no alarm.",
  },
};
