// What of a policy's `logging` keeps a service's log group for a stated time. It is for one group: that of the containers it is
// for. A retention that stands was chosen, or is the law's, and is never written over.
import type { JsonObject } from "../../model/json.ts";
import type { Workload } from "../../model/workload.ts";
import { containersOf } from "../layer.ts";
import { driverOf, logDestination } from "../log-destination.ts";
import { chosenContainers, resolveLogGroup } from "../service-log-group.ts";
import { nameOf, readContainers } from "./containers.ts";
import { logGroupsOf } from "./error-signal.ts";
import type { AuditIndex } from "./index-facts.ts";
import type { Remedy } from "./remedies.ts";

/** Long enough for most, and not for ever. */
const retention = "365d";

/** What of `logging` says which containers it is for: all of them without a name; awslogs needs no word. */
export type LoggingChoice = { readonly container?: string; readonly driver?: "awsfirelens" };

/** @param groups those that are missing, or never expire */
export function mendLogGroup(groups: readonly string[], workload: Workload): Remedy {
  const [group, ...others] = groups;
  const choice = group === undefined || others.length > 0 ? undefined : chooseFor(group, workload);
  if (choice !== undefined) return { spec: { logging: { ...choice, retention } } };
  return {
    byHand:
      "make the group, or say how long it is kept, where it was made: logging in a policy is for one log group, and for containers that log by one driver",
  };
}

function chooseFor(group: string, workload: Workload): LoggingChoice | undefined {
  const containers = chosenContainers({}, containersOf(inputOf(workload)));
  const driver = commonDriver(containers);
  const isOwnDriver = driver === "awslogs" || driver === "awsfirelens";
  if (isOwnDriver && groupOf({}, workload) === group) return sayDriver(driver);
  const container = appsOf(workload).find((app) => logDestination(app)?.group === group);
  return container && { ...sayDriver(driverOf(container)), container: nameOf(container) };
}

/** That of all of them; what has none would log by awslogs. */
export function commonDriver(containers: readonly JsonObject[]): string | undefined {
  const [driver, ...others] = new Set(
    containers.map((container) => String(driverOf(container) ?? "awslogs")),
  );
  return others.length === 0 ? driver : undefined;
}

function sayDriver(driver: unknown): LoggingChoice {
  return driver === "awsfirelens" ? { driver } : {};
}

/**
 * The retention of a group that lines for something else bring along: one that is not there yet, or that nothing of the
 * service's has logged to. Of the others NoRetention speaks.
 */
export function retentionBeside(
  choice: LoggingChoice,
  workload: Workload,
  { logGroups }: Pick<AuditIndex, "logGroups">,
): { readonly retention?: string } {
  const group = groupOf(choice, workload);
  if (!logGroups.known || logGroups.value.get(group)?.retention !== undefined) return {};
  return logGroups.value.has(group) && logGroupsOf(workload).includes(group) ? {} : { retention };
}

/** The groups that the service logs to, and those that it would with `logging`. */
export function groupsToRead(workload: Workload): string[] {
  const bare = appsOf(workload).filter((app) => driverOf(app) === undefined);
  const used = logGroupsOf(workload);
  if (used.length + bare.length === 0) return [];
  const choices: readonly LoggingChoice[] = [{}, ...bare.map((app) => ({ container: nameOf(app) }))];
  return [...used, ...choices.map((choice) => groupOf(choice, workload))];
}

/** The group that `logging` is for. */
export function groupOf({ container }: LoggingChoice | JsonObject, workload: Workload): string {
  const choice = typeof container === "string" ? { container } : {};
  return resolveLogGroup(choice, { workload }, inputOf(workload));
}

function appsOf(workload: Workload): readonly JsonObject[] {
  const containers = readContainers(workload);
  return containers?.known === true ? containers.value.apps : [];
}

function inputOf({ taskDefinition }: Workload): JsonObject {
  return taskDefinition.known ? taskDefinition.value.input : {};
}
