// The names of the alarm presets, and what each is for. What they are made of is in preset-alarms.ts.

/** Name → one line of documentation. */
export const alarmPresets = {
  "ecs-cpu-high": "The service's average CPU use, in percent of what its tasks have.",
  "ecs-memory-high": "The service's average memory use, in percent of what its tasks have.",
  "ecs-running-below-desired": "Fewer tasks run than the service wants, none at all included.",
  "ecs-task-restarts": "Containers of the service keep being restarted by their restart policy.",
  "ecs-ephemeral-storage-high": "The fullest task's ephemeral storage, in percent.",
  "ecs-deployment-stuck":
    "Two deployments stand beside each other for long: the newer one does not get healthy.",
  "alb-5xx-rate":
    "Percent of requests that the service's own targets answered with 5xx, once there is some traffic.",
  "alb-elb-5xx":
    "Responses of 5xx that the load balancer itself gave: no healthy target, or a connection that broke.",
  "alb-latency-p90": "The 90th percentile of the targets' response time, in seconds.",
  "alb-latency-p99": "The 99th percentile of the targets' response time, in seconds.",
  "alb-unhealthy-hosts": "Targets that every node of the application load balancer finds unhealthy.",
  "alb-healthy-hosts-low":
    "Fewer healthy targets than this at the application load balancer, none registered included.",
  "nlb-unhealthy-hosts": "Targets that every node of the network load balancer finds unhealthy.",
  "nlb-healthy-hosts-low":
    "Fewer healthy targets than this at the network load balancer, none registered included.",
  "nlb-target-resets":
    "Percent of new connections that targets of the network load balancer reset, once there are some.",
  "log-fatal": "Lines that the log metric `fatal` counts.",
} as const;

export type AlarmPresetName = keyof typeof alarmPresets;
