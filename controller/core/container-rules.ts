// What ECS refuses of one container, beside what policies are linted for: sizes, roles, log drivers, mounts, ports.
// Not judged here: a missing execution role. It is the owner's to give, and emulators do without.
// Source: ECS API reference (ContainerDefinition) and "Task definition differences for Fargate".
import { isObject, type Json, type JsonObject } from "../model/json.ts";
import { isForFargate } from "./task-size.ts";

/** What is wrong with the container in this task; each text goes on from "container NAME". */
export function findContainerFaults(container: JsonObject, definition: JsonObject): string[] {
  return [
    ...sizeFaults(container, definition),
    ...variableFaults(container),
    ...healthFaults(container["healthCheck"]),
    ...mountFaults(container, definition),
    ...portFaults(container, definition),
    ...restartFaults(container["restartPolicy"]),
    ...(isForFargate(definition) ? fargateFaults(container) : []),
  ];
}

function sizeFaults({ memory, memoryReservation }: JsonObject, definition: JsonObject): string[] {
  if (typeof memory === "number" && typeof memoryReservation === "number" && memory <= memoryReservation)
    return [
      `has a memory of ${memory} MiB; it must be greater than its memoryReservation, ${memoryReservation}`,
    ];
  if (!memory && !memoryReservation && !definition["memory"])
    return ["has neither memory nor memoryReservation, and the task has no memory of its own; give it one"];
  return [];
}

/** One policy may give by environment what another gives by secrets. */
function variableFaults({ environment, secrets }: JsonObject): string[] {
  const clear = new Set(namesIn(environment));
  return namesIn(secrets)
    .filter((name) => clear.has(name))
    .map((name) => `has the variable ${name} in environment and in secrets; take one out`);
}

function namesIn(list: Json | undefined): string[] {
  return Array.isArray(list) ? list.filter(isObject).map(({ name }) => String(name)) : [];
}

const checkRanges = {
  interval: [5, 300],
  timeout: [2, 60],
  retries: [1, 10],
  startPeriod: [0, 300],
} as const;

function healthFaults(check: Json | undefined): string[] {
  if (!isObject(check)) return [];
  const { command } = check;
  const [word] = Array.isArray(command) ? command : [];
  const faults = Object.entries(checkRanges).flatMap(([field, [least, most]]) =>
    outOfRange(`healthCheck.${field}`, check[field], least, most),
  );
  return (word === "CMD" || word === "CMD-SHELL") && (command as readonly Json[]).length > 1
    ? faults
    : ["has a healthCheck.command that does not begin with CMD or CMD-SHELL and go on", ...faults];
}

function mountFaults({ mountPoints }: JsonObject, { volumes }: JsonObject): string[] {
  const names = objectsIn(volumes).map((volume) => volume["name"]);
  return objectsIn(mountPoints)
    .filter((mount) => !names.includes(mount["sourceVolume"]))
    .map((mount) => `mounts the volume ${mount["sourceVolume"]}, which the definition does not have`);
}

function portFaults({ portMappings }: JsonObject, { networkMode }: JsonObject): string[] {
  if (networkMode !== "awsvpc") return [];
  return objectsIn(portMappings)
    .filter(({ hostPort, containerPort }) => hostPort && containerPort && hostPort !== containerPort)
    .map(
      ({ hostPort, containerPort }) =>
        `maps host port ${hostPort} to ${containerPort}; with awsvpc they are the same`,
    );
}

function restartFaults(policy: Json | undefined): string[] {
  if (!isObject(policy)) return [];
  const codes = policy["ignoredExitCodes"];
  return [
    ...(typeof policy["enabled"] === "boolean" ? [] : ["has a restartPolicy without enabled"]),
    ...(Array.isArray(codes) && codes.length > 50
      ? [`has ${codes.length} restartPolicy.ignoredExitCodes; at most 50`]
      : []),
    ...outOfRange("restartPolicy.restartAttemptPeriod", policy["restartAttemptPeriod"], 60, 1800),
  ];
}

const notOnFargate = [
  "disableNetworking",
  "dnsSearchDomains",
  "dnsServers",
  "dockerSecurityOptions",
  "extraHosts",
  "links",
  "privileged",
] as const;
const linuxNotOnFargate = ["devices", "sharedMemorySize", "tmpfs", "maxSwap", "swappiness"] as const;
const fargateDrivers: readonly unknown[] = ["awslogs", "splunk", "awsfirelens"];

function fargateFaults(container: JsonObject): string[] {
  const linux = isObject(container["linuxParameters"]) ? container["linuxParameters"] : {};
  const log = isObject(container["logConfiguration"]) ? container["logConfiguration"] : {};
  const capabilities = isObject(linux["capabilities"]) ? linux["capabilities"]["add"] : undefined;
  const added = Array.isArray(capabilities) ? capabilities.filter((one) => one !== "SYS_PTRACE") : [];
  const limits = objectsIn(container["ulimits"]).filter(({ name }) => name !== "nofile");
  const needs = objectsIn(container["resourceRequirements"]).filter(({ type }) => type === "GPU");
  const options = isObject(log["options"]) ? log["options"] : {};
  const refused = [
    ...notOnFargate.filter((field) => container[field] === true || isFilled(container[field])),
    ...linuxNotOnFargate
      .filter((field) => typeof linux[field] === "number" || isFilled(linux[field]))
      .map((field) => `linuxParameters.${field}`),
    ...added.map((one) => `the capability ${one}`),
    ...limits.map(({ name }) => `the ulimit ${name}`),
    ...needs.map(() => "a GPU"),
    ...(log["logDriver"] === undefined || fargateDrivers.includes(log["logDriver"])
      ? []
      : [`the log driver ${log["logDriver"]}`]),
  ];
  return [
    ...refused.map((what) => `asks for ${what}, which Fargate does not have`),
    ...(log["logDriver"] === "awslogs" && !options["awslogs-stream-prefix"]
      ? ["logs by awslogs without awslogs-stream-prefix, which Fargate needs"]
      : []),
    ...["startTimeout", "stopTimeout"].flatMap((field) => outOfRange(field, container[field], 0, 120)),
  ];
}

function outOfRange(field: string, value: Json | undefined, least: number, most: number): string[] {
  if (typeof value !== "number" || (value >= least && value <= most)) return [];
  return [`has a ${field} of ${value}; it goes from ${least} to ${most}`];
}

function isFilled(value: Json | undefined): boolean {
  return Array.isArray(value) && value.length > 0;
}

function objectsIn(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
