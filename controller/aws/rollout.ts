// How the deployment of a service stands, as ECS tells it.
import { DescribeServicesCommand, type Service } from "@aws-sdk/client-ecs";
import type { Failure } from "../model/errors.ts";
import type { AwsClients } from "./clients.ts";
import { describeAwsError } from "./errors.ts";
import { describeDeployment } from "./inventory.ts";

export type Rollout =
  | { readonly state: "settled" }
  | { readonly state: "rolling"; readonly text: string }
  | { readonly state: "failed"; readonly failure: Failure };

/** `from` is the revision that ran before: a service that is back on it was rolled back. */
export async function readRollout(
  aws: AwsClients,
  cluster: string,
  service: string,
  from: string,
): Promise<Rollout> {
  try {
    const answer = await aws.ecs.send(new DescribeServicesCommand({ cluster, services: [service] }));
    const current = answer.services?.[0];
    if (current === undefined)
      return {
        state: "failed",
        failure: { code: "ServiceNotFound", message: `${cluster}/${service} is gone` },
      };
    const failed = current.deployments?.find(({ rolloutState }) => rolloutState === "FAILED");
    if (failed !== undefined)
      return {
        state: "failed",
        failure: { code: "RolloutFailed", message: failed.rolloutStateReason ?? lastEvent(current) },
      };
    const text = describeDeployment(current);
    if (text !== undefined) return { state: "rolling", text };
    if (current.taskDefinition !== from) return { state: "settled" };
    return {
      state: "failed",
      failure: { code: "RolledBack", message: `ECS rolled back to ${from}: ${lastEvent(current)}` },
    };
  } catch (error) {
    return { state: "failed", failure: describeAwsError(error, "ecs:DescribeServices") };
  }
}

function lastEvent({ events }: Service): string {
  return events?.[0]?.message ?? "ECS gives no reason";
}
