// What of a policy's `logging` mends a finding of one service. One entry is for all containers or for one: what a container
// states of its logs was chosen, and stays.
import type { JsonObject } from "../../model/json.ts";
import type { Workload } from "../../model/workload.ts";
import { containersOf } from "../layer.ts";
import { driverOf } from "../log-destination.ts";
import { chosenContainers, optionsOf } from "../service-log-group.ts";
import { nameOf, readContainers } from "./containers.ts";
import type { FindingCode } from "./findings.ts";
import type { AuditIndex } from "./index-facts.ts";
import { commonDriver, type LoggingChoice, retentionBeside } from "./mend-log-group.ts";
import type { Remedy } from "./remedies.ts";

const buffered: JsonObject = { mode: "non-blocking", "max-buffer-size": "25m" };

export function mendLogging(
  code: FindingCode,
  workload: Workload,
  index: Pick<AuditIndex, "logGroups">,
): Remedy {
  const { taskDefinition } = workload;
  const input = taskDefinition.known ? taskDefinition.value.input : {};
  const containers = chosenContainers({}, containersOf(input));
  const read = readContainers(workload);
  const chosen = whichContainers(code, containers, read?.known === true ? read.value.apps : []);
  if (chosen === undefined)
    return {
      byHand:
        "mend it in the task definition: its containers log by several drivers or with other options, and logging in a policy is for all of them or for one",
    };
  const logging = { ...chosen, ...retentionBeside(chosen, workload, index), options: buffered };
  if (code !== "NoLogDriver") return { spec: { logging } };
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
  return { spec: { logging: { driver: "awslogs", ...logging } } };
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
): LoggingChoice | undefined {
  const driver = commonDriver(containers);
  if (driver !== undefined && driver !== "awslogs") return undefined;
  if (driver === "awslogs" && containers.every(takesBuffer)) return {};
  const [only, ...others] = apps.filter((app) => isMeant(code, app));
  if (only === undefined || others.length > 0) return undefined;
  return takesBuffer(only) ? { container: nameOf(only) } : undefined;
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
  return own["mode"] === "non-blocking" && own["max-buffer-size"] === undefined;
}
