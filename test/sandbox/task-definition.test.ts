import {
  DeleteTaskDefinitionsCommand,
  DeregisterTaskDefinitionCommand,
  DescribeTaskDefinitionCommand,
  ListTaskDefinitionFamiliesCommand,
  ListTaskDefinitionsCommand,
  RegisterTaskDefinitionCommand,
} from "@aws-sdk/client-ecs";
import { describe, expect, it } from "vitest";
import { ecsHeaders, post, readService, start, webDefinition, withService } from "./harness.ts";

const BARE = { containerDefinitions: [{ name: "app", image: "acme/web:1" }] };

/** A definition with one container changed, as raw input. */
function withContainer(container: object, over: object = {}): object {
  return webDefinition({
    ...over,
    containerDefinitions: [{ name: "app", image: "acme/web:1", ...container }],
  });
}

describe("RegisterTaskDefinition", () => {
  it("answers with the defaults ECS fills in", async () => {
    const { ecs } = await start();
    const { taskDefinition } = await ecs.send(
      new RegisterTaskDefinitionCommand(
        webDefinition({
          cpu: ".5 vCPU",
          memory: "1 GB",
          containerDefinitions: [
            {
              name: "app",
              image: "acme/web:1",
              portMappings: [{ containerPort: 80 }],
              healthCheck: { command: ["CMD-SHELL", "true"] },
            },
          ],
        }),
      ),
    );
    expect(taskDefinition).toMatchObject({
      taskDefinitionArn: "arn:aws:ecs:us-east-1:123456789012:task-definition/web:1",
      revision: 1,
      status: "ACTIVE",
      cpu: "512",
      memory: "1024",
      volumes: [],
      placementConstraints: [],
      compatibilities: expect.arrayContaining(["EC2", "FARGATE"]),
    });
    expect(taskDefinition?.requiresAttributes).not.toHaveLength(0);
    expect(taskDefinition?.containerDefinitions).toEqual([
      {
        name: "app",
        image: "acme/web:1",
        cpu: 0,
        essential: true,
        portMappings: [{ containerPort: 80, hostPort: 80, protocol: "tcp" }],
        environment: [],
        mountPoints: [],
        volumesFrom: [],
        systemControls: [],
        healthCheck: { command: ["CMD-SHELL", "true"], interval: 30, timeout: 5, retries: 3 },
      },
    ]);
  });

  it("keeps fields it doesn't know, at every level", async () => {
    const { endpoint } = await start();
    const definition = withContainer(
      { brandNew: { deep: [1] }, dockerLabels: { Any: "" }, environment: [{ name: "EMPTY", value: "" }] },
      { topLevelNew: "kept" },
    );
    await post(endpoint, JSON.stringify(definition), ecsHeaders("RegisterTaskDefinition"));
    const { text } = await post(endpoint, '{"taskDefinition":"web"}', ecsHeaders("DescribeTaskDefinition"));
    expect(JSON.parse(text).taskDefinition).toMatchObject({
      topLevelNew: "kept",
      containerDefinitions: [
        { brandNew: { deep: [1] }, dockerLabels: { Any: "" }, environment: [{ name: "EMPTY", value: "" }] },
      ],
    });
  });

  const secrets = [{ name: "A", valueFrom: "arn:aws:ssm:us-east-1:123456789012:parameter/a" }];
  const refused: [string, object, RegExp][] = [
    ["a family with a space", webDefinition({ family: "a b" }), /Family contains/],
    ["no containers", webDefinition({ containerDefinitions: [] }), /cannot be empty/],
    ["no image", withContainer({ image: "" }), /image should not be null/],
    ["no essential container", withContainer({ essential: false }), /marked as essential/],
    ["an empty tag list", webDefinition({ tags: [] }), /Tags can not be empty/],
    [
      "eleven containers",
      webDefinition({
        containerDefinitions: Array.from({ length: 11 }, (_, index) => ({ name: `c${index}`, image: "a" })),
      }),
      /maximum is 10/,
    ],
    [
      "a name used twice",
      webDefinition({ containerDefinitions: [...BARE.containerDefinitions, ...BARE.containerDefinitions] }),
      /unique/,
    ],
    [
      "more than 64 KiB",
      withContainer({ environment: [{ name: "X", value: "x".repeat(66_000) }] }),
      /64 KiB/,
    ],
    [
      "a health check without CMD",
      withContainer({ healthCheck: { command: ["curl", "x"] } }),
      /begin with CMD/,
    ],
    [
      "a health check interval of 4",
      withContainer({ healthCheck: { command: ["CMD", "x"], interval: 4 } }),
      /interval/,
    ],
    [
      "a start period of 301",
      withContainer({ healthCheck: { command: ["CMD", "x"], startPeriod: 301 } }),
      /startPeriod/,
    ],
    [
      "an unknown dependency",
      withContainer({ dependsOn: [{ containerName: "b", condition: "START" }] }),
      /not in the task/,
    ],
    [
      "a dependency on itself",
      withContainer({ dependsOn: [{ containerName: "app", condition: "START" }] }),
      /cycle/,
    ],
    [
      "HEALTHY without a check",
      webDefinition({
        containerDefinitions: [
          { name: "a", image: "a", dependsOn: [{ containerName: "b", condition: "HEALTHY" }] },
          { name: "b", image: "b" },
        ],
      }),
      /no health check/,
    ],
    [
      "COMPLETE on an essential container",
      webDefinition({
        containerDefinitions: [
          { name: "a", image: "a", dependsOn: [{ containerName: "b", condition: "COMPLETE" }] },
          { name: "b", image: "b" },
        ],
      }),
      /essential/,
    ],
    ["a Fargate size that isn't", webDefinition({ cpu: "256", memory: "4096" }), /No Fargate configuration/],
    ["a CPU that isn't", webDefinition({ cpu: "300" }), /Invalid 'cpu'/],
    ["Fargate on a bridge", webDefinition({ networkMode: "bridge" }), /awsvpc/],
    ["privileged on Fargate", withContainer({ privileged: true }), /privileged/],
    [
      "syslog on Fargate",
      withContainer({ logConfiguration: { logDriver: "syslog" } }),
      /not supported on Fargate/,
    ],
    [
      "awslogs without a prefix on Fargate",
      withContainer({
        logConfiguration: { logDriver: "awslogs", options: { "awslogs-group": "g", "awslogs-region": "r" } },
      }),
      /awslogs-stream-prefix/,
    ],
    [
      "awsfirelens without a router",
      withContainer({ logConfiguration: { logDriver: "awsfirelens" } }),
      /firelens/,
    ],
    [
      "a host port of its own in awsvpc",
      withContainer({ portMappings: [{ containerPort: 80, hostPort: 81 }] }),
      /must match/,
    ],
    ["too much memory in sum", withContainer({ memory: 2048 }), /greater than the task/],
    ["too much CPU in sum", withContainer({ cpu: 1024 }), /cpu \(1024\)/],
    [
      "memory below its reservation",
      withContainer({ memory: 256, memoryReservation: 512 }),
      /greater than 'memoryReservation'/,
    ],
    [
      "a restart period of 59",
      withContainer({ restartPolicy: { enabled: true, restartAttemptPeriod: 59 } }),
      /restartAttemptPeriod/,
    ],
    ["stopTimeout 150 on Fargate", withContainer({ stopTimeout: 150 }), /maximum on Fargate is 120/],
    [
      "secrets without an execution role",
      withContainer({ secrets }, { executionRoleArn: undefined }),
      /executionRoleArn/,
    ],
    [
      "a mount of no volume",
      withContainer({ mountPoints: [{ sourceVolume: "v", containerPath: "/" }] }),
      /Unknown volume/,
    ],
    ["no memory anywhere on EC2", { family: "web", ...BARE }, /At least one of 'memory'/],
  ];
  it.each(refused)("refuses %s", async (_what, input, message) => {
    const { endpoint, control } = await start();
    const answer = await post(endpoint, JSON.stringify(input), ecsHeaders("RegisterTaskDefinition"));
    expect(answer.status).toBe(400);
    const error = JSON.parse(answer.text);
    expect(error).toMatchObject({ __type: "ClientException", message: expect.stringMatching(message) });
    expect(control.call("ecs", "ListTaskDefinitions", {})["taskDefinitionArns"]).toEqual([]);
  });
});

describe("revisions", () => {
  it("are found by family, revision and ARN, with tags when asked", async () => {
    const { ecs } = await start();
    await ecs.send(new RegisterTaskDefinitionCommand(webDefinition({ tags: [{ key: "a", value: "1" }] })));
    await ecs.send(new RegisterTaskDefinitionCommand(webDefinition()));
    const read = (taskDefinition: string, include?: "TAGS"[]) =>
      ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition, ...(include && { include }) }));
    expect((await read("web")).taskDefinition?.revision).toBe(2);
    expect((await read("web:1")).tags).toBeUndefined();
    const byArn = await read("arn:aws:ecs:us-east-1:123456789012:task-definition/web:1", ["TAGS"]);
    expect(byArn).toMatchObject({ tags: [{ key: "a", value: "1" }] });
    expect(byArn.taskDefinition).not.toHaveProperty("tags");
    expect((await read("web:2", ["TAGS"])).tags).toEqual([]);
  });

  it("go INACTIVE and away, and their numbers are not used again", async () => {
    const sandbox = await start();
    await withService(sandbox);
    const { ecs } = sandbox;
    const early = await ecs.send(new DeleteTaskDefinitionsCommand({ taskDefinitions: ["web:1"] }));
    expect(early.failures).toHaveLength(1);
    await ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: "web:1" }));
    // Running services keep it.
    expect((await readService(sandbox)).runningCount).toBe(4);
    await expect(ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: "web" }))).rejects.toThrow();
    expect(
      (await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: "web:1" }))).taskDefinition,
    ).toMatchObject({ status: "INACTIVE" });
    await ecs.send(new DeleteTaskDefinitionsCommand({ taskDefinitions: ["web:1"] }));
    const again = await ecs.send(new RegisterTaskDefinitionCommand(webDefinition()));
    expect(again.taskDefinition?.revision).toBe(2);
  });

  it("are listed in order, by family and status", async () => {
    const { ecs, control } = await start();
    for (let count = 0; count < 11; count++) control.call("ecs", "RegisterTaskDefinition", webDefinition());
    control.call("ecs", "RegisterTaskDefinition", webDefinition({ family: "webby" }));
    const list = async (input: object) =>
      (await ecs.send(new ListTaskDefinitionsCommand(input))).taskDefinitionArns?.map((arn) =>
        arn.slice(arn.indexOf("/") + 1),
      );
    expect((await list({ familyPrefix: "web" }))?.slice(-2)).toEqual(["web:10", "web:11"]);
    expect(await list({ familyPrefix: "web", sort: "DESC", maxResults: 2 })).toEqual(["web:11", "web:10"]);
    await ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: "web:11" }));
    expect(await list({ familyPrefix: "web", sort: "DESC", maxResults: 1 })).toEqual(["web:10"]);
    expect(await list({ status: "INACTIVE" })).toEqual(["web:11"]);
    const { families } = await ecs.send(new ListTaskDefinitionFamiliesCommand({ familyPrefix: "web" }));
    expect(families).toEqual(["web", "webby"]);
  });
});
