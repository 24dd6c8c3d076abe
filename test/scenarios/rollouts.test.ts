// Rollout drills, on a clock that moves as apply waits: a canary first, then as many as allowed; what fails is put back,
// stops the rest and is not tried again; an owner's deployment wins; windows are kept.
import { expect, test } from "vitest";
import { createService, currentTask, registerTask, seedEstate, webPolicy } from "./estate.ts";
import { type Any, type Flags, tally, useWorld } from "./harness.ts";
import { putAlarm } from "./reference-estate.ts";

const world = useWorld({ deploymentSeconds: 60 });

const rollout = (fields: string): string => `  rollout: { ${fields} }\n`;

/** The estate, its first deployments settled. */
function seed(): void {
  seedEstate(world);
  world.sandbox.control.advance(600_000);
  // The sandbox settles a service when it is looked at.
  for (const index of [0, 1, 2, 3, 4, 5]) arnOf(`web-00${index}`);
}

/** Tasks come up again, and the way back is gone. */
function heal(service: string): void {
  world.sandbox.control.failDeployments("prod-a", service, undefined);
  world.sandbox.control.advance(600_000);
}

function rolled(json: Any): string[] {
  return json.outcomes
    .filter(({ kind }: Any) => kind === "TaskDefinition")
    .map(({ service, result, error }: Any) => `${service} ${result}${error ? ` ${error.code}` : ""}`);
}

function arnOf(service: string): string {
  return currentTask(world, "prod-a", service).taskDefinitionArn;
}

function breaker(service: string): void {
  const deploymentConfiguration = { deploymentCircuitBreaker: { enable: true, rollback: true } };
  world.call("ecs", "UpdateService", { cluster: "prod-a", service, deploymentConfiguration });
}

function updates(): string[] {
  return world.sandbox.control
    .calls({ operation: "UpdateService" })
    .map(({ input }) => (input as Any).service);
}

/** Nothing that failed is tried again, however often it runs. */
async function expectQuiet(policy: string, stalled: readonly string[], flags: Flags = {}): Promise<void> {
  // What waited for the rollout that failed has its turn first.
  await world.apply(policy, flags);
  world.sandbox.control.clearCalls();
  for (let pass = 0; pass < 10; pass += 1) {
    world.sandbox.control.advance(3_600_000);
    const { json } = await world.apply(policy, flags);
    const codes = json.plan.blocked
      .filter(({ code }: Any) => code === "Stalled")
      .map(({ service }: Any) => service);
    expect(codes).toEqual(stalled);
  }
  expect(updates()).toEqual([]);
}

test("one after the other, each settled before the next begins", async () => {
  seed();
  const { code, json } = await world.apply(webPolicy());
  expect(code).toBe(0);
  expect(rolled(json)).toEqual([0, 1, 2, 3, 4, 5].map((index) => `web-00${index} applied`));
  expect((await world.plan(webPolicy())).code).toBe(0);
});

test("maxConcurrent: the canary alone, then that many at once, and never more", async () => {
  seed();
  const most: number[] = [];
  const whileWaiting = (): void => {
    const { services } = world.call("ecs", "DescribeServices", {
      cluster: "prod-a",
      services: [0, 1, 2, 3, 4, 5].map((index) => `web-00${index}`),
    });
    most.push(services.filter(({ deployments }: Any) => deployments.length > 1).length);
  };
  const { code } = await world.apply(webPolicy({ extra: rollout("maxConcurrent: 3") }), { whileWaiting });
  expect(code).toBe(0);
  expect(most[0]).toBe(1);
  expect(Math.max(...most)).toBe(3);
});

test("a canary whose tasks die: ECS rolls back, the rest does not begin, and it is not tried again", async () => {
  seed();
  breaker("web-000");
  const before = arnOf("web-000");
  world.sandbox.control.failDeployments("prod-a", "web-000", { mode: "tasks-die" });
  const { code, json } = await world.apply(webPolicy());
  expect(code).toBe(1);
  expect(rolled(json)[0]).toMatch(/^web-000 failed (RolledBack|RolloutFailed)$/);
  expect(rolled(json).slice(1)).toEqual(
    [1, 2, 3, 4, 5].map((index) => `web-00${index} skipped RolloutStopped`),
  );
  expect(
    json.outcomes.find(({ service, kind }: Any) => service === "web-000" && kind === "TaskDefinition").error
      .message,
  ).toContain("a task stopped");
  expect(arnOf("web-000")).toBe(before);
  world.sandbox.control.failDeployments("prod-a", "web-000", undefined);
  await expectQuiet(webPolicy(), ["web-000"]);
  expect(arnOf("web-000")).toBe(before);
});

test("tasks that run but stay unhealthy: put back within the timeout", async () => {
  seed();
  const before = arnOf("web-000");
  world.sandbox.control.failDeployments("prod-a", "web-000", { mode: "unhealthy" });
  const policy = webPolicy({ extra: rollout("timeout: 5m") });
  const { code, json } = await world.apply(policy);
  expect(code).toBe(1);
  expect(rolled(json)[0]).toBe("web-000 failed RolloutTimeout");
  expect(arnOf("web-000")).toBe(before);
  heal("web-000");
  await expectQuiet(policy, ["web-000"]);
});

test("the fifth of eight fails: those before it stay, those after it wait, unless the policy says go on", async () => {
  seed();
  for (const name of ["web-006", "web-007"]) createService(world, "prod-a", name, { tier: "web" });
  world.sandbox.control.advance(600_000);
  const all = [0, 1, 2, 3, 4, 5, 6, 7].map((index) => `web-00${index}`);
  const before = all.map(arnOf);
  world.sandbox.control.failDeployments("prod-a", "web-004", { mode: "unhealthy" });
  const { code, json } = await world.apply(webPolicy());
  expect(code).toBe(1);
  expect(rolled(json)).toEqual([
    ...all.slice(0, 4).map((name) => `${name} applied`),
    "web-004 failed RolloutTimeout",
    ...all.slice(5).map((name) => `${name} skipped RolloutStopped`),
  ]);
  // Before it, all on the layer; it and those after it on what they had.
  expect(all.map((name, index) => arnOf(name) === before[index])).toEqual(all.map((_, index) => index >= 4));
  heal("web-004");
  const onwards = await world.apply(webPolicy({ extra: rollout("pauseOnFailure: false") }));
  expect(rolled(onwards.json)).toEqual(all.slice(5).map((name) => `${name} applied`));
  await expectQuiet(webPolicy({ extra: rollout("pauseOnFailure: false") }), ["web-004"]);
});

test("another layer, or another revision of the owner's, is tried; one that settles takes the mark away", async () => {
  seed();
  world.sandbox.control.failDeployments("prod-a", "web-000", { mode: "unhealthy" });
  const only = { service: ["web-000"] };
  await world.apply(webPolicy(), only);
  heal("web-000");
  expect((await world.plan(webPolicy(), only)).json.blocked.map(({ code }: Any) => code)).toContain(
    "Stalled",
  );
  const fixed = webPolicy({ image: "public.ecr.aws/example/jmx-exporter:1.0.2" });
  expect(rolled((await world.apply(fixed, only)).json)).toEqual(["web-000 applied"]);
  const { services } = world.call("ecs", "DescribeServices", {
    cluster: "prod-a",
    services: ["web-000"],
    include: ["TAGS"],
  });
  expect(services[0].tags).toEqual([{ key: "tier", value: "web" }]);
});

test("the former revision is INACTIVE by then: its content runs again", async () => {
  seed();
  const before = currentTask(world, "prod-a", "web-000");
  world.sandbox.control.failDeployments("prod-a", "web-000", { mode: "unhealthy" });
  const whileWaiting = (): void => {
    world.call("ecs", "DeregisterTaskDefinition", { taskDefinition: before.taskDefinitionArn });
  };
  const { code } = await world.apply(webPolicy(), { whileWaiting, service: ["web-000"] });
  expect(code).toBe(1);
  const after = currentTask(world, "prod-a", "web-000");
  expect(after.taskDefinitionArn).not.toBe(before.taskDefinitionArn);
  expect(after.containerDefinitions).toEqual(before.containerDefinitions);
  heal("web-000");
  await expectQuiet(webPolicy(), ["web-000"], { service: ["web-000"] });
});

test("an owner's deployment in the middle wins, and the layer goes on it in the next run", async () => {
  seed();
  let deployed = false;
  const whileWaiting = (): void => {
    if (deployed) return;
    deployed = true;
    const taskDefinition = registerTask(world, "prod-a-web-000", { app: { image: "app:9" } });
    world.call("ecs", "UpdateService", { cluster: "prod-a", service: "web-000", taskDefinition });
  };
  const { code, json } = await world.apply(webPolicy(), { whileWaiting, service: ["web-000"] });
  expect(rolled(json)).toEqual(["web-000 skipped OwnerDeployed"]);
  expect(code).toBe(3);
  expect(currentTask(world, "prod-a", "web-000").containerDefinitions.map(({ image }: Any) => image)).toEqual(
    ["app:9"],
  );
  world.sandbox.control.advance(600_000);
  expect((await world.apply(webPolicy(), { service: ["web-000"] })).code).toBe(0);
  expect(currentTask(world, "prod-a", "web-000").containerDefinitions[0].image).toBe("app:9");
  await expectQuiet(webPolicy(), [], { service: ["web-000"] });
});

test.each(["error-rate", "any", "log-errors"])(
  "one of our own alarms fires meanwhile, of whatever type, on the last page: put back (%s)",
  async (alarm) => {
    seed();
    const extra = `    - { name: any, composite: ALARM("cpu-high"), severity: warning }
  queries:
    - name: log-errors
      query: stats count() as n
      groups: [/ecs/prod-a/web-000]
      alarm: { aggregation: max(n), every: 5m, window: 5m, roleArn: "arn:aws:iam::123456789012:role/q", comparison: GreaterThanThreshold, threshold: 1 }
`;
    await world.apply(webPolicy({ extra }), { service: ["web-000"] });
    const before = arnOf("web-000");
    // They fired already, and fill a page.
    for (let index = 0; index < 100; index += 1) putFiring(`ecsmon/prod-a/web-000/a-${index}`);
    const whileWaiting = (): void => fire(`ecsmon/prod-a/web-000/${alarm}`);
    const flags = { service: ["web-000"], maxDeletes: 0 };
    const { json } = await world.apply(webPolicy({ image: "x:2", extra }), { ...flags, whileWaiting });
    expect(rolled(json)).toEqual(["web-000 failed AlarmFired"]);
    expect(arnOf("web-000")).toBe(before);
  },
);

test("one of our own alarms fired, and it stays put back", async () => {
  seed();
  await world.apply(webPolicy(), { service: ["web-000"] });
  const flags = { service: ["web-000"] };
  const whileWaiting = (): void => fire("ecsmon/prod-a/web-000/error-rate");
  await world.apply(webPolicy({ image: "x:2" }), { ...flags, whileWaiting });
  await expectQuiet(webPolicy({ image: "x:2" }), ["web-000"], flags);
});

function fire(AlarmName: string): void {
  world.call("monitoring", "SetAlarmState", { AlarmName, StateValue: "ALARM", StateReason: "test" });
}

function putFiring(AlarmName: string): void {
  putAlarm(world, AlarmName);
  fire(AlarmName);
}

test("a read that fails while it waits says nothing of the rollout", async () => {
  seed();
  let waits = 0;
  const whileWaiting = (): void => {
    waits += 1;
    if (waits === 1)
      world.sandbox.control.addFault({ operation: "DescribeServices", times: 3, action: "denied" });
  };
  const { code, json } = await world.apply(webPolicy(), { whileWaiting, service: ["web-000"] });
  expect(code).toBe(0);
  expect(rolled(json)).toEqual(["web-000 applied"]);
});

test("Ctrl-C while it waits: ECS finishes what was begun, nothing new begins", async () => {
  seed();
  const controller = new AbortController();
  const { code, json } = await world.apply(webPolicy(), {
    signal: controller.signal,
    whileWaiting: () => controller.abort(),
  });
  expect(code).toBe(130);
  expect(tally(rolled(json), (text) => text.split(" ").slice(1).join(" "))).toEqual({
    applied: 1,
    "skipped Interrupted": 5,
  });
  const begun = json.outcomes.filter(
    ({ kind, result }: Any) => kind === "TaskDefinition" && result === "applied",
  );
  expect(begun).toMatchObject([{ service: "web-000", note: "begun, not waited for" }]);
  world.sandbox.control.advance(600_000);
  const { json: later } = await world.plan(webPolicy(), { service: ["web-000"] });
  expect(later.changes.filter(({ kind }: Any) => kind === "TaskDefinition")).toEqual([]);
});

test("an identical revision that is already there is used: no second one after a crash", async () => {
  seed();
  world.sandbox.control.addFault({ operation: "UpdateService", action: "denied" });
  await world.apply(webPolicy(), { service: ["web-000"] });
  world.sandbox.control.clearFaults();
  world.sandbox.control.clearCalls();
  expect((await world.apply(webPolicy(), { service: ["web-000"] })).code).toBe(0);
  expect(world.writes()).not.toContain("RegisterTaskDefinition");
});

test("outside its windows a rollout waits; alarms do not", async () => {
  seed();
  const policy = webPolicy({
    extra: rollout('windows: [{ cron: "0 10 * * 1-5", duration: 6h, timeZone: Asia/Tokyo }]'),
  });
  // Monday 2026-11-23, 10:00 to 16:00 in Tokyo is 01:00 to 07:00 UTC.
  const shut = await world.apply(policy, { asOf: new Date("2026-11-23T07:00:00Z") });
  expect(shut.code).toBe(3);
  expect(tally(shut.json.plan.blocked, ({ code }) => code)).toMatchObject({ OutsideWindow: 6 });
  expect(shut.json.plan.blocked.find(({ code }: Any) => code === "OutsideWindow").message).toContain(
    "2026-11-24T01:00:00.000Z",
  );
  expect(rolled(shut.json)).toEqual([]);
  const open = await world.apply(policy, { asOf: new Date("2026-11-23T06:45:00Z") });
  expect(open.code).toBe(0);
  expect(rolled(open.json)).toHaveLength(6);
});

test("what somebody's deployment took away comes back outside the window too, unless the policy says otherwise", async () => {
  seed();
  await world.apply(webPolicy());
  const taskDefinition = registerTask(world, "prod-a-web-000", { app: { image: "app:2" } });
  world.call("ecs", "UpdateService", { cluster: "prod-a", service: "web-000", taskDefinition });
  world.sandbox.control.advance(600_000);
  const windows = 'windows: [{ cron: "0 10 * * 1-5", duration: 6h }]';
  const asOf = new Date("2026-11-22T07:00:00Z");
  const held = await world.plan(webPolicy({ extra: rollout(`${windows}, relayer: window`) }), { asOf });
  expect(held.json.blocked.map(({ code }: Any) => code)).toContain("OutsideWindow");
  const { json } = await world.plan(webPolicy({ extra: rollout(windows) }), { asOf });
  expect(json.changes.map(({ kind, service }: Any) => `${kind} ${service}`)).toEqual([
    "TaskDefinition web-000",
  ]);
});

test("a layer that is taken off again and again is put back ever later, and it is said who takes it off", async () => {
  seed();
  const only = { service: ["web-000"] };
  await world.apply(webPolicy(), only);
  const takeOff = (): void => {
    const taskDefinition = registerTask(world, "prod-a-web-000", { app: { image: "app:terraform" } });
    world.call("ecs", "UpdateService", { cluster: "prod-a", service: "web-000", taskDefinition });
    world.sandbox.control.advance(120_000);
    arnOf("web-000");
  };
  const at = (minutes: number): { asOf: Date; service: string[] } => ({
    ...only,
    asOf: new Date(Date.now() + minutes * 60_000),
  });
  for (let time = 0; time < 3; time += 1) {
    takeOff();
    expect(rolled((await world.apply(webPolicy(), only)).json)).toEqual(["web-000 applied"]);
  }
  takeOff();
  const held = (await world.plan(webPolicy(), only)).json.blocked.find(({ code }: Any) => code === "BackOff");
  expect(held.message).toMatch(/put back 3 times, this time by a revision that arn:aws:.* registered/);
  expect(rolled((await world.apply(webPolicy(), at(11))).json)).toEqual(["web-000 applied"]);
  takeOff();
  const codes = async (minutes: number): Promise<string[]> =>
    (await world.plan(webPolicy(), at(minutes))).json.blocked.map(({ code }: Any) => code);
  expect(await codes(15)).toContain("BackOff");
  expect(await codes(45)).not.toContain("BackOff");
  // Taking the layer off for good leaves no mark of ours.
  await world.apply(webPolicy({ services: '"none-*"' }), { ...only, maxDeletes: 100 });
});
