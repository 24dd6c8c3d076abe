// Task definitions: a scheduled task runs in the cluster, so whether it shares a family must be looked into.
import { account } from "../../scenarios/estate.ts";
import { commonScene, type Scene } from "./common.ts";

export const taskDefinitionScene: Scene = {
  ...commonScene,
  prepare(world) {
    world.call("events", "PutRule", { Name: "nightly", ScheduleExpression: "rate(1 day)" });
    const cluster = `arn:aws:ecs:us-east-1:${account}:cluster/prod-a`;
    const TaskDefinitionArn = `arn:aws:ecs:us-east-1:${account}:task-definition/nightly`;
    const RoleArn = `arn:aws:iam::${account}:role/events`;
    world.call("events", "PutTargets", {
      Rule: "nightly",
      Targets: [{ Id: "1", Arn: cluster, RoleArn, EcsParameters: { TaskDefinitionArn } }],
    });
  },
};
