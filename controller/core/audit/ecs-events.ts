// Events as ECS sends them of a service, to hold rules' patterns against: a task that crashed, a deployment that failed.
// Source: ECS developer guide, "Amazon ECS events" (shapes and names).
import type { JsonObject } from "../../model/json.ts";
import type { Workload } from "../../model/workload.ts";
import { containersOf } from "../layer.ts";

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
  const input = workload.taskDefinition.known ? workload.taskDefinition.value.input : {};
  const definitions = new Map(containersOf(input).map((one) => [String(one["name"]), one]));
  const size = (field: "cpu" | "memory"): string => String(input[field] ?? "512");
  return containers.map((container) => ({
    ...envelope(taskEvent, workload, [taskArn]),
    detail: {
      availabilityZone: `${region}a`,
      clusterArn: arn(`cluster/${cluster}`),
      connectivity: "CONNECTED",
      containers: containers.map((name) => ({
        containerArn: arn(`container/${cluster}/${id}/${id}`),
        cpu: "0",
        exitCode: name === container ? 1 : 0,
        image: String(definitions.get(name)?.["image"] ?? "example.com/app:1"),
        imageDigest: `sha256:${id}${id}`,
        lastStatus: "STOPPED",
        name,
        networkInterfaces: [{ attachmentId: id, privateIpv4Address: "10.0.0.1" }],
        runtimeId: `${id}-0123456789`,
        taskArn,
      })),
      attachments: [
        {
          id,
          type: "eni",
          status: "DELETED",
          details: [{ name: "privateIPv4Address", value: "10.0.0.1" }],
        },
      ],
      attributes: [{ name: "ecs.cpu-architecture", value: "x86_64" }],
      connectivityAt: time,
      cpu: size("cpu"),
      memory: size("memory"),
      ephemeralStorage: { sizeInGiB: 20 },
      overrides: { containerOverrides: containers.map((name) => ({ name })) },
      ...(launchType === "FARGATE" ? { platformVersion: "1.4.0" } : {}),
      createdAt: time,
      executionStoppedAt: time,
      pullStartedAt: time,
      pullStoppedAt: time,
      startedAt: time,
      stoppedAt: time,
      stoppingAt: time,
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
