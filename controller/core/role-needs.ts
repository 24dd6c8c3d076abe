// What ECS will do by a task's execution role because of a change: read secrets, and on Fargate write to a log group.
// And by its task role: what a FireLens router needs to write to one.
// Only what the definition did not need before; encrypted secrets may need more (kms:Decrypt), which no ARN tells. Pure.
// Source: ECS developer guide, "Task execution IAM role".
import { isObject, type JsonObject } from "../model/json.ts";
import { type RoleNeed, roleNeedKey } from "../model/role-need.ts";
import type { Workload } from "../model/workload.ts";
import { containersOf } from "./layer.ts";
import { driverOf, logDestination } from "./log-destination.ts";
import { isForFargate } from "./task-size.ts";

export function findRoleNeeds(
  flights: readonly {
    readonly workload: Workload;
    readonly before: JsonObject;
    readonly after: JsonObject;
  }[],
): RoleNeed[] {
  const needs = new Map<string, RoleNeed>();
  for (const { workload, before, after } of flights) {
    const already = new Set(needsOf(workload, before).map(roleNeedKey));
    for (const need of needsOf(workload, after)) {
      const key = roleNeedKey(need);
      if (!already.has(key)) needs.set(key, need);
    }
  }
  return [...needs.values()];
}

export function isOnFargate(workload: Workload, definition: JsonObject): boolean {
  return isForFargate(definition) || workload.launchType === "FARGATE";
}

function needsOf(workload: Workload, definition: JsonObject): RoleNeed[] {
  return [
    ...toNeeds(definition["executionRoleArn"], "execution", executionNeeds(workload, definition)),
    ...toNeeds(definition["taskRoleArn"], "task", routerNeeds(workload, definition)),
  ];
}

function toNeeds(role: unknown, use: RoleNeed["use"], needs: readonly Need[]): RoleNeed[] {
  // Not an ARN: the name of a role, which IAM would have to be asked about first.
  if (typeof role !== "string" || !role.startsWith("arn:")) return [];
  return needs.map((need) => ({ role, use, ...need }));
}

function executionNeeds(workload: Workload, definition: JsonObject): Need[] {
  const needs = containersOf(definition).flatMap((container) => {
    const log = isObject(container["logConfiguration"]) ? container["logConfiguration"] : {};
    return [
      ...[container["secrets"], log["secretOptions"]]
        .flatMap((list) => (Array.isArray(list) ? list.filter(isObject) : []))
        .map(({ valueFrom }) => secretNeed(workload, valueFrom)),
      // On EC2 the instance writes the logs, by its own role.
      isOnFargate(workload, definition) ? logNeed(workload, String(container["name"]), log) : undefined,
    ];
  });
  return needs.filter((need) => need !== undefined);
}

/** Containers whose lines a FireLens router writes to CloudWatch Logs, by the task role. Other outputs have other needs. */
export function routedToCloudWatch(definition: JsonObject): JsonObject[] {
  return containersOf(definition).filter(
    (container) => driverOf(container) === "awsfirelens" && logDestination(container) !== undefined,
  );
}

function routerNeeds({ account, partition, region }: Workload, definition: JsonObject): Need[] {
  return routedToCloudWatch(definition).flatMap((container): Need[] => {
    const destination = logDestination(container);
    if (destination === undefined) return [];
    const { group, region: at = region, makesGroup } = destination;
    const actions = ["logs:CreateLogStream", "logs:PutLogEvents"];
    return [
      {
        actions: makesGroup ? ["logs:CreateLogGroup", ...actions] : actions,
        resource: `arn:${partition}:logs:${at}:${account}:log-group:${group}:log-stream:${container["name"]}`,
        hasOwnPolicy: false,
      },
    ];
  });
}

type Need = Omit<RoleNeed, "role" | "use">;

/** A whole ARN, or the name of a parameter. What is of another account is not judged: both sides would have to be. */
function secretNeed(workload: Workload, valueFrom: unknown): Need | undefined {
  if (typeof valueFrom !== "string") return undefined;
  const { account, partition, region } = workload;
  const parameter = valueFrom.startsWith("arn:")
    ? valueFrom
    : `arn:${partition}:ssm:${region}:${account}:parameter/${valueFrom.replace(/^\//, "")}`;
  const parts = parameter.split(":");
  const [, , service, , owner, type, name = ""] = parts;
  if (owner !== account) return undefined;
  if (service === "ssm") return { actions: ["ssm:GetParameters"], resource: parameter, hasOwnPolicy: false };
  // Policies name secrets with the six characters that AWS adds; without them nothing can be concluded.
  if (service !== "secretsmanager" || type !== "secret" || !/-[A-Za-z0-9]{6}$/.test(name)) return undefined;
  return {
    actions: ["secretsmanager:GetSecretValue"],
    // A JSON key, a stage and a version may follow.
    resource: parts.slice(0, 7).join(":"),
    hasOwnPolicy: true,
  };
}

function logNeed(
  { account, partition, region }: Workload,
  container: string,
  log: JsonObject,
): Need | undefined {
  const options = isObject(log["options"]) ? log["options"] : {};
  const group = options["awslogs-group"];
  if (log["logDriver"] !== "awslogs" || typeof group !== "string") return undefined;
  const at = typeof options["awslogs-region"] === "string" ? options["awslogs-region"] : region;
  const stream = `${options["awslogs-stream-prefix"] ?? ""}/${container}/task`;
  return {
    actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
    resource: `arn:${partition}:logs:${at}:${account}:log-group:${group}:log-stream:${stream}`,
    hasOwnPolicy: false,
  };
}
