// Container definitions of ours in one form: what ECS fills in on reads is dropped, lists without order are sorted,
// and members that the API does not know are left out, so that an answer compares equal to what was sent.
// Source: ECS API reference (ContainerDefinition) and what DescribeTaskDefinition adds.
import { containerMembers } from "../api/container-schema.ts";
import {
  compareText,
  dropAbsent,
  isAbsent,
  isObject,
  type Json,
  type JsonObject,
  stableStringify,
} from "../model/json.ts";

const sortedBy: Readonly<Record<string, { readonly key: string; readonly members: readonly string[] }>> = {
  environment: { key: "name", members: ["name", "value"] },
  secrets: { key: "name", members: ["name", "valueFrom"] },
  secretOptions: { key: "name", members: ["name", "valueFrom"] },
  environmentFiles: { key: "value", members: ["value", "type"] },
  mountPoints: { key: "containerPath", members: ["sourceVolume", "containerPath", "readOnly"] },
  portMappings: {
    key: "containerPort",
    members: ["name", "containerPort", "hostPort", "protocol", "appProtocol", "containerPortRange"],
  },
  volumesFrom: { key: "sourceContainer", members: ["sourceContainer", "readOnly"] },
  dependsOn: { key: "containerName", members: ["containerName", "condition"] },
  ulimits: { key: "name", members: ["name", "softLimit", "hardLimit"] },
  systemControls: { key: "namespace", members: ["namespace", "value"] },
  resourceRequirements: { key: "type", members: ["type", "value", "sharingStrategy"] },
};

export function canonicalContainer(container: JsonObject): JsonObject {
  const result: Record<string, Json> = {};
  for (const [key, value] of Object.entries(container)) {
    if (!containerMembers.has(key) || isAbsent(value)) continue;
    const canonical = canonicalMember(key, value as Json);
    if (canonical !== undefined) result[key] = canonical;
  }
  return { ...result, essential: container["essential"] ?? true };
}

function canonicalMember(key: string, value: Json): Json | undefined {
  if ((key === "cpu" || key === "memory") && value === 0) return undefined;
  if (key === "healthCheck" && isObject(value)) return canonicalHealthCheck(value);
  if (key === "logConfiguration" && isObject(value)) return canonicalLogConfiguration(value);
  if (key === "restartPolicy" && isObject(value)) {
    return dropAbsent({
      ...pick(value, ["enabled", "ignoredExitCodes"]),
      restartAttemptPeriod: value["restartAttemptPeriod"] ?? 300,
    });
  }
  const list = sortedBy[key];
  if (list === undefined || !Array.isArray(value)) return value;
  return (value as readonly Json[])
    .map((item) => (isObject(item) ? canonicalListItem(key, pick(item, list.members)) : item))
    .sort((a, b) => compareText(sortKey(a, list.key), sortKey(b, list.key)) || tieBreak(key, a, b));
}

function canonicalListItem(key: string, item: JsonObject): JsonObject {
  if (key === "portMappings") {
    const { hostPort, ...rest } = item;
    const host = hostPort === 0 || hostPort === item["containerPort"] ? {} : { hostPort };
    return dropAbsent({ ...rest, ...host, protocol: item["protocol"] ?? "tcp" });
  }
  if (key === "mountPoints" || key === "volumesFrom")
    return dropAbsent({ ...item, readOnly: item["readOnly"] ?? false });
  return dropAbsent(item);
}

/** Defaults of HealthCheck: interval 30, timeout 5, retries 3; no start period is none, or 0. */
export function canonicalHealthCheck(value: JsonObject): JsonObject {
  const { startPeriod } = value;
  return {
    command: value["command"] ?? [],
    interval: value["interval"] ?? 30,
    timeout: value["timeout"] ?? 5,
    retries: value["retries"] ?? 3,
    ...(startPeriod === undefined || startPeriod === null || startPeriod === 0 ? {} : { startPeriod }),
  };
}

export function canonicalLogConfiguration(value: JsonObject): JsonObject {
  const secrets = value["secretOptions"];
  return dropAbsent({
    ...pick(value, ["logDriver", "options"]),
    ...(isAbsent(secrets) ? {} : { secretOptions: canonicalSecretOptions(secrets as Json) }),
  });
}

/** A list without order. */
export function canonicalSecretOptions(value: Json): Json {
  return canonicalMember("secretOptions", value) ?? value;
}

function pick(value: JsonObject, members: readonly string[]): JsonObject {
  return dropAbsent(Object.fromEntries(members.map((member) => [member, value[member]])));
}

/** Two ports of one number differ in their protocol. Of two variables of one name the last one counts: they keep their order. */
function tieBreak(key: string, a: Json, b: Json): number {
  return key === "environment" ? 0 : compareText(stableStringify(a), stableStringify(b));
}

function sortKey(item: Json, key: string): string {
  const value = isObject(item) ? item[key] : item;
  // Ports sort as numbers.
  return typeof value === "number" ? String(value).padStart(8, "0") : String(value ?? "");
}
