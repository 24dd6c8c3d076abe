// What tells a described task definition from one that can be registered.
import type { JsonObject } from "./json.ts";

/** What DescribeTaskDefinition adds and RegisterTaskDefinition refuses (ECS API reference, TaskDefinition). */
const describeOnly: ReadonlySet<string> = new Set([
  "taskDefinitionArn",
  "revision",
  "status",
  "requiresAttributes",
  "compatibilities",
  "registeredAt",
  "registeredBy",
  "deregisteredAt",
  "deleteRequestedAt",
]);

/** Everything else stays, also what no SDK knows yet. */
export function toRegisterInput(definition: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(definition).filter(([key]) => !describeOnly.has(key)));
}
