// What ECS fills in: the defaults a read shows that the caller never wrote. Fields the sandbox
// doesn't know are kept as they came.
import type { Input } from "../../service.ts";
import { clientError, type Fields } from "./store.ts";

export function withDefaults(given: Fields): Fields {
  const fields: Input = given;
  if (!Array.isArray(fields.containerDefinitions) || fields.containerDefinitions.length === 0)
    throw clientError("Container list cannot be empty.");
  return {
    ...fields,
    containerDefinitions: fields.containerDefinitions.map((container: Input) =>
      containerWithDefaults(container, fields.networkMode),
    ),
    volumes: fields.volumes ?? [],
    placementConstraints: fields.placementConstraints ?? [],
    ...(fields.cpu === undefined ? {} : { cpu: normalCpu(fields.cpu) }),
    ...(fields.memory === undefined ? {} : { memory: normalMemory(fields.memory) }),
  };
}

function containerWithDefaults(container: Input, networkMode: string | undefined): Input {
  return {
    ...container,
    cpu: container.cpu ?? 0,
    portMappings: (container.portMappings ?? []).map((port: Input) => portWithDefaults(port, networkMode)),
    essential: container.essential ?? true,
    environment: container.environment ?? [],
    mountPoints: container.mountPoints ?? [],
    volumesFrom: container.volumesFrom ?? [],
    systemControls: container.systemControls ?? [],
    ...(container.healthCheck === undefined
      ? {}
      : { healthCheck: { interval: 30, timeout: 5, retries: 3, ...container.healthCheck } }),
  };
}

function portWithDefaults(port: Input, networkMode: string | undefined): Input {
  if (port.containerPortRange !== undefined) return { protocol: "tcp", ...port };
  const hostPort =
    port.hostPort || (networkMode === "awsvpc" || networkMode === "host" ? port.containerPort : 0);
  return { protocol: "tcp", ...port, hostPort };
}

/** Anything else has no text: an object may even refuse to become one. */
function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/** `1 vCPU`, `.5 vcpu` or `1024`, always stored as CPU units. */
function normalCpu(value: unknown): string {
  const match = /^(\d+|\d*\.\d+)\s*(vcpu)?$/i.exec(textOf(value).trim());
  if (match === null) throw clientError("Invalid 'cpu' setting for task.");
  const [, number, unit] = match;
  const units = unit === undefined ? Number(number) : Number(number) * 1024;
  if (!Number.isInteger(units)) throw clientError("Invalid 'cpu' setting for task.");
  return String(units);
}

/** `2GB`, `2 GB` or `2048`, always stored as MiB. */
function normalMemory(value: unknown): string {
  const match = /^(\d+|\d*\.\d+)\s*(gb)?$/i.exec(textOf(value).trim());
  if (match === null) throw clientError("Invalid 'memory' setting for task.");
  const [, number, unit] = match;
  const mebibytes = unit === undefined ? Number(number) : Number(number) * 1024;
  if (!Number.isInteger(mebibytes)) throw clientError("Invalid 'memory' setting for task.");
  return String(mebibytes);
}

export function compatibilities(fields: Fields, fargate: boolean): string[] {
  const found = ["EC2", "MANAGED_INSTANCES"];
  if (fields["networkMode"] !== "awsvpc") found.push("EXTERNAL");
  if (fargate) found.push("FARGATE");
  return found;
}

/** A part of the attributes ECS derives; enough to have the field there, which must never be registered. */
export function requiredAttributes(fields: Fields): { name: string }[] {
  const names = new Set<string>();
  const add = (name: string): void => {
    names.add(name);
  };
  if (fields["taskRoleArn"] !== undefined) add("com.amazonaws.ecs.capability.task-iam-role");
  if (fields["networkMode"] === "awsvpc") add("ecs.capability.task-eni");
  for (const container of fields["containerDefinitions"] as Input[]) {
    const driver = container.logConfiguration?.logDriver;
    if (driver !== undefined) add(`com.amazonaws.ecs.capability.logging-driver.${driver}`);
    if (driver === "awslogs" && fields["executionRoleArn"] !== undefined)
      add("ecs.capability.execution-role-awslogs");
    if (container.healthCheck !== undefined) add("ecs.capability.container-health-check");
    if (container.dependsOn?.length) add("ecs.capability.container-ordering");
    if (container.firelensConfiguration !== undefined)
      add(`ecs.capability.firelens.${container.firelensConfiguration.type}`);
    for (const secret of container.secrets ?? [])
      add(
        /:secretsmanager:/.test(secret.valueFrom)
          ? "ecs.capability.secrets.asm.environment-variables"
          : "ecs.capability.secrets.ssm.environment-variables",
      );
    if (/\.dkr\.ecr\./.test(container.image ?? "")) {
      add("com.amazonaws.ecs.capability.ecr-auth");
      if (fields["executionRoleArn"] !== undefined) add("ecs.capability.execution-role-ecr-pull");
    }
  }
  add("com.amazonaws.ecs.capability.docker-remote-api.1.19");
  return [...names].sort().map((name) => ({ name }));
}
