// Tasks come and go here: they follow the counts of their service's deployments.
import { tellTasks } from "./service-events.ts";
import { type EcsStore, lookUpTaskDefinition, type ServiceRecord, type TaskRecord } from "./store.ts";

/** How long a stopped task can still be seen. */
const STOPPED_VISIBLE = 3_600_000;

/** Starts and stops tasks until each deployment has as many as it says. */
export function matchTasks(store: EcsStore, service: ServiceRecord, now: number, reason: string): void {
  const { tasks } = service.cluster;
  const running = new Map<string, TaskRecord[]>();
  for (const id of service.taskIds) {
    const task = tasks.get(id);
    if (task === undefined || task.stopped !== undefined) {
      if (task?.stopped !== undefined && now - task.stopped.at < STOPPED_VISIBLE) continue;
      tasks.delete(id);
      service.taskIds.delete(id);
      continue;
    }
    const group = running.get(task.deploymentId);
    if (group === undefined) running.set(task.deploymentId, [task]);
    else group.push(task);
  }

  for (const deployment of service.deployments) {
    const held = running.get(deployment.id) ?? [];
    running.delete(deployment.id);
    const surplus = held.splice(deployment.running);
    for (const task of surplus) stop(task, now, "ServiceSchedulerInitiated", reason);
    const { taskDefinition } = deployment.revision;
    if (taskDefinition === undefined) continue;
    const fresh = Array.from({ length: deployment.running - held.length }, () =>
      add(store, service, deployment.id, taskDefinition, now),
    );
    for (const task of fresh) task.unhealthy = deployment.failing === "unhealthy";
    // Those that a deployment brings and takes away are told of by the deployment's own messages alone.
    if (deployment.settled) {
      tellTasks(store, service, now, "stopped", surplus);
      tellTasks(store, service, now, "started", fresh);
    }
    deployment.settled ||= deployment.rolloutState === "COMPLETED";
    if (deployment.failing !== undefined && deployment.failedTasks > 0)
      showFailure(store, service, deployment.id, taskDefinition, deployment.failing, now);
  }
  for (const group of running.values())
    for (const task of group) stop(task, now, "ServiceSchedulerInitiated", reason);
}

function add(
  store: EcsStore,
  service: ServiceRecord,
  deploymentId: string,
  taskDefinition: string,
  now: number,
): TaskRecord {
  const id = store.nextId();
  const definition = lookUpTaskDefinition(store, taskDefinition);
  const propagate = service.fields["propagateTags"];
  const task: TaskRecord = {
    id,
    arn: service.cluster.arn.replace(":cluster/", ":task/").concat(`/${id}`),
    service,
    deploymentId,
    taskDefinition,
    createdAt: now,
    unhealthy: false,
    tags:
      propagate === "SERVICE"
        ? [...service.tags]
        : propagate === "TASK_DEFINITION"
          ? [...(definition?.tags ?? [])]
          : [],
    stopped: undefined,
  };
  service.cluster.tasks.set(id, task);
  service.taskIds.add(id);
  return task;
}

/** One stopped task stands for those that failed. */
function showFailure(
  store: EcsStore,
  service: ServiceRecord,
  deploymentId: string,
  taskDefinition: string,
  mode: "tasks-die" | "unhealthy",
  now: number,
): void {
  for (const id of service.taskIds) {
    const task = service.cluster.tasks.get(id);
    if (task?.deploymentId === deploymentId && task.stopped !== undefined) return;
  }
  const task = add(store, service, deploymentId, taskDefinition, now);
  if (mode === "unhealthy") {
    task.unhealthy = true;
    stop(task, now, "ServiceSchedulerInitiated", "Task failed container health checks");
  } else stop(task, now, "EssentialContainerExited", "Essential container in task exited", 1);
}

export function stop(task: TaskRecord, at: number, code: string, reason: string, exitCode = 0): void {
  task.stopped = { at, code, reason, exitCode };
}
