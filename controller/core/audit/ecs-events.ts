// Events as ECS sends them of a service, to hold rules' patterns against: a task that crashed, a deployment that failed.
// Source: ECS developer guide, "Amazon ECS events" (shapes and names).
import type { JsonObject } from "../../model/json.ts";
import type { Workload } from "../../model/workload.ts";

const id = "0123456789abcdef0123456789abcdef";
const time = "2026-01-01T00:00:00Z";

/** Everything of ECS's, whatever service it is of. */
export function anyEcsEvent(detailType: string): JsonObject {
  return { source: "aws.ecs", "detail-type": detailType };
}

export const taskEvent = "ECS Task State Change";
export const deploymentEvent = "ECS Deployment State Change";
export const actionEvent = "ECS Service Action";

/** An essential container that ended with code 1, one event for each of them. */
export function crashEvents(workload: Workload, containers: readonly string[]): JsonObject[] {
  const { account, partition, region, cluster, service, launchType, taskDefinitionArn } = workload;
  const arn = (rest: string): string => `arn:${partition}:ecs:${region}:${account}:${rest}`;
  const taskArn = arn(`task/${cluster}/${id}`);
  return containers.map((container) => ({
    ...envelope(taskEvent, workload, [taskArn]),
    detail: {
      availabilityZone: `${region}a`,
      clusterArn: arn(`cluster/${cluster}`),
      connectivity: "CONNECTED",
      containers: containers.map((name) => ({
        containerArn: arn(`container/${cluster}/${id}/${id}`),
        exitCode: name === container ? 1 : 0,
        lastStatus: "STOPPED",
        name,
        taskArn,
      })),
      createdAt: time,
      startedAt: time,
      stoppedAt: time,
      updatedAt: time,
      desiredStatus: "STOPPED",
      group: `service:${service}`,
      lastStatus: "STOPPED",
      launchType,
      startedBy: "ecs-svc/0123456789012345678",
      stopCode: "EssentialContainerExited",
      stoppedReason: "Essential container in task exited",
      taskArn,
      taskDefinitionArn,
      version: 5,
    },
  }));
}

/** ECS tells it twice; either will do. */
export function failedDeploymentEvents(workload: Workload): JsonObject[] {
  const { account, partition, region, cluster, serviceArn } = workload;
  const reason = "ECS deployment circuit breaker: tasks failed to start.";
  const detail = { eventType: "ERROR", eventName: "SERVICE_DEPLOYMENT_FAILED", reason };
  return [
    {
      ...envelope(deploymentEvent, workload, [serviceArn]),
      detail: { ...detail, deploymentId: "ecs-svc/0123456789012345678", updatedAt: time },
    },
    {
      ...envelope(actionEvent, workload, [serviceArn]),
      detail: {
        ...detail,
        clusterArn: `arn:${partition}:ecs:${region}:${account}:cluster/${cluster}`,
        createdAt: time,
      },
    },
  ];
}

function envelope(
  detailType: string,
  { account, region }: Workload,
  resources: readonly string[],
): JsonObject {
  return {
    version: "0",
    id: "01234567-89ab-cdef-0123-456789abcdef",
    ...anyEcsEvent(detailType),
    account,
    time,
    region,
    resources,
  };
}
