// Others deploy too: our layer follows their new revisions, and their image is never taken back.
import {
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { beforeEach, expect, test } from "vitest";
import { readRevision, type TaskInput } from "./account.ts";
import { readPlan } from "./ecsmon.ts";
import { writeEmptyPolicy, writePolicy } from "./policies.ts";
import { useScene } from "./scene.ts";

const scene = useScene();
beforeEach(() => scene.begin());

test("a tool that copies the current revision and changes the image takes our layer along", async () => {
  const original = await readRevision(scene.aws, "web-000");
  const policy = await writePolicy();
  await scene.apply(policy);
  await deploy("web-000", withImage((await readRevision(scene.aws, "web-000")).input, "app:2"));
  const plan = await scene.plan(policy, "--detailed-exitcode", "--format", "json");
  expect(plan).toMatchObject({ code: 0 });
  expect(readPlan(plan).changes).toEqual([]);

  expect(await scene.apply(await writeEmptyPolicy(), "--max-deletes", "500")).toMatchObject({ code: 0 });
  expect((await readRevision(scene.aws, "web-000")).input).toEqual(withImage(original.input, "app:2"));
});

test("after a tool that registers its own file our layer goes on top of it, image and all", async () => {
  const original = await readRevision(scene.aws, "web-000");
  const policy = await writePolicy();
  await scene.apply(policy);
  await deploy("web-000", withImage(original.input, "app:3"));
  const run = await scene.plan(policy, "--detailed-exitcode", "--format", "json");
  expect(run.code).toBe(2);
  expect(readPlan(run).changes).toMatchObject([
    { action: "update", kind: "TaskDefinition", cluster: "prod-a", service: "web-000" },
  ]);

  expect(await scene.apply(policy)).toMatchObject({ code: 0 });
  const { containerDefinitions } = (await readRevision(scene.aws, "web-000")).input;
  expect(containerDefinitions?.map(({ name, image }) => [name, image])).toEqual([
    ["app", "app:3"],
    ["jmx-exporter", "public.ecr.aws/example/jmx-exporter:1.0.1"],
    ["mackerel-container-agent", expect.stringContaining("mackerel-container-agent")],
  ]);
  expect(await scene.plan(policy, "--detailed-exitcode")).toMatchObject({ code: 0 });
});

function withImage(input: TaskInput, image: string): TaskInput {
  const containerDefinitions = (input.containerDefinitions ?? []).map((container) =>
    container.name === "app" ? { ...container, image } : container,
  );
  return { ...input, containerDefinitions };
}

async function deploy(service: string, input: TaskInput): Promise<void> {
  const { taskDefinition } = await scene.aws.ecs.send(
    new RegisterTaskDefinitionCommand(input as RegisterTaskDefinitionCommandInput),
  );
  await scene.aws.ecs.send(
    new UpdateServiceCommand({
      cluster: "prod-a",
      service,
      taskDefinition: taskDefinition?.taskDefinitionArn,
    }),
  );
}
