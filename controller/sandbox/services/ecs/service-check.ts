// What ECS checks of a service against its task definition and its load balancers.
import type { Input } from "../../service.ts";
import { type Fields, type FindTargetGroup, invalid, type TaskDefinitionRecord } from "./store.ts";

export function checkPlacement(fields: Fields, definition: TaskDefinitionRecord): void {
  const awsvpc = definition.fields["networkMode"] === "awsvpc";
  const network = (fields["networkConfiguration"] as Input)?.awsvpcConfiguration;
  if (awsvpc && network === undefined)
    throw invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  if (!awsvpc && network !== undefined)
    throw invalid("Network Configuration is not valid for the given networkMode of this task definition.");
  const { launchType } = fields;
  const compatibilities = definition.fields["compatibilities"] as string[];
  if (typeof launchType === "string" && launchType === "FARGATE" && !compatibilities.includes(launchType))
    throw invalid(`Task definition does not support launch_type ${launchType}.`);
}

export function checkLoadBalancers(
  loadBalancers: Input[],
  definition: TaskDefinitionRecord,
  findTargetGroup: FindTargetGroup | undefined,
): void {
  const arns = loadBalancers.flatMap((item) => [
    item.targetGroupArn,
    item.advancedConfiguration?.alternateTargetGroupArn,
  ]);
  const groups = arns.filter((arn): arn is string => typeof arn === "string");
  if (new Set(groups).size > 5) throw invalid("A service can have at most 5 target groups.");
  for (const arn of groups) {
    if (findTargetGroup === undefined) break;
    const group = findTargetGroup(arn);
    if (group === undefined) throw invalid(`The target group with targetGroupArn ${arn} does not exist.`);
    if (group.loadBalancerArns.length === 0)
      throw invalid(`The target group with targetGroupArn ${arn} does not have an associated load balancer.`);
  }

  const containers = definition.fields["containerDefinitions"] as Input[];
  for (const { containerName, containerPort } of loadBalancers) {
    if (containerName === undefined) continue;
    const container = containers.find((item) => item.name === containerName);
    if (container === undefined)
      throw invalid(`The container ${containerName} does not exist in the task definition.`);
    if (!container.portMappings.some((port: Input) => port.containerPort === containerPort))
      throw invalid(`The container ${containerName} did not have a container port ${containerPort} defined.`);
  }
}

const STRATEGIES = ["ROLLING", "BLUE_GREEN", "LINEAR", "CANARY"];

export function checkDeploymentConfiguration(configuration: Input, controller: string): void {
  const {
    strategy = "ROLLING",
    deploymentCircuitBreaker,
    alarms,
    minimumHealthyPercent,
    maximumPercent,
  } = configuration;
  if (!STRATEGIES.includes(strategy)) throw invalid(`Invalid deployment strategy '${strategy}'.`);
  if (controller !== "ECS" && (deploymentCircuitBreaker?.enable || alarms?.enable))
    throw invalid(
      `Deployment circuit breaker and alarms are not supported with the ${controller} deployment controller.`,
    );
  if (strategy !== "ROLLING" && deploymentCircuitBreaker?.enable)
    throw invalid("Deployment circuit breaker is only supported with the ROLLING deployment strategy.");
  if (deploymentCircuitBreaker !== undefined && typeof deploymentCircuitBreaker.enable !== "boolean")
    throw invalid("deploymentCircuitBreaker.enable is required.");
  if (alarms !== undefined) {
    if (!Array.isArray(alarms.alarmNames) || typeof alarms.enable !== "boolean")
      throw invalid("alarms needs alarmNames, enable and rollback.");
    if (alarms.enable && alarms.alarmNames.length === 0)
      throw invalid("alarmNames cannot be empty when deployment alarms are enabled.");
  }
  if (minimumHealthyPercent < 0 || minimumHealthyPercent > 100)
    throw invalid("minimumHealthyPercent must be between 0 and 100.");
  if (maximumPercent < 100) throw invalid("maximumPercent must be at least 100.");
}
