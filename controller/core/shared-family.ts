// Who else uses a task definition family. A revision of ours becomes the latest of its family, and that is what a
// scheduled task without a revision runs, and what many deploy tools start from.
import type { Workload } from "../model/workload.ts";
import type { Reason } from "./select.ts";

/** `web`, for an ARN, for `web:7` and for `web`. */
export function familyOf(taskDefinition: string): string {
  return taskDefinition.slice(taskDefinition.lastIndexOf("/") + 1).split(":")[0] as string;
}

/** Family → places (`CLUSTER/SERVICE`) of the services that run a revision of it. */
export function findFamilyUsers(workloads: readonly Workload[]): ReadonlyMap<string, readonly string[]> {
  const users = new Map<string, string[]>();
  for (const { cluster, service, taskDefinitionArn } of workloads) {
    const family = familyOf(taskDefinitionArn);
    users.set(family, [...(users.get(family) ?? []), `${cluster}/${service}`]);
  }
  return users;
}

/** Who uses a family beside a service of ours, by name. */
export interface FamilyUsers {
  readonly services: readonly string[];
  /** EventBridge rules that run tasks of it. */
  readonly rules: readonly string[];
  /** EventBridge Scheduler's schedules that do. */
  readonly schedules: readonly string[];
}

/** Why a family that others use as well must not get a revision of ours. */
export function findSharing(family: string, { services, rules, schedules }: FamilyUsers): Reason | undefined {
  const users = [
    ...(services.length > 0 ? [`${plural("service", services)} ${name(services)}`] : []),
    ...(rules.length > 0 ? [`${plural("scheduled task", rules)} ${name(rules)}`] : []),
    ...(schedules.length > 0 ? [`${plural("schedule", schedules)} ${name(schedules)}`] : []),
  ];
  if (users.length === 0) return undefined;
  const message = `family ${family} is also used by ${users.join(" and by ")}, and a revision of ours would become its latest; give this service a family of its own, or set sharedFamily: allow`;
  return { code: "SharedFamily", message };
}

function plural(noun: string, { length }: readonly string[]): string {
  return length === 1 ? noun : `${length} ${noun}s`;
}

function name(users: readonly string[]): string {
  const shown = [...users].sort().slice(0, 3).join(", ");
  return users.length > 3 ? `${shown} and ${users.length - 3} more` : shown;
}
