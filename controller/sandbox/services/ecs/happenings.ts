// What ECS tells EventBridge of a service's deployments.
import type { DeploymentRecord, EcsStore, ServiceRecord } from "./store.ts";

/** ECS Deployment State Change: begun, completed or failed. A rollback shows in the reason only, as on AWS. */
export function announceRollout(store: EcsStore, service: ServiceRecord, deployment: DeploymentRecord): void {
  const { id, rolloutState, rolloutStateReason, updatedAt } = deployment;
  store.announce({
    source: "aws.ecs",
    detailType: "ECS Deployment State Change",
    resources: [service.arn],
    time: updatedAt,
    detail: {
      eventType: rolloutState === "FAILED" ? "ERROR" : "INFO",
      eventName: `SERVICE_DEPLOYMENT_${rolloutState}`,
      deploymentId: id,
      updatedAt: new Date(updatedAt).toISOString(),
      reason: rolloutStateReason,
    },
  });
}

/** ECS Service Action, after a deployment has completed. */
export function announceSteadyState(store: EcsStore, service: ServiceRecord, at: number): void {
  store.announce({
    source: "aws.ecs",
    detailType: "ECS Service Action",
    resources: [service.arn],
    time: at,
    detail: {
      eventType: "INFO",
      eventName: "SERVICE_STEADY_STATE",
      clusterArn: service.cluster.arn,
      createdAt: new Date(at).toISOString(),
    },
  });
}
