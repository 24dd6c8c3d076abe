// What RegisterTaskDefinition refuses of one container, and of what containers say of each other.
import type { Input } from "../../service.ts";
import { clientError } from "./store.ts";

const LOG_DRIVERS = [
  "json-file",
  "syslog",
  "journald",
  "gelf",
  "fluentd",
  "awslogs",
  "splunk",
  "awsfirelens",
];

export function checkContainer(container: Input, task: Input, fargate: boolean): void {
  const { name } = container;
  if (typeof name !== "string" || !/^[A-Za-z0-9_-]{1,255}$/.test(name))
    throw clientError(
      `Container name '${name}' is not valid. It may contain only letters, numbers, hyphens, and underscores.`,
    );
  if (typeof container.image !== "string" || container.image === "")
    throw clientError("Container.image should not be null or empty.");
  if (typeof container.essential !== "boolean")
    throw clientError(`essential must be true or false, in container '${name}'.`);
  checkSizes(container);
  if (container.healthCheck !== undefined) checkHealthCheck(name, container.healthCheck);
  if (container.logConfiguration !== undefined) checkLogging(name, container.logConfiguration, fargate);
  checkPorts(container, task.networkMode);
  checkRestartPolicy(name, container.restartPolicy);
  for (const field of ["startTimeout", "stopTimeout"])
    if (container[field] !== undefined) checkRange(name, field, container[field], 0, 2 ** 31 - 1);

  const secrets = [...(container.secrets ?? []), ...(container.logConfiguration?.secretOptions ?? [])];
  for (const secret of secrets)
    if (!secret.name || !secret.valueFrom)
      throw clientError(`A secret needs a name and valueFrom, in container '${name}'.`);
  if (secrets.length > 0 && task.executionRoleArn === undefined)
    throw clientError(
      "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
    );
  for (const variable of container.environment)
    if (typeof variable.name !== "string" || variable.name === "")
      throw clientError(`An environment variable needs a name, in container '${name}'.`);
}

function checkSizes(container: Input): void {
  const { name, cpu, memory, memoryReservation } = container;
  checkRange(name, "cpu", cpu, 0, 1_048_576);
  if (memory !== undefined) checkRange(name, "memory", memory, 4, 2 ** 31 - 1);
  if (memoryReservation !== undefined)
    checkRange(name, "memoryReservation", memoryReservation, 4, 2 ** 31 - 1);
  if (memory !== undefined && memoryReservation !== undefined && memory <= memoryReservation)
    throw clientError(
      `Invalid setting for container '${name}'. The value for 'memory' must be greater than 'memoryReservation'.`,
    );
}

function checkHealthCheck(name: string, check: Input): void {
  const { command } = check;
  if (!Array.isArray(command) || command.length < 2 || !["CMD", "CMD-SHELL"].includes(command[0]))
    throw clientError(
      `Invalid health check command, in container '${name}'. It must begin with CMD or CMD-SHELL, followed by a command.`,
    );
  checkRange(name, "healthCheck.interval", check.interval, 5, 300);
  checkRange(name, "healthCheck.timeout", check.timeout, 2, 60);
  checkRange(name, "healthCheck.retries", check.retries, 1, 10);
  if (check.startPeriod !== undefined) checkRange(name, "healthCheck.startPeriod", check.startPeriod, 0, 300);
}

function checkLogging(name: string, logging: Input, fargate: boolean): void {
  const { logDriver: driver, options = {} } = logging;
  if (!LOG_DRIVERS.includes(driver))
    throw clientError(`Invalid log driver '${driver}', in container '${name}'.`);
  if (driver !== "awslogs") return;
  const required = ["awslogs-group", "awslogs-region", ...(fargate ? ["awslogs-stream-prefix"] : [])];
  for (const option of required)
    if (!options[option])
      throw clientError(
        `Log driver awslogs requires options: ${required.join(", ")}. '${option}' is missing, in container '${name}'.`,
      );
}

function checkPorts(container: Input, networkMode: string | undefined): void {
  const seen = new Set<string>();
  for (const { containerPort, hostPort, protocol, containerPortRange, name } of container.portMappings) {
    if (containerPortRange === undefined)
      checkRange(container.name, "containerPort", containerPort, 1, 65535);
    if (protocol !== "tcp" && protocol !== "udp")
      throw clientError(`Invalid protocol '${protocol}', in container '${container.name}'.`);
    if (networkMode === "awsvpc" && containerPortRange === undefined && hostPort !== containerPort)
      throw clientError(
        "When networkMode=awsvpc, the host ports and container ports in port mappings must match.",
      );
    if (name !== undefined && !/^[a-z0-9_][a-z0-9_-]{0,63}$/.test(name))
      throw clientError(`Invalid port mapping name '${name}', in container '${container.name}'.`);
    const key = `${containerPort ?? containerPortRange}/${protocol}`;
    if (networkMode === "awsvpc" && seen.has(key))
      throw clientError(`Container port ${key} is mapped twice, in container '${container.name}'.`);
    seen.add(key);
  }
}

function checkRestartPolicy(name: string, policy: Input): void {
  if (policy === undefined) return;
  if (typeof policy.enabled !== "boolean")
    throw clientError(`restartPolicy.enabled is required, in container '${name}'.`);
  if ((policy.ignoredExitCodes ?? []).length > 50)
    throw clientError(`restartPolicy.ignoredExitCodes can have at most 50 codes, in container '${name}'.`);
  if (policy.restartAttemptPeriod !== undefined)
    checkRange(name, "restartPolicy.restartAttemptPeriod", policy.restartAttemptPeriod, 60, 1800);
}

const CONDITIONS = ["START", "COMPLETE", "SUCCESS", "HEALTHY"];

export function checkDependencies(containers: readonly Input[]): void {
  const byName = new Map<string, Input>(containers.map((container) => [container.name, container]));
  for (const { name, dependsOn } of containers) {
    for (const { containerName, condition } of dependsOn ?? []) {
      const target = byName.get(containerName);
      if (target === undefined)
        throw clientError(
          `Container '${name}' depends on container '${containerName}', which is not in the task definition.`,
        );
      if (!CONDITIONS.includes(condition))
        throw clientError(`Invalid dependency condition '${condition}', in container '${name}'.`);
      if (condition === "HEALTHY" && target.healthCheck === undefined)
        throw clientError(
          `Container '${name}' depends on '${containerName}' being HEALTHY, which has no health check.`,
        );
      if ((condition === "COMPLETE" || condition === "SUCCESS") && target.essential)
        throw clientError(
          `Container '${name}' depends on the ${condition} condition of '${containerName}', which is essential.`,
        );
    }
  }
  checkCycles(byName);
}

function checkCycles(byName: ReadonlyMap<string, Input>): void {
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    if (path.includes(name))
      throw clientError(`Container dependencies form a cycle: ${[...path, name].join(" -> ")}.`);
    if (done.has(name)) return;
    for (const { containerName } of byName.get(name)?.dependsOn ?? []) visit(containerName, [...path, name]);
    done.add(name);
  };
  for (const name of byName.keys()) visit(name, []);
}

function checkRange(name: string, field: string, value: unknown, minimum: number, maximum: number): void {
  if (!Number.isInteger(value) || Number(value) < minimum || Number(value) > maximum)
    throw clientError(
      `Invalid ${field} '${value}' for container '${name}'. It must be between ${minimum} and ${maximum}.`,
    );
}
