// Ended in the middle of an apply, by Ctrl-C or for good: the next apply finishes what was begun.
import { beforeEach, expect, test } from "vitest";
import { readPlan, startEcsmon } from "./ecsmon.ts";
import { writePolicy } from "./policies.ts";
import { useScene } from "./scene.ts";

const scene = useScene();
beforeEach(() => scene.begin());

const moments = [
  "logs:CreateLogGroup",
  "logs:PutMetricFilter",
  "ecs:RegisterTaskDefinition",
  "ecs:UpdateService",
  "monitoring:PutMetricAlarm",
];

test.each(moments)("Ctrl-C during %s ends with 130 once the running calls have ended", async (operation) => {
  const policy = await writePolicy();
  const command = startApply(policy);
  const held = holdSecond(operation);
  await held.reached;
  command.child.kill("SIGINT");
  await stopped(() => command.stderr().includes("stopping"));
  held.release();
  const run = await command.ended;
  expect(run.code).toBe(130);
  expect(run.stderr).toContain("interrupted");
  await expectNextApplyToFinish(policy);
});

test.each(moments)("killed during %s", async (operation) => {
  const policy = await writePolicy();
  const command = startApply(policy);
  const held = holdSecond(operation);
  await held.reached;
  command.child.kill("SIGKILL");
  await command.ended;
  held.release();
  await expectNextApplyToFinish(policy);
});

function startApply(policy: string): ReturnType<typeof startEcsmon> & { stderr(): string } {
  const command = startEcsmon(scene.proxy.endpoint, ["apply", "--yes", "--no-wait", "--policies", policy]);
  let text = "";
  command.child.stderr?.on("data", (chunk: Buffer) => {
    text += chunk.toString("utf8");
  });
  return { ...command, stderr: () => text };
}

/** Lets the first call of an operation through and holds all later ones until released. */
function holdSecond(operation: string): { readonly reached: Promise<void>; release(): void } {
  let seen = 0;
  let release = (): void => {};
  let reach = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  scene.proxy.on(operation, async (_, forward) => {
    seen += 1;
    if (seen > 1) {
      reach();
      await released;
    }
    return forward();
  });
  return { reached, release };
}

async function stopped(isSo: () => boolean): Promise<void> {
  await expect.poll(isSo).toBe(true);
}

async function expectNextApplyToFinish(policy: string): Promise<void> {
  scene.proxy.reset();
  const halfway = await scene.account();
  expect(Object.keys(halfway.alarms).length).toBeLessThan(20);
  expect(await scene.apply(policy)).toMatchObject({ code: 0 });
  const plan = await scene.plan(policy, "--detailed-exitcode", "--format", "json");
  expect(plan).toMatchObject({ code: 0 });
  expect(readPlan(plan).changes).toEqual([]);
}
