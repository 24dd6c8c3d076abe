// A service as DescribeServices shows it.
import type { Output } from "../../service.ts";
import { pick } from "./deployments.ts";
import type { DeploymentRecord, Fields, ServiceRecord } from "./store.ts";

// Part of revisions only: DescribeServices doesn't have them.
const HIDDEN = new Set([
  "monitoring",
  "serviceConnectConfiguration",
  "volumeConfigurations",
  "vpcLatticeConfigurations",
]);

export function describeService(service: ServiceRecord, withTags: boolean): Output {
  const external = (service.fields["deploymentController"] as { type: string }).type !== "ECS";
  const shown = Object.fromEntries(Object.entries(service.fields).filter(([name]) => !HIDDEN.has(name)));
  const [primary] = service.deployments;
  const current = service.serviceDeployments[0];
  return {
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: service.cluster.arn,
    status: service.status,
    desiredCount: service.desiredCount,
    runningCount: sum(service.deployments, (deployment) => deployment.running),
    pendingCount: sum(service.deployments, (deployment) => deployment.pending),
    taskDefinition: service.taskDefinition,
    ...shown,
    deployments: external
      ? []
      : service.deployments.map((deployment, index) => describeDeployment(service, deployment, index)),
    ...(external
      ? {
          taskSets: service.deployments.map((deployment, index) =>
            describeTaskSet(service, deployment, index),
          ),
        }
      : {}),
    ...(!external && primary !== undefined
      ? {
          currentServiceRevisions: service.deployments
            .filter((deployment) => deployment === primary || deployment.running > 0)
            .map((deployment) => ({
              arn: deployment.revision.arn,
              requestedTaskCount: deployment === primary ? service.desiredCount : 0,
              runningTaskCount: deployment.running,
              pendingTaskCount: deployment.pending,
            })),
          ...(current?.finishedAt === undefined ? { currentServiceDeployment: current?.arn } : {}),
        }
      : {}),
    events: service.events,
    createdAt: new Date(service.createdAt),
    tags: withTags ? service.tags : [],
  };
}

function describeDeployment(service: ServiceRecord, deployment: DeploymentRecord, index: number): Output {
  const fargate = service.fields["platformFamily"] !== undefined;
  const shown = pick(deployment.revision.fields as Fields, [
    "launchType",
    "capacityProviderStrategy",
    "networkConfiguration",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
  ]);
  return {
    id: deployment.id,
    status: index === 0 ? "PRIMARY" : "ACTIVE",
    taskDefinition: deployment.revision.taskDefinition,
    desiredCount: index === 0 ? service.desiredCount : deployment.running,
    pendingCount: deployment.pending,
    runningCount: deployment.running,
    failedTasks: deployment.failedTasks,
    createdAt: new Date(deployment.createdAt),
    updatedAt: new Date(deployment.updatedAt),
    ...shown,
    ...(fargate ? { platformVersion: "1.4.0", platformFamily: "Linux" } : {}),
    rolloutState: deployment.rolloutState,
    rolloutStateReason: deployment.rolloutStateReason,
  };
}

function describeTaskSet(service: ServiceRecord, deployment: DeploymentRecord, index: number): Output {
  const id = deployment.id;
  return {
    id,
    taskSetArn: service.arn.replace(":service/", ":task-set/").concat(`/${id}`),
    serviceArn: service.arn,
    clusterArn: service.cluster.arn,
    status: index === 0 ? "PRIMARY" : "ACTIVE",
    taskDefinition: deployment.revision.taskDefinition,
    computedDesiredCount: service.desiredCount,
    pendingCount: deployment.pending,
    runningCount: deployment.running,
    createdAt: new Date(deployment.createdAt),
    updatedAt: new Date(deployment.updatedAt),
    ...pick(deployment.revision.fields as Fields, [
      "launchType",
      "capacityProviderStrategy",
      "platformVersion",
      "networkConfiguration",
      "loadBalancers",
      "serviceRegistries",
    ]),
    scale: { value: 100, unit: "PERCENT" },
    stabilityStatus: deployment.rolloutState === "COMPLETED" ? "STEADY_STATE" : "STABILIZING",
    stabilityStatusAt: new Date(deployment.updatedAt),
    tags: [],
  };
}

function sum<Item>(items: readonly Item[], countOf: (item: Item) => number): number {
  return items.reduce((total, item) => total + countOf(item), 0);
}
