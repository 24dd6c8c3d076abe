// What `inject` prints is what the operator registers: the same definition goes both ways, and the bytes are compared.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runProgram } from "../../controller/cli/program.ts";
import { stableStringify } from "../../controller/model/json.ts";
import { createTestIo } from "../unit/cli/test-io.ts";
import { account, createService, currentTask, registerTask, webPolicy } from "./estate.ts";
import { type Any, useWorld } from "./harness.ts";

const world = useWorld();
const folder = mkdtempSync(join(tmpdir(), "ecsmon-inject-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function inject(definition: unknown, policy: string, ...more: string[]): Promise<Any> {
  const [file, policies] = [join(folder, "task.json"), join(folder, "policy.yaml")];
  writeFileSync(file, JSON.stringify(definition, null, 2));
  writeFileSync(policies, policy);
  const io = createTestIo();
  const facts = ["--cluster", "prod-a", "--service", "web", "--service-tag", "tier=web"];
  const place = ["--account", account, "--region", "us-east-1"];
  const code = await runProgram(
    ["inject", "--policies", policies, ...facts, ...place, ...more, file],
    io,
    "0",
  );
  expect({ code, stderr: io.written.stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(io.written.stdout);
}

const variants: [string, { task?: Any; app?: Any }][] = [
  ["a plain one", {}],
  [
    "one with a check and logs of its own",
    {
      app: {
        healthCheck: { command: ["CMD", "true"], timeout: 9 },
        logConfiguration: {
          logDriver: "awslogs",
          options: { "awslogs-group": "/own", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "own" },
        },
        dockerLabels: { theirs: "kept" },
      },
    },
  ],
  [
    "one with other containers and odd sizes",
    {
      task: { cpu: ".5 vCPU", memory: "1 GB", volumes: [{ name: "data" }], pidMode: "task" },
      app: { mountPoints: [{ sourceVolume: "data", containerPath: "/data" }], stopTimeout: 90 },
    },
  ],
];

test.each(variants)("%s: the same bytes from a file as from the account", async (_, options) => {
  world.call("ecs", "CreateCluster", { clusterName: "prod-a" });
  createService(world, "prod-a", "web", { tier: "web" }, [], options);
  const before: Any = JSON.parse(
    JSON.stringify(
      world.call("ecs", "DescribeTaskDefinition", {
        taskDefinition: "prod-a-web",
        include: ["TAGS"],
      }),
    ),
  );
  const described = await inject(
    { taskDefinition: before["taskDefinition"], tags: before["tags"] },
    webPolicy(),
  );
  world.sandbox.control.clearCalls();

  expect((await world.apply(webPolicy())).code).toBe(0);
  const [registered] = world.sandbox.control
    .calls({ write: true })
    .filter(({ operation }) => operation === "RegisterTaskDefinition");
  const { tags, ...definition }: Any = registered?.input ?? {};
  const { taskDefinition } = described;
  for (const field of Object.keys(definition))
    expect(stableStringify(taskDefinition[field]), field).toBe(stableStringify(definition[field]));
  // Order counts too: containers stand as the operator puts them.
  expect(taskDefinition.containerDefinitions.map(({ name }: Any) => name)).toEqual(
    definition.containerDefinitions.map(({ name }: Any) => name),
  );
  expect(described.tags).toEqual(tags);

  // Back again. A health check that was replaced as a whole has its keys in the API's order now.
  const { taskDefinition: own, tags: ownTags } = await inject(described, webPolicy(), "--eject");
  expect(stableStringify(own)).toBe(stableStringify(before["taskDefinition"]));
  expect(ownTags).toEqual(before["tags"]);
});

test("a deployment from an injected file leaves nothing to plan", async () => {
  world.call("ecs", "CreateCluster", { clusterName: "prod-a" });
  createService(world, "prod-a", "web", { tier: "web" });
  expect((await world.apply(webPolicy())).code).toBe(0);
  // The pipeline's own file, as its owner wrote it, with a new image.
  const file = {
    family: "prod-a-web",
    networkMode: "awsvpc",
    requiresCompatibilities: ["FARGATE"],
    cpu: "512",
    memory: "1024",
    executionRoleArn: `arn:aws:iam::${account}:role/exec`,
    containerDefinitions: [
      {
        name: "app",
        image: "app:2",
        portMappings: [{ containerPort: 8080 }],
        healthCheck: { command: ["CMD", "true"] },
      },
    ],
  };
  const injected = await inject(file, webPolicy());
  const made = world.call("ecs", "RegisterTaskDefinition", injected);
  world.call("ecs", "UpdateService", {
    cluster: "prod-a",
    service: "web",
    taskDefinition: made["taskDefinition"].taskDefinitionArn,
  });
  const { json, code } = await world.plan(webPolicy());
  expect({ changes: json.changes, code }).toEqual({ changes: [], code: 0 });
  expect(currentTask(world, "prod-a", "web").containerDefinitions[0].image).toBe("app:2");
});

test("describe-only fields and fields that nobody knows stay", async () => {
  const arn = registerTask(world, "prod-a-web");
  const { taskDefinition } = world.call("ecs", "DescribeTaskDefinition", { taskDefinition: arn });
  const given = {
    ...taskDefinition,
    brandNew: { a: [1] },
    containerDefinitions: taskDefinition.containerDefinitions,
  };
  given.containerDefinitions[0].newer = "kept";
  const after = await inject(given, webPolicy());
  expect(after).toMatchObject({ brandNew: { a: [1] }, taskDefinitionArn: arn, revision: 1 });
  expect(after.containerDefinitions[0]).toMatchObject({
    newer: "kept",
    environment: [{ name: "MODE", value: "" }, {}],
  });
  // No list of tags: none is made, since tagging needs a permission of its own.
  expect(after.tags).toBeUndefined();
});
