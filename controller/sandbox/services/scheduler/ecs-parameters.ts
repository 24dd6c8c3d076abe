// How a schedule runs an ECS task: the templated RunTask of a target that is a cluster.
import type { Input } from "../../service.ts";
import { checks } from "./errors.ts";

/** As read back; undefined where the target is no cluster. */
export function readEcsParameters(
  target: Input,
  { at: above, isCluster }: { readonly at: string; readonly isCluster: boolean },
): Record<string, unknown> | undefined {
  const given = checks.object(target, "EcsParameters", above);
  if (given === undefined && !isCluster) return undefined;
  if (given === undefined) throw checks.fail("EcsParameters must be specified for this target.");
  if (!isCluster) throw checks.fail("EcsParameters must not be specified for this target.");
  const at = `${above}.ecsParameters`;
  checks.requiredText(given, "TaskDefinitionArn", { min: 1, max: 1600, at });
  const launchType = checks.text(given, "LaunchType", { oneOf: ["EC2", "FARGATE", "EXTERNAL"], at });
  const strategy = checks.list(given, "CapacityProviderStrategy", { max: 6, at });
  if (launchType !== undefined && (strategy ?? []).length > 0)
    throw checks.fail("LaunchType and CapacityProviderStrategy must not be specified together.");
  checkNetwork(given, launchType, at);
  checks.text(given, "PlatformVersion", { min: 1, max: 64, at });
  checks.text(given, "Group", { min: 1, max: 255, at });
  checks.text(given, "ReferenceId", { max: 1024, at });
  checks.text(given, "PropagateTags", { oneOf: ["TASK_DEFINITION"], at });
  checks.boolean(given, "EnableECSManagedTags", at);
  checks.boolean(given, "EnableExecuteCommand", at);
  checks.list(given, "PlacementConstraints", { max: 10, at });
  checks.list(given, "PlacementStrategy", { max: 5, at });
  checks.list(given, "Tags", { max: 50, at });
  return { ...given, TaskCount: checks.integer(given, "TaskCount", { min: 1, max: 10, at }) ?? 1 };
}

function checkNetwork(given: Input, launchType: string | undefined, above: string): void {
  const network = checks.object(given, "NetworkConfiguration", above);
  const at = `${above}.networkConfiguration.awsvpcConfiguration`;
  const vpc = network && checks.object(network, "awsvpcConfiguration", `${above}.networkConfiguration`);
  if (vpc === undefined) return;
  if (checks.texts(vpc, "Subnets", { min: 1, max: 16, at }) === undefined)
    throw checks.fail(`Subnets must be specified at '${at}'.`);
  checks.texts(vpc, "SecurityGroups", { min: 1, max: 5, at });
  const publicIp = checks.text(vpc, "AssignPublicIp", { oneOf: ["ENABLED", "DISABLED"], at });
  if (publicIp === "ENABLED" && launchType !== "FARGATE")
    throw checks.fail("AssignPublicIp can be ENABLED only when LaunchType is FARGATE.");
}
