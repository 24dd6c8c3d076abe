// A real process that is told to end while it waits for a rollout: ECS finishes what was begun, nothing else begins,
// it is not told as done, and the next apply goes on from there.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { currentTask, seedEstate, webPolicy } from "./estate.ts";
import { type Any, useWorld } from "./harness.ts";
import { startTripwire, type Tripwire } from "./tripwire.ts";

const world = useWorld({ deploymentSeconds: 60 });
const folder = mkdtempSync(join(tmpdir(), "ecsmon-signals-"));
const names = [0, 1, 2, 3, 4, 5].map((index) => `web-00${index}`);
let wire: Tripwire;
beforeAll(async () => {
  wire = await startTripwire(() => world.sandbox.endpoint);
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await wire.close();
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Sends the signal, once, at the first look at a deployment that was begun: a second one would end it at once. */
function applyAndSignal(signal: NodeJS.Signals): Promise<Ended> {
  const file = join(folder, "policies.yaml");
  writeFileSync(file, webPolicy());
  const args = ["--import", "tsx", "controller/main.ts", "apply", "--yes", "--policies", file];
  const env = { ...process.env, AWS_ENDPOINT_URL: wire.endpoint };
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let begun = false;
  let isTold = false;
  wire.lay(({ operation }) => {
    if (begun && !isTold && operation === "DescribeServices") isTold = child.kill(signal);
    begun ||= operation === "UpdateService";
    return "pass";
  });
  return new Promise((resolve, reject) => {
    const written = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].on("data", (data: Buffer) => {
        written[name] += data.toString("utf8");
      });
    }
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, ...written }));
  });
}

function deployments(): Any[] {
  const { services } = world.call("ecs", "DescribeServices", { cluster: "prod-a", services: names });
  return services.map(({ deployments: all }: Any) => all.length);
}

test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)("%s while it waits", async (signal) => {
  seedEstate(world);
  world.sandbox.control.advance(600_000);
  deployments();
  const { code, stdout, stderr } = await applyAndSignal(signal);
  expect(code).toBe(130);
  expect(stderr).toContain("changed TaskDefinition prod-a-web-000: begun, not waited for");
  expect(stdout).toMatch(/Applied: .* 2 changed, .* \(1 begun, not waited for\);/);
  // One has two deployments, which ECS goes on with; all others are as they were.
  expect(deployments()).toEqual([2, 1, 1, 1, 1, 1]);
  world.sandbox.control.advance(600_000);
  expect(deployments()).toEqual([1, 1, 1, 1, 1, 1]);
  const next = await world.apply(webPolicy());
  expect(next.code).toBe(0);
  for (const name of names)
    expect(currentTask(world, "prod-a", name).containerDefinitions, name).toHaveLength(3);
  const begunLater = next.json.outcomes.filter(({ kind }: Any) => kind === "TaskDefinition");
  expect(begunLater.map(({ service }: Any) => service)).toEqual(names.slice(1));
});
