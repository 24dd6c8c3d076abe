// How deployments come about and go forward. Nothing runs in the background: every operation that
// looks at a service first settles it, which works out where it stands on the sandbox's clock.
import type { Input, OperationContext } from "../../service.ts";
import { announceRollout, announceSteadyState } from "./happenings.ts";
import { addEvent } from "./service-events.ts";
import {
  type DeploymentRecord,
  type EcsStore,
  ecsArn,
  type Fields,
  type RevisionRecord,
  type ServiceDeploymentRecord,
  type ServiceRecord,
  toDigits,
} from "./store.ts";
import { matchTasks } from "./task-records.ts";

// The fields of a service that make its revisions; the rest (counts, percentages) doesn't.
export const REVISION_FIELDS = [
  "launchType",
  "capacityProviderStrategy",
  "platformVersion",
  "loadBalancers",
  "serviceRegistries",
  "networkConfiguration",
  "serviceConnectConfiguration",
  "volumeConfigurations",
  "vpcLatticeConfigurations",
  "monitoring",
] as const;

/** A deployment of what the service's fields now say. */
export function startDeployment(store: EcsStore, service: ServiceRecord, context: OperationContext): void {
  const now = context.now();
  const revision: RevisionRecord = {
    arn: ecsArn(
      context,
      `service-revision/${service.cluster.name}/${service.name}/${toDigits(store.nextId())}`,
    ),
    taskDefinition: service.taskDefinition,
    fields: pick(service.fields, REVISION_FIELDS),
    createdAt: now,
  };
  service.revisions.set(revision.arn, revision);

  const [replaced] = service.deployments;
  if (replaced?.rolloutState === "IN_PROGRESS")
    finish(replaced.serviceDeployment, "STOPPED", now, "Service deployment was replaced by a newer one.");

  const serviceDeployment: ServiceDeploymentRecord = {
    arn: ecsArn(
      context,
      `service-deployment/${service.cluster.name}/${service.name}/${store.nextId().slice(0, 21)}`,
    ),
    status: "IN_PROGRESS",
    statusReason: undefined,
    source: replaced?.revision,
    target: revision,
    createdAt: now,
    updatedAt: now,
    finishedAt: undefined,
    failureCount: 0,
    rollback: undefined,
  };
  service.serviceDeployments.unshift(serviceDeployment);
  const deployment = newDeployment(store, revision, serviceDeployment, now, service);
  service.deployments.unshift(deployment);
  announceRollout(store, service, deployment);
}

function newDeployment(
  store: EcsStore,
  revision: RevisionRecord,
  serviceDeployment: ServiceDeploymentRecord,
  now: number,
  service: ServiceRecord,
): DeploymentRecord {
  const id = `ecs-svc/${toDigits(store.nextId())}`;
  return {
    id,
    revision,
    createdAt: now,
    updatedAt: now,
    rolloutState: "IN_PROGRESS",
    rolloutStateReason: `ECS deployment ${id} in progress.`,
    failedTasks: 0,
    running: 0,
    pending: service.desiredCount,
    failing: service.failure,
    settled: false,
    serviceDeployment,
  };
}

/** Brings a service up to the present. */
export function settle(store: EcsStore, service: ServiceRecord, context: OperationContext): void {
  const now = context.now();
  if (service.status === "INACTIVE") return;
  if (service.status === "DRAINING") {
    if (now < (service.deletedAt ?? now) + store.deploymentMilliseconds) return;
    service.status = "INACTIVE";
    service.deployments = [];
    matchTasks(store, service, now, "Scaling activity initiated by a deleted service");
    return;
  }
  // A failed deployment may be rolled back within the same stretch of time.
  while (advance(store, service, now));
  shareTasks(service);
  matchTasks(store, service, now, "Scaling activity initiated by (deployment ecs-svc)");
}

/** Moves the primary deployment on; true where that began another one, which may have moved on too. */
function advance(store: EcsStore, service: ServiceRecord, now: number): boolean {
  const [primary] = service.deployments;
  if (primary === undefined || primary.rolloutState !== "IN_PROGRESS") return false;
  const end = primary.createdAt + store.deploymentMilliseconds;

  if (primary.failing !== undefined && service.desiredCount > 0)
    return advanceFailing(store, service, primary, now, end);

  // With ECS's own strategies both revisions run beside each other for a while, once the tasks are there.
  // The first deployment of a service has none to shift from; and where deployments take no time, neither does this.
  const shifts = service.deployments.length > 1 && store.deploymentMilliseconds > 0;
  const settled = end + (shifts ? shiftingMilliseconds(service) : 0);
  if (now >= settled) {
    complete(store, service, primary, settled);
    return false;
  }
  const share = now >= end ? 1 : (now - primary.createdAt) / store.deploymentMilliseconds;
  primary.running = Math.floor(service.desiredCount * share);
  primary.pending = service.desiredCount - primary.running;
  return false;
}

function complete(store: EcsStore, service: ServiceRecord, primary: DeploymentRecord, at: number): void {
  primary.rolloutState = "COMPLETED";
  primary.rolloutStateReason = `ECS deployment ${primary.id} completed.`;
  primary.updatedAt = at;
  service.deployments = [primary];
  service.lastCompleted = primary.revision;
  const told = primary.serviceDeployment;
  if (told.rollback === undefined) finish(told, "SUCCESSFUL", at);
  else finish(told, "ROLLBACK_SUCCESSFUL", at);
  addEvent(store, service, at, `(service ${service.name}) (deployment ${primary.id}) deployment completed.`);
  addEvent(store, service, at, `(service ${service.name}) has reached a steady state.`);
  announceRollout(store, service, primary);
  announceSteadyState(store, service, at);
}

function advanceFailing(
  store: EcsStore,
  service: ServiceRecord,
  primary: DeploymentRecord,
  now: number,
  end: number,
): boolean {
  const breaker = circuitBreaker(service);
  // One task of an unhealthy deployment is up at any time; of a dying one, none.
  primary.running = primary.failing === "unhealthy" ? 1 : 0;
  primary.pending = 1;
  const elapsed = now - primary.createdAt;
  if (!breaker.enable) {
    primary.failedTasks = 1 + Math.floor(elapsed / 10_000);
    primary.serviceDeployment.failureCount = primary.failedTasks;
    return false;
  }
  const threshold = failureThreshold(service);
  if (now < end) {
    primary.failedTasks = Math.floor((threshold * elapsed) / store.deploymentMilliseconds);
    primary.serviceDeployment.failureCount = primary.failedTasks;
    return false;
  }

  primary.failedTasks = threshold;
  primary.serviceDeployment.failureCount = threshold;
  primary.rolloutState = "FAILED";
  primary.rolloutStateReason =
    primary.failing === "unhealthy"
      ? "ECS deployment circuit breaker: tasks failed container health checks."
      : "ECS deployment circuit breaker: tasks failed to start.";
  primary.updatedAt = end;
  announceRollout(store, service, primary);
  primary.running = 0;
  primary.pending = 0;
  addEvent(
    store,
    service,
    end,
    `(service ${service.name}) (deployment ${primary.id}) deployment failed: ${primary.failing === "unhealthy" ? "tasks failed container health checks" : "tasks failed to start"}.`,
  );
  const told = primary.serviceDeployment;
  const back = service.lastCompleted;
  if (told.rollback !== undefined) {
    finish(told, "ROLLBACK_FAILED", end, primary.rolloutStateReason);
    return false;
  }
  if (!breaker.rollback || back === undefined) {
    finish(told, "STOPPED", end, primary.rolloutStateReason);
    return false;
  }

  told.status = "ROLLBACK_IN_PROGRESS";
  told.statusReason = "Service deployment rolled back because the circuit breaker threshold was exceeded.";
  told.updatedAt = end;
  told.rollback = { reason: told.statusReason, startedAt: end, revision: back };
  const rollback = newDeployment(store, back, told, end, service);
  rollback.failing = undefined;
  rollback.rolloutStateReason = `ECS deployment circuit breaker: rolling back to deploymentId ${rollback.id}.`;
  service.deployments.unshift(rollback);
  announceRollout(store, service, rollback);
  service.taskDefinition = back.taskDefinition;
  Object.assign(service.fields, back.fields);
  addEvent(store, service, end, `(service ${service.name}) rolling back to deployment ${rollback.id}.`);
  return true;
}

/** Older deployments keep what tasks the primary hasn't taken over. */
function shareTasks(service: ServiceRecord): void {
  const [primary, ...older] = service.deployments;
  if (primary === undefined) return;
  if (primary.rolloutState === "COMPLETED") {
    primary.running = service.desiredCount;
    primary.pending = 0;
    return;
  }
  const taken = primary.failing === undefined && isRolling(service) ? primary.running : 0;
  let wanted = Math.max(0, service.desiredCount - taken);
  for (const deployment of older) {
    deployment.running = Math.min(deployment.running, wanted);
    deployment.pending = 0;
    wanted -= deployment.running;
  }
}

function configurationOf(service: ServiceRecord): Input {
  return (service.fields["deploymentConfiguration"] as Input | undefined) ?? {};
}

function isRolling(service: ServiceRecord): boolean {
  return (configurationOf(service).strategy ?? "ROLLING") === "ROLLING";
}

const MINUTE = 60_000;

/** How long traffic is shifted, and both revisions are kept then. Hooks take no time here. */
function shiftingMilliseconds(service: ServiceRecord): number {
  const {
    strategy,
    bakeTimeInMinutes = 0,
    linearConfiguration,
    canaryConfiguration,
  } = configurationOf(service);
  if (isRolling(service)) return 0;
  const steps = Math.ceil(100 / (linearConfiguration?.stepPercent ?? 10));
  const shifting =
    strategy === "LINEAR"
      ? steps * (linearConfiguration?.stepBakeTimeInMinutes ?? 6)
      : strategy === "CANARY"
        ? (canaryConfiguration?.canaryBakeTimeInMinutes ?? 10)
        : 0;
  return (shifting + bakeTimeInMinutes) * MINUTE;
}

interface CircuitBreaker {
  readonly enable?: boolean;
  readonly rollback?: boolean;
  readonly thresholdConfiguration?: { readonly type?: string; readonly value?: number };
}

function circuitBreaker(service: ServiceRecord): CircuitBreaker {
  return (configurationOf(service).deploymentCircuitBreaker as CircuitBreaker | undefined) ?? {};
}

/** How many failed tasks trip the breaker. */
export function failureThreshold(service: ServiceRecord): number {
  const { type = "BOUNDED_PERCENT", value = 50 } = circuitBreaker(service).thresholdConfiguration ?? {};
  if (type === "COUNT") return value;
  const share = Math.max(1, Math.ceil((service.desiredCount * value) / 100));
  return type === "UNBOUNDED_PERCENT" ? share : Math.min(200, Math.max(3, share));
}

function finish(
  deployment: ServiceDeploymentRecord,
  status: ServiceDeploymentRecord["status"],
  at: number,
  reason?: string,
): void {
  deployment.status = status;
  deployment.updatedAt = at;
  deployment.finishedAt = at;
  if (reason !== undefined) deployment.statusReason = reason;
}

export function pick(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(
    names.filter((name) => fields[name] !== undefined).map((name) => [name, fields[name]]),
  );
}
