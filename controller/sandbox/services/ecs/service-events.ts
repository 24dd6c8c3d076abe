// What ECS writes of a service, as DescribeServices gives it: the last hundred messages, the newest first.
import type { EcsStore, ServiceRecord, TaskRecord } from "./store.ts";

export function addEvent(store: EcsStore, service: ServiceRecord, at: number, message: string): void {
  const id = store.nextId();
  const uuid = `${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12, 16)}-${id.slice(16, 20)}-${id.slice(20)}`;
  service.events.unshift({ id: uuid, createdAt: new Date(at), message });
  if (service.events.length > 100) service.events.length = 100;
}

/** In ECS's own words. Of tasks that end by themselves it says nothing: only that others start. */
export function tellTasks(
  store: EcsStore,
  service: ServiceRecord,
  at: number,
  what: "started" | "stopped",
  tasks: readonly TaskRecord[],
): void {
  if (tasks.length === 0) return;
  const kind = what === "started" ? "tasks" : "running tasks";
  const names = tasks.map(({ id }) => `(task ${id})`).join(" ");
  addEvent(store, service, at, `(service ${service.name}) has ${what} ${tasks.length} ${kind}: ${names}.`);
}
