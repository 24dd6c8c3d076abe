// Event rules: one of the cluster and one of a pattern as written; then with other targets, which makes other rules of
// them. One stands already, tells of a service that is gone, and carries a target of somebody's.
import { eventRuleName } from "../../../controller/core/names.ts";
import { account, webPolicy } from "../../scenarios/estate.ts";
import { commonScene, type Scene } from "./common.ts";

const cluster = `arn:aws:ecs:us-east-1:${account}:cluster/prod-a`;
const topic = (name: string): string => `arn:aws:sns:us-east-1:${account}:${name}`;

const events = (restOfTargets: string, status = "DRAINING"): string =>
  webPolicy({
    extra: `  events:
    - { preset: task-stopped, severity: critical }
    - preset: deployment-failed
      targets: ["${topic(restOfTargets)}"]
    - name: instances
      pattern: { source: [aws.ecs], detail-type: [ECS Container Instance State Change], detail: { status: [${status}] } }
      severity: warning
`,
  });

export const eventRuleScene: Scene = {
  ...commonScene,
  first: events("deployments"),
  second: events("rollouts", "ACTIVE"),
  prepare(world) {
    const Name = eventRuleName("ecsmon", "prod-a", [topic("pager")]);
    world.call("events", "PutRule", {
      Name,
      EventPattern: JSON.stringify({
        source: ["aws.ecs"],
        "detail-type": ["ECS Task State Change"],
        detail: { clusterArn: [cluster], group: ["service:long-gone"] },
      }),
      Tags: [
        { Key: "ecsmon.dev/owner", Value: "ecsmon" },
        { Key: "ecsmon.dev/cluster", Value: "prod-a" },
      ],
    });
    world.call("events", "PutTargets", {
      Rule: Name,
      Targets: [{ Id: "by-hand", Arn: topic("somebody") }],
    });
  },
};
