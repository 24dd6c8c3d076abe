// What a source leaves out is told on stderr, whatever the command prints.
import { expect, test } from "vitest";
import { checkPolicies } from "../../controller/cli/read-policies.ts";
import { runValidate } from "../../controller/cli/validate.ts";
import { policy, useGitScene } from "./git-scene.ts";

const scene = useGitScene();

test("validate tells of a link that was not followed, and its JSON stays JSON", async () => {
  const repository = scene.makeRepository();
  repository.commit({ "a.yaml": policy(), "b.yaml": { link: "a.yaml" } });
  const told = { stdout: "", stderr: "" };
  const io = {
    stdout: (text: string): void => {
      told.stdout += text;
    },
    stderr: (text: string): void => {
      told.stderr += text;
    },
    colour: { stdout: false, stderr: false },
    env: {},
    now: () => new Date("2026-11-22T00:00:00Z"),
  };
  await runValidate([`git+file://${repository.folder}#main`], { format: "json" }, io);
  expect(told.stderr).toBe(
    `ecsmon: git+file://${repository.folder}#main: "b.yaml" is a symbolic link and is not read\n`,
  );
  expect(JSON.parse(told.stdout).summary).toMatchObject({ documents: 1 });
});

test("plan and apply tell of it, with nothing in it that a terminal acts on", async () => {
  let stderr = "";
  const io = {
    stderr: (text: string): void => {
      stderr += text;
    },
  } as Parameters<typeof checkPolicies>[2];
  await checkPolicies(
    { files: [], revision: "r", notes: ["p: \u001b[2J is a submodule"] },
    "text",
    io,
    new Date(0),
  );
  expect(stderr).toBe("ecsmon: p: \\u001b[2J is a submodule\n");
});
