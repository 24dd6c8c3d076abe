// What RegisterTaskDefinition refuses, as far as containers and fields that are added can bring it about.
// Each problem has a key: the same rule broken by the same thing has the same key, before and after a change.
import { isObject, type Json, type JsonObject } from "../model/json.ts";
import { asLongAsRevealed } from "./conceal-token.ts";
import { findContainerFaults } from "./container-rules.ts";
import { findDependencyProblems } from "./dependency-rules.ts";
import { containersOf } from "./layer.ts";
import { cpuUnits, isFargateSize, isForFargate, mebibytes } from "./task-size.ts";

export interface Problem {
  readonly key: string;
  readonly code: "NoRoom" | "InvalidDependency" | "InvalidContainer";
  readonly text: string;
}

/** ECS quotas, not adjustable. */
const maxContainers = 10;
const maxBytes = 64 * 1024;

export function findProblems(definition: JsonObject): Problem[] {
  const containers = containersOf(definition);
  return [
    ...findRoomProblems(definition, containers),
    ...findDependencyProblems(containers),
    ...containers.flatMap((container) =>
      findContainerFaults(container, definition).map((fault): Problem => {
        const text = `container ${container["name"]} ${fault}`;
        return { key: text, code: "InvalidContainer", text };
      }),
    ),
    ...findTaskProblems(definition, containers),
  ];
}

/** Bytes as they are sent: no spaces, UTF-8. */
export function byteLength(definition: JsonObject): number {
  return Buffer.byteLength(asLongAsRevealed(JSON.stringify(definition)));
}

/** What a container takes of the task's memory: what is reserved for it, or its limit. */
export function memoryOf(container: JsonObject): number {
  return numberOf(container["memoryReservation"]) || numberOf(container["memory"]);
}

export function cpuOf(container: JsonObject): number {
  return numberOf(container["cpu"]);
}

export function numberOf(value: Json | undefined): number {
  return typeof value === "number" ? value : 0;
}

function findRoomProblems(definition: JsonObject, containers: readonly JsonObject[]): Problem[] {
  const problems: Problem[] = [];
  const add = (key: string, text: string): void => void problems.push({ key, code: "NoRoom", text });
  const bytes = byteLength(definition);
  if (bytes > maxBytes) add("bytes", `${bytes} bytes; a task definition has at most ${maxBytes} (64 KiB)`);
  if (containers.length > maxContainers)
    add("containers", `${containers.length} containers; a task has at most ${maxContainers}`);
  const memory = mebibytes(definition["memory"]);
  const cpu = cpuUnits(definition["cpu"]);
  const advice = "give the task more, the sidecars less, or set taskSize: grow";
  const memorySum = sum(containers, memoryOf);
  if (memory !== undefined && memorySum.total > memory)
    add("memory", `${memorySum.terms} = ${memorySum.total} MiB of memory, the task has ${memory}; ${advice}`);
  for (const { name, memory: limit } of containers) {
    if (memory !== undefined && numberOf(limit) > memory)
      add(`limit ${name}`, `${name} may use ${limit} MiB of memory, the task has ${memory}; ${advice}`);
  }
  const cpuSum = sum(containers, cpuOf);
  if (cpu !== undefined && cpuSum.total > cpu)
    add("cpu", `${cpuSum.terms} = ${cpuSum.total} CPU units, the task has ${cpu}; ${advice}`);
  if (isForFargate(definition) && !isFargateSize(definition))
    add("size", `Fargate has no task of ${definition["cpu"]} CPU units and ${definition["memory"]} MiB`);
  return problems;
}

function sum(
  containers: readonly JsonObject[],
  need: (container: JsonObject) => number,
): { readonly total: number; readonly terms: string } {
  const parts = containers
    .map((container) => ({ name: container["name"], value: need(container) }))
    .filter(({ value }) => value > 0);
  return {
    total: parts.reduce((total, { value }) => total + value, 0),
    terms: parts.map(({ name, value }) => `${name} ${value}`).join(" + "),
  };
}

function findTaskProblems(definition: JsonObject, containers: readonly JsonObject[]): Problem[] {
  const problems: Problem[] = [];
  const add = (key: string, text: string, code: Problem["code"] = "InvalidContainer"): void =>
    void problems.push({ key, code, text });
  if (!containers.some(({ essential }) => essential !== false))
    add("essential", "no container is essential; a task needs one");
  const routers = containers.filter(({ firelensConfiguration }) => isObject(firelensConfiguration));
  if (routers.length > 1)
    add("routers", `${routers.map(({ name }) => name).join(" and ")} are FireLens routers; a task has one`);
  if (routers.length === 0) {
    for (const { name, logConfiguration: log } of containers) {
      if (isObject(log) && log["logDriver"] === "awsfirelens")
        // It leans on the router as by `dependsOn`: where the owner's container does, ours cannot be taken away.
        add(
          `router ${name}`,
          `container ${name} logs by awsfirelens, and no container is a FireLens router`,
          "InvalidDependency",
        );
    }
  }
  for (const { name, firelensConfiguration: router } of routers) {
    const options = isObject(router) && isObject(router["options"]) ? router["options"] : {};
    if (isForFargate(definition) && (options["config-file-type"] ?? "file") !== "file")
      add(`router file ${name}`, `container ${name} reads its FireLens file from S3, which Fargate cannot`);
  }
  return problems;
}
