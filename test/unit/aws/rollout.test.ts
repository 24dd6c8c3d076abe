// What the events of a service tell of a rollout that ECS has taken back.
import { DescribeServicesCommand } from "@aws-sdk/client-ecs";
import { expect, test } from "vitest";
import type { AwsClients } from "../../../controller/aws/clients.ts";
import { readRollout } from "../../../controller/aws/rollout.ts";

const question = {
  cluster: "prod",
  service: "failover-api",
  from: "arn:aws:ecs:us-east-1:123456789012:task-definition/failover-api:1",
  to: "arn:aws:ecs:us-east-1:123456789012:task-definition/failover-api:2",
  earlier: new Set(["old"]),
  firing: undefined,
  alarmPrefix: "ecsmon/prod/failover-api/",
};

function readWith(...messages: string[]): ReturnType<typeof readRollout> {
  const events = messages.map((message, index) => ({ id: `new-${index}`, message }));
  const service = { serviceName: question.service, taskDefinition: question.from, events };
  const ecs = {
    send: (command: unknown) =>
      Promise.resolve(
        command instanceof DescribeServicesCommand ? { services: [service] } : { taskArns: [] },
      ),
  };
  return readRollout({ ecs } as unknown as AwsClients, question);
}

test.each([
  [
    "a name that sounds like it says nothing",
    ["(service failover-api) has started 2 tasks."],
    "ECS gives no reason",
  ],
  [
    "what ECS says of it is given",
    [
      "(service failover-api) has reached a steady state.",
      "(service failover-api) (deployment ecs-svc/1) deployment failed: tasks failed to start.",
    ],
    "(service failover-api) (deployment ecs-svc/1) deployment failed: tasks failed to start.",
  ],
])("%s", async (_, messages, message) => {
  expect(await readWith(...messages)).toEqual({
    state: "failed",
    failure: { code: "RolledBack", message },
    restored: true,
  });
});
