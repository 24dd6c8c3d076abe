// Task definitions: scheduled tasks run in the cluster, so whether they share a family must be looked into; and where
// windows are, what a service ran before. This one has run something.
import { account, registerTask, webPolicy } from "../../scenarios/estate.ts";
import { commonScene, type Scene } from "./common.ts";

export const taskDefinitionScene: Scene = {
  ...commonScene,
  // Always open: each minute anew.
  first: webPolicy({ extra: '  rollout: { windows: [{ cron: "* * * * *", duration: 5m }] }\n' }),
  prepare(world) {
    const taskDefinition = registerTask(world, "prod-a-web-000", { app: { image: "app:2" } });
    world.call("ecs", "UpdateService", { cluster: "prod-a", service: "web-000", taskDefinition });
    world.call("events", "PutRule", { Name: "nightly", ScheduleExpression: "rate(1 day)" });
    const cluster = `arn:aws:ecs:us-east-1:${account}:cluster/prod-a`;
    const TaskDefinitionArn = `arn:aws:ecs:us-east-1:${account}:task-definition/nightly`;
    const RoleArn = `arn:aws:iam::${account}:role/events`;
    world.call("events", "PutTargets", {
      Rule: "nightly",
      Targets: [{ Id: "1", Arn: cluster, RoleArn, EcsParameters: { TaskDefinitionArn } }],
    });
    world.call("scheduler", "CreateSchedule", {
      Name: "nightly",
      ScheduleExpression: "rate(1 day)",
      FlexibleTimeWindow: { Mode: "OFF" },
      Target: { Arn: cluster, RoleArn, EcsParameters: { TaskDefinitionArn } },
    });
  },
};
