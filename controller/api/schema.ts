// What the rest of the house takes from the schema: the documents, and the types of their sections.
export type { AlarmSpec, AnomalySource, MetricSource } from "./schema/alarms.ts";
export type { DeploymentSpec, EventSpec, HealthCheckSpec, TargetGroupSpec } from "./schema/liveness.ts";
export type { LoggingSpec, LogMetricSpec, QuerySpec } from "./schema/logs.ts";
export type { MonitorSpec } from "./schema/mackerel.ts";
export {
  type ExceptionSpec,
  exceptionDocument,
  type Override,
  type PolicySpec,
  policyDocument,
  policyKinds,
} from "./schema/policy.ts";
export type { RolloutSpec } from "./schema/rollout.ts";
export type { Selector } from "./schema/selector.ts";
export type { MackerelAgentSettings, SidecarSettings, SidecarSpec, SidecarWords } from "./schema/sidecars.ts";
