// What of a policy's `logging` mends a finding of one service. One entry is for all containers or for one: what a container
// states of its logs was chosen, and stays.
import type { JsonObject } from "../../model/json.ts";
import type { Workload } from "../../model/workload.ts";
import { containersOf } from "../layer.ts";
import { driverOf } from "../log-destination.ts";
import { chosenContainers, optionsOf } from "../service-log-group.ts";
import { nameOf, readContainers } from "./containers.ts";
import type { FindingCode } from "./findings.ts";
import type { Remedy } from "./remedies.ts";

/** Long enough for most, and not for ever. */
const retention = "365d";
const buffered: JsonObject = { mode: "non-blocking", "max-buffer-size": "25m" };

export function mendLogging(code: FindingCode, workload: Workload): Remedy {
  const { taskDefinition } = workload;
  const input = taskDefinition.known ? taskDefinition.value.input : {};
  const containers = chosenContainers({}, containersOf(input));
  const read = readContainers(workload);
  const base = whichContainers(code, containers, read?.known === true ? read.value.apps : []);
  if (base === undefined)
    return {
      byHand:
        "mend it in the task definition: its containers log by several drivers or with other options, and logging in a policy is for all of them or for one",
    };
  if (code !== "NoLogDriver")
    return { spec: { logging: { ...base, ...(isOfGroup(code) ? { retention } : { options: buffered }) } } };
  if (containers.some((container) => driverOf(container) !== undefined && isOnHost(container)))
    return {
      byHand:
        "choose where the lines go: to replace a driver that keeps them on the host, set logging.replaceDriver: true",
    };
  if (workload.launchType === "FARGATE" && typeof input["executionRoleArn"] !== "string")
    return {
      byHand:
        "give the task an execution role that may write logs (executionRoleArn): without one Fargate sends none",
    };
  return { spec: { logging: { driver: "awslogs", ...base, retention, options: buffered } } };
}

function isOnHost(container: JsonObject): boolean {
  return ["json-file", "local", "none", "journald"].includes(String(driverOf(container)));
}

/**
 * By which driver, and for which container, `logging` is to be: for all of them only where none has stated something else,
 * since a mode or a buffer that is stated was chosen. undefined: one entry cannot be for all that is meant.
 */
function whichContainers(
  code: FindingCode,
  containers: readonly JsonObject[],
  apps: readonly JsonObject[],
): JsonObject | undefined {
  const drivers = new Set(containers.map((container) => driverOf(container) ?? "awslogs"));
  const isAlike = drivers.size === 1;
  if (isAlike && drivers.has("awsfirelens")) return { driver: "awsfirelens" };
  if (isAlike && !drivers.has("awslogs")) return undefined;
  if (isAlike && (isOfGroup(code) || containers.every(takesBuffer))) return {};
  const [only, ...others] = apps.filter((app) => isMeant(code, app));
  if (only === undefined || others.length > 0) return undefined;
  return isOfGroup(code) || takesBuffer(only) ? { container: nameOf(only) } : undefined;
}

/** Of the log group: no container's options. */
function isOfGroup(code: FindingCode): boolean {
  return code === "NoRetention" || code === "LogGroupMissing";
}

/** Whether the options for a buffer change nothing that it states. */
function takesBuffer(container: JsonObject): boolean {
  const own = optionsOf(container) ?? {};
  return Object.entries(buffered).every(([name, value]) => own[name] === undefined || own[name] === value);
}

function isMeant(code: FindingCode, app: JsonObject): boolean {
  const driver = driverOf(app);
  if (code === "NoLogDriver") return driver === undefined;
  const own = optionsOf(app) ?? {};
  if (driver !== "awslogs") return false;
  if (code === "LogModeUnstated") return own["mode"] === undefined;
  if (code === "LogBufferUnstated")
    return own["mode"] === "non-blocking" && own["max-buffer-size"] === undefined;
  return true;
}
