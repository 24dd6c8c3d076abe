// What the owners of the services do: deployments by tools that copy what stands or know only their own, services that
// go and come back.
import { placeOfKey } from "../../controller/core/names.ts";
import type { Any } from "../scenarios/harness.ts";
import type { Call } from "./estate.ts";

const readOnly = [
  "taskDefinitionArn",
  "revision",
  "status",
  "requiresAttributes",
  "compatibilities",
  "registeredAt",
  "registeredBy",
];

export function isThere(call: Call, key: string): boolean {
  const { cluster, service } = placeOfKey(key);
  const [found] = call("ecs", "DescribeServices", { cluster, services: [service] }).services;
  return found !== undefined && found.status === "ACTIVE";
}

/** One that still drains keeps its name for a while. */
export function isNameFree(call: Call, key: string): boolean {
  const { cluster, service } = placeOfKey(key);
  const [found] = call("ecs", "DescribeServices", { cluster, services: [service] }).services;
  return found === undefined || found.status === "INACTIVE";
}

/**
 * Registers another image and deploys it.
 * @param copies from the current revision with all that we laid on it, or from the owner's own text
 */
export function deployImage(call: Call, key: string, image: string, copies: boolean): void {
  const { cluster, service } = placeOfKey(key);
  const [{ taskDefinition }] = call("ecs", "DescribeServices", { cluster, services: [service] }).services;
  // The first revision of a family is what its owner wrote.
  const from = copies ? taskDefinition : `${cluster}-${service}:1`;
  const found = call("ecs", "DescribeTaskDefinition", { taskDefinition: from, include: ["TAGS"] });
  const fields = Object.entries(found.taskDefinition).filter(([field]) => !readOnly.includes(field));
  const input: Any = structuredClone(Object.fromEntries(fields));
  const app = input.containerDefinitions.find(({ name }: Any) => name === "app");
  app.image = image;
  const made = call("ecs", "RegisterTaskDefinition", {
    ...input,
    ...(found.tags === undefined ? {} : { tags: found.tags }),
  });
  call("ecs", "UpdateService", { cluster, service, taskDefinition: made.taskDefinition.taskDefinitionArn });
}

export function deleteService(call: Call, key: string): void {
  const { cluster, service } = placeOfKey(key);
  call("ecs", "DeleteService", { cluster, service, force: true });
}
