// What RegisterTaskDefinition refuses, at task level. Containers are checked in container-check.ts.
// Messages are AWS's where they are known.
import type { Input } from "../../service.ts";
import { checkContainer, checkDependencies } from "./container-check.ts";
import { clientError, type Fields } from "./store.ts";

const MAXIMUM_CONTAINERS = 10;
const NETWORK_MODES = ["bridge", "host", "awsvpc", "none"];
const COMPATIBILITIES = ["EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"];

export function checkTaskDefinition(fields: Fields): void {
  const task = fields as Input;
  const containers: Input[] = task.containerDefinitions;
  const required: string[] = task.requiresCompatibilities ?? [];
  for (const name of required)
    if (!COMPATIBILITIES.includes(name))
      throw clientError(`Invalid requiresCompatibilities value '${name}'.`);
  const fargate = required.includes("FARGATE");

  if (containers.length > MAXIMUM_CONTAINERS)
    throw clientError(`Too many containers: ${containers.length}. The maximum is ${MAXIMUM_CONTAINERS}.`);
  const names = new Set<string>();
  for (const container of containers) {
    checkContainer(container, task, fargate);
    if (names.has(container.name))
      throw clientError(`Container names must be unique. '${container.name}' is used twice.`);
    names.add(container.name);
  }
  if (!containers.some((container) => container.essential))
    throw clientError("At least one container in a task definition must be marked as essential.");
  checkDependencies(containers);
  checkFirelens(containers, fargate);
  if (task.networkMode !== undefined && !NETWORK_MODES.includes(task.networkMode))
    throw clientError(`Invalid networkMode '${task.networkMode}'.`);
  if ((task.placementConstraints ?? []).length > 10)
    throw clientError("A task definition can have at most 10 placement constraints.");
  checkVolumes(task, containers);
  if (fargate) {
    const problem = fargateProblem(task);
    if (problem !== undefined) throw clientError(problem);
  }
  checkSums(task, containers);
}

/** Whether Fargate could run it, asked for or not. */
export function runsOnFargate(fields: Fields): boolean {
  return fargateProblem(fields as Input) === undefined;
}

const SIZES: Readonly<Record<string, readonly number[]>> = {
  256: [512, 1024, 2048],
  512: steps(1024, 4096, 1024),
  1024: steps(2048, 8192, 1024),
  2048: steps(4096, 16384, 1024),
  4096: steps(8192, 30720, 1024),
  8192: steps(16384, 61440, 4096),
  16384: steps(32768, 122880, 8192),
  32768: [61440, 122880, 249856],
};

function steps(from: number, to: number, step: number): number[] {
  return Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step);
}

function fargateProblem(task: Input): string | undefined {
  if (task.networkMode !== "awsvpc") return "Fargate only supports network mode 'awsvpc'.";
  if (task.cpu === undefined) return "Fargate requires that 'cpu' be defined at the task level.";
  if (task.memory === undefined) return "Fargate requires that 'memory' be defined at the task level.";
  const memories = SIZES[task.cpu];
  if (memories === undefined) return "Invalid 'cpu' setting for task.";
  if (!memories.includes(Number(task.memory)))
    return `No Fargate configuration exists for given values: ${task.cpu} CPU, ${task.memory} memory.`;
  if (task.ipcMode !== undefined) return "Fargate does not support 'ipcMode'.";
  if (task.pidMode !== undefined && task.pidMode !== "task")
    return "Fargate only supports the pidMode 'task'.";
  if (task.placementConstraints.length > 0) return "Fargate does not support placement constraints.";
  const storage = task.ephemeralStorage?.sizeInGiB;
  if (task.ephemeralStorage !== undefined && !(storage >= 21 && storage <= 200))
    return "ephemeralStorage sizeInGiB must be between 21 and 200.";
  for (const container of task.containerDefinitions) {
    const problem = fargateContainerProblem(container);
    if (problem !== undefined) return problem;
    if (container.logConfiguration?.logDriver === "awslogs" && task.executionRoleArn === undefined)
      return "Fargate requires task definition to have execution role ARN to support log driver awslogs.";
  }
  return undefined;
}

const FARGATE_LOG_DRIVERS = ["awslogs", "splunk", "awsfirelens"];
const NOT_ON_FARGATE = [
  "disableNetworking",
  "dnsSearchDomains",
  "dnsServers",
  "dockerSecurityOptions",
  "extraHosts",
  "links",
  "privileged",
];

function fargateContainerProblem(container: Input): string | undefined {
  const name = `container '${container.name}'`;
  for (const field of NOT_ON_FARGATE) {
    const value = container[field];
    if (value === true || (Array.isArray(value) && value.length > 0))
      return `The '${field}' parameter is not supported on Fargate, in ${name}.`;
  }
  const driver = container.logConfiguration?.logDriver;
  if (driver !== undefined && !FARGATE_LOG_DRIVERS.includes(driver))
    return `Log driver '${driver}' is not supported on Fargate, in ${name}. Use one of ${FARGATE_LOG_DRIVERS.join(", ")}.`;
  const linux = container.linuxParameters ?? {};
  for (const field of ["devices", "sharedMemorySize", "tmpfs", "maxSwap", "swappiness"])
    if (linux[field] !== undefined && linux[field]?.length !== 0)
      return `linuxParameters.${field} is not supported on Fargate, in ${name}.`;
  if ((linux.capabilities?.add ?? []).some((item: string) => item !== "SYS_PTRACE"))
    return `Fargate only supports adding the SYS_PTRACE capability, in ${name}.`;
  if ((container.ulimits ?? []).some((limit: Input) => limit.name !== "nofile"))
    return `Fargate only supports the nofile ulimit, in ${name}.`;
  if ((container.resourceRequirements ?? []).some((item: Input) => item.type === "GPU"))
    return `GPU is not supported on Fargate, in ${name}.`;
  for (const field of ["startTimeout", "stopTimeout"])
    if (container[field] > 120)
      return `Invalid ${field} ${container[field]} for ${name}. The maximum on Fargate is 120 seconds.`;
  return undefined;
}

/** What containers reserve has to fit into the task. */
function checkSums(task: Input, containers: Input[]): void {
  if (task.memory !== undefined) {
    const sum = containers.reduce(
      (total, container) => total + (container.memoryReservation ?? container.memory ?? 0),
      0,
    );
    if (sum > Number(task.memory))
      throw clientError(
        `The sum of the containers' memory (${sum} MiB) is greater than the task's memory (${task.memory} MiB).`,
      );
    for (const container of containers)
      if (container.memory > Number(task.memory))
        throw clientError(
          `Invalid setting for container '${container.name}'. Its memory is greater than the task's memory.`,
        );
  } else {
    for (const container of containers)
      if (!container.memory && !container.memoryReservation)
        throw clientError(
          `Invalid setting for container '${container.name}'. At least one of 'memory' or 'memoryReservation' must be specified.`,
        );
  }
  if (task.cpu !== undefined) {
    const sum = containers.reduce((total, container) => total + container.cpu, 0);
    if (sum > Number(task.cpu))
      throw clientError(
        `The sum of the containers' cpu (${sum}) is greater than the task's cpu (${task.cpu}).`,
      );
  }
}

function checkVolumes(task: Input, containers: Input[]): void {
  const volumes = new Set<string>();
  for (const volume of task.volumes) {
    if (volumes.has(volume.name))
      throw clientError(`Volume names must be unique. '${volume.name}' is used twice.`);
    volumes.add(volume.name);
  }
  for (const container of containers)
    for (const mount of container.mountPoints)
      if (!volumes.has(mount.sourceVolume))
        throw clientError(
          `Unknown volume '${mount.sourceVolume}', in the mount points of container '${container.name}'.`,
        );
}

function checkFirelens(containers: Input[], fargate: boolean): void {
  const routers = containers.filter((container) => container.firelensConfiguration !== undefined);
  if (routers.length > 1) throw clientError("Only one container can have a firelensConfiguration.");
  for (const {
    firelensConfiguration: { type, options },
    name,
  } of routers) {
    if (type !== "fluentd" && type !== "fluentbit")
      throw clientError(`Invalid firelensConfiguration type '${type}', in container '${name}'.`);
    if (fargate && options?.["config-file-type"] !== undefined && options["config-file-type"] !== "file")
      throw clientError("Fargate only supports the FireLens config-file-type 'file'.");
  }
  for (const container of containers)
    if (container.logConfiguration?.logDriver === "awsfirelens" && routers.length === 0)
      throw clientError(
        `When the log driver is awsfirelens, one container must have a firelensConfiguration. Container '${container.name}' has none to send to.`,
      );
}
