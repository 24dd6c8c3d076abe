// Lets a service roll to a revision without ever running over somebody else's deployment. Both ways need it: the one to
// our revision, and the one back to what ran before.
import { type Service, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import type { AwsClients } from "../aws/clients.ts";

/**
 * ECS takes no condition with an update. What it answers tells of a deployment that came in between: then that one is
 * put back, as often as it happens. `before` is the service as read right before, and `ours` the revision to run.
 * Returns the revision of somebody else's that runs in the end, if so.
 */
export async function updateUnlessOvertaking(
  aws: AwsClients,
  place: { readonly cluster: string; readonly service: string },
  before: Service,
  ours: string,
): Promise<string | undefined> {
  const seen = new Set(before.deployments?.map(({ id }) => id));
  const known = new Set([before.taskDefinition, ours]);
  let theirs: string | undefined;
  for (;;) {
    const answer = await aws.ecs.send(new UpdateServiceCommand({ ...place, taskDefinition: theirs ?? ours }));
    const deployments = answer.service?.deployments ?? [];
    const overtaken = deployments.find(
      ({ id, status, taskDefinition }) => status !== "PRIMARY" && !seen.has(id) && !known.has(taskDefinition),
    );
    if (overtaken?.taskDefinition === undefined) return theirs;
    theirs = overtaken.taskDefinition;
    known.add(theirs);
    for (const { id } of deployments) seen.add(id);
  }
}
