// Where a container's logs go, as its definition says.
import { findOption, isCloudWatchOutput, outputOf } from "../api/log-options.ts";
import { compareText, isObject, type Json, type JsonObject } from "../model/json.ts";

/** A log group as a log configuration names it. What it leaves out is filled in by the driver, or missing. */
export interface LogDestination {
  readonly group: string;
  readonly region?: string;
  /** The driver or the output makes the group when it is not there. */
  readonly makesGroup: boolean;
}

/** The CloudWatch log group that a container logs to: by awslogs, or by a FireLens output that names a whole group. */
export function logDestination(container: JsonObject): LogDestination | undefined {
  const log = container["logConfiguration"];
  if (!isObject(log) || !isObject(log["options"])) return undefined;
  const { logDriver: driver, options } = log;
  if (driver === "awslogs")
    return toDestination(options, "awslogs-group", "awslogs-region", "awslogs-create-group");
  if (driver !== "awsfirelens" || !isCloudWatchOutput(outputOf(options))) return undefined;
  return toDestination(options, "log_group_name", "region", "auto_create_group");
}

function toDestination(
  options: JsonObject,
  group: string,
  region: string,
  make: string,
): LogDestination | undefined {
  const [name, at] = [findOption(options, group)?.[1], findOption(options, region)?.[1]];
  // `$(…)` is filled in by the output, for each record.
  if (name === undefined || name.includes("$(")) return undefined;
  const makesGroup = /^(true|on)$/i.test(findOption(options, make)?.[1] ?? "");
  return { group: name, ...(at === undefined ? {} : { region: at }), makesGroup };
}

export function driverOf(container: JsonObject): Json | undefined {
  const log = container["logConfiguration"];
  return isObject(log) ? log["logDriver"] : undefined;
}

/** A FireLens router. A task has one at most. */
export function isRouter(container: JsonObject): boolean {
  return isObject(container["firelensConfiguration"]);
}

/** Groups that the containers log to and that nothing makes when they are missing; sorted by name. */
export function groupsThatMustExist(containers: readonly JsonObject[]): string[] {
  const found = containers.flatMap((container) => logDestination(container) ?? []);
  const names = found.filter(({ makesGroup }) => !makesGroup).map(({ group }) => group);
  return [...new Set(names)].sort(compareText);
}
