// What comes in the way of a rollout: failures of others, windows that close meanwhile, families without an ACTIVE
// revision, deploys of many revisions, strategies that take their time; and that nothing of it is told wrongly.
import { beforeEach, describe, expect, test } from "vitest";
import { createService, currentTask, registerTask, seedEstate, webPolicy } from "./estate.ts";
import { type Any, type Flags, useWorld } from "./harness.ts";

const world = useWorld({ deploymentSeconds: 60 });
const minutes = 60_000;
const service = "web-000";
const only: Flags = { service: [service] };
const names = [0, 1, 2, 3, 4, 5].map((index) => `web-00${index}`);

/** The estate, its first deployments settled. */
beforeEach(() => {
  seedEstate(world);
  settle();
});

function settle(): void {
  world.sandbox.control.advance(10 * minutes);
  // The sandbox settles a service when it is looked at.
  for (const name of names) arnOf(name);
}

function withRollout(fields: string): string {
  return webPolicy({ extra: `  rollout: { ${fields} }\n` });
}

function arnOf(name: string): string {
  return currentTask(world, "prod-a", name).taskDefinitionArn;
}

function imagesOf(name: string): string[] {
  return currentTask(world, "prod-a", name).containerDefinitions.map(({ image }: Any) => image);
}

function update(fields: Any, name = service): void {
  world.call("ecs", "UpdateService", { cluster: "prod-a", service: name, ...fields });
}

function fail(mode: "unhealthy" | "tasks-die" | undefined, name = service): void {
  world.sandbox.control.failDeployments("prod-a", name, mode && { mode });
}

function tagsOf(name: string): string[] {
  const input = { cluster: "prod-a", services: [name], include: ["TAGS"] };
  return world.call("ecs", "DescribeServices", input)["services"][0].tags.map(({ key }: Any) => key);
}

function taskOutcomes(json: Any): Any[] {
  return json.outcomes.filter(({ kind }: Any) => kind === "TaskDefinition");
}

function rolled(json: Any): string[] {
  return taskOutcomes(json).map(({ service: of, result, error }: Any) =>
    [of, result, ...(error ? [error.code] : [])].join(" "),
  );
}

function blockedCodes(plan: Any): string[] {
  return plan.blocked.map(({ code }: Any) => code);
}

describe("an owner's deployment that failed before ours", () => {
  const breaker = {
    deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: false } },
  };

  test("says nothing of ours", async () => {
    update(breaker);
    fail("tasks-die");
    update({ taskDefinition: registerTask(world, "prod-a-web-000", { app: { image: "app:2" } }) });
    settle();
    fail(undefined);
    const before = world.call("ecs", "DescribeServices", { cluster: "prod-a", services: [service] });
    expect(before["services"][0].deployments[0].rolloutState).toBe("FAILED");
    // What failed still stands there beside what ran before it.
    const { code, json } = await world.apply(webPolicy(), { ...only, force: true });
    expect([code, rolled(json)]).toEqual([0, ["web-000 applied"]]);
    expect(imagesOf(service)[0]).toBe("app:2");
    expect(tagsOf(service)).toEqual(["tier"]);
  });

  test("but ours that fails is told with its own reason", async () => {
    update(breaker);
    fail("tasks-die");
    const { json } = await world.apply(webPolicy(), only);
    expect(rolled(json)).toEqual(["web-000 failed RolloutFailed"]);
    expect(taskOutcomes(json)[0].error.message).toMatch(
      /^ECS deployment circuit breaker: tasks failed to start/,
    );
  });
});

test("tasks that die without a circuit breaker: the reason is told, and the time as the policy has it", async () => {
  fail("tasks-die");
  const { json } = await world.apply(withRollout("timeout: 90s"), only);
  const [{ error }] = taskOutcomes(json);
  expect(error).toMatchObject({ code: "RolloutTimeout" });
  expect(error.message).toMatch(
    /^the deployment has not settled within 90s: 0 of 2 tasks of prod-a-web-000:2 run; /,
  );
  expect(error.message).toContain("; a task stopped: Essential container in task exited, app exited with 1");
  // The tasks of what ran before, which every deployment stops, are no reason.
  expect(error.message.match(/a task stopped/g)).toHaveLength(1);
});

test("the rest is told where the reason stands, without saying all of it again", async () => {
  fail("tasks-die");
  const { json } = await world.apply(withRollout("timeout: 90s"));
  const [first, second] = taskOutcomes(json);
  expect(second.error).toEqual({
    code: "RolloutStopped",
    message: "not begun, since the rollout of prod-a/web-000 failed (RolloutTimeout, see there)",
  });
  expect(first.error.message).toContain("a task stopped");
});

test("a family whose revisions are all INACTIVE: the layer is registered anew", async () => {
  world.call("ecs", "DeregisterTaskDefinition", { taskDefinition: arnOf(service) });
  const { code, json } = await world.apply(webPolicy(), only);
  expect([code, rolled(json)]).toEqual([0, ["web-000 applied"]]);
  expect(imagesOf(service)).toHaveLength(3);
});

test("a revision of ours that is no longer the latest is used all the same", async () => {
  world.sandbox.control.addFault({ operation: "UpdateService", action: "denied" });
  await world.apply(webPolicy(), only);
  world.sandbox.control.clearFaults();
  registerTask(world, "prod-a-web-000", { app: { image: "app:not-deployed" } });
  world.sandbox.control.clearCalls();
  expect((await world.apply(webPolicy(), only)).code).toBe(0);
  expect(world.writes()).not.toContain("RegisterTaskDefinition");
  expect(arnOf(service)).toMatch(/:2$/);
});

describe("windows", () => {
  // Monday; the window is 01:00 to 01:10 UTC.
  const windows = 'windows: [{ cron: "0 1 * * 1", duration: 10m }]';
  const asOf = (time: string): Flags => ({ asOf: new Date(`2026-11-23T${time}Z`) });

  test("are asked again before each service: what would begin after they closed waits", async () => {
    const { code, json } = await world.apply(withRollout(windows), asOf("01:08:30"));
    expect(code).toBe(3);
    expect(rolled(json)).toEqual([
      "web-000 applied",
      "web-001 applied",
      ...[2, 3, 4, 5].map((index) => `web-00${index} skipped OutsideWindow`),
    ]);
    expect(taskOutcomes(json)[2].error.message).toMatch(
      /^not begun: no rollout window is open; the next one opens at 2026-11-30T01:00:00.000Z$/,
    );
    const later = await world.apply(withRollout(windows), asOf("01:01:00"));
    expect([later.code, rolled(later.json)]).toEqual([
      0,
      [2, 3, 4, 5].map((index) => `web-00${index} applied`),
    ]);
  });

  test("what somebody's deployment took off goes on again whenever it is its turn", async () => {
    await world.apply(withRollout(windows), asOf("01:01:00"));
    for (const name of names) {
      // Two for each deploy, of which the second is used.
      registerTask(world, `prod-a-${name}`);
      update({ taskDefinition: registerTask(world, `prod-a-${name}`) }, name);
    }
    settle();
    const { code, json } = await world.apply(withRollout(windows), asOf("01:08:30"));
    expect([code, rolled(json)]).toEqual([0, names.map((name) => `${name} applied`)]);
  });

  test("a layer that only ever failed to roll out has its first time still to come", async () => {
    fail("unhealthy");
    await world.apply(withRollout(`timeout: 2m, ${windows}`), { ...only, ...asOf("01:01:00") });
    expect(tagsOf(service)).toContain("ecsmon.dev/ecsmon/stalled");
    fail(undefined);
    settle();
    update({ taskDefinition: registerTask(world, "prod-a-web-000", { app: { image: "app:2" } }) });
    settle();
    const { plan } = (await world.apply(withRollout(windows), { ...only, ...asOf("02:00:00") })).json;
    expect(blockedCodes(plan)).toEqual(["OutsideWindow"]);
  });
});

test("a layer that is taken off again and again is put back ever later, however many revisions a deploy registers", async () => {
  await world.apply(webPolicy(), only);
  const seen: string[] = [];
  for (let time = 0; time < 5; time += 1) {
    for (const image of ["app:a", "app:b", "app:c"])
      registerTask(world, "prod-a-web-000", { app: { image } });
    update({ taskDefinition: registerTask(world, "prod-a-web-000", { app: { image: `app:${time}` } }) });
    settle();
    const { json } = await world.apply(webPolicy(), only);
    seen.push(...rolled(json), ...blockedCodes(json.plan));
  }
  expect(seen).toEqual([...Array(3).fill("web-000 applied"), "BackOff", "BackOff"]);
});

describe("no policy wants the layer any more", () => {
  const nobody = webPolicy({ services: '"none-*"' });

  test("marks of a failure go without a deployment, and the next plan is empty", async () => {
    fail("unhealthy");
    await world.apply(withRollout("timeout: 2m"), only);
    fail(undefined);
    settle();
    expect(tagsOf(service)).toEqual(["tier", "ecsmon.dev/ecsmon/stalled"]);
    const { json } = await world.plan(nobody, only);
    const [change] = json.changes.filter(({ kind }: Any) => kind === "TaskDefinition");
    expect(change).toMatchObject({ action: "update", impact: "none", release: true, differences: [] });
    expect((await world.planText(nobody, only)).stdout).toMatch(
      /TaskDefinition +prod-a-web-000 +\(put back as it was\)\n +only ecsmon's own record in it/,
    );
    world.sandbox.control.clearCalls();
    expect((await world.apply(nobody, { ...only, maxDeletes: 100 })).code).toBe(0);
    expect(world.writes()).not.toContain("UpdateService");
    expect(tagsOf(service)).toEqual(["tier"]);
    const again = await world.plan(nobody, only);
    expect([again.code, again.json.changes]).toEqual([0, []]);
  });

  test("so does the count of a layer that was put back, with the layer or after it", async () => {
    await world.apply(webPolicy(), only);
    update({ taskDefinition: registerTask(world, "prod-a-web-000") });
    settle();
    await world.apply(webPolicy(), only);
    expect(tagsOf(service)).toContain("ecsmon.dev/ecsmon/relayered");
    update({ taskDefinition: registerTask(world, "prod-a-web-000") });
    settle();
    await world.apply(nobody, { ...only, maxDeletes: 100 });
    expect(tagsOf(service)).toEqual(["tier"]);
  });
});

describe("ECS's own strategies", () => {
  const secondsSince = (begun: number): number => (world.sandbox.control.now() - begun) / 1000;

  function create(deploymentConfiguration: Any): void {
    createService(world, "prod-a", "web-blue", { tier: "web" }, [], { service: { deploymentConfiguration } });
    world.sandbox.control.advance(24 * 60 * minutes);
    arnOf("web-blue");
  }

  test.each<[string, Any, number]>([
    ["BLUE_GREEN", { bakeTimeInMinutes: 45 }, 46],
    ["CANARY", { canaryConfiguration: { canaryBakeTimeInMinutes: 30 }, bakeTimeInMinutes: 10 }, 41],
    [
      "LINEAR",
      { linearConfiguration: { stepPercent: 30, stepBakeTimeInMinutes: 20 }, bakeTimeInMinutes: 5 },
      86,
    ],
  ])(
    "%s is waited for through its steps and its bake time, whatever the timeout",
    async (strategy, fields, takes) => {
      create({ strategy, ...fields });
      const begun = world.sandbox.control.now();
      const { code, json } = await world.apply(withRollout("timeout: 5m"), { service: ["web-blue"] });
      expect([code, rolled(json)]).toEqual([0, ["web-blue applied"]]);
      expect(Math.round(secondsSince(begun) / 60)).toBe(takes);
      expect(imagesOf("web-blue")).toHaveLength(3);
    },
  );

  test("tasks that do not come up are put back within the timeout", async () => {
    create({ strategy: "BLUE_GREEN", bakeTimeInMinutes: 600 });
    const before = arnOf("web-blue");
    const begun = world.sandbox.control.now();
    fail("unhealthy", "web-blue");
    const { json } = await world.apply(withRollout("timeout: 5m"), { service: ["web-blue"] });
    expect(rolled(json)).toEqual(["web-blue failed RolloutTimeout"]);
    expect(secondsSince(begun)).toBeLessThan(6 * 60);
    expect(arnOf("web-blue")).toBe(before);
  });

  test("a plan does not complain while it bakes", async () => {
    create({ strategy: "BLUE_GREEN", bakeTimeInMinutes: 60 });
    await world.apply(webPolicy(), { service: ["web-blue"], wait: false });
    const diagnose = async (after: number): Promise<string[]> => {
      world.sandbox.control.advance(after * minutes);
      const flags = { service: ["web-blue"], asOf: new Date(world.sandbox.control.now()) };
      return (await world.plan(webPolicy(), flags)).json.diagnostics.map(({ code }: Any) => code);
    };
    expect(await diagnose(40)).not.toContain("RolloutNotSettled");
  });
});

describe("--no-wait", () => {
  test("says before it asks what it gives up, and afterwards what is not known", async () => {
    const { code, json, stderr } = await world.apply(webPolicy(), { wait: false });
    expect(code).toBe(0);
    expect(stderr).toContain(
      "ecsmon: with --no-wait 6 services begin to roll at once: no canary, no maxConcurrent",
    );
    expect(taskOutcomes(json).map(({ result, note }: Any) => `${result}: ${note}`)).toEqual(
      names.map(() => "applied: begun, not waited for"),
    );
    expect(stderr).toContain("6 begun, not waited for");
    settle();
    const quiet = await world.apply(webPolicy(), { wait: false });
    expect(quiet.stderr).not.toContain("--no-wait");
  });
});
